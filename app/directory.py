"""The directory: what people and teams are called, for those who may see it. Beside the ledger, never part of it.

A manager does not know W-1001. Names are sent, changed and erased here, encrypted with the key of the worker
or team that they belong to, and bound to it. No rule reads them, no answer rests on them, and no event holds them.
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

import orjson
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    delete,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from app.db import Database, metadata
from app.errors import NotFound
from app.events.councils import Access
from app.events.keys import Wrapped, subject_key, with_key
from app.events.store import INSTANT, KEY, sealed_with
from app.events.vault import SubjectKey

Kind = Literal["worker", "team"]

directory = Table(
    "directory",
    metadata,
    Column("tenant", KEY, ForeignKey("council.id"), primary_key=True),
    Column("kind", KEY, primary_key=True),
    Column("id", KEY, primary_key=True),
    Column("key_number", BigInteger, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    Column("changed", INSTANT, nullable=False),
    Column("changed_by", KEY, nullable=False),
    sealed_with(),
    Index("directory_key", "tenant", "key_number"),
    CheckConstraint("kind IN ('worker', 'team')"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody or something is called."""

    name: str
    email: str | None = None


async def enter(
    database: Database, access: Access, kind: Kind, identity: str, entry: Entry, *, by: str, now: datetime
) -> bool:
    """Keep the entry, in place of an earlier one. Whether it is new."""

    async def store(key: SubjectKey) -> bool:
        sealed = key.seal(orjson.dumps(asdict(entry)), _context(kind, identity))
        given = {"key_number": key.number, "ciphertext": sealed, "changed": now, "changed_by": by}
        statement: ReturningInsert[tuple[bool]] = (
            insert(directory)
            .values(tenant=access.council.id, kind=kind, id=identity, **given)
            .on_conflict_do_update(index_elements=["tenant", "kind", "id"], set_=given)
            .returning(literal_column("xmax = 0", Boolean))  # true of a row that this statement made, not changed
        )
        async with database.write(access.council.id) as connection:
            return bool((await connection.execute(statement)).scalar_one())

    return await access.keys.sealed(access.council.id, f"{kind}/{identity}", store)


async def find(database: Database, access: Access, kind: Kind, identity: str) -> Entry:
    """The entry. Raises `NotFound`."""
    found = await entries(database, access, kind, [identity])
    if identity not in found:
        raise NotFound("not_in_directory", f"The directory holds no name for this {kind}.")
    return found[identity]


async def names_of(database: Database, access: Access, kind: Kind, ids: Collection[str]) -> dict[str, str]:
    """The names of those of the ids that have one. Only for callers who may read names (`names:read`)."""
    return {identity: entry.name for identity, entry in (await entries(database, access, kind, ids)).items()}


async def erase(database: Database, access: Access, kind: Kind, identity: str) -> None:
    """Remove the entry for good; nothing where there is none."""
    statement = delete(directory).where(directory.c.kind == kind, directory.c.id == identity)
    async with database.write(access.council.id) as connection:
        await connection.execute(statement)


async def entries(database: Database, access: Access, kind: Kind, ids: Collection[str]) -> dict[str, Entry]:
    """The entries of those of the ids that have one."""
    if not ids:
        return {}
    its_key = (subject_key.c.tenant == directory.c.tenant) & (subject_key.c.number == directory.c.key_number)
    query = (
        select(directory.c.id, directory.c.ciphertext, *with_key)
        .join(subject_key, its_key)
        .where(directory.c.kind == kind, directory.c.id.in_(ids))
    )
    async with database.read(access.council.id) as connection:
        rows = (await connection.execute(query)).all()
    opened = {}
    for identity, sealed, *stored_key in rows:
        key = access.keys.unwrapped(access.council.id, Wrapped(*stored_key))
        opened[identity] = Entry(**orjson.loads(key.open(sealed, _context(kind, identity))))
    return opened


def _context(kind: Kind, identity: str) -> str:
    """What a name's ciphertext is bound to. No identifier can hold a line break."""
    return f"directory\n{kind}\n{identity}"
