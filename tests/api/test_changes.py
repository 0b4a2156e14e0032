"""What changed between two moments, through HTTP: which facts are named, and a ledger without them agrees."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.embedded import Cluster
from tests.councils import Council
from tests.serving import Served

CASE = {"case_id": "C-1", "opened_on": "2025-01-02", "service": "family_safeguarding"}


def discussed(on: str, **more: Any) -> dict[str, Any]:
    return {"case_id": "C-1", "discussed_on": on, "depth": "full", "setting": "individual"} | more


def moment() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def changes(council: Council, **asked: Any) -> dict[str, Any]:
    answer = council.get("/v1/cases/C-1/changes", **asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def of_rule(found: dict[str, Any], rule: str = "LU-37") -> dict[str, Any]:
    [change] = [each for each in found["changes"] if each["rule"] == rule]
    assert isinstance(change, dict)
    return change


def test_a_discussion_that_was_keyed_late_is_named_and_a_ledger_without_it_gives_the_old_answer(
    luton: Council, served: Served, database: Cluster
) -> None:
    luton.tell("CaseOpened", **CASE)
    first = luton.tell("CaseDiscussed", **discussed("2025-03-03"))
    then = moment()
    late = luton.tell("CaseDiscussed", id="late", **discussed("2025-03-31"))
    luton.tell("CaseDiscussed", case_id="C-2", **{k: v for k, v in discussed("2025-03-31").items() if k != "case_id"})
    found = changes(luton, from_known_at=then, from_as_at="2025-04-04", to_as_at="2025-04-04")
    change = of_rule(found)
    assert (change["before"]["status"], change["after"]["status"], change["by_time"]) == ("breached", "due", False)
    assert [(each["position"], each["id"], each["how"]) for each in change["because"]] == [(late, "late", "told_later")]
    assert change["said"].startswith(
        "Every Family Safeguarding case is supervised every four weeks: breached, by 31 March"
    )
    assert found["because"][0]["position"] == late
    assert (change["without_them"], change["smallest"]) == (change["before"], True)
    by_position = changes(luton, from_known_position=first, from_as_at="2025-04-04", to_as_at="2025-04-04")
    assert [each | {"said": ""} for each in by_position["changes"]] == [e | {"said": ""} for e in found["changes"]]
    with Council.new(served, database.owner_url) as other:
        other.adopt("luton", "2021-06-01")
        other.tell("CaseOpened", **CASE)
        other.tell("CaseDiscussed", **discussed("2025-03-03"))
        told = other.finding("case/C-1", "LU-37", as_at="2025-04-04")
        assert {name: told[name] for name in change["before"]} == change["before"]


def test_time_what_happened_and_what_was_put_right_are_told_apart(luton: Council) -> None:
    luton.tell("CaseOpened", **CASE)
    luton.tell("CaseDiscussed", id="first", **discussed("2025-03-03"))
    alone = of_rule(changes(luton, from_as_at="2025-03-31", to_as_at="2025-04-04"))
    assert (alone["by_time"], alone["because"], alone["after"]["days_late"]) == (True, [], 4)
    luton.tell("CaseDiscussed", id="second", **discussed("2025-04-02"))
    both = of_rule(changes(luton, from_as_at="2025-03-30", to_as_at="2025-04-04"))
    assert (both["by_time"], [each["how"] for each in both["because"]]) == (True, ["happened"])
    assert (both["without_them"]["status"], both["after"]["status"]) == ("breached", "due")
    then = moment()
    corrects = {"source": "urn:test:ehm", "id": "second"}
    put_right = luton.tell("EventCorrected", corrects=corrects, data={"discussed_on": "2025-03-20"})
    change = of_rule(changes(luton, from_known_at=then, from_as_at="2025-04-20", to_as_at="2025-04-20"))
    assert [(each["position"], each["how"]) for each in change["because"]] == [(put_right, "correction")]
    assert (change["before"]["due_on"], change["after"]["due_on"]) == ("2025-04-30", "2025-04-17")
    assert "correction of the discussion of 2 April 2025" in change["said"]
    nothing = changes(luton, from_as_at="2025-04-18", to_as_at="2025-04-20")
    assert (nothing["changes"], "no rule says anything else" in nothing["said"]) == ([], True)


def test_a_policy_that_came_in_between_is_named_and_a_worker_can_be_asked_about_too(council: Council) -> None:
    worker = {"worker_id": "W-1", "started_on": "2024-12-02", "role": "social_worker", "service": "assessment"}
    last = council.tell("WorkerStarted", **worker)
    council.adopt("luton", "2021-06-01")
    answer = council.get(
        "/v1/workers/W-1/changes", from_known_position=last, from_as_at="2025-04-04", to_as_at="2025-04-04"
    )
    found = answer.json()
    assert (found["from"]["code"], found["from"]["policies"]) == ("no_policy_known", [])
    assert {each["how"] for change in found["changes"] for each in change["because"]} == {"policy"}
    assert all(change["before"] is None for change in found["changes"])
    headers = {"If-None-Match": answer.headers["ETag"]}
    assert council.client.get(str(answer.request.url), headers=headers).status_code == 304


@pytest.mark.parametrize(
    ("asked", "pointer", "code"),
    [
        ({}, "/query/from_as_at", "missing"),
        ({"from_as_at": "2025-04-05", "to_as_at": "2025-04-04"}, "/query/from_as_at", "later_than_to"),
        ({"from_as_at": "2025-04-05", "to_known_position": 3}, "/query/to_known_position", "earlier_than_from"),
        ({"from_known_position": 4, "to_known_position": 3}, "/query/to_known_position", "earlier_than_from"),
        ({"from_known_at": "2025-04-05T10:00:00Z", "from_known_position": 3}, "/query/from_known_position",
         "one_or_the_other"),
        ({"from_known_at": "yesterday"}, "/query/from_known_at", "not_a_time"),
        ({"from_as_at": "2025-04-05", "to_as_at": "2099-04-05"}, "/query/to_as_at", "too_far"),
    ],
)  # fmt: skip
def test_moments_that_do_not_fit_are_named(council: Council, asked: dict[str, Any], pointer: str, code: str) -> None:
    council.tell("CaseOpened", **CASE)
    answer = council.get("/v1/cases/C-1/changes", **asked)
    assert answer.status_code == 422, answer.text
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [(pointer, code)]


def test_a_case_that_became_another_is_asked_about_there(luton: Council) -> None:
    luton.tell("CaseOpened", **CASE)
    luton.tell("CaseOpened", **CASE | {"case_id": "C-9"})
    luton.tell("SubjectMerged", kind="case", from_id="C-1", into_id="C-9", merged_on="2025-03-03")
    answer = luton.get("/v1/cases/C-1/changes", from_as_at="2025-03-03")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/v1/cases/C-9/changes?from_as_at=2025-03-03")
    assert luton.get("/v1/cases/C-7/changes", from_as_at="2025-03-03").status_code == 404
