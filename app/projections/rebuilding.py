"""Making a council's projections anew from its ledger, beside those that are read, which are read until the end.

The next generation begins at the ledger's head with every subject waiting; any number of processes assess them; what is
recorded meanwhile is noted as always. Once it has come as far as the generation that is read, it is read instead, in
one small transaction, and the old one is deleted in pages. No DDL, no owner's rights, no other council touched.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from typing import Final

from sqlalchemy import select, text

from app.db import Database
from app.projections import generations
from app.projections.catchup import Projector
from app.projections.generations import projection

DELETED_AT_ONCE: Final = 10_000
TABLES: Final = ("pending", "dependency", "timeline", "situation", "doubt", "subject", "source_heard", "projection")
REPORTED_EVERY: Final = 0.5
"""Seconds."""

Progress = Callable[[int, int], None]
"""Called with how many subjects are done and how many there are."""


def _silent(done: int, of: int) -> None:
    """No progress is shown."""


@dataclass(frozen=True, slots=True)
class Rebuild:
    """One rebuild under way."""

    database: Database
    council: str
    generation: int
    subjects: int


async def rebuild(url: str, council: str, *, processes: int = 1, progress: Progress = _silent) -> int:
    """Make the council's projections anew and read them from now on; how many subjects there are.

    What an interrupted rebuild left behind is deleted first. Raises `Unavailable`.
    """
    database = Database(url, pool_size=4)
    try:
        await _delete_unread(database, council)
        under_way = await _begin(database, council)
        reporting = asyncio.create_task(_report(under_way, progress))
        try:
            await _assessed(under_way, url, processes)
            await _change_over(under_way)
        finally:
            reporting.cancel()
        progress(under_way.subjects, under_way.subjects)
        await _delete_unread(database, council)
        return under_way.subjects
    finally:
        await database.close()


def assess_what_waits(url: str, council: str, generation: int) -> None:
    """The work of one process: assess subjects until none waits."""

    async def work() -> None:
        database = Database(url, pool_size=2)
        try:
            projector = Projector(database)
            while await projector.assess(council, generation):
                pass
        finally:
            await database.close()

    asyncio.run(work())


async def _begin(database: Database, council: str) -> Rebuild:
    async with database.write(council) as connection:
        generation = await generations.begin(connection, council, as_live=False)
        values = {"tenant": council, "generation": generation}
        for statement in (_AT_HEAD, _HEARD):
            await connection.execute(statement, values)
        waiting = await connection.execute(_EVERYBODY, values)
        return Rebuild(database, council, generation, waiting.rowcount)


async def _assessed(under_way: Rebuild, url: str, processes: int) -> None:
    """Until nobody waits and everything recorded meanwhile is noted."""
    if processes > 1:
        loop = asyncio.get_running_loop()
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            work = partial(assess_what_waits, url, under_way.council, under_way.generation)
            await asyncio.gather(*(loop.run_in_executor(pool, work) for _ in range(processes)))
    projector = Projector(under_way.database)
    while await projector.assess(under_way.council, under_way.generation):
        pass


async def _change_over(under_way: Rebuild) -> None:
    """Read the new generation once it has come at least as far as the old one: no reader is sent back."""
    projector = Projector(under_way.database)
    while True:
        await projector.note(under_way.council, under_way.generation)
        while await projector.assess(under_way.council, under_way.generation):
            pass
        async with under_way.database.write(under_way.council) as connection:
            await connection.execute(select(projection).with_for_update())  # both stand still now
            live = await generations.live_generation(connection)
            new = await generations.reached(connection, under_way.generation)
            if live is None or new >= await generations.reached(connection, live):
                return await generations.make_live(connection, under_way.generation)


async def _report(under_way: Rebuild, progress: Progress) -> None:
    while True:
        async with under_way.database.read(under_way.council) as connection:
            waiting = await connection.execute(_WAITING, {"generation": under_way.generation})
        progress(max(0, under_way.subjects - waiting.scalar_one()), under_way.subjects)
        await asyncio.sleep(REPORTED_EVERY)


async def _delete_unread(database: Database, council: str) -> None:
    """Delete every generation but the one that is read, a page at a time."""
    async with database.read(council) as connection:
        unread = list((await connection.execute(select(projection.c.generation).where(~projection.c.live))).scalars())
    for generation in unread:
        for table in TABLES:
            page = text(
                f"DELETE FROM {table} WHERE ctid IN "  # noqa: S608 - the names are this module's own
                f"(SELECT ctid FROM {table} WHERE generation = :generation LIMIT {DELETED_AT_ONCE})"
            )
            deleted = DELETED_AT_ONCE
            while deleted == DELETED_AT_ONCE:
                async with database.write(council) as connection:
                    deleted = (await connection.execute(page, {"generation": generation})).rowcount


_AT_HEAD = text("""
    UPDATE projection SET position = coalesce((SELECT max(position) FROM event), 0) WHERE generation = :generation
""")

_EVERYBODY = text("""
    WITH RECURSIVE tagged(tag) AS (  -- from one tag to the next, however many events carry each
        (SELECT tag FROM tag ORDER BY tenant, tag LIMIT 1)
        UNION ALL
        SELECT (SELECT next.tag FROM tag AS next WHERE next.tenant = :tenant AND next.tag > tagged.tag
                ORDER BY next.tenant, next.tag LIMIT 1)
        FROM tagged WHERE tagged.tag IS NOT NULL
    )
    INSERT INTO pending (tenant, generation, kind, id, since, position)
        SELECT :tenant, :generation, split_part(tag, '/', 1), substr(tag, strpos(tag, '/') + 1), '-infinity', 1
        FROM tagged WHERE split_part(tag, '/', 1) IN ('worker', 'case', 'team')
""")

_HEARD = text("""
    INSERT INTO source_heard (tenant, generation, source, events, first, last)
        SELECT :tenant, :generation, source, count(*), min(recordedtime), max(recordedtime)
        FROM event WHERE position <= (SELECT position FROM projection WHERE generation = :generation)
        GROUP BY source
""")

_WAITING = text("SELECT count(*) FROM pending WHERE generation = :generation")
