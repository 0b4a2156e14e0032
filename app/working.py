"""The worker: keeps every council's projections up to its ledger and answers jobs, for as long as it runs.

It looks a few times a second, in one round trip for all councils, and works on those that are behind in turns, a small
step each, so that one council's million events hold up no other. What fails for one council is tried again after a
pause. A database that is away is waited for. Any number of workers may run beside each other.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import Final

import structlog

from app.db import Database
from app.errors import Unavailable
from app.logs import what_and_where
from app.projections import answering, jobs
from app.projections.catchup import Projector
from app.projections.lag import lags

IDLE: Final = 0.2
"""Seconds between two looks."""
LOST: Final = 1.0
"""Seconds until a database that was away is tried again."""
FAILED: Final = 5.0
"""Seconds until a council is tried again for which something failed."""
AT_ONCE: Final = 3
"""Councils worked on at once: while one waits for the database, another computes."""

log = structlog.get_logger(__name__)


class Worker:
    """Keeps the projections of one database. All methods belong to one event loop."""

    def __init__(self, database: Database, url: str | None = None, processes: int = 1) -> None:
        """With `url`, so many `processes` share a large job."""
        self._database = database
        self._url, self._processes = url, processes
        self._projector = Projector(database)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._job: asyncio.Task[None] | None = None
        self._away = False

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; what is under way then is given up, and done by whoever runs next."""
        try:
            while not stop.is_set():
                pause = await self._guarded(self._look(), IDLE, council=None)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause)
        finally:
            given_up = [*self._busy.values(), *([] if self._job is None else [self._job])]
            for task in given_up:
                task.cancel()
            await asyncio.gather(*given_up, return_exceptions=True)

    async def _look(self) -> None:
        """See which councils are behind, and begin with those that are not worked on already."""
        found = await lags(self._database, most=1)
        if self._away:
            self._away = False
            log.info("the database is back")
        for council in (lag.council for lag in found if lag.behind and lag.council not in self._busy):
            self._busy[council] = asyncio.create_task(self._keep(council))
        if (self._job is None or self._job.done()) and (waiting := await jobs.to_do(self._database)):
            self._job = asyncio.create_task(self._do(waiting))

    async def _keep(self, council: str) -> None:
        """Until the council is caught up; after a failure, until it may be tried again."""
        try:
            await asyncio.sleep(await self._guarded(self._catch_up(council), 0, council=council))
        finally:
            del self._busy[council]

    async def _do(self, waiting: list[jobs.ToDo]) -> None:
        """One job after the other; of each council one, and then the next look shows what is to be done."""
        for each in {each.council: each for each in reversed(waiting)}.values():
            await asyncio.sleep(await self._guarded(self._answer(each), 0, council=each.council))

    async def _answer(self, job: jobs.ToDo) -> None:
        if job.is_over:
            await answering.remove(self._database, job.council, job.id)
        else:
            await answering.answer(self._database, job.council, job.id, self._url, self._processes)

    async def _catch_up(self, council: str) -> None:
        more = True
        while more:
            async with self._turns:
                more = await self._projector.step(council)

    async def _guarded(self, work: Awaitable[None], pause: float, council: str | None) -> float:
        """Do it, whatever comes of it; how long to wait afterwards."""
        try:
            await work
        except Unavailable:
            if not self._away:
                self._away = True
                log.warning("the database is away: waiting for it")
            return LOST
        except Exception as error:
            log.error("catching up failed", council=council, error=what_and_where(error))
            return FAILED
        return pause
