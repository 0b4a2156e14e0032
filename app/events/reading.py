"""Reading the ledger back in the order of positions: pages of the feed, events with what amends them, how they look."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, or_, select, text, tuple_

from app.db import Database
from app.events.store import event, head_position, stored, tag
from app.events.stored import Stored
from app.events.types import EVENT_TYPES, TEXTS


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

    @property
    def reached(self) -> int:
        """The position after which to read on."""
        return self.events[-1].position if self.events else self.head


async def page(database: Database, council: str, *, after: int, limit: int, selection: Selection) -> Page:
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
        return Page(events, head)


_NAMED = text("""
    WITH RECURSIVE found AS (
        (SELECT tag, 1 AS count FROM tag WHERE tag > :after AND tag < :beyond ORDER BY tag LIMIT 1)
        UNION ALL
        SELECT (SELECT t.tag FROM tag AS t WHERE t.tag > f.tag AND t.tag < :beyond ORDER BY t.tag LIMIT 1), f.count + 1
        FROM found AS f WHERE f.tag IS NOT NULL AND f.count < :limit
    )
    SELECT tag FROM found WHERE tag IS NOT NULL
""")
"""From one tag to the next along the index: however much stands under each."""


async def named(database: Database, council: str, kind: str, *, after: str, limit: int) -> list[str]:
    """The tags of one kind (`worker`) that anything carries, in order, from after an id ("" for the first)."""
    asked = {"after": f"{kind}/{after}", "beyond": f"{kind}0", "limit": limit}  # "0" comes after "/"
    async with database.read(council) as connection:
        return [row.tag for row in await connection.execute(_NAMED, asked)]


_CONCERNING = text("""
    WITH RECURSIVE named AS (
        SELECT position FROM tag WHERE tag = ANY (CAST(:tags AS text[]))
        UNION SELECT position FROM event_text WHERE subject = ANY (CAST(:owners AS text[]))
        UNION SELECT unnest(CAST(:positions AS bigint[]))
    ), followed AS (
        SELECT e.position, e.target_source, e.target_id FROM event AS e JOIN named USING (position)
        UNION
        SELECT e.position, e.target_source, e.target_id
        FROM followed AS f JOIN event AS e ON e.source = f.target_source AND e.id = f.target_id
    )
    SELECT position FROM followed AS f
    WHERE target_source IS NULL
        OR NOT EXISTS (SELECT FROM event AS e WHERE e.source = f.target_source AND e.id = f.target_id)
    ORDER BY position
""")


async def concerning(
    database: Database, council: str, tags: Collection[str], owners: Collection[str], positions: Collection[int] = ()
) -> list[int]:
    """Where everything stands that carries one of these tags, or whose texts are filed under one of these subjects.

    Of a correction or retraction, what it speaks of; itself where that never arrived. `positions` are taken in too.
    """
    asked = {"tags": [*tags], "owners": [*owners], "positions": [*positions]}
    async with database.read(council) as connection:
        return [row.position for row in await connection.execute(_CONCERNING, asked)]


@dataclass(frozen=True, slots=True)
class Often:
    """How often somebody did something, and from when to when."""

    times: int
    first: datetime | None
    last: datetime | None


async def recorded_by(database: Database, council: str, by: Collection[str]) -> Often:
    """How many events these recorded, as `recordedby` names them ("worker/W-1")."""
    at = event.c.recordedtime
    query = select(func.count(), func.min(at), func.max(at)).where(event.c.recordedby.in_(by))
    async with database.read(council) as connection:
        return Often(*(await connection.execute(query)).one())


@dataclass(frozen=True, slots=True)
class Amended:
    """One event, and every correction and retraction of it (and of those), in order."""

    event: Stored
    amendments: list[Stored]

    @property
    def all(self) -> list[Stored]:
        """The event and its amendments."""
        return [self.event, *self.amendments]

    def until(self, position: int) -> "Amended":
        """With what amended it up to a position."""
        return Amended(self.event, [each for each in self.amendments if each.position <= position])


async def amended(database: Database, council: str, positions: Collection[int]) -> dict[int, Amended]:
    """The events at these positions, each with what amends it; what is not there is left out."""
    async with database.read(council) as connection:
        rows = await connection.execute(select(event).where(event.c.position.in_(positions)))
        found = {row.position: Amended(stored(row), []) for row in rows}
        targets = {(each.event.source, each.event.id): each for each in found.values()}
        while targets:
            query = select(event).where(tuple_(event.c.target_source, event.c.target_id).in_(targets))
            rows = await connection.execute(query)
            targets = {(row.source, row.id): _amend(targets[row.target_source, row.target_id], row) for row in rows}
    for each in found.values():
        each.amendments.sort(key=lambda amendment: amendment.position)
    return found


def _amend(root: Amended, row: Any) -> Amended:
    root.amendments.append(stored(row))
    return root


def shown(found: Stored, texts: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """An event as it is given out: as sent, with what the ledger added.

    A text reads as `texts` has it, under the SHA-256 of its ciphertext; else as `{"withheld": true}`.
    """
    envelope = found.envelope()
    envelope["data"] = read_back(found.type, envelope["data"], texts)
    return envelope | {
        "position": found.position,
        "recordedtime": found.recorded,
        "recordedby": found.recordedby,
    }


def read_back(type_name: str, data: Mapping[str, Any], texts: Mapping[str, Any]) -> dict[str, Any]:
    """Stored data as it is given out: numbers as they were sent, texts in clear or withheld."""
    opened = _opened(data, texts)
    if type_name == "EventCorrected":
        opened["data"] = _opened(opened["data"], texts)
    return _with_numbers(type_name, opened)


_DECIMALS = {
    name: [field for field, info in model.model_fields.items() if "Decimal" in str(info.annotation)]
    for name, model in EVENT_TYPES.items()
}


def _with_numbers(type_name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Decimals are stored as text, so that no reader rounds them; they are given out as the numbers that were sent."""
    decimals = {name: float(data[name]) for name in _DECIMALS[type_name] if isinstance(data.get(name), str)}
    return data | decimals


def _opened(data: Mapping[str, Any], texts: Mapping[str, Any]) -> dict[str, Any]:
    return {**data, **{name: texts.get(found, {"withheld": True}) for name, found in _sealed(data).items()}}


def _sealed(data: Mapping[str, Any]) -> dict[str, str]:
    """The digests of the texts, by their field."""
    return {name: data[name]["sha256"] for name in TEXTS if isinstance(data.get(name), dict)}


def digests(found: Stored) -> list[str]:
    """The SHA-256 of the ciphertext of each text of the event."""
    patched = found.data["data"] if found.type == "EventCorrected" else {}
    return [*_sealed(found.data).values(), *_sealed(patched).values()]
