"""`tidy`: removes what has had its time, by the table of periods; counts it only, unless it is told to remove."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.words import day, how_many, say, stop

if TYPE_CHECKING:
    from app.config import TidySettings
    from app.db import Database
    from app.tidying import Due


def tidy(
    remove: Annotated[bool, typer.Option("--remove", help="Remove it. Without this, it is counted only.")] = False,
    council: Annotated[str | None, typer.Option(help="One council; else all of them.")] = None,
) -> None:
    """Remove what has had its time: closed refusals, old traces of reads, ended identities … Stop and start at will."""
    from app.cli.settings import read
    from app.config import TidySettings
    from app.tidying import NotAPeriod

    try:
        total = asyncio.run(_tidy(read(TidySettings), council, remove=remove))
    except NotAPeriod as wrong:
        raise stop(f"{wrong}.", "Look at SUPERVISION_PERIODS.") from None
    except KeyboardInterrupt:
        raise stop("Interrupted: what went is gone, and on record.", "Start it again at any time.") from None
    if not remove and total:
        say("Nothing was removed. To remove it: supervision tidy --remove")


async def _tidy(settings: "TidySettings", only: str | None, *, remove: bool) -> int:
    from datetime import UTC, datetime

    from app.db import Database
    from app.events.councils import list_councils
    from app.events.facts import LONDON
    from app.tidying import due

    database = Database(settings.owner_database_url.get_secret_value(), pool_size=2)
    today, total = datetime.now(UTC).astimezone(LONDON).date(), 0
    try:
        councils = [each.id for each in await list_councils(database) if only in (None, each.id)]
        if not councils:
            raise stop("There is no such council here.", "supervision council list shows them.")
        for council in councils:
            for each in due(council, today, settings.periods):
                total += await _one(database, council, each, remove=remove)
    finally:
        await database.close()
    return total


async def _one(database: "Database", council: str, each: "Due", *, remove: bool) -> int:
    from app import tidying
    from app.cli.progress import counting

    found = await tidying.count(database, council, each)
    if remove and found:
        with counting(f"{council}: {each.name}", found) as advance:
            while removed := await tidying.remove(database, council, each):
                advance(removed)
    did = "removed" if remove else "to remove"
    say(f"{council}: {each.name}: {how_many(found, 'row')} {did}, from before {day(each.before.date())} ({each.kept})")
    return found
