"""All whom a person may ask about at once: the workers and cases to whom they stand in certain relations on a day.

Whoever was ever assigned, allocated or managed is a candidate, found under the person's own tag (`by/…`); each is then
looked at as if it were asked about alone, so that a list never shows what the single address would refuse. Pure.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.access.relations import has_left, history_of, names, supervising
from app.domain.looking import Look
from app.domain.people import line_manager, people
from app.domain.subject import Subject
from app.domain.teams import Somebody
from app.events.facts import Fact, Facts

_BY: Final = frozenset({"SupervisorAssigned", "LineManagerAssigned", "CaseSupervisorAssigned", "CaseAllocated"})
_HELD: Final = frozenset({"CaseAllocated"})
_OF_LEAD: Final = ("case", "personal")


@dataclass(frozen=True, slots=True)
class Reach:
    """Of whom a list may speak: everybody, a service, or these workers, these cases, and those that `led_by` lead."""

    everybody: bool = False
    service: str | None = None
    workers: frozenset[str] = frozenset()
    cases: frozenset[str] = frozenset()
    led_by: frozenset[str] = frozenset()


EVERYBODY: Final = Reach(everybody=True)


def reach(person: str | None, relations: Collection[str], facts: Facts, day: date) -> Reach:
    """All to whom somebody stands as one of the relations says. Raises `FactsNeeded`."""
    if "council" in relations:
        return EVERYBODY
    look = Look(facts.as_at(day))
    if person is None or has_left(person, look, day):
        return Reach()
    asked = frozenset(relations)
    told = _told(person, look)
    workers = {who for who in (*_named("worker_id", told), person) if _stands(person, "worker", who, asked, look, day)}
    cases = {case for case in _named("case_id", told) if _stands(person, "case", case, asked, look, day)}
    candidates = {*_named("worker_id", told), *([person] if "own_case" in asked else [])}
    led_by = {who for who in candidates if _leads_for(person, who, asked, look, day)}
    return Reach(False, _service(person, asked, look, day), frozenset(workers), frozenset(cases), frozenset(led_by))


def _told(person: str, look: Look) -> list[Fact]:
    """All that names somebody as theirs: their own assignments, those of whom they manage, and what they hold."""
    own = look.at_each({f"by/{person}": _BY, f"worker/{person}": _HELD})
    theirs = [fact for facts in own.values() for fact in facts]
    managed = _named("worker_id", [fact for fact in theirs if fact.type == "LineManagerAssigned"])
    of_managed = look.at_each({f"by/{who}": _BY for who in managed})
    return [*theirs, *(fact for facts in of_managed.values() for fact in facts if fact.type != "LineManagerAssigned")]


def _named(field: str, told: Iterable[Fact]) -> list[str]:
    return sorted({str(fact.data[field]) for fact in told if field in fact.data and _names(fact, field)})


def _names(fact: Fact, field: str) -> bool:
    """An allocation's worker is who holds the case, and nobody's because of it."""
    return field != "worker_id" or fact.type != "CaseAllocated"


def _stands(person: str, kind: str, identity: str, asked: frozenset[str], look: Look, day: date) -> bool:
    return not asked.isdisjoint(names(person, Subject(kind, identity), look, day))


def _leads_for(person: str, worker: str, asked: frozenset[str], look: Look, day: date) -> bool:
    """Whether the cases that the worker leads are in reach because of who the worker is."""
    if worker == person and "own_case" in asked:
        return True
    history = history_of(Subject("worker", worker), look, day)
    runs = {run for strand in _OF_LEAD for run in supervising(Somebody(history), strand, day)}
    found = {
        "supervised_case_meanwhile" if stands_in else "supervised_case" for who, stands_in in runs if who == person
    }
    supervisors = people(history, [who for who, _ in runs])
    if any(line_manager(each, day) == person for each in supervisors.values()):
        found.add("case_below")
    return not asked.isdisjoint(found)


def _service(person: str, asked: frozenset[str], look: Look, day: date) -> str | None:
    if "service" not in asked:
        return None
    service = Somebody(history_of(Subject("worker", person), look, day)).situation(day).get("service")
    return None if service is None else str(service)
