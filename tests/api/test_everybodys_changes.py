"""Whose status changed between two moments: what the job says is what each subject says by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.test_jobs import finished
from tests.councils import SOURCE, Council
from tests.projections.stored import send
from tests.projections.world import DAYS, FIRST, history


def compared(council: Council, **asked: Any) -> dict[str, Any]:
    answer = council.get("/v1/changes", **asked)
    assert answer.status_code == 202, answer.text
    found = finished(council, answer.headers["Location"].rpartition("/")[2])
    assert (found["state"], found["kind"]) == ("done", "comparison"), found
    result: dict[str, Any] = found["result"]
    return result


def test_everybody_whose_status_changed_is_named_with_what_changed_it(luton: Council) -> None:
    for case in ("C-1", "C-2", "C-3"):
        luton.tell("CaseOpened", case_id=case, opened_on="2025-01-02", service="family_safeguarding")
        told = {"case_id": case, "depth": "full", "setting": "individual"}
        luton.tell("CaseDiscussed", id=f"{case}-1", discussed_on="2025-03-03", **told)
    then = datetime.now(UTC).isoformat()
    luton.tell("CaseDiscussed", id="late", case_id="C-1", discussed_on="2025-03-31", depth="full", setting="individual")
    taken_back = luton.tell("EventRetracted", retracts={"source": SOURCE, "id": "C-2-1"})
    asked = {"from_known_at": then, "from_as_at": "2025-03-20", "to_as_at": "2025-03-20"}
    result = compared(luton, **asked)
    assert result["subjects"] == {"looked_at": 4, "changed": 1, "worse": 1, "better": 0, "not_assessed": 0}
    [only] = result["changed"]["items"]
    assert (only["subject"]["id"], only["before"], only["after"]) == ("C-2", "due", "breached")
    assert [(each["position"], each["how"]) for each in only["because"]] == [(taken_back, "retraction")]
    assert result["by_cause"] == {"retraction": 1, "time": 0}
    assert luton.get("/v1/changes", **asked).json()["changed"] == result["changed"]
    result = compared(luton, from_as_at="2025-03-31", to_as_at="2025-04-04")
    assert [(each["subject"]["id"], each["by_time"]) for each in result["changed"]["items"]] == [("C-3", True)]
    with luton.as_person("W-1", "service_manager") as manager:
        assert manager.get("/v1/changes", params=asked).json()["code"] == "not_in_role"
    with luton.as_person("D-1", "senior_manager") as senior:
        job = senior.get("/v1/changes", params=asked).json()["job"]
        assert senior.get(f"/v1/jobs/{job}").json()["names"] == {}
    with luton.as_person("DPO", "dpo") as other:
        assert other.get(f"/v1/jobs/{job}").status_code == 404


def test_of_random_histories_the_job_says_what_each_says_by_itself(luton: Council) -> None:
    # seen to fail with the two moments exchanged
    events = history(6)
    send(luton, events[: len(events) // 2])
    half = int(luton.get("/v1/events", limit=1).json()["position"])
    send(luton, events[len(events) // 2 :])
    day = FIRST + timedelta(days=DAYS // 2)
    days = {"from_as_at": day.isoformat(), "to_as_at": (day + timedelta(days=20)).isoformat()}
    asked = days | {"from_known_position": half}
    result = compared(luton, **asked)
    assert result["subjects"]["changed"] > 3
    of_all = {(each["subject"]["type"], each["subject"]["id"]): each for each in result["changed"]["items"]}
    head = {"Prefer": "wait=30"}
    for kind in ("worker", "case"):
        listed = luton.client.get(f"/v1/{kind}s", params={"include": "not_applicable"}, headers=head).json()["items"]
        for identity in [each["id"] for each in listed]:
            alone = luton.get(f"/v1/{kind}s/{identity}/changes", **asked).json()
            was, now = alone["from"]["status"], alone["to"]["status"]
            said = of_all.get((kind, identity), {"before": was, "after": was})
            assert (said["before"], said["after"]) == (was, now), identity
            if was != now and said["smallest"]:
                colouring = [each for each in alone["changes"] if each["force"] in ("must", "should")]
                named = {because["position"] for each in colouring for because in each["because"]}
                assert {each["position"] for each in said["because"]} <= named
