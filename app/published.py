"""What the signer has published of each council's log: its tables, and the proofs that are made from them.

Only full tiles are stored. What lies at the right edge of a tree is put together when it is asked for: hashes of leaves
from the events themselves, and on higher levels the roots of the full tiles below. Whatever is given out was checked
against the signed root first, so that a ledger that somebody has edited gives no proof rather than one that fails.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    Table,
    Text,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import Database, metadata
from app.errors import NotFound, Unavailable
from app.ledger.leaves import Entry, Opening, leaf_hash, microseconds
from app.ledger.notes import Checkpoint
from app.ledger.proofs import Proof
from app.ledger.tiles import FULL, HASH, Tile, needed, reader
from app.ledger.tree import At, consistency, inclusion, is_consistent, is_included, root_at

KEY = Text(collation="C")
INSTANT = TIMESTAMP(timezone=True)
Made = TypeVar("Made")
_ORIGIN = re.compile(r"[^\s+]+/log/[a-z0-9-]+(?:/([1-9][0-9]{0,8}))?")


def _of_a_log(name: str, *columns: Column[Any]) -> Table:
    tenant = Column("tenant", KEY, ForeignKey("council.id"), primary_key=True)
    log = Column("log", Integer, primary_key=True, autoincrement=False)
    to_opening = ForeignKeyConstraint(["tenant", "log"], ["ledger_opening.tenant", "ledger_opening.log"])
    return Table(name, metadata, tenant, log, *columns, *([] if name == "ledger_opening" else [to_opening]))


opening = _of_a_log(
    "ledger_opening",
    Column("origin", KEY, nullable=False),
    Column("earlier_origin", KEY, nullable=False),
    Column("earlier_size", BigInteger, nullable=False),
    Column("earlier_root", LargeBinary, nullable=False),
    Column("opened", INSTANT, nullable=False),
)
tile = _of_a_log(
    "ledger_tile",
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
    Column("root", LargeBinary, nullable=False),
)
checkpoint = _of_a_log(
    "ledger_checkpoint",
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("signed", INSTANT, primary_key=True),
    Column("note", LargeBinary, nullable=False),
)
key = _of_a_log("ledger_key", Column("key", KEY, primary_key=True), Column("since", INSTANT, nullable=False))
signer = Table(
    "ledger_signer",
    metadata,
    Column("tenant", KEY, ForeignKey("council.id"), primary_key=True),
    Column("refusal", Text),
    Column("since", INSTANT, nullable=False),
)


def origin_of(name: str, council: str, log: int) -> str:
    """The origin of a council's n-th log: `name/log/council`, and after a restore `name/log/council/2` …"""
    return f"{name}/log/{council}" + (f"/{log}" if log > 1 else "")


def log_of(origin: str) -> int | None:
    """Which of its council's logs an origin names; None if it is no origin of ours."""
    found = _ORIGIN.fullmatch(origin)
    return None if found is None else int(found[1] or 1)


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as it was published: of which of the council's logs, the note, and what the note says."""

    log: int
    note: bytes
    said: Checkpoint


@dataclass(frozen=True, slots=True)
class Included:
    """That the event at a position is in the log: the entry, and the proof of it."""

    entry: Entry
    signed: Signed
    path: list[bytes]

    @property
    def file(self) -> bytes:
        """As a C2SP tlog-proof, which carries the entry."""
        return Proof(self.entry.position, tuple(self.path), self.signed.note, self.entry.encoded()).encoded()


@dataclass(frozen=True, slots=True)
class Grown:
    """That a tree begins with an earlier one: both roots, and the proof."""

    signed: Signed
    roots: list[bytes]
    path: list[bytes]


@dataclass(frozen=True, slots=True)
class Lag:
    """How far one council's newest checkpoint is behind its ledger, and why nothing is signed, if so."""

    council: str
    is_opened: bool
    head: int
    size: int
    """Entries under the newest checkpoint: it covers the ledger up to position `size` - 1."""
    seconds: float
    """Age of the oldest event that no checkpoint covers, by PostgreSQL's clock."""
    refusal: str | None


async def lags(database: Database) -> list[Lag]:
    """Every council's, by id. Raises `Unavailable`."""
    return [Lag(*row) for row in await database.call(_LAG)]


_LAG = """
    SELECT council_id, is_opened, head, size,
        coalesce(greatest(0, extract(epoch FROM clock_timestamp() - oldest)), 0)::float8, refusal
    FROM ledger_lag()
"""


