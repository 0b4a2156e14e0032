"""Facts with supposed ones among them: what would be so if something more had happened. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from app.domain.history import order
from app.events.facts import Fact, Facts
from app.events.tags import tags_of
from app.events.types import business_date

SUPPOSED: Final = "urn:supposed"
"""The source of what is only supposed."""
Happening = tuple[str, Mapping[str, Any]]
"""The type of an event and its data, dates as ISO strings."""


def supposing(facts: Facts, happenings: Iterable[Happening]) -> Facts:
    """The facts as they would read had these things been recorded too."""
    by_tag: defaultdict[str, list[Fact]] = defaultdict(list)
    for number, (name, data) in enumerate(happenings, 1):
        fact = Fact(name, business_date(name, data, None), data, SUPPOSED, f"{number:06}", 0, None, _NOW)
        for tag in tags_of(name, data):
            by_tag[tag].append(fact)
    return facts.with_others(by_tag, order)


_NOW: Final = datetime(2000, 1, 1, tzinfo=UTC)
