"""`every` by a rolling interval: one obligation at a time, each opened by the last qualifying event.

The first is opened by the day the rule begins to apply (RD-12). A qualifying event closes the open one, however late,
and opens the next. Where another rule takes over, the open one is re-dated (RD-13). An absence may excuse or pause it
(RD-14). What the subject leaves unmet when the rule ends stays in the history (RD-15). The due day itself is on time
(RD-11).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from app.domain import wording
from app.domain.calendar import DAY, Interval, WorkingDays, add
from app.domain.eras import Course, Era
from app.domain.history import History, Occurrence, Spell
from app.domain.obligations import Last, Obligation, Verdict, redated, reference, references
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Duty, Pack, Rolling


@dataclass(slots=True)
class _Open:
    """The obligation that runs: opened on a day, owed by its target and its limit."""

    era: Era
    opened_on: date
    target_on: date | None
    due_on: date
    met_by: tuple[Occurrence, ...]
    redated_on: date | None = None
    turn: int = 1
    """How many intervals from its opening; more than one after a credit that moves no clock."""


class _Standing(NamedTuple):
    """Where an obligation stands on a day; `again` is when an excused one is due again, if that is known yet."""

    status: Status
    target_on: date | None
    due_on: date | None
    excuse: Spell | None = None
    again: date | None = None


def judge(course: Course) -> Verdict:
    """The verdict on the open obligation."""
    running, _ = _walk(course)
    if running is None:
        return _nothing_yet(course)
    standing = _stand(course, running, course.as_at)
    return _told(course, running, standing)


def past(course: Course) -> Iterator[Obligation]:
    """Every obligation that has ended, and the open one once its date has passed."""
    running, ended = _walk(course)
    yield from ended
    if running is not None and not running.era.provisional:
        standing = _stand(course, running, course.as_at)
        if standing.status not in (Status.DUE, Status.NOT_ASSESSABLE):
            yield _as_obligation(running, standing)


# --- the walk ---------------------------------------------------------------------------------------------------------
