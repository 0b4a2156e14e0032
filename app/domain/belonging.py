"""What belongs to a subject without naming it: what is told of its discussions, sessions, records …

A signature names the record alone, a follow-up the action, a review the objective. Rules: of a discussion or a session,
what names no other subject belongs to it; all that is told of a record, an action or an objective belongs to whom that
belongs, and is read as the thing's own facts read it (which telling counts last, which version of a record it is).
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from app.domain.looking import Look
from app.events.facts import Fact

BEGUN_BY: Final[Mapping[str, frozenset[str]]] = {
    "discussion": frozenset({"CaseDiscussed"}),
    "session": frozenset({"SessionHeld"}),
    "record": frozenset({"RecordCompleted"}),
    "action": frozenset({"ActionAgreed", "ActionAmended"}),
    "objective": frozenset({"ObjectiveSet"}),
}
"""The things that are followed, each with the types of which a fact about a subject makes the thing the subject's."""

_TOLD_OF: Final[Mapping[str, frozenset[str]]] = {
    "record": frozenset({"RecordCompleted", "RecordReviewed", "RecordSigned", "RecordReopened", "RecordCopied"}),
    "action": frozenset({"ActionAgreed", "ActionAmended", "ActionFollowedUp", "ActionCompleted", "ActionBlocked"}),
    "objective": frozenset({"ObjectiveSet", "ObjectiveReviewed"}),
}
_THING_OF: Final = {kind: thing for thing, kinds in _TOLD_OF.items() for kind in kinds}


class Belongings:
    """What belongs to one subject of a kind, beside the facts that name it (`by_type`).

    `things` are those that matter, `types` the types of fact; `by` says under which tag, and of which types, facts
    stand that are told of others and only say which things are the subject's. All things are looked up whenever they
    begin, so that one look is enough for every day; those that begin after `until` give nothing.
    """

    def __init__(self, subject: tuple[str, str], things: frozenset[str], types: frozenset[str], by: frozenset[str]):
        self._kind, self._id = subject
        self._things, self._types, self._by = things, types, by if subject[0] == "worker" else frozenset()

    def gather(self, look: Look, by_type: dict[str, list[Fact]], until: date) -> list[Fact]:
        """The further facts, in no set order; what they replace is taken from `by_type`. Raises `FactsNeeded`."""
        begun = look.remembered(("belongings", self._kind, self._id, self._types, self._by), self._begun_on)
        tags = {tag for tag, on in begun.items() if on <= until}
        look.asked |= begun.keys() | ({f"by/{self._id}"} if self._by else set())
        for kind in by_type.keys() & _THING_OF.keys():
            by_type[kind] = [fact for fact in by_type[kind] if _own_tag(fact) not in tags]
        found = {tag: look.at(tag, self._types) for tag in tags}
        return list({(fact.source, fact.id, fact.type): fact for fact in self._theirs(found, tags)}.values())

    def _begun_on(self, look: Look) -> dict[str, date]:
        """The tags of all things that are the subject's, each with the first day on which that is known."""
        wanted = {f"{self._kind}/{self._id}": self._types} | ({f"by/{self._id}": self._by} if self._by else {})
        begun: dict[str, date] = dict.fromkeys(wanted, date.min)
        first = frozenset(wanted)
        while wanted:
            found = look.at_each(wanted)
            wanted = {}
            for tag, facts in found.items():
                told = facts if tag in first else self._theirs({tag: facts}, ())
                for thing, on in self._led_to(told, begun[tag]):
                    if thing not in begun or on < begun[thing]:
                        begun[thing], wanted[thing] = on, self._types
        return {tag: on for tag, on in begun.items() if tag not in first}

    def _led_to(self, facts: Iterable[Fact], since: date) -> Iterator[tuple[str, date]]:
        """The things that these facts begin, and when, themselves known `since` a day."""
        for fact in facts:
            for thing in self._things:
                if fact.type in BEGUN_BY[thing] and (name := fact.data.get(f"{thing}_id")) is not None:
                    yield f"{thing}/{name}", max(since, fact.on or since)

    def _theirs(self, of: Mapping[str, Sequence[Fact]], found: Container[str]) -> Iterator[Fact]:
        """What of the facts under these tags belongs to the subject and is not read elsewhere, under its own tag."""
        for tag, facts in of.items():
            told_of = _TOLD_OF.get(tag.partition("/")[0])
            for fact in facts:
                if told_of is not None:
                    if fact.type in told_of:
                        yield fact
                elif not names_a(self._kind, fact) and _own_tag(fact) not in found:
                    yield fact


def _own_tag(fact: Fact) -> str | None:
    """The tag under which all that is told of the fact's record or action stands."""
    thing = _THING_OF.get(fact.type)
    return None if thing is None else f"{thing}/{fact.data.get(f'{thing}_id')}"


def names_a(kind: str, fact: Fact) -> bool:
    """Whether the fact names a subject of this kind."""
    return fact.data.get(f"{kind}_id") is not None or (kind == "worker" and "worker_ids" in fact.data)
