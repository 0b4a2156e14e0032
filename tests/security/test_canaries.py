"""Marks planted in texts, names, refused lines, tokens and keys are found in no log, problem, metric or file in clear.

They go through every address, also such as fail, and through a failing INSERT into every table. A control shows each
time that the search would have found one.
"""

import json
import re
import secrets
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import asyncpg
import httpx
import pytest

from app.embedded import Cluster
from tests.api.test_any_request import OPERATIONS
from tests.councils import Council
from tests.serving import Served

LITERALS = {
    "text": "'{0}'", "character varying(32)": "'{0}'", "bytea": "convert_to('{0}', 'UTF8')",
    "jsonb": "jsonb_build_object('x', '{0}')", "text[]": "ARRAY['{0}']", "boolean": "true", "integer": "1",
    "bigint": "1", "date": "current_date", "timestamp with time zone": "now()", "date[]": "ARRAY[current_date]",
    "bigint[]": "ARRAY[1]::bigint[]",
}  # fmt: skip
"""How a mark is put into a column of each type."""
COLUMNS = """
    SELECT c.relname, array_agg(ARRAY[a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text]
        ORDER BY a.attnum)
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' GROUP BY c.relname ORDER BY c.relname
"""


def mark(what: str) -> str:
    return f"Canary{what}{secrets.token_hex(6)}"


@dataclass
class Planted:
    """A council in which marks are planted: `sealed` lie nowhere in clear; `known` may lie in tables, not in logs."""

    council: Council
    sealed: list[str]
    known: list[str]
    problems: list[httpx.Response]

    @property
    def all(self) -> list[str]:
        return [*self.sealed, *self.known]


@pytest.fixture(scope="module")
def planted(served: Served, database: Cluster) -> Iterator[Planted]:
    with Council.new(served, database.owner_url) as council:
        text, name, refused, forged, query, field = map(mark, ("text", "name", "line", "token", "query", "field"))
        worker, case, event = (mark(each) for each in ("W", "C", "E"))
        signature = str(council.client.headers["Authorization"]).rpartition(".")[2]
        planted = Planted(council, [text, name, refused, forged, field, signature], [worker, case, event, query], [])
        _tell(council, worker, case, event, text, name, refused)
        planted.problems += _through_every_address(council, case, text, forged, query, field)
        yield planted


def _tell(council: Council, worker: str, case: str, event: str, text: str, name: str, refused: str) -> None:
    told = {"case_id": case, "discussed_on": "2025-03-03", "depth": "full", "setting": "individual"}
    council.tell("CaseDiscussed", id=event, narrative=text, worker_id=worker, **told)
    council.tell("AbsenceStarted", worker_id=worker, started_on="2025-06-02", narrative=text)
    assert council.post(council.event("CaseDiscussed", id=event, narrative=f"other {text}", **told)).status_code == 409
    council.client.put(f"/v1/directory/workers/{worker}", json={"name": name}).raise_for_status()
    lines = json.dumps({"specversion": "1.0", "data": {"narrative": refused}}) + "\n"
    council.client.post("/v1/events", content=lines, headers={"Content-Type": "application/x-ndjson"})
    assert len(council.get("/v1/quarantine").json()["items"]) == 1


def _through_every_address(
    council: Council, case: str, text: str, forged: str, query: str, field: str
) -> Iterator[httpx.Response]:
    """Each address: with marks in path, query and body; and with marks in the token."""
    for operation in OPERATIONS:
        method, _, path = operation.partition(" ")
        address = re.sub(r"\{\w+\}", case, path)
        body = None if method in ("GET", "DELETE") else {"narrative": text, field: text, "policy_yaml": f"{text}: ["}
        yield council.client.request(method, address, params={"nonsense": query}, json=body)
        yield council.client.request(method, address, json=body)
        yield council.client.request(method, address, headers={"Authorization": f"Bearer {forged}.{forged}.x"})


@pytest.fixture
async def superuser(database: Cluster) -> AsyncIterator[asyncpg.Connection]:
    password = json.loads((database.folder / "passwords.json").read_text())["postgres"]
    socket = str(database.postmaster.socket)
    connection = await asyncpg.connect(host=socket, user="postgres", password=password, database="supervision")
    yield connection
    await connection.close()


