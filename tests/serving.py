"""The service as a real process, for tests that kill it, cut its connections or stream from it, and for the bench.

`Keyring` is what one installation keeps secret: it makes councils and signs tokens. `Served` is one server process:
`start` returns when /health/ready answers, `stop` is SIGTERM, `kill` is SIGKILL, and after either it starts again at
the same address. Several processes may serve one database with one keyring. No worker runs beside it, unless the
settings say `{"worker": "true"}`. Left out: the database (`app.embedded`).

    with serving(cluster, folder) as served:                 # `cluster` must be migrated
        council = await served.keyring.found(cluster.owner_url)
        httpx.get(f"{served.url}/v1/events", headers=served.keyring.headers(council))
"""

import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from app.db import Database
from app.deployment_keys import DeploymentKeys
from app.embedded import Cluster
from app.events.councils import Councils, add_council
from app.events.envelope import read_event
from app.events.preparing import prepare, text_owner
from app.events.stored import NewEvent
from app.events.vault import FINGERPRINTS
from app.security import SCOPES

ROOT = Path(__file__).resolve().parent.parent
ISSUER, AUDIENCE = "https://issuer.test", "supervision-ledger"
SERVE = ("-c", "from app.cli.serving import serve; serve()")
"""What Python is given to run: `supervision serve`, installed or not."""
PATIENCE = 60
"""Seconds that a server may take to be ready, or to stop."""


class Keyring:
    """One installation's master key, and its issuer's signing key, whose public half lies in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.master_key = secrets.token_bytes(32)
        self.deployment = DeploymentKeys.single(self.master_key)
        self.register = folder / "erasures.ndjson"
        self._signing = OKPKey.generate_key("Ed25519", auto_kid=True)
        self.key_set = folder / "keys.json"
        self.key_set.write_text(json.dumps({"keys": [self._signing.as_dict(private=False)]}))

    def token(self, council: str, **claims: Any) -> str:
        """A bearer token of this council for an hour, with every right, unless `claims` say otherwise."""
        now = int(time.time())
        known = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": "test-client", "council": council, "scope": " ".join(SCOPES),
            "sources": ["*"], "types": ["*"], "roles": ["council_admin"],
            "iat": now - 5, "nbf": now - 5, "exp": now + 3600,
        }  # fmt: skip
        header = {"alg": "Ed25519", "typ": "JWT", "kid": self._signing.kid}
        return jwt.encode(header, known | claims, self._signing, algorithms=["Ed25519"])

    def headers(self, council: str, **claims: Any) -> dict[str, str]:
        """The same as the headers of a request."""
        return {"Authorization": f"Bearer {self.token(council, **claims)}"}

    def councils(self, database: Database) -> Councils:
        """The councils of a database, with this installation's keys."""
        return Councils(database, self.deployment, lambda: datetime.now(UTC))

    async def prepared(self, database: Database, council: str, events: Sequence[object]) -> list[NewEvent]:
        """Valid events, ready to be stored as if they had been sent today by `test`."""
        access, read = await self.councils(database).access(council), [read_event(event) for event in events]
        keys = await access.keys.sealing(council, {FINGERPRINTS, *map(text_owner, read)})
        return [prepare(event, keys, "test", datetime.now(UTC).date()) for event in read]

    async def found(self, owner_url: str, council: str | None = None) -> str:
        """A new council with an empty ledger; its id."""
        council = council or f"c-{secrets.token_hex(6)}"
        database = Database(owner_url, pool_size=2)
        try:
            await add_council(database, council, "A council of the tests", datetime.now(UTC))
        finally:
            await database.close()
        return council


class Served:
    """One server process, started or not. What it says goes to `log`."""

    def __init__(
        self,
        database_url: str,
        keyring: Keyring,
        log: Path,
        *,
        program: Sequence[str] = SERVE,
        settings: dict[str, str] | None = None,
    ) -> None:
        self.keyring = keyring
        self.log = log
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self._command = [sys.executable, *program]
        given = {
            "database_url": database_url, "master_key": base64.b64encode(keyring.master_key).decode(),
            "issuer": ISSUER, "audience": AUDIENCE, "jwks_file": str(keyring.key_set),
            "erasure_register": str(keyring.register),
            "host": "127.0.0.1", "port": str(self.port), "log_level": "warning", "worker": "false",
        } | (settings or {})  # fmt: skip
        self._environment = {f"SUPERVISION_{name.upper()}": value for name, value in given.items()}

    def start(self) -> None:
        """Return when it is ready; RuntimeError if it gives up. Blocks: in an event loop, call it in a thread."""
        environment = self._environment | {"PATH": os.defpath}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until = time.monotonic() + PATIENCE
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(f"the server did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.02)

    def ready(self) -> bool:
        """Whether /health/ready answers 200 now."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL if that is not enough; nothing if it does not run."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """SIGKILL; nothing if it does not run."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def serving(
    cluster: Cluster,
    folder: Path,
    *,
    keyring: Keyring | None = None,
    database_url: str | None = None,
    program: Sequence[str] = SERVE,
    settings: dict[str, str] | None = None,
) -> Iterator[Served]:
    """A ready server on a migrated cluster while the block lasts; its log and, unless given, its keys in `folder`."""
    ring = keyring or Keyring(folder)
    log = folder / f"server-{secrets.token_hex(3)}.log"
    served = Served(database_url or cluster.service_url, ring, log, program=program, settings=settings)
    try:
        served.start()
        yield served
    finally:
        served.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
