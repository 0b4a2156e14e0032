"""What is told of one subject, whatever the day: each fact, and each event that a policy means, with its days.

A fact reads so from its business date until another telling of the same thing replaces it; an event that needs others
counts from the day the last of them came true. Both are worked out once for all days, so that reading them as at one
day, as `History` does, is little more than leaving out what is dated later. What lies beyond a day changes nothing
before it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from app.domain.belonging import Belongings
from app.domain.calendar import DAY
from app.domain.dated import Dated, Seen
from app.domain.leading import told_of_leads
from app.domain.looking import Look
from app.domain.policy.matching import belong_together, matches, meant_since, resolved, ways_to_find, with_defaults
from app.domain.policy.needs import About
from app.domain.policy.patterns import Event, EventRef, Lasting, Linked
from app.domain.policy.shapes import Pack
from app.domain.subject import Subject
from app.events.facts import Fact, Facts, order

T = TypeVar("T")
_POST = ("role", "service", "team_id")
Index = Mapping[tuple[str, object], Sequence[Seen["Occurrence"]]]


class Occurrence(NamedTuple):
    """An event that a policy means: the day it is dated, the fact, and the linked facts that it needed."""

    on: date
    fact: Fact
    linked: tuple[Fact, ...] = ()

    @property
    def complete_on(self) -> date:
        """The day on which the last of what it needed came."""
        return max([self.on, *(fact.on for fact in self.linked if fact.on is not None)])


class Told:
    """All that is told of one subject of the types that `about` asks for; `reads` says under which tags."""

    def __init__(self, subject: Subject, about: About, look: Look) -> None:
        """Raises `FactsNeeded`."""
        self.subject = subject
        self._look = look
        by_type: defaultdict[str, list[Seen[Fact]]] = defaultdict(list)
        theirs = Belongings(subject, about, look)
        for seen in theirs.facts():
            by_type[seen.value.type].append(seen)
        self.reads = theirs.reads
        self._of_field = [Seen(fact, date.min, until) for fact, until in theirs.of_field]
        """What is told of others and may be the worker's own by a field."""
        for told in by_type.values():
            told.sort(key=lambda each: order(each.value))
        self._by_type: Mapping[str, Sequence[Seen[Fact]]] = by_type
        self._dated: dict[str, Dated[Fact]] = {}
        self._meant: dict[int, tuple[Event, Dated[Occurrence]]] = {}
        self._indexed: dict[int, tuple[Linked, Index]] = {}
        self._bookings: Mapping[object, Sequence[Seen[Fact]]] | None = None
        self._lasting: dict[object, Seen[Any]] = {}
        self._cuts: dict[object, list[date]] = {}
        self._names: dict[tuple[str, str], frozenset[str]] = {}

    def named(self, kind: str, field: str) -> frozenset[str]:
        """Whatever any fact of a type names in a field, on whichever day."""
        found = self._names.get((kind, field))
        if found is None:
            values = (seen.value.get(field) for seen in self._by_type.get(kind, ()))
            found = self._names[kind, field] = frozenset(value for value in values if isinstance(value, str))
        return found

    def facts(self, kind: str, day: date) -> Sequence[Fact]:
        """The facts of a type dated on or before a day, as they read on it, in order."""
        return self._of(kind).at(day)

    def meant(self, pack: Pack, event: Event, day: date) -> Sequence[Occurrence]:
        """The events that a policy means as at a day, in order."""
        return self._all_meant(pack, event).at(day)

    def reading(self, event: Event, fact: Fact, day: date) -> Mapping[str, Any]:
        """The fact's data with defaults, as at a day.

        Whether a session was planned may depend on its booking; whether a post is a new one, on the post before.
        """
        if fact.type == "WorkerRoleChanged" and "new_post" not in fact.data:
            return {**fact.data, "new_post": self._new_post(fact)}
        data = with_defaults(fact)
        if _asks_bookings(event, fact) and self._unplanned(event, fact, day):
            data = {**data, "planned": False}
        return data

    def linked(self, pack: Pack, link: Linked, to: Fact, day: date) -> list[Occurrence]:
        """The events of `link` that belong to the fact as at a day, in order."""
        return [seen.value for seen in self._all_linked(pack, link, to) if seen.on(day)]

    def lasting(self, key: object, day: date, changes: Callable[[], Iterable[date]], work: Callable[[], T]) -> T:
        """What `work` gives on the day, kept for all days up to the next one that `changes` names."""
        kept = self._lasting.get(key)
        if kept is None:  # most questions are about one day only: which others it holds for is seen when one is asked
            kept = self._lasting[key] = Seen(work(), day, day + DAY)
        elif not kept.on(day):
            cuts = self._cuts.get(key) or self._cuts.setdefault(key, [date.min, *sorted(set(changes()))])
            at = bisect_right(cuts, day)
            kept = self._lasting[key] = Seen(work(), cuts[at - 1], cuts[at] if at < len(cuts) else None)
        found: T = kept.value
        return found

    def changes(self, pack: Pack, links: Iterable[Linked | None], to: Fact) -> Iterator[date]:
        """The days from which something else is linked to the fact."""
        for link in links:
            for seen in () if link is None else self._all_linked(pack, link, to):
                yield seen.since
                if seen.until is not None:
                    yield seen.until

    def _of(self, kind: str) -> Dated[Fact]:
        if kind not in self._dated:
            told = [(seen, seen.value.on) for seen in self._by_type.get(kind, ())]
            self._dated[kind] = Dated([Seen(seen.value, max(seen.since, on), seen.until) for seen, on in told if on])
        return self._dated[kind]

    def days(self, dating: Collection[str]) -> Iterator[tuple[date, str]]:
        """The days on which a fact begins or ceases to read so, or is dated in a field of `dating`; with its type."""
        for seen in chain(self._of_field, *self._by_type.values()):
            fact, on = seen.value, seen.value.on
            dated = (fact.day(name) for name in dating if name in fact.data)
            days = (
                on and max(on, seen.since),
                seen.until,
                *(day for each in dated if each for day in (each, each + DAY)),
            )
            yield from ((day, fact.type) for day in days if day is not None)

    # --- for all days at once -----------------------------------------------------------------------------------------

    def _all_meant(self, pack: Pack, event: Event) -> Dated[Occurrence]:
        kept = self._meant.get(id(event))
        if kept is None:
            found = self._any_of(pack, event) if event.any_of else self._of_type(pack, event)
            kept = self._meant[id(event)] = (event, found)
        return kept[1]

    def _any_of(self, pack: Pack, event: Event) -> Dated[Occurrence]:
        parts = [seen for ref in event.any_of for seen in self._all_meant(pack, resolved(pack, ref)).seen]
        if len({_same(seen.value) for seen in parts}) < len(parts):
            return _Overlapping(parts)
        return Dated(sorted(parts, key=lambda seen: _in_order(seen.value)))

    def _of_type(self, pack: Pack, event: Event) -> Dated[Occurrence]:
        told = self._own(event)
        lasting = event.only_while or event.not_while
        by_itself = not (event.linked or event.without or event.amended_by or lasting) and event.planned_by == "default"
        if not by_itself or event.dated_by or event.once_over or event.type == "WorkerRoleChanged":
            found = [meant for seen in told for meant in self._as_meant(pack, event, seen)]
        else:  # it is the event or it is not, whatever else is told
            meant = (seen for seen in told if matches(event, seen.value, with_defaults(seen.value)))
            dated = ((on, seen) for seen in meant if (on := seen.value.on) is not None)
            found = [Seen(Occurrence(on, seen.value), max(on, seen.since), seen.until) for on, seen in dated]
        return Dated(sorted(found, key=lambda seen: seen.value.on) if event.dated_by else found)

    def _own(self, event: Event) -> Sequence[Seen[Fact]]:
        """The facts of the event's type that are the subject's: told of it, its own by a field, or told of its lead."""
        who = self.subject.id
        if event.told_of is not None:
            return told_of_leads(event.type or "", self._by_type, self._look) if self.subject.kind == "case" else ()
        if event.belongs_by is None or self.subject.kind != "worker":
            return self._by_type.get(event.type or "", ())
        told = (seen for seen in self._of_field if seen.value.type == event.type)
        return [seen for seen in told if _names(seen.value.get(event.belongs_by), who)]

    def _as_meant(self, pack: Pack, event: Event, seen: Seen[Fact]) -> Iterator[Seen[Occurrence]]:
        """The fact as the event that is meant, with the days on which it is: what it rests on may change that."""
        fact = seen.value
        on = fact.day(event.dated_by) if event.dated_by else fact.on
        if on is None:
            return
        begins = max(on + DAY if event.once_over else on, seen.since)
        if seen.until is not None and seen.until <= begins:
            return
        cuts = [begins, *self._changing_days(pack, event, seen, begins)]
        for since, until in zip(cuts, [*cuts[1:], seen.until], strict=True):
            meant = self._meant_on(pack, event, Occurrence(on, fact), since)
            if meant is not None:
                yield Seen(meant, since, until)

    def _changing_days(self, pack: Pack, event: Event, seen: Seen[Fact], since: date) -> list[date]:
        """The later days on which it must be asked anew whether the fact is the event."""
        asks = _asks_bookings(event, seen.value)
        links = (*event.linked, *event.without, event.amended_by)
        lasting = [each for each in (event.only_while, event.not_while) if each is not None]
        if links == (None,) and not asks and not lasting:
            return []
        days = {*self.changes(pack, links, seen.value)}
        for turn in (
            turn for each in lasting for ref in (each.begun_by, each.ended_by) for turn in self._turns(pack, ref)
        ):
            days |= {turn.since, *([turn.until] if turn.until else [])}
        for booking in self._booked(seen.value) if asks else ():
            days |= {booking.since, *([booking.until] if booking.until else [])}
        return sorted(day for day in days if since < day and (seen.until is None or day < seen.until))

    def _meant_on(self, pack: Pack, event: Event, alone: Occurrence, day: date) -> Occurrence | None:
        """The fact with what it needed, on a day on which it is the event that is meant."""
        fact, data = alone.fact, self.reading(event, alone.fact, day)
        amended: Sequence[Fact] = ()
        if event.amended_by is not None:
            changes = [o.fact for o in self.linked(pack, event.amended_by, fact, day) if o.on >= alone.on]
            since = meant_since(event, fact, data, changes)
            if since is None:
                return None
            amended = since
        elif not matches(event, fact, data):
            return None
        if any(self.linked(pack, link, fact, day) for link in event.without):
            return None
        if not self._while_it_lasts(pack, event, alone.on, day):
            return None
        if not event.linked:
            return alone._replace(linked=(*amended,)) if amended else alone
        needed = [self.linked(pack, link, fact, day) for link in event.linked]
        return alone._replace(linked=(*amended, *(found[0].fact for found in needed))) if all(needed) else None

    def _while_it_lasts(self, pack: Pack, event: Event, on: date, day: date) -> bool:
        """Whether what the event asks of its own day was so on it, as known on a later one."""
        return (event.only_while is None or self._lasted(pack, event.only_while, on, day)) and (
            event.not_while is None or not self._lasted(pack, event.not_while, on, day)
        )

    def _lasted(self, pack: Pack, state: Lasting, on: date, day: date) -> bool:
        begun, ended = (
            max(
                (_in_order(turn.value) for turn in self._turns(pack, ref) if turn.on(day) and turn.value.on <= on),
                default=(),
            )
            for ref in (state.begun_by, state.ended_by)
        )
        return begun > ended

    def _turns(self, pack: Pack, ref: EventRef) -> Sequence[Seen[Occurrence]]:
        return self._all_meant(pack, resolved(pack, ref)).seen

    def _all_linked(self, pack: Pack, link: Linked, to: Fact) -> Sequence[Seen[Occurrence]]:
        """The events of `link` that belong to the fact on any day, in order."""
        found = self._sharing(pack, link, to)
        return [seen for seen in found if _comes_after(seen.value.fact, to)] if link.later else found

    def _sharing(self, pack: Pack, link: Linked, to: Fact) -> Sequence[Seen[Occurrence]]:
        index = self._index(pack, link)
        if link.same not in ("discussion", "meeting", "revisit"):  # one way to find it, and what is found is in order
            found = index.get((f"{link.same}_id", to.data.get(f"{link.same}_id")), ())
            return [seen for seen in found if belong_together(link.same, to, seen.value.fact)]
        several = {id(seen): seen for way in ways_to_find(link.same, to) for seen in index.get(way, ())}
        together = (seen for seen in several.values() if belong_together(link.same, to, seen.value.fact))
        return sorted(together, key=lambda seen: seen.value.on)

    def _index(self, pack: Pack, link: Linked) -> Index:
        kept = self._indexed.get(id(link))
        if kept is None:
            index: defaultdict[tuple[str, object], list[Seen[Occurrence]]] = defaultdict(list)
            for seen in self._all_meant(pack, resolved(pack, link.event)).seen:
                for way in ways_to_find(link.same, seen.value.fact):
                    index[way].append(seen)
            kept = self._indexed[id(link)] = (link, index)
        return kept[1]

    def _new_post(self, change: Fact) -> bool:
        """Whether role, service or team differ from what was told before."""
        post: dict[str, object] = {}
        told = (seen.value for kind in ("WorkerStarted", "WorkerRoleChanged") for seen in self._of(kind).seen)
        for fact in (fact for fact in sorted(told, key=order) if order(fact) < order(change)):
            post |= {name: fact.data[name] for name in _POST if name in fact.data}
        return any(post.get(name) != change.data[name] for name in _POST if name in change.data)

    def _unplanned(self, event: Event, session: Fact, day: date) -> bool:
        """By its bookings: all on the day or later; or, where one is required, none before the day."""
        days = [booking.value.on for booking in self._booked(session) if booking.on(day) and booking.value.on]
        if session.on is None or not days:
            return event.planned_by == "earlier_booking"
        return min(days) >= session.on

    def _booked(self, session: Fact) -> Sequence[Seen[Fact]]:
        if self._bookings is None:
            booked = defaultdict(list)
            for seen in self._of("SessionScheduled").seen:
                booked[seen.value.get("session_id")].append(seen)
            self._bookings = booked
        return self._bookings.get(session.get("session_id"), ())


