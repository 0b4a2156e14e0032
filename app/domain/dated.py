"""Things with the days on which they read so, and reading them as at one day."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class Seen(NamedTuple, Generic[T]):
    """Something that reads so from one day up to the day before another (None: for good)."""

    value: T
    since: date
    until: date | None = None

    def on(self, day: date) -> bool:
        """Whether it reads so on the day."""
        return self.since <= day and (self.until is None or day < self.until)


class Dated(Generic[T]):
    """Things in their order, each with its days."""

    def __init__(self, seen: Iterable[Seen[T]]) -> None:
        self.seen = seen = [each for each in seen if each.until is None or each.since < each.until]
        self._values = [each.value for each in seen]
        self._since = [each.since for each in seen]
        # as nearly always: what has come stays, in the order in which it came
        self._only_grows = all(each.until is None for each in seen) and self._since == sorted(self._since)

    def at(self, day: date) -> Sequence[T]:
        """Those that read so on the day, in their order."""
        if self._only_grows:
            return self._values[: bisect_right(self._since, day)]
        return [each.value for each in self.seen if each.on(day)]
