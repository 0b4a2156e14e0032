"""`within`: after one event, another that is linked to it, by a deadline; one item for each such event.

The deadline counts from the day of the first event (day 0), in the unit the policy uses (RD-8). An item belongs to the
version in force when it opened; while it is open a new version re-dates it (RD-13), and the end of the rule ends it
(RD-15). Without a deadline an open item is `due` with its age, and nothing is ever late.
"""

from collections.abc import Iterator, Sequence
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
    owed = list(_owed_in(course, course.run))
    if not owed:
        trigger = wording.not_yet(resolved(course.era.span.version.pack, _block(course.era).after))
        return Verdict(Status.NOT_YET_APPLICABLE, f"{trigger}, so no {_answer(course.era)} is owed.")
    told = _decisive(owed)
    item = told.item
    return Verdict(
        status=item.status,
        code=item.code,
        why=_why(course, told, owed),
        opened_on=item.opened_on,
        target_on=item.target_on,
        due_on=item.due_on,
        met_on=item.met_on,
        days_late=item.days_late,
        last=Last(told.after.on, item.opened_by),
        evidence=(item.opened_by, *item.evidence),
        put_right=_put_right(course, told, owed),
        items=tuple(each.item for each in owed),
        age_days=item.age_days if item.met_on is None else None,
        next_on=_next(course, owed),
    )


def past(course: Course) -> Iterator[Obligation]:
    """Every item that was answered or is late, and those that the rule's end left late."""
    for run in course.runs():
        for each in _owed_in(course, run):
            item = each.item
            if item.met_on is not None or item.status is Status.BREACHED:
                yield Obligation(
                    each.era.duty.id, item.opened_on, item.target_on, item.due_on, item.met_on, item.status,
                    (item.opened_by, *item.evidence), each.ended_on,
                )  # fmt: skip


def _block(era: Era) -> Within:
    if not isinstance(era.block, Within):
        raise TypeError(f"{era.duty.id} sets no deadline")
    return era.block


def _owed_in(course: Course, run: Sequence[Era]) -> Iterator[_Owed]:
    end = run[-1].span.until
    ended = end if end is not None and end < course.as_at else None
    for at, era in enumerate(run):
        pack, block = era.span.version.pack, _block(era)
        last = era.last_day(course.as_at)
        for occurrence in course.history.occurrences(pack, block.after):
            if era.since <= occurrence.on <= last:
                answers = course.history.linked(pack, block.answered_by, occurrence.fact)
                answer = min(answers, key=lambda o: o.on, default=None)
                yield _judged(course, run[at:], occurrence, answer, ended)


def _judged(
    course: Course, eras: Sequence[Era], after: Occurrence, answer: Occurrence | None, ended: date | None
) -> _Owed:
    silent = False
    target: date | None = None
    due: date | None = None
    try:
        target, due = _dates(course, eras, after.on, answer)
    except CalendarSilent:
        silent = True
    if ended is not None and answer is not None and answer.on > ended and (due is None or answer.on > due):
        answer = None  # it came when nothing was owed any more
    met_on = None if answer is None else answer.on
    on = met_on or ended or course.as_at
    status = Status.NOT_ASSESSABLE if silent else _status(met_on is not None, on, target, due)
    code = "calendar_silent" if silent else "outstanding" if due is None and met_on is None else None
    late = (on - due).days if due is not None and on > due else None
    evidence = () if answer is None else references((answer,))
    item = Item(
        after.on, target, due, met_on, status, code, late, (on - after.on).days, reference(after.fact), evidence,
        after.fact.get("session_id"), after.fact.get("discussion_id"),
    )  # fmt: skip
    return _Owed(eras[0], after, answer, item, ended if answer is None else None)


def _status(met: bool, on: date, target: date | None, due: date | None) -> Status:
    if due is not None and on > due:
        return Status.LATE_MET if met else Status.BREACHED
    if met:
        return Status.MET
    return Status.TOLERATED if target is not None and on > target else Status.DUE


def _dates(
    course: Course, eras: Sequence[Era], opened: date, answer: Occurrence | None
) -> tuple[date | None, date | None]:
    """Target and deadline, moved by each later version that found the item open."""
    block = _block(eras[0])
    target, due = (_after(course, eras[0], length, opened) for length in (block.target, block.limit))
    for era in eras[1:]:
        now = _block(era)
        if (now.target, now.limit) == (block.target, block.limit) or (answer is not None and answer.on < era.since):
            continue
        block = now
        old_target, old_due = target, due
        due = _moved(old_due, _after(course, era, now.limit, opened), era.since)
        target = _moved(old_target or old_due, _after(course, era, now.target, opened), era.since)
    return (min(target, due) if target is not None and due is not None else target), due


