"""Texts out, and who read them: the one way to a text, which is traced before it is given.

The database gives a ciphertext only through the function that writes the trace, in one transaction that is committed
before the answer comes back. So a text cannot be sent of which the trace is not durable; where it cannot be written,
nothing is sent. Refusals of people are traced too, once a minute for each reader, operation and subject. Whether
somebody may read is decided elsewhere: here it is only written down.
"""

from collections import Counter, deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

import asyncpg
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    func,
    select,
    text,
    tuple_,
)

from app.db import Database, metadata
from app.errors import Unavailable
from app.events.canonical import digest
from app.events.councils import Access
from app.events.keys import Wrapped
from app.events.reading import Often
from app.events.store import INSTANT, KEY
from app.events.stored import Stored
from app.events.vault import text_context

access_event = Table(
    "access_event",
    metadata,
    Column("tenant", KEY, ForeignKey("council.id"), primary_key=True),
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("at", INSTANT, nullable=False),
    Column("reader", KEY, nullable=False),
    Column("subject", KEY, nullable=False),
    Column("client", KEY, nullable=False),
    Column("delegated", Boolean, nullable=False),
    Column("role", KEY),
    Column("relation", KEY),
    Column("purpose", KEY),
    Column("grant_id", KEY),
    Column("operation", KEY, nullable=False),
    Column("object_kind", KEY, nullable=False),
    Column("object_id", KEY, nullable=False),
    Column("contents", KEY, nullable=False),
    Column("decision", KEY, nullable=False),
    Column("count", Integer, nullable=False),
    Column("positions", ARRAY(BigInteger), nullable=False),
    Column("as_at", Date, nullable=False),
    Column("request_id", KEY, nullable=False),
    CheckConstraint("object_kind IN ('worker', 'case')"),
    Index("access_event_object", "tenant", "object_kind", "object_id", "number"),
    Index("access_event_reader", "tenant", "reader", "number"),
    Index(
        "access_event_refused", "tenant", "reader", "operation", "object_kind", "object_id",
        text("date_trunc('minute', (at AT TIME ZONE 'UTC'))"),
        unique=True, postgresql_where=text("decision = 'refused'"),
    ),
)  # fmt: skip

AT_ONCE: Final = 500
"""Positions in one row of the trace."""

Texts = Mapping[str, Any]
"""Texts in clear, or what is shown in their place, each under the SHA-256 of its ciphertext, as its event names it."""

_READ = (
    "SELECT position, field, ciphertext, subject, number, epoch, wrapped "
    "FROM read_texts($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
)
_RIGHT = ("of", "role", "relation", "purpose", "grant")
_REFUSE = "SELECT note_refusal($1, $2, $3, $4, $5, $6, $7, $8, $9)"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, by which operation, in which request."""

    reader: str
    """The person's own id in the ledger where it is known, else their `subject`; of an application, the client."""
    subject: str
    """`sub` at the issuer."""
    client: str
    delegated: bool
    operation: str
    as_at: date
    """The day as of which the right was judged: today, whichever day was asked about."""
    request_id: str


@dataclass(frozen=True, slots=True)
class Basis:
    """Under which right somebody reads texts, and whose they are now ("worker/W-1"), whatever they were filed under."""

    of: str
    role: str
    relation: str
    purpose: str
    grant: str | None = None


async def read_texts(
    database: Database, access: Access, events: Sequence[Stored], reader: Reader, rights: Mapping[str, Basis]
) -> Texts:
    """The texts of these events that are filed under the subjects in `rights` ("worker/W-1"), once that is traced.

    Raises `Unavailable` when it cannot be traced: then nothing is known of any text.
    """
    holders = {event.position: event for event in events if b'"sha256"' in event.body} if rights else {}
    positions, opened = sorted(holders), dict[str, str]()
    for at in range(0, len(positions), AT_ONCE):
        rows = await _traced(
            database, _READ, access.council.id, positions[at : at + AT_ONCE], *_who(reader), list(rights),
            *([getattr(each, name) for each in rights.values()] for name in _RIGHT),
        )  # fmt: skip
        for position, field, ciphertext, *stored_key in rows:
            event, key = holders[position], access.keys.unwrapped(access.council.id, Wrapped(*stored_key))
            plain = key.open(ciphertext, text_context(event.source, event.id, field))
            opened[digest(ciphertext).hex()] = plain.decode()
    return opened


async def refused(database: Database, council: str, reader: Reader, whose: str) -> None:
    """Trace that somebody was refused the texts of a subject ("case/C-1"). Raises `Unavailable`."""
    await _traced(database, _REFUSE, council, *_who(reader), whose)


