"""What a recorded absence does to a rolling obligation (RD-14): nothing, excuse it, or stop its clock.

Excused: an unbroken absence that began by the limit date, of which some day lies in the interval, turns `breached` into
`excused` from the day on which it has lasted at least so long; the original date is kept, and it is due again one
interval after the return (an interval that a further absence may excuse in its turn). Paused: the days away are added
to the dates. Nothing is made `met`.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import NamedTuple

from app.domain.calendar import DAY, Interval, add
from app.domain.history import Spell
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Absence


class Standing(NamedTuple):
    """Where an obligation stands on a day. `due_on` None: its clock stands still for now.

    `excuse` is the absence that excuses it, `again` when it is then due, None while that absence lasts; `reason` is the
    day of what excuses it otherwise.
    """

    status: Status
    target_on: date | None
    due_on: date | None
    excuse: Spell | None = None
    again: date | None = None
    reason: date | None = None


def stand(
    spells: Sequence[Spell],
    absence: Absence,
    again_after: Callable[[date], date],
    dates: tuple[date, date | None, date],
    on: date,
) -> Standing:
    """Where an obligation with these dates (opened, target, due) stands on a day on which it is not met.

    `again_after` says by when it is due again after a return on that day.
    """
    opened, target, due = dates
    if absence.effect == "pause":
        return _paused(list(spells), dates, on)
    if on <= (target or due):
        return Standing(Status.DUE, target, due)
    if on <= due:
        return Standing(Status.TOLERATED, target, due)
    excuse, again = None, due
    while absence.effect == "excuse" and on > again:
        found = _excusing(spells, absence.at_least, (opened, again), on)
        if found is None:
            return Standing(Status.BREACHED, target, due, excuse, again if excuse else None)
        if found.until is None:
            return Standing(Status.EXCUSED, target, due, found)
        excuse, opened = found, found.until + DAY
        again = again_after(opened)
    return Standing(Status.EXCUSED if excuse else Status.BREACHED, target, due, excuse, again if excuse else None)


def _excusing(spells: Iterable[Spell], at_least: Interval, interval: tuple[date, date], on: date) -> Spell | None:
    """The last absence that began by the end of the interval, reaches into it, and has lasted so long by the day."""
    opened, due = interval
    found = None
    for spell in spells:
        reaches = spell.since <= due and (spell.until is None or spell.until >= opened)
        if reaches and _long_enough_on(spell, at_least) <= min(spell.until or on, on):
            found = spell
    return found


def _long_enough_on(spell: Spell, at_least: Interval) -> date:
    """The day on which an absence has lasted at least so long."""
    return add(at_least, spell.since) - DAY


def excuses_on(spells: Iterable[Spell], absence: Absence, on: date) -> date | None:
    """The next day on which an absence that lasts becomes long enough to excuse something."""
    if absence.effect != "excuse":
        return None
    days = (_long_enough_on(spell, absence.at_least) for spell in spells if spell.until is None)
    return min((day for day in days if day > on), default=None)


def away(spells: Iterable[Spell], on: date) -> bool:
    """Whether the worker is away on the day, by what is recorded."""
    return any(spell.since <= on and (spell.until is None or on <= spell.until) for spell in spells)


def _paused(spells: list[Spell], dates: tuple[date, date | None, date], on: date) -> Standing:
    opened, target, due = dates
    later_due = _without_days_away(spells, opened, due)
    later_target = None if target is None else _without_days_away(spells, opened, target)
    if later_due is None or on <= (later_target or later_due):
        return Standing(Status.DUE, later_target, later_due, _last_before(spells, on))
    status = Status.TOLERATED if on <= later_due else Status.BREACHED
    return Standing(status, later_target, later_due)


def _without_days_away(spells: Iterable[Spell], opened: date, day: date) -> date | None:
    """The day moved on by the days away between the opening and it; None while an absence that stops it lasts."""
    for spell in spells:
        first = max(spell.since, opened)
        if first > day or (spell.until is not None and spell.until < opened):
            continue
        if spell.until is None:
            return None
        day += spell.until - first + DAY
    return day


def _last_before(spells: Iterable[Spell], on: date) -> Spell | None:
    return next((spell for spell in reversed(list(spells)) if spell.since <= on), None)
