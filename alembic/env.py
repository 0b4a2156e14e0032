"""Runs migrations as the owner, with a bound on how long one may wait for a lock."""

import asyncio

from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from alembic import context
from app import directory  # noqa: F401  (its table belongs to the metadata)
from app.config import OwnerSettings
from app.db import metadata
from app.events import councils, quarantine, store  # noqa: F401  (their tables belong to the metadata)
from app.projections import generations, noting, standings  # noqa: F401  (theirs too)


def run(connection: Connection) -> None:
    """One transaction for all pending migrations: a failed one leaves nothing behind."""
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        connection.execute(text("SET LOCAL lock_timeout = '10s'"))
        context.run_migrations()


async def main() -> None:
    """Connect as the owner whose address was passed by the caller, or stands in the environment."""
    url = context.config.attributes.get("url") or OwnerSettings().owner_database_url.get_secret_value()
    engine = create_async_engine(url, poolclass=pool.NullPool, hide_parameters=True)
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


asyncio.run(main())
