"""What an assessment may look at: facts, found by tag, with nothing behind them.

A fact is one recorded event as it reads after corrections, retractions and merges. The evaluation of a policy
reaches facts only through `Facts`, so that what a subject's answer depends on is known, and so that the evaluation
itself needs no database: a tag that was not loaded raises `FactsNeeded`, the edge loads it and asks again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def london_date(value: str) -> date:
    """The London calendar date of an ISO date or of an RFC 3339 date-time with offset."""
    if len(value) == 10:
        return date.fromisoformat(value)
    return datetime.fromisoformat(value).astimezone(LONDON).date()


@dataclass(frozen=True, slots=True)
class Fact:
    """One event as it now reads: corrected, with merged identifiers rewritten; dates in `data` stay ISO strings."""

    type: str
    on: date | None
    """The business date; None for the few types that say how things always were."""
    data: Mapping[str, Any]
    source: str
    id: str
    position: int
    time: datetime | None
    """When the source says it happened (CloudEvents `time`)."""
    recorded: datetime
    """When the ledger took it."""

    def day(self, field: str) -> date | None:
        """A date field (or the London date of a date-time field), None when it is absent."""
        value = self.data.get(field)
        return None if value is None else london_date(value)

    def get(self, field: str, default: Any = None) -> Any:
        """A field's value, `default` when it is absent."""
        return self.data.get(field, default)


class FactsNeeded(Exception):
    """The assessment asked for tags that were not loaded; load them and assess again."""

    def __init__(self, tags: Collection[str]) -> None:
        super().__init__(", ".join(sorted(tags)))
        self.tags = frozenset(tags)


class Facts:
    """Facts grouped by tag, each group ordered by business date, time (absent first), source, id."""

    def __init__(self, by_tag: Mapping[str, Sequence[Fact]]) -> None:
        self._by_tag = by_tag

    def __call__(self, tag: str, types: Collection[str] | None = None) -> Sequence[Fact]:
        """The facts that carry `tag`, optionally of some types only. Raises `FactsNeeded` for a tag not loaded."""
        found = self._by_tag.get(tag)
        if found is None:
            raise FactsNeeded([tag])
        return found if types is None else [fact for fact in found if fact.type in types]
