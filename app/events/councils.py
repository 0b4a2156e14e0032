"""The councils served: made by an operator, never by a request."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Text, select, text
from sqlalchemy.dialects.postgresql import insert

from app.db import Database, metadata
from app.errors import NotFound, Unavailable
from app.events.store import INSTANT, KEY, head
from app.events.vault import CouncilKey, Unreadable, new_wrapped_key, unwrap

council = Table(
    "council",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("epoch", KEY, nullable=False),
    Column("created", INSTANT, nullable=False),
)

council_key = Table(
    "council_key",
    metadata,
    Column("tenant", KEY, ForeignKey("council.id"), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created", INSTANT, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Council:
    """One council: its id (in tokens), its name, its ledger's epoch (random; a restore starts a new one)."""

    id: str
    name: str
    epoch: str
    created: datetime


async def add_council(database: Database, master_key: bytes, council_id: str, name: str, now: datetime) -> bool:
    """Make a council with an empty ledger and a key of its own. False, and no change, when it is there already.

    `database` must be connected as the owner: the service's own role cannot make councils.
    """
    async with database.write(council_id) as connection:
        made = await connection.execute(
            insert(council)
            .values(id=council_id, name=name, epoch=secrets.token_hex(8), created=now)
            .on_conflict_do_nothing()
        )
        if made.rowcount == 0:
            return False
        await connection.execute(insert(head).values(tenant=council_id))
        await connection.execute(
            insert(council_key).values(
                tenant=council_id, epoch=1, wrapped=new_wrapped_key(master_key, council_id, 1), created=now
            )
        )
    return True


async def list_councils(database: Database) -> list[Council]:
    """All councils, by id."""
    async with database.read(None) as connection:
        return [Council(*row) for row in await connection.execute(select(council).order_by(council.c.id))]


@dataclass(frozen=True, slots=True)
class Access:
    """What serving one council needs to know of it: its epoch and its keys, the newest last."""

    council: Council
    keys: tuple[CouncilKey, ...]

    @property
    def key(self) -> CouncilKey:
        """The key that new texts are sealed with."""
        return self.keys[-1]

    def key_of(self, epoch: int) -> CouncilKey:
        """The key of an earlier epoch."""
        return next(key for key in self.keys if key.epoch == epoch)


class Councils:
    """Looks councils up once; an epoch changes only by an operator's command, with the service restarted."""

    def __init__(self, database: Database, master_key: bytes) -> None:
        self._database = database
        self._master_key = master_key
        self._known: dict[str, Access] = {}

    async def access(self, council_id: str) -> Access:
        """One council's epoch and keys. Raises `NotFound` (the token names a council that is not served here)."""
        known = self._known.get(council_id)
        if known is None:
            known = self._known[council_id] = await self._load(council_id)
        return known

    async def _load(self, council_id: str) -> Access:
        async with self._database.read(council_id) as connection:
            row = (await connection.execute(select(council).where(council.c.id == council_id))).one_or_none()
            if row is None:
                raise NotFound("no_such_council", "The council in this token is not served here.")
            wrapped = await connection.execute(
                text("SELECT epoch, wrapped FROM council_key WHERE tenant = :tenant ORDER BY epoch"),
                {"tenant": council_id},
            )
            keys = tuple(self._opened(council_id, epoch, sealed) for epoch, sealed in wrapped)
        return Access(Council(*row), keys)

    def _opened(self, council_id: str, epoch: int, sealed: bytes) -> CouncilKey:
        try:
            return unwrap(self._master_key, council_id, epoch, sealed)
        except Unreadable:
            detail = "This service's master key does not open this council's key. Tell whoever runs the service."
            raise Unavailable("wrong_master_key", detail, retry_after=60) from None
