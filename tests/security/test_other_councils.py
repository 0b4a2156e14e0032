"""Another council's ids, places, cursors and entity tags are answered byte for byte as ones that never were.

Every address of the document is tried, with each of its parameters that can name something, by an application of
another council and by a person there in every role. What is echoed is made alike first, and what differs each time.
"""

import base64
import re
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app import shipped
from app.embedded import Cluster
from tests.api.test_any_request import described_app
from tests.councils import SOURCE, Council
from tests.serving import Served

NAMES = {
    "worker_id": "worker", "case_id": "case", "team_id": "team", "policy_id": "policy", "job_id": "job",
    "item_id": "item", "position": "position", "id": "worker", "team": "team", "supervisor": "worker",
    "lead": "worker", "reader": "worker", "worker": "worker", "case": "case", "job": "job", "cursor": "cursor",
    "tag": "tag", "after": "position", "known_position": "position", "min_position": "position",
    "client_id": "client", "subject": "person", "key_id": "key", "expected_position": "position",
    "grantee": "worker", "grant_id": "grant", "sample_id": "sample", "request_id": "request", "hold_id": "hold",
    "erasure_id": "erasure", "redaction_id": "position", "last-event-id": "place", "if-none-match": "etag",
    "from_known_position": "position", "to_known_position": "position",
}  # fmt: skip
"""Parameters that can name something of a council, and what."""
MORE: dict[tuple[str, str], dict[str, dict[str, str]]] = {
    ("DELETE /v1/revocations", "id"): {"params": {"kind": "client"}},
    ("POST /v1/events", "tag"): {"params": {"expected_position": "0"}},
    ("POST /v1/events", "expected_position"): {"params": {"tag": "case/C-1"}},
    ("GET /v1/events", "last-event-id"): {"headers": {"Accept": "text/event-stream"}},
}
"""What goes with a parameter."""
ORDINARY = {
    "atomic", "dry_run", "as_at", "limit", "type", "from", "to", "known_at", "status", "service", "role", "include",
    "category", "prefer", "knowledge", "history", "clause", "due_after", "due_before", "kind", "rule", "force", "by",
    "every", "of", "code", "weeks", "on", "minutes", "version", "purpose", "decision", "state",
    "live_on", "overlap_days", "size", "tile", "accept", "from_as_at", "to_as_at", "from_known_at", "to_known_at",
}  # fmt: skip
"""Parameters that cannot. A new one must be put in one of the two."""
BODIES: dict[str, dict[str, Any]] = {
    "PUT /v1/directory/workers/{worker_id}": {"name": "Somebody"},
    "PUT /v1/directory/teams/{team_id}": {"name": "Some team"},
    "PUT /v1/clients/{client_id}": {"label": "A client", "sources": ["urn:a"], "event_types": ["CaseOpened"]},
    "PUT /v1/people/{subject}": {"worker_id": "W-1"},
    "POST /v1/policies/{policy_id}/withdraw": {"withdrawn_on": "2025-01-01"},
    "POST /v1/policies/{policy_id}/reviewed": {"reviewed_on": "2025-01-01"},
    "POST /v1/policies/check": {"policy_yaml": "x"},
    "POST /v1/policies/adopt": {"policy_yaml": "x", "applies_from": "2025-01-01"},
    "POST /v1/policies/simulate": {"policy_yaml": "x", "applies_from": "2025-01-01"},
}
OURS_ALONE = {"date", "x-request-id", "content-length"}
"""Headers that differ from answer to answer."""
EACH_TIME = re.compile(r'\d{4}-\d\d-\d\dT[\d:.]+Z|"request_id":"\w+"')
"""What differs within answers: moments, and which request is told of."""


@dataclass
class Pair:
    """Something of the other council, and something of the same shape that nobody has."""

    real: str
    invented: str


@dataclass
class Tried:
    probes: int = 0
    routes: set[str] = field(default_factory=set)
    differences: list[str] = field(default_factory=list)


def _id(prefix: str) -> Pair:
    return Pair(f"{prefix}-{secrets.token_hex(4)}", f"{prefix}-{secrets.token_hex(4)}")


