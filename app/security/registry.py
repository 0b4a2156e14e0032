"""What a council says of its identities: its clients, its people, its keys for reports, and which are taken back.

One row an identity, never deleted but emptied, so that every process reads on from where it was (`identities_since`).
Not evidence: rows change. Row-level security is forced as everywhere.

Left out: what a token says itself, and what anybody may see (`app/domain/access`).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Row,
    Select,
    Table,
    Text,
    func,
    literal,
    null,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import Database, metadata
from app.errors import Conflict

Kind = Literal["client", "person", "key"]
MOST: Final = 50_000
"""Identities that a council may have: every process holds them all in memory."""

_KEY, _INSTANT = Text(collation="C"), TIMESTAMP(timezone=True)

identity = Table(
    "identity",
    metadata,
    Column("tenant", _KEY, ForeignKey("council.id"), primary_key=True),
    Column("kind", _KEY, CheckConstraint("kind IN ('client', 'person', 'key')"), primary_key=True),
    Column("id", _KEY, primary_key=True),
    Column("registered", JSONB),
    Column("registered_at", _INSTANT),
    Column("registered_by", _KEY),
    Column("revoked_at", _INSTANT),
    Column("revoked_by", _KEY),
    Column("changed", BigInteger, nullable=False, server_default="0"),
    Index("identity_changed", "tenant", "changed"),
)

Pattern = Annotated[str, StringConstraints(pattern=r"^[!-)+-~]{0,254}([!-)+-~]|\*)$")]
"""An exact value, or a beginning followed by `*`."""
Label = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f-\x9f]{1,200}$")]


class Registered(BaseModel):
    """What an identity is registered for."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Client(Registered):
    """A service client, by its `azp` or `client_id`: what it may write, and what people call it."""

    label: Label
    sources: tuple[Pattern, ...] = ()
    event_types: tuple[Pattern, ...] = ()


class Person(Registered):
    """A person, by the issuer's subject: who they are in the ledger."""

    worker_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$")]


class Secret(Registered):
    """The SHA-256 of a secret, in hexadecimal, and until when it is taken; None for the present one."""

    sha256: str
    until: datetime | None = None


class ReportKey(Registered):
    """A key for reports: good up to and including the day that it expires on."""

    label: Label
    expires_on: date
    secrets: tuple[Secret, ...]


SHAPES: Final[Mapping[str, type[Registered]]] = {"client": Client, "person": Person, "key": ReportKey}


@dataclass(frozen=True, slots=True)
class Entry:
    """One identity as its council has it."""

    kind: Kind
    id: str
    registered: Registered | None
    registered_at: datetime | None
    registered_by: str | None
    revoked_at: datetime | None
    revoked_by: str | None


_ENTRY = [identity.c[name] for name in Entry.__dataclass_fields__]


async def register(
    database: Database, council: str, kind: Kind, name: str, what: Registered, *, by: str, now: datetime
) -> bool:
    """Keep what this identity is registered for, in place of what was. Whether nothing was. Raises `Conflict`."""
    async with database.write(council) as connection:
        before = await _locked(connection, kind, name)
        await _put(connection, council, kind, name, _registering(what, by, now), new=before is None)
    return before is None or before.registered is None


async def change(
    database: Database, council: str, kind: Kind, name: str, make: Callable[[Any], Registered | None], *, by: str,
    now: datetime,
) -> Registered | None:  # fmt: skip
    """Put what `make` says in place of what is registered, None to end it; nothing where nothing is registered."""
    async with database.write(council) as connection:
        before = await _locked(connection, kind, name)
        if before is None or before.registered is None:
            return None
        after = make(before.registered)
        await _put(connection, council, kind, name, _registering(after, by, now), new=False)
        return after


async def revoke(database: Database, council: str, kind: Kind, name: str, *, by: str, now: datetime) -> None:
    """Take the identity back, registered or not. Raises `Conflict`."""
    async with database.write(council) as connection:
        before = await _locked(connection, kind, name)
        if before is None or before.revoked_at is None:
            given = {"revoked_at": now, "revoked_by": by}
            await _put(connection, council, kind, name, given, new=before is None)


async def lift(database: Database, council: str, kind: Kind, name: str) -> None:
    """Let the identity in again; nothing where it was not taken back."""
    found = update(identity).where(identity.c.kind == kind, identity.c.id == name)
    async with database.write(council) as connection:
        await connection.execute(found.values(revoked_at=None, revoked_by=None))


async def find(database: Database, council: str, kind: Kind, name: str) -> Entry | None:
    """The identity, if it is registered."""
    async with database.read(council) as connection:
        found = await _one(connection, select(*_ENTRY).where(identity.c.kind == kind, identity.c.id == name))
    return found if found is not None and found.registered is not None else None


async def listed(database: Database, council: str, kind: Kind, after: str, limit: int) -> list[Entry]:
    """Registered identities of a kind, by id."""
    query = select(*_ENTRY).where(identity.c.kind == kind, identity.c.id > after, identity.c.registered.is_not(None))
    async with database.read(council) as connection:
        return [_entry(row) for row in await connection.execute(query.order_by(identity.c.id).limit(limit))]


async def people_who_are(database: Database, council: str, workers: Collection[str]) -> list[Entry]:
    """The people of the issuer who are registered as one of these workers."""
    worker = identity.c.registered["worker_id"].astext
    query = select(*_ENTRY).where(identity.c.kind == "person", worker.in_(workers)).order_by(identity.c.id)
    async with database.read(council) as connection:
        return [_entry(row) for row in await connection.execute(query)]


async def revoked(database: Database, council: str, after: tuple[str, str], limit: int) -> list[Entry]:
    """Identities that are taken back, by kind and id."""
    place = tuple_(identity.c.kind, identity.c.id)
    query = select(*_ENTRY).where(identity.c.revoked_at.is_not(None), place > tuple_(*map(literal, after)))
    async with database.read(council) as connection:
        return [_entry(row) for row in await connection.execute(query.order_by(place).limit(limit))]


def _registering(what: Registered | None, by: str, now: datetime) -> dict[str, Any]:
    said = null() if what is None else what.model_dump(mode="json")
    return {"registered": said, "registered_at": now, "registered_by": by}


async def _locked(connection: AsyncConnection, kind: Kind, name: str) -> Entry | None:
    query = select(*_ENTRY).where(identity.c.kind == kind, identity.c.id == name).with_for_update()
    return await _one(connection, query)


async def _put(
    connection: AsyncConnection, council: str, kind: Kind, name: str, given: Mapping[str, Any], *, new: bool
) -> None:
    if new and (await connection.execute(select(func.count()).select_from(identity))).scalar_one() >= MOST:
        raise Conflict("too_many_identities", f"A council may have {MOST:,} clients, people and keys at most.")
    row = insert(identity).values(tenant=council, kind=kind, id=name, **given)
    await connection.execute(row.on_conflict_do_update(index_elements=["tenant", "kind", "id"], set_=dict(given)))


async def _one(connection: AsyncConnection, query: Select[Any]) -> Entry | None:
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _entry(row)


def _entry(row: Row[Any]) -> Entry:
    registered = None if row.registered is None else SHAPES[row.kind].model_validate(row.registered)
    return Entry(**row._asdict() | {"registered": registered})
