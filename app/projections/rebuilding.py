"""Making a council's projections anew from its ledger, beside those that are read, which are read until the end.

The next generation begins at the ledger's head with every subject waiting; any number of processes assess them; what is
recorded meanwhile is noted as always. Once it has come as far as the generation that is read, it is read instead, in
one small transaction, and the old one is deleted in pages. No DDL, no owner's rights, no other council touched.
"""

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.process import BaseProcess
from typing import Final

from sqlalchemy import select, text

from app.db import Database
from app.events.effective import Known
from app.events.store import head_position
from app.garbage import collect_rarely
from app.projections import generations, heard
from app.projections.catchup import Projector
from app.projections.generations import projection

DELETED_AT_ONCE: Final = 10_000
TABLES: Final = ("pending", "dependency", "timeline", "situation", "doubt", "subject", "source_heard", "projection")
REPORTED_EVERY: Final = 0.5
"""Seconds."""
LOOKED_EVERY: Final = 0.05
"""Seconds, to see whether the processes have ended."""

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

    What an interrupted rebuild left behind is deleted first, and its processes then find nothing to do. Raises
    `Unavailable`.
    """
    database = Database(url, pool_size=4)
    try:
        await _delete_unread(database, council)
        under_way = await _begin(database, council)
        reporting = asyncio.create_task(_report(under_way, progress))
        try:
            await _assessed(under_way, url, processes)
            await generations.refresh_statistics(database)
            await _change_over(under_way)
        finally:
            reporting.cancel()
        progress(under_way.subjects, under_way.subjects)
        await _delete_unread(database, council)
        return under_way.subjects
    finally:
        await database.close()


def assess_what_waits(url: str, council: str, generation: int) -> None:
    """The work of one process: assess subjects until none waits, or until the process that began this is gone."""
    work_through(url, Projector, council, generation)


def work_through(url: str, projector_of: Callable[[Database], Projector], council: str, generation: int) -> None:
    """The same, with another projector."""
    collect_rarely()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the one that began this ends the others
    beginner = parent_process()

    async def work() -> None:
        database = Database(url, pool_size=2)
        try:
            projector = projector_of(database)
            while (beginner is None or beginner.is_alive()) and await projector.assess(council, generation):
                pass
        finally:
            await database.close()

    asyncio.run(work())


async def _begin(database: Database, council: str) -> Rebuild:
    async with database.write(council) as connection:
        generation = await generations.begin(connection, council, as_live=False)
        head = await head_position(connection)
        await generations.moved_to(connection, generation, head)
        await heard.hear_all(connection, council, generation, Known(position=head))
        waiting = await connection.execute(EVERYBODY, {"tenant": council, "generation": generation})
        return Rebuild(database, council, generation, waiting.rowcount)


async def _assessed(under_way: Rebuild, url: str, processes: int) -> None:
    """Until nobody waits; what a process left undone that ended early is done here."""
    if processes > 1:
        arguments = (url, under_way.council, under_way.generation)
        await shared_out(assess_what_waits, arguments, processes)
    projector = Projector(under_way.database)
    while await projector.assess(under_way.council, under_way.generation):
        pass


async def shared_out(work: Callable[..., None], arguments: tuple[object, ...], processes: int) -> None:
    """The same work in so many processes, until all of them have ended; who is cancelled ends them."""
    spawned: list[BaseProcess] = [
        get_context("spawn").Process(target=work, args=arguments, daemon=True) for _ in range(processes)
    ]
    try:
        for process in spawned:
            process.start()
        while any(process.is_alive() for process in spawned):  # noqa: ASYNC110 (a process is no event)
            await asyncio.sleep(LOOKED_EVERY)
    finally:
        for process in spawned:
            process.terminate()
        for process in spawned:
            process.join()


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
            if new is None:  # another rebuild began meanwhile: its generation counts
                return None
            if live is None or new >= (await generations.reached(connection, live) or 0):
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
        async with database.write(council) as connection:  # whoever assesses for it is waited for, and finds no more
            await connection.execute(select(projection).where(projection.c.generation == generation).with_for_update())
            await connection.execute(_NOBODY, {"generation": generation})
        await delete_generation(database, council, generation)


async def delete_generation(database: Database, council: str, generation: int) -> None:
    """Delete all its rows, a page at a time; first those that wait, so that nobody goes on working for it."""
    for table in TABLES:
        page = text(
            f"DELETE FROM {table} WHERE ctid IN "  # noqa: S608 - the names are this module's own
            f"(SELECT ctid FROM {table} WHERE generation = :generation LIMIT {DELETED_AT_ONCE})"
        )
        deleted = DELETED_AT_ONCE
        while deleted == DELETED_AT_ONCE:
            async with database.write(council) as connection:
                deleted = (await connection.execute(page, {"generation": generation})).rowcount


EVERYBODY = text("""
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

_NOBODY = text("DELETE FROM pending WHERE generation = :generation")

_WAITING = text("SELECT count(*) FROM pending WHERE generation = :generation")
