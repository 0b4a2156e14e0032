"""The worker that `serve` starts, and the commands `work` and `rebuild`, as processes."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app import embedded
from app.projections.answering import SHARED_FROM
from app.projections.catchup import Projector
from tests.councils import Council
from tests.projections.stored import PATIENCE, caught_up, connected, lag_of, left_over, send, stored
from tests.projections.test_jobs import asked_of_all_days, is_of_now
from tests.projections.world import history
from tests.serving import ROOT, Served, serving

SUPERVISION = [sys.executable, "-c", "from app.cli import main; main()"]


@pytest.fixture
def with_worker(database: embedded.Cluster, served: Served, tmp_path: Path) -> Iterator[Served]:
    """A second service on the same database, with a worker."""
    with serving(database, tmp_path, keyring=served.keyring, settings={"worker": "true"}) as running:
        yield running


def _worker(served: Served, other_than: psutil.Process | None = None) -> psutil.Process:
    """The worker of a service, as soon as it runs."""
    assert served.process is not None
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for child in psutil.Process(served.process.pid).children():
            if child != other_than and "work_attended" in " ".join(child.cmdline()):
                return child
        time.sleep(0.02)
    raise AssertionError("no worker was started")


def _ends(process: psutil.Process) -> bool:
    until = time.monotonic() + PATIENCE
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


async def test_a_worker_beside_the_service_is_started_again_when_it_dies(
    luton: Council, with_worker: Served, database: embedded.Cluster
) -> None:
    first = _worker(with_worker)
    first.kill()
    second = _worker(with_worker, other_than=first)
    assert with_worker.ready()
    send(luton, history(11))
    async with connected(database.service_url) as connection:
        await caught_up(connection, luton.id)
        assert len((await stored(connection, luton.id))["timeline"]) > 20
    assert second.is_running()


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL], ids=lambda end: end.name)
def test_a_worker_ends_with_its_service_however_that_ends(with_worker: Served, end: signal.Signals) -> None:
    worker = _worker(with_worker)
    assert with_worker.process is not None
    with_worker.process.send_signal(end)
    with_worker.process.wait(PATIENCE)
    assert _ends(worker)


async def test_a_large_job_is_shared_by_processes_that_end_with_their_worker_and_the_next_worker_goes_on(
    luton: Council, with_worker: Served, database: embedded.Cluster
) -> None:
    send(luton, history(31, workers=20, cases=SHARED_FROM))
    worker, sharing = _worker(with_worker), list[psutil.Process]()
    asked = asked_of_all_days(luton)
    async with asyncio.timeout(4 * PATIENCE), connected(database.service_url) as connection:
        while len(sharing) < 2:
            sharing = [each for each in worker.children() if "spawn_main" in " ".join(each.cmdline())]
            await asyncio.sleep(0.05)
        worker.kill()
        while (found := luton.get(f"/v1/jobs/{asked}").json())["state"] != "done":
            assert found["state"] == "running"
            await asyncio.sleep(0.2)
        assert found["progress"]["done"] == found["progress"]["of"] > SHARED_FROM
        assert all(_ends(each) for each in sharing)
        assert await is_of_now(connection, database.service_url, luton.id, asked)


def test_without_a_worker_the_service_is_ready_and_its_metrics_say_what_waits(luton: Council) -> None:
    assert luton.served.process is not None
    assert psutil.Process(luton.served.process.pid).children() == []
    luton.tell("CaseOpened", case_id="C-1", opened_on="2025-01-06", service="family_safeguarding")
    assert luton.served.ready()
    said = dict(line.rsplit(" ", 1) for line in luton.get("/metrics").text.splitlines() if not line.startswith("#"))
    assert float(said["supervision_projection_positions_behind"]) >= 3
    assert float(said["supervision_projection_seconds_behind"]) > 0


def _command(database: embedded.Cluster, *arguments: str) -> "subprocess.Popen[str]":
    environment = {"PATH": os.defpath, "SUPERVISION_DATABASE_URL": database.service_url}
    return subprocess.Popen(
        [*SUPERVISION, *arguments], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


async def test_work_catches_up_and_stops_when_told(luton: Council, database: embedded.Cluster) -> None:
    with _command(database, "work") as worker:
        luton.tell("CaseOpened", case_id="C-1", opened_on="2025-01-06", service="family_safeguarding")
        async with connected(database.service_url) as connection:
            await caught_up(connection, luton.id)
        worker.send_signal(signal.SIGTERM)
        _, complained = worker.communicate(timeout=PATIENCE)
    assert (worker.returncode, complained) == (0, "")


async def test_rebuild_interrupted_at_random_and_repeated_leaves_nothing_behind(
    luton: Council, database: embedded.Cluster, scale: int
) -> None:
    chance = random.Random(5)
    send(luton, history(12, workers=8, cases=30))
    async with connected(database.service_url) as connection:
        await Projector(connection).catch_up(luton.id)
        live = await stored(connection, luton.id)
        for number in range(2 * scale):
            with _command(database, "rebuild", "--council", luton.id, "--processes", str(1 + number % 2)) as rebuild:
                while rebuild.poll() is None and not await left_over(connection, luton.id):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
                await asyncio.sleep(chance.uniform(0, 0.5))
                rebuild.send_signal(signal.SIGKILL if number % 2 else signal.SIGINT)
                rebuild.communicate(timeout=PATIENCE)
            assert await stored(connection, luton.id) == live
        with _command(database, "rebuild", "--council", luton.id) as rebuild:
            said, complained = rebuild.communicate(timeout=PATIENCE)
        assert rebuild.returncode == 0, complained
        assert said.startswith(f"{luton.id}: ")
        assert " subjects in " in said
        assert await stored(connection, luton.id) == live
        assert await left_over(connection, luton.id) == 0
        assert not (await lag_of(connection, luton.id)).behind


def test_a_rebuild_of_a_council_that_is_not_there_is_refused_in_words(database: embedded.Cluster) -> None:
    with _command(database, "rebuild", "--council", "nowhere") as rebuild:
        _, complained = rebuild.communicate(timeout=PATIENCE)
    assert rebuild.returncode == 1
    assert complained.startswith("There is no council nowhere here.")
