"""The facts of one subject as they stand on one day, and the events among them that a policy means.

Rules: only what is dated on or before the day is seen, by the date that the policy dates by; an event that needs
others (a credit) counts from the day the last of them came true, and is dated as itself. Facts arrive ordered by
date, time, source, id, and that order is kept. No I/O: facts are reached through `Look`, which remembers what was
asked for.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

from app.domain.calendar import DAY
from app.domain.policy.matching import (
    belong_together,
    coded_fields,
    matches,
    resolved,
    unclear,
    untold,
    ways_to_find,
    with_defaults,
)
from app.domain.policy.patterns import Event, EventRef, Linked
from app.domain.policy.shapes import Pack
from app.events.facts import Fact, Facts, FactsNeeded

STRUCTURE: Final = frozenset({
    "WorkerStarted", "WorkerRoleChanged", "WorkerStageReached", "WorkerLeft", "RegistrationChecked",
    "AbsenceStarted", "AbsenceEnded", "SupervisorAssigned", "SupervisorUnassigned", "SessionScheduled",
    "CaseOpened", "CaseClassified", "CaseTransferred", "CaseAllocated", "CaseUnallocated", "CaseSupervisorAssigned",
    "CaseClosed", "TeamOpened", "TeamChanged", "TeamClosed",
})  # fmt: skip
"""The types that say who and what somebody is, read whatever the policies ask; all others only if a rule names them."""

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who or what is judged: kind is `worker`, `case`, `team` or `organisation`."""

    kind: str
    id: str

    @property
    def tag(self) -> str:
        """The tag under which its facts are found."""
        return f"{self.kind}/{self.id}"


class Look:
    """Facts by tag; remembers each tag asked for, because the answer depends on it.

    `brief`: nobody will read more of the answer than status, code and dates.
    """

    def __init__(self, facts: Facts, *, brief: bool = False) -> None:
        self.facts = facts
        self.brief = brief
        self.asked: set[str] = set()

    def at(self, tag: str, types: frozenset[str] | None = None) -> Sequence[Fact]:
        """The facts that carry the tag, in order, of some types or of all. Raises `FactsNeeded`."""
        self.asked.add(tag)
        return self.facts(tag, types)

    def at_all(self, tags: Iterable[str], types: frozenset[str] | None = None) -> list[Fact]:
        """The facts under several tags, each once, of some types or of all. Raises one `FactsNeeded` for all that are
        missing."""
        found: dict[tuple[str, str, str], Fact] = {}
        missing: set[str] = set()
        wanted: dict[str, frozenset[str]] = {}
        for tag in tags:
            try:
                found.update(((fact.source, fact.id, fact.type), fact) for fact in self.at(tag, types))
            except FactsNeeded as needed:
                missing |= needed.tags
                wanted |= needed.types
        if missing:
            raise FactsNeeded(missing, wanted)
        return list(found.values())


class Occurrence(NamedTuple):
    """An event that a policy means: the day it is dated, the fact, and the linked facts that it needed."""

    on: date
    fact: Fact
    linked: tuple[Fact, ...] = ()


class Spell(NamedTuple):
    """An unbroken absence; `until` is the last day away, None while it lasts."""

    since: date
    until: date | None


