"""What falls due in the time ahead: what each rule will say for the worse, if nothing happens. Today only.

Timelines hold the days to come as they will be if nothing happens, and what is told later changes them. So a past day
cannot be asked: its days to come have become what happened.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.calendar import DAY
from app.domain.obligations import WORST_FIRST
from app.domain.policy.patterns import Status
from app.projections import generations
from app.projections.lists import AS_A_WHOLE, AsAt, Wanted
from app.projections.standings import SHORT, timeline

Whose = Literal["supervisor", "team"]
WEEK: Final = 7
LATE: Final = (Status.BREACHED, Status.TOLERATED)
BAD: Final = (*LATE, Status.NOT_ASSESSABLE)
"""What it can turn into when it falls due and nothing happens."""
_KEY: Final = ("kind", "id", "rule")
_TOLD: Final = (*_KEY, "policy", "force", "status", "code", "from_on")


class Place(NamedTuple):
    """Where a page ended."""

    on: date
    kind: str
    id: str
    rule: str


class Coming(AsAt):
    """What turns for the worse in so many weeks from the day after `wanted.on`; `wanted.statuses`: into what."""

    def __init__(self, wanted: Wanted, weeks: int) -> None:
        super().__init__(wanted)
        last = cast(literal(wanted.on + weeks * WEEK * DAY), Date)
        now = self.stands
        turning = union_all(*(self._turning(which, last) for which in (SHORT, ~SHORT))).subquery("turning")
        each = [turning.c[name] for name in _KEY]
        first = select(turning).ext(distinct_on(*each)).order_by(*each, turning.c.from_on).subquery("first")
        same = and_(*(now.c[name] == first.c[name] for name in _KEY))
        self.stands = (
            select(first, now.c.status.label("now"), self.due.label("due_now"))
            .select_from(first.outerjoin(now, same))
            .subquery("stands")
        )

    def _turning(self, which: ColumnElement[bool], last: ColumnElement[date]) -> Select[Any]:
        before, row = timeline.alias("before"), timeline.c
        same = and_(*(before.c[name] == row[name] for name in ("generation", *_KEY)))
        breached = timeline.alias("breached")
        limit = (
            select(func.min(breached.c.from_on))
            .where(*(breached.c[name] == row[name] for name in ("generation", *_KEY)))
            .where(breached.c.status == str(Status.BREACHED), breached.c.from_on >= row.from_on)
            .scalar_subquery()
        )
        return (
            select(*(row[name] for name in _TOLD), limit.label("limit"))
            .select_from(timeline.join(before, and_(same, before.c.until_on == row.from_on - 1)))
            .where(which, row.generation == generations.live(), row.from_on > self.on, row.from_on <= last)
            .where(row.rule != AS_A_WHOLE, _worse(row.status, before.c.status))
        )

    def whose(self, by: Whose) -> ColumnElement[Any]:
        """What is counted by."""
        return self.supervisor if by == "supervisor" else self.group("team")


def _worse(now: ColumnElement[Any], before: ColumnElement[Any]) -> ColumnElement[bool]:
    better = {status: [str(each) for each in WORST_FIRST[WORST_FIRST.index(status) + 1 :]] for status in BAD}
    return or_(*(and_(now == str(status), before.in_(those)) for status, those in better.items()))


async def falling_due(
    connection: AsyncConnection, wanted: Wanted, weeks: int, after: Place | None, limit: int
) -> Sequence[Row[Any]]:
    """What turns for the worse, what turns first being first: each rule of each subject once."""
    at = Coming(wanted, weeks)
    row = at.stands.c
    place = (row.from_on, row.kind, row.id, row.rule)
    later = [tuple_(*place) > tuple_(*(literal(each) for each in after))] if after is not None else []
    query: Select[Any] = (
        select(*row, *at.who, at.supervisor.label("whose"))
        .select_from(at.joined(at.stands, with_lead=True))
        .where(*at.of_rows(), *at.of_subjects(), *later)
        .order_by(*place)
        .limit(limit)
    )
    found: Sequence[Row[Any]] = (await connection.execute(query)).all()
    return found


async def by_week(connection: AsyncConnection, wanted: Wanted, weeks: int, by: Whose) -> dict[str | None, list[int]]:
    """For each supervisor or team: how much falls due in each of the weeks."""
    at = Coming(wanted, weeks)
    whose, week = (
        at.whose(by).label("whose"),
        ((type_coerce(at.stands.c.from_on - at.on, Integer) - 1) // WEEK).label("week"),
    )
    query = (
        select(whose, week, func.count())
        .select_from(at.joined(at.stands, with_lead=True))
        .where(*at.of_rows(), *at.of_subjects())
        .group_by(whose, week)
    )
    found: dict[str | None, list[int]] = {}
    for who, number, count in await connection.execute(query):
        found.setdefault(who, [0] * weeks)[number] = count
    return found


async def already(connection: AsyncConnection, wanted: Wanted, by: Whose) -> dict[str | None, tuple[int, int]]:
    """For each supervisor or team: how much is late already (past a target or a limit), and how much is not known."""
    at = AsAt(replace(wanted, statuses=BAD))
    whose = (at.supervisor if by == "supervisor" else at.group("team")).label("whose")
    late = func.sum(case((at.stands.c.status.in_([str(each) for each in LATE]), 1), else_=0))
    query = (
        select(whose, late, func.count() - late)
        .select_from(at.joined(at.stands, with_lead=True))
        .where(at.stands.c.rule != AS_A_WHOLE, *at.of_rows(), *at.of_subjects())
        .group_by(whose)
    )
    return {who: (int(late), int(unknown)) for who, late, unknown in await connection.execute(query)}