def told_of(subject: Subject, about: About, look: Look) -> Told:
    """What is told of the subject, worked out once for these facts. Raises `FactsNeeded`."""
    return look.remembered((Told, subject, about), lambda every: Told(subject, about, every))


def kept_of(subject: Subject, facts: Facts) -> list[Told]:
    """What was worked out of these facts so far about the subject."""
    return [kept for kept in facts.kept.values() if isinstance(kept, Told) and kept.subject == subject]


class _Overlapping(Dated[Occurrence]):
    """Events of several kinds together, of which some facts are meant in more than one way: each counts once."""

    def at(self, day: date) -> Sequence[Occurrence]:
        """Those that count on the day, in order; of a fact the last way in which it is meant."""
        once = {_same(o): o for o in super().at(day)}
        return sorted(once.values(), key=_in_order)


def _same(occurrence: Occurrence) -> tuple[str, str, str]:
    fact = occurrence.fact
    return (fact.source, fact.id, fact.type)


def _in_order(occurrence: Occurrence) -> tuple[Any, ...]:
    return (occurrence.on, order(occurrence.fact))


def _comes_after(fact: Fact, other: Fact) -> bool:
    """On a later day; of the same day, what is of another type, or stands later in the order of facts."""
    if fact.on == other.on and fact.type == other.type:
        return order(fact) > order(other)
    return (fact.on or date.min) >= (other.on or date.min)


def _names(value: object, who: str) -> bool:
    return who in value if isinstance(value, list | tuple) else value == who


def _asks_bookings(event: Event, fact: Fact) -> bool:
    return fact.type == "SessionHeld" and event.planned_by != "default" and "planned" not in fact.data
