"""Keys of data subjects: one each, made once whoever races, put under a new epoch while all goes on, and then gone.

Each on a database of its own, since other keys would be strangers on the run's.
"""

import asyncio
import base64
import functools
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app import directory
from app.db import Database
from app.deployment_keys import DeploymentKeys, EpochMissing, add_epoch
from app.embedded import Cluster
from app.errors import Problem, Unavailable
from app.events import quarantine, reading, rewrapping, tracing
from app.events.councils import Access, Councils, add_council
from app.events.keys import MOST_KEPT, SubjectKeys, Wrapped
from app.events.quarantine import Refused
from app.events.rewrapping import held, rewrap
from app.events.tracing import Basis, Reader
from app.events.vault import FINGERPRINTS, Unreadable
from app.recording import Recorder
from app.security import SCOPES, Actor
from tests.commands import Run
from tests.nothing_lost.facts import fact
from tests.nothing_lost.weakened import Weakened

NOW = datetime(2025, 4, 4, 12, tzinfo=UTC)
ONE, TWO = secrets.token_bytes(32), secrets.token_bytes(32)
FIRST, BOTH, SECOND = DeploymentKeys({1: ONE}), DeploymentKeys({1: ONE, 2: TWO}), DeploymentKeys({2: TWO})
RIGHT = ("supervisor", "supervised_case", "supervision")
READER = Reader("W-9", "p-9", "app", True, "file", NOW.date(), "r-1")


@dataclass
class Process:
    """What one process that serves the council holds, and a clock that can be moved."""

    pools: Database
    council: str
    deployment: DeploymentKeys
    now: datetime = NOW
    councils: Councils = field(init=False)
    recorder: Recorder = field(init=False)

    def __post_init__(self) -> None:
        self.councils = Councils(self.pools, self.deployment, lambda: self.now)
        self.recorder = Recorder(self.pools, self.councils, lambda: self.now)

    @property
    def keys(self) -> SubjectKeys:
        return self.councils.keys

    async def access(self) -> Access:
        return await self.councils.access(self.council)

    async def record(self, *numbers: int, case: str = "C-1", **options: Any) -> None:
        actor = Actor(self.council, "test", frozenset(SCOPES), ("*",), ("*",))
        await self.recorder.record(actor, [fact(number, case=case) for number in numbers], **options)

    async def texts(self, *cases: str) -> list[str]:
        page = await reading.page(self.pools, self.council, after=0, limit=500, selection=reading.Selection())
        rights = {f"case/{case}": Basis(f"case/{case}", *RIGHT) for case in cases or ("C-1",)}
        return sorted((await tracing.read_texts(self.pools, await self.access(), page.events, READER, rights)).values())


@dataclass
class Place:
    """A database with one council."""

    owner_url: str
    service_url: str
    council: str
    pools: Database
    owner: Database

    def process(self, deployment: DeploymentKeys = FIRST) -> Process:
        return Process(self.pools, self.council, deployment)

    async def as_owner(self, sql: str, *given: Any) -> list[Any]:
        opened = await asyncpg.connect(self.owner_url.replace("+asyncpg", ""))
        try:
            await opened.execute("SELECT set_config('sv.tenant', $1, false)", self.council)
            return await opened.fetch(sql, *given)
        finally:
            await opened.close()

    async def destroy(self, subject: str) -> None:
        """As an erasure will: what is sealed, then the key."""
        for table in ("event_text", "directory", "quarantine"):
            await self.as_owner(
                f"DELETE FROM {table} AS t USING subject_key AS k WHERE k.number = t.key_number AND k.subject = $1",
                subject,
            )
        await self.as_owner("DELETE FROM subject_key WHERE subject = $1", subject)


@pytest.fixture(scope="module")
async def urls(weakened: Weakened) -> tuple[str, str]:
    return await weakened.database("subject_keys")


@pytest.fixture
async def place(urls: tuple[str, str]) -> AsyncIterator[Place]:
    owner, pools, council = Database(urls[0], pool_size=2), Database(urls[1]), f"c-{secrets.token_hex(4)}"
    await add_council(owner, council, "A council of the tests", NOW)
    made = Place(*urls, council, pools, owner)
    yield made
    for table in ("event_text", "directory", "quarantine", "subject_key"):  # the next test's keys are other ones
        await made.as_owner(f"DELETE FROM {table}")
    await owner.close()
    await pools.close()


async def test_a_subjects_first_text_makes_its_key_and_further_texts_use_it(place: Place) -> None:
    one, other = place.process(), place.process()
    await one.record(1)
    await other.record(2)
    await one.record(3)
    assert await place.as_owner("SELECT subject FROM subject_key ORDER BY subject") == [("case/C-1",), (FINGERPRINTS,)]
    assert len(await place.as_owner("SELECT DISTINCT key_number FROM event_text")) == 1
    assert await other.texts() == [f"What was agreed, number {number}." for number in (1, 2, 3)]


