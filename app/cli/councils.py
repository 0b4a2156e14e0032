"""`council add` and `council list`: the councils served here, made by an operator with the owner's rights."""

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.words import day, say, stop

if TYPE_CHECKING:
    from app.config import CouncilSettings, OwnerSettings
    from app.db import Database
    from app.events.councils import Council

app = typer.Typer(help="The councils served here.", no_args_is_help=True)


@app.command()
def add(
    council: Annotated[str, typer.Argument(metavar="ID", help="As tokens will name it: luton.")],
    name: Annotated[str, typer.Argument(help="As people name it.")],
) -> None:
    """Make a council with an empty ledger and the shipped calendar of working days."""
    from app.cli.settings import read
    from app.config import CouncilSettings
    from app.security import COUNCIL_ID

    if not re.fullmatch(COUNCIL_ID, council):
        raise stop(
            f"{council} cannot be a council's id.", "Use small letters, digits and hyphens, beginning with a letter."
        )
    if asyncio.run(_add(read(CouncilSettings), council, name)):
        say(f"{council} is there now. Adopt its policy next: supervision policy adopt FILE --from DATE")
    else:
        say(f"{council} was there already; nothing was changed.")


@app.command(name="list")
def list_() -> None:
    """The councils served here, and since when."""
    from app.cli.settings import read
    from app.config import OwnerSettings

    found = asyncio.run(_list(read(OwnerSettings)))
    for council in found:
        say(f"{council.id:<20}  {council.name}, since {day(council.created.date())}")
    if not found:
        say("There is no council yet: supervision council add ID NAME")


def _database(settings: "OwnerSettings") -> "Database":
    from app.db import Database

    return Database(settings.owner_database_url.get_secret_value(), pool_size=2)


async def _add(settings: "CouncilSettings", council: str, name: str) -> bool:
    from app import shipped
    from app.recording import open_council

    database = _database(settings)
    try:
        return await open_council(
            database, settings.deployment_keys, council, name, datetime.now(UTC), shipped.calendar()
        )
    finally:
        await database.close()


async def _list(settings: "OwnerSettings") -> "list[Council]":
    from app.events.councils import list_councils

    database = _database(settings)
    try:
        return await list_councils(database)
    finally:
        await database.close()
