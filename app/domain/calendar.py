"""Time as a policy counts it: intervals, calendar windows and working days.

An `Interval` is what a pack writes: `28 days`, `5 working days`, `2 months`. A month runs to the same day of a later
month, or to its last day where there is none (31 December + 2 months is 28 February). A `Window` is a calendar week,
month, quarter or year. `WorkingDays` are the dated calendars of a council, told by `CalendarAdopted`.

Rules: dates only, in Europe/London as they were recorded; no clock, no I/O; where a calendar is silent, that is said
(`CalendarSilent`) and never guessed. Left out: windows of other kinds (`periods`), intervals counted in another event.
"""

import re
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, Literal, Self, get_args

Unit = Literal["hour", "day", "working day", "week", "month", "year"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)
DAY: Final = timedelta(days=1)

_WRITTEN = re.compile(r"(?P<count>[1-9][0-9]{0,4}) (?P<unit>[a-z]+(?: [a-z]+)?)")
_LONGEST: Final[Mapping[Unit, int]] = {
    "hour": 8_784, "day": 36_525, "working day": 2_600, "week": 5_218, "month": 1_200, "year": 100,
}  # fmt: skip


class UnknownUnit(ValueError):
    """The word after the number is not a unit; `known` are those that are, as one writes them."""

    known: Final = tuple(f"{unit}s" for unit in UNITS)

    def __init__(self, word: str) -> None:
        super().__init__(f"unknown unit `{word}`: the units are {', '.join(self.known)}")
        self.word = word


@dataclass(frozen=True, slots=True)
class Interval:
    """A length of time in the unit the policy uses; `4 weeks` and `28 days` are the same days, `1 month` is not."""

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.count <= _LONGEST[self.unit]:
            raise ValueError(f"must be between 1 and {_LONGEST[self.unit]} {self.unit}s")

    @classmethod
    def parse(cls, text: str) -> Self:
        """`28 days`, `1 month`, `5 working days` …; raises ValueError that says how to write it."""
        written = _WRITTEN.fullmatch(text)
        if written is None:
            raise ValueError("is not a length of time: write a whole number of 1 or more and a unit, such as `28 days`")
        unit: Any = written["unit"].removesuffix("s")
        if unit not in UNITS:
            raise UnknownUnit(written["unit"])
        return cls(int(written["count"]), unit)

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    @property
    def every(self) -> str:
        """In words, as a rhythm: `every 28 days`, `every month`."""
        return f"every {self.unit if self.count == 1 else self}"


def add(interval: Interval, day: date, working: "WorkingDays | None" = None) -> date:
    """The day on which `interval` from `day` (day 0) ends: the last day on time.

    Working days need the calendar: the next working day after `day` counts as 1 (RD-8). Raises `CalendarSilent`
    where the calendar does not reach, and ValueError when working days are asked for without one. Of hours that begin
    at no known time of the day, the day counts to its end.
    """
    match interval.unit:
        case "hour":
            return day - -interval.count // 24 * DAY
        case "day":
            return day + interval.count * DAY
        case "week":
            return day + interval.count * 7 * DAY
        case "month":
            return months_later(day, interval.count)
        case "year":
            return months_later(day, 12 * interval.count)
        case "working day":
            if working is None:
                raise ValueError("working days are counted in a working-day calendar, and none was given")
            return working.after(day, interval.count)


def ahead(interval: Interval, day: date, working: "WorkingDays | None" = None) -> date:
    """The last day that lies at least `interval` before `day`: two working days before a Monday is the Thursday.

    Raises as `add` does. Of hours, `day` is taken to its end.
    """
    match interval.unit:
        case "hour":
            return day - interval.count // 24 * DAY
        case "working day":
            if working is None:
                raise ValueError("working days are counted in a working-day calendar, and none was given")
            return working.before(day, interval.count)
    return back(interval, day)


def back(interval: Interval, day: date) -> date:
    """The day that lies `interval` before `day`; 12 months before 29 February is 28 February.

    Raises ValueError for working days and hours.
    """
    match interval.unit:
        case "month" | "year":
            return months_later(day, -interval.count * (12 if interval.unit == "year" else 1))
        case "day" | "week":
            return day - interval.count * (7 if interval.unit == "week" else 1) * DAY
        case "working day" | "hour":
            raise ValueError(f"{interval.unit}s are not counted backwards")


def leaves_on(interval: Interval, day: date) -> date:
    """The first day of which the `interval` up to it no longer holds `day`: 1 March 2025, a year after 29 February."""
    leaving = add(interval, day)
    while back(interval, leaving) < day:
        leaving += DAY
    return leaving


def sooner(target: Interval, limit: Interval) -> bool:
    """Whether one length of time is the shorter one, as far as that can be said of working days."""
    if "working day" in (target.unit, limit.unit):
        return target.unit != limit.unit or target.count < limit.count
    start = date(2025, 1, 1)
    return add(target, start) < add(limit, start)