def test_no_problem_repeats_a_text_a_name_or_a_token(planted: Planted) -> None:
    refused = [answer for answer in planted.problems if answer.status_code >= 400]
    assert len(refused) > 2 * len(OPERATIONS)
    assert not [answer for answer in refused if answer.status_code >= 500 and "/health" not in answer.url.path]
    text, name, line, forged, _, signature = planted.sealed  # a field's name is told: where the fault is
    assert any("/query/nonsense" in answer.text for answer in refused), "the control: what is sent can be found again"
    marks = (text, name, line, forged, signature)
    assert [(answer.url.path, found) for answer in refused for found in marks if found in answer.text] == []


def test_no_log_line_of_the_service_and_no_metric_holds_one(planted: Planted) -> None:
    for where, told in (
        ("log", planted.council.served.log.read_text(errors="replace")),
        ("metrics", planted.council.get("/metrics").text),
    ):
        assert "/v1/cases/{case_id}/compliance" in told, "the control: these requests are in there"
        assert [found for found in planted.all if found in told] == [], where
    assert planted.council.id in planted.council.served.log.read_text(errors="replace")


@pytest.mark.parametrize("role", ["service", "owner"])
async def test_postgresqls_own_log_holds_nothing_of_a_row_that_it_refuses(
    database: Cluster, planted: Planted, role: str
) -> None:
    log, marked = database.folder / "postgres.log", mark("row")
    before = log.stat().st_size
    url = database.service_url if role == "service" else database.owner_url
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    refused: dict[str, Counter[str]] = {}
    for table, columns in await connection.fetch(COLUMNS):
        refused[table] = Counter(
            [await _refusal(connection, planted.council.id, each) for each in _inserts(table, columns, planted, marked)]
        )
    with pytest.raises(asyncpg.RaiseError):
        await connection.execute(f"DO $$ BEGIN RAISE EXCEPTION 'control {role} {marked[::-1]}'; END $$")
    await connection.close()
    written = log.read_bytes()[before:].decode(errors="replace")
    assert f"control {role} {marked[::-1]}" in written
    assert [found for found in [marked, *planted.all] if found in written] == []
    shapes = sum((each for each in refused.values()), Counter())
    assert shapes.keys() >= ({"23502", "23505", "23514"} if role == "owner" else {"23502", "23505", "42501"})
    assert [
        table for table, found in refused.items() if not any(code.startswith(("23", "42501")) for code in found)
    ] == []


def _inserts(table: str, columns: list[list[str]], planted: Planted, marked: str) -> Iterator[list[str]]:
    """Statements of which the last fails: nothing in a column that must have something; checks; the same row twice."""
    values = {
        name: f"'{planted.council.id}'" if name == "tenant" else LITERALS[kind].format(marked)
        for name, kind, _ in columns
    }
    names = ", ".join(f'"{name}"' for name in values)
    needed = [name for name, _, needed in columns if needed == "true" and name != "tenant"]
    whole = f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE"
    for missing in needed[-1:]:
        yield [f"{whole} VALUES ({', '.join((values | {missing: 'NULL'}).values())})"]
    yield [f"{whole} VALUES ({', '.join(values.values())})"] * 2
    yield [f"{whole} SELECT {names} FROM {table} LIMIT 1"]


async def _refusal(connection: asyncpg.Connection, council: str, statements: list[str]) -> str:
    """The SQLSTATE that they come to, in a transaction that is undone; nothing if they do not fail."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute("SELECT set_config('sv.tenant', $1, true)", council)
        for statement in statements:
            await connection.execute(statement)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    finally:
        await transaction.rollback()
    return ""


async def test_no_file_of_the_database_holds_a_text_a_name_or_a_token_in_clear(
    database: Cluster, planted: Planted, superuser: asyncpg.Connection
) -> None:
    await superuser.execute("CHECKPOINT")
    data = str(database.home / "data")

    def held(marks: list[str]) -> list[str]:
        asked = [part for each in marks for part in ("-e", each)]
        done = subprocess.run(["grep", "-rlasF", *asked, data], capture_output=True, text=True, check=False)
        return done.stdout.splitlines()

    assert held(planted.known[:1]), "the control: an identifier is in clear, and is found"
    assert held(planted.sealed) == []
