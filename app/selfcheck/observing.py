"""What there is to see: how PostgreSQL is set, what our role there may do, how tables are protected; files of settings.

Seen with the eyes of the role that asks, so that what an administrator set for that role alone counts as well.
"""

import stat
from dataclasses import dataclass, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

import asyncpg
import orjson
from sqlalchemy.engine import make_url

from app.config import Settings
from app.db import plain_url

PATIENCE: Final = 10
"""Seconds for PostgreSQL to answer."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a column `tenant`, and how each of its policies reads: command, for whom, USING, WITH CHECK."""

    name: str
    enabled: bool
    forced: bool
    policies: list[list[str | None]]


@dataclass(frozen=True, slots=True)
class Observed:
    """What PostgreSQL says of itself and of the role that asks. Lists are of names."""

    settings: dict[str, str]
    role: str
    attributes: list[str]
    """`superuser`, `bypassrls` and the like, as in ALTER ROLE."""
    member_of: list[str]
    owns: list[str]
    makes: list[str]
    """What it may create: `schemas`, `temporary tables`, `tables`."""
    writes: list[str]
    """Tables in which it may change something."""
    reads_sealed: list[str]
    """Tables of texts, names and keys of which it may read anything."""
    tables: list[Table]
    triggers: list[list[str]]
    """Each as table, name, `tgenabled`, function; internal ones only if they are off."""
    tls: bool
    backup_passes: bool
    """Whether `supervision_backup` passes row-level security by."""
    revision: str | None
    councils: list[str]


SEEN: Final = """
SELECT json_build_object(
    'settings', (SELECT json_object_agg(name, setting) FROM pg_settings WHERE name ~
        '^(fsync|full_page_writes|synchronous_commit|data_checksums|log_.*|auto_explain[.].*|pgaudit[.].*)$'),
    'role', me.rolname,
    'attributes', (SELECT coalesce(json_agg(a.name), '[]') FROM (VALUES
        ('superuser', me.rolsuper), ('bypassrls', me.rolbypassrls), ('createrole', me.rolcreaterole),
        ('createdb', me.rolcreatedb), ('replication', me.rolreplication)) AS a(name, has) WHERE a.has),
    'member_of', (SELECT coalesce(json_agg(roleid::regrole::text ORDER BY 1), '[]')
        FROM pg_auth_members WHERE member = me.oid),
    'owns', (SELECT coalesce(json_agg(DISTINCT relname), '[]') FROM pg_class WHERE relowner = me.oid),
    'makes', (SELECT coalesce(json_agg(m.what), '[]') FROM (VALUES
        ('schemas', has_database_privilege(current_database(), 'CREATE')),
        ('temporary tables', has_database_privilege(current_database(), 'TEMP')),
        ('tables', has_schema_privilege('public', 'CREATE'))) AS m(what, may) WHERE m.may),
    'writes', (SELECT coalesce(json_agg(c.relname ORDER BY 1), '[]') FROM ours AS c
        WHERE has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
            OR has_any_column_privilege(c.oid, 'INSERT, UPDATE')),
    'reads_sealed', (SELECT coalesce(json_agg(DISTINCT c.relname), '[]') FROM ours AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname IN ('ciphertext', 'wrapped')
        WHERE has_any_column_privilege(c.oid, 'SELECT')),
    'tables', (SELECT coalesce(json_agg(json_build_object('name', c.relname, 'enabled', c.relrowsecurity,
            'forced', c.relforcerowsecurity, 'policies', (
                SELECT coalesce(json_agg(ARRAY[p.cmd, p.permissive, p.roles::text, p.qual, p.with_check]), '[]')
                FROM pg_policies AS p WHERE p.schemaname = 'public' AND p.tablename = c.relname))
            ORDER BY c.relname), '[]')
        FROM ours AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'tenant' AND NOT a.attisdropped),
    'triggers', (SELECT coalesce(json_agg(ARRAY[c.relname, t.tgname, t.tgenabled::text, p.proname]
            ORDER BY c.relname, t.tgname), '[]')
        FROM ours AS c JOIN pg_trigger AS t ON t.tgrelid = c.oid JOIN pg_proc AS p ON p.oid = t.tgfoid
        WHERE NOT t.tgisinternal OR t.tgenabled = 'D'),
    'tls', coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false),
    'backup_passes', EXISTS (SELECT FROM pg_roles
        WHERE rolname = 'supervision_backup' AND (rolbypassrls OR rolsuper)))
FROM (SELECT * FROM pg_roles WHERE rolname = current_user) AS me
"""
OURS: Final = (
    "WITH ours AS (SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p'))"
)


async def looked_at(url: str) -> Observed:
    """What the database at `url` says to the role in it. Raises what the driver raises."""
    connection = await asyncpg.connect(plain_url(url), timeout=PATIENCE, command_timeout=PATIENCE)
    try:
        return await observed(connection)
    finally:
        await connection.close()


async def observed(connection: "asyncpg.Connection[Any]") -> Observed:
    """The same over a connection that is there."""
    told = orjson.loads(await connection.fetchval(f"{OURS} {SEEN}"))
    told["tables"] = [Table(**each) for each in told["tables"]]
    revision = await _readable(connection, "alembic_version", "SELECT version_num FROM alembic_version")
    councils = await _readable(connection, "council", "SELECT id FROM council ORDER BY id")
    told |= {"revision": next(iter(revision), None), "councils": councils}
    return Observed(**{each.name: told[each.name] for each in fields(Observed)})


async def _readable(connection: "asyncpg.Connection[Any]", table: str, question: str) -> list[str]:
    """The first column; nothing where the table is not there yet, or is not for this role."""
    there = await connection.fetchval("SELECT has_any_column_privilege(to_regclass($1), 'SELECT')", f"public.{table}")
    return [row[0] for row in await connection.fetch(question)] if there else []


@dataclass(frozen=True, slots=True)
class File:
    """A file that a setting names: its permissions (None: it is not there), and whether a demo's folder holds it."""

    setting: str
    mode: int | None
    in_demo: bool


def files_of(settings: Settings) -> list[File]:
    """The files that the settings name."""
    named = {name: getattr(settings, name) for name in type(settings).model_fields}
    return [_file(name, path) for name, path in named.items() if isinstance(path, Path)]


def _file(setting: str, path: Path) -> File:
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
    return File(setting, mode, ".demo" in path.resolve().parts)


def is_local(url: str) -> bool:
    """Whether every host of the address is this machine: a socket's folder, loopback, or none said."""
    address = make_url(url)
    also = address.query.get("host", ())
    hosts = [address.host or "", *([also] if isinstance(also, str) else also)]
    return all(_is_here(host) for name in hosts for host in name.split(","))


def _is_here(host: str) -> bool:
    if host in ("", "localhost") or host.startswith("/"):
        return True
    try:
        return ip_address(host.strip("[]").rsplit("%")[0]).is_loopback
    except ValueError:
        return False
