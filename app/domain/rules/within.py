"""`within`: after one event, another that is linked to it, by a deadline; one item for each such event.

The deadline counts from the day of the first event (day 0), in the unit the policy uses (RD-8). An item belongs to the
version in force when it opened; while it is open a new version re-dates it (RD-13), and the end of the rule ends it
(RD-15). Without a deadline an open item is `due` with its age, and nothing is ever late.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.domain import wording
from app.domain.calendar import DAY, CalendarSilent, Interval, add
from app.domain.eras import Course, Era
from app.domain.history import Occurrence
from app.domain.obligations import WORST_FIRST, Item, Last, Obligation, Verdict, redated, reference, references
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Within
from app.domain.wording import day, days

CHANGE_GRACE = Interval(7, "day")
_OPEN = frozenset({Status.BREACHED, Status.NOT_ASSESSABLE, Status.TOLERATED, Status.DUE})


@dataclass(frozen=True, slots=True)
class _Owed:
    """One event and what answered it. `ended_on`: the rule's last day, where that came before any answer."""

    era: Era
    after: Occurrence
    answer: Occurrence | None
    item: Item
    ended_on: date | None = None


def judge(course: Course) -> Verdict:
    """The verdict on the worst open item; with none open, on the latest."""
    owed = [each for each in _owed(course, course.eras[_run_start(course):]) if each.ended_on is None]
    if not owed:
        return Verdict(Status.NOT_YET_APPLICABLE, f"Nothing yet to be answered: not {_words(course)[0]} so far.")
    told = _decisive(owed)
    item = told.item
    status = item.status
    return Verdict(
        status=status,
        code=item.code,
        why=_why(course, told, owed),
        opened_on=item.opened_on,
        target_on=item.target_on,
        due_on=item.due_on,
        met_on=item.met_on,
        days_late=item.days_late,
        last=Last(told.after.on, item.opened_by),
        evidence=(item.opened_by, *item.evidence),
        put_right=_put_right(course, told),
        items=tuple(each.item for each in owed),
        age_days=item.age_days if item.met_on is None else None,
        next_on=_next(course, owed),
    )


def past(course: Course) -> Iterator[Obligation]:
    """Every item that was answered or is late, and those that the rule's end left late."""
    for each in _owed(course, list(course.eras)):
        item = each.item
        if item.met_on is not None or item.status in (Status.BREACHED, Status.TOLERATED):
            yield Obligation(
                each.era.duty.id, item.opened_on, item.target_on, item.due_on, item.met_on, item.status,
                (item.opened_by, *item.evidence), each.ended_on,
            )  # fmt: skip


def _run_start(course: Course) -> int:
    return max(index for index, era in enumerate(course.eras) if era.fresh)
