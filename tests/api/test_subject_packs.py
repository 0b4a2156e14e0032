"""The pack for who asked what is held about them: all that is theirs and no more, against a naive oracle; the bars."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.db import Database
from app.embedded import Cluster
from tests.api.test_subject_requests import POST, REQUESTS, on
from tests.councils import SOURCE, Council
from tests.serving import Served

WORKERS, CASES = [f"W-{n}" for n in range(1, 7)], [f"C-{n}" for n in range(1, 4)]


@dataclass
class Told:
    """What was sent, as the oracle remembers it: whose each text is, and what every event speaks of now."""

    owner: dict[str, str] = field(default_factory=dict)
    """Text → the subject under whose key it is."""
    event_of: dict[str, str] = field(default_factory=dict)
    """Text → the id of the event that it was said in, or that was corrected."""
    about: dict[str, str | None] = field(default_factory=dict)
    """Event → whom it is about as it stands; None: retracted as of the wrong subject."""
    merged: dict[str, str] = field(default_factory=dict)

    def now(self, subject: str) -> str:
        return self.merged.get(subject, subject)

    def theirs(self, subject: str) -> set[str]:
        """The texts that are the subject's."""
        return {
            text for text, owner in self.owner.items()
            if self.now(owner) == subject and (about := self.about[self.event_of[text]]) and self.now(about) == subject
        }  # fmt: skip


