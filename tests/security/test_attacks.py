"""What each database role is refused, statement by statement, from a catalogue: `attacks.yaml` says how to read it."""

import json
import sys
from collections import Counter
from pathlib import Path

import asyncpg
import pytest
import yaml

from app.db import Database
from app.embedded import Cluster
from app.events import store
from app.events.stored import Append
from tests.serving import Served

ROLES = ("owner", "service", "reader", "signer", "backup")
SECTIONS = yaml.safe_load(Path(__file__).with_name("attacks.yaml").read_text())
CATALOGUE = [attack for section in SECTIONS.values() for attack in section]
NOTE = {
    "specversion": "1.0", "id": "1", "source": "urn:test:ehm", "type": "ActionAgreed",
    "data": {"action_id": "A-1", "agreed_on": "2025-03-03", "case_id": "C-1", "narrative": "Agreed to visit."},
}  # fmt: skip


@pytest.fixture(scope="module")
async def councils(database: Cluster, served: Served) -> tuple[str, str]:
    """Two councils with one event each, which has a text and tags."""
    keyring = served.keyring
    made = await keyring.found(database.owner_url), await keyring.found(database.owner_url)
    pools = Database(database.service_url, pool_size=2)
    for council in made:
        await store.append(pools, council, [Append(await keyring.prepared(pools, council, [NOTE]))])
    await pools.close()
    return made


async def _connected(database: Cluster, role: str) -> asyncpg.Connection:
    passwords = json.loads((database.folder / "passwords.json").read_text())
    name, socket = f"supervision_{role}", str(database.postmaster.socket)
    return await asyncpg.connect(host=socket, user=name, password=passwords[name], database="supervision")


async def _tried(connection: asyncpg.Connection, statement: str) -> str:
    """The SQLSTATE of the refusal, `nothing` for no row, or `runs`."""
    try:
        told = await connection.execute(statement)
    except asyncpg.PostgresError as error:
        return str(error.sqlstate)
    return "nothing" if told.endswith(" 0") else "runs"


async def _in_its_place(connection: asyncpg.Connection, attack: dict, own: str, statement: str) -> str:
    if attack.get("outside"):
        return await _tried(connection, statement)
    transaction = connection.transaction()
    await transaction.start()
    try:
        if not attack.get("unnamed"):
            await connection.execute("SELECT set_config('sv.tenant', $1, true)", own)
        return await _tried(connection, statement)
    finally:
        await transaction.rollback()


def test_the_catalogue_tries_enough_and_explains_what_it_allows() -> None:
    assert len(CATALOGUE) > 100
    for attack in CATALOGUE:
        allowed = {str(outcome) for role, outcome in attack.items() if role in (*ROLES, "all")}
        explained = "why" in attack or not any("runs" in outcome or outcome == "nothing" for outcome in allowed)
        assert explained, attack["try"]
        assert attack.keys() <= {"try", "why", "outside", "unnamed", "all", *ROLES}


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_is_refused_what_the_catalogue_says(
    database: Cluster, councils: tuple[str, str], role: str
) -> None:
    own, other = councils
    connection = await _connected(database, role)
    await connection.execute("SET lock_timeout = '20s'")
    counted: Counter[str] = Counter()
    mismatches = {}
    for attack in CATALOGUE:
        statement = attack["try"].replace("{own}", own).replace("{other}", other)
        became = await _in_its_place(connection, attack, own, statement.replace("{nulls}", ", ".join(["NULL"] * 26)))
        expected = str(attack.get(role, attack.get("all", "42501"))).split(" or ")
        counted["refused" if became not in ("runs", "nothing") else became] += 1
        if became not in expected:
            mismatches[statement] = f"{became}, not {' or '.join(expected)}"
    await connection.close()
    tally = ", ".join(f"{number} {what}" for what, number in sorted(counted.items()))
    sys.stdout.write(f"supervision_{role:<8} {len(CATALOGUE)} statements: {tally}, {len(mismatches)} mismatches\n")
    assert mismatches == {}
    assert counted["refused"] > 40