def _moved(old: date | None, new: date | None, change: date) -> date | None:
    return new if old is None or new is None else redated(old, new, change, CHANGE_GRACE)


def _after(course: Course, era: Era, length: Interval | None, on: date) -> date | None:
    if length is None:
        return None
    return add(length, on, course.working_of(era) if length.unit == "working day" else None)


def _decisive(owed: list[_Owed]) -> _Owed:
    still_open = [each for each in owed if each.item.met_on is None]
    if not still_open:
        return owed[-1]
    return min(still_open, key=lambda each: (WORST_FIRST.index(each.item.status), each.item.due_on or date.max))


def _next(course: Course, owed: list[_Owed]) -> date | None:
    dates = (on for each in owed if each.item.met_on is None for on in (each.item.target_on, each.item.due_on))
    return min((on + DAY for on in dates if on is not None and on >= course.as_at), default=None)


# --- in words ---------------------------------------------------------------------------------------------------------


def _answer(era: Era) -> str:
    return wording.called(resolved(era.span.version.pack, _block(era).answered_by.event))


def _why(course: Course, told: _Owed, owed: list[_Owed]) -> str:
    item, block, answer = told.item, _block(told.era), _answer(told.era)
    opened = f"{wording.done(resolved(told.era.span.version.pack, block.after))} on {day(item.opened_on)}."
    more = _others([each.item for each in owed if each is not told and each.item.met_on is None])
    if item.code == "calendar_silent":
        return f"{opened} The working-day calendar does not reach far enough to say when the {answer} was due.{more}"
    if block.limit is None or item.due_on is None:
        return f"{opened} The policy sets no deadline for the {answer}. {_stands(item, course.as_at)}{more}"
    asks = f"The policy asks for the {answer} within {wording.length(block.limit)}{_left_out(course, told)}"
    return f"{opened} {asks}, so by {day(item.due_on)}. {_stands(item, course.as_at)}{more}"


def _left_out(course: Course, told: _Owed) -> str:
    """The bank holidays among the working days that were counted."""
    limit, item = _block(told.era).limit, told.item
    if limit is None or limit.unit != "working day" or item.due_on is None:
        return ""
    closed = course.working_of(told.era).closed(item.opened_on + DAY, item.due_on)
    return f", not counting {wording.listed([day(on) for on in closed])}" if closed else ""


def _others(items: list[Item]) -> str:
    """How many more are open, and how many of them late."""
    if not items:
        return ""
    late = sum(item.status is Status.BREACHED for item in items)
    said = f" {wording.sentence(wording.number(len(items)))} more {'is' if len(items) == 1 else 'are'} open"
    if not late:
        return f"{said}."
    return f"{said}, and late too." if late == len(items) else f"{said}, {wording.number(late)} of them late."


def _stands(item: Item, as_at: date) -> str:
    if item.met_on is not None:
        return f"It was done on {day(item.met_on)}, {_how_late(item)}."
    if item.due_on is None:
        return f"It has been open for {days(item.age_days)}."
    if item.days_late:
        return f"It is {_how_late(item)}."
    ahead = (item.due_on - as_at).days
    return f"That is in {days(ahead)}." if ahead else "That is today."


def _how_late(item: Item) -> str:
    return f"{days(item.days_late)} late" if item.days_late else "in time"


def _put_right(course: Course, told: _Owed, owed: list[_Owed]) -> str | None:
    """Every open one, the late ones first."""
    still_open = sorted((each.item for each in owed if each.item.met_on is None), key=lambda item: item.opened_on)
    if not still_open:
        return None
    by_date: dict[date | None, list[str]] = {}
    for item in sorted(still_open, key=lambda item: _by(item, course.as_at) or date.min):
        by_date.setdefault(_by(item, course.as_at), []).append(day(item.opened_on))
    said = [
        f"for {wording.listed(days_of)}, {'as soon as possible' if by is None else f'by {day(by)}'}"
        for by, days_of in by_date.items()
    ]
    return f"The {_answer(told.era)} {'; '.join(said)}."


def _by(item: Item, as_at: date) -> date | None:
    """The day by which an open one can still be in time."""
    return item.due_on if item.due_on is not None and item.due_on >= as_at else None
