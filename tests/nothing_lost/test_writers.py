"""32 writers on one council, through two processes at once, every fact told twice at the same time."""

import asyncio
from pathlib import Path

from app.embedded import Cluster
from tests.nothing_lost.facts import fact
from tests.nothing_lost.journal import Journal, faults
from tests.nothing_lost.weakened import Weakened
from tests.nothing_lost.writers import client, push
from tests.serving import Keyring, Served, serving

WRITERS = 32
LOCK = ("WHERE head.tenant = p_tenant FOR UPDATE", "WHERE head.tenant = p_tenant")
LOOK_UP = ("event.source = sent.source AND event.id = sent.id", "false")


async def _write(servers: tuple[Served, Served], council: str, each: int, *, twice: bool = True) -> Journal:
    """Every writer tells its facts, singly and in arrays, to both servers at once, or else to one of them."""
    journal = Journal()
    async with client(servers[0], council) as one, client(servers[1], council) as other:

        async def write(writer: int) -> None:
            for turn in range(each):
                numbers = [writer * 10_000 + turn * 10 + i for i in range(3 if turn % 3 == 2 else 1)]
                events = [fact(number) for number in numbers]
                doors = (one, other) if twice else (one, other)[writer % 2 :][:1]
                await asyncio.gather(*(push(door, events, journal) for door in doors))

        async with asyncio.TaskGroup() as group:
            for writer in range(WRITERS):
                group.create_task(write(writer))
    return journal


async def test_32_writers_leave_no_gap_and_every_acknowledged_event_is_there_once(
    database: Cluster, served: Served, own_folder: Path, keyring: Keyring, council_id: str, scale: int
) -> None:
    with serving(database, own_folder, keyring=keyring) as second:
        journal = await _write((served, second), council_id, each=9 * scale)
    assert len(journal.acknowledged) == WRITERS * 15 * scale
    assert await faults(journal, database, council_id) == []


async def _weakened(
    cluster: Cluster, folder: Path, keyring: Keyring, database: tuple[str, str], *, twice: bool
) -> list[str]:
    owner_url, service_url = database
    council = await keyring.found(owner_url)
    with (
        serving(cluster, folder, keyring=keyring, database_url=service_url) as one,
        serving(cluster, folder, keyring=keyring, database_url=service_url) as other,
    ):
        journal = await _write((one, other), council, each=4, twice=twice)
    return await faults(journal, cluster, council, database_url=owner_url)


async def test_control_without_the_head_rows_lock_two_events_get_one_position(
    database: Cluster, own_folder: Path, keyring: Keyring, weakened: Weakened
) -> None:
    no_keys = [f"ALTER TABLE {table} DROP CONSTRAINT {table}_pkey" for table in ("event", "event_text", "tag")]
    lame = await weakened.database("no_lock", *no_keys, append=[LOCK])
    found = await _weakened(database, own_folder, keyring, lame, twice=False)
    assert any(fault.startswith("positions are not 1…N") for fault in found), found


async def test_control_without_looking_up_source_and_id_a_fact_is_there_twice(
    database: Cluster, own_folder: Path, keyring: Keyring, weakened: Weakened
) -> None:
    no_index = "DROP INDEX event_source_id"
    lame = await weakened.database("no_look_up", no_index, append=[LOOK_UP])
    found = await _weakened(database, own_folder, keyring, lame, twice=True)
    assert any(fault.startswith("fact told twice") for fault in found), found
