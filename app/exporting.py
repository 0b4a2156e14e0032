"""The bundle: a council's signed events with all that it takes to verify them alone, as lines (docs/evidence.md).

What is stored goes out as it is, also where somebody edited it: nothing is put right or left out here, so that the
offline verifier sees it. Where columns or tags say something else than an event's body, the line says so. Lines depend
on what is stored and on the size of the tree alone: who was cut off goes on after the last position they have, byte by
byte.
"""

from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app import published
from app.errors import Fault, Invalid, NotFound
from app.events.filing import as_filed
from app.events.stored import Stored
from app.ledger.leaves import Opening, leaf_hash, microseconds
from app.ledger.tiles import WIDTH
from app.published import Signed

FORM: Final = "supervision-ledger/1"
BLOCKS: Final = 2
"""Tiles of events that are read in one transaction."""
APART: Final = 16
"""Of the signed notes within a full tile, the last of so many sizes goes out; of the newest tile, all."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which positions of a council's log go out, under which checkpoint."""

    council: str
    signed: Signed
    openings: tuple[Opening, ...]
    keys: tuple[str, ...]
    first: int
    last: int
    sealed: bool = False
    """Texts go out as their ciphertexts, which the owner of the database alone may read; else as digests."""

    @property
    def size(self) -> int:
        """Entries under the checkpoint."""
        return self.signed.said.size


async def span(
    connection: AsyncConnection, council: str, *, size: int | None = None, first: int = 1, last: int | None = None,
    sealed: bool = False,
) -> Span:  # fmt: skip
    """What is asked for, under the checkpoint of that size, else the newest. Raises `NotFound`, `Invalid`."""
    signed = await published.newest(connection) if size is None else await published.of_size(connection, size)
    if signed is None:
        raise NotFound("not_signed_yet", "No checkpoint was signed yet. Is the signer running? Ask again in a moment.")
    covered = signed.said.size - 1
    last = covered if last is None else last
    if last > covered:
        raise _outside("to", f"lies after position {covered:,}, the last under this checkpoint")
    if first > covered + 1:
        raise _outside("from", f"lies after position {covered:,}, the last under this checkpoint")
    if first > last + 1:
        raise _outside("from", "lies after `to`")
    openings = [each for log, each, _ in await published.openings(connection) if log <= signed.log]
    keys = [key for log, key, _ in await published.keys(connection) if log == signed.log]
    return Span(council, signed, tuple(openings), tuple(keys), first, last, sealed)


def _outside(name: str, said: str) -> Invalid:
    return Invalid("invalid_request", f"{name} {said}.", errors=[Fault(f"/query/{name}", "outside_of_log", said)])


async def header(connection: AsyncConnection, asked: Span) -> bytes:
    """The first line. Raises `Unavailable` where a range cannot be proved from what is stored."""
    before = [leaf_hash(asked.openings[-1].encoded())]
    if asked.first > 1:
        before = await published.peaks(connection, asked.signed, asked.first)
    after = []
    if asked.last < asked.size - 1:
        after = await published.continued(connection, asked.signed, asked.last + 1)
    return _line(
        {
            "bundle": FORM,
            "council": asked.council,
            "origin": asked.signed.said.origin,
            "keys": asked.keys,
            "openings": [_opening(each) for each in asked.openings],
            "checkpoint": asked.signed.note.decode(),
            "size": asked.size,
            "from": asked.first,
            "to": asked.last,
            "before": [each.hex() for each in before],
            "after": [each.hex() for each in after],
            "texts": "sealed" if asked.sealed else "digests",
        }
    )


def _opening(told: Opening) -> dict[str, Any]:
    return {
        "origin": told.origin,
        "earlier_origin": told.earlier_origin,
        "earlier_size": told.earlier_size,
        "earlier_root": told.earlier_root.hex(),
    }


def end(asked: Span) -> bytes:
    """The last line."""
    return _line({"end": {"events": asked.last - asked.first + 1, "answers": 0}})


def _line(told: Mapping[str, Any]) -> bytes:
    return orjson.dumps(told) + b"\n"


