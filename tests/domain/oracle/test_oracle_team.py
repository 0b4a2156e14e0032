"""The oracle of teams against what was worked out by hand."""

from datetime import date
from typing import Any

from tests.domain.oracle.oracle import judge
from tests.domain.oracle.telling import LUTON_FROM, event
from tests.domain.oracle.verdict import Verdict

STAFF = {"M-1": "team_manager", "D-1": "deputy_team_manager"}


def team(service: str, with_manager: int, with_deputy: int) -> list[dict[str, Any]]:
    told = [event("TeamOpened", "t", team_id="T-1", opened_on="2025-03-03", service=service)]
    for worker, role in STAFF.items():
        data = {"worker_id": worker, "started_on": "2025-03-03", "role": role, "service": service, "team_id": "T-1"}
        told.append(event("WorkerStarted", f"w-{worker}", **data))
    for number, who in enumerate(["M-1"] * with_manager + ["D-1"] * with_deputy):
        case = f"C-{number}"
        opened = {"case_id": case, "opened_on": "2025-03-03", "service": service, "team_id": "T-1"}
        told.append(event("CaseOpened", f"o-{number}", **opened))
        assigned = {"case_id": case, "supervisor_id": who, "assigned_on": "2025-03-03"}
        told.append(event("CaseSupervisorAssigned", f"a-{number}", **assigned))
    return told


def say(events: list[dict[str, Any]], rule: str, as_at: str) -> Verdict:
    return judge("luton", LUTON_FROM, "team", "T-1", events, date.fromisoformat(as_at))[rule]


def test_twelve_and_eleven_of_twenty_three_are_an_equal_split_fifteen_and_eight_are_not() -> None:
    assert say(team("assessment", 12, 11), "LU-13", "2025-03-10") == Verdict("met", "balanced")
    assert say(team("assessment", 15, 8), "LU-13", "2025-03-10") == Verdict("breached", "unbalanced")
    assert say(team("assessment", 0, 0), "LU-13", "2025-03-10").code == "no_cases"


def test_peer_supervision_is_asked_of_each_complete_week() -> None:
    held = {
        "session_id": "S-1",
        "worker_ids": ["M-1", "D-1"],
        "team_id": "T-1",
        "held_on": "2025-03-14",
        "kind": "peer",
    }
    events = [*team("mash", 0, 0), event("SessionHeld", "s", **held)]
    said = {day: say(events, "LU-33", day).status for day in ("2025-03-09", "2025-03-10", "2025-03-17", "2025-03-24")}
    assert said == {"2025-03-09": "due", "2025-03-10": "breached", "2025-03-17": "met", "2025-03-24": "breached"}
    assert say(team("adoption", 0, 0), "LU-33", "2025-03-10").status != "breached"
