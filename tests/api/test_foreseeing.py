"""A dry run says which findings would change: the very ones that do when the same events are recorded."""

import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import orjson
import pytest

from app.api import bodies, foreseeing
from tests.councils import Council
from tests.projections.stored import send
from tests.projections.world import DAYS, FIRST, history

ON = "2025-02-14"


@pytest.fixture
def told(luton: Council) -> Council:
    """A case that is late on 14 February 2025, and its worker."""
    luton.tell("WorkerStarted", worker_id="W-1", started_on="2025-01-06", role="social_worker",
               service="family_safeguarding", team_id="T-1", employment_type="permanent")  # fmt: skip
    luton.tell("CaseOpened", case_id="C-1", opened_on="2025-01-06", service="family_safeguarding", team_id="T-1")
    luton.tell("CaseAllocated", case_id="C-1", worker_id="W-1", allocated_on="2025-01-06")
    return luton


def discussion(council: Council, identity: str = "d-1", on: str = "2025-02-10", case: str = "C-1") -> dict[str, Any]:
    return council.event(
        "CaseDiscussed", id=identity, case_id=case, discussed_on=on, setting="individual", depth="full"
    )


def foreseen(council: Council, body: Any, **query: Any) -> dict[str, Any]:
    answer = council.post(body, dry_run=True, as_at=ON, **query)
    assert answer.status_code == 200, answer.text
    changes: dict[str, Any] = answer.json()["changes"]
    return changes


def test_one_event_says_whose_status_it_would_put_right(told: Council) -> None:
    head = told.get("/v1/events").json()["position"]
    changes = foreseen(told, discussion(told))
    assert (changes["as_at"], changes["looked_at"], changes["not_looked_at"]) == (ON, 1, 0)
    (case,) = changes["subjects"]
    assert case["subject"] == {"type": "case", "id": "C-1"}
    assert case["status"]["before"] == "breached"
    (finding,) = [each for each in case["findings"] if each["rule"] == "LU-37"]
    assert finding == {
        "policy": "luton", "rule": "LU-37", "title": "Every Family Safeguarding case is supervised every four weeks",
        "before": {"status": "breached", "code": None, "due_on": "2025-02-03"},
        "after": {"status": "due", "code": None, "due_on": "2025-03-10"},
    }  # fmt: skip
    assert told.finding("case/C-1", "LU-37", as_at=ON)["status"] == "breached"
    assert told.get("/v1/events").json()["position"] == head


@pytest.mark.parametrize("atomic", [True, False])
def test_an_array_says_it_of_all_its_events_together(told: Council, atomic: bool) -> None:
    opened = told.event("CaseOpened", case_id="C-9", opened_on="2025-01-06", service="family_safeguarding")
    changes = foreseen(told, [discussion(told), opened, discussion(told, "d-2", case="C-9")], atomic=atomic)
    by_id = {each["subject"]["id"]: each for each in changes["subjects"]}
    assert {"C-1", "C-9"} <= by_id.keys()
    assert by_id["C-9"]["status"] == {
        "before": None,
        "after": told.compliance("case/C-1", as_at="2025-02-01")["status"],
    }
    (finding,) = [each for each in by_id["C-9"]["findings"] if each["rule"] == "LU-37"]
    assert (finding["before"], finding["after"]["status"]) == (None, "due")


