"""What Luton's framework asks beside the rhythm of supervision, clause by clause, as it is answered over HTTP."""

from tests.councils import Council


def said(council: Council, subject: str, rule: str, *days: str) -> list[tuple[str, str | None]]:
    found = [council.finding(subject, rule, as_at=day) for day in days]
    return [(each["status"], each["code"]) for each in found]


def own(council: Council, rule: str, *days: str) -> list[str]:
    """What is said of a rule of the organisation itself."""
    answers = [council.get("/v1/organisation/compliance", clause=rule, as_at=day) for day in days]
    return [each["status"] for answer in answers for each in answer.json()["findings"]]


def worker(council: Council, name: str = "W-1", role: str = "social_worker", **more: object) -> None:
    started = {"started_on": "2025-01-06", "role": role, "service": "assessment"}
    council.tell("WorkerStarted", worker_id=name, **started | more)


def case(council: Council, **more: object) -> None:
    council.tell("CaseOpened", case_id="C-1", opened_on="2025-01-06", **{"service": "assessment"} | more)


def assigned(council: Council, name: str, supervisor: str, on: str, **more: object) -> None:
    council.tell("SupervisorAssigned", worker_id=name, supervisor_id=supervisor, assigned_on=on, **more)


def audited(council: Council, on: str, auditor: str, **more: object) -> None:
    told = {"audit_id": f"AU-{on}-{auditor}", "auditor_id": auditor, "audited_on": on, "worker_id": "W-1"}
    council.tell("FileAudited", **told | {"programme": "qa"} | more)


def test_lu_09_the_permitted_roles_supervise_cases_and_another_is_noted(luton: Council) -> None:
    case(luton)
    worker(luton, "M-1", "team_manager")
    worker(luton, "W-2")
    luton.tell("LineManagerAssigned", worker_id="W-1", manager_id="M-1", assigned_on="2025-01-06")
    discussed = {"case_id": "C-1", "depth": "full", "setting": "individual", "worker_id": "W-1"}
    luton.tell("CaseDiscussed", **discussed, discussed_on="2025-02-03", supervisor_id="M-1")
    luton.tell("CaseDiscussed", **discussed, discussed_on="2025-03-03", supervisor_id="W-2")
    assert said(luton, "case/C-1", "LU-09", "2025-01-06", "2025-02-03", "2025-03-03") == [
        ("not_yet_applicable", None), ("met", None), ("tolerated", "supervisor_role_not_permitted"),
    ]  # fmt: skip
    assert luton.finding("case/C-1", "LU-09", as_at="2025-03-03")["force"] == "may"


def test_lu_10_and_11_a_senior_practitioner_has_practitioners_and_oversight(luton: Council) -> None:
    worker(luton, "W-5", "senior_practitioner")
    assigned(luton, "W-1", "W-5", "2025-01-13", strand="case")
    assigned(luton, "W-5", "M-1", "2025-01-20", strand="oversight")
    luton.tell("SupervisorUnassigned", worker_id="W-1", supervisor_id="W-5", ended_on="2025-02-28", strand="case")
    assert said(luton, "worker/W-5", "LU-10", "2025-01-12", "2025-01-13", "2025-03-01") == [
        ("not_assessable", "not_known"), ("met", None), ("breached", "unassigned"),
    ]  # fmt: skip
    assert said(luton, "worker/W-5", "LU-11", "2025-01-19", "2025-01-20") == [
        ("not_assessable", "not_known"), ("met", "oversight_assigned"),
    ]  # fmt: skip
    worker(luton)
    assert said(luton, "worker/W-1", "LU-10", "2025-03-01") == [("not_applicable", None)]


def test_lu_12_what_a_senior_practitioner_discusses_is_on_the_case_file(luton: Council) -> None:
    case(luton)
    worker(luton, "W-5", "senior_practitioner")
    told = {"case_id": "C-1", "depth": "light", "setting": "individual"}
    luton.tell("CaseDiscussed", **told, discussion_id="D-0", discussed_on="2025-01-20", supervisor_id="M-1")
    luton.tell("CaseDiscussed", **told, discussion_id="D-1", discussed_on="2025-02-03", supervisor_id="W-5")
    record = {"record_id": "R-1", "kind": "case_supervision", "author_id": "W-5", "case_id": "C-1"}
    luton.tell("RecordCompleted", **record, discussion_id="D-1", completed_at="2025-03-10")
    assert said(luton, "case/C-1", "LU-12", "2025-02-02", "2025-03-09", "2025-03-10") == [
        ("not_yet_applicable", None), ("due", "record_missing"), ("met", "recorded"),
    ]  # fmt: skip


