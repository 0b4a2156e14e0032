"""Clauses of Shropshire's guidance as answered over HTTP: who writes, what a discussion holds, what is carried on."""

from tests.councils import Council

LIGHT = {"case_id": "C-1", "depth": "light", "setting": "individual"}


def family(council: Council, opened_on: str = "2025-01-06") -> None:
    council.tell("CaseOpened", case_id="C-1", opened_on=opened_on, service="targeted_early_help", subject_kind="family")
    council.tell("CaseAllocated", case_id="C-1", worker_id="W-1", allocated_on=opened_on)


def said(council: Council, subject: str, clause: str, on: str) -> tuple[str, str | None]:
    found = council.finding(subject, clause, as_at=on)
    return found["status"], found["code"]


def test_the_record_is_written_by_the_supervisor_or_for_them(shropshire: Council) -> None:
    family(shropshire)
    shropshire.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="W-9", assigned_on="2025-01-06")
    shropshire.tell("CaseDiscussed", **LIGHT, discussion_id="D-1", discussed_on="2025-03-03")
    note = {"record_id": "R-1", "kind": "management_supervision_note", "case_id": "C-1", "discussion_id": "D-1"}
    assert said(shropshire, "case/C-1", "SH-30", "2025-03-03") == ("not_yet_applicable", None)
    shropshire.tell("RecordCompleted", **note, completed_at="2025-03-04", author_id="W-1")
    assert said(shropshire, "case/C-1", "SH-30", "2025-03-04") == ("breached", "wrong_author")
    assert said(shropshire, "case/C-1", "SH-49", "2025-03-10") == ("due", None)
    assert said(shropshire, "case/C-1", "SH-49", "2025-03-11") == ("breached", "wrong_author")
    typed = note | {"record_id": "R-2", "on_behalf_of_id": "W-9"}
    shropshire.tell("RecordCompleted", **typed, completed_at="2025-03-10", author_id="W-1")
    assert said(shropshire, "case/C-1", "SH-30", "2025-03-10") == ("met", None)
    assert said(shropshire, "case/C-1", "SH-48", "2025-03-11") == ("met", None)
    cover = {"worker_id": "W-1", "supervisor_id": "W-8", "basis": "interim"}
    shropshire.tell("SupervisorAssigned", **cover, assigned_on="2025-04-01", until="2025-04-30")
    shropshire.tell("CaseDiscussed", **LIGHT, discussion_id="D-2", discussed_on="2025-04-07")
    later = {"note_id": "N-3", "case_id": "C-1", "discussion_id": "D-2", "system": "ehm", "event_on": "2025-04-07"}
    shropshire.tell("CaseNoteRecorded", **later, note_type="management_supervision", recorded_on="2025-04-08",
                    author_id="W-8")  # fmt: skip
    assert said(shropshire, "case/C-1", "SH-30", "2025-04-08") == ("met", None)
    rows = shropshire.get("/v1/cases/C-1/timeline", clause="SH-30", as_at="2025-04-08").json()["rows"]
    assert [(row["status"], row["from_on"]) for row in rows] == [
        ("not_yet_applicable", "2025-01-06"), ("breached", "2025-03-04"), ("met", "2025-03-10"),
    ]  # fmt: skip
