"""The server killed with SIGKILL at random moments under load, and clients that send again with the same ids."""

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

from app.embedded import Cluster
from tests.nothing_lost.facts import Event, under_a_new_id
from tests.nothing_lost.journal import Journal, faults
from tests.nothing_lost.weakened import program
from tests.nothing_lost.writers import as_sent, client, load
from tests.serving import SERVE, Keyring, Served, serving

KILLS = 8
MOST_CONTROL_KILLS = 12
LONGEST_LIFE = 0.4
"""Seconds of load at most before the next kill."""


async def _kill(served: Served, chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(0.02, LONGEST_LIFE))
    served.kill()
    await asyncio.to_thread(served.start)


async def test_a_server_killed_under_load_loses_nothing_and_stores_nothing_twice(
    database: Cluster, own_folder: Path, keyring: Keyring, council_id: str, scale: int
) -> None:
    journal, chance = Journal(), random.Random(scale)
    with serving(database, own_folder, keyring=keyring) as served:
        async with client(served, council_id) as http, load(http, journal, writers=12):
            for _ in range(KILLS * scale):
                await _kill(served, chance)
    assert journal.cut >= KILLS * scale, "hardly a kill found requests under way: this shows nothing"
    assert await faults(journal, database, council_id) == []


async def _until_found(
    cluster: Cluster,
    folder: Path,
    keyring: Keyring,
    beginning: str,
    *,
    server: tuple[str, ...] = SERVE,
    again: Callable[[Event], Event] = as_sent,
) -> list[str]:
    """Kill until the check finds such a fault, a dozen times at most; all that it found."""
    council, journal, chance = await keyring.found(cluster.owner_url), Journal(), random.Random(1)
    found: list[str] = []
    with serving(cluster, folder, keyring=keyring, program=server) as served:
        for _ in range(MOST_CONTROL_KILLS):
            async with client(served, council) as http, load(http, journal, writers=12, again=again):
                await _kill(served, chance)
            found = await faults(journal, cluster, council)
            if any(fault.startswith(beginning) for fault in found):
                break
    return found


async def test_control_clients_that_send_again_with_new_ids_tell_facts_twice(
    database: Cluster, own_folder: Path, keyring: Keyring
) -> None:
    found = await _until_found(database, own_folder, keyring, "fact told twice", again=under_a_new_id)
    assert any(fault.startswith("fact told twice") for fault in found)


async def test_control_a_server_that_answers_before_it_is_durable_loses_events(
    database: Cluster, own_folder: Path, keyring: Keyring
) -> None:
    found = await _until_found(database, own_folder, keyring, "lost", server=program("answers-early"))
    assert any(fault.startswith("lost") for fault in found)
