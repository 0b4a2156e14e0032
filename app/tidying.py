"""The table of periods: how long everything is kept, and the removal of what has had its time. No clock: days are
given.

`periods.yaml` is the one place where it is written; the documents show it and a test holds it against the schema.
What it gives a column is removed a page at a time, council by council, with the owner's rights, and each page is on
record (`tidied`) in the transaction in which it went. A council may make a period longer or shorter within its
bounds. Left out: texts and names, which two people erase; what the worker removes by itself; what lies outside the
database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Table, insert, text
from sqlalchemy import func as sql

from app.db import Database, metadata
from app.domain.calendar import Interval, back
from app.events.facts import LONDON
from app.events.store import INSTANT, KEY

AT_ONCE: Final = 1_000
"""Rows that go in one transaction."""
_BY_ITSELF: Final = frozenset({"access_event"})
"""Tables of which a trigger puts on record what goes, whoever removes it."""

tidied = Table(
    "tidied",
    metadata,
    Column("tenant", KEY, ForeignKey("council.id"), primary_key=True),
    Column("number", BigInteger, Identity(always=True), primary_key=True),
    Column("at", INSTANT, nullable=False),
    Column("period", KEY, nullable=False),
    Column("before", INSTANT, nullable=False),
    Column("removed", BigInteger, nullable=False),
    Column("by", KEY, nullable=False),
    CheckConstraint("removed > 0"),
)


class Period(BaseModel):
    """One line of the table, as the file says at its head."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    where: str = ""
    table: tuple[str, ...] = ()
    why: str
    kept: str
    least: str | None = None
    most: str | None = None
    counted_from: str = ""
    rows: str = ""
    """The table of which rows go, where `table` does not say it."""
    column: str = ""
    gone: str = ""
    by: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _says_where(self) -> "Period":
        if not (self.where or self.table) or (self.column != "" and not (self.gone and self.least and self.most)):
            raise ValueError("a line says where; one with a column says which rows may go, and its bounds")
        return self

    @property
    def of(self) -> str:
        """The table whose rows go."""
        return self.rows or self.table[0]

    @property
    def shown_where(self) -> str:
        """Where it is, for the documents."""
        return self.where or ", ".join(f"`{name}`" for name in self.table)


@dataclass(frozen=True, slots=True)
class Due:
    """Rows that have had their time: of which line, counted up to before which moment."""

    name: str
    period: Period
    kept: Interval
    before: datetime


class NotAPeriod(ValueError):
    """A council's own period that cannot be: the message says why."""


@cache
def periods() -> Mapping[str, Period]:
    """The table, by the names of its lines."""
    written = yaml.safe_load((files("app") / "periods.yaml").read_text(encoding="utf-8"))
    return {name: Period.model_validate(line) for name, line in written.items()}


def due(council: str, today: date, own: Mapping[str, str]) -> list[Due]:
    """What may go of a council today. `own`: its other periods, as `reads` for all councils or `luton/reads` for one.

    Raises `NotAPeriod`.
    """
    _check(own)
    return [_due(name, line, today, own.get(f"{council}/{name}") or own.get(name)) for name, line in _removable()]


def _removable() -> Iterator[tuple[str, Period]]:
    return ((name, line) for name, line in periods().items() if line.column)


def _due(name: str, line: Period, today: date, own: str | None) -> Due:
    kept = Interval.parse(own or line.kept)
    return Due(name, line, kept, datetime.combine(back(kept, today), time(), LONDON))


def _check(own: Mapping[str, str]) -> None:
    known, day = dict(_removable()), date(2001, 1, 1)
    for key, written in own.items():
        line = known.get(key.rpartition("/")[2])
        if line is None:
            raise NotAPeriod(f"{key}: there is no such period; there are {', '.join(known)}")
        try:
            earliest = back(Interval.parse(written), day)
        except ValueError as error:
            raise NotAPeriod(f"{key}: {written!r} {error}") from None
        if not back(Interval.parse(line.most or ""), day) <= earliest <= back(Interval.parse(line.least or ""), day):
            raise NotAPeriod(f"{key}: must be from {line.least} to {line.most}")


async def count(database: Database, council: str, each: Due) -> int:
    """How many rows may go."""
    query = text(f"SELECT count(*) FROM {each.period.of} WHERE {_which(each)}")  # noqa: S608 (names from our own file)
    async with database.read(council) as connection:
        return int((await connection.execute(query, {"before": each.before})).scalar_one())


async def remove(database: Database, council: str, each: Due) -> int:
    """Remove one page of them, and put on record that they went; how many. `database` is the owner's."""
    table, which = each.period.of, _which(each)
    page = f"SELECT ctid FROM {table} WHERE {which} LIMIT {AT_ONCE}"  # noqa: S608
    delete = text(f"DELETE FROM {table} WHERE ctid = ANY (ARRAY({page}))")  # noqa: S608
    async with database.write(council) as connection:
        removed = (await connection.execute(delete, {"before": each.before})).rowcount
        if removed and table not in _BY_ITSELF:
            said = {"tenant": council, "period": each.name, "before": each.before, "removed": removed}
            told = insert(tidied).values(**said, at=sql.clock_timestamp(), by=sql.current_user())
            await connection.execute(told)
        return int(removed)


def _which(each: Due) -> str:
    return f"({each.period.gone}) AND {each.period.column} < :before"
