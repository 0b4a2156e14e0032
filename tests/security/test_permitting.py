"""People over HTTP: what is no business of theirs is not there, and what is refused says why."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from tests.councils import Council

SCOPES = "events:write events:read state:read names:read narratives:read"
Person = Callable[..., httpx.Client]


@pytest.fixture
def person(council: Council) -> Iterator[Person]:
    """A client that acts for somebody in these roles."""
    with ExitStack() as clients:

        def person(worker: str, *roles: str, scope: str = SCOPES) -> httpx.Client:
            claims: dict[str, Any] = {"azp": "an-app", "sub": f"oid-{worker}", "worker_id": worker}
            return clients.enter_context(council.as_client(**claims, roles=list(roles), scope=scope))

        yield person


@pytest.fixture
def staffed(council: Council) -> Council:
    """W-1 is supervised by W-2, whom W-3 manages; W-1 holds C-1. W-8 and C-8 are nobody's business."""
    post = {"role": "social_worker", "service": "assessment", "started_on": "2024-01-01"}
    for worker in ("W-1", "W-2", "W-3", "W-8"):
        service = {"service": "contact_centre"} if worker == "W-8" else {}
        council.tell("WorkerStarted", worker_id=worker, **post | service)
    council.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="W-2", assigned_on="2024-01-01")
    council.tell("LineManagerAssigned", worker_id="W-2", manager_id="W-3", assigned_on="2024-01-01")
    for case, worker in (("C-1", "W-1"), ("C-8", "W-8")):
        council.tell("CaseOpened", case_id=case, opened_on="2024-02-01", service="assessment")
        council.tell("CaseAllocated", case_id=case, worker_id=worker, allocated_on="2024-02-01")
    return council


@pytest.mark.parametrize(
    ("who", "role", "seen"),
    [
        ("W-1", "supervisee", {"workers/W-1", "cases/C-1"}),
        ("W-2", "supervisor", {"workers/W-1", "cases/C-1"}),
        ("W-3", "line_manager", {"workers/W-1", "workers/W-2", "cases/C-1"}),
        ("W-8", "supervisee", {"workers/W-8", "cases/C-8"}),
        ("W-2", "supervisee", {"workers/W-2"}),
        ("W-1", "supervisor", set()),
        ("W-1", "service_manager", {"workers/W-1", "workers/W-2", "workers/W-3", "cases/C-1", "cases/C-8"}),
        ("W-8", "service_director", {f"workers/W-{n}" for n in (1, 2, 3, 8)} | {"cases/C-1", "cases/C-8"}),
        ("W-3", "hr", set()),
    ],
)
def test_a_list_shows_exactly_what_the_single_addresses_show(
    staffed: Council, person: Person, who: str, role: str, seen: set[str]
) -> None:
    client = person(who, role)
    subjects = [f"workers/W-{n}" for n in (1, 2, 3, 8)] + ["cases/C-1", "cases/C-8"]
    answers = {subject: client.get(f"/v1/{subject}/compliance").status_code for subject in subjects}
    if role == "hr":
        assert set(answers.values()) == {403, 404}
        assert client.get("/v1/workers").json()["code"] == "not_in_role"
        return
    assert {subject for subject, status in answers.items() if status == 200} == seen
    assert set(answers.values()) <= {200, 403, 404}
    head = staffed.get("/v1/events", limit=1).headers["Supervision-Position"].partition(";")[0]
    listed = {
        f"{kind}/{item['id']}"
        for kind in ("workers", "cases")
        for item in client.get(f"/v1/{kind}", params={"min_position": head}).json()["items"]
    }
    assert listed == seen


@pytest.mark.usefixtures("staffed")
def test_what_is_no_business_of_theirs_answers_as_if_it_were_not_there(person: Person) -> None:
    client = person("W-2", "supervisor")
    for path in ("/v1/workers/{}", "/v1/workers/{}/compliance", "/v1/workers/{}/timeline.svg"):
        known, unknown = client.get(path.format("W-8")), client.get(path.format("W-999"))
        assert known.status_code == unknown.status_code == 404
        same = [{k: v for k, v in answer.json().items() if k != "request_id"} for answer in (known, unknown)]
        assert same[0] == same[1]


def test_access_ends_with_the_assignment(staffed: Council, person: Person) -> None:
    client = person("W-2", "supervisor")
    assert client.get("/v1/workers/W-1/compliance", params={"as_at": "2024-06-01"}).status_code == 200
    staffed.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="W-3", assigned_on="2025-01-01")
    assert client.get("/v1/workers/W-1/compliance", params={"as_at": "2024-06-01"}).status_code == 404


def test_who_has_left_stands_to_nobody(staffed: Council, person: Person) -> None:
    client = person("W-2", "supervisor", "service_director", "supervisee")
    assert client.get("/v1/workers/W-1").status_code == 200
    staffed.tell("WorkerLeft", worker_id="W-2", left_on="2025-01-01")
    for path in ("/v1/workers/W-1", "/v1/workers/W-2", "/v1/cases/C-1"):
        assert client.get(path).status_code == 404
    assert client.get("/v1/workers").json()["items"] == []


def test_an_application_is_no_person_whatever_roles_it_claims(council: Council) -> None:
    with council.as_client(roles=["supervisor", "dpo", "hr"], scope="state:read policies:write") as client:
        assert client.get("/v1/workers").status_code == 200
        refused = client.post("/v1/policies/adopt", json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_in_role")


@pytest.mark.usefixtures("staffed")
def test_an_issuers_name_for_somebody_is_never_taken_for_a_worker(council: Council) -> None:
    claims = {"azp": "an-app", "sub": "W-2", "roles": ["supervisor"], "scope": SCOPES}
    with council.as_client(**claims) as client:
        assert client.get("/v1/workers/W-1").status_code == 404
        assert client.get("/v1/workers").json()["items"] == []
