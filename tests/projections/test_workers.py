"""Workers killed, cut off and set beside each other: the projections are those of a rebuild all the same."""

import asyncio
import random
import time
from pathlib import Path

import pytest

from app import embedded
from app.projections.catchup import Projector
from tests.councils import Council
from tests.projections.conftest import Begin, own_cluster
from tests.projections.stored import Stored, caught_up, chunks, connected, lag_of, rebuilt, send, stored
from tests.projections.world import Event, history
from tests.serving import serving

KILLS = 9
LONGEST_LIFE = 0.3
"""Seconds at most until the next kill."""


def _told(chance: random.Random, turns: int) -> list[list[Event]]:
    """A larger history in so many pieces of random sizes, and what is left."""
    events = history(chance.randrange(1_000), workers=12, cases=40)
    return chunks(events, [chance.randrange(1, 2 * len(events) // turns) for _ in range(turns)])


async def _killed(council: Council, url: str, begin: Begin, kind: str, chance: random.Random, turns: int) -> int:
    """Events are sent while workers live and die; how many of the kills left something to be done."""
    left = 0
    async with connected(url) as database:
        for piece in _told(chance, turns)[:turns]:
            half = len(piece) // 2
            await asyncio.to_thread(send, council, piece[:half])
            worker = begin(url, kind)
            await asyncio.gather(
                asyncio.to_thread(send, council, piece[half:]),
                asyncio.sleep(chance.uniform(0.02, LONGEST_LIFE)),
            )
            worker.kill()
            worker.join()
            left += (await lag_of(database, council.id)).behind
    return left


async def test_workers_killed_at_random_moments_leave_what_a_rebuild_makes(
    luton: Council, database: embedded.Cluster, begin: Begin, scale: int
) -> None:
    url, kills = database.service_url, KILLS * scale
    left = await _killed(luton, url, begin, "whole", random.Random(scale), kills)
    assert left > kills / 3, "most kills found nothing under way: this shows nothing"
    begin(url)
    live = await _caught_up(url, luton.id)
    assert live == await rebuilt(url, luton.id)
    assert len(live["timeline"]) > 100


def test_control_a_worker_that_says_early_what_is_done_forgets_some(
    luton: Council, database: embedded.Cluster, begin: Begin
) -> None:
    def forgets() -> bool:
        with Council.new(luton.served, database.owner_url) as council:
            council.adopt("luton", "2021-06-01")
            return asyncio.run(_forgets(council, database.service_url, begin, chance))

    chance = random.Random(2)
    assert any(forgets() for _ in range(4))  # on a busy machine few live long enough to begin anything


async def _forgets(council: Council, url: str, begin: Begin, chance: random.Random) -> bool:
    await _killed(council, url, begin, "forgetful", chance, 12)
    sound = begin(url)
    try:
        return await _caught_up(url, council.id) != await rebuilt(url, council.id)
    finally:
        sound.kill()
        sound.join()


async def test_two_at_once_share_the_work_and_make_no_difference(luton: Council, database: embedded.Cluster) -> None:
    url = database.service_url
    async with connected(url) as one, connected(url) as other:
        projectors, assessed = [Projector(one), Projector(other)], [0, 0]

        async def catch_up(number: int) -> None:
            generation = await projectors[number].live(luton.id)
            while (await lag_of(one, luton.id)).behind:
                await projectors[number].note(luton.id, generation)
                assessed[number] += await projectors[number].assess(luton.id, generation, most=2)

        for piece in _told(random.Random(3), 6):
            send(luton, piece)
            await asyncio.gather(catch_up(0), catch_up(1))
        live = await stored(one, luton.id)
    assert min(assessed) > 10
    assert live == await rebuilt(url, luton.id, processes=2)


def test_postgresql_restarted_under_a_worker_is_waited_for_unaided(
    pytestconfig: pytest.Config, tmp_path: Path, begin: Begin
) -> None:
    pieces = _told(random.Random(4), 2)
    with (
        own_cluster(pytestconfig.getoption("--postgres")) as cluster,
        serving(cluster, tmp_path) as served,
        Council.new(served, cluster.owner_url) as council,
    ):
        council.adopt("luton", "2021-06-01")
        worker = begin(cluster.service_url)
        for number, piece in enumerate(pieces):
            send(council, piece)
            if number % 2:
                cluster.kill()
                time.sleep(1.5)
            cluster.restart(immediate=True)
        live = asyncio.run(_caught_up(cluster.service_url, council.id))
        assert worker.is_alive()
        assert live == asyncio.run(rebuilt(cluster.service_url, council.id))
        worker.kill()
    said = (tmp_path / "log").read_text()
    assert 1 <= said.count("the database is away") <= len(pieces)  # once each time, however often it was tried
    assert "catching up failed" not in said


async def _caught_up(url: str, council: str) -> Stored:
    async with connected(url) as connection:
        await caught_up(connection, council)
        return await stored(connection, council)
