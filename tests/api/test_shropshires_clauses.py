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


def test_the_four_elements_are_there_with_a_form_and_without(shropshire: Council) -> None:
    family(shropshire)
    told = {"case_id": "C-1", "setting": "individual", "worker_id": "W-1"}
    four = ["experience", "reflection", "analysis", "plan_and_action"]
    shropshire.tell("CaseDiscussed", **told, depth="light", discussed_on="2025-02-03", elements=four[:3])
    for clause in ("SH-07", "SH-31"):
        assert said(shropshire, "case/C-1", clause, "2025-02-02") == ("not_yet_applicable", None)
        assert said(shropshire, "case/C-1", clause, "2025-02-03") == ("breached", "incomplete")
    shropshire.tell("CaseDiscussed", **told, depth="full", discussed_on="2025-03-03", elements=four)
    assert said(shropshire, "case/C-1", "SH-07", "2025-03-03") == ("met", "complete")
    assert said(shropshire, "case/C-1", "SH-31", "2025-03-03") == ("breached", "incomplete")
    shropshire.tell("CaseDiscussed", **told, depth="light", discussed_on="2025-04-07")
    assert said(shropshire, "case/C-1", "SH-07", "2025-04-07") == ("not_assessable", "not_known")
    assert shropshire.finding("case/C-1", "SH-07", as_at="2025-04-07")["failed_in_12_months"] == 1


def test_a_discussion_results_in_a_decision_or_says_that_there_is_none(shropshire: Council) -> None:
    family(shropshire)
    shropshire.tell("CaseDiscussed", **LIGHT, discussion_id="D-1", discussed_on="2025-02-03")
    assert said(shropshire, "case/C-1", "SH-08", "2025-02-03") == ("breached", "missing")
    made = {"case_id": "C-1", "discussion_id": "D-1", "made_by": "W-9", "setting": "individual"}
    shropshire.tell("DecisionMade", decision_id="DE-1", made_on="2025-02-04", **made)
    assert said(shropshire, "case/C-1", "SH-08", "2025-02-04") == ("met", None)
    shropshire.tell("CaseDiscussed", **LIGHT, discussed_on="2025-03-03", decision="no_change")
    assert said(shropshire, "case/C-1", "SH-08", "2025-03-03") == ("met", None)


def test_the_chronology_is_reviewed_with_each_form_and_every_two_months(shropshire: Council) -> None:
    family(shropshire)
    reviewed = {"case_id": "C-1", "by": "W-9", "session_id": "S-1", "checklist": {"chronology": "satisfactory"}}
    shropshire.tell("CaseRecordsReviewed", reviewed_on="2025-01-29", **reviewed)
    full = {"case_id": "C-1", "setting": "individual", "depth": "full"}
    shropshire.tell("CaseDiscussed", **full, session_id="S-1", discussed_on="2025-02-03")
    assert said(shropshire, "case/C-1", "SH-13", "2025-02-03") == ("met", None)
    shropshire.tell("CaseDiscussed", **full, session_id="S-2", discussed_on="2025-03-03")
    found = shropshire.finding("case/C-1", "SH-13", as_at="2025-03-03")
    assert (found["status"], found["code"]) == ("breached", "missing")
    assert "there is no review of the chronology" in found["why"]
    shropshire.tell("CaseDiscussed", **LIGHT, discussed_on="2025-03-29")
    assert said(shropshire, "case/C-1", "SH-13", "2025-03-29") == ("met", None)
    shropshire.tell("CaseDiscussed", **LIGHT, discussed_on="2025-03-30")
    assert said(shropshire, "case/C-1", "SH-13", "2025-03-30") == ("breached", "missing")


