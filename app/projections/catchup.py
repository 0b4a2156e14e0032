"""Bringing a council's projections up to its ledger: note what came, then assess those whom it concerns.

Any number of processes may do this at once: one notes, and none while another assesses, because what an answer turns
out to rest on must be known before the next event is noted; each subject is assessed by one. Every step is a
transaction of its own that leaves a state from which anybody goes on. A subject whose assessment fails is shown as not
assessable, with the number under which the logs hold the reason, and stops nobody else.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from app.assessing import Assessor, Outcome
from app.db import Database
from app.domain.history import Subject
from app.domain.obligations import TimelineRow
from app.domain.policy.patterns import Status
from app.domain.standing import Standing, stand
from app.errors import Unavailable
from app.events.store import head_position
from app.logs import what_and_where
from app.projections import generations, noting, standings
from app.projections.noting import Claimed

BATCH: Final = 40
"""Subjects assessed in one transaction, at most; their facts are loaded together."""
FIRST: Final = 5
"""So many to begin with."""
LONG: Final = 5.0
"""Seconds after which fewer are assessed at once: PostgreSQL ends a transaction in which nothing happens for thirty."""
LOOKED_EVERY: Final = 0.05
"""Seconds, while others are at it."""
EARLIEST: Final = date(1990, 1, 1)

log = structlog.get_logger(__name__)


class Projector:
    """Keeps the projections of the councils of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._assessor = Assessor(database)
        self._at_once = FIRST

    async def catch_up(self, council: str) -> None:
        """Return when everything recorded so far is taken in: what others are at is waited for."""
        while True:
            while await self.step(council):
                pass
            async with self._database.read(council) as connection:
                if await generations.live_reached(connection) >= await head_position(connection):
                    return
            await asyncio.sleep(LOOKED_EVERY)

    async def step(self, council: str) -> bool:
        """A small part of what there is to do, noting before assessing; whether there was anything."""
        generation = await self.live(council)
        async with self._database.write(council) as connection:
            noted = await noting.note_page(connection, council, generation)
        return noted == noting.PAGE or await self.assess(council, generation) > 0 or noted > 0

    async def note(self, council: str, generation: int) -> int:
        """Note all that the ledger holds by now; how many events that were."""
        noted = 0
        while True:
            async with self._database.write(council) as connection:
                some = await noting.note_page(connection, council, generation)
            noted += some
            if some < noting.PAGE:
                return noted

    async def assess(self, council: str, generation: int, most: int = BATCH) -> int:
        """Assess some of the subjects that wait; how many.

        What cannot be stored is told apart by trying one alone, and that one is then stored as a fault. Where it takes
        long, fewer are taken the next time, and more where it does not: a busy machine gets on too.
        """
        most, clock = min(most, self._at_once), asyncio.get_running_loop().time
        began = clock()
        try:
            assessed = await self._assess(council, generation, most)
        except Unavailable:
            self._at_once = max(1, self._at_once // 4)
            raise
        except Exception as fault:
            if most > 1:
                return await self.assess(council, generation, 1)
            return await self._assess(council, generation, 1, fault)
        if assessed == self._at_once:
            self._at_once = max(1, assessed // 2) if clock() - began > LONG else min(BATCH, 2 * assessed)
        if assessed == BATCH:  # many wait: the tables may grow fast, and readers must be planned for accordingly
            await generations.refresh_statistics(self._database, grown_only=True)
        return assessed

    async def _assess(self, council: str, generation: int, most: int, fault: Exception | None = None) -> int:
        async with self._database.write(council) as connection:
            await generations.hold(connection, generation)
            claimed = await noting.claim(connection, generation, most)
            if not claimed:
                return 0
            earlier = await standings.kept(connection, generation, [each.subject for each in claimed])
            claimed = [_whole(each, earlier) for each in claimed]
            outcomes = await self._ask(
                council, claimed, earlier, await self._rested_on(connection, generation, claimed)
            )
            if fault is not None:
                outcomes = {of: Outcome(asked=outcome.asked, fault=fault) for of, outcome in outcomes.items()}
            told, faults = _told(outcomes)
            await standings.write(connection, council, generation, earlier, told, faults)
            await self._depend(connection, council, generation, claimed, outcomes)
            await noting.settle(connection, generation, claimed)
        return len(claimed)

    async def _rested_on(
        self, connection: AsyncConnection, generation: int, claimed: Sequence[Claimed]
    ) -> dict[str, frozenset[str] | None]:
        """What the answers rested on before."""
        return await noting.rested_on(connection, generation, claimed)

    async def _depend(
        self,
        connection: AsyncConnection,
        council: str,
        generation: int,
        claimed: Sequence[Claimed],
        outcomes: Mapping[Subject, Outcome[Standing]],
    ) -> None:
        """Remember what the answers rest on, so that what comes finds whom it concerns."""
        asked = {each.subject: outcomes[each.subject].asked for each in claimed}
        anew = [each.subject for each in claimed if each.since == date.min or not outcomes[each.subject].value]
        await noting.depend(connection, council, generation, asked, anew)

    async def _ask(
        self,
        council: str,
        claimed: Sequence[Claimed],
        earlier: standings.Kept,
        rested_on: Mapping[str, frozenset[str] | None],
    ) -> Mapping[Subject, Outcome[Standing]]:
        questions = {
            each.subject.tag: partial(stand, each.subject, earlier=earlier.timeline_of(each.subject), since=each.since)
            for each in claimed
        }
        _, outcomes = await self._assessor.ask_all(council, questions, rested_on)
        return {each.subject: outcomes[each.subject.tag] for each in claimed}

    async def live(self, council: str) -> int:
        """The generation that is read; a council's first is begun here."""
        async with self._database.write(council) as connection:
            found = await generations.live_generation(connection)
            return found if found is not None else await generations.begin(connection, council, as_live=True)


def _whole(claimed: Claimed, earlier: standings.Kept) -> Claimed:
    """What was a fault says nothing of any day: there is nothing to go on from."""
    return claimed._replace(since=date.min) if earlier.is_fault(claimed.subject) else claimed


def _told(outcomes: Mapping[Subject, Outcome[Standing]]) -> tuple[dict[Subject, Standing], dict[Subject, str]]:
    """The standings, and the number of each fault; subjects that are others now have neither."""
    told, faults = dict[Subject, Standing](), dict[Subject, str]()
    for subject, outcome in outcomes.items():
        if outcome.fault is not None:
            faults[subject] = secrets.token_hex(4)
            log.error(
                "subject not assessable", fault=faults[subject], kind=subject.kind, error=what_and_where(outcome.fault)
            )
            told[subject] = Standing(rows=(_internal_fault(),))
        elif outcome.value is not None:
            told[subject] = outcome.value[0]
    return told, faults


def _internal_fault() -> TimelineRow:
    return TimelineRow("", EARLIEST, None, Status.NOT_ASSESSABLE, "internal_fault", ((EARLIEST, None),))