def lines(council: Council, events: Iterable[dict[str, Any]], **query: Any) -> dict[str, Any]:
    body = b"".join(orjson.dumps(event) + b"\n" for event in events)
    answer = council.client.post(
        "/v1/events", content=body, params={"dry_run": True, "as_at": ON, **query},
        headers={"Content-Type": "application/x-ndjson"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_lines_say_what_an_array_of_them_says_however_many_pieces_they_are_read_in(told: Council) -> None:
    opened = told.event("CaseOpened", case_id="C-9", opened_on="2025-01-06", service="family_safeguarding")
    far = 2 * bodies.LINES_A_CHUNK
    others = [discussion(told, f"o-{n}", on="2024-06-03", case="C-8") for n in range(far)]
    sent = [opened, *others, discussion(told, "d-2", case="C-9"), discussion(told), discussion(told)]
    found = lines(told, sent)
    assert (found["accepted"], found["duplicate"]) == (far + 3, 1)
    assert found["changes"] == foreseen(told, sent, atomic=False)
    assert {"C-1", "C-8", "C-9"} <= {each["subject"]["id"] for each in found["changes"]["subjects"]}
    assert told.get("/v1/cases/C-9").status_code == 404


def test_of_lines_without_end_it_says_that_they_are_too_many_to_compare(told: Council) -> None:
    many = (discussion(told, f"m-{n}") for n in range(bodies.MOST_EVENTS + 1))
    found = lines(told, many)
    assert found["accepted"] == bodies.MOST_EVENTS + 1
    changes = found["changes"]
    assert (changes["subjects"], changes["looked_at"], changes["not_looked_at"]) == ([], 0, None)
    assert changes["why"].startswith("More than 5,000 of these events, or 8 MB of them, would be new")


def test_what_is_refused_of_an_array_or_there_already_changes_nothing(told: Council) -> None:
    bad = discussion(told) | {"data": {}}
    assert foreseen(told, [bad], atomic=False)["subjects"] == []
    told.post(discussion(told))
    nothing = {"as_at": ON, "subjects": [], "looked_at": 0, "not_looked_at": 0, "why": None}
    assert foreseen(told, discussion(told)) == nothing
    assert told.get("/v1/quarantine").json()["items"] == []


def test_a_correction_and_a_retraction_say_what_becomes_of_those_concerned(told: Council) -> None:
    told.post(discussion(told))
    of = {"source": "urn:test:ehm", "id": "d-1"}
    moved = told.event("EventCorrected", corrects=of, data={"discussed_on": "2025-01-08"})
    back = told.event("EventRetracted", retracts=of, reason="entered_in_error")
    for event in (moved, back):
        (case,) = [each for each in foreseen(told, event)["subjects"] if each["subject"]["type"] == "case"]
        (finding,) = [each for each in case["findings"] if each["rule"] == "LU-37"]
        assert (finding["before"]["status"], finding["after"]["status"]) == ("due", "breached")


def test_a_merge_says_what_it_becomes(told: Council) -> None:
    told.tell("CaseOpened", case_id="C-2", opened_on="2025-01-06", service="family_safeguarding")
    told.post(discussion(told, case="C-2"))
    merge = told.event("SubjectMerged", kind="case", from_id="C-2", into_id="C-1", merged_on="2025-02-12")
    by_id = {each["subject"]["id"]: each for each in foreseen(told, merge)["subjects"]}
    assert by_id["C-2"]["merged_into"] == "case/C-1"
    assert [f["after"]["status"] for f in by_id["C-1"]["findings"] if f["rule"] == "LU-37"] == ["due"]


def test_it_is_told_to_those_only_who_may_ask_how_somebody_stands(told: Council) -> None:
    with told.as_client(scope="events:write") as other:
        answer = other.post("/v1/events", json=discussion(told), params={"dry_run": True})
        assert answer.status_code == 200
        assert "changes" not in answer.json()
        line = other.post("/v1/events", content=orjson.dumps(discussion(told)), params={"dry_run": True},
                          headers={"Content-Type": "application/x-ndjson"})  # fmt: skip
        assert (line.json()["accepted"], "changes" in line.json()) == (1, False)
    assert "changes" not in told.post(discussion(told)).json()
    refused = told.post(discussion(told, "d-9"), as_at=ON)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/as_at")


def test_so_many_subjects_are_looked_at_and_no_more(luton: Council) -> None:
    cases = [
        luton.event("CaseOpened", case_id=f"C-{n}", opened_on="2025-01-06", service="assessment") for n in range(70)
    ]
    changes = foreseen(luton, cases)
    assert 0 < changes["looked_at"] <= foreseeing.MOST
    assert changes["looked_at"] + changes["not_looked_at"] == 70
    assert len(changes["subjects"]) == changes["looked_at"]


@pytest.mark.parametrize("seed", range(3))
def test_what_is_foreseen_is_what_comes_of_it(seed: int, luton: Council, scale: int) -> None:
    chance = random.Random(seed)
    events = history(seed + 70, workers=3, cases=5)
    kept = len(events) // 2
    send(luton, events[:kept])
    seen = 0
    for at in range(kept, min(len(events), kept + 12 * scale), 3):
        some = events[at : at + 3]
        on = (FIRST + timedelta(days=chance.randrange(60, DAYS))).isoformat()
        position = luton.get("/v1/events").json()["position"]
        luton.get("/v1/compliance/summary", min_position=position)
        before = _all(luton, on)
        answer = luton.post(some, dry_run=True, as_at=on, atomic=False).json()["changes"]
        told = {(each["subject"]["type"], each["subject"]["id"]): each for each in answer["subjects"]}
        send(luton, some)
        after = _all(luton, on)
        assert answer["not_looked_at"] == 0, "all of a small council fit"
        for of in before.keys() & after.keys():
            rules = before[of].keys() | after[of].keys()
            changed = {rule for rule in rules if before[of].get(rule) != after[of].get(rule)}
            assert changed == {each["rule"] for each in told.get(of, {"findings": []})["findings"]}, (of, some)
            seen += len(changed)
    assert seen > 0


def _all(council: Council, on: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What each rule says of everybody that can be asked about by a name of their own."""
    found = {}
    for kind, names in (("worker", ["W-0", "W-1", "W-2", "M-0", "M-1"]), ("case", [f"C-{n}" for n in range(5)])):
        for name in names:
            answer = council.get(f"/v1/{kind}s/{name}/compliance", as_at=on)
            if answer.status_code == 200:
                said = answer.json()["findings"]
                found[kind, name] = {each["rule"]: (each["status"], each["code"], each["due_on"]) for each in said}
    return found
