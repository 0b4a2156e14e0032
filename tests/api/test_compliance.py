"""Is a worker and a case supervised as the policy says, at any date, and why: the worked dates, through HTTP."""

import httpx
import pytest

from tests.councils import Council

SAFEGUARDING = {"case_id": "C-100", "opened_on": "2025-01-02", "service": "family_safeguarding"}


def _discussed(council: Council, on: str, case: str = "C-100", **data) -> None:
    told = {"depth": "full", "setting": "individual"} | data
    council.tell("CaseDiscussed", case_id=case, discussed_on=on, **told)


def test_four_weekly_is_due_on_day_28_and_late_on_day_29(luton: Council) -> None:
    luton.tell("CaseOpened", **SAFEGUARDING)
    _discussed(luton, "2025-03-03")
    due = luton.finding("case/C-100", "LU-37", as_at="2025-03-31")
    assert (due["status"], due["due_on"]) == ("due", "2025-03-31")
    late = luton.finding("case/C-100", "LU-37", as_at="2025-04-04")
    assert (late["status"], late["days_late"], late["opened_on"]) == ("breached", 4, "2025-03-03")
    assert late["rule"] == "LU-37"
    assert {"LU-37", "LU-31", "LU-23"} <= set(late["clauses"])
    assert "3 March 2025" in late["why"]
    assert "31 March 2025" in late["why"]
    assert "4 days late" in late["why"]
    assert late["last"]["on"] == "2025-03-03"
    assert late["evidence"][0]["source"] == "urn:test:ehm"
    assert luton.compliance("case/C-100", as_at="2025-04-04")["status"] == "breached"
    assert luton.finding("case/C-100", "LU-37", as_at="2025-04-01")["status"] == "breached"


def test_a_stable_placement_is_amber_then_red_and_its_full_supervision_runs_beside_it(luton: Council) -> None:
    luton.tell("CaseOpened", case_id="C-47", opened_on="2025-01-02", service="looked_after_children",
               category="matched_stable")  # fmt: skip
    _discussed(luton, "2025-01-15", "C-47")
    _discussed(luton, "2025-03-03", "C-47", depth="light")
    statuses = {
        day: luton.finding("case/C-47", "LU-47", as_at=day)["status"]
        for day in ("2025-03-31", "2025-04-01", "2025-04-14", "2025-04-15")
    }
    assert statuses == {
        "2025-03-31": "due", "2025-04-01": "tolerated", "2025-04-14": "tolerated", "2025-04-15": "breached",
    }  # fmt: skip
    _discussed(luton, "2025-04-10", "C-47", depth="light")
    full = luton.finding("case/C-47", "LU-49", as_at="2025-04-15")
    assert (full["status"], full["due_on"]) == ("due", "2025-04-15")
    assert luton.finding("case/C-47", "LU-49", as_at="2025-04-16")["status"] == "breached"


@pytest.mark.parametrize(
    ("sessions", "expected"),
    [
        (("2025-01-01", "2025-03-31"), {"2025-03-15": "tolerated", "2025-04-15": "met"}),
        (("2025-01-31", "2025-04-01"), {"2025-03-31": "tolerated", "2025-04-01": "breached", "2025-04-30": "breached"}),
    ],
)
def test_no_two_months_running_without_supervision(shropshire: Council, sessions, expected) -> None:
    shropshire.tell("WorkerStarted", worker_id="W-1", started_on="2024-12-01", role="family_support_worker",
                    service="targeted_early_help")  # fmt: skip
    shropshire.tell(
        "SessionHeld", session_id="S-0", worker_id="W-1", held_on="2024-12-10", kind="individual", minutes=90
    )
    for number, day in enumerate(sessions, 1):
        shropshire.tell("SessionHeld", session_id=f"S-{number}", worker_id="W-1", held_on=day, kind="individual",
                        minutes=90)  # fmt: skip
    found = {day: shropshire.finding("worker/W-1", "SH-23", as_at=day)["status"] for day in expected}
    assert found == expected


