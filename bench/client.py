"""A client that costs little: HTTP/1.1 over kept-alive connections, prepared bytes out, status and body in.

A client library would be the bottleneck: it takes longer over a request than the service over an event. It understands
exactly what the service answers with: a status line, a Content-Length, a body.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from time import perf_counter
from typing import cast

from bench.measuring import Slice

GOOD = frozenset({200, 201})


class Unexpected(Exception):
    """An answer that the bench did not ask for: its status and the beginning of its body."""


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._waiting: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transports are no subclasses of asyncio's

    def connection_lost(self, _error: Exception | None) -> None:
        """asyncio's."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(Unexpected("the connection was closed"))

    def data_received(self, data: bytes) -> None:
        """asyncio's."""
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._received[:end]).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._received) < end + 4 + length or self._waiting is None:
            return
        answer = int(head[9:12]), bytes(self._received[end + 4 : end + 4 + length])
        del self._received[: end + 4 + length]
        self._waiting.set_result(answer)

    async def ask(self, request: bytes) -> bytes:
        """Send the bytes of one request; the body of its answer. Raises Unexpected if it is not 200 or 201."""
        assert self._transport is not None
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        status, body = await self._waiting
        if status not in GOOD:
            raise Unexpected(f"{status}: {body[:300]!r}")
        return body

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


@asynccontextmanager
async def connected(port: int, width: int) -> AsyncIterator[list[Connection]]:
    """So many connections to loopback."""
    loop = asyncio.get_running_loop()
    made = [(await loop.create_connection(Connection, "127.0.0.1", port))[1] for _ in range(width)]
    try:
        yield made
    finally:
        for connection in made:
            connection.close()


def request(method: str, path: str, token: str, body: bytes = b"", kind: str = "application/json") -> bytes:
    """The bytes of one request."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def closed_loop(connections: Sequence[Connection], requests: Iterator[bytes], seconds: float) -> Slice:
    """Every connection sends the next request as soon as it has its answer, for so many seconds."""
    done, until = Slice(), perf_counter() + seconds

    async def run(connection: Connection) -> None:
        while (sent := perf_counter()) < until:
            await connection.ask(next(requests))
            done.latencies.append(perf_counter() - sent)
            done.count += 1

    await asyncio.gather(*map(run, connections))
    return done


async def all_of(connections: Sequence[Connection], requests: Sequence[bytes], events_each: int) -> Slice:
    """All of these requests through these connections, as fast as they go."""
    rest, done = iter(requests), Slice()

    async def run(connection: Connection) -> None:
        for each in rest:
            await connection.ask(each)
            done.count += events_each

    await asyncio.gather(*map(run, connections))
    return done


async def open_loop(connections: Sequence[Connection], requests: Iterator[bytes], rate: float, seconds: float) -> Slice:
    """Requests offered at a steady rate, whatever becomes of the earlier ones; latency from when each was due.

    One that finds no free connection waits for one, and its wait counts.
    """
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in connections:
        free.put_nowait(connection)
    done, began = Slice(), perf_counter()

    async def run(due: float) -> None:
        connection = await free.get()
        await connection.ask(next(requests))
        done.latencies.append(perf_counter() - due)
        done.count += 1
        free.put_nowait(connection)

    async with asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - perf_counter()))
            group.create_task(run(due))
    return done


async def beside(work: Callable[[], Awaitable[Slice]], background: Callable[[], Awaitable[None]]) -> Slice:
    """`work`, with `background` repeated next to it; what is under way of it when `work` is done, is finished."""
    stop = asyncio.Event()

    async def repeat() -> None:
        while not stop.is_set():
            await background()

    async with asyncio.TaskGroup() as group:
        group.create_task(repeat())
        done = await work()
        stop.set()
    return done
