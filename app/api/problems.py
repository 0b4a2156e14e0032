"""Every refusal as RFC 9457 problem+json. The only exception handlers; no input may end in a 5xx."""

from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.errors import Fault, Invalid, Problem
from app.events.faults import BY_PATTERN

log = structlog.get_logger()

_TITLES = {404: ("not_found", "There is no such address here."), 405: ("method_not_allowed", "Not in this way.")}


def problem_response(request: Request, problem: Problem) -> Response:
    """The problem as a response, with the request's id so that a person can quote it."""
    body = problem.as_json(getattr(request.state, "request_id", None))
    return _response(problem.status, body, problem.headers)


def _response(status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> Response:
    return Response(orjson.dumps(body), status, dict(headers), media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Register the handlers."""
    app.exception_handler(Problem)(_problem)
    app.exception_handler(RequestValidationError)(_validation)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(ClientDisconnect)(_gone)


async def _problem(request: Request, error: Problem) -> Response:
    return problem_response(request, error)


async def _validation(request: Request, error: RequestValidationError) -> Response:
    faults = [fault_of(item) for item in error.errors()]
    named = ", ".join(dict.fromkeys(fault.pointer.rpartition("/")[2] for fault in faults))
    return problem_response(request, Invalid("invalid_request", f"Not right in this address: {named}.", errors=faults))


SAID = {
    "missing": "is missing",
    "string_pattern_mismatch": "is not written as the reference (/docs) says",
    "int_parsing": "is not a whole number",
    "int_parsing_size": "is too large a number",
    "string_type": "must be text",
    "tuple_type": "must be a list",
    "model_type": "must be an object, in {{ }}",
    "extra_forbidden": "is not known here",
    "date_from_datetime_parsing": "is not a date: write it as YYYY-MM-DD",
    "date_type": "is not a date: write it as YYYY-MM-DD",
    "bool_parsing": "is neither true nor false",
    "literal_error": "is not one of {expected}",
    "enum": "is not one of {expected}",
    "greater_than_equal": "is less than {ge}",
    "less_than_equal": "is more than {le}",
    "less_than": "is too large a number",
    "string_too_long": "is longer than {max_length} characters",
    "too_long": "is given more than {max_length} times",
}


def fault_of(item: Mapping[str, Any]) -> Fault:
    """What pydantic found, in our words. Never the input itself: it may hold anything."""
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1")[:60] for part in item["loc"])
    context = item.get("ctx", {})
    if item["type"] == "string_pattern_mismatch" and context.get("pattern") in BY_PATTERN:
        return Fault(pointer, *BY_PATTERN[context["pattern"]])
    said = SAID.get(item["type"], "is not right")
    return Fault(pointer, str(item["type"]), said.format(**context))


async def _http(request: Request, error: HTTPException) -> Response:
    code, detail = _TITLES.get(error.status_code, ("http_error", str(error.detail)))
    body = {
        "type": f"/problems/{code}",
        "title": detail,
        "status": error.status_code,
        "detail": detail,
        "code": code,
        "request_id": getattr(request.state, "request_id", None),
    }
    return _response(error.status_code, body, error.headers or {})


async def _gone(_request: Request, _error: Exception) -> Response:
    """The client hung up; nobody reads this answer."""
    return Response(status_code=499)


def fault_response(error: Exception, request_id: str) -> Response:
    """A fault of ours: counted and logged with its place, never with what was sent; the message may hold it too."""
    log.error("internal_fault", error=type(error).__name__, places=_places(error), request_id=request_id)
    body = {
        "type": "/problems/internal_fault",
        "title": "Something went wrong here",
        "status": 500,
        "detail": "This is our fault, not yours. Quote the request id to whoever runs this service.",
        "code": "internal_fault",
        "request_id": request_id,
    }
    return _response(500, body, {})


def _places(error: BaseException) -> list[str]:
    """Where it happened, file and line only: messages and values of an exception may hold personal text."""
    places, trace = [], error.__traceback__
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}")
        trace = trace.tb_next
    return places[-8:]