def _practice_meeting(council: Council, note_recorded: str) -> None:
    told = "2025-02-20T15:00:00Z"
    council.tell("CaseOpened", case_id="EP-1", opened_on="2024-11-01", service="targeted_early_help",
                 sourcerecordedtime="2024-11-01T12:00:00Z")  # fmt: skip
    council.tell("CaseAllocated", case_id="EP-1", worker_id="W-1", allocated_on="2024-11-01",
                 sourcerecordedtime="2024-11-01T12:00:00Z")  # fmt: skip
    _discussed(council, "2024-12-31", "EP-1", sourcerecordedtime="2024-12-31T12:00:00Z")
    _discussed(council, "2025-02-20", "EP-1", setting="practice_meeting", discussion_id="D-1", sourcerecordedtime=told)
    saved = {"saved_on": "2025-02-20", "kind": "case_discussion_record", "system": "ehm", "discussion_id": "D-1"}
    council.tell("DocumentSaved", document_id="DOC-1", case_id="EP-1", sourcerecordedtime=told, **saved)
    council.tell("CaseNoteRecorded", note_id="N-1", case_id="EP-1", recorded_on=note_recorded, event_on="2025-02-20",
                 author_id="W-9", system="ehm", note_type="management_oversight", discussion_id="D-1",
                 sourcerecordedtime=f"{note_recorded}T12:00:00Z")  # fmt: skip


def test_two_months_from_new_years_eve_end_in_february(shropshire: Council) -> None:
    shropshire.tell("CaseOpened", case_id="EP-1", opened_on="2024-11-01", service="targeted_early_help")
    shropshire.tell("CaseAllocated", case_id="EP-1", worker_id="W-1", allocated_on="2024-11-01")
    _discussed(shropshire, "2024-12-31", "EP-1")
    found = shropshire.finding("case/EP-1", "SH-28", as_at="2025-02-28")
    assert (found["status"], found["due_on"]) == ("due", "2025-02-28")
    assert shropshire.finding("case/EP-1", "SH-28", as_at="2025-03-01")["status"] == "breached"


def test_a_practice_meeting_counts_once_its_note_is_there_by_either_clock(shropshire: Council) -> None:
    _practice_meeting(shropshire, "2025-03-03")
    then = {"as_at": "2025-03-01", "known_at": "2025-03-01T23:59:59Z", "knowledge": "source"}
    assert shropshire.finding("case/EP-1", "SH-28", **then)["status"] == "breached"
    now_known = shropshire.finding("case/EP-1", "SH-28", as_at="2025-03-04")
    assert (now_known["status"], now_known["due_on"]) == ("due", "2025-04-20")
    assert shropshire.finding("case/EP-1", "SH-28", as_at="2025-03-01")["status"] == "due"


@pytest.mark.parametrize(("held", "due"), [("2024-12-23", "2025-01-02"), ("2025-04-17", "2025-04-28")])
def test_the_form_is_due_within_five_working_days(shropshire: Council, held: str, due: str) -> None:
    shropshire.tell("CaseOpened", case_id="EP-1", opened_on="2024-11-01", service="targeted_early_help")
    _discussed(shropshire, held, "EP-1", session_id="S-1")
    open_item = shropshire.finding("case/EP-1", "SH-48", as_at=due)
    assert (open_item["status"], open_item["due_on"]) == ("due", due)
    year, month, day = map(int, due.split("-"))
    after = f"{year}-{month:02}-{day + 1:02}"
    assert shropshire.finding("case/EP-1", "SH-48", as_at=after)["status"] == "breached"
    record = {"record_id": "R-1", "kind": "eh_case_supervision_form", "author_id": "W-9", "case_id": "EP-1"}
    shropshire.tell("RecordCompleted", completed_at=due, session_id="S-1", **record)
    assert shropshire.finding("case/EP-1", "SH-48", as_at=after)["status"] == "met"


