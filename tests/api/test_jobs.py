"""Lists as known at a moment: a job works them out, and says the same as each subject asked by itself."""

import random
import time
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from app import embedded
from app.projections.jobs import MOST
from tests.councils import SOURCE, Council
from tests.projections.stored import send
from tests.projections.world import DAYS, FIRST, history

PATIENCE = 120
"""Seconds in which a worker has answered, on a busy machine."""
ALL = ["breached", "not_assessable", "tolerated", "excused", "due", "late_met", "met", "as_required",
       "not_yet_applicable"]  # fmt: skip


def finished(council: Council, job: str) -> dict[str, Any]:
    """The job, once it is over."""
    until = time.monotonic() + PATIENCE
    while (found := council.get(f"/v1/jobs/{job}").json())["state"] in ("waiting", "running"):
        assert time.monotonic() < until, found
        time.sleep(0.1)
    return found


def worked_out(council: Council, path: str, **query: Any) -> dict[str, Any]:
    """The list, asked again once its job is done."""
    answer = council.get(path, **query)
    if answer.status_code == 202:
        assert answer.headers["Location"] == f"/v1/jobs/{answer.json()['id']}"
        assert finished(council, answer.json()["id"])["state"] == "done"
        answer = council.get(path, **query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _in_pieces(chance: random.Random, events: list[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    """Some of the events say when their source had them: before or after the ledger did."""
    for event in chance.sample(events, len(events) // 2):
        keyed = FIRST + timedelta(days=chance.randrange(DAYS))
        event["sourcerecordedtime"] = f"{keyed.isoformat()}T12:00:00Z"
    third = len(events) // 3
    return events[:third], events[third : 2 * third], events[2 * third :]


@pytest.mark.parametrize("seed", range(3))
def test_lists_as_known_say_what_each_subject_says_as_known(seed: int, council: Council, scale: int) -> None:
    chance = random.Random(seed)
    pieces = _in_pieces(chance, history(seed, workers=3, cases=6))
    for number, piece in enumerate(pieces):
        send(council, piece)
        if number == 0:
            council.adopt("luton", "2021-06-01")
    head = council.tell("TeamOpened", team_id="T-9", opened_on="2024-09-02", service="mash")
    recorded = council.get(f"/v1/events/{chance.randrange(head // 2, head)}").json()["recordedtime"]
    keyed = f"{FIRST + timedelta(days=chance.randrange(60, DAYS))}T23:00:00Z"
    council.adopt("shropshire", "2021-11-01")
    moments = (
        {"known_position": chance.randrange(head // 3, head)},
        {"known_at": recorded},
        {"known_at": keyed, "knowledge": "source"},
    )
    assert sum(_compared(council, known, chance) for known in moments for _ in range(scale)) > 25


def _compared(council: Council, known: dict[str, Any], chance: random.Random) -> int:
    """How many findings of all subjects on a day were the same; fails where one is not."""
    asked = known | {"as_at": (FIRST + timedelta(days=chance.randrange(60, DAYS))).isoformat()}
    listed = {
        (item["subject"]["type"], item["subject"]["id"], item["rule"]): (item["status"], item["code"], item["due_on"])
        for item in worked_out(council, "/v1/obligations", status=ALL, limit=500, **asked)["items"]
    }
    alone, by_status = {}, dict[str, int]()
    for kind in ("worker", "case"):
        stood = worked_out(council, f"/v1/{kind}s", include="not_applicable", **asked)["items"]
        assert stood or not listed
        for item in stood:
            answer = council.compliance(f"{kind}/{item['id']}", **asked)
            assert (item["status"], item["code"]) == (answer["status"], answer.get("code")), item
            for found in answer["findings"]:
                by_status[found["status"]] = by_status.get(found["status"], 0) + 1
                alone[kind, item["id"], found["rule"]] = (found["status"], found["code"], found["due_on"])
    assert {key: row for key, row in listed.items() if key[0] != "team"} == alone, asked
    summary = worked_out(council, "/v1/compliance/summary", by="kind", **asked)
    told = [group["by_status"] for group in summary["groups"] if group["kind"] != "team"]
    assert {status: sum(each.get(status, 0) for each in told) for status in by_status} == by_status
    assert summary["behind"] == 0
    trend = worked_out(council, "/v1/compliance/trend", by="kind", **asked)
    assert trend["points"][-1]["groups"] == summary["groups"]
    for job in council.get("/v1/jobs").json()["items"]:
        assert council.client.delete(f"/v1/jobs/{job['id']}").status_code == 204
    return len(alone)


def _told(council: Council) -> str:
    """A case that is late, and a moment before that was known."""
    council.adopt("luton", "2021-06-01")
    at = council.tell("CaseOpened", case_id="C-1", opened_on="2025-01-06", service="family_safeguarding")
    moment: str = council.get(f"/v1/events/{at}").json()["recordedtime"]
    council.tell("CaseDiscussed", case_id="C-1", discussed_on="2025-01-20", setting="individual", depth="full")
    return moment


def test_the_list_of_then_is_read_by_its_job_too_and_the_list_of_now_is_another(council: Council) -> None:
    moment = _told(council)
    then = worked_out(council, "/v1/cases", known_at=moment, as_at="2025-02-10")
    assert [(item["id"], item["status"]) for item in then["items"]] == [("C-1", "breached")]
    (job,) = council.get("/v1/jobs").json()["items"]
    assert job["progress"] == {"done": 1, "of": 1, "what": "subjects"}
    assert job["position"] == then["position"]
    again = council.get("/v1/cases", job=job["id"], as_at="2025-02-10")
    assert again.json() == then
    lists = council.get(f"/v1/jobs/{job['id']}").json()["result"]["lists"]
    assert all(council.client.get(path).status_code == 200 for path in lists)
    now = council.get("/v1/cases", as_at="2025-02-10", min_position=4, limit=1)
    assert [(item["id"], item["status"]) for item in now.json()["items"]] == [("C-1", "due")]


def test_data_quality_says_what_was_doubtful_then(council: Council) -> None:
    council.adopt("luton", "2021-06-01")
    council.tell("CaseDiscussed", case_id="C-1", discussed_on="2025-01-20", setting="individual", depth="full")
    before = council.tell("CaseSupervisorAssigned", case_id="C-1", supervisor_id="M-1", assigned_on="2025-01-20")
    council.tell("CaseOpened", case_id="C-1", opened_on="2025-01-06", service="no_such_service", id="o-1")
    council.tell("WorkerStarted", worker_id="M-1", started_on="2020-01-06", role="team_manager", service="assessment")
    late = council.event("CaseDiscussed", source="urn:test:late", case_id="C-2", discussed_on="2025-01-21",
                         setting="individual", depth="full")  # fmt: skip
    assert council.post(late).status_code == 201
    then = worked_out(council, "/v1/data-quality", known_position=before)
    now = council.get("/v1/data-quality", min_position=before + 3).json()
    assert (_doubtful(then), then["only_mentioned"]) == ([("orphan", "C-1")], ["M-1"])
    assert (_doubtful(now), now["only_mentioned"]) == ([("orphan", "C-2"), ("unknown_code", "C-1")], [])
    assert {each["source"]: each["events"] for each in then["sources"]}[SOURCE] == 2
    assert "urn:test:late" in {each["source"] for each in now["sources"]} - {each["source"] for each in then["sources"]}
    assert then["counts"] == {"orphan": 1}
    assert council.get("/v1/data-quality", job=then["job"]).json() == then
    assert council.get("/v1/data-quality", known_position=before, as_at="2025-02-10").status_code == 422


def test_data_quality_by_the_sources_own_clock_knows_what_they_knew(council: Council) -> None:
    council.adopt("luton", "2021-06-01")
    for number, keyed in enumerate(("2025-01-20", "2025-02-20")):
        council.tell("CaseSupervisorAssigned", case_id="C-1", supervisor_id=f"M-{number}", assigned_on="2025-01-20",
                     sourcerecordedtime=f"{keyed}T12:00:00Z")  # fmt: skip
    then = worked_out(council, "/v1/data-quality", known_at="2025-02-01T12:00:00Z", knowledge="source")
    assert (then["as_at"], then["only_mentioned"]) == ("2025-02-01", ["M-0"])
    assert [(each["source"], each["events"], each["last"], each["quiet_days"]) for each in then["sources"]] == [
        (SOURCE, 1, "2025-01-20T12:00:00Z", 12)
    ]
    assert {each["quiet_days"] for each in then["feeds"]} == {None}


def _doubtful(answer: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["code"], item["subject"]["id"]) for item in answer["items"]]


def test_pages_of_then_follow_one_another(council: Council) -> None:
    moment = _told(council)
    for number in range(2, 6):
        council.tell("CaseOpened", case_id=f"C-{number}", opened_on="2025-01-06", service="assessment")
    position = council.tell("CaseOpened", case_id="C-9", opened_on="2025-01-06", service="assessment") - 1
    assert moment
    seen, asked = [], {"known_position": position, "as_at": "2025-02-10", "limit": 2}
    first = page = worked_out(council, "/v1/cases", **asked)
    while True:
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        page = council.get(
            "/v1/cases", job=first["job"], as_at="2025-02-10", limit=2, cursor=page["next_cursor"]
        ).json()
    assert seen == [f"C-{number}" for number in range(1, 6)]


def test_another_council_s_job_is_answered_as_one_that_never_was(council: Council, database: embedded.Cluster) -> None:
    worked_out(council, "/v1/cases", known_at=_told(council))
    (mine,) = council.get("/v1/jobs").json()["items"]
    with Council.new(council.served, database.owner_url) as other:
        assert other.get("/v1/jobs").json()["items"] == []
        for path in ("/v1/jobs/{}", "/v1/cases?job={}"):
            theirs, never = (other.client.get(path.format(identity)) for identity in (mine["id"], "0" * 24))
            assert theirs.status_code == never.status_code == 404
            assert _without_id(theirs) == _without_id(never)
        assert other.client.delete(f"/v1/jobs/{mine['id']}").status_code == 404
    assert council.get(f"/v1/jobs/{mine['id']}").json()["state"] == "done"


def _without_id(answer: httpx.Response) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


def test_the_same_question_is_the_same_job_and_there_are_only_so_many(council: Council) -> None:
    _told(council)
    for number in range(MOST):
        council.tell("CaseOpened", case_id=f"C-{number}", opened_on="2025-01-06", service="assessment")
    one, same = (council.get("/v1/cases", known_position=1) for _ in range(2))
    assert {one.status_code, same.status_code} <= {200, 202}
    for position in range(2, MOST + 1):
        assert council.get("/v1/workers", known_position=position).status_code in (200, 202)
    assert len(council.get("/v1/jobs").json()["items"]) == MOST
    refused = council.get("/v1/workers", known_position=MOST + 1)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_jobs")
    assert int(refused.headers["Retry-After"]) > 0
    job = council.get("/v1/jobs").json()["items"][0]["id"]
    assert council.client.delete(f"/v1/jobs/{job}").status_code == 204
    assert council.client.delete(f"/v1/jobs/{job}").status_code == 204
    assert council.get(f"/v1/jobs/{job}").json()["state"] == "canceled"
    assert council.get("/v1/cases", job=job).json()["code"] == "job_over"
    assert council.get("/v1/workers", known_position=MOST + 1).status_code in (200, 202)


def test_a_job_and_a_moment_at_once_and_without_the_right_are_refused(council: Council) -> None:
    moment = _told(council)
    job = worked_out(council, "/v1/cases", known_at=moment)["job"]
    both = council.get("/v1/cases", job=job, known_at=moment)
    assert (both.status_code, both.json()["errors"][0]["pointer"]) == (422, "/query/job")
    with council.as_client(scope="events:read") as other:
        assert other.get(f"/v1/jobs/{job}").status_code == 403
        assert other.get("/v1/jobs").status_code == 403


def test_nothing_of_then_is_in_what_is_read_now(council: Council) -> None:
    moment = _told(council)
    position = council.tell("CaseClosed", case_id="C-1", closed_on="2025-03-01")
    worked_out(council, "/v1/cases", known_at=moment, as_at=date(2025, 2, 10))
    for path in ("/v1/cases", "/v1/obligations"):
        now = council.get(path, min_position=position, as_at="2025-04-01", limit=10)
        assert now.json()["items"] == []
    assert council.get("/v1/events").json()["position"] == position
