"""Whose records are due for disposal, through HTTP: by both policies, what stands in the way, and pages."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.embedded import Cluster
from tests.api.test_subject_requests import POST
from tests.councils import Council
from tests.serving import Served

LEFT = {"W-1": "2025-06-30", "W-2": "2024-02-29", "W-3": "2010-01-31", "W-4": None}


@pytest.fixture(scope="module")
def luton(served: Served, database: Cluster) -> Iterator[Council]:
    with Council.new(served, database.owner_url) as council:
        council.adopt("luton", "2021-06-01")
        _tell(council)
        council.tell("WorkerStarted", worker_id="W-3", **POST | {"started_on": "2026-01-05"})  # came back
        council.tell("WorkerStarted", worker_id="W-5", **POST | {"started_on": "2000-01-05"})
        council.tell("SubjectMerged", kind="worker", from_id="W-5", into_id="W-2", merged_on="2025-01-01")
        council.tell("CaseOpened", case_id="C-1", opened_on="2010-01-01", service="assessment")
        council.tell("CaseClosed", case_id="C-1", closed_on="2011-01-01")
        yield council


def _tell(council: Council) -> None:
    for worker, left_on in LEFT.items():
        council.tell("WorkerStarted", worker_id=worker, **POST | {"started_on": "2009-01-05"})
        if left_on is not None:
            council.tell("WorkerLeft", worker_id=worker, left_on=left_on)


def _listed(council: Council, **query: Any) -> dict[str, Any]:
    with council.as_person("D-1", "dpo") as officer:
        return _ask(officer, **query)


def _ask(client: httpx.Client, **query: Any) -> dict[str, Any]:
    answer = client.get("/v1/retention", params=query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _states(body: dict[str, Any]) -> dict[str, str]:
    return {f"{item['subject']['type']}/{item['subject']['id']}": item["state"] for item in body["items"]}


def test_each_is_due_from_the_day_on_which_the_policys_time_is_over(luton: Council) -> None:
    day_before = _listed(luton, as_at="2027-06-29")
    assert _states(day_before) == {"worker/W-1": "not_yet", "worker/W-2": "due", "case/C-1": "policy_silent"}
    first, second, case = day_before["items"]
    assert (first["earliest_disposal"], first["due_since"], first["next"]) == ("2027-06-30", None, None)
    assert first["told"] == "Left on 30 June 2025. Disposal is refused before 30 June 2027 (LU-76, LU-92, LU-93)."
    assert (second["due_since"], second["next"]["with"]) == ("2026-02-28", {"worker_id": "W-2", "basis": "retention"})
    assert (case["earliest_disposal"], case["clauses"]) == (None, [])
    assert "nothing falls due by itself" in case["told"]
    assert day_before["kept"]["worker"].startswith("luton: at least 2 years after leaving (")
    assert _states(_listed(luton, as_at="2027-06-30"))["worker/W-1"] == "due"
    assert _states(_listed(luton, state="running"))["worker/W-3"] == "running", "came back"


SCHEDULE = """
id: schedule
version: "2026"
title: The council's own schedule
clauses:
  RS-1: {carries: access, text: Records of case supervision are kept for six years after the case was closed}
retain:
  case: {clauses: [RS-1], from: closing, at_least: 6 years}
rules: []
"""


def test_a_council_adopts_a_schedule_of_its_own_beside_its_policy(served: Served, database: Cluster) -> None:
    with Council.new(served, database.owner_url) as council:
        council.adopt("luton", "2021-06-01")
        adopted = council.client.post(
            "/v1/policies/adopt", json={"policy_yaml": SCHEDULE, "applies_from": "2022-01-01"}
        )
        assert adopted.status_code == 201, adopted.text
        council.tell("CaseOpened", case_id="C-1", opened_on="2019-01-01", service="assessment")
        council.tell("CaseClosed", case_id="C-1", closed_on="2020-06-30")
        assert council.get("/v1/cases/C-1/compliance").status_code == 200
        assert _states(_listed(council, as_at="2026-06-29")) == {"case/C-1": "not_yet"}
        due = _listed(council, as_at="2026-06-30")
        assert (_states(due), due["items"][0]["clauses"]) == ({"case/C-1": "due"}, ["RS-1"])
        assert due["kept"]["case"] == "schedule: at least 6 years after closing (RS-1)"


def test_where_the_policy_states_no_period_nothing_is_ever_due(served: Served, database: Cluster) -> None:
    with Council.new(served, database.owner_url) as council:
        council.adopt("shropshire", "2021-11-01")
        _tell(council)
        far = _listed(council, as_at="2099-12-31")
        assert set(_states(far).values()) == {"policy_silent"}
        assert _listed(council, as_at="2099-12-31", state="due")["items"] == []
        assert "no policy in force" in far["kept"]["worker"]


def test_an_open_request_and_a_hold_stand_in_the_way_and_are_named(luton: Council) -> None:
    with luton.as_person("D-1", "dpo") as officer:
        asked = officer.post("/v1/subject-requests", json={"worker_id": "W-2", "request_id": "SAR-9"})
        assert asked.status_code == 201, asked.text
        (held,) = _ask(officer, state="held", as_at="2099-12-31")["items"]
        assert (held["subject"]["id"], [block["code"] for block in held["blocked_by"]]) == ("W-2", ["access_requested"])
        officer.post("/v1/subject-requests/SAR-9/answer", json={"outcome": "provided"}).raise_for_status()
        assert _ask(officer, state="held", as_at="2099-12-31")["items"] == []


def test_pages_follow_each_other_and_lose_nobody(luton: Council) -> None:
    every = ["due", "held", "not_yet", "policy_silent", "running", "approved", "erased"]
    whole = _listed(luton, state=every)["items"]
    assert [item["subject"]["id"] for item in whole] == ["W-1", "W-2", "W-3", "W-4", "C-1"], "merged: once"
    found, cursor = list[dict[str, Any]](), None
    while True:
        page = _listed(luton, state=every, limit=2, **({"cursor": cursor} if cursor else {}))
        found, cursor = found + page["items"], page["next_cursor"]
        if cursor is None:
            break
    assert found == whole
    assert _states(_listed(luton, kind="case", state=every)) == {"case/C-1": "policy_silent"}


def test_supervisors_are_not_asked_to_look(luton: Council) -> None:
    with luton.as_person("W-4", "supervisor") as supervisor:
        assert supervisor.get("/v1/retention").status_code == 403
