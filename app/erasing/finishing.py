"""Making an erasure final: tables rewritten, and the older keys of the deployment destroyed, so that no backup opens.

Until then an erasure is *restricted*: gone here, but whoever has an older backup and the deployment's keys of that time
can open it. The deployment's older keys open nothing here once every key lies under a newer epoch; when they are gone
from the file, and from every copy of it, older backups show no text of anybody.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Final, Literal

import asyncpg

from app.db import Database, plain_url
from app.deployment_keys import DeploymentKeys, drop_epochs
from app.erasure_register import Erasure, ErasureRegister, Finished
from app.events.councils import list_councils
from app.events.rewrapping import held, rewrap

REWRITTEN: Final = ("event_text", "subject_key", "directory", "quarantine")
"""The tables that hold what is erased. VACUUM alone leaves the bytes of deleted rows in their pages."""
WITHIN: Final = timedelta(days=35)
"""How long an erasure may be restricted only: until the backups of a month are gone or their keys are."""

State = Literal["restricted", "erased"]


class StillNeeded(Exception):
    """The deployment's older keys are needed here; the message says by what."""


def state(council: str, event: str, register: ErasureRegister) -> State:
    """What became of what this event says was erased."""
    return "erased" if finished_on(council, event, register) is not None else "restricted"


def finished_on(council: str, event: str, register: ErasureRegister) -> date | None:
    """The day on which the deployment's keys of that time were destroyed, after what it says; None if they were not."""
    for number, each in enumerate(register.erasures, 1):
        if (each.council, each.event) == (council, event):
            done = (end for end in register.finished if end.epoch >= each.epoch and end.erasures >= number)
            return next((end.on for end in done), None)
    return None


def unfinished(register: ErasureRegister) -> list[Erasure]:
    """The erasures that are restricted."""
    ends = [(end.epoch, end.erasures) for end in register.finished]
    return [
        each for number, each in enumerate(register.erasures, 1)
        if not any(each.epoch <= epoch and number <= count for epoch, count in ends)
    ]  # fmt: skip


def overdue(register: ErasureRegister, today: date) -> list[Erasure]:
    """Those of them that have been so for too long."""
    return [each for each in unfinished(register) if today - each.on > WITHIN]


async def put_under_newest(
    database: Database, deployment: DeploymentKeys, moved: Callable[[str, int], None]
) -> dict[int, int]:
    """Put every key of every council under the deployment's newest, and how many lie under each epoch then.

    `database` is the owner's. `moved` is told of so many keys of a council at a time. Raises as `rewrap`.
    """
    together = dict[int, int]()
    for council in await list_councils(database):
        await rewrap(database, council.id, deployment, partial(moved, council.id))
        for epoch, count in (await held(database, council.id)).items():
            together[epoch] = together.get(epoch, 0) + count
    return together


async def rewrite(owner_url: str) -> None:
    """Write the tables anew, so that nothing of what was deleted is left in their files. Each is locked meanwhile."""
    connection = await asyncpg.connect(plain_url(owner_url))
    try:
        for table in REWRITTEN:
            await connection.execute(f"VACUUM (FULL, ANALYZE) {table}")
    finally:
        await connection.close()


def destroy_older(
    file: Path,
    deployment: DeploymentKeys,
    register: ErasureRegister,
    lying: Mapping[int, int],
    before: int,
    today: date,
) -> list[int]:
    """Take the deployment's older keys out of its file, and say so in the register; their epochs.

    `lying`: how many keys lie under each epoch. `before`: how many erasures the register knew when the tables began to
    be rewritten: later ones are not final by this. Raises `StillNeeded`, `KeysRefused`, `RegisterRefused` and OSError.
    """
    current = deployment.current
    if any(count for epoch, count in lying.items() if epoch < current):
        raise StillNeeded("Some keys lie under an older epoch still: a machine that serves lacks the newest key.")
    gone = drop_epochs(file, current)
    register.add([Finished(current - 1, before, today)])
    return gone
