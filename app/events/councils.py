"""The councils served: made by an operator, never by a request."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Table, Text, select
from sqlalchemy.dialects.postgresql import insert

from app.db import Database, metadata
from app.deployment_keys import DeploymentKeys
from app.erasure_register import ErasureRegister
from app.errors import NotFound
from app.events.keys import SubjectKeys
from app.events.store import INSTANT, KEY, head

council = Table(
    "council",
    metadata,
    Column("id", KEY, primary_key=True),
    Column("name", Text, nullable=False),
    Column("epoch", KEY, nullable=False),
    Column("created", INSTANT, nullable=False),
)


restored = Table(
    "restored",
    metadata,
    Column("tenant", KEY, ForeignKey("council.id"), primary_key=True),
    Column("epoch", KEY, primary_key=True),
    Column("first_position", BigInteger, nullable=False),
    Column("finished", INSTANT, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Council:
    """One council: its id (in tokens), its name, its ledger's epoch (random; a restore starts a new one)."""

    id: str
    name: str
    epoch: str
    created: datetime
    ended: tuple[tuple[str, int], ...] = ()
    """The epochs that restores have ended, in their order, and the first position that may read differently since."""

    def first_different(self, epoch: object) -> int:
        """The first position that may not be what it was in an earlier epoch; 1 where nobody can tell."""
        order = [ended for ended, _ in self.ended]
        return min(p for _, p in self.ended[order.index(epoch) :]) if epoch in order else 1


async def add_council(database: Database, council_id: str, name: str, now: datetime) -> bool:
    """Make a council with an empty ledger. False, and no change, when it is there already.

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
    return True


async def list_councils(database: Database) -> list[Council]:
    """All councils, by id."""
    async with database.read(None) as connection:
        return [Council(*row) for row in await connection.execute(select(council).order_by(council.c.id))]


@dataclass(frozen=True, slots=True)
class Access:
    """What serving one council needs: what is known of it, and the keys of its data subjects."""

    council: Council
    keys: SubjectKeys


class Councils:
    """Looks councils up once; an epoch changes only by an operator's command, with the service restarted."""

    def __init__(
        self,
        database: Database,
        deployment: DeploymentKeys,
        now: Callable[[], datetime],
        register: ErasureRegister | None = None,
    ) -> None:
        self._database = database
        self.keys = SubjectKeys(database, deployment, now, register)
        self._known: dict[str, Access] = {}

    async def access(self, council_id: str) -> Access:
        """One council. Raises `NotFound` (the token names a council that is not served here)."""
        known = self._known.get(council_id)
        if known is None:
            known = self._known[council_id] = await self._load(council_id)
        return known

    async def _load(self, council_id: str) -> Access:
        async with self._database.read(council_id) as connection:
            row = (await connection.execute(select(council).where(council.c.id == council_id))).one_or_none()
            if row is None:
                raise NotFound("no_such_council", "The council in this token is not served here.")
            ended = tuple((each.epoch, each.first_position) for each in await connection.execute(_ENDED))
        return Access(Council(row.id, row.name, row.epoch, row.created, ended), self.keys)


_ENDED = select(restored.c.epoch, restored.c.first_position).order_by(restored.c.finished)
