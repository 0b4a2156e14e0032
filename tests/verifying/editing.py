"""What somebody with a superuser's rights may do to a ledger: single edits, drawn by a die, each with its place."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from random import Random
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.ledger.notes import SignerKey
from tests.verifying.ledgers import Log

SHIFT = 1_000_000
"""Positions that are moved out of the way go there first."""


@dataclass
class Hand:
    """Whoever edits one council's ledger, beside another one, with a die."""

    connection: AsyncConnection
    log: Log
    other: str
    random: Random
    head: int

    async def do(self, statement: str, **given: Any) -> Any:
        """One statement on the council's rows."""
        here = {"council": self.log.council, "other": self.other, "log": self.log.number}
        wanted = {name: value for name, value in (here | given).items() if f":{name}" in statement}
        return await self.connection.execute(text(statement), wanted)

    async def one(self, statement: str, **given: Any) -> Any:
        return (await self.do(statement, **given)).first()

    def anywhere(self) -> int:
        return self.random.randint(1, self.head)

    async def body(self, position: int) -> dict[str, Any]:
        row = await self.one("SELECT body FROM event WHERE tenant = :council AND position = :p", p=position)
        return json.loads(bytes(row.body))

    async def write(self, position: int, body: dict[str, Any], *, digest: bool) -> None:
        raw = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        what = "body = :body, digest = :digest" if digest else "body = :body"
        statement = f"UPDATE event SET {what} WHERE tenant = :council AND position = :p"
        await self.do(statement, p=position, body=raw, digest=sha256(raw).digest())

    async def publish_again(self, key: SignerKey | None = None) -> None:
        """The tiles over what is stored now; with a key, checkpoint and key as well."""
        await self.do("DELETE FROM ledger_tile WHERE tenant = :council")
        before = (await self.do("SELECT * FROM ledger_checkpoint WHERE tenant = :council")).all()
        if key is not None:
            await self.do("DELETE FROM ledger_checkpoint WHERE tenant = :council")
            await self.do("DELETE FROM ledger_key WHERE tenant = :council")
        forged = Log(self.log.council, key or SignerKey(self.log.key.name, bytes(32)))
        await forged.publish(self.connection, [row.size for row in before] if key is not None else [])


Edit = Callable[[Hand], Awaitable[int]]
"""Changes something; answers the first position at which the ledger reads otherwise (0: the checkpoint itself)."""
EDITS: dict[str, Edit] = {}


def edit(function: Edit) -> Edit:
    EDITS[function.__name__] = function
    return function


@edit
async def changes_a_body(hand: Hand) -> int:
    return await _change(hand, digest=False)


@edit
async def changes_a_body_and_its_digest(hand: Hand) -> int:
    return await _change(hand, digest=True)


async def _change(hand: Hand, *, digest: bool) -> int:
    position = hand.anywhere()
    body = await hand.body(position)
    match hand.random.randrange(3):
        case 0:
            body["recordedby"] = "somebody-else"
        case 1:
            body["salt"] = body["salt"][::-1] + "0"
        case _:
            body["data"] = body["data"] | {"reason": "kindness"}
    await hand.write(position, body, digest=digest)
    return position


@edit
async def changes_a_digest(hand: Hand) -> int:
    position = hand.anywhere()
    digest = hand.random.randbytes(32)
    await hand.do("UPDATE event SET digest = :d WHERE tenant = :council AND position = :p", d=digest, p=position)
    return position


@edit
async def changes_a_recorded_time(hand: Hand) -> int:
    position = hand.anywhere()
    by = timedelta(microseconds=hand.random.choice([-1, 1, 10**6, -(10**6), 86400 * 10**6, -86400 * 10**9]))
    statement = "UPDATE event SET recordedtime = recordedtime + :by WHERE tenant = :council AND position = :p"
    await hand.do(statement, by=by, p=position)
    return position


@edit
async def deletes_an_event(hand: Hand) -> int:
    position = hand.anywhere()
    for table in hand.random.choice([["event"], ["event", "tag", "event_text"]]):
        await hand.do(f"DELETE FROM {table} WHERE tenant = :council AND position = :p", p=position)
    return position


