"""The facts of one subject as they stand on one day, and the events among them that a policy means.

Rules: only what is dated on or before the day is seen, by the date that the policy dates by; an event that needs
others (a credit) counts from the day the last of them came true, and is dated as itself. Facts arrive ordered by
date, time, source, id, and that order is kept. No I/O: facts are reached through `Look`, which remembers what was
asked for.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, TypeVar

from app.domain.calendar import DAY
from app.domain.looking import Look
from app.domain.policy.matching import coded_fields, resolved, unclear, untold
from app.domain.policy.needs import About
from app.domain.policy.patterns import Event, EventRef, Linked
from app.domain.policy.shapes import Pack
from app.domain.subject import Subject
from app.domain.told import Occurrence, told_of
from app.events.facts import Fact, order

__all__ = ["STRUCTURE", "History", "Occurrence", "Spell", "Subject", "order"]

T = TypeVar("T")

STRUCTURE: Final = frozenset({
    "WorkerStarted", "WorkerRoleChanged", "WorkerStageReached", "WorkerLeft", "RegistrationChecked",
    "AbsenceStarted", "AbsenceEnded", "SupervisorAssigned", "SupervisorUnassigned", "SessionScheduled",
    "CaseOpened", "CaseClassified", "CaseTransferred", "CaseAllocated", "CaseUnallocated", "CaseSupervisorAssigned",
    "CaseClosed", "TeamOpened", "TeamChanged", "TeamClosed",
})  # fmt: skip
"""The types that say who and what somebody is, read whatever the policies ask; all others only if a rule names them."""

_BOOKED: Final = Event(type="SessionHeld", planned_by="booking")
_ABSENCE: Final = frozenset({"AbsenceStarted", "AbsenceEnded"})


class Spell(NamedTuple):
    """An unbroken absence; `until` is the last day away, None while it lasts; `planned` the one that is expected."""

    since: date
    until: date | None
    planned: date | None = None


class History:
    """What is known of one subject on `as_at`; nothing dated after `told_until`, where that is earlier, is seen."""

    def __init__(
        self,
        subject: Subject,
        look: Look,
        as_at: date,
        *,
        types: frozenset[str] = frozenset(),
        about: Iterable[About] = (),
        told_until: date | None = None,
    ) -> None:
        self.subject = subject
        self.as_at = as_at
        self.until = as_at if told_until is None else min(as_at, told_until)
        self.look = look
        asked = About(STRUCTURE | types).joined(about)
        self.types = asked.types
        self._told = told_of(subject, asked, look)
        self._absences: list[Spell] | None = None

    def told(self, *types: str) -> Sequence[Fact]:
        """The facts of these types dated on or before the day, in order. They must be among those that are read."""
        if not self.types.issuperset(types):
            raise ValueError(f"facts that were not asked for: {sorted(set(types) - self.types)}")
        if len(types) == 1:
            return self._told.facts(types[0], self.until)
        return sorted((fact for name in types for fact in self._told.facts(name, self.until)), key=order)

    def occurrences(self, pack: Pack, ref: EventRef) -> Sequence[Occurrence]:
        """The events that the policy means, by the date it dates them by."""
        return self._told.meant(pack, resolved(pack, ref), self.until)

    def reading(self, fact: Fact) -> Mapping[str, Any]:
        """The fact's data with what goes without saying, a session's booking considered."""
        return self._told.reading(_BOOKED, fact, self.until)

    def last(self, pack: Pack, ref: EventRef, since: date, until: date) -> Occurrence | None:
        """The last such event from `since` to `until`, both included."""
        return next((o for o in reversed(self.occurrences(pack, ref)) if since <= o.on <= until), None)

    def look_up_named(self, fact: Fact, field: str, look_up: Callable[[frozenset[str]], object]) -> None:
        """Look up, once, whatever facts of this type name in a field on any day: in one step, not one for each name."""
        key, kept = ("named", self.subject, fact.type, field), self.look.facts.kept
        if key not in kept:
            look_up(self._told.named(fact.type, field))
            kept[key] = True

    def linked(self, pack: Pack, link: Linked, to: Fact) -> list[Occurrence]:
        """The events of `link` that belong to the fact, in order."""
        return self._told.linked(pack, link, to, self.until)

    def while_linked_alike(
        self, key: tuple[object, ...], pack: Pack, links: Iterable[Linked | None], to: Fact, work: Callable[[], T]
    ) -> T:
        """What `work` makes of the fact and of what is linked to it: kept for all days on which that is the same."""
        return self._told.lasting(key, self.until, lambda: self._told.changes(pack, links, to), work)

    def unclear(
        self, pack: Pack, ref: EventRef, known: Callable[[str, object], bool], since: date
    ) -> Iterator[tuple[Fact, str]]:
        """The facts from `since` on of which an unknown code leaves it open whether they are meant, with its field."""
        event = resolved(pack, ref)
        for part in event.any_of:
            yield from self.unclear(pack, part, known, since)
        coded = coded_fields(event)
        for fact in self._from(event, since) if coded else ():
            field = next((name for name, words in coded if not known(words, fact.data.get(name))), None)
            if field and unclear(event, fact, field):
                yield fact, field

    def untold(self, pack: Pack, ref: EventRef, since: date) -> Iterator[tuple[Fact, str]]:
        """The facts from `since` on of which it is open whether they are meant, as a number was not told; its field."""
        event = resolved(pack, ref)
        for part in event.any_of:
            yield from self.untold(pack, part, since)
        for fact in self._from(event, since):
            field = untold(event, self._told.reading(event, fact, self.until))
            if field:
                yield fact, field

    def _from(self, event: Event, since: date) -> Sequence[Fact]:
        told = self._told.facts(event.type or "", self.until)
        return told[bisect_left(told, since, key=lambda fact: fact.on or date.min) :]

    @property
    def absences(self) -> list[Spell]:
        """The worker's recorded absences, overlapping and adjoining ones as one, in order."""
        if self._absences is None:
            of_worker = self.subject.kind == "worker"  # what only names a team or a case is somebody else's absence
            self._absences = _joined(_spells(self.told("AbsenceEnded", "AbsenceStarted"))) if of_worker else []
        return self._absences

    def absences_of(self, workers: Iterable[str]) -> dict[str, tuple[list[Spell], Sequence[Fact]]]:
        """The absences of other workers, as known on the day, and the facts that say so. Raises `FactsNeeded`."""
        found = self.look.at_each({f"worker/{worker}": _ABSENCE for worker in workers})
        told = {tag: [fact for fact in facts if fact.on and fact.on <= self.until] for tag, facts in found.items()}
        return {tag.removeprefix("worker/"): (_joined(_spells(facts)), facts) for tag, facts in told.items()}


