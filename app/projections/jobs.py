"""Jobs: questions about a whole council that take longer than a request may, kept with their progress and answers.

One row a job. A worker claims it, and while it lives it moves on until when it holds it; when it dies, the next one
goes on from what is done. Asking the same again finds the same job. A council has so many at most, and each answer is
kept for an hour. What a job makes lies in the projections' tables under a generation of its own, with a negative
number: no rebuild and no list ever meets it unless it is asked for.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    Table,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import Database, metadata
from app.domain.calendar import Window
from app.errors import NotFound, TooMany
from app.events.effective import Known
from app.events.store import INSTANT, KEY

Kind = Literal["known_at", "simulation", "comparison"]
State = Literal["waiting", "running", "done", "failed", "canceled"]

MOST: Final = 12
"""Jobs that a council may have at a time: waiting, running, and done but still kept."""
KEPT: Final = timedelta(hours=1)
"""How long an answer is kept after it is done."""
PATIENCE: Final = timedelta(days=1)
"""How long a question is kept that nobody answers."""
HELD: Final = timedelta(seconds=10)
"""How long a job belongs to a worker that says no more."""
MOST_TRIES: Final = 4
"""Workers that may die over a job, one after the other and without getting any further, until it counts as failed."""
ENDED: Final = ("done", "failed", "canceled")

job = Table(
    "job",
    metadata,
    Column("tenant", KEY, ForeignKey("council.id"), primary_key=True),
    Column("id", KEY, primary_key=True),
    Column("kind", KEY, nullable=False),
    Column("question", KEY, nullable=False),
    Column("asked", JSONB, nullable=False),
    Column("asked_by", KEY, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("generation", Integer, nullable=False, server_default=text("-nextval('job_generation')")),
    Column("state", KEY, nullable=False, server_default="waiting"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("held_until", INSTANT),
    Column("subjects", Integer),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("result", JSONB),
    Column("created", INSTANT, nullable=False, server_default=text("now()")),
    Column("begun", INSTANT),
    Column("ended", INSTANT),
    Column("kept_until", INSTANT, nullable=False),
    Column("cleared", Boolean, nullable=False, server_default="false"),
    CheckConstraint("kind IN ('known_at', 'simulation', 'comparison')"),
    CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'canceled')"),
)

job_part = Table(
    "job_part",
    metadata,
    Column("tenant", KEY, primary_key=True),
    Column("job", KEY, primary_key=True),
    Column("first", KEY, primary_key=True),
    Column("part", JSONB, nullable=False),
    ForeignKeyConstraint(["tenant", "job"], ["job.tenant", "job.id"], ondelete="CASCADE"),
)


@dataclass(frozen=True, slots=True)
class Job:
    """One job, as it stands."""

    id: str
    kind: Kind
    asked: Mapping[str, Any]
    asked_by: str
    position: int
    """The answer rests on the ledger up to here and on nothing later."""
    generation: int
    state: State
    tries: int
    subjects: int | None
    """How many there are to be looked at; None until they are counted."""
    done: int
    result: Mapping[str, Any] | None
    created: datetime
    begun: datetime | None
    ended: datetime | None
    kept_until: datetime

    @property
    def days(self) -> Window:
        """The days that are looked at, of a question about what was known."""
        return Window(date.fromisoformat(self.asked["from"]), date.fromisoformat(self.asked["to"]))

    @property
    def known(self) -> Known:
        """What the answer takes into account."""
        moment = self.asked.get("known_at")
        by_source = self.asked.get("knowledge") == "source"
        return Known(moment and datetime.fromisoformat(moment), by_source=by_source, position=self.position)


_SHOWN = [job.c[name] for name in Job.__dataclass_fields__]
_IS_KEPT = job.c.kept_until > func.now()


async def ask(database: Database, council: str, kind: Kind, asked: Mapping[str, Any], *, by: str, known: Known) -> Job:
    """The job that answers this question: one that is there, else a new one. Raises `TooMany`."""
    async with database.write(council) as connection:
        # one at a time for each council, so that no two count the same jobs
        await connection.execute(_ONE_BY_ONE, {"council": council})
        position = await _position(connection, known)
        question = hashlib.sha256(
            orjson.dumps([kind, position, dict(asked)], option=orjson.OPT_SORT_KEYS)
        ).hexdigest()  # fmt: skip
        there = (await connection.execute(select(*_SHOWN, job.c.question).where(_IS_KEPT))).all()
        count = [row for row in there if row.state in ("waiting", "running", "done")]
        for row in count:
            if row.question == question:
                return Job(*row[:-1])
        if len(count) >= MOST:
            raise TooMany(
                "too_many_jobs",
                f"This council has {MOST} jobs already, each of which is kept for an hour after it is done. "
                "GET /v1/jobs lists them: DELETE one that is not needed any more, or wait.",
            )
        values = {
            "tenant": council, "id": secrets.token_hex(12), "kind": kind, "question": question, "asked": dict(asked),
            "asked_by": by, "position": position, "kept_until": func.now() + PATIENCE,
        }  # fmt: skip
        made = await connection.execute(insert(job).values(values).returning(*_SHOWN))
        return Job(*made.one())


async def find(database: Database, council: str, identity: str) -> Job:
    """One job of this council. Raises `NotFound`, in the same words whoever's the identifier may be."""
    async with database.read(council) as connection:
        row = (await connection.execute(select(*_SHOWN).where(job.c.id == identity, _IS_KEPT))).one_or_none()
    if row is None:
        raise no_such_job()
    return Job(*row)


def no_such_job() -> NotFound:
    """The one answer to an identifier that is none of the caller's."""
    return NotFound(
        "no_such_job",
        "There is no such job, or it is over for so long that its answer was removed. Put the question again.",
    )


