"""What a server that has nothing to do holds in memory."""

import asyncio
from collections.abc import Callable

import psutil

from bench.measuring import Figure
from bench.place import place
from bench.sizes import Sizes
from bench.table import Row, at_most

GOAL = 200
REST = 2.0
"""Seconds after it was ready."""


async def measure(_sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row."""
    async with place() as here:
        await asyncio.sleep(REST)
        assert here.served.process is not None
        resident = psutil.Process(here.served.process.pid).memory_info().rss / 2**20
        done()
    return Row("memory of a server at rest", goals=[at_most("resident", GOAL, Figure.of([resident]), "MB")])


def steps(_sizes: Sizes) -> int:
    """How often `done` will be called."""
    return 1
