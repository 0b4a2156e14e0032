"""`every` by a rolling interval: one obligation at a time, each opened by the last qualifying event.

The first is opened by the day the rule begins to apply, or the case comes into the service (RD-12). A qualifying event
closes the open one, however late, and opens the next. Where another rule takes over, the open one is re-dated (RD-13);
where a row of a table speaks for the first time, the last event opens it if its interval still runs, with the same
notice as any change gives.
An absence may excuse or pause it (RD-14). What the subject leaves unmet when the rule ends stays in the history
(RD-15). The due day itself is on time (RD-11). What is said of it in words stands in `rolling_words`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import groupby

from app.domain.calendar import DAY, Interval, add
from app.domain.eras import Course, Era
from app.domain.obligations import Obligation, redated, references
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Rolling, Row
from app.domain.rules.absence import Standing, stand
from app.domain.told import Occurrence


@dataclass(frozen=True, slots=True)
class Change:
    """What took an obligation over while it was open, or began to ask for it; `old_due` None: nothing did before.

    `by_interval` is what the interval alone would give: the first date (the target, where there is one) and the last.
    """

    on: date
    before: Era | None
    old_due: date | None
    by_interval: tuple[date, date]


@dataclass(frozen=True, slots=True)
class Open:
    """The obligation that runs: opened on a day (by events, or by the rule's own beginning), owed by its limit."""

    era: Era
    opened_on: date
    target_on: date | None
    due_on: date
    opened_by: tuple[Occurrence, ...] = ()
    change: Change | None = None
    turn: int = 1
    """How many intervals it runs from its opening: more than one after a credit that moves no clock."""


def running(course: Course) -> Open | None:
    """The open obligation; None before the first where the first event opens it, and once the rule has ended."""
    return _Walk(course, keeps_history=False).running


def past(course: Course) -> Iterator[Obligation]:
    """Every obligation that has ended, and the open one once it is late."""
    walk = _Walk(course, keeps_history=True)
    yield from walk.ended
    if walk.running is not None and not walk.running.era.provisional:
        standing = stand_of(course, walk.running, course.as_at)
        if standing.status is not Status.DUE:
            yield _left_unmet(walk.running, standing, ended_on=None)


def stand_of(course: Course, obligation: Open, on: date) -> Standing:
    """Where the obligation stood on a day on which it was not met."""
    block, duty = _block(obligation.era), obligation.era.duty
    standing = stand(
        course.history.absences if duty.absence.effect != "none" else (),
        duty.absence,
        partial(_due_again, course, obligation),
        (obligation.opened_on, obligation.target_on, obligation.due_on),
        on,
    )
    return standing if block.excused_by is None else _reasoned(course, obligation, standing, on)


def _reasoned(course: Course, obligation: Open, standing: Standing, on: date) -> Standing:
    """What would be a breach is excused by a reason told since it opened, for one interval from then."""
    block, pack = _block(obligation.era), obligation.era.span.version.pack
    told = None
    if standing.status is Status.BREACHED and block.excused_by is not None:
        told = course.history.last(pack, block.excused_by, obligation.opened_on, on)
    if told is None:
        return standing
    again = course.later(obligation.era, block.limit, told.on)
    status = Status.EXCUSED if on <= again else Status.BREACHED
    return standing._replace(status=status, again=again, reason=told.on)


def _due_again(course: Course, obligation: Open, returned: date) -> date:
    """One interval after a return; a change that came after it gives its notice here too (RD-13)."""
    era, change = obligation.era, obligation.change
    due = course.later(era, _block(era).limit, returned)
    if change is None or change.before is None or change.on <= returned:
        return due
    before = course.later(change.before, _block(change.before).limit, returned)
    return redated(before, due, change.on, _block(era).change_grace)


class _Walk:
    """Goes through the eras in order, and through their events, and keeps the obligation that is open."""

    def __init__(self, course: Course, *, keeps_history: bool) -> None:
        self.course = course
        self.ended: list[Obligation] = []
        self.running: Open | None = None
        self._keeps_history = keeps_history
        self._run_since = date.min
        for era in course.eras:
            self._enter(era)
            for moves, on, events in self._days(era):
                self._happened(era, moves, on, events)
        self._leave(course.as_at)

    def _enter(self, era: Era) -> None:
        if era.fresh:
            self._leave(era.since)
            self._run_since = era.since
            self.running = self._first(era)
        elif self.running is not None and self._first_in_service(era):
            self._take_down(self.running, era.since - DAY)
            self._run_since = era.since
            self.running = self._first(era)
        elif self.running is not None:
            self.running = self._taken_over(self.running, era)

    def _first_in_service(self, era: Era) -> bool:
        """RD-12: a case that comes into another service before anything was done is first owed from then on."""
        block, stretch = _block(era), era.span.stretch
        if block.first_due != "entry" or stretch.situation.get("in_service_since") != era.since:
            return False
        return self.course.history.last(era.span.version.pack, block.event, stretch.began, era.since - DAY) is None

    def _first(self, era: Era) -> Open | None:
        block = _block(era)
        if block.first_due == "first_event":
            began, before = era.span.stretch.began, era.since - DAY
            if self.course.history.last(era.span.version.pack, block.event, began, before) is None:
                return None
        return self._reclassified_into(era) or self._opened(era, era.since)

    def _reclassified_into(self, era: Era) -> Open | None:
        """A row that newly speaks of a case: the last event opens it, where its interval still runs on that day."""
        block, span = _block(era), era.span
        if not isinstance(era.duty, Row) or era.since in (span.stretch.began, span.version.since):
            return None
        last = self.course.history.last(span.version.pack, block.event, span.stretch.began, era.since - DAY)
        opened = None if last is None else self._opened(era, last.on, (last,))
        if opened is None or opened.due_on < era.since:
            return None
        notice = add(block.change_grace, era.since)
        due = max(opened.due_on, notice)
        target = None if opened.target_on is None else min(max(opened.target_on, notice), due)
        change = Change(era.since, None, None, (opened.target_on or opened.due_on, opened.due_on))
        return replace(opened, target_on=target, due_on=due, change=change)

    def _opened(self, era: Era, on: date, by: tuple[Occurrence, ...] = (), turn: int = 1) -> Open:
        block = _block(era)
        target = None if block.target is None else self._after(era, block.target, on, turn)
        return Open(era, on, target, self._after(era, block.limit, on, turn), by, turn=turn)

    def _after(self, era: Era, interval: Interval, on: date, turn: int = 1) -> date:
        asked = interval if turn == 1 else Interval(interval.count * turn, interval.unit)
        return self.course.later(era, asked, on)

    def _taken_over(self, running: Open, era: Era) -> Open:
        """RD-13: the obligation that is open when another rule, row or version takes over."""
        if running.era.block is era.block or (running.era.duty.id == era.duty.id and running.era.block == era.block):
            return replace(running, era=era)
        self._take_down(running, era.since - DAY)
        block, anchor = _block(era), self._anchor(running, era)
        alone = self._opened(era, anchor, turn=running.turn)
        due = redated(running.due_on, alone.due_on, era.since, block.change_grace)
        target = alone.target_on
        if target is not None:
            old = running.target_on or running.due_on
            target = min(redated(old, target, era.since, block.change_grace), due)
        same = (due, target) == (running.due_on, running.target_on) == (alone.due_on, alone.target_on)
        by_interval = (alone.target_on or alone.due_on, alone.due_on)
        change = None if same else Change(era.since, running.era, running.due_on, by_interval)
        return replace(running, era=era, opened_on=anchor, target_on=target, due_on=due, change=change)

    def _anchor(self, running: Open, era: Era) -> date:
        """The last event that qualifies under the new rule, or the day the run began."""
        block = _block(era)
        if block.event == _block(running.era).event:
            return running.opened_on
        pack = era.span.version.pack
        last = self.course.history.last(pack, block.event, self._run_since, era.since - DAY)
        return self._run_since if last is None else last.on

    def _days(self, era: Era) -> Iterator[tuple[bool, date, tuple[Occurrence, ...]]]:
        """The days of the era with events: whether they move the clock, the day, the events."""
        last = era.last_day(self.course.as_at)
        moving = _between(self._events(era, moving=True), era.since, last)
        still = _between(self._events(era, moving=False), era.since, last)
        if moving and not self._keeps_history:
            moving = _between(moving, moving[-1].on, last)
            still = _between(still, moving[-1].on, last)
        days = [(on, False, tuple(found)) for on, found in groupby(still, key=_on)]
        days += [(on, True, tuple(found)) for on, found in groupby(moving, key=_on)]
        for on, moves, events in sorted(days, key=lambda day: (day[0], not day[1])) if still else days:
            yield moves, on, events

    def _events(self, era: Era, *, moving: bool) -> Sequence[Occurrence]:
        block, pack = _block(era), era.span.version.pack
        own = self.course.history.occurrences(pack, block.event) if moving else ()
        if block.credit_instead is None or block.resets_clock is not moving:
            return own
        credited = self.course.history.occurrences(pack, block.credit_instead)
        return sorted([*own, *credited], key=_on)

    def _happened(self, era: Era, moves: bool, on: date, events: tuple[Occurrence, ...]) -> None:
        if moves:
            self._met(on, events)
            self.running = self._opened(era, on, events)
        elif (running := self.running) is not None and _same_month(running.due_on, on):
            self._met(on, events)
            self.running = self._opened(era, running.opened_on, running.opened_by, running.turn + 1)

    def _met(self, on: date, events: tuple[Occurrence, ...]) -> None:
        running = self.running
        if running is None or not self._keeps_history or running.era.provisional:
            return
        standing = stand_of(self.course, running, on)
        in_time = standing.status in (Status.DUE, Status.TOLERATED)
        late = Status.LATE_MET if standing.status is Status.BREACHED else standing.status
        self.ended.append(
            Obligation(
                running.era.duty.id, running.opened_on, running.target_on, running.due_on, on,
                Status.MET if in_time else late, references(events),
            )
        )  # fmt: skip

    def _leave(self, before: date) -> None:
        """The rule ended before this day: what was late by then stays, what was not yet due is owed no more."""
        if self.running is None:
            return
        last = self.running.era.span.until
        if last is not None and last < before:
            self._take_down(self.running, last)
            self.running = None

    def _take_down(self, running: Open, last: date) -> None:
        if self._keeps_history and not running.era.provisional:
            standing = stand_of(self.course, running, last)
            if standing.status not in (Status.DUE, Status.TOLERATED):
                self.ended.append(_left_unmet(running, standing, ended_on=last))


def _left_unmet(running: Open, standing: Standing, ended_on: date | None) -> Obligation:
    return Obligation(
        running.era.duty.id, running.opened_on, running.target_on, running.due_on, None, standing.status, (), ended_on
    )


def _block(era: Era) -> Rolling:
    if not isinstance(era.block, Rolling):
        raise TypeError(f"{era.duty.id} is no rolling rule")
    return era.block


def _on(occurrence: Occurrence) -> date:
    return occurrence.on


def _between(events: Sequence[Occurrence], first: date, last: date) -> Sequence[Occurrence]:
    return events[bisect_left(events, first, key=_on) : bisect_right(events, last, key=_on)]


def _same_month(one: date, other: date) -> bool:
    return (one.year, one.month) == (other.year, other.month)
