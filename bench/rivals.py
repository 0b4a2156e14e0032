"""What the service is measured against: COPY into twin tables, and the `eventsourcing` library's own recorder.

The twins have the same columns, indexes and tags as the ledger's tables, and neither row-level security nor triggers.
Rows are made before a slice begins: COPY is timed for nothing but COPY and COMMIT. The library is driven in process,
through its PostgreSQL recorder as it comes, with the same events as bytes of state.
"""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from time import perf_counter
from typing import Any
from uuid import uuid4

import asyncpg
import orjson
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from sqlalchemy import make_url

from app.embedded import Cluster
from app.events.envelope import read_event
from app.events.preparing import prepare, text_owner
from app.events.stored import NewEvent
from app.events.vault import FINGERPRINTS, SubjectKey
from bench.measuring import Slice

TWINS = ("event", "event_text", "tag")
STUCK = 15
"""Seconds after which the library's calls will not come back by themselves."""
KEY = SubjectKey("bench", "case/C-1", 1, bytes(range(32)))
Rows = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[tuple[Any, ...]]]


async def make_twins(cluster: Cluster) -> None:
    """`twin_event`, `twin_event_text`, `twin_tag`."""
    connection = await _connected(cluster)
    for table in TWINS:
        await connection.execute(f"CREATE TABLE twin_{table} (LIKE {table} INCLUDING ALL)")
    await connection.close()


def rows_of(batch: Sequence[bytes], positions: Iterator[int]) -> Rows:
    """What the ledger would store of these events: rows of the event, text and tag tables."""
    now = datetime.now(UTC)
    rows: Rows = ([], [], [])
    for line in batch:
        read, position = read_event(orjson.loads(line)), next(positions)
        event = prepare(read, {FINGERPRINTS: KEY, text_owner(read): KEY}, "bench", now.date())
        rows[0].append(_event_row(event, position, now))
        rows[1].extend(
            ("bench", position, text.field, text.subject, text.key_number, text.ciphertext, event.fingerprint)
            for text in event.texts
        )
        rows[2].extend(("bench", tag, position) for tag in event.tags)
    return rows


def _event_row(e: NewEvent, position: int, now: datetime) -> tuple[Any, ...]:
    target_source, target_id = e.target or (None, None)
    return (
        "bench", position, e.source, e.id, e.type, e.time, e.sourcerecordedtime, now, e.recordedby, e.on, e.worker,
        e.case, e.session, target_source, target_id, e.body, e.digest, None if e.texts else e.fingerprint,
    )  # fmt: skip


async def copy_all(cluster: Cluster, batches: Sequence[Rows], clients: int) -> Slice:
    """Every batch in a transaction of its own, through so many connections."""
    rest, done = iter(batches), Slice()
    connections = [await _connected(cluster) for _ in range(clients)]
    began = perf_counter()

    async def run(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        for rows in rest:
            async with connection.transaction():
                for table, records in zip(TWINS, rows, strict=True):
                    await connection.copy_records_to_table(f"twin_{table}", records=records)
            done.count += len(rows[0])

    await asyncio.gather(*map(run, connections))
    done.seconds = perf_counter() - began
    for connection in connections:
        await connection.close()
    return done


async def _connected(cluster: Cluster) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(cluster.owner_url.replace("+asyncpg", ""))


class Library:
    """The `eventsourcing` library's PostgreSQL recorder, called from so many threads."""

    def __init__(self, cluster: Cluster, threads: int) -> None:
        url = make_url(cluster.owner_url)
        datastore = PostgresDatastore(
            dbname=str(url.database), host=str(url.query["host"]), port=str(url.query["port"]),
            user=str(url.username), password=str(url.password), pool_size=threads, max_overflow=0,
        )  # fmt: skip
        self._recorder = PostgresApplicationRecorder(datastore, events_table_name=f"library_events_{threads}")
        self._recorder.create_table()
        self._datastore = datastore
        self._cluster = cluster
        self._threads = ThreadPoolExecutor(threads)
        self._width = threads

    async def append_all(self, batches: Sequence[Sequence[bytes]]) -> Slice:
        """Every batch in one call, each an aggregate of its own."""
        work = asyncio.gather(*(self._call(_stored(batch)) for batch in batches))
        while not work.done():
            await asyncio.wait([work], timeout=STUCK)
            if not work.done():
                await self._cut()
        return Slice(count=sum(map(len, batches)))

    async def append_singly(self, lines: Sequence[bytes], seconds: float) -> Slice:
        """One event a call, each thread as fast as it goes, for so many seconds."""
        numbers, until = count(), perf_counter() + seconds

        def run() -> list[float]:
            took = []
            while (began := perf_counter()) < until:
                self._recorder.insert_events(_stored([lines[next(numbers) % len(lines)]]))
                took.append(perf_counter() - began)
            return took

        loop = asyncio.get_running_loop()
        took = await asyncio.gather(*(loop.run_in_executor(self._threads, run) for _ in range(self._width)))
        latencies = [each for of_thread in took for each in of_thread]
        return Slice(count=len(latencies), latencies=latencies)

    async def _cut(self) -> None:
        """End its connections, so that it tries again: its driver's pipeline may wait for ever for a large batch."""
        connection = await _connected(self._cluster)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = user AND pid <> pg_backend_pid()"
        )
        await connection.close()

    async def _call(self, events: list[StoredEvent]) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, self._recorder.insert_events, events)

    def close(self) -> None:
        """Give threads and connections back."""
        self._threads.shutdown()
        self._datastore.close()


def _stored(lines: Sequence[bytes]) -> list[StoredEvent]:
    aggregate = uuid4()
    return [StoredEvent(aggregate, version, "bench:Told", line) for version, line in enumerate(lines, 1)]
