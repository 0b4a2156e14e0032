"""What is blacked out of a pack for somebody who asked what is held about them: overlays, which hold no text.

An overlay names an event, a field and perhaps a stretch of its characters, and says why; what it covers stays as it
was. Overlays are working notes until the request is answered, so they are rows and no events; who keeps them still
then sees to it that they stay as they were sent out. Row-level security is forced as everywhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    delete,
    func,
    insert,
    select,
)

from app.db import Database, metadata
from app.errors import Conflict
from app.events.store import INSTANT, KEY

MOST: Final = 5_000
"""Overlays of one request."""

redaction = Table(
    "redaction",
    metadata,
    Column("tenant", KEY, ForeignKey("council.id"), primary_key=True),
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("request_id", KEY, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("field", KEY, nullable=False),
    Column("first", Integer),
    Column("beyond", Integer),
    Column("reason", KEY, nullable=False),
    Column("made", INSTANT, nullable=False),
    Column("made_by", KEY, nullable=False),
    CheckConstraint("(first IS NULL) = (beyond IS NULL) AND (first IS NULL OR (first >= 0 AND first < beyond))"),
    Index("redaction_request", "tenant", "request_id", "number"),
)


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is blacked out: a field of an event, or the characters of it from `first` up to before `beyond`; and why."""

    position: int
    field: str
    first: int | None
    beyond: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Made:
    """An overlay as it is kept."""

    number: int
    overlay: Overlay
    made: datetime
    made_by: str


_COLUMNS = ("number", "position", "field", "first", "beyond", "reason", "made", "made_by")


async def overlaid(database: Database, council: str, request_id: str) -> list[Made]:
    """The overlays of a request, in the order in which they were made."""
    query = select(*(redaction.c[name] for name in _COLUMNS)).where(redaction.c.request_id == request_id)
    async with database.read(council) as connection:
        rows = await connection.execute(query.order_by(redaction.c.number))
        return [Made(number, Overlay(*said), made, by) for number, *said, made, by in rows]


async def overlay(
    database: Database, council: str, request_id: str, said: Sequence[Overlay], *, by: str, now: datetime
) -> list[int]:
    """Keep overlays; their numbers. Raises `Conflict` where a request would have too many."""
    rows = [
        {"tenant": council, "request_id": request_id, "position": each.position, "field": each.field,
         "first": each.first, "beyond": each.beyond, "reason": each.reason, "made": now, "made_by": by}
        for each in said
    ]  # fmt: skip
    counted = select(func.count()).select_from(redaction).where(redaction.c.request_id == request_id)
    async with database.write(council) as connection:
        if (await connection.execute(counted)).scalar_one() + len(rows) > MOST:
            raise Conflict("too_many_redactions", f"A request has {MOST:,} places blacked out at most.")
        made = await connection.execute(insert(redaction).returning(redaction.c.number), rows)
        return [row.number for row in made]


async def lift(database: Database, council: str, request_id: str, number: int) -> bool:
    """Take an overlay away; whether there was one."""
    statement = delete(redaction).where(redaction.c.request_id == request_id, redaction.c.number == number)
    async with database.write(council) as connection:
        return bool((await connection.execute(statement)).rowcount)


@dataclass(frozen=True, slots=True)
class Bar:
    """A black bar: the reasons for it."""

    reasons: tuple[str, ...]


def blacked_out(said: str, overlays: Sequence[Overlay]) -> list[str | Bar]:
    """A text in its order: what may be read, and a bar for each stretch that may not. Overlays may overlap."""
    covers = [(each.first or 0, len(said) if each.beyond is None else each.beyond, each.reason) for each in overlays]
    return list(_pieces(said, covers))


def _pieces(said: str, covers: Sequence[tuple[int, int, str]]) -> Iterator[str | Bar]:
    edges = sorted({0, len(said), *(min(edge, len(said)) for first, beyond, _ in covers for edge in (first, beyond))})
    shown, reasons = "", dict[str, None]()
    for start, end in pairwise(edges):
        over = [reason for first, beyond, reason in covers if first < end and start < beyond]
        if over and shown:
            yield shown
        if not over and reasons:
            yield Bar(tuple(reasons))
        shown, reasons = ("", reasons | dict.fromkeys(over)) if over else (shown + said[start:end], {})
    if shown:
        yield shown
    if reasons or (not said and covers):
        yield Bar(tuple(reasons) or tuple(dict.fromkeys(reason for *_, reason in covers)))