async def test_a_dry_run_makes_no_key(place: Place) -> None:
    await place.process().record(1, dry_run=True)
    assert await place.as_owner("SELECT * FROM subject_key") == []


async def test_processes_that_race_for_a_subjects_first_key_agree(place: Place) -> None:
    subjects = [f"case/C-{number}" for number in range(40)]
    asked = [place.process().keys.sealing(place.council, order) for order in (subjects, subjects[::-1]) for _ in "four"]
    first, *others = await asyncio.gather(*asked)
    assert all(found == first for found in others)
    assert len({key.secret for key in first.values()}) == len(subjects)


async def test_a_key_is_kept_for_ten_minutes_and_no_more_of_them_than_so_many(place: Place) -> None:
    process = place.process()
    (before,) = (await process.keys.sealing(place.council, ["case/C-1"])).values()
    await place.destroy("case/C-1")
    assert (await process.keys.sealing(place.council, ["case/C-1"]))["case/C-1"] is before
    process.now += timedelta(minutes=10, seconds=1)
    after = (await process.keys.sealing(place.council, ["case/C-1"]))["case/C-1"]
    assert (after.number, after.secret) != (before.number, before.secret)
    subjects = [f"case/M-{number}" for number in range(MOST_KEPT + 50)]
    await process.keys.sealing(place.council, subjects, make=False)
    await place.process().keys.sealing(place.council, subjects[:300])
    for at in range(0, 300, 100):
        await process.keys.sealing(place.council, subjects[at : at + 100])
    assert len(process.keys._kept) == 301


async def test_what_is_sealed_with_a_destroyed_key_is_sealed_anew_and_never_stored_with_it(place: Place) -> None:
    process = place.process()
    access = await process.access()
    await process.record(1)
    await directory.enter(place.pools, access, "worker", "W-1", directory.Entry("Amina"), by="t", now=NOW)
    item = Refused(b"{}", Problem("x", "refused"))
    await quarantine.keep(place.pools, access, "t", NOW, [item])
    for subject in ("case/C-1", "worker/W-1"):
        await place.destroy(subject)
    await asyncio.gather(*(process.record(number, number + 10) for number in range(2, 6)))
    assert await process.texts() == sorted(f"What was agreed, number {n}." for n in (2, 3, 4, 5, 12, 13, 14, 15))
    await directory.enter(place.pools, access, "worker", "W-1", directory.Entry("Ben"), by="t", now=NOW)
    assert await directory.names_of(place.pools, access, "worker", ["W-1"]) == {"W-1": "Ben"}
    await quarantine.keep(place.pools, access, "t", NOW, [item])
    (kept,) = await quarantine.kept(place.pools, place.council, state="open", after=None, limit=9)
    assert (await quarantine.find(place.pools, access, kept.id)).raw == b"{}"


async def test_the_body_of_what_was_sealed_anew_names_the_new_ciphertext(place: Place) -> None:
    process = place.process()
    await process.record(1)
    await place.destroy("case/C-1")
    await process.record(2)
    ((said, digest, own),) = await place.as_owner(
        "SELECT convert_from(e.body, 'UTF8')::json #>> '{data,narrative,sha256}', encode(sha256(t.ciphertext), 'hex'), "
        "e.digest = sha256(e.body) FROM event e JOIN event_text t USING (tenant, position) WHERE position = 2"
    )
    assert said == digest
    assert own


@pytest.mark.parametrize(("column", "other"), [("position", "2"), ("field", "'name'")])
async def test_a_ciphertext_in_another_place_does_not_open(place: Place, column: str, other: str) -> None:
    process = place.process()
    await process.record(1)
    await process.record(2)
    await place.as_owner("DELETE FROM event_text WHERE position = 2")
    columns = ("tenant", "position", "field", "subject", "key_number", "ciphertext", "fingerprint")
    moved = ", ".join(other if name == column else name for name in columns)
    await place.as_owner(f"INSERT INTO event_text SELECT {moved} FROM event_text WHERE position = 1")
    with pytest.raises(Unreadable):
        await process.texts()


async def test_a_text_that_is_filed_under_another_subject_than_its_keys_is_not_given_out(place: Place) -> None:
    process = place.process()
    await process.record(1)
    await place.as_owner(
        "INSERT INTO event_text SELECT tenant, position, 'name', 'case/C-2', key_number, ciphertext, fingerprint "
        "FROM event_text"
    )
    assert await process.texts("C-2") == []
    assert await process.texts() == ["What was agreed, number 1."]


