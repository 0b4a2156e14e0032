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

from app.domain.belonging import Belongings
from app.domain.calendar import DAY
from app.domain.looking import Look
from app.domain.policy.matching import (
    belong_together,
    coded_fields,
    matches,
    meant_since,
    resolved,
    unclear,
    untold,
    ways_to_find,
    with_defaults,
)
from app.domain.policy.needs import About
from app.domain.policy.patterns import Event, EventRef, Linked
from app.domain.policy.shapes import Pack
from app.events.facts import Fact

STRUCTURE: Final = frozenset({
    "WorkerStarted", "WorkerRoleChanged", "WorkerStageReached", "WorkerLeft", "RegistrationChecked",
    "AbsenceStarted", "AbsenceEnded", "SupervisorAssigned", "SupervisorUnassigned", "SessionScheduled",
    "CaseOpened", "CaseClassified", "CaseTransferred", "CaseAllocated", "CaseUnallocated", "CaseSupervisorAssigned",
    "CaseClosed", "TeamOpened", "TeamChanged", "TeamClosed",
})  # fmt: skip
"""The types that say who and what somebody is, read whatever the policies ask; all others only if a rule names them."""

_ABSENCE: Final = frozenset({"AbsenceStarted", "AbsenceEnded"})

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who or what is judged: kind is `worker`, `case`, `team` or `organisation`."""

    kind: str
    id: str

    @property
    def tag(self) -> str:
        """The tag under which its facts are found; what an organisation does stands under one of its own."""
        return "council/programmes" if self.kind == "organisation" else f"{self.kind}/{self.id}"


class Occurrence(NamedTuple):
    """An event that a policy means: the day it is dated, the fact, and the linked facts that it needed."""

    on: date
    fact: Fact
    linked: tuple[Fact, ...] = ()

    @property
    def complete_on(self) -> date:
        """The day on which the last of what it needed came."""
        return max([self.on, *(fact.on for fact in self.linked if fact.on is not None)])


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
        self._by_type: defaultdict[str, list[Fact]] = defaultdict(list)
        self._found: dict[int, tuple[Event, list[Occurrence]]] = {}
        self._indexed: dict[int, tuple[Linked, Mapping[tuple[str, object], list[Occurrence]]]] = {}
        self._sessions: dict[tuple[str, str], tuple[Fact, Mapping[str, Any]]] = {}
        self._booked: defaultdict[object, list[date]] | None = None
        self._absences: list[Spell] | None = None
        about = list(about)
        self.types = STRUCTURE.union(types, *(each.types for each in about))
        for fact in look.at(subject.tag, self.types):
            self._by_type[fact.type].append(fact)
        of_field: frozenset[str] = frozenset().union(*(each.of_field for each in about))
        self._of_field = look.at(f"by/{subject.id}", of_field) if of_field and subject.kind == "worker" else ()
        things: frozenset[str] = frozenset().union(*(each.things for each in about))
        if things:
            by: frozenset[str] = frozenset().union(*(each.by for each in about))
            belongings = Belongings((subject.kind, subject.id), things, self.types, by)
            self._add(belongings.gather(look, self._by_type, self.until))

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
        found = self._sharing(pack, link, to)
        return [o for o in found if _comes_after(o.fact, to)] if link.later else found

    def _sharing(self, pack: Pack, link: Linked, to: Fact) -> list[Occurrence]:
        index = self._index(pack, link)
        if link.same not in ("discussion", "meeting", "revisit"):  # one way to find it, and what is found is in order
            one = index.get((f"{link.same}_id", to.data.get(f"{link.same}_id")), ())
            return [o for o in one if belong_together(link.same, to, o.fact)]
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
            self._absences = _joined(_spells(self.told("AbsenceEnded", "AbsenceStarted"))) if of_worker else []
        return self._absences

    def absences_of(self, workers: Iterable[str]) -> dict[str, tuple[list[Spell], Sequence[Fact]]]:
        """The absences of other workers, as known on the day, and the facts that say so. Raises `FactsNeeded`."""
        found = self.look.at_each({f"worker/{worker}": _ABSENCE for worker in workers})
        told = {tag: [fact for fact in facts if fact.on and fact.on <= self.until] for tag, facts in found.items()}
        return {tag.removeprefix("worker/"): (_joined(_spells(facts)), facts) for tag, facts in told.items()}

    def _add(self, facts: Iterable[Fact]) -> None:
        added: defaultdict[str, list[Fact]] = defaultdict(list)
        for fact in facts:
            added[fact.type].append(fact)
        for name, further in added.items():
            self._by_type[name] = sorted([*self._by_type[name], *further], key=order)

    def _find(self, pack: Pack, event: Event) -> list[Occurrence]:
        if event.any_of:
            parts = [o for ref in event.any_of for o in self.occurrences(pack, ref)]
            once = {(o.fact.source, o.fact.id, o.fact.type): o for o in parts}
            return sorted(once.values(), key=lambda o: (o.on, order(o.fact)))
        found = [o for fact in self._own(event) if (o := self._as_meant(pack, event, fact))]
        return sorted(found, key=lambda o: o.on) if event.dated_by else found

    def _own(self, event: Event) -> Iterable[Fact]:
        """The facts of the event's type that are the subject's: spoken of it, or its own by a field (of a worker)."""
        if event.belongs_by is None or self.subject.kind != "worker":
            return self._by_type.get(event.type or "", ())
        who, field = self.subject.id, event.belongs_by
        return [fact for fact in self._of_field if fact.type == event.type and _names(fact.get(field), who)]

    def _as_meant(self, pack: Pack, event: Event, fact: Fact) -> Occurrence | None:
        on = fact.day(event.dated_by) if event.dated_by else fact.on
        since = None if on is None or on > self.until else self._meant_since(pack, event, fact, on)
        if on is None or since is None:
            return None
        if not event.linked:
            return Occurrence(on, fact, (*since,))
        needed = [self.linked(pack, link, fact) for link in event.linked]
        return Occurrence(on, fact, (*since, *(found[0].fact for found in needed))) if all(needed) else None

    def _meant_since(self, pack: Pack, event: Event, fact: Fact, on: date) -> Sequence[Fact] | None:
        """What amended the fact until it was the event meant: mostly nothing; None where it is another."""
        data = self._reading(event, fact)
        if event.amended_by is None:
            return () if matches(event, fact, data) else None
        changes = [o.fact for o in self.linked(pack, event.amended_by, fact) if o.on >= on]
        return meant_since(event, fact, data, changes)

    def _reading(self, event: Event, fact: Fact) -> Mapping[str, Any]:
        """The fact's data with defaults: whether a session was planned may depend on its booking, what is a new post on
        the post before.
        """
        if fact.type == "WorkerRoleChanged" and "new_post" not in fact.data:
            return {**fact.data, "new_post": self._new_post(fact)}
        if fact.type != "SessionHeld":
            return with_defaults(fact)
        kept = self._sessions.get((fact.id, event.planned_by))
        if kept is None or kept[0] is not fact:
            data = with_defaults(fact)
            if event.planned_by != "default" and "planned" not in fact.data and self._unplanned(event, fact):
                data = {**data, "planned": False}
            kept = self._sessions[fact.id, event.planned_by] = (fact, data)
        return kept[1]

    def _new_post(self, change: Fact) -> bool:
        """Whether role, service or team differ from what was told before."""
        post: dict[str, object] = {}
        for fact in self.told("WorkerStarted", "WorkerRoleChanged"):
            told = {name: fact.data[name] for name in ("role", "service", "team_id") if name in fact.data}
            if fact is change:
                return any(post.get(name) != value for name, value in told.items())
            post |= told
        return False

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


def _comes_after(fact: Fact, other: Fact) -> bool:
    """On a later day; of the same day, what is of another type, or stands later in the order of facts."""
    if fact.on == other.on and fact.type == other.type:
        return order(fact) > order(other)
    return (fact.on or date.min) >= (other.on or date.min)


def _names(value: object, who: str) -> bool:
    return who in value if isinstance(value, list | tuple) else value == who


def order(fact: Fact) -> tuple[date, datetime, str, str]:
    """The order of facts: business date, `time` (absent first), source, id."""
    return (fact.on or date.min, fact.time or LONG_AGO, fact.source, fact.id)


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
