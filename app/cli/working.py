"""`work`: keep lists and counts current. `rebuild`: make them anew. And the worker that `serve` and the demo start."""

import asyncio
import os
import time
from contextlib import AbstractContextManager
from typing import IO, TYPE_CHECKING, Annotated, Final

import typer

from app.cli.beside import beside, told_to_stop
from app.cli.words import how_many, say, stop

if TYPE_CHECKING:
    from app.config import WorkerSettings

ATTENDED: Final = "from app.cli.working import work_attended; work_attended()"

Only = Annotated[str | None, typer.Option("--council", help="This one only. Else all, one after the other.")]
Processes = Annotated[int | None, typer.Option(min=1, max=256, help="How many assess. Else one for each processor.")]


def work() -> None:
    """Keep the lists and counts of every council current, until told to stop. `serve` does this beside itself."""
    from app.cli.checking import refuse_unsafe
    from app.cli.settings import read
    from app.config import WorkerSettings

    settings = read(WorkerSettings)
    refuse_unsafe(settings)
    asyncio.run(_work(settings, attended=False))


def work_attended() -> None:
    """The same, until standard input ends. Whoever starts this has looked whether it is safe."""
    from app.cli.settings import read
    from app.config import WorkerSettings

    asyncio.run(_work(read(WorkerSettings), attended=True))


async def _work(settings: "WorkerSettings", *, attended: bool) -> None:
    from app import logs
    from app.db import Database
    from app.garbage import collect_rarely
    from app.working import AT_ONCE, Worker

    collect_rarely()
    logs.configure(settings.log_level)
    told = told_to_stop(attended=attended)
    url = settings.database_url.get_secret_value()
    database = Database(url, pool_size=AT_ONCE + 3)
    try:
        await Worker(database, url, os.cpu_count() or 1).run(told)
    finally:
        await database.close()


def worker_beside(settings: "WorkerSettings", output: IO[str] | None = None) -> AbstractContextManager[None]:
    """A worker in a process of its own while the block lasts, started again when it ends by itself."""
    given = {"DATABASE_URL": settings.database_url.get_secret_value(), "LOG_LEVEL": settings.log_level}
    return beside("the worker", ATTENDED, given, output)


def rebuild(council: Only = None, processes: Processes = None) -> None:
    """Make lists and counts anew from the ledger. What is there is read until it is done; it can be interrupted."""
    from app.cli.settings import read
    from app.config import WorkerSettings

    url = read(WorkerSettings).database_url.get_secret_value()
    known = asyncio.run(_councils(url))
    if council is not None and council not in known:
        raise stop(f"There is no council {council} here.", "supervision council list shows those there are.")
    try:
        for each in known if council is None else [council]:
            _rebuild(url, each, processes or os.cpu_count() or 1)
    except KeyboardInterrupt:
        raise stop("Interrupted: what was there is still read.", "Start it again at any time.") from None
    if not known:
        say("There is no council yet: supervision council add ID NAME")


def _rebuild(url: str, council: str, processes: int) -> None:
    from app.cli.progress import reporting
    from app.projections.rebuilding import rebuild as made_anew

    began = time.monotonic()
    with reporting(council) as progress:
        subjects = asyncio.run(made_anew(url, council, processes=processes, progress=progress))
    say(f"{council}: {how_many(subjects, 'subject')} in {time.monotonic() - began:.1f} seconds.")


async def _councils(url: str) -> list[str]:
    from app.db import Database
    from app.events.councils import list_councils

    database = Database(url, pool_size=2)
    try:
        return [council.id for council in await list_councils(database)]
    finally:
        await database.close()
