"""Planning over HTTP: what falls due in the weeks ahead, for whom, and what one meeting would put right."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from app import embedded
from app.db import Database
from app.events.facts import LONDON
from app.projections.catchup import Projector
from tests.councils import Council
from tests.serving import ROOT

CatchUp = Callable[[Council], None]


@pytest.fixture
def today() -> date:
    return datetime.now(LONDON).date()


@pytest.fixture
def catch_up(database: embedded.Cluster) -> CatchUp:
    """Brings a council's lists up to its ledger."""

    async def run(council: Council) -> None:
        connected = Database(database.service_url, pool_size=4)
        await Projector(connected).catch_up(council.id)
        await connected.close()

    return lambda council: asyncio.run(run(council))


def ago(on: date, days: int) -> str:
    return (on - timedelta(days=days)).isoformat()


def worker(council: Council, name: str, chief: str, since: str, role: str, service: str, team: str = "T-1") -> None:
    council.tell("WorkerStarted", worker_id=name, started_on=since, role=role, service=service, team_id=team)
    council.tell("SupervisorAssigned", worker_id=name, supervisor_id=chief, assigned_on=since)


def case(council: Council, name: str, lead: str, since: str, service: str) -> None:
    council.tell("CaseOpened", case_id=name, opened_on=since, service=service, team_id="T-1")
    council.tell("CaseAllocated", case_id=name, worker_id=lead, allocated_on=since)


@pytest.fixture
def fs(luton: Council, today: date, catch_up: CatchUp) -> Council:
    """Two workers of Family Safeguarding with a supervisor each; one case late, one due in 8 days, one in 20."""
    for name, chief in (("W-1", "M-1"), ("W-2", "M-2")):
        worker(luton, name, chief, ago(today, 100), "social_worker", "family_safeguarding")
    for name, lead, days in (("C-1", "W-1", 20), ("C-2", "W-1", 40), ("C-3", "W-2", 8)):
        case(luton, name, lead, ago(today, days), "family_safeguarding")
    catch_up(luton)
    return luton


def due(council: Council, **query: Any) -> dict[str, Any]:
    answer = council.get("/v1/planning/due", **query)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_what_falls_due_comes_in_order_with_what_becomes_of_it(fs: Council, today: date) -> None:
    told = due(fs, rule="LU-37")
    assert [(i["subject"]["id"], i["due_on"], i["supervisor"], i["status"]) for i in told["items"]] == [
        ("C-1", ago(today, -8), "M-1", "due"), ("C-3", ago(today, -20), "M-2", "due"),
    ]  # fmt: skip
    first = told["items"][0]
    assert first["turns"] == {"on": ago(today, -9), "status": "breached", "code": None}
    assert first["breached_on"] == ago(today, -9)
    assert first["title"] == "Every Family Safeguarding case is supervised every four weeks"
    assert [item["subject"]["id"] for item in due(fs, rule="LU-37", weeks=1)["items"]] == []
    assert [item["subject"]["id"] for item in due(fs, rule="LU-37", weeks=2)["items"]] == ["C-1"]


def test_the_day_it_falls_due_is_the_last_day_on_which_it_is_in_time(fs: Council) -> None:
    for item in due(fs, kind="case")["items"]:
        path = f"case/{item['subject']['id']}"
        on = [fs.finding(path, item["rule"], as_at=day)["status"] for day in (item["due_on"], item["turns"]["on"])]
        assert on == [item["status"], item["turns"]["status"]]


def test_each_supervisor_sees_how_much_falls_due_in_each_week_beside_what_is_late(fs: Council, today: date) -> None:
    told = due(fs, rule="LU-37")
    assert told["weeks"][1] == {"from_on": ago(today, -7), "to_on": ago(today, -13)}
    assert told["groups"] == [
        {"supervisor": "M-1", "late": 1, "not_known": 0, "falls_due": [0, 1, 0, 0], "total": 1},
        {"supervisor": "M-2", "late": 0, "not_known": 0, "falls_due": [0, 0, 1, 0], "total": 1},
    ]  # fmt: skip
    (team,) = due(fs, rule="LU-37", by="team")["groups"]
    assert team == {"team": "T-1", "late": 1, "not_known": 0, "falls_due": [0, 1, 1, 0], "total": 2}


