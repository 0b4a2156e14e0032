"""When what `within` asks is due: so long after the event or before it, by the hour where it is told, or its own date.

A deadline in hours runs from the time of day of the event, where that is told (`held_at` beside `held_on`); else the
whole of its day still counts. On its last day an answer is late by the hour only where both times are told: what is
not known is nobody's fault.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from app.domain.calendar import CalendarSilent, Interval, WorkingDays, ahead
from app.domain.eras import Course, Era
from app.domain.obligations import redated
from app.domain.policy.duties import Within
from app.domain.told import Occurrence
from app.events.base import twin_of
from app.events.facts import LONDON, Fact
from app.events.types import EVENT_TYPES

CHANGE_GRACE: Final = Interval(7, "day")


class Due(NamedTuple):
    """Target and deadline; and the very moment of the deadline, where it is known.

    `silent`: the working-day calendar does not reach so far.
    """

    target: date | None
    on: date | None
    at: datetime | None = None
    silent: bool = False


class Dated(NamedTuple):
    """What a deadline is counted from: an event, since when it is the subject's, its own date, when it was answered."""

    after: Occurrence
    since: date
    own: date | None
    answered_on: date | None


def due(course: Course, eras: Sequence[Era], said: Dated) -> Due:
    """Target and deadline, moved by each later version that found it open."""
    try:
        return _due(course, eras, said)
    except CalendarSilent:
        return Due(None, None, silent=True)


def _due(course: Course, eras: Sequence[Era], said: Dated) -> Due:
    block = _block(eras[0])
    if block.before is not None:
        day = said.own if block.due_on is not None else said.after.on
        return Due(None, None if day is None else ahead(block.before, day, _working(course, eras[0], block.before)))
    if block.due_on is not None:
        return Due(None, said.own)
    target, due = (_after(course, eras[0], length, said) for length in (block.target, block.limit))
    for era in eras[1:]:
        now = _block(era)
        answered_before = said.answered_on is not None and said.answered_on < era.since
        if (now.target, now.limit) == (block.target, block.limit) or answered_before:
            continue
        block = now
        old_target, old_due = target, due
        due = _moved(old_due, _after(course, era, now.limit, said), era.since)
        target = _moved(old_target or old_due, _after(course, era, now.target, said), era.since)
    at = _hours_after(block.limit, said)
    by_the_hour = at is not None and at.date() == due
    sooner = min(target, due) if target is not None and due is not None else target
    return Due(sooner, due, at if by_the_hour else None)


def late_by_the_hour(due: Due, answered_by: Sequence[Occurrence]) -> bool:
    """Whether the answer came on the last day, and after the hour."""
    times = [moment(each.fact) for each in answered_by]
    told = [time for time in times if time is not None]
    return due.at is not None and bool(told) and len(told) == len(times) and max(told) > due.at


def moment(fact: Fact) -> datetime | None:
    """The time of day at which it happened, in London; None where only the day is told."""
    names = [name if name.endswith("_at") else twin_of(name) for name in EVENT_TYPES[fact.type].on]
    told = next((value for name in (*names, "ended_at") if (value := fact.get(name)) is not None), None)
    return None if told is None or len(told) == 10 else datetime.fromisoformat(told).astimezone(LONDON)


def _block(era: Era) -> Within:
    if not isinstance(era.block, Within):
        raise TypeError(f"{era.duty.id} sets no deadline")
    return era.block


def _moved(old: date | None, new: date | None, change: date) -> date | None:
    return new if old is None or new is None else redated(old, new, change, CHANGE_GRACE)


def _after(course: Course, era: Era, length: Interval | None, said: Dated) -> date | None:
    at = _hours_after(length, said)
    if at is not None:
        return at.date()
    return None if length is None else course.later(era, length, said.since)


def _hours_after(length: Interval | None, said: Dated) -> datetime | None:
    begun = moment(said.after.fact) if length is not None and length.unit == "hour" else None
    if length is None or begun is None or said.since != begun.date():
        return None
    return (begun.astimezone(UTC) + timedelta(hours=length.count)).astimezone(LONDON)  # the clocks may change between


def _working(course: Course, era: Era, length: Interval) -> WorkingDays | None:
    return course.working_of(era) if length.unit == "working day" else None
