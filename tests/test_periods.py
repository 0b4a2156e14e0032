"""The table of periods names everything that is kept, the page shows it, what has had its time goes, and on record."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.db import Database
from app.embedded import Cluster
from app.events import store
from app.events.councils import Access
from app.events.stored import Append
from app.events.vault import QUARANTINE
from app.tidying import NotAPeriod, count, due, periods, remove
from tests.commands import Run
from tests.periods_page import PAGE, page
from tests.serving import Served

TODAY = datetime.now(UTC).date()
OLD = {"reads": 8 * 366, "closed_quarantine": 200, "redactions": 4 * 366, "ended_identities": 100,
       "quarantine_keys": 200}  # fmt: skip
"""Days that are more than each is kept."""


def test_the_page_shows_the_table() -> None:
    now = PAGE.read_text()
    assert page(now) == now, "run make pages"
    assert all(f"| {line.what} |" in now for line in periods().values())


async def test_every_table_of_the_schema_is_in_the_table_of_periods_once(database: Cluster) -> None:
    """Who adds a table says here how long it is kept; seen to fail with a line taken out."""
    pools = Database(database.owner_url, pool_size=1)
    async with pools.read(None) as connection:
        found = await connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        there = sorted(row.tablename for row in found)
    await pools.close()
    named = [name for line in periods().values() for name in line.table]
    assert sorted(named) == there


def test_a_council_may_keep_longer_or_shorter_within_bounds() -> None:
    today = date(2026, 3, 31)
    usual = {each.name: each.before.date() for each in due("luton", today, {})}
    assert usual["reads"] == date(2019, 3, 31)
    own = {"luton/reads": "10 years", "reads": "2 years", "closed_quarantine": "1 month"}
    assert {each.name: each.before.date() for each in due("luton", today, own)} == usual | {
        "reads": date(2016, 3, 31), "closed_quarantine": date(2026, 2, 28),
    }  # fmt: skip
    assert next(each for each in due("shropshire", today, own) if each.name == "reads").before.date() == date(
        2024, 3, 31
    )


@pytest.mark.parametrize(
    "own",
    [
        {"reads": "6 months"}, {"luton/reads": "31 years"}, {"event": "1 day"}, {"texts": "1 year"}, {"reads": "ever"},
        {"reads": "5 working days"},
    ],
)  # fmt: skip
def test_a_period_that_cannot_be_is_refused(own: dict[str, str]) -> None:
    with pytest.raises(NotAPeriod):
        due("luton", TODAY, own)


class Kept:
    """A council with one old and one young row of each kind."""

    def __init__(self, owner: Database, access: Access) -> None:
        self.owner, self.access, self.council = owner, access, access.council.id

    async def execute(self, sql: str, **values: object) -> list[asyncpg.Record]:
        async with self.owner.write(self.council) as connection:
            result = await connection.execute(text(sql), {"t": self.council} | values)
            return list(result) if result.returns_rows else []

    async def tell(self, name: str, on: datetime) -> None:
        unique = secrets.token_hex(4)
        if name == "quarantine_keys":
            await self.access.keys.sealing(self.council, {QUARANTINE + unique})
        await self.execute(_ROWS[name], at=on, unique=unique)

    async def left(self) -> dict[str, int]:
        tables = {"reads": "access_event", "closed_quarantine": "quarantine", "redactions": "redaction",
                  "ended_identities": "identity",
                  "quarantine_keys": "subject_key WHERE length(subject) > 12"}  # fmt: skip
        return {name: (await self.execute(f"SELECT count(*) FROM {of}"))[0][0] for name, of in tables.items()}


_ROWS = {
    "reads": """
        INSERT INTO access_event (tenant, at, reader, subject, client, delegated, role, relation, purpose, operation,
            object_kind, object_id, contents, decision, count, positions, as_at, request_id)
        VALUES (:t, :at, 'W-1', 'p', 'app', true, 'dpo', 'granted', 'audit', 'file', 'worker', :unique, 'personal_text',
            'allowed', 1, '{1}', '2020-01-01', 'r')
    """,
    "closed_quarantine": """
        INSERT INTO quarantine (tenant, id, received, client, state, closed, fingerprint, key_number, problem)
        VALUES (:t, :unique, :at, 'ehm', 'discarded', :at, '\\x00', (SELECT min(number) FROM subject_key), '{}')
    """,
    "redactions": """
        INSERT INTO redaction (tenant, request_id, position, field, reason, made, made_by)
        VALUES (:t, :unique, 1, 'narrative', 'third_party', :at, 'worker/D-1')
    """,
    "quarantine_keys": "UPDATE subject_key SET created = :at WHERE tenant = :t AND subject = 'quarantine/' || :unique",
    "ended_identities": """
        INSERT INTO identity (tenant, kind, id, registered_at, registered_by)
        VALUES (:t, 'person', :unique, :at, 'admin')
    """,
}


async def _made(database: Cluster, served: Served) -> Kept:
    council, pools = await served.keyring.found(database.owner_url), Database(database.service_url, pool_size=2)
    access = await served.keyring.councils(pools).access(council)
    found = Kept(Database(database.owner_url, pool_size=1), access)
    await access.keys.sealing(council, {QUARANTINE})
    for name, days in OLD.items():
        await found.tell(name, datetime.now(UTC) - timedelta(days))
        await found.tell(name, datetime.now(UTC) - timedelta(1))
    await pools.close()
    return found


@pytest.fixture
async def kept(database: Cluster, served: Served) -> AsyncIterator[Kept]:
    found = await _made(database, served)
    yield found
    await found.owner.close()


async def test_what_has_had_its_time_goes_page_by_page_and_the_rest_stays(kept: Kept) -> None:
    """Seen to fail with the comparison turned round."""
    every = {each.name: each for each in due(kept.council, TODAY, {})}
    assert every.keys() == OLD.keys()
    assert {name: await count(kept.owner, kept.council, each) for name, each in every.items()} == dict.fromkeys(OLD, 1)
    for each in every.values():
        assert await remove(kept.owner, kept.council, each) == 1
        assert await remove(kept.owner, kept.council, each) == 0
    assert await kept.left() == dict.fromkeys(OLD, 1)
    told = await kept.execute("SELECT period, removed, by FROM tidied ORDER BY period")
    assert [tuple(row) for row in told] == [(name, 1, "supervision_owner") for name in sorted(OLD)]


async def test_what_is_blacked_out_stays_so_for_as_long_as_the_request_is_open(
    kept: Kept, database: Cluster, served: Served
) -> None:
    """A pack is made anew each time: it would show again what was blacked out."""
    (line,) = [each for each in due(kept.council, TODAY, {}) if each.name == "redactions"]
    ((request,),) = await kept.execute("SELECT request_id FROM redaction ORDER BY made LIMIT 1")
    about, told = {"request_id": request, "worker_id": "W-1"}, {"specversion": "1.0", "source": "urn:t"}
    pools = Database(database.service_url, pool_size=1)
    for name, day, left in (("SubjectAccessRequested", "requested_on", 0), ("SubjectAccessAnswered", "answered_on", 1)):
        event = told | {"id": name, "type": name, "data": about | {day: "2020-01-06"}}
        prepared = await served.keyring.prepared(pools, kept.council, [event])
        await store.append(pools, kept.council, [Append(prepared)])
        assert await count(kept.owner, kept.council, line) == left
    await pools.close()


async def test_the_trace_is_kept_for_a_year_whoever_deletes_and_what_goes_is_on_record(kept: Kept) -> None:
    for statement in ("DELETE FROM access_event", "UPDATE access_event SET reader = 'x'", "TRUNCATE access_event",
                      "DELETE FROM tidied", "UPDATE tidied SET removed = 1"):  # fmt: skip
        with pytest.raises(DBAPIError, match="refused"):
            await kept.execute(statement)
    assert (await kept.left())["reads"] == 2
    await kept.execute("DELETE FROM access_event WHERE at < now() - interval '2 years'")
    ((period, removed),) = await kept.execute("SELECT period, removed FROM tidied")
    assert (period, removed) == ("reads", 1)


def test_the_command_counts_first_and_removes_when_it_is_told_to(run: Run, database: Cluster, served: Served) -> None:
    async def council_with_rows() -> str:
        found = await _made(database, served)
        await found.owner.close()
        return found.council

    council, owner = asyncio.run(council_with_rows()), {"OWNER_DATABASE_URL": database.owner_url}
    for _ in range(2):
        counted = run("tidy", "--council", council, **owner)
        assert counted.returncode == 0, counted.stderr
        assert f"{council}: reads: 1 row to remove" in counted.stdout
        assert "supervision tidy --remove" in counted.stdout
    assert "reads: 1 row removed" in run("tidy", "--council", council, "--remove", **owner).stdout
    assert "reads: 0 rows to remove" in run("tidy", "--council", council, **owner).stdout
    wrong = run("tidy", **owner, PERIODS='{"reads": "1 day"}')
    assert (wrong.returncode, "must be from 1 year to 30 years" in wrong.stderr) == (1, True)
    assert run("tidy", "--council", "nobody", **owner).returncode == 1
