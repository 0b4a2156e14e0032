"""A council as a test sees it: somewhere to send events to, and to ask."""

import asyncio
import itertools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Self

import httpx

from app import shipped
from app.db import Database
from app.deployment_keys import DeploymentKeys
from app.recording import open_council
from tests.serving import Served

SOURCE = "urn:test:ehm"


class Council:
    """One council of a running service, with a client that may do everything in it."""

    def __init__(self, identity: str, served: Served, client: httpx.Client) -> None:
        self.id, self.served, self.client = identity, served, client
        self._numbers = itertools.count(1)

    @classmethod
    @contextmanager
    def new(cls, served: Served, owner_url: str) -> Iterator[Self]:
        """A council of its own, with the shipped working-day calendar."""
        council = f"c-{secrets.token_hex(6)}"
        asyncio.run(_open(owner_url, served.keyring.deployment, council))
        with _client(served, served.keyring.headers(council)) as client:
            yield cls(council, served, client)

    def adopt(self, name: str, applies_from: str) -> None:
        """Adopt a shipped pack."""
        answer = self.client.post(
            "/v1/policies/adopt", json={"policy_yaml": shipped.pack(name), "applies_from": applies_from}
        )
        assert answer.status_code in (200, 201), answer.text

    def as_client(self, **claims: Any) -> httpx.Client:
        """Another client of this council, with these claims in its token."""
        return _client(self.served, self.served.keyring.headers(self.id, **claims))

    def as_person(self, worker: str, *roles: str, **claims: Any) -> httpx.Client:
        """A person in these roles, who is this worker in the ledger, before an application of this council."""
        return self.as_client(**{"azp": "app", "sub": f"p-{worker}", "worker_id": worker, "roles": [*roles]} | claims)

    def event(self, type_name: str, /, *, id: str | None = None, source: str = SOURCE, **data: Any) -> dict[str, Any]:  # noqa: A002
        """An event of this type; attributes of the envelope may be given as `time` and `sourcerecordedtime`."""
        outside = {name: data.pop(name) for name in ("time", "sourcerecordedtime", "subject") if name in data}
        identity = id or f"e-{next(self._numbers)}"
        return {"specversion": "1.0", "type": type_name, "source": source, "id": identity, **outside, "data": data}

    def post(self, body: Any, **query: Any) -> httpx.Response:
        """Send one event or an array."""
        return self.client.post("/v1/events", json=body, params=query)

    def tell(self, type_name: str, /, **data: Any) -> int:
        """Record one event that must be taken; its position."""
        answer = self.post(self.event(type_name, **data))
        assert answer.status_code == 201, answer.text
        return int(answer.json()["position"])

    def get(self, path: str, **query: Any) -> httpx.Response:
        """Ask."""
        return self.client.get(path, params=query)

    def compliance(self, subject: str, **query: Any) -> dict[str, Any]:
        """The compliance answer about `worker/W-1` or `case/C-1`."""
        kind, _, identity = subject.partition("/")
        answer = self.get(f"/v1/{kind}s/{identity}/compliance", **query)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def finding(self, subject: str, clause: str, **query: Any) -> dict[str, Any]:
        """The one finding that answers a clause."""
        (found,) = self.compliance(subject, clause=clause, **query)["findings"]
        assert isinstance(found, dict)
        return found


def _client(served: Served, headers: dict[str, str]) -> httpx.Client:
    """Speaks plain HTTP: a hundred certificates would be read for each client, and used by none."""
    return httpx.Client(base_url=served.url, headers=headers, timeout=30, verify=False)


async def _open(owner_url: str, deployment: DeploymentKeys, council: str) -> None:
    database = Database(owner_url, pool_size=2)
    try:
        await open_council(
            database, deployment, council, "A council of the tests", datetime.now(UTC), shipped.calendar()
        )
    finally:
        await database.close()
