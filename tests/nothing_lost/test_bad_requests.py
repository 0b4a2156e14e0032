"""Bad requests among good ones, in the same groups: each is told its own fault, and nobody else notices."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import asyncpg
import httpx
import pytest

from app.db import Database
from app.embedded import Cluster
from app.events.queue import AppendQueue
from app.events.stored import APPENDED, Append
from tests.nothing_lost.facts import Event, fact
from tests.nothing_lost.journal import Journal, faults
from tests.nothing_lost.weakened import NoSecondTry, Weakened, program
from tests.nothing_lost.writers import client, push
from tests.serving import SERVE, Keyring, Served, serving

RAISES = (
    "    IF NOT 0 = ANY (verdicts) THEN",
    "    IF 2 = ANY (verdicts) THEN RAISE EXCEPTION 'conflict'; END IF;\n    IF NOT 0 = ANY (verdicts) THEN",
)
"""A store that raises where ours gives a verdict: one conflict undoes the transaction of all."""

BAD: dict[str, tuple[int, str]] = {
    "invalid": (422, "invalid_event"),
    "conflicting": (409, "event_conflict"),
    "too late": (412, "position_moved"),
    "partly conflicting": (409, "event_conflict"),
}


async def _bad(http: httpx.AsyncClient, kind: str) -> tuple[int, str]:
    """One request that must be refused; fact 0 is recorded already. The answer's status and code."""
    other = fact(0) | {"data": fact(0)["data"] | {"agreed_on": "2025-03-04"}}
    unsent = fact(999_999)
    condition = {"expected_position": "0", "tag": "case/C-0"}
    sent: dict[str, tuple[Event | list[Event], dict[str, str]]] = {
        "invalid": ({**unsent, "data": {"action_id": "A-999999", "agreed_on": "2025-02-30"}}, {}),
        "conflicting": (other, {}),
        "too late": (unsent, condition),
        "partly conflicting": ([unsent, other], {}),
    }
    body, params = sent[kind]
    answer = await http.post("/v1/events", json=body, params=params)
    return answer.status_code, answer.json()["code"]


async def _mixed(served: Served, council: str, rounds: int) -> tuple[Journal, Counter[tuple[str, int, str]]]:
    """Good writers, repeats of what is there, and every kind of bad request, all at once."""
    journal, told = Journal(), Counter[tuple[str, int, str]]()
    async with client(served, council) as http:
        await push(http, [fact(next(journal.numbers))], journal)

        async def refuse(kind: str) -> None:
            for _ in range(rounds):
                told[(kind, *await _bad(http, kind))] += 1

        async def write() -> None:
            for _ in range(rounds):
                await push(http, [fact(next(journal.numbers))], journal)
                await push(http, [fact(0)], journal)

        async with asyncio.TaskGroup() as group:
            for kind in BAD:
                group.create_task(refuse(kind))
                group.create_task(refuse(kind))
            for _ in range(12):
                group.create_task(write())
    return journal, told


async def test_a_bad_request_in_a_group_is_told_its_fault_and_harms_nobody_else(
    database: Cluster, served: Served, council_id: str, scale: int
) -> None:
    rounds = 8 * scale
    journal, told = await _mixed(served, council_id, rounds)
    assert told == {(kind, *answer): 2 * rounds for kind, answer in BAD.items()}
    assert len(journal.acknowledged) == 1 + 12 * rounds
    assert await faults(journal, database, council_id) == []


@pytest.mark.parametrize(("server", "harmed"), [(SERVE, False), (program("no-second-try"), True)])
async def test_a_request_that_breaks_the_transaction_of_its_group_harms_only_itself(
    database: Cluster, own_folder: Path, keyring: Keyring, weakened: Weakened, server: tuple[str, ...], harmed: bool
) -> None:
    """Where the store raises instead of judging, the second try, one by one, saves the others. Control: no such try."""
    owner_url, service_url = await weakened.database(f"raises_{harmed}", append=[RAISES])
    council = await keyring.found(owner_url)
    with serving(database, own_folder, keyring=keyring, database_url=service_url, program=server) as served:
        journal, _ = await _mixed(served, council, rounds=5)
    found = await faults(journal, database, council, database_url=owner_url)
    assert any(fault.startswith("answered 500") for fault in found) == harmed, found


@pytest.mark.parametrize(("queue", "harmed"), [(AppendQueue, False), (NoSecondTry, True)])
async def test_an_event_that_postgresql_itself_refuses_fails_alone(
    database: Cluster, keyring: Keyring, council_id: str, queue: type[AppendQueue], harmed: bool
) -> None:
    """A NUL passes no validation; here it goes straight to the queue, to be what nobody thought of."""
    pools = Database(database.service_url, pool_size=2)
    try:
        *good, poisoned = await keyring.prepared(pools, council_id, [fact(number) for number in range(21)])
        poison = replace(poisoned, tags=("case/\0",))
        writer = queue(pools, council_id)
        answers = await asyncio.gather(
            *(writer.submit(Append([event])) for event in [*good[:10], poison, *good[10:]]), return_exceptions=True
        )
    finally:
        await pools.close()
    failed = [index for index, answer in enumerate(answers) if isinstance(answer, BaseException)]
    assert 10 in failed
    assert isinstance(answers[10], asyncpg.PostgresError)
    assert (failed != [10]) == harmed
    assert all(answer[0].code == APPENDED for answer in answers if not isinstance(answer, BaseException))
