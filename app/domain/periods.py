"""The windows in which a policy asks for something: calendar windows, lengths from a first day, and named terms.

All windows of one rule follow one another; between terms there are days that belong to none (`Terms`). Rules: dates
only, ends inclusive. What is asked of a window is in `rules/windows` and `rules/quota`.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from app.domain.calendar import DAY, Interval, Window, Windows, months_later

FURTHEST = date(2110, 12, 31)


@dataclass(frozen=True, slots=True)
class Stepped:
    """Windows of one length that follow one another, one of them from `first_day`: six months from 1 April 2025.

    The same windows lie before that day: it says where they begin, not since when they count.
    """

    length: Interval
    first_day: date

    @property
    def noun(self) -> str:
        """`period of 6 months`."""
        return f"period of {self.length}"

    @property
    def nouns(self) -> str:
        """`periods of 6 months`."""
        return f"periods of {self.length}"

    def containing(self, day: date) -> Window:
        """The window in which `day` lies."""
        turn = self._turn(day)
        return Window(self._begins(turn), self._begins(turn + 1) - DAY)

    def following(self, window: Window) -> Window:
        """The window after `window`."""
        return self.containing(window.last + DAY)

    def before(self, window: Window) -> Window:
        """The window before `window`."""
        return self.containing(window.first - DAY)

    def _begins(self, turn: int) -> date:
        if self.length.unit in ("day", "week"):
            return self.first_day + turn * self._days * DAY
        return months_later(self.first_day, turn * self._months)

    def _turn(self, day: date) -> int:
        if self.length.unit in ("day", "week"):
            return (day - self.first_day).days // self._days
        months = (day.year - self.first_day.year) * 12 + day.month - self.first_day.month
        turn = months // self._months
        return turn if self._begins(turn) <= day else turn - 1

    @property
    def _days(self) -> int:
        return self.length.count * (7 if self.length.unit == "week" else 1)

    @property
    def _months(self) -> int:
        return self.length.count * (12 if self.length.unit == "year" else 1)


@dataclass(frozen=True, slots=True)
class Terms:
    """Windows with names and dates of their own, in order; the days between two of them belong to none.

    What comes after the last one is not known: no date is guessed (`unnamed`).
    """

    called: str
    named: Sequence[Window]

    @property
    def noun(self) -> str:
        """`school term`."""
        return self.called.replace("_", " ")

    @property
    def nouns(self) -> str:
        """`school terms`."""
        return f"{self.noun}s"

    def containing(self, day: date) -> Window:
        """The term in which `day` lies, or the next one to come; after the last one a window without an end."""
        at = bisect_left(self.named, day, key=lambda window: window.last)
        if at < len(self.named):
            return self.named[at]
        return Window(self.named[-1].last + DAY, FURTHEST, f"the time after {self.named[-1].name}")

    def following(self, window: Window) -> Window:
        """The term after `window`."""
        return window if self.unnamed(window) else self.containing(window.last + DAY)

    def before(self, window: Window) -> Window | None:
        """The term before `window`; None before the first one."""
        at = bisect_left(self.named, window.first, key=lambda each: each.last)
        return self.named[at - 1] if at else None

    def unnamed(self, window: Window) -> bool:
        """Whether the window lies after all terms that have names."""
        return window.first > self.named[-1].last


AnyWindows: TypeAlias = Windows | Stepped | Terms


def unnamed_after(windows: AnyWindows, day: date) -> Window | None:
    """The last term, where `day` lies after it and nothing says which terms follow."""
    if isinstance(windows, Terms) and windows.unnamed(windows.containing(day)):
        return windows.named[-1]
    return None
