"""One writer queue per council and process: requests that wait while a commit is under way form the next group.

There is no timer: an idle queue commits a lone request at once, a busy one commits many for the price of one. Every
request gets its own verdict. Two lanes: a bulk chunk gives way to single requests that wait, and takes turns with them.
A client that goes away does not cancel its group; a group that fails is tried again one request at a time, so that a
bad one harms nobody else; a lost server is tried again, which is safe because a repeated append is a duplicate.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from asyncpg import PostgresError

from app.db import Database
from app.errors import Problem, Unavailable
from app.events import store
from app.events.stored import APPENDED, Append, Verdict

MOST_REQUESTS = 256
MOST_EVENTS = 500
MOST_WAITING = 20_000
"""Events that may wait before more are turned away: overload sheds, it never queues without bound."""
STATISTICS_AT = (1_000, 20_000, 200_000)
"""Positions after which the planner is told how a young ledger has grown."""
PAUSES = (0.05, 0.25, 0.7)
"""Seconds between attempts when the server is away: a restart's first moments pass unseen, a longer one is a 503."""

Waiting = tuple[Append, asyncio.Future[list[Verdict]]]


class AppendQueue:
    """Appends for one council. All methods belong to one event loop."""

    def __init__(self, database: Database, council: str) -> None:
        self._database = database
        self._council = council
        self._lanes: tuple[deque[Waiting], deque[Waiting]] = (deque(), deque())
        self._bulk_next = False
        self._events_waiting = 0
        self._run: asyncio.Task[None] | None = None
        self._analysed_after = 0
        self._statistics: asyncio.Task[None] | None = None

    async def submit(self, request: Append, *, bulk: bool = False) -> list[Verdict]:
        """Append one request; answers once it is durable. Raises `Unavailable`: outcome not known, send it again."""
        if self._events_waiting + len(request.events) > MOST_WAITING:
            raise Unavailable(
                "overloaded", "Too many events are waiting to be stored. Send these again.", retry_after=1
            )
        future: asyncio.Future[list[Verdict]] = asyncio.get_running_loop().create_future()
        self._lanes[bulk].append((request, future))
        self._events_waiting += len(request.events)
        if self._run is None or self._run.done():
            self._run = asyncio.create_task(self._drain())
        # shielded: a client that disconnects must not cancel what others wait for
        return await asyncio.shield(future)

    async def _drain(self) -> None:
        while group := self._next_group():
            self._events_waiting -= sum(len(request.events) for request, _ in group)
            await self._settle(group)

    def _next_group(self) -> list[Waiting]:
        singles, bulk = self._lanes
        if bulk and (self._bulk_next or not singles):
            self._bulk_next = False
            return _group(bulk)
        self._bulk_next = bool(bulk)
        return _group(singles)

    async def _settle(self, group: Sequence[Waiting]) -> None:
        try:
            answers = await self._append([request for request, _ in group])
        except Exception as error:
            if len(group) > 1 and not isinstance(error, Problem):
                for waiting in group:
                    await self._settle([waiting])
                return
            for _, future in group:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(group, answers, strict=True):
            if not future.done():
                future.set_result(answer)
        self._after(answers)

    async def _append(self, requests: Sequence[Append]) -> list[list[Verdict]]:
        for pause in PAUSES:
            try:
                return await store.append(self._database, self._council, requests)
            except Unavailable:
                await asyncio.sleep(pause)
        return await store.append(self._database, self._council, requests)

    def _after(self, answers: Sequence[Sequence[Verdict]]) -> None:
        """Fresh statistics when a young ledger has outgrown the old ones; nobody waits for them."""
        reached = max((v.position or 0 for answer in answers for v in answer if v.code == APPENDED), default=0)
        passed = max((mark for mark in STATISTICS_AT if mark <= reached), default=0)
        if passed > self._analysed_after:
            self._analysed_after = passed
            self._statistics = asyncio.create_task(self._refresh_statistics())

    async def _refresh_statistics(self) -> None:
        # Not needed to be right, only to be fast: a server that is away now does this another time.
        with suppress(Unavailable, PostgresError):
            await store.refresh_statistics(self._database)


def _group(lane: deque[Waiting]) -> list[Waiting]:
    """The longest run from the front that one transaction may judge set-wise exactly as if each request ran alone."""
    if not lane:
        return []
    group = [lane.popleft()]
    events = len(group[0][0].events)
    named: set[tuple[str, str]] = set()
    while lane and len(group) < MOST_REQUESTS and events + len(lane[0][0].events) <= MOST_EVENTS:
        named |= {(event.source, event.id) for event in group[-1][0].events}
        request = lane[0][0]
        if any((event.source, event.id) in named for event in request.events) or _depends(request, group):
            break
        group.append(lane.popleft())
        events += len(request.events)
    return group


def _depends(request: Append, group: Sequence[Waiting]) -> bool:
    """Whether its condition speaks of a tag that the group itself is about to write."""
    if request.condition is None:
        return False
    tags = set(request.condition.tags)
    return any(not tags.isdisjoint(event.tags) for earlier, _ in group for event in earlier.events)
