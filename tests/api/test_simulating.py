"""A draft policy over a council's history: what it would change is what changes when it is adopted."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from app import embedded, shipped
from tests.api.test_jobs import ALL, finished
from tests.councils import Council
from tests.projections.stored import send
from tests.projections.world import DAYS, FIRST, history

Findings = dict[tuple[str, str, str], tuple[str, str | None, str | None]]


def draft(pack: str, *changes: tuple[str, str]) -> str:
    text = shipped.pack(pack)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def simulated(council: Council, policy_yaml: str, applies_from: str, **more: str) -> dict[str, Any]:
    answer = council.client.post(
        "/v1/policies/simulate", json={"policy_yaml": policy_yaml, "applies_from": applies_from, **more}
    )
    assert answer.status_code == 202, answer.text
    found = finished(council, answer.headers["Location"].rpartition("/")[2])
    assert found["state"] == "done", found
    result: dict[str, Any] = found["result"]
    return result


def fortnightly() -> str:
    """Luton's framework, with Family Safeguarding every two weeks instead of four."""
    before, rule, after = shipped.pack("luton").partition("        - id: LU-37\n")
    assert rule
    return before + rule + after.replace("limit: 28 days", "limit: 14 days", 1)


@pytest.fixture
def told(luton: Council) -> Council:
    """Two cases opened on 6 January 2025: one discussed on 27 January, one of another service; one that is late."""
    for case, service in (("C-1", "family_safeguarding"), ("C-2", "assessment"), ("C-3", "family_safeguarding")):
        luton.tell("CaseOpened", case_id=case, opened_on="2025-01-06", service=service, team_id="T-1")
    for case in ("C-1", "C-2"):
        luton.tell("CaseDiscussed", case_id=case, discussed_on="2025-01-27", setting="individual", depth="full")
    return luton


def test_a_tighter_draft_says_who_would_newly_be_late_by_rule_team_and_month(told: Council) -> None:
    result = simulated(told, fortnightly(), "2021-06-01", as_at="2025-02-14", **{"from": "2025-01-01"})
    assert result["newly_late"] == {
        "count": 1, "items_omitted": 0,
        "items": [{"subject": {"type": "case", "id": "C-1"}, "team": "T-1", "before": "due", "after": "breached",
                   "rules": ["LU-37"]}],
    }  # fmt: skip
    assert result["no_longer_late"] == {"count": 0, "items_omitted": 0, "items": []}
    (rule,) = result["by_rule"]
    assert (rule["rule"], rule["changed"], rule["newly_late"], rule["no_longer_late"]) == ("LU-37", 2, 1, 0)
    assert rule["title"] == "Every Family Safeguarding case is supervised every four weeks"
    assert rule["changes"] == [
        {"before": "breached", "after": "breached", "findings": 1},
        {"before": "due", "after": "breached", "findings": 1},
    ]
    assert result["by_team"] == [{"team": "T-1", "changed": 2, "newly_late": 1, "no_longer_late": 0}]
    assert [(month["on"], month["changed"], month["newly_late"]) for month in result["by_month"]] == [
        ("2025-01-31", 2, 1), ("2025-02-14", 2, 1),
    ]  # fmt: skip
    assert (result["new_rules"], result["removed_rules"]) == ([], [])


def test_a_draft_that_applies_later_changes_nothing_before(told: Council) -> None:
    result = simulated(told, fortnightly(), "2025-02-10", as_at="2025-02-14", **{"from": "2025-01-01"})
    assert [month["changed"] > 0 for month in result["by_month"]] == [False, True]
    result = simulated(told, fortnightly(), "2025-02-15", as_at="2025-02-14")
    assert result["subjects"]["changed"] == 0


def test_rules_that_come_and_go_are_told_apart(told: Council) -> None:
    clause = (
        "  LU-37: {carries: rule, text",
        '  NEW-1: {carries: rule, text: "New"}\n  LU-37: {carries: not_yet, text',
    )
    renamed = draft(
        "luton", ("        - id: LU-37\n", "        - id: NEW-1\n"), ("rule: LU-37", "rule: NEW-1"), clause
    )  # fmt: skip
    result = simulated(told, renamed, "2021-06-01", as_at="2025-02-14")
    assert [(rule["rule"], rule["by_status"]) for rule in result["new_rules"]] == [("NEW-1", {"breached": 1, "due": 1})]
    assert [(r["rule"], r["by_status"]) for r in result["removed_rules"]] == [("LU-37", {"breached": 1, "due": 1})]
    assert result["by_rule"] == []
    assert result["subjects"]["newly_late"] == 0


def test_another_policy_beside_those_in_force_is_all_new_rules(told: Council) -> None:
    result = simulated(told, shipped.pack("shropshire"), "2021-11-01", as_at="2025-02-14")
    assert result["removed_rules"] == []
    assert {rule["policy"] for rule in result["new_rules"]} == {"shropshire"}
    assert result["subjects"]["looked_at"] > 3