def test_assessments_and_plans_are_looked_at_again_as_far_as_their_feeds_go(shropshire: Council) -> None:
    family(shropshire)
    shropshire.tell("AssessmentReviewed", case_id="C-1", reviewed_on="2025-02-28", initial=True)
    shropshire.tell("PlanUpdated", case_id="C-1", updated_on="2025-02-28", initial=True)
    for clause, due, after, feed in (
        ("SH-14", "2025-08-28", "2025-08-29", "assessments"),
        ("SH-16", "2025-05-28", "2025-05-29", "plans"),
    ):
        assert said(shropshire, "case/C-1", clause, due) == ("due", None)
        assert said(shropshire, "case/C-1", clause, after) == ("not_assessable", "feed_not_confirmed")
        complete = {"system": "ehm", "feed": feed, "complete_from": "2025-01-01"}
        shropshire.tell("FeedConfirmed", **complete, complete_to="2025-09-30")
        assert said(shropshire, "case/C-1", clause, after) == ("not_assessable", "feed_not_confirmed")
        assert said(shropshire, "case/C-1", clause, "2025-09-30")[0] == "breached"


def test_whether_diversity_is_on_record_is_known_once_that_is_told(shropshire: Council) -> None:
    family(shropshire)
    assert said(shropshire, "case/C-1", "SH-20", "2025-02-02") == ("not_yet_applicable", None)
    shropshire.tell("CaseDiscussed", **LIGHT, discussed_on="2025-02-03")
    assert said(shropshire, "case/C-1", "SH-20", "2025-02-03") == ("not_assessable", "feed_not_confirmed")
    shropshire.tell("FeedConfirmed", system="ehm", feed="caseload", complete_to="2025-02-28")
    assert said(shropshire, "case/C-1", "SH-20", "2025-02-28") == ("breached", "missing")
    shropshire.tell("DiversityRecorded", case_id="C-1", recorded_on="2025-03-03")
    assert said(shropshire, "case/C-1", "SH-20", "2025-03-03") == ("met", None)


def test_an_ad_hoc_decision_is_on_file_by_a_manager_and_as_the_right_note(shropshire: Council) -> None:
    family(shropshire)
    for who, role in (("W-1", "family_support_worker"), ("W-9", "team_manager")):
        started = {"worker_id": who, "role": role, "service": "targeted_early_help"}
        shropshire.tell("WorkerStarted", **started, started_on="2024-01-08")
    shropshire.tell("LineManagerAssigned", worker_id="W-1", manager_id="W-9", assigned_on="2024-01-08")
    shropshire.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="W-9", assigned_on="2024-01-08")
    made = {"decision_id": "DE-1", "case_id": "C-1", "made_by": "W-9", "setting": "ad_hoc"}
    shropshire.tell("DecisionMade", made_on="2025-03-03", **made)
    found = shropshire.finding("case/C-1", "SH-42", as_at="2025-03-11")
    assert (found["status"], found["force"], found["policy_silent"]) == ("tolerated", "should", True)
    assert said(shropshire, "case/C-1", "SH-42", "2025-03-10") == ("due", None)
    assert said(shropshire, "case/C-1", "SH-43", "2025-03-11") == ("not_yet_applicable", None)
    note = {"case_id": "C-1", "decision_id": "DE-1", "recorded_on": "2025-03-10"}
    typed = {"system": "ehm", "note_type": "targeted_service_case_note", "author_id": "W-9"}
    shropshire.tell("CaseNoteRecorded", note_id="N-1", **note, **typed)
    assert said(shropshire, "case/C-1", "SH-42", "2025-03-11") == ("met", None)
    assert said(shropshire, "case/C-1", "SH-43", "2025-03-10") == ("breached", "wrong_type")
    typed = {"system": "ehm", "note_type": "management_oversight", "author_id": "W-1"}
    shropshire.tell("CaseNoteRecorded", note_id="N-2", **note, **typed)
    assert said(shropshire, "case/C-1", "SH-43", "2025-03-10") == ("breached", "wrong_author")
    shropshire.tell("CaseNoteRecorded", note_id="N-3", **note, **typed | {"on_behalf_of_id": "W-9"})
    assert said(shropshire, "case/C-1", "SH-43", "2025-03-10") == ("met", None)