@edit
async def deletes_an_event_and_closes_the_gap(hand: Hand) -> int:
    position = hand.anywhere()
    for table in ("event", "tag", "event_text"):
        await hand.do(f"DELETE FROM {table} WHERE tenant = :council AND position = :p", p=position)
    await _move(hand, position, -1)
    return position


async def _move(hand: Hand, after: int, by: int) -> None:
    """All later positions, with all that is stored with them."""
    for table in ("event", "tag", "event_text"):
        moved = f"UPDATE {table} SET position = position + :by WHERE tenant = :council AND position > :p"
        await hand.do(moved, by=by + SHIFT, p=after)
        await hand.do(moved, by=-SHIFT, p=SHIFT)


@edit
async def inserts_an_event_between(hand: Hand) -> int:
    position = hand.anywhere()
    await _move(hand, position - 1, 1)
    body = await hand.body(position + 1)
    body |= {"id": "inserted", "salt": "00" * 16}
    raw = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    await hand.do(
        """INSERT INTO event SELECT tenant, position - 1, source, 'inserted', type, time, sourcerecordedtime,
            recordedtime, recordedby, business_date, worker, case_id, session, target_source, target_id, :body, :digest,
            fingerprint FROM event WHERE tenant = :council AND position = :next""",
        body=raw, digest=sha256(raw).digest(), next=position + 1,
    )  # fmt: skip
    await hand.do(
        "INSERT INTO tag SELECT tenant, tag, position - 1 FROM tag WHERE tenant = :council AND position = :next",
        next=position + 1,
    )
    return position


@edit
async def swaps_two_events(hand: Hand) -> int:
    first, second = sorted(hand.random.sample(range(1, hand.head + 1), 2))
    for table in ("event", "tag", "event_text"):
        for start, end in ((first, SHIFT), (second, first), (SHIFT, second)):
            moved = f"UPDATE {table} SET position = :b WHERE tenant = :council AND position = :a"
            await hand.do(moved, a=start, b=end)
    return first


@edit
async def cuts_off_the_end(hand: Hand) -> int:
    position = hand.anywhere()
    for table in ("event", "tag", "event_text"):
        await hand.do(f"DELETE FROM {table} WHERE tenant = :council AND position >= :p", p=position)
    return position


@edit
async def puts_in_another_councils_event(hand: Hand) -> int:
    position = hand.anywhere()
    theirs = hand.random.randint(1, 30)
    await hand.do("DELETE FROM event WHERE tenant = :council AND position = :p", p=position)
    await hand.do("DELETE FROM tag WHERE tenant = :council AND position = :p", p=position)
    await hand.do("DELETE FROM event_text WHERE tenant = :council AND position = :p", p=position)
    await hand.do("DROP INDEX event_source_id")
    await hand.do(
        """INSERT INTO event SELECT :council, :p, source, id, type, time, sourcerecordedtime, recordedtime, recordedby,
            business_date, worker, case_id, session, target_source, target_id, body, digest, fingerprint
            FROM event WHERE tenant = :other AND position = :theirs""",
        p=position, theirs=theirs,
    )  # fmt: skip
    await hand.do(
        "INSERT INTO tag SELECT :council, tag, :p FROM tag WHERE tenant = :other AND position = :theirs",
        p=position, theirs=theirs,
    )  # fmt: skip
    return position


COLUMNS = {
    "source": "'urn:else'", "id": "id || '-x'", "type": "'CaseClosed' || type", "recordedby": "'else'",
    "time": "coalesce(time, now()) + interval '1 day'", "business_date": "coalesce(business_date, '2025-01-01') + 1",
    "sourcerecordedtime": "coalesce(sourcerecordedtime, now()) + interval '1 day'", "worker": "'W-else'",
    "case_id": "'C-else'", "session": "'S-else'", "target_source": "'urn:else'",
}  # fmt: skip


