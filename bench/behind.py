"""How far lists are behind: while events come at a steady rate, and after many were loaded at once.

The lag is the age of the oldest event that lists do not hold, looked at ten times a second.
"""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from itertools import islice
from time import perf_counter

from app.db import Database
from app.projections.lag import lags
from bench.beside import working
from bench.client import all_of, connected, open_loop, request
from bench.compliance import LOADERS, adopt
from bench.invented import block, marked, marks
from bench.measuring import Figure, Slice
from bench.place import place
from bench.singles import CLIENTS, singles
from bench.sizes import Sizes
from bench.table import Line, Row, at_most

RATE = 500
EVERY = 0.1
"""Seconds between two looks."""
BATCH = 1_000
LAG, CAUGHT_UP = 1_000, 10
"""Milliseconds; seconds."""


async def measure(sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row."""
    told, fresh = block(25, sizes.until), marks()
    async with place() as here:
        with ExitStack() as stack:
            await adopt(here, "luton")
            await working(here, stack)
            database = Database(here.cluster.service_url, pool_size=1)
            async with connected(here.served.port, CLIENTS) as connections:
                steady = open_loop(connections, singles(told, here.token, fresh), RATE, sizes.minutes * 60)
                lag = await _looked_at(database, asyncio.ensure_future(steady))
                done()
            await _caught_up(database)
            bodies = (marked(each, mark) for mark in fresh for each in told.arrays(BATCH))
            sent = islice(bodies, sizes.at_once // BATCH)
            async with connected(here.served.port, LOADERS) as connections:
                await all_of(connections, [request("POST", "/v1/events", here.token, each) for each in sent], BATCH)
            after = await _caught_up(database)
            done()
            await database.close()
    row = Row(f"lists behind the ledger, one worker, {RATE} single events/s for {sizes.minutes:g} minutes")
    row.lines = [Line(f"lag, p{percent}", Figure.of([lag.percentile(percent)]), "ms") for percent in (50, 99)]
    row.goals = [
        at_most("lag, p99", LAG, Figure.of([lag.percentile(99)]), "ms"),
        at_most(f"caught up after {sizes.at_once:,} events at once", CAUGHT_UP, Figure.of([after]), "s"),
    ]
    return row


async def _looked_at(database: Database, load: "asyncio.Future[Slice]") -> Slice:
    """The lag, looked at until the load is over."""
    seen = Slice()
    while not load.done():
        seen.latencies.append((await lags(database))[0].seconds)
        await asyncio.sleep(EVERY)
    seen.count = (await load).count
    return seen


async def _caught_up(database: Database) -> float:
    """Wait until lists hold everything; how many seconds that was."""
    began = perf_counter()
    while (await lags(database, most=1))[0].behind:  # noqa: ASYNC110 (a worker is no event)
        await asyncio.sleep(EVERY)
    return perf_counter() - began


def steps(_sizes: Sizes) -> int:
    """How often `done` will be called."""
    return 2
