"""Facts out: single events, pages, lines for all of it, and a feed to follow."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from app.api.answers import at_position, check_epoch, cursor, json_response, place_of, typed_place
from app.api.deps import Parts, Permitted, Service, access_of, caller, only_known_parameters, right_to, stated_purpose
from app.api.documents import EVENT, EVENTS, problems
from app.api.events import TAG
from app.api.moments import day, moment
from app.api.opening import opened_each, refused_all, within
from app.domain.access.deciding import Right
from app.domain.access.matrix import STRUCTURAL
from app.domain.subject import Subject
from app.errors import Fault, Invalid, NotFound, Problem
from app.events import reading
from app.events.councils import Access
from app.events.reading import Amended, Page, Selection
from app.events.stored import Stored
from app.events.tags import subject_of
from app.events.types import EVENT_TYPES

router = APIRouter(dependencies=[Depends(only_known_parameters)], tags=["events"])

LINES, STREAM = "application/x-ndjson", "text/event-stream"
A_PAGE = 500
BETWEEN_LOOKS = 0.25
"""Seconds between looks at a quiet ledger."""
HEARTBEAT = 15
"""Seconds of silence after which a comment keeps the connection open."""

MostPositions = Annotated[int, Query(ge=0, lt=2**62)]


async def wanted(
    tag: Annotated[list[Annotated[str, Query(pattern=TAG)]] | None, Query(max_length=20)] = None,
    types: Annotated[list[str] | None, Query(alias="type", max_length=100)] = None,
    first: Annotated[str | None, Query(alias="from", description="business date, YYYY-MM-DD")] = None,
    last: Annotated[str | None, Query(alias="to", description="business date, inclusive")] = None,
    known_at: Annotated[str | None, Query(description="RFC 3339: only what was recorded by then")] = None,
) -> Selection:
    """Which events the reader asks for."""
    unknown = next((name for name in types or () if name not in EVENT_TYPES), None)
    if unknown is not None:
        fault = Fault("/query/type", "unknown_type", "names a type that is not in the event reference")
        raise Invalid("unknown_type", "There is no such event type.", errors=[fault])
    return Selection(
        tuple(tag or ()), tuple(types or ()), day("from", first), day("to", last), moment("known_at", known_at)
    )


@router.get(
    "/v1/events",
    summary="Read the ledger",
    responses=EVENTS | problems(401, 403, 409, 422, 503),
    response_class=Response,
)
async def read_events(
    request: Request,
    actor: Permitted,
    service: Service,
    selection: Annotated[Selection, Depends(wanted)],
    after: Annotated[MostPositions | None, Query(description="Read on after this position.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    last_event_id: Annotated[str | None, Header(max_length=100)] = None,
) -> Response:
    """Events in the order of their positions, without a gap: nothing can turn up later before what was read.

    `Accept: application/x-ndjson` gives all of it as lines; `Accept: text/event-stream` follows it for ever, and goes
    on after `Last-Event-ID`. Both end once the caller may no more. Free text reads as withheld. Scope: events:read.
    """
    access = await access_of(service, actor)
    reader = _Reader(service, access, selection, lambda: still_may(request))
    form = _preferred(request.headers.get("accept", ""))
    if form == STREAM:
        start = _last_seen(access, last_event_id) if last_event_id else after or 0
        headers = await reader.so_far() | {"Cache-Control": "no-store"}
        return StreamingResponse(reader.follow(start), media_type=STREAM, headers=headers)
    start = typed_place(place_of(access.council, cursor), int)[0] if cursor else after or 0
    if form == LINES:
        return StreamingResponse(reader.lines(start), media_type=LINES, headers=await reader.so_far())
    return await _page(reader, start, limit)


async def still_may(request: Request) -> bool:
    """Whether the caller would be let in now: what has begun ends with the token, a revocation, an engagement."""
    try:
        await caller(request)
    except Problem:
        return False
    return True


def _preferred(accept: str) -> str | None:
    """Which of the two streams the reader wants most (RFC 9110, 12.5.1); None for the page of JSON."""
    best, weight = None, 0.0
    for offer in accept.lower().split(","):
        kind, *parameters = (part.strip() for part in offer.split(";"))
        told = next((part.removeprefix("q=") for part in parameters if part.startswith("q=")), "1")
        q = float(told) if re.fullmatch(r"[01](\.\d{0,3})?", told) else 0.0
        if q > weight and kind in (STREAM, LINES, "application/json"):
            best, weight = kind, q
    return best


async def _page(reader: "_Reader", start: int, limit: int) -> Response:
    page = await reader.page(start, limit)
    council = reader.access.council
    more = len(page.events) == limit and page.reached < page.head
    body = {
        "items": [reading.shown(found) for found in page.events],
        "next_cursor": cursor(council, page.reached) if more else None,
        "position": page.head,
    }
    return json_response(body, 200, at_position(council, page.head))


def _last_seen(access: Access, value: str) -> int:
    epoch, _, position = value.partition(".")
    if not (position.isascii() and position.isdigit() and len(position) < 19):
        fault = Fault("/header/Last-Event-ID", "bad_event_id", "is not one that this feed gave")
        raise Invalid("bad_event_id", "The Last-Event-ID cannot be read.", errors=[fault])
    check_epoch(access.council, epoch)
    return int(position)


class _Reader:
    """One caller's way through one council's ledger."""

    def __init__(
        self, service: Parts, access: Access, selection: Selection, may: Callable[[], Awaitable[bool]]
    ) -> None:
        self.service, self.access, self.selection, self.may = service, access, selection, may

    async def page(self, after: int, limit: int) -> Page:
        """The next events that the caller asked for."""
        return await reading.page(
            self.service.database, self.access.council.id, after=after, limit=limit, selection=self.selection
        )

    async def so_far(self) -> dict[str, str]:
        """The header that says how far the ledger goes now."""
        page = await self.page(2**62 - 1, 1)
        return at_position(self.access.council, page.head)

    async def lines(self, after: int) -> AsyncIterator[bytes]:
        """Everything up to the head as it was when the reading began, a line each; less if they may no more."""
        end = None
        while end is None or await self.may():
            page = await self.page(after, A_PAGE)
            end = page.head if end is None else end
            due = [found for found in page.events if found.position <= end]
            yield b"".join(_line(reading.shown(found)) for found in due)
            if len(due) < A_PAGE:
                return
            after = page.reached

    async def follow(self, after: int) -> AsyncIterator[bytes]:
        """Everything, and then what comes, as server-sent events, until the reader goes, may no more, or we stop."""
        silent = 0.0
        yield b": following\n\n"
        while not self.service.closing:
            page = await self.page(after, A_PAGE)
            if (page.events or silent + BETWEEN_LOOKS >= HEARTBEAT) and not await self.may():
                return  # nothing is sent to whom it would not be sent if they asked now
            for found in page.events:
                yield self._sent(found)
            after = max(after, page.reached)
            if len(page.events) == A_PAGE:
                continue
            silent = 0.0 if page.events else silent + BETWEEN_LOOKS
            if silent >= HEARTBEAT:
                silent = 0.0
                yield b": still here\n\n"
            await asyncio.sleep(BETWEEN_LOOKS)

    def _sent(self, found: Stored) -> bytes:
        identity = f"{self.access.council.epoch}.{found.position}"
        return f"id: {identity}\nevent: {found.type}\ndata: ".encode() + _line(reading.shown(found)) + b"\n"


def _line(body: dict[str, Any]) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_UTC_Z) + b"\n"


@router.get(
    "/v1/events/{position}", summary="Read one event", responses=EVENT | problems(401, 403, 404, 422, 503),
    response_class=Response, dependencies=[Depends(stated_purpose)],
)  # fmt: skip
async def read_event(
    request: Request, actor: Permitted, service: Service, position: Annotated[int, Path(ge=1, lt=2**62)]
) -> Response:
    """One event as it was sent, with the corrections and retractions that speak of it.

    Texts read in clear for a person who has the right to them, with the scope narratives:read. Scope: events:read.
    """
    access = await access_of(service, actor)
    found = (await reading.amended(service.database, access.council.id, [position])).get(position)
    if found is not None and not await _may_read(request, found):
        await refused_all(request, actor, service, found)
        found = None
    if found is None:
        raise NotFound("no_such_event", f"There is no event at position {position}, or none that you may read.")
    texts = await opened_each(request, actor, service, found)
    body = reading.shown(found.event, texts)
    body["proof"] = f"/v1/ledger/proofs/{position}"
    body["amendments"] = [reading.shown(amendment, texts) for amendment in found.amendments]
    return json_response(body, 200, at_position(access.council, position))


async def _may_read(request: Request, found: Amended) -> bool:
    right = await right_to(request, _about(found.event), STRUCTURAL)
    return isinstance(right, Right) and within(right, found.all)


def _about(found: Stored) -> Subject:
    """Whose event it is, for who may read it: a case's, a worker's, a team's; else everybody's."""
    kind, _, identity = (subject_of(found.type, found.data) or "").partition("/")
    return Subject(kind, identity) if kind in ("case", "worker", "team") else Subject("organisation", "")
