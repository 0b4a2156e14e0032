"""PostgreSQL restarted, crashed and killed under load: 503 with Retry-After, then recovery unaided, nothing lost."""

import asyncio
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from app import embedded
from app.db import migrate
from tests.conftest import PLACE
from tests.nothing_lost.journal import Journal, faults
from tests.nothing_lost.writers import client, load
from tests.serving import Served, serving

NOT_DURABLE = {"synchronous_commit": "off", "wal_writer_delay": "10s"}
LONGEST_WAIT = 15
"""Seconds in which what must happen has happened."""


@contextmanager
def _own(options: Mapping[str, str], version: int | None) -> Iterator[tuple[embedded.Cluster, Served]]:
    """A PostgreSQL that may be harmed, and a server on it."""
    folder = Path(tempfile.mkdtemp(prefix=PLACE, dir="/tmp"))
    folder.chmod(0o711)
    cluster = embedded.start(folder, options=options, version=version)
    try:
        migrate(cluster.owner_url)
        with serving(cluster, folder) as served:
            yield cluster, served
    finally:
        cluster.stop()
        embedded.remove(folder)


async def _grown(journal: Journal, by: int) -> None:
    """Wait until so many more facts are acknowledged."""
    async with asyncio.timeout(LONGEST_WAIT):
        until = len(journal.acknowledged) + by
        while len(journal.acknowledged) < until:
            await asyncio.sleep(0.01)


async def _turned_away(journal: Journal) -> None:
    """Wait until a client was answered 503."""
    async with asyncio.timeout(LONGEST_WAIT):
        before = journal.turned_away
        while journal.turned_away == before:
            await asyncio.sleep(0.01)


async def test_postgresql_restarted_under_load_is_a_503_and_then_recovery_unaided(
    pytestconfig: pytest.Config, scale: int
) -> None:
    journal = Journal()
    with _own({}, pytestconfig.getoption("--postgres")) as (cluster, served):
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
    with _own(NOT_DURABLE, pytestconfig.getoption("--postgres")) as (cluster, served):
        council = await served.keyring.found(cluster.owner_url)
        async with client(served, council) as http, load(http, journal, writers=12):
            await _grown(journal, 200)
            await asyncio.to_thread(cluster.kill)
            await asyncio.to_thread(cluster.restart)
            await _grown(journal, 10)
        found = await faults(journal, cluster, council)
    assert any(fault.startswith("lost") for fault in found), found
