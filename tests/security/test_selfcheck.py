"""The self-check: each unsafe setting is found, said with what to change, and the service does not start with it."""

import base64
import json
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.config import GivenSettings
from app.db import newest_revision, plain_url
from app.embedded import Cluster
from app.selfcheck.finding import Finding
from app.selfcheck.judging import of_councils, of_database, of_reader, of_settings
from app.selfcheck.observing import File, Observed, files_of, is_local, looked_at, observed
from tests.commands import Run
from tests.serving import Keyring

KEY = base64.b64encode(secrets.token_bytes(32)).decode()
SERVICE = "supervision_service"


@pytest.fixture(scope="module")
async def seen(database: Cluster) -> Observed:
    return await looked_at(database.service_url)


@pytest.fixture(scope="module")
async def a_council(database: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    return await Keyring(tmp_path_factory.mktemp("keys")).found(database.owner_url)


@pytest.fixture
async def superuser(database: Cluster) -> AsyncIterator[asyncpg.Connection]:
    """In a transaction that is undone."""
    password = json.loads((database.folder / "passwords.json").read_text())["postgres"]
    socket = str(database.postmaster.socket)
    connection = await asyncpg.connect(host=socket, user="postgres", password=password, database="supervision")
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


def judged(seen: Observed, *, local: bool = True) -> list[Finding]:
    return list(of_database(seen, newest_revision(), local=local))


def grave(findings: list[Finding]) -> list[str]:
    return [finding.what for finding in findings if finding.grave]


def test_the_private_postgresql_is_safe(seen: Observed) -> None:
    assert judged(seen) == []


SERVER = {
    "fsync": {"fsync": "off"},
    "full_page_writes": {"full_page_writes": "off"},
    "data_checksums": {"data_checksums": "off"},
    "synchronous_commit": {"synchronous_commit": "off"},
    "log_error_verbosity": {"log_error_verbosity": "default"},
    "csvlog": {"log_destination": "stderr, csvlog"},
    "jsonlog": {"log_destination": "jsonlog"},
    "log_parameter_max_length_on_error": {"log_parameter_max_length_on_error": "-1"},
    "log_statement": {"log_statement": "mod"},
    "log_min_duration_statement": {"log_min_duration_statement": "500"},
    "log_min_duration_sample": {"log_min_duration_sample": "0"},
    "log_transaction_sample_rate": {"log_transaction_sample_rate": "0.01"},
    "auto_explain": {"auto_explain.log_min_duration": "0", "auto_explain.log_parameter_max_length": "-1"},
    "pgaudit": {"pgaudit.log_parameter": "on"},
}


@pytest.mark.parametrize("named", SERVER)
def test_postgresql_set_unsafely_is_refused(seen: Observed, named: str) -> None:
    (finding,) = judged(replace(seen, settings=seen.settings | SERVER[named]))
    assert finding.grave
    assert named in finding.what
    assert re.search(r"Set |pg_checksums", finding.change)


@pytest.mark.parametrize(
    "settings",
    [
        {"log_min_error_statement": "error"},
        {"log_statement": "all", "log_parameter_max_length": "0"},
    ],
)
def test_a_log_that_prints_statements_without_their_values_is_only_warned_of(
    seen: Observed, settings: dict[str, str]
) -> None:
    (finding,) = judged(replace(seen, settings=seen.settings | settings))
    assert not finding.grave


def test_without_parameters_long_statements_may_be_logged(seen: Observed) -> None:
    quiet = {"log_min_duration_statement": "500", "log_parameter_max_length": "0"}
    assert judged(replace(seen, settings=seen.settings | quiet)) == []


# What is done to the database, and what is found then, with the service's own eyes.
DONE = {
    f"ALTER ROLE {SERVICE} SUPERUSER": f"The role {SERVICE} is SUPERUSER",
    f"ALTER ROLE {SERVICE} BYPASSRLS": f"The role {SERVICE} has BYPASSRLS",
    f"ALTER ROLE {SERVICE} CREATEROLE": f"The role {SERVICE} has CREATEROLE",
    f"ALTER ROLE {SERVICE} CREATEDB": f"The role {SERVICE} has CREATEDB",
    f"ALTER ROLE {SERVICE} REPLICATION": f"The role {SERVICE} has REPLICATION",
    f"GRANT supervision_owner TO {SERVICE}": f"The role {SERVICE} is a member of supervision_owner",
    f"GRANT pg_read_server_files TO {SERVICE}": f"The role {SERVICE} is a member of pg_read_server_files",
    f"ALTER TABLE doubt OWNER TO {SERVICE}": f"The role {SERVICE} owns doubt, doubt_pkey",
    f"GRANT CREATE ON SCHEMA public TO {SERVICE}": f"The role {SERVICE} may create tables",
    "GRANT TEMP ON DATABASE supervision TO PUBLIC": f"The role {SERVICE} may create temporary tables",
    "ALTER TABLE doubt DISABLE ROW LEVEL SECURITY": "Row-level security of doubt is off",
    "ALTER TABLE doubt NO FORCE ROW LEVEL SECURITY": "Row-level security of doubt is not forced on its owner",
    "ALTER POLICY own_council ON doubt USING (true)": "The policy of doubt is not the one",
    "ALTER POLICY own_council ON doubt USING (tenant = current_setting('sv.tenant', true))": "The policy of doubt is",
    "CREATE POLICY also ON doubt USING (true)": "The policy of doubt is not the one",
    "DROP POLICY own_council ON doubt": "The policy of doubt is not the one",
    "CREATE TABLE gossip (tenant text, told text)": "Row-level security of gossip is off",
    "ALTER TABLE head DISABLE TRIGGER never_updated": "The trigger never_updated of head is not always on",
    "ALTER TABLE head ENABLE TRIGGER never_updated": "The trigger never_updated of head is not always on",
    "DROP TRIGGER never_updated ON head": "The table head has no trigger that refuses changes",
    "UPDATE alembic_version SET version_num = '0001'": "The database has the tables of revision 0001",
}


@pytest.mark.parametrize("statement", DONE)
async def test_a_role_that_may_too_much_and_a_table_that_is_open_are_refused(
    superuser: asyncpg.Connection, statement: str
) -> None:
    await superuser.execute("SET LOCAL lock_timeout = '10s'")
    await superuser.execute(statement)
    await superuser.execute(f"SET LOCAL ROLE {SERVICE}")
    found = judged(await observed(superuser))
    assert any(what.startswith(DONE[statement]) for what in grave(found)), found
    assert all(finding.why and finding.change for finding in found)


async def test_a_backup_role_that_cannot_read_past_row_level_security_is_warned_of(
    superuser: asyncpg.Connection,
) -> None:
    await superuser.execute("ALTER ROLE supervision_backup NOBYPASSRLS")
    await superuser.execute(f"SET LOCAL ROLE {SERVICE}")
    (finding,) = judged(await observed(superuser))
    assert not finding.grave
    assert finding.change.endswith("ALTER ROLE supervision_backup BYPASSRLS")


async def test_a_reader_that_writes_or_reads_what_is_sealed_is_refused(database: Cluster, seen: Observed) -> None:
    assert list(of_reader(await looked_at(database.reader_url), local=True)) == []
    writing, sealed = grave(list(of_reader(seen, local=True)))
    assert "may change" in writing
    assert "may read what is sealed in" in sealed
    assert "event_text" in sealed


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("postgresql+asyncpg://a:b@/x?host=/run/postgresql", True),
        ("postgresql+asyncpg://a:b@127.0.0.1:5432/x", True),
        ("postgresql+asyncpg://a:b@[::1]:5432/x", True),
        ("postgresql+asyncpg://a:b@localhost/x", True),
        ("postgresql+asyncpg://a:b@10.0.0.7/x", False),
        ("postgresql+asyncpg://a:b@localhost.example.org/x", False),
        ("postgresql+asyncpg://a:b@/x?host=/run/postgresql&host=db.example.org", False),
        ("postgresql+asyncpg://a:b@/x?host=127.0.0.1,db.example.org", False),
    ],
)
def test_a_way_over_a_network_must_be_encrypted(seen: Observed, url: str, local: bool) -> None:
    assert is_local(url) == local
    assert grave(judged(replace(seen, tls=True), local=local)) == []
    assert len(grave(judged(replace(seen, tls=False), local=local))) == (not local)


