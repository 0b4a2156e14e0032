"""`sign`: the signer. `signer`: its keys. `restore-finished`: a new log after a backup was restored."""

import asyncio
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final

import typer

from app.cli.beside import beside, told_to_stop
from app.cli.words import say, stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.config import OwnerSettings, SignerSettings
    from app.ledger.notes import SignerKey
    from app.restoring import Finished

ATTENDED: Final = "from app.cli.signing import sign_attended; sign_attended()"

app = typer.Typer(help="The signer's private keys.", no_args_is_help=True)


def sign() -> None:
    """Sign every council's log as it grows, until told to stop. A process apart, with a role and a key of its own."""
    from app.cli.settings import read
    from app.config import SignerSettings
    from app.signing.folder import InUse, locked
    from app.signing.keys import KeysRefused, read_keys

    settings = read(SignerSettings)
    try:
        read_keys(settings.signer_key_file)
        with locked(settings.signer_folder):
            asyncio.run(_sign(settings))
    except KeysRefused as refused:
        raise stop(f"{refused}.", "Make a key first: supervision signer new-key") from None
    except InUse:
        raise stop(f"Another signer works in {settings.signer_folder} already.", "There must be one alone.") from None
    except OSError as error:
        raise stop(
            f"{settings.signer_folder} cannot be used: {error.strerror}.", "Look at SUPERVISION_SIGNER_FOLDER."
        ) from None


def sign_attended() -> None:
    """The same, until standard input ends, with a first key made if there is none: for the demo."""
    from app.cli.settings import read
    from app.config import SignerSettings
    from app.signing.folder import locked
    from app.signing.keys import new_key as make

    settings = read(SignerSettings)
    settings.signer_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not settings.signer_key_file.exists():
        make(settings.signer_key_file, settings.log_name)
    with locked(settings.signer_folder):
        asyncio.run(_sign(settings, attended=True))


def signer_beside(settings: "SignerSettings", output: IO[str] | None = None) -> AbstractContextManager[None]:
    """A signer in a process of its own while the block lasts."""
    given = {
        "SIGNER_DATABASE_URL": settings.signer_database_url.get_secret_value(), "LOG_NAME": settings.log_name,
        "SIGNER_KEY_FILE": str(settings.signer_key_file.absolute()),
        "SIGNER_FOLDER": str(settings.signer_folder.absolute()),
    }  # fmt: skip
    return beside("the signer", ATTENDED, given, output)


async def _sign(settings: "SignerSettings", *, attended: bool = False) -> None:
    from datetime import UTC, datetime

    from app import logs
    from app.db import Database
    from app.signing.keys import read_keys
    from app.signing.running import Signer

    logs.configure(settings.log_level)
    told = told_to_stop(attended=attended)
    database = Database(settings.signer_database_url.get_secret_value(), pool_size=4)
    signer = Signer(
        database, settings.log_name, settings.signer_folder, settings.checkpoints_folder or settings.signer_folder,
        lambda: read_keys(settings.signer_key_file), lambda: datetime.now(UTC),
    )  # fmt: skip
    try:
        await signer.run(told)
    finally:
        await database.close()


@app.command(name="new-key")
def new_key() -> None:
    """Make the file of private keys with a first key. Only its owner can read it."""
    from app.signing.keys import new_key as make

    _changed(make, "The key is made. Copy its file to a safe place, apart from the backups.")


@app.command()
def rotate() -> None:
    """Add a second key: checkpoints then carry both signatures. A running signer takes it up by itself."""
    from app.signing.keys import rotate as add

    said = "A second key signs beside the first. Hand out the last line of `supervision signer keys --council ID`."
    _changed(lambda path, _: add(path), said)
    say("Retire the first once all have that line, and every council's newest checkpoint carries both signatures.")


