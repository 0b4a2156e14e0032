"""The policies a council has adopted: every version with its state on a day, as adopted, and in plain English."""

from typing import Any

import httpx
import pytest

from app import shipped
from app.domain.policy.loading import as_json, load
from tests.councils import Council

PACK = """
id: harbour
version: "{version}"
title: Harbour supervision
codes: {{roles: [worker], services: {{quay: []}}}}
clauses:
  H-9: {{carries: fact, text: Sessions are held in private}}
  H-1: {{carries: rule, text: Cases are discussed}}
  H-2: {{carries: rule, text: In any setting}}
rules:
  - id: H-1
    title: Every case is discussed every {days} days
    clause: Section 1
    force: should
    answers: [H-2]
    subject: case
    every: {{event: {{type: CaseDiscussed}}, limit: {days} days}}
"""


def adopt(council: Council, version: str, applies_from: str, days: int = 28) -> int:
    sent = {"policy_yaml": PACK.format(version=version, days=days), "applies_from": applies_from}
    answer = council.client.post("/v1/policies/adopt", json=sent)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["position"])


def listed(council: Council, **query: Any) -> list[tuple[str, str, str, str | None]]:
    answer = council.get("/v1/policies", **query)
    assert answer.status_code == 200, answer.text
    return [(each["id"], each["version"], each["state"], each["until"]) for each in answer.json()["items"]]


def test_a_council_without_a_policy_has_an_empty_list(council: Council) -> None:
    answer = council.get("/v1/policies")
    assert (answer.status_code, answer.json()) == (200, {"items": [], "next_cursor": None})


def test_every_version_is_listed_with_its_state_on_the_day(council: Council) -> None:
    position = adopt(council, "1", "2024-01-01")
    adopt(council, "2", "2025-01-01")
    adopt(council, "3", "2030-01-01")
    assert listed(council, as_at="2025-06-01") == [
        ("harbour", "1", "replaced", "2024-12-31"),
        ("harbour", "2", "in_force", "2029-12-31"),
        ("harbour", "3", "coming", None),
    ]
    assert [state for _, _, state, _ in listed(council, as_at="2024-12-31")] == ["in_force", "coming", "coming"]
    first = council.get("/v1/policies").json()["items"][0]
    assert first == {
        "id": "harbour", "version": "1", "title": "Harbour supervision", "applies_from": "2024-01-01",
        "until": "2024-12-31", "state": "replaced", "position": position,
    }  # fmt: skip


