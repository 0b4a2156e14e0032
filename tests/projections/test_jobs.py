"""Jobs and the workers that do them: killed, stopped, canceled, several processes, and what is left afterwards."""

import asyncio
import random
import time
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, text

from app import embedded, shipped
from app.db import Database
from app.projections import answering, jobs, rebuilding
from app.projections.jobs import job, job_part
from app.projections.lag import JobLag, job_lags
from app.projections.noting import pending
from app.projections.standings import timeline
from tests.councils import Council
from tests.projections.conftest import Begin
from tests.projections.stored import PATIENCE, TABLES, Stored, connected, rebuilt, send, stored
from tests.projections.world import DAYS, FIRST, history

KILLS = 3
LAST = FIRST + timedelta(days=DAYS - 40)
_OF_JOBS = ("waiting", "running", "oldest_seconds")


def asked_of_all_days(council: Council, position: int | None = None) -> str:
    """A question as of the whole ledger about all its days, which nobody answers yet."""
    known = position or council.get("/v1/events").json()["position"]
    query = {"from": "2010-01-01", "every": "quarter", "as_at": LAST.isoformat()}
    asked = council.get("/v1/compliance/trend", known_position=known, **query)
    assert asked.status_code == 202, asked.text
    return str(asked.json()["id"])


def _shown(council: Council, identity: str) -> dict[str, Any]:
    found: dict[str, Any] = council.get(f"/v1/jobs/{identity}").json()
    return found


async def _comes_to(council: Council, identity: str, *states: str) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while (found := await asyncio.to_thread(_shown, council, identity))["state"] not in states:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found


async def _rows(database: Database, council: str, identity: str) -> dict[str, Any]:
    generation = await jobs.generation_of(database, council, identity)
    assert generation is not None
    assert generation < 0
    return await stored(database, council, generation)


async def is_of_now(database: Database, url: str, council: str, identity: str) -> bool:
    """Whether the job as of the whole ledger made what a rebuild makes, up to the last day that it is about."""
    live = await rebuilt(url, council)
    assert len(live["timeline"]) > 100
    return _up_to_last(await _rows(database, council, identity)) == _up_to_last(live)


def _up_to_last(rows: Stored) -> Stored:
    names = [column.name for column in list(timeline.c)[2:]]
    begun = [row for each in rows["timeline"] if (row := dict(zip(names, each, strict=True)))["from_on"] <= LAST]
    cut = [row | {"until_on": min(row["until_on"], LAST), "dues": _dues(row), "dues_from": ()} for row in begun]
    return rows | {"timeline": frozenset(tuple(row.values()) for row in cut)}


