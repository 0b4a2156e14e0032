"""A quota's verdict: how far the number is, what is still missing and by when, with the arithmetic in words."""

from dataclasses import replace
from datetime import date

from app.domain import wording
from app.domain.calendar import DAY, Window, leaves_on
from app.domain.eras import Course
from app.domain.obligations import Last, Verdict, reference
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Event, Status
from app.domain.rules.absence import away
from app.domain.rules.counting import Amount, shown, worded
from app.domain.rules.quota import Stand, next_on, quota_in, quota_of, standing
from app.domain.rules.quota_away import Quota, monthly
from app.domain.rules.uncertain import uncertain
from app.domain.rules.unjudged import after_the_last_term
from app.domain.wording import day


def judge(course: Course) -> Verdict:
    """The verdict on the number as it stands on the day."""
    on, run = course.as_at, course.run
    quota, stand = quota_of(course, run, on), standing(course, run, on)
    start, end = quota.among(stand.first, on)
    last = quota.events[end - 1] if end > start else None
    verdict = Verdict(
        status=stand.status,
        why=course.in_words(_why, quota, stand, on),
        code="at_risk" if stand.status is Status.TOLERATED else None,
        opened_on=max(stand.first, quota.era.span.stretch.began),
        due_on=stand.due_on,
        met_on=_met_on(quota, start) if stand.status is Status.MET else None,
        days_late=(on - stand.due_on).days if stand.status is Status.BREACHED else None,
        last=None if last is None else Last(last.on, reference(last.fact)),
        evidence=() if course.history.look.brief else quota.told(stand.first, on),
        put_right=None if course.history.look.brief else _put_right(quota, stand, on),
        count=shown(stand.count),
        needed=quota.block.needed,
        expected_by_now=stand.expected,
        months_left=_left(stand) if monthly(quota.block) else None,
        still_reachable=_reachable(quota, stand),
        next_on=next_on(course, run, stand),
    )
    verdict = verdict if stand.doubt is None else uncertain(verdict, *stand.doubt, on)
    return verdict if quota.block.window is None else after_the_last_term(quota.windows, on, verdict)


def _met_on(quota: Quota, start: int) -> date | None:
    """The day of the event that made up the number, in the time that ends today."""
    ends = range(start + 1, len(quota.events) + 1)
    made = next((end for end in ends if (first := quota.enough(end)) is not None and first >= start), None)
    return None if made is None else quota.events[made - 1].on


def _left(stand: Stand) -> int:
    return 0 if stand.judged else stand.parts - stand.complete


def _reachable(quota: Quota, stand: Stand) -> bool | None:
    """One in each month that is left (or each month from now on, once each day is judged by the time before it)."""
    if quota.block.times is None:
        return None
    to_come = stand.parts - (0 if stand.judged and quota.block.rolling is not None else stand.complete)
    return stand.count + to_come >= quota.block.times


# --- in words ---------------------------------------------------------------------------------------------------------


def _why(quota: Quota, stand: Stand, on: date) -> str:
    held, asked = _held_in(quota, stand, on), _asked(quota)
    if stand.status is Status.MET and stand.count < quota.block.needed:
        return f"{held} {asked}, newly: what was asked when this was reached is enough."
    if stand.status is Status.MET:
        return f"{held} {asked}.{_falls_out(quota, on)}"
    if stand.judged and stand.due_on >= on:
        return f"{held} {asked}, newly. Up to {day(stand.due_on)} it is enough to keep what was asked before."
    if stand.judged:
        so_far = held.replace(".", " so far.")
        if stand.missed is not None:
            time, quota = stand.missed, quota_in(quota, stand.missed.last)
            asked = _asked(quota)
            stand = replace(stand, first=time.first, count=quota.count(time.first, time.last))
            held = _held_in(quota, stand, time.last)
        missing = quota.block.needed - stand.count
        said = f"{held} {asked}: {_amount(quota, missing)} {_is(missing)} missing.{_away(quota, stand)}"
        return said if stand.missed is None else f"{said} {so_far}"
    if stand.status is Status.NOT_YET_APPLICABLE:
        return f"{held} {asked}. In the first {quota.block.silent_for} that is not judged."
    return f"{held} {asked}. {_in_proportion(quota, stand)}"


