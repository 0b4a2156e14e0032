"""Actions, signatures, records and cover for a supervisor who is away, through HTTP: what each council asks."""

import pytest

from tests.councils import Council

STAFF = {"role": "family_support_worker", "service": "targeted_early_help"}
SOCIAL_WORKER = {"role": "social_worker", "service": "assessment"}


def _start(council: Council, worker: str = "W-1", **what: str) -> None:
    council.tell("WorkerStarted", worker_id=worker, started_on="2025-01-06", **what)


def _statuses(council: Council, subject: str, clause: str, *days: str) -> list[tuple[str, str | None]]:
    found = [council.finding(subject, clause, as_at=day) for day in days]
    return [(each["status"], each["code"]) for each in found]


def _family_action(council: Council) -> None:
    _start(council, **STAFF)
    council.tell("CaseOpened", case_id="F-1", opened_on="2024-11-01", service="targeted_early_help")
    council.tell("ActionAgreed", action_id="A-1", agreed_on="2025-03-03", owner_id="W-1", due_on="2025-03-17",
                 case_id="F-1", session_id="S-1")  # fmt: skip


@pytest.mark.parametrize("subject", ["worker/W-1", "case/F-1"])
@pytest.mark.parametrize("clause", ["SH-33", "SH-46", "SH-47"])
def test_an_action_is_judged_on_who_owns_it_and_on_the_case(shropshire: Council, subject: str, clause: str) -> None:
    _family_action(shropshire)
    days = ("2025-03-17", "2025-03-18")
    assert _statuses(shropshire, subject, clause, *days) == [("due", None), ("breached", "overdue")]
    shropshire.tell("ActionCompleted", action_id="A-1", completed_on="2025-03-19")
    found = shropshire.finding(subject, clause, as_at="2025-03-19")
    assert (found["rule"], found["status"], found["code"], found["days_late"]) == ("SH-33", "late_met", "late", 2)
    (item,) = found["items"]
    assert (item["action_id"], item["status"], item["due_on"]) == ("A-1", "late_met", "2025-03-17")
    assert "17 March 2025" in found["why"]
    assert [event["id"] for event in found["evidence"]]


def test_the_items_list_each_action_and_the_worst_decides(shropshire: Council) -> None:
    _family_action(shropshire)
    for number, more in enumerate([{}, {"due_on": "2025-04-30"}, {"due_on": "2025-03-10"}], 2):
        shropshire.tell("ActionAgreed", action_id=f"A-{number}", agreed_on="2025-03-04", owner_id="W-1", **more)
    shropshire.tell("ActionFollowedUp", action_id="A-4", followed_up_on="2025-03-10", outcome="no_longer_needed")
    found = shropshire.finding("worker/W-1", "SH-33", as_at="2025-03-20")
    assert (found["status"], found["due_on"]) == ("breached", "2025-03-17")
    assert {item["action_id"]: (item["status"], item["code"]) for item in found["items"]} == {
        "A-1": ("breached", "overdue"), "A-2": ("due", "open"), "A-3": ("due", None), "A-4": ("met", "completed"),
    }  # fmt: skip


def test_an_action_without_a_date_is_open_with_its_age_and_never_late(shropshire: Council) -> None:
    _start(shropshire, **STAFF)
    shropshire.tell("ActionAgreed", action_id="A-1", agreed_on="2025-03-03", owner_id="W-1")
    found = shropshire.finding("worker/W-1", "SH-33", as_at="2026-03-03")
    assert (found["status"], found["code"], found["age_days"]) == ("due", "open", 365)
    assert found["policy_silent"] is True
    assert found["due_on"] is None


def test_an_action_moves_with_its_owner_and_its_date(shropshire: Council) -> None:
    _family_action(shropshire)
    _start(shropshire, "W-2", **STAFF)
    shropshire.tell("ActionAmended", action_id="A-1", amended_on="2025-03-20", owner_id="W-2", due_on="2025-04-10")
    assert _statuses(shropshire, "worker/W-1", "SH-33", "2025-03-19", "2025-03-20") == [
        ("breached", "overdue"), ("not_yet_applicable", None),
    ]  # fmt: skip
    days = ("2025-03-19", "2025-03-20", "2025-04-10", "2025-04-11")
    assert [status for status, _ in _statuses(shropshire, "worker/W-2", "SH-33", *days)] == [
        "not_yet_applicable", "due", "due", "breached",
    ]  # fmt: skip
    (found,) = shropshire.compliance("worker/W-1", clause="SH-33", history="true", as_at="2025-05-01")["findings"]
    assert [(past["status"], past["due_on"], past["ended_on"]) for past in found["history"]] == [
        ("breached", "2025-03-17", "2025-03-19")
    ]


def test_a_correction_gives_an_action_to_another(shropshire: Council) -> None:
    _start(shropshire, **STAFF)
    _start(shropshire, "W-2", **STAFF)
    shropshire.tell("ActionAgreed", id="agreed", action_id="A-1", agreed_on="2025-03-03", owner_id="W-1",
                    due_on="2025-03-17")  # fmt: skip
    fixed = {"source": "urn:test:ehm", "id": "agreed"}
    shropshire.tell("EventCorrected", corrects=fixed, data={"owner_id": "W-2"})
    assert shropshire.finding("worker/W-1", "SH-33", as_at="2025-03-18")["status"] == "not_yet_applicable"
    assert shropshire.finding("worker/W-2", "SH-33", as_at="2025-03-18")["status"] == "breached"