def test_the_numbers_are_those_of_all_pages_together(fs: Council, today: date, catch_up: CatchUp) -> None:
    for number in range(4, 9):
        case(fs, f"C-{number}", "W-2", ago(today, 2 * (number // 2)), "family_safeguarding")
    catch_up(fs)
    whole = due(fs, weeks=26, by="team")
    found, cursor = [], None
    for _ in range(30):
        page = due(fs, weeks=26, by="team", limit=2, **({"cursor": cursor} if cursor else {}))
        assert page["groups"] == whole["groups"]
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == whole["items"]
    assert len(found) == sum(group["total"] for group in whole["groups"]) > 5
    keys = [(item["subject"]["id"], item["rule"]) for item in found]
    assert len(set(keys)) == len(keys)


def test_a_supervisor_or_a_stand_in_asks_for_their_own(fs: Council, today: date, catch_up: CatchUp) -> None:
    assert {item["subject"]["id"] for item in due(fs, supervisor="M-2")["items"]} == {"C-3"}
    fs.tell("SupervisorAssigned", worker_id="W-2", supervisor_id="M-1", assigned_on=ago(today, 1), basis="interim",
            until=ago(today, -60))  # fmt: skip
    catch_up(fs)
    groups = due(fs, rule="LU-37")["groups"]
    assert [(group["supervisor"], group["total"]) for group in groups] == [("M-1", 2)]


def test_once_it_is_done_it_falls_due_later(fs: Council, today: date, catch_up: CatchUp) -> None:
    fs.tell("CaseDiscussed", case_id="C-1", discussed_on=ago(today, 0), setting="individual", depth="full")
    catch_up(fs)
    on = {item["subject"]["id"]: item["due_on"] for item in due(fs, rule="LU-37", kind="case", weeks=5)["items"]}
    assert on == {"C-3": ago(today, -20), "C-1": ago(today, -28)}


def test_months_and_numbers_fall_due_too(shropshire: Council, today: date, catch_up: CatchUp) -> None:
    """A rule about calendar months has no open deadline while it is met: the months ahead say when it is missed."""
    worker(shropshire, "W-1", "M-1", ago(today, 400), "family_support_worker", "targeted_early_help")
    for days in range(5, 400, 30):
        shropshire.tell("SessionHeld", session_id=f"S-{days}", worker_id="W-1", held_on=ago(today, days), minutes=95,
                        kind="individual")  # fmt: skip
    catch_up(shropshire)
    told = due(shropshire, weeks=26, kind="worker")["items"]
    turning = {item["rule"]: (item["status"], item["turns"]["status"]) for item in told}
    assert turning["SH-23"] == ("met", "tolerated")
    assert turning["SH-21"] == ("met", "breached")
    (months,) = [item for item in told if item["rule"] == "SH-23"]
    assert months["turns"]["on"][-2:] == "01"
    assert months["breached_on"] > months["turns"]["on"]


def test_names_stand_beside_who_may_read_them(fs: Council) -> None:
    fs.client.put("/v1/directory/workers/M-1", json={"name": "Mo Marsh"})
    assert due(fs, rule="LU-37")["names"]["worker/M-1"] == "Mo Marsh"


@pytest.mark.parametrize("query", [{"weeks": 0}, {"weeks": 27}, {"as_at": "2025-01-01"}, {"by": "rule"}, {"week": 3}])
def test_a_bad_question_is_refused(luton: Council, query: dict[str, Any]) -> None:
    assert luton.get("/v1/planning/due", **query).status_code == 422


def quotas(council: Council, **query: Any) -> dict[str, dict[str, Any]]:
    answer = council.get("/v1/planning/quotas", **query)
    assert answer.status_code == 200, answer.text
    return {item["subject"]["id"]: item for item in answer.json()["items"]}


def supervised(council: Council, who: str, on: date, days: range) -> None:
    for each in days:
        council.tell("SessionHeld", session_id=f"S-{who}-{each}", worker_id=who, held_on=ago(on, each), minutes=95,
                     kind="individual")  # fmt: skip


@pytest.fixture
def teh(shropshire: Council, today: date, catch_up: CatchUp) -> Council:
    """Family support workers: W-1 supervised monthly, W-2 who was and is no more, W-3 new, W-4 new and seldom."""
    for who, since in (("W-1", 500), ("W-2", 500), ("W-3", 100), ("W-4", 250)):
        worker(shropshire, who, "M-1", ago(today, since), "family_support_worker", "targeted_early_help")
    supervised(shropshire, "W-1", today, range(5, 400, 30))
    supervised(shropshire, "W-2", today, range(190, 366, 17))
    supervised(shropshire, "W-3", today, range(5, 90, 30))
    supervised(shropshire, "W-4", today, range(30, 220, 80))
    catch_up(shropshire)
    return shropshire


def test_a_forecast_says_whether_the_number_will_be_reached_and_when(teh: Council, today: date) -> None:
    told = quotas(teh)
    assert {who: item["outlook"] for who, item in told.items()} == {
        "W-1": "reached", "W-2": "will_be_missed", "W-3": "will_be_reached", "W-4": "will_be_missed",
    }  # fmt: skip
    assert {item["rule"] for item in told.values()} == {"SH-21"}
    assert (told["W-1"]["count"], told["W-1"]["needed"], told["W-1"]["every_days"]) == (12, 10, 30)
    assert told["W-1"]["why"] == "12 of 10. One every 30 days of late. Going on like this it stays reached."
    assert told["W-2"]["every_days"] is None
    assert told["W-2"]["why"].startswith("11 of 10. None in the last half year. Going on like this it is missed from ")
    assert ago(today, 0) < told["W-3"]["reached_on"] <= told["W-3"]["due_on"]
    assert told["W-4"]["missed_on"] > told["W-4"]["due_on"]


def test_where_nothing_more_comes_the_forecast_is_what_the_timeline_says(teh: Council) -> None:
    item = quotas(teh, id="W-2")["W-2"]
    on = [teh.finding("worker/W-2", "SH-21", as_at=day)["status"] for day in (item["due_on"], item["missed_on"])]
    assert on == ["met", "breached"]


def test_what_is_forecast_agrees_with_the_finding_of_today(teh: Council) -> None:
    for who, item in quotas(teh).items():
        found = teh.finding(f"worker/{who}", "SH-21")
        told = ("status", "count", "needed", "expected_by_now", "months_left", "still_reachable", "due_on")
        assert {name: item[name] for name in told} == {name: found[name] for name in told}


def test_forecasts_come_in_pages_and_for_whom_one_asks(teh: Council, today: date, catch_up: CatchUp) -> None:
    first = teh.get("/v1/planning/quotas", limit=2).json()
    rest = teh.get("/v1/planning/quotas", limit=50, cursor=first["next_cursor"]).json()
    assert [item["subject"]["id"] for item in first["items"] + rest["items"]] == ["W-1", "W-2", "W-3", "W-4"]
    assert rest["next_cursor"] is None
    assert quotas(teh, supervisor="M-9") == {}
    worker(teh, "W-5", "M-9", ago(today, 100), "family_support_worker", "targeted_early_help", team="T-2")
    catch_up(teh)
    assert list(quotas(teh, supervisor="M-9")) == list(quotas(teh, team="T-2")) == ["W-5"]


def test_luton_s_ten_a_year_are_forecast_too(luton: Council, today: date, catch_up: CatchUp) -> None:
    worker(luton, "W-1", "M-1", ago(today, 500), "social_worker", "family_safeguarding")
    supervised(luton, "W-1", today, range(5, 400, 60))
    catch_up(luton)
    item = quotas(luton)["W-1"]
    assert (item["rule"], item["status"], item["outlook"], item["missed_on"]) == ("LU-69", "breached", "missed", None)
    assert item["why"].endswith("Going on like this it is not reached within a year.")


def command(council: Council, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A command of its own process, as this council's manager gives it."""
    token = council.served.keyring.token(council.id)
    settings = {"SUPERVISION_URL": council.served.url, "SUPERVISION_TOKEN": token, "PATH": os.defpath}
    return subprocess.run(
        [sys.executable, "-c", "from app.cli import main; main()", *arguments],
        cwd=ROOT, env=settings, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_command_line_shows_what_falls_due_with_names(fs: Council) -> None:
    fs.client.put("/v1/directory/workers/M-1", json={"name": "Mo Marsh"})
    done = command(fs, "due", "--weeks", "2", "--supervisor", "M-1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("In the next 2 weeks ")
    assert all(word in done.stdout for word in ("Mo Marsh", "C-1", "LU-37"))


def test_the_command_line_shows_the_plan_for_a_meeting(fs: Council) -> None:
    done = command(fs, "plan", "W-1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Meeting of W-1 with M-1 on ")
    assert "The supervision agreement is to be made." in done.stdout
    assert "put right" in done.stdout
    unknown = command(fs, "plan", "W-77")
    assert unknown.returncode == 1
    assert unknown.stderr == "There is no such worker here, or none that you may ask about.\n"
