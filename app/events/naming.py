"""All the identifiers that one subject has: merged, and linked from other systems."""

from collections.abc import Collection, Mapping

from app.db import Database
from app.events import store
from app.events.effective import LINKING, merges
from app.events.store import Wanted


async def names_now(database: Database, council: str, subjects: Collection[str]) -> Mapping[str, str]:
    """What those of the subjects ("worker/W-1") that were merged or linked into others are now."""
    if not subjects:
        return {}
    asked = dict.fromkeys(("council/merges", *subjects), Wanted(types=LINKING))
    return merges((await store.tagged(database, council, asked)).events)


async def names_of(database: Database, council: str, subject: str) -> list[str]:
    """The subject as it is called now, first, and all the names that read as it."""
    now = await names_now(database, council, [subject])
    current = now.get(subject, subject)
    return [current, *sorted(former for former, into in now.items() if into == current)]
