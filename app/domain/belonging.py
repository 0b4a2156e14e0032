"""What belongs to a subject without naming it: what is told of its discussions, sessions, records …

A signature names the record alone, a follow-up the action, a review the objective. Rules: of a discussion or a session,
what names no other subject belongs to it; all that is told of a record, an action or an objective belongs to whom that
belongs, and is read as the thing's own facts read it (which telling counts last, which version of a record it is).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from app.domain.dated import Seen
from app.domain.looking import Look
from app.domain.policy.needs import About
from app.domain.subject import Subject
from app.events.facts import Fact, Telling

BEGUN_BY: Final[Mapping[str, frozenset[str]]] = {
    "discussion": frozenset({"CaseDiscussed"}),
    "session": frozenset({"SessionHeld"}),
    "record": frozenset({"RecordCompleted"}),
    "action": frozenset({"ActionAgreed", "ActionAmended"}),
    "objective": frozenset({"ObjectiveSet"}),
    "disagreement": frozenset({"DisagreementRecorded"}),
}
"""The things that are followed, each with the types of which a fact about a subject makes the thing the subject's."""

_TOLD_OF: Final[Mapping[str, frozenset[str]]] = {
    "record": frozenset({"RecordCompleted", "RecordReviewed", "RecordSigned", "RecordReopened", "RecordCopied"}),
    "action": frozenset({"ActionAgreed", "ActionAmended", "ActionFollowedUp", "ActionCompleted", "ActionBlocked"}),
    "objective": frozenset({"ObjectiveSet", "ObjectiveReviewed"}),
    "disagreement": frozenset({"DisagreementRecorded", "DisagreementResolved"}),
}
_THING_OF: Final = {kind: thing for thing, kinds in _TOLD_OF.items() for kind in kinds}


class Belongings:
    """What belongs to one subject; whatever the day. Raises `FactsNeeded`.

    All its things are looked up, whenever they begin, so that one look is enough for every day.
    """

    def __init__(self, subject: Subject, about: About, look: Look) -> None:
        self._kind = subject.kind
        self._own = subject.tag
        self._begins = {of: f"{thing}_id" for thing in about.things for of in BEGUN_BY[thing]}
        self._begun: dict[str, date] = {self._own: date.min}
        """The tags of the subject and of its things, each with the first day on which that is known."""
        self._told = look.tellings({self._own: about.types})
        led: dict[str, date] = {}
        self._lead(led, self._own, self._told[self._own])
        by, worker = f"by/{subject.id}", subject.kind == "worker"
        self.of_field = look.tellings({by: about.of_field})[by] if about.of_field and worker else ()
        """What may be the worker's own by a field, whoever it is told of."""
        if about.by and worker:  # told of others, and says only which things are the subject's
            self._lead(led, by, look.tellings({by: about.by})[by])
        while led:
            self._begun |= led
            found = look.tellings(dict.fromkeys(led, about.types))
            self._told |= found
            led = {}
            for tag, told in found.items():
                self._lead(led, tag, told)
        self.reads = dict.fromkeys(self._begun, about.types) | {by: about.by | about.of_field}
        """The tags that were read, and of which types."""

    def _lead(self, led: dict[str, date], tag: str, told: Sequence[Telling]) -> None:
        """Add the things that these facts begin, and when, themselves known since a day."""
        begins = self._begins
        for fact in [fact for fact, _ in told if fact.type in begins]:
            thing = tag.partition("/")[0] if tag in self._begun and tag != self._own else None
            field, since = begins[fact.type], self._begun.get(tag, date.min)
            name = fact.data.get(field)
            if name is None or (thing is not None and not _is_theirs(self._kind, thing, fact)):
                continue
            begun, on = f"{field[:-3]}/{name}", max(since, fact.on or since)
            if on < min(self._begun.get(begun, date.max), led.get(begun, date.max)):
                led[begun] = on

    def facts(self) -> Iterator[Seen[Fact]]:
        """Every fact, in no set order, with the days on which it is read so, if it is dated by then."""
        found: dict[tuple[str, str, str], Sequence[Seen[Fact]]] = {}
        for tag in self._told:
            for seen in self._under(tag):
                key = (seen.value.source, seen.value.id, seen.value.type)
                found[key] = (seen,) if key not in found else tuple(_joined([*found[key], seen]))
        for several in found.values():
            yield from several

    def _under(self, tag: str) -> Iterator[Seen[Fact]]:
        """What is read under one tag: while the thing is the subject's, and until it is read under its own tag."""
        since = self._begun[tag]
        told_of = None if tag == self._own else _TOLD_OF.get(tag.partition("/")[0])
        for fact, until in self._told[tag]:
            if told_of is not None:
                if fact.type in told_of:
                    yield Seen(fact, since, until)
            elif tag == self._own or not names_a(self._kind, fact):
                elsewhere = self._begun.get(_own_tag(fact) or "", until)
                first = elsewhere if until is None or (elsewhere is not None and elsewhere < until) else until
                yield Seen(fact, since, first)


def _joined(several: Iterable[Seen[Fact]]) -> Iterator[Seen[Fact]]:
    """The days on which one fact is read under several tags, each day once."""
    last: Seen[Fact] | None = None
    for seen in sorted(several, key=lambda seen: seen.since):
        if last is None or (last.until is not None and last.until < seen.since):
            if last is not None:
                yield last
            last = seen
        elif last.until is not None:
            last = last._replace(until=None if seen.until is None else max(last.until, seen.until))
    if last is not None:
        yield last


def _is_theirs(kind: str, thing: str, fact: Fact) -> bool:
    """Whether what is told under the tag of a thing of the subject's belongs to the subject."""
    told_of = _TOLD_OF.get(thing)
    return fact.type in told_of if told_of is not None else not names_a(kind, fact)


def _own_tag(fact: Fact) -> str | None:
    """The tag under which all that is told of the fact's record or action stands."""
    thing = _THING_OF.get(fact.type)
    return None if thing is None else f"{thing}/{fact.data.get(f'{thing}_id')}"


def names_a(kind: str, fact: Fact) -> bool:
    """Whether the fact names a subject of this kind."""
    return fact.data.get(f"{kind}_id") is not None or (kind == "worker" and "worker_ids" in fact.data)
