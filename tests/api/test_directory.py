"""The directory: names kept encrypted beside the ledger, for those who may see them, changed and erased at will."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from app.db import Database
from app.directory import names_of
from app.embedded import Cluster
from app.events.councils import Access
from app.events.vault import Unreadable
from tests.councils import Council
from tests.serving import Served

WORKER, TEAM = "/v1/directory/workers/W-1001", "/v1/directory/teams/T-101"
AMINA = {"name": "Amina Canary-Example", "email": "amina@canary.example"}


@pytest.fixture
def another(served: Served, database: Cluster) -> Iterator[Council]:
    with Council.new(served, database.owner_url) as made:
        yield made


def put(council: Council, path: str, body: Any) -> httpx.Response:
    return council.client.put(path, json=body)


def rows(database: Cluster, council: str, sql: str = "SELECT * FROM directory", **values: Any) -> list[tuple]:
    """What stands in the table, as its owner sees it."""

    async def ask() -> list[tuple]:
        engine = create_async_engine(database.owner_url, poolclass=pool.NullPool)
        async with engine.begin() as connection:
            await connection.execute(text("SELECT set_config('sv.tenant', :c, true)"), {"c": council})
            found = await connection.execute(text(sql), values)
            given = [tuple(row) for row in found] if found.returns_rows else []
        await engine.dispose()
        return given

    return asyncio.run(ask())


def named(council: Council, database: Cluster, kind: Any, ids: list[str]) -> dict[str, str]:
    """`names_of`, as the service itself would ask."""

    async def ask() -> dict[str, str]:
        own = Database(database.service_url, pool_size=1)
        access: Access = await council.served.keyring.councils(own).access(council.id)
        try:
            return await names_of(own, access, kind, ids)
        finally:
            await own.close()

    return asyncio.run(ask())


def test_a_name_is_kept_changed_and_read(council: Council) -> None:
    answer = put(council, WORKER, AMINA)
    assert (answer.status_code, answer.json()) == (201, {"type": "worker", "id": "W-1001", **AMINA})
    assert put(council, WORKER, AMINA).status_code == 200
    assert council.get(WORKER).json() == answer.json()
    assert put(council, WORKER, {"name": " Amina Married "}).json()["email"] is None
    assert council.get(WORKER).json() == {"type": "worker", "id": "W-1001", "name": "Amina Married", "email": None}
    assert council.get(WORKER).headers["Cache-Control"] == "private, no-store"


def test_teams_have_names_of_their_own(council: Council) -> None:
    assert put(council, TEAM, {"name": "Family Safeguarding North"}).status_code == 201
    put(council, "/v1/directory/workers/T-101", {"name": "Nobody's Team"})
    assert council.get(TEAM).json() == {"type": "team", "id": "T-101", "name": "Family Safeguarding North"}


def test_names_are_encrypted_where_they_lie(council: Council, database: Cluster) -> None:
    put(council, WORKER, AMINA)
    (row,) = rows(database, council.id)
    stored = b" ".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    assert b"W-1001" in stored
    assert b"anary" not in stored
    assert rows(database, council.id, "SELECT octet_length(ciphertext) > 28 FROM directory") == [(True,)]


def test_the_same_name_twice_is_not_the_same_ciphertext(council: Council, database: Cluster) -> None:
    for worker in ("W-1", "W-2"):
        put(council, f"/v1/directory/workers/{worker}", AMINA)
    one, other = rows(database, council.id, "SELECT ciphertext FROM directory ORDER BY id")
    assert one != other


def test_a_ciphertext_opens_for_its_own_identifier_only(council: Council, database: Cluster) -> None:
    put(council, WORKER, AMINA)
    put(council, "/v1/directory/workers/W-2", {"name": "Ben"})
    swap = "UPDATE directory SET ciphertext = (SELECT ciphertext FROM directory WHERE id = 'W-1001') WHERE id = 'W-2'"
    rows(database, council.id, swap)
    with pytest.raises(Unreadable):
        named(council, database, "worker", ["W-2"])


def test_another_council_sees_no_name_and_changes_none(council: Council, another: Council, database: Cluster) -> None:
    put(council, WORKER, AMINA)
    assert another.get(WORKER).status_code == 404
    assert another.client.delete(WORKER).status_code == 204
    assert put(another, WORKER, {"name": "Somebody Else"}).status_code == 201
    assert council.get(WORKER).json()["name"] == AMINA["name"]
    assert named(another, database, "worker", ["W-1001"]) == {"W-1001": "Somebody Else"}
    assert len(rows(database, council.id)) == len(rows(database, another.id)) == 1


def test_an_erased_name_is_gone_from_the_table(council: Council, database: Cluster) -> None:
    put(council, WORKER, AMINA)
    answer = council.client.delete(WORKER)
    assert (answer.status_code, answer.content) == (204, b"")
    gone = council.get(WORKER)
    assert (gone.status_code, gone.json()["code"]) == (404, "not_in_directory")
    assert rows(database, council.id) == []
    assert council.client.delete(WORKER).status_code == 204
    assert put(council, WORKER, AMINA).status_code == 201


def test_many_names_come_at_once_and_only_those_that_there_are(council: Council, database: Cluster) -> None:
    put(council, WORKER, AMINA)
    put(council, TEAM, {"name": "North"})
    assert named(council, database, "worker", ["W-1001", "W-9", "T-101"]) == {"W-1001": AMINA["name"]}
    assert named(council, database, "team", ["T-101"]) == {"T-101": "North"}
    assert named(council, database, "team", []) == {}


def test_no_event_and_no_answer_holds_a_name(luton: Council) -> None:
    position = luton.tell("WorkerStarted", worker_id="W-1001", started_on="2025-01-01", role="social_worker",
                          service="assessment")  # fmt: skip
    put(luton, WORKER, AMINA)
    answer = luton.get("/v1/workers/W-1001/compliance")
    assert answer.json()["position"] == position
    assert "Canary" not in answer.text
    assert "Canary" not in luton.get("/v1/workers/W-1001/timeline.svg").text


BAD: list[tuple[Any, str]] = [
    ({}, "/name"), ({"name": ""}, "/name"), ({"name": "   "}, "/name"), ({"name": "x" * 201}, "/name"),
    ({"name": 7}, "/name"), ({"name": None}, "/name"), ({"name": "two\nlines"}, "/name"),
    ({"name": "\u202eanimA"}, "/name"),
    ({"name": "A", "email": "nobody"}, "/email"), ({"name": "A", "email": "a@b c"}, "/email"),
    ({"name": "A", "email": "a@" + "b" * 260}, "/email"), ({"name": "A", "phone": "1"}, ""), ([], ""), ("name", ""),
]  # fmt: skip


@pytest.mark.parametrize(("body", "pointer"), BAD)
def test_what_is_no_name_is_refused_by_field_and_not_repeated(council: Council, body: Any, pointer: str) -> None:
    answer = put(council, WORKER, body)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert "animA" not in answer.text
    assert council.get(WORKER).status_code == 404


def test_a_body_that_is_too_long_or_not_json_is_refused(council: Council) -> None:
    kind = {"Content-Type": "application/json"}
    assert council.client.put(WORKER, content=b'{"name": "', headers=kind).status_code == 400
    assert council.client.put(WORKER, content=b" " * 20_000, headers=kind).status_code == 413
    assert council.client.put(WORKER, content=b"name=A", headers={"Content-Type": "text/plain"}).status_code == 415
    assert put(council, TEAM, {"name": "North", "email": "a@b"}).status_code == 422
    assert put(council, "/v1/directory/workers/%20", AMINA).status_code == 422


@pytest.mark.parametrize(
    ("scope", "allowed"), [("names:read", {"GET"}), ("directory:write", {"PUT", "DELETE"}), ("state:read", set())]
)
def test_reading_and_writing_names_need_their_own_scopes(council: Council, scope: str, allowed: set[str]) -> None:
    put(council, WORKER, AMINA)
    with council.as_client(scope=scope) as other:
        answers = {
            "GET": other.get(WORKER),
            "PUT": other.put(WORKER, json=AMINA),
            "DELETE": other.delete(WORKER),
        }
    assert {method for method, answer in answers.items() if answer.status_code != 403} == allowed


def test_no_name_reaches_a_log(council: Council, database: Cluster) -> None:
    canary = f"Canary-{council.id}"
    put(council, WORKER, {"name": canary, "email": f"{canary}@example.org"})
    put(council, WORKER, {"name": canary + "\n"})
    put(council, WORKER, {"name": "A", canary: canary})
    council.get(WORKER)
    council.client.delete(WORKER)
    for log in (council.served.log, *database.folder.rglob("*.log")):
        assert canary not in log.read_text(errors="replace")
