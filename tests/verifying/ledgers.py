"""Small ledgers in a real PostgreSQL, signed as the signer signs, and their bundles as the service exports them."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from json import loads
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from app import exporting
from app.db import Database
from app.embedded import Cluster
from app.events import store
from app.events.stored import Append
from app.ledger.leaves import Opening, leaf_hash, leaf_hashes, microseconds
from app.ledger.notes import Checkpoint, SignerKey
from app.ledger.tiles import WIDTH
from app.ledger.tree import Frontier, root_of
from app.verifying.findings import Report
from app.verifying.verifying import Asked, verify
from tests.events.generating import EXAMPLES, example
from tests.serving import Keyring

TABLES = ("event", "event_text", "tag", "ledger_tile", "ledger_checkpoint", "ledger_opening", "ledger_key")
TYPES = sorted(path.stem for path in EXAMPLES.glob("*.json"))
TEXTED = ("ActionAgreed", "CaseNoteRecorded", "SessionHeld")
OTHER = ("PersonalDataErased", "ErasureRequested", "ErasureApproved", "PolicyAdopted")
"""Types that mean something to the verification itself: told where a test means them."""


def some_events(random: Random, number: int) -> list[dict[str, Any]]:
    """Valid events of many types about a few people, each with its own id; one in three has a text."""
    made = []
    for n in range(number):
        name = random.choice([name for name in TYPES if name not in OTHER])
        event = example(name, random.choice(["minimal", "full"]))
        if n % 3 == 0:
            event = example(random.choice(TEXTED), "full", narrative=f"Invented text {n}.")
        made.append(event | {"id": f"e-{n}"})
    return made


@dataclass
class Log:
    """One council's log: its signer's key, and what is published of it in the database."""

    council: str
    key: SignerKey
    number: int = 1

    @classmethod
    def of(cls, council: str) -> "Log":
        return cls(council, SignerKey(f"ledger.test/log/{council}", secrets.token_bytes(32)))

    @property
    def opening(self) -> Opening:
        return Opening(self.key.name)

    async def publish(self, connection: AsyncConnection, sizes: Sequence[int] | None = None) -> None:
        """Opening, full tiles, key, and a checkpoint of each size (None: of the newest), over what is stored now."""
        rows = (await connection.execute(_DIGESTS, {"council": self.council})).all()
        leaves = [leaf_hash(self.opening.encoded())]
        leaves += leaf_hashes(1, (microseconds(row.recordedtime) for row in rows), (row.digest for row in rows))
        here = {"council": self.council, "log": self.number}
        await connection.execute(_OPENING, here | {"origin": self.opening.origin, "none": bytes(32)})
        await connection.execute(_KEY, here | {"key": self.key.verifier.text})
        for index in range(len(leaves) // WIDTH):
            part = leaves[index * WIDTH : (index + 1) * WIDTH]
            await connection.execute(_TILE, here | {"index": index, "hashes": b"".join(part), "root": root_of(part)})
        for size in sizes if sizes is not None else [len(leaves)]:
            note = self.note(leaves[:size])
            await connection.execute(_CHECKPOINT, here | {"size": size, "note": note})

    def note(self, leaves: Sequence[bytes]) -> bytes:
        """The signed note over these leaves."""
        root = Frontier().extended(leaves).root
        return Checkpoint(self.opening.origin, len(leaves), root).signed([self.key]).encode()


_DIGESTS = text("SELECT recordedtime, digest FROM event WHERE tenant = :council ORDER BY position")
_OPENING = text(
    "INSERT INTO ledger_opening VALUES (:council, :log, :origin, '', 0, :none, now()) ON CONFLICT DO NOTHING"
)
_KEY = text("INSERT INTO ledger_key VALUES (:council, :log, :key, now()) ON CONFLICT DO NOTHING")
_TILE = text("INSERT INTO ledger_tile VALUES (:council, :log, 0, :index, :hashes, :root) ON CONFLICT DO NOTHING")
_CHECKPOINT = text("INSERT INTO ledger_checkpoint VALUES (:council, :log, :size, clock_timestamp(), :note)")


async def told(database: Cluster, keyring: Keyring, events: Sequence[Any], *, at_once: int = 11) -> str:
    """A council that was told these events, some at once; its id."""
    council = await keyring.found(database.owner_url)
    pools = Database(database.service_url, pool_size=2)
    try:
        for n in range(0, len(events), at_once):
            prepared = await keyring.prepared(pools, council, events[n : n + at_once])
            await store.append(pools, council, [Append(prepared)])
    finally:
        await pools.close()
    return council


@asynccontextmanager
async def publishing(database: Cluster) -> AsyncIterator[AsyncConnection]:
    """A transaction of the database's superuser, committed at the end."""
    password = loads((database.folder / "passwords.json").read_text())["postgres"]
    url = make_url(database.owner_url).set(username="postgres", password=password)
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


@asynccontextmanager
async def as_superuser(database: Cluster) -> AsyncIterator[AsyncConnection]:
    """The same, in which no trigger stands in the way; undone at the end."""
    async with publishing(database) as connection:
        await connection.execute(text("SET LOCAL lock_timeout = '20s'"))
        for table in TABLES:
            await connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER append_only"))
        yield connection
        await connection.rollback()


_AS_SERVICE = text("SELECT set_config('role', 'supervision_service', true), set_config('sv.tenant', :council, true)")


async def exported(connection: AsyncConnection, council: str, file: Path, **asked: Any) -> Path:
    """The council's bundle, as the service's own role reads it inside this transaction."""
    await connection.execute(_AS_SERVICE, {"council": council})
    try:
        span = await exporting.span(connection, council, **asked)
        file.write_bytes(b"".join([lines async for lines in exporting.all_lines(connection, span)]))
    finally:
        await connection.execute(text("RESET ROLE"))
    return file


def verified(file: Path, log: Log | None = None, **asked: Any) -> Report:
    """What the verifier says of the bundle, knowing the log's key."""
    return verify(Asked(file, [log.key.verifier] if log is not None else [], **asked))
