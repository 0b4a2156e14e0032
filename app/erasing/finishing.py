"""Making an erasure final: tables rewritten, and the older keys of the deployment destroyed, so that no backup opens.

Until then an erasure is *restricted*: gone here, but whoever has an older backup and the deployment's keys of that time
can open it. The deployment's older keys open nothing here once every key lies under a newer epoch; when they are gone
from the file, and from every copy of it, older backups show no text of anybody.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final, Literal

import asyncpg

from app.db import plain_url
from app.erasure_register import Erasure, ErasureRegister, Finished

REWRITTEN: Final = ("event_text", "subject_key", "directory", "quarantine")
"""The tables that hold what is erased. VACUUM alone leaves the bytes of deleted rows in their pages."""
WITHIN: Final = timedelta(days=35)
"""How long an erasure may be restricted only: until the backups of a month are gone or their keys are."""

State = Literal["restricted", "erased"]


def state(epoch: int, register: ErasureRegister) -> State:
    """What became of texts that were erased when this was the newest of the deployment's keys."""
    return "erased" if finished_on(epoch, register) is not None else "restricted"


def finished_on(epoch: int, register: ErasureRegister) -> date | None:
    """The day on which the deployment's keys up to this epoch were destroyed; None if they were not."""
    return next((each.on for each in register.finished if each.epoch >= epoch), None)


def unfinished(register: ErasureRegister) -> list[Erasure]:
    """The erasures that are restricted."""
    return [each for each in register.erasures if state(each.epoch, register) == "restricted"]


def overdue(register: ErasureRegister, today: date) -> list[Erasure]:
    """Those of them that have been so for too long."""
    return [each for each in unfinished(register) if today - each.on > WITHIN]


async def rewrite(owner_url: str) -> None:
    """Write the tables anew, so that nothing of what was deleted is left in their files. Each is locked meanwhile."""
    connection = await asyncpg.connect(plain_url(owner_url))
    try:
        for table in REWRITTEN:
            await connection.execute(f"VACUUM (FULL, ANALYZE) {table}")
    finally:
        await connection.close()


def may_destroy(held: Mapping[int, int], current: int) -> bool:
    """Whether no key lies under an epoch before the current one. `held`: how many lie under each."""
    return not any(count for epoch, count in held.items() if epoch < current)


def entry(current: int, today: date) -> Finished:
    """What the register keeps once the older keys are destroyed."""
    return Finished(current - 1, today)
