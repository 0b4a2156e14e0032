"""Around every request: its id, its trace, one log line and its metrics. Pure ASGI; never a body, a query or a name."""

import re
import secrets
import time
from typing import Any

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import fault_response

log = structlog.get_logger()

REQUESTS = Counter("supervision_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "supervision_request_seconds", "Time to answer", ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)  # fmt: skip

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,128}")
_TRACE_PARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Requests:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, *, demo: bool) -> None:
        self._app = app
        self._demo = demo

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, from its id to its log line."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        answered: dict[str, Any] = {"status": 0}

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered["status"] = message["status"]
                message["headers"] = [*message.get("headers", ()), *self._more(request_id)]
            await send(message)

        began = time.perf_counter()
        try:
            await self._app(scope, receive, with_headers)
        except Exception as error:
            # Caught here, not further out: the server would print the exception, and with it what was sent.
            response = fault_response(error, request_id)
            if not answered["status"]:
                await response(scope, receive, with_headers)
        finally:
            _note(scope, headers, request_id, answered["status"], time.perf_counter() - began)

    def _more(self, request_id: str) -> list[tuple[bytes, bytes]]:
        more = [(b"x-request-id", request_id.encode()), (b"x-content-type-options", b"nosniff")]
        return [*more, (b"supervision-mode", b"demo")] if self._demo else more


def _request_id(headers: dict[bytes, bytes]) -> str:
    given = headers.get(b"x-request-id", b"")
    return given.decode() if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _note(scope: Scope, headers: dict[bytes, bytes], request_id: str, status: int, seconds: float) -> None:
    """The route's template, never the path: a path names people and cases."""
    route = getattr(scope.get("route"), "path", "unmatched")
    method = scope["method"] if scope["method"] in _METHODS else "other"
    REQUESTS.labels(method, route, status).inc()
    SECONDS.labels(method, route).observe(seconds)
    trace = _TRACE_PARENT.fullmatch(headers.get(b"traceparent", b""))
    actor = scope["state"].get("actor")
    log.info(
        "request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), request_id=request_id,
        trace_id=trace[1].decode() if trace else None,
        council=actor.council if actor else None, client=actor.client if actor else None,
    )  # fmt: skip
