"""`cover`: while the supervisor is away for long, somebody stands in; one item for each absence.

An absence counts from its first day, or from the day on which the one who is away became the supervisor, or the rule
began to apply. Nothing is owed before it has lasted longer than the limit, unless that is already planned. Cover that
ends while the absence lasts leaves the worker without again, from the day after. It is over when the supervisor is
back or another one is assigned. Whoever is away covers nothing, nor who was assigned to stand in for somebody else.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from app.domain.calendar import DAY
from app.domain.eras import Course, Era
from app.domain.obligations import Item, Last, Obligation, Verdict, reference
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Cover
from app.domain.supervisors import Supervision, supervisors
from app.domain.wording import counted, day, days
from app.events.facts import Fact

_SETTLED = (Status.MET, Status.LATE_MET)


class _Away(NamedTuple):
    """A time without the supervisor, both days included; `until` None: not ended, `planned` the last day expected."""

    era: Era
    since: date
    until: date | None
    planned: date | None
    told: Fact
    covers: Sequence[Supervision]
    due_on: date
    """The last day on which nobody need stand in."""

    def lasts(self, on: date) -> bool:
        """Whether the supervisor is away on the day."""
        return self.until is None or on <= self.until

    def cover(self, on: date) -> Supervision | None:
        """Who stands in on the day."""
        return next((one for one in reversed(self.covers) if one.covers(on)), None)


def judge(course: Course) -> Verdict:
    """The verdict on the absence that lasts; with nothing owed for one, on the last that was covered."""
    times = list(_times(course, course.run))
    items = [(away, item) for away in times if (item := _item(course, away)) is not None]
    now = next((away for away in times if away.lasts(course.as_at)), None)
    told = next((each for each in items if each[0] is now), items[-1] if items else None)
    if told is None:
        return Verdict(Status.NOT_YET_APPLICABLE, _nothing_owed(now), next_on=_next(course, now))
    away, item = told
    return Verdict(
        status=item.status,
        why=course.in_words(_why, course, away, item),
        opened_on=item.opened_on,
        due_on=item.due_on,
        met_on=item.met_on,
        days_late=item.days_late,
        last=Last(item.opened_on, item.opened_by),
        evidence=(item.opened_by, *item.evidence),
        put_right=None if item.met_on else course.in_words(_put_right, course, item),
        items=tuple(each for _, each in items),
        age_days=None if item.met_on else item.age_days,
        next_on=_next(course, now),
    )


def past(course: Course) -> Iterator[Obligation]:
    """Every absence that was covered, or was not in time."""
    for run in course.runs():
        for away in _times(course, run):
            item = _item(course, away, settled_only=False)
            if item is not None and item.status is not Status.DUE:
                over = item.met_on is None and not away.lasts(course.as_at)
                yield Obligation(
                    away.era.duty.id, item.opened_on, None, item.due_on, item.met_on, item.status,
                    (item.opened_by, *item.evidence), away.until if over else None,
                )  # fmt: skip


def _block(era: Era) -> Cover:
    if not isinstance(era.block, Cover):
        raise TypeError(f"{era.duty.id} asks for no cover")
    return era.block


def _times(course: Course, run: Sequence[Era]) -> Iterator[_Away]:
    """The times in which the supervisor of the day was away, in order."""
    told = supervisors(course.history, _block(run[-1]).supervisor)
    absences = course.history.absences_of(sorted({one.supervisor for one in told.permanent}))
    end = run[-1].span.until
    for one, following in pairwise([*told.permanent, None]):
        if one is None:
            continue
        ends = (end, one.until, None if following is None else following.since - DAY)
        last = min((on for on in ends if on is not None), default=None)
        spells, facts = absences[one.supervisor]
        covers = [each for each in told.interim if _stands_in(each, one.supervisor)]
        for spell in spells:
            since = max(spell.since, one.since, run[0].since)
            until = min((on for on in (spell.until, last) if on is not None), default=None)
            era = next((era for era in reversed(run) if era.since <= since), None)
            if era is not None and since <= (until or course.as_at):
                fact = next(fact for fact in facts if fact.on == spell.since and fact.type == "AbsenceStarted")
                planned = spell.planned if spell.planned is None or last is None else min(spell.planned, last)
                due_on = course.later(era, _block(era).limit, since)
                yield _Away(era, since, until, planned, fact, covers, due_on)


def _stands_in(one: Supervision, supervisor: str) -> bool:
    runs = one.until is None or one.since <= one.until  # one that ends before it begins never does
    return runs and one.supervisor != supervisor and one.covering in (None, supervisor)


def _item(course: Course, away: _Away, *, settled_only: bool = True) -> Item | None:
    """How the absence stands on the day, or stood on its last; None where nothing was owed, or is no more."""
    over = not away.lasts(course.as_at)
    on = away.until if over and away.until is not None else course.as_at
    cover, due_on = away.cover(on), _due_on(away, on)
    planned = away.planned is not None and away.planned > away.due_on
    if cover is None and ((on <= away.due_on and not planned) or (over and settled_only)):
        return None
    late = 0
    if cover is None:
        status, late = (Status.BREACHED, (on - due_on).days) if on > due_on else (Status.DUE, 0)
    else:
        late = _days_without(away, on)
        status = Status.LATE_MET if late else Status.MET
    evidence = () if cover is None or cover.told is None else (reference(cover.told),)
    met_on = None if cover is None else max(cover.since, away.since)
    age = ((met_on or on) - away.since).days
    return Item(away.since, None, due_on, met_on, status, None, late or None, age, reference(away.told), evidence)


def _due_on(away: _Away, on: date) -> date:
    """The last day on which nobody need stand in, or on which somebody last did."""
    ended = [one.until for one in away.covers if one.until is not None and away.due_on < one.until < on]
    return max([away.due_on, *ended]) if away.cover(on) is None else away.due_on


def _days_without(away: _Away, on: date) -> int:
    """How many days nobody stood in, of those on which somebody was to."""
    without, reached = 0, away.due_on
    for one in sorted(away.covers, key=lambda one: one.since):
        if one.since > on or reached >= on:
            break
        without += max((one.since - reached).days - 1, 0)
        reached = max(reached, min(one.until or on, on))
    return without


def _next(course: Course, away: _Away | None) -> date | None:
    if away is None:
        return None
    cover = away.cover(course.as_at)
    dates = (away.due_on, away.until, None if cover is None else cover.until)
    return min((on + DAY for on in dates if on is not None and on >= course.as_at), default=None)


# --- in words ---------------------------------------------------------------------------------------------------------


def _nothing_owed(away: _Away | None) -> str:
    if away is None:
        return "The supervisor is not away, so nobody need stand in."
    limit = _block(away.era).limit
    owed = f"Somebody must stand in if that lasts longer than {limit}: from {day(away.due_on + DAY)} on."
    return f"The supervisor has been away since {day(away.since)}. {owed}"


def _why(course: Course, away: _Away, item: Item) -> str:
    limit = _block(away.era).limit
    lasts = away.lasts(course.as_at)
    since = f"has been away since {day(away.since)}" if lasts else f"was away from {day(away.since)}"
    opened = f"The supervisor {since}. The policy asks that somebody stands in when it is longer than {limit},"
    asks = f"{opened} so from {day(away.due_on + DAY)} on."
    if item.met_on is not None:
        late = f", after {counted(item.days_late, 'day')} without anybody" if item.days_late else ""
        return f"{asks} Somebody {'stands' if lasts else 'stood'} in from {day(item.met_on)}{late}."
    if item.days_late:
        gone = f" Nobody has since {day(item.due_on)}." if item.due_on and item.due_on > away.due_on else ""
        return f"{asks}{gone} It is {days(item.days_late)} late."
    planned = "" if away.planned is None else f" It is planned to last to {day(away.planned)}."
    return f"{asks}{planned} Nobody has been assigned so far."


def _put_right(course: Course, item: Item) -> str:
    by = item.due_on if item.due_on is not None and item.due_on >= course.as_at else None
    return f"An interim supervisor, {'as soon as possible' if by is None else f'by {day(by)}'}."
