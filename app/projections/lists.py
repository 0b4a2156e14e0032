"""What is read of the projections: subjects, obligations, counts and trends, as at any day.

Everything is one range query over rows that hold from one day to another; the situation of the same day says to which
team, service and supervisor it belongs. What is not known is a status among the others and never left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Date, Row, Select, and_, cast, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.policy.patterns import Force, Status
from app.projections import generations
from app.projections.standings import situation, timeline

AS_A_WHOLE: Final = ""
"""The rule of the rows that say how a subject stands as a whole."""
WORK: Final = (Status.BREACHED, Status.NOT_ASSESSABLE, Status.TOLERATED, Status.DUE)
"""The statuses of which somebody has something to do."""

_stands = timeline.alias("stands")
_is = situation.alias("is")
_lead = situation.alias("lead")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows are asked for, as at a day; what is not named does not matter."""

    on: date
    kind: str | None = None
    id: str | None = None
    rules: tuple[str, ...] = ()
    statuses: tuple[Status, ...] = ()
    force: tuple[Force, ...] = ()
    team: str | None = None
    service: str | None = None
    role: str | None = None
    category: str | None = None
    supervisor: str | None = None
    """Whoever supervises now, permanently or for the time being: the worker, or who leads the case."""
    lead: str | None = None
    due_from: date | None = None
    due_to: date | None = None


def due_on(on: ColumnElement[date]) -> ColumnElement[date]:
    """The date that stood as the due date on the day."""
    found: ColumnElement[date] = _stands.c.dues[func.width_bucket(on, _stands.c.dues_from)]
    return found


def _day(on: date) -> ColumnElement[date]:
    return cast(literal(on), Date)


def _held(table: Any, on: ColumnElement[date]) -> ColumnElement[bool]:
    return and_(table.c.generation == generations.live(), table.c.from_on <= on, table.c.until_on >= on)


def _as_at(columns: Sequence[Any], wanted: Wanted, on: ColumnElement[date]) -> Select[Any]:
    """A query over what stood on the day, with who each subject was then."""
    where = [_held(_stands, on), *_conditions(wanted, on)]
    source = _stands.outerjoin(_is, and_(_held(_is, on), _is.c.kind == _stands.c.kind, _is.c.id == _stands.c.id))
    if wanted.supervisor is not None:
        led = and_(_held(_lead, on), _lead.c.kind == "worker", _lead.c.id == _is.c.lead)
        source = source.outerjoin(_lead, led)
    return select(*columns).select_from(source).where(*where)


def _conditions(wanted: Wanted, on: ColumnElement[date]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (_stands.c.kind, wanted.kind), (_stands.c.id, wanted.id), (_is.c.team, wanted.team),
        (_is.c.service, wanted.service), (_is.c.role, wanted.role), (_is.c.category, wanted.category),
        (_is.c.lead, wanted.lead),
    ):  # fmt: skip
        if value is not None:
            found.append(column == value)
    for column, values in (
        (_stands.c.rule, wanted.rules), (_stands.c.status, wanted.statuses), (_stands.c.force, wanted.force),
    ):  # fmt: skip
        if values:
            found.append(column.in_([str(value) for value in values]))
    if wanted.supervisor is not None:
        who = [_is.c.supervisor, _is.c.interim, _lead.c.supervisor, _lead.c.interim]
        found.append(or_(*(column == wanted.supervisor for column in who)))
    if wanted.due_from is not None:
        found.append(due_on(on) >= wanted.due_from)
    if wanted.due_to is not None:
        found.append(due_on(on) <= wanted.due_to)
    return found


_WHO = (
    _is.c.role, _is.c.service, _is.c.category, _is.c.team, _is.c.stage, _is.c.employment_type, _is.c.lead,
    _is.c.supervisor, _is.c.interim,
)  # fmt: skip


