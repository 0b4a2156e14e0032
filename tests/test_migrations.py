"""The schema: what the code declares is what the migrations make, and a ledger is never undone by a downgrade."""

import asyncio
import secrets
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from alembic import command
from app import embedded, main, published, shipped, tidying  # noqa: F401 (so that tables are declared)
from app.db import Database, EarlierForm, alembic_config, metadata, migrate
from app.deployment_keys import DeploymentKeys
from app.events.councils import list_councils
from app.projections import catchup, jobs  # noqa: F401 (so that their tables are declared)
from app.recording import open_council


async def _query(url: str, sql: str, *, council: str | None = None) -> list[tuple]:
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.begin() as connection:
        if council is not None:
            await connection.execute(text("SELECT set_config('sv.tenant', :c, true)"), {"c": council})
        rows = [tuple(row) for row in await connection.execute(text(sql))]
    await engine.dispose()
    return rows


@pytest.fixture
def own(pytestconfig: pytest.Config) -> Iterator[embedded.Cluster]:
    """A PostgreSQL for one test that takes the schema away."""
    folder = Path(tempfile.mkdtemp(prefix="supervision-tests-", dir="/tmp"))
    folder.chmod(0o711)
    running = embedded.start(folder, version=pytestconfig.getoption("--postgres"))
    yield running
    running.stop()
    embedded.remove(folder)


def test_what_the_code_declares_is_what_the_migrations_make(database: embedded.Cluster) -> None:
    async def differences() -> list:
        engine = create_async_engine(database.owner_url, poolclass=pool.NullPool)
        async with engine.connect() as connection:
            found = await connection.run_sync(
                lambda sync: compare_metadata(MigrationContext.configure(sync, opts={"compare_type": True}), metadata)
            )
        await engine.dispose()
        # what a table is for is said in the migration alone, for who reads the database
        return [difference for difference in found if "comment" not in str(difference)]

    assert asyncio.run(differences()) == []


def test_migrating_again_changes_nothing(database: embedded.Cluster) -> None:
    before = asyncio.run(_query(database.owner_url, "SELECT version_num FROM alembic_version"))
    migrate(database.owner_url)
    assert asyncio.run(_query(database.owner_url, "SELECT version_num FROM alembic_version")) == before


def test_a_downgrade_refuses_on_a_database_with_events_and_changes_nothing(own: embedded.Cluster) -> None:
    migrate(own.owner_url)

    async def found() -> None:
        owner = Database(own.owner_url, pool_size=2)
        await open_council(
            owner,
            DeploymentKeys.single(secrets.token_bytes(32)),
            "luton",
            "Luton",
            datetime.now(UTC),
            shipped.calendar(),
        )
        await owner.close()

    asyncio.run(found())
    with pytest.raises(RuntimeError, match="council luton has events"):
        command.downgrade(alembic_config(own.owner_url), "base")
    assert asyncio.run(_query(own.owner_url, "SELECT count(*) FROM event", council="luton")) == [(1,)]


def _refuses_what_was_sealed_under_the_key_of_a_council(own: embedded.Cluster) -> None:
    command.downgrade(alembic_config(own.owner_url), "0010")
    asyncio.run(_query(own.owner_url, "INSERT INTO council VALUES ('luton', 'Luton', 'e', now()) RETURNING id"))
    name = "INSERT INTO directory VALUES ('luton', 'worker', 'W-1', 1, 'sealed', now(), 'x') RETURNING id"
    asyncio.run(_query(own.owner_url, name, council="luton"))
    with pytest.raises(EarlierForm, match=r"council luton has .* Nothing was changed: make a new database"):
        migrate(own.owner_url)
    assert asyncio.run(_query(own.owner_url, "SELECT version_num FROM alembic_version")) == [("0010",)]
    asyncio.run(_query(own.owner_url, "DELETE FROM directory RETURNING id", council="luton"))
    asyncio.run(_query(own.owner_url, "DELETE FROM council RETURNING id"))
    migrate(own.owner_url)


def test_an_empty_database_goes_down_and_up_again(own: embedded.Cluster) -> None:
    migrate(own.owner_url)
    command.downgrade(alembic_config(own.owner_url), "base")
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert asyncio.run(_query(own.owner_url, tables)) == [("alembic_version",)]
    migrate(own.owner_url)
    _refuses_what_was_sealed_under_the_key_of_a_council(own)

    async def councils() -> list:
        service = Database(own.service_url, pool_size=2)
        found = await list_councils(service)
        await service.close()
        return found

    assert asyncio.run(councils()) == []
