"""Samples for audits over HTTP: drawn at random, drawn again by anybody, opened to who drew them, and audited."""

import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.councils import Council

TODAY = datetime.now(UTC).date()
SAMPLES = "/v1/audit-samples"


def on(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


@pytest.fixture
def staffed(luton: Council) -> Council:
    """Six workers of one service with their manager M-1, two of another; D-1 is a senior manager."""
    posts = {f"W-{n}": ("social_worker", "family_safeguarding" if n < 7 else "fostering") for n in range(1, 9)}
    posts |= {"M-1": ("service_manager", "family_safeguarding"), "D-1": ("senior_manager", "directorate")}
    told = [luton.event("WorkerStarted", worker_id=who, started_on=on(-400), role=role, service=service, team_id="T-1")
            for who, (role, service) in posts.items()]  # fmt: skip
    told.append(luton.event("WorkerLeft", worker_id="W-6", left_on=on(-10)))
    told.append(luton.event("SupervisorAssigned", worker_id="W-1", supervisor_id="W-2", assigned_on=on(-300)))
    assert luton.post(told).status_code == 201
    return luton


def wanted(population: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"programme": "six_monthly", "size": 2, "population": population or {}} | more


def drawn(client: httpx.Client, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = client.post(SAMPLES, json=body, headers={"Prefer": "wait=30"})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refused(answer: httpx.Response, status: int = 422) -> list[tuple[str, str]]:
    assert answer.status_code == status, answer.text
    return [(fault["pointer"], fault["code"]) for fault in answer.json().get("errors", [])]


def by_hand(found: dict[str, Any]) -> list[str]:
    """As the page for auditors says: with sha256sum, sort and head, and nothing of ours."""
    line = 'printf \'%s\\0%s\' "$0" "$1" | sha256sum'
    ranks = {subprocess.run(["/bin/sh", "-c", line, found["seed"], each], capture_output=True, check=True).stdout: each
             for each in found["population"]}  # fmt: skip
    return [ranks[digest] for digest in sorted(ranks)][: found["size"]]


def test_a_sample_is_drawn_once_can_be_drawn_again_by_hand_and_opens_its_files(staffed: Council) -> None:
    with staffed.as_person("D-1", "senior_manager") as senior:
        found = drawn(senior, wanted({"role": "social_worker"}))
        assert found["population"] == ["W-1", "W-2", "W-3", "W-4", "W-5", "W-7", "W-8"]
        assert found["drawn_from"] == {"as_at": on(0), "role": "social_worker"}
        assert (found["seed_from"], len(found["seed"]), found["redrawn"]["agrees"]) == ("service", 32, True)
        selected = [each["worker_id"] for each in found["selected"]]
        assert selected == by_hand(found) == found["redrawn"]["selected"]
        assert drawn(senior, wanted({"role": "social_worker"}), 200) == found
        for worker in found["population"]:
            answer = senior.get(f"/v1/workers/{worker}/file", params={"purpose": "audit"})
            assert answer.status_code == (200 if worker in selected else 403)
        event = senior.get(SAMPLES).json()["items"][0]["position"]
        data = staffed.get(f"/v1/events/{event}").json()["data"]
        assert {name: data[name] for name in ("seed", "method", "size")} == {
            "seed": found["seed"], "method": "sha256_rank", "size": 2,
        }  # fmt: skip
        other = drawn(senior, wanted({"role": "social_worker", "as_at": on(-20)}))
        assert other["population"] == sorted({*found["population"], "W-6"})
        assert [each["sample_id"] for each in other["drawn_before"]] == [found["sample_id"]]
        assert other["seed"] != found["seed"]


def test_which_of_the_selected_were_audited_by_whom_and_how_is_shown(staffed: Council) -> None:
    with staffed.as_person("D-1", "senior_manager") as senior:
        drawn(senior, wanted({"ids": ["W-1", "W-3", "W-2"]}, seed="8f3a61", sample_id="SM-1"))
        told = {"auditor_id": "D-1", "programme": "six_monthly", "sample_id": "SM-1", "selection": "random"}
        first = senior.get(f"{SAMPLES}/SM-1").json()["selected"][0]["worker_id"]
        audit = {"audit_id": "AU-1", "audited_on": on(0), "worker_id": first, "score": 7, "tool_version": "2021-03"}
        event = staffed.event("FileAudited", source="urn:person", **told | audit)
        with staffed.as_person("D-1", "senior_manager", sources=["urn:person"], types=["FileAudited"]) as auditor:
            assert auditor.post("/v1/events", json=event).status_code == 201
        found = senior.get(f"{SAMPLES}/SM-1").json()
        assert (found["seed_from"], found["drawn_from"], found["audited"]) == ("caller", None, 1)
        [done] = found["selected"][0]["audits"]
        assert {name: done[name] for name in ("auditor_id", "audited_on", "score", "tool_version")} == {
            "auditor_id": "D-1", "audited_on": on(0), "score": 7, "tool_version": "2021-03",
        }  # fmt: skip
        assert found["selected"][1]["audits"] == []
        [short] = senior.get(SAMPLES).json()["items"]
        assert (short["sample_id"], short["audited"], short["population_size"]) == ("SM-1", 1, 3)
        assert short.keys().isdisjoint({"population", "seed"})


def test_each_draws_from_those_that_are_theirs_and_what_is_not_right_is_named(staffed: Council) -> None:
    with staffed.as_person("M-1", "service_manager") as manager, staffed.as_person("D-1", "senior_manager") as senior:
        mine = drawn(manager, wanted({"as_at": on(0)}))
        assert mine["population"] == ["M-1", "W-1", "W-2", "W-3", "W-4", "W-5"]
        one = drawn(manager, wanted({"supervisor": "W-2"}, size=1))
        assert one["population"] == ["W-1"]
        theirs = drawn(senior, wanted({"service": "fostering"}))["sample_id"]
        for body, fault in (
            (wanted({"ids": ["W-1", "W-7"]}), ("/population/ids", "not_related")),
            (wanted({"ids": ["W-1", "W-99"]}), ("/population/ids", "not_related")),
            (wanted({"ids": ["W-1"], "role": "social_worker"}), ("/population/ids", "one_or_the_other")),
            (wanted({"service": "fostering"}, size=1), ("/size", "larger_than_population")),
            (wanted({"team": "T-1"}, size=7), ("/size", "larger_than_population")),
            (wanted(size=0), ("/size", "greater_than_equal")),
            (wanted(seed="a b"), ("/seed", "string_pattern_mismatch")),
            (wanted({"of": "x"}), ("/population/of", "unknown_field")),
        ):
            assert refused(manager.post(SAMPLES, json=body, headers={"Prefer": "wait=30"}))[0][0] == fault[0], body
        assert [each["sample_id"] for each in manager.get(SAMPLES).json()["items"]] == [
            mine["sample_id"], one["sample_id"],
        ]  # fmt: skip
        others, nowhere = (manager.get(f"{SAMPLES}/{each}", headers={"X-Request-ID": "x"}) for each in (theirs, "no"))
        assert (others.status_code, others.json()) == (404, nowhere.json())
        assert len(senior.get(SAMPLES).json()["items"]) == 3
        page = senior.get(SAMPLES, params={"limit": 2}).json()
        rest = senior.get(SAMPLES, params={"limit": 2, "cursor": page["next_cursor"]}).json()
        assert [each["sample_id"] for each in rest["items"]] == [theirs]
    staffed.tell("WorkerRoleChanged", worker_id="W-5", changed_on=on(-5), role="social_worker", service="fostering")
    with staffed.as_person("M-1", "service_manager") as manager:  # seen to fail with who was theirs on the day
        assert drawn(manager, wanted({"as_at": on(-20)}))["population"] == ["M-1", "W-1", "W-2", "W-3", "W-4"]
    with staffed.as_person("W-1", "supervisee", "supervisor") as worker:
        assert worker.post(SAMPLES, json=wanted()).json()["code"] == "not_in_role"
        assert worker.get(SAMPLES).json()["code"] == "not_in_role"
    with staffed.as_client(azp="app", sub="p", roles=["senior_manager"]) as nobody:
        assert nobody.post(SAMPLES, json=wanted()).json()["code"] in ("may_not_draw", "not_related")


def test_a_chosen_id_is_one_sample_and_never_another(staffed: Council) -> None:
    with staffed.as_person("D-1", "senior_manager") as senior, staffed.as_person("M-1", "service_manager") as manager:
        found = drawn(senior, wanted({"service": "fostering"}, sample_id="SM-9"))
        assert drawn(senior, wanted({"service": "fostering"}, sample_id="SM-9"), 200) == found
        for other in (
            wanted({"service": "fostering"}, sample_id="SM-9", size=1), wanted(sample_id="SM-9"),
            wanted({"service": "fostering"}, sample_id="SM-9", seed="other"),
            wanted({"service": "fostering"}, sample_id="SM-9", programme="other"),
            wanted({"ids": ["W-7", "W-8"]}, sample_id="SM-9"),
        ):  # fmt: skip
            assert senior.post(SAMPLES, json=other).json()["code"] == "sample_exists"
        assert manager.post(SAMPLES, json=wanted(sample_id="SM-9")).json()["code"] == "sample_exists"
