"""What cannot be assessed is shown, counted and logged, and stops nobody: not its council, not another one."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from app import embedded
from app.db import Database, unavailable
from app.domain.history import Subject
from app.domain.policy.patterns import Status
from app.errors import Unavailable
from app.events import store
from app.events.stored import Append
from app.projections.catchup import Projector
from tests.councils import Council
from tests.projections.conftest import Begin
from tests.projections.stored import PATIENCE, Stored, caught_up, connected, lag_of, rebuilt, stored
from tests.serving import Served

OPENED = {"opened_on": "2025-01-06", "service": "family_safeguarding"}


@pytest.fixture
def neighbour(served: Served, database: embedded.Cluster) -> Iterator[Council]:
    """Another council."""
    with Council.new(served, database.owner_url) as made:
        made.adopt("luton", "2021-06-01")
        yield made


async def _as_no_service_would(
    database: Database, council: Council, event: dict[str, Any], spoil: Callable[[bytes], bytes]
) -> None:
    """Put into the ledger what this version refuses, as a fault of another version might have."""
    (prepared,) = await council.served.keyring.prepared(database, council.id, [event])
    of_case = tuple(tag for tag in prepared.tags if tag.startswith("case/"))
    spoiled = replace(prepared, body=spoil(prepared.body), tags=of_case)
    await store.append(database, council.id, [Append([spoiled])])


def _without_worker(body: bytes) -> bytes:
    told = orjson.loads(body)
    del told["data"]["worker_id"]
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS)


def _of(held: Stored, case: str) -> set[tuple[Any, ...]]:
    return {(rule, status, code) for kind, id_, rule, _, _, status, code, *_ in held["timeline"] if id_ == case}


async def test_a_subject_whose_assessment_fails_is_shown_counted_and_stops_nobody(
    luton: Council, database: embedded.Cluster
) -> None:
    for case in ("C-1", "C-2", "C-3"):
        luton.tell("CaseOpened", case_id=case, **OPENED)
    spoiled = luton.event("CaseAllocated", case_id="C-2", worker_id="W-1", allocated_on="2025-01-06")
    async with connected(database.service_url) as pools:
        await _as_no_service_would(pools, luton, spoiled, _without_worker)
        await Projector(pools).catch_up(luton.id)
        held, lag = await stored(pools, luton.id), await lag_of(pools, luton.id)
        assert _of(held, "C-2") == {("", Status.NOT_ASSESSABLE, "internal_fault")}
        assert (lag.faults, lag.behind) == (1, False)
        (fault,) = [fault for _, case, fault in held["subject"] if fault is not None]
        assert len(fault) == 8
        assert len(_of(held, "C-1")) > 2
        assert _of(held, "C-1") == _of(held, "C-3")

        assert "supervision_projection_subjects_at_fault 1.0" in luton.get("/metrics").text
        luton.tell("EventRetracted", retracts={"source": spoiled["source"], "id": spoiled["id"]})
        assert (await lag_of(pools, luton.id)).behind
        await Projector(pools).catch_up(luton.id)
        held, lag = await stored(pools, luton.id), await lag_of(pools, luton.id)
    assert lag.faults == 0
    assert _of(held, "C-2") == _of(held, "C-1")
    assert held == await rebuilt(database.service_url, luton.id)


class CannotBeStored(Projector):
    """Its answer about one case is one that the database refuses, as a text with a NUL is."""

    async def _ask(self, *arguments: Any) -> Any:
        outcomes = dict(await super()._ask(*arguments))
        of = Subject("case", "C-2")
        if of in outcomes:
            (standing,) = outcomes[of].value
            rows = [replace(row, code="\x00") for row in standing.rows]
            outcomes[of] = replace(outcomes[of], value=(replace(standing, rows=tuple(rows)),))
        return outcomes


async def test_an_answer_that_cannot_be_stored_is_a_fault_of_its_subject_alone(
    luton: Council, database: embedded.Cluster
) -> None:
    for case in ("C-1", "C-2", "C-3"):
        luton.tell("CaseOpened", case_id=case, **OPENED)
    async with connected(database.service_url) as pools:
        await CannotBeStored(pools).catch_up(luton.id)
        held, lag = await stored(pools, luton.id), await lag_of(pools, luton.id)
    assert _of(held, "C-2") == {("", Status.NOT_ASSESSABLE, "internal_fault")}
    assert lag.faults == 1
    assert len(_of(held, "C-1")) > 2
    assert _of(held, "C-1") == _of(held, "C-3")


async def test_a_council_whose_ledger_cannot_be_read_stops_no_other(
    luton: Council, neighbour: Council, database: embedded.Cluster, begin: Begin, tmp_path: Path
) -> None:
    async with connected(database.service_url) as pools:
        event = luton.event("CaseOpened", case_id="C-1", **OPENED)
        await _as_no_service_would(pools, luton, event, lambda _: b"what is this")
        begin(database.service_url)
        async with asyncio.timeout(PATIENCE):
            while not (tmp_path / "log").exists() or luton.id not in (tmp_path / "log").read_text():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        neighbour.tell("CaseOpened", case_id="C-1", **OPENED)
        await caught_up(pools, neighbour.id)
        assert len(_of(await stored(pools, neighbour.id), "C-1")) > 2
        assert (await lag_of(pools, luton.id)).behind
    said = [orjson.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert {line["council"] for line in said if line["event"] == "catching up failed"} == {luton.id}
    assert "what is this" not in str(said)


class Busy(Projector):
    """On a machine so busy that PostgreSQL ends every transaction in which more than two subjects are assessed."""

    async def _assess(self, council: str, generation: int, most: int, fault: Exception | None = None) -> int:
        if most > 2:
            raise unavailable()
        return await super()._assess(council, generation, most, fault)


async def test_where_transactions_are_ended_because_they_take_long_fewer_are_assessed_at_once(
    luton: Council, database: embedded.Cluster
) -> None:
    for number in range(9):
        luton.tell("CaseOpened", case_id=f"C-{number}", **OPENED)
    async with connected(database.service_url) as pools:
        busy, given_up = Busy(pools), 0
        while (await lag_of(pools, luton.id)).behind:
            try:
                await busy.step(luton.id)
            except Unavailable:
                given_up += 1
        assert 1 <= given_up <= 9
        assert len((await stored(pools, luton.id))["subject"]) == 9