def test_what_is_done_is_on_file_within_five_working_days(shropshire: Council) -> None:
    family(shropshire)
    assert said(shropshire, "case/C-1", "SH-12", "2025-02-01") == ("not_assessable", "feed_not_confirmed")
    shropshire.tell("FeedConfirmed", system="ehm", feed="case_notes", complete_to="2025-01-31")
    assert said(shropshire, "case/C-1", "SH-12", "2025-02-01") == ("not_yet_applicable", None)
    shropshire.tell("CaseActivityRecorded", case_id="C-1", activity_on="2025-02-03", recorded_on="2025-02-10")
    assert said(shropshire, "case/C-1", "SH-12", "2025-02-07") == ("due", None)
    assert said(shropshire, "case/C-1", "SH-12", "2025-02-10") == ("met", None)
    shropshire.tell("CaseActivityRecorded", case_id="C-1", activity_on="2025-03-03", recorded_on="2025-03-12")
    found = shropshire.finding("case/C-1", "SH-12", as_at="2025-03-12")
    assert (found["status"], found["items"][-1]["days_late"]) == ("late_met", 2)
    rows = shropshire.get("/v1/cases/C-1/timeline", clause="SH-12", as_at="2025-03-20").json()["rows"]
    assert [(row["status"], row["from_on"]) for row in rows][-3:] == [
        ("due", "2025-03-03"), ("breached", "2025-03-11"), ("late_met", "2025-03-12"),
    ]  # fmt: skip


def test_each_meeting_follows_up_what_is_open(shropshire: Council) -> None:
    started = {"worker_id": "W-1", "role": "family_support_worker", "service": "targeted_early_help"}
    shropshire.tell("WorkerStarted", **started, started_on="2025-01-06")
    held = {"worker_id": "W-1", "minutes": 90, "kind": "individual"}
    shropshire.tell("SessionHeld", session_id="S-1", held_on="2025-02-03", **held)
    agreed = {"agreed_on": "2025-02-03", "session_id": "S-1", "due_on": "2025-06-02"}
    for number, owner in ((1, "W-1"), (2, "W-9"), (3, "W-1")):
        shropshire.tell("ActionAgreed", action_id=f"A-{number}", owner_id=owner, **agreed)
    shropshire.tell("ActionCompleted", action_id="A-3", completed_on="2025-02-10")
    assert said(shropshire, "worker/W-1", "SH-34", "2025-02-03") == ("met", "followed_up")
    shropshire.tell("SessionHeld", session_id="S-2", held_on="2025-03-03", **held)
    shropshire.tell("ActionFollowedUp", action_id="A-1", followed_up_on="2025-03-03", outcome="continues")
    found = shropshire.finding("worker/W-1", "SH-34", as_at="2025-03-03")
    assert (found["status"], found["code"], found["force"]) == ("breached", "not_followed_up", "must")
    assert [(item["action_id"], item["status"]) for item in found["items"]] == [("A-1", "met"), ("A-2", "breached")]
    assert "two were open from before, and one (of 3 February 2025) has not been followed up" in found["why"]
    shropshire.tell("ActionFollowedUp", action_id="A-2", followed_up_on="2025-03-05", session_id="S-2")
    assert said(shropshire, "worker/W-1", "SH-34", "2025-03-05") == ("met", "followed_up")
    shropshire.tell("SessionHeld", session_id="S-3", held_on="2025-04-07", **held | {"kind": "ad_hoc"})
    assert said(shropshire, "worker/W-1", "SH-34", "2025-04-07") == ("met", "followed_up")