def test_lu_30_a_decision_between_sessions_is_noted_and_never_a_breach(luton: Council) -> None:
    case(luton)
    made = {"decision_id": "D-1", "case_id": "C-1", "made_on": "2025-02-03", "made_by": "M-1"}
    luton.tell("DecisionMade", **made, setting="ad_hoc")
    assert said(luton, "case/C-1", "LU-30", "2025-02-02", "2025-02-10", "2025-02-11", "2025-06-02") == [
        ("not_yet_applicable", None), ("due", "unrecorded"), ("tolerated", "unrecorded"), ("tolerated", "unrecorded"),
    ]  # fmt: skip
    found = luton.finding("case/C-1", "LU-30", as_at="2025-02-11")
    assert (found["owed_by"], found["policy_silent"]) == ("both", True)
    note = {"note_id": "N-1", "case_id": "C-1", "author_id": "W-1", "system": "lcs", "note_type": "supervision"}
    luton.tell("CaseNoteRecorded", **note, decision_id="D-1", recorded_on="2025-02-12")
    assert said(luton, "case/C-1", "LU-30", "2025-02-12") == [("late_met", None)]


def test_lu_52_category_and_visits_agree_or_a_warning_says_so(luton: Council) -> None:
    case(luton, service="looked_after_children", category="matched_stable")
    told = {"case_id": "C-1", "category": "matched_stable"}
    luton.tell("CaseClassified", **told, classified_on="2025-02-03", flags=["visiting_12_weekly"])
    luton.tell("CaseClassified", **told, classified_on="2025-03-03", flags=["visiting_6_weekly"])
    assert said(luton, "case/C-1", "LU-52", "2025-01-06", "2025-02-03", "2025-03-03") == [
        ("not_assessable", "not_known"), ("tolerated", "inconsistent"), ("met", "consistent"),
    ]  # fmt: skip
    (found,) = luton.compliance("case/C-1", clause="LU-52", history="true", as_at="2025-04-01")["findings"]
    assert [(each["opened_on"], each["status"]) for each in found["history"]] == [("2025-02-03", "tolerated")]


def test_lu_80_the_file_is_in_the_hands_of_somebody_who_is_here(luton: Council) -> None:
    worker(luton)
    worker(luton, "M-1", "team_manager", started_on="2024-01-08")
    luton.tell("FileOpened", worker_id="W-1", opened_on="2025-01-13", holder_id="M-1")
    luton.tell("WorkerLeft", worker_id="M-1", left_on="2025-02-28")
    luton.tell("FileTransferred", worker_id="W-1", to_id="M-2", transferred_on="2025-03-10")
    assert said(luton, "worker/W-1", "LU-80", "2025-01-12", "2025-02-28", "2025-03-01", "2025-03-10") == [
        ("not_assessable", "not_known"), ("met", "held"), ("breached", "custody_gap"), ("met", "held"),
    ]  # fmt: skip


def test_lu_83_records_move_with_a_new_post_and_not_with_fewer_hours(luton: Council) -> None:
    worker(luton)
    luton.tell("WorkerRoleChanged", worker_id="W-1", changed_on="2025-02-03", role="social_worker", fte=0.6)
    luton.tell("WorkerRoleChanged", worker_id="W-1", changed_on="2025-03-03", role="senior_practitioner")
    assert said(luton, "worker/W-1", "LU-83", "2025-03-02", "2025-03-31", "2025-04-01") == [
        ("not_yet_applicable", None), ("due", "outstanding"), ("tolerated", "outstanding"),
    ]  # fmt: skip
    luton.tell("WorkerRoleChanged", worker_id="W-1", changed_on="2025-04-07", role="deputy_team_manager")
    found = luton.finding("worker/W-1", "LU-83", as_at="2025-04-07")
    assert (found["status"], found["due_on"], found["age_days"]) == ("due", "2025-05-05", 0)
    luton.tell("FileTransferred", worker_id="W-1", from_id="M-1", to_id="M-2", transferred_on="2025-04-14")
    assert said(luton, "worker/W-1", "LU-83", "2025-04-14") == [("met", None)]


