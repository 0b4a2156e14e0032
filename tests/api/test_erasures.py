"""Holds and erasures through HTTP: who may, what stands in the way, what nobody reads any more, and who wins a race."""

import asyncio
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.assessing import Assessor
from app.db import Database
from app.domain.subject import Subject
from app.embedded import Cluster
from app.erasing import Decider, Deciding, Erasing
from app.erasing.course import Asked
from app.erasure_register import ErasureRegister
from app.events.councils import Councils
from app.events.facts import LONDON
from app.recording import Recorder
from tests.commands import Run
from tests.councils import Council

NOW = datetime.now(UTC)
TODAY = NOW.astimezone(LONDON).date()
COOLED = TODAY - timedelta(days=20)
SAID = "What was said on the fourth of March stays between the two of us."


def on(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def tell(council: Council, *workers: str, left: int = -900) -> None:
    """Workers who left, each with a session and a note of it."""
    told = []
    for who in workers:
        told += [
            council.event("WorkerStarted", worker_id=who, started_on=on(-2000), role="social_worker",
                          service="family_safeguarding"),
            council.event("SessionHeld", worker_id=who, session_id=f"S-{who}", supervisor_id="M-1", held_on=on(-1000),
                          kind="individual", narrative=SAID),
            council.event("WorkerLeft", worker_id=who, left_on=on(left)),
        ]  # fmt: skip
    ok(council.post(told), 201)


@contextmanager
def acting(council: Council) -> Iterator[dict[str, httpx.Client]]:
    people = {
        "dpo": ("D-1", "dpo"), "other_dpo": ("D-2", "dpo"), "senior": ("D-3", "senior_manager"),
        "admin": ("D-4", "council_admin"),
    }  # fmt: skip
    with ExitStack() as stack:
        yield {name: stack.enter_context(council.as_person(*who)) for name, who in people.items()}


@pytest.fixture
def who(luton: Council) -> Iterator[dict[str, httpx.Client]]:
    with acting(luton) as people:
        yield people


class Before:
    """What was asked for and approved some days ago: the service's own code, on an earlier day."""

    def __init__(self, council: Council, database: Cluster) -> None:
        self.council, self.url, ring = council, database.service_url, council.served.keyring
        self.deployment, self.register = ring.deployment, ErasureRegister(ring.register)

    def approved(self, *workers: str) -> None:
        asyncio.run(self._approved(workers))

    async def _approved(self, workers: tuple[str, ...]) -> None:
        database, moment = Database(self.url, pool_size=4), NOW - timedelta(days=20)
        councils = Councils(database, self.deployment, lambda: moment)
        deciding = Deciding(database, Recorder(database, councils, lambda: moment), Assessor(database))
        erasing = Erasing(deciding, councils, self.register, 14)
        one, two = (Decider(self.council.id, "app", who, COOLED, moment) for who in ("D-1", "D-3"))
        try:
            for worker in workers:
                subject = Subject("worker", worker)
                await erasing.ask(one, subject, Asked(f"E-{worker}", "retention_over"))
                await erasing.approve(two, subject, f"E-{worker}")
        finally:
            await database.close()


def wanted(worker: str = "W-1", **more: Any) -> dict[str, Any]:
    return {"worker_id": worker, "basis": "retention_over", "erasure_id": f"E-{worker}"} | more


def ok(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    body = ok(answer, status)
    assert body["code"] == code, answer.text
    return body


def test_one_asks_another_approves_and_nobody_reads_until_it_is_withdrawn(
    luton: Council, who: dict[str, httpx.Client]
) -> None:
    tell(luton, "W-1")
    asked = ok(who["dpo"].post("/v1/erasures", json=wanted(advised_on=on(-2), advice="retention_over")), 201)
    assert asked["would_go"] == {"texts": 1, "events": 1, "directory_entries": 0, "refused_items": 0, "keys": 1}
    assert (asked["state"], asked["blocks"], asked["period"]["set"]) == ("requested", [], True)
    assert ok(who["dpo"].post("/v1/erasures", json=wanted())) == asked
    refused(who["other_dpo"].post("/v1/erasures", json=wanted(erasure_id="E-9")), 409, "erasure_open")
    refused(who["senior"].post("/v1/erasures", json=wanted("W-9")), 403, "not_in_role")
    refused(who["dpo"].post("/v1/erasures/E-W-1/approve"), 403, "second_person_needed")
    refused(who["dpo"].post("/v1/erasures/E-W-1/carry-out"), 409, "erasure_state")
    at = luton.get("/v1/events", type="SessionHeld").json()["items"][0]["position"]
    luton.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="M-1", assigned_on=on(-1900), strand="personal")
    with luton.as_person("M-1", "supervisor") as supervisor:
        assert SAID in supervisor.get("/v1/workers/W-1/file").text
        approved = ok(who["senior"].post("/v1/erasures/E-W-1/approve"))
        assert (approved["state"], approved["from_on"], approved["names"]) == ("approved", on(14), ["W-1"])
        assert refused(supervisor.get("/v1/workers/W-1/file"), 403, "restricted")
        assert ok(supervisor.get("/v1/workers/W-1"))
        assert SAID not in supervisor.get(f"/v1/events/{at}").text
        assert refused(who["dpo"].post("/v1/erasures/E-W-1/carry-out"), 409, "cooling_off")["from_on"] == on(14)
        withdrawn = ok(who["dpo"].post("/v1/erasures/E-W-1/withdraw", json={"reason": "needed"}))
        assert (withdrawn["state"], withdrawn["closed_by"]) == ("withdrawn", "D-1")
        assert SAID in supervisor.get("/v1/workers/W-1/file").text
    refused(who["senior"].post("/v1/erasures/E-W-1/approve"), 409, "erasure_state")
    refused(who["dpo"].get("/v1/erasures/E-W-1/certificate"), 409, "not_erased")


def test_nobody_decides_about_themself_and_no_application_decides(luton: Council) -> None:
    for worker in ("D-1", "D-3"):
        luton.tell("WorkerStarted", worker_id=worker, started_on=on(-900), role="manager", service="x")
    with acting(luton) as who:
        refused(who["dpo"].post("/v1/erasures", json=wanted("D-1")), 403, "about_yourself")
        ok(who["dpo"].post("/v1/erasures", json=wanted("D-3")), 201)
        refused(who["senior"].post("/v1/erasures/E-D-3/approve"), 403, "about_yourself")
    refused(luton.client.post("/v1/holds", json={"worker_id": "D-1", "reason": "x"}), 403, "may_not_decide")


def test_a_hold_is_lifted_by_somebody_else_than_whom_it_is_about(luton: Council, who: dict[str, httpx.Client]) -> None:
    luton.tell("WorkerStarted", worker_id="D-1", started_on=on(-900), role="manager", service="x")
    ok(who["other_dpo"].post("/v1/holds", json={"worker_id": "D-1", "reason": "tribunal", "hold_id": "H-D"}), 201)
    refused(who["dpo"].post("/v1/holds/H-D/lift"), 403, "about_yourself")
    assert ok(who["other_dpo"].post("/v1/holds/H-D/lift"))["holds"] is False


def test_two_who_turn_out_to_be_one_person_neither_approve_nor_carry_out(
    luton: Council, who: dict[str, httpx.Client], database: Cluster
) -> None:
    """Whoever has two identifiers would else be both; once they are merged, that is known."""
    tell(luton, "W-1", "W-2")
    Before(luton, database).approved("W-1")
    ok(who["dpo"].post("/v1/erasures", json=wanted("W-2")), 201)
    luton.tell("SubjectMerged", kind="worker", from_id="D-1", into_id="D-3", merged_on=on(0))
    refused(who["senior"].post("/v1/erasures/E-W-2/approve"), 403, "second_person_needed")
    refused(who["other_dpo"].post("/v1/erasures/E-W-1/carry-out"), 403, "second_person_needed")


def test_what_stands_in_the_way_is_said_and_refuses_the_approval(luton: Council, who: dict[str, httpx.Client]) -> None:
    tell(luton, "W-1", left=-100)
    hold = {"worker_id": "W-1", "reason": "tribunal", "hold_id": "H-1", "review_on": on(90), "advised_on": on(-1)}
    assert ok(who["dpo"].post("/v1/holds", json=hold), 201)["holds"] is True
    ok(who["dpo"].post("/v1/holds", json=hold))
    refused(who["dpo"].post("/v1/holds", json=hold | {"reason": "other"}), 409, "hold_exists")
    ok(who["dpo"].post("/v1/subject-requests", json={"worker_id": "W-1", "request_id": "R-1"}), 201)
    blocks = ok(who["dpo"].post("/v1/erasures", json=wanted()), 201)["blocks"]
    assert [each["code"] for each in blocks] == ["held", "access_requested", "kept"]
    assert blocks[2]["until"] > on(600)
    found = refused(who["senior"].post("/v1/erasures/E-W-1/approve"), 409, "erasure_blocked")
    assert found["blocks"] == blocks
    assert ok(who["admin"].post("/v1/holds/H-1/lift", json={"reason": "settled"}))["lifted_by"] == "D-4"
    assert [each["code"] for each in ok(who["dpo"].get("/v1/erasures/E-W-1"))["blocks"]] == ["access_requested", "kept"]
    assert [each["hold_id"] for each in ok(who["dpo"].get("/v1/holds", params={"state": "lifted"}))["items"]] == ["H-1"]
    assert ok(who["dpo"].get("/v1/holds/H-1"))["lifted_on"] == on(0)
    refused(who["dpo"].get("/v1/holds/H-7"), 404, "no_such_hold")
    assert ok(who["senior"].post("/v1/erasures/E-W-1/refuse"))["state"] == "refused"


def test_where_no_policy_sets_a_period_the_request_says_on_whose_authority(shropshire: Council) -> None:
    tell(shropshire, "W-1")
    with acting(shropshire) as who:
        fault = refused(who["dpo"].post("/v1/erasures", json=wanted()), 422, "invalid_request")["errors"][0]
        assert (fault["pointer"], fault["code"]) == ("/authority", "missing")
        asked = ok(who["dpo"].post("/v1/erasures", json=wanted(authority="records_board")), 201)
        assert (asked["period"]["set"], asked["blocks"]) == (False, [])
        assert "No policy in force sets a period" in asked["period"]["said"]


def answers(council: Council, worker: str) -> list[dict[str, Any]]:
    """The whole answer about the worker on a hundred days of their time and after it, but for the ledger's position."""
    found = [council.compliance(f"worker/{worker}", as_at=on(-2000 + 20 * number)) for number in range(100)]
    assert {each["status"] for each in found} > {"not_assessable"}, "there is something to compare"
    return [{name: value for name, value in each.items() if name != "position"} for each in found]


def test_what_is_carried_out_is_gone_and_certified(
    luton: Council, who: dict[str, httpx.Client], database: Cluster, run: Run
) -> None:
    tell(luton, "W-1")
    luton.client.put("/v1/directory/workers/W-1", json={"name": "Amina Example"}).raise_for_status()
    lines = ['{"worker_id": "W-1", "oops', '{"who": "amina example"}', '{"worker_id": "W-12"}']
    sent = "\n".join(lines)
    luton.client.post("/v1/events", content=sent, headers={"Content-Type": "application/x-ndjson"}).raise_for_status()
    before = answers(luton, "W-1")
    Before(luton, database).approved("W-1")
    assert ok(who["dpo"].get("/v1/erasures/E-W-1"))["would_go"] == {
        "texts": 1, "events": 1, "directory_entries": 1, "refused_items": 2, "keys": 3,
    }  # fmt: skip
    assert ok(who["other_dpo"].post("/v1/erasures/E-W-1/carry-out"))["state"] == "restricted"
    ok(who["dpo"].post("/v1/erasures/E-W-1/carry-out"))
    assert answers(luton, "W-1") == before
    refused(luton.client.get("/v1/directory/workers/W-1"), 404, "not_in_directory")
    [left] = luton.client.get("/v1/quarantine").json()["items"]
    assert luton.client.get(f"/v1/quarantine/{left['id']}").json()["sent"]["worker_id"] != "W-1"
    certificate = ok(who["dpo"].get("/v1/erasures/E-W-1/certificate"))
    assert (certificate["state"], certificate["destroyed"]["texts"]) == ("restricted", 1)
    assert certificate["destroyed"]["directory_entries"] == 1
    token = luton.served.keyring.token(luton.id, azp="app", sub="p-D-1", worker_id="D-1", roles=["dpo"])
    listed = run("erasures", "list", "--state", "restricted", URL=luton.served.url, TOKEN=token)
    assert listed.stdout.startswith("E-W-1  worker W-1, asked for on "), listed.stderr
    page = who["dpo"].get("/v1/erasures/E-W-1/certificate", headers={"Accept": "text/html"})
    assert "Certificate of erasure" in page.text
    assert "/docs" not in page.text, "to be printed and kept: it leads nowhere"
    assert certificate["destroyed"]["filed_elsewhere"] == 0
    assert SAID not in luton.served.log.read_text() + page.text
    luton.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="M-1", assigned_on=on(-1900), strand="personal")
    with luton.as_person("M-1", "supervisor") as supervisor:
        read = supervisor.get("/v1/workers/W-1/file")
        assert SAID not in read.text
        [session] = [each for each in read.json()["items"] if each["type"] == "SessionHeld"]
        assert session["data"]["narrative"] == {"erased_on": on(0)}
        shown = supervisor.get(f"/v1/events/{session['position']}")
        assert shown.json()["data"]["narrative"] == {"erased_on": on(0)}
        luton.tell("SessionHeld", worker_id="W-1", session_id="S-2", held_on=on(-901), kind="individual",
                   narrative="This came late.")  # fmt: skip
        assert "This came late." in supervisor.get("/v1/workers/W-1/file").text
    again = ok(who["dpo"].post("/v1/erasures", json=wanted(erasure_id="E-2")), 201)
    assert again["would_go"]["texts"] == 1


