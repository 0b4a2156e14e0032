"""After one event, another that belongs to it, by a deadline: one item each, and the worst open one decides."""

from typing import Any

import pytest

from app.events.facts import Fact
from tests.domain.told import (
    adopted,
    assessed,
    calendar,
    closed,
    day,
    discussed,
    finding,
    history,
    opened,
    policy,
    rows,
    started,
    status,
    statuses,
    told,
)

RULE = {
    "id": "R-1",
    "subject": "case",
    "within": {
        "after": {"type": "CaseDiscussed", "where": {"setting": "individual"}},
        "answered_by": {
            "event": {"type": "RecordCompleted", "where": {"kind": ["form", "note"]}},
            "same": "discussion",
        },
        "limit": "5 working days",
    },
}
FACTS = [adopted(policy(RULE)), calendar(), opened("2024-01-01")]


def record(completed_at: str, **more: Any) -> Any:
    usual = {"record_id": f"R-{completed_at}", "kind": "form", "completed_at": completed_at, "author_id": "W-9"}
    return told("RecordCompleted", **usual | {"case_id": "C-1"} | more)


@pytest.mark.parametrize(("held", "due"), [("2024-12-23", "2025-01-02"), ("2025-04-17", "2025-04-28")])
def test_five_working_days_leave_out_weekends_and_bank_holidays(held: str, due: str) -> None:
    item = finding(held, *FACTS, discussed(held))
    assert (item.status, item.due_on) == ("due", day(due))


def test_an_open_item_is_due_to_its_day_and_late_from_the_next() -> None:
    facts = [*FACTS, discussed("2024-12-23")]
    assert statuses(["2025-01-02", "2025-01-03"], *facts) == ["due", "breached"]
    assert finding("2025-01-03", *facts).why == (
        "Discussed on 23 December 2024. The policy asks for the record within 5 working days, not counting "
        "25 December 2024, 26 December 2024 and 1 January 2025, so by 2 January 2025. It is 1 day late."
    )
    assert finding("2025-01-02", *facts).why.endswith("That is today.")


def test_done_in_time_is_met_and_done_late_is_labelled_for_good() -> None:
    facts = [*FACTS, discussed("2024-12-23", session_id="S-1")]
    in_time = [*facts, record("2025-01-02", session_id="S-1")]
    late = [*facts, record("2025-01-05", session_id="S-1")]
    assert status("2025-01-10", *in_time) == "met"
    found = finding("2025-01-10", *late)
    assert (found.status, found.met_on, found.days_late) == ("late_met", day("2025-01-05"), 3)
    assert found.why.endswith("It was done on 5 January 2025, 3 days late.")
    assert [str(item.status) for item in history("2025-01-10", *late)] == ["late_met"]


def test_a_date_and_time_of_completion_is_its_london_day() -> None:
    facts = [*FACTS, discussed("2025-06-02", session_id="S-1")]
    assert finding("2025-07-01", *facts, record("2025-06-09T23:30:00Z", session_id="S-1")).met_on == day("2025-06-10")


def test_nothing_to_answer_is_not_yet_applicable() -> None:
    assert status("2025-01-01", *FACTS) == "not_yet_applicable"
    assert status("2025-01-01", *FACTS, discussed("2024-12-02", setting="ad_hoc")) == "not_yet_applicable"
    assert finding("2025-01-01", *FACTS).why == "Not yet discussed, so no record is owed."


def test_the_worst_open_item_decides_and_the_others_are_counted() -> None:
    facts = [*FACTS, discussed("2025-02-03"), discussed("2025-03-03"), discussed("2025-03-04")]
    found = finding("2025-03-05", *facts)
    assert (found.status, found.opened_on, len(found.items)) == ("breached", day("2025-02-03"), 3)
    assert found.why == (
        "Discussed on 3 February 2025. The policy asks for the record within 5 working days, so by 10 February 2025. "
        "It is 23 days late. Two more are open."
    )
    assert found.put_right == (
        "The record for 3 February 2025, as soon as possible; for 3 March 2025, by 10 March 2025; for 4 March 2025, by "
        "11 March 2025."
    )


def test_others_that_are_late_too_are_said_to_be_and_named() -> None:
    facts = [*FACTS, discussed("2025-02-03"), discussed("2025-02-05")]
    found = finding("2025-03-05", *facts)
    assert found.why.endswith("It is 23 days late. One more is open, and late too.")
    assert found.put_right == "The record for 3 February 2025 and 5 February 2025, as soon as possible."
    some = finding("2025-03-05", *facts, discussed("2025-03-04"))
    assert some.why.endswith("It is 23 days late. Two more are open, one of them late.")
    twice = finding("2025-03-05", *facts, discussed("2025-02-03", discussion_id="D-2"))
    assert twice.put_right == "The record for 3 February 2025 (two) and 5 February 2025, as soon as possible."


def test_with_none_open_the_latest_decides() -> None:
    facts = [*FACTS, discussed("2025-02-03"), record("2025-02-20", discussed_on="2025-02-03")]
    assert status("2025-02-28", *facts) == "late_met"
    facts += [discussed("2025-03-03"), record("2025-03-04", discussed_on="2025-03-03")]
    assert status("2025-03-05", *facts) == "met"


