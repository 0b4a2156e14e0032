"""A number that is to be reached, and how much of its time a recorded absence takes away (RD-14).

Calendar months that one absence covers wholly are left out of the proportion, and the whole time is where one covers
that; of a time that is counted in days nothing is.
"""

from functools import cached_property

from app.domain.calendar import Interval, Window, Windows
from app.domain.history import Spell
from app.domain.policy.measured import AtLeast
from app.domain.rules.counting import Counted

_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}
_IN_MONTHS = ("month", "year")
_NONE = Interval(1, "day")


class Quota(Counted):
    """One number that is to be reached, and what counts towards it."""

    @cached_property
    def block(self) -> AtLeast:
        """What is asked."""
        if not isinstance(self.era.block, AtLeast):
            raise TypeError(f"{self.era.duty.id} asks for no number")
        return self.era.block


def months_away(quota: Quota, time: Window) -> int:
    """The calendar months in the time, over by its end, that one absence covers wholly; all, where it covers it all."""
    spells = excusing(quota, time)
    if any(_covers(spell, time) for spell in spells):
        return parts_in(quota.block, time) if quota.block.window else parts_of(quota.block.rolling or _NONE)
    months, month = 0, Windows("month").containing(time.first)
    while spells and month.last <= time.last:
        months += month.first >= time.first and any(_covers(spell, month) for spell in spells)
        month = Windows("month").following(month)
    return months


def excusing(quota: Quota, time: Window) -> list[Spell]:
    """The absences in the time that may excuse; none of a time that is not counted in months."""
    if quota.era.duty.absence.effect != "excuse" or not monthly(quota.block):
        return []
    return [spell for spell in quota.course.history.absences if _touches(spell, time)]


def _touches(spell: Spell, time: Window) -> bool:
    return spell.since <= time.last and (spell.until is None or time.first <= spell.until)


def _covers(spell: Spell, time: Window) -> bool:
    return spell.since <= time.first and (spell.until is None or time.last <= spell.until)


def monthly(block: AtLeast) -> bool:
    """Whether the time is counted in months (else in days)."""
    length = block.rolling or block.window
    return length in _MONTHS_IN if isinstance(length, str) else length is not None and length.unit in _IN_MONTHS


def parts_in(block: AtLeast, window: Window) -> int:
    """The months of a window, or its days where it is not counted in months."""
    if isinstance(block.window, Interval):
        return parts_of(block.window)
    days = min((window.last - window.first).days + 1, 36_500)  # the time after the last term has no end
    return _MONTHS_IN.get(block.window or "", days)


def parts_of(time: Interval) -> int:
    """Of how many months (of a time in days or weeks: days) it consists."""
    return time.count * {"year": 12, "month": 1, "week": 7}.get(time.unit, 1)
