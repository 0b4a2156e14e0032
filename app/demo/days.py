"""The working days of the invented councils, and days counted back from the first one after the story."""

from collections.abc import Iterator
from datetime import date, timedelta

from app import shipped

DAY = timedelta(days=1)

_BANK_HOLIDAYS = frozenset(date.fromisoformat(day) for day in shipped.calendar()["days"])


def closed(day: date) -> bool:
    """Weekends and bank holidays."""
    return day.weekday() > 4 or day in _BANK_HOLIDAYS


def workday(day: date) -> date:
    """The day itself, or the last working day before it."""
    while closed(day):
        day -= DAY
    return day


def meeting_day(day: date) -> date:
    """The day itself, or the last one before it for which people plan to meet: never Christmas Eve to New Year."""
    return workday(day.replace(day=23) if day.month == 12 and day.day >= 24 else day)


def working_days_after(day: date, number: int) -> date:
    """As a deadline counts them: Monday to Friday without bank holidays."""
    while number:
        day += DAY
        number -= not closed(day)
    return day


def months_before(day: date, number: int) -> list[date]:
    """The first days of the last complete months before `day`, the latest first."""
    firsts = []
    for _ in range(number):
        day = (day.replace(day=1) - DAY).replace(day=1)
        firsts.append(day)
    return firsts


def month_ends(since: date, until: date) -> Iterator[date]:
    """The last day of each month that ended after `since` and before `until`."""
    day = since.replace(day=1)
    while (following := (day + timedelta(days=32)).replace(day=1)) <= until:
        if following - DAY > since:
            yield following - DAY
        day = following


def numbered(letter: str, first: int, count: int) -> Iterator[str]:
    """Identifiers such as C-2001, C-2002, …"""
    return (f"{letter}-{number}" for number in range(first, first + count))
