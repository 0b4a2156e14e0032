"""The registry in PostgreSQL: every change reaches every process, in whatever order transactions end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert

from app.db import Database
from app.embedded import Cluster
from app.errors import Conflict, Unauthorised
from app.security import Actor, Roster, registry
from app.security.claims import Claimed
from app.security.registry import Client, Kind, identity
from app.security.roster import of_database
from tests.serving import Served

NOW = datetime(2025, 4, 4, 12, tzinfo=UTC)


@pytest.fixture
async def service(database: Cluster) -> AsyncIterator[Database]:
    connected = Database(database.service_url, pool_size=3)
    yield connected
    await connected.close()


@pytest.fixture
async def council(served: Served, database: Cluster) -> str:
    return await served.keyring.found(database.owner_url)


async def is_revoked(roster: Roster, council: str, client: str) -> bool:
    try:
        await roster.admit(Claimed(Actor(council, client, frozenset())))
    except Unauthorised:
        return True
    return False


async def test_a_change_that_is_committed_late_is_not_passed_over(service: Database, council: str) -> None:
    roster = Roster(of_database(service))
    await roster.look()
    async with service.write(council) as slow:
        row = {"tenant": council, "kind": "client", "id": "slow", "revoked_at": NOW, "revoked_by": "admin"}
        await slow.execute(insert(identity).values(row))
        await registry.revoke(service, council, "client", "quick", by="admin", now=NOW)
        await roster.look()
        assert await is_revoked(roster, council, "quick")
        assert not await is_revoked(roster, council, "slow")
    await roster.look()
    assert await is_revoked(roster, council, "slow")
    await registry.lift(service, council, "client", "quick")
    await roster.look()
    assert not await is_revoked(roster, council, "quick")


async def test_what_has_not_changed_is_not_read_again(service: Database, council: str) -> None:
    read = of_database(service)
    since, first = await read(0)
    assert [change for change in first if change.council == council] == []
    await registry.revoke(service, council, "person", "oid-1", by="admin", now=NOW)
    since, changed = await read(since)
    assert [(change.kind, change.id, change.revoked) for change in changed if change.council == council] == [
        ("person", "oid-1", True)
    ]
    _, again = await read(since)
    assert [change for change in again if change.council == council] == []


async def test_a_revocation_outlives_registering_and_removing(service: Database, council: str) -> None:
    given = {"by": "admin", "now": NOW}
    await registry.revoke(service, council, "client", "c", **given)
    assert await registry.find(service, council, "client", "c") is None
    assert await registry.register(service, council, "client", "c", Client(label="C"), **given)
    assert not await registry.register(service, council, "client", "c", Client(label="D"), **given)
    await registry.change(service, council, "client", "c", lambda _: None, **given)
    assert await registry.change(service, council, "client", "c", lambda each: each, **given) is None
    assert [each.id for each in await registry.revoked(service, council, ("", ""), 10)] == ["c"]


async def test_administrators_at_once_lose_nothing(service: Database, council: str) -> None:
    kinds: list[tuple[Kind, str]] = [("client", f"c-{number % 5}") for number in range(20)]
    await asyncio.gather(*(registry.revoke(service, council, kind, name, by="admin", now=NOW) for kind, name in kinds))
    assert len(await registry.revoked(service, council, ("", ""), 100)) == 5


async def test_a_council_has_so_many_identities_and_no_more(
    service: Database, council: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "MOST", 1)
    await registry.revoke(service, council, "client", "one", by="admin", now=NOW)
    await registry.revoke(service, council, "client", "one", by="admin", now=NOW)
    with pytest.raises(Conflict, match="at most"):
        await registry.revoke(service, council, "client", "two", by="admin", now=NOW)