def test_the_driver_is_given_an_address_that_it_reads_as_it_is_meant() -> None:
    """SQLAlchemy's driver calls it `ssl`; the driver itself would take that for a setting of the server."""
    given = "postgresql+asyncpg://me:p%40ss@db.example.org:5432/x?ssl=verify-full"
    assert plain_url(given) == "postgresql://me:p%40ss@db.example.org:5432/x?sslmode=verify-full"


def given(database: Cluster, **settings: Any) -> GivenSettings:
    known = {"database_url": database.service_url, "master_key": KEY, "issuer": "https://i.example"}
    return GivenSettings(**known | {"jwks_url": "https://i.example/keys"} | settings)


@pytest.mark.parametrize(("mode", "safe"), [(0o644, True), (0o600, True), (0o664, False), (0o602, False)])
def test_a_file_with_an_issuers_keys_is_changed_by_its_owner_alone(
    database: Cluster, tmp_path: Path, mode: int, safe: bool
) -> None:
    path = tmp_path / "keys.json"
    path.touch()
    path.chmod(mode)
    # the settings themselves refuse a demo's key set, before anything is looked at
    settings = given(database).model_copy(update={"jwks_url": None, "jwks_file": path})
    found = grave(list(of_settings(settings, files_of(settings))))
    assert ["can be changed by others" in what for what in found] == [True] * (not safe)