def test_a_copy_of_the_signed_record_is_given_to_the_supervisee(shropshire: Council) -> None:
    started = {"worker_id": "W-1", "role": "family_support_worker", "service": "targeted_early_help"}
    shropshire.tell("WorkerStarted", **started, started_on="2025-01-06")
    record = {"record_id": "R-1", "kind": "personal_supervision", "worker_id": "W-1", "session_id": "S-1"}
    shropshire.tell("RecordCompleted", **record, completed_at="2025-03-05", author_id="W-9")
    for who, capacity, on in (("W-9", "supervisor", "2025-03-06"), ("W-1", "supervisee", "2025-03-07")):
        shropshire.tell("RecordSigned", record_id="R-1", signer_id=who, capacity=capacity, signed_on=on)
    assert said(shropshire, "worker/W-1", "SH-54", "2025-03-06") == ("not_yet_applicable", None)
    found = shropshire.finding("worker/W-1", "SH-54", as_at="2025-05-07")
    assert (found["status"], found["code"], found["age_days"]) == ("due", "outstanding", 61)
    assert found["policy_silent"] is True
    for purpose, to, on in (("audit", "W-1", "2025-03-10"), ("own_copy", "W-7", "2025-03-10")):
        shropshire.tell("RecordCopied", record_id="R-1", to_worker_id=to, copied_on=on, purpose=purpose)
    assert said(shropshire, "worker/W-1", "SH-54", "2025-03-10") == ("due", "outstanding")
    shropshire.tell("RecordCopied", record_id="R-1", to_worker_id="W-1", copied_on="2025-03-12")
    assert said(shropshire, "worker/W-1", "SH-54", "2025-03-12") == ("met", None)


def test_family_meetings_are_held_every_three_months_or_the_reason_is_recorded(shropshire: Council) -> None:
    family(shropshire)
    shropshire.tell("FamilyMeetingHeld", case_id="C-1", held_on="2025-01-20", meeting_id="M-1")
    booked = {"case_id": "C-1", "scheduled_on": "2025-03-03", "scheduled_for": "2025-04-07", "meeting_id": "M-2"}
    shropshire.tell("FamilyMeetingScheduled", **booked)
    assert said(shropshire, "case/C-1", "SH-18", "2025-03-02") == ("due", None)
    assert said(shropshire, "case/C-1", "SH-18", "2025-04-07") == ("due", "scheduled")
    assert said(shropshire, "case/C-1", "SH-18", "2025-04-08") == ("due", None)
    assert shropshire.finding("case/C-1", "SH-18", as_at="2025-04-08")["due_on"] == "2025-04-20"
    assert said(shropshire, "case/C-1", "SH-18", "2025-04-21") == ("not_assessable", "feed_not_confirmed")
    assert said(shropshire, "case/C-1", "SH-19", "2025-01-19") == ("not_yet_applicable", None)
    assert said(shropshire, "case/C-1", "SH-19", "2025-04-07") == ("met", None)
    assert said(shropshire, "case/C-1", "SH-19", "2025-04-08") == ("not_assessable", "not_known")
    confirmed = {"system": "ehm", "feed": "family_meetings", "complete_from": "2025-01-01"}
    shropshire.tell("FeedConfirmed", **confirmed, complete_to="2025-04-30")
    assert said(shropshire, "case/C-1", "SH-18", "2025-04-30") == ("breached", None)
    assert said(shropshire, "case/C-1", "SH-19", "2025-04-30") == ("breached", "missing")
    reason = {"case_id": "C-1", "meeting_id": "M-2", "system": "ehm"}
    shropshire.tell("FamilyMeetingNotHeld", **reason, explained_on="2025-05-06", reason_recorded=False)
    assert said(shropshire, "case/C-1", "SH-19", "2025-05-06") == ("breached", "missing")
    shropshire.tell("FamilyMeetingNotHeld", **reason, explained_on="2025-05-12", reason_recorded=True)
    assert said(shropshire, "case/C-1", "SH-19", "2025-05-12") == ("met", None)
    found = shropshire.finding("case/C-1", "SH-18", as_at="2025-05-12")
    assert (found["status"], found["due_on"], found["due_again_on"]) == ("excused", "2025-04-20", "2025-08-12")
    rows = shropshire.get("/v1/cases/C-1/timeline", clause="SH-18", as_at="2025-05-20").json()["rows"]
    assert [(row["status"], row["code"], row["from_on"]) for row in rows] == [
        ("due", None, "2025-01-06"),
        ("due", "scheduled", "2025-03-03"),
        ("due", None, "2025-04-08"),
        ("not_assessable", "feed_not_confirmed", "2025-04-21"),
        ("breached", None, "2025-04-30"),
        ("excused", None, "2025-05-12"),
        ("not_assessable", "feed_not_confirmed", "2025-08-13"),
    ]