@edit
async def changes_a_column(hand: Hand) -> int:
    position = hand.anywhere()
    column = hand.random.choice([*COLUMNS])
    more = ", target_id = 'else'" if column == "target_source" else ""
    statement = f"UPDATE event SET {column} = {COLUMNS[column]}{more} WHERE tenant = :council AND position = :p"
    await hand.do(statement, p=position)
    return position


@edit
async def adds_a_tag(hand: Hand) -> int:
    position = hand.anywhere()
    await hand.do("INSERT INTO tag VALUES (:council, 'worker/W-else', :p)", p=position)
    return position


@edit
async def takes_a_tag_away(hand: Hand) -> int:
    statement = "SELECT tag, position FROM tag WHERE tenant = :council ORDER BY position, tag"
    row = hand.random.choice((await hand.do(statement)).all())
    here = {"t": row.tag, "p": row.position}
    await hand.do("DELETE FROM tag WHERE tenant = :council AND tag = :t AND position = :p", **here)
    return int(row.position)


async def _a_text(hand: Hand) -> Any:
    statement = "SELECT position, field FROM event_text WHERE tenant = :council ORDER BY position, field"
    return hand.random.choice((await hand.do(statement)).all())


@edit
async def changes_a_ciphertext(hand: Hand) -> int:
    row = await _a_text(hand)
    await hand.do(
        """UPDATE event_text SET ciphertext = set_byte(ciphertext, 9, 255 - get_byte(ciphertext, 9))
            WHERE tenant = :council AND position = :p AND field = :f""",
        p=row.position, f=row.field,
    )  # fmt: skip
    return int(row.position)


@edit
async def deletes_a_ciphertext(hand: Hand) -> int:
    row = await _a_text(hand)
    here = {"p": row.position, "f": row.field}
    await hand.do("DELETE FROM event_text WHERE tenant = :council AND position = :p AND field = :f", **here)
    return int(row.position)


@edit
async def moves_a_ciphertext(hand: Hand) -> int:
    row, position = await _a_text(hand), hand.anywhere()
    if await hand.one("SELECT 1 FROM event_text WHERE tenant = :council AND position = :p", p=position):
        return await deletes_a_ciphertext(hand)
    here = {"p": row.position, "f": row.field, "to": position}
    statement = "UPDATE event_text SET position = :to WHERE tenant = :council AND position = :p AND field = :f"
    await hand.do(statement, **here)
    return min(int(row.position), position)


@edit
async def changes_an_event_and_the_published_tree(hand: Hand) -> int:
    position = await _change(hand, digest=True)
    await hand.publish_again()
    return position


@edit
async def changes_the_published_tree(hand: Hand) -> int:
    place = hand.random.randrange(1, 256)
    tile = await hand.one("SELECT hashes FROM ledger_tile WHERE tenant = :council AND index = 0")
    if tile is None:  # too few events for a full one
        return await changes_a_body_and_its_digest(hand)
    hashes = bytes(tile.hashes)
    edited = hashes[: place * 32] + hand.random.randbytes(32) + hashes[place * 32 + 32 :]
    await hand.do("UPDATE ledger_tile SET hashes = :h WHERE tenant = :council AND index = 0", h=edited)
    return place


@edit
async def rebuilds_everything_under_another_key(hand: Hand) -> int:
    await _change(hand, digest=True)
    await hand.publish_again(SignerKey(hand.log.key.name, hand.random.randbytes(32)))
    return 0


@edit
async def changes_the_opening(hand: Hand) -> int:
    await hand.do("UPDATE ledger_opening SET origin = origin || '-else' WHERE tenant = :council")
    return 0


@edit
async def has_an_id_twice(hand: Hand) -> int:
    first, second = sorted(hand.random.sample(range(1, hand.head + 1), 2))
    body = await hand.body(second)
    body |= {name: value for name, value in (await hand.body(first)).items() if name in ("source", "id")}
    await hand.do("DROP INDEX event_source_id")
    await hand.write(second, body, digest=True)
    return second
