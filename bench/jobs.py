"""A whole council as known at a past moment, and under another policy: how long the jobs take, and their memory.

The council goes by Luton's framework; known is what the first nine in ten of its events told, and the draft asks every
three weeks for what is asked every four, looked at on one day. Two processes share a job, as beside a service.
"""

import asyncio
from collections.abc import Callable
from time import perf_counter

import httpx
import psutil

from app import shipped
from app.db import Database
from app.projections import answering, jobs
from bench.compliance import filled, loading_steps
from bench.invented import Block, block
from bench.measuring import Figure
from bench.place import Place, place
from bench.sizes import Sizes
from bench.table import Line, Row, at_most

PROCESSES = 2
WITHIN, MEMORY = 15, 2_000


async def measure(sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row."""
    told = _told(sizes)
    events = loading_steps(told, sizes.large) * len(told.lines)
    row = Row(f"a whole council of {events:,} events, {PROCESSES} processes")
    async with place() as here:
        await filled(here, told, sizes.large, done, seed=1)
        questions = {
            "as known at a moment": _asked(here, "GET", "/v1/cases", params={"known_position": events * 9 // 10}),
            "under another policy": _asked(here, "POST", "/v1/policies/simulate", json=_draft(sizes)),
        }
        for name, job in questions.items():
            seconds, resident, subjects = await _answered(here, job)
            row.lines.append(Line(f"{name}, subjects", Figure.of([subjects / seconds]), "/s"))
            row.goals.append(at_most(name, WITHIN, Figure.of([seconds]), "s"))
            row.goals.append(at_most(f"{name}, resident", MEMORY, Figure.of([resident]), "MB"))
            done()
    return row


def _told(sizes: Sizes) -> Block:
    return block(min(25, sizes.large // 1_000), sizes.until)


def _draft(sizes: Sizes) -> dict[str, str]:
    on = sizes.until.isoformat()
    sooner = shipped.pack("luton").replace("limit: 28 days", "limit: 21 days")
    return {"policy_yaml": sooner, "applies_from": "2021-06-01", "as_at": on, "from": on}


def _asked(here: Place, method: str, path: str, **request: object) -> str:
    """The job that answers."""
    headers = {"Authorization": f"Bearer {here.token}"}
    answer = httpx.request(method, f"{here.served.url}{path}", headers=headers, timeout=60, **request)  # type: ignore[arg-type]
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def _answered(here: Place, job: str) -> tuple[float, float, int]:
    """Seconds, the most megabytes of its processes, and how many subjects were looked at."""
    url, began, resident = here.cluster.service_url, perf_counter(), 0.0
    database = Database(url, pool_size=4)
    try:
        work = asyncio.create_task(answering.answer(database, here.council, job, url, PROCESSES))
        while not work.done():
            resident = max(resident, _held() / 2**20)
            await asyncio.sleep(0.05)
        await work
        seconds = perf_counter() - began
        found = await jobs.find(database, here.council, job)
    finally:
        await database.close()
    assert found.state == "done", found
    return seconds, resident, found.done


def _held() -> int:
    """Bytes held by the processes that share a job, which are children of this one."""
    held = 0
    for process in psutil.Process().children():
        try:
            held += process.memory_info().rss if "spawn_main" in " ".join(process.cmdline()) else 0
        except psutil.NoSuchProcess:
            continue
    return held


def steps(sizes: Sizes) -> int:
    """How often `done` will be called."""
    return loading_steps(_told(sizes), sizes.large) + 2
