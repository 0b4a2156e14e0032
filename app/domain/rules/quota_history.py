"""A quota's history: each time the number was owed, and each stretch of falling short of it."""

from collections.abc import Iterator, Sequence
from datetime import date

from app.domain.calendar import DAY, Windows, add, back, leaves_on
from app.domain.eras import Course, Era
from app.domain.obligations import Obligation
from app.domain.policy.patterns import Status
from app.domain.rules.quota import (
    NOTICE,
    SHORT,
    Stand,
    quota_in,
    quota_of,
    reached_on,
    stand_of_window,
    standing,
)
from app.domain.rules.quota_away import Quota


def past(course: Course) -> Iterator[Obligation]:
    """Each time the number was owed: the first, and every stretch of falling short; in windows, one for each.

    A stretch is opened by the time that ended on the last day on which nothing was late, and met when the number was
    reached again.
    """
    for run in course.runs():
        last = run[-1].last_day(course.as_at)
        block = quota_of(course, run, last).block
        yield from _past_windows(course, run, last) if block.window is not None else _past_rolling(course, run, last)


def _past_rolling(course: Course, run: Sequence[Era], last: date) -> Iterator[Obligation]:
    begun = quota_of(course, run, run[0].since)
    due = add(begun.block.rolling or NOTICE, begun.since) - DAY
    owed: tuple[date, date, Status] | None = (begun.since, due, Status.DUE)
    for on in _turns(course, run, last):
        quota = quota_of(course, run, on)
        stand = standing(course, run, on)
        if stand.status is Status.MET and owed is not None:
            yield _told(quota, owed, stand, on)
            owed = None
        elif stand.status in SHORT and stand.judged:
            since = back(quota.block.rolling or NOTICE, on - DAY) + DAY
            owed = (since, on - DAY, stand.status) if owed is None else (owed[0], owed[1], stand.status)
    if owed is not None and owed[2] in SHORT:
        ended = last if last < course.as_at else None
        yield Obligation(run[-1].duty.id, owed[0], None, owed[1], None, owed[2], (), ended)


def _told(quota: Quota, owed: tuple[date, date, Status], stand: Stand, on: date) -> Obligation:
    opened, due, was = owed
    late = {Status.EXCUSED: Status.EXCUSED, Status.NOT_ASSESSABLE: Status.NOT_ASSESSABLE}.get(was, Status.LATE_MET)
    return Obligation(
        quota.era.duty.id, opened, None, due, on, Status.MET if on <= due else late, quota.told(stand.first, on)
    )


def _turns(course: Course, run: Sequence[Era], last: date) -> list[date]:
    """The days up to the last on which it may have stood differently than on the day before."""
    days = {run[0].since, last}
    for era in run:
        quota = Quota(course, era, run[0].since)
        time = quota.block.rolling
        if time is not None:
            days |= {day for o in quota.events for day in (o.on, leaves_on(time, o.on))} | {add(time, quota.since)}
        days |= {era.since, add(NOTICE, era.since) + DAY}
    if course.history.absences and run[-1].duty.absence.effect == "excuse":
        month = Windows("month").containing(run[0].since)
        while month.last <= last:
            days |= {month.last, month.last + DAY}
            month = Windows("month").following(month)
    return sorted(day for day in days if run[0].since <= day <= last)


def _past_windows(course: Course, run: Sequence[Era], last: date) -> Iterator[Obligation]:
    quota = quota_of(course, run, last)
    windows = quota.windows
    window = windows.containing(quota.since)
    while window.last <= last:
        reached = reached_on(quota, window, window.last)
        if reached is not None:
            told = quota_in(quota, reached).told(window.first, reached)
            yield Obligation(quota.era.duty.id, window.first, None, window.last, reached, Status.MET, told)
        elif quota.since <= window.first and window.last < course.as_at:
            stand = stand_of_window(quota, window)
            yield Obligation(quota.era.duty.id, window.first, None, window.last, None, stand.status)
        window = windows.following(window)