def test_a_contract_may_ask_for_more_and_never_for_less_than_the_policy(shropshire: Council) -> None:
    started = {"worker_id": "W-1", "role": "family_support_worker", "service": "targeted_early_help"}
    shropshire.tell("WorkerStarted", **started, started_on="2025-01-01")
    contract = {"worker_id": "W-1", "supervisor_id": "W-9"}
    less = {"frequency": "6 weeks", "minutes": 60}
    shropshire.tell("AgreementMade", agreement_id="A-1", made_on="2025-01-02", **contract, **less)
    held = {"worker_id": "W-1", "kind": "individual"}
    shropshire.tell("SessionHeld", session_id="S-1", held_on="2025-01-15", minutes=90, **held)
    found = shropshire.finding("worker/W-1", "SH-24", as_at="2025-01-31")
    assert (found["status"], found["code"]) == ("met", "contract_below_policy")
    assert "It says every 6 weeks and 60 minutes, which is less than the policy asks" in found["why"]
    assert said(shropshire, "worker/W-1", "SH-25", "2025-02-28") == ("met", None)
    assert said(shropshire, "worker/W-1", "SH-25", "2025-03-01")[0] == "tolerated"
    more = {"frequency": "3 weeks", "minutes": 100}
    shropshire.tell("AgreementMade", agreement_id="A-2", made_on="2025-02-03", **contract, **more)
    assert said(shropshire, "worker/W-1", "SH-24", "2025-02-03") == ("met", None)
    shropshire.tell("SessionHeld", session_id="S-2", held_on="2025-02-10", minutes=90, **held)
    assert said(shropshire, "worker/W-1", "SH-25", "2025-02-24") == ("met", None)
    behind = shropshire.finding("worker/W-1", "SH-25", as_at="2025-02-25")
    assert (behind["status"], behind["code"], behind["target_on"]) == ("tolerated", "behind_agreement", "2025-02-24")
    shropshire.tell("SessionHeld", session_id="S-3", held_on="2025-02-26", minutes=100, **held)
    assert said(shropshire, "worker/W-1", "SH-25", "2025-02-26") == ("met", None)


def test_what_is_recorded_and_not_judged_is_counted(shropshire: Council) -> None:
    started = {"worker_id": "W-1", "role": "family_support_worker", "service": "targeted_early_help"}
    shropshire.tell("WorkerStarted", **started, started_on="2024-01-08")
    held = {"worker_id": "W-1", "kind": "individual", "minutes": 90}
    shropshire.tell("SessionHeld", session_id="S-0", held_on="2024-03-03", functions=["support"], **held)
    shropshire.tell("SessionHeld", session_id="S-1", held_on="2025-02-03", functions=["support", "management"], **held)
    shropshire.tell("SessionHeld", session_id="S-2", held_on="2025-03-03", **held)
    for capacity, by in (("supervisor", "W-9"), ("supervisee", "W-1")):
        shropshire.tell("PreparationRecorded", session_id="S-2", by=by, capacity=capacity, prepared_on="2025-03-01")
    found = shropshire.finding("worker/W-1", "SH-06", as_at="2025-03-03")
    assert (found["status"], found["code"]) == ("not_applicable", "recorded")
    assert found["told_in_12_months"] == [
        {"event": "SessionHeld", "field": "functions", "events": 2, "telling": 1,
         "values": {"management": 1, "support": 1}},
    ]  # fmt: skip
    assert "In the 12 months up to 3 March 2025: 1 of 2 sessions tells its functions" in found["why"]
    (prepared,) = shropshire.finding("worker/W-1", "SH-10", as_at="2025-03-03")["told_in_12_months"]
    assert (prepared["event"], prepared["events"]) == ("PreparationRecorded", 2)
    family(shropshire)
    shropshire.tell("CaseDiscussed", **LIGHT, discussed_on="2025-02-03", checklist={"plan_tasks": "action_needed"})
    told = shropshire.finding("case/C-1", "SH-17", as_at="2025-03-03")["told_in_12_months"]
    assert told[0]["values"] == {"plan_tasks": 1}
    assert "nothing of it was told" in shropshire.finding("case/C-1", "SH-45", as_at="2025-03-03")["why"]
