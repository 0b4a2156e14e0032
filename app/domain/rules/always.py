"""`always`: something must be so on every day; each time without it is a gap, and one obligation.

A gap begins on the day after the last time ended, or where the rule begins. What is told to have ended, or whose holder
left, is known to be missing; where nothing was told, or the last word ran out, the rule says whether that is a gap or
not known (`silence`, or a feed that is confirmed up to that day).
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from app.domain import wording
from app.domain.calendar import DAY
from app.domain.eras import Course, Era
from app.domain.obligations import Last, Obligation, Verdict, reference
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Always
from app.domain.rules.feeds import covered_to
from app.domain.states import Time, denied, times
from app.domain.wording import day, days


class _Gap(NamedTuple):
    """Days without, from `since` on; `due_on` the last on which that is nothing; `after` the time that ended before."""

    era: Era
    since: date
    due_on: date
    after: Time | None


def judge(course: Course) -> Verdict:
    """The verdict on the day: whether it is so, and since when it is not."""
    era, as_at = course.era, course.as_at
    told = times(course.history, era.span.version.pack, _block(era))
    now = next((time for time in reversed(told) if time.covers(as_at)), None)
    if now is not None:
        return _held(course, told, now)
    gap = _gap(course, course.run, told, as_at)
    status = _status(course, gap, as_at)
    late = (as_at - gap.due_on).days if status is Status.BREACHED else None
    last = None if gap.after is None else Last(gap.after.since, reference(gap.after.told))
    return Verdict(
        status=status,
        code=_code(era, status),
        why=course.in_words(_why, course, gap, status),
        opened_on=gap.since,
        due_on=gap.due_on,
        days_late=late,
        last=last,
        evidence=() if last is None else (last.event,),
        put_right=course.in_words(_put_right, gap, status, as_at),
        age_days=(as_at - gap.since).days,
        policy_silent=_is_ours(gap.era),
        next_on=gap.due_on + DAY if gap.due_on >= as_at else None,
    )


def past(course: Course) -> Iterator[Obligation]:
    """Each gap that was closed, or is known and late."""
    for run in course.runs():
        era = run[-1]
        told = times(course.history, era.span.version.pack, _block(era))
        last = era.last_day(course.as_at)
        for gap, end in _gaps(course, run, told, last):
            closed = end < last
            status = _status(course, gap, end)
            if status is Status.NOT_ASSESSABLE or (status is Status.DUE and not closed):
                continue
            met_on = end + DAY if closed else None
            in_time = Status.MET if status is Status.DUE else Status.LATE_MET
            ended_on = None if closed or last == course.as_at else last
            evidence = () if gap.after is None else (reference(gap.after.told),)
            yield Obligation(
                gap.era.duty.id, gap.since, None, gap.due_on, met_on, in_time if closed else status, evidence, ended_on
            )


def _block(era: Era) -> Always:
    if not isinstance(era.block, Always):
        raise TypeError(f"{era.duty.id} asks for nothing on every day")
    return era.block


def _gaps(course: Course, run: Sequence[Era], told: Sequence[Time], last: date) -> Iterator[tuple[_Gap, date]]:
    """Every gap of a run with its last day, in order."""
    on = run[0].since
    while on <= last:
        now = max((time for time in told if time.covers(on)), key=lambda time: time.until or date.max, default=None)
        if now is None:
            following = min((time.since for time in told if time.since > on), default=last + DAY)
            yield _gap(course, run, told, on), min(following - DAY, last)
            on = following
        elif now.until is None:
            return
        else:
            on = now.until + DAY


def _gap(course: Course, run: Sequence[Era], told: Sequence[Time], on: date) -> _Gap:
    ended = [time for time in told if time.until is not None and time.until < on]
    after = max(ended, key=lambda time: time.until or date.max, default=None)
    begun = run[0].since
    since = begun if after is None or after.until is None else max(begun, after.until + DAY)
    era = next(era for era in reversed(run) if era.since <= since)
    grace = _block(era).grace
    due_on = since - DAY if grace is None else course.later(era, grace.limit, since)
    return _Gap(era, since, due_on, after)


def _status(course: Course, gap: _Gap, on: date) -> Status:
    if not _known(course, gap, on):
        return Status.NOT_ASSESSABLE
    return Status.DUE if on <= gap.due_on else Status.BREACHED


def _known(course: Course, gap: _Gap, on: date) -> bool:
    """Whether it is known by the day that nothing is there, and not only that nothing was told."""
    if gap.after is not None and gap.after.ending != "ran_out":
        return True
    ended = date.min if gap.after is None or gap.after.until is None else gap.after.until
    if any(ended < told <= on for told in denied(course.history, gap.era.span.version.pack, _block(gap.era))):
        return True
    feed = gap.era.duty.feed
    if feed is None:
        return _block(gap.era).silence == "not_there"
    covered = covered_to(course, feed, gap.since)
    return covered is not None and covered >= max(gap.due_on, gap.since)


def _code(era: Era, status: Status) -> str | None:
    """The rule's own word where it has one; it is put in its place with those of all kinds."""
    if status in era.duty.codes:
        return None
    return {Status.BREACHED: "missing", Status.NOT_ASSESSABLE: "not_known"}.get(status)