def test_luton_tells_those_who_said_so_in_time_from_those_who_did_not(luton: Council) -> None:
    _start(luton, **SOCIAL_WORKER)
    for action in ("A-1", "A-2"):
        luton.tell("ActionAgreed", action_id=action, agreed_on="2025-03-03", owner_id="W-1", due_on="2025-03-17")
    luton.tell("ActionBlocked", action_id="A-1", reported_on="2025-03-14", by="W-1")
    luton.tell("ActionBlocked", action_id="A-2", reported_on="2025-03-18", by="W-1")
    found = luton.finding("worker/W-1", "LU-120", as_at="2025-03-18")
    assert (found["rule"], found["status"]) == ("LU-119", "breached")
    assert {item["action_id"]: item["code"] for item in found["items"]} == {
        "A-1": "overdue_with_notice", "A-2": "overdue_without_notice",
    }  # fmt: skip
    luton.tell("ActionFollowedUp", action_id="A-1", followed_up_on="2025-03-19", outcome="no_longer_needed")
    luton.tell("ActionCompleted", action_id="A-2", completed_on="2025-03-19")
    after = luton.finding("worker/W-1", "LU-119", as_at="2025-03-19")
    assert (after["status"], [item["action_id"] for item in after["items"]]) == ("late_met", ["A-2"])


def test_a_personal_record_is_signed_by_both_on_the_same_content(shropshire: Council) -> None:
    _start(shropshire, **STAFF)
    shropshire.tell("SessionHeld", session_id="S-1", worker_id="W-1", held_on="2025-03-03", kind="individual")
    shropshire.tell("RecordCompleted", record_id="R-1", kind="personal_supervision", completed_at="2025-03-04",
                    author_id="W-9", session_id="S-1", content_hash="h-1")  # fmt: skip
    assert shropshire.finding("worker/W-1", "SH-52", as_at="2025-03-05")["code"] == "awaiting_supervisee"
    shropshire.tell("RecordReviewed", record_id="R-1", reviewed_on="2025-03-06", reviewer_id="W-1", outcome="agreed")
    for day, signer, content in [("07", "supervisor", "h-1"), ("08", "supervisee", "h-0"), ("10", "supervisee", "h-1")]:
        who = {"signer_id": "W-1" if signer == "supervisee" else "W-9", "capacity": signer}
        shropshire.tell("RecordSigned", record_id="R-1", signed_on=f"2025-03-{day}", content_hash=content, **who)
    shropshire.tell("RecordReopened", record_id="R-1", reopened_on="2025-03-20", by="W-9")
    days = [f"2025-03-{day}" for day in ("06", "07", "08", "10", "20")]
    assert _statuses(shropshire, "worker/W-1", "SH-53", *days) == [
        ("due", "unsigned"), ("due", "part_signed"), ("due", "signature_void"), ("met", "signed"),
        ("due", "signature_void"),
    ]  # fmt: skip
    found = shropshire.finding("worker/W-1", "SH-53", as_at="2026-03-04")
    assert (found["status"], found["policy_silent"], found["owed_by"]) == ("due", True, "both")
    assert [item["record_id"] for item in found["items"]] == ["R-1"]


def test_luton_asks_for_a_record_of_every_session_and_names_no_deadline(luton: Council) -> None:
    _start(luton, **SOCIAL_WORKER)
    luton.tell("SessionHeld", session_id="S-1", worker_id="W-1", held_on="2025-03-03", kind="individual", minutes=90)
    luton.tell("SessionHeld", session_id="S-2", worker_ids=["W-1", "W-2"], held_on="2025-03-10", kind="group")
    luton.tell("RecordCompleted", record_id="R-1", kind="personal_supervision", completed_at="2025-03-05",
               author_id="W-9", session_id="S-1")  # fmt: skip
    found = luton.finding("worker/W-1", "LU-75", as_at="2026-03-10")
    assert (found["rule"], found["status"], found["code"], found["age_days"]) == ("LU-85", "due", "record_missing", 365)
    luton.tell("RecordCompleted", record_id="R-2", kind="group_supervision", completed_at="2026-03-11", author_id="W-9",
               session_id="S-2")  # fmt: skip
    assert luton.finding("worker/W-1", "LU-85", as_at="2026-03-11")["status"] == "met"
    rows = luton.get("/v1/workers/W-1/timeline", clause="LU-85", as_at="2026-04-01").json()["rows"]
    assert [(row["status"], row["from_on"]) for row in rows] == [
        ("not_yet_applicable", "2025-01-06"), ("due", "2025-03-03"), ("met", "2025-03-05"), ("due", "2025-03-10"),
        ("met", "2026-03-11"),
    ]  # fmt: skip


