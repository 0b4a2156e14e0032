"""Histories of one Luton team: its posts, its cases and who supervises them, and its peer supervision."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.domain.oracle.histories import Draw, History, Teller, first_day
from tests.domain.oracle.reading import business_date

CASES = ["C-1", "C-2", "C-3", "C-4", "C-5", "C-6"]
PEOPLE = {"M-1": "team_manager", "D-1": "deputy_team_manager", "S-1": "senior_practitioner", "W-1": "social_worker"}


@dataclass
class TeamLife:
    """Where T-1 stands on the day that the teller has reached."""

    teller: Teller
    service: str
    is_open: bool = False

    def today(self) -> str:
        return self.teller.day.isoformat()

    def other_team(self) -> dict[str, Any]:
        return self.teller.optional("team_id", "T-1", "T-1", "T-2")


@st.composite
def luton_teams(draw: Draw) -> History:
    """A team of MASH, or of another service, with its managers and mostly some cases."""
    teller = Teller(draw, "luton", draw(first_day()))
    life = TeamLife(teller, teller.one_of("mash", "mash", "assessment"))
    open_team(life)
    usual = not teller.seldom()
    for worker in PEOPLE:
        start(life, worker, usual=usual)
    for case in CASES[: teller.one_of(0, 2, 3, 5, 6)]:
        open_case(life, case, usual=usual)
        if not teller.seldom():
            assign(life, case, teller.one_of("M-1", "D-1"), usual=usual)
    steps = [tell_peer] * 4 + [tell_assignment] * 4 + [tell_case, tell_transfer, tell_allocation, tell_supervisor] * 2
    steps += [tell_closing, *teller.one_of([], [tell_staff], [tell_staff, tell_team, tell_team])]
    for _ in range(draw(st.integers(0, 16))):
        teller.one_of(*steps)(life)
        teller.move_on()
    history = teller.finish("team", "T-1")
    return replace(history, days=[*history.days[:3], *(soon(teller, history) for _ in range(3))])


def soon(teller: Teller, history: History) -> date:
    """A day in the fortnight after something happened."""
    happened = business_date(teller.one_of(*history.events))
    return max(history.applies_from, happened + timedelta(days=teller.one_of(*range(14))))


def open_team(life: TeamLife) -> None:
    life.teller.tell("TeamOpened", team_id="T-1", opened_on=life.today(), service=life.service)
    life.is_open = True


def start(life: TeamLife, worker: str, *, usual: bool = False) -> None:
    teller = life.teller
    role = PEOPLE[worker] if usual else teller.one_of(PEOPLE[worker], *PEOPLE.values(), "service_manager", "captain")
    team = {"team_id": "T-1"} if usual else teller.one_of({"team_id": "T-1"}, {"team_id": "T-2"}, {})
    data = {"worker_id": worker, "started_on": life.today(), "role": role, "service": life.service}
    teller.tell("WorkerStarted", **data, **team)


def open_case(life: TeamLife, case: str, *, usual: bool = False) -> None:
    teller = life.teller
    team = (
        {"team_id": "T-1"} if usual else teller.one_of({"team_id": "T-1"}, {"team_id": "T-1"}, {"team_id": "T-2"}, {})
    )
    teller.tell("CaseOpened", case_id=case, opened_on=life.today(), service="assessment", **team)


def assign(life: TeamLife, case: str, supervisor: str, *, usual: bool = False) -> None:
    teller = life.teller
    until = (teller.day + teller.days_on()).isoformat()
    data = {"case_id": case, "supervisor_id": supervisor, "assigned_on": life.today()}
    beside = [{"until": until}, {"basis": "interim", "until": until}, {"basis": "interim"}]
    more = {} if usual else teller.one_of({}, {}, {}, *beside)
    teller.tell("CaseSupervisorAssigned", **data, **more)


def tell_peer(life: TeamLife) -> None:
    """One peer session, or some weeks of them."""
    for _ in range(life.teller.one_of(1, 1, 2, 4)):
        tell_peer_session(life)
        life.teller.day += timedelta(days=life.teller.one_of(5, 6, 7, 7, 7, 8, 13))


def tell_peer_session(life: TeamLife) -> None:
    teller = life.teller
    kind = teller.one_of("peer", "peer", "peer", "peer", "group")
    held = {"session_id": teller.fresh("S"), "worker_ids": ["W-1", "S-1"], "held_on": life.today(), "kind": kind}
    teller.tell("SessionHeld", **held, **teller.one_of(*[{"team_id": "T-1"}] * 5, {"team_id": "T-2"}, {}))
    if teller.seldom():
        teller.tell_again("held_on")


def tell_assignment(life: TeamLife) -> None:
    assign(life, life.teller.one_of(*CASES), life.teller.one_of("M-1", "D-1", "D-1", "S-1", "W-1", "X-1"))


def tell_case(life: TeamLife) -> None:
    open_case(life, life.teller.one_of(*CASES))


def tell_transfer(life: TeamLife) -> None:
    teller = life.teller
    where = life.other_team() | teller.optional("service", "assessment", "family_safeguarding")
    teller.tell("CaseTransferred", case_id=teller.one_of(*CASES), transferred_on=life.today(), **where)


def tell_allocation(life: TeamLife) -> None:
    teller = life.teller
    case, worker = teller.one_of(*CASES), teller.one_of("W-1", "W-1", "S-1")
    more = teller.optional("case_supervisor_id", "M-1", "D-1") | teller.optional("responsibility", "lead", "secondary")
    teller.tell("CaseAllocated", case_id=case, worker_id=worker, allocated_on=life.today(), **more, **life.other_team())
    if teller.seldom():
        ended_on = (teller.day + teller.days_on()).isoformat()
        teller.tell("CaseUnallocated", case_id=case, worker_id=worker, ended_on=ended_on)


def tell_supervisor(life: TeamLife) -> None:
    teller = life.teller
    who = {"worker_id": teller.one_of("W-1", "S-1", "S-1"), "supervisor_id": teller.one_of("M-1", "D-1", "S-1")}
    strand = teller.optional("strand", "case", "oversight", "oversight")
    more = teller.optional("basis", "interim") | teller.optional("until", (teller.day + teller.days_on()).isoformat())
    teller.tell("SupervisorAssigned", **who, assigned_on=life.today(), **strand, **more)
    if teller.seldom():
        ended_on = (teller.day + teller.days_on()).isoformat()
        teller.tell("SupervisorUnassigned", **who, ended_on=ended_on, **strand)


def tell_closing(life: TeamLife) -> None:
    life.teller.tell("CaseClosed", case_id=life.teller.one_of(*CASES), closed_on=life.today())
    life.teller.day += timedelta(days=1)


def tell_staff(life: TeamLife) -> None:
    """Somebody leaves and perhaps is followed, or changes post."""
    teller = life.teller
    worker = teller.one_of(*PEOPLE)
    if teller.seldom():
        teller.tell("WorkerLeft", worker_id=worker, left_on=life.today())
        teller.day += timedelta(days=1)
        if not teller.seldom():
            start(life, worker)
        return
    role = teller.one_of(PEOPLE[worker], PEOPLE[worker], *PEOPLE.values())
    data = {"worker_id": worker, "changed_on": life.today(), "role": role}
    teller.tell("WorkerRoleChanged", **data, **life.other_team())


def tell_team(life: TeamLife) -> None:
    teller = life.teller
    change: Callable[[TeamLife], None] = teller.one_of(reopen, change_team, change_team)
    change(life)


def reopen(life: TeamLife) -> None:
    """Closed, and mostly open again later; now and then only told again that it was opened."""
    teller = life.teller
    if teller.seldom():
        open_team(life)
        return
    teller.tell("TeamClosed", team_id="T-1", closed_on=life.today())
    teller.day += timedelta(days=1)
    if not teller.seldom():
        teller.move_on()
        open_team(life)


def change_team(life: TeamLife) -> None:
    service = life.teller.optional("service", "mash", "assessment", "lighthouse")
    life.teller.tell("TeamChanged", team_id="T-1", changed_on=life.today(), **service)
