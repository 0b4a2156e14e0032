"""Invented histories of teams: who holds which post, whose cases they are, and a policy that asks for shares."""

from typing import Any

from hypothesis import strategies as st

from app.events.facts import Fact
from tests.domain import told
from tests.domain.invented import DISCUSSED, _fact, _later, days, lengths
from tests.domain.told import adopted, calendar, policy

SPLIT = {
    "between": ["manager", "deputy"],
    "counted_through": {"senior": "oversight"},
    "tolerance": {"cases": 1, "points": 10},
    "delivered": {"event": DISCUSSED, "within": "1 month"},
}


def of_team(version: str = "1", points: int = 10) -> dict[str, Any]:
    split = SPLIT | {"tolerance": {"cases": 1, "points": points}}
    return policy(
        {"id": "SPLIT", "subject": "team", "balance": split},
        {"id": "WEEKLY", "subject": "team", "applies": {"service": "quay"},
         "every": {"event": {"type": "SessionHeld", "where": {"kind": "peer"}}, "window": "week"}},
        version=version,
    )  # fmt: skip


def _team_opened(on: str, service: str = "quay") -> Fact:
    return told.told("TeamOpened", team_id="T-1", opened_on=on, service=service)


def _case_opened(case: str, on: str, team: str | None) -> Fact:
    return told.opened(on, case_id=case, **({} if team is None else {"team_id": team}))


some_cases, some_teams = st.sampled_from(["C-1", "C-2", "C-3", "C-4"]), st.sampled_from(["T-1", "T-1", "T-1", "T-2"])
people = st.sampled_from(["M-1", "D-1", "S-1", "W-1", "X-1"])
begun = (
    _team_opened("2025-01-01"),
    *(told.started("2025-01-01", worker_id=worker, role=role, team_id="T-1")
      for worker, role in (("M-1", "manager"), ("D-1", "deputy"), ("S-1", "senior"), ("W-1", "worker"))),
    *(_case_opened(f"C-{number}", "2025-01-05", "T-1") for number in (1, 2, 3)),
)  # fmt: skip
happening_to_team = st.one_of(
    _fact(_case_opened, some_cases, days, st.one_of(st.none(), some_teams)),
    *2 * [_fact(
        lambda case, who, on, ends, by, more: told.told(
            "CaseSupervisorAssigned", case_id=case, supervisor_id=who, assigned_on=on,
            **({"until": _later(on, by)} if ends else {}), **more,
        ),
        some_cases, people, days, st.booleans(), lengths, st.sampled_from([{}, {"basis": "interim"}]),
    )],
    _fact(
        lambda case, on, more: told.told("CaseAllocated", case_id=case, worker_id="W-1", allocated_on=on, **more),
        some_cases, days, st.sampled_from([{}, {"case_supervisor_id": "D-1"}, {"team_id": "T-1"}]),
    ),
    _fact(lambda case, on: told.told("CaseUnallocated", case_id=case, worker_id="W-1", ended_on=on), some_cases, days),
    _fact(
        lambda case, on, where: told.told("CaseTransferred", case_id=case, transferred_on=on, **where),
        some_cases, days, st.sampled_from([{"team_id": "T-1"}, {"team_id": "T-2"}, {"service": "pier"}]),
    ),
    _fact(lambda case, on: told.told("CaseClosed", case_id=case, closed_on=on), some_cases, days),
    _fact(
        lambda worker, on, strand: told.told(
            "SupervisorAssigned", worker_id=worker, supervisor_id="D-1", assigned_on=on, strand=strand
        ),
        st.sampled_from(["W-1", "S-1"]), days, st.sampled_from(["case", "personal", "oversight"]),
    ),
    _fact(lambda on: told.told("SupervisorUnassigned", worker_id="W-1", supervisor_id="D-1", ended_on=on), days),
    _fact(lambda worker, on: told.told("WorkerLeft", worker_id=worker, left_on=on), people, days),
    _fact(lambda on, role: told.started(on, worker_id="X-1", role=role, team_id="T-1"),
          days, st.sampled_from(["manager", "deputy", "captain"])),
    _fact(
        lambda worker, on, role: told.told("WorkerRoleChanged", worker_id=worker, changed_on=on, role=role),
        people, days, st.sampled_from(["manager", "deputy", "worker"]),
    ),
    *2 * [_fact(
        lambda on: told.told(
            "SessionHeld", session_id=f"P-{on}", worker_ids=["W-1"], team_id="T-1", kind="peer", held_on=on
        ),
        days,
    )],
    _fact(lambda on: told.told("TeamChanged", team_id="T-1", changed_on=on, service="pier"), days),
    _fact(lambda on: told.told("TeamClosed", team_id="T-1", closed_on=on), days),
    _fact(lambda on: adopted(of_team("2", points=50), on), days),
)  # fmt: skip
teams = st.builds(
    lambda parts: (adopted(of_team(), "2025-01-03"), calendar(), *begun, *(fact for part in parts for fact in part)),
    st.lists(happening_to_team, max_size=10),
)
