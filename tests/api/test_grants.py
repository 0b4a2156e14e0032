"""Access given for a time, through HTTP: given, found, revoked, and what it opens and ceases to open."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.councils import Council

TODAY = datetime.now(UTC).date()
GRANTS = "/v1/access-grants"


def on(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


@pytest.fixture
def people(luton: Council) -> Council:
    """W-1 and the service manager M-1 work in one service, W-2 in another; A-1 is an auditor from outside."""
    services = {"W-1": "family_safeguarding", "M-1": "family_safeguarding", "W-2": "fostering"}
    told = [luton.event("WorkerStarted", worker_id=who, started_on=on(-400), role="social_worker", service=service)
            for who, service in services.items()]  # fmt: skip
    told.append(luton.event("FileOpened", worker_id="W-1", opened_on=on(-300), file_id="F-1"))
    assert luton.post(told).status_code == 201
    return luton


@contextmanager
def acting(council: Council, person: str, *roles: str) -> Iterator[httpx.Client]:
    with council.as_client(sub=f"oid-{person}", azp="portal", worker_id=person, roles=list(roles)) as client:
        yield client


def wanted(**more: Any) -> dict[str, Any]:
    usual = {"grantee_id": "A-1", "scope": {"kind": "file", "id": "W-1"}, "purpose": "audit", "until_on": on(13)}
    return usual | more


def refused(answer: httpx.Response, status: int = 403) -> list[tuple[str, str]]:
    assert answer.status_code == status, answer.text
    return [(fault["pointer"], fault["code"]) for fault in answer.json().get("errors", [])]


def test_a_senior_manager_gives_an_auditor_a_file_and_it_opens_until_it_is_revoked(people: Council) -> None:
    with acting(people, "D-1", "senior_manager") as senior, acting(people, "A-1", "auditor") as auditor:
        assert auditor.get("/v1/workers/W-1").status_code == 404
        given = senior.post(GRANTS, json=wanted(scope={"kind": "file", "id": "F-1"}, agency="ofsted"))
        assert given.status_code == 201, given.text
        grant = given.json()
        assert grant | {"grant_id": ""} == {
            "grant_id": "", "grantee_id": "A-1", "scope": {"kind": "file", "id": "W-1"}, "purpose": "audit",
            "from_on": on(0), "until_on": on(13), "granted_by": "D-1", "agency": "ofsted", "supervised": False,
            "revoked_on": None, "holds": True,
        }  # fmt: skip
        assert auditor.get("/v1/workers/W-1").status_code == 200
        assert auditor.get("/v1/workers/W-2").status_code == 404
        assert auditor.get(given.headers["Location"]).json() == grant
        again = senior.post(GRANTS, json=wanted(scope={"kind": "file", "id": "F-1"}, agency="ofsted"))
        assert (again.status_code, again.json()) == (200, grant)
        ended = senior.post(f"{given.headers['Location']}/revoke", json={"reason": "done"})
        assert (ended.status_code, ended.json()["revoked_on"], ended.json()["holds"]) == (200, on(0), False)
        assert senior.post(f"{given.headers['Location']}/revoke").json() == ended.json()
        assert auditor.get("/v1/workers/W-1").status_code == 404
        final = senior.post(GRANTS, json=wanted(scope={"kind": "file", "id": "F-1"}, agency="ofsted"))
        assert (final.status_code, final.json()["code"]) == (409, "grant_exists")


def test_a_chosen_id_is_one_grant_and_never_another(people: Council) -> None:
    with acting(people, "D-1", "senior_manager") as senior:
        assert senior.post(GRANTS, json=wanted(grant_id="G-1")).status_code == 201
        assert senior.post(GRANTS, json=wanted(grant_id="G-1")).status_code == 200
        other = senior.post(GRANTS, json=wanted(grant_id="G-1", grantee_id="A-2"))
        assert (other.status_code, other.json()["code"]) == (409, "grant_exists")


def test_who_may_not_give_it_is_told_the_field(people: Council) -> None:
    with acting(people, "M-1", "service_manager") as manager:
        assert manager.post(GRANTS, json=wanted(grantee_id="M-1", reason="monthly")).status_code == 201
        for body, fault in (
            (wanted(scope={"kind": "file", "id": "W-2"}), ("/scope/id", "not_related")),
            (wanted(scope={"kind": "file", "id": "W-9"}), ("/scope/id", "not_related")),
            (wanted(scope={"kind": "organisation"}), ("/scope/kind", "not_in_role")),
            (wanted(until_on=on(14)), ("/until_on", "too_long")),
            (wanted(from_on=on(-1)), ("/from_on", "in_the_past")),
            (wanted(grantee_id="M-1"), ("/reason", "missing")),
        ):
            assert refused(manager.post(GRANTS, json=body)) == [fault]
        for body, pointer in (
            ({}, "/grantee_id"), (wanted(until_on="soon"), "/until_on"), (wanted(scope={"kind": "file"}), "/scope/id"),
            (wanted(scope={"kind": "organisation", "id": "x"}), "/scope/id"), (wanted(why="x"), "/why"),
        ):  # fmt: skip
            assert pointer in [found for found, _ in refused(manager.post(GRANTS, json=body), 422)]
        assert manager.post(GRANTS, json=[]).status_code == 422
    with acting(people, "W-1", "supervisee") as worker:
        assert worker.post(GRANTS, json=wanted()).json()["code"] == "not_in_role"
    with people.as_client(roles=["council_admin"]) as application:
        assert application.post(GRANTS, json=wanted(purpose="hr_matter")).json()["code"] == "may_not_grant"


def test_each_sees_the_grants_they_gave_or_have_and_some_roles_see_all(people: Council) -> None:
    with acting(people, "D-1", "senior_manager") as senior, acting(people, "M-1", "service_manager") as manager:
        senior.post(GRANTS, json=wanted(grant_id="G-1"))
        manager.post(GRANTS, json=wanted(grant_id="G-2", grantee_id="H-1", purpose="hr_matter"))
        senior.post(GRANTS, json=wanted(grant_id="G-3", from_on=on(2)))
        assert senior.post(f"{GRANTS}/G-3/revoke").status_code == 200

        def listed(client: httpx.Client, **query: Any) -> list[str]:
            answer = client.get(GRANTS, params=query)
            assert answer.status_code == 200, answer.text
            return [each["grant_id"] for each in answer.json()["items"]]

        assert listed(senior) == ["G-1", "G-2", "G-3"]
        assert listed(senior, grantee="H-1") == ["G-2"]
        assert listed(senior, live_on=on(1)) == ["G-1", "G-2"]
        assert listed(manager) == ["G-2"]
        assert listed(manager, grantee="A-1") == []
        others, nowhere = (manager.get(f"{GRANTS}/{each}", headers={"X-Request-ID": "x"}) for each in ("G-1", "G-9"))
        assert (others.status_code, others.json()) == (404, nowhere.json())
        assert manager.post(f"{GRANTS}/G-1/revoke").status_code == 404
        first = senior.get(GRANTS, params={"limit": 2}).json()
        rest = senior.get(GRANTS, params={"limit": 2, "cursor": first["next_cursor"]}).json()
        assert ([each["grant_id"] for each in rest["items"]], rest["next_cursor"]) == (["G-3"], None)
    with acting(people, "A-1", "auditor") as auditor:
        assert listed(auditor) == ["G-1", "G-3"]
        assert auditor.post(f"{GRANTS}/G-1/revoke").json()["code"] == "not_in_role"
    with acting(people, "DPO", "dpo") as officer:
        assert officer.post(f"{GRANTS}/G-2/revoke").json()["revoked_on"] == on(0)
