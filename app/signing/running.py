"""The signer at work: every council's log followed, each by itself, for as long as the process runs.

What it refuses it says in the database (the service's readiness shows it) and in the log, and goes on looking: what was
refused is signed as soon as it is again as it was.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

import structlog

from app.db import Database
from app.errors import Unavailable
from app.ledger.notes import SignerKey
from app.logs import what_and_where
from app.signing import Refused
from app.signing.council import CouncilLog
from app.signing.folder import Published
from app.signing.opening import Place, opened
from app.signing.tables import Tables, councils

LOOKS: Final = 1.0
"""Seconds between two looks at a council's ledger: an event is under a checkpoint within two seconds."""
REREAD_WITHIN: Final = 3600.0
"""Seconds in which every signed leaf is read again, while the signer runs. (At each start, all are.)"""
READS_AGAIN: Final = 10
"""Turns after which some of them are; at each turn while something is refused."""
AWAY: Final = 1.0
REFUSED_AT_THE_START: Final = 20.0
"""Seconds until a ledger is read again as a whole that did not read as it was signed when the signer started."""

log = structlog.get_logger(__name__)


class Signer:
    """Signs for every council of one database. All methods belong to one event loop."""

    def __init__(
        self, database: Database, name: str, folder: Path, checkpoints: Path,
        keys: Callable[[], Sequence[SignerKey]], now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._database, self._name, self._folder, self._checkpoints = database, name, folder, checkpoints
        self._keys, self._now = keys, now
        self._kept: dict[str, asyncio.Task[None]] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set. What is under way then is given up, and done at the next start."""
        try:
            while not stop.is_set():
                with suppress(Unavailable):
                    for council in set(await councils(self._database)) - self._kept.keys():
                        self._kept[council] = asyncio.create_task(self._keep(council))
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), AWAY)
        finally:
            for task in self._kept.values():
                task.cancel()
            await asyncio.gather(*self._kept.values(), return_exceptions=True)

    async def _keep(self, council: str) -> None:
        turn = Turns(self._place(council), Tables(self._database, council), self._now)
        pause = 0.0
        while pause >= 0:  # for as long as this task is not cancelled
            await asyncio.sleep(pause)
            pause = await turn.take()

    def _place(self, council: str) -> Place:
        published = Published(self._checkpoints / council / "checkpoints")
        return Place(self._name, council, self._folder / council, published, self._keys)


class Turns:
    """One council's turns."""

    def __init__(
        self, place: Place, tables: Tables, now: Callable[[], datetime], every: int = READS_AGAIN
    ) -> None:  # fmt: skip
        """`every` so many turns old leaves are read again."""
        self._place, self._tables, self._now, self._every = place, tables, now, every
        self._turn = 0
        self._log: CouncilLog | None = None
        self._said: str | None = ""

    async def take(self) -> float:
        """Look once, sign what there is, and say what is refused; how long to wait until the next."""
        council = self._place.council
        try:
            try:
                pause, refusal = await self._look(), None
            except Refused as refused:
                pause, refusal = LOOKS if self._log else REFUSED_AT_THE_START, str(refused)
            if refusal != self._said:
                await self._tables.say(refusal, self._now())
                self._said = refusal
                if refusal is not None:
                    log.error("nothing is signed", council=council, why=refusal)
        except Unavailable:
            return AWAY
        except Exception as error:
            self._log = None  # whatever it was: begin again from what is on the disk
            log.error("signing failed", council=council, error=what_and_where(error))
            return AWAY
        return pause

    async def _look(self) -> float:
        """Raises `Refused`."""
        if self._log is None:
            self._log = await opened(self._place, self._tables, self._now())
        newest, head = await self._tables.glance()
        if newest != self._log.log:
            self._log = None
            return 0.0
        self._turn += 1
        if self._turn % self._every == 0 or self._said:
            await self._log.read_again(self._log.share(LOOKS * self._every / REREAD_WITHIN))
        return LOOKS if self._log.is_up_to(head) or not await self._log.follow(self._now()) else 0.0