async def newest(connection: AsyncConnection, covering: int = 0) -> Signed | None:
    """The newest checkpoint of the council's newest log, if it covers this position."""
    found = (await connection.execute(_NEWEST)).one_or_none()
    if found is None:
        return None
    signed = signed_of(found)
    return signed if covering < signed.said.size else None


async def openings(connection: AsyncConnection) -> list[tuple[int, Opening, datetime]]:
    """The council's logs in their order, and when each was opened."""
    rows = await connection.execute(select(*opening.c).order_by(opening.c.log))
    return [
        (row.log, Opening(row.origin, row.earlier_origin, row.earlier_size, row.earlier_root), row.opened)
        for row in rows
    ]


async def keys(connection: AsyncConnection) -> list[tuple[int, str, datetime]]:
    """The verifier keys of each log, the oldest first, and since when each has signed."""
    rows = await connection.execute(select(key.c.log, key.c.key, key.c.since).order_by(key.c.log, key.c.since))
    return [(row.log, row.key, row.since) for row in rows]


def signed_of(row: Any) -> Signed:
    """A row with `log` and `note`."""
    note = bytes(row.note)
    return Signed(row.log, note, Checkpoint.unverified(note))


async def of_size(connection: AsyncConnection, size: int) -> Signed:
    """The checkpoint of the newest log with so many entries. Raises `NotFound`."""
    found = (await connection.execute(_OF_SIZE, {"size": size})).one_or_none()
    if found is None:
        raise NotFound(
            "no_such_checkpoint",
            f"No checkpoint was signed with {size:,} entries. Ask without `size` for the newest, or for a consistency "
            "proof between any two sizes.",
        )
    return signed_of(found)


async def included(connection: AsyncConnection, position: int) -> Included:
    """The proof that the event at this position is under the newest checkpoint. Raises `NotFound`, `Unavailable`."""
    row = (await connection.execute(_ENTRY, {"position": position})).one()
    signed = _covering(None if row.note is None else signed_of(row), row.head or 0, position)
    if not row.holds:  # no such event any more, or a body that is not the one of its digest
        raise _unproven()
    entry = Entry(position, microseconds(row.recordedtime), bytes(row.digest))
    path = await _proof(connection, signed, lambda at: inclusion(position, signed.said.size, at))
    if not is_included(leaf_hash(entry.encoded()), position, signed.said.size, path, signed.said.root):
        raise _unproven()
    return Included(entry, signed, path)


async def grown(connection: AsyncConnection, earlier: int, size: int) -> Grown:
    """The proof that the newest log's tree of `size` begins with that of `earlier`, under the newest checkpoint.

    Sizes need no checkpoint of their own, but must not exceed the newest. Raises `NotFound`, `Unavailable`.
    """
    row = (await connection.execute(_ENTRY, {"position": size - 1})).one()
    signed = _covering(None if row.note is None else signed_of(row), row.head or 0, size - 1)
    whole = signed.said.size

    def proof(at: At) -> tuple[list[bytes], list[bytes], list[list[bytes]]]:
        roots = [root_at(each, at) for each in (earlier, size)]
        return consistency(earlier, size, at), roots, [consistency(each, whole, at) for each in (earlier, size)]

    path, roots, to_signed = await _proof(connection, signed, proof)
    for each, root, way in zip((earlier, size), roots, to_signed, strict=True):
        if not is_consistent(each, root, whole, signed.said.root, way):
            raise _unproven()
    return Grown(signed, roots, path)


async def peaks(connection: AsyncConnection, signed: Signed, size: int) -> list[bytes]:
    """The roots of the perfect subtrees of the first `size` entries, the largest first. Raises `Unavailable`."""

    def peaks_of(at: At) -> list[bytes]:
        levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
        return [at(level, (size >> level) - 1) for level in levels]

    return await _proof(connection, signed, peaks_of)


async def continued(connection: AsyncConnection, signed: Signed, earlier: int) -> list[bytes]:
    """The proof that the tree under this checkpoint begins with the tree of `earlier` entries. Raises `Unavailable`."""
    return await _proof(connection, signed, lambda at: consistency(earlier, signed.said.size, at))


def _covering(signed: Signed | None, head: int, position: int) -> Signed:
    """The checkpoint, if it covers the position. Raises `NotFound`."""
    if position <= head and (signed is None or signed.said.size <= position):
        raise NotFound(
            "not_signed_yet", "No checkpoint covers this position yet. That is a second's work for a signer: ask again."
        )
    if signed is None or signed.said.size <= position:
        raise NotFound("no_such_event", f"There is no event at position {position}.")
    return signed


