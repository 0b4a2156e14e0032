"""What a policy counts and does not judge, over HTTP."""

from typing import Any

from tests.councils import Council


def shares(council: Council, path: str, clause: str, as_at: str = "2025-06-30") -> tuple[int, dict[str, Any]]:
    (found,) = council.get(f"/v1/{path}/measures", clause=clause, as_at=as_at).json()["measures"]
    return found["events"], {
        each["name"]: (each["count"], each["not_known"], each["last_on"]) for each in found["shares"]
    }


def worker(council: Council, name: str = "W-1", **more: Any) -> None:
    told = {"started_on": "2025-01-06", "role": "social_worker", "service": "assessment", "team_id": "T-1"}
    council.tell("WorkerStarted", worker_id=name, **told | more)


def held(council: Council, on: str, name: str = "W-1", **more: Any) -> None:
    told = {"session_id": f"S-{name}-{on}", "worker_id": name, "held_on": on, "kind": "individual"}
    council.tell("SessionHeld", **told | more)


def test_lu_07_functions_that_were_covered_and_sessions_that_do_not_say(luton: Council) -> None:
    worker(luton)
    held(luton, "2025-02-03", functions=["management", "support"])
    held(luton, "2025-03-03", functions=["management"])
    held(luton, "2025-04-07")
    events, found = shares(luton, "workers/W-1", "LU-07")
    assert (events, found["management"], found["reflection"]) == (3, (2, 1, "2025-03-03"), (0, 1, None))
    (whole,) = luton.get("/v1/workers/W-1/measures", clause="LU-07", as_at="2025-06-30").json()["measures"]
    assert [each["percent"] for each in whole["shares"]] == [100.0, 0.0, 50.0, 0.0, 0.0]
    assert (whole["from_on"], whole["to_on"], whole["last_on"]) == ("2025-01-06", "2025-06-30", "2025-04-07")
    assert shares(luton, "workers/W-1", "LU-07", "2026-03-03")[0] == 1


def test_lu_71_to_74_and_129_what_was_on_the_agenda(luton: Council) -> None:
    worker(luton, role="team_manager")
    held(luton, "2025-02-03", agenda=["objectives", "learning_needs", "welfare", "resources", "supervising_practice"])
    for clause, code in (("LU-71", "objectives"), ("LU-72", "learning_needs"), ("LU-73", "welfare"),
                         ("LU-74", "resources"), ("LU-129", "supervising_practice")):  # fmt: skip
        assert shares(luton, "workers/W-1", clause)[1][code] == (1, 0, "2025-02-03")
    worker(luton, "W-2")
    asked = luton.get("/v1/workers/W-2/measures", clause="LU-129", as_at="2025-06-30").json()
    assert asked["measures"] == []


def test_lu_103_and_118_planned_uninterrupted_prepared_and_attended(luton: Council) -> None:
    worker(luton)
    booked = {"worker_id": "W-1", "planned_for": "2025-02-03", "kind": "individual"}
    luton.tell("SessionScheduled", session_id="S-W-1-2025-02-03", scheduled_on="2025-02-03", **booked)
    held(luton, "2025-02-03", interrupted=True)
    held(luton, "2025-03-03", late_minutes=10)
    luton.tell(
        "PreparationRecorded", session_id="S-W-1-2025-03-03", by="W-1", capacity="supervisee", prepared_on="2025-03-01"
    )
    missed = {"worker_id": "W-1", "session_id": "S-9", "planned_for": "2025-04-07", "kind": "individual"}
    luton.tell("SessionMissed", **missed, outcome="did_not_attend", party="supervisee")
    events, found = shares(luton, "workers/W-1", "LU-103")
    assert (events, found["planned"][:2], found["uninterrupted"][:2]) == (2, (1, 0), (1, 0))
    events, found = shares(luton, "workers/W-1", "LU-118")
    assert events == 3
    assert {name: each[0] for name, each in found.items()} == {
        "did_not_attend": 1, "cancelled": 0, "missed_by_supervisee": 1, "missed_by_supervisor": 0, "began_late": 1,
        "prepared_by_supervisee": 1,
    }  # fmt: skip


def test_lu_114_records_are_checked_at_each_case_supervision(luton: Council) -> None:
    worker(luton)
    held(luton, "2025-02-03", strand="case")
    held(luton, "2025-03-03", strand="case")
    checked = {"case_id": "C-1", "by": "M-1", "session_id": "S-W-1-2025-03-03", "reviewed_on": "2025-03-03"}
    luton.tell("CaseRecordsReviewed", **checked, worker_id="W-1")
    assert shares(luton, "workers/W-1", "LU-114") == (2, {"checked": (1, 0, "2025-03-03")})


def test_a_team_is_told_the_sum_of_those_who_are_in_it(luton: Council) -> None:
    luton.tell("TeamOpened", team_id="T-1", opened_on="2025-01-06", service="assessment")
    worker(luton)
    worker(luton, "W-2")
    worker(luton, "W-3", team_id="T-2")
    for name in ("W-1", "W-2", "W-3"):
        held(luton, "2025-02-03", name, functions=["management"])
    assert shares(luton, "teams/T-1", "LU-07")[0] == 2
    luton.tell("WorkerLeft", worker_id="W-2", left_on="2025-03-31")
    assert shares(luton, "teams/T-1", "LU-07")[0] == 1


def test_lu_101_117_and_133_disagreements_learning_and_audit_tools(luton: Council) -> None:
    worker(luton)
    luton.tell("DisagreementRecorded", worker_id="W-1", by="W-1", recorded_on="2025-02-03", disagreement_id="DI-1")
    luton.tell("DisagreementResolved", by="M-1", resolved_on="2025-03-03", disagreement_id="DI-1")
    assert shares(luton, "workers/W-1", "LU-101") == (1, {"resolved": (1, 0, "2025-02-03")})
    luton.tell("ActionAgreed", action_id="A-1", worker_id="W-1", agreed_on="2025-02-03", scope="learning")
    assert shares(luton, "workers/W-1", "LU-117") == (1, {"met": (0, 0, None)})
    audit = {"auditor_id": "W-9", "worker_id": "W-1", "programme": "qa", "selection": "random"}
    luton.tell("FileAudited", audit_id="AU-1", audited_on="2025-02-03", tool_version="2021-03", **audit)
    (found,) = luton.get("/v1/organisation/measures", as_at="2025-06-30").json()["measures"]
    assert (found["events"], [each["count"] for each in found["shares"]]) == (1, [1, 0, 1])


def test_measures_of_what_nobody_named_are_not_found(luton: Council) -> None:
    assert luton.get("/v1/workers/W-404/measures").status_code == 404
    assert luton.get("/v1/organisation/measures", as_at="2025-06-30").status_code == 200
