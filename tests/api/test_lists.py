"""Lists for a manager and an analyst: who stands how, what is to be done, how many, how it went, what is doubtful."""

import asyncio
import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from app import embedded
from app.db import Database
from app.events.facts import LONDON
from app.projections.catchup import Projector
from tests.councils import Council

CatchUp = Callable[[Council], None]
OPENED = "2025-01-06"
TABLE = ["LU-37", "LU-32"]
"""How often a case of Family Safeguarding is supervised, and that it is known how often."""


@pytest.fixture
def catch_up(database: embedded.Cluster) -> CatchUp:
    """Brings a council's lists up to its ledger."""

    async def run(council: Council) -> None:
        connected = Database(database.service_url, pool_size=4)
        await Projector(connected).catch_up(council.id)
        await connected.close()

    return lambda council: asyncio.run(run(council))


@pytest.fixture
def team(luton: Council, catch_up: CatchUp) -> Council:
    """A supervisor M-1, two workers of two teams, five cases of theirs: two late, one not classified, two in time."""
    for worker, team, chief in (("W-1", "T-1", "M-1"), ("W-2", "T-2", "M-2")):
        luton.tell("WorkerStarted", worker_id=worker, started_on=OPENED, role="social_worker",
                   service="family_safeguarding", team_id=team, employment_type="permanent")  # fmt: skip
        luton.tell("SupervisorAssigned", worker_id=worker, supervisor_id=chief, assigned_on=OPENED)
    for number, lead in enumerate(("W-1", "W-1", "W-1", "W-2", "W-2")):
        service = "looked_after_children" if number == 2 else "family_safeguarding"
        case = f"C-{number}"
        luton.tell(
            "CaseOpened", case_id=case, opened_on=OPENED, service=service, team_id="T-1" if number < 3 else "T-2"
        )
        luton.tell("CaseAllocated", case_id=case, worker_id=lead, allocated_on=OPENED)
    for number in (1, 4):
        discuss(luton, f"C-{number}", "2025-01-27")
    catch_up(luton)
    return luton


def discuss(council: Council, case: str, on: str) -> int:
    return council.tell("CaseDiscussed", case_id=case, discussed_on=on, setting="individual", depth="full")