def _spells(told: Iterable[Fact]) -> list[Spell]:
    """An end closes the absence of its `absence_id`, one of its own day too; where it names none that is open, all."""
    open_since: dict[object, Spell] = {}
    ended: list[Spell] = []
    unmatched: set[tuple[object, date]] = set()
    for fact in sorted(told, key=_named_starts_first):
        day, key = fact.on or date.min, fact.get("absence_id")
        if fact.type == "AbsenceEnded":
            closed = [key] if key in open_since else list(open_since)
            ended.extend(Spell(open_since.pop(name).since, day) for name in closed)
            unmatched |= set() if closed else {(key, day)}
        elif (key, day) in unmatched:  # one day away, of which the end happens to stand first in the order
            ended.append(Spell(day, day))
        else:
            known = open_since.get(key)
            since, planned = (day, None) if known is None else (known.since, known.planned)
            open_since[key] = Spell(since, None, fact.day("expected_until") or planned)
    return sorted([*ended, *open_since.values()], key=lambda spell: spell.since)


def _named_starts_first(fact: Fact) -> tuple[date, bool]:
    return (fact.on or date.min, fact.type != "AbsenceStarted" or "absence_id" not in fact.data)


def _joined(spells: Iterable[Spell]) -> list[Spell]:
    joined: list[Spell] = []
    for spell in spells:
        last = joined[-1] if joined else None
        if last is None or (last.until is not None and last.until + DAY < spell.since):
            joined.append(spell)
            continue
        until = None if None in (last.until, spell.until) else max(filter(None, (last.until, spell.until)))
        planned = max(filter(None, (last.planned, spell.planned)), default=None)
        joined[-1] = Spell(last.since, until, planned)
    return joined
