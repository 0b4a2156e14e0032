"""`every` by a count of something else: so many shifts, or client hours, after the last qualifying event.

The first is opened by the day the rule begins to apply, the next by each qualifying event. It is late from the day on
which more was counted than the limit; that day is told by an event, so nothing is late by the mere passing of days.
What is counted on the day of the qualifying event counts neither before nor after it. Where another limit takes over
and is already passed, a week's notice is given (RD-13).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from app.domain import wording
from app.domain.calendar import DAY, Interval, add
from app.domain.eras import Course, Era
from app.domain.history import Occurrence
from app.domain.obligations import Last, Obligation, Verdict, reference, references
from app.domain.policy.counted import Counted
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Status
from app.domain.rules.uncertain import uncertain
from app.domain.wording import day

NOTICE = Interval(7, "day")


class _Opened(NamedTuple):
    """What opened an obligation: a qualifying event, or (None) the rule that began to apply on the day."""

    on: date
    by: Occurrence | None = None

    @property
    def counts_from(self) -> date:
        """The first day that counts: which came first on the day of an event is not told."""
        return self.on if self.by is None else self.on + DAY


@dataclass(frozen=True, slots=True)
class _Count:
    """What was counted since an opening, and the days on which target and limit were passed."""

    opened: _Opened
    total: Decimal
    past_target: date | None
    past_limit: date | None
    untold: Occurrence | None

    @property
    def status(self) -> Status:
        """Where an open obligation stands by that."""
        if self.past_limit is not None:
            return Status.BREACHED
        return Status.DUE if self.past_target is None else Status.TOLERATED

    @property
    def due_on(self) -> date | None:
        """The last day on which nothing was late, where it is."""
        return None if self.past_limit is None else self.past_limit - DAY


def judge(course: Course) -> Verdict:
    """The verdict on what was counted since the last qualifying event."""
    run, block = course.run, _block(course.era)
    last = course.history.last(course.era.span.version.pack, block.event, run[0].since, course.as_at)
    opened = _Opened(run[0].since) if last is None else _Opened(last.on, last)
    count = _count(course, course.era, opened, course.as_at)
    notice = _notice(course, run, count)
    status = count.status if notice is None else Status.DUE
    due = count.due_on if notice is None else notice
    late = status is Status.BREACHED
    verdict = Verdict(
        status=status,
        why=_why(course, count, notice),
        opened_on=opened.on,
        due_on=due,
        days_late=(course.as_at - due).days if late and due is not None else None,
        last=None if last is None else Last(last.on, reference(last.fact)),
        evidence=() if last is None else references((last,)),
        put_right=_put_right(course, block, late=late),
        next_on=None if notice is None else notice + DAY,
    )
    if count.untold is None or late:
        return verdict
    return uncertain(verdict, count.untold.fact, block.clock.adds or "", opened.on)


def past(course: Course) -> Iterator[Obligation]:
    """One obligation for each qualifying event, and the open one once it is late."""
    for run in course.runs():
        opened = _Opened(run[0].since)
        for era in run:
            for event in _events(course, era):
                if event.on == opened.on and opened.by is not None:
                    continue
                count = _count(course, era, opened, event.on - DAY)
                status = Status.MET if count.past_limit is None else Status.LATE_MET
                yield Obligation(era.duty.id, opened.on, None, count.due_on, event.on, status, references((event,)))
                opened = _Opened(event.on, event)
        count = _count(course, run[-1], opened, run[-1].last_day(course.as_at))
        if count.past_limit is not None and _notice(course, run, count) is None:
            end = run[-1].span.until
            ended = end if end is not None and end < course.as_at else None
            yield Obligation(run[-1].duty.id, opened.on, None, count.due_on, None, Status.BREACHED, ended_on=ended)


def _block(era: Era) -> Counted:
    if not isinstance(era.block, Counted):
        raise TypeError(f"{era.duty.id} counts nothing")
    return era.block


def _events(course: Course, era: Era) -> Iterator[Occurrence]:
    found = course.history.occurrences(era.span.version.pack, _block(era).event)
    return (event for event in found if era.since <= event.on <= era.last_day(course.as_at))


def _count(course: Course, era: Era, opened: _Opened, until: date) -> _Count:
    """What was counted since the opening, up to a day, by what the era asks."""
    block = _block(era)
    total, past_target, past_limit, untold = Decimal(0), None, None, None
    for work in course.history.occurrences(era.span.version.pack, block.clock.event):
        if not opened.counts_from <= work.on <= until:
            continue
        number = _number(block, work)
        if number is None:
            untold = untold or work
            continue
        total += number
        if past_target is None and block.target is not None and total > block.target:
            past_target = work.on
        if past_limit is None and total > block.limit:
            past_limit = work.on
    return _Count(opened, total, past_target, past_limit, untold)


def _number(block: Counted, work: Occurrence) -> Decimal | None:
    if block.clock.adds is None:
        return Decimal(1)
    told = work.fact.get(block.clock.adds)
    return None if told is None else Decimal(str(told))


def _notice(course: Course, run: Sequence[Era], count: _Count) -> date | None:
    """The last day of the notice, where more is asked since a change and what was asked before is still kept."""
    changed = next((at for at in range(len(run) - 1, 0, -1) if _block(run[at]) != _block(run[at - 1])), None)
    if changed is None or count.past_limit is None or run[changed].since <= count.opened.on:
        return None
    last, on = add(NOTICE, run[changed].since), run[-1].last_day(course.as_at)
    kept = _count(course, run[changed - 1], count.opened, on).past_limit is None
    return last if on <= last and kept else None


# --- in words ---------------------------------------------------------------------------------------------------------


def _why(course: Course, count: _Count, notice: date | None) -> str:
    block = _block(course.era)
    event, unit = resolved(course.era.span.version.pack, block.event), block.clock.unit
    if count.opened.by is None:
        happened = f"{wording.not_yet(event)}; the rule has applied since {day(count.opened.on)}."
    else:
        happened = f"{wording.last(event)} on {day(count.opened.on)}."
    so_far = f"{wording.sentence(unit)} since then: {_amount(count.total)}."
    asked = f"The policy asks for this every {block.target or block.limit} {unit}"
    asked += f", and after no more than {block.limit}." if block.target is not None else "."
    parts = [happened, so_far, asked]
    if notice is not None:
        parts.append(f"That is newly asked: up to {day(notice)} it is enough to keep what was asked before.")
    elif count.past_limit is not None:
        late = (course.as_at - count.past_limit).days
        parts.append(f"That number was passed on {day(count.past_limit)}, {wording.ago(late)}.")
    return " ".join(parts)


def _put_right(course: Course, block: Counted, *, late: bool) -> str:
    to_do = wording.to_do(resolved(course.era.span.version.pack, block.event))
    if late:
        return f"{to_do} as soon as possible: from that day it is counted anew."
    return f"{to_do} before more than {block.limit} {block.clock.unit} are recorded."


def _amount(total: Decimal) -> str:
    return f"{total.normalize():f}"
