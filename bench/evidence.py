"""What evidence costs: single appends with a signer beside the service and without, checkpoints' lag, and proofs.

The lag of an event is from when it was recorded until somebody who looks twenty times a second finds a checkpoint that
covers it.
"""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from statistics import quantiles
from time import time

from pydantic import SecretStr
from sqlalchemy import text

from app import published
from app.cli.signing import signer_beside
from app.config import SignerSettings
from app.db import Database
from bench.client import closed_loop, connected, request
from bench.invented import block, marks
from bench.measuring import Figure, Slice, Turn, ratios, take_turns
from bench.place import Place, place
from bench.singles import CLIENTS, singles
from bench.sizes import Sizes
from bench.table import Line, Row, at_least, at_most, latency, throughput

WITH, WITHOUT, PROOFS = "with a signer", "without", "a proof, one after the other"
GOAL, LAG, PROOF = 0.9, 2.0, 5.0
LOOKS = 0.05
"""Seconds between two looks for a newer checkpoint."""


async def measure(sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row."""
    told, fresh, lags = block(25, sizes.until), marks(), list[float]()
    async with place() as here:
        requests = singles(told, here.token, fresh)

        async def without() -> Slice:
            async with connected(here.served.port, CLIENTS) as connections:
                return await here.meter().measure(closed_loop(connections, requests, sizes.seconds))

        async def with_signer() -> Slice:
            return await _signed(here, without, lags)

        async def proofs() -> Slice:
            async with connected(here.served.port, 1) as connections:
                asked = _proofs(here.token, await _covered(here))
                return await here.meter().measure(closed_loop(connections, asked, sizes.seconds))

        contenders = {WITHOUT: without, WITH: with_signer, PROOFS: proofs}
        slices = await take_turns(contenders, sizes.rounds, done)
        size = await _covered(here)
    return _row(slices, lags, size)


async def _signed(here: Place, turn: Turn, lags: list[float]) -> Slice:
    """The turn with a signer at work, which first signs what the turns before left unsigned."""
    folder = here.folder / "signer"
    settings = SignerSettings(
        signer_database_url=SecretStr(here.cluster.signer_url), signer_folder=folder,
        signer_key_file=folder / "keys", log_name="bench.invalid",
    )  # fmt: skip
    database = Database(here.cluster.service_url, pool_size=1)
    with ExitStack() as stack:
        stack.enter_context(signer_beside(settings, stack.enter_context(open(os.devnull, "w"))))  # noqa: ASYNC230
        head = await _head(here, database)
        while await _size(here, database) <= head:  # noqa: ASYNC110 (a signer is no event)
            await asyncio.sleep(LOOKS)
        seen = [(time(), head + 1)]
        looking = asyncio.create_task(_look(here, database, seen))
        found = await turn()
        last = await _head(here, database)
        while seen[-1][1] <= last:  # noqa: ASYNC110
            await asyncio.sleep(LOOKS)
        looking.cancel()
    lags += await _lags(here, database, seen)
    await database.close()
    return found


async def _look(here: Place, database: Database, seen: list[tuple[float, int]]) -> None:
    """Note when which size is there to be fetched, until cancelled."""
    while size := await _size(here, database):
        if size > seen[-1][1]:
            seen.append((time(), size))
        await asyncio.sleep(LOOKS)


async def _lags(here: Place, database: Database, seen: list[tuple[float, int]]) -> list[float]:
    """Seconds, of each event that came meanwhile."""
    async with database.read(here.council) as connection:
        rows = await connection.execute(
            text("SELECT position, recordedtime FROM event WHERE position >= :first ORDER BY position"),
            {"first": seen[0][1]},
        )
        recorded = [(row.position, row.recordedtime.timestamp()) for row in rows]
    signed, lags = iter(seen[1:]), list[float]()
    at, size = next(signed)
    for position, moment in recorded:
        while size <= position:
            at, size = next(signed)
        lags.append(at - moment)
    return lags


async def _head(here: Place, database: Database) -> int:
    async with database.read(here.council) as connection:
        return (await connection.execute(text("SELECT max(position) FROM event"))).scalar_one() or 0


async def _size(here: Place, database: Database) -> int:
    async with database.read(here.council) as connection:
        newest = await published.newest(connection)
    return 1 if newest is None else newest.said.size


async def _covered(here: Place) -> int:
    database = Database(here.cluster.service_url, pool_size=1)
    size = await _size(here, database)
    await database.close()
    return size


def _proofs(token: str, size: int) -> Iterator[bytes]:
    """Requests for proofs of positions all over the ledger."""
    return (request("GET", f"/v1/ledger/proofs/{1 + n * 7919 % (size - 1)}", token) for n in count())


def _row(slices: dict[str, list[Slice]], lags: list[float], size: int) -> Row:
    row = Row(f"evidence: single events over HTTP, {CLIENTS} clients; a ledger of {size:,} entries at the end")
    row.lines = [throughput(name, slices[name]) for name in (WITHOUT, WITH)]
    row.lines += [latency(PROOFS, slices[PROOFS], percent) for percent in (50, 99)]
    cuts = quantiles(lags, n=100, method="inclusive")
    row.lines += [Line(f"a checkpoint's lag, p{percent}", Figure.of([cuts[percent - 1]]), "s") for percent in (50, 99)]
    rate = {name: [each.rate for each in found] for name, found in slices.items()}
    proof = Figure.of([each.percentile(50) for each in slices[PROOFS]])
    row.goals = [
        at_least("with a signer / without", GOAL, ratios(rate[WITH], rate[WITHOUT])),
        at_most("a proof, p50", PROOF, proof, "ms"),
        at_most("a checkpoint's lag under load, p99", LAG, Figure.of([cuts[98]]), "s"),
    ]
    return row


def steps(sizes: Sizes) -> int:
    """How often `done` will be called."""
    return 3 * (sizes.rounds + 1)
