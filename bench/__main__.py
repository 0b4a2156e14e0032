"""`python -m bench [--quick] [--rows a,b] [--json FILE]`."""

import argparse
import asyncio
import json
import os
import signal
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, Final, cast

import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import (
    assessing,
    batches,
    behind,
    beside,
    compliance,
    evidence,
    jobs,
    latency,
    lists,
    memory,
    people,
    rebuilding,
    singles,
    slow_disk,
    verifying,
)
from bench.sizes import Sizes, full, quick
from bench.table import Row, as_json, show

ROWS: Final[dict[str, ModuleType]] = {
    "batches": batches,
    "singles": singles,
    "latency": latency,
    "slow-disk": slow_disk,
    "compliance": compliance,
    "lists": lists,
    "beside": beside,
    "behind": behind,
    "rebuild": rebuilding,
    "jobs": jobs,
    "assessing": assessing,
    "people": people,
    "evidence": evidence,
    "memory": memory,
    "verify": verifying,
}


def main() -> None:
    """Measure, print, and write down if asked to."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="How fast, as one table.")
    parser.add_argument("--quick", action="store_true", help="small sizes: only shows that everything works")
    parser.add_argument("--rows", default=",".join(ROWS), help=f"some of: {', '.join(ROWS)}")
    parser.add_argument("--events", type=int, metavar="N", help="events that the large ledger holds; the goals say 1 M")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures down as well")
    given = parser.parse_args()
    names = [name.strip() for name in given.rows.split(",")]
    if unknown := set(names) - ROWS.keys():
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}")
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    sizes = quick(yesterday) if given.quick else full(yesterday)
    sizes = replace(sizes, large=given.events) if given.events else sizes
    console = Console()
    rows = uvloop.run(_measured(names, sizes, console))
    show(rows, console if console.is_terminal else Console(width=140))
    if given.json is not None:
        given.json.write_text(
            json.dumps({"cpus": os.cpu_count(), "quick": given.quick, "rows": as_json(rows)}, indent=1)
        )


async def _measured(names: list[str], sizes: Sizes, console: Console) -> list[Row]:
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, cast(asyncio.Task[Any], asyncio.current_task()).cancel
    )
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    rows = []
    with Progress(*columns, console=console) as progress:
        bars = {name: progress.add_task(name, total=ROWS[name].steps(sizes), start=False) for name in names}
        for name, bar in bars.items():
            progress.start_task(bar)
            rows.append(await ROWS[name].measure(sizes, lambda bar=bar: progress.advance(bar)))
    return rows


if __name__ == "__main__":
    main()
