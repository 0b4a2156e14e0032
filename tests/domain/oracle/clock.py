"""The two kinds of clock a worker's supervision runs by: a rolling limit, and calendar months (RD-1 to RD-3, RD-14)."""

from collections.abc import Callable
from datetime import date, timedelta

from tests.domain.oracle.days import ONE_DAY, each_day, first_of_month, last_of_month, months_later
from tests.domain.oracle.verdict import Verdict

Later = Callable[[date], date]


def days_later(number: int) -> Later:
    return lambda day: day + timedelta(days=number)


def calendar_months_later(number: int) -> Later:
    return lambda day: months_later(day, number)


def rolling(opened: date, target: Later | None, limit: Later, absent: set[date], as_at: date) -> Verdict:
    """One open obligation: due to the target, tolerated to the limit, then breached unless a long absence excuses."""
    due_on = limit(opened)
    target_on = target(opened) if target is not None else None
    if as_at <= (target_on or due_on):
        return Verdict("due", None, due_on, target_on)
    if as_at <= due_on:
        return Verdict("tolerated", None, due_on, target_on)
    if is_excused(opened, limit, absent, as_at):
        return Verdict("excused", None, due_on, target_on)
    return Verdict("breached", None, due_on, target_on)


def is_excused(opened: date, limit: Later, absent: set[date], as_at: date) -> bool:
    """RD-14: 14 or more days away running, begun by the limit; due again within one interval of the return."""
    while True:
        back = return_from_long_absence(opened, limit(opened), absent)
        if back is None:
            return False
        if as_at < back or as_at <= limit(back):
            return True
        opened = back


def return_from_long_absence(opened: date, due_on: date, absent: set[date], long: int = 14) -> date | None:
    """The first day back from the last absence of at least 14 (or `long`) days so far, some of them in the interval."""
    back = None
    for day in each_day(opened, due_on):
        if day in absent:
            first = last = day
            while first - ONE_DAY in absent:
                first -= ONE_DAY
            while last + ONE_DAY in absent:
                last += ONE_DAY
            if (last - first).days + 1 >= long:
                back = last + ONE_DAY
    return back


def calendar_months(in_scope_since: date, sessions: set[date], absent: set[date], as_at: date) -> Verdict:
    """Complete months: one empty is tolerated, a second running is breached; excused months are as if not there."""
    months = [
        month_outcome(first, in_scope_since, sessions, absent)
        for first in firsts_of_complete_months(in_scope_since, as_at)
    ]
    months = [outcome for outcome in months if outcome != "part"]
    if not months:
        return Verdict("due")
    empty_running = 0
    for outcome in months:
        if outcome == "held":
            empty_running = 0
        if outcome == "empty":
            empty_running += 1
    if empty_running >= 2:
        return Verdict("breached")
    if empty_running == 1:
        return Verdict("tolerated", "at_risk")
    return Verdict("excused" if months[-1] == "excused" else "met")


def firsts_of_complete_months(since: date, as_at: date) -> list[date]:
    firsts = []
    first = first_of_month(since)
    while last_of_month(first) < as_at:
        firsts.append(first)
        first = months_later(first, 1)
    return firsts


def month_outcome(first: date, in_scope_since: date, sessions: set[date], absent: set[date]) -> str:
    """`held`, `empty`, `excused` (away the whole month), or `part`: in scope for a part, neither empty nor missed."""
    days = each_day(first, last_of_month(first))
    if any(day in sessions and day >= in_scope_since for day in days):
        return "held"
    if first < in_scope_since:
        return "part"
    if all(day in absent for day in days):
        return "excused"
    return "empty"
