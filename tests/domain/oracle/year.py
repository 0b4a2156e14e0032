"""Ten in a year (RD-4) and the length of the last session, counted a day at a time."""

from datetime import date

from tests.domain.oracle.days import ONE_DAY, each_day, first_of_month, last_of_month, months_later
from tests.domain.oracle.reading import Happening
from tests.domain.oracle.verdict import NOT_YET, Verdict

NEEDED = 10


def ten_in_a_year(
    in_scope_since: date, held: list[date], perhaps: list[date], absent: set[date], as_at: date
) -> Verdict:
    """Ten in the twelve months up to the day; before a whole year in scope in proportion to the complete months.

    `perhaps` are sessions of which it is not told whether they count: where they would decide, nobody knows.
    """
    complete = 0
    while months_later(in_scope_since, complete + 1) <= as_at:
        complete += 1
    count = sum(1 for day in held if in_the_year_to(as_at, day))
    doubts = sum(1 for day in perhaps if in_the_year_to(as_at, day))
    if count >= NEEDED:
        return Verdict("met")
    if complete < 2:
        return NOT_YET
    away = months_away(in_scope_since, absent, as_at)
    first_year_ends = months_later(in_scope_since, 12) - ONE_DAY
    if complete >= 12:
        late_since = last_day_kept(held, first_year_ends, as_at)
        if away and count >= NEEDED * (12 - away) // 12:
            return Verdict("excused", None, late_since)
        return Verdict("not_assessable") if count + doubts >= NEEDED else Verdict("breached", None, late_since)
    expected = NEEDED * max(complete - away, 0) // 12
    if count >= expected:
        return Verdict("due", None, first_year_ends)
    return Verdict("not_assessable") if count + doubts >= expected else Verdict("tolerated", "at_risk", first_year_ends)


def last_day_kept(held: list[date], first_year_ends: date, as_at: date) -> date:
    """The last day with ten in the year up to it, or the last of the first year in scope."""
    day = as_at
    while day > first_year_ends and sum(1 for one in held if in_the_year_to(day, one)) < NEEDED:
        day -= ONE_DAY
    return day


def in_the_year_to(as_at: date, day: date) -> bool:
    """After the same day of the year before (28 February where that has no 29th), and up to the day itself."""
    try:
        year_ago = as_at.replace(year=as_at.year - 1)
    except ValueError:
        year_ago = as_at.replace(year=as_at.year - 1, day=28)
    return year_ago < day <= as_at


def months_away(in_scope_since: date, absent: set[date], as_at: date) -> int:
    """Calendar months of the year up to the day, in scope and over, without a day at work; twelve if there is none."""
    year = [day for day in each_day(months_later(as_at, -12), as_at) if in_the_year_to(as_at, day)]
    year = [day for day in year if day >= in_scope_since]
    if all(day in absent for day in year):
        return 12
    if not any(day in absent for day in year):
        return 0
    months = {first_of_month(day) for day in year}
    whole = [each_day(first, last_of_month(first)) for first in months]
    return sum(1 for month in whole if all(year[0] <= day <= as_at and day in absent for day in month))


def length_of_the_last(sessions: list[Happening], in_scope_since: date) -> Verdict:
    """LU-68: an hour and a half at least; more than two hours is only noted."""
    for session in reversed(sessions):
        if session.on < in_scope_since:
            continue
        minutes = session.data.get("minutes")
        if minutes is None:
            return Verdict("not_assessable")
        if minutes < 90:
            return Verdict("breached", "short")
        return Verdict("met", "long" if minutes > 120 else "in_range")
    return NOT_YET
