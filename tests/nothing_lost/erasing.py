"""A council of which things are erased, the operator's and the service's ways to it, and what a backup of it holds."""

import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from app.assessing import Assessor
from app.db import Database
from app.deployment_keys import DeploymentKeys
from app.domain.subject import Subject
from app.embedded import Cluster
from app.erasing import Decider, Deciding, Erasing
from app.erasing.course import Asked
from app.erasure_register import ErasureRegister
from app.errors import Problem
from app.events import erasing, reading, tracing
from app.events.councils import Access, Councils
from app.events.facts import LONDON
from app.events.stored import Append
from app.events.tracing import Basis, Reader
from app.events.vault import Unreadable, text_context
from app.recording import Recorder, own_event
from app.security import SCOPES, Actor

NOW = datetime.now(UTC)
TODAY = NOW.astimezone(LONDON).date()
COOLED = TODAY - timedelta(days=20)
TABLES = ("event_text", "subject_key", "directory", "quarantine")
RIGHT = ("supervisor", "supervised", "supervision")


@dataclass
class Place:
    """A database with one council, and what one process that serves it holds."""

    cluster: Cluster
    owner_url: str
    council: str
    pools: Database
    owner: Database
    keys_file: Path
    register: ErasureRegister
    deployment: DeploymentKeys = field(init=False)
    numbers: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.deployment = DeploymentKeys.from_file(self.keys_file)

    def councils(self, deployment: DeploymentKeys | None = None) -> Councils:
        return Councils(self.pools, deployment or self.deployment, lambda: NOW, self.register)

    def erasing(self) -> Erasing:
        councils = self.councils()
        deciding = Deciding(self.pools, Recorder(self.pools, councils, lambda: NOW), Assessor(self.pools))
        return Erasing(deciding, councils, self.register, 14)

    async def access(self) -> Access:
        return await self.councils().access(self.council)

    async def record(self, *events: dict[str, Any]) -> None:
        actor = Actor(self.council, "test", frozenset(SCOPES), ("*",), ("*",))
        await Recorder(self.pools, self.councils(), lambda: NOW).record(actor, events)

    def event(self, kind: str, /, event_id: str | None = None, **data: Any) -> dict[str, Any]:
        identity = event_id or f"e-{next(iter(self.numbers))}"
        return {"specversion": "1.0", "type": kind, "source": "urn:t", "id": identity, "data": data}

    def told(self, worker: str, text: str) -> list[dict[str, Any]]:
        """A worker who left years ago, and a session with a text."""
        return [
            self.event("WorkerStarted", worker_id=worker, started_on="2015-01-05", role="social_worker", service="x"),
            self.event("SessionHeld", f"session-{worker}", worker_id=worker, session_id=f"S-{worker}", narrative=text,
                       held_on="2016-03-04", kind="individual"),
            self.event("WorkerLeft", worker_id=worker, left_on="2017-01-05"),
        ]  # fmt: skip

    async def agreed(self, worker: str) -> None:
        """Asked for and approved twenty days ago."""
        erase, subject = self.erasing(), Subject("worker", worker)
        one, two = (Decider(self.council, "app", who, COOLED, NOW) for who in ("D-1", "D-2"))
        await erase.ask(one, subject, Asked(f"E-{worker}", "retention_over", "records_board"))
        await erase.approve(two, subject, f"E-{worker}")

    async def all_agreed(self, *workers: str) -> None:
        """The same of many at once, as it is recorded: who may do it is tried elsewhere."""
        recorder, on = self.erasing().deciding.recorder, COOLED.isoformat()
        events = []
        for worker in workers:
            usual = {"worker_id": worker, "request_id": f"E-{worker}", "basis": "retention_over"}
            asked = usual | {"requested_on": on, "by": "D-1", "authority": "records_board"}
            approved = usual | {"approved_on": on, "by": "D-2", "from_on": TODAY.isoformat(), "names": [worker]}
            for kind, data in (("ErasureRequested", asked), ("ErasureApproved", approved)):
                raw = own_event(self.council, kind, f"{kind}-{worker}", NOW, data)
                events.append((await recorder.prepared_own(self.council, "app", raw))[0])
        await recorder.queue(self.council).submit(Append(events), bulk=True)

    async def carry_out(self, worker: str, erase: Erasing | None = None) -> None:
        who = Decider(self.council, "app", "D-2", TODAY, NOW)
        await (erase or self.erasing()).carry_out(who, Subject("worker", worker), f"E-{worker}")

    async def fetch(self, sql: str, *given: Any) -> list[Any]:
        opened = await asyncpg.connect(self.owner_url.replace("+asyncpg", ""))
        try:
            await opened.execute("SELECT set_config('sv.tenant', $1, false)", self.council)
            return await opened.fetch(sql, *given)
        finally:
            await opened.close()

    async def backup(self) -> dict[str, list[Any]]:
        """The rows that a backup of now would hold."""
        return {table: await self.fetch(f"SELECT * FROM {table} WHERE tenant = $1", self.council) for table in TABLES}

    async def restore(self, rows: dict[str, list[Any]]) -> None:
        """Put the rows of an older backup in place of those of now."""
        for table in ("event_text", "directory", "quarantine", "subject_key"):
            await self.fetch(f"DELETE FROM {table}")
        for table in ("subject_key", "event_text", "directory", "quarantine"):
            for row in rows[table]:
                marks = ", ".join(f"${number}" for number in range(1, len(row) + 1))
                await self.fetch(f"INSERT INTO {table} VALUES ({marks})", *row.values())

    async def texts(self, *workers: str) -> list[str]:
        page = await reading.page(self.pools, self.council, after=0, limit=5000, selection=reading.Selection())
        rights = {f"worker/{worker}": Basis(f"worker/{worker}", *RIGHT) for worker in workers}
        reader = Reader("W-9", "p-9", "app", True, "file", TODAY, "r-1")
        return sorted((await tracing.read_texts(self.pools, await self.access(), page.events, reader, rights)).values())

    def opened(self, rows: dict[str, list[Any]], deployment: DeploymentKeys) -> list[str]:
        """What somebody reads who has these rows and these keys of the deployment."""
        keys, found = Councils(self.pools, deployment, lambda: NOW).keys, []
        by_number = {row["number"]: row for row in rows["subject_key"]}
        for row in rows["event_text"]:
            held = by_number[row["key_number"]]
            stored = erasing.Wrapped(held["subject"], held["number"], held["epoch"], bytes(held["wrapped"]))
            worker = row["subject"].removeprefix("worker/")
            try:
                key = keys.unwrapped(self.council, stored)
                context = text_context("urn:t", f"session-{worker}", row["field"])
                found.append(key.open(bytes(row["ciphertext"]), context).decode())
            except (Problem, Unreadable):
                continue
        return found

    async def found_in_files(self, sealed: Iterable[bytes]) -> int:
        """How many of these bytes stand in the files of the database, indexes and long values too; WAL apart."""
        await self._checkpoint()
        [(oid,)] = await self.fetch("SELECT oid FROM pg_database WHERE datname = current_database()")
        folder = self.cluster.home / "data" / "base" / str(oid)
        content = b"\n".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())
        return sum(each in content for each in sealed)

    async def _checkpoint(self) -> None:
        password = json.loads((self.cluster.folder / "passwords.json").read_text())["postgres"]
        superuser = await asyncpg.connect(
            host=str(self.cluster.postmaster.socket), user="postgres", password=password, database="postgres"
        )
        await superuser.execute("CHECKPOINT")
        await superuser.close()
