"""Request bodies, read with their limits: refused by length before they are read, never inflated, never guessed at."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request

from app.errors import TooLarge, UnsupportedMedia

MOST_BYTES = 8 * 1024 * 1024
MOST_LINE_BYTES = 256 * 1024
LINES_A_CHUNK = 500
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
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
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


async def chunks_of_lines(request: Request) -> AsyncIterator[list[bytes]]:
    """The body's lines as they arrive, a few hundred at a time, blank ones left out.

    A line over 256 kB is given as OVERLONG, and what follows it is read on.
    """
    lines, size = [], 0
    async for line in _lines(request):
        if line is not None:
            lines.append(line)
            size += len(line)
        if lines and (line is None or len(lines) >= LINES_A_CHUNK or size >= BYTES_A_CHUNK):
            yield lines
            lines, size = [], 0
    if lines:
        yield lines


async def _lines(request: Request) -> AsyncIterator[bytes | None]:
    """Each line without its end, OVERLONG for one that is too long; None whenever the stream lets us wait."""
    rest, skipping = b"", False
    stream = aiter(request.stream())
    coming = asyncio.ensure_future(anext(stream, None))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=PATIENCE)
            if not done:
                yield None
                continue
            part = coming.result()
            if part is None:
                break
            coming = asyncio.ensure_future(anext(stream, None))
            *complete, rest = (rest + part).split(b"\n")
            for line in complete:
                if skipping or len(line) > MOST_LINE_BYTES:
                    skipping = False
                    yield OVERLONG
                elif line.strip():
                    yield line
            if len(rest) > MOST_LINE_BYTES:
                rest, skipping = b"", True
        if skipping:
            yield OVERLONG
        elif rest.strip():
            yield rest
    finally:
        coming.cancel()