def listed(council: Council, path: str, **query: Any) -> dict[str, Any]:
    answer = council.get(path, **query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def ids(council: Council, path: str, **query: Any) -> list[str]:
    return [item["id"] for item in listed(council, path, **query)["items"]]


def test_cases_are_listed_as_they_stood_on_a_day_with_who_they_were(team: Council) -> None:
    first, *_ = listed(team, "/v1/cases", as_at="2025-02-10")["items"]
    assert first == {
        "id": "C-0", "status": "breached", "code": None, "since": "2025-02-04", "service": "family_safeguarding",
        "category": None, "team": "T-1", "lead": "W-1", "findings": first["findings"],
    }  # fmt: skip
    assert first["findings"]["breached"] == 1
    stood = {item["id"]: item["status"] for item in listed(team, "/v1/cases", as_at="2025-02-10")["items"]}
    assert stood == {"C-0": "breached", "C-1": "due", "C-2": "not_assessable", "C-3": "breached", "C-4": "due"}


def test_a_list_as_at_an_earlier_day_shows_that_day(team: Council) -> None:
    stood = {item["id"]: item["status"] for item in listed(team, "/v1/cases", as_at="2025-01-20")["items"]}
    assert stood == {"C-0": "due", "C-1": "due", "C-2": "not_assessable", "C-3": "due", "C-4": "due"}
    assert ids(team, "/v1/cases", as_at="2024-12-31") == []


def test_every_status_in_a_list_is_the_one_that_the_subject_itself_answers(team: Council) -> None:
    for path in ("/v1/cases", "/v1/workers"):
        for item in listed(team, path, as_at="2025-03-20")["items"]:
            asked = f"{path.removeprefix('/v1/').removesuffix('s')}/{item['id']}"
            assert team.compliance(asked, as_at="2025-03-20")["status"] == item["status"]


def test_cases_are_found_by_team_lead_supervisor_service_and_status(team: Council) -> None:
    on = {"as_at": "2025-02-10"}
    assert ids(team, "/v1/cases", team="T-2", **on) == ["C-3", "C-4"]
    assert ids(team, "/v1/cases", lead="W-1", **on) == ["C-0", "C-1", "C-2"]
    assert ids(team, "/v1/cases", supervisor="M-1", **on) == ["C-0", "C-1", "C-2"]
    assert ids(team, "/v1/cases", service="looked_after_children", **on) == ["C-2"]
    assert ids(team, "/v1/cases", status=["breached"], **on) == ["C-0", "C-3"]
    assert ids(team, "/v1/workers", supervisor="M-2", **on) == ["W-2"]


def test_who_left_is_listed_only_if_asked_for(team: Council, catch_up: CatchUp) -> None:
    position = team.tell("WorkerLeft", worker_id="W-2", left_on="2025-02-28")
    catch_up(team)
    later = {"as_at": "2025-03-20", "min_position": position}
    assert ids(team, "/v1/workers", **later) == ["W-1"]
    assert ids(team, "/v1/workers", include="not_applicable", **later) == ["W-1", "W-2"]
    assert ids(team, "/v1/workers", as_at="2025-02-28") == ["W-1", "W-2"]


def test_pages_follow_one_another_without_a_gap(team: Council) -> None:
    found, cursor = [], None
    for _ in range(10):
        page = listed(team, "/v1/cases", as_at="2025-02-10", limit=2, **({"cursor": cursor} if cursor else {}))
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == ["C-0", "C-1", "C-2", "C-3", "C-4"]


def test_the_work_list_begins_with_what_is_latest(team: Council) -> None:
    items = listed(team, "/v1/obligations", as_at="2025-02-10", kind="case", rule=TABLE)["items"]
    assert [(i["subject"]["id"], i["rule"], i["status"], i["due_on"], i["days_late"]) for i in items] == [
        ("C-0", "LU-37", "breached", "2025-02-03", 7),
        ("C-2", "LU-32", "not_assessable", "2025-02-03", None),
        ("C-3", "LU-37", "breached", "2025-02-03", 7),
        ("C-1", "LU-37", "due", "2025-02-24", None),
        ("C-4", "LU-37", "due", "2025-02-24", None),
    ]
    assert items[0]["title"] == "Every Family Safeguarding case is supervised every four weeks"


def test_the_work_list_says_the_due_date_that_stood_on_that_day(team: Council, catch_up: CatchUp) -> None:
    """A series kept on time is one row, but each day of it had a due date of its own."""
    discuss(team, "C-1", "2025-02-20")
    catch_up(team)
    due = {"2025-02-10": "2025-02-24", "2025-02-21": "2025-03-20", "2025-01-15": "2025-02-03"}
    for day, expected in due.items():
        (item,) = listed(team, "/v1/obligations", as_at=day, id="C-1", rule="LU-37")["items"]
        assert item["due_on"] == expected
        assert team.finding("case/C-1", "LU-37", as_at=day)["due_on"] == expected


def test_the_work_list_is_bounded_by_due_dates_and_paged(team: Council) -> None:
    on = {"as_at": "2025-02-10", "kind": "case", "rule": TABLE}
    due = listed(team, "/v1/obligations", due_after="2025-02-04", due_before="2025-02-24", **on)["items"]
    assert [item["subject"]["id"] for item in due] == ["C-1", "C-4"]
    page = listed(team, "/v1/obligations", limit=3, **on)
    rest = listed(team, "/v1/obligations", limit=3, cursor=page["next_cursor"], **on)
    assert [item["subject"]["id"] for item in page["items"] + rest["items"]] == ["C-0", "C-2", "C-3", "C-1", "C-4"]
    assert rest["next_cursor"] is None


def test_the_summarys_numbers_add_up_and_say_what_is_not_known(team: Council) -> None:
    told = listed(team, "/v1/compliance/summary", as_at="2025-02-10")
    cases = next(group for group in told["subjects"] if group["kind"] == "case")
    assert cases == {
        "kind": "case", "total": 5, "judged": 5, "in_order": 2, "not_known": 1,
        "by_status": {"breached": 2, "not_assessable": 1, "due": 2},
    }  # fmt: skip
    for group in [*told["groups"], *told["subjects"]]:
        assert group["total"] == sum(group["by_status"].values())
    by_rule = {group["rule"]: group for group in told["groups"]}
    assert by_rule["LU-37"]["by_status"] == {"breached": 2, "due": 2}
    assert by_rule["LU-37"]["judged"] == 4


def test_what_the_policy_says_nothing_of_is_counted_and_not_judged(luton: Council, catch_up: CatchUp) -> None:
    luton.tell("CaseOpened", case_id="C-1", opened_on=OPENED, service="family_partnership", category="level_2")
    catch_up(luton)
    silent = [f["rule"] for f in luton.compliance("case/C-1", as_at="2025-02-10")["findings"]
              if f["status"] == "not_specified"]  # fmt: skip
    assert silent
    on = {"as_at": "2025-02-10", "kind": "case", "rule": silent}
    (group,) = listed(luton, "/v1/compliance/summary", by="kind", **on)["groups"]
    assert (group["total"], group["judged"], group["by_status"]) == (len(silent), 0, {"not_specified": len(silent)})
    (item,) = listed(luton, "/v1/cases", as_at="2025-02-10")["items"]
    found = luton.get("/v1/cases/C-1", as_at="2025-02-10").json()["findings"]
    assert item["findings"] == found
    assert found["not_specified"] == len(silent)


def test_the_summary_counts_by_team_and_service(team: Council) -> None:
    told = listed(team, "/v1/compliance/summary", as_at="2025-02-10", by=["team", "rule"], rule="LU-37")
    counted = {(group["team"], group["rule"]): group["by_status"] for group in told["groups"]}
    assert counted == {
        ("T-1", "LU-37"): {"breached": 1, "due": 1},
        ("T-2", "LU-37"): {"breached": 1, "due": 1},
    }


def test_the_trend_ends_on_the_day_and_each_point_is_the_summary_of_its_day(team: Council) -> None:
    told = listed(team, "/v1/compliance/trend", as_at="2025-03-10", every="month", **{"from": "2025-01-01"})
    assert [point["on"] for point in told["points"]] == ["2025-01-10", "2025-02-10", "2025-03-10"]
    on_that_day = listed(team, "/v1/compliance/summary", as_at="2025-02-10", by="kind")
    (whole,) = told["points"][1]["groups"]
    assert whole["total"] == sum(group["total"] for group in on_that_day["groups"])


def test_a_worker_shows_the_caseload_of_the_day(team: Council) -> None:
    told = team.compliance("worker/W-1", as_at="2025-02-10")
    assert told["caseload"] == {"open": 3, "by_status": {"breached": 1, "not_assessable": 1, "due": 1}}
    assert team.compliance("worker/W-1", as_at="2025-02-10", known_at="2025-02-10T12:00:00Z")["caseload"] is None


def test_a_team_and_the_organisation_show_how_their_own_stand(team: Council, catch_up: CatchUp) -> None:
    team.tell("TeamOpened", team_id="T-1", opened_on=OPENED, service="family_safeguarding")
    catch_up(team)
    told = team.get("/v1/teams/T-1/compliance", as_at="2025-02-10").json()["summary"]
    assert {group["kind"]: group["total"] for group in told["subjects"]} == {"worker": 1, "case": 3, "team": 1}
    whole = team.get("/v1/organisation/compliance", as_at="2025-02-10").json()["summary"]
    assert {group["kind"]: group["total"] for group in whole["subjects"]} == {"worker": 2, "case": 5, "team": 2}
    summary = listed(team, "/v1/compliance/summary", as_at="2025-02-10")
    assert (whole["subjects"], whole["groups"]) == (summary["subjects"], summary["groups"])


def test_a_caller_who_has_the_list_is_told_so_until_something_happens(team: Council, catch_up: CatchUp) -> None:
    first = team.get("/v1/cases", as_at="2025-02-10")
    again = {"If-None-Match": first.headers["ETag"]}
    assert team.client.get("/v1/cases", params={"as_at": "2025-02-10"}, headers=again).status_code == 304
    discuss(team, "C-0", "2025-02-09")
    catch_up(team)
    assert team.client.get("/v1/cases", params={"as_at": "2025-02-10"}, headers=again).status_code == 200


def test_a_list_waits_for_what_the_caller_has_written_and_says_when_it_cannot(luton: Council) -> None:
    position = luton.tell("CaseOpened", case_id="C-1", opened_on=OPENED, service="assessment")
    nobody_at_work = luton.client.get("/v1/cases", params={"min_position": position}, headers={"Prefer": "wait=0"})
    assert (nobody_at_work.status_code, nobody_at_work.json()["code"]) == (503, "not_caught_up")
    beyond = luton.get("/v1/cases", min_position=position + 1000)
    assert (beyond.status_code, beyond.json()["code"]) == (400, "beyond_head")


def test_sessions_are_told_as_planned_held_and_missed(luton: Council) -> None:
    luton.tell("SessionScheduled", session_id="S-1", worker_id="W-1", planned_for="2025-03-10",
               scheduled_on="2025-03-01", kind="individual")  # fmt: skip
    luton.tell("SessionHeld", session_id="S-1", worker_id="W-1", held_on="2025-03-11", kind="individual", minutes=95)
    luton.tell("SessionMissed", session_id="S-2", worker_id="W-1", planned_for="2025-04-08", outcome="cancelled")
    items = listed(luton, "/v1/workers/W-1/sessions")["items"]
    assert [(i["session_id"], i["on"], i["state"]) for i in items] == [
        ("S-2", "2025-04-08", "missed"), ("S-1", "2025-03-11", "held"),
    ]  # fmt: skip
    assert items[1]["details"]["minutes"] == 95


def test_actions_stand_as_they_did_on_the_day_with_who_owns_them_now(luton: Council) -> None:
    agreed = {"agreed_on": "2025-03-03", "owner_id": "W-1"}
    luton.tell("CaseDiscussed", case_id="C-1", discussed_on="2025-03-03", discussion_id="D-1", depth="full",
               setting="individual")  # fmt: skip
    luton.tell("ActionAgreed", action_id="X-1", discussion_id="D-1", due_on="2025-03-17", **agreed)
    luton.tell("ActionAgreed", action_id="X-2", case_id="C-1", **agreed)
    luton.tell("ActionAgreed", action_id="X-3", case_id="C-2", due_on="2025-03-10", **agreed)
    luton.tell("ActionAmended", action_id="X-3", amended_on="2025-03-05", owner_id="W-2", due_on="2025-03-20")
    luton.tell("ActionBlocked", action_id="X-1", reported_on="2025-03-14")
    luton.tell("ActionCompleted", action_id="X-1", completed_on="2025-03-21")

    def stood(path: str, on: str) -> list[tuple[Any, ...]]:
        return [(i["action_id"], i["state"], i["due_on"], i["late"]) for i in listed(luton, path, as_at=on)["items"]]

    assert stood("/v1/workers/W-1/actions", "2025-03-18") == [
        ("X-1", "overdue", "2025-03-17", False), ("X-2", "open", None, False),
    ]  # fmt: skip
    assert stood("/v1/workers/W-1/actions", "2025-03-21")[0] == ("X-1", "completed", "2025-03-17", True)
    assert stood("/v1/workers/W-1/actions", "2025-03-04")[0] == ("X-3", "open", "2025-03-10", False)
    assert stood("/v1/workers/W-2/actions", "2025-03-05") == [("X-3", "open", "2025-03-20", False)]
    assert [action for action, *_ in stood("/v1/cases/C-1/actions", "2025-03-18")] == ["X-1", "X-2"]


def test_what_is_doubtful_is_said_in_words(team: Council, catch_up: CatchUp) -> None:
    discuss(team, "C-9", "2025-02-03")
    discuss(team, "C-1", "2024-12-20")
    team.tell("CaseOpened", case_id="C-7", opened_on=OPENED, service="no_such_service")
    catch_up(team)
    told = listed(team, "/v1/data-quality")
    found = {(item["code"], item["subject"]["id"]): item for item in told["items"]}
    assert found["orphan", "C-9"]["why"] == "Events name this case, but none says when it was opened (CaseOpened)."
    assert found["outside_its_time", "C-1"]["on"] == "2024-12-20"
    assert found["unknown_code", "C-7"]["why"] == "The service “no_such_service” is in no adopted policy."
    assert told["counts"] == {"orphan": 1, "outside_its_time": 1, "unknown_code": 1}
    assert told["only_mentioned"] == ["M-1", "M-2"]
    assert [source["source"] for source in told["sources"] if not source["silent"]]
    assert listed(team, "/v1/data-quality", code="orphan")["items"] == [found["orphan", "C-9"]]


def test_a_feed_that_went_quiet_or_was_never_confirmed_is_told_with_the_rules_that_ask_for_it(luton: Council) -> None:
    today = datetime.now(LONDON).date()
    confirmed = {"visits": (2, 0), "reviews": (21, 20, 19), "caseload": (40,)}
    for feed, weeks in confirmed.items():
        for ago in weeks:
            luton.tell("FeedConfirmed", system="lcs", feed=feed, complete_to=str(today - timedelta(weeks=ago)))
    told = {feed["feed"]: feed for feed in listed(luton, "/v1/data-quality")["feeds"]}
    assert list(told) == sorted(told)
    assert {name: told[name]["silent"] for name in ("assessments", *confirmed)} == {
        "assessments": True, "caseload": True, "reviews": True, "visits": False,
    }  # fmt: skip
    never, quiet = told["assessments"], told["reviews"]
    assert (never["system"], never["confirmations"], never["complete_to"], never["rules"]) == (None, 0, None, ["LU-43"])
    assert never["why"].startswith("Nobody ever confirmed that it is complete (FeedConfirmed): ")
    assert (quiet["usual_days"], quiet["quiet_days"], quiet["rules"]) == (7, 133, ["LU-42"])
    assert "133 days ago. Usually it is confirmed every 7 days." in quiet["why"]
    assert told["caseload"]["rules"] == []


def test_a_page_holds_names_for_who_may_read_them(team: Council) -> None:
    for path, name in (("workers/W-1", "Ann Ashe"), ("workers/M-1", "Mo Marsh"), ("teams/T-1", "North")):
        assert team.client.put(f"/v1/directory/{path}", json={"name": name}).status_code in (200, 201, 204)
    named = listed(team, "/v1/workers", as_at="2025-02-10")
    assert named["names"] == {"team/T-1": "North", "worker/M-1": "Mo Marsh", "worker/W-1": "Ann Ashe"}
    with team.as_client(scope="state:read") as unnamed:
        assert "names" not in unnamed.get("/v1/workers", params={"as_at": "2025-02-10"}).json()


def test_a_merged_case_is_listed_once(team: Council, catch_up: CatchUp) -> None:
    team.tell("SubjectMerged", kind="case", from_id="C-0", into_id="C-1", merged_on="2025-02-01")
    catch_up(team)
    assert ids(team, "/v1/cases", as_at="2025-02-10") == ["C-1", "C-2", "C-3", "C-4"]


def test_another_council_sees_none_of_it(team: Council, database: embedded.Cluster, catch_up: CatchUp) -> None:
    cursor = listed(team, "/v1/cases", as_at="2025-02-10", limit=1)["next_cursor"]
    with Council.new(team.served, database.owner_url) as other:
        other.adopt("luton", "2021-06-01")
        catch_up(other)
        for path in ("/v1/cases", "/v1/workers", "/v1/obligations", "/v1/data-quality"):
            assert listed(other, path)["items"] == []
        assert listed(other, "/v1/compliance/summary")["groups"] == []
        assert other.get("/v1/cases", cursor=cursor).status_code == 409


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/cases", {"as_at": "yesterday"}), ("/v1/cases", {"limit": 501}), ("/v1/cases", {"status": "late"}),
        ("/v1/cases", {"teem": "T-1"}), ("/v1/obligations", {"due_before": "2025-13-01"}),
        ("/v1/compliance/trend", {"every": "day"}), ("/v1/compliance/summary", {"by": "colour"}),
        ("/v1/compliance/summary", {"limit": 5}), ("/v1/compliance/summary", {"cursor": "x"}),
        ("/v1/compliance/trend", {"rule": "LU-37", "of": "subjects"}),
        ("/v1/compliance/trend", {"by": "force", "of": "subjects"}),
        ("/v1/compliance/trend", {"from": "2025-03-01", "as_at": "2025-02-01"}),
        ("/v1/compliance/trend", {"limit": 5}), ("/v1/data-quality", {"as_at": "2025-02-10"}),
        ("/v1/compliance/trend", {"every": "week", "from": "1990-01-01"}), ("/v1/cases", {"as_at": "2090-01-01"}),
    ],
)  # fmt: skip
def test_a_bad_question_names_the_parameter(luton: Council, path: str, query: dict[str, Any]) -> None:
    answer = luton.get(path, **query)
    assert answer.status_code == 422
    assert next(iter(query)) in answer.json()["errors"][0]["pointer"] or "from" in answer.json()["errors"][0]["pointer"]


