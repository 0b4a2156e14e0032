"""The planner knows what the projections look like: from what was made, and never from an empty table."""

import asyncio
from datetime import datetime

import asyncpg

from app import embedded
from app.db import Database
from app.projections import generations
from app.projections.rebuilding import rebuild
from tests.councils import Council
from tests.projections.conftest import own_cluster
from tests.projections.stored import send
from tests.projections.world import history

TABLES = "('timeline', 'situation')"
ANALYSED = f"SELECT relname, reltuples FROM pg_class WHERE relname IN {TABLES} ORDER BY relname"
LAST = f"SELECT min(coalesce(last_analyze, '1990-01-01')) FROM pg_stat_user_tables WHERE relname IN {TABLES}"


async def _rows_known(owner_url: str) -> list[int]:
    """How many rows the planner believes each of the two tables to have; -1: it was never told."""
    connection = await asyncpg.connect(owner_url.replace("+asyncpg", ""))
    try:
        return [int(row["reltuples"]) for row in await connection.fetch(ANALYSED)]
    finally:
        await connection.close()


async def _last_analysed(owner_url: str) -> datetime:
    """When the one of the two tables was that was analysed longer ago."""
    connection = await asyncpg.connect(owner_url.replace("+asyncpg", ""))
    try:
        moment: datetime = await connection.fetchval(LAST)
        return moment
    finally:
        await connection.close()


def test_an_empty_table_is_never_analysed() -> None:
    async def asked(cluster: embedded.Cluster) -> list[int]:
        database = Database(cluster.service_url, pool_size=1)
        await generations.refresh_statistics(database)
        await database.close()
        return await _rows_known(cluster.owner_url)

    with own_cluster(None) as untouched:
        assert asyncio.run(asked(untouched)) == [-1, -1]


def test_after_a_rebuild_the_planner_knows_what_was_made(luton: Council, database: embedded.Cluster) -> None:
    send(luton, history(7))
    before = asyncio.run(_last_analysed(database.owner_url))
    asyncio.run(rebuild(database.service_url, luton.id))
    assert asyncio.run(_last_analysed(database.owner_url)) > before
    assert min(asyncio.run(_rows_known(database.owner_url))) > 0
