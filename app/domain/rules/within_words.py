"""`within` in words: what was owed, by when, where it stands, and what would put it right."""

from collections import Counter
from datetime import date
from typing import Final

from app.domain import wording
from app.domain.calendar import DAY
from app.domain.eras import Course, Era
from app.domain.obligations import Item
from app.domain.policy.duties import Answering, OwnDate
from app.domain.policy.explaining_by import allowed
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import AllOf
from app.domain.rules.within_items import Owed, block_of
from app.domain.wording import day, days


def answer_called(era: Era) -> str:
    """What is owed, as a noun."""
    answer = block_of(era).answered_by
    if isinstance(answer, AllOf | OwnDate):
        return answer.called
    return wording.called(resolved(era.span.version.pack, answer.event))


def why(course: Course, told: Owed, owed: list[Owed]) -> str:
    """What was owed and where it stands; how many more are open."""
    item, block = told.item, block_of(told.era)
    opened = f"{wording.done(resolved(told.era.span.version.pack, block.after))} on {day(item.opened_on)}."
    more = _others([each.item for each in owed if each is not told and each.item.met_on is None])
    if item.for_id is not None:
        opened = f"{opened} It is about {item.for_id}."
    if item.code == "not_known":
        return f"{opened} For whom is not known: its {wording.field(str(block.for_each))} were not told.{more}"
    if item.code == "calendar_silent":
        answer = answer_called(told.era)
        return f"{opened} The working-day calendar does not reach far enough to say when the {answer} was due.{more}"
    return f"{opened} {_asked(course, told)} {_stands(item, course.as_at)}{_so_far(told)}{more}"


def _asked(course: Course, told: Owed) -> str:
    """The deadline, where it comes from, or that there is none."""
    item, block, answer = told.item, block_of(told.era), answer_called(told.era)
    if item.due_on is None:
        unset = f"No date was set for the {answer}, and the policy sets no deadline."
        return unset if block.due_on is not None else f"The policy sets no deadline for the {answer}."
    if block.before is not None:
        what = "the date in it" if block.due_on is not None else "that"
        asks = f"The policy asks for the {answer} at least {wording.length(block.before)} before {what}"
        return f"{asks}, so by {day(item.due_on)}."
    if block.limit is None:
        return f"The date set for the {answer} is {day(item.due_on)}."
    asks = f"The policy asks for the {answer} within {wording.length(block.limit)}{_left_out(course, told)}"
    if told.due_at is not None:
        return f"{asks}, so by {told.due_at:%H:%M} on {day(item.due_on)}."
    if block.limit.unit == "hour":
        return f"{asks}; no time of day was told, so the whole of {day(item.due_on)} counts."
    return f"{asks}, so by {day(item.due_on)}."


_NOTICE: Final = {
    "overdue_with_notice": " It was said in time that it could not be done as agreed.",
    "overdue_without_notice": " Nobody said in time that it could not be done as agreed.",
}


def _so_far(told: Owed) -> str:
    answer = block_of(told.era).answered_by
    if told.answer.refused is not None and isinstance(answer, Answering) and answer.by is not None:
        return f" What there is was done by somebody other than {allowed(answer.by)}."
    if told.answer.on is None and told.answer.code is not None:
        return f" It stands as “{told.answer.code.replace('_', ' ')}”."
    return _NOTICE.get(told.item.code or "", "")


def _left_out(course: Course, told: Owed) -> str:
    """The bank holidays among the working days that were counted."""
    limit, item = block_of(told.era).limit, told.item
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
        kept = f", {_how_late(item)}" if item.due_on is not None else ""
        return f"It was done on {day(item.met_on)}{kept}."
    if item.due_on is None:
        return f"It has been open for {days(item.age_days)}."
    if item.days_late:
        return f"It is {_how_late(item)}."
    ahead = (item.due_on - as_at).days
    return f"That is in {days(ahead)}." if ahead else "That is today."


def _how_late(item: Item) -> str:
    if item.status is Status.LATE_MET and not item.days_late:
        return "on the last day, after the hour"
    return f"{days(item.days_late)} late" if item.days_late else "in time"


def put_right(course: Course, told: Owed, owed: list[Owed]) -> str | None:
    """Every open one, the late ones first."""
    still_open = sorted((each.item for each in owed if each.item.met_on is None), key=lambda item: item.opened_on)
    if not still_open:
        return None
    by_date: dict[date | None, list[str]] = {}
    for item in sorted(still_open, key=lambda item: _by(item, course.as_at) or date.min):
        by_date.setdefault(_by(item, course.as_at), []).append(day(item.opened_on))
    said = [
        f"for {wording.listed(_each_once(days_of))}, {'as soon as possible' if by is None else f'by {day(by)}'}"
        for by, days_of in by_date.items()
    ]
    return f"The {answer_called(told.era)} {'; '.join(said)}."


def _each_once(days_of: list[str]) -> list[str]:
    """A day on which several were opened, with their number."""
    counted = Counter(days_of)
    return [on if counted[on] == 1 else f"{on} ({wording.number(counted[on])})" for on in counted]


def _by(item: Item, as_at: date) -> date | None:
    """The day by which an open one can still be in time."""
    return item.due_on if item.due_on is not None and item.due_on >= as_at else None
