"""Councils with events put into the database directly, and a signer that takes its turns when the test says so."""

import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from app.db import Database, plain_url
from app.embedded import Cluster
from app.ledger.leaves import Opening, leaf_hash, leaf_hashes, microseconds
from app.ledger.notes import Checkpoint, SignerKey
from app.ledger.tree import root_of
from app.signing.folder import Published, every_note_in
from app.signing.opening import Place
from app.signing.running import Turns
from app.signing.tables import Tables

NAME = "ledger.example"
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)


def turns(
    council: str, folder: Path, database: Database, keys: Callable[[], list[SignerKey]], now: Callable[[], datetime]
) -> Turns:
    """A signer of one council that has just started."""
    place = Place(NAME, council, folder / council, Published(folder / council / "checkpoints"), keys)
    return Turns(place, Tables(database, council), now, every=1)


class World:
    """One council and its signer's folder."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self.cluster, self.folder = cluster, folder
        self.council = f"c-{secrets.token_hex(6)}"
        self.keys = [SignerKey(NAME, secrets.token_bytes(32))]
        self.origin = f"{NAME}/log/{self.council}"

    @asynccontextmanager
    async def database(self, url: str | None = None) -> AsyncIterator[Database]:
        """The way to the database, as the signer unless said otherwise."""
        database = Database(url or self.cluster.signer_url, pool_size=1)
        try:
            yield database
        finally:
            await database.close()

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)

    @asynccontextmanager
    async def begun(self) -> AsyncIterator["World"]:
        """Somebody against whom nothing in the database helps, and the signer's own way to it."""
        password = json.loads((self.cluster.folder / "passwords.json").read_text())["postgres"]
        place = plain_url(self.cluster.owner_url).partition("@")[2]
        self.root = await asyncpg.connect(f"postgresql://postgres:{password}@{place}")
        try:
            async with self.database() as self.own:
                await self.found()
                yield self
        finally:
            await self.restore_to(0)  # what is refused or unsigned keeps other tests' service from being ready
            await self.root.close()

    async def do(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """As the superuser."""
        rows: list[asyncpg.Record] = await self.root.fetch(sql, *arguments)
        return rows

    async def tamper(self, table: str, sql: str, *arguments: Any) -> None:
        """As the superuser, with the table's triggers asleep."""
        async with self.root.transaction():
            await self.root.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
            await self.root.execute(sql, *arguments)
            await self.root.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER append_only")

    async def found(self) -> None:
        await self.do("INSERT INTO council VALUES ($1, 'A council', $2, now())", self.council, secrets.token_hex(8))
        await self.do("INSERT INTO head VALUES ($1)", self.council)

    async def append(self, count: int, *, salt: str = "") -> None:
        """So many events more; `salt` makes them others than they would be."""
        (row,) = await self.do("SELECT coalesce(max(position), 0) AS head FROM event WHERE tenant = $1", self.council)
        positions = list(range(row["head"] + 1, row["head"] + count + 1))
        bodies = [f"{salt}{position}".encode() for position in positions]
        await self.do(
            "INSERT INTO event (tenant, position, source, id, type, recordedtime, recordedby, body, digest) "
            "SELECT $1, p, 'urn:x', p::text, 'CaseOpened', t, 'x', b, d "
            "FROM unnest($2::bigint[], $3::timestamptz[], $4::bytea[], $5::bytea[]) AS e(p, t, b, d)",
            self.council, positions, [BEGAN + timedelta(seconds=p) for p in positions], bodies,
            [hashlib.sha256(body).digest() for body in bodies],
        )  # fmt: skip

    async def restore_to(self, head: int) -> None:
        """What a restored backup looks like: later events are not there, nor anything that was signed later."""
        await self.tamper("event", "DELETE FROM event WHERE tenant = $1 AND position > $2", self.council, head)
        for table in ("ledger_checkpoint", "ledger_tile", "ledger_key", "ledger_opening"):
            await self.tamper(table, f"DELETE FROM {table} WHERE tenant = $1", self.council)
        await self.do("DELETE FROM ledger_signer WHERE tenant = $1", self.council)

    def signer(self, database: Database, folder: Path | None = None) -> Turns:
        """A signer that has just started."""
        return turns(self.council, folder or self.folder, database, lambda: self.keys, self.now)

    async def turn(self, folder: Path | None = None) -> str | None:
        """A signer starts, takes one turn and ends. What it refused."""
        await self.signer(self.own, folder).take()
        return await self.refusal()

    async def refusal(self) -> str | None:
        rows = await self.do("SELECT refusal FROM ledger_signer WHERE tenant = $1", self.council)
        return rows[0]["refusal"] if rows else None

    async def notes(self) -> list[bytes]:
        rows = await self.do("SELECT note FROM ledger_checkpoint WHERE tenant = $1 ORDER BY log, size", self.council)
        return [bytes(row["note"]) for row in rows]

    async def sizes(self) -> list[int]:
        return [Checkpoint.unverified(note).size for note in await self.notes()]

    async def leaves(self) -> list[bytes]:
        """Hashes of all leaves of the first log, as the ledger reads now."""
        rows = await self.do("SELECT recordedtime, digest FROM event WHERE tenant = $1 ORDER BY position", self.council)
        events = leaf_hashes(1, (microseconds(row["recordedtime"]) for row in rows), (row["digest"] for row in rows))
        return [leaf_hash(Opening(self.origin).encoded()), *events]

    async def all_are_of_one_tree(self) -> None:
        """Every note of the first log, wherever one was kept, is of the one tree that the ledger has now."""
        leaves = await self.leaves()
        files = self.folder.parent.rglob("checkpoints")
        notes = {note for file in files for note in every_note_in(file)} | set(await self.notes())
        for note in notes:
            said = Checkpoint.unverified(note)
            assert (said.origin, said.root) == (self.origin, root_of(leaves[: said.size]))

    async def every_tile_is_published(self) -> None:
        """All full tiles that the newest tree has, on every level."""
        (newest,) = (await self.sizes())[-1:]
        rows = await self.do("SELECT level, index FROM ledger_tile WHERE tenant = $1", self.council)
        full = {(level, n) for level in range(3) for n in range(newest >> 8 * (level + 1))}
        assert {(row["level"], row["index"]) for row in rows} == full