def _held(quota: Quota, time: Window) -> str:
    """`Supervised 9 times`, `Supervision meeting of 90 minutes: 9 times`, `Not supervised`."""
    event, count = _event(quota), quota.count(time.first, time.last)
    whole = quota.whole(time.first, time.last)
    if not whole:
        return wording.none(event)
    if quota.block.minutes is not None:
        held = f"{wording.done(event)}{' for' if wording.said(event) else ':'} {_amount(quota, whole)}"
    else:
        times = "once" if whole == 1 else wording.counted(whole, "time")
        held = f"{wording.done(event)}{'' if wording.said(event) else ':'} {times}"
    return held if whole == count else f"{held}, which count{'s' if whole == 1 else ''} as {shown(count)},"


def _held_in(quota: Quota, stand: Stand, on: date) -> str:
    return f"{_held(quota, Window(stand.first, on))} in {_in_what(quota, stand, on)}."


def _in_what(quota: Quota, stand: Stand, on: date) -> str:
    began, block = quota.era.span.stretch.began, quota.block
    if block.rolling is not None:
        return f"the {block.rolling} up to {day(on)}" if began <= stand.first else f"the time since {day(began)}"
    window = wording.window(quota.windows.containing(stand.first))
    return window if began <= stand.first else f"{window}, since {day(began)}"


def _asked(quota: Quota) -> str:
    time = f"any {quota.block.rolling}" if quota.block.rolling is not None else f"each {quota.windows.noun}"
    return f"The policy asks for {_amount(quota, quota.block.needed)} in {time}"


def _falls_out(quota: Quota, on: date) -> str:
    """Until when that is enough, if nothing more is held."""
    first = quota.enough(quota.among(on, on)[1])
    if quota.block.rolling is None or first is None:
        return ""
    held = quota.events[first].on
    leaving = leaves_on(quota.block.rolling, held)
    return (
        f" With nothing more that is enough up to {day(leaving - DAY)}: the one of {day(held)} no longer "
        f"counts from {day(leaving)} on."
    )


def _away(quota: Quota, stand: Stand) -> str:
    if not stand.away:
        return ""
    left = max(stand.parts - stand.away, 0)
    asked = _amount(quota, quota.block.needed * left // stand.parts)
    end = "which excuses it" if stand.status is Status.EXCUSED else "and those were not reached either"
    months = f"{wording.counted(stand.away, 'whole month')} of that time {_was(stand.away)}"
    return f" {months} covered by a recorded absence; the other {left} would ask for {asked}, {end}."


def _in_proportion(quota: Quota, stand: Stand) -> str:
    over = wording.counted(stand.complete, f"complete {'month' if monthly(quota.block) else 'day'}")
    over += f", {stand.away} of them wholly away," if stand.away else ""
    missing, behind = quota.block.needed - stand.count, stand.expected - stand.count
    fewer = f", and this is {_amount(quota, behind)} fewer" if behind > 0 else ""
    parts = f"{quota.block.needed} × {max(stand.complete - stand.away, 0)} ÷ {stand.parts}, rounded down"
    reckoned = f"After {over} {_amount(quota, stand.expected)} would be in proportion ({parts}){fewer}."
    return f"{reckoned} {_amount(quota, missing)} more {_is(missing)} to follow by {day(stand.due_on)}."


def _put_right(quota: Quota, stand: Stand, on: date) -> str | None:
    if stand.status in (Status.MET, Status.NOT_YET_APPLICABLE):
        return None
    more = _more(quota, quota.block.needed - stand.count)
    gone = away(quota.course.history.absences, on)
    if stand.due_on >= on:
        return f"{more}, after the return, by {day(stand.due_on)}." if gone else f"{more} by {day(stand.due_on)}."
    time = f"the {quota.block.rolling} up to it hold" if quota.block.rolling is not None else "the present window holds"
    again = f"it is met again on the day on which {time} {_amount(quota, quota.block.needed)}"
    return f"{more}{' after the return' if gone else ''}: {again}."


def _more(quota: Quota, missing: Amount) -> str:
    """`To be supervised once more`, `Supervision meeting of 90 minutes: 3 more`."""
    event = _event(quota)
    said = wording.said(event)
    if said is None:
        return f"{wording.done(event)}: {_amount(quota, missing)} more"
    if quota.block.minutes is not None:
        return f"To be {said} for {_amount(quota, missing)} more"
    return f"To be {said} {'once more' if missing == 1 else f'{_amount(quota, missing)} more times'}"


def _event(quota: Quota) -> Event:
    return resolved(quota.era.span.version.pack, quota.block.event)


def _amount(quota: Quota, number: Amount) -> str:
    return worded(quota.block, number)


def _is(count: Amount) -> str:
    return "is" if count == 1 else "are"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
