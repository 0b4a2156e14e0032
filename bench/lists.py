"""The work list and the summary as at past days, over everything that a large ledger holds.

The events are sent as lines, the projections made by a rebuild with as many processes as there are processors. Days are
drawn from the year told of, so that hardly one is asked twice; one caller asks after the other.
"""

import os
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from app.projections.rebuilding import rebuild
from bench.client import closed_loop, connected, request
from bench.compliance import filled, loading_steps
from bench.invented import block
from bench.measuring import Figure, Slice, Turn, take_turns
from bench.place import Place, place
from bench.sizes import Sizes
from bench.table import Row, at_most, latency

WITHIN = 150
PATHS = {
    "work list, first 100": "/v1/obligations?limit=100&as_at=",
    "summary by rule": "/v1/compliance/summary?as_at=",
    "summary by team": "/v1/compliance/summary?by=team&as_at=",
}
GOAL_OF = ("work list, first 100", "summary by rule")


async def measure(sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row."""
    told, events = block(25, sizes.until), sizes.large
    async with place() as here:
        await filled(here, told, events, done, seed=3)
        await rebuild(here.cluster.service_url, here.council, processes=os.cpu_count() or 1)
        turns = {name: _asking(here, path, sizes) for name, path in PATHS.items()}
        slices = await take_turns(turns, sizes.rounds, done)
    row = Row(f"lists as at a past day, {events:,} events stored")
    row.lines = [latency(name, found, percent) for name, found in slices.items() for percent in (50, 99)]
    row.goals = [
        at_most(f"p99 of the {name}", WITHIN, Figure.of([each.percentile(99) for each in slices[name]]), "ms")
        for name in GOAL_OF
    ]
    return row


def _questions(here: Place, path: str, until: date) -> Iterator[bytes]:
    chance = random.Random(path)
    while True:
        on = until - timedelta(days=chance.randrange(7, 200))
        yield request("GET", f"{path}{on}", here.token)


def _asking(here: Place, path: str, sizes: Sizes) -> Turn:
    async def ask() -> Slice:
        async with connected(here.served.port, 1) as connections:
            asked = closed_loop(connections, _questions(here, path, sizes.until), sizes.seconds)
            return await here.meter().measure(asked)

    return ask


def steps(sizes: Sizes) -> int:
    """How often `done` will be called."""
    return loading_steps(block(25, sizes.until), sizes.large) + len(PATHS) * (sizes.rounds + 1)
