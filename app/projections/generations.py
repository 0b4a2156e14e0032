"""Which generation of a council's projections is read, and how far it has come.

A rebuild makes the next generation beside the one that is read and then moves `live`; whoever reads names no generation
but asks for the live one in the same statement, so that a reader sees one generation or the other and never both. What
was made for a job has a negative number and is never live; a transaction may say that it reads that instead.
"""

from contextlib import suppress
from typing import Any

from asyncpg import PostgresError
from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, cast, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.selectable import ScalarSelect

from app.db import Database, metadata
from app.errors import Unavailable
from app.events.store import INSTANT, KEY

projection = Table(
    "projection",
    metadata,
    Column("tenant", KEY, ForeignKey("council.id"), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("live", Boolean, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("begun", INSTANT, nullable=False, server_default=text("now()")),
    Index("projection_live", "tenant", unique=True, postgresql_where=text("live")),
)


def of_generation() -> list[Column[Any]]:
    """The columns that every projection's table begins with."""
    return [
        Column("tenant", KEY, primary_key=True),
        Column("generation", Integer, primary_key=True, autoincrement=False),
    ]


def of_subject() -> list[Column[Any]]:
    """The same for one of subjects."""
    return [*of_generation(), Column("kind", KEY, primary_key=True), Column("id", KEY, primary_key=True)]


# Row-level security shows one council only: no query here needs to name it.
_NEXT = text("SELECT coalesce(max(generation), 0) + 1 FROM projection")
_READ_INSTEAD = text("SELECT set_config('sv.generation', :generation, true)")
_REACHED = text("""
    SELECT least(position, (SELECT min(position) - 1 FROM pending WHERE generation = :generation))
    FROM projection WHERE generation = :generation
""")


def live() -> ScalarSelect[int]:
    """The generation that is read, as a sub-select: the one that this transaction named, else the live one."""
    named = cast(func.nullif(func.current_setting("sv.generation", True), ""), Integer)
    of_all = select(projection.c.generation).where(projection.c.live).scalar_subquery()
    return select(func.coalesce(named, of_all)).scalar_subquery()


async def read_instead(connection: AsyncConnection, generation: int) -> None:
    """Until the end of this transaction, this generation is read, and not the live one."""
    await connection.execute(_READ_INSTEAD, {"generation": str(generation)})


async def live_generation(connection: AsyncConnection) -> int | None:
    """The generation that is read; None before there is any."""
    found = await connection.execute(select(projection.c.generation).where(projection.c.live))
    return found.scalar_one_or_none()


async def begin(connection: AsyncConnection, council: str, *, as_live: bool) -> int:
    """A new, empty generation from the ledger's beginning. Its number; an existing live one is left as it is."""
    generation = int((await connection.execute(_NEXT)).scalar_one())
    row = {"tenant": council, "generation": generation, "live": as_live, "position": 0}
    await connection.execute(insert(projection).values(row).on_conflict_do_nothing())
    return generation


async def claim_noting(connection: AsyncConnection, generation: int) -> int | None:
    """The position noted so far, locked for this transaction: the only leader election. None: another is at it."""
    row = select(projection.c.position).where(projection.c.generation == generation)
    return (await connection.execute(row.with_for_update(skip_locked=True))).scalar_one_or_none()


async def hold(connection: AsyncConnection, generation: int) -> None:
    """Until the end of this transaction nobody notes anything for this generation."""
    row = select(projection.c.position).where(projection.c.generation == generation)
    await connection.execute(row.with_for_update(read=True))


async def moved_to(connection: AsyncConnection, generation: int, position: int) -> None:
    """Everything up to this position is noted."""
    found = update(projection).where(projection.c.generation == generation)
    await connection.execute(found.values(position=position))


async def reached(connection: AsyncConnection, generation: int) -> int | None:
    """The position up to which everything is in the projections: noted, and assessed for it. None: gone."""
    found: int | None = (await connection.execute(_REACHED, {"generation": generation})).scalar_one_or_none()
    return found


async def make_live(connection: AsyncConnection, generation: int) -> None:
    """From now on this generation is read and no other."""
    await connection.execute(update(projection).where(projection.c.live).values(live=False))
    await connection.execute(update(projection).where(projection.c.generation == generation).values(live=True))


async def live_reached(connection: AsyncConnection) -> int:
    """How far the generation that is read has come; 0 before there is any."""
    generation = await live_generation(connection)
    return 0 if generation is None else await reached(connection, generation) or 0


async def refresh_statistics(database: Database, *, grown_only: bool = False) -> None:
    """Tell the planner what the tables look like: all that hold anything, or those that have changed much since."""
    # Not needed to be right, only to be fast: a server that is away now does this another time.
    with suppress(Unavailable, PostgresError):
        await database.call("SELECT refresh_projection_statistics($1)", grown_only, readonly=False)
