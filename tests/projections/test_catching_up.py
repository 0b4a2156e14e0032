"""Projections are equal to what the ledger says, however it came about: live, interrupted, or rebuilt."""

import asyncio
import random
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import Any

import pytest

from app import embedded
from app.assessing import Assessor
from app.db import Database
from app.domain.history import Subject
from app.domain.standing import stand
from app.events.facts import Facts
from app.projections import standings
from app.projections.catchup import Projector
from app.projections.rebuilding import rebuild
from tests.councils import Council
from tests.projections.stored import Stored, covers, rests_on, send, stored
from tests.projections.world import DAYS, FIRST, Event, history


@pytest.fixture
def both(luton: Council) -> Council:
    """A council that goes by two policies at once."""
    luton.adopt("shropshire", "2021-11-01")
    return luton


def test_projections_are_equal_live_rebuilt_and_assessed(both: Council, database: embedded.Cluster, scale: int) -> None:
    for seed in range(3 * scale):
        with Council.new(both.served, database.owner_url) as council:
            council.adopt("luton", "2021-06-01")
            council.adopt("shropshire", "2021-11-01")
            asyncio.run(_compare(council, database.service_url, seed))


async def _compare(council: Council, url: str, seed: int) -> None:
    chance = random.Random(seed)
    database = Database(url, pool_size=4)
    try:
        for chunk in _chunks(chance, history(seed)):
            send(council, chunk)
            await _some_of_it(chance, Projector(database), council.id)
        await Projector(database).catch_up(council.id)
        live, rested = await stored(database, council.id), await rests_on(database, council.id)
        assert await _assessed(database, council.id, live) == {name: live[name] for name in ("timeline", "situation")}
        await rebuild(url, council.id, processes=1 + seed % 2)
        assert await stored(database, council.id) == live, f"seed {seed}"
        assert covers(rested, await rests_on(database, council.id)), f"seed {seed}"
    finally:
        await database.close()


def _chunks(chance: random.Random, events: list[Event]) -> Iterator[list[Event]]:
    while events:
        size = chance.randrange(1, 30)
        yield events[:size]
        events = events[size:]


async def _some_of_it(chance: random.Random, projector: Projector, council: str) -> None:
    """Caught up, or interrupted somewhere on the way."""
    match chance.randrange(3):
        case 0:
            await projector.catch_up(council)
        case 1:
            generation = await projector.live(council)
            await projector.note(council, generation)
            for _ in range(chance.randrange(4)):
                await projector.assess(council, generation, most=2)


async def _assessed(database: Database, council: str, live: Stored) -> Stored:
    """What the ledger says of each stored subject, asked one at a time."""
    rows: dict[str, set[tuple[Any, ...]]] = {"timeline": set(), "situation": set()}
    for kind, identity, _ in live["subject"]:
        of = Subject(kind, identity)
        answered = await Assessor(database).ask(council, of.tag, partial(_standing, of))
        for name in rows:
            rows[name] |= set(standings.told(name, {of: answered.value}))
    return {name: frozenset(each) for name, each in rows.items()}


def _standing(of: Subject, facts: Facts) -> standings.Standing:
    return stand(of, facts)


def test_what_the_timeline_table_says_of_a_day_is_the_answer_of_that_day(
    luton: Council, database: embedded.Cluster
) -> None:
    """Also the date that stood as the due date."""
    send(luton, history(3))
    compared = asyncio.run(_days_compared(luton, database.service_url))
    assert compared > 100


async def _days_compared(council: Council, url: str) -> int:
    database, compared, chance = Database(url, pool_size=4), 0, random.Random(1)
    try:
        await Projector(database).catch_up(council.id)
        held = await stored(database, council.id)
        for kind, identity, _ in sorted(held["subject"], key=str):
            for _ in range(6):
                on = date.fromordinal(FIRST.toordinal() + chance.randrange(DAYS))
                answer = council.get(f"/v1/{kind}s/{identity}/compliance", as_at=on, include="not_applicable")
                if answer.status_code == 404:
                    continue
                findings = [f for f in answer.json()["findings"] if f["status"] != "not_applicable"]
                said = {f["rule"]: (f["status"], f["code"], f["due_on"]) for f in findings}
                said[""] = (answer.json()["status"], answer.json().get("code"), None)
                rows = [row for row in held["timeline"] if row[:2] == (kind, identity) and row[3] <= on <= row[4]]
                if rows:
                    assert {row[2]: (row[5], row[6], _due(row, on)) for row in rows} == said, (kind, identity, on)
                compared += len(rows)
    finally:
        await database.close()
    return compared


def _due(row: tuple[Any, ...], on: date) -> str | None:
    due = [due for since, due in zip(row[9], row[10], strict=True) if since <= on][-1]
    return due and due.isoformat()
