"""Clients that push facts as a case system does: they send until it is recorded, and keep a journal."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx

from tests.nothing_lost.facts import Event, fact
from tests.nothing_lost.journal import Journal
from tests.serving import Served

PATIENCE = 10.0
"""Seconds in which a running server must answer."""
MOST_TRIES = 2_000
"""A bound, far beyond what a restart needs."""


def as_sent(event: Event) -> Event:
    """What to send when an answer did not come: the very same."""
    return event


@asynccontextmanager
async def client(served: Served, council: str, patience: float = PATIENCE) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a connection pool, every right, and so many seconds of patience."""
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    headers = served.keyring.headers(council)
    async with httpx.AsyncClient(
        base_url=served.url, headers=headers, timeout=patience, limits=limits, trust_env=False, verify=False
    ) as opened:
        yield opened


async def push(
    http: httpx.AsyncClient,
    events: list[Event],
    journal: Journal,
    again: Callable[[Event], Event] = as_sent,
) -> None:
    """Send one event, or several as one array, until the service says that they are recorded."""
    for _ in range(MOST_TRIES):
        journal.send(events)
        try:
            answer = await http.post("/v1/events", json=events[0] if len(events) == 1 else events, headers=JSON)
        except httpx.ConnectError:
            await asyncio.sleep(0.02)
            continue
        except httpx.TransportError as error:
            if isinstance(error, httpx.TimeoutException):
                journal.wrong.append("no answer in time")
            journal.cut += 1
            events = [again(event) for event in events]
            continue
        if answer.status_code == 503:
            journal.turned_away += 1
            if "Retry-After" not in answer.headers:
                journal.wrong.append("503 without Retry-After")
            await asyncio.sleep(0.05)
            continue
        if answer.status_code in (200, 201):
            journal.told(events, answer.json())
        else:
            journal.wrong.append(f"answered {answer.status_code}: {answer.text[:200]}")
        return
    journal.wrong.append(f"gave up after {MOST_TRIES} tries")


JSON = {"Content-Type": "application/json"}


@asynccontextmanager
async def load(
    http: httpx.AsyncClient,
    journal: Journal,
    *,
    writers: int,
    again: Callable[[Event], Event] = as_sent,
    sizes: tuple[int, ...] = (1, 1, 1, 3),
) -> AsyncIterator[None]:
    """Writers that push one fact after another while the block lasts, each in arrays of these sizes in turn."""
    stop = asyncio.Event()

    async def write(first: int) -> None:
        turn = first
        while not stop.is_set():
            size = sizes[turn % len(sizes)]
            await push(http, [fact(next(journal.numbers)) for _ in range(size)], journal, again)
            turn += 1

    async with asyncio.TaskGroup() as group:
        for first in range(writers):
            group.create_task(write(first))
        try:
            yield
        finally:
            stop.set()
