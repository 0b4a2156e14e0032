"""Days as places on a line: where a date is drawn, which dates the axis names."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.calendar import DAY

_STEPS: Final = (1, 3, 6, 12, 24, 60, 120)
"""Months between two dates that are named."""
_LEAST_APART: Final = 44
"""Pixels between two names on the axis."""
_WEEKS_UP_TO: Final = 75
"""Days: a shorter period names Mondays."""


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last, both drawn."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Scale:
    """A period between two places, in pixels. A day begins at its `x` and ends where the next begins."""

    period: Period
    left: float
    right: float

    def x(self, day: date) -> float:
        """Where the day begins; days outside the period lie outside the picture."""
        return self.left + ((day - self.period.first).days / self.period.days) * (self.right - self.left)

    def middle(self, day: date) -> float:
        """The middle of the day: where what happened on it is drawn."""
        return self.x(day) + (self.right - self.left) / self.period.days / 2

    def clipped(self, x: float) -> float:
        """The place, or the edge it lies beyond."""
        return min(max(x, self.left), self.right)

    def named_days(self) -> Iterator[tuple[date, str, str]]:
        """The days that the axis names: the day, its name, and above it the year where that is new."""
        year = 0
        for day, name in self._weeks() if self.period.days <= _WEEKS_UP_TO else self._months():
            yield day, name, "" if day.year == year or not name else str(day.year)
            year = day.year

    def _weeks(self) -> Iterator[tuple[date, str]]:
        apart = (self.right - self.left) / self.period.days * 7
        day, number = self.period.first + DAY * (-self.period.first.weekday() % 7), 0
        while day <= self.period.last:
            yield day, f"{day.day} {day:%b}" if number % max(1, round(_LEAST_APART / apart)) == 0 else ""
            day, number = day + DAY * 7, number + 1

    def _months(self) -> Iterator[tuple[date, str]]:
        month_wide = (self.right - self.left) / self.period.days * 30.4
        step = next((step for step in _STEPS if step * month_wide >= _LEAST_APART), _STEPS[-1])
        first = self.period.first
        month = first.year * 12 + first.month - 1 + (first.day > 1)
        month += -month % step
        while (day := date(month // 12, month % 12 + 1, 1)) <= self.period.last:
            yield day, f"{day:%b}" if step < 12 else f"{day:%Y}"
            month += step