def _dues(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(each for each in zip(row["dues_from"], row["dues"], strict=True) if each[0] <= LAST)


async def test_workers_killed_over_a_job_leave_it_to_the_next_and_nothing_is_lost_or_done_twice(
    luton: Council, database: embedded.Cluster, begin: Begin
) -> None:
    chance = random.Random(7)
    send(luton, history(21, workers=12, cases=60))
    identity = asked_of_all_days(luton)
    async with connected(database.service_url) as connection:
        seen = 0
        for _ in range(KILLS):
            worker = begin(database.service_url)
            found = await _comes_to(luton, identity, "running", "done")
            async with asyncio.timeout(PATIENCE):
                while found["state"] == "running" and (found["progress"]["done"] or 0) <= seen:
                    await asyncio.sleep(0.05)
                    found = await asyncio.to_thread(_shown, luton, identity)
            await asyncio.sleep(chance.uniform(0, 0.2))
            worker.kill()
            worker.join()
            seen = found["progress"]["done"]
        begin(database.service_url)
        assert (await _comes_to(luton, identity, "done", "failed"))["state"] == "done"
        assert await is_of_now(connection, database.service_url, luton.id, identity)


async def test_a_simulation_over_which_a_worker_dies_counts_everybody_once(
    luton: Council, database: embedded.Cluster, begin: Begin
) -> None:
    send(luton, history(27, workers=10, cases=60))
    body = {"policy_yaml": shipped.pack("luton").replace("limit: 28 days", "limit: 21 days"), "as_at": "2025-04-04"}

    def asked(since: str) -> str:
        answer = luton.client.post("/v1/policies/simulate", json=body | {"applies_from": since, "from": "2024-10-01"})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    killed, alone = asked("2021-06-01"), asked("2021-06-02")
    worker = begin(database.service_url)
    found = await _comes_to(luton, killed, "running", "done")
    async with asyncio.timeout(PATIENCE):
        while found["state"] == "running" and not found["progress"]["done"]:
            await asyncio.sleep(0.05)
            found = await asyncio.to_thread(_shown, luton, killed)
    worker.kill()
    worker.join()
    async with connected(database.service_url) as connection:
        await answering.answer(connection, luton.id, alone, None, 1)
    begin(database.service_url)
    results = [(await _comes_to(luton, each, "done", "failed"))["result"] for each in (killed, alone)]
    assert results[0] == results[1]
    assert results[0]["subjects"]["looked_at"] > 60
    assert results[0]["subjects"]["changed"] > 0
    assert results[0]["subjects"]["not_assessed"] == 0


async def test_metrics_say_how_many_jobs_wait_and_run_and_since_when(
    luton: Council, database: embedded.Cluster
) -> None:
    send(luton, history(26, workers=2, cases=4))

    async def said() -> tuple[int, int, bool]:
        text = (await asyncio.to_thread(luton.get, "/metrics")).text
        found = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("supervision_jobs_"))
        waiting, running, oldest = (float(found[f"supervision_jobs_{each}"]) for each in _OF_JOBS)
        return int(waiting) - others.waiting, int(running) - others.running, oldest > 0

    async with connected(database.service_url) as connection:
        lags = [each for each in await job_lags(connection) if each.council != luton.id]
        others = JobLag("", sum(each.waiting for each in lags), sum(each.running for each in lags), 0.0)
        first, _second = asked_of_all_days(luton), asked_of_all_days(luton, 5)
        assert await said() == (2, 0, True)
        mine = await jobs.claim(connection, luton.id, first)
        assert mine is not None
        assert await said() == (1, 1, True)
        await jobs.end(connection, luton.id, mine, "failed")
        assert await said() == (1, 0, True)
        (left,) = [each for each in await job_lags(connection) if each.council == luton.id]
        assert (left.waiting, left.running) == (1, 0)
        assert 0 < left.seconds < PATIENCE


async def test_a_worker_that_is_told_to_stop_leaves_the_job_at_once(luton: Council, database: embedded.Cluster) -> None:
    send(luton, history(22, workers=8, cases=60))
    identity = asked_of_all_days(luton)
    async with connected(database.service_url) as connection:
        first = asyncio.create_task(answering.answer(connection, luton.id, identity, None, 1))
        await _comes_to(luton, identity, "running")
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert (await asyncio.to_thread(_shown, luton, identity))["state"] == "waiting"
        await answering.answer(connection, luton.id, identity, None, 1)
        assert await is_of_now(connection, database.service_url, luton.id, identity)


async def test_a_job_that_is_canceled_under_way_stops_and_leaves_nothing(
    luton: Council, database: embedded.Cluster
) -> None:
    send(luton, history(24, workers=12, cases=60))
    identity = asked_of_all_days(luton)
    async with connected(database.service_url) as connection:
        work = asyncio.create_task(answering.answer(connection, luton.id, identity, None, 1))
        await _comes_to(luton, identity, "running")
        answer = await asyncio.to_thread(luton.client.delete, f"/v1/jobs/{identity}")
        assert answer.status_code == 204
        await work
        assert (await asyncio.to_thread(_shown, luton, identity))["state"] == "canceled"
        await _removed(connection, luton.id, identity)
        assert await _left(connection, luton.id) == 0