def complete_months(since: date, day: date) -> int:
    """How many months from `since` are over on `day`: one on 28 February, from 31 January."""
    months = (day.year - since.year) * 12 + day.month - since.month
    return months if months_later(since, months) <= day else months - 1


def months_later(day: date, months: int) -> date:
    """The same day so many calendar months later (earlier, if negative), or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# --- calendar windows -------------------------------------------------------------------------------------------------

WindowUnit = Literal["week", "month", "quarter", "year"]
_MONTHS_IN: Final[Mapping[WindowUnit, int]] = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A stretch of days, both ends included."""

    first: date
    last: date
    name: str = field(default="", compare=False)
    """What it is called, where it has a name of its own: `autumn term 2025`."""

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Windows:
    """Calendar windows that follow one another without a gap.

    Weeks run Monday to Sunday (ISO 8601). Quarters and years begin with `first_month` (4: quarters from April, July,
    October, January; years from April); weeks and months take no notice of it.
    """

    unit: WindowUnit
    first_month: int = 1

    @property
    def noun(self) -> str:
        """`month`."""
        return self.unit

    @property
    def nouns(self) -> str:
        """`months`."""
        return f"{self.unit}s"

    def containing(self, day: date) -> Window:
        """The window in which `day` lies."""
        if self.unit == "week":
            monday = day - day.weekday() * DAY
            return Window(monday, monday + 6 * DAY)
        months = _MONTHS_IN[self.unit]
        into = (day.month - (1 if months == 1 else self.first_month)) % months
        first = months_later(day.replace(day=1), -into)
        return Window(first, months_later(first, months) - DAY)

    def following(self, window: Window) -> Window:
        """The window after `window`."""
        return self.containing(window.last + DAY)

    def before(self, window: Window) -> Window:
        """The window before `window`."""
        return self.containing(window.first - DAY)


# --- working days -----------------------------------------------------------------------------------------------------


class CalendarSilent(Exception):
    """The working-day calendar says nothing about a day that would have to be counted; `day` is the first such day."""

    def __init__(self, day: date) -> None:
        super().__init__(f"the working-day calendar says nothing about {day.day} {day:%B %Y}")
        self.day = day


@dataclass(frozen=True, slots=True)
class _Edition:
    """One version of a calendar: what it says of the days from `begins` to `ends`."""

    begins: date
    ends: date
    closed: frozenset[date]


class WorkingDays:
    """Mondays to Fridays, less the days that a council's adopted calendar closes.

    Each version of the calendar speaks of the days from its `applies_from` on, until the next one's; a day before
    that keeps what the earlier version said, so a new version never moves a deadline that has passed. A version
    reaches to the end of the year of its last day: what it does not reach is not known.
    """

    def __init__(self, editions: Iterable[_Edition] = ()) -> None:
        self._editions = sorted(editions, key=lambda edition: edition.begins)
        self._begins = [edition.begins for edition in self._editions]

    @classmethod
    def adopted(
        cls, calendars: Iterable[Mapping[str, Any]], *, calendar_id: str = "england", as_at: date | None = None
    ) -> Self:
        """From the data of `CalendarAdopted` events in the order of their facts; of two with one date the later holds.

        `as_at` leaves out versions that had not begun by then; a version without `days` says nothing about them.
        """
        by_day: dict[date, _Edition] = {}
        for calendar in calendars:
            begins = date.fromisoformat(calendar["applies_from"])
            days = calendar.get("days")
            if days and calendar["calendar_id"] == calendar_id and (as_at is None or begins <= as_at):
                closed = frozenset(map(date.fromisoformat, days))
                by_day[begins] = _Edition(begins, date(max(closed).year, 12, 31), closed)
        return cls(by_day.values())

    def __contains__(self, day: date) -> bool:
        """Is `day` a working day? Raises `CalendarSilent` for a weekday that no version reaches."""
        if day.weekday() >= 5:
            return False
        found = bisect_right(self._begins, day)
        if not found or day > self._editions[found - 1].ends:
            raise CalendarSilent(day)
        return day not in self._editions[found - 1].closed

    def closed(self, first: date, last: date) -> list[date]:
        """The weekdays from `first` to `last`, both included, that are no working days."""
        days = (first + count * DAY for count in range((last - first).days + 1))
        return [day for day in days if day.weekday() < 5 and day not in self]

    def before(self, day: date, count: int) -> date:
        """The `count`-th working day before `day` (day 0, itself working or not); `count` of at least 1."""
        while count:
            day -= DAY
            count -= day in self
        return day

    def after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day` (day 0, itself working or not); `count` of at least 1."""
        while count:
            day += DAY
            count -= day in self
        return day
