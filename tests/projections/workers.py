"""Worker processes for tests that kill them: the whole one, and one from which a protection was taken away."""

import asyncio
import sys
from datetime import date
from pathlib import Path

from app import logs
from app.db import Database
from app.projections import generations, noting
from app.projections.catchup import BATCH, Projector
from app.working import Worker


def run(url: str, log: str, kind: str) -> None:
    """The work of the process, until it is killed."""
    sys.stdout = Path(log).open("a", buffering=1)  # noqa: SIM115 (open as long as the process is)
    logs.configure("info")
    asyncio.run(_work(url, kind))


async def _work(url: str, kind: str) -> None:
    database = Database(url, pool_size=4)
    worker = Worker(database)
    if kind == "forgetful":
        worker._projector = Forgetful(database)
    await worker.run(asyncio.Event())


class Forgetful(Projector):
    """The control: it says that subjects are done, makes that durable, and only then does them."""

    async def assess(self, council: str, generation: int, most: int = BATCH) -> int:
        self._at_once = most
        async with self._database.write(council) as connection:
            claimed = await noting.claim(connection, generation, most)
            await noting.settle(connection, generation, claimed)
        await asyncio.sleep(0.05)
        async with self._database.write(council) as connection:
            await generations.hold(connection, generation)
            columns = list(noting.pending.c)
            rows = [(council, generation, of.kind, of.id, date.min, 1) for of, _ in claimed]
            for row in rows:
                again = dict(zip([column.name for column in columns], row, strict=True))
                await connection.execute(noting.pending.insert().values(again))
        return await super().assess(council, generation, most)
