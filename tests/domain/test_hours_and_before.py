"""Deadlines by the hour, before an event as well as after it, and one after another."""

from datetime import date
from typing import Any

import pytest

from app.domain.calendar import Interval, add, ahead
from app.domain.policy.adopted import pack_of
from app.domain.policy.explaining import explain
from app.domain.policy.loading import as_json, check, load
from app.events.facts import Fact
from tests.domain.test_loading import line_of, the_fault
from tests.domain.told import (
    adopted,
    calendar,
    day,
    finding,
    history,
    policy,
    session,
    started,
    status,
    statuses,
    told,
)

SESSION, RECORD = {"type": "SessionHeld"}, {"type": "RecordCompleted"}
SINCE = started("2025-01-01")


def within(**more: Any) -> Fact:
    usual = {"after": SESSION, "answered_by": {"event": RECORD, "same": "session"}}
    return adopted(policy({"id": "R-1", "subject": "worker", "within": usual | more}))


def held(on: str, at: str | None = None, **more: Any) -> Fact:
    return session(on, session_id="S-1", **({"held_at": f"{on}T{at}"} if at else {}), **more)


def completed(at: str) -> Fact:
    fields = {"record_id": "R-1", "kind": "form", "author_id": "M-1", "session_id": "S-1", "worker_id": "W-1"}
    return told("RecordCompleted", completed_at=at, **fields)


TWO_DAYS = within(limit="48 hours")


# --- by the hour ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("written", "last"), [("48 hours", 5), ("36 hours", 5), ("24 hours", 4), ("1 hour", 4)])
def test_hours_from_a_day_of_which_no_time_is_told_run_from_its_end(written: str, last: int) -> None:
    assert add(Interval.parse(written), date(2025, 3, 3)) == date(2025, 3, last)


def test_a_deadline_in_hours_ends_at_the_hour() -> None:
    facts = [TWO_DAYS, SINCE, held("2025-03-03", "09:30:00Z")]
    assert statuses(["2025-03-05", "2025-03-06"], *facts) == ["due", "breached"]
    assert "within 48 hours, so by 09:30 on 5 March 2025." in finding("2025-03-05", *facts).why
    assert status("2025-03-05", *facts, completed("2025-03-05T09:30:00Z")) == "met"
    late = finding("2025-03-05", *facts, completed("2025-03-05T09:31:00Z"))
    assert (late.status, late.days_late) == ("late_met", None)
    assert late.why.endswith("It was done on 5 March 2025, on the last day, after the hour.")
    assert [str(each.status) for each in history("2025-03-06", *facts, completed("2025-03-05T09:31:00Z"))] == [
        "late_met"
    ]


def test_a_deadline_in_hours_may_end_on_the_next_day_by_the_clock_of_london() -> None:
    rule = within(limit="24 hours")
    spring = [rule, SINCE, held("2025-03-29", "23:30:00Z")]  # the clocks go forward in between
    assert finding("2025-03-29", *spring).due_on == day("2025-03-31")
    assert "so by 00:30 on 31 March 2025" in finding("2025-03-29", *spring).why


@pytest.mark.parametrize(
    ("at", "answer"), [(None, "2025-03-05T23:00:00Z"), ("09:30:00Z", "2025-03-05"), (None, "2025-03-05")]
)
def test_where_a_time_is_not_told_the_whole_day_counts(at: str | None, answer: str) -> None:
    assert status("2025-03-05", TWO_DAYS, SINCE, held("2025-03-03", at), completed(answer)) == "met"


def test_it_says_that_no_time_was_told() -> None:
    said = finding("2025-03-04", TWO_DAYS, SINCE, held("2025-03-03")).why
    assert "within 48 hours; no time of day was told, so the whole of 5 March 2025 counts." in said


def test_a_session_that_says_when_it_ended_is_counted_from_then() -> None:
    facts = [TWO_DAYS, SINCE, held("2025-03-03", ended_at="2025-03-03T16:00:00Z")]
    assert status("2025-03-05", *facts, completed("2025-03-05T15:59:00Z")) == "met"
    assert status("2025-03-05", *facts, completed("2025-03-05T16:01:00Z")) == "late_met"


# --- before -----------------------------------------------------------------------------------------------------------

BOOKED = {"type": "SessionScheduled"}
PREPARED = {"type": "PreparationRecorded", "called": "preparation"}


def booked(on: str, planned_for: str) -> Fact:
    fields = {"session_id": "S-1", "worker_id": "W-1", "kind": "individual"}
    return told("SessionScheduled", planned_for=planned_for, scheduled_on=on, **fields)


def prepared(on: str) -> Fact:
    return told(
        "PreparationRecorded", session_id="S-1", worker_id="W-1", by="W-1", capacity="supervisee", prepared_on=on
    )


@pytest.mark.parametrize(
    ("written", "last"),
    [("2 days", "2025-03-08"), ("1 month", "2025-02-10"), ("48 hours", "2025-03-08"), ("12 hours", "2025-03-10")],
)
def test_so_long_before_a_day(written: str, last: str) -> None:
    assert ahead(Interval.parse(written), day("2025-03-10")) == day(last)


BEFORE = within(
    after=BOOKED, due_on="planned_for", before="2 working days", answered_by={"event": PREPARED, "same": "session"}
)


