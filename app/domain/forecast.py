"""Numbers in a time, such as ten sessions a year: when they will be reached or missed at the present pace. Pure.

The pace is that of the last half year (or of as long as it is asked): what counted then is thought to go on as far
apart; with no pace nothing more comes. A forecast judges nothing: what is so, and what will be if nothing happens, the
finding says.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.calendar import DAY, back
from app.domain.compliance import assess, policies_in_force
from app.domain.history import Subject
from app.domain.obligations import Finding
from app.domain.policy.measured import AtLeast
from app.domain.policy.patterns import Status
from app.domain.wording import day, days
from app.events.facts import Facts

HALF_A_YEAR, A_YEAR = 183, 366
REACHED, WILL_BE_REACHED, WILL_BE_MISSED, MISSED = "reached", "will_be_reached", "will_be_missed", "missed"
_NOT_ASKED: Final = (Status.NOT_APPLICABLE, Status.NOT_ASSESSABLE, Status.NOT_SPECIFIED)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What becomes of one number within a year.

    `outlook`: `reached` and stays so, `will_be_reached` (on `reached_on`), `will_be_missed` (from `missed_on` on), or
    `missed` and not reached within a year. `every_days`: how far apart, on the average, what counts has lain of late.
    """

    finding: Finding
    outlook: str
    every_days: int | None
    reached_on: date | None
    missed_on: date | None
    why: str


def forecasts(subject: Subject, facts: Facts, on: date) -> list[Forecast]:
    """One for each rule about a number that is asked of the subject on the day. Raises `FactsNeeded`."""
    packs = policies_in_force(facts, on)
    asked = {rule.id: rule.at_least for pack in packs for rule in pack.rules if rule.at_least is not None}
    found = [
        finding
        for finding in assess(subject, facts, on).findings
        if finding.rule in asked and finding.count is not None and finding.status not in _NOT_ASKED
    ]
    types = frozenset[str]().union(*(pack.types_about(subject.kind) for pack in packs))
    dated = {(fact.source, fact.id): fact.on for fact in facts.as_at(on)(subject.tag, types)} if found else {}
    return [_forecast(finding, asked[finding.rule], _counted(finding, dated), on) for finding in found]


def _counted(finding: Finding, dated: Mapping[tuple[str, str], date | None]) -> list[date]:
    """The days of what counts now."""
    return sorted(on for each in finding.evidence if (on := dated.get((each.source, each.id))) is not None)


def _forecast(finding: Finding, block: AtLeast, told: Sequence[date], on: date) -> Forecast:
    every = _pace(finding, told, on)
    coming = [] if every is None else list(_going_on(told[-1], every, on))
    expected = dict(_expected(finding, block, [*told, *coming], on))
    needed = finding.needed or 0
    has, breached = (finding.count or 0) >= needed, finding.status is Status.BREACHED
    reached = None if has else next((each for each, number in expected.items() if number >= needed), None)
    in_time = on if has or finding.due_on is None else finding.due_on
    short = (each for each, number in expected.items() if each > in_time and number < needed)
    missed = None if breached else next(short, None)
    outlook = _outlook(breached, has, reached, missed)
    then = missed if outlook == WILL_BE_MISSED else reached
    return Forecast(finding, outlook, every, reached, missed, _why(finding, outlook, every, then))


def _pace(finding: Finding, told: Sequence[date], on: date) -> int | None:
    """How many days apart, over the last half year; None where nothing counted."""
    asked_for = HALF_A_YEAR if finding.opened_on is None else min((on - finding.opened_on).days + 1, HALF_A_YEAR)
    of_late = [each for each in told if (on - each).days < HALF_A_YEAR]
    return max(1, round(asked_for / len(of_late))) if of_late else None


def _outlook(breached: bool, has: bool, reached: date | None, missed: date | None) -> str:
    if missed is not None:
        return WILL_BE_MISSED
    if has:
        return REACHED
    return MISSED if breached and reached is None else WILL_BE_REACHED


def _going_on(last: date, every: int, on: date) -> Iterator[date]:
    """The days after this one on which it would happen next, and next."""
    following = max(last + every * DAY, on + DAY)
    while following <= on + A_YEAR * DAY:
        yield following
        following += every * DAY


def _expected(finding: Finding, block: AtLeast, all_days: Sequence[date], on: date) -> Iterator[tuple[date, float]]:
    """Each day to come with the number as it would stand then: of the running window only, where there are windows."""
    worth = (finding.count or 0) / len(finding.evidence) if finding.evidence else 1
    last = on + A_YEAR * DAY
    if block.rolling is None and finding.due_on is not None and finding.due_on >= on:
        last = min(last, finding.due_on + DAY)
    day_, in_order = on + DAY, sorted(all_days)
    while day_ <= last:
        first = finding.opened_on or on if block.rolling is None else back(block.rolling, day_) + DAY
        yield day_, worth * (bisect_right(in_order, day_) - bisect_left(in_order, first))
        day_ += DAY


def _why(finding: Finding, outlook: str, every: int | None, then: date | None) -> str:
    pace = "None in the last half year." if every is None else f"One every {days(every)} of late."
    comes = {
        REACHED: "Going on like this it stays reached.",
        WILL_BE_REACHED: f"Going on like this it is reached on {day(then)}." if then else "It is reached in time.",
        WILL_BE_MISSED: f"Going on like this it is missed from {day(then)} on." if then else "It is missed.",
        MISSED: "Going on like this it is not reached within a year.",
    }
    so_far = f"{finding.count} of {finding.needed}. {pace} {comes[outlook]}"
    return so_far if finding.still_reachable is not False else f"{so_far} It can be reached in time no more."
