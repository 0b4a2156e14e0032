"""Latency of single events offered at a steady 300 a second, while a bulk load of lines runs, and without one."""

from collections.abc import Callable
from dataclasses import replace

from bench.client import beside, connected, open_loop, request
from bench.invented import block, marked, marks
from bench.measuring import Figure, Slice, take_turns
from bench.place import place
from bench.singles import singles
from bench.sizes import Sizes
from bench.table import Line, Row, at_most, latency

RATE = 300
CONNECTIONS = 64
GOAL = 50
LINES = 3_000
"""Of one bulk request."""
LOADED, QUIET = "while a bulk load runs", "without one"


async def measure(sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row."""
    told, fresh, bulk = block(25, sizes.until), marks(), list[int]()
    async with place() as here:
        requests = singles(told, here.token, fresh)
        body = b"\n".join(told.lines[:LINES])
        lines = request("POST", "/v1/events", here.token, body, "application/x-ndjson")

        async def offered() -> Slice:
            async with connected(here.served.port, CONNECTIONS) as connections:
                return await here.meter().measure(open_loop(connections, requests, RATE, sizes.seconds))

        async def load() -> None:
            async with connected(here.served.port, 1) as connections:
                await connections[0].ask(marked(lines, next(fresh)))
                bulk.append(LINES)

        async def loaded() -> Slice:
            return await beside(offered, load)

        slices = await take_turns({LOADED: loaded, QUIET: offered}, sizes.rounds, done)
    row = Row(f"single events offered at {RATE}/s (open loop)")
    row.lines = [latency(name, found, percent) for name, found in slices.items() for percent in (50, 99)]
    row.lines[0] = replace(row.lines[0], service=None, postgres=None)  # the bulk load's cost is in it
    seconds = sum(each.seconds for each in slices[LOADED]) * (sizes.rounds + 1) / sizes.rounds
    row.lines.append(Line("the bulk load beside it, whole requests", Figure.of([sum(bulk) / seconds]), "/s"))
    worst = Figure.of([each.percentile(99) for each in slices[LOADED]])
    row.goals = [at_most("p99 while a bulk load runs", GOAL, worst, "ms")]
    return row


def steps(sizes: Sizes) -> int:
    """How often `done` will be called."""
    return 2 * (sizes.rounds + 1)
