"""Which files somebody audited, and from whose workload: of those whom they lead, who was never looked at. Pure.

For Luton's section 12: a Service Manager examines a file of one of their team managers each month (LU-131), the Service
Director may look into the workload of each Service Manager (LU-132). Whether that was kept the rules say; here it is
shown who was chosen, and who never.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.looking import Look
from app.domain.people import MANAGING, manager_told
from app.domain.profile import profile
from app.domain.subject import Subject
from app.domain.supervisors import supervisors_told
from app.events.facts import Fact, Facts

_NAMING: Final = frozenset({"SupervisorAssigned", "LineManagerAssigned"})
_SUPERVISING: Final = frozenset({"SupervisorAssigned", "SupervisorUnassigned"})
_AUDITED: Final = frozenset({"FileAudited"})


@dataclass(frozen=True, slots=True)
class Workload:
    """One of those whom somebody leads on the day, and how often a file of theirs was chosen."""

    worker_id: str
    role: str | None
    audits: int
    last_audited_on: date | None
    """None: never."""


@dataclass(frozen=True, slots=True)
class Audits:
    """What somebody audited up to a day, the latest first; and those they lead, who was never chosen first."""

    done: tuple[Fact, ...]
    workloads: tuple[Workload, ...]


def audits_by(person: str, facts: Facts, day: date) -> Audits:
    """The audits of one person, and those whom they supervise or manage on the day. Raises `FactsNeeded`."""
    look = Look(facts.as_at(day))
    told = look.at(f"by/{person}", _NAMING | _AUDITED)
    told = [fact for fact in told if _by(fact, day)]
    done = [fact for fact in told if fact.type == "FileAudited" and fact.data["auditor_id"] == person]
    named = dict.fromkeys(fact.data["worker_id"] for fact in told if fact.type in _NAMING)
    of_each = look.at_each({f"worker/{who}": _SUPERVISING | frozenset(MANAGING) for who in named})
    theirs = [who for who in named if _leads(person, [f for f in of_each[f"worker/{who}"] if _by(f, day)], day)]
    found = [each for who in theirs if (each := _workload(who, done, facts, day)) is not None]
    found.sort(key=lambda each: (each.last_audited_on or date.min, each.worker_id))
    return Audits(tuple(sorted(done, key=lambda fact: fact.on or date.min, reverse=True)), tuple(found))


def _by(fact: Fact, day: date) -> bool:
    return fact.on is not None and fact.on <= day


def _leads(person: str, told: list[Fact], day: date) -> bool:
    supervising = supervisors_told([fact for fact in told if fact.type in _SUPERVISING], "personal").on(day)
    supervises = supervising is not None and supervising.supervisor == person
    return supervises or manager_told([fact for fact in told if fact.type in MANAGING], day) == person


def _workload(worker: str, done: list[Fact], facts: Facts, day: date) -> Workload | None:
    """None for who does not work here on the day."""
    known = profile(Subject("worker", worker), facts, day)
    if known.state != "working":
        return None
    days = [fact.on for fact in done if fact.get("supervisor_id") == worker and fact.on is not None]
    role = None if known.situation is None else known.situation.role
    return Workload(worker, role, len(days), max(days, default=None))
