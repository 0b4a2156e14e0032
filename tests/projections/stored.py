"""What a council's projections hold, to be compared; sent events; and how far the projections have come."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import func, select

from app.db import Database
from app.projections import generations, standings
from app.projections.lag import Lag, lags
from app.projections.noting import dependency, source_heard
from app.projections.rebuilding import rebuild
from tests.councils import Council
from tests.projections.world import Event

Stored = dict[str, frozenset[tuple[Any, ...]]]
TABLES = (*standings.TABLES, standings.subject, source_heard)
PATIENCE = 60
"""Seconds in which what must happen has happened."""


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Database]:
    """A few connections."""
    database = Database(url, pool_size=4)
    try:
        yield database
    finally:
        await database.close()


def send(council: Council, events: list[Event]) -> None:
    """Events that must all be taken, sooner or later."""
    if not events:
        return
    while (answer := council.post(events, atomic=False)).status_code == 503:
        time.sleep(0.1)
    assert answer.status_code == 200, answer.text
    refused = [item for item in answer.json()["items"] if item["status"] == "rejected"]
    assert not refused, refused


async def stored(database: Database, council: str, generation: int | None = None) -> Stored:
    """Every row of a generation; of the one that is read if none is named."""
    async with database.read(council) as connection:
        generation = generation or await generations.live_generation(connection)
        found = {}
        for table in TABLES:
            rows = await connection.execute(select(*list(table.c)[2:]).where(table.c.generation == generation))
            found[table.name] = frozenset(tuple(_plain(value) for value in row) for row in rows)
        return found


RestsOn = dict[tuple[str, str, str], frozenset[str] | None]


async def rests_on(database: Database, council: str) -> RestsOn:
    """By kind, id and tag: the types of event on which a subject's answer rests, None for all."""
    async with database.read(council) as connection:
        generation = await generations.live_generation(connection)
        columns = (dependency.c.kind, dependency.c.id, dependency.c.tag, dependency.c.types)
        rows = await connection.execute(select(*columns).where(dependency.c.generation == generation))
        return {(k, i, tag): None if types is None else frozenset(types) for k, i, tag, types in rows}


def covers(live: RestsOn, rebuilt: RestsOn) -> bool:
    """Whether all that an answer rests on is there: what was continued day by day may rest on more."""

    def holds(key: tuple[str, str, str], types: frozenset[str] | None) -> bool:
        known = live.get(key, frozenset())
        return known is None or (types is not None and types <= known)

    return all(holds(key, types) for key, types in rebuilt.items())


def _plain(value: Any) -> Any:
    return tuple(sorted(value) if value and isinstance(value[0], str) else value) if isinstance(value, list) else value


async def rebuilt(url: str, council: str, processes: int = 1) -> Stored:
    """The same after a rebuild."""
    await rebuild(url, council, processes=processes)
    async with connected(url) as database:
        return await stored(database, council)


async def left_over(database: Database, council: str) -> int:
    """Rows of generations that are not read."""
    async with database.read(council) as connection:
        counts = [
            (
                await connection.execute(select(func.count()).where(table.c.generation != generations.live()))
            ).scalar_one()
            for table in TABLES
        ]
    return sum(counts)


async def lag_of(database: Database, council: str) -> Lag:
    """How far behind one council's are."""
    (found,) = [lag for lag in await lags(database) if lag.council == council]
    return found


async def caught_up(database: Database, council: str) -> None:
    """Wait for a worker."""
    async with asyncio.timeout(PATIENCE):
        while (await lag_of(database, council)).behind:  # noqa: ASYNC110 (a worker is no event)
            await asyncio.sleep(0.02)


def chunks(events: list[Event], sizes: Iterable[int]) -> list[list[Event]]:
    """The events in pieces of these sizes; the last holds what is left."""
    found = []
    for size in sizes:
        found.append(events[:size])
        events = events[size:]
    return [*found, events] if events else found
