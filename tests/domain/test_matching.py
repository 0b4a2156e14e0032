"""Which events a policy means: conditions on fields, defaults, alternatives, other dates, what was booked."""

from typing import Any

import pytest

from app.domain.policy.matching import belong_together, ways_to_find
from app.domain.policy.shapes import Check, Event, Pack
from app.events.facts import Fact
from tests.domain.told import WORKER, adopted, assessed, day, discussed, finding, policy, session, started, status, told


def counts(event: dict[str, Any], *facts: Fact, on: str = "2025-02-01", **more: Any) -> bool:
    rule = {"id": "R-1", "subject": "worker", "every": {"event": event, "limit": "14 days"}}
    return status(on, adopted(policy(rule, **more)), started("2025-01-01"), *facts) == "due"


@pytest.mark.parametrize(
    ("asked", "value", "expected"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a", None, False),
        ("a", ["a", "b"], True),
        (["a", "b"], "b", True),
        (["a", "b"], ["c"], False),
        ({"not": "a"}, "b", True),
        ({"not": "a"}, None, True),
        ({"not": ["a", "b"]}, "b", False),
        ({"not": "a"}, ["a", "b"], False),
        ({"all_of": ["a", "b"]}, ["b", "a", "c"], True),
        ({"all_of": ["a", "b"]}, ["a"], False),
        ({"at_least": 90}, 90, True),
        ({"at_least": 90}, 89, False),
        ({"at_least": 90}, None, False),
        ({"at_most": 0.6}, "0.6", True),
        ({"at_most": 0.6}, "0.61", False),
        ({"at_least": 1}, True, False),
        ({"at_least": 1}, "many", False),
        ({"at_least": 90, "at_most": 120}, 121, False),
        ({"present": True}, False, True),
        ({"present": True}, None, False),
        ({"present": False}, None, True),
        (True, True, True),
        (False, None, False),
    ],
)
def test_a_condition_asks_one_field(asked: Any, value: object, expected: bool) -> None:
    event = Event.model_validate({"type": "SessionHeld", "where": {"field": asked}})
    assert event.where["field"].holds(value) is expected


def test_a_condition_that_asks_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="asks nothing"):
        Check.model_validate({})


@pytest.mark.parametrize(
    ("where", "held", "expected"),
    [
        ({"strand": "personal"}, {}, True),
        ({"strand": "personal"}, {"strand": "case"}, False),
        ({"strand": "personal"}, {"kind": "group"}, False),
        ({"planned": True, "private": True, "interrupted": False}, {}, True),
        ({"planned": True, "private": True, "interrupted": False}, {"kind": "check_in"}, True),
        ({"planned": True}, {"kind": "ad_hoc"}, False),
        ({"planned": {"present": True}}, {"kind": "group"}, False),
        ({"private": True}, {"kind": "group"}, False),
        ({"private": True}, {"kind": "group", "private": True}, True),
        ({"planned": {"is": True, "stated": True}}, {}, False),
        ({"planned": {"is": True, "stated": True}}, {"planned": True}, True),
        ({"interrupted": {"not": True}}, {"interrupted": True}, False),
    ],
)
def test_what_a_session_does_not_say_goes_without_saying_unless_it_must_be_stated(
    where: dict[str, Any], held: dict[str, Any], expected: bool
) -> None:
    assert counts({"type": "SessionHeld", "where": where}, session("2025-01-25", **held)) is expected


@pytest.mark.parametrize(
    ("planned_by", "booked", "stated", "expected"),
    [
        ("default", "2025-01-25", {}, True),
        ("booking", None, {}, True),
        ("booking", "2025-01-24", {}, True),
        ("booking", "2025-01-25", {}, False),
        ("booking", "2025-01-25", {"planned": True}, True),
        ("booking", "2025-01-24", {"planned": False}, False),
        ("earlier_booking", None, {}, False),
        ("earlier_booking", "2025-01-24", {}, True),
        ("earlier_booking", None, {"planned": True}, True),
    ],
)
def test_whether_a_session_was_planned_may_be_told_by_its_booking(
    planned_by: str, booked: str | None, stated: dict[str, Any], expected: bool
) -> None:
    facts = [session("2025-01-25", session_id="S-1", **stated)]
    if booked is not None:
        fields = {"worker_id": "W-1", "planned_for": "2025-01-25", "scheduled_on": booked, "kind": "individual"}
        facts.append(told("SessionScheduled", session_id="S-1", **fields))
    event = {"type": "SessionHeld", "where": {"kind": "individual", "planned": True}, "planned_by": planned_by}
    assert counts(event, *facts) is expected