RACES = 16


def test_a_hold_that_is_recorded_first_wins_and_one_that_comes_later_finds_nothing(
    luton: Council, who: dict[str, httpx.Client], database: Cluster, scale: int
) -> None:
    """Seen to catch: a carrying out without the condition and without the database's own look for a hold."""
    workers = [f"W-{number}" for number in range(RACES * scale)]
    tell(luton, *workers)
    Before(luton, database).approved(*workers)
    rolling, barrier = random.Random(7), threading.Barrier(2)

    def hold(worker: str, delay: float) -> httpx.Response:
        barrier.wait()
        threading.Event().wait(delay)
        return who["dpo"].post("/v1/holds", json={"worker_id": worker, "reason": "tribunal", "hold_id": f"H-{worker}"})

    def carry_out(worker: str, delay: float) -> httpx.Response:
        barrier.wait()
        threading.Event().wait(delay)
        return who["senior"].post(f"/v1/erasures/E-{worker}/carry-out")

    outcomes = []
    with ThreadPoolExecutor(2) as pool:
        for worker in workers:
            placed = pool.submit(hold, worker, rolling.uniform(0, 0.08))
            gone = pool.submit(carry_out, worker, rolling.uniform(0, 0.004))
            ok(placed.result(), 201)
            outcomes.append(gone.result().status_code)
            if gone.result().status_code != 200:
                refused(gone.result(), 409, "erasure_blocked")
    order = {worker: asyncio.run(_order(luton, database, worker)) for worker in workers}
    for worker, outcome in zip(workers, outcomes, strict=True):
        types, texts = order[worker]
        expected = ["PersonalDataErased", "LitigationHoldPlaced"] if outcome == 200 else ["LitigationHoldPlaced"]
        assert (types, texts) == (expected, 0 if outcome == 200 else 1), worker
    assert {200, 409} == set(outcomes), "both orders are to be met"


async def _order(council: Council, cluster: Cluster, worker: str) -> tuple[list[str], int]:
    database = Database(cluster.service_url, pool_size=2)
    try:
        async with database.read(council.id) as connection:
            rows = await connection.execute(
                text("SELECT type FROM event JOIN tag USING (tenant, position) WHERE tag = :tag AND type IN "
                     "('PersonalDataErased', 'LitigationHoldPlaced') ORDER BY position"), {"tag": f"worker/{worker}"},
            )  # fmt: skip
            texts = await connection.execute(
                text("SELECT count(*) FROM event_text WHERE subject = :tag"), {"tag": f"worker/{worker}"}
            )
            return [row.type for row in rows], int(texts.scalar_one())
    finally:
        await database.close()
