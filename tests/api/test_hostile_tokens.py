"""Every hostile token at every address, against the application itself and its real verification: none gets in.

The addresses are those that the application has at run time. Spoken to as a server would, without one in between. Each
token is tried at a third of the addresses, and each address with a third of the tokens; with `--scale 3` all at all.
"""

import asyncio
import base64
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import FastAPI

from app import logs
from app.config import GivenSettings, Settings
from app.db import Database
from app.embedded import Cluster
from app.main import create_app
from app.security import registry
from app.security.registry import Client, ReportKey
from app.security.report_keys import new_id, new_secret
from tests.api.test_routes import is_open, routes_of
from tests.security import entra, forging
from tests.security.forging import EC, ED, FORGED, NOW, RSA, SIGNED_BUT_WRONG, key_set, signed
from tests.serving import ISSUER, Keyring, Served

LEAKS = (
    b"Traceback",
    b"attacker",
    b"shropshire",
    b"lcs-push",
    b"joserfc",
    b"/tmp/",
    entra.LUTON.encode(),
    entra.PERSON.encode(),
)


class Answer(NamedTuple):
    status: int
    code: str
    body: bytes


async def ask(app: FastAPI, method: str, path: str, authorization: str) -> Answer:
    """One request, as a server would hand it over."""
    sent: list[dict[str, object]] = []
    who = (b"authorization", authorization.encode("utf-8", "surrogatepass"))
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": method,
        "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [who, (b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip

    received = iter([{"type": "http.request", "body": b"{}", "more_body": False}])

    async def receive() -> dict[str, object]:
        return next(received, {"type": "http.disconnect"})

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    problem = sent[0]["status"] >= 400
    return Answer(sent[0]["status"], json.loads(body)["code"] if problem else "", body)


def addresses(app: FastAPI) -> list[tuple[str, str]]:
    """Each method and path that is not open to all."""
    found = [
        (method, re.sub(r"\{\w+\}", "11111111", route.path))
        for route in routes_of(app)
        if not is_open(route)
        for method in route.methods
    ]
    assert len(found) > 60
    return found


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[FastAPI]:
    """The application, at the moment for which the tokens are made."""
    app = create_app(settings, lambda: datetime.fromtimestamp(NOW, UTC))
    try:
        async with app.router.lifespan_context(app):
            yield app
    finally:
        logs.configure("info")


def given(database: Cluster, keys: Path, **more: object) -> Settings:
    master = base64.b64encode(bytes(range(32))).decode()
    known = {"database_url": database.service_url, "master_key": master, "log_level": "error", "jwks_file": keys}
    return GivenSettings(**known | more)


async def refused(app: FastAPI, tokens: dict[str, str], good: str, scale: int = 1) -> int:
    """How many requests were refused; every one of them must be, and the good token by no address for its own sake."""
    tried = 0
    apart = max(1, 3 // scale)
    for number, (method, path) in enumerate(addresses(app)):
        answer = await ask(app, method, path, f"Bearer {good}")
        assert answer.status < 500, (method, path, answer)
        assert answer.status != 401, (method, path, answer)
        await asyncio.sleep(0)  # what runs beside goes on
        for name, token in islice(tokens.items(), number % apart, None, apart):
            answer = await ask(app, method, path, f"Bearer {token}")
            assert (answer.status, answer.code) in EXPECTED, (name, method, path, answer)
            assert not any(leak in answer.body for leak in LEAKS), (name, method, path, answer)
            tried += 1
    return tried


EXPECTED = {(401, "invalid_token"), (401, "token_expired"), (401, "token_missing")}


async def councils_of(database: Cluster, keyring: Keyring) -> tuple[str, str]:
    """Two councils, each with a client that it has registered."""
    ours, others = await keyring.found(database.owner_url), await keyring.found(database.owner_url)
    service = Database(database.service_url, pool_size=2)
    for council, client in ((ours, entra.CLIENT), (others, entra.ONLY_SHROPSHIRES)):
        given: dict[str, Any] = {"by": "test", "now": datetime.now(UTC)}
        await registry.register(service, council, "client", client, Client(label="test"), **given)
    await service.close()
    return ours, others


async def test_no_hostile_token_gets_in_anywhere(served: Served, database: Cluster, tmp_path: Path, scale: int) -> None:
    keyring = served.keyring
    ours, others = await councils_of(database, keyring)
    standard, of_entra = tmp_path / "standard.json", tmp_path / "entra.json"
    standard.write_bytes(key_set(ED, RSA, EC))
    of_entra.write_bytes(entra.published())
    master = base64.b64encode(keyring.master_key).decode()
    # HTTP takes white space off the ends of a header: with it these would be good
    forged = {name: token for name, token in (FORGED | SIGNED_BUT_WRONG).items() if token == token.strip()}
    async with running(given(database, standard, issuer=forging.ISSUER, mode="demo", master_key=master)) as app:
        tried = await refused(app, forged, signed(forging.but(council=ours)), scale)
    tenants = {entra.LUTON: ours, entra.SHROPSHIRE: others}
    kind = {"issuer": entra.TEMPLATE, "issuer_kind": "entra", "audience": entra.AUDIENCE, "tenants": tenants}
    async with running(given(database, of_entra, master_key=master, **kind)) as app:
        tried += await refused(app, entra.WRONG, entra.made(), scale)
        tried += await refused(app, {}, entra.made(entra.DELEGATED))
    shapes = len(forged) + len(entra.WRONG)
    where = len(addresses(app))
    assert tried > 45 * where
    sys.stdout.write(f"{shapes} hostile tokens at {where} addresses: {tried} refused, 0 accepted, 0 faults\n")


async def test_a_key_for_reports_is_nothing_anywhere_else(served: Served, database: Cluster) -> None:
    keyring = served.keyring
    council = await keyring.found(database.owner_url)
    service = Database(database.service_url, pool_size=2)
    key_id, (secret, kept) = new_id(council), new_secret()
    key = ReportKey(label="test", expires_on=date.max, secrets=(kept,))
    await registry.register(service, council, "key", key_id, key, by="test", now=datetime.now(UTC))
    await service.close()
    basic = f"Basic {base64.b64encode(f'{key_id}:{secret}'.encode()).decode()}"
    master = base64.b64encode(keyring.master_key).decode()
    settings = given(database, keyring.key_set, issuer=ISSUER, master_key=master)
    async with running(settings) as app:
        for method, path in addresses(app):
            answer = await ask(app, method, path, basic)
            expected = 200 if path.startswith("/v1/reports/") else 401
            assert answer.status == expected, (method, path, answer)
            damaged = await ask(app, method, path, basic[:-4])
            assert damaged.status == 401, (method, path, damaged)