def test_a_booking_told_after_the_session_makes_it_unplanned_from_then_on() -> None:
    booked = told("SessionScheduled", session_id="S-1", worker_id="W-1", planned_for="2025-01-25",
                  scheduled_on="2025-01-27", kind="individual")  # fmt: skip
    event = {"type": "SessionHeld", "where": {"kind": "individual", "planned": True}, "planned_by": "booking"}
    facts = [session("2025-01-25", session_id="S-1"), booked]
    assert [counts(event, *facts, on=on) for on in ("2025-01-26", "2025-01-27")] == [True, False]


def test_any_of_several_events_counts_and_one_that_is_two_of_them_counts_once() -> None:
    check_in = {"any_of": ["alone", {"type": "SessionHeld", "where": {"includes_check_in": True}}]}
    events = {"alone": {"type": "SessionHeld", "where": {"kind": "check_in"}}}
    assert counts(check_in, session("2025-01-25", kind="check_in"), events=events)
    assert counts(check_in, session("2025-01-25", includes_check_in=True), events=events)
    assert not counts(check_in, session("2025-01-25"), events=events)
    both = session("2025-01-25", kind="check_in", includes_check_in=True)
    rule = {"id": "R-1", "subject": "worker", "every": {"event": check_in, "limit": "14 days"}}
    found = finding("2025-02-01", adopted(policy(rule, events=events)), started("2025-01-01"), both)
    assert len(found.evidence) == 1


def test_a_policy_may_date_an_event_by_another_of_its_dates() -> None:
    event = {"type": "RecordCompleted", "dated_by": "discussed_on"}
    rule = {"id": "R-1", "subject": "worker", "every": {"event": event, "limit": "14 days"}}
    record = told("RecordCompleted", record_id="R", kind="form", completed_at="2025-01-20", author_id="M-1",
                  worker_id="W-1", session_id="S-1", discussed_on="2025-01-10")  # fmt: skip
    facts = [adopted(policy(rule)), started("2025-01-01"), record]
    assert finding("2025-01-12", *facts[:-1]).due_on == day("2025-01-15")
    answer = finding("2025-01-12", *facts)
    assert (answer.opened_on, answer.due_on) == (day("2025-01-10"), day("2025-01-24"))


def test_an_event_is_either_of_a_type_or_one_of_several() -> None:
    for wrong in ({}, {"type": "A", "any_of": ["b"]}, {"any_of": ["b"], "where": {"kind": "c"}}):
        with pytest.raises(ValueError, match="any_of"):
            Event.model_validate(wrong)


def test_a_rule_asks_exactly_one_thing() -> None:
    every = {"event": {"type": "SessionHeld"}, "limit": "28 days"}
    within = {"after": {"type": "A"}, "answered_by": {"event": {"type": "B"}, "same": "session"}}
    for kinds in ({}, {"every": every, "within": within}):
        with pytest.raises(ValueError, match="needs exactly one of every, within, exists, always"):
            Pack.model_validate(policy({"id": "R-1", "subject": "worker"} | kinds))


def test_a_pack_knows_by_which_other_dates_it_dates_and_whether_it_follows_discussions() -> None:
    dated = {"type": "RecordCompleted", "dated_by": "discussed_on"}
    linked = {"type": "CaseDiscussed", "with": [{"event": dated, "same": "discussion"}]}
    rule = {"id": "R-1", "subject": "case", "every": {"event": "meeting", "limit": "28 days"}}
    assert Pack.model_validate(policy(rule, events={"meeting": linked})).dating_fields == {"discussed_on"}
    assert Pack.model_validate(policy(rule, events={"meeting": linked})).about("case").things == {
        "discussion",
        "record",
    }
    assert not Pack.model_validate(policy(rule, events={"meeting": {"type": "CaseDiscussed"}})).about("case").things