@pytest.mark.parametrize(
    ("of_discussion", "of_record", "belongs"),
    [
        ({"discussion_id": "D-1"}, {"discussion_id": "D-1"}, True),
        ({"discussion_id": "D-1"}, {"discussion_id": "D-2"}, False),
        ({"discussion_id": "D-1", "session_id": "S-1"}, {"discussion_id": "D-2", "session_id": "S-1"}, False),
        ({"discussion_id": "D-1", "session_id": "S-1"}, {"session_id": "S-1"}, True),
        ({"session_id": "S-1"}, {"session_id": "S-2", "discussed_on": "2025-02-03"}, False),
        ({"session_id": "S-1"}, {"discussed_on": "2025-02-03"}, True),
        ({}, {"session_id": "S-1", "discussed_on": "2025-02-03"}, True),
        ({}, {"discussed_on": "2025-02-04"}, False),
        ({}, {"session_id": "S-1"}, False),
        ({"discussion_id": "D-1"}, {"discussion_id": "D-1", "case_id": None}, True),
        ({"session_id": "S-1"}, {"session_id": "S-1", "case_id": None}, False),
        ({"discussion_id": "D-1"}, {"discussion_id": "D-1", "case_id": "C-2"}, False),
    ],
)
def test_a_record_belongs_by_discussion_else_by_session_and_case_else_by_case_and_date(
    of_discussion: dict[str, Any], of_record: dict[str, Any], belongs: bool
) -> None:
    fields = {name: value for name, value in ({"case_id": "C-1"} | of_record).items() if value is not None}
    usual = {"record_id": "R-1", "kind": "form", "completed_at": "2025-02-04", "author_id": "W-9"}
    facts = [*FACTS, discussed("2025-02-03", **of_discussion), told("RecordCompleted", **usual | fields)]
    assert status("2025-02-10", *facts) == ("met" if belongs else "due")


def test_a_record_of_another_kind_answers_nothing() -> None:
    facts = [*FACTS, discussed("2025-02-03"), record("2025-02-04", discussed_on="2025-02-03", kind="diary")]
    assert status("2025-02-05", *facts) == "due"


def test_a_record_completed_tomorrow_is_not_there_today() -> None:
    facts = [*FACTS, discussed("2025-02-03"), record("2025-02-20", discussed_on="2025-02-03")]
    assert statuses(["2025-02-19", "2025-02-20"], *facts) == ["breached", "late_met"]


def test_without_a_deadline_an_open_item_stays_due_with_its_age_for_ever() -> None:
    within = {name: value for name, value in RULE["within"].items() if name != "limit"}
    facts = [adopted(policy(RULE | {"within": within})), opened("2024-01-01"), discussed("2025-02-03")]
    found = finding("2026-02-03", *facts)
    assert (found.status, found.code, found.due_on, found.age_days) == ("due", "outstanding", None, 365)
    assert found.why == (
        "Discussed on 3 February 2025. The policy sets no deadline for the record. It has been open for 365 days."
    )
    assert status("2026-02-03", *facts, record("2026-01-01", discussed_on="2025-02-03")) == "met"


def test_a_code_may_be_given_to_what_is_open() -> None:
    facts = [adopted(policy(RULE | {"codes": {"due": "record_missing"}})), calendar(), opened("2025-01-01")]
    assert finding("2025-02-03", *facts, discussed("2025-02-03")).code == "record_missing"


def test_closing_the_case_ends_what_was_not_yet_late_and_keeps_what_was() -> None:
    facts = [*FACTS, discussed("2025-02-03"), discussed("2025-02-20"), closed("2025-02-24")]
    assert status("2025-02-25", *facts) == "not_applicable"
    [late] = history("2025-06-01", *facts)
    assert (late.opened_on, late.status, late.ended_on) == (day("2025-02-03"), "breached", day("2025-02-24"))


def test_a_calendar_that_does_not_reach_is_said_and_not_guessed() -> None:
    facts = [adopted(policy(RULE)), opened("2025-01-01"), discussed("2025-02-03")]
    found = finding("2025-03-03", *facts)
    assert (found.status, found.code) == ("not_assessable", "calendar_silent")
    assert "does not reach far enough" in found.why


def test_a_later_calendar_moves_what_is_open() -> None:
    facts = [*FACTS, discussed("2025-04-28")]
    assert finding("2025-04-29", *facts).due_on == day("2025-05-06")
    facts.append(calendar(["2025-05-05", "2025-05-06", "2025-12-25"], applies_from="2025-05-01"))
    assert finding("2025-04-30", *facts).due_on == day("2025-05-06")
    assert finding("2025-05-02", *facts).due_on == day("2025-05-07")


def test_a_limit_that_is_ours_is_never_worse_than_tolerated() -> None:
    facts = [adopted(policy(RULE | {"policy_silent": True})), calendar(), opened("2025-01-01"), discussed("2025-02-03")]
    found = finding("2025-03-03", *facts)
    assert (found.status, found.policy_silent) == ("tolerated", True)
    assert found.why.endswith("The policy itself sets no such limit.")
    assert assessed("2025-03-03", *facts).status == "tolerated"