def test_a_new_supervisor_supersedes_the_agreement(luton: Council) -> None:
    luton.tell("WorkerStarted", worker_id="W-1", started_on="2025-07-01", role="social_worker", service="assessment")
    luton.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="W-7", assigned_on="2025-07-01")
    luton.tell("AgreementMade", agreement_id="A-1", worker_id="W-1", supervisor_id="W-7", made_on="2025-08-01")
    assert luton.finding("worker/W-1", "LU-14", as_at="2025-08-31")["status"] == "met"
    luton.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="W-8", assigned_on="2025-09-01")
    changed = luton.finding("worker/W-1", "LU-20", as_at="2025-09-02")
    assert (changed["rule"], changed["status"], changed["code"]) == ("LU-14", "due", "superseded")
    assert luton.finding("worker/W-1", "LU-14", as_at="2025-10-15")["status"] == "breached"


def test_a_check_in_does_not_replace_personal_supervision_but_may_be_part_of_it(luton: Council) -> None:
    luton.tell("WorkerStarted", worker_id="W-1", started_on="2024-06-01", role="social_worker", service="assessment")
    luton.tell("SessionHeld", session_id="S-1", worker_id="W-1", held_on="2025-02-20", kind="individual", minutes=100)
    luton.tell("SessionHeld", session_id="S-2", worker_id="W-1", held_on="2025-04-01", kind="check_in", minutes=60)
    assert luton.finding("worker/W-1", "LU-66", as_at="2025-04-03")["status"] == "tolerated"
    found = luton.finding("worker/W-1", "LU-67", as_at="2025-04-04")
    assert (found["status"], found["due_on"]) == ("breached", "2025-04-03")


def test_a_clause_that_no_adopted_policy_contains_is_not_specified(luton: Council) -> None:
    luton.tell("CaseOpened", **SAFEGUARDING)
    asked = luton.compliance("case/C-100", clause=["SH-48", "LU-37"])["findings"]
    assert [(found["rule"], found["status"] == "not_specified") for found in asked] == [
        ("SH-48", True),
        ("LU-37", False),
    ]


def test_an_unclassified_case_is_not_assessable_with_a_provisional_date(luton: Council) -> None:
    luton.tell("CaseOpened", case_id="C-1", opened_on="2025-03-03", service="looked_after_children")
    body = luton.compliance("case/C-1", as_at="2025-04-15")
    assert body["status"] == "not_assessable"
    (found,) = [finding for finding in body["findings"] if finding["rule"] == "LU-32"]
    assert (found["status"], found["due_on"]) == ("not_assessable", "2025-03-31")


def test_an_unknown_id_is_404_and_one_of_which_nothing_was_known_then_is_not_assessable(luton: Council) -> None:
    before = luton.get("/v1/events", limit=500).json()["items"][-1]["recordedtime"]
    luton.tell("CaseOpened", **SAFEGUARDING)
    assert luton.get("/v1/cases/C-999/compliance").status_code == 404
    assert luton.get("/v1/cases/C-999/timeline").status_code == 404
    then = luton.compliance("case/C-100", known_at=before, as_at="2025-04-01")
    assert then["status"] == "not_assessable"


def test_without_a_policy_nothing_can_be_judged(council: Council) -> None:
    council.tell("CaseOpened", **SAFEGUARDING)
    body = council.compliance("case/C-100")
    assert (body["status"], body["findings"], body["policies"]) == ("not_assessable", [], [])
    assert body["code"] == "no_policy_known"


def test_a_merged_subject_redirects_to_what_it_became(luton: Council) -> None:
    luton.tell("CaseOpened", **SAFEGUARDING)
    _discussed(luton, "2025-03-03", "C-old")
    luton.tell("SubjectMerged", kind="case", from_id="C-old", into_id="C-100", merged_on="2025-03-10")
    answer = luton.get("/v1/cases/C-old/compliance")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/v1/cases/C-100/compliance")
    assert luton.finding("case/C-100", "LU-37", as_at="2025-03-20")["last"]["on"] == "2025-03-03"


