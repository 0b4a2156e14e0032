"""Facts by tag, with what was asked for and what was worked out of them: the only way to facts.

What an answer depends on is known because all of it comes through here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from app.events.facts import Fact, Facts, FactsNeeded

T = TypeVar("T")


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
        """The facts under several tags, each once. Raises one `FactsNeeded` for all that are missing."""
        found = self.at_each(dict.fromkeys(tags, types))
        return list({(fact.source, fact.id, fact.type): fact for told in found.values() for fact in told}.values())

    def at_each(self, wanted: Mapping[str, frozenset[str] | None]) -> dict[str, Sequence[Fact]]:
        """The facts under each of several tags, of some types or of all. Raises one `FactsNeeded`."""
        found: dict[str, Sequence[Fact]] = {}
        missing: set[str] = set()
        types: dict[str, frozenset[str]] = {}
        for tag, of in wanted.items():
            try:
                found[tag] = self.at(tag, of)
            except FactsNeeded as needed:
                missing |= needed.tags
                types |= needed.types
        if missing:
            raise FactsNeeded(missing, types)
        return found

    def remembered(self, key: object, work: Callable[["Look"], T]) -> T:
        """What is worked out of all tellings of the facts, whatever the day: once for all days."""
        kept = self.facts.kept
        if key not in kept:
            kept[key] = work(Look(self.facts.as_at(date.min)))
        found: T = kept[key]
        return found
