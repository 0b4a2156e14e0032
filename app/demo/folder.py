"""The demo's folder: its secrets, its tokens, what it has done so far. Private, random, never in the code.

.demo/            0700
  secrets.json    master key, the issuer's private key, its clients' secrets, how far the first load came
  clients.json    where to fetch tokens, and the secret of each client (COUNCIL:PERSONA)
  tokens.json     council → persona → bearer token, written anew at each start
  curl/           the same tokens as files for `curl --config`, so that none stands in a command line
  url             where the service answers, while it does
  service.log     what it said
  signer/         the signer's private key, and what it signed
  postgres/       the database
"""

import base64
import fcntl
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, TextIO

from app.config import DEMO_ISSUER
from app.demo.councils import COUNCILS
from app.demo.issuer import A_DAY, DISCOVERY, Issuer, invent_secrets
from app.demo.personas import PERSONAS
from app.deployment_keys import DeploymentKeys, key_bytes
from app.private_files import private, write_privately

Load = Literal["nothing", "part", "all"]


class AlreadyRunning(Exception):
    """Another demo uses this folder."""


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """One demo on this machine. Made by `prepare`, which leaves what is there as it is."""

    path: Path

    @property
    def secrets_file(self) -> Path:
        """There once the folder was prepared."""
        return self.path / "secrets.json"

    @property
    def erasure_register(self) -> Path:
        """What was erased, remembered outside the database."""
        return self.path / "erasures.ndjson"

    @property
    def tokens_file(self) -> Path:
        """Council → persona → bearer token."""
        return self.path / "tokens.json"

    def prepare(self) -> None:
        """Make the folder and its secrets, unless they are there."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        if not self.secrets_file.exists():
            issuer = Issuer.invent(f"{DEMO_ISSUER}{secrets.token_hex(8)}")
            master_key = base64.b64encode(secrets.token_bytes(32)).decode()
            self._write({"master_key": master_key, "issuer": issuer.as_json()})
        if "clients" not in (stored := self._read()):
            self._write(stored | {"clients": invent_secrets([council.id for council in COUNCILS])})

    def log(self) -> TextIO:
        """What the service says, kept from start to start."""
        return open(self.path / "service.log", "a", buffering=1, encoding="utf-8", opener=private)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Held while a demo runs here; the system lets go of it however the process ends. Raises AlreadyRunning."""
        with open(self.path / "lock", "w", opener=private) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning from None
            self._url_file.unlink(missing_ok=True)
            try:
                yield
            finally:
                self._url_file.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        stored: dict[str, Any] = json.loads(self.secrets_file.read_text(encoding="utf-8"))
        return stored

    def _write(self, stored: dict[str, Any]) -> None:
        write_privately(self.secrets_file, json.dumps(stored, indent=1))

    @property
    def issuer(self) -> Issuer:
        """The issuer of this folder."""
        return Issuer.from_json(self._read()["issuer"])

    @property
    def clients(self) -> dict[str, str]:
        """The secret of each client of the issuer."""
        return dict(self._read()["clients"])

    @property
    def master_key(self) -> str:
        """32 random bytes, base64."""
        return str(self._read()["master_key"])

    @property
    def deployment_keys(self) -> DeploymentKeys:
        """The same, as what reads and writes texts takes it."""
        return DeploymentKeys.single(key_bytes(self.master_key))

    @property
    def load(self) -> Load:
        """How much of the invented data was recorded: some of it when a first start was cut short."""
        stored = self._read()
        return "all" if stored.get("loaded") else "part" if "first_day" in stored else "nothing"

    @property
    def first_day(self) -> date | None:
        """The day before which the invented data ends; None without such data."""
        first = self._read().get("first_day")
        return None if first is None else date.fromisoformat(first)

    def begin_load(self, today: date) -> date:
        """The day before which the invented data ends: today on the first load, the same day again when resumed."""
        stored = {"first_day": today.isoformat()} | self._read()
        self._write(stored)
        return date.fromisoformat(stored["first_day"])

    def finish_load(self) -> None:
        """Remember that all of the invented data is recorded."""
        self._write(self._read() | {"loaded": True})

    @property
    def _url_file(self) -> Path:
        return self.path / "url"

    @property
    def url(self) -> str | None:
        """Where the service of this folder answers; None while it does not."""
        return self._url_file.read_text(encoding="utf-8").strip() if self._url_file.exists() else None

    def note_url(self, url: str) -> None:
        """Remember where the service answers, for the commands that ask it."""
        write_privately(self._url_file, f"{url}\n")

    def curl_file(self, council: str, persona: str) -> Path:
        """The token of one persona as a configuration of curl."""
        return self.path / "curl" / f"{council}-{persona}"

    def write_clients(self, url: str) -> None:
        """What a program needs to fetch tokens of its own from the issuer, which answers at `url`."""
        known = {"discovery": f"{url}{DISCOVERY}", "clients": self.clients}
        write_privately(self.path / "clients.json", json.dumps(known, indent=1))

    def write_tokens(self, now: int) -> dict[str, dict[str, str]]:
        """New tokens for everyone, valid from `now` (seconds since 1970)."""
        issuer = self.issuer
        tokens = {c.id: {name: issuer.token(c.id, name, now, A_DAY) for name in PERSONAS} for c in COUNCILS}
        write_privately(self.tokens_file, json.dumps(tokens, indent=1))
        (self.path / "curl").mkdir(mode=0o700, exist_ok=True)
        for council, personas in tokens.items():
            for name, token in personas.items():
                write_privately(self.curl_file(council, name), f'header = "Authorization: Bearer {token}"\n')
        return tokens
