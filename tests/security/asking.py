"""Every cell asked over HTTP, in this process: each role alone, everybody of `standing`, every route, every purpose.

Left out is only what cannot differ, each with its reason where `cells` leaves it out; `--scale 2` leaves out nothing.
"""

import asyncio
import base64
import gc
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute

from app.api.deps import now, today
from app.config import GivenSettings
from app.embedded import Cluster
from app.garbage import collect_rarely
from app.main import create_app
from app.recording import own_event
from app.security import SCOPES
from tests.councils import Council
from tests.routing import guarded, takes
from tests.security.reading_the_matrix import Plainly
from tests.security.standing import CANARIES, CASE, NAMES, PEOPLE, TEAM, WORKER, Person, events, ledger_id, own_events
from tests.serving import AUDIENCE, ISSUER

APPLICATION: Final = "integration"
AT_ONCE: Final = 6
"""Questions; each of four pools may open as many connections, beside those of the service that is there already."""
REFUSED: Final = {
    *("not_in_matrix", "scope_missing", "not_in_role", "purpose_needed", "not_chosen", "not_related"),
}
"""The codes with which the gate refuses; a 403 with any other comes from further in."""
NOT_THERE: Final = {"no_such_worker", "no_such_case", "no_such_team", "no_such_event"}
FILLED: Final = {"worker_id": WORKER, "case_id": CASE, "team_id": TEAM}
"""What stands for the path's parameters; any other is an id that nobody has, so that nothing is changed or ended."""
NARROWED: Final = {
    "timeline.svg": {"from": "2024-02-01", "to": "2024-02-08"},
    "compliance/trend": {"every": "quarter"},
    "planning/due": {"weeks": "1"},
}
"""What makes an answer cheap without making it another."""
RECORDED: Final = ("canary-record", "canary-note")
"""One text about the worker, one about the case."""
TO_NOBODY: Final = ("X-1", "Z-1, who has left")
"""They stand to nobody in particular, or to nobody at all: asked of everything."""
COUNCILWIDE: Final = ("no worker id", "E-1", "E-2", "EN-1, not begun", "EX-1, ended yesterday")
"""Those whose relations to the council as a whole differ from theirs, or might be thought to."""


@dataclass(frozen=True)
class Cell:
    """One thing to be tried; `of` is the text of an event, where it is one event that is asked for."""

    role: str
    person: str
    route: str
    purpose: str | None = None
    of: str | None = None

    @property
    def somebody(self) -> Person:
        return PEOPLE[self.person]


@dataclass(frozen=True)
class Answer:
    """What came of a cell."""

    status: int
    code: str | None
    outcome: str
    texts: frozenset[str]
    names: frozenset[str]
    subjects: frozenset[str] = frozenset()
    """Whom a list is about ("worker/W-1")."""
    counted: int = 0
    """The sum of all totals in it."""


@dataclass
class Asked:
    """All that was tried in one council, and what came."""

    pack: str
    plainly: Plainly
    routes: dict[str, APIRoute]
    answers: dict[Cell, Answer] = field(default_factory=dict)


def service(council: Council, database: Cluster) -> FastAPI:
    """The same service as the council's, in this process."""
    keyring = council.served.keyring
    key = base64.b64encode(keyring.master_key).decode()
    given = GivenSettings(database_url=database.service_url, master_key=key, issuer=ISSUER, audience=AUDIENCE,
                          jwks_file=keyring.key_set, log_level="warning", pool_size=AT_ONCE)  # fmt: skip
    return create_app(given)


async def ask_everything(council: Council, app: FastAPI, asked: Asked, wanted: Iterable[Cell]) -> None:
    """Tell the council its facts, then ask every cell."""
    async with app.router.lifespan_context(app), _rarely_collecting():
        positions = await _told(council, app)
        turns = asyncio.Semaphore(AT_ONCE)
        tokens: dict[tuple[str, str], str] = {}

        async def one(cell: Cell) -> None:
            who = (cell.role, cell.person)
            if who not in tokens:
                tokens[who] = council.served.keyring.token(council.id, **_claims(*who))
            async with turns:
                asked.answers[cell] = _read(*await request(app, *_address(cell, asked.pack, positions), tokens[who]))

        async with asyncio.TaskGroup() as group:
            for cell in wanted:
                group.create_task(one(cell))


@asynccontextmanager
async def _rarely_collecting() -> AsyncIterator[None]:
    """The process of the tests holds much: garbage is looked for as rarely as in a service."""
    usual = gc.get_threshold()
    collect_rarely()
    yield
    gc.set_threshold(*usual)
    gc.unfreeze()


