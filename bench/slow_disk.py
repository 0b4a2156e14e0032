"""Single events when every fsync of PostgreSQL takes 2 ms longer, beside the same server without that."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.client import closed_loop, connected
from bench.invented import block, marks
from bench.measuring import Slice, ratios, take_turns
from bench.place import place
from bench.singles import CLIENTS, singles
from bench.sizes import Sizes
from bench.table import Row, at_least, latency, throughput

SOURCE = Path(__file__).with_name("slow_fsync.c")
MILLISECONDS = 2
GOAL = 0.7
SLOW, AS_IT_IS = f"{MILLISECONDS} ms added to every fsync", "nothing added"


async def measure(sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row; skipped where there is no C compiler."""
    row = Row(f"single durable events on a slow disk, {CLIENTS} clients")
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        row.skipped = "there is no C compiler (gcc) to build the slow disk with"
        return row
    with tempfile.TemporaryDirectory(prefix="supervision-bench-") as folder:
        slices = await _slices(sizes, _built(compiler, Path(folder)), done)
    row.lines = [throughput(name, found) for name, found in slices.items()]
    row.lines += [latency(SLOW, slices[SLOW], percent) for percent in (50, 99)]
    rate = {name: [each.rate for each in found] for name, found in slices.items()}
    row.goals = [at_least("with / without", GOAL, ratios(rate[SLOW], rate[AS_IT_IS]))]
    return row


def _built(compiler: str, folder: Path) -> Path:
    library = folder / "slow_fsync.so"
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    return library


async def _slices(sizes: Sizes, library: Path, done: Callable[[], None]) -> dict[str, list[Slice]]:
    async with place(preload=library) as here:
        requests, switch = singles(block(25, sizes.until), here.token, marks()), here.cluster.home / "slow-fsync"

        async def as_it_is() -> Slice:
            async with connected(here.served.port, CLIENTS) as connections:
                return await here.meter().measure(closed_loop(connections, requests, sizes.seconds))

        async def slow() -> Slice:
            switch.write_text(str(MILLISECONDS))
            switch.chmod(0o644)
            try:
                return await as_it_is()
            finally:
                switch.unlink()

        return await take_turns({AS_IT_IS: as_it_is, SLOW: slow}, sizes.rounds, done)


def steps(sizes: Sizes) -> int:
    """How often `done` will be called."""
    return 2 * (sizes.rounds + 1)