async def subjects(connection: AsyncConnection, wanted: Wanted, after: str | None, limit: int) -> Sequence[Row[Any]]:
    """Subjects of one kind by id, each with its situation and how it stands as a whole."""
    on = _day(wanted.on)
    columns = [_stands.c.kind, _stands.c.id, _stands.c.status, _stands.c.code, _stands.c.from_on, *_WHO]
    query = _as_at(columns, wanted, on).where(_stands.c.rule == AS_A_WHOLE)
    if after is not None:
        query = query.where(_stands.c.id > after)
    found: Sequence[Row[Any]] = (await connection.execute(query.order_by(_stands.c.id).limit(limit))).all()
    return found


async def findings_of(
    connection: AsyncConnection, on: date, kind: str, ids: Sequence[str]
) -> dict[str, dict[str, int]]:
    """How many rules say what of each of these subjects on the day."""
    query = (
        select(_stands.c.id, _stands.c.status, func.count())
        .where(_held(_stands, _day(on)), _stands.c.kind == kind, _stands.c.id.in_(ids), _stands.c.rule != AS_A_WHOLE)
        .group_by(_stands.c.id, _stands.c.status)
    )
    found: dict[str, dict[str, int]] = {}
    for identity, status, count in await connection.execute(query):
        found.setdefault(identity, {})[status] = count
    return found


Place = tuple[date, str, str, str]
"""Where a page of obligations ended: due date (the end of time for none), kind, id, rule."""


async def obligations(
    connection: AsyncConnection, wanted: Wanted, after: Place | None, limit: int
) -> Sequence[Row[Any]]:
    """What each rule says of each subject, the earliest due date first."""
    on = _day(wanted.on)
    due = func.coalesce(due_on(on), _day(date.max))
    place = (due, _stands.c.kind, _stands.c.id, _stands.c.rule)
    columns = [
        _stands.c.kind, _stands.c.id, _stands.c.rule, _stands.c.policy, _stands.c.force, _stands.c.status,
        _stands.c.code, _stands.c.from_on, due_on(on).label("due_on"), *_WHO,
    ]  # fmt: skip
    query = _as_at(columns, wanted, on).where(_stands.c.rule != AS_A_WHOLE)
    if after is not None:
        query = query.where(tuple_(*place) > tuple_(*(literal(each) for each in after)))
    found: Sequence[Row[Any]] = (await connection.execute(query.order_by(*place).limit(limit))).all()
    return found


GROUPS: Final[dict[str, Any]] = {
    "kind": _stands.c.kind,
    "rule": _stands.c.rule,
    "policy": _stands.c.policy,
    "force": _stands.c.force,
    "team": _is.c.team,
    "service": _is.c.service,
    "category": _is.c.category,
    "role": _is.c.role,
}
"""By what one may count."""


async def counts(
    connection: AsyncConnection, wanted: Wanted, by: Sequence[str], *, of_rules: bool
) -> Sequence[Row[Any]]:
    """How many findings (`of_rules`) or subjects say what: each group's values, the status, the count."""
    on = _day(wanted.on)
    groups = [GROUPS[name].label(name) for name in by]
    needs_situation = bool({"team", "service", "category", "role"} & set(by)) or any(
        (wanted.team, wanted.service, wanted.role, wanted.category, wanted.lead, wanted.supervisor)
    )
    columns = [*groups, _stands.c.status, func.count().label("count_")]
    of = _stands.c.rule != AS_A_WHOLE if of_rules else _stands.c.rule == AS_A_WHOLE
    if needs_situation:
        query = _as_at(columns, wanted, on)
    else:
        query = select(*columns).where(_held(_stands, on), *_conditions(wanted, on))
    found: Sequence[Row[Any]] = (await connection.execute(query.where(of).group_by(*groups, _stands.c.status))).all()
    return found


async def caseload(connection: AsyncConnection, worker: str, on: date) -> dict[str, int]:
    """How the open cases that this worker leads stood on the day: cases by status."""
    query = _as_at([_stands.c.status, func.count()], Wanted(on, kind="case", lead=worker), _day(on))
    rows = await connection.execute(query.where(_stands.c.rule == AS_A_WHOLE).group_by(_stands.c.status))
    return {str(status): int(count) for status, count in rows}
