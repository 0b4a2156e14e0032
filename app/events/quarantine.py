"""What bulk loads refused, kept until somebody resubmits or discards it: nothing is lost, and nothing is readable.

The refused item is encrypted whole, because a malformed event may hold a name anywhere, under a key of its own, which
can be destroyed alone; the reasons are kept in clear, and never repeat what was sent. The same item refused again while
it is still open is kept once.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, Table, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from app.db import Database, metadata
from app.errors import Conflict, NotFound, Problem
from app.events.councils import Access
from app.events.keys import Wrapped, subject_key, with_key
from app.events.parsing import parse_json
from app.events.store import INSTANT, KEY, sealed_with
from app.events.vault import FINGERPRINTS, QUARANTINE, SubjectKey, new_key

AT_ONCE: Final = 500
"""Items that are looked through before more are read."""

quarantine = Table(
    "quarantine",
    metadata,
    Column("tenant", KEY, primary_key=True),
    Column("id", KEY, primary_key=True),
    Column("received", INSTANT, nullable=False),
    Column("client", KEY, nullable=False),
    Column("state", KEY, nullable=False, server_default="open"),
    Column("closed", INSTANT),
    Column("closed_by", KEY),
    Column("position", BigInteger),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("key_number", BigInteger, nullable=False),
    Column("ciphertext", LargeBinary),
    Column("problem", JSONB, nullable=False),
    sealed_with(),
    Index("quarantine_key", "tenant", "key_number"),
    CheckConstraint("state IN ('open', 'resubmitted', 'discarded')"),
    Index("quarantine_open", "tenant", "fingerprint", unique=True, postgresql_where=text("state = 'open'")),
)


@dataclass(frozen=True, slots=True)
class Refused:
    """One item of a bulk load that was refused: its bytes as sent, and why."""

    raw: bytes
    problem: Problem


@dataclass(frozen=True, slots=True)
class Kept:
    """One quarantined item. `raw` is None unless it was asked for, and once it is closed."""

    id: str
    received: datetime
    client: str
    state: str
    closed: datetime | None
    closed_by: str | None
    position: int | None
    problem: dict[str, Any]
    raw: bytes | None = None


_KEEP = text("""
    WITH offered AS (
        SELECT * FROM unnest(
            CAST(:subjects AS text[]), CAST(:numbers AS bigint[]), CAST(:wrapped AS bytea[]),
            CAST(:fingerprints AS bytea[]), CAST(:ciphertexts AS bytea[]), CAST(:problems AS text[])
        ) AS o(subject, number, wrapped, fingerprint, ciphertext, problem)
    ), kept AS (
        INSERT INTO quarantine (tenant, id, received, client, fingerprint, key_number, ciphertext, problem)
            SELECT :tenant, split_part(subject, '/', 2), CAST(:received AS timestamptz), :client, fingerprint, number,
                ciphertext, CAST(problem AS jsonb) FROM offered
            ON CONFLICT (tenant, fingerprint) WHERE state = 'open' DO NOTHING
            RETURNING key_number
    )
    INSERT INTO subject_key (tenant, subject, number, epoch, wrapped, created)
        SELECT :tenant, subject, number, CAST(:epoch AS integer), wrapped, clock_timestamp()
        FROM offered JOIN kept ON kept.key_number = offered.number
""")
"""Of an item that is there already no key is kept: one statement, at whose end each row's key must be there."""

_COLUMNS = [
    quarantine.c[name] for name in ("id", "received", "client", "state", "closed", "closed_by", "position", "problem")
]


async def keep(database: Database, access: Access, client: str, now: datetime, refused: Sequence[Refused]) -> None:
    """Keep these items, encrypted, until they are closed."""
    if not refused:
        return
    council = access.council.id
    fingerprints = (await access.keys.sealing(council, {FINGERPRINTS}))[FINGERPRINTS].secret
    keys = [(new_key(council, QUARANTINE + secrets.token_urlsafe(12)), item) for item in refused]
    epoch, wrapped = access.keys.wrapped([key for key, _ in keys])
    given = {
        "tenant": council, "client": client, "received": now, "epoch": epoch, "wrapped": wrapped,
        "subjects": [key.subject for key, _ in keys], "numbers": [key.number for key, _ in keys],
        "fingerprints": [hmac.digest(fingerprints, b"quarantine\n" + item.raw, hashlib.sha256) for item in refused],
        "ciphertexts": [key.seal(item.raw, _context(_item(key))) for key, item in keys],
        "problems": [orjson.dumps(item.problem.as_json()).decode() for item in refused],
    }  # fmt: skip
    async with database.write(council) as connection:
        await connection.execute(_KEEP, given)


