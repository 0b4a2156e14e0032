"""No text leaves without a trace: the database itself gives none out that it has not put on record, for good.

The same ledger is asked as the service asks it, and as whoever holds the service's password might.
"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from app.db import Database
from app.embedded import Cluster
from app.errors import Unavailable
from app.events import reading, store, tracing
from app.events.councils import Access
from app.events.stored import Append, Stored
from app.events.tracing import Basis, Burst, Reader, Wanted, bursts_of
from tests.serving import Served

READER = Reader("W-9", "p-9", "app", True, "file", date(2025, 4, 4), "r-1")
RIGHT = Basis("worker/W-1", "supervisor", "supervised", "supervision")
MINE, CASE = {"worker/W-1": RIGHT}, {"case/C-1": Basis("case/C-1", "auditor", "granted", "audit", "G-1")}


def _event(number: int, **data: object) -> dict[str, object]:
    told = {"action_id": f"A-{number}", "agreed_on": "2025-03-03", "narrative": f"Text {number}."}
    return {
        "specversion": "1.0", "id": str(number), "source": "urn:test:ehm", "type": "ActionAgreed", "data": told | data,
    }  # fmt: skip


SENT = [_event(1, worker_id="W-1"), _event(2, worker_id="W-2"), _event(3, case_id="C-1")]


class Ledger:
    """One council with three texts: two workers' and a case's."""

    def __init__(self, pools: Database, access: Access, owner_url: str, events: list[Stored]) -> None:
        self.pools, self.access, self.events = pools, access, events
        self.council, self._owner_url = access.council.id, owner_url

    async def read(self, rights: dict[str, Basis], reader: Reader = READER) -> list[str]:
        return sorted((await tracing.read_texts(self.pools, self.access, self.events, reader, rights)).values())

    async def trace(self, **wanted: object) -> list[dict[str, object]]:
        """As another connection finds it, the newest first."""
        another = Database(self._owner_url, pool_size=1)
        found = await tracing.traced(another, self.council, Wanted(**wanted), below=None, limit=100)
        await another.close()
        return found


@pytest.fixture
async def ledger(database: Cluster, served: Served) -> AsyncIterator[Ledger]:
    pools = Database(database.service_url, pool_size=2)
    council = await served.keyring.found(database.owner_url)
    access = await served.keyring.councils(pools).access(council)
    await store.append(pools, council, [Append(await served.keyring.prepared(pools, council, SENT))])
    found = await reading.amended(pools, council, range(4))
    yield Ledger(pools, access, database.owner_url, [each.event for each in found.values()])
    await pools.close()


async def test_what_is_given_out_is_on_record_before_it_arrives(ledger: Ledger) -> None:
    assert await ledger.read(MINE | CASE) == ["Text 1.", "Text 3."]
    of_case, of_worker = sorted(await ledger.trace(), key=lambda row: row["object_kind"])
    same = {"reader": "W-9", "subject": "p-9", "client": "app", "delegated": True, "operation": "file", "count": 1}
    same |= {"decision": "allowed", "as_at": date(2025, 4, 4), "request_id": "r-1"}
    right = {"role": "supervisor", "relation": "supervised", "purpose": "supervision", "grant_id": None}
    mine = {"object_kind": "worker", "object_id": "W-1", "contents": "personal_text", "positions": [1]}
    its = {"role": "auditor", "relation": "granted", "purpose": "audit", "grant_id": "G-1"}
    its |= {"object_kind": "case", "object_id": "C-1", "contents": "case_text", "positions": [3]}
    assert of_worker.items() >= (same | right | mine).items()
    assert of_case.items() >= (same | its).items()


async def test_where_there_is_no_text_of_theirs_nothing_is_given_and_nothing_noted(ledger: Ledger) -> None:
    assert await ledger.read({}) == await ledger.read({"worker/W-3": RIGHT}) == []
    assert await ledger.trace() == []


@pytest.mark.parametrize("timing", ["at once", "when it is committed"])
async def test_without_a_trace_nothing_is_sent(ledger: Ledger, database: Cluster, timing: str) -> None:
    deferred = "DEFERRABLE INITIALLY DEFERRED" if timing == "when it is committed" else ""
    owner = await asyncpg.connect(database.owner_url.replace("+asyncpg", ""))
    await owner.execute(
        f"CREATE CONSTRAINT TRIGGER broken AFTER INSERT ON access_event {deferred} FOR EACH ROW "
        f"WHEN (NEW.tenant = '{ledger.council}') EXECUTE FUNCTION refuse_change()"
    )
    try:
        with pytest.raises(Unavailable, match="nothing was sent"):
            await ledger.read(MINE)
        with pytest.raises(Unavailable, match="nothing was sent"):
            await tracing.refused(ledger.pools, ledger.council, READER, "worker/W-1")
    finally:
        await owner.execute("DROP TRIGGER broken ON access_event")
        await owner.close()
    assert await ledger.trace() == []
    assert await ledger.read(MINE) == ["Text 1."]


async def test_a_refusal_is_noted_once_a_minute(ledger: Ledger) -> None:
    for whose in ("worker/W-1", "worker/W-1", "case/C-1", "worker/W-1"):
        await tracing.refused(ledger.pools, ledger.council, READER, whose)
    noted = [(row["object_kind"], row["decision"], row["count"]) for row in await ledger.trace()]
    # the minute may turn between the first and the last
    assert set(noted) == {("worker", "refused", 0), ("case", "refused", 0)}
    assert len(noted) <= 3


async def test_the_trace_is_found_by_reader_subject_and_time(ledger: Ledger) -> None:
    await ledger.read(MINE | CASE)
    (first,) = await ledger.trace(whose=("worker/W-1", "worker/W-7"))
    assert first["object_id"] == "W-1"
    assert len(await ledger.trace(reader="W-9", decision="allowed")) == 2
    assert await ledger.trace(reader="W-1") == await ledger.trace(decision="refused") == []
    assert await ledger.trace(since=datetime(2999, 1, 1, tzinfo=UTC)) == []
    assert await ledger.trace(before=datetime(1999, 1, 1, tzinfo=UTC)) == []


async def test_another_council_has_neither_these_texts_nor_this_trace(
    ledger: Ledger, database: Cluster, served: Served
) -> None:
    await ledger.read(MINE)
    other = await served.keyring.found(database.owner_url)
    assert await tracing.traced(ledger.pools, other, Wanted(), below=None, limit=9) == []
    rows = await ledger.pools.call(
        "SELECT * FROM read_texts($1, $2, 'W-9', 'p', 'a', true, 'file', now()::date, 'r', "
        "ARRAY['worker/W-1'], ARRAY['worker/W-1'], ARRAY['x'], ARRAY['x'], ARRAY['x'], ARRAY[NULL])",
        other, [1, 2, 3], readonly=False,
    )  # fmt: skip
    assert rows == []


async def test_the_database_gives_no_text_under_no_right_whoever_asks_it(ledger: Ledger, database: Cluster) -> None:
    opened = await asyncpg.connect(database.service_url.replace("+asyncpg", ""))
    call = (
        "SELECT * FROM read_texts($1, ARRAY[1], 'W', 'p', 'a', true, 'file', now()::date, 'r', $2, $2, $3, $3, $3, $3)"
    )
    try:
        with pytest.raises(asyncpg.CheckViolationError):
            await opened.fetch(call, ledger.council, ["worker/W-1"], [None])
    finally:
        await opened.close()
    assert await ledger.trace() == []


def test_who_opens_the_texts_of_more_than_fifty_within_ten_minutes_stands_out() -> None:
    """Seen to fail with subjects counted as often as they were read, and with the time left out."""
    start, apart = datetime(2025, 3, 3, 9, 0, tzinfo=UTC), timedelta(seconds=10)
    readings = [(start + apart * number, f"worker/W-{number}") for number in range(51)]
    end = readings[-1][0]
    assert bursts_of("W-9", "app", readings) == [Burst("W-9", "app", start, end, 51)]
    assert bursts_of("W-9", "app", readings[:-1]) == []
    assert bursts_of("W-9", "app", [(at, "worker/W-1") for at, _ in readings]) == []
    slowly = [(start + apart * 2 * number, f"worker/W-{number}") for number in range(200)]
    assert bursts_of("W-9", "app", slowly) == []
    later = [(at + timedelta(days=1), subject) for at, subject in readings]
    assert [burst.until for burst in bursts_of("W-9", "app", [*readings, *later])] == [end, end + timedelta(days=1)]
    on_and_on = [(start + apart * number, f"worker/W-{number}") for number in range(90)]
    assert [burst.subjects for burst in bursts_of("W-9", "app", on_and_on)] == [61]