@app.command()
def retire(
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also where the newer key has not signed yet: a new log must follow there.")
    ] = False,
) -> None:
    """Take the older of two keys out of the file, for good. What it signed stays good for who knows it.

    Refused until every council's newest checkpoint carries both signatures: a log goes on under a key that signed it.
    """
    from app.cli.settings import read
    from app.config import SignerFolderSettings
    from app.signing.keys import retire as take_out

    folder = read(SignerFolderSettings).signer_folder
    said = "The older key signs no more. Keep its public line with the checkpoints."
    _changed(lambda path, _: take_out(path, folder, anyway=anyway), said)


@app.command()
def keys(
    council: Annotated[str, typer.Option(help="As tokens name it: luton.")],
    log: Annotated[int, typer.Option(min=1, help="Which of its logs: 2 after a first restore, and so on.")] = 1,
) -> None:
    """The verifier keys to hand to whoever is to check this council's log: the name, and the public key."""
    from app.cli.settings import read
    from app.config import SignerKeySettings
    from app.published import origin_of
    from app.signing.keys import KeysRefused, read_keys

    settings = read(SignerKeySettings)
    try:
        for key in read_keys(settings.signer_key_file):
            say(key.named(origin_of(settings.log_name, council, log)).verifier.text)
    except KeysRefused as refused:
        raise stop(f"{refused}.") from None


def _changed(change: "Callable[[Path, str], SignerKey]", said: str) -> None:
    from app.cli.settings import read
    from app.config import SignerKeySettings
    from app.signing.keys import KeysRefused

    settings = read(SignerKeySettings)
    try:
        change(settings.signer_key_file, settings.log_name)
    except KeysRefused as refused:
        raise stop(f"{refused}.") from None
    except OSError as error:
        raise stop(f"{settings.signer_key_file} cannot be written: {error.strerror}.") from None
    say(said)


def restore_finished(
    council: Annotated[str, typer.Option(help="As tokens name it: luton.")],
    checkpoints: Annotated[
        Path | None,
        typer.Option(help="The signer's own file, FOLDER/COUNCIL/checkpoints. Needed if anything was ever signed."),
    ] = None,
    new_log: Annotated[
        bool, typer.Option("--new-log", help="Begin one even if the old could go on: its key is lost, say.")
    ] = False,
) -> None:
    """After a backup was restored: say so in a new log, which names the last checkpoint of the one before."""
    from app.cli.erasures import reapply_if_remembered
    from app.cli.settings import read
    from app.config import OwnerSettings
    from app.ledger import Malformed
    from app.restoring import NotRestored
    from app.signing.folder import every_note_in

    settings = read(OwnerSettings)
    try:
        notes = every_note_in(checkpoints) if checkpoints else []
        done = asyncio.run(_finish(settings, council, notes, new_log))
    except OSError as error:
        raise stop(f"{checkpoints} cannot be read: {error.strerror}.") from None
    except Malformed as fault:
        raise stop(
            f"{checkpoints}: {fault}.", "It must be the signer's own file, or a checkpoint of this council."
        ) from None
    except NotRestored as why:
        raise stop(f"Nothing was changed: {why}.") from None
    if not done.origin:
        say("Nothing was ever signed of this ledger, so there is no log to go on with.")
    elif done.origin == done.earlier_origin:
        say(f"Everything that was signed is there, so {done.origin} goes on.")
    else:
        say(f"{council}'s log goes on as {done.origin}, which names the last checkpoint of {done.earlier_origin}.")
    say(f"Positions below {done.first_position} read as before; whoever follows the ledger must read again from there.")
    reapply_if_remembered()
    say("Start the service again now: it knows the ledger's epoch from its start.")


async def _finish(settings: "OwnerSettings", council: str, notes: "list[bytes]", new_log: bool) -> "Finished":
    from datetime import UTC, datetime

    from app.db import Database
    from app.restoring import finish

    database = Database(settings.owner_database_url.get_secret_value(), pool_size=2)
    try:
        return await finish(database, council, notes, datetime.now(UTC), new_log=new_log)
    finally:
        await database.close()
