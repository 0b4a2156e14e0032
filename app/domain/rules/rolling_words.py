"""A rolling rule's verdict: what the open obligation means on the day, with the arithmetic in words."""

from datetime import date

from app.domain import wording
from app.domain.calendar import DAY
from app.domain.eras import Course
from app.domain.obligations import Last, Verdict, reference, references
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Event, Rolling
from app.domain.rules.absence import Standing, away, excuses_on
from app.domain.rules.rolling import Change, Open, running, stand_of
from app.domain.told import Occurrence
from app.domain.wording import day, days


def judge(course: Course) -> Verdict:
    """The verdict on the obligation that is open on the day."""
    obligation = running(course)
    if obligation is None:
        why = f"{wording.not_yet(_event(course))}: nothing is owed before the first."
        return Verdict(Status.NOT_YET_APPLICABLE, why)
    standing = stand_of(course, obligation, course.as_at)
    if course.history.look.brief:
        return Verdict(
            standing.status, "", _code(course, obligation, standing), obligation.opened_on, standing.target_on,
            standing.due_on, due_again_on=standing.again, next_on=_next(course, obligation, standing),
        )  # fmt: skip
    last = _last(course, obligation)
    since = standing.again or standing.due_on
    late = (course.as_at - since).days if standing.status is Status.BREACHED and since else None
    return Verdict(
        status=standing.status,
        code=_code(course, obligation, standing),
        why=_why(course, obligation, standing, last),
        opened_on=obligation.opened_on,
        target_on=standing.target_on,
        due_on=standing.due_on,
        due_again_on=standing.again,
        days_late=late,
        last=None if last is None else Last(last.on, reference(last.fact)),
        evidence=references(obligation.opened_by or (() if last is None else (last,))),
        put_right=_put_right(course, standing),
        carried_over=_carried_over(course, obligation),
        next_on=_next(course, obligation, standing),
    )


def _code(course: Course, obligation: Open, standing: Standing) -> str | None:
    return "scheduled" if standing.status is Status.DUE and _booked(course, obligation) else None


def _booked(course: Course, obligation: Open) -> date | None:
    """The last day, from this one to the limit, for which the next one is in the diary."""
    booking, due = _block(course).booked_by, obligation.due_on
    if booking is None:
        return None
    told = course.history.occurrences(course.era.span.version.pack, booking.event)
    days = (day for one in told if (day := one.fact.day(booking.date)) is not None)
    return max((day for day in days if course.as_at <= day <= due), default=None)


def _next(course: Course, obligation: Open, standing: Standing) -> date | None:
    turns = (standing.target_on, standing.due_on, standing.again, _booked(course, obligation))
    after = [on + DAY for on in turns if on is not None]
    excused = excuses_on(course.history.absences, course.era.duty.absence, course.as_at)
    return min((on for on in [*after, excused] if on is not None and on > course.as_at), default=None)


def _block(course: Course) -> Rolling:
    block = course.era.block
    if not isinstance(block, Rolling):
        raise TypeError(f"{course.era.duty.id} is no rolling rule")
    return block


def _event(course: Course) -> Event:
    return resolved(course.era.span.version.pack, _block(course).event)


def _last(course: Course, obligation: Open) -> Occurrence | None:
    if obligation.opened_by:
        return obligation.opened_by[-1]
    era = course.era
    return course.history.last(era.span.version.pack, _block(course).event, era.span.stretch.began, course.as_at)


def _carried_over(course: Course, obligation: Open) -> bool | None:
    """Whether the last discussion was with a worker who no longer leads the case; None where that is not known."""
    lead = course.era.span.stretch.situation.get("lead")
    if lead is None or not obligation.opened_by:
        return None
    fact = obligation.opened_by[-1].fact
    with_whom = fact.get("worker_ids") or ([fact.data["worker_id"]] if "worker_id" in fact.data else None)
    return None if with_whom is None else lead not in with_whom


def _why(course: Course, obligation: Open, standing: Standing, last: Occurrence | None) -> str:
    over = "That was with the worker who had the case before." if _carried_over(course, obligation) else ""
    parts = [_happened(course, obligation, last), over, _changed(course, obligation)]
    parts += [_asked(course, obligation, standing), _stands(course, obligation, standing)]
    return " ".join(part for part in parts if part)


def _happened(course: Course, obligation: Open, last: Occurrence | None) -> str:
    event = _event(course)
    if last is None:
        known = ", as far as is known here" if course.era.duty.feed else ""
        return f"{wording.not_yet(event)}{known}; the rule has applied since {day(obligation.opened_on)}."
    happened = f"{wording.last(event)} on {day(last.on)}"
    if not obligation.opened_by:
        began = day(obligation.opened_on)
        return f"{happened}, before the rule began to apply on {began}: the first counts from then."
    block, pack = _block(course), course.era.span.version.pack
    if block.credit_instead is None:
        return f"{happened}."
    instead = resolved(pack, block.credit_instead)
    if obligation.turn > 1:
        return f"{happened}. What fell due since was met by {wording.a(wording.called(instead))}."
    if any(last.fact is o.fact for o in course.history.occurrences(pack, block.credit_instead)):
        kind = wording.a(wording.called(instead))
        done = instead.said or wording.type_said(last.fact.type)
        return f"Last {done} on {day(last.on)}: {kind}, which the policy accepts instead."
    return f"{happened}."


