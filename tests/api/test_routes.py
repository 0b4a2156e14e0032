"""Every route: who may call it, what is open, what is said in the document, and what never reaches a log."""

import pytest
from fastapi.routing import APIRoute

from app import shipped
from app.api.deps import Caller
from app.security import SCOPES
from tests.api.test_any_request import OPERATIONS, described_app
from tests.councils import Council

OPEN = {("GET", "/health/live"), ("GET", "/health/ready")}
"""The routes of the document that need no token; the pages for people (/docs, /problems) are not in it."""
PAGES = ("/docs", "/problems")


def routes_of(app) -> list[APIRoute]:
    found = []
    for route in app.routes:
        inner = getattr(route, "original_router", None)
        found += [route] if isinstance(route, APIRoute) else [] if inner is None else routes_of(inner)
    return found


def _asks_who(dependant) -> bool:
    return isinstance(dependant.call, Caller) or any(_asks_who(inner) for inner in dependant.dependencies)


@pytest.fixture(scope="module")
def routes() -> list[APIRoute]:
    found = routes_of(described_app())
    assert len(found) >= 15
    return found


def is_open(route: APIRoute) -> bool:
    return any((method, route.path) in OPEN for method in route.methods) or route.path.startswith(PAGES)


def test_every_route_is_in_the_matrix_of_access_or_named_as_open_and_asks_who_is_there(
    routes: list[APIRoute],
) -> None:
    for route in routes:
        assert _asks_who(route.dependant) == (not is_open(route)), route.path
    guarded = {f"{method} {route.path}" for route in routes if not is_open(route) for method in route.methods}
    assert guarded == shipped.matrix().operation_of.keys()


def test_every_operation_of_the_matrix_asks_for_a_scope_that_there_is() -> None:
    for name, operation in shipped.matrix().operations.items():
        assert operation.scope in SCOPES or (operation.anybody and operation.scope is None), name


def test_every_operation_is_described(routes: list[APIRoute]) -> None:
    matrix = shipped.matrix()
    for route in routes:
        if route.include_in_schema:
            assert route.summary, route.path
            assert route.endpoint.__doc__, route.path
        for method in () if is_open(route) else route.methods:
            scope = matrix.operations[matrix.operation_of[f"{method} {route.path}"]].scope
            assert f"Scope: {scope or 'none'}" in route.endpoint.__doc__, route.path


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if "/health/" not in name])
def test_nothing_answers_without_a_token_or_with_a_wrong_one(council: Council, operation: str) -> None:
    method, _, path = operation.partition(" ")
    for name in ("worker_id", "case_id", "team_id", "policy_id", "position", "item_id", "job_id"):
        path = path.replace(f"{{{name}}}", "1" * 8)
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer x.y.z"}, {"Authorization": "Basic YTpi"}):
        answer = council.client.request(method, path, headers=headers)
        assert answer.status_code == 401, operation
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_request_ids_are_echoed_or_made_and_hostile_ones_replaced(council: Council) -> None:
    path = "/health/live"
    assert council.client.get(path, headers={"X-Request-ID": "abc-123"}).headers["X-Request-ID"] == "abc-123"
    for hostile in ("x" * 200, 'a"b', "a b"):
        made = council.client.get(path, headers={"X-Request-ID": hostile}).headers["X-Request-ID"]
        assert made != hostile
        assert len(made) == 16


def test_metrics_count_by_route_and_name_nobody(council: Council) -> None:
    council.tell("CaseOpened", case_id="Canary-77", opened_on="2025-01-02", service="assessment")
    council.get("/v1/cases/Canary-77/compliance")
    told = council.get("/metrics").text
    assert 'route="/v1/cases/{case_id}/compliance"' in told
    assert "Canary-77" not in told
    assert council.id not in told
    with council.as_client(scope="state:read") as other:
        assert other.get("/metrics").status_code == 403
