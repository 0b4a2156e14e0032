"""`keys`: a new key for the deployment, everything put under it, and which older key nothing needs any more."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.words import aside, how_many, say, stop

if TYPE_CHECKING:
    from app.config import CouncilSettings, Settings
    from app.db import Database
    from app.deployment_keys import DeploymentKeys

app = typer.Typer(help="The deployment's keys, under which everything encrypted lies.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="The private file that SUPERVISION_KEYS_FILE names.")]


@app.command()
def new(file: File) -> None:
    """Add a key to the file, as its next epoch. A file that is not there begins with SUPERVISION_MASTER_KEY, if set."""
    from app.cli.settings import read
    from app.config import GivenKeys
    from app.deployment_keys import KeysRefused, add_epoch, key_bytes

    begun = file.exists()
    master = read(GivenKeys).master_key
    try:
        epoch = add_epoch(file, key_bytes(master.get_secret_value()) if master else None)
    except KeysRefused as refused:
        raise stop(f"{file} {refused}.") from None
    except OSError as error:
        raise stop(f"{file} cannot be written: {error.strerror}.") from None
    say(f"{file} holds the key of epoch {epoch} now. Copy the file to a safe place, apart from the database's backups.")
    if begun:
        say("Give it to every machine that serves; each takes it up by itself. Then: supervision keys rewrap")
    else:
        said = "Epoch 1 is SUPERVISION_MASTER_KEY. " if master else ""
        say(f"{said}Set SUPERVISION_KEYS_FILE={file} in place of SUPERVISION_MASTER_KEY, and start the service again.")


@app.command()
def rewrap() -> None:
    """Put every data subject's key under the current epoch. The service goes on meanwhile; stop and start at will."""
    from app.cli.settings import read
    from app.config import CouncilSettings

    settings = read(CouncilSettings)
    current = settings.deployment_keys.current
    try:
        moved = asyncio.run(_rewrap(settings))
    except KeyboardInterrupt:
        raise stop("Interrupted: what was done stays done.", "Start it again at any time.") from None
    say(f"{how_many(moved, 'key')} put under epoch {current}. Next: supervision keys status")


@app.command()
def status() -> None:
    """How many keys lie under each epoch, and which epoch's key nothing in the database needs any more."""
    from app.cli.settings import read
    from app.config import CouncilSettings

    settings = read(CouncilSettings)
    deployment, held = settings.deployment_keys, asyncio.run(_held(settings))
    lacking = sorted(held.keys() - set(deployment.epochs))
    for epoch in sorted({*held, *deployment.epochs}):
        say(f"epoch {epoch}: {_told(epoch, held.get(epoch, 0), deployment)}")
    if lacking:
        missing = ", ".join(map(str, lacking))
        raise stop(f"The deployment's key of epoch {missing} is missing: what lies under it cannot be read.")


def _told(epoch: int, count: int, deployment: "DeploymentKeys") -> str:
    if epoch == deployment.current:
        return f"{how_many(count, 'key')}, and every new one: the current epoch"
    if count:
        return how_many(count, "key") + (": supervision keys rewrap" if epoch in deployment.epochs else "")
    return "no key any more. Nothing in the database needs it; backups from before the change of keys do"


async def _rewrap(settings: "CouncilSettings") -> int:
    from app.events.councils import list_councils

    database = _database(settings)
    try:
        councils = await list_councils(database)
        return sum([await _rewrapped(database, council.id, settings.deployment_keys) for council in councils])
    finally:
        await database.close()


async def _rewrapped(database: "Database", council: str, deployment: "DeploymentKeys") -> int:
    from app.cli.progress import counting
    from app.deployment_keys import EpochMissing
    from app.events.rewrapping import held, rewrap
    from app.events.vault import Unreadable

    older = sum(count for epoch, count in (await held(database, council)).items() if epoch < deployment.current)
    try:
        with counting(council, older) as advance:
            await rewrap(database, council, deployment, advance)
    except EpochMissing as missing:
        why = f"Keys of {council} lie under epoch {missing}, whose key is not given."
    except Unreadable:
        why = f"Some keys of {council} do not open with the deployment's keys that are given."
    else:
        return older
    raise stop(why, "Look at SUPERVISION_KEYS_FILE. What was done stays done.")


async def _held(settings: "CouncilSettings") -> dict[int, int]:
    from app.events.councils import list_councils
    from app.events.rewrapping import held

    database, together = _database(settings), dict[int, int]()
    try:
        for council in await list_councils(database):
            for epoch, count in (await held(database, council.id)).items():
                together[epoch] = together.get(epoch, 0) + count
    finally:
        await database.close()
    return together


def _database(settings: "CouncilSettings") -> "Database":
    from app.db import Database

    return Database(settings.owner_database_url.get_secret_value(), pool_size=2)


def refuse_other_keys(settings: "Settings") -> None:
    """Return if the deployment's keys open what the database holds, or nobody can tell now; else that is the end."""
    problem = asyncio.run(_unfit(settings))
    if problem is not None:
        aside(problem)
        raise stop("This does not start with these keys: nothing could be recorded or read.",
                   "Look at SUPERVISION_KEYS_FILE or SUPERVISION_MASTER_KEY.")  # fmt: skip


async def _unfit(settings: "Settings") -> str | None:
    from datetime import UTC, datetime

    from app.db import Database
    from app.errors import Unavailable
    from app.events.keys import SubjectKeys

    database = Database(settings.database_url.get_secret_value(), pool_size=2)
    try:
        await SubjectKeys(database, settings.deployment_keys, lambda: datetime.now(UTC)).check()
    except Unavailable as problem:
        # a database that is away comes back by itself
        return problem.detail if problem.code == "wrong_master_key" else None
    finally:
        await database.close()
    return None
