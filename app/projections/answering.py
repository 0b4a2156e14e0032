"""What a worker does for a job: everybody is set down to be looked at, is looked at, and the answer is put together.

Every step is a transaction that leaves a state from which another worker goes on. Large councils are looked at by
several processes. A council as known at a moment is a generation of the projections made from what was known then; the
lists read it like any other. A simulation keeps no rows of anybody, only what it counted; a comparison what changed.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import structlog
from sqlalchemy import text

from app.assessing import Outcome
from app.db import Database
from app.domain.calendar import Window
from app.domain.history import Subject
from app.domain.standing import Standing, stand
from app.errors import Unavailable
from app.events.effective import Known
from app.logs import what_and_where
from app.projections import comparing, heard, jobs, rebuilding, simulating, standings
from app.projections.catchup import Projector
from app.projections.comparing import Comparer
from app.projections.jobs import Job
from app.projections.noting import Claimed
from app.projections.simulating import Simulator

AT_ONCE: Final = 15
"""Subjects in one transaction, which PostgreSQL ends if it waits too long: each is assessed from its first day on."""
SHARED_FROM: Final = 150
"""Subjects from which on it is worth starting further processes."""
REPORTED_EVERY: Final = 0.5
"""Seconds."""

log = structlog.get_logger(__name__)


class AsKnown(Projector):
    """Assesses subjects from what was known at a moment, on the days that are asked about."""

    def __init__(self, database: Database, known: Known, days: Window) -> None:
        super().__init__(database)
        self._known = known
        self._days = days

    async def _assess(self, council: str, generation: int, most: int, fault: Exception | None = None) -> int:
        return await super()._assess(council, generation, min(most, AT_ONCE), fault)

    async def _ask(
        self,
        council: str,
        claimed: Sequence[Claimed],
        earlier: standings.Kept,  # noqa: ARG002 (there is nothing earlier: each is assessed once)
        rested_on: Mapping[str, frozenset[str] | None],
    ) -> Mapping[Subject, Outcome[Standing]]:
        first, last = self._days.first, self._days.last
        questions = {each.subject.tag: partial(stand, each.subject, since=first, until=last) for each in claimed}
        _, outcomes = await self._assessor.ask_all(council, questions, rested_on, self._known, aside=True)
        return {each.subject: outcomes[each.subject.tag] for each in claimed}

    async def _rested_on(self, *_: object) -> dict[str, frozenset[str] | None]:
        return {}

    async def _depend(self, *_: object) -> None:
        """Nothing that comes later is noted for what was known then."""


async def answer(database: Database, council: str, identity: str, url: str | None, processes: int) -> None:
    """Do this job, if it is nobody else's. With `url`, so many `processes` of their own share a large one.

    Raises `Unavailable`: whoever claims it next goes on.
    """
    mine = await jobs.claim(database, council, identity)
    if mine is None:
        return
    try:
        if mine.tries > jobs.MOST_TRIES:
            raise RuntimeError("workers die over this job")
        await _held(database, council, mine, _done(database, council, mine, url, processes))
    except asyncio.CancelledError:  # we are told to stop: the next one need not wait until we are given up
        await jobs.let_go(database, council, mine)
        raise
    except Unavailable:
        raise
    except Exception as fault:
        log.error("a job failed", kind=mine.kind, error=what_and_where(fault))
        await jobs.end(database, council, mine, "failed")


async def remove(database: Database, council: str, identity: str) -> None:
    """Remove what a job made that is over, and the job itself when it is kept no longer."""
    generation = await jobs.generation_of(database, council, identity)
    if generation is not None:
        await rebuilding.delete_generation(database, council, generation)
        await jobs.forget(database, council, identity)


async def _held(database: Database, council: str, mine: Job, work: Any) -> None:
    """Do the work while the job is ours; give it up when it is not any more."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=REPORTED_EVERY))[0]:
            if not await jobs.still_mine(database, council, mine):
                return
        task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _done(database: Database, council: str, mine: Job, url: str | None, processes: int) -> None:
    subjects = await _begun(database, council, mine)
    projector_of = _projector_of(mine)
    if url is not None and processes > 1 and subjects >= SHARED_FROM:
        await rebuilding.shared_out(
            rebuilding.work_through, (url, projector_of, council, mine.generation), processes
        )  # fmt: skip
    projector = projector_of(database)
    while await projector.assess(council, mine.generation):
        pass
    result = await _put_together(database, council, mine)
    await jobs.end(database, council, mine, "done", result)


def _projector_of(mine: Job) -> Callable[[Database], Projector]:
    match mine.kind:
        case "simulation":
            return partial(Simulator, mine=mine)
        case "comparison":
            return partial(Comparer, mine=mine)
    return partial(AsKnown, known=mine.known, days=mine.days)


async def _put_together(database: Database, council: str, mine: Job) -> dict[str, Any]:
    """The answer that a job itself holds; of what was known at a moment the lists hold it."""
    match mine.kind:
        case "simulation":
            return await simulating.put_together(database, council, mine)
        case "comparison":
            return await comparing.put_together(database, council, mine)
    return {}


async def _begun(database: Database, council: str, mine: Job) -> int:
    """Everybody set down to be looked at, once; how many that are."""
    if mine.subjects is not None:
        return mine.subjects
    async with database.write(council) as connection:
        values = {"tenant": council, "generation": mine.generation}
        waiting = (await connection.execute(rebuilding.EVERYBODY, values)).rowcount
        if mine.kind != "known_at":  # the organisation is in no list, but rules may be about it
            waiting += (await connection.execute(_ORGANISATION, values)).rowcount
        else:
            await heard.hear_all(connection, council, mine.generation, mine.known)
        await jobs.counted(connection, mine, waiting)
        return waiting


_ORGANISATION = text("""
    INSERT INTO pending (tenant, generation, kind, id, since, position)
        VALUES (:tenant, :generation, 'organisation', :tenant, '-infinity', 1)
""")