async def test_a_wrapped_key_in_another_place_does_not_open(place: Place) -> None:
    process = place.process()
    await process.record(1)
    await process.record(2, case="C-2")
    await place.as_owner("""
        UPDATE subject_key SET wrapped = (SELECT wrapped FROM subject_key WHERE subject = 'case/C-1')
        WHERE subject = 'case/C-2'
    """)
    with pytest.raises(Unavailable, match="not the one"):
        await place.process().texts("C-2")
    with pytest.raises(Unavailable, match="lacks the deployment's key of epoch 1"):
        await place.process(SECOND).texts()
    with pytest.raises(Unavailable, match="not the one"):
        await place.process(DeploymentKeys.single(TWO)).texts()


async def test_all_goes_on_while_keys_are_put_under_a_new_epoch_and_then_the_old_one_is_not_needed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rewrapping, "AT_ONCE", 7)
    early, late = place.process(), place.process(BOTH)
    for number in range(30):
        await early.record(number, case=f"C-{number}")
    before = await place.as_owner("SELECT subject, number, epoch, wrapped FROM subject_key WHERE subject = 'case/C-3'")
    moved: list[int] = []

    async def go_on(process: Process, numbers: range) -> None:
        for number in numbers:
            await process.record(number, case=f"C-{number % 40}")
            assert await process.texts(f"C-{number % 40}")

    await asyncio.gather(
        rewrap(place.owner, place.council, BOTH, moved.append), go_on(early, range(100, 120)),
        go_on(late, range(120, 145)), rewrap(place.owner, place.council, BOTH, moved.append),
    )  # fmt: skip
    await rewrap(place.owner, place.council, BOTH, moved.append)
    assert sum(moved) >= 31
    assert (await held(place.owner, place.council)).keys() == {2}
    afterwards = place.process(SECOND)
    await afterwards.keys.check()
    cases = {f"C-{number % 40}" for number in (*range(30), *range(100, 145))}
    assert len(await afterwards.texts(*cases)) == 75
    await afterwards.record(5, case="C-5")
    assert len(await afterwards.texts(*cases)) == 75, "a repeat is known as one"
    with pytest.raises(Unavailable, match="epoch 2"):
        await place.process().keys.check()
    with pytest.raises(Unavailable, match="epoch 1"):  # a backup of before, for who has the new key alone
        afterwards.keys._opened(place.council, Wrapped(*before[0]))


async def test_what_cannot_be_opened_is_left_as_it_is_by_a_rotation(place: Place) -> None:
    await place.process().record(1)
    for deployment in (SECOND, DeploymentKeys({1: TWO, 2: ONE})):
        with pytest.raises((EpochMissing, Unreadable)):
            await rewrap(place.owner, place.council, deployment, print)
    assert (await held(place.owner, place.council)) == {1: 2}
    assert await place.process().texts() == ["What was agreed, number 1."]


async def test_an_operator_changes_the_keys(place: Place, run: Run, tmp_path: Path) -> None:
    await place.process().record(1)
    file = tmp_path / "keys.json"
    add_epoch(file, ONE)
    given = {"OWNER_DATABASE_URL": place.owner_url, "KEYS_FILE": str(file)}
    command = functools.partial(asyncio.to_thread, run, "keys", **given)
    assert "epoch 1: 2 keys: supervision keys rewrap" in (await command("status")).stdout
    assert (await command("rewrap")).stdout.startswith("2 keys put under epoch 2.")
    told = (await command("status")).stdout
    assert "epoch 1: no key any more." in told
    assert "epoch 2: 2 keys, and every new one" in told
    serve = {
        "DATABASE_URL": place.service_url, "MASTER_KEY": base64.b64encode(ONE).decode(), "ISSUER": "https://i.example",
        "JWKS_FILE": "/k", "PORT": "0",
    }  # fmt: skip
    refused = await asyncio.to_thread(run, "serve", **serve)
    assert refused.returncode == 1
    assert "lacks the deployment's key of epoch 2" in refused.stderr


async def test_nothing_that_was_sealed_lies_in_clear_in_the_databases_files(place: Place, database: Cluster) -> None:
    canary, process, began = f"Canary-{secrets.token_hex(8)}", place.process(), time.time()
    told = fact(1, case="C-1")
    told["data"]["narrative"] = canary
    actor = Actor(place.council, "test", frozenset(SCOPES), ("*",), ("*",))
    await process.recorder.record(actor, [told])
    entry, item = directory.Entry(canary), Refused(canary.encode(), Problem("x", "refused"))
    await directory.enter(place.pools, await process.access(), "team", "T-1", entry, by="t", now=NOW)
    await quarantine.keep(place.pools, await process.access(), "t", NOW, [item])
    files = [path for path in database.folder.rglob("*") if path.is_file() and path.stat().st_mtime >= began - 1]
    written = b"".join(path.read_bytes() for path in files)
    assert place.council.encode() in written, "what is not secret is found: the search sees what was written"
    assert canary.encode() not in written