def test_a_file_of_a_demos_folder_opens_nothing_else(database: Cluster, tmp_path: Path) -> None:
    (tmp_path / ".demo").mkdir()
    (tmp_path / ".demo" / "keys.json").touch(0o600)
    (tmp_path / "keys.json").symlink_to(tmp_path / ".demo" / "keys.json")
    settings = given(database, jwks_url=None, jwks_file=tmp_path / "keys.json")
    (found,) = of_settings(settings, files_of(settings))
    assert found.what == "SUPERVISION_JWKS_FILE names a file of a demo's folder"


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o660])
def test_a_file_with_a_secret_is_read_by_its_owner_alone(database: Cluster, mode: int) -> None:
    (found,) = of_settings(given(database), [File("master_key_file", mode, in_demo=False)])
    assert found.what == "The file in SUPERVISION_MASTER_KEY_FILE can be read or changed by others than its owner"
    assert list(of_settings(given(database), [File("master_key_file", 0o600, in_demo=False)])) == []


def test_the_owners_address_is_not_for_the_service(database: Cluster) -> None:
    (found,) = of_settings(given(database, owner_database_url=database.owner_url), [])
    assert found.what == "SUPERVISION_OWNER_DATABASE_URL is set for the service"
    assert database.owner_url not in found.told()


def test_demo_mode_opens_no_real_councils(seen: Observed) -> None:
    own = replace(seen, councils=["luton", "shropshire"])
    assert list(of_councils(own, ["luton", "shropshire"])) == []
    (found,) = of_councils(replace(seen, councils=["kent", "luton"]), ["luton", "shropshire"])
    assert "holds 1 council(s) that are not the demo's" in found.what


DEMO = {"MODE": "demo", "ISSUER": "urn:supervision-demo:1", "JWKS_URL": "http://127.0.0.1:1/keys"}


def environment(database: Cluster) -> dict[str, str]:
    return {
        "DATABASE_URL": database.service_url, "READER_DATABASE_URL": database.reader_url, "MASTER_KEY": KEY,
        "ISSUER": "https://i.example", "JWKS_URL": "https://i.example/keys", "PORT": "0",
    }  # fmt: skip


def test_check_says_that_all_is_well(run: Run, database: Cluster) -> None:
    done = run("check", **environment(database))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Nothing that keeps the service from running in production mode was found.\n"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"OWNER_DATABASE_URL": "postgresql+asyncpg://o:secret@/x"}, "SUPERVISION_OWNER_DATABASE_URL is set"),
        ({"DATABASE_URL": "owner"}, "The role supervision_owner has CREATEROLE"),
        ({"READER_DATABASE_URL": "service"}, "of SUPERVISION_READER_DATABASE_URL may change"),
        ({"MODE": "demo"}, "emo mode trusts the demo's own issuer only"),
        (DEMO, "that are not the demo's"),
        (DEMO | {"HOST": "0.0.0.0"}, "emo mode listens on loopback only"),
        ({"ISSUER": "urn:supervision-demo:1"}, "he demo's issuer is trusted in demo mode only"),
        ({"JWKS_URL": "http://i.example/keys"}, "must be https in production"),
        ({"MASTER_KEY": base64.b64encode(bytes(32)).decode()}, "must be 32 random bytes"),
    ],
)
@pytest.mark.parametrize("command", ["serve", "check"])
def test_nothing_is_served_with_unsafe_settings(
    run: Run, database: Cluster, a_council: str, command: str, changed: dict[str, str], said: str
) -> None:
    assert a_council
    urls = {"owner": database.owner_url, "service": database.service_url}
    done = run(command, **environment(database) | {name: urls.get(value, value) for name, value in changed.items()})
    assert done.returncode == 1
    assert said in done.stdout + done.stderr
    assert "secret" not in done.stdout + done.stderr


def test_work_looks_first_too(run: Run, database: Cluster) -> None:
    done = run("work", DATABASE_URL=database.owner_url)
    assert done.returncode == 1
    assert "The role supervision_owner owns" in done.stderr


def test_a_database_that_cannot_be_looked_at_is_no_safe_one(run: Run, database: Cluster) -> None:
    settings = environment(database)
    done = run("check", **settings | {"DATABASE_URL": "postgresql+asyncpg://a:secret@/x?host=/nowhere"})
    assert done.returncode == 1
    assert done.stderr.startswith("The database cannot be reached, so it is not known whether it is safe to run.")
    password = json.loads((database.folder / "passwords.json").read_text())[SERVICE]
    done = run("check", **settings | {"DATABASE_URL": database.service_url.replace(password, "secret")})
    assert done.stderr.startswith("PostgreSQL refuses the service's role or its password.")
    assert "secret" not in done.stderr