def _tell(council: Council, chance: random.Random, told: Told, count: int) -> None:
    """Sessions, discussions, actions of workers and cases; corrections, moves to somebody else, retractions."""
    events, sent = list[dict[str, Any]](), list[dict[str, Any]]()
    for number in range(count):
        worker, case, text = chance.choice(WORKERS), chance.choice(CASES), f"canary-{number:04}-of-somebody"
        held = {"session_id": f"S-{number}", "held_on": "2025-03-03", "kind": "individual", "supervisor_id": "W-6"}
        discussed = {"discussed_on": "2025-03-03", "depth": "full", "setting": "individual", "worker_id": worker}
        agreed = {"action_id": f"A-{number}", "agreed_on": "2025-03-03"}
        kind, whose, data = chance.choice([
            ("SessionHeld", f"worker/{worker}", held | {"worker_id": worker}),
            ("CaseDiscussed", f"case/{case}", discussed | {"case_id": case}),
            ("ActionAgreed", f"worker/{worker}", agreed | {"worker_id": worker}),
            ("ActionAgreed", f"case/{case}", agreed | {"case_id": case, "owner_id": worker}),
        ])  # fmt: skip
        identity = f"x-{number}"
        events.append(council.event(kind, id=identity, narrative=text, **data))
        told.owner[text], told.event_of[text], told.about[identity] = whose, identity, whose
        sent.append(data | {"id": identity, "whose": whose})
    for each in chance.sample(sent, count // 3):
        _amend(council, chance, told, each, events)
    for number in range(3):  # corrections that come before what they correct
        identity, text, whose = f"late-{number}", f"canary-early-{number}", f"worker/{WORKERS[number]}"
        council.tell("EventCorrected", corrects={"source": SOURCE, "id": identity}, data={"narrative": text})
        data = {"action_id": f"L-{number}", "agreed_on": "2025-03-03", "worker_id": WORKERS[number]}
        events.append(council.event("ActionAgreed", id=identity, **data))
        told.owner[text], told.event_of[text], told.about[identity] = whose, identity, whose
    answer = council.post(events)
    assert answer.status_code == 201, answer.text


def _amend(
    council: Council, chance: random.Random, told: Told, each: dict[str, Any], events: list[dict[str, Any]]
) -> None:
    identity, text = each["id"], f"canary-put-right-{each['id']}"
    name = {"source": SOURCE, "id": identity}
    match chance.choice(["text", "moved", "error", "wrong"]):
        case "text":
            events.append(council.event("EventCorrected", corrects=name, data={"narrative": text}))
            told.owner[text], told.event_of[text] = each["whose"], identity
        case "moved":
            key = "case_id" if "case_id" in each else "worker_id"
            other = chance.choice(CASES if key == "case_id" else WORKERS[:5])
            whose = f"{key.removesuffix('_id')}/{other}"
            events.append(council.event("EventCorrected", corrects=name, data={key: other, "narrative": text}))
            told.owner[text], told.event_of[text], told.about[identity] = whose, identity, whose
        case "error":
            events.append(council.event("EventRetracted", retracts=name, reason="entered_in_error"))
        case "wrong":
            events.append(council.event("EventRetracted", retracts=name, reason="wrong_subject"))
            told.about[identity] = None


@pytest.fixture(scope="module")
def told(served: Served, database: Cluster, scale: int) -> Iterator[tuple[Council, Told]]:
    with Council.new(served, database.owner_url) as council:
        known = Told()
        council.adopt("luton", "2021-06-01")
        for worker in (*WORKERS, "D-1"):
            council.tell("WorkerStarted", worker_id=worker, **POST)
        for case in CASES:
            council.tell("CaseOpened", case_id=case, opened_on="2024-01-01", service="assessment")
        _tell(council, random.Random(6), known, 60 * scale)
        council.tell("SubjectMerged", kind="worker", from_id="W-5", into_id="W-1", merged_on="2025-06-01")
        known.merged["worker/W-5"] = "worker/W-1"
        council.client.put("/v1/directory/workers/W-1", json={"name": "Amina Example"}).raise_for_status()
        lines = b'{"type": "SessionHeld", "data": {"worker_id": "W-1", "narrative": "x"}}\n{"worker_id": "W-11"}\n'
        council.client.post("/v1/events", content=lines, headers={"Content-Type": "application/x-ndjson"})
        yield council, known


@pytest.fixture(scope="module")
def officer(told: tuple[Council, Told]) -> Iterator[httpx.Client]:
    with told[0].as_person("D-1", "dpo") as client:
        everybody = [*({"worker_id": each} for each in WORKERS), *({"case_id": each} for each in CASES)]
        for number, who in enumerate(everybody):
            asked = client.post(REQUESTS, json=who | {"request_id": f"R-{number}", "requested_on": on(-2)})
            assert asked.status_code == 201, asked.text
        yield client


def _pack(client: httpx.Client, request: str) -> dict[str, Any]:
    answer = client.get(f"{REQUESTS}/{request}/pack")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    body: dict[str, Any] = answer.json()
    return body


def test_a_pack_holds_every_text_of_its_subject_and_none_of_anybody_elses(
    told: tuple[Council, Told], officer: httpx.Client
) -> None:
    """Seen to fail without former names and links together, and with texts of events that were moved opened."""
    total = 0
    for number, subject in enumerate([*(f"worker/{each}" for each in WORKERS), *(f"case/{each}" for each in CASES)]):
        now = told[1].now(subject)
        answer = officer.get(f"{REQUESTS}/R-{number}/pack")
        found = set(re.findall(r"canary-[\w-]*\w", answer.text))
        assert found == told[1].theirs(now), (subject, found ^ told[1].theirs(now))
        assert answer.json()["subject"]["id"] == now.partition("/")[2]
        total += len(found)
    assert total > 60


def test_every_reading_of_a_pack_is_traced_and_shows_in_it(officer: httpx.Client) -> None:
    pack = _pack(officer, "R-0")
    latest = pack["read_by"][0]
    assert (latest["reader"], latest["role"], latest["purpose"], latest["operation"]) == (
        "D-1", "dpo", "subject_access", "subject_pack",
    )  # fmt: skip
    before = sum(row["count"] for row in pack["read_by"])
    again = _pack(officer, "R-0")["read_by"]
    assert sum(row["count"] for row in again) > before


def test_a_pack_says_the_rest_too(officer: httpx.Client) -> None:
    pack = _pack(officer, "R-0")
    assert pack["subject"] == {"type": "worker", "id": "W-1", "also_called": ["W-5"]}
    assert pack["directory"] == [{"id": "W-1", "name": "Amina Example", "email": None}]
    assert [item["sent"]["data"] for item in pack["refused"]] == [{"worker_id": "W-1", "narrative": {"withheld": True}}]
    assert pack["kept"] == {
        "state": "running",
        "earliest_disposal": None,
        "told": "No leaving is recorded, and from that the time is counted.",
    }
    assert [each["id"] for each in pack["policies"]] == ["luton"]
    assert {each["source"] for each in pack["sources"]} >= {SOURCE}
    assert "worker/W-6" in pack["others_named"], "who supervised"
    assert pack["did"]["read"]["times"] == pack["did"]["recorded"]["times"] == 0
    assert {"worker/W-1", "worker/W-5"}.isdisjoint(pack["others_named"])
    assert all(each["proof"] == f"/v1/ledger/proofs/{each['position']}" for each in pack["events"])
    assert {each["why"] for each in pack["not_given"]} >= {"of_another_case"}
    assert {*pack["explained"]} == {each["why"] for each in pack["not_given"]}
    corrected = next(each for each in pack["events"] if each["stands"] == "corrected")
    assert corrected["amendments"]
    assert "narrative" not in corrected["now"]["data"]


def test_what_is_blacked_out_shows_as_a_bar_with_its_reason_and_stays_as_it_was_sent(
    told: tuple[Council, Told], officer: httpx.Client
) -> None:
    path, secret = f"{REQUESTS}/R-1", next(iter(sorted(told[1].theirs("worker/W-2"))))
    event = next(each for each in _pack(officer, "R-1")["events"] if each["data"].get("narrative") == secret)
    part = {"position": event["position"], "field": "narrative", "from": 0, "to": 7, "reason": "third_party"}
    whole = {"position": event["position"], "field": "worker_id", "reason": "our_own"}
    made = [officer.post(f"{path}/redactions", json=each) for each in (part, whole)]
    assert [each.status_code for each in made] == [201, 201], made[0].text
    shown = next(each for each in _pack(officer, "R-1")["events"] if each["position"] == event["position"])
    assert shown["data"]["narrative"] == {"pieces": [{"redacted": ["third_party"]}, {"text": secret[7:]}]}
    assert shown["data"]["worker_id"] == {"pieces": [{"redacted": ["our_own"]}]}
    page = officer.get(f"{path}/pack.html").text
    assert f'<span class="bar">Blacked out: third party</span>{secret[7:]}' in page
    assert secret not in page
    with told[0].as_person("W-2", "supervisee") as worker:
        file = worker.get("/v1/workers/W-2/file", params={"limit": 500}).text
        assert secret in file, "the ledger stays as it was"
        assert worker.get(f"{path}/pack").status_code == 403
    gone = officer.delete(f"{path}/redactions/{made[1].json()['redaction_id']}")
    assert gone.status_code == 204
    again = officer.delete(f"{path}/redactions/{made[1].json()['redaction_id']}")
    assert (again.status_code, again.json()["code"]) == (404, "no_such_redaction")

    officer.post(f"{path}/answer", json={"outcome": "part", "reason": "third_party"}).raise_for_status()
    for answer in (officer.post(f"{path}/redactions", json=whole),
                   officer.delete(f"{path}/redactions/{made[0].json()['redaction_id']}")):  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (409, "request_answered")
    assert [each["redaction_id"] for each in officer.get(f"{path}/redactions").json()["items"]] == [
        made[0].json()["redaction_id"]
    ]
    further = officer.post(REQUESTS, json={"worker_id": "W-2", "request_id": "R-further"})
    assert further.status_code == 201, "which opens its own pack alone"
    assert _pack(officer, "R-further")["read_by"][0]["grant_id"] == "request/R-further"
    sent = _pack(officer, "R-1")
    assert "canary" not in str(sent), "no text opens once the request is answered"
    assert {"position": event["position"], "field": "narrative", "why": "third_party"} in sent["not_given"]


def test_a_field_that_is_blacked_out_stays_so_in_what_puts_it_right_and_a_day_beside_it_too(
    officer: httpx.Client,
) -> None:
    """A correction that comes after the officer has looked, of the same field; and the day that heads the event."""
    officer.post(REQUESTS, json={"worker_id": "W-2", "request_id": "R-later"})
    read = [each for each in _pack(officer, "R-later")["events"] if isinstance(each["data"].get("narrative"), str)]
    event, secret = read[-1], read[-1]["data"]["narrative"]
    day = next(name for name in event["data"] if name.endswith("_on"))
    for field_name in ("narrative", day):
        said = {"position": event["position"], "field": field_name, "reason": "third_party"}
        assert officer.post(f"{REQUESTS}/R-later/redactions", json=said).status_code == 201
    change = {"position": event["position"], "data": {"narrative": f"{secret}, put better", day: "2025-03-04"}}
    assert officer.post(f"{REQUESTS}/R-later/rectifications", json=change).status_code == 201
    pack = _pack(officer, "R-later")
    shown = next(each for each in pack["events"] if each["position"] == event["position"])
    bar = {"pieces": [{"redacted": ["third_party"]}]}
    assert shown["amendments"][-1]["data"]["data"] == {"narrative": bar, day: bar}
    assert (shown["on"], shown["now"]["on"], shown["amendments"][-1]["on"]) == (None, None, None)
    assert secret not in str(pack)
    assert secret not in officer.get(f"{REQUESTS}/R-later/pack.html").text


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"position": 10_000_000}, "/position"),
        ({"field": "minutes"}, "/field"),
        ({"from": 5}, "/from"),
        ({"from": 5, "to": 5}, "/from"),
        ({"reason": "because of Amina"}, "/reason"),
    ],
)
def test_a_bar_over_what_is_not_there_is_refused(officer: httpx.Client, change: dict[str, Any], pointer: str) -> None:
    position = next(each["position"] for each in _pack(officer, "R-2")["events"] if each["type"] == "WorkerStarted")
    said = {"position": position, "field": "role", "reason": "third_party"} | change
    answer = officer.post(f"{REQUESTS}/R-2/redactions", json=said)
    assert answer.status_code == 422, answer.text
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


