"""The plan for one meeting, over HTTP: what it puts right, what needs the record too, what it only begins."""

from typing import Any

import pytest

from tests.councils import Council

ON = "2025-04-07"


def plan(council: Council, worker: str = "W-1", **query: Any) -> dict[str, Any]:
    answer = council.get(f"/v1/workers/{worker}/next-session", on=ON, **query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def effects(of: dict[str, Any]) -> dict[str, str]:
    return {change["rule"]: change["effect"] for change in of["changes"]}


@pytest.fixture
def fs(luton: Council) -> Council:
    """A social worker with three cases: one late, one due in ten days, one just discussed."""
    luton.tell("WorkerStarted", worker_id="W-1", started_on="2025-01-06", role="social_worker",
               service="family_safeguarding", team_id="T-1")  # fmt: skip
    luton.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="M-1", assigned_on="2025-01-06")
    for number, discussed in enumerate(("2025-03-03", "2025-03-20", "2025-04-04")):
        case = f"C-{number}"
        luton.tell("CaseOpened", case_id=case, opened_on="2025-02-24", service="family_safeguarding")
        luton.tell("CaseAllocated", case_id=case, worker_id="W-1", allocated_on="2025-02-24")
        luton.tell("CaseDiscussed", case_id=case, discussed_on=discussed, setting="individual", depth="full")
    return luton


def test_the_cases_to_discuss_come_with_the_latest_first_and_what_becomes_of_them(fs: Council) -> None:
    told = plan(fs, weeks=2)
    assert (told["on"], told["until"], told["supervisor"]) == (ON, "2025-04-21", "M-1")
    by_case = {case["id"]: next(c for c in case["changes"] if c["rule"] == "LU-37") for case in told["cases"]
               if "LU-37" in effects(case)}  # fmt: skip
    assert [(name, change["status"], change["due_on"]) for name, change in by_case.items()] == [
        ("C-0", "breached", "2025-03-31"), ("C-1", "due", "2025-04-17"),
    ]  # fmt: skip
    for change in by_case.values():
        assert change["effect"] == "put_right"
        assert (change["then"]["status"], change["then"]["due_on"]) == ("due", "2025-05-05")


def test_what_is_foreseen_comes_about_when_the_meeting_is_held(fs: Council) -> None:
    foreseen = {case["id"]: effects(case) for case in plan(fs)["cases"]}
    assert any(effect == "put_right" for each in foreseen.values() for effect in each.values())
    own = effects(plan(fs)["worker"])
    fs.tell("SessionHeld", session_id="S-1", worker_id="W-1", supervisor_id="M-1", held_on=ON, kind="individual",
            minutes=90, planned=True, private=True, interrupted=False, includes_check_in=True)  # fmt: skip
    fs.tell("AgreementMade", agreement_id="G-1", worker_id="W-1", supervisor_id="M-1", made_on=ON)
    for number in range(3):
        fs.tell("CaseDiscussed", case_id=f"C-{number}", discussed_on=ON, setting="individual", depth="full",
                session_id="S-1", discussion_id=f"D-{number}", no_action=True, decision="made",
                elements=["experience", "reflection", "analysis", "plan_and_action"])  # fmt: skip
    late = ("breached", "tolerated", "not_assessable")
    for name, each in [*((f"case/{case}", each) for case, each in foreseen.items()), ("worker/W-1", own)]:
        for rule, effect in each.items():
            if effect == "put_right":
                assert fs.finding(name, rule, as_at=ON)["status"] not in late, (name, rule)


def test_the_agreement_is_made_in_the_meeting_where_that_is_what_is_missing(fs: Council) -> None:
    told = plan(fs)
    assert told["agreement"] == "make"
    assert effects(told["worker"])["LU-14"] == "put_right"
    fs.tell("AgreementMade", agreement_id="G-1", worker_id="W-1", supervisor_id="M-1", made_on="2025-01-20")
    assert "LU-14" not in effects(plan(fs)["worker"])


def test_numbers_agree_and_nothing_is_recorded_by_asking(fs: Council) -> None:
    told = plan(fs)
    found = [change["effect"] for each in (told["worker"], *told["cases"]) for change in each["changes"]]
    assert told["counts"] == {effect: found.count(effect) for effect in told["counts"]}
    assert len(found) == sum(told["counts"].values())
    assert len(told["cases"]) + told["cases_in_order"] == 3
    assert plan(fs)["position"] == told["position"]


def test_only_cases_led_on_the_day_are_in_it(fs: Council) -> None:
    fs.tell("CaseClosed", case_id="C-0", closed_on="2025-04-01")
    fs.tell("CaseAllocated", case_id="C-1", worker_id="W-2", allocated_on="2025-04-01")
    told = plan(fs)
    assert len(told["cases"]) + told["cases_in_order"] == 1