async def request(app: FastAPI, method: str, url: httpx.URL, token: str) -> tuple[int, str, bytes]:
    """Status, media type and body of an answer. ASGI by hand: a client would cost as much as many an answer."""
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": url.path, "raw_path": url.raw_path, "query_string": url.query, "root_path": "",
        "headers": [(b"host", b"cells"), (b"authorization", f"Bearer {token}".encode())],
        "client": ("127.0.0.1", 1), "server": ("cells", 80), "state": {},
    }  # fmt: skip
    sent: list[Any] = []
    bodies = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        return next(bodies, None) or await asyncio.Future()  # an answer that streams waits here for us to go away

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    head, *parts = sent
    kind = dict(head["headers"]).get(b"content-type", b"").decode()
    return head["status"], kind, b"".join(part.get("body", b"") for part in parts)


def _claims(role: str, person: str) -> dict[str, Any]:
    """A token with every scope, for somebody in one role; an application has roles of people for nothing."""
    if role == APPLICATION:
        return {"roles": ["supervisor", "service_director", "dpo"]}
    who = {"azp": "an-app", "sub": f"p-{ledger_id(person)}", "worker_id": ledger_id(person)}
    return who | {"roles": [role], "scope": " ".join(SCOPES)} | PEOPLE[person].claims


async def _told(council: Council, app: FastAPI) -> dict[str, int]:
    """The facts, recorded; where each text stands, and once more what is structure only."""
    sent = [council.event(kind, id=f"fact-{number}", **data) for number, (kind, data) in enumerate(events(today()))]
    receipt = await asyncio.to_thread(council.post, sent)
    assert receipt.status_code == 201, receipt.text
    recorder = app.state.parts.recorder
    for number, (kind, data) in enumerate(own_events(today())):
        told = await recorder.record_own(council.id, "cells", own_event(council.id, kind, f"own-{number}", now(), data))
    for path, name in (("workers/W-1", NAMES[0]), ("teams/T-1", NAMES[1])):
        entered = await asyncio.to_thread(council.client.put, f"/v1/directory/{path}", json={"name": name})
        assert entered.status_code == 201, entered.text
    await asyncio.to_thread(council.get, "/v1/workers", min_position=told.position, limit=1)
    where = {item["id"]: item["position"] for item in receipt.json()["items"]}
    texts = {each["data"].get("narrative"): where[each["id"]] for each in sent}
    return {text: position for text, position in texts.items() if text}


def _address(cell: Cell, pack: str, positions: dict[str, int]) -> tuple[str, httpx.URL]:
    method, _, path = cell.route.partition(" ")
    filled = FILLED | {"policy_id": pack, "position": str(positions.get(cell.of or "", 1))}
    if method in ("DELETE", "PUT"):
        filled |= {"worker_id": "nobody", "team_id": "nobody"}
    path = re.sub(r"\{(\w+)\}", lambda found: filled.get(found[1], "nobody00"), path)
    query = next((query for part, query in NARROWED.items() if path.endswith(part)), {})
    return method, httpx.URL("http://cells" + path, params=query | ({"purpose": cell.purpose} if cell.purpose else {}))


def _read(status: int, kind: str, sent: bytes) -> Answer:
    text = sent.decode(errors="replace")
    body = json.loads(text) if kind.startswith(("application/json", "application/problem+json")) else None
    code = body["code"] if kind.startswith("application/problem+json") else None
    texts = frozenset(canary for canary in CANARIES if canary in text)
    names = frozenset(name for name in NAMES if name in text)
    return Answer(status, code, _outcome(status, code), texts, names, _subjects(body), _counted(body))


def _outcome(status: int, code: str | None) -> str:
    if status == 403 and code in REFUSED:
        return "refused"
    return "not there" if status == 404 and code in NOT_THERE else "allowed"


def _counted(body: Any) -> int:
    if isinstance(body, dict):
        own = body.get("total", 0)
        return (own if isinstance(own, int) else 0) + sum(map(_counted, body.values()))
    return sum(map(_counted, body)) if isinstance(body, list) else 0


def _subjects(body: Any) -> frozenset[str]:
    """Whom the items of a list are about; events name theirs otherwise, and jobs nobody."""
    items = body.get("items", ()) if isinstance(body, dict) else ()
    about = [item["subject"] for item in items if isinstance(item.get("subject"), dict)]
    about += [
        {"type": "worker" if "role" in item else "case", "id": item["id"]} for item in items if "findings" in item
    ]
    return frozenset(f"{each['type']}/{each['id']}" for each in about)


