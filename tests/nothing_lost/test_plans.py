"""What a look-up costs does not grow with the ledger: counted in pages and in scans by PostgreSQL itself.

The statements inside the ledger's functions cannot be explained one by one, so the functions are run, and undone, under
EXPLAIN (ANALYZE, BUFFERS): an index of which not all columns are used, or a table read from end to end, shows as pages.
Statements that the service sends as they are must use every column that they name of their index.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

import asyncpg
import pytest
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql import asyncpg as dialect

from app.db import APPENDER, WRITER, Database
from app.embedded import Cluster
from app.events import store
from app.events.stored import Append, Condition, NewEvent
from tests.nothing_lost.facts import SOURCE, Event, fact
from tests.nothing_lost.weakened import Weakened
from tests.serving import Keyring

STORED, CORRECTED = 3_000, 500
PAGES_AN_EVENT = 45
"""A dozen index entries go in, three pages deep each, and a text's key is looked up; reading a table once would take
hundreds."""
PAGES_A_READ = 50
NO_INDEX = """
    DROP INDEX event_source_id; DROP INDEX event_target;
    ALTER TABLE event DROP CONSTRAINT event_pkey; ALTER TABLE tag DROP CONSTRAINT tag_pkey
"""


class Ledger:
    """One council with a few thousand events, and a plain connection."""

    def __init__(self, council: str, connection: "asyncpg.Connection[Any]", more: list[NewEvent]) -> None:
        self.council, self.connection, self.more = council, connection, more

    async def explained(
        self, sql: str, *arguments: Any, settings: Mapping[str, str] = WRITER, first: str = ""
    ) -> tuple[dict[str, Any], dict[str, int]]:
        """Run a statement, and undo it: its plan with costs, and how often each table was read from end to end.

        Twice, since the first time the catalogue is read as well.
        """
        first = "".join(f"SET LOCAL {name} = {value};" for name, value in settings.items()) + first
        await self._explained(sql, *arguments, first=first)
        return await self._explained(sql, *arguments, first=first)

    async def _explained(self, sql: str, *arguments: Any, first: str) -> tuple[dict[str, Any], dict[str, int]]:
        transaction = self.connection.transaction()
        await transaction.start()
        try:
            await self.connection.execute(first)
            await self.connection.execute("SELECT set_config('sv.tenant', $1, true)", self.council)
            found = await self.connection.fetchval(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", *arguments)
            scans = await self.connection.fetch("SELECT relname, seq_scan FROM pg_stat_xact_user_tables")
        finally:
            await transaction.rollback()
        return json.loads(found)[0]["Plan"], {row["relname"]: row["seq_scan"] for row in scans}

    async def append(self, first: str = "") -> tuple[int, dict[str, int]]:
        """Pages and scans of appending a hundred events, of which half are there already, under a condition."""
        condition = Condition(STORED + CORRECTED, ("case/C-5",))
        group = [Append([event]) for event in self.more[:-1]] + [Append([self.more[-1]], condition=condition)]
        plan, scans = await self.explained(
            store._APPEND, *store._Columns(self.council, group).arguments(), settings=APPENDER, first=first
        )  # fmt: skip
        return _pages(plan), scans

    async def read(self, first: str = "") -> tuple[int, dict[str, int]]:
        """Pages and scans of reading the few events of one case."""
        plan, scans = await self.explained(store._TAGGED, self.council, ["case/C-77"], [0], [None], first=first)
        assert plan["Actual Rows"] == 2
        return _pages(plan), scans


async def _prepared(service_url: str, keyring: Keyring, council: str) -> list[NewEvent]:
    """Corrections, then facts, ready to be stored."""
    pools = Database(service_url, pool_size=2)
    told = [_correction(number) for number in range(CORRECTED)] + [fact(number) for number in range(STORED + 50)]
    try:
        return await keyring.prepared(pools, council, told)
    finally:
        await pools.close()


async def _fill(connection: "asyncpg.Connection[Any]", council: str, events: list[NewEvent]) -> None:
    for at in range(0, CORRECTED + STORED, 500):
        group = [Append(events[at : at + 500])]
        await connection.fetch(store._APPEND, *store._Columns(council, group).arguments())


@pytest.fixture(scope="module")
async def ledger(database: Cluster, keyring: Keyring) -> AsyncIterator[Ledger]:
    """Filled, with fresh statistics."""
    council = await keyring.found(database.owner_url)
    events = await _prepared(database.service_url, keyring, council)
    connection = await asyncpg.connect(database.service_url.replace("+asyncpg", ""))
    await _fill(connection, council, events)
    await connection.execute("SELECT refresh_statistics()")
    yield Ledger(council, connection, events[-100:])
    await connection.close()


@pytest.fixture
async def as_owner(ledger: Ledger, database: Cluster) -> AsyncIterator[Ledger]:
    """The same, for who may take indexes away."""
    connection = await asyncpg.connect(database.owner_url.replace("+asyncpg", ""))
    yield Ledger(ledger.council, connection, ledger.more)
    await connection.close()


def _correction(number: int) -> Event:
    """Of a fact that nothing else is asked about."""
    corrects, data = {"source": SOURCE, "id": f"fact-{number + 1_000}"}, {"due_on": "2025-04-01"}
    return {
        "specversion": "1.0", "id": f"correction-{number}", "source": SOURCE, "type": "EventCorrected",
        "data": {"corrects": corrects, "data": data},
    }  # fmt: skip


def _pages(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


async def test_an_append_touches_a_few_pages_an_event_and_reads_no_table_through(ledger: Ledger) -> None:
    pages, scans = await ledger.append()
    assert pages < 100 * PAGES_AN_EVENT
    assert {table: scans[table] for table in ("event", "event_text", "tag")} == {"event": 0, "event_text": 0, "tag": 0}


async def test_reading_one_case_touches_a_few_pages_and_reads_no_table_through(ledger: Ledger) -> None:
    pages, scans = await ledger.read()
    assert pages < PAGES_A_READ
    assert {table: scans[table] for table in ("event", "tag")} == {"event": 0, "tag": 0}


async def test_plans_made_while_the_ledger_was_empty_do_no_harm_when_it_has_grown(
    keyring: Keyring, weakened: Weakened
) -> None:
    """In one session, without new statistics: as a pooled connection of a young council has it."""
    owner_url, service_url = await weakened.database("young")
    council = await keyring.found(owner_url)
    events = await _prepared(service_url, keyring, council)
    connection = await asyncpg.connect(service_url.replace("+asyncpg", ""))
    young = Ledger(council, connection, events[-100:])
    for _ in range(4):  # undone each time
        await young.append()
    await _fill(connection, council, events)
    assert (await young.append())[0] < 100 * PAGES_AN_EVENT
    assert (await young.read())[0] < PAGES_A_READ
    await connection.close()


async def test_control_without_their_indexes_both_show(as_owner: Ledger) -> None:
    appended, scans = await as_owner.append(NO_INDEX)
    assert appended > 100 * PAGES_AN_EVENT
    assert scans["event"] > 0
    read, scans = await as_owner.read(NO_INDEX)
    assert read > PAGES_A_READ
    assert scans["tag"] > 0


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


def _conditions(plan: dict[str, Any]) -> dict[str, str]:
    """Index → the condition it is searched with; a table that is read through stands for itself."""
    nodes = list(_nodes(plan))
    searched = {node["Index Name"]: node.get("Index Cond", "") for node in nodes if "Index Name" in node}
    return searched | {f"all of {node['Relation Name']}": "" for node in nodes if node["Node Type"] == "Seq Scan"}


FORESEEN = {"sources": [SOURCE], "ids": ["fact-1"], "fingerprints": [b""]}


@pytest.mark.parametrize(
    ("statement", "given", "index", "columns"),
    [
        (store._FORESEE, FORESEEN, "event_source_id", ("source", "id")),
        (store._ABOUT, {"source": SOURCE, "id": "fact-1"}, "event_source_id", ("source", "id")),
        (store._ABOUT, {"source": SOURCE, "id": "fact-1"}, "event_target", ("target_source", "target_id")),
        (store._FURTHEST, {"tags": ["case/C-1"]}, "tag_pkey", ("tag",)),
    ],
)
async def test_a_statement_searches_its_index_by_every_column(
    ledger: Ledger, statement: TextClause, given: dict[str, Any], index: str, columns: tuple[str, ...]
) -> None:
    compiled = statement.compile(dialect=dialect.dialect())
    plan, _ = await ledger.explained(str(compiled), *(given[name] for name in compiled.positiontup or ()))
    conditions = _conditions(plan)
    assert index in conditions, plan
    assert all(f"{column} =" in conditions[index] for column in ("tenant", *columns)), conditions
    assert not any(name.startswith("all of") for name in conditions), conditions
