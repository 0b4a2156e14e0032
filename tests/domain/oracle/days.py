"""Dates for the oracle, counted one day at a time; nothing here is shared with the evaluation it checks."""

from datetime import date, timedelta

import holidays

ONE_DAY = timedelta(days=1)
BANK_HOLIDAYS = holidays.country_holidays("GB", subdiv="ENG", years=range(2019, 2031))


def months_later(day: date, months: int) -> date:
    """The same day of a later (or earlier) month, or that month's last day where it has no such day (RD-5)."""
    year, month = day.year, day.month
    for _ in range(-months):
        month -= 1
        if month == 0:
            year, month = year - 1, 12
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    number = day.day
    while True:
        try:
            return date(year, month, number)
        except ValueError:
            number -= 1


def is_working_day(day: date) -> bool:
    """Monday to Friday and not a bank holiday in England (RD-8)."""
    return day.isoweekday() <= 5 and day not in BANK_HOLIDAYS


def working_days_later(day: date, count: int) -> date:
    """Day 0 is `day` itself, whatever it is; the next working day counts as 1 (RD-8)."""
    while count > 0:
        day += ONE_DAY
        if is_working_day(day):
            count -= 1
    return day


def each_day(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    days = []
    day = first
    while day <= last:
        days.append(day)
        day += ONE_DAY
    return days


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def last_of_month(day: date) -> date:
    return months_later(first_of_month(day), 1) - ONE_DAY