def test_two_policies_in_force_together_share_no_rule(council: Council) -> None:
    adopt(council, "1", "2024-01-01")
    text = PACK.format(version="1", days=14).replace("id: harbour", "id: borough")
    answer = council.client.post("/v1/policies/adopt", json={"policy_yaml": text, "applies_from": "2025-01-01"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_policy")
    [fault] = answer.json()["policy_errors"]
    assert (fault["code"], fault["line"]) == ("rule_taken", 11)
    assert fault["detail"] == "the policy `harbour` has a rule `H-1` too: give this one another id"
    own = text.replace("id: H-1", "id: B-1").replace("H-1:", "B-1:")
    answer = council.client.post("/v1/policies/adopt", json={"policy_yaml": own, "applies_from": "2025-01-01"})
    assert answer.status_code == 201, answer.text
    assert [state for _, _, state, _ in listed(council, as_at="2025-06-01")] == ["in_force", "in_force"]


def test_what_was_adopted_later_was_not_known_before(council: Council) -> None:
    position = adopt(council, "1", "2024-01-01")
    adopt(council, "2", "2024-01-01")
    assert listed(council, known_position=position) == [("harbour", "1", "in_force", None)]
    assert listed(council) == [("harbour", "1", "replaced", "2023-12-31"), ("harbour", "2", "in_force", None)]
    assert listed(council, known_position=position - 1) == []
    assert council.get("/v1/policies/harbour", known_position=position - 1).status_code == 404


def test_pages_of_one_make_the_same_list(council: Council) -> None:
    for number in range(3):
        adopt(council, str(number), f"202{number}-01-01")
    found, cursor = [], None
    while True:
        page = council.get("/v1/policies", limit=1, **({"cursor": cursor} if cursor else {})).json()
        found += [each["version"] for each in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == ["0", "1", "2"]
    for hostile in ("x", "e30", "WyJhIl0", council.get("/v1/policies", limit=1).json()["next_cursor"][:-4]):
        assert council.get("/v1/policies", cursor=hostile).status_code in (409, 422)


def test_a_policy_is_shown_as_it_was_adopted(luton: Council) -> None:
    shown = luton.get("/v1/policies/luton").json()
    assert (shown["version"], shown["state"], shown["applies_from"]) == ("2021-06", "in_force", "2021-06-01")
    assert shown["policy"] == as_json(load(shipped.pack("luton")))


def test_each_clause_says_what_becomes_of_it(council: Council) -> None:
    adopt(council, "1", "2024-01-01")
    clauses = {each["id"]: each for each in council.get("/v1/policies/harbour").json()["clauses"]}
    assert list(clauses) == ["H-1", "H-2", "H-9"]
    assert (clauses["H-9"]["carries"], clauses["H-9"]["rules"]) == ("fact", [])
    (rule,) = clauses["H-2"]["rules"]
    assert (rule["rule"], rule["force"], rule["subject"]) == ("H-1", "should", "case")
    assert clauses["H-2"]["carries"] == "rule"


def test_every_clause_of_the_shipped_packs_is_listed(luton: Council) -> None:
    pack = load(shipped.pack("luton"))
    clauses = {each["id"]: each for each in luton.get("/v1/policies/luton").json()["clauses"]}
    assert pack.clauses.keys() <= clauses.keys()
    numbers = [int(name.removeprefix("LU-")) for name in clauses if name.removeprefix("LU-").isdigit()]
    assert numbers == sorted(numbers)
    assert numbers[-1] > 100
    assert all(clauses[rule.id]["rules"] for rule in pack.rules)
    assert [row["rule"] for row in clauses["LU-37"]["rules"]] == ["LU-37"]


def test_a_version_can_be_named_and_without_one_the_one_in_force_is_shown(council: Council) -> None:
    adopt(council, "1", "2024-01-01")
    adopt(council, "2", "2030-01-01", days=14)
    assert council.get("/v1/policies/harbour").json()["version"] == "1"
    assert council.get("/v1/policies/harbour", version="2").json()["state"] == "coming"
    assert council.get("/v1/policies/harbour", as_at="2023-06-01").json()["version"] == "1"
    assert "14 days" in council.get("/v1/policies/harbour/explain", version="2").text
    assert "28 days" in council.get("/v1/policies/harbour/explain").text


def test_a_policy_is_explained_in_plain_english(luton: Council) -> None:
    answer = luton.get("/v1/policies/luton/explain")
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.text.startswith("# ")
    assert "## The rules" in answer.text
    assert "### LU-14. " in answer.text


@pytest.mark.parametrize("path", ["", "/luton", "/luton/explain"])
def test_the_same_answer_about_policies_is_not_sent_twice(luton: Council, path: str) -> None:
    address = f"/v1/policies{path}"
    first = luton.get(address, as_at="2025-01-01")
    tag = {"If-None-Match": first.headers["ETag"]}
    assert luton.client.get(address, params={"as_at": "2025-01-01"}, headers=tag).status_code == 304
    luton.adopt("luton", "2022-01-01")
    changed = luton.client.get(address, params={"as_at": "2025-01-01"}, headers=tag)
    assert changed.status_code == (304 if path.endswith("explain") else 200)


@pytest.mark.parametrize("path", ["/harbour", "/harbour/explain", "/luton?version=1999", "/check"])
def test_a_policy_that_was_never_adopted_is_not_there(luton: Council, path: str) -> None:
    answer = luton.client.get(f"/v1/policies{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_policy")


@pytest.mark.parametrize("query", ["version=%00", "as_at=x", "cursor=1&x=2", "limit=0"])
def test_a_bad_question_about_policies_is_refused(luton: Council, query: str) -> None:
    assert luton.client.get(f"/v1/policies?{query}").status_code == 422


def test_reading_policies_needs_the_scope_and_shows_nothing_of_another_council(
    luton: Council, served, database
) -> None:
    with luton.as_client(scope="policies:write") as other:
        assert other.get("/v1/policies").status_code == 403
    with Council.new(served, database.owner_url) as another:
        assert listed(another) == []
        assert another.get("/v1/policies/luton").status_code == 404


def test_that_a_policy_was_reviewed_is_recorded_once_and_changes_nothing_else(luton: Council) -> None:
    def review(policy: str = "luton", **sent: str) -> httpx.Response:
        return luton.client.post(f"/v1/policies/{policy}/reviewed", json=sent)

    before = luton.get("/v1/policies/luton").json()
    done = review(reviewed_on="2025-03-01", next_review_on="2026-03-01")
    assert (done.status_code, review(reviewed_on="2025-03-01", next_review_on="2026-03-01").status_code) == (201, 200)
    told = luton.get(f"/v1/events/{done.json()['position']}").json()
    assert (told["type"], told["data"]) == (
        "PolicyReviewed", {"policy_id": "luton", "reviewed_on": "2025-03-01", "next_review_on": "2026-03-01"},
    )  # fmt: skip
    assert luton.get("/v1/policies/luton").json() == before
    assert review("kent", reviewed_on="2025-03-01").status_code == 404
    for wrong, pointer in (
        ({}, "/reviewed_on"), ({"reviewed_on": "soon"}, "/reviewed_on"),
        ({"reviewed_on": "2099-01-01"}, "/reviewed_on"), ({"reviewed_on": "2019-01-01"}, "/reviewed_on"),
        ({"reviewed_on": "2025-03-01", "next_review_on": "2025-03-01"}, "/next_review_on"),
    ):  # fmt: skip
        answer = review(**wrong)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


def test_a_withdrawn_policy_asks_for_nothing_from_that_day_on_and_keeps_its_history(luton: Council) -> None:
    luton.tell("CaseOpened", case_id="C-1", opened_on="2025-01-06", service="family_safeguarding")

    def withdraw(**sent: str) -> httpx.Response:
        return luton.client.post("/v1/policies/luton/withdraw", json=sent)

    done = withdraw(withdrawn_on="2025-03-01")
    assert (done.status_code, done.json()["version"]) == (201, "2021-06")
    again = withdraw(withdrawn_on="2025-03-01")
    assert (again.status_code, again.json()) == (200, done.json())
    assert luton.get("/v1/policies/luton", as_at="2025-02-28").json()["state"] == "in_force"
    assert luton.get("/v1/policies/luton", as_at="2025-03-01").json()["state"] == "withdrawn"
    assert luton.finding("case/C-1", "LU-37", as_at="2025-02-28")["status"] == "breached"
    assert luton.get("/v1/cases/C-1/compliance", as_at="2025-03-01").json()["code"] == "no_policy_known"
    assert withdraw(withdrawn_on="2025-04-01").json()["errors"][0]["pointer"] == "/withdrawn_on"
    assert luton.client.post("/v1/policies/kent/withdraw", json={"withdrawn_on": "2025-03-01"}).status_code == 404
    for wrong in ({}, {"withdrawn_on": "soon"}, {"withdrawn_on": "2019-01-01"}, {"on": "2025-03-01"}):
        assert withdraw(**wrong).status_code == 422
    luton.adopt("luton", "2025-06-01")
    assert luton.get("/v1/policies/luton", as_at="2025-06-01").json()["state"] == "in_force"
    assert withdraw(withdrawn_on="2025-06-01").status_code == 201
