"""`erasures`: what is to go and what went; carrying one out; making them final; doing them again after a restore."""

import asyncio
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.words import DEMO_DIR, Council, Dir, Persona, Token, Url, aside, day, how_many, say, stop

if TYPE_CHECKING:
    from app.config import FinishingSettings, RemembersErasures
    from app.erasure_register import ErasureRegister

app = typer.Typer(help="What is erased of people and cases, and for good.", no_args_is_help=True)


@app.command(name="list")
def list_erasures(
    state: Annotated[
        str | None, typer.Option(help="requested, approved, restricted, erased, refused, withdrawn.")
    ] = None,
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "dpo",
    folder: Dir = DEMO_DIR,
) -> None:
    """The erasures that were asked for, and how each stands."""
    from app.cli.connection import connect

    cursor, some = None, False
    with closing(connect(url, token, council, persona, folder)) as connection:
        while True:
            page = connection.get("/v1/erasures", state=state, cursor=cursor, limit=500)
            for item in page["items"]:
                some = True
                say(_line(item))
            cursor = page["next_cursor"]
            if cursor is None:
                break
    if not some:
        say("There are none.")


@app.command(name="carry-out")
def carry_out(
    erasure: Annotated[str, typer.Argument(help="Its id, as `supervision erasures list` shows it.")],
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "dpo",
    folder: Dir = DEMO_DIR,
) -> None:
    """Destroy what was approved and has cooled off. Nothing undoes it."""
    from app.cli.connection import connect

    with closing(connect(url, token, council, persona, folder)) as connection:
        say(_line(connection.post(f"/v1/erasures/{erasure}/carry-out")))
    say("Next, by the operator: supervision erasures finish")


@app.command()
def finish(
    destroy_old: Annotated[
        bool, typer.Option("--destroy-old", help="Take the deployment's older keys out of the file, for good.")
    ] = False,
) -> None:
    """Rewrite the tables and put every key under a new one; then, asked to, destroy the deployment's older keys.

    Tables are locked while they are rewritten: a minute for a million texts. Start it again at any time.
    """
    from app.cli.settings import read
    from app.config import FinishingSettings

    settings = read(FinishingSettings)
    register, file = _register(settings), settings.keys_file
    if file is None:
        raise stop("The deployment's key is in SUPERVISION_MASTER_KEY, and cannot be changed there.",
                   "Make a file of keys first: supervision keys new FILE")  # fmt: skip
    _finish(settings, register, file, destroy_old=destroy_old)


@app.command()
def reapply() -> None:
    """After a restore: destroy again what the register says was erased. `restore-finished` does it too."""
    from app.cli.settings import read
    from app.config import FinishingSettings

    settings = read(FinishingSettings)
    _register(settings)
    reapply_what_is_remembered(settings)


def reapply_what_is_remembered(settings: "FinishingSettings") -> None:
    """Say how many were done again."""
    register = _register(settings)
    done = asyncio.run(_reapplied(settings, register))
    say(f"{how_many(done, 'erasure')} done again. Next: supervision erasures finish" if done else "None was missing.")


def overdue(settings: "RemembersErasures", today: date) -> int:
    """How many erasures an older backup would still show, though their time is over."""
    from app.erasing.finishing import overdue as found
    from app.erasure_register import ErasureRegister, RegisterRefused

    try:
        return len(found(ErasureRegister(settings.erasure_register), today))
    except RegisterRefused as refused:
        raise stop(f"The register of erasures {refused}.") from None


def _finish(settings: "FinishingSettings", register: "ErasureRegister", file: Path, *, destroy_old: bool) -> None:
    from app.deployment_keys import KeysRefused, add_epoch
    from app.erasing.finishing import StillNeeded, destroy_older, unfinished
    from app.erasure_register import RegisterRefused

    deployment, waiting, before = settings.deployment_keys, unfinished(register), len(register.erasures)
    try:
        if waiting and deployment.current <= max(each.epoch for each in waiting):
            epoch = add_epoch(file)
            say(
                f"{file} holds the key of epoch {epoch} now. Copy it to every machine that serves, and to a safe place."
            )
            deployment.look_again()
        lying = asyncio.run(_rewritten(settings))
        say("The tables are rewritten: nothing that was deleted is left in their files.")
        if not destroy_old:
            say("Once every machine has the new key: supervision erasures finish --destroy-old")
            return
        gone = destroy_older(file, deployment, register, lying, before, datetime.now(UTC).date())
    except StillNeeded as needed:
        raise stop(str(needed), "Give it the file of keys, then start this again.") from None
    except (KeysRefused, RegisterRefused) as refused:
        raise stop(f"{file} {refused}.") from None
    except OSError as error:
        raise stop(f"{error.filename} cannot be written: {error.strerror}.") from None
    say(f"The deployment's keys of epoch {', '.join(map(str, gone)) or 'none'} are destroyed.")
    say(f"Final now: {how_many(len(waiting), 'erasure')}.")
    aside("Destroy every copy of the older keys too: whoever keeps one can open the backups of that time.")


async def _rewritten(settings: "FinishingSettings") -> dict[int, int]:
    from app.db import Database
    from app.deployment_keys import EpochMissing
    from app.erasing.finishing import put_under_newest, rewrite
    from app.events.vault import Unreadable

    owner_url = settings.owner_database_url.get_secret_value()
    database = Database(owner_url, pool_size=2)
    try:
        lying = await put_under_newest(database, settings.deployment_keys, lambda *_: None)
    except (EpochMissing, Unreadable):
        raise stop("Some keys do not open with the deployment's keys that are given.",
                   "Look at SUPERVISION_KEYS_FILE. What was done stays done.") from None  # fmt: skip
    finally:
        await database.close()
    await rewrite(owner_url)
    return lying


async def _reapplied(settings: "FinishingSettings", register: "ErasureRegister") -> int:
    from app.db import Database
    from app.erasing.restoring import reapply as again

    database = Database(settings.owner_database_url.get_secret_value(), pool_size=2)
    try:
        return await again(database, settings.deployment_keys, register, lambda: datetime.now(UTC))
    finally:
        await database.close()


def reapply_if_remembered() -> None:
    """The same, where a register of erasures is set."""
    from app.cli.settings import read
    from app.config import FinishingSettings, RemembersErasures

    if read(RemembersErasures).erasure_register is not None:
        reapply_what_is_remembered(read(FinishingSettings))


def _register(settings: "RemembersErasures") -> "ErasureRegister":
    from app.erasure_register import ErasureRegister

    if settings.erasure_register is None:
        raise stop("No register of erasures is set.", "Set SUPERVISION_ERASURE_REGISTER to its file.")
    return ErasureRegister(settings.erasure_register)


def _line(item: dict[str, Any]) -> str:
    subject, asked = item["subject"], day(item["requested_on"])
    return f"{item['erasure_id']}  {subject['type']} {subject['id']}, asked for on {asked}: {item['said']}"