def _is_ours(era: Era) -> bool:
    grace = _block(era).grace
    return grace is not None and grace.policy_silent


def _held(course: Course, told: Sequence[Time], now: Time) -> Verdict:
    """It is so: since when without a gap, and until when as far as is known."""
    since, until = now, now.until
    for time in reversed(told):
        if time.since < since.since and (time.until is None or time.until >= since.since - DAY):
            since = time
    for time in told:
        if until is not None and time.covers(until + DAY):
            until = time.until
    what = wording.a(_block(course.era).called)
    ends = "" if until is None else f", as far as is known until {day(until)}"
    return Verdict(
        status=Status.MET,
        why=f"There has been {what} since {day(since.since)}{ends}.",
        met_on=since.since,
        last=Last(now.since, reference(now.told)),
        evidence=(reference(now.told),),
        next_on=None if until is None else until + timedelta(days=1),
    )


# --- in words ---------------------------------------------------------------------------------------------------------

_ENDINGS = {
    "ended": "it ended on {}",
    "left": "whoever it rested on left on {}",
    "ran_out": "what was last told of it ran out on {}",
}


def _why(course: Course, gap: _Gap, status: Status) -> str:
    what, as_at = _block(gap.era).called, course.as_at
    if status is Status.NOT_ASSESSABLE:
        return f"{_before(gap, what)} Whether there is one is not known{_unproven(gap)}."
    late = (as_at - gap.due_on).days
    if status is Status.BREACHED:
        allowed = "" if gap.due_on < gap.since else f" It was to be there by {day(gap.due_on)}{_ours(gap)}."
        return f"{_before(gap, what)}{allowed} That is {days(late)} without{' beyond that' if allowed else ''}."
    return f"{_before(gap, what)} It is to be there by {day(gap.due_on)}{_ours(gap)}."


def _before(gap: _Gap, what: str) -> str:
    if gap.after is None or gap.after.until is None:
        return f"No {what} is recorded, and one is asked for since {day(gap.since)}."
    return (
        f"There has been no {what} since {day(gap.since)}: {_ENDINGS[gap.after.ending].format(day(gap.after.until))}."
    )


def _ours(gap: _Gap) -> str:
    grace = _block(gap.era).grace
    return ", by a limit that is ours and not the policy's" if grace is not None and grace.policy_silent else ""


def _unproven(gap: _Gap) -> str:
    feed = gap.era.duty.feed
    return "" if feed is None else f": the feed “{wording.field(feed)}” is not confirmed complete up to that day"


def _put_right(gap: _Gap, status: Status, as_at: date) -> str:
    what = wording.sentence(wording.a(_block(gap.era).called))
    if status is Status.NOT_ASSESSABLE:
        return f"{what}, recorded here, or word from the system that knows that there is none."
    return f"{what}, {f'by {day(gap.due_on)}' if gap.due_on >= as_at else 'as soon as possible'}."