def _item(key: SubjectKey) -> str:
    return key.subject.removeprefix(QUARANTINE)


async def kept(
    database: Database, council: str, *, state: str, after: tuple[datetime, str] | None, limit: int
) -> list[Kept]:
    """Items in one state, oldest first, from after a place in that order."""
    query = select(*_COLUMNS).where(quarantine.c.state == state).order_by(quarantine.c.received, quarantine.c.id)
    if after is not None:
        query = query.where(text("(received, id) > (:received, :id)").bindparams(received=after[0], id=after[1]))
    async with database.read(council) as connection:
        return [Kept(*row) for row in await connection.execute(query.limit(limit))]


async def speaking_of(database: Database, access: Access, words: Collection[str]) -> AsyncIterator[Kept]:
    """The open items in which one of these identifiers or names stands anywhere, oldest first, with their bytes."""
    speaks, after = speaking(words), None
    while items := await kept(database, access.council.id, state="open", after=after, limit=AT_ONCE):
        for item in items:
            found = await find(database, access, item.id)
            if found.raw is not None and speaks(found.raw):
                yield found
        after = (items[-1].received, items[-1].id)


def speaking(words: Iterable[str]) -> Callable[[bytes], bool]:
    """Whether one of the words stands in an item as a whole: W-1 is not in W-12, nor in W-1.2, and is in "W-1."."""
    each = "|".join(re.escape(word.casefold()) for word in sorted(set(words), key=len, reverse=True))
    spoken = re.compile(rf"(?<!\w)(?<!\w[._:@~-])(?:{each})(?![._:@~-]?\w)")
    return lambda raw: spoken.search(_readable(raw)) is not None


def _readable(raw: bytes) -> str:
    """What was sent, as it was written and with its escapes undone."""
    written = raw.decode(errors="replace")
    try:
        return f"{written}\n{parse_json(raw)}".casefold()
    except Problem:
        return written.casefold()


async def find(database: Database, access: Access, item_id: str) -> Kept:
    """One item, with its bytes if it is still open. Raises `NotFound`."""
    its_key = (subject_key.c.tenant == quarantine.c.tenant) & (subject_key.c.number == quarantine.c.key_number)
    query = select(*_COLUMNS, quarantine.c.ciphertext, *with_key).join(subject_key, its_key)
    async with database.read(access.council.id) as connection:
        row = (await connection.execute(query.where(quarantine.c.id == item_id))).one_or_none()
    if row is None:
        raise NotFound("no_such_item", "There is no such item in quarantine.")
    shown, (ciphertext, *stored_key) = row[: len(_COLUMNS)], row[len(_COLUMNS) :]
    return replace(Kept(*shown), raw=ciphertext and opened(access, item_id, ciphertext, Wrapped(*stored_key)))


def opened(access: Access, item_id: str, ciphertext: bytes, stored_key: Wrapped) -> bytes:
    """The bytes of an item that was read together with its key."""
    return access.keys.unwrapped(access.council.id, stored_key).open(ciphertext, _context(item_id))


async def close(
    database: Database, council: str, item_id: str, *, state: str, by: str, now: datetime, position: int | None = None
) -> None:
    """Close an open item and destroy its bytes. Raises `Conflict` if somebody closed it in another way before."""
    statement = (
        update(quarantine)
        .where(quarantine.c.id == item_id, quarantine.c.state == "open")
        .values(state=state, closed=now, closed_by=by, position=position, ciphertext=None)
    )
    async with database.write(council) as connection:
        if (await connection.execute(statement)).rowcount:
            return
        found = await connection.execute(select(quarantine.c.state).where(quarantine.c.id == item_id))
        already = found.scalar_one_or_none()
    if already != state:
        raise Conflict("already_closed", "This item was closed in another way already.")


def _context(identity: str) -> str:
    """What an item's ciphertext is bound to, besides the key."""
    return f"quarantine\n{identity}"
