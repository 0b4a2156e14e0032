"""The way to PostgreSQL: two pools, `read()` that cannot write and `write()` that holds the only commit.

Every transaction says first which council it is for; row-level security shows it nothing else, and without a council
it sees no row at all. `call()` is for the ledger's own SQL functions: one statement, one transaction, one round trip.
A lost connection is `Unavailable` (503) everywhere: nothing is known to be wrong with the request.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from alembic import command
from app.errors import Unavailable

metadata = MetaData()

ROOT = Path(__file__).resolve().parent.parent
LOST = (
    OSError,
    InterfaceError,
    OperationalError,
    PoolTimeout,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,
    asyncpg.DiskFullError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.OutOfMemoryError,
    asyncpg.PostgresIOError,
)
"""What a stopped, starting, crashed, overfull, demoted or hopelessly busy server looks like from here."""

TIMEOUTS = {
    "idle_in_transaction_session_timeout": "30s", "statement_timeout": "60s", "lock_timeout": "15s", "jit": "off",
}  # fmt: skip
WRITER = {"plan_cache_mode": "force_custom_plan"}
READER = {"default_transaction_read_only": "on"}
APPENDER = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
"""Planned once a session, and by index whatever the statistics say: to plan anew costs more than a lone append does."""
_SET_COUNCIL = text("SELECT set_config('sv.tenant', :tenant, true)")


class EarlierForm(RuntimeError):
    """What the database holds is of a form that this version cannot carry over; the message says what to do."""


def plain_url(url: str) -> str:
    """The same address for the driver itself, which calls TLS `sslmode` where SQLAlchemy calls it `ssl`."""
    address = make_url(url).set(drivername="postgresql")
    query = {"sslmode" if name == "ssl" else name: value for name, value in address.query.items()}
    return address.set(query=query).render_as_string(hide_password=False)


def lost_connection(error: BaseException) -> bool:
    """Whether `error` says that the server went away, rather than that the statement was wrong."""
    if isinstance(error, DBAPIError):
        return (
            error.connection_invalidated or isinstance(error, LOST) or lost_connection(error.__cause__ or Exception())
        )
    return isinstance(error, LOST) or isinstance(error.__cause__, LOST)


def unavailable() -> Unavailable:
    """The one answer to a database that is away."""
    return Unavailable("database_unavailable", "The database cannot be reached at the moment. Send this again shortly.")


class Database:
    """Pools on one PostgreSQL: writers plan each statement afresh, readers are READ ONLY in the server itself."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self._writer = _engine(url, pool_size, WRITER)
        self._reader = _engine(url, pool_size, READER)
        self._calls = {True: _Calls(url, pool_size, READER), False: _Calls(url, pool_size, APPENDER)}

    @asynccontextmanager
    async def read(self, tenant: str | None) -> AsyncIterator[AsyncConnection]:
        """A READ ONLY transaction of one council (None: tables of no council). Raises `Unavailable`."""
        async with _transaction(self._reader, tenant) as connection:
            yield connection

    @asynccontextmanager
    async def write(self, tenant: str | None) -> AsyncIterator[AsyncConnection]:
        """A transaction of one council, committed when the block ends well. Raises `Unavailable`."""
        async with _transaction(self._writer, tenant) as connection:
            yield connection

    async def call(self, sql: str, *arguments: Any, readonly: bool = True) -> list[asyncpg.Record]:
        """One SQL function that sets its own council: one statement, committed by itself. Raises `Unavailable`."""
        try:
            return await self._calls[readonly].fetch(sql, *arguments)
        except Exception as error:
            if lost_connection(error):
                raise unavailable() from error
            raise

    async def close(self) -> None:
        """Give all connections back."""
        await asyncio.gather(self._writer.dispose(), self._reader.dispose(), *(c.close() for c in self._calls.values()))


class _Calls:
    """Connections for single statements, each its own transaction: nothing to begin, nothing to reset afterwards.

    The driver's own pool: handing out a connection costs a third of what the engine's costs.
    """

    def __init__(self, url: str, size: int, settings: dict[str, str]) -> None:
        self._url, self._size, self._settings = plain_url(url), size, settings | TIMEOUTS
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def fetch(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        """The statement's rows, with a connection of the pool, which is made when it is first needed."""
        if self._pool is None:
            self._pool = asyncpg.create_pool(
                self._url, min_size=0, max_size=self._size, reset=_nothing, server_settings=self._settings,
                timeout=5, command_timeout=60,
            )  # fmt: skip
        await self._pool
        async with self._pool.acquire(timeout=5) as connection:
            rows: list[asyncpg.Record] = await connection.fetch(sql, *arguments)
            return rows

    async def close(self) -> None:
        """Give the connections back."""
        if self._pool is not None:
            await self._pool.close()


async def _nothing(_connection: object) -> None:
    """A single statement leaves nothing behind."""


def _engine(url: str, pool_size: int, settings: dict[str, str]) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_use_lifo=True,
        hide_parameters=True,
        # autocommit until a block begins a transaction: `call()` needs no BEGIN and no COMMIT of its own
        isolation_level="AUTOCOMMIT",
        connect_args={"server_settings": settings | TIMEOUTS, "timeout": 5, "command_timeout": 60},
    )


@asynccontextmanager
async def _transaction(engine: AsyncEngine, tenant: str | None) -> AsyncIterator[AsyncConnection]:
    try:
        async with engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="READ COMMITTED")
            async with connection.begin():
                if tenant is not None:
                    await connection.execute(_SET_COUNCIL, {"tenant": tenant})
                yield connection
    except Exception as error:
        if lost_connection(error):
            raise unavailable() from error
        raise


def alembic_config(owner_url: str) -> Config:
    """Alembic, pointed at this code's own migrations and at the database of `owner_url`."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.attributes["url"] = owner_url
    return config


def newest_revision() -> str:
    """The revision that this code's migrations lead to."""
    found = ScriptDirectory(str(ROOT / "alembic")).get_current_head()
    if found is None:
        raise RuntimeError(f"there are no migrations in {ROOT / 'alembic'}")
    return found


def migrate(owner_url: str) -> None:
    """Bring the database to this code's schema. Safe to repeat; not to be called from a running event loop."""
    command.upgrade(alembic_config(owner_url), "head")
