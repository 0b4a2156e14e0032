"""Clients that hang up: in the middle of a body, right after it, politely or not. Nobody else may notice."""

import asyncio
import json
import random
import socket
import struct
from pathlib import Path

from app.embedded import Cluster
from tests.nothing_lost.facts import Event, fact
from tests.nothing_lost.journal import Journal, faults
from tests.nothing_lost.weakened import program
from tests.nothing_lost.writers import PATIENCE, client, load, push
from tests.serving import Keyring, Served, serving

HALVES = 1_000_000
"""Facts from this number on are sent by half only: they must never be there."""
LONGEST_STAY = 0.008
"""Seconds before it hangs up: about as long as the request is under way."""
ABRUPT = struct.pack("ii", 1, 0)


def _request(served: Served, council: str, body: bytes, kind: str) -> bytes:
    """The bytes of a whole request."""
    token = served.keyring.token(council)
    head = (
        f"POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _hang_up(served: Served, data: bytes, *, abruptly: bool, after: float) -> None:
    """Send, wait a moment, and go without reading: with FIN, or with RST."""
    _, writer = await asyncio.open_connection("127.0.0.1", served.port)
    if abruptly:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABRUPT)
    writer.write(data)
    await writer.drain()
    await asyncio.sleep(after)
    writer.close()


async def _disconnecting(served: Served, council: str, journal: Journal, times: int) -> None:
    chance = random.Random(times)
    for turn in range(times):
        half = turn % 2 == 0
        events: list[Event] = [fact(HALVES + turn)] if half else [fact(next(journal.numbers)) for _ in range(2)]
        body = _request(served, council, json.dumps(events).encode(), "application/json")
        if half:
            body = body[: -chance.randrange(2, 200)]
        else:
            journal.send(events)
        await _hang_up(served, body, abruptly=chance.random() < 0.5, after=chance.uniform(0, LONGEST_STAY))


async def _run(served: Served, council: str, times: int, patience: float = PATIENCE) -> Journal:
    """Writers and, among them, clients that hang up."""
    journal = Journal()
    async with client(served, council, patience) as http:
        await push(http, [fact(next(journal.numbers))], journal)
        async with load(http, journal, writers=8), asyncio.TaskGroup() as group:
            for _ in range(4):
                group.create_task(_disconnecting(served, council, journal, times))
    return journal


async def test_a_client_that_hangs_up_harms_nobody_and_is_recorded_whole_or_not_at_all(
    database: Cluster, served: Served, council_id: str, scale: int
) -> None:
    journal = await _run(served, council_id, times=20 * scale)
    assert await faults(journal, database, council_id) == []


async def _behind_one_that_cancels(cluster: Cluster, folder: Path, keyring: Keyring, name: str, runs: int) -> list[str]:
    """What is wrong behind a server that cancels a request when its client hangs up; the runs end when something is."""
    found: list[str] = []
    with serving(cluster, folder, keyring=keyring, program=program(name)) as served:
        for _ in range(runs):
            council = await keyring.found(cluster.owner_url)
            journal = await _run(served, council, times=120, patience=3)
            if found := await faults(journal, cluster, council):
                break
    return found


async def test_a_request_that_is_cancelled_with_its_client_does_not_cancel_its_group(
    database: Cluster, own_folder: Path, keyring: Keyring
) -> None:
    assert await _behind_one_that_cancels(database, own_folder, keyring, "cancelling", runs=1) == []


async def test_control_a_queue_that_works_inside_a_clients_request_is_cancelled_with_it(
    database: Cluster, own_folder: Path, keyring: Keyring
) -> None:
    assert await _behind_one_that_cancels(database, own_folder, keyring, "led-by-its-first-client", runs=8) != []


async def test_lines_that_are_cut_off_keep_what_was_recorded_and_are_finished_by_sending_them_again(
    database: Cluster, served: Served, council_id: str
) -> None:
    journal = Journal()
    events = [fact(next(journal.numbers)) for _ in range(1_500)]
    journal.send(events)
    lines = b"".join(json.dumps(event).encode() + b"\n" for event in events)
    whole = _request(served, council_id, lines, "application/x-ndjson")
    await _hang_up(served, whole[: len(whole) // 2], abruptly=False, after=0.5)
    async with client(served, council_id) as http:
        answer = (await http.post("/v1/events", content=lines, headers={"Content-Type": "application/x-ndjson"})).json()
    assert answer["accepted"] + answer["duplicate"] == 1_500
    assert answer["duplicate"] > 0
    assert await faults(journal, database, council_id) == []