def test_a_supervisor_away_for_a_month_is_stood_in_for(shropshire: Council) -> None:
    _start(shropshire, **STAFF)
    shropshire.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="M-1", assigned_on="2025-01-06")
    shropshire.tell("AbsenceStarted", worker_id="M-1", started_on="2025-03-10")
    days = ("2025-03-10", "2025-04-10", "2025-04-11")
    assert [status for status, _ in _statuses(shropshire, "worker/W-1", "SH-27", *days)] == [
        "not_yet_applicable", "not_yet_applicable", "breached",
    ]  # fmt: skip
    late = shropshire.finding("worker/W-1", "SH-27", as_at="2025-04-14")
    assert (late["due_on"], late["days_late"], late["owed_by"]) == ("2025-04-10", 4, "line_manager")
    shropshire.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="M-2", assigned_on="2025-04-15",
                    basis="interim")  # fmt: skip
    assert shropshire.finding("worker/W-1", "SH-27", as_at="2025-04-15")["status"] == "late_met"
    rows = shropshire.get("/v1/workers/W-1/timeline", clause="SH-27", as_at="2025-05-01").json()["rows"]
    assert [(row["status"], row["from_on"]) for row in rows] == [
        ("not_yet_applicable", "2025-01-06"), ("breached", "2025-04-11"), ("late_met", "2025-04-15"),
    ]  # fmt: skip


def test_an_absence_that_is_planned_to_be_long_asks_for_cover_from_its_first_day(shropshire: Council) -> None:
    _start(shropshire, **STAFF)
    shropshire.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="M-1", assigned_on="2025-01-06")
    shropshire.tell("AbsenceStarted", worker_id="M-1", started_on="2025-03-10", expected_until="2025-06-30")
    assert shropshire.finding("worker/W-1", "SH-27", as_at="2025-03-10")["status"] == "due"
    shropshire.tell("AbsenceEnded", worker_id="M-1", ended_on="2025-04-20")
    days = ("2025-04-10", "2025-04-11", "2025-04-20", "2025-04-21")
    assert [status for status, _ in _statuses(shropshire, "worker/W-1", "SH-27", *days)] == [
        "due", "breached", "breached", "not_yet_applicable",
    ]  # fmt: skip


def test_a_form_that_was_in_time_stays_in_time_when_it_is_opened_again(shropshire: Council) -> None:
    shropshire.tell("CaseOpened", case_id="EP-1", opened_on="2024-11-01", service="targeted_early_help")
    shropshire.tell("CaseDiscussed", case_id="EP-1", discussed_on="2025-03-03", depth="full", setting="individual",
                    session_id="S-1")  # fmt: skip
    record = {"record_id": "R-1", "kind": "eh_case_supervision_form", "author_id": "W-9", "case_id": "EP-1"}
    shropshire.tell("RecordCompleted", completed_at="2025-03-05", session_id="S-1", **record)
    shropshire.tell("RecordReopened", record_id="R-1", reopened_on="2025-04-01", by="W-9")
    shropshire.tell("RecordCompleted", completed_at="2025-04-02", session_id="S-1", **record)
    assert shropshire.finding("case/EP-1", "SH-49", as_at="2025-05-01")["status"] == "met"


GROUPS = """
id: harbour
version: "1"
title: Harbour supervision
codes: {roles: [worker], services: {quay: []}, more: {session_kinds: [group], record_kinds: [group_supervision]}}
events:
  group_led: {type: SessionHeld, where: {kind: group}, belongs_by: supervisor_id}
  record: {type: RecordCompleted, belongs_by: author_id}
rules:
  - id: H-1
    title: A group session is written up for everybody who was there
    clause: Section 1
    subject: worker
    within:
      after: group_led
      belongs_by: supervisor_id
      for_each: worker_ids
      answered_by: {event: record, same: session, names: worker_id}
      limit: 7 days
"""


def test_what_is_owed_for_each_of_several_names_whom_it_is_for(council: Council) -> None:
    adopted = council.client.post("/v1/policies/adopt", json={"policy_yaml": GROUPS, "applies_from": "2024-01-01"})
    assert adopted.status_code == 201, adopted.text
    _start(council, role="worker", service="quay")
    council.tell("SessionHeld", session_id="S-1", worker_ids=["W-2", "W-3"], supervisor_id="W-1",
                 held_on="2025-03-03", kind="group")  # fmt: skip
    record = {"kind": "group_supervision", "session_id": "S-1", "author_id": "W-1", "completed_at": "2025-03-04"}
    at = council.tell("RecordCompleted", record_id="R-2", worker_id="W-2", **record)
    found = council.finding("worker/W-1", "H-1", as_at="2025-03-11")
    assert {item["for_id"]: item["status"] for item in found["items"]} == {"W-2": "met", "W-3": "breached"}
    late = {"rule": "H-1", "status": "breached", "as_at": "2025-03-11"}
    assert len(council.get("/v1/obligations", min_position=at, **late).json()["items"]) == 1
    at = council.tell("RecordCompleted", record_id="R-3", worker_id="W-3", **record)
    assert council.get("/v1/obligations", min_position=at, **late).json()["items"] == []
