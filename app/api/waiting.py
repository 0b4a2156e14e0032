"""Who waits for a checkpoint that covers what they recorded: one question at a time for each council."""

import asyncio
from typing import Final

from app import published
from app.db import Database
from app.published import Signed

BETWEEN: Final = 0.1
"""Seconds between two questions."""
LONGEST: Final = 10.0
"""Seconds that anybody is let wait."""


class Checkpoints:
    """The newest checkpoint of each council that somebody waits for."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: dict[str, asyncio.Task[Signed | None]] = {}

    async def covering(self, council: str, position: int, seconds: float) -> Signed | None:
        """A checkpoint that covers this position, if there is one in so many seconds. Raises `Unavailable`."""
        loop = asyncio.get_running_loop()
        until = loop.time() + min(seconds, LONGEST)
        while loop.time() < until:
            signed = await asyncio.shield(self._asking(council))
            if signed is not None and position < signed.said.size:
                return signed
        return None

    def _asking(self, council: str) -> "asyncio.Task[Signed | None]":
        task = self._asked.get(council)
        if task is None or task.done():
            task = self._asked[council] = asyncio.create_task(self._ask(council))
        return task

    async def _ask(self, council: str) -> Signed | None:
        await asyncio.sleep(BETWEEN)
        async with self._database.read(council) as connection:
            return await published.newest(connection)
