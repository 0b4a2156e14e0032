"""What is doubtful in what a council was told: as assessed with each subject, and what no subject shows.

Beside the doubts that an assessment finds: people who are named in some part and never started, and sources that have
fallen silent. Each says what is wrong in words and where it stands in the ledger.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Row, func, literal, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.events.effective import Known
from app.projections import generations, heard
from app.projections.noting import source_heard
from app.projections.standings import doubt, subject


class Place(NamedTuple):
    """Where a page ended."""

    code: str
    kind: str
    id: str
    number: int


QUIET_AFTER: Final = 7.0
"""Days without an event after which a source that used to speak more often has fallen silent."""


async def doubts(
    connection: AsyncConnection, codes: Sequence[str], kind: str | None, after: Place | None, limit: int
) -> Sequence[Row[Any]]:
    """The doubts of these codes (none: all), in the order of code, kind and id."""
    place = (doubt.c.code, doubt.c.kind, doubt.c.id, doubt.c.number)
    query = select(*list(doubt.c)[2:]).where(doubt.c.generation == generations.live())
    if codes:
        query = query.where(doubt.c.code.in_(codes))
    if kind is not None:
        query = query.where(doubt.c.kind == kind)
    if after is not None:
        texts, number = after[:3], literal(after.number, BigInteger())
        query = query.where(tuple_(*place) > tuple_(*map(literal, texts), number))
    return (await connection.execute(query.order_by(*place).limit(limit))).all()


async def doubt_counts(connection: AsyncConnection) -> dict[str, int]:
    """How many doubts there are of each code."""
    query = select(doubt.c.code, func.count()).where(doubt.c.generation == generations.live()).group_by(doubt.c.code)
    return {str(code): int(count) for code, count in await connection.execute(query)}


async def faults(connection: AsyncConnection) -> dict[str, str]:
    """The subjects whose assessment failed, `worker/W-1`, and the number under which the logs say why."""
    query = select(subject.c.kind, subject.c.id, subject.c.fault).where(
        subject.c.generation == generations.live(), subject.c.fault.is_not(None)
    )
    return {f"{kind}/{identity}": fault for kind, identity, fault in await connection.execute(query)}


async def only_mentioned(connection: AsyncConnection, known: Known, limit: int) -> list[str]:
    """People who supervise, sign or own something and of whom nothing else was told by then, by id."""
    rows = await connection.execute(_MENTIONED, {"limit": limit, **heard.bounds(known)})
    return [str(identity) for (identity,) in rows]


async def sources(connection: AsyncConnection, at: datetime | None) -> list[dict[str, Any]]:
    """Every source of events: how many it sent, from when to when, and whether it had fallen silent.

    Silent: nothing for over a week, and for ten times as long as usually lay between its events; reckoned at a moment,
    or when the last one of all was heard.
    """
    query = select(source_heard).where(source_heard.c.generation == generations.live())
    rows = (await connection.execute(query.order_by(source_heard.c.source))).all()
    return [_heard(row, at or max(each.last for each in rows)) for row in rows]


def _heard(row: Row[Any], now: datetime) -> dict[str, Any]:
    usual = (row.last - row.first).total_seconds() / 86_400 / max(row.events - 1, 1)
    quiet = (now - row.last).total_seconds() / 86_400
    return {
        "source": row.source,
        "events": row.events,
        "first": row.first,
        "last": row.last,
        "quiet_days": int(quiet),
        "silent": row.events > 1 and quiet > max(QUIET_AFTER, 10 * usual),
    }


_TOLD: Final = f"""EXISTS (
        SELECT 1 FROM tag AS told JOIN event USING (tenant, position)
        WHERE told.tag = {{}} AND {heard.WAS_KNOWN} OFFSET 0)"""  # noqa: S608 - the condition is our own

_MENTIONED = text(f"""
    WITH RECURSIVE named(tag) AS (  -- from one person to the next, however many events name each
        (SELECT tag FROM tag WHERE tag >= 'by/' AND tag < 'by0' ORDER BY tenant, tag LIMIT 1)
        UNION ALL
        SELECT (SELECT next.tag FROM tag AS next WHERE next.tag > named.tag AND next.tag < 'by0'
                ORDER BY next.tenant, next.tag LIMIT 1)
        FROM named WHERE named.tag IS NOT NULL
    )
    SELECT substr(tag, 4) AS id FROM named
    WHERE tag IS NOT NULL AND {_TOLD.format("named.tag")}
        AND NOT {_TOLD.format("'worker/' || substr(named.tag, 4)")}
    ORDER BY id LIMIT :limit
""")  # noqa: S608