def test_lu_86_and_88_the_record_is_in_the_file_and_leaving_something_out_replaces_none(luton: Council) -> None:
    worker(luton)
    told = {"kind": "personal_supervision", "author_id": "M-1", "worker_id": "W-1"}
    luton.tell("RecordCompleted", **told, record_id="R-1", session_id="S-1", completed_at="2025-02-05", file_id="F-1")
    luton.tell("RecordCompleted", **told, record_id="R-2", session_id="S-2", completed_at="2025-03-05")
    assert said(luton, "worker/W-1", "LU-86", "2025-02-04", "2025-02-05", "2025-03-05") == [
        ("not_yet_applicable", None), ("met", "in_the_file"), ("breached", "missing"),
    ]  # fmt: skip
    luton.tell("SessionHeld", session_id="S-3", worker_id="W-1", held_on="2025-04-07", kind="individual")
    assert luton.finding("worker/W-1", "LU-88", as_at="2025-04-08")["code"] == "record_missing"


def test_lu_102_without_a_supervisor_is_unsupervised_and_never_told_is_not_known(luton: Council) -> None:
    worker(luton)
    assigned(luton, "W-1", "M-1", "2025-01-13")
    luton.tell("SupervisorUnassigned", worker_id="W-1", supervisor_id="M-1", ended_on="2025-02-28")
    assert said(luton, "worker/W-1", "LU-102", "2025-01-12", "2025-02-28", "2025-03-01") == [
        ("not_assessable", "not_known"), ("met", "supervised"), ("breached", "unsupervised"),
    ]  # fmt: skip
    luton.tell("FeedConfirmed", system="hr", feed="staff", complete_from="2024-01-01", complete_to="2025-01-31")
    assert said(luton, "worker/W-1", "LU-102", "2025-01-12", "2025-02-03") == [
        ("not_assessable", "not_known"), ("met", "supervised"),
    ]  # fmt: skip
    worker(luton, "W-7")
    assert said(luton, "worker/W-7", "LU-102", "2025-02-03") == [("breached", "unsupervised")]


def test_lu_107_registered_lapsed_or_unknown(luton: Council) -> None:
    worker(luton)
    checked = {"worker_id": "W-1", "regulator": "social_work_england"}
    luton.tell("RegistrationChecked", **checked, checked_on="2025-01-08", status="registered", expires_on="2025-11-30")
    luton.tell("RegistrationChecked", **checked, checked_on="2026-01-12", status="lapsed")
    days = ["2025-01-07", "2025-11-30", "2025-12-01", "2026-01-12"]
    assert said(luton, "worker/W-1", "LU-107", *days) == [
        ("not_assessable", "unknown"), ("met", "registered"), ("not_assessable", "unknown"), ("breached", "lapsed"),
    ]  # fmt: skip
    worker(luton, "W-6", "family_partnership_worker")
    assert said(luton, "worker/W-6", "LU-107", "2025-02-03") == [("not_applicable", None)]


def test_lu_109_open_objectives_are_looked_at_within_a_year_for_information(luton: Council) -> None:
    worker(luton)
    luton.tell("ObjectiveSet", objective_id="O-1", worker_id="W-1", set_on="2025-02-03")
    luton.tell("ObjectiveReviewed", objective_id="O-1", reviewed_on="2025-08-04", outcome="continues")
    found = luton.finding("worker/W-1", "LU-109", as_at="2026-08-04")
    assert (found["status"], found["due_on"], found["force"]) == ("due", "2026-08-04", "may")
    assert said(luton, "worker/W-1", "LU-109", "2026-08-05") == [("tolerated", None)]
    luton.tell("ObjectiveReviewed", objective_id="O-1", reviewed_on="2026-09-07", outcome="achieved")
    assert said(luton, "worker/W-1", "LU-109", "2026-09-07", "2027-10-01") == [("late_met", None)] * 2