@pytest.mark.parametrize("seed", range(2))
def test_what_is_simulated_is_what_adopting_it_does(
    seed: int, luton: Council, database: embedded.Cluster, scale: int
) -> None:
    chance = random.Random(seed)
    events = history(seed + 40, workers=3, cases=6)
    changed = draft("luton", ("limit: 28 days", "limit: 21 days"), ("limit: 42 days", "limit: 5 weeks"))
    send(luton, events)
    with Council.new(luton.served, database.owner_url) as twin:
        twin.adopt("luton", "2021-06-01")
        send(twin, events)
        for _ in range(scale):
            since = (FIRST + timedelta(days=chance.randrange(60))).isoformat()
            on = (FIRST + timedelta(days=chance.randrange(100, DAYS))).isoformat()
            result = simulated(luton, changed, since, as_at=on)
            before = _stands(luton, on)
            assert before == _stands(twin, on)
            body = {"policy_yaml": changed, "applies_from": since}
            assert twin.client.post("/v1/policies/adopt", json=body).status_code == 201
            after = _stands(twin, on)
            _agrees(result, before, after)
            assert _stands(luton, on) == before


def _stands(council: Council, on: str) -> tuple[Findings, dict[tuple[str, str], str]]:
    """What every rule says of everybody, and how each stands as a whole."""
    findings: Findings = {}
    whole = {}
    found = council.get("/v1/events", type=["CaseOpened", "CaseAllocated", "WorkerStarted", "TeamOpened"], limit=500)
    named = {(kind, event["data"][f"{kind}_id"]) for event in found.json()["items"]
             for kind in ("case", "worker", "team") if f"{kind}_id" in event["data"]}  # fmt: skip
    for kind, identity in sorted(named):
        answer = council.get(f"/v1/{kind}s/{identity}/compliance", as_at=on)
        if answer.status_code == 200 and not answer.history:
            whole[kind, identity] = answer.json()["status"]
            for each in answer.json()["findings"]:
                findings[kind, identity, each["rule"]] = (each["status"], each["code"], each["due_on"])
    return findings, whole


def _agrees(
    result: dict[str, Any],
    before: tuple[Findings, dict[tuple[str, str], str]],
    after: tuple[Findings, dict[tuple[str, str], str]],
) -> None:
    differing = [key for key in before[0].keys() | after[0].keys() if before[0].get(key) != after[0].get(key)]
    assert len(differing) > 3
    by_rule = {rule["rule"]: rule["changed"] for rule in result["by_rule"]}
    assert by_rule == {rule: sum(key[2] == rule for key in differing) for rule in {key[2] for key in differing}}
    assert sum(team["changed"] for team in result["by_team"]) == len(differing)
    assert result["by_month"][-1]["changed"] == len(differing)
    late = [{of for of, status in each[1].items() if status == "breached"} for each in (before, after)]
    for name, expected in (("newly_late", late[1] - late[0]), ("no_longer_late", late[0] - late[1])):
        listed = {(item["subject"]["type"], item["subject"]["id"]) for item in result[name]["items"]}
        assert listed == expected
        assert result[name]["count"] == len(expected)


def test_nothing_of_a_draft_is_visible_anywhere(told: Council) -> None:
    def seen() -> list[Any]:
        asked = {"as_at": "2025-02-14", "min_position": position}
        paths = ("/v1/cases", "/v1/obligations", "/v1/compliance/summary", "/v1/compliance/trend")
        lists = [told.get(path, **asked, **({"limit": 500} if "compl" not in path else {})).json() for path in paths]
        return [*lists, told.get("/v1/events").json(), told.get("/v1/policies").json(),
                told.get("/v1/obligations", status=ALL, **asked).json()]  # fmt: skip

    position = told.get("/v1/events").json()["position"]
    before = seen()
    assert simulated(told, fortnightly(), "2021-06-01", as_at="2025-02-14")["subjects"]["changed"] > 0
    assert seen() == before
    (job,) = told.get("/v1/jobs").json()["items"]
    refused = told.get("/v1/cases", job=job["id"])
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "other_kind")
    assert "policy" not in job["asked"]


def test_names_are_told_to_who_may_see_them_only(told: Council) -> None:
    told.client.put("/v1/directory/teams/T-1", json={"name": "Team One"})
    answer = told.client.post(
        "/v1/policies/simulate",
        json={"policy_yaml": fortnightly(), "applies_from": "2021-06-01", "as_at": "2025-02-14"},
    )
    location = answer.headers["Location"]
    finished(told, answer.json()["id"])
    assert told.client.get(location).json()["names"] == {"team/T-1": "Team One"}
    with told.as_client(scope="state:read") as other:
        found = other.get(location).json()
        assert "names" not in found
        assert "Team One" not in str(found)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"applies_from": "2025-02-30"}, "/applies_from"),
        ({"as_at": "soon"}, "/as_at"),
        ({"as_at": "2025-01-01", "from": "2025-01-02"}, "/from"),
        ({"as_at": "2025-01-01", "from": "2015-01-02"}, "/from"),
        ({"policy_yaml": "policy: none"}, "/policy_yaml"),
    ],
)
def test_what_cannot_be_simulated_is_refused_by_field(council: Council, fields: dict[str, str], pointer: str) -> None:
    asked = {"policy_yaml": shipped.pack("luton"), "applies_from": "2021-06-01"} | fields
    answer = council.client.post("/v1/policies/simulate", json=asked)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert council.get("/v1/jobs").json()["items"] == []


def test_a_simulation_without_the_right_is_refused_and_rows_of_days_are_bounded(council: Council) -> None:
    with council.as_client(scope="events:write") as other:
        body = {"policy_yaml": shipped.pack("luton"), "applies_from": date(2021, 6, 1).isoformat()}
        assert other.post("/v1/policies/simulate", json=body).status_code == 403
