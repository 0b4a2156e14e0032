"""`at_most`: no more than so many events, or minutes, in a time: up to each day, or in a calendar window.

Met while there are no more. The event that is one too many breaks it, until so many have fallen out of the time; of a
calendar window, until the one after it is complete. Held against nobody: what happened before the rule applied, and
what the version then in force still allowed (RD-13). An event that may count and is not known to leaves it open.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from app.domain import wording
from app.domain.calendar import DAY, Window, back, leaves_on
from app.domain.eras import Course, Era
from app.domain.obligations import Last, Obligation, Verdict, reference
from app.domain.policy.matching import resolved
from app.domain.policy.measured import AtMost
from app.domain.policy.patterns import Status
from app.domain.rules.counting import Amount, Counted, shown, worded
from app.domain.rules.uncertain import uncertain
from app.domain.rules.unjudged import after_the_last_term
from app.domain.wording import day
from app.events.facts import Fact


@dataclass(frozen=True, eq=False)
class _Ceiling:
    """One ceiling over a run of eras, each with its own number."""

    course: Course
    run: Sequence[Era]

    @property
    def since(self) -> date:
        """The first day on which anything counts."""
        return self.run[0].since

    @cached_property
    def _counted(self) -> list[Counted]:
        return [Counted(self.course, era, self.since) for era in self.run]

    def on(self, day: date) -> tuple[Counted, AtMost]:
        """What counts on a day, and the ceiling that is in force."""
        found = self._counted[self._at(day)]
        if not isinstance(found.block, AtMost):
            raise TypeError(f"{self.run[self._at(day)].duty.id} sets no ceiling")
        return found, found.block

    def _at(self, day: date) -> int:
        return max(bisect_left(self.run, day + DAY, key=lambda era: era.since) - 1, 0)

    def time(self, day: date) -> Window:
        """The days up to a day that count together."""
        counted, block = self.on(day)
        first = counted.windows.containing(day).first if block.rolling is None else back(block.rolling, day) + DAY
        return Window(max(first, self.since), day)

    def count(self, time: Window) -> Amount:
        """What happened in a time comes to."""
        return self.on(time.last)[0].count(time.first, time.last)

    def broken(self, time: Window) -> bool:
        """Whether there is more than is allowed on the last day, and not only because less is allowed than before.

        Something was one too many as it happened, since the present ceiling was set; or it was broken when that was.
        """
        counted, block = self.on(time.last)
        if counted.count(time.first, time.last) <= block.needed:
            return False
        since = self.run[self._at(time.last)].since
        start, end = counted.among(max(time.first, since), time.last)
        if any(self._too_much(on) for on in {o.on for o in counted.events[start:end]}):
            return True
        return max(time.first, self.since) < since and self.broken(self.time(since - DAY))

    def _too_much(self, on: date) -> bool:
        return self.count(self.time(on)) > self.on(on)[1].needed

    def judged(self, day: date) -> Window | None:
        """The time in which it was broken, as that is said on a day: that up to it, or the window before."""
        time, (counted, block) = self.time(day), self.on(day)
        if self.broken(time):
            return time
        last = None if block.rolling is not None else counted.windows.before(counted.windows.containing(day))
        if last is None or last.last < self.since:
            return None
        before = self.time(last.last)
        return before if self.broken(before) else None

    def turns(self, last: date) -> list[date]:
        """The days up to the last on which it may have stood differently than on the day before."""
        days = {self.since, *(era.since for era in self.run)}
        for counted in self._counted:
            happened = {o.on for o in counted.events if o.on >= self.since}
            if (time := counted.block.rolling) is not None:
                days |= happened | {leaves_on(time, on) for on in happened}
            else:
                windows = [counted.windows.containing(on) for on in happened]
                following = [counted.windows.following(window) for window in windows]
                days |= happened | {window.last + DAY for window in [*windows, *following]}
        return sorted(on for on in days if self.since <= on <= last)

    def broken_since(self, day: date) -> date:
        """The first day of the stretch in which it has been broken up to this day."""
        since = day
        for on in reversed(self.turns(day)):
            if self.judged(on) is None:
                break
            since = on
        return since

    def doubt(self, day: date) -> tuple[Fact, str] | None:
        """What may count, is not known to, and could be one too many."""
        (counted, block), time = self.on(day), self.time(day)
        doubts = counted.doubtful(time.first, time.last)
        return doubts[0] if counted.could_reach(block.needed + 1, self.count(time), doubts) else None


def judge(course: Course) -> Verdict:
    """The verdict on how many there have been."""
    on, ceiling = course.as_at, _Ceiling(course, course.run)
    counted, block = ceiling.on(on)
    broken = ceiling.judged(on)
    time = broken or ceiling.time(on)
    start, end = counted.among(time.first, time.last)
    last = counted.events[end - 1] if end > start else None
    due = None if broken is None else ceiling.broken_since(on) - DAY
    verdict = Verdict(
        status=Status.MET if broken is None else Status.BREACHED,
        why=course.in_words(_why, ceiling, time, on),
        opened_on=time.first,
        due_on=due,
        days_late=None if due is None else (on - due).days,
        last=None if last is None else Last(last.on, reference(last.fact)),
        evidence=counted.told(time.first, time.last),
        put_right=None if broken is None else course.in_words(_put_right, ceiling, on),
        count=shown(ceiling.count(time)),
        allowed=block.needed,
        next_on=_next_on(ceiling, on),
    )
    doubt = ceiling.doubt(on) if broken is None else None
    verdict = verdict if doubt is None else uncertain(verdict, *doubt, on)
    return verdict if block.window is None else after_the_last_term(counted.windows, on, verdict)


def past(course: Course) -> Iterator[Obligation]:
    """Each stretch in which there were more than allowed."""
    for run in course.runs():
        ceiling, last = _Ceiling(course, run), run[-1].last_day(course.as_at)
        broken: tuple[date, date] | None = None
        for on in ceiling.turns(last):
            time = ceiling.judged(on)
            if time is not None:
                broken = broken or (time.first, on - DAY)
            elif broken is not None:
                told = ceiling.on(on)[0].told(broken[0], on)
                yield Obligation(run[-1].duty.id, broken[0], None, broken[1], on, Status.LATE_MET, told)
                broken = None
        if broken is not None:
            ended = last if last < course.as_at else None
            yield Obligation(run[-1].duty.id, broken[0], None, broken[1], None, Status.BREACHED, (), ended)


def _next_on(ceiling: _Ceiling, on: date) -> date | None:
    """What is broken or in doubt ends when something falls out of the time, or the window is complete."""
    counted, block = ceiling.on(on)
    time = ceiling.time(on)
    doubts = counted.doubtful(time.first, on)
    if ceiling.judged(on) is None and not doubts:
        return None
    if block.rolling is None:
        return counted.windows.containing(on).last + DAY
    start, end = counted.among(time.first, on)
    days = [o.on for o in counted.events[start:end]] + [fact.on for fact, _ in doubts if fact.on is not None]
    return min((leaves_on(block.rolling, one) for one in days), default=None)


def _why(ceiling: _Ceiling, time: Window, on: date) -> str:
    counted, block = ceiling.on(on)
    event, count = resolved(ceiling.run[-1].span.version.pack, block.event), ceiling.count(time)
    if block.rolling is not None:
        span, asked = f"the {block.rolling} up to {day(time.last)}", f"any {block.rolling}"
    else:
        span, asked = wording.window(counted.windows.containing(time.last)), f"each {counted.windows.noun}"
    what = f"{wording.sentence(wording.called(event))}: {worded(block, count)}"
    what = what if count else wording.none(event)
    most = worded(block, block.needed) if block.needed else "none"
    more = f": {worded(block, count - block.needed)} too many" if count > block.needed else ""
    early = ", counted from the day the rule applied" if time.first == ceiling.since else ""
    allowed = ""
    if more and ceiling.judged(on) is None:
        more, allowed = "", " What there was before that was newly set was allowed when it happened."
    return f"{what} in {span}{early}. The policy allows no more than {most} in {asked}{more}.{allowed}"


def _put_right(ceiling: _Ceiling, on: date) -> str:
    following = _next_on(ceiling, on)
    when = "" if following is None else f", at the earliest on {day(following)}"
    return f"Nothing more of the kind: it is met again once there are no more than allowed{when}."