def test_what_is_wrong_is_put_right_beside_what_it_said_and_the_pack_shows_both(
    told: tuple[Council, Told], officer: httpx.Client
) -> None:
    path, secret = f"{REQUESTS}/R-3", min(told[1].theirs("worker/W-4"))
    event = next(each for each in _pack(officer, "R-3")["events"] if each["data"].get("narrative") == secret)
    change = {"position": event["position"], "data": {"narrative": "put right by the officer"}, "reason": "inaccurate"}
    made = officer.post(f"{path}/rectifications", json=change)
    assert made.status_code == 201, made.text
    again = officer.post(f"{path}/rectifications", json=change)
    assert (again.status_code, again.json()) == (200, made.json())
    now = next(each for each in _pack(officer, "R-3")["events"] if each["position"] == event["position"])
    assert (now["stands"], now["data"]["narrative"]) == ("corrected", secret)
    correction = now["amendments"][-1]
    assert correction["data"]["data"] == {"narrative": "put right by the officer"}
    assert (correction["recordedby"], correction["data"]["reason"]) == ("worker/D-1", "inaccurate")
    with told[0].as_person("W-4", "supervisee") as worker:
        file = worker.get("/v1/workers/W-4/file", params={"limit": 500}).text
        assert "put right by the officer" in file
        assert worker.post(f"{path}/rectifications", json=change).status_code == 403
    invalid = officer.post(f"{path}/rectifications", json=change | {"data": {"worker_id": None, "worker_ids": 7}})
    assert invalid.status_code == 422
    elsewhere = officer.post(f"{REQUESTS}/R-2/rectifications", json=change)
    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["pointer"]) == (422, "/position")
    own = next(each for each in _pack(officer, "R-3")["events"] if each["type"] == "SubjectAccessRequested")
    refused = officer.post(f"{path}/rectifications", json={"position": own["position"], "data": {"by": "W-1"}})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_by_this_route")