class Other:
    """A council that holds a little of everything, and what it could be found by."""

    def __init__(self, council: Council) -> None:
        self.council = council
        self.pairs = {
            name: _id(name[0].upper())
            for name in (
                "worker",
                "case",
                "team",
                "event",
                "client",
                "person",
                "grant",
                "sample",
                "request",
                "hold",
                "erasure",
            )
        }
        self._tell()
        epoch = council.get("/v1/events", limit=1).headers["Supervision-Position"].partition("epoch=")[2]
        real, invented = (base64.urlsafe_b64encode(f'["{each}",3]'.encode()).rstrip(b"=").decode()
                          for each in (epoch, secrets.token_hex(len(epoch) // 2)))  # fmt: skip
        job = council.get("/v1/workers", known_at="2025-01-01T00:00:00Z").json()["id"]
        item = council.get("/v1/quarantine").json()["items"][0]["id"]
        wanted = {"label": "Theirs", "expires_on": (datetime.now(UTC).date() + timedelta(days=30)).isoformat()}
        key = council.client.post("/v1/report-keys", json=wanted).json()["key_id"]
        self.pairs |= {
            "key": Pair(key, key[:-6] + key[:-7:-1]),
            "policy": Pair("luton_2021", "luton_1202"),
            "position": Pair("57", "91"),
            "cursor": Pair(real, invented),
            "place": Pair(f"{epoch}.3", f"{secrets.token_hex(len(epoch) // 2)}.3"),
            "job": Pair(job, job[::-1]),
            "item": Pair(item, item[::-1]),
            "tag": Pair(f"case/{self.pairs['case'].real}", f"case/{self.pairs['case'].invented}"),
        }

    def _tell(self) -> None:
        worker, case, team, event = (self.pairs[name].real for name in ("worker", "case", "team", "event"))
        council = self.council
        council.adopt("luton", "2021-06-01")
        post = {"role": "social_worker", "service": "assessment", "started_on": "2024-01-01", "team_id": team}
        council.tell("WorkerStarted", worker_id=worker, **post)
        council.tell("CaseOpened", case_id=case, opened_on="2024-02-01", service="assessment", team_id=team)
        council.tell("CaseAllocated", case_id=case, worker_id=worker, allocated_on="2024-02-01")
        council.tell("FileOpened", worker_id=worker, opened_on="2024-02-01", file_id="F-1")
        granted = {"grant_id": self.pairs["grant"].real, "grantee_id": "A-1", "scope": {"kind": "file", "id": worker}}
        soon = (datetime.now(UTC).date() + timedelta(days=9)).isoformat()
        with council.as_person("D-1", "senior_manager") as senior:
            given = senior.post("/v1/access-grants", json=granted | {"purpose": "audit", "until_on": soon})
            sample = {"sample_id": self.pairs["sample"].real, "size": 1, "population": {"ids": [worker]}}
            drawn = senior.post("/v1/audit-samples", json=sample | {"programme": "x"}, headers={"Prefer": "wait=30"})
        assert (given.status_code, drawn.status_code) == (201, 201), given.text + drawn.text
        with council.as_person("D-2", "dpo") as officer:
            asked = {"worker_id": worker, "request_id": self.pairs["request"].real}
            officer.post("/v1/subject-requests", json=asked).raise_for_status()
            held = {"worker_id": worker, "hold_id": self.pairs["hold"].real, "reason": "tribunal"}
            officer.post("/v1/holds", json=held).raise_for_status()
            gone = {"worker_id": worker, "erasure_id": self.pairs["erasure"].real, "basis": "x", "authority": "y"}
            officer.post("/v1/erasures", json=gone).raise_for_status()
        session = {"worker_id": worker, "supervisor_id": worker, "session_id": "S-1", "held_on": "2025-03-03"}
        council.tell("SessionHeld", id=event, kind="individual", narrative="Theirs.", **session)
        told = {"case_id": case, "depth": "full", "setting": "individual", "narrative": "Theirs."}
        many = [council.event("CaseDiscussed", discussed_on=f"2025-01-{1 + n % 28:02}", **told) for n in range(60)]
        assert council.post(many).status_code in (200, 201, 207)
        for path, name in (("clients/{client_id}", "client"), ("people/{subject}", "person")):
            address = re.sub(r"\{.*\}", self.pairs[name].real, f"/v1/{path}")
            council.client.put(address, json=BODIES[f"PUT /v1/{path}"]).raise_for_status()
        council.client.put(f"/v1/directory/workers/{worker}", json={"name": "Theirs"}).raise_for_status()
        council.client.put(f"/v1/directory/teams/{team}", json={"name": "Theirs"}).raise_for_status()
        lines = {"content": b'{"not": "an event"}\n', "headers": {"Content-Type": "application/x-ndjson"}}
        council.client.post("/v1/events", **lines)


def _asked(operation: str, parameter: str, value: str, own: dict[str, str]) -> dict[str, Any]:
    """The request that puts this value where the parameter stands, and ordinary things everywhere else."""
    method, _, path = operation.partition(" ")
    filled = own | {parameter: value}
    request: dict[str, Any] = {
        "method": method, "url": re.sub(r"\{(\w+)\}", lambda name: filled[name[1]], path), "params": {}, "headers": {},
    }  # fmt: skip
    if operation in BODIES:
        request["json"] = BODIES[operation]
    if operation == "POST /v1/events":
        request |= {"json": own["event"], "params": {"dry_run": "true"}}
    if parameter == "min_position":
        request["headers"]["Prefer"] = "wait=0"
    for where, more in MORE.get((operation, parameter), {}).items():
        request[where] |= more
    if "-" in parameter:
        request["headers"][parameter] = value
    elif f"{{{parameter}}}" not in path:
        request["params"][parameter] = value
    return request


def _alike(answer: httpx.Response, value: str) -> tuple[int, list[tuple[str, str]], str]:
    """An answer without what is echoed, and what differs from answer to answer. A tag is made of the question too."""
    known = any(name.endswith("known_position") for name in answer.request.url.params)
    aside = OURS_ALONE | ({"etag"} if known else set())
    echoed = re.compile(rf"(?<![\w#]){re.escape(value)}(?!\w)")
    headers = [(name, echoed.sub("…", told)) for name, told in answer.headers.items() if name not in aside]
    body = echoed.sub("…", EACH_TIME.sub("…", answer.text)).replace(answer.headers["X-Request-ID"], "…")
    return answer.status_code, sorted(headers), body


@pytest.fixture(scope="module")
def other(served: Served, database: Cluster) -> Iterator[Other]:
    with Council.new(served, database.owner_url) as council:
        yield Other(council)


@pytest.fixture(scope="module")
def here(served: Served, database: Cluster) -> Iterator[Council]:
    """The council of the callers: small, and its lists are caught up."""
    with Council.new(served, database.owner_url) as council:
        post = {"role": "social_worker", "service": "assessment", "started_on": "2024-01-01"}
        council.tell("WorkerStarted", worker_id="W-1", team_id="T-1", **post)
        last = council.tell("CaseOpened", case_id="C-1", opened_on="2024-02-01", service="assessment")
        found = council.client.get("/v1/cases", params={"min_position": last}, headers={"Prefer": "wait=30"})
        assert found.status_code == 200, found.text
        yield council


@pytest.fixture(scope="module", params=["application", "person"])
def caller(request: pytest.FixtureRequest, here: Council) -> Iterator[httpx.Client]:
    """Of the other council's neighbour: an application that may do everything, and a person in every role."""
    roles = sorted({*shipped.matrix().roles} - {"integration"})
    with here.as_client() if request.param == "application" else here.as_person("W-1", *roles) as client:
        yield client


def _operations() -> Iterator[tuple[str, str]]:
    """Every operation with each of its parameters that can name something."""
    for path, operations in described_app().openapi()["paths"].items():
        for method, operation in operations.items():
            names = [parameter["name"] for parameter in operation.get("parameters", ())]
            for name in names:
                assert name in NAMES or name in ORDINARY, f"{name} of {path}: can it name something of a council?"
                # what is asked of everybody as known at a position is a job, with an id and times of its own
                is_job = path == "/v1/changes" or (name == "known_position" and "job" in names)
                if name in NAMES and not is_job:
                    yield f"{method.upper()} {path}", name


def _compare(tried: Tried, client: httpx.Client, what: str, *requests: tuple[dict[str, Any], str]) -> None:
    (real, told), (invented, untold) = ((client.request(**asked), value) for asked, value in requests)
    tried.probes += 1
    found, never = str(_alike(real, told)), str(_alike(invented, untold))
    if found != never:
        at = next(n for n, pair in enumerate(zip(f"{found} ", f"{never} ", strict=False)) if len({*pair}) > 1)
        tried.differences.append(f"{what}: …{found[max(0, at - 60) :][:200]} ≠ …{never[max(0, at - 60) :][:200]}")


def test_what_is_another_councils_is_answered_as_what_never_was(
    other: Other, here: Council, caller: httpx.Client
) -> None:
    own: dict[str, Any] = {
        "worker_id": "W-1", "case_id": "C-1", "team_id": "T-1", "policy_id": "nothing", "job_id": "nothing1",
        "item_id": "nothing1", "position": "1", "client_id": "nothing", "subject": "nothing", "key_id": "nothing1",
        "request_id": "nothing", "redaction_id": "1",
        "event": here.event("ActionAgreed", id="x", action_id="A-1", case_id="C-1", agreed_on="2025-03-03"),
    }  # fmt: skip
    tried = Tried()
    for operation, parameter in _operations():
        pair = _etags(other, operation, own) if NAMES[parameter] == "etag" else other.pairs[NAMES[parameter]]
        tried.routes.add(operation)
        _compare(
            tried, caller, f"{operation}, {parameter}",
            *((_asked(operation, parameter, value, own), value) for value in (pair.real, pair.invented)),
        )  # fmt: skip
    for what, build in _events(here).items():
        pair = other.pairs["event" if "event" in what else "case"]
        sent = ({"method": "POST", "url": "/v1/events", "json": build(value)} for value in (pair.real, pair.invented))
        _compare(tried, caller, what, *zip(
            (each | {"params": {"dry_run": "true"}} for each in sent), (pair.real, pair.invented), strict=True
        ))  # fmt: skip
    told = f"{len(tried.routes)} routes, {tried.probes} probes: {len(tried.differences)} differences\n"
    sys.stdout.write(told + "\n".join(tried.differences))
    assert tried.differences == []
    assert tried.probes > 150


def _etags(other: Other, operation: str, own: dict[str, str]) -> Pair:
    """The tag of the other council's own answer there, and an invented one."""
    of_theirs = {f"{name}_id": other.pairs[name].real for name in ("worker", "case", "team")}
    of_theirs["policy_id"] = other.pairs["policy"].real
    asked = _asked(operation, "nothing", "", own | of_theirs)
    tag = other.council.client.request(asked["method"], asked["url"]).headers.get("ETag", f'W/"{"0" * 32}"')
    return Pair(tag, f'W/"{secrets.token_hex(16)}"')


def _events(here: Council) -> dict[str, Any]:
    """Events that name what is another council's, as a dry run."""
    told = {"case_id": "C-1", "depth": "full", "setting": "individual", "discussed_on": "2025-03-03"}
    return {
        "an event by its source and id": lambda value: here.event("CaseDiscussed", id=value, **told),
        "an event to retract": lambda value: here.event(
            "EventRetracted", id="r", retracts={"source": SOURCE, "id": value}
        ),
        "an event to correct": lambda value: here.event(
            "EventCorrected", id="c", corrects={"source": SOURCE, "id": value}, data={"minutes": 1}
        ),
        "a case that is discussed": lambda value: here.event("CaseDiscussed", id="d", **told | {"case_id": value}),
        "two cases that are one": lambda value: here.event(
            "SubjectMerged", id="m", kind="case", merged_id=value, into_id="C-1"
        ),
    }


def test_control_the_other_council_itself_is_answered_about_what_it_has(other: Other) -> None:
    own = dict.fromkeys((*NAMES, "event"), "x")
    told = 0
    for operation, parameter in _operations():
        if f"{{{parameter}}}" in operation and operation.startswith("GET"):
            pair = other.pairs[NAMES[parameter]]
            answers = [
                _alike(other.council.client.request(**_asked(operation, parameter, value, own)), value)
                for value in (pair.real, pair.invented)
            ]
            told += answers[0] != answers[1]
    assert told > 15


def test_the_same_source_and_id_are_taken_by_each_council_for_itself(other: Other, here: Council) -> None:
    told = {"action_id": "A-7", "case_id": "C-1", "agreed_on": "2025-03-03"}
    answers = [
        here.client.post("/v1/events", json=here.event("ActionAgreed", id=value, **told))
        for value in (other.pairs["event"].real, other.pairs["event"].invented)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    first, second = (answer.json() for answer in answers)
    assert first.keys() == second.keys()
    assert second["position"] == first["position"] + 1
