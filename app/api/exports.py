"""The ledger as a file that can be verified alone: signed, with everything that proves it (docs/evidence.md)."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from app import exporting
from app.api.answers import MOST_COUNTED, at_position
from app.api.deps import Parts, Permitted, Service, access_of, only_known_parameters, stated_purpose
from app.api.documents import problems
from app.api.feed import LINES, still_may
from app.exporting import Span

router = APIRouter(
    dependencies=[Depends(only_known_parameters), Depends(stated_purpose)], tags=["evidence"], prefix="/v1/ledger"
)

BUNDLE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The bundle, a line for each event", "content": {LINES: {"schema": {"type": "string"}}}}
}
_Position = Annotated[int, Query(ge=1, lt=MOST_COUNTED, alias="from", description="The first position")]
_Last = Annotated[int | None, Query(ge=0, lt=MOST_COUNTED, alias="to", description="The last position; else all")]
_Size = Annotated[int | None, Query(ge=1, lt=MOST_COUNTED, description="Under the checkpoint of so many entries")]
_After = Annotated[int | None, Query(ge=0, lt=MOST_COUNTED, description="Only the lines after this position's")]


@router.get(
    "/export", summary="Take the signed ledger away", response_class=Response,
    responses=BUNDLE | problems(401, 403, 404, 422, 503),
)  # fmt: skip
async def export(
    request: Request, actor: Permitted, service: Service,
    size: _Size = None, first: _Position = 1, last: _Last = None, after: _After = None,
) -> Response:  # fmt: skip
    """One file of lines that `supervision verify` takes as it is: events, the signed checkpoint, and what proves them.

    Under the newest checkpoint, or the one of `size` entries. A range proves itself against the same checkpoint. Who
    was cut off asks again with the `size` of the header and `after` the last position that they have whole: the rest
    follows, byte by byte. Texts are there as digests. Scope: events:read.
    """
    council = (await access_of(service, actor)).council
    async with service.database.read(council.id) as connection:
        span = await exporting.span(connection, council.id, size=size, first=first, last=last)
        begins = await exporting.header(connection, span) if after is None else b""
    lines = _lines(request, service, span, begins, span.first - 1 if after is None else after)
    return StreamingResponse(lines, media_type=LINES, headers=at_position(council, span.last))


async def _lines(request: Request, service: Parts, span: Span, begins: bytes, after: int) -> AsyncIterator[bytes]:
    """Some tiles at a time, each read by itself; it ends early, without its last line, once the caller may no more."""
    yield begins
    reached = max(after, span.first - 1)
    while reached < span.last:
        if not await still_may(request):
            return
        async with service.database.read(span.council) as connection:
            lines, reached = await exporting.page(connection, span, reached)
        yield lines
    yield exporting.end(span)