def cells(app: FastAPI, plainly: Plainly, *, first: bool, thorough: bool = False) -> Iterator[Cell]:
    """What is to be tried; of a council that is not the `first`, what a choice of its policy may make different.

    `thorough`: everything, also what cannot differ from something that is tried anyway.
    """
    routes = guarded(app)
    for role in (*plainly.matrix["roles"], "no role"):
        for person in PEOPLE if role != APPLICATION else ["no worker id"]:
            for operation, written in plainly.matrix["operations"].items():
                there = [route for route in written["routes"] if route in routes]
                if not (first or thorough or plainly.has_choices(operation)):
                    there = there[:1] if person in (*TO_NOBODY, "W-1") else []
                # texts of single events open as those of files do, of which everybody is asked in both councils
                if written["about"] == "event" and not (first or thorough or PEOPLE[person].plain):
                    there = []
                wanted = there if thorough else _routes_for(plainly, role, person, operation, there)
                yield from _asked_at(plainly, Cell(role, person, ""), operation, wanted, routes)


def _routes_for(plainly: Plainly, role: str, person: str, operation: str, there: list[str]) -> list[str]:
    """The routes of an operation that are asked as this person in this role: without those that cannot differ."""
    about, of = plainly.matrix["operations"][operation]["about"], plainly.relations(role, operation)
    if role == APPLICATION:
        return there
    if plainly.matrix["operations"][operation].get("anybody"):
        return there if person in (*TO_NOBODY, *COUNCILWIDE, "W-1") else []
    if not of:
        return there if person == "W-1" else []  # refused by the role alone, before anybody looks who stands how
    if person in TO_NOBODY:  # who has left is refused as the other is, and sees nobody in any list
        return there if person == "X-1" or about == "reach" else there[:1]
    if about == "council":  # how they stand to a worker makes no difference
        return there[:1] if person in COUNCILWIDE and "engaged" in of else []
    if _for_another_purpose(plainly, role, person, operation):
        return there[:1] if person == "G-oversight" else []
    if of & PEOPLE[person].relations(about):
        # others stand in the same way because of other facts; and a list is looked up the same way for everybody
        return there[: 2 if about == "reach" and person != "S-1" else None] if PEOPLE[person].plain else there[:1]
    # what relates nobody is worked out once for each kind of subject, whatever the operation and the route; and where
    # anybody of the council may, it makes no difference
    return there[:1] if operation in ("worker", "case") and "council" not in of else []


def _for_another_purpose(plainly: Plainly, role: str, person: str, operation: str) -> bool:
    """Whether they were given something, and for a purpose for which the role has nothing."""
    return person.startswith("G-") and person.removeprefix("G-") not in plainly.purposes(role, operation)


def _asked_at(
    plainly: Plainly, cell: Cell, operation: str, there: list[str], routes: dict[str, APIRoute]
) -> Iterator[Cell]:
    """Without a purpose everywhere; with one at one route of the operation: it is read before a route is reached."""
    of_event = plainly.matrix["operations"][operation]["about"] == "event"
    for number, route in enumerate(there):
        somebody = cell.somebody
        texts = _texts(somebody) if of_event else [None]
        yield from (replace(cell, route=route, of=text) for text in texts)
        if number == 0 and takes(routes[route], "purpose"):
            purposes = _stated(plainly.purposes(cell.role, operation) - {"supervision"}, somebody)
            some = [text for text in texts if text in (None, *RECORDED)][:1]
            yield from (replace(cell, route=route, of=text, purpose=purpose) for purpose in purposes for text in some)


def _stated(purposes: set[str], somebody: Person) -> list[str]:
    """Which purposes are stated: of whom something was given for a purpose that one and one other; else each."""
    given = {way.purpose for way in (*somebody.worker, *somebody.case, *somebody.council) if way.purpose}
    if not purposes or (given and not given & purposes):
        return []
    others = sorted(purposes - given) or sorted({"dispute", "personnel"} - purposes)
    return [*sorted(purposes & given), *(others[:1] if given else others)]


def _texts(somebody: Person) -> list[str | None]:
    """Texts of every kind; fewer for who stands to the worker and to the case as somebody else does."""
    if somebody.is_confined or somebody in (PEOPLE["W-1"], PEOPLE["S-1"]):
        return list(CANARIES)
    of_each = zip(RECORDED, (somebody.worker, somebody.case), strict=True)
    return [text for text, ways in of_each if ways] or [*RECORDED]