async def listed(database: Database, council: str) -> list[Job]:
    """Every job of this council that is kept, the latest first."""
    async with database.read(council) as connection:
        rows = await connection.execute(
            select(*_SHOWN).where(_IS_KEPT).order_by(job.c.created.desc(), job.c.id)
        )  # fmt: skip
        return [Job(*row) for row in rows]


async def cancel(database: Database, council: str, identity: str) -> None:
    """End it; of one that is done, the answer is removed. Raises `NotFound`."""
    await find(database, council, identity)
    over = {"state": "canceled", "ended": func.now(), "result": None, "kept_until": func.now() + KEPT}
    async with database.write(council) as connection:
        await connection.execute(update(job).where(job.c.id == identity, job.c.state != "canceled").values(over))


# --- for workers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToDo:
    """A job that waits for a worker, or that is over and leaves something to be removed."""

    council: str
    id: str
    is_over: bool


async def to_do(database: Database) -> list[ToDo]:
    """Of all councils, the oldest of each first. Raises `Unavailable`."""
    return [ToDo(*row) for row in await database.call("SELECT council_id, job_id, is_over FROM jobs_to_do()")]


async def claim(database: Database, council: str, identity: str) -> Job | None:
    """The job, from now on this worker's; None: another one's, or over."""
    is_free = (job.c.state == "waiting") | ((job.c.state == "running") & (job.c.held_until < func.now()))
    mine = {"state": "running", "held_until": func.now() + HELD, "tries": job.c.tries + 1,
            "begun": func.coalesce(job.c.begun, func.now())}  # fmt: skip
    async with database.write(council) as connection:
        found = await connection.execute(
            update(job).where(job.c.id == identity, is_free).values(mine).returning(*_SHOWN)
        )  # fmt: skip
        row = found.one_or_none()
    return None if row is None else Job(*row)


async def counted(connection: AsyncConnection, mine: Job, subjects: int) -> None:
    """So many subjects are to be looked at."""
    await connection.execute(update(job).where(job.c.id == mine.id).values(subjects=subjects))


async def still_mine(database: Database, council: str, mine: Job) -> bool:
    """Hold it for longer, and say how far it is; False when it was canceled or ended."""
    async with database.write(council) as connection:
        said = await connection.execute(_STILL_MINE, {"id": mine.id, "generation": mine.generation, "held": HELD})
        return said.rowcount == 1


async def let_go(database: Database, council: str, mine: Job) -> None:
    """Whoever comes next goes on with it."""
    again = {"state": "waiting", "held_until": None, "tries": job.c.tries - 1}
    async with database.write(council) as connection:
        await connection.execute(update(job).where(job.c.id == mine.id, job.c.state == "running").values(again))


async def end(
    database: Database, council: str, mine: Job, state: State, result: Mapping[str, Any] | None = None
) -> None:
    """It is over, unless it was canceled meanwhile."""
    over = {"state": state, "ended": func.now(), "kept_until": func.now() + KEPT, "result": result,
            "done": func.coalesce(job.c.subjects, 0)}  # fmt: skip
    async with database.write(council) as connection:
        await connection.execute(update(job).where(job.c.id == mine.id, job.c.state == "running").values(over))


async def forget(database: Database, council: str, identity: str) -> None:
    """Nothing is left of what it made; the row itself stays as long as was said."""
    async with database.write(council) as connection:
        await connection.execute(delete(job_part).where(job_part.c.job == identity))
        await connection.execute(update(job).where(job.c.id == identity).values(cleared=True, result=None))
        await connection.execute(delete(job).where(job.c.id == identity, ~_IS_KEPT))


async def generation_of(database: Database, council: str, identity: str) -> int | None:
    """Where its rows lie, also when it is kept no longer."""
    async with database.read(council) as connection:
        found = await connection.execute(select(job.c.generation).where(job.c.id == identity))
        return found.scalar_one_or_none()


async def _position(connection: AsyncConnection, known: Known) -> int:
    """The last position that can matter: the last one recorded by the moment, of all sources' own clocks any."""
    moment = None if known.by_source else known.moment
    found = int((await connection.execute(_RECORDED_BY, {"moment": moment})).scalar_one())
    return found if known.position is None else min(found, known.position)


_ONE_BY_ONE = text("SELECT pg_advisory_xact_lock(hashtextextended('job/' || :council, 0))")

# Positions have no gap and recorded times never go back: halving finds the place, however long the ledger is.
_RECORDED_BY = text("""
    WITH RECURSIVE between(low, high) AS (
        SELECT CAST(0 AS bigint), coalesce(max(position), 0) FROM event
        UNION ALL
        SELECT CASE WHEN is_in THEN middle ELSE low END, CASE WHEN is_in THEN high ELSE middle - 1 END
        FROM between
        CROSS JOIN LATERAL (SELECT (low + high + 1) / 2 AS middle) AS half
        CROSS JOIN LATERAL (
            SELECT CAST(:moment AS timestamptz) IS NULL OR event.recordedtime <= CAST(:moment AS timestamptz) AS is_in
            FROM event WHERE event.position = middle
        ) AS found
        WHERE low < high
    )
    SELECT low FROM between WHERE low >= high
""")

_STILL_MINE = text("""
    WITH far AS (
        SELECT coalesce(subjects - (SELECT count(*) FROM pending WHERE pending.generation = :generation), 0) AS done
        FROM job WHERE id = :id
    )
    UPDATE job SET held_until = now() + CAST(:held AS interval), done = far.done,
        tries = CASE WHEN far.done > job.done THEN 1 ELSE job.tries END
    FROM far WHERE job.id = :id AND job.state = 'running'
""")