@pytest.mark.parametrize("path", ["/v1/cases", "/v1/workers", "/v1/obligations", "/v1/data-quality", "/v1/quarantine"])
@pytest.mark.parametrize(
    "place", [[], ["C-1"], ["C-1", 1], [None], ["C\0"], ["x", "case", "C-1", "R"], ["a", "b", "c", 2**63], [True] * 4]
)
def test_a_cursor_of_another_list_or_put_together_by_hand_is_refused(
    luton: Council, path: str, place: list[object]
) -> None:
    epoch = luton.get("/v1/cases").headers["Supervision-Position"].partition("epoch=")[2]
    packed = base64.urlsafe_b64encode(json.dumps([epoch, *place]).encode()).decode().rstrip("=")
    answer = luton.get(path, cursor=packed)
    if path in ("/v1/cases", "/v1/workers") and place == ["C-1"]:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")


def test_what_was_merged_is_asked_for_with_the_whole_question(team: Council) -> None:
    team.tell("SubjectMerged", kind="worker", from_id="W-1", into_id="W-2", merged_on="2025-02-01")
    for path in ("sessions", "actions"):
        answer = team.client.get(f"/v1/workers/W-1/{path}", params={"as_at": "2025-02-10"}, follow_redirects=False)
        assert answer.status_code == 308
        assert answer.headers["Location"] == f"/v1/workers/W-2/{path}?as_at=2025-02-10"
