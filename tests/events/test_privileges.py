"""Row-level security shows the service's role and the owner nothing but the rows of the council that was named.

What each role is refused besides, by privilege and trigger: `tests/security/test_attacks.py`.
"""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.db import Database
from app.embedded import Cluster
from app.events import store
from app.events.stored import Append
from tests.serving import Served

Connection = asyncpg.Connection

TENANT_TABLES = ("head", "subject_key", "event", "event_text", "tag", "quarantine", "access_event")
NOTE = {
    "specversion": "1.0", "id": "1", "source": "urn:test:ehm", "type": "ActionAgreed",
    "data": {"action_id": "A-1", "agreed_on": "2025-03-03", "case_id": "C-1", "narrative": "Agreed to visit."},
}  # fmt: skip


@pytest.fixture(scope="module")
async def councils(database: Cluster, served: Served) -> tuple[str, str]:
    """Two councils with one event each, which has a text and tags."""
    pools = Database(database.service_url, pool_size=2)
    made = await served.keyring.found(database.owner_url), await served.keyring.found(database.owner_url)
    for council in made:
        await store.append(pools, council, [Append(await served.keyring.prepared(pools, council, [NOTE]))])
    await pools.close()
    return made


@pytest.fixture(params=["service", "owner"])
async def connection(request: pytest.FixtureRequest, database: Cluster) -> AsyncIterator[Connection]:
    """As the service's role, and as the owner's, in a transaction that is undone."""
    url = database.service_url if request.param == "service" else database.owner_url
    opened = await asyncpg.connect(url.replace("+asyncpg", ""))
    transaction = opened.transaction()
    await transaction.start()
    yield opened
    await transaction.rollback()
    await opened.close()


async def _named(connection: Connection, council: str) -> None:
    await connection.execute("SELECT set_config('sv.tenant', $1, true)", council)


async def _counts(connection: Connection) -> dict[str, int]:
    return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in TENANT_TABLES}


async def test_without_a_council_no_row_is_seen(connection: Connection, councils: tuple[str, str]) -> None:
    assert councils
    assert await _counts(connection) == dict.fromkeys(TENANT_TABLES, 0)


async def test_an_empty_council_is_no_council(connection: Connection, councils: tuple[str, str]) -> None:
    assert councils
    await _named(connection, "")
    assert await _counts(connection) == dict.fromkeys(TENANT_TABLES, 0)


async def test_one_councils_rows_are_seen_and_no_others(connection: Connection, councils: tuple[str, str]) -> None:
    await _named(connection, councils[0])
    seen = await _counts(connection)
    assert seen == {
        "head": 1,
        "subject_key": 2,
        "event": 1,
        "event_text": 1,
        "tag": 2,
        "quarantine": 0,
        "access_event": 0,
    }
    for table in TENANT_TABLES:
        others = await connection.fetchval(f"SELECT count(*) FROM {table} WHERE tenant <> $1", councils[0])
        assert others == 0, table


EVENT_ROW = """
    INSERT INTO event (tenant, position, source, id, type, recordedtime, recordedby, body, digest)
    VALUES ($1, 9, 'urn:x', '9', 'ActionAgreed', now(), 'x', '', '')
"""


@pytest.mark.parametrize(
    "statement",
    [
        EVENT_ROW,
        "INSERT INTO tag (tenant, tag, position) VALUES ($1, 'case/C-1', 9)",
        "INSERT INTO event_text VALUES ($1, 9, 'narrative', 'case/C-1', 1, '', '')",
        "INSERT INTO subject_key VALUES ($1, 'case/C-9', 1, 1, '', now())",
    ],
)
async def test_a_row_of_another_council_cannot_be_written(
    connection: Connection, councils: tuple[str, str], statement: str
) -> None:
    await _named(connection, councils[0])
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await connection.execute(statement, councils[1])


async def test_copy_into_a_councils_table_is_refused(connection: Connection, councils: tuple[str, str]) -> None:
    await _named(connection, councils[0])
    with pytest.raises(asyncpg.FeatureNotSupportedError, match="row-level security"):
        await connection.copy_records_to_table("tag", records=[(councils[0], "case/C-1", 9)])
