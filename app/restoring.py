"""After a backup was restored: a new epoch for those who follow the ledger, and a new log that names the old one.

A log can only grow, so a ledger that lost its end cannot go on under it. The new log's first entry names the last
checkpoint of the old one; whoever kept that one sees what happened, and from where on positions may be others.
"""

import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app import published
from app.db import Database
from app.events.councils import council as council_table
from app.events.councils import restored
from app.ledger.leaves import Opening, leaf_hash, leaf_hashes, microseconds
from app.ledger.notes import Checkpoint
from app.ledger.tree import Frontier
from app.published import log_of, origin_of

STEP: Final = 20_000

Again = Callable[[AsyncConnection, str], Awaitable[None]]
"""Something that must be done to a restored council before it is used, in the same transaction."""

AGAIN: Final[tuple[Again, ...]] = ()
"""What is done again after a restore: here erasures are carried out anew that the backup does not know of."""


NEVER: Final = Checkpoint("", 0, bytes(32))
"""Nothing was signed."""


class NotRestored(Exception):
    """There is nothing to finish; the message says why."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The log from now on, and the one before it: the same, if it can go on; without names, if nothing was ever signed.

    From `first_position` on the ledger may read differently.
    """

    origin: str
    earlier_origin: str
    first_position: int


async def finish(
    database: Database, council: str, notes: Sequence[bytes], now: datetime, *, new_log: bool = False
) -> Finished:
    """Begin a new epoch and, if the log cannot go on, a new log. `notes`: the signer's own checkpoints.

    `new_log` begins one in any case: where the key is lost, say. `database` must be connected as the owner. As a whole
    or not at all. Raises `NotRestored`, `Malformed`.
    """
    async with database.write(council) as connection:
        await connection.execute(text("SELECT 1 FROM head FOR UPDATE"))
        epoch = (await connection.execute(_EPOCH, {"council": council})).scalar_one_or_none()
        if epoch is None:
            raise NotRestored(f"no council {council} is served here")
        known = await _known(connection, council, notes)
        last = max(known, key=lambda said: (log_of(said.origin) or 0, said.size), default=NEVER)
        first = await _first_different(connection, [said for said in known if said.origin == last.origin])
        for again in AGAIN:
            await again(connection, council)
        # what was never signed can be lost without breaking the log
        opened = (
            last.origin
            if last.size == 0 or (last.size == first and not new_log)
            else await _open(connection, council, last, now)
        )
        await connection.execute(
            insert(restored).values(tenant=council, epoch=epoch, first_position=first, finished=now)
        )
        await connection.execute(
            update(council_table).where(council_table.c.id == council).values(epoch=secrets.token_hex(8))
        )
    return Finished(opened, last.origin, first)


async def _known(connection: AsyncConnection, council: str, notes: Iterable[bytes]) -> list[Checkpoint]:
    """What was ever signed of this council's logs, as far as the notes and the table know. Raises `NotRestored`."""
    rows = await connection.execute(select(published.checkpoint.c.note))
    found = [Checkpoint.unverified(note) for note in (*notes, *(bytes(row.note) for row in rows))]
    name = found[0].origin.partition("/log/")[0] if found else ""
    for said in found:
        log = log_of(said.origin)
        if log is None or said.origin != origin_of(name, council, log):
            raise NotRestored(f"among the checkpoints is one of {said.origin}, which is no log of {council}")
    return found


async def _first_different(connection: AsyncConnection, signed: Iterable[Checkpoint]) -> int:
    """The size of the largest of these trees with which the ledger still begins; 1 if it is none."""
    openings = {opening.origin: opening for _, opening, _ in await published.openings(connection)}
    frontier, same = Frontier(), 1
    for said in sorted(signed, key=lambda said: said.size):
        opening = openings.get(said.origin, Opening(said.origin))
        while frontier.size < said.size:
            leaves = await _leaves(connection, opening, frontier.size, min(STEP, said.size - frontier.size))
            frontier = frontier.extended(leaves)
            if not leaves:
                break
        if (frontier.size, frontier.root) != (said.size, said.root):
            break
        same = said.size
    return same


async def _leaves(connection: AsyncConnection, opening: Opening, first: int, most: int) -> list[bytes]:
    rows = (await connection.execute(_LEAVES, {"first": max(first, 1), "end": first + most})).all()
    leaves = leaf_hashes(max(first, 1), (microseconds(r.recordedtime) for r in rows), (bytes(r.digest) for r in rows))
    return leaves if first else [leaf_hash(opening.encoded()), *leaves]


async def _open(connection: AsyncConnection, council: str, last: Checkpoint, now: datetime) -> str:
    """The new log's name."""
    shown = [log for log, _, _ in await published.openings(connection)]
    log = max([log_of(last.origin) or 1, *shown]) + 1
    origin = origin_of(last.origin.partition("/log/")[0], council, log)
    await connection.execute(
        insert(published.opening).values(
            tenant=council, log=log, origin=origin, earlier_origin=last.origin, earlier_size=last.size,
            earlier_root=last.root, opened=now,
        )
    )  # fmt: skip
    return origin


_EPOCH = text("SELECT epoch FROM council WHERE id = :council")
_LEAVES = text("""
    SELECT recordedtime, digest FROM event WHERE position >= :first AND position < :end ORDER BY position
""")
