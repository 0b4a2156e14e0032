"""Loaded events as they read now, by tag, growing: what is loaded later is read by itself, and the rest is kept.

An assessment asks for facts in several steps, each of which loads a little more. Whether that makes something else of
what was read before (a correction of it, a merge that it names) is seen here; then all of it must be read anew. Pure.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from app.events.effective import AMENDMENTS, LINKING, effective, merges, names_former
from app.events.facts import Fact, order
from app.events.stored import Stored


class Reading:
    """The effective facts under each tag that was asked for, in their order; as `facts_by_tag` reads all at once."""

    def __init__(self) -> None:
        self.by_tag: dict[str, list[Fact]] = {}
        self.aliases: Mapping[str, str] = {}
        """What each merged subject now is, and what each linked number means."""
        self._facts: dict[int, list[Fact]] = {}
        """By position; of what was retracted none."""
        self._named: set[tuple[str, str]] = set()
        self._amendments: list[Stored] = []
        self._linking: list[Stored] = []
        self._moved: dict[int, tuple[Fact, frozenset[str]]] = {}
        """What stands under other tags than it was filed under: it was corrected, or names what is another now."""

    def linked(self, events: Iterable[Stored]) -> Mapping[str, str]:
        """What `aliases` will be with these events."""
        linking = [event for event in self._new(events) if event.type in LINKING]
        return merges([*self._linking, *linking]) if linking else self.aliases

    def grow(self, events: Sequence[Stored], asked: Collection[str]) -> bool:
        """Take in what was found under these tags, with what amends it; False: nothing is read, read all of it anew.

        An event that was found before may be found again, under other tags.
        """
        new, aliases = self._new(events), self.linked(events)
        amendments = [event for event in new if event.type in AMENDMENTS]
        if any(event.target in self._named for event in amendments) or self._renames(aliases):
            return False
        told = {event.position: list[Fact]() for event in new}
        moved: dict[int, tuple[Fact, frozenset[str]]] = {}
        plain = [event for event in new if event.type not in AMENDMENTS]
        for event, fact, tags in effective([*plain, *self._amendments, *amendments], aliases):
            told[event.position].append(fact)
            if tags is not event.tags:
                moved[id(fact)] = (fact, tags)
        others = self.by_tag.keys() - asked
        if any(not tags.isdisjoint(others) for _, tags in moved.values()):
            return False
        self.aliases = aliases
        self._facts |= told
        self._moved |= moved
        self._named |= {(event.source, event.id) for event in new}
        self._amendments += amendments
        self._linking += [event for event in new if event.type in LINKING]
        self._file(events, asked)
        return True

    def _new(self, events: Iterable[Stored]) -> list[Stored]:
        """Each event that was not read yet, once, under all the tags that it was found by."""
        return list({event.position: event for event in events if event.position not in self._facts}.values())

    def _renames(self, aliases: Mapping[str, str]) -> bool:
        """Whether something that was read names what is another from now on, or is that no more."""
        ends = self.aliases.keys() | aliases.keys()
        changed = {name: name for name in ends if self.aliases.get(name) != aliases.get(name)}
        facts = (fact for told in self._facts.values() for fact in told) if changed else ()
        return any(names_former(fact.type, fact.data, changed) for fact in facts)

    def _file(self, events: Iterable[Stored], asked: Collection[str]) -> None:
        grouped: dict[str, dict[int, Fact]] = {tag: {} for tag in asked}
        found = ((fact, event.tags) for event in events for fact in self._facts[event.position])
        staying = ((fact, tags) for fact, tags in found if id(fact) not in self._moved)
        for fact, tags in (*staying, *self._moved.values()):
            for tag in tags & grouped.keys():
                grouped[tag][id(fact)] = fact
        self.by_tag |= {tag: sorted(facts.values(), key=order) for tag, facts in grouped.items()}