def test_an_officer_puts_nothing_right_about_themself(officer: httpx.Client) -> None:
    """Their own compliance would else be what they say it is."""
    officer.post(REQUESTS, json={"worker_id": "D-1", "request_id": "R-own"}).raise_for_status()
    event = next(each for each in _pack(officer, "R-own")["events"] if each["type"] == "WorkerStarted")
    change = {"position": event["position"], "data": {"started_on": "2026-01-01"}}
    refused = officer.post(f"{REQUESTS}/R-own/rectifications", json=change)
    assert (refused.status_code, refused.json()["code"]) == (403, "about_yourself")


async def test_what_was_erased_is_said_to_be(
    told: tuple[Council, Told], officer: httpx.Client, database: Cluster
) -> None:
    text_of = min(told[1].theirs("case/C-3"))
    event = next(each for each in _pack(officer, "R-8")["events"] if text_of in str(each["data"]))
    owner = Database(database.owner_url, pool_size=1)
    async with owner.write(told[0].id) as connection:
        await connection.execute(text("DELETE FROM event_text WHERE position = :at"), {"at": event["position"]})
    await owner.close()
    pack = _pack(officer, "R-8")
    assert text_of not in str(pack)
    assert {"position": event["position"], "field": "narrative", "why": "erased"} in pack["not_given"]
    assert pack["explained"]["erased"] == "It was erased."


class _Outline(HTMLParser):
    """What a reader's software makes of a page: headings in order, and what a page must not have."""

    def __init__(self) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))


def test_the_page_can_be_read_aloud_and_runs_nothing(officer: httpx.Client) -> None:
    answer = officer.get(f"{REQUESTS}/R-0/pack.html")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "private, no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    outline = _Outline()
    outline.feed(answer.text)
    tags = {tag for tag, _ in outline.seen}
    assert tags.isdisjoint({"script", "img", "iframe", "form", "link"})
    assert {"main", "nav", "table", "caption", "h1"} <= tags
    assert outline.levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(outline.levels, outline.levels[1:], strict=False))
    assert all(attributes.get("scope") == "col" for tag, attributes in outline.seen if tag == "th")
    ids = [attributes["id"] for _, attributes in outline.seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert ("html", {"lang": "en-GB"}) in outline.seen
    assert "<dd>3 March 2025</dd>" in answer.text
    assert "<dd>2025-03-03</dd>" not in answer.text