def _unproven() -> Unavailable:
    return Unavailable(
        "ledger_unproven",
        "The ledger does not read as it was signed, so this cannot be proved. The operator must look at it: "
        "export a bundle, and `supervision verify` says where.",
    )


class _Edge(NamedTuple):
    """Where the tree of one checkpoint ends: of which log, with how many entries."""

    log: int
    size: int


async def _proof(connection: AsyncConnection, signed: Signed, proof: Callable[[At], Made]) -> Made:
    """The proof, made from the tiles that it needs. Raises `Unavailable`."""
    found = await _tiles(connection, _Edge(signed.log, signed.said.size), sorted(needed(proof)))
    return proof(reader(found))


async def _tiles(connection: AsyncConnection, edge: _Edge, wanted: Sequence[Tile]) -> dict[tuple[int, int], bytes]:
    """The bytes of these tiles, by level and index. Raises `Unavailable` if one is not as wide as it must be."""
    columns = {
        "log": edge.log, "levels": [each.level for each in wanted], "indexes": [each.index for each in wanted],
        "widths": [each.width for each in wanted],
    }  # fmt: skip
    rows = await connection.execute(_TILES, columns)
    found = {(level, index): bytes(hashes or b"") for level, index, hashes in rows}
    if 0 < len(found.get((0, 0), b"")) < FULL or edge.size == 1:
        opened = {log: each for log, each, _ in await openings(connection)}[edge.log]
        found[0, 0] = leaf_hash(opened.encoded()) + found.get((0, 0), b"")
    if any(len(found.get((each.level, each.index), b"")) < each.width * HASH for each in wanted):
        raise _unproven()
    return found


async def tile_of(connection: AsyncConnection, wanted: Tile) -> bytes:
    """A tile of the newest log, full or partial. Raises `NotFound`, `Unavailable`."""
    signed = await newest(connection)
    if signed is None or not wanted.of(signed.said.size):
        raise NotFound("no_such_tile", "The tree under the newest checkpoint has no such tile.")
    found = await _tiles(connection, _Edge(signed.log, signed.said.size), [wanted])
    return found[wanted.level, wanted.index][: wanted.width * HASH]


_NEWEST = text("SELECT log, note FROM ledger_checkpoint ORDER BY log DESC, size DESC, signed DESC LIMIT 1")
_OF_SIZE = text("""
    SELECT log, note FROM ledger_checkpoint
    WHERE log = (SELECT max(log) FROM ledger_checkpoint) AND size = :size ORDER BY signed DESC LIMIT 1
""")
_ENTRY = text("""
    SELECT (SELECT max(position) FROM event) AS head, newest.log, newest.note, found.recordedtime, found.digest,
        found.digest = sha256(found.body) AS holds
    FROM (SELECT CAST(:position AS bigint) AS position) AS asked
    LEFT JOIN LATERAL (
        SELECT log, note FROM ledger_checkpoint ORDER BY log DESC, size DESC, signed DESC LIMIT 1
    ) AS newest ON true
    LEFT JOIN event AS found ON found.position = asked.position
""")
_TILES = text("""
    SELECT wanted.level, wanted.index, coalesce(full_tile.hashes, roots.hashes, leaves.hashes)
    FROM unnest(CAST(:levels AS integer[]), CAST(:indexes AS bigint[]), CAST(:widths AS integer[]))
        AS wanted(level, index, width)
    LEFT JOIN ledger_tile AS full_tile
        ON full_tile.log = :log AND full_tile.level = wanted.level AND full_tile.index = wanted.index
    LEFT JOIN LATERAL (
        SELECT string_agg(below.root, '' ORDER BY below.index) AS hashes FROM ledger_tile AS below
        WHERE full_tile.hashes IS NULL AND wanted.level > 0 AND below.log = :log AND below.level = wanted.level - 1
            AND below.index >= wanted.index * 256 AND below.index < wanted.index * 256 + wanted.width
    ) AS roots ON true
    LEFT JOIN LATERAL (  -- as `leaf_hashes` does it
        SELECT string_agg(sha256(
            '\\x00737631' || int8send(position)
                || int8send((extract(epoch FROM recordedtime) * 1000000)::bigint) || digest
        ), '' ORDER BY position) AS hashes FROM event
        WHERE full_tile.hashes IS NULL AND wanted.level = 0
            AND position >= wanted.index * 256 AND position < wanted.index * 256 + wanted.width
    ) AS leaves ON true
""")
