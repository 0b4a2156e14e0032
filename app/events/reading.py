"""Reading the ledger back in the order of positions: pages of the feed, single events, and their texts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import Database
from app.events.councils import Access
from app.events.store import event, event_text, head_position, stored, tag
from app.events.stored import Stored
from app.events.types import EVENT_TYPES
from app.events.vault import text_context


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events a reader wants; everything by default. `first` and `last` bound the business date, inclusive."""

    tags: tuple[str, ...] = ()
    """Under any of these."""
    types: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    known: datetime | None = None
    """Only what the ledger held at this moment."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some events in order, and how far the ledger went when they were read."""

    events: list[Stored]
    head: int
    texts: Mapping[tuple[int, str], tuple[int, bytes]]
    """Ciphertexts with their key epoch by (position, field), of those events that were asked for with their texts."""

    @property
    def reached(self) -> int:
        """The position after which to read on."""
        return self.events[-1].position if self.events else self.head


async def page(
    database: Database, council: str, *, after: int, limit: int, selection: Selection, texts: bool = False
) -> Page:
    """The next events after a position. What is committed at a later moment always has a higher position."""
    query = select(event).where(event.c.position > after).order_by(event.c.position).limit(limit)
    if selection.tags:
        tagged = select(tag.c.position).where(tag.c.tag.in_(selection.tags))
        # what a correction moved under a tag is shown there too, beside the correction that carries the tag
        moved = select(event.c.target_source, event.c.target_id).where(
            event.c.position.in_(tagged), event.c.target_source.is_not(None)
        )
        query = query.where(or_(event.c.position.in_(tagged), tuple_(event.c.source, event.c.id).in_(moved)))
    if selection.types:
        query = query.where(event.c.type.in_(selection.types))
    if selection.first is not None:
        query = query.where(event.c.business_date >= selection.first)
    if selection.last is not None:
        query = query.where(event.c.business_date <= selection.last)
    if selection.known is not None:
        query = query.where(event.c.recordedtime <= selection.known)
    async with database.read(council) as connection:
        head = await head_position(connection)
        events = [stored(row) for row in await connection.execute(query.where(event.c.position <= head))]
        return Page(events, head, await _texts(connection, events) if texts else {})


async def one(database: Database, council: str, position: int) -> tuple[Page, list[Stored]] | None:
    """One event with its texts, and every correction and retraction of it (and of those), in order; None if absent."""
    async with database.read(council) as connection:
        row = (await connection.execute(select(event).where(event.c.position == position))).one_or_none()
        if row is None:
            return None
        found = stored(row)
        amendments: list[Stored] = []
        targets: Sequence[Stored] = [found]
        while targets:
            pairs = [(target.source, target.id) for target in targets]
            query = select(event).where(tuple_(event.c.target_source, event.c.target_id).in_(pairs))
            targets = [stored(row) for row in await connection.execute(query)]
            amendments += targets
        texts = await _texts(connection, [found, *amendments])
    amendments.sort(key=lambda amendment: amendment.position)
    return Page([found], position, texts), amendments


async def _texts(connection: AsyncConnection, events: Sequence[Stored]) -> dict[tuple[int, str], tuple[int, bytes]]:
    holders = [found.position for found in events if b'"sha256"' in found.body]
    if not holders:
        return {}
    rows = await connection.execute(select(event_text).where(event_text.c.position.in_(holders)))
    return {(row.position, row.field): (row.key_epoch, row.ciphertext) for row in rows}


def shown(found: Stored, access: Access, texts: Mapping[tuple[int, str], tuple[int, bytes]] | None) -> dict[str, Any]:
    """An event as it is given out: as sent, with what the ledger added; texts in clear only if `texts` has them.

    A text reads as itself, or as `{"withheld": true}` for who may not see it.
    """
    envelope = found.envelope()
    envelope["data"] = _with_numbers(found.type, _opened(found, access, envelope["data"], (), texts))
    return envelope | {
        "position": found.position,
        "recordedtime": found.recorded,
        "recordedby": found.recordedby,
    }


_DECIMALS = {
    name: [field for field, info in model.model_fields.items() if "Decimal" in str(info.annotation)]
    for name, model in EVENT_TYPES.items()
}


def _with_numbers(type_name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Decimals are stored as text, so that no reader rounds them; they are given out as the numbers that were sent."""
    decimals = {name: float(data[name]) for name in _DECIMALS[type_name] if isinstance(data.get(name), str)}
    return data | decimals


def _opened(
    found: Stored, access: Access, data: dict[str, Any], path: tuple[str, ...],
    texts: Mapping[tuple[int, str], tuple[int, bytes]] | None,
) -> dict[str, Any]:  # fmt: skip
    opened = dict(data)
    for name, value in data.items():
        field = ".".join((*path, name))
        if name in ("narrative", "name") and isinstance(value, dict) and "sha256" in value:
            opened[name] = _text(found, access, field, texts)
        elif name == "data" and found.type == "EventCorrected":
            opened[name] = _opened(found, access, value, (*path, name), texts)
    return opened


def _text(
    found: Stored, access: Access, field: str, texts: Mapping[tuple[int, str], tuple[int, bytes]] | None
) -> object:
    if texts is None or (found.position, field) not in texts:
        return {"withheld": True}
    epoch, ciphertext = texts[found.position, field]
    return access.key_of(epoch).open(ciphertext, text_context(found.source, found.id, field)).decode()