def test_preparation_two_working_days_before_the_day_that_was_booked() -> None:
    facts = [calendar(), BEFORE, SINCE, booked("2025-03-01", "2025-03-10")]  # a Monday
    assert statuses(["2025-03-06", "2025-03-07"], *facts) == ["due", "breached"]
    assert finding("2025-03-06", *facts).why.startswith(
        "Booking of a session on 1 March 2025. The policy asks for the preparation at least 2 working days before the "
        "date in it, so by 6 March 2025."
    )
    assert status("2025-03-10", *facts, prepared("2025-03-06")) == "met"
    assert status("2025-03-10", *facts, prepared("2025-03-07")) == "late_met"


def test_what_was_done_before_the_booking_was_done_in_time() -> None:
    assert (
        status("2025-03-05", calendar(), BEFORE, SINCE, prepared("2025-03-01"), booked("2025-03-05", "2025-03-10"))
        == "met"
    )


def test_so_long_before_the_event_itself() -> None:
    rule = within(before="1 day", answered_by={"event": PREPARED, "same": "session"})
    facts = [rule, SINCE, held("2025-03-10")]
    assert status("2025-03-10", *facts) == "breached"
    assert finding("2025-03-10", *facts).due_on == day("2025-03-09")
    assert status("2025-03-10", *facts, prepared("2025-03-09")) == "met"
    assert status("2025-03-12", *facts, prepared("2025-03-10")) == "late_met"
    assert status("2025-03-09", *facts) == "not_yet_applicable"


def test_an_agreement_a_fortnight_before_the_first_visit() -> None:
    agreement = {"event": {"type": "AgreementMade"}, "same": "worker"}
    rule = within(after={"type": "VisitMade"}, before="2 weeks", answered_by=agreement)

    def agreed(on: str) -> Fact:
        return told("AgreementMade", agreement_id="A-1", worker_id="W-1", supervisor_id="M-1", made_on=on)

    visit = told("VisitMade", worker_id="W-1", visited_on="2025-03-20", by="M-1")
    assert status("2025-03-20", rule, SINCE, visit, agreed("2025-03-06")) == "met"
    assert status("2025-03-20", rule, SINCE, visit, agreed("2025-03-07")) == "late_met"


# --- one after another ------------------------------------------------------------------------------------------------


def test_a_second_deadline_runs_from_the_answer_to_the_first() -> None:
    signed = {"event": {"type": "RecordSigned"}, "same": "record"}
    pack = policy(
        {"id": "R-1", "subject": "worker",
         "within": {"after": SESSION, "answered_by": {"event": RECORD, "same": "session"}, "limit": "5 days"}},
        {"id": "R-2", "subject": "worker",
         "within": {"after": RECORD, "answered_by": signed, "limit": "3 days"}},
    )  # fmt: skip
    facts = [adopted(pack), SINCE, held("2025-03-03")]
    assert status("2025-03-10", *facts, rule="R-2") == "not_yet_applicable"
    late = [*facts, completed("2025-03-10")]
    assert finding("2025-03-10", *late, rule="R-2").due_on == day("2025-03-13")
    sign = told("RecordSigned", record_id="R-1", signer_id="M-1", capacity="supervisor", signed_on="2025-03-13")
    assert [status("2025-03-13", *late, sign, rule=rule) for rule in ("R-1", "R-2")] == ["late_met", "met"]


WRITTEN = """id: times
version: "1"
title: Times
events:
  booked: {type: SessionScheduled}
  prepared: {type: PreparationRecorded}
  seen: {type: SessionHeld}
  recorded: {type: RecordCompleted}
rules:
  - id: T-1
    title: Prepared two days before
    clause: Section 1
    subject: worker
    within: {after: booked, due_on: planned_for, before: 2 days, answered_by: {event: prepared, same: session}}
  - id: T-2
    title: Recorded within two days
    clause: Section 2
    subject: worker
    within: {after: seen, limit: 48 hours, answered_by: {event: recorded, same: session}}
"""


def test_hours_and_before_are_a_policy_and_are_said_in_words() -> None:
    assert check(WRITTEN) == []
    assert pack_of(as_json(load(WRITTEN))) == load(WRITTEN)
    said = " ".join(explain(load(WRITTEN)))
    assert "at least 2 days before the date that its `planned_for` gives, if any." in said
    assert "within 48 hours" in said


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        ("before: 2 days", "before: 2 dayz", "unknown unit `dayz`: did you mean `days`?"),
        ("before: 2 days", "befor: 2 days", "unknown key `befor`: did you mean `before`?"),
        ("limit: 48 hours", "limit: 48 huors", "unknown unit `huors`: did you mean `hours`?"),
        (
            "limit: 48 hours",
            "limit: 48 hours, before: 2 days",
            "the deadline is a length of time either after the event",
        ),
        ("due_on: planned_for", "due_on: planed_for", "unknown date field `planed_for`: did you mean `planned_for`?"),
    ],
)
def test_what_is_wrong_with_a_deadline_is_said_on_its_line(old: str, new: str, detail: str) -> None:
    text = WRITTEN.replace(old, new)
    fault = the_fault(text)
    assert fault.detail.startswith(detail)
    assert fault.line == line_of(text, new)
