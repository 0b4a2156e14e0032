"""Reports for dashboards and spreadsheets: a whole list as one flat table of comma-separated values (RFC 4180).

Structure only: no text and no name. The columns of a report stay as they are and where they are; new ones come last.
A report is worked out whole before its first byte leaves, in a file of its own: it is never cut short by a fault, and
whoever reads it slowly holds no connection to the database. Left out: pages, and what was known at a moment.
"""

import csv
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import ExitStack
from datetime import date
from typing import IO, Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.api.answers import at_position
from app.api.compliance import latest_day
from app.api.deps import Parts, PermittedReports, Service, access_of, only_known_parameters, permission, today
from app.api.documents import problems
from app.api.moments import day
from app.api.obligations import packs_of, titles
from app.api.shown import OF_CASE, OF_WORKER, obligation
from app.api.subjects import CURRENT
from app.domain.obligations import WORST_FIRST
from app.projections import generations, lists
from app.projections.lists import WHO, Wanted
from app.security import Actor

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["reports"], prefix="/v1/reports")

ROWS_AT_ONCE: Final = 1_000
IN_MEMORY: Final = 1024 * 1024
"""Bytes of a report; a longer one goes to a temporary file."""
A_PIECE: Final = 64 * 1024
FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""

AsAt = Annotated[str | None, Query(description="The day asked about, YYYY-MM-DD; today, in London, if left out")]
_TABLE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The table", "content": {"text/csv": {"schema": {"type": "string"}}}}
}
RESPONSES = _TABLE | problems(401, 403, 422, 503)
BASIC: dict[str, Any] = {"security": [{"HTTPBasic": []}]}
"""The other way in, beside a token: a key for reports."""

Cells = Iterable[object]
Rows = Callable[[AsyncConnection, Sequence[Row[Any]]], Any]


def _of_subjects(kind: str, columns: Sequence[str], summary: str) -> None:
    @router.get(f"/{kind}s.csv", summary=summary, response_class=Response, responses=RESPONSES, openapi_extra=BASIC)
    async def report(request: Request, actor: PermittedReports, service: Service, as_at: AsAt = None) -> Response:
        """Everybody in scope on the day, a row each: how they stood as a whole, and how many rules say what of them.

        HTTP Basic with a key for reports, or a token. Scope: reports:read.
        """
        on = latest_day("as_at", day("as_at", as_at) or today())
        wanted = Wanted(on, permission(request).reach, kind=kind, statuses=CURRENT)

        async def rows(connection: AsyncConnection, found: Sequence[Row[Any]]) -> list[Cells]:
            counts = await lists.findings_of(connection, on, kind, [row.id for row in found])
            return [
                (on, row.id, row.status, row.code, row.from_on, *(getattr(row, name) for name in columns),
                 *(counts.get(row.id, {}).get(status, 0) for status in WORST_FIRST))
                for row in found
            ]  # fmt: skip

        header = ["as_at", f"{kind}_id", "status", "code", "since", *columns, *(f"rules_{s}" for s in WORST_FIRST)]
        return await _table(service, actor, f"{kind}s-{on}.csv", header, lists.all_subjects(wanted), rows)


_of_subjects("worker", OF_WORKER, "Workers, and how each stands, as a table")
_of_subjects("case", OF_CASE, "Cases, and how each stands, as a table")

_OBLIGATION: Final = ("rule", "title", "policy", "force", "status", "code", "since", "due_on", "days_late")


@router.get("/obligations.csv", summary="What each rule says of everybody, as a table", response_class=Response,
            responses=RESPONSES, openapi_extra=BASIC)  # fmt: skip
async def obligations(request: Request, actor: PermittedReports, service: Service, as_at: AsAt = None) -> Response:
    """What each rule says of each worker, case and team on the day, whatever it says, the earliest due date first.

    HTTP Basic with a key for reports, or a token. Scope: reports:read.
    """
    on = latest_day("as_at", day("as_at", as_at) or today())
    named = titles(await packs_of(service, actor, on))

    async def rows(_: AsyncConnection, found: Sequence[Row[Any]]) -> list[Cells]:
        return [_obligation_cells(row, on, named) for row in found]

    header = ["as_at", "subject_type", "subject_id", *_OBLIGATION, *WHO]
    query = lists.all_obligations(Wanted(on, permission(request).reach))
    return await _table(service, actor, f"obligations-{on}.csv", header, query, rows)


def _obligation_cells(row: Row[Any], on: date, named: dict[tuple[str, str], str]) -> Cells:
    said = obligation(row, on, row.from_on, named)
    return (on, row.kind, row.id, *(said[name] for name in _OBLIGATION), *(getattr(row, name) for name in WHO))


async def _table(
    service: Parts, actor: Actor, name: str, header: Sequence[str], query: Select[Any], rows: Rows
) -> Response:
    council = (await access_of(service, actor)).council
    with ExitStack() as kept:
        file: IO[bytes] = kept.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY))
        async with service.reports, service.database.read(actor.council) as connection:
            reached = await generations.live_reached(connection)
            file.write(lines([header]))
            found = await connection.stream(query, execution_options={"yield_per": ROWS_AT_ONCE})
            async for part in found.partitions():
                file.write(lines(await rows(connection, part)))
        headers = at_position(council, reached) | {
            "Content-Length": str(file.tell()), "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        }  # fmt: skip
        file.seek(0)
        kept.pop_all()
    return StreamingResponse(_pieces(file), headers=headers, media_type="text/csv; charset=utf-8")


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        while piece := file.read(A_PIECE):
            yield piece


def lines(rows: Iterable[Cells]) -> bytes:
    """Rows as RFC 4180 has them, in UTF-8, no cell of which a spreadsheet takes for a formula."""
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerows([harmless(cell) for cell in row] for row in rows)
    return written.getvalue().encode()


def harmless(cell: object) -> object:
    """A text that begins like a formula, with an apostrophe before it; anything else as it is."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell
