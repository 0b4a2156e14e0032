"""PostgreSQL restarted, crashed and killed under load: 503 with Retry-After, then recovery unaided, nothing lost."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from app import embedded
from app.db import migrate
from tests.conftest import PLACE
from tests.nothing_lost.journal import Journal, faults
from tests.nothing_lost.weakened import program
from tests.nothing_lost.writers import client, load
from tests.serving import SERVE, Served, serving

NOT_DURABLE = {"synchronous_commit": "off", "wal_writer_delay": "10s"}
UNCHECKED = program("as-it-is")
"""The service itself refuses to run on that."""
LONGEST_WAIT = 60
"""Seconds in which what must happen has happened."""


@asynccontextmanager
async def _own(options: Mapping[str, str], version: int | None) -> AsyncIterator[tuple[embedded.Cluster, Served]]:
    """A PostgreSQL that may be harmed, and a server on it."""
    folder = Path(tempfile.mkdtemp(prefix=PLACE, dir="/tmp"))
    folder.chmod(0o711)
    cluster = embedded.start(folder, options=options, version=version)
    try:
        await asyncio.to_thread(migrate, cluster.owner_url)
        with serving(cluster, folder, program=UNCHECKED if options is NOT_DURABLE else SERVE) as served:
            yield cluster, served
    finally:
        cluster.stop()
        embedded.remove(folder)


async def _until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONGEST_WAIT):
        while not reached():  # noqa: ASYNC110 (a journal is no event)
            await asyncio.sleep(0.01)


async def _grown(journal: Journal, by: int) -> None:
    """Wait until so many more facts are acknowledged."""
    goal = len(journal.acknowledged) + by
    await _until(lambda: len(journal.acknowledged) >= goal)


async def _on_disk(cluster: embedded.Cluster) -> None:
    """Have everything up to now on the disk: tables and councils are not what the control shall lose."""
    connection = await asyncpg.connect(cluster.owner_url.replace("+asyncpg", ""))
    try:
        await connection.execute("SET synchronous_commit = on")
        await connection.execute("CREATE TABLE on_disk (); DROP TABLE on_disk")
    finally:
        await connection.close()


async def _turned_away(journal: Journal) -> None:
    """Wait until another client was answered 503."""
    before = journal.turned_away
    await _until(lambda: journal.turned_away > before)


async def test_postgresql_restarted_under_load_is_a_503_and_then_recovery_unaided(
    pytestconfig: pytest.Config, scale: int
) -> None:
    journal = Journal()
    async with _own({}, pytestconfig.getoption("--postgres")) as (cluster, served):
        council = await served.keyring.found(cluster.owner_url)
        async with client(served, council) as http, load(http, journal, writers=12):
            for _ in range(scale):
                await _grown(journal, 50)
                await asyncio.to_thread(cluster.restart)
                await _grown(journal, 50)
                await asyncio.to_thread(cluster.restart, immediate=True)
                await _grown(journal, 50)
                await asyncio.to_thread(cluster.kill)
                await _turned_away(journal)
                assert not served.ready()
                await asyncio.to_thread(cluster.restart)
                await _grown(journal, 50)
        assert await faults(journal, cluster, council) == []
        assert served.ready()


async def test_control_a_postgresql_that_commits_without_waiting_for_the_disk_loses_events(
    pytestconfig: pytest.Config,
) -> None:
    journal = Journal()
    async with _own(NOT_DURABLE, pytestconfig.getoption("--postgres")) as (cluster, served):
        council = await served.keyring.found(cluster.owner_url)
        await _on_disk(cluster)
        async with client(served, council) as http, load(http, journal, writers=12):
            await _grown(journal, 200)
            await asyncio.to_thread(cluster.kill)
            await asyncio.to_thread(cluster.restart)
            await _grown(journal, 10)
        found = await faults(journal, cluster, council)
    assert any(fault.startswith("lost") for fault in found), found
