"""`export-sealed`: the signed ledger with its texts as ciphertexts, by whoever has the database's owner's rights."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.words import how_many, say, stop

if TYPE_CHECKING:
    from app.exporting import Span


def export_sealed(
    council: Annotated[str, typer.Option(help="Whose ledger.")],
    out: Annotated[Path, typer.Option(help="The file to write: a new one, private.")],
    first: Annotated[int, typer.Option("--from", min=1, help="The first position.")] = 1,
    last: Annotated[int | None, typer.Option("--to", min=0, help="The last position. Else all that is signed.")] = None,
) -> None:
    """Take the signed ledger away with its texts still sealed, so that each is checked against what was recorded.

    No key is needed and none goes with it: nobody can read a text in it. Once a text is erased, this file is a copy
    from before, as a backup is: keep it no longer.
    """
    from app.cli.settings import read
    from app.config import OwnerSettings
    from app.private_files import private

    url = read(OwnerSettings).owner_database_url.get_secret_value()
    try:
        open(out, "xb", opener=private).close()
    except OSError as error:
        raise stop(f"{out} cannot be written: {error.strerror}.", "Give another name with --out.") from None
    try:
        span = asyncio.run(_written(url, council, out, first, last))
    except BaseException:
        out.unlink()
        raise
    say(f"{how_many(span.last - span.first + 1, 'event')} with their texts, sealed, in {out}.")
    say(f"Check it with: supervision verify {out} --key {span.keys[-1]}")


async def _written(url: str, council: str, out: Path, first: int, last: int | None) -> "Span":
    from app import exporting
    from app.cli.progress import counting
    from app.db import Database
    from app.errors import Problem

    database = Database(url, pool_size=1)
    try:
        async with database.read(council) as connection:
            span = await exporting.span(connection, council, first=first, last=last, sealed=True)
            header = await exporting.header(connection, span)
        with out.open("ab") as file, counting("Exporting", span.last - span.first + 1) as advance:
            file.write(header)
            reached = span.first - 1
            while reached < span.last:
                async with database.read(council) as connection:
                    lines, upto = await exporting.page(connection, span, reached)
                file.write(lines)
                advance(upto - reached)
                reached = upto
            file.write(exporting.end(span))
    except Problem as problem:
        raise stop(problem.detail) from None
    finally:
        await database.close()
    return span