async def filed(database: Database, council: str, events: Sequence[Stored]) -> dict[int, str]:
    """Under which subject the texts of each event are filed ("worker/W-1"), by position: one for all of an event."""
    holders = [event.position for event in events if b'"sha256"' in event.body]
    if not holders:
        return {}
    query = text(
        "SELECT DISTINCT position, subject FROM event_text WHERE position = ANY (CAST(:at AS bigint[])) ORDER BY 1"
    )
    async with database.read(council) as connection:
        return {row.position: row.subject for row in await connection.execute(query, {"at": holders})}


async def _traced(database: Database, sql: str, *arguments: Any) -> list[asyncpg.Record]:
    try:
        return await database.call(sql, *arguments, readonly=False)
    except asyncpg.PostgresError as error:
        detail = "What you would read could not be put on record, so nothing was sent. Ask again shortly."
        raise Unavailable("not_traced", detail) from error


def _who(reader: Reader) -> list[Any]:
    return [
        reader.reader, reader.subject, reader.client, reader.delegated, reader.operation, reader.as_at,
        reader.request_id,
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of the trace is wanted; all of it by default. `since` and `before` bound the moment, the second outside."""

    reader: str | None = None
    whose: tuple[str, ...] = ()
    """These subjects: one, with the names that it had before."""
    since: datetime | None = None
    before: datetime | None = None
    decision: str | None = None


async def readings_by(database: Database, council: str, readers: Collection[str]) -> Often:
    """How often these people read texts."""
    at = access_event.c.at
    query = select(func.count(), func.min(at), func.max(at))
    query = query.where(
        access_event.c.reader.in_(readers), access_event.c.delegated, access_event.c.decision == "allowed"
    )
    async with database.read(council) as connection:
        return Often(*(await connection.execute(query)).one())


@dataclass(frozen=True, slots=True)
class Burst:
    """Somebody opened the texts of many in a short time: how many subjects at most, and when that was."""

    reader: str
    client: str
    since: datetime
    until: datetime
    subjects: int


MANY: Final = 50
"""Subjects whose texts somebody opened, of which more are worth asking about."""
SHORT: Final = timedelta(minutes=10)


async def bursts(database: Database, council: str, wanted: Wanted) -> list[Burst]:
    """Whoever opened the texts of more than `MANY` subjects within ten minutes, the latest first."""
    column = access_event.c
    query = select(column.reader, column.client, column.at, column.object_kind, column.object_id)
    query = query.where(column.decision == "allowed", column.at >= wanted.since, column.at < wanted.before)
    async with database.read(council) as connection:
        rows = (await connection.execute(query.order_by(column.reader, column.client, column.at))).all()
    found = [
        burst for (reader, client), told in groupby(rows, lambda row: (row.reader, row.client))
        for burst in bursts_of(reader, client, [(row.at, f"{row.object_kind}/{row.object_id}") for row in told])
    ]  # fmt: skip
    return sorted(found, key=lambda burst: burst.until, reverse=True)


def bursts_of(reader: str, client: str, readings: Sequence[tuple[datetime, str]]) -> list[Burst]:
    """The bursts of one reader, whose readings come in the order of time; those that follow each other are one."""
    found, window = list[Burst](), deque[tuple[datetime, str]]()
    counted = Counter[str]()
    for at, subject in readings:
        window.append((at, subject))
        counted[subject] += 1
        while at - window[0][0] > SHORT:
            gone = window.popleft()[1]
            counted[gone] -= 1
            counted += Counter()  # without those that are not read within the time any more
        if len(counted) > MANY:
            earlier = found.pop() if found and found[-1].until >= window[0][0] else None
            since, most = (window[0][0], 0) if earlier is None else (earlier.since, earlier.subjects)
            found.append(Burst(reader, client, since, at, max(most, len(counted))))
    return found


_TOLD: Final = tuple(name for name in map(str, access_event.c.keys()) if name != "tenant")


async def traced(
    database: Database, council: str, wanted: Wanted, *, below: int | None, limit: int
) -> list[dict[str, Any]]:
    """The newest first, from below a number."""
    query = select(*(access_event.c[name] for name in _TOLD)).order_by(access_event.c.number.desc()).limit(limit)
    if below is not None:
        query = query.where(access_event.c.number < below)
    if wanted.reader is not None:
        query = query.where(access_event.c.reader == wanted.reader)
    if wanted.whose:
        pairs = [tuple(subject.split("/", 1)) for subject in wanted.whose]
        query = query.where(tuple_(access_event.c.object_kind, access_event.c.object_id).in_(pairs))
    if wanted.since is not None:
        query = query.where(access_event.c.at >= wanted.since)
    if wanted.before is not None:
        query = query.where(access_event.c.at < wanted.before)
    if wanted.decision is not None:
        query = query.where(access_event.c.decision == wanted.decision)
    async with database.read(council) as connection:
        return [dict(zip(_TOLD, row, strict=True)) for row in await connection.execute(query)]