def test_lu_122_and_124_a_concern_goes_to_the_supervisor_and_then_to_the_line_manager(luton: Council) -> None:
    worker(luton)
    about = {"concern_id": "K-1", "worker_id": "W-1"}
    luton.tell("ConcernRaised", **about, raised_on="2025-02-03")
    luton.tell("ConcernDiscussed", **about, discussed_on="2025-02-10", stage=1)
    luton.tell("ConcernEscalated", **about, escalated_on="2025-02-17")
    luton.tell("ConcernDiscussed", **about, discussed_on="2025-03-03", stage=2, attendees=["M-1", "M-2"])
    assert said(luton, "worker/W-1", "LU-122", "2025-02-02", "2025-02-03", "2025-02-10") == [
        ("not_yet_applicable", None), ("due", "open"), ("met", "discussed"),
    ]  # fmt: skip
    assert said(luton, "worker/W-1", "LU-124", "2025-02-09", "2025-02-10", "2025-02-17", "2025-03-03") == [
        ("not_yet_applicable", None), ("due", "escalated"), ("due", "escalated"), ("met", "met_with_line_manager"),
    ]  # fmt: skip
    found = luton.finding("worker/W-1", "LU-124", as_at="2025-02-20")
    assert (found["opened_on"], len(found["items"])) == ("2025-02-10", 1)


def test_lu_127_and_128_the_rounds_of_audits_run_from_march_2021(luton: Council) -> None:
    worker(luton, "W-30", "senior_manager", started_on="2020-01-06")
    worker(luton, "W-8", "team_manager", started_on="2020-01-06")
    audited(luton, "2021-10-04", "W-8", selection="random")
    audited(luton, "2022-03-07", "W-30", selection="chosen")
    audited(luton, "2022-09-05", "W-30", selection="random")
    days = ["2021-08-31", "2021-09-01", "2022-03-01", "2022-09-01", "2023-03-01"]
    assert own(luton, "LU-127", *days) == [
        "due", "breached", "met", "met", "met",
    ]  # fmt: skip
    assert own(luton, "LU-128", *days) == [
        "due", "breached", "breached", "breached", "met",
    ]  # fmt: skip


def test_lu_127_a_sample_that_was_drawn_is_not_yet_an_audit(luton: Council) -> None:
    started = luton.tell(
        "WorkerStarted", worker_id="W-30", started_on="2021-01-06", role="senior_manager", service="mash"
    )
    before = luton.get("/v1/organisation/compliance", clause="LU-127")
    with luton.as_person("W-30", "senior_manager") as senior:
        asked = {"programme": "qa", "size": 1, "population": {"ids": ["W-30"]}, "sample_id": "SM-1"}
        drawn = senior.post("/v1/audit-samples", json=asked, headers={"Prefer": "wait=30"})
    assert (drawn.status_code, drawn.json()["position"] > started) == (201, True)
    after = luton.get("/v1/organisation/compliance", clause="LU-127")
    assert [each.json()["findings"][0]["status"] for each in (before, after)] == ["breached", "breached"]
    today = drawn.json()["drawn_on"]
    for sample in ("SM-1", "SM-2"):
        audited(luton, today, f"W-3{sample[-1]}", sample_id=sample, selection="random")
    [found] = luton.get("/v1/organisation/measures", as_at=today).json()["measures"]
    assert {each["name"]: each["count"] for each in found["shares"]} == {"agreed_tool": 0, "random": 2, "drawn_here": 1}


