"""Whether one worker or one case is compliant, asked 200 times a second of a small ledger and of a large one.

Each ledger has a PostgreSQL and a service of its own, with Luton's policy adopted and its events sent as lines
through the API. Subjects are asked in random order, so that hardly one is asked twice.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack

import orjson

from app import shipped
from bench.client import all_of, connected, open_loop, request
from bench.invented import Block, block, marked, marks
from bench.measuring import Figure, Slice, Turn, ratios, take_turns
from bench.place import Place, place
from bench.sizes import Sizes
from bench.table import Row, at_most, latency

RATE = 200
CONNECTIONS = 32
LOADERS = 2
A_REQUEST = 3_000
"""Lines."""
WITHIN, TIMES = 20, 1.3
APPLIES_FROM = {"luton": "2021-06-01", "shropshire": "2021-11-01"}


async def measure(sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row."""
    told = block(25, sizes.until)
    async with AsyncExitStack() as stack:
        turns = {}
        for number, events in enumerate((sizes.small, sizes.large)):
            here = await stack.enter_async_context(place())
            questions = await filled(here, told, events, done, seed=number)
            turns[f"{events:,} events stored"] = _asking(here, questions, sizes.seconds)
        slices = await take_turns(turns, sizes.rounds, done)
    row = Row(f"compliance of one worker or case, {RATE} requests/s (open loop)")
    row.lines = [latency(name, found, percent) for name, found in slices.items() for percent in (50, 99)]
    small, large = slices.values()
    medians = ratios([each.percentile(50) for each in large], [each.percentile(50) for each in small])
    row.goals = [
        at_most(f"p99 with {sizes.large:,}", WITHIN, Figure.of([each.percentile(99) for each in large]), "ms"),
        at_most("median, large / small", TIMES, medians, "×"),
    ]
    return row


async def filled(here: Place, told: Block, events: int, done: Callable[[], None], seed: int) -> Iterator[bytes]:
    """Adopt the policy, store so many events, and give questions about them without end."""
    fresh, subjects = marks(), list[str]()
    templates = [b"\n".join(told.lines[at : at + A_REQUEST]) for at in range(0, len(told.lines), A_REQUEST)]
    async with connected(here.served.port, LOADERS) as connections:
        await adopt(here, "luton")
        for _ in range(loading_steps(told, events)):
            mark = next(fresh)
            lines = [
                request("POST", "/v1/events", here.token, marked(t, mark), "application/x-ndjson") for t in templates
            ]
            await all_of(connections, lines, A_REQUEST)
            subjects += told.subjects(mark)
            done()
    return _questions(here, subjects, seed)


async def adopt(here: Place, name: str) -> None:
    """Adopt one of the shipped packs."""
    body = orjson.dumps({"policy_yaml": shipped.pack(name), "applies_from": APPLIES_FROM[name]})
    async with connected(here.served.port, 1) as (connection,):
        await connection.ask(request("POST", "/v1/policies/adopt", here.token, body))


def loading_steps(told: Block, events: int) -> int:
    """How many times the block is told to have so many events stored."""
    return -(-events // len(told.lines))


def _questions(here: Place, subjects: list[str], seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    while True:
        yield request("GET", f"/v1/{chance.choice(subjects)}/compliance", here.token)


def _asking(here: Place, questions: Iterator[bytes], seconds: float) -> Turn:
    async def ask() -> Slice:
        async with connected(here.served.port, CONNECTIONS) as connections:
            return await here.meter().measure(open_loop(connections, questions, RATE, seconds))

    return ask


def steps(sizes: Sizes) -> int:
    """How often `done` will be called."""
    told = block(25, sizes.until)
    return sum(loading_steps(told, events) for events in (sizes.small, sizes.large)) + 2 * (sizes.rounds + 1)