def _changed(course: Course, obligation: Open) -> str:
    """What took the obligation over while it was open, and when it was due before."""
    change = obligation.change
    if change is None:
        return ""
    on = day(change.on)
    situation, version = course.era.span.stretch.situation, course.era.span.version
    if change.before is not None and change.before.provisional:
        what = f"The case was classified on {on}"
    elif version.since == change.on:
        what = f"What the policy asks for changed on {on}"
    elif _began_a_stage(course, change):
        what = f"Another stage of the rule began on {on}"
    elif situation.get("in_service_since") == change.on:
        what = f"The case came into another service on {on}"
    elif situation.get("classified_on") == change.on:
        what = f"The category of the case changed on {on}"
    else:
        what = f"What the rule depends on changed on {on}"
    return f"{what}." if change.old_due is None else f"{what}; until then it was due by {day(change.old_due)}."


def _began_a_stage(course: Course, change: Change) -> bool:
    """Whether what took the obligation over was another stage of the rule."""
    now = next((era.stage for era in course.eras if era.since == change.on), None)
    was = None if change.before is None else change.before.stage
    return now is not None and was is not None and now.number != was.number


def _asked(course: Course, obligation: Open, standing: Standing) -> str:
    """The rhythm, the notice that a change gives, and the date that follows."""
    block = _block(course)
    asks = f"The policy asks for this {wording.every(block.target or block.limit)}"
    if block.target is not None:
        asks += f", and no later than {wording.length(block.limit)}"
    asks += _notice(block, obligation)
    target, due = standing.target_on, standing.due_on
    if due is None:
        return f"{asks}."
    at_the_latest = " at the latest" if target is not None else ""
    match standing.status:
        case Status.DUE if target is not None:
            return f"{asks}, so it is due by {day(target)}, and by {day(due)} at the latest."
        case Status.DUE:
            return f"{asks}, so it is due by {day(due)}."
        case Status.TOLERATED if target is not None:
            return f"{asks}, so it was due by {day(target)}; {day(due)} is the latest date."
    return f"{asks}, so it was due by {day(due)}{at_the_latest}."


def _notice(block: Rolling, obligation: Open) -> str:
    """RD-13, where the date is not the one that the interval alone gives."""
    change, target, due = obligation.change, obligation.target_on, obligation.due_on
    if change is None or change.by_interval == (target or due, due):
        return ""
    first, last = change.by_interval
    alone = f", which would be {day(first)}" + (f", or {day(last)} at the latest" if first != last else "")
    grace = block.change_grace
    notice = f"{grace}' notice" if grace.count > 1 else f"{grace}'s notice"
    return f"{alone}; a change gives {notice}{'' if change.old_due is None else ', and never more time than before'}"


def _stands(course: Course, obligation: Open, standing: Standing) -> str:
    """What that means today."""
    moved = standing.due_on is not None and standing.due_on != obligation.due_on
    booked = _booked(course, obligation) if standing.status is Status.DUE else None
    if booked is not None:
        return f"{_today(course, standing)} It is in the diary for {day(booked)}."
    return ("The days away are added to the interval. " if moved else "") + _today(course, standing)


def _today(course: Course, standing: Standing) -> str:
    as_at, target, due = course.as_at, standing.target_on, standing.due_on
    excuse = _excuse(course, standing)
    match standing.status:
        case Status.DUE if excuse:
            return excuse
        case Status.TOLERATED if target is not None and due is not None:
            return f"It is {days((as_at - target).days)} past the first date, with {_left(as_at, due)}."
        case Status.BREACHED if (since := standing.again or due) is not None:
            return f"{excuse} It is {days((as_at - since).days)} late.".strip()
        case Status.EXCUSED:
            return excuse
    return f"That is {_away(as_at, target or due)}." if target or due else ""


def _left(as_at: date, due: date) -> str:
    return "no day left after today" if as_at == due else f"{days((due - as_at).days)} left"


def _away(as_at: date, due: date | None) -> str:
    ahead = 0 if due is None else (due - as_at).days
    return "today" if ahead == 0 else f"in {days(ahead)}"


def _excuse(course: Course, standing: Standing) -> str:
    spell = standing.excuse
    if standing.reason is not None and standing.again is not None:
        verb = "is" if standing.status is Status.EXCUSED else "was"
        return (
            f"The reason recorded on {day(standing.reason)} excused that; it {verb} due again by {day(standing.again)}."
        )
    if spell is None:
        return ""
    if standing.status is Status.DUE:
        return "" if standing.due_on else f"The clock stands still for the absence that began on {day(spell.since)}."
    if spell.until is None or standing.again is None:
        limit = wording.length(_block(course).limit)
        return f"The absence since {day(spell.since)} excuses that; it will be due within {limit} of the return."
    verb = "is" if standing.status is Status.EXCUSED else "was"
    return (
        f"The absence from {day(spell.since)} to {day(spell.until)} excused that, "
        f"and it {verb} due again by {day(standing.again)}."
    )


def _put_right(course: Course, standing: Standing) -> str:
    to_do, target, due = wording.to_do(_event(course)), standing.target_on, standing.due_on
    if away(course.history.absences, course.as_at) or due is None:
        return f"{to_do} after the return{_by_then(standing)}."
    match standing.status:
        case Status.BREACHED:
            return f"{to_do} as soon as possible: from that day it is in time again."
        case Status.TOLERATED:
            return f"{to_do} by {day(due)} at the latest."
        case Status.EXCUSED if standing.again is not None:
            return f"{to_do} by {day(standing.again)}."
    return f"{to_do} by {day(target or due)}."


def _by_then(standing: Standing) -> str:
    """The date that still stands for one who is away; none where it is past or excused for as long as that lasts."""
    match standing.status:
        case Status.DUE:
            by = standing.target_on or standing.due_on
        case Status.TOLERATED:
            by = standing.due_on
        case Status.EXCUSED:
            by = standing.again
        case _:
            by = None
    return "" if by is None else f"; it is due by {day(by)}"