async def page(connection: AsyncConnection, asked: Span, after: int) -> tuple[bytes, int]:
    """The lines that follow position `after`, of some tiles; and up to which position they go."""
    first = max(after + 1, asked.first)
    last = min(asked.last, (first // WIDTH + BLOCKS) * WIDTH - 1)
    here = {"first": first, "last": last, "log": asked.signed.log, "council": asked.council}
    tags = {row.position: row.tags for row in await connection.execute(_TAGS, here)}
    texts: dict[int, dict[str, Any]] = {}
    for position, field, held in await connection.execute(_SEALED if asked.sealed else _TEXTS, here):
        texts.setdefault(position, {})[field] = {"sealed": b64encode(held).decode()} if asked.sealed else held.hex()
    rows = await connection.execute(_EVENTS, here)
    events = [_event(row, tags.get(row[0], ()), texts.get(row[0])) for row in rows]
    lines, index = list[bytes](), 0
    for block in range(first // WIDTH, last // WIDTH + 1):
        if block * WIDTH >= first or first == asked.first:
            lines.append(await _tile(connection, asked, block))
        while index < len(events) and events[index][0] < (block + 1) * WIDTH:
            lines.append(events[index][1])
            index += 1
    return b"".join(lines), last


async def all_lines(connection: AsyncConnection, asked: Span) -> AsyncIterator[bytes]:
    """A whole bundle over one connection."""
    yield await header(connection, asked)
    reached = asked.first - 1
    while reached < asked.last:
        lines, reached = await page(connection, asked, reached)
        yield lines
    yield end(asked)


async def _tile(connection: AsyncConnection, asked: Span, index: int) -> bytes:
    ends = (index + 1) * WIDTH
    here = {"log": asked.signed.log, "index": index, "above": index * WIDTH, "upto": min(ends, asked.size)}
    hashes = (await connection.execute(_HASHES, here)).scalar_one_or_none() if ends <= asked.size else None
    here["apart"] = APART if ends <= asked.size else 1
    notes = [bytes(row.note).decode(errors="replace") for row in await connection.execute(_NOTES, here)]
    return _line(
        {"tile": index, "hashes": None if hashes is None else b64encode(hashes).decode(), "checkpoints": notes}
    )


def _event(row: Sequence[Any], tags: Sequence[str], texts: Mapping[str, Any] | None) -> tuple[int, bytes]:
    """An event's position and line, from its columns as `COLUMNS` names them."""
    position, recorded, body = row[:3]
    told: dict[str, Any] = {"position": position, "recordedtime": _microseconds(recorded)}
    try:
        told["body"] = body.decode()
    except UnicodeDecodeError:
        told |= {"body": None, "bytes": b64encode(body).decode()}
    if texts:
        told["texts"] = texts
    if filed := misfiled(row, frozenset(tags)):
        told["filed"] = filed
    return position, _line(told)


def _microseconds(recorded: datetime) -> int | None:
    """None for what PostgreSQL calls infinity."""
    return None if recorded.tzinfo is None else microseconds(recorded)


def misfiled(row: Sequence[Any], tags: frozenset[str]) -> dict[str, Any]:
    """How an event is filed where its body says otherwise: each such column, and tags too many or too few."""
    position, recorded, body, *held = row
    try:
        event = as_filed(position, recorded, body)
        ought = _columns(event)
    except (KeyError, TypeError, ValueError, AttributeError):
        return {"body": "unreadable"}
    if held == ought and tags == event.tags:
        return {}
    pairs = zip(COLUMNS[3:], held, ought, strict=True)
    wrong = {name: value.hex() if name == "digest" else value for name, value, right in pairs if value != right}
    if tags != event.tags:
        wrong["tags"] = {"more": sorted(tags - event.tags), "missing": sorted(event.tags - tags)}
    return wrong


def _columns(event: Stored) -> list[Any]:
    """What the columns after the body must hold."""
    data, target = event.data, event.target or (None, None)
    return [
        sha256(event.body).digest(), event.source, event.id, event.type, event.time, event.sourcerecordedtime,
        event.recordedby, event.on, *target, data.get("worker_id"), data.get("case_id"), data.get("session_id"),
    ]  # fmt: skip


COLUMNS: Final = (
    "position", "recordedtime", "body", "digest", "source", "id", "type", "time", "sourcerecordedtime", "recordedby",
    "business_date", "target_source", "target_id", "worker", "case_id", "session",
)  # fmt: skip
_EVENTS: Final = text(
    f"SELECT {', '.join(COLUMNS)} FROM event WHERE position BETWEEN :first AND :last ORDER BY position"  # noqa: S608
)
_TAGS: Final = text(
    "SELECT position, array_agg(tag) AS tags FROM tag WHERE position BETWEEN :first AND :last GROUP BY position"
)
_TEXTS: Final = text("SELECT position, field, sha256 FROM text_digests(:council, :first, :last)")
_SEALED: Final = text(
    "SELECT position, field, ciphertext FROM event_text WHERE position BETWEEN :first AND :last ORDER BY 1, 2"
)
_HASHES: Final = text("SELECT hashes FROM ledger_tile WHERE log = :log AND level = 0 AND index = :index")
_NOTES: Final = text("""
    SELECT note FROM (
        SELECT DISTINCT ON ((size - 1) / CAST(:apart AS bigint)) size, note FROM ledger_checkpoint
        WHERE log = :log AND size > :above AND size <= :upto
        ORDER BY (size - 1) / CAST(:apart AS bigint), size DESC, signed
    ) AS chosen ORDER BY size
""")
