"""Working days wherever a policy may set a limit: what is checked as right can be judged."""

from typing import Any

import pytest

from app import shipped
from app.domain.policy.loading import check, load
from app.domain.trying import assessed
from tests.domain.told import day

EVENTS = """
id: harbour
version: "2025-01"
title: Supervision in Harbour
codes: {roles: [social_worker], services: {assessment: []}, more: {session_kinds: [individual], regulators: [swe]}}
events:
  session: {type: SessionHeld, where: {kind: individual}}
  missed: {type: SessionMissed}
  agreement: {type: AgreementMade}
  registration: {type: RegistrationChecked}
rules:
  - id: H-1
    title: A rule in working days
    clause: Section 1
    subject: worker
"""
BEGUN: list[tuple[str, dict[str, Any]]] = [
    (
        "WorkerStarted",
        {"worker_id": "W-1", "started_on": "2025-04-14", "role": "social_worker", "service": "assessment"},
    ),
    ("SupervisorAssigned", {"worker_id": "W-1", "supervisor_id": "W-9", "assigned_on": "2025-04-14"}),
]


def said(rule: str, on: str, *events: tuple[str, dict[str, Any]]) -> tuple[str, Any]:
    [found] = assessed(
        load(f"{EVENTS}    {rule}\n"), shipped.calendar(), "worker/W-1", [*BEGUN, *events], day(on)
    ).findings
    return found.status, found.due_on


def held(on: str) -> tuple[str, dict[str, Any]]:
    return "SessionHeld", {"session_id": f"S-{on}", "worker_id": "W-1", "held_on": on, "kind": "individual"}


def test_something_must_exist_within_so_many_working_days() -> None:
    rule = "exists: {event: agreement, grace: {limit: 5 working days}}"  # over Good Friday and Easter Monday
    assert said(rule, "2025-04-23") == ("due", day("2025-04-23"))
    assert said(rule, "2025-04-24") == ("breached", day("2025-04-23"))


def test_a_gap_of_so_many_working_days_is_allowed() -> None:
    rule = (
        "always: {called: valid registration, event: registration, until: expires_on, silence: not_there, "
        "grace: {limit: 3 working days}}"
    )
    checked = {"worker_id": "W-1", "checked_on": "2025-04-14", "regulator": "swe", "status": "registered"}
    ends = ("RegistrationChecked", checked | {"expires_on": "2025-04-16"})
    assert said(rule, "2025-04-24", ends) == ("due", day("2025-04-24"))  # the first day without is day 0
    assert said(rule, "2025-04-25", ends) == ("breached", day("2025-04-24"))


def test_somebody_stands_in_after_so_many_working_days() -> None:
    away = ("AbsenceStarted", {"worker_id": "W-9", "started_on": "2025-04-14", "expected_until": "2025-06-30"})
    rule = "cover: {supervisor: personal, limit: 5 working days}"
    assert said(rule, "2025-04-23", away) == ("due", day("2025-04-23"))
    assert said(rule, "2025-04-24", away) == ("breached", day("2025-04-23"))


@pytest.mark.parametrize(("made_on", "status"), [("2025-04-14", "breached"), ("2025-04-15", "met")])
def test_what_belongs_to_an_event_is_no_older_than_so_many_working_days(made_on: str, status: str) -> None:
    made = ("AgreementMade", {"agreement_id": "A-1", "worker_id": "W-1", "supervisor_id": "W-9", "made_on": made_on})
    rule = "latest: {event: session, with: [{event: agreement, same: worker, within: 5 working days}]}"
    assert said(rule, "2025-05-01", made, held("2025-04-24"))[0] == status


def test_a_reason_excuses_for_so_many_working_days_and_an_excusal_may_last_as_many() -> None:
    gone = {"session_id": "S-9", "worker_id": "W-1", "planned_for": "2025-05-15", "outcome": "cancelled"}
    rule = "every: {event: session, limit: 5 working days, excused_by: missed}"
    reason = ("SessionMissed", gone)
    assert said(rule, "2025-05-22", held("2025-05-01"), reason)[0] == "excused"
    assert said(rule, "2025-05-23", held("2025-05-01"), reason)[0] == "breached"
    excused = {"worker_id": "W-1", "rule": "H-1", "from_on": "2025-05-12", "granted_by": "W-9"}
    rule = "every: {event: session, limit: 5 working days}\n    excusals: {longest: 3 working days}"
    assert said(rule, "2025-05-13", ("ExcusalGranted", excused | {"until_on": "2025-05-14"}))[0] == "excused"
    assert said(rule, "2025-05-13", ("ExcusalGranted", excused | {"until_on": "2025-05-15"}))[0] == "breached"


def test_beyond_the_calendar_it_is_not_known() -> None:
    rule = "exists: {event: agreement, grace: {limit: 5 working days}}"
    late = [(name, data | {key: "2036-01-07" for key in data if key.endswith("_on")}) for name, data in BEGUN]
    [found] = assessed(
        load(f"{EVENTS}    {rule}\n"), shipped.calendar(), "worker/W-1", late, day("2036-02-01")
    ).findings
    assert (found.status, found.code) == ("not_assessable", "calendar_silent")


@pytest.mark.parametrize(
    "rule",
    [
        "every: {event: session, limit: 28 days, change_grace: 5 working days}",
        "every: {event: session, limit: 28 days}\n    absence: {effect: excuse, at_least: 5 working days}",
        "exists: {event: agreement, ignore_interim_up_to: 48 hours, grace: {limit: 2 weeks}}",
    ],
)
def test_what_is_counted_in_whole_days_says_so(rule: str) -> None:
    [fault] = check(f"{EVENTS}    {rule}\n")
    assert "is counted in days, weeks, months or years, not in" in fault.detail
    assert fault.suggestion is None
