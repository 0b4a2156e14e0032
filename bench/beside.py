"""Single durable events over HTTP, with a worker that keeps lists current beside the service, and without one."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

from app.cli.working import worker_beside
from app.config import WorkerSettings
from app.db import Database
from app.projections.lag import lags
from bench.client import closed_loop, connected
from bench.compliance import adopt
from bench.invented import block, marks
from bench.measuring import Slice, Turn, ratios, take_turns
from bench.place import Place, place
from bench.singles import CLIENTS, singles
from bench.sizes import Sizes
from bench.table import Row, at_least, throughput

WITH, WITHOUT = "with a worker", "without"
GOAL = 0.8


async def measure(sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row."""
    told, fresh = block(25, sizes.until), marks()
    async with place() as here:
        await adopt(here, "luton")
        requests = singles(told, here.token, fresh)

        async def without() -> Slice:
            async with connected(here.served.port, CLIENTS) as connections:
                return await here.meter().measure(closed_loop(connections, requests, sizes.seconds))

        slices = await take_turns({WITHOUT: without, WITH: _beside(here, without)}, sizes.rounds, done)
    row = Row(f"single events over HTTP while lists are kept current, {CLIENTS} clients")
    row.lines = [throughput(name, each) for name, each in slices.items()]
    rate = {name: [each.rate for each in found] for name, found in slices.items()}
    row.goals = [at_least("with a worker / without", GOAL, ratios(rate[WITH], rate[WITHOUT]))]
    return row


def _beside(here: Place, turn: Turn) -> Turn:
    """The turn with a worker at work, which what the turns before left undone keeps busy as well."""

    async def with_worker() -> Slice:
        with ExitStack() as stack:
            await working(here, stack)
            return await turn()

    return with_worker


async def working(here: Place, stack: ExitStack) -> None:
    """Start a worker, and return when it has begun: what stands in the ledger by then is noted."""
    settings = WorkerSettings(database_url=here.cluster.service_url, log_level="warning")
    stack.enter_context(worker_beside(settings))
    database = Database(here.cluster.service_url, pool_size=1)
    head = (await lags(database))[0].head
    while (await lags(database))[0].noted < head:  # noqa: ASYNC110 (a worker is no event)
        await asyncio.sleep(0.05)
    await database.close()


def steps(sizes: Sizes) -> int:
    """How often `done` will be called."""
    return 2 * (sizes.rounds + 1)
