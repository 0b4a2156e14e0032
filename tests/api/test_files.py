"""A worker's file, their copies and a case's record, as people read them; and who read what, as they see it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx
import pytest

from tests.councils import SOURCE, Council
from tests.serving import Served

WITHHELD = {"withheld": True}
DAY = "2025-03-03"


def _session(session: str, **more: Any) -> dict[str, Any]:
    return {"session_id": session, "held_on": DAY, "kind": "individual", "supervisor_id": "W-2"} | more


def _tell(council: Council) -> None:
    """W-1 and W-3 are supervised by W-2; W-1 holds C-1. One session, a record of it, and what belongs elsewhere."""
    post = {"role": "social_worker", "service": "assessment", "started_on": "2024-01-01"}
    for worker in ("W-1", "W-2", "W-3"):
        council.tell("WorkerStarted", worker_id=worker, **post)
    for worker in ("W-1", "W-3"):
        council.tell("SupervisorAssigned", worker_id=worker, supervisor_id="W-2", assigned_on="2024-01-01")
    council.tell("CaseOpened", case_id="C-1", opened_on="2024-02-01", service="assessment")
    council.tell("CaseAllocated", case_id="C-1", worker_id="W-1", allocated_on="2024-02-01")

    council.tell("RecordSigned", record_id="R-1", signer_id="W-1", capacity="supervisee", signed_on="2025-03-06")
    council.tell("RecordCopied", record_id="R-1", to_worker_id="W-1", copied_on="2025-03-07", id="copy")
    council.tell("SessionHeld", id="a-held", **_session("S-1", worker_id="W-1", narrative="As it was first written."))
    council.tell(
        "RecordCompleted", record_id="R-1", kind="personal_supervision", completed_at="2025-03-05", author_id="W-2",
        session_id="S-1",
    )  # fmt: skip
    agreed = {"agreed_on": DAY, "session_id": "S-1"}
    council.tell("ActionAgreed", action_id="A-1", worker_id="W-1", narrative="Training.", **agreed)
    council.tell("ActionAgreed", action_id="A-2", case_id="C-1", narrative="A visit.", **agreed)
    council.tell("ActionFollowedUp", action_id="A-2", followed_up_on="2025-04-01", session_id="S-1")
    council.tell("RecordReopened", record_id="R-1", reopened_on="2025-05-01", by="W-2")
    council.tell(
        "CaseDiscussed", case_id="C-1", discussed_on=DAY, depth="full", setting="individual", worker_id="W-1",
        session_id="S-1", narrative="About the family.",
    )  # fmt: skip
    group = {"session_id": "S-9", "held_on": "2025-04-02", "kind": "group", "worker_ids": ["W-1", "W-3"]}
    council.tell("SessionHeld", **group)
    council.tell(
        "ActionAgreed", action_id="A-9", worker_id="W-3", session_id="S-9", agreed_on=DAY, narrative="Of another."
    )
    council.tell("AbsenceStarted", worker_id="W-1", started_on="2025-06-02", narrative="Unwell.")
    council.tell("ConcernRaised", id="wrong", concern_id="K-1", worker_id="W-1", raised_on=DAY, narrative="Not said.")
    council.tell("EventRetracted", retracts={"source": SOURCE, "id": "wrong"})
    told = {
        "corrects": {"source": SOURCE, "id": "a-held"},
        "data": {"narrative": "As it was put right.", "minutes": 90},
    }
    council.tell("EventCorrected", **told)


@pytest.fixture(scope="module")
def told(served: Served, database) -> Iterator[Council]:
    with Council.new(served, database.owner_url) as council:
        _tell(council)
        council.adopt("luton", "2021-06-01")
        yield council


@pytest.fixture(scope="module")
def supervisor(told: Council) -> Iterator[httpx.Client]:
    with told.as_person("W-2", "supervisor") as client:
        yield client


@pytest.fixture(scope="module")
def officer(told: Council) -> Iterator[httpx.Client]:
    with told.as_person("W-70", "dpo") as client:
        yield client


def _get(client: httpx.Client, path: str, **query: Any) -> dict[str, Any]:
    answer = client.get(path, params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _types(items: list[dict[str, Any]]) -> list[str]:
    return [item["type"] for item in items]


def _texts(items: list[dict[str, Any]]) -> list[object]:
    return [item["data"]["narrative"] for item in items if "narrative" in item["data"]]


def test_the_file_is_the_workers_own_supervision_as_it_stands_and_no_case_and_nobody_else_is_in_it(
    supervisor: httpx.Client,
) -> None:
    body = _get(supervisor, "/v1/workers/W-1/file")
    assert _types(body["items"]) == [
        "SupervisorAssigned", "SessionHeld", "ActionAgreed", "RecordCompleted", "RecordSigned", "RecordCopied",
        "SessionHeld", "RecordReopened", "AbsenceStarted",
    ]  # fmt: skip
    assert _texts(body["items"]) == ["As it was put right.", "Training.", "Unwell."]
    held = body["items"][1]
    assert (held["data"]["minutes"], held["data"]["held_on"]) == (90, DAY)
    (correction,) = held["amendments"]
    assert correction["data"]["data"] == {"narrative": "As it was put right.", "minutes": 90}
    assert body["right"] == {"role": "supervisor", "relation": "supervised", "purpose": "supervision", "grant": None}
    assert body["next_cursor"] is None


def test_of_a_group_everybodys_file_shows_the_session_and_their_own_texts_only(supervisor: httpx.Client) -> None:
    items = _get(supervisor, "/v1/workers/W-3/file")["items"]
    assert _types(items) == ["SupervisorAssigned", "ActionAgreed", "SessionHeld"]
    assert _texts(items) == ["Of another."]


def test_the_record_of_a_case_is_what_supervision_said_of_it(supervisor: httpx.Client) -> None:
    items = _get(supervisor, "/v1/cases/C-1/record")["items"]
    assert sorted(_types(items)) == ["ActionAgreed", "ActionFollowedUp", "CaseDiscussed"]
    assert sorted(map(str, _texts(items))) == ["A visit.", "About the family."]


def test_a_copy_is_what_was_copied_and_not_what_became_of_it(told: Council) -> None:
    with told.as_person("W-1", "supervisee") as worker:
        (copy,) = _get(worker, "/v1/workers/W-1/copies")["items"]
    assert (copy["record_id"], copy["copied_on"]) == ("R-1", "2025-03-07")
    assert _types(copy["record"]) == ["SessionHeld", "ActionAgreed", "RecordCompleted", "RecordSigned"]
    assert _texts(copy["record"]) == ["As it was first written.", "Training."]
    assert copy["record"][0]["amendments"] == []


def test_pages_follow_each_other_and_lose_nothing(supervisor: httpx.Client) -> None:
    whole = _get(supervisor, "/v1/workers/W-1/file")["items"]
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 2}
    while query.get("cursor", "") is not None:
        page = _get(supervisor, "/v1/workers/W-1/file", **query)
        assert len(page["items"]) <= 2
        found, query = found + page["items"], {"limit": 2, "cursor": page["next_cursor"]}
    assert found == whole
    assert supervisor.get("/v1/workers/W-1/file", params={"cursor": "made-up"}).status_code == 422


def test_one_event_opens_what_the_reader_has_the_right_to_and_the_feed_opens_nothing(
    told: Council, supervisor: httpx.Client, officer: httpx.Client
) -> None:
    shown = {item["type"]: item for item in _get(told.client, "/v1/events", tag="worker/W-1", limit=500)["items"]}
    assert shown["AbsenceStarted"]["data"]["narrative"] == WITHHELD
    path = f"/v1/events/{shown['AbsenceStarted']['position']}"
    assert _get(supervisor, path)["data"]["narrative"] == "Unwell."
    for other in (told.client, officer):
        assert _get(other, path)["data"]["narrative"] == WITHHELD
    lines = told.client.get("/v1/events", headers={"Accept": "application/x-ndjson"}).text
    assert "Unwell." not in lines
    assert lines.count("withheld") >= 7


def test_the_worker_sees_who_read_their_record_and_under_which_right(told: Council, supervisor: httpx.Client) -> None:
    _get(supervisor, "/v1/workers/W-1/file")
    with told.as_person("W-1", "supervisee") as worker:
        _get(worker, "/v1/workers/W-1/copies")
        mine, theirs, *_ = _get(worker, "/v1/workers/W-1/access-log")["items"]
        assert {name: theirs[name] for name in ("reader", "role", "relation", "purpose", "operation", "contents")} == {
            "reader": "W-2", "role": "supervisor", "relation": "supervised", "purpose": "supervision",
            "operation": "file", "contents": "personal_text",
        }  # fmt: skip
        assert (theirs["count"], len(theirs["positions"])) == (3, 3), "what was put right is not read any more"
        assert (mine["reader"], mine["operation"], mine["decision"]) == ("W-1", "copies", "allowed")
        first = _get(worker, "/v1/workers/W-1/access-log", limit=1)
        assert first["items"] == [mine]
        following = _get(worker, "/v1/workers/W-1/access-log", limit=1, cursor=first["next_cursor"])
        assert following["items"] == [theirs]
        assert worker.get("/v1/workers/W-3/access-log").status_code == 404


def test_who_is_refused_texts_is_on_record_for_the_data_protection_officer(
    told: Council, officer: httpx.Client
) -> None:
    with told.as_person("W-3", "supervisee", "supervisor") as nosy:
        for _ in range(3):
            assert nosy.get("/v1/workers/W-1/file").status_code == 404
            assert nosy.get("/v1/cases/C-1/record").status_code == 404
        assert nosy.get("/v1/workers/%00/file").status_code in (404, 422)
        absence = _get(told.client, "/v1/events", type="AbsenceStarted")["items"][0]["position"]
        assert nosy.get(f"/v1/events/{absence}").status_code == 404
    noted = _get(officer, "/v1/access-log", reader="W-3", decision="refused")["items"]
    assert {(row["operation"], row["subject"]["id"], row["count"]) for row in noted} == {
        ("file", "W-1", 0), ("case_record", "C-1", 0), ("event", "W-1", 0),
    }  # fmt: skip
    assert len(noted) <= 5, "at most one a minute"
    assert _get(officer, "/v1/access-log", reader="W-3", decision="allowed")["items"] == []
    assert _get(officer, "/v1/access-log", reader="W-3", to="2025-01-01")["items"] == []
    assert {row["subject"]["id"] for row in _get(officer, "/v1/access-log", case="C-1")["items"]} == {"C-1"}


def test_an_application_reads_no_file_and_nobody_reads_another_councils(told: Council, council: Council) -> None:
    for path in ("/v1/workers/W-1/file", "/v1/workers/W-1/copies", "/v1/cases/C-1/record", "/v1/access-log"):
        assert told.get(path).status_code == 403
    with council.as_person("W-2", "supervisor", "dpo") as stranger:
        assert stranger.get("/v1/workers/W-1/file").status_code == 404
        assert all(row["reader"] == "W-2" for row in _get(stranger, "/v1/access-log")["items"])
        assert _get(stranger, "/v1/access-log", decision="allowed")["items"] == []


def test_where_a_reading_cannot_be_put_on_record_nothing_is_sent(
    told: Council, supervisor: httpx.Client, database
) -> None:
    """The database refuses the row when the transaction is committed, after the texts were found."""
    broken = (
        "CREATE CONSTRAINT TRIGGER broken AFTER INSERT ON access_event DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
        f"WHEN (NEW.tenant = '{told.id}') EXECUTE FUNCTION refuse_change()"
    )
    asyncio.run(_as_owner(database.owner_url, broken))
    try:
        for path in ("/v1/workers/W-1/file", "/v1/workers/W-1/copies", "/v1/cases/C-1/record"):
            answer = supervisor.get(path)
            assert (answer.status_code, answer.json()["code"]) == (503, "not_traced")
            assert "Retry-After" in answer.headers
    finally:
        asyncio.run(_as_owner(database.owner_url, "DROP TRIGGER broken ON access_event"))
    assert supervisor.get("/v1/workers/W-1/file").status_code == 200


async def _as_owner(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute(statement)
    await connection.close()


def test_a_worker_under_two_numbers_has_one_file_and_one_record_of_who_read_it(council: Council) -> None:
    for worker in ("W-1", "W-2"):
        council.tell("WorkerStarted", worker_id=worker, started_on="2024-01-01", role="social_worker", service="any")
    council.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="W-2", assigned_on="2024-01-01")
    position = council.tell("SessionHeld", **_session("S-1", worker_id="W-01", narrative="Under the old number."))
    council.tell("SubjectMerged", kind="worker", from_id="W-01", into_id="W-1", merged_on="2025-04-01")
    with council.as_person("W-2", "supervisor") as reader:
        assert _texts(_get(reader, "/v1/workers/W-1/file")["items"]) == ["Under the old number."]
        assert _get(reader, f"/v1/events/{position}")["data"]["narrative"] == "Under the old number."
        assert reader.get("/v1/workers/W-01/file").headers["Location"] == "/v1/workers/W-1/file"
    with council.as_person("W-1", "supervisee") as worker:
        for path in ("/v1/workers/W-1/access-log", "/v1/workers/W-01/access-log"):
            assert [row["operation"] for row in _get(worker, path)["items"]] == ["event", "file"]


def test_a_correction_that_came_before_what_it_corrects_is_read_by_whom_that_is_about(
    told: Council, supervisor: httpx.Client
) -> None:
    later = {"corrects": {"source": SOURCE, "id": "late"}, "data": {"narrative": "As it really was."}}
    correction = told.tell("EventCorrected", **later)
    assert _get(told.client, f"/v1/events/{correction}")["data"]["data"]["narrative"] == WITHHELD
    position = told.tell("SessionHeld", id="late", **_session("S-7", worker_id="W-3", narrative="As it was not."))
    assert _texts(_get(supervisor, "/v1/workers/W-3/file")["items"])[-1] == "As it really was."
    (amendment,) = _get(supervisor, f"/v1/events/{position}")["amendments"]
    assert amendment["data"]["data"]["narrative"] == "As it really was."
    with told.as_person("W-3", "supervisee") as worker:
        one, file, *_ = _get(worker, "/v1/workers/W-3/access-log")["items"]
    assert correction in file["positions"]
    assert one["positions"] == [correction, position]