class History:
    """What is known of one subject on `as_at`; nothing dated after `told_until`, where that is earlier, is seen."""

    def __init__(
        self,
        subject: Subject,
        look: Look,
        as_at: date,
        *,
        types: frozenset[str],
        told_until: date | None = None,
        discussions: bool = False,
    ) -> None:
        self.subject = subject
        self.as_at = as_at
        self.until = as_at if told_until is None else min(as_at, told_until)
        self.look = look
        self._by_type: defaultdict[str, list[Fact]] = defaultdict(list)
        self._found: dict[int, tuple[Event, list[Occurrence]]] = {}
        self._indexed: dict[int, tuple[Linked, Mapping[tuple[str, object], list[Occurrence]]]] = {}
        self._sessions: dict[tuple[str, str], tuple[Fact, Mapping[str, Any]]] = {}
        self._booked: defaultdict[object, list[date]] | None = None
        self._absences: list[Spell] | None = None
        self.types = types | STRUCTURE
        facts = look.at(subject.tag, self.types)
        for fact in facts:
            self._by_type[fact.type].append(fact)
        if discussions:
            self._add_facts_of_discussions(facts)

    def told(self, *types: str) -> list[Fact]:
        """The facts of these types dated on or before the day, in order. They must be among those that are read."""
        if not self.types.issuperset(types):
            raise ValueError(f"facts that were not asked for: {sorted(set(types) - self.types)}")
        found = [fact for name in types for fact in self._by_type.get(name, ()) if fact.on and fact.on <= self.until]
        return sorted(found, key=order) if len(types) > 1 else found

    def occurrences(self, pack: Pack, ref: EventRef) -> Sequence[Occurrence]:
        """The events that the policy means, by the date it dates them by."""
        event = resolved(pack, ref)
        kept = self._found.get(id(event))
        if kept is None:
            kept = self._found[id(event)] = (event, self._find(pack, event))
        return kept[1]

    def last(self, pack: Pack, ref: EventRef, since: date, until: date) -> Occurrence | None:
        """The last such event from `since` to `until`, both included."""
        return next((o for o in reversed(self.occurrences(pack, ref)) if since <= o.on <= until), None)

    def unclear(
        self, pack: Pack, ref: EventRef, known: Callable[[str, object], bool], since: date
    ) -> Iterator[tuple[Fact, str]]:
        """The facts from `since` on of which an unknown code leaves it open whether they are meant, with its field."""
        event = resolved(pack, ref)
        for part in event.any_of:
            yield from self.unclear(pack, part, known, since)
        told = self._by_type.get(event.type or "", [])
        coded = coded_fields(event)
        for fact in told[bisect_left(told, since, key=lambda fact: fact.on or date.min) :] if coded else ():
            field = next((name for name, words in coded if not known(words, fact.data.get(name))), None)
            if field and fact.on is not None and fact.on <= self.until and unclear(event, fact, field):
                yield fact, field

    def untold(self, pack: Pack, ref: EventRef, since: date) -> Iterator[tuple[Fact, str]]:
        """The facts from `since` on of which it is open whether they are meant, as a number was not told; its field."""
        event = resolved(pack, ref)
        for part in event.any_of:
            yield from self.untold(pack, part, since)
        told = self._by_type.get(event.type or "", [])
        for fact in told[bisect_left(told, since, key=lambda fact: fact.on or date.min) :]:
            field = untold(event, self._reading(event, fact))
            if field and fact.on is not None and fact.on <= self.until:
                yield fact, field

    def linked(self, pack: Pack, link: Linked, to: Fact) -> list[Occurrence]:
        """The events of `link` that belong to the fact, in order."""
        index = self._index(pack, link)
        found = {id(o): o for way in ways_to_find(link.same, to) for o in index.get(way, ())}
        return sorted((o for o in found.values() if belong_together(link.same, to, o.fact)), key=lambda o: o.on)

    def _index(self, pack: Pack, link: Linked) -> Mapping[tuple[str, object], list[Occurrence]]:
        kept = self._indexed.get(id(link))
        if kept is None:
            index: defaultdict[tuple[str, object], list[Occurrence]] = defaultdict(list)
            for occurrence in self.occurrences(pack, link.event):
                for way in ways_to_find(link.same, occurrence.fact):
                    index[way].append(occurrence)
            kept = self._indexed[id(link)] = (link, index)
        return kept[1]

    @property
    def absences(self) -> list[Spell]:
        """The worker's recorded absences, overlapping and adjoining ones as one, in order."""
        if self._absences is None:
            of_worker = self.subject.kind == "worker"  # what only names a team or a case is somebody else's absence
            self._absences = _joined(_spells(self.told("AbsenceStarted", "AbsenceEnded"))) if of_worker else []
        return self._absences

    def _find(self, pack: Pack, event: Event) -> list[Occurrence]:
        if event.any_of:
            parts = [o for ref in event.any_of for o in self.occurrences(pack, ref)]
            once = {(o.fact.source, o.fact.id, o.fact.type): o for o in parts}
            return sorted(once.values(), key=lambda o: (o.on, order(o.fact)))
        found = [o for fact in self._by_type.get(event.type or "", ()) if (o := self._as_meant(pack, event, fact))]
        return sorted(found, key=lambda o: o.on) if event.dated_by else found

    def _as_meant(self, pack: Pack, event: Event, fact: Fact) -> Occurrence | None:
        on = fact.day(event.dated_by) if event.dated_by else fact.on
        if on is None or on > self.until or not matches(event, fact, self._reading(event, fact)):
            return None
        if not event.linked:
            return Occurrence(on, fact)
        needed = [self.linked(pack, link, fact) for link in event.linked]
        return Occurrence(on, fact, tuple(found[0].fact for found in needed)) if all(needed) else None

    def _reading(self, event: Event, fact: Fact) -> Mapping[str, Any]:
        """The fact's data with defaults; whether a session was planned may depend on its booking."""
        if fact.type != "SessionHeld":
            return with_defaults(fact)
        kept = self._sessions.get((fact.id, event.planned_by))
        if kept is None or kept[0] is not fact:
            data = with_defaults(fact)
            if event.planned_by != "default" and "planned" not in fact.data and self._unplanned(event, fact):
                data = {**data, "planned": False}
            kept = self._sessions[fact.id, event.planned_by] = (fact, data)
        return kept[1]

    def _unplanned(self, event: Event, session: Fact) -> bool:
        """By its bookings: all on the day or later; or, where one is required, none before the day."""
        if self._booked is None:
            self._booked = defaultdict(list)
            for fact in self.told("SessionScheduled"):
                self._booked[fact.get("session_id")].append(fact.on or date.min)
        days = self._booked.get(session.get("session_id"), [])
        if session.on is None or not days:
            return event.planned_by == "earlier_booking"
        return min(days) >= session.on

    def _add_facts_of_discussions(self, facts: Sequence[Fact]) -> None:
        """What names the discussion and no case belongs to the case that was discussed."""
        ids = {
            fact.data["discussion_id"]
            for fact in facts
            if fact.type == "CaseDiscussed" and "discussion_id" in fact.data
        }
        for fact in self.look.at_all(f"discussion/{name}" for name in sorted(ids)):
            if fact.get("case_id") is None:
                self._by_type[fact.type].append(fact)
                self._by_type[fact.type].sort(key=order)


