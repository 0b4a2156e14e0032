"""People over HTTP: what is no business of theirs is not there, and what is refused says why."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from app.embedded import Cluster
from tests.councils import Council
from tests.serving import Served

SCOPES = "events:write events:read state:read names:read narratives:read"
Get = Callable[..., httpx.Response]


def acting(council: Council, worker: str, *roles: str) -> Get:
    """Asks as somebody in these roles."""
    claims: dict[str, Any] = {"azp": "an-app", "sub": f"oid-{worker}", "worker_id": worker}
    headers = council.served.keyring.headers(council.id, **claims, roles=list(roles), scope=SCOPES)
    # the lists are waited for as long as it takes: the machine is shared
    return lambda path, **params: council.client.get(path, params=params, headers=headers | {"Prefer": "wait=30"})


def with_staff(council: Council) -> Council:
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


@pytest.fixture(scope="module")
def settled(served: Served, database: Cluster) -> Iterator[Council]:
    """A council with staff in which nothing changes any more."""
    with Council.new(served, database.owner_url) as made:
        yield with_staff(made)


@pytest.fixture
def staffed(council: Council) -> Council:
    """A council with staff, for one test alone."""
    return with_staff(council)


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
    settled: Council, who: str, role: str, seen: set[str]
) -> None:
    get = acting(settled, who, role)
    subjects = [f"workers/W-{n}" for n in (1, 2, 3, 8)] + ["cases/C-1", "cases/C-8"]
    answers = {subject: get(f"/v1/{subject}/compliance").status_code for subject in subjects}
    if role == "hr":
        assert set(answers.values()) == {403, 404}
        assert get("/v1/workers").json()["code"] == "not_in_role"
        return
    assert {subject for subject, status in answers.items() if status == 200} == seen
    assert set(answers.values()) <= {200, 403, 404}
    head = settled.get("/v1/events", limit=1).headers["Supervision-Position"].partition(";")[0]
    listed = {
        f"{kind}/{item['id']}"
        for kind in ("workers", "cases")
        for item in get(f"/v1/{kind}", min_position=head).json()["items"]
    }
    assert listed == seen


def test_what_is_no_business_of_theirs_answers_as_if_it_were_not_there(settled: Council) -> None:
    get = acting(settled, "W-2", "supervisor")
    for path in ("/v1/workers/{}", "/v1/workers/{}/compliance", "/v1/workers/{}/timeline.svg"):
        known, unknown = get(path.format("W-8")), get(path.format("W-999"))
        assert known.status_code == unknown.status_code == 404
        same = [{k: v for k, v in answer.json().items() if k != "request_id"} for answer in (known, unknown)]
        assert same[0] == same[1]


def test_access_ends_with_the_assignment(staffed: Council) -> None:
    get = acting(staffed, "W-2", "supervisor")
    assert get("/v1/workers/W-1/compliance", as_at="2024-06-01").status_code == 200
    staffed.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="W-3", assigned_on="2025-01-01")
    assert get("/v1/workers/W-1/compliance", as_at="2024-06-01").status_code == 404


def test_who_has_left_stands_to_nobody(staffed: Council) -> None:
    get = acting(staffed, "W-2", "supervisor", "service_director", "supervisee")
    assert get("/v1/workers/W-1").status_code == 200
    staffed.tell("WorkerLeft", worker_id="W-2", left_on="2025-01-01")
    for path in ("/v1/workers/W-1", "/v1/workers/W-2", "/v1/cases/C-1"):
        assert get(path).status_code == 404
    assert get("/v1/workers").json()["items"] == []


def test_who_has_left_is_gone_also_where_nobody_told_when_they_began(staffed: Council) -> None:
    staffed.tell("SupervisorAssigned", worker_id="W-1", supervisor_id="X-1", assigned_on="2024-02-01")
    get = acting(staffed, "X-1", "supervisor")
    assert get("/v1/workers/W-1").status_code == 200
    staffed.tell("WorkerLeft", worker_id="X-1", left_on="2025-01-01")
    assert get("/v1/workers/W-1").status_code == 404


def test_who_may_count_everybody_counts_nobody_by_name_whom_they_may_not_list(settled: Council) -> None:
    one = [{"id": "W-1"}, {"id": "C-1"}, {"supervisor": "W-2"}, {"lead": "W-1"}]
    for roles, seen in ((["hr"], 0), (["hr", "supervisee"], 0), (["service_director"], 1)):
        get = acting(settled, "W-8", *roles)
        for path, more in (("summary", {}), ("trend", {"of": "subjects"})):
            assert counted(get(f"/v1/compliance/{path}", **more)) > 1
            assert {min(1, counted(get(f"/v1/compliance/{path}", **more, **named))) for named in one} == {seen}
    assert counted(acting(settled, "W-8", "hr", "supervisee")("/v1/compliance/summary", id="W-8")) == 1


def counted(answer: httpx.Response) -> int:
    """How many subjects an answer counts."""
    body = answer.json()
    return sum(group["total"] for group in (body.get("subjects") or body.get("points", [{"groups": []}])[-1]["groups"]))


def test_an_application_is_no_person_whatever_roles_it_claims(council: Council) -> None:
    with council.as_client(roles=["supervisor", "dpo", "hr"], scope="state:read policies:write") as client:
        assert client.get("/v1/workers").status_code == 200
        refused = client.post("/v1/policies/adopt", json={})
        assert (refused.status_code, refused.json()["code"]) == (403, "not_in_role")


def test_an_issuers_name_for_somebody_is_never_taken_for_a_worker(settled: Council) -> None:
    claims = {"azp": "an-app", "sub": "W-2", "roles": ["supervisor"], "scope": SCOPES}
    with settled.as_client(**claims) as client:
        assert client.get("/v1/workers/W-1").status_code == 404
        assert client.get("/v1/workers").json()["items"] == []


def test_whoever_was_at_a_group_discussion_reads_that_discussion_and_nothing_else_of_the_case(staffed: Council) -> None:
    about = {"case_id": "C-1", "discussed_on": "2025-03-03", "depth": "full"}
    together = {"setting": "group", "session_id": "S-1", "worker_ids": ["W-1", "W-8"]}
    open_to_them = staffed.tell("CaseDiscussed", narrative="Said in the group.", **about, **together)
    private = {"setting": "individual", "session_id": "S-2"}
    closed = staffed.tell("CaseDiscussed", narrative="Said in private.", **about, **private)
    peer = acting(staffed, "W-8", "supervisee")
    assert peer("/v1/cases/C-1/compliance").status_code == 404
    assert peer(f"/v1/events/{open_to_them}").json()["data"]["narrative"] == "Said in the group."
    assert peer(f"/v1/events/{closed}").status_code == 404
    assert acting(staffed, "W-3", "supervisee")(f"/v1/events/{open_to_them}").status_code == 404


def test_a_council_that_is_not_served_is_said_to_be_none_whatever_a_person_asks(settled: Council) -> None:
    headers = settled.served.keyring.headers("nowhere", azp="an-app", sub="p", worker_id="W-1", roles=["supervisor"])
    for path in ("/v1/workers/W-1", "/v1/workers/W-1/file", "/v1/workers", "/v1/events/1"):
        answer = settled.client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_council"), path


def test_a_role_that_has_no_such_thing_is_told_so_before_any_scope(settled: Council) -> None:
    with settled.as_client(azp="an-app", sub="p", roles=["council_admin"], scope="state:read") as client:
        refused = client.get("/v1/workers/W-1/file")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_in_role")


def test_whoever_may_ask_about_a_worker_but_not_their_cases_plans_without_the_cases(luton: Council) -> None:
    luton.tell("WorkerStarted", worker_id="W-1", role="social_worker", service="assessment", started_on="2024-01-01")
    for who, strand in (("W-2", "personal"), ("W-4", "professional")):
        luton.tell("SupervisorAssigned", worker_id="W-1", supervisor_id=who, assigned_on="2024-01-01", strand=strand)
    luton.tell("CaseOpened", case_id="C-1", opened_on="2024-02-01", service="assessment")
    luton.tell("CaseAllocated", case_id="C-1", worker_id="W-1", allocated_on="2024-02-01")
    cases = {}
    for who in ("W-2", "W-4"):
        get = acting(luton, who, "supervisor")
        assert get("/v1/cases/C-1").status_code == (200 if who == "W-2" else 404)
        cases[who] = [each["id"] for each in get("/v1/workers/W-1/next-session").json()["cases"]]
    assert cases == {"W-2": ["C-1"], "W-4": []}
