"""Every route that the service has, as FastAPI holds them, so that none can be forgotten."""

from collections.abc import Iterable, Iterator

from fastapi import FastAPI, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute

OPEN = {("GET", "/health/live"), ("GET", "/health/ready")}
"""The routes of the document that need no token; the pages for people (/docs, /problems) are not in it."""
PAGES = ("/docs", "/problems")


def routes_of(app: FastAPI) -> list[APIRoute]:
    """All of them, those of routers within routers too."""
    return list(_flattened(app.routes))


def guarded(app: FastAPI) -> dict[str, APIRoute]:
    """Those that need a token, as the matrix of access writes them (`GET /v1/cases/{case_id}`)."""
    closed = [route for route in routes_of(app) if not is_open(route)]
    return {f"{method} {route.path}": route for route in closed for method in sorted(route.methods)}


def is_open(route: APIRoute) -> bool:
    return any((method, route.path) in OPEN for method in route.methods) or route.path.startswith(PAGES)


def takes(route: APIRoute, parameter: str) -> bool:
    """Whether the route knows a query parameter of this name."""
    fields = get_flat_params(route.dependant)
    return any(field.alias == parameter for field in fields if isinstance(field.field_info, params.Query))


def _flattened(routes: Iterable[object]) -> Iterator[APIRoute]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if isinstance(route, APIRoute):
            yield route
        elif inner is not None:
            yield from _flattened(inner.routes)