@pytest.fixture
def teh(shropshire: Council) -> Council:
    """A family support worker, supervised once in January, with a family whose full form is overdue."""
    shropshire.tell("WorkerStarted", worker_id="W-1", started_on="2024-06-03", role="family_support_worker",
                    service="targeted_early_help", holds_cases=True)  # fmt: skip
    shropshire.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="M-1", assigned_on="2024-06-03")
    shropshire.tell("SessionHeld", session_id="S-1", worker_id="W-1", supervisor_id="M-1", held_on="2025-01-20",
                    kind="individual", minutes=95)  # fmt: skip
    shropshire.tell("CaseOpened", case_id="F-1", opened_on="2024-09-02", service="targeted_early_help")
    shropshire.tell("CaseAllocated", case_id="F-1", worker_id="W-1", allocated_on="2024-09-02")
    return shropshire


def test_what_needs_the_record_is_put_right_once_it_is_written_up(teh: Council) -> None:
    of = {"case_id": "F-1", "discussion_id": "D-1"}
    teh.tell("CaseDiscussed", discussed_on="2025-01-20", depth="light", setting="individual", worker_id="W-1",
             supervisor_id="M-1", **of)  # fmt: skip
    teh.tell("RecordCompleted", record_id="R-1", kind="management_supervision_note", completed_at="2025-01-21",
             author_id="W-1", **of)  # fmt: skip
    (family,) = plan(teh)["cases"]
    assert {rule: effect for rule, effect in effects(family).items() if rule in ("SH-28", "SH-30")} == {
        "SH-28": "put_right", "SH-30": "put_right_by_the_record",
    }  # fmt: skip


def test_what_the_meeting_itself_makes_due_is_told(teh: Council) -> None:
    (family,) = plan(teh)["cases"]
    assert [(finding["rule"], finding["due_on"]) for finding in family["opens"]] == [("SH-48", "2025-04-14")]


def test_one_session_does_not_make_up_for_missed_months(teh: Council) -> None:
    """Two empty months stay a breach until April is over; and of ten sessions in a year it is the second."""
    told = effects(plan(teh)["worker"])
    assert (told["SH-21"], told["SH-23"]) == ("begun", "begun")


def test_open_actions_are_named_to_be_followed_up(teh: Council) -> None:
    teh.tell("ActionAgreed", action_id="X-1", agreed_on="2025-01-20", owner_id="W-1", due_on="2025-02-20",
             session_id="S-1")  # fmt: skip
    found = {change["rule"]: change for change in plan(teh)["worker"]["changes"]}
    assert [item["action_id"] for item in found["SH-33"]["items"]] == ["X-1"]
    assert found["SH-33"]["effect"] == "put_right"


def test_a_record_that_waits_for_signatures_is_signed_in_the_meeting(teh: Council) -> None:
    teh.tell("RecordCompleted", record_id="R-1", kind="personal_supervision", session_id="S-1", author_id="M-1",
             completed_at="2025-01-22", content_hash="sha-1")  # fmt: skip
    found = {change["rule"]: change for change in plan(teh)["worker"]["changes"]}
    signatures = found["SH-53"]
    assert (signatures["status"], signatures["effect"], signatures["then"]["status"]) == ("due", "put_right", "met")
    assert [item["record_id"] for item in signatures["items"]] == ["R-1"]


def test_how_long_it_is_matters(teh: Council) -> None:
    for days in range(1, 8):
        teh.tell("SessionHeld", session_id=f"T-{days}", worker_id="W-1", held_on=f"2024-07-{days:02}",
                 kind="individual", minutes=95)  # fmt: skip
    long, short = (
        {change["rule"]: change["effect"] for change in plan(teh, minutes=minutes)["worker"]["changes"]}
        for minutes in (90, 45)
    )
    assert (long["SH-21"], short["SH-21"]) == ("put_right", "stays")


def test_names_etag_and_redirect_are_as_of_the_neighbours(fs: Council) -> None:
    fs.client.put("/v1/directory/workers/M-1", json={"name": "Mo Marsh"})
    first = fs.get("/v1/workers/W-1/next-session", on=ON)
    assert first.json()["names"]["worker/M-1"] == "Mo Marsh"
    again = fs.client.get(
        "/v1/workers/W-1/next-session", params={"on": ON}, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert again.status_code == 304
    fs.tell("SubjectMerged", kind="worker", from_id="W-1", into_id="W-7", merged_on="2025-04-01")
    moved = fs.client.get("/v1/workers/W-1/next-session", params={"on": ON}, follow_redirects=False)
    assert (moved.status_code, moved.headers["Location"]) == (308, f"/v1/workers/W-7/next-session?on={ON}")
    assert len(plan(fs, "W-7")["cases"]) > 0


@pytest.mark.parametrize("query", [{"on": "soon"}, {"weeks": 0}, {"minutes": 0}, {"as_at": ON}])
def test_a_bad_question_is_refused(luton: Council, query: dict[str, Any]) -> None:
    assert luton.get("/v1/workers/W-1/next-session", **query).status_code == 422
    assert luton.get("/v1/workers/W-1/next-session").json()["code"] == "no_such_worker"
