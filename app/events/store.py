"""The append-only store: its tables, the one append, and the reads that follow the order of positions.

Positions count 1, 2, 3 … for each council, without a gap, in the order of commits: the head row's lock is held until a
group is durable, so whoever reads "after position N" can never miss an event. Nothing here knows what an event means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from asyncpg import ForeignKeyViolationError
from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import Database, metadata
from app.errors import ConditionFailed
from app.events.stored import APPENDED, CONFLICT, DUPLICATE, MOVED, Append, Condition, NewEvent, Stored, Verdict
from app.events.vault import KeyDestroyed

KEY = Text(collation="C")
INSTANT = TIMESTAMP(timezone=True)


def sealed_with() -> ForeignKeyConstraint:
    """Holds a row's `key_number` to a key that there is."""
    return ForeignKeyConstraint(["tenant", "key_number"], ["subject_key.tenant", "subject_key.number"])


head = Table("head", metadata, Column("tenant", KEY, ForeignKey("council.id"), primary_key=True))

event = Table(
    "event",
    metadata,
    Column("tenant", KEY, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("source", KEY, nullable=False),
    Column("id", KEY, nullable=False),
    Column("type", KEY, nullable=False),
    Column("time", INSTANT),
    Column("sourcerecordedtime", INSTANT),
    Column("recordedtime", INSTANT, nullable=False),
    Column("recordedby", KEY, nullable=False),
    Column("business_date", Date),
    Column("worker", KEY),
    Column("case_id", KEY),
    Column("session", KEY),
    Column("target_source", KEY),
    Column("target_id", KEY),
    Column("body", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("fingerprint", LargeBinary),
    Index("event_source_id", "tenant", "source", "id", unique=True),
    Index(
        "event_target", "tenant", "target_source", "target_id", "position",
        postgresql_where=text("target_source IS NOT NULL"),
    ),
)  # fmt: skip

event_text = Table(
    "event_text",
    metadata,
    Column("tenant", KEY, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("field", KEY, primary_key=True),
    Column("subject", KEY, nullable=False),
    Column("key_number", BigInteger, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("fingerprint", LargeBinary, nullable=False),
    sealed_with(),
    Index("event_text_key", "tenant", "key_number"),
    Index("event_text_subject", "tenant", "subject", "position"),
)

tag = Table(
    "tag",
    metadata,
    Column("tenant", KEY, primary_key=True),
    Column("tag", KEY, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    # for the export, which reads all tags of some positions: next to nothing to keep, since rows come in their order
    Index(
        "tag_position", "position",
        postgresql_using="brin", postgresql_ops={"position": "int8_minmax_multi_ops"},
        postgresql_with={"autosummarize": True, "pages_per_range": 32},
    ),
)  # fmt: skip

_APPEND = (
    "SELECT recorded, verdicts, positions, moved FROM append_events("
    "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, "
    "$16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)"
)
AMENDING = frozenset({"EventCorrected", "EventRetracted", "SubjectMerged", "IdentifierLinked", "IdentifierUnlinked"})

_TAGGED = "SELECT * FROM tagged_events($1, $2, $3, $4)"


async def append(database: Database, council: str, group: Sequence[Append]) -> list[list[Verdict]]:
    """Append a group of requests in one round trip and one transaction, judged in order as if each came alone.

    No two requests of a group may name the same event, and none may set a condition on a tag that an earlier one
    writes: `queue` sees to both. Answers the verdicts of each request in the order of its events.
    Raises `KeyDestroyed`.
    """
    columns = _Columns(council, group)
    try:
        (row,) = await database.call(_APPEND, *columns.arguments(), readonly=False)
    except ForeignKeyViolationError as error:
        raise KeyDestroyed from error
    told = zip(row["verdicts"], row["positions"], strict=True)
    return [
        [
            Verdict(code, position, moved if code == MOVED else None)
            for code, position in islice(told, len(request.events))
        ]
        for request, moved in zip(group, row["moved"], strict=True)
    ]


class _Columns:
    """A group turned into the arrays that `append_events` takes."""

    def __init__(self, council: str, group: Sequence[Append]) -> None:
        self.council = council
        self.group = group
        self.events = [event for request in group for event in request.events]

    def arguments(self) -> list[Any]:
        events = self.events
        return [
            self.council, *self._requests(),
            [number for number, request in enumerate(self.group, 1) for _ in request.events],
            [e.source for e in events], [e.id for e in events], [e.type for e in events], [e.time for e in events],
            [e.sourcerecordedtime for e in events], [e.recordedby for e in events], [e.on for e in events],
            [e.worker for e in events], [e.case for e in events], [e.session for e in events],
            *self._targets(),
            [e.body for e in events], [e.digest for e in events], [e.fingerprint for e in events],
            [" ".join(e.tags) for e in events], *self._texts(),
        ]  # fmt: skip

    def _requests(self) -> list[Any]:
        conditions = [(n, r.condition) for n, r in enumerate(self.group, 1) if r.condition is not None]
        tags = [(number, tag) for number, condition in conditions for tag in condition.tags]
        return [
            [r.condition.expected if r.condition else None for r in self.group],
            [r.atomic for r in self.group],
            [number for number, _ in tags],
            [tag for _, tag in tags],
        ]

    def _targets(self) -> list[Any]:
        """Few events have one: without any, both are empty, and `unnest` fills them up with nulls."""
        targets = [event.target for event in self.events]
        if not any(targets):
            return [[], []]
        return [[target and target[0] for target in targets], [target and target[1] for target in targets]]

    def _texts(self) -> list[Any]:
        texts = [(number, t) for number, event in enumerate(self.events, 1) for t in event.texts]
        return [
            [number for number, _ in texts], [t.field for _, t in texts], [t.subject for _, t in texts],
            [t.key_number for _, t in texts], [t.ciphertext for _, t in texts],
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """What stands under some tags, complete up to the ledger's `head`."""

    head: int
    events: list[Stored]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of one tag: events after a position, of some types or of all."""

    since: int = 0
    types: frozenset[str] | None = None


async def tagged(database: Database, council: str, wanted: Mapping[str, Wanted]) -> Found:
    """The events under these tags, in no set order.

    With them comes every correction and retraction that touches them, whenever it was recorded and under whichever tag.
    """
    columns = [list(wanted), [w.since for w in wanted.values()], [_listed(w.types) for w in wanted.values()]]
    first, *rows = await database.call(_TAGGED, council, *columns)
    return Found(first["position"], [_stored(*row) for row in rows])


def _stored(
    tags: list[str] | None, position: int, source: str, id: str, type: str,  # noqa: A002 (as the columns are called)
    time: datetime | None, sourcerecordedtime: datetime | None, recorded: datetime, by: str, on: date | None,
    target_source: str | None, target_id: str | None, body: bytes,
) -> Stored:  # fmt: skip
    """A row, in the order of its columns."""
    target = None if target_source is None or target_id is None else (target_source, target_id)
    return Stored(
        position, source, id, type, time, sourcerecordedtime, recorded, by, on, target, body, frozenset(tags or ())
    )


def _listed(types: frozenset[str] | None) -> str | None:
    """The types as the function takes them, with those that change how others read: a case may be corrected into it."""
    return None if types is None else ",".join(sorted(types | AMENDING))


async def head_position(connection: AsyncConnection) -> int:
    """The last position of the transaction's council, 0 for an empty ledger."""
    found = await connection.execute(text("SELECT max(position) FROM event"))
    return found.scalar_one() or 0


async def refresh_statistics(database: Database) -> None:
    """Tell the planner what a young or much grown ledger looks like. Never to be called on an empty one."""
    await database.call("SELECT refresh_statistics()", readonly=False)


async def foresee(database: Database, council: str, events: Sequence[NewEvent]) -> list[Verdict]:
    """What would become of these events, each on its own, if they were appended now; nothing is stored."""
    async with database.read(council) as connection:
        rows = await connection.execute(
            _FORESEE,
            {
                "sources": [e.source for e in events],
                "ids": [e.id for e in events],
                "fingerprints": [e.fingerprint for e in events],
            },
        )
        return [
            Verdict(APPENDED, None)
            if row.position is None
            else Verdict(DUPLICATE if row.same else CONFLICT, row.position)
            for row in rows
        ]


async def check(database: Database, council: str, condition: Condition) -> None:
    """Raises `ConditionFailed` if the condition does not hold now."""
    async with database.read(council) as connection:
        found = await connection.execute(_FURTHEST, {"tags": list(condition.tags)})
        moved = found.scalar_one()
    if moved is not None and moved > condition.expected:
        raise position_moved(condition.expected, moved)


def position_moved(expected: int, moved: int) -> ConditionFailed:
    """Something about the tags was recorded after the position that the writer had seen."""
    return ConditionFailed(
        "position_moved",
        f"You expected nothing about these tags after position {expected}, but there is something at position {moved}. "
        "Read what came, decide again, and send this with the new position.",
        extra={"expected_position": expected, "position": moved},
    )


async def about(database: Database, council: str, key: tuple[str, str]) -> list[Stored]:
    """One event by source and id, and every correction and retraction of it, and of those."""
    async with database.read(council) as connection:
        rows = await connection.execute(_ABOUT, {"source": key[0], "id": key[1]})
        return [stored(row) for row in rows]


def stored(row: Any) -> Stored:
    """One row of `event` (or of `tagged_events`) as an event."""
    return Stored(
        row.position, row.source, row.id, row.type, row.time, row.sourcerecordedtime, row.recordedtime,
        row.recordedby, row.business_date,
        (row.target_source, row.target_id) if row.target_source is not None else None, row.body,
    )  # fmt: skip


_FORESEE = text("""
    SELECT found.position, coalesce(found.fingerprint = sent.fingerprint, true) AS same
    FROM unnest(CAST(:sources AS text[]), CAST(:ids AS text[]), CAST(:fingerprints AS bytea[]))
        WITH ORDINALITY AS sent(source, id, fingerprint, i)
    LEFT JOIN LATERAL (
        SELECT event.position, coalesce(event.fingerprint, (
            SELECT t.fingerprint FROM event_text AS t
            WHERE t.tenant = event.tenant AND t.position = event.position LIMIT 1
        )) AS fingerprint
        FROM event WHERE event.source = sent.source AND event.id = sent.id LIMIT 1
    ) AS found ON true
    ORDER BY sent.i
""")

_FURTHEST = text("SELECT max(position) FROM tag WHERE tag = ANY (CAST(:tags AS text[]))")

_ABOUT = text("""
    WITH amending AS (SELECT * FROM event WHERE target_source = :source AND target_id = :id)
    SELECT * FROM event WHERE source = :source AND id = :id
    UNION ALL SELECT * FROM amending
    UNION ALL SELECT again.* FROM amending
        CROSS JOIN LATERAL (  -- OFFSET 0: one look-up for each, whatever the planner makes of a table of few amendments
            SELECT * FROM event WHERE target_source = amending.source AND target_id = amending.id OFFSET 0
        ) AS again
""")
