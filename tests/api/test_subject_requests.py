"""Requests to know what is held, through HTTP: kept, extended, waited for, answered; and what they open meanwhile."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from app.domain.calendar import months_later
from app.embedded import Cluster
from tests.councils import Council
from tests.serving import Served

TODAY = datetime.now(UTC).date()
POST = {"started_on": "2024-01-01", "role": "social_worker", "service": "assessment"}
REQUESTS = "/v1/subject-requests"


def on(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


@pytest.fixture(scope="module")
def told(served: Served, database: Cluster) -> Iterator[Council]:
    with Council.new(served, database.owner_url) as council:
        for worker in ("W-1", "W-3", "D-1"):
            council.tell("WorkerStarted", worker_id=worker, **POST)
        session = {"session_id": "S-1", "held_on": "2025-03-03", "kind": "individual", "worker_id": "W-1"}
        council.tell("SessionHeld", narrative="What was said.", **session)
        council.adopt("luton", "2021-06-01")
        yield council


@pytest.fixture(scope="module")
def officer(told: Council) -> Iterator[httpx.Client]:
    with told.as_person("D-1", "dpo") as client:
        yield client


def _made(client: httpx.Client, **more: Any) -> dict[str, Any]:
    answer = client.post(REQUESTS, json=more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _refused(answer: httpx.Response, status: int) -> tuple[str, list[str]]:
    assert answer.status_code == status, answer.text
    body = answer.json()
    return body["code"], [fault["pointer"] for fault in body.get("errors", [])]


def test_an_officer_keeps_a_request_and_the_texts_open_until_it_is_answered(officer: httpx.Client) -> None:
    assert officer.get("/v1/workers/W-1/file").status_code == 403
    kept = _made(officer, worker_id="W-1", requested_on=on(-3), request_id="SAR-1")
    assert kept | {"clock": "", "links": {}, "due_on": "", "days_left": 0} == {
        "request_id": "SAR-1", "subject": {"type": "worker", "id": "W-1"}, "requested_on": on(-3), "by": "D-1",
        "state": "open", "due_on": "", "days_left": 0, "clock": "", "extension": None, "pauses": [], "answer": None,
        "links": {},
    }  # fmt: skip
    assert kept["due_on"] >= months_later(TODAY - timedelta(3), 1).isoformat()
    again = officer.post(REQUESTS, json={"worker_id": "W-1", "requested_on": on(-3), "request_id": "SAR-1"})
    assert (again.status_code, again.json()) == (200, kept)
    assert officer.get("/v1/workers/W-1/file").status_code == 200
    assert officer.get("/v1/workers/W-3/file").status_code == 403
    closed = officer.post(f"{REQUESTS}/SAR-1/answer", json={"outcome": "part", "reason": "third_party"})
    assert closed.json()["answer"] == {"on": on(0), "outcome": "part", "reason": "third_party"}
    assert officer.get("/v1/workers/W-1/file").status_code == 403
    repeated = officer.post(f"{REQUESTS}/SAR-1/answer", json={"outcome": "part", "reason": "third_party"})
    assert (repeated.status_code, repeated.json()["state"]) == (200, "answered")
    other = officer.post(f"{REQUESTS}/SAR-1/answer", json={"outcome": "provided"})
    assert _refused(other, 409) == ("request_answered", [])
    assert _refused(officer.post(f"{REQUESTS}/SAR-1/extend", json={"reason": "complex"}), 409)[0] == "request_answered"


def test_a_worker_asks_for_their_own_and_for_nobody_elses_and_sees_no_other(
    told: Council, officer: httpx.Client
) -> None:
    with told.as_person("W-3", "supervisee") as worker:
        own = _made(worker, worker_id="W-3")
        assert own["by"] == "W-3"
        assert _refused(worker.post(REQUESTS, json={"worker_id": "W-1"}), 403)[0] == "not_your_own"
        guessed = {"worker_id": "W-3", "request_id": "sar-0123456789abcdef"}  # as a colleague's is made of who and when
        assert _refused(worker.post(REQUESTS, json=guessed), 422) == ("invalid_request", ["/request_id"])
        assert _refused(worker.post(REQUESTS, json={"worker_id": "W-never"}), 403)[0] == "not_your_own"
        assert _refused(worker.post(REQUESTS, json={"case_id": "C-1"}), 403)[0] == "not_your_own"
        theirs = _made(officer, worker_id="W-1", request_id="SAR-of-another")
        assert [item["request_id"] for item in worker.get(REQUESTS).json()["items"]] == [own["request_id"]]
        assert worker.get(REQUESTS, params={"worker": "W-1"}).json()["items"] == []
        assert _refused(worker.get(f"{REQUESTS}/{theirs['request_id']}"), 404)[0] == "no_such_request"
        assert worker.get(f"{REQUESTS}/{own['request_id']}").json() == own
        answered = worker.post(f"{REQUESTS}/{own['request_id']}/answer", json={"outcome": "provided"})
        assert _refused(answered, 403)[0] == "not_in_role"
    listed = officer.get(REQUESTS, params={"worker": "W-3", "state": "open"}).json()["items"]
    assert [item["request_id"] for item in listed] == [own["request_id"]]
    assert told.post(told.event("SubjectAccessRequested", request_id="X", requested_on=on(0), worker_id="W-3"))\
        .status_code == 403  # fmt: skip


def test_it_is_extended_once_within_the_first_month_by_two_months_at_most(officer: httpx.Client) -> None:
    _made(officer, worker_id="W-1", requested_on=on(-5), request_id="SAR-2")
    latest = months_later(TODAY - timedelta(5), 3)
    too_long = officer.post(
        f"{REQUESTS}/SAR-2/extend", json={"reason": "complex", "due_on": str(latest + timedelta(1))}
    )
    assert _refused(too_long, 422) == ("invalid_request", ["/due_on"])
    longer = officer.post(f"{REQUESTS}/SAR-2/extend", json={"reason": "complex"}).json()
    assert longer["extension"] == {"on": on(0), "due_on": str(latest), "reason": "complex"}
    assert longer["due_on"] >= str(latest)
    assert officer.post(f"{REQUESTS}/SAR-2/extend", json={"reason": "complex"}).json() == longer
    once_more = officer.post(f"{REQUESTS}/SAR-2/extend", json={"reason": "many_requests"})
    assert _refused(once_more, 409)[0] == "request_extended"
    _made(officer, worker_id="W-1", requested_on=on(-50), request_id="SAR-3")
    too_late = officer.post(f"{REQUESTS}/SAR-3/extend", json={"reason": "complex"})
    assert _refused(too_late, 409)[0] == "too_late_to_extend"
    assert "late" in officer.get(f"{REQUESTS}/SAR-3").json()["clock"]


def test_the_clock_stands_still_while_an_answer_is_awaited(officer: httpx.Client) -> None:
    before = _made(officer, worker_id="W-1", requested_on=on(-9), request_id="SAR-4")
    asked = {"reason": "clarification", "asked_on": on(-7)}
    waiting = officer.post(f"{REQUESTS}/SAR-4/extend", json=asked).json()
    assert (waiting["state"], waiting["days_left"]) == ("waiting", None)
    second = officer.post(f"{REQUESTS}/SAR-4/extend", json=asked | {"asked_on": on(-6)})
    assert _refused(second, 422)[1] == ["/asked_on"]
    over = officer.post(f"{REQUESTS}/SAR-4/extend", json=asked | {"clarified_on": on(-3)}).json()
    assert over["pauses"] == [{"since": on(-7), "until": on(-3)}]
    assert (over["state"], over["extension"]) == ("open", None)
    assert over["due_on"] > before["due_on"]
    assert "5 days of waiting for an answer do not count" in over["clock"]
    assert officer.post(f"{REQUESTS}/SAR-4/extend", json=asked | {"clarified_on": on(-3)}).json() == over


@pytest.mark.parametrize(
    ("sent", "status", "pointers"),
    [
        ({}, 422, ["/worker_id"]),
        ({"worker_id": "W-1", "case_id": "C-1"}, 422, ["/worker_id"]),
        ({"worker_id": "W-1", "requested_on": "2099-01-01"}, 422, ["/requested_on"]),
        ({"worker_id": "W-1", "surprise": 1}, 422, ["/surprise"]),
        ({"worker_id": "W-never"}, 404, []),
    ],
)
def test_what_is_not_right_is_named(
    officer: httpx.Client, sent: dict[str, Any], status: int, pointers: list[str]
) -> None:
    assert _refused(officer.post(REQUESTS, json=sent), status)[1] == pointers


def test_a_code_that_is_none_is_told_what_a_code_is(officer: httpx.Client) -> None:
    _made(officer, worker_id="W-1", request_id="SAR-words")
    sent = {"outcome": "part", "reason": "in so many words"}
    fault = officer.post(f"{REQUESTS}/SAR-words/answer", json=sent).json()["errors"][0]
    assert (fault["pointer"], fault["code"]) == ("/reason", "not_a_code")
    assert "1 to 64 letters, digits" in fault["detail"]


def test_a_request_for_somebody_who_was_merged_is_about_who_they_are_now(told: Council, officer: httpx.Client) -> None:
    told.tell("WorkerStarted", worker_id="W-8", **POST)
    told.tell("SubjectMerged", kind="worker", from_id="W-8", into_id="W-9", merged_on="2025-01-01")
    told.tell("WorkerStarted", worker_id="W-9", **POST)
    assert _made(officer, worker_id="W-8", request_id="SAR-8")["subject"] == {"type": "worker", "id": "W-9"}