def order(fact: Fact) -> tuple[date, datetime, str, str]:
    """The order of facts: business date, `time` (absent first), source, id."""
    return (fact.on or date.min, fact.time or LONG_AGO, fact.source, fact.id)


def _spells(told: Iterable[Fact]) -> list[Spell]:
    """An end closes the absence of its `absence_id`; where it names none that is open, all that are."""
    open_since: dict[object, date] = {}
    ended: list[Spell] = []
    unmatched: set[tuple[object, date]] = set()
    for fact in told:
        day, key = fact.on or date.min, fact.get("absence_id")
        if fact.type == "AbsenceEnded":
            closed = [key] if key in open_since else list(open_since)
            ended.extend(Spell(open_since.pop(name), day) for name in closed)
            unmatched |= set() if closed else {(key, day)}
        elif (key, day) in unmatched:  # one day away, of which the end happens to stand first in the order
            ended.append(Spell(day, day))
        else:
            open_since.setdefault(key, day)
    return sorted(ended + [Spell(since, None) for since in open_since.values()], key=lambda spell: spell.since)


def _joined(spells: Iterable[Spell]) -> list[Spell]:
    joined: list[Spell] = []
    for spell in spells:
        last = joined[-1] if joined else None
        if last is None or (last.until is not None and last.until + DAY < spell.since):
            joined.append(spell)
        elif last.until is not None:
            joined[-1] = Spell(last.since, None if spell.until is None else max(last.until, spell.until))
    return joined
