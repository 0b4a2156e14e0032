"""What the signer reads and writes in the database, as its own role: leaves from it, the signed tree into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from app import published
from app.db import Database
from app.ledger.leaves import Opening, leaf_hashes, microseconds
from app.ledger.tiles import Tile, split
from app.ledger.tree import root_of
from app.published import Signed
from app.signing import Refused


@dataclass(frozen=True, slots=True)
class Tables:
    """One council's."""

    database: Database
    council: str

    async def leaves(self, first: int, most: int) -> list[bytes]:
        """Hashes of the leaves from position `first` on, so many at most. Raises `Refused` where one is missing."""
        async with self.database.read(self.council) as connection:
            rows = (await connection.execute(_LEAVES, {"first": first, "most": most})).all()
        if [row.position for row in rows] != list(range(first, first + len(rows))):
            raise Refused(f"the ledger has a gap: an event at or after position {first} is missing")
        return leaf_hashes(first, (microseconds(row.recordedtime) for row in rows), (bytes(row.digest) for row in rows))

    async def glance(self) -> tuple[int, int]:
        """The number of the newest log, and the ledger's last position; 0 where there is none."""
        async with self.database.read(self.council) as connection:
            row = (await connection.execute(_GLANCE)).one()
        return row.log or 0, row.head or 0

    async def openings(self) -> dict[int, Opening]:
        """The council's logs by number."""
        async with self.database.read(self.council) as connection:
            return {log: opening for log, opening, _ in await published.openings(connection)}

    async def open(self, log: int, opening: Opening, now: datetime) -> None:
        """Publish a log's opening."""
        row = {
            "tenant": self.council, "log": log, "origin": opening.origin, "earlier_origin": opening.earlier_origin,
            "earlier_size": opening.earlier_size, "earlier_root": opening.earlier_root, "opened": now,
        }  # fmt: skip
        async with self.database.write(self.council) as connection:
            await connection.execute(insert(published.opening).values(row).on_conflict_do_nothing())

    async def newest(self, log: int) -> Signed | None:
        """The newest checkpoint that is published of a log."""
        query = (
            select(published.checkpoint.c.log, published.checkpoint.c.note)
            .where(published.checkpoint.c.log == log)
            .order_by(published.checkpoint.c.size.desc(), published.checkpoint.c.signed.desc())
            .limit(1)
        )
        async with self.database.read(self.council) as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else published.signed_of(row)

    async def publish(self, signed: Signed, tiles: Mapping[Tile, bytes], keys: Sequence[str], now: datetime) -> None:
        """A checkpoint, with the full tiles that its tree has and the one before had not, as a whole or not at all."""
        log = {"tenant": self.council, "log": signed.log}
        full = [
            log | {"level": t.level, "index": t.index, "hashes": hashes, "root": root_of(split(hashes))}
            for t, hashes in tiles.items()
        ]
        note = log | {"size": signed.said.size, "signed": now, "note": signed.note}
        async with self.database.write(self.council) as connection:
            if full:
                await connection.execute(insert(published.tile).on_conflict_do_nothing(), full)
            named = [log | {"key": key, "since": now} for key in keys]
            await connection.execute(insert(published.key).on_conflict_do_nothing(), named)
            await connection.execute(insert(published.checkpoint).values(note))

    async def tile(self, log: int, tile: Tile) -> bytes | None:
        """A full tile as it is published."""
        query = select(published.tile.c.hashes).where(
            published.tile.c.log == log, published.tile.c.level == tile.level, published.tile.c.index == tile.index
        )
        async with self.database.read(self.council) as connection:
            found: bytes | None = (await connection.execute(query)).scalar_one_or_none()
        return found

    async def say(self, refusal: str | None, now: datetime) -> None:
        """Why nothing is signed; None: all is well."""
        row = {"tenant": self.council, "refusal": refusal, "since": now}
        changed = {"refusal": refusal, "since": now}
        async with self.database.write(self.council) as connection:
            said = insert(published.signer).values(row)
            await connection.execute(said.on_conflict_do_update(index_elements=["tenant"], set_=changed))


async def councils(database: Database) -> list[str]:
    """All councils, by id."""
    async with database.read(None) as connection:
        return list((await connection.execute(text("SELECT id FROM council ORDER BY id"))).scalars())


_GLANCE = text("SELECT (SELECT max(log) FROM ledger_opening) AS log, (SELECT max(position) FROM event) AS head")
_LEAVES = text("""
    SELECT position, recordedtime, digest FROM event WHERE position >= :first ORDER BY position LIMIT :most
""")
