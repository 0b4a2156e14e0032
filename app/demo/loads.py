"""Who holds how many cases, and what becomes of them in a year: opened, moved, handed over, closed."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from app.demo.casework import Case, allocate, close, handed_over, opened
from app.demo.days import workday
from app.demo.invented import YEAR, History, Worker

UNTIL_NOW = 10_000


@dataclass(frozen=True, slots=True)
class Load:
    """The cases of one team over the year: how many for each of its workers, of which kinds, for how long."""

    team: str
    each: int
    categories: tuple[str, ...] = ()
    stays: tuple[int, int] = (150, UNTIL_NOW)
    """Days from opening to closing; most of the longest are still open."""
    kind: str = "child"
    to: tuple[str, ...] = ()
    """Categories that a case of the first category may become."""
    split: tuple[str, ...] = ()
    """Who supervise the cases of the team's last worker in turn, so that all of them have as many."""


def caseload(told: History, loads: tuple[Load, ...], roles: frozenset[str], first: int) -> list[Case]:
    """All the ordinary cases, numbered from `first`."""
    cases: list[Case] = []
    for load in loads:
        holders = [w for w in told.workers.values() if w.team == load.team and w.role in roles]
        for worker in holders:
            share = (min(worker.left or told.last_day, told.last_day) - worker.started).days / YEAR
            for number in range(max(3, round(load.each * share))):
                case = _case(told, load, worker, f"C-{first + len(cases)}", number)
                cases.append(case)
                if load.split and worker is holders[-1]:
                    supervised(told, case, load.split[number % len(load.split)], case.opened)
    return cases


def supervised(told: History, case: Case, supervisor: str, day: date) -> None:
    """Somebody supervises this very case, whoever supervises its worker."""
    case.supervisor = supervisor
    told.tell("CaseSupervisorAssigned", day, case_id=case.id, supervisor_id=supervisor, assigned_on=day)


def _case(told: History, load: Load, worker: Worker, name: str, number: int) -> Case:
    die = told.die("opening", name)
    category = load.categories[number % len(load.categories)] if load.categories else None
    day = _opening(told, worker, die)
    more: dict[str, Any] = {"subject_kind": load.kind}
    case = opened(told, name, worker.service, category, worker.id, day, **more)
    stays = die.randint(load.stays[0], min(load.stays[1], 900))
    closing = workday(day + timedelta(days=stays))
    if worker.left is not None:
        _passed_on(told, case, worker)
    elif load.to and category == load.categories[0] and die.random() < 0.3:
        _became(told, case, die.choice(load.to), die)
    if day < closing < told.first_day and closing > (worker.left or date.min):
        close(told, case, closing)
    return case


def _opening(told: History, worker: Worker, die: Random) -> date:
    """Half were there when the year began, the others came one by one; none in the last days."""
    end = min(worker.left or told.last_day, told.ago(9)) - timedelta(days=9)
    span = max((end - worker.started).days, 1)
    days = die.randint(0, min(25, span)) if die.random() < 0.5 else die.randint(0, span)
    return max(workday(worker.started + timedelta(days=days)), worker.started)


def _passed_on(told: History, case: Case, worker: Worker) -> None:
    """Whoever leaves hands their cases to the others of the team."""
    left = worker.left or told.last_day
    others = [
        w.id
        for w in told.workers.values()
        if w.team == worker.team and w.role == worker.role and w.left is None and w.started < left
    ]
    handed_over(told, case, others[int(case.id.removeprefix("C-")) % len(others)], left)


def _became(told: History, case: Case, category: str, die: Random) -> None:
    """Reclassified once, some months after it opened."""
    day = workday(case.opened + timedelta(days=die.randint(60, 150)))
    if day < told.ago(35):
        told.tell("CaseClassified", day, case_id=case.id, classified_on=day, category=category, by=case.holder(day))
        case.category = category


def transferred(told: History, case: Case, worker: str, day: date, category: str | None = None) -> None:
    """To another service and team, with another worker."""
    to = told.workers[worker]
    told.tell("CaseTransferred", day, case_id=case.id, transferred_on=day, service=to.service, team_id=to.team)
    if category is not None:
        told.tell("CaseClassified", day, case_id=case.id, classified_on=day, category=category)
    told.tell("CaseUnallocated", day, case_id=case.id, worker_id=case.holder(day), ended_on=day, reason="transfer")
    allocate(told, case.id, worker, day, team_id=to.team)
    case.holders.append((day, worker))
    case.service, case.category = to.service, category
