"""`within`: after one event, another that is linked to it, by a deadline; one item for each such event.

The deadline counts from the day of the first event (day 0), in the unit the policy uses (RD-8), or is a date in it. An
item belongs to the version in force when it opened; while it is open a new version re-dates it (RD-13), and the end of
the rule ends it (RD-15). Without a deadline an open item is `due` with its age, and nothing is ever late.
"""

from collections.abc import Iterator
from datetime import date

from app.domain import wording
from app.domain.calendar import DAY
from app.domain.eras import Course
from app.domain.obligations import WORST_FIRST, Last, Obligation, Verdict
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Status
from app.domain.rules.within_items import Owed, block_of, owed_in
from app.domain.rules.within_words import answer_called, put_right, why


def judge(course: Course) -> Verdict:
    """The verdict on the worst open item; with none open, on the latest."""
    owed = sorted((each for each in owed_in(course, course.run) if not each.over), key=lambda o: o.item.opened_on)
    if not owed:
        trigger = wording.not_yet(resolved(course.era.span.version.pack, block_of(course.era).after))
        return Verdict(Status.NOT_YET_APPLICABLE, f"{trigger}, so no {answer_called(course.era)} is owed.")
    told = _decisive(owed)
    item, brief = told.item, course.history.look.brief
    return Verdict(
        status=item.status,
        code=item.code,
        why="" if brief else why(course, told, owed),
        opened_on=item.opened_on,
        target_on=item.target_on,
        due_on=item.due_on,
        met_on=item.met_on,
        days_late=item.days_late,
        last=Last(told.after.on, item.opened_by),
        evidence=(item.opened_by, *item.evidence),
        put_right=None if brief else put_right(course, told, owed),
        items=() if brief else tuple(each.item for each in owed),
        age_days=item.age_days if item.met_on is None else None,
        policy_silent=item.due_on is None and item.code != "calendar_silent",
        next_on=_next(course, owed),
    )


def past(course: Course) -> Iterator[Obligation]:
    """Every item that was answered or is late, and those that ended late."""
    for run in course.runs():
        for each in owed_in(course, run):
            item = each.item
            if each.ended_on is not None and each.ended_on < item.opened_on:
                continue  # given away or taken back on its first day
            if item.met_on is not None or item.status is Status.BREACHED:
                yield Obligation(
                    each.era.duty.id, item.opened_on, item.target_on, item.due_on, item.met_on, item.status,
                    (item.opened_by, *item.evidence), each.ended_on,
                )  # fmt: skip


def _decisive(owed: list[Owed]) -> Owed:
    still_open = [each for each in owed if each.item.met_on is None]
    if not still_open:
        return owed[-1]
    return min(still_open, key=lambda each: (WORST_FIRST.index(each.item.status), each.item.due_on or date.max))


def _next(course: Course, owed: list[Owed]) -> date | None:
    dates = (on for each in owed if each.item.met_on is None for on in (each.item.target_on, each.item.due_on))
    return min((on + DAY for on in dates if on is not None and on >= course.as_at), default=None)