def test_what_tells_its_own_other_date_is_late_whether_its_feed_is_confirmed_or_not() -> None:
    own = {"date": "recorded_on", "called": "entry on the file"}
    rule = {"id": "R-1", "subject": "case", "feed": "case_notes"}
    within = {"after": {"type": "CaseActivityRecorded"}, "answered_by": own, "limit": "7 days"}
    done = told("CaseActivityRecorded", case_id="C-1", activity_on="2025-03-03", recorded_on="2025-03-20")
    facts = [adopted(policy({**rule, "within": within})), opened("2025-01-01"), done]
    assert statuses(["2025-03-02", "2025-03-10", "2025-03-11", "2025-03-20"], *facts) == [
        "not_assessable", "due", "breached", "late_met",
    ]  # fmt: skip
    assert [past.status for past in history("2025-03-20", *facts)] == ["late_met"]


def test_what_comes_later_comes_once_all_is_there_that_the_event_needs() -> None:
    supervisor = {"event": {"type": "RecordSigned", "where": {"capacity": "supervisor"}}, "same": "record"}
    by_both = {"type": "RecordSigned", "where": {"capacity": "supervisee"}, "with": [supervisor]}
    copied = {"event": {"type": "RecordCopied"}, "same": "record", "later": True}
    pack = adopted(policy({"id": "R-1", "subject": "worker", "within": {"after": by_both, "answered_by": copied}}))
    about = {"record_id": "R-1", "worker_id": "W-1"}
    signed = [
        told("RecordSigned", **about, signer_id="W-1", capacity="supervisee", signed_on="2025-03-10"),
        told("RecordSigned", **about, signer_id="M-1", capacity="supervisor", signed_on="2025-03-17"),
    ]
    early = told("RecordCopied", **about, to_worker_id="W-1", copied_on="2025-03-12")
    late = told("RecordCopied", **about, to_worker_id="W-1", copied_on="2025-03-17")
    facts = [pack, started("2025-01-01"), *signed, early]
    assert statuses(["2025-03-12", "2025-03-17"], *facts) == ["not_yet_applicable", "due"]
    assert statuses(["2025-03-17"], *facts, late) == ["met"]


def test_of_concerns_that_count_once_the_last_to_begin_says_whether_it_was_in_time() -> None:
    second = {"event": {"type": "ConcernDiscussed", "where": {"stage": 2}}, "same": "concern"}
    first = {"type": "ConcernDiscussed", "where": {"stage": 1}}
    within = {"after": first, "once": "concern", "answered_by": second, "limit": "14 days"}

    def spoken_of(name: str, stage: int, on: str) -> Fact:
        return told("ConcernDiscussed", concern_id=name, worker_id="W-1", stage=stage, discussed_on=on)

    facts = [adopted(policy({"id": "R-1", "subject": "worker", "within": within})), started("2025-01-01")]
    facts += [spoken_of("K-1", 1, "2025-01-06"), spoken_of("K-1", 2, "2025-01-06")]
    facts += [spoken_of("K-2", 1, "2025-01-06"), spoken_of("K-2", 2, "2025-01-21")]
    again = spoken_of("K-1", 1, "2025-01-21")
    assert [status("2025-02-03", *facts), status("2025-02-03", *facts, again)] == ["late_met", "late_met"]


def test_the_timeline_follows_a_new_version_that_gives_more_time_and_one_that_gives_less() -> None:
    def version(number: str, since: str, target: str, limit: str) -> Any:
        within = {"after": {"type": "CaseDiscussed"}, "answered_by": RULE["within"]["answered_by"]}
        block = within | {"target": target, "limit": limit}
        return adopted(policy({"id": "R-1", "subject": "case", "within": block}, version=number), since)

    facts = [version("1", "2020-01-01", "7 days", "14 days"), opened("2024-01-01"), discussed("2025-01-06")]
    more = rows(*facts, version("2", "2025-01-10", "14 days", "28 days"))
    assert [(str(row.status), row.from_on, row.due_on) for row in more][1:] == [
        ("due", day("2025-01-06"), day("2025-02-03")), ("tolerated", day("2025-01-21"), day("2025-02-03")),
        ("breached", day("2025-02-04"), day("2025-02-03")),
    ]  # fmt: skip
    less = finding("2025-01-08", *facts, version("2", "2025-01-08", "1 days", "2 days"))
    assert (less.target_on, less.due_on) == (day("2025-01-13"), day("2025-01-15"))


def test_a_target_in_working_days_is_never_later_than_the_deadline() -> None:
    within = {**RULE["within"], "target": "5 working days", "limit": "7 days"}
    facts = [adopted(policy(RULE | {"within": within})), calendar(), opened("2024-01-01")]
    found = finding("2024-12-23", *facts, discussed("2024-12-23"))
    assert (found.target_on, found.due_on) == (day("2024-12-30"), day("2024-12-30"))
    found = finding("2025-02-03", *facts, discussed("2025-02-03"))
    assert (found.target_on, found.due_on) == (day("2025-02-10"), day("2025-02-10"))
