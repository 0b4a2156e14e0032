"""Batches of 1,000 through the service, beside COPY of the same rows into twin tables and beside a library."""

from collections.abc import Callable
from itertools import count

from bench.client import all_of, connected, request
from bench.invented import block, marked, marks
from bench.measuring import Slice, ratios, take_turns
from bench.place import place
from bench.rivals import Library, copy_all, make_twins, rows_of
from bench.sizes import Sizes
from bench.table import Row, at_least, throughput

CLIENTS = 2
BATCH, LIBRARY_BATCH = 1_000, 500
"""Events a batch. The library gets halves: above 400 kB the pipeline of its driver waits for ever."""
SERVICE, COPY, LIBRARY = "the service, over HTTP", "asyncpg COPY into twin tables", "eventsourcing, in process, by 500"
GOAL = 0.5


async def measure(sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row."""
    told, fresh, positions = block(25, sizes.until), marks(), count(1)
    templates = told.arrays(BATCH)
    lines = [told.lines[at : at + BATCH] for at in range(0, len(templates) * BATCH, BATCH)]

    def batches() -> list[bytes]:
        return [marked(templates[i % len(templates)], next(fresh)) for i in range(sizes.batches)]

    def batches_of_lines() -> list[list[bytes]]:
        marks_now = [next(fresh) for _ in range(sizes.batches)]
        return [[marked(line, mark) for line in lines[i % len(lines)]] for i, mark in enumerate(marks_now)]

    async with place() as here:
        await make_twins(here.cluster)
        library = Library(here.cluster, CLIENTS)

        async def ours() -> Slice:
            requests = [request("POST", "/v1/events", here.token, body) for body in batches()]
            async with connected(here.served.port, CLIENTS) as connections:
                return await here.meter().measure(all_of(connections, requests, BATCH))

        async def copied() -> Slice:
            rows = [rows_of(batch, positions) for batch in batches_of_lines()]
            return await here.own_meter().measure(copy_all(here.cluster, rows, CLIENTS))

        async def by_library() -> Slice:
            sent = [half for batch in batches_of_lines() for half in (batch[:LIBRARY_BATCH], batch[LIBRARY_BATCH:])]
            return await here.own_meter().measure(library.append_all(sent))

        slices = await take_turns({SERVICE: ours, COPY: copied, LIBRARY: by_library}, sizes.rounds, done)
        library.close()
    row = Row(f"batches of {BATCH:,}, {CLIENTS} clients, one council")
    row.lines = [throughput(name, each) for name, each in slices.items()]
    rate = {name: [each.rate for each in found] for name, found in slices.items()}
    row.goals = [at_least("the service / COPY", GOAL, ratios(rate[SERVICE], rate[COPY]))]
    return row


def steps(sizes: Sizes) -> int:
    """How often `done` will be called."""
    return 3 * (sizes.rounds + 1)
