"""Database roles: what each may do, from PostgreSQL's own catalogue, beside `privileges.yaml`: no more and no less."""

import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import yaml

from app.embedded import Cluster

EXPECTED = yaml.safe_load(Path(__file__).with_name("privileges.yaml").read_text())
TABLE_PRIVILEGES = ("select", "insert", "update", "delete", "truncate", "references", "trigger")
COLUMN_PRIVILEGES = ("select", "insert", "update", "references")

Cells = set[tuple[str, ...]]

# `has_…_privilege` counts what comes by PUBLIC and by membership too: it is what the role can really do.
TABLES = """
    SELECT role, c.relname, privilege, '' AS name
    FROM unnest($1::text[]) AS role, unnest($2::text[]) AS privilege, pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND has_table_privilege(role, c.oid, privilege)
"""
COLUMNS = """
    SELECT role, c.relname, privilege, a.attname
    FROM unnest($1::text[]) AS role, unnest($2::text[]) AS privilege, pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND has_column_privilege(role, c.oid, a.attname, privilege) AND NOT has_table_privilege(role, c.oid, privilege)
"""
FUNCTIONS = """
    SELECT role, p.proname FROM unnest($1::text[]) AS role, pg_proc AS p
    WHERE p.pronamespace = 'public'::regnamespace AND has_function_privilege(role, p.oid, 'EXECUTE')
"""
SEQUENCES = """
    SELECT role, c.relname, privilege
    FROM unnest($1::text[]) AS role, unnest(ARRAY['usage', 'select', 'update']) AS privilege, pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' AND has_sequence_privilege(role, c.oid, privilege)
"""
OF_PUBLIC = """
    SELECT 'database', datname::text FROM pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) AS acl
        WHERE datname = current_database() AND acl.grantee = 0
    UNION ALL
    SELECT 'schema', nspname FROM pg_namespace, aclexplode(coalesce(nspacl, acldefault('n', nspowner))) AS acl
        WHERE nspname = 'public' AND acl.grantee = 0
    UNION ALL
    SELECT 'function', proname FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner))) AS acl
        WHERE pronamespace = 'public'::regnamespace AND acl.grantee = 0
    UNION ALL
    SELECT 'table', relname FROM pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner))) AS acl
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND acl.grantee = 0
    UNION ALL
    SELECT 'sequence', relname FROM pg_class, aclexplode(coalesce(relacl, acldefault('s', relowner))) AS acl
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND acl.grantee = 0
    UNION ALL
    SELECT 'default for functions', coalesce(max(1)::text, 'execute') FROM pg_default_acl, aclexplode(defaclacl) AS acl
        WHERE defaclobjtype = 'f' AND defaclnamespace = 0 HAVING count(*) = 0 OR bool_or(acl.grantee = 0)
"""


@pytest.fixture
async def owner(database: Cluster) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.owner_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


def _expected(role: str, told: dict) -> Cells:
    cells: Cells = set()
    for table, privileges in (told.get("tables") or {}).items():
        for privilege, columns in re.findall(r"([a-z]+)(?:\(([^)]*)\))?", privileges):
            assert privilege in TABLE_PRIVILEGES, f"{role}, {table}: {privilege} is no privilege"
            cells |= {(role, table, privilege, name.strip()) for name in (columns or "").split(",")}
    return cells


async def test_each_role_may_do_with_each_table_what_is_listed_and_nothing_else(owner: asyncpg.Connection) -> None:
    roles = [*EXPECTED]
    expected = {cell for role, told in EXPECTED.items() for cell in _expected(role, told)}
    found = {tuple(row) for row in await owner.fetch(TABLES, roles, TABLE_PRIVILEGES)}
    found |= {tuple(row) for row in await owner.fetch(COLUMNS, roles, COLUMN_PRIVILEGES)}
    tables = await owner.fetchval(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    )
    tried = len(roles) * tables * len(TABLE_PRIVILEGES)
    sys.stdout.write(f"{tried} cells of role × table × privilege, and columns: {len(found ^ expected)} mismatches\n")
    assert len(found) > 80
    assert {"not allowed, and can": sorted(found - expected), "allowed, and cannot": sorted(expected - found)} == {
        "not allowed, and can": [],
        "allowed, and cannot": [],
    }


async def test_each_role_may_call_the_functions_and_use_the_sequences_that_are_listed(
    owner: asyncpg.Connection,
) -> None:
    roles = [*EXPECTED]
    called = {tuple(row) for row in await owner.fetch(FUNCTIONS, roles)}
    assert called == {(role, name) for role, told in EXPECTED.items() for name in told.get("functions") or ()}
    used = {tuple(row) for row in await owner.fetch(SEQUENCES, roles)}
    assert used == {
        (role, sequence, privilege)
        for role, told in EXPECTED.items()
        for sequence, privileges in (told.get("sequences") or {}).items()
        for privilege in privileges.split(", ")
    }


async def test_no_role_but_the_owner_makes_anything_and_none_is_a_member_of_another(owner: asyncpg.Connection) -> None:
    roles = await owner.fetch(
        """
        SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
            has_database_privilege(oid, current_database(), 'CREATE') AS makes_schemas,
            has_database_privilege(oid, current_database(), 'TEMP') AS makes_temporary_tables,
            has_schema_privilege(oid, 'public', 'CREATE') AS makes_tables,
            EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid) AS is_member,
            EXISTS (SELECT FROM pg_shdepend WHERE refobjid = r.oid AND deptype = 'o') AS owns
        FROM pg_roles AS r WHERE rolname = ANY ($1)
        """,
        [*EXPECTED],
    )
    rights = {row["rolname"]: {name for name, value in row.items() if value is True} for row in roles}
    backup = {"rolbypassrls"}
    assert rights == {role: backup if role == "supervision_backup" else set() for role in EXPECTED}


async def test_the_owner_owns_everything_and_is_no_superuser(owner: asyncpg.Connection) -> None:
    owners = await owner.fetch("""
        SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """)
    assert [tuple(row) for row in owners] == [("supervision_owner",)]
    row = await owner.fetchrow("SELECT rolsuper, rolbypassrls, rolreplication FROM pg_roles WHERE rolname = user")
    assert not any(row)


async def test_nothing_is_granted_to_everybody(owner: asyncpg.Connection) -> None:
    assert [tuple(row) for row in await owner.fetch(OF_PUBLIC)] == []


async def test_what_runs_with_its_owners_rights_says_where_it_looks_names_up(owner: asyncpg.Connection) -> None:
    """A temporary table is looked up last, and no schema before it can be written by anyone else (CVE-2007-2138)."""
    rows = await owner.fetch(
        "SELECT proname, proconfig FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
    )
    assert {row["proname"] for row in rows} >= {"refresh_statistics", "refresh_projection_statistics"}
    safe = (["search_path=public, pg_temp"], ["search_path=pg_catalog, public, pg_temp"])
    assert {row["proname"]: row["proconfig"] for row in rows if row["proconfig"] not in safe} == {}
    views = await owner.fetch("""
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')
            AND NOT coalesce(reloptions, '{}') && ARRAY['security_invoker=true', 'security_invoker=on']
    """)
    assert [tuple(row) for row in views] == []
