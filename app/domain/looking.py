"""Facts by tag, and what was worked out of them: the only way to facts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from app.events.facts import Fact, Facts, FactsNeeded, Needs, Telling

T = TypeVar("T")


class Look:
    """Facts by tag, as at one day.

    `brief`: nobody will read more of the answer than status, code and dates.
    """

    def __init__(self, facts: Facts, *, brief: bool = False) -> None:
        self.facts = facts
        self.brief = brief

    def at(self, tag: str, types: frozenset[str] | None = None) -> Sequence[Fact]:
        """The facts that carry the tag, in order, of some types or of all. Raises `FactsNeeded`."""
        return self.facts(tag, types)

    def at_all(self, tags: Iterable[str], types: frozenset[str] | None = None) -> list[Fact]:
        """The facts under several tags, each once. Raises one `FactsNeeded` for all that are missing."""
        found = self.at_each(dict.fromkeys(tags, types))
        return list({(fact.source, fact.id, fact.type): fact for told in found.values() for fact in told}.values())

    def at_each(self, wanted: Mapping[str, frozenset[str] | None]) -> dict[str, Sequence[Fact]]:
        """The facts under each of several tags, of some types or of all. Raises one `FactsNeeded`."""
        return _each(self.facts, wanted)

    def tellings(self, wanted: Mapping[str, frozenset[str] | None]) -> dict[str, Sequence[Telling]]:
        """The facts under each of several tags, whatever the day: see `Facts.tellings`. Raises one `FactsNeeded`."""
        return _each(self.facts.tellings, wanted)

    def remembered(self, key: object, work: Callable[["Look"], T]) -> T:
        """What is worked out of all tellings of the facts, whatever the day: once for all days."""
        kept = self.facts.kept
        if key not in kept:
            kept[key] = work(Look(self.facts.as_at(date.min)))
        found: T = kept[key]
        return found


def _each(read: Callable[[str, frozenset[str] | None], T], wanted: Mapping[str, frozenset[str] | None]) -> dict[str, T]:
    """What is read under each tag, or one `FactsNeeded` for all that are missing."""
    found: dict[str, T] = {}
    needs = Needs()
    for tag, of in wanted.items():
        try:
            found[tag] = read(tag, of)
        except FactsNeeded as lacking:
            needs.take(lacking)
    needs.check()
    return found
