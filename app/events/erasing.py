"""What of a subject would be destroyed, and destroying it: texts, keys, names, and what of it was refused.

Beside what is filed under the subject's identifiers, texts about it that are filed elsewhere go too: those of
corrections that came before what they correct, and those of events that turned out to be about it. What was refused is
opened and searched here, since it can be searched nowhere else. Left out: whether it may be done, which is asked
before, and asked again by the database.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import asyncpg
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.db import Database
from app.errors import Unavailable
from app.events import store
from app.events.councils import Access
from app.events.effective import AMENDMENTS, effective, merges
from app.events.keys import Wrapped, subject_key, with_key
from app.events.quarantine import opened as refused_opened
from app.events.quarantine import quarantine, speaking
from app.events.store import Wanted
from app.events.stored import Condition, NewEvent, Stored, Verdict
from app.events.tags import subject_of
from app.events.vault import UNPLACED

AT_ONCE: Final = 500
"""Refused items that are opened together."""
COUNCIL_TAGS: Final = ("council/merges",)
ERASURES: Final = "council/erasures"


_CAME_BETWEEN: Final = (
    asyncpg.SerializationError,
    asyncpg.ForeignKeyViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InsufficientPrivilegeError,
)
"""What the database says where it finds something else than was judged: a text, a name, or a hold that came since."""


class Different(Exception):
    """What is there is not what was to be destroyed: look again."""


@dataclass(frozen=True, slots=True)
class Doomed:
    """What would go with a subject."""

    subjects: tuple[str, ...]
    """Every name under which keys and texts of it are filed."""
    positions: tuple[int, ...]
    """Of the events whose texts go."""
    texts: int
    further: tuple[int, ...]
    """Those of the positions whose texts are filed under somebody else, whose key remains."""
    others: tuple[str, ...]
    """Under whom those are filed ("worker/W-2")."""
    key_numbers: tuple[int, ...]
    directory_entries: int
    items: tuple[str, ...]
    """Refused items that speak of it."""

    def said(self) -> dict[str, Any]:
        """As the event says it."""
        return {
            "positions": list(self.positions), "texts": self.texts, "filed_elsewhere": len(self.further),
            "key_numbers": [str(each) for each in self.key_numbers],
            "directory_entries": self.directory_entries, "refused_items": len(self.items),
        }  # fmt: skip


async def doomed(database: Database, access: Access, names: Sequence[str], calling: Collection[str] = ()) -> Doomed:
    """What is there of a subject with these names ("worker/W-1"); refused items are also found by what it is called."""
    council = access.council.id
    about = await _about(database, council, names)
    async with database.read(council) as connection:
        rows = (await connection.execute(_TEXTS, {"subjects": list(names), "about": about})).all()
        unplaced = {row.subject for row in rows if row.subject.startswith(UNPLACED)}
        subjects = (*names, *sorted(unplaced))
        keys = (await connection.execute(_KEYS, {"subjects": list(subjects)})).scalars().all()
        entries = (await connection.execute(_ENTRIES, {"subjects": list(names)})).scalar_one()
    items = await _speaking_of(database, access, [*(name.partition("/")[2] for name in names), *calling])
    return Doomed(
        subjects=subjects,
        positions=tuple(sorted({row.position for row in rows})),
        texts=len(rows),
        further=tuple(sorted({row.position for row in rows if row.subject not in subjects})),
        others=tuple(sorted({row.subject for row in rows if row.subject not in subjects})),
        key_numbers=tuple(sorted([*keys, *(number for _, number in items)])),
        directory_entries=entries,
        items=tuple(item for item, _ in items),
    )


async def destroy(
    database: Database, council: str, event: NewEvent, condition: Condition | None, gone: Doomed, *, agreed: bool = True
) -> Verdict:
    """Append the event and destroy what it speaks of, in one transaction; nothing, unless it is appended.

    `agreed`: the database asks for the request and the approval; without, `database` must be the owner's.
    Raises `Different`, also where the database finds that it was not agreed, or is held.
    """
    function = "erase_personal_data" if agreed else "destroy_personal_data"
    numbered = ", ".join(f"${number}" for number in range(1, 18))
    try:
        (row,) = await database.call(
            f"SELECT verdict, position, moved FROM {function}({numbered})",  # noqa: S608 (one of the two above)
            council, condition and condition.expected, list(condition.tags) if condition else [],
            event.source, event.id, event.time, event.recordedby, event.on, event.worker, event.case,
            event.body, event.digest, event.fingerprint, " ".join(event.tags),
            list(gone.subjects), list(gone.further), list(gone.items),
            readonly=False,
        )  # fmt: skip
    except _CAME_BETWEEN as error:
        raise Different from error
    return Verdict(row["verdict"], row["position"], row["moved"])


async def told(database: Database, council: str) -> list[Stored]:
    """Every event of the council that says that something was erased, in order."""
    found = await store.tagged(database, council, {ERASURES: Wanted(types=frozenset({"PersonalDataErased"}))})
    return sorted((each for each in found.events if each.type == "PersonalDataErased"), key=lambda each: each.position)


async def erased_days(database: Database, council: str, subjects: Iterable[str]) -> dict[int, date]:
    """On which day the texts of an event were destroyed, by its position, as far as that was said of these subjects."""
    asked = dict.fromkeys(subjects, Wanted(types=frozenset({"PersonalDataErased"})))
    found = (await store.tagged(database, council, asked)).events if asked else []
    told = sorted((each for each in found if each.type == "PersonalDataErased"), key=lambda each: -each.position)
    return {at: each.on for each in told if each.on is not None for at in each.data.get("positions", ())}


async def _about(database: Database, council: str, names: Sequence[str]) -> list[int]:
    """The positions of what speaks of the subject as it reads now, and of all that amends that."""
    asked = dict.fromkeys((*COUNCIL_TAGS, *names), Wanted())
    found = (await store.tagged(database, council, asked)).events
    standing = effective(found, merges(found))
    own = {(event.source, event.id) for event, fact, _ in standing if subject_of(fact.type, fact.data) in names}
    amending = {(event.source, event.id) for event in _amending(found, own)}
    again = {(event.source, event.id) for event in _amending(found, amending)}
    return sorted(event.position for event in found if (event.source, event.id) in own | amending | again)


def _amending(found: Iterable[Stored], keys: Collection[tuple[str, str]]) -> list[Stored]:
    return [event for event in found if event.type in AMENDMENTS and event.target in keys]


async def _speaking_of(database: Database, access: Access, words: Sequence[str]) -> list[tuple[str, int]]:
    """The open refused items in which one of the words stands, and the numbers of their keys."""
    found, after, speaks = list[tuple[str, int]](), "", speaking(words)
    while True:
        async with database.read(access.council.id) as connection:
            rows = await _refused(connection, after)
        for item, ciphertext, *stored_key in rows:
            raw = _still_there(access, item, ciphertext, Wrapped(*stored_key))
            if speaks(raw):
                found.append((item, stored_key[1]))
        if len(rows) < AT_ONCE:
            return found
        after = rows[-1][0]


def _still_there(access: Access, item: str, ciphertext: bytes, stored_key: Wrapped) -> bytes:
    """The refused item. Raises `Different` if it was erased after it was read."""
    try:
        return refused_opened(access, item, ciphertext, stored_key)
    except Unavailable as gone:
        if gone.code == "erasures_missing":
            raise Different from gone
        raise


async def _refused(connection: AsyncConnection, after: str) -> Sequence[Any]:
    its_key = (subject_key.c.tenant == quarantine.c.tenant) & (subject_key.c.number == quarantine.c.key_number)
    query = select(quarantine.c.id, quarantine.c.ciphertext, *with_key).join(subject_key, its_key)
    wanted = query.where(quarantine.c.ciphertext.is_not(None), quarantine.c.id > after)
    return (await connection.execute(wanted.order_by(quarantine.c.id).limit(AT_ONCE))).all()


_TEXTS = text("""
    SELECT position, field, subject FROM event_text
    WHERE position = ANY (CAST(:about AS bigint[])) OR key_number IN (
        SELECT number FROM subject_key WHERE subject = ANY (CAST(:subjects AS text[])))
""")
_KEYS = text("SELECT number FROM subject_key WHERE subject = ANY (CAST(:subjects AS text[]))")
_ENTRIES = text("SELECT count(*) FROM directory WHERE kind || '/' || id = ANY (CAST(:subjects AS text[]))")