def _saved(on: str = "2025-03-03", **more: Any) -> Fact:
    usual = {"document_id": "D-1", "kind": "plan", "saved_on": on, "case_id": "C-1", "system": "lcs"}
    return told("DocumentSaved", **usual | more)


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (discussed("2025-03-03", discussion_id="D"), _saved(discussion_id="D"), True),
        (discussed("2025-03-03", discussion_id="D"), _saved(discussion_id="D", case_id="C-2"), False),
        (discussed("2025-03-03", discussion_id="D"), _saved(discussion_id="E"), False),
        (discussed("2025-03-03", session_id="S"), _saved(session_id="S", on="2025-03-09"), True),
        (discussed("2025-03-03", session_id="S"), _saved(session_id="T"), False),
        (discussed("2025-03-03"), _saved(), True),
        (discussed("2025-03-03"), _saved("2025-03-04"), False),
    ],
)
def test_what_belongs_to_a_discussion_shares_its_number_else_its_session_else_case_and_day(
    one: Fact, other: Fact, together: bool
) -> None:
    for first, second in ((one, other), (other, one)):
        assert belong_together("discussion", first, second) is together
        found = set(ways_to_find("discussion", first)) & set(ways_to_find("discussion", second))
        assert found or not together


def test_a_session_that_comes_back_to_another_belongs_to_it_from_either_side() -> None:
    first, again = session("2025-01-06", session_id="S-1"), session("2025-01-20", session_id="S-2", revisits=["S-1"])
    other = session("2025-01-27", session_id="S-3", revisits=["S-9"])
    assert belong_together("revisit", first, again)
    assert belong_together("revisit", again, first)
    assert not belong_together("revisit", first, other)
    assert set(ways_to_find("revisit", first)) & set(ways_to_find("revisit", again)) == {("session_id", "S-1")}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"role": "worker", "fte": "0.5"}, "not_yet_applicable"),
        ({"role": "worker", "service": "quay"}, "not_yet_applicable"),
        ({"role": "manager"}, "due"),
        ({"role": "worker", "service": "beach"}, "due"),
        ({"role": "manager", "new_post": False}, "not_yet_applicable"),
        ({"role": "worker", "new_post": True}, "due"),
    ],
)
def test_a_change_is_a_new_post_if_it_says_so_or_if_role_service_or_team_is_another(
    change: dict[str, Any], expected: str
) -> None:
    moved = {"type": "WorkerRoleChanged", "where": {"new_post": True}}
    within = {"after": moved, "limit": "28 days", "answered_by": {"event": {"type": "FileTransferred"},
              "same": "worker"}}  # fmt: skip
    facts = [adopted(policy({"id": "R-1", "subject": "worker", "within": within})), started("2025-01-01")]
    changed = told("WorkerRoleChanged", worker_id="W-1", changed_on="2025-02-03", **change)
    assert status("2025-02-10", *facts, changed) == expected


@pytest.mark.parametrize(
    ("thing", "names", "expected"),
    [
        ("record", {}, 1), ("record", {"worker_id": "W-1"}, 1), ("record", {"worker_id": "W-2"}, 0),
        ("discussion", {}, 1), ("discussion", {"worker_ids": ["W-1", "W-2"]}, 1),
        ("discussion", {"worker_ids": ["W-2", "W-3"]}, 0), ("discussion", {"worker_id": "W-2"}, 0),
    ],
)  # fmt: skip
def test_what_was_told_of_a_session_of_several_is_theirs_unless_it_names_others(
    thing: str, names: dict[str, Any], expected: int
) -> None:
    kind = {"record": "RecordCompleted", "discussion": "CaseDiscussed"}[thing]
    event = {"type": kind, "with": [{"event": {"type": "SessionHeld"}, "same": "session"}]}
    counted = {"event": event, "times": 1, "window": "year"}
    held = told("SessionHeld", session_id="S-1", worker_ids=["W-1", "W-2"], held_on="2025-02-03", kind="group")
    about = {"session_id": "S-1"} | names
    of_it = {
        "record": lambda: told("RecordCompleted", record_id="R-9", completed_at="2025-02-04", kind="form",
                               author_id="M-1", **about),
        "discussion": lambda: discussed("2025-02-03", **about),
    }[thing]()  # fmt: skip
    facts = [adopted(policy({"id": "R-1", "subject": "worker", "at_least": counted})), started("2025-01-01")]
    assert assessed("2025-03-01", *facts, held, of_it, subject=WORKER).findings[0].count == expected
