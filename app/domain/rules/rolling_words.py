"""A rolling rule's verdict: what the open obligation means on the day, with the arithmetic in words."""

from datetime import date

from app.domain import wording
from app.domain.calendar import DAY
from app.domain.eras import Course
from app.domain.history import Occurrence
from app.domain.obligations import Last, Verdict, reference, references
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Rolling
from app.domain.rules.absence import Standing
from app.domain.rules.rolling import Open, running, stand_of
from app.domain.wording import day, days


def judge(course: Course) -> Verdict:
    """The verdict on the obligation that is open on the day."""
    obligation = running(course)
    if obligation is None:
        return Verdict(Status.NOT_YET_APPLICABLE, f"Nothing is owed until it has first been {_said(course)}.")
    standing = stand_of(course, obligation, course.as_at)
    last = _last(course, obligation)
    since = standing.again or standing.due_on
    late = (course.as_at - since).days if standing.status is Status.BREACHED and since else None
    return Verdict(
        status=standing.status,
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
        next_on=_next(course.as_at, standing),
    )


def _next(as_at: date, standing: Standing) -> date | None:
    after = (on + DAY for on in (standing.target_on, standing.due_on, standing.again) if on is not None)
    return min((on for on in after if on > as_at), default=None)


def _block(course: Course) -> Rolling:
    block = course.era.block
    if not isinstance(block, Rolling):
        raise TypeError(f"{course.era.duty.id} is no rolling rule")
    return block


def _said(course: Course) -> str:
    return wording.said(resolved(course.era.span.version.pack, _block(course).event))


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
    parts = [_happened(course, obligation, last), _asked(course, standing), _stands(course, standing)]
    if obligation.redated_on is not None:
        parts.insert(1, f"What the policy asks for changed on {day(obligation.redated_on)}, and the date with it.")
    if _carried_over(course, obligation):
        parts.insert(1, "That was with the worker who had the case before.")
    return " ".join(part for part in parts if part)


def _happened(course: Course, obligation: Open, last: Occurrence | None) -> str:
    said = _said(course)
    if last is None:
        return f"Not yet {said}; the rule has applied since {day(obligation.opened_on)}."
    if not obligation.opened_by:
        return f"Last {said} on {day(last.on)}, before the rule began to apply on {day(obligation.opened_on)}."
    block, pack = _block(course), course.era.span.version.pack
    instead = block.credit_instead
    if instead is not None and any(last.fact is o.fact for o in course.history.occurrences(pack, instead)):
        kind = wording.called(resolved(pack, instead))
        return f"Last {said} on {day(last.on)}: a {kind}, which the policy accepts instead."
    return f"Last {said} on {day(last.on)}."


def _asked(course: Course, standing: Standing) -> str:
    """The rhythm, and the date that follows from it."""
    block = _block(course)
    asks = f"The policy asks for {wording.every(block.target or block.limit)}"
    if block.target is not None:
        asks += f", and no later than {wording.length(block.limit)}"
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


def _stands(course: Course, standing: Standing) -> str:
    """What that means today."""
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
    said, target, due = _said(course), standing.target_on, standing.due_on
    match standing.status:
        case Status.BREACHED:
            return f"To be {said} as soon as possible: from that day it is in time again."
        case Status.EXCUSED if standing.again is not None:
            return f"To be {said} by {day(standing.again)}."
        case Status.EXCUSED:
            return f"To be {said} after the return."
        case Status.TOLERATED if due is not None:
            return f"To be {said} by {day(due)} at the latest."
    by = target or due
    return f"To be {said} after the return." if by is None else f"To be {said} by {day(by)}."
