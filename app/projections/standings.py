"""How every subject stands, as rows: who it was, what each rule says of it from when to when, and what is doubtful.

What is written is the difference to what was there, so that a subject of which little changed costs little. The end of
time stands for "still so" and "if nothing happens" (`infinity`), which makes "as at a day" one range.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    delete,
    insert,
    select,
    text,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import metadata
from app.domain.history import Subject
from app.domain.obligations import TimelineRow
from app.domain.policy.patterns import Force, Status
from app.domain.standing import Situation, Standing
from app.events.store import KEY
from app.projections.generations import of_subject

subject = Table("subject", metadata, *of_subject(), Column("fault", KEY))
Index("subject_fault", subject.c.tenant, subject.c.generation, postgresql_where=text("fault IS NOT NULL"))

situation = Table(
    "situation",
    metadata,
    *of_subject(),
    Column("from_on", Date, primary_key=True),
    Column("until_on", Date, nullable=False),
    *(Column(name, KEY) for name in list(Situation.__dataclass_fields__)[2:]),
)
Index("situation_lead", *(situation.c[n] for n in ("tenant", "generation", "lead")),
      postgresql_where=text("lead IS NOT NULL"))  # fmt: skip

timeline = Table(
    "timeline",
    metadata,
    *of_subject(),
    Column("rule", KEY, primary_key=True),
    Column("from_on", Date, primary_key=True),
    Column("until_on", Date, nullable=False),
    Column("status", KEY, nullable=False),
    Column("code", KEY),
    Column("policy", KEY, nullable=False),
    Column("force", KEY, nullable=False),
    Column("dues_from", ARRAY(Date), nullable=False),
    Column("dues", ARRAY(Date), nullable=False),
)
SHORT_DAYS: Final = 62
SHORT: Final = timeline.c.until_on <= timeline.c.from_on + SHORT_DAYS
"""Rows of a status that lasted some two months or less: nearly all that are over. They have an index by their first
day, of which "as at a day" reads the last two months; the others, few on any day, have one by their last."""
_COVERED: Final = ["kind", "id", "rule", "policy", "force", "status", "code", "dues_from", "dues"]
for name, which, days in (("short", SHORT, ("from_on", "until_on")), ("long", ~SHORT, ("until_on", "from_on"))):
    columns = [timeline.c[column] for column in ("tenant", "generation", *days)]
    Index(f"timeline_{name}", *columns, postgresql_where=which, postgresql_include=_COVERED)

doubt = Table(
    "doubt",
    metadata,
    *of_subject(),
    Column("code", KEY, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("about_on", Date),
    Column("why", Text, nullable=False),
    Column("positions", ARRAY(BigInteger), nullable=False),
)

TABLES: Final = (situation, timeline, doubt)
Row = tuple[Any, ...]
"""The columns of a table after tenant and generation."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored of some subjects: the rows of each table."""

    known: frozenset[Row]
    """Kind, id, and the number of the fault, if that is what they show."""
    rows: Mapping[str, frozenset[Row]]

    def is_fault(self, of: Subject) -> bool:
        """Whether what is stored says only that the assessment failed."""
        return any(row[:2] == (of.kind, of.id) and row[2] is not None for row in self.known)

    def timeline_of(self, of: Subject) -> list[TimelineRow]:
        """The subject's rows as they were made."""
        return [_timeline_row(row) for row in self.rows["timeline"] if row[:2] == (of.kind, of.id)]


async def kept(connection: AsyncConnection, generation: int, subjects: Collection[Subject]) -> Kept:
    """What is stored of these subjects."""
    known = await _rows(connection, subject, generation, subjects)
    found = frozenset(Subject(kind, identity) for kind, identity, _ in known)
    rows = {table.name: await _rows(connection, table, generation, found) for table in TABLES}
    return Kept(known, rows)


async def _rows(
    connection: AsyncConnection, table: Table, generation: int, subjects: Collection[Subject]
) -> frozenset[Row]:
    if not subjects:
        return frozenset()
    keys = [(of.kind, of.id) for of in subjects]
    query = select(*list(table.c)[2:]).where(
        table.c.generation == generation, tuple_(table.c.kind, table.c.id).in_(keys)
    )
    return frozenset(tuple(_hashable(value) for value in row) for row in await connection.execute(query))


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


async def write(
    connection: AsyncConnection,
    council: str,
    generation: int,
    earlier: Kept,
    standings: Mapping[Subject, Standing],
    faults: Mapping[Subject, str],
) -> None:
    """Bring what is stored to these standings. A subject of `earlier` without one is gone: it is another now."""
    now = {table.name: frozenset(told(table.name, standings)) for table in TABLES}
    for table in TABLES:
        await _change(connection, council, generation, table, earlier.rows[table.name], now[table.name])
    subjects = frozenset((of.kind, of.id, faults.get(of)) for of in standings)
    await _change(connection, council, generation, subject, earlier.known, subjects)


async def _change(
    connection: AsyncConnection, council: str, generation: int, table: Table, old: frozenset[Row], new: frozenset[Row]
) -> None:
    columns = list(table.c)[2:]
    key = [column for column in columns if column.primary_key]
    if goes := old - new:
        where = [column == bindparam(f"key_{column.name}") for column in key]
        numbered = {column.name: at for at, column in enumerate(columns)}
        rows = [{f"key_{column.name}": row[numbered[column.name]] for column in key} for row in goes]
        await connection.execute(delete(table).where(table.c.generation == generation, *where), rows)
    if comes := new - old:
        names = [column.name for column in columns]
        base = {"tenant": council, "generation": generation}
        await connection.execute(insert(table), [base | dict(zip(names, row, strict=True)) for row in comes])


def told(table: str, standings: Mapping[Subject, Standing]) -> Iterable[Row]:
    """The rows of a table that say how these subjects stand."""
    for of, standing in standings.items():
        own = (of.kind, of.id)
        if table == "situation":
            yield from ((*own, s.from_on, s.until_on or date.max, *list(_values(s))[2:]) for s in standing.situations)
        elif table == "timeline":
            yield from ((*own, *_timeline_values(row)) for row in standing.rows if _is_told(row))
        else:
            seen: dict[str, int] = {}
            for each in standing.doubts:
                number = seen[each.code] = seen.get(each.code, 0) + 1
                positions = tuple(event.position for event in each.events)
                yield (*own, each.code, number, each.on, each.why, positions)


def _is_told(row: TimelineRow) -> bool:
    """A rule that does not apply is no row (nine in ten of a table's are never in force); a subject always has one."""
    return not row.rule or row.status != Status.NOT_APPLICABLE


def _values(situation_: Situation) -> Iterable[Any]:
    return (getattr(situation_, name) for name in Situation.__dataclass_fields__)


def _timeline_values(row: TimelineRow) -> Row:
    dues_from, dues = zip(*row.dues, strict=True)
    return (
        row.rule, row.from_on, row.until_on or date.max, str(row.status), row.code, row.policy, str(row.force),
        dues_from, dues,
    )  # fmt: skip


def _timeline_row(row: Row) -> TimelineRow:
    _, _, rule, from_on, until_on, status, code, policy, force, dues_from, dues = row
    return TimelineRow(
        rule, from_on, None if until_on == date.max else until_on, Status(status), code,
        tuple(zip(dues_from, dues, strict=True)), policy, Force(force),
    )  # fmt: skip