def test_a_correction_changes_the_answer_and_the_known_then_answer_stays(luton: Council) -> None:
    luton.tell("CaseOpened", **SAFEGUARDING)
    _discussed(luton, "2025-03-30", id="told")
    position = luton.compliance("case/C-100")["position"]
    fixed = {"source": "urn:test:ehm", "id": "told"}
    luton.tell("EventCorrected", corrects=fixed, data={"discussed_on": "2025-03-03"})
    assert luton.finding("case/C-100", "LU-37", as_at="2025-04-04")["status"] == "breached"
    then = luton.finding("case/C-100", "LU-37", as_at="2025-04-04", known_position=position)
    assert then["status"] == "due"


def test_the_same_answer_is_not_sent_twice(luton: Council) -> None:
    luton.tell("CaseOpened", **SAFEGUARDING)
    path, query = "/v1/cases/C-100/compliance", {"as_at": "2025-02-01"}
    first = luton.get(path, **query)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert luton.client.get(path, params=query, headers=tag).status_code == 304
    assert luton.client.get(path, params={"as_at": "2025-02-02"}, headers=tag).status_code == 200
    luton.tell("CaseOpened", case_id="C-101", opened_on="2025-01-02", service="assessment")
    assert luton.client.get(path, params=query, headers=tag).status_code == 304, "it does not speak of this case"
    _discussed(luton, "2025-01-20")
    assert luton.client.get(path, params=query, headers=tag).status_code == 200


def test_history_keeps_a_breach_that_was_put_right(luton: Council) -> None:
    luton.tell("CaseOpened", **SAFEGUARDING)
    for day in ("2025-01-10", "2025-03-03", "2025-03-20"):
        _discussed(luton, day)
    (found,) = luton.compliance("case/C-100", clause="LU-37", history="true", as_at="2025-04-01")["findings"]
    assert found["status"] == "due"
    told = [(past["opened_on"], past["due_on"], past["met_on"], past["status"]) for past in found["history"]]
    assert ("2025-01-10", "2025-02-07", "2025-03-03", "late_met") in told


def test_the_timeline_says_how_it_stood_and_will_stand(luton: Council) -> None:
    luton.tell("CaseOpened", **SAFEGUARDING)
    _discussed(luton, "2025-01-20")
    _discussed(luton, "2025-03-03")
    body = luton.get("/v1/cases/C-100/timeline", clause="LU-37", as_at="2025-03-10").json()
    rows = [(row["status"], row["from_on"], row["until_on"]) for row in body["rows"]]
    assert ("breached", "2025-02-18", "2025-03-02") in rows
    assert rows[-1] == ("breached", "2025-04-01", None)


QUERIES = [
    "as_at=2025-02-30", "as_at=1989-12-31", "as_at=2199-01-01", "known_at=x", "knowledge=source", "clause=%00",
    "known_at=2025-01-01T00:00:00Z&known_position=3", "knowledge=both", "include=all", "asat=2025-01-01",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_a_question_that_cannot_be_answered_is_refused_in_words(luton: Council, query: str) -> None:
    luton.tell("CaseOpened", **SAFEGUARDING)
    assert luton.client.get(f"/v1/cases/C-100/compliance?{query}").status_code == 422


def test_asking_needs_the_scope(luton: Council) -> None:
    with luton.as_client(scope="events:write") as other:
        assert other.get("/v1/cases/C-100/compliance").status_code == 403


def test_a_plain_question_is_answered_and_refused_as_one_with_a_query(luton: Council) -> None:
    luton.tell("CaseOpened", **SAFEGUARDING)
    for plain, spelt_out in (("compliance", "compliance?history=false"), ("timeline", "timeline?knowledge=ledger")):
        for subject in ("cases/C-100", "cases/nobody-told-of", "cases/Jane%20Smith"):
            first, second = (luton.client.get(f"/v1/{subject}/{path}") for path in (plain, spelt_out))
            assert first.status_code == second.status_code
            assert _but_for_the_request(first.json()) == _but_for_the_request(second.json())
        assert httpx.get(f"{luton.served.url}/v1/cases/C-100/{plain}").status_code == 401
        with luton.as_client(scope="events:write") as other:
            assert other.get(f"/v1/cases/C-100/{plain}").status_code == 403


def _but_for_the_request(body: dict) -> dict:
    return {name: value for name, value in body.items() if name != "request_id"}