def test_lu_131_the_file_comes_from_a_team_manager_and_who_was_never_chosen_is_shown(luton: Council) -> None:
    for name, role in {"W-20": "service_manager", "M-1": "team_manager", "M-2": "team_manager", "W-2": "iro"}.items():
        worker(luton, name, role, started_on="2024-12-02")
    for name in ("M-1", "M-2"):
        assigned(luton, name, "W-20", "2024-12-02")
    luton.tell("LineManagerAssigned", worker_id="W-2", manager_id="W-20", assigned_on="2024-12-02")
    audited(luton, "2025-01-20", "W-20", supervisor_id="W-2")
    audited(luton, "2025-02-20", "W-20", supervisor_id="M-2", score=7, tool_version="2021-03")
    audited(luton, "2025-03-20", "W-20")
    assert said(luton, "worker/W-20", "LU-131", "2025-02-01", "2025-03-01", "2025-04-01") == [
        ("breached", None), ("met", None), ("not_assessable", "not_known"),
    ]  # fmt: skip
    shown = luton.get("/v1/workers/W-20/audits", as_at="2025-03-01").json()
    assert [(each["worker_id"], each["audits"], each["last_audited_on"]) for each in shown["workloads"]] == [
        ("M-1", 0, None), ("W-2", 1, "2025-01-20"), ("M-2", 1, "2025-02-20"),
    ]  # fmt: skip
    assert [(each["audited_on"], each.get("score")) for each in shown["items"]] == [
        ("2025-02-20", 7),
        ("2025-01-20", None),
    ]
    luton.tell("WorkerLeft", worker_id="M-1", left_on="2025-03-10")
    assigned(luton, "M-2", "M-1", "2025-03-05")
    shown = luton.get("/v1/workers/W-20/audits", as_at="2025-03-31").json()
    assert [each["worker_id"] for each in shown["workloads"]] == ["W-2"]


def test_lu_131_and_132_service_managers_examine_a_file_each_month_and_directors_may(luton: Council) -> None:
    worker(luton, "W-20", "service_manager", started_on="2024-12-02")
    worker(luton, "W-40", "service_director", started_on="2020-01-06")
    worker(luton, "M-1", "team_manager", started_on="2020-01-06")
    audited(luton, "2025-01-20", "W-20", supervisor_id="M-1", selection="chosen")
    audited(luton, "2025-05-12", "W-40", supervisor_id="W-20", selection="chosen")
    audited(luton, "2025-08-11", "M-1", supervisor_id="W-20", selection="chosen")
    assert said(luton, "worker/W-20", "LU-131", "2025-01-31", "2025-02-01", "2025-03-01") == [
        ("due", None), ("met", None), ("breached", None),
    ]  # fmt: skip
    days = ["2025-04-01", "2025-07-01", "2025-10-01"]
    assert [status for status, _ in said(luton, "worker/W-20", "LU-132", *days)] == ["tolerated", "met", "tolerated"]


def test_lu_64_going_through_the_caseload_is_enough_for_a_case_that_is_not_of_concern(luton: Council) -> None:
    worker(luton, role="iro", service="safeguarding_and_qa")
    case(luton, service="safeguarding_and_qa")
    luton.tell("CaseAllocated", case_id="C-1", worker_id="W-1", allocated_on="2025-01-06")

    def listed(position: int, on: str) -> list[tuple[str, str | None]]:
        found = luton.get("/v1/obligations", rule="LU-63", id="C-1", as_at=on, min_position=position).json()["items"]
        return [(each["status"], each["due_on"]) for each in found]

    session = {"worker_id": "W-1", "kind": "individual", "caseload_screened": True}
    at = luton.tell("SessionHeld", session_id="S-0", held_on="2025-01-20", worker_id="W-1", kind="individual")
    assert listed(at, "2025-02-04") == [("breached", "2025-02-03")]
    at = luton.tell("SessionHeld", session_id="S-1", held_on="2025-02-03", **session)
    assert listed(at, "2025-02-04") == [("due", "2025-03-03")]
    luton.tell("CaseConcernFlagged", case_id="C-1", flagged_on="2025-02-10", by=["W-1", "M-1"])
    at = luton.tell("SessionHeld", session_id="S-2", held_on="2025-03-03", **session)
    assert listed(at, "2025-03-04") == [("breached", "2025-03-03")]
    found = luton.finding("case/C-1", "LU-64", as_at="2025-03-04")
    assert (found["rule"], found["status"], found["last"]["on"]) == ("LU-63", "breached", "2025-02-03")
    luton.tell("CaseDiscussed", case_id="C-1", discussed_on="2025-03-04", depth="light", setting="individual")
    assert said(luton, "case/C-1", "LU-64", "2025-03-04") == [("due", None)]
