"""Request bodies, read with their limits: refused by length before they are read, never inflated, never guessed at."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from app.api.problems import fault_of
from app.errors import Fault, Invalid, TooLarge, UnsupportedMedia
from app.events.parsing import parse_json

M = TypeVar("M", bound=BaseModel)

MOST_BYTES = 8 * 1024 * 1024
MOST_EVENTS = 5_000
"""In one array."""
MOST_LINE_BYTES = 256 * 1024
LINES_A_CHUNK = 100
"""A chunk is parsed, appended and committed in one piece, and for so long other requests of the council wait."""
BYTES_A_CHUNK = 1024 * 1024
OVERLONG = b""
"""Stands for a line that was too long to be taken; a real line is never empty."""
PATIENCE = 0.1
"""Seconds to wait for more of a slow stream before what has arrived is recorded."""


def media_type(request: Request, *allowed: str) -> str:
    """The body's media type. Raises `UnsupportedMedia` for another, and for compressed bodies."""
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise UnsupportedMedia("content_encoding", "Send the body as it is, without Content-Encoding.")
    kind, _, parameters = (part.strip().lower() for part in request.headers.get("content-type", "").partition(";"))
    if parameters.startswith("charset=") and parameters.removeprefix("charset=").strip('"') not in (
        "utf-8",
        "us-ascii",
    ):
        raise UnsupportedMedia("content_type", "Send UTF-8: JSON has no other charset.")
    if kind not in allowed:
        raise UnsupportedMedia("content_type", f"Send Content-Type: {' or '.join(allowed)}.")
    return kind


async def whole(request: Request, most: int = MOST_BYTES) -> bytes:
    """The whole body. Raises `TooLarge`, by the stated length if there is one, so that nothing needs to be read."""
    stated = request.headers.get("content-length", "")
    if stated.isascii() and stated.isdigit() and int(stated[:18]) > most:
        raise _too_large(most)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise _too_large(most)
        parts.append(part)
    return b"".join(parts)


def _too_large(most: int) -> TooLarge:
    return TooLarge(
        "body_too_large",
        f"The body is longer than the {most:,} bytes taken here. Send several requests, or lines "
        "(application/x-ndjson), which may go on for ever.",
    )


async def fields(
    request: Request, *needed: str, optional: Sequence[str] = (), most: int = 1024 * 1024
) -> dict[str, str]:
    """A JSON object of exactly these fields, all text. Raises `Invalid` with the field's name."""
    media_type(request, "application/json")
    sent = parse_json(await whole(request, most))
    if not isinstance(sent, dict):
        raise Invalid(
            "invalid_request", "Send a JSON object.", errors=[Fault("", "wrong_type", "must be an object, in { }")]
        )
    known = (*needed, *optional)
    faults = [Fault(f"/{name}", "missing", "is missing") for name in needed if name not in sent]
    faults += [
        Fault(f"/{name}", "wrong_type", "must be text") for name in known if not isinstance(sent.get(name, ""), str)
    ]
    if not sent.keys() <= set(known):
        said = f"holds a field that is not known here; known: {', '.join(known)}"
        faults.append(Fault("", "unknown_field", said))
    if faults:
        raise Invalid("invalid_request", "Some of what was sent is not right.", errors=faults)
    return sent


def described(shape: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """The body of an operation in the API's document."""
    content = {"application/json": {"schema": shape.model_json_schema()}}
    return {"requestBody": {"required": required, "content": content}}


async def shaped(request: Request, shape: type[M], most: int = 256 * 1024, *, empty: M | None = None) -> M:
    """A JSON object of this shape; `empty` where nothing is sent. Raises `Invalid` with the names of the fields."""
    content = await whole(request, most)
    if not content and empty is not None:
        return empty
    media_type(request, "application/json")
    sent = parse_json(content)
    try:
        return shape.model_validate(sent)
    except ValidationError as error:
        faults = [fault_of(item) for item in error.errors()]
        raise Invalid("invalid_request", "Some of what was sent is not right.", errors=faults) from None


async def chunks_of_lines(request: Request) -> AsyncIterator[list[bytes]]:
    """The body's lines as they arrive, a few hundred at a time, blank ones left out.

    A line over 256 kB is given as OVERLONG, and what follows it is read on.
    """
    lines, size = [], 0
    async for line in _lines(request):
        if line is not None:
            lines.append(line)
            size += len(line)
        full = line is None or len(lines) >= LINES_A_CHUNK or size >= BYTES_A_CHUNK
        if lines and full:
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


async def _lines(request: Request) -> AsyncIterator[bytes | None]:
    """Each line without its end, OVERLONG for one that is too long; None whenever the stream lets us wait."""
    split = _Splitter()
    stream = aiter(request.stream())
    coming = asyncio.ensure_future(anext(stream, None))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=PATIENCE)
            if not done:
                yield None
                continue
            if (part := coming.result()) is None:
                break
            coming = asyncio.ensure_future(anext(stream, None))
            for line in split.lines(part):
                yield line
        for line in split.lines(b"\n"):
            yield line
    finally:
        coming.cancel()


class _Splitter:
    """Cuts a stream into lines, and holds no more of an endless line than it may be long."""

    def __init__(self) -> None:
        self._rest = b""
        self._skipping = False

    def lines(self, part: bytes) -> list[bytes]:
        """The lines that `part` completes, blank ones left out."""
        *complete, self._rest = (self._rest + part).split(b"\n")
        if complete and self._skipping:
            complete[0], self._skipping = b"x" * (MOST_LINE_BYTES + 1), False
        if len(self._rest) > MOST_LINE_BYTES:
            self._rest, self._skipping = b"", True
        return [OVERLONG if len(line) > MOST_LINE_BYTES else line for line in complete if line.strip()]
