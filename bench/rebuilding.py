"""A rebuild of everything that lists show, from a large ledger under two policies, by two processes; and its memory."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter

import psutil

from bench.compliance import adopt, filled, loading_steps
from bench.invented import block
from bench.measuring import Figure
from bench.place import Place, place
from bench.sizes import Sizes
from bench.table import Line, Row, at_least_so_many, at_most

PROCESSES = 2
GOAL, MEMORY = 100_000, 1_500
REBUILD = (sys.executable, "-c", "from app.cli import main; main()", "rebuild", "--processes", str(PROCESSES))


async def measure(sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row."""
    told = block(25, sizes.until)
    events = loading_steps(told, sizes.large) * len(told.lines)
    async with place() as here:
        await adopt(here, "shropshire")
        await filled(here, told, sizes.large, done, seed=1)
        seconds, resident, ours, postgres = await _rebuilt(here)
        done()
    row = Row(f"rebuild of {events:,} events, both policies, {PROCESSES} processes")
    row.lines = [Line("events", Figure.of([events / seconds]), "/s", ours / events * 1e6, postgres / events * 1e6)]
    row.goals = [
        at_least_so_many("events a second", GOAL, Figure.of([events / seconds]), "/s"),
        at_most("resident, all its processes", MEMORY, Figure.of([resident]), "MB"),
    ]
    return row


async def _rebuilt(here: Place) -> tuple[float, float, float, float]:
    """Seconds, the most megabytes, CPU seconds of the rebuild and of PostgreSQL."""
    meter, began = here.own_meter(), perf_counter()
    postgres = meter.postgres()
    environment = os.environ | {"SUPERVISION_DATABASE_URL": here.cluster.service_url}
    rebuild = psutil.Popen(REBUILD, env=environment, stdout=subprocess.DEVNULL)
    resident, ours = 0.0, dict[int, float]()
    while rebuild.poll() is None:
        held = 0
        for process in [rebuild, *rebuild.children(recursive=True)]:
            try:
                held += process.memory_info().rss
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            ours[process.pid] = times.user + times.system
        resident = max(resident, held / 2**20)
        await asyncio.sleep(0.05)
    assert rebuild.returncode == 0
    return perf_counter() - began, resident, sum(ours.values()), meter.postgres() - postgres


def steps(sizes: Sizes) -> int:
    """How often `done` will be called."""
    return loading_steps(block(25, sizes.until), sizes.large) + 1
