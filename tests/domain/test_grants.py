"""Time-boxed grants: from facts to what a person may see on a day, and what each grant opens."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.access.granted import granted as granted_of
from app.domain.access.grants import Grant, arising, covers, granted, live_grants
from app.domain.subject import Subject
from app.events.facts import Fact
from tests.domain.told import answered, day, told

WORKER, CASE = Subject("worker", "W-1"), Subject("case", "C-1")


def access(grant_id: str = "G-1", kind: str = "file", of: str | None = "W-1", **more: Any) -> Fact:
    scope = {"kind": kind} if of is None else {"kind": kind, "id": of}
    usual = {"grantee_id": "A-1", "purpose": "audit", "from_on": "2025-03-03", "until_on": "2025-03-16"}
    return told("AccessGranted", **{**usual, "grant_id": grant_id, "scope": scope} | more)


def revoked(on: str, grant_id: str = "G-1") -> Fact:
    return told("AccessRevoked", grant_id=grant_id, revoked_on=on)


def live(on: str, *facts: Fact, person: str = "A-1") -> list[Grant]:
    return answered(lambda loaded: live_grants(person, loaded, day(on)), facts)


def ids(on: str, *facts: Fact, person: str = "A-1") -> list[str]:
    return [grant.id for grant in live(on, *facts, person=person)]


def opened(on: str, *facts: Fact, person: str = "M-1", subject: Subject = WORKER, dpo: bool = False) -> list[str]:
    found = answered(lambda loaded: arising(person, subject, loaded, day(on), data_protection=dpo), facts)
    return [f"{grant.purpose} {grant.kind}/{grant.of}" for grant in found]


def covered(grant: Fact, kind: str, identity: str, *facts: Fact, on: str = "2025-03-10") -> bool:
    [found] = live(on, grant)
    return answered(lambda loaded: covers(found, kind, identity, loaded, day(on)), facts)


@pytest.mark.parametrize(
    ("on", "is_live"),
    [("2025-03-02", False), ("2025-03-03", True), ("2025-03-16", True), ("2025-03-17", False)],
)
def test_a_grant_holds_from_its_first_to_its_last_day(on: str, is_live: bool) -> None:
    assert ids(on, access()) == ["G-1"] * is_live
    assert ids(on, access(), person="A-2") == []


def test_a_revocation_takes_effect_on_its_own_day_and_is_final() -> None:
    told_of_it = [access(), revoked("2025-03-10"), access(from_on="2025-03-12")]
    for facts in permutations(told_of_it):
        assert ids("2025-03-09", *facts) == ["G-1"]
        assert [ids(on, *facts) for on in ("2025-03-10", "2025-03-11", "2025-03-13")] == [[], [], []]


def test_of_two_grants_with_one_id_the_later_in_the_order_of_facts_holds_for_whomever_it_names() -> None:
    facts = [access(), access(grantee_id="A-2", from_on="2025-03-05")]
    for order in (facts, facts[::-1]):
        assert (ids("2025-03-04", *order), ids("2025-03-04", *order, person="A-2")) == (["G-1"], [])
        assert (ids("2025-03-05", *order), ids("2025-03-05", *order, person="A-2")) == ([], ["G-1"])


def test_whoever_gave_a_grant_has_none_by_it() -> None:
    assert ids("2025-03-04", access(granted_by="M-1"), person="M-1") == []


def test_a_drawn_sample_opens_the_selected_files_to_whoever_drew_it_for_fourteen_days() -> None:
    drawn = told("AuditSampleDrawn", sample_id="SM-1", drawn_on="2025-03-03", drawn_by="A-1", programme="p",
                 population=["W-1", "W-2", "W-3"], size=2, seed="s", selected=["W-1", "W-3"])  # fmt: skip
    assert [(each.kind, each.of, each.purpose) for each in live("2025-03-16", drawn)] == [
        ("file", "W-1", "audit"), ("file", "W-3", "audit"),
    ]  # fmt: skip
    assert (live("2025-03-17", drawn), live("2025-03-02", drawn)) == ([], [])


def test_an_observed_session_is_open_to_its_observer_for_fourteen_days_and_no_other_session_is() -> None:
    observed = told("SupervisionObserved", session_id="S-1", observer_id="A-1", observed_on="2025-03-03")
    held = told("SessionHeld", session_id="S-1", worker_id="W-1", held_on="2025-03-03", kind="individual")
    [grant] = live("2025-03-16", observed, held)
    assert (grant.kind, grant.of, grant.purpose) == ("session", "S-1", "observation")
    assert live("2025-03-17", observed, held) == []
    earlier = told("SessionHeld", session_id="S-1", worker_id="W-1", held_on="2025-03-02", kind="individual")
    assert (live("2025-03-16", observed), live("2025-03-16", observed, earlier)) == ([], [])
    assert [covers(grant, kind, of, answered(lambda facts: facts, ()), day("2025-03-16"))
            for kind, of in (("session", "S-1"), ("session", "S-2"), ("record", "S-1"), ("worker", "W-1"))] \
        == [True, False, False, False]  # fmt: skip


def concern(type_name: str, on: str, **more: Any) -> Fact:
    field = {"ConcernRaised": "raised_on", "ConcernEscalated": "escalated_on", "ConcernDiscussed": "discussed_on",
             "ConcernResolved": "resolved_on"}[type_name]  # fmt: skip
    return told(type_name, concern_id="Q-1", worker_id="W-1", **{field: on} | more)


MANAGED = (
    told("LineManagerAssigned", worker_id="S-1", manager_id="M-1", assigned_on="2025-01-01"),
    told("SupervisorAssigned", worker_id="W-1", supervisor_id="S-1", assigned_on="2025-01-01"),
)


@pytest.mark.parametrize(
    ("facts", "is_open"),
    [
        ([concern("ConcernRaised", "2025-03-03", supervisor_id="S-1")], False),
        ([concern("ConcernRaised", "2025-03-03", stage=2)], True),
        ([concern("ConcernRaised", "2025-03-03"), concern("ConcernEscalated", "2025-03-05")], True),
        ([concern("ConcernRaised", "2025-03-03"), concern("ConcernEscalated", "2025-03-05", stage=1)], False),
        ([concern("ConcernDiscussed", "2025-03-05", stage=1)], False),
        ([concern("ConcernRaised", "2025-03-03"), concern("ConcernDiscussed", "2025-03-05", stage=2)], False),
        ([concern("ConcernRaised", "2025-03-03", stage=2), concern("ConcernDiscussed", "2025-03-05", stage=2)], True),
        (
            [
                concern("ConcernEscalated", "2025-03-04"),
                concern("ConcernResolved", "2025-03-05"),
                concern("ConcernDiscussed", "2025-03-06", stage=2),
            ],
            False,
        ),
        ([concern("ConcernResolved", "2025-03-04", stage=1), concern("ConcernEscalated", "2025-03-05")], True),
        ([concern("ConcernEscalated", "2025-03-05"), concern("ConcernResolved", "2025-03-06", stage=1)], True),
        ([concern("ConcernEscalated", "2025-03-05"), concern("ConcernResolved", "2025-03-06")], False),
        ([concern("ConcernEscalated", "2025-03-11")], False),
        ([concern("ConcernRaised", "2025-03-03", supervisor_id="S-2", stage=2)], False),
    ],
)
def test_an_open_concern_of_stage_two_opens_itself_to_the_supervisors_line_manager(
    facts: list[Fact], is_open: bool
) -> None:
    for order in permutations(facts):
        assert opened("2025-03-10", *MANAGED, *order) == ["dispute concern/Q-1"] * is_open
        assert opened("2025-03-10", *MANAGED, *order, person="S-1") == []


def test_a_line_manager_of_yesterday_sees_no_dispute_of_today() -> None:
    ended = told("LineManagerUnassigned", worker_id="S-1", manager_id="M-1", ended_on="2025-03-09")
    escalated = concern("ConcernEscalated", "2025-03-05")
    assert opened("2025-03-09", *MANAGED, escalated, ended) == ["dispute concern/Q-1"]
    assert opened("2025-03-10", *MANAGED, escalated, ended) == []


def test_a_request_for_ones_own_data_opens_the_subject_to_data_protection_until_it_is_answered() -> None:
    asked = told("SubjectAccessRequested", request_id="R-1", worker_id="W-1", requested_on="2025-03-03")
    answer = told("SubjectAccessAnswered", request_id="R-1", answered_on="2025-03-20")
    about_case = told("SubjectAccessRequested", request_id="R-2", case_id="C-1", requested_on="2025-03-03")
    assert opened("2025-03-19", asked, answer, dpo=True) == ["subject_access worker/W-1"]
    assert opened("2025-03-20", asked, answer, dpo=True) == []
    assert opened("2025-03-19", asked, answer, dpo=False) == []
    assert opened("2025-03-19", asked, dpo=True, subject=Subject("worker", "W-2")) == []
    assert opened("2025-03-19", about_case, dpo=True, subject=CASE) == ["subject_access case/C-1"]


def test_a_file_is_named_by_its_worker_or_by_its_own_id_and_is_that_workers_alone() -> None:
    filed = told("FileOpened", worker_id="W-1", opened_on="2025-01-01", file_id="F-1")
    other = told("FileOpened", worker_id="W-2", opened_on="2025-01-01", file_id="F-2")
    assert covered(access(of="W-1"), "worker", "W-1")
    assert covered(access(of="F-1"), "worker", "W-1", filed, other)
    assert not covered(access(of="F-1"), "worker", "W-2", filed, other)
    assert not covered(access(of="F-1"), "worker", "W-1")
    assert not covered(access(of="W-1"), "case", "W-1")


def test_a_team_is_its_workers_and_cases_of_the_day() -> None:
    facts = (
        told("WorkerStarted", worker_id="W-1", started_on="2025-01-01", role="w", service="s", team_id="T-1"),
        told("WorkerRoleChanged", worker_id="W-1", changed_on="2025-03-11", role="w", team_id="T-2"),
        told("CaseOpened", case_id="C-1", opened_on="2025-01-01", service="s", team_id="T-1"),
        told("CaseClosed", case_id="C-1", closed_on="2025-03-10"),
    )
    grant = access(kind="team", of="T-1")
    for kind, identity in (("worker", "W-1"), ("case", "C-1")):
        assert covered(grant, kind, identity, *facts, on="2025-03-10")
        assert not covered(grant, kind, identity, *facts, on="2025-03-11")
    assert covered(grant, "team", "T-1")
    assert not covered(grant, "team", "T-2")
    assert not covered(grant, "worker", "W-3")


def test_an_engagement_for_the_organisation_opens_everything_and_no_text_by_itself() -> None:
    grant = access(kind="organisation", of=None)
    assert covered(grant, "worker", "W-9")
    assert not live("2025-03-10", grant)[0].opens_texts
    assert live("2025-03-10", access(kind="case", of="C-1"))[0].opens_texts


def test_a_grant_is_found_by_its_id_whether_it_holds_or_not() -> None:
    facts = (access(), revoked("2025-03-12"), revoked("2025-03-10"))
    found = answered(lambda loaded: granted(loaded, "G-1"), facts)
    assert found is not None
    assert (found[0].grantee, found[1]) == ("A-1", date(2025, 3, 10))
    assert answered(lambda loaded: granted(loaded, "G-2"), facts) is None


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        (access(kind="organisation", of=None), [("engaged", None)]),
        (access(), [("granted", None)]),
        (access(of="W-2"), []),
        (access(kind="session", of="S-1"), [("granted", ["session/S-1"])]),
        (access(kind="record", of="R-1"), [("granted", ["record/R-1"])]),
        (access(kind="session", of="S-2"), []),
        (access(kind="case", of="C-1"), []),
    ],
)
def test_a_grant_relates_its_grantee_to_what_it_opens_confined_to_what_it_names(
    grant: Fact, expected: list[tuple[str, Any]]
) -> None:
    facts = (
        grant,
        told("SessionHeld", session_id="S-1", worker_id="W-1", held_on="2025-03-01", kind="individual"),
        told("SessionHeld", session_id="S-2", worker_id="W-2", held_on="2025-03-01", kind="individual"),
        told("RecordCompleted", record_id="R-1", session_id="S-1", kind="k", completed_at="2025-03-02", author_id="M"),
    )
    found = answered(lambda loaded: granted_of("A-1", WORKER, loaded, day("2025-03-10")), facts)
    assert [(one.name, one.only and sorted(one.only)) for one in found] == expected
    assert all((one.purpose, one.grant) == ("audit", "G-1") for one in found)


FIRST = date(2025, 3, 1)
offsets = st.integers(0, 20)
whose = st.sampled_from(["A-1", "A-2"])
invented = st.lists(
    st.one_of(
        st.tuples(st.just("granted"), st.sampled_from(["G-1", "G-2"]), whose, offsets, offsets),
        st.tuples(st.just("revoked"), st.sampled_from(["G-1", "G-2"]), st.just(""), offsets, offsets),
    ),
    max_size=6,
)


def _fact(number: int, what: str, grant_id: str, grantee: str, first: int, length: int) -> Fact:
    on = (FIRST + timedelta(first)).isoformat()
    if what == "revoked":
        return told("AccessRevoked", event_id=f"e-{number}", grant_id=grant_id, revoked_on=on)
    until = (FIRST + timedelta(first + length)).isoformat()
    return told("AccessGranted", event_id=f"e-{number}", grant_id=grant_id, grantee_id=grantee, purpose="audit",
                scope={"kind": "file", "id": "W-1"}, from_on=on, until_on=until)  # fmt: skip


@given(invented, offsets, whose, st.randoms())
def test_grants_agree_with_a_naive_reading_in_any_order_and_told_twice(
    chosen: list[tuple[str, str, str, int, int]], offset: int, person: str, chance: Any
) -> None:
    facts = [_fact(number, *each) for number, each in enumerate(chosen)]
    expected = set()
    for grant_id in ("G-1", "G-2"):
        by_then = [(first, number, who, length) for number, (what, which, who, first, length) in enumerate(chosen)
                   if (what, which) == ("granted", grant_id) and first <= offset]  # fmt: skip
        gone = [1 for what, which, _, first, _ in chosen if (what, which) == ("revoked", grant_id) and first <= offset]
        if by_then and not gone:
            first, _, who, length = max(by_then)
            if who == person and offset <= first + length:
                expected.add(grant_id)
    shuffled = facts * 2
    chance.shuffle(shuffled)
    on = (FIRST + timedelta(offset)).isoformat()
    assert set(ids(on, *facts, person=person)) == expected
    assert set(ids(on, *shuffled, person=person)) == expected