async def test_answers_are_removed_when_their_hour_is_over(luton: Council, database: embedded.Cluster) -> None:
    send(luton, history(25))
    identity = asked_of_all_days(luton)
    async with connected(database.service_url) as connection, connected(database.owner_url) as owner:
        await answering.answer(connection, luton.id, identity, None, 1)
        before = await stored(connection, luton.id, 1)
        assert await _left(connection, luton.id) > 0
        assert [each for each in await jobs.to_do(connection) if each.id == identity] == []
        async with owner.write(luton.id) as writing:
            await writing.execute(text("UPDATE job SET kept_until = now() - interval '2 minutes'"))
        assert luton.get(f"/v1/jobs/{identity}").json()["code"] == "no_such_job"
        await _removed(connection, luton.id, identity)
        assert await _left(connection, luton.id) == 0
        assert await stored(connection, luton.id, 1) == before
        async with connection.read(luton.id) as reading:
            assert (await reading.execute(select(func.count()).select_from(job))).scalar_one() == 0


async def test_a_rebuild_leaves_what_jobs_made(luton: Council, database: embedded.Cluster) -> None:
    send(luton, history(26))
    identity = asked_of_all_days(luton)
    async with connected(database.service_url) as connection:
        await answering.answer(connection, luton.id, identity, None, 1)
        made = await _rows(connection, luton.id, identity)
        await rebuilding.rebuild(database.service_url, luton.id)
        assert await _rows(connection, luton.id, identity) == made


async def test_a_job_that_gets_on_is_not_given_up_however_many_workers_die(
    luton: Council, database: embedded.Cluster
) -> None:
    send(luton, history(28, workers=4, cases=40))
    identity = asked_of_all_days(luton)
    async with connected(database.service_url) as connection:
        for _ in range(jobs.MOST_TRIES + 2):
            mine = await jobs.claim(connection, luton.id, identity)
            assert mine is not None
            await answering._begun(connection, luton.id, mine)
            assert await answering._projector_of(mine)(connection).assess(luton.id, mine.generation, 1) == 1
            assert await jobs.still_mine(connection, luton.id, mine)
            async with connection.write(luton.id) as writing:
                await writing.execute(text("UPDATE job SET held_until = now() - interval '1 second'"))
        await answering.answer(connection, luton.id, identity, None, 1)
        assert await is_of_now(connection, database.service_url, luton.id, identity)
    assert _shown(luton, identity)["state"] == "done"


async def test_a_job_over_which_workers_die_fails_in_the_end(luton: Council, database: embedded.Cluster) -> None:
    identity = asked_of_all_days(luton)
    async with connected(database.service_url) as connection:
        for _ in range(jobs.MOST_TRIES):
            assert await jobs.claim(connection, luton.id, identity) is not None
            async with connection.write(luton.id) as writing:
                await writing.execute(text("UPDATE job SET held_until = now() - interval '1 second'"))
        await answering.answer(connection, luton.id, identity, None, 1)
    assert _shown(luton, identity)["state"] == "failed"
    assert "Put the question again" in _shown(luton, identity)["why"]
    assert luton.client.get(f"/v1/cases?job={identity}").json()["code"] == "job_over"
    assert asked_of_all_days(luton) != identity


async def _removed(database: Database, council: str, identity: str) -> None:
    until = time.monotonic() + PATIENCE
    mine: list[jobs.ToDo] = []
    while not mine and time.monotonic() < until:
        mine = [each for each in await jobs.to_do(database) if each.id == identity]
    assert mine == [jobs.ToDo(council, identity, is_over=True)]
    await answering.remove(database, council, identity)


async def _left(database: Database, council: str) -> int:
    """Rows of jobs in the projections' tables."""
    async with database.read(council) as connection:
        counts = [
            (await connection.execute(select(func.count()).where(table.c.generation < 0))).scalar_one()
            for table in (*TABLES, pending)
        ]
        parts = (await connection.execute(select(func.count()).select_from(job_part))).scalar_one()
    return sum(counts) + int(parts)
