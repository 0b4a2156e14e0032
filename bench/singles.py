"""Single durable events from 32 clients, beside a POST that does nothing and a library's single appends."""

from collections.abc import Callable, Iterator
from itertools import cycle

from bench.client import closed_loop, connected, request
from bench.invented import Block, block, marked, marks
from bench.measuring import Slice, ratios, take_turns
from bench.place import NOTHING, place
from bench.rivals import Library
from bench.sizes import Sizes
from bench.table import Row, at_least, latency, throughput

CLIENTS = 32
THREADS = 4
"""Of the library: with more it gets no faster, because it locks its table."""
SERVICE, NOTHING_DONE, LIBRARY = "the service", "a POST that does nothing", "eventsourcing, in process"
OF_NOTHING, OF_LIBRARY = 0.35, 5.0


def singles(told: Block, token: str, fresh: Iterator[bytes]) -> Iterator[bytes]:
    """Requests of one event each, without end."""
    templates = [request("POST", "/v1/events", token, line) for line in told.lines]
    mark = next(fresh)
    for number, template in enumerate(cycle(templates), 1):
        if number % len(templates) == 0:
            mark = next(fresh)
        yield marked(template, mark)


async def measure(sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row."""
    told, fresh = block(25, sizes.until), marks()
    async with place() as here:
        nothing, library = await here.another(NOTHING), Library(here.cluster, THREADS)
        requests = singles(told, here.token, fresh)

        async def ours() -> Slice:
            async with connected(here.served.port, CLIENTS) as connections:
                return await here.meter().measure(closed_loop(connections, requests, sizes.seconds))

        async def nothing_done() -> Slice:
            async with connected(nothing.port, CLIENTS) as connections:
                return await here.meter(nothing).measure(closed_loop(connections, requests, sizes.seconds))

        async def by_library() -> Slice:
            mark = next(fresh)
            lines = [marked(line, mark) for line in told.lines]
            return await here.own_meter().measure(library.append_singly(lines, sizes.seconds))

        slices = await take_turns({SERVICE: ours, NOTHING_DONE: nothing_done, LIBRARY: by_library}, sizes.rounds, done)
        library.close()
    return _row(slices)


def _row(slices: dict[str, list[Slice]]) -> Row:
    row = Row(f"single durable events over HTTP, {CLIENTS} clients")
    row.lines = [
        throughput(name, each, f"{THREADS} threads" if name == LIBRARY else "") for name, each in slices.items()
    ]
    row.lines += [latency(SERVICE, slices[SERVICE], percent) for percent in (50, 99)]
    rate = {name: [each.rate for each in found] for name, found in slices.items()}
    row.goals = [
        at_least("the service / nothing", OF_NOTHING, ratios(rate[SERVICE], rate[NOTHING_DONE])),
        at_least("the service / eventsourcing", OF_LIBRARY, ratios(rate[SERVICE], rate[LIBRARY])),
    ]
    return row


def steps(sizes: Sizes) -> int:
    """How often `done` will be called."""
    return 3 * (sizes.rounds + 1)
