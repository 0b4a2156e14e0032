"""Open pages for people: the reference of this API, and what each problem means. Made from the code, no scripts."""

from collections.abc import Iterator
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from app.api.answers import json_response
from app.api.markup import explained, heading, link, listed, page, paragraphs, sample, text
from app.api.problem_pages import ProblemPage, problem_pages
from app.api.reference import reference
from app.domain.policy.schema import schema
from app.errors import NotFound

router = APIRouter(include_in_schema=False)

_DEMO = "This is a demo: its councils are invented, and its tokens are its own. Put nothing real into it."

_ABOUT = """A request that is refused is answered with `application/problem+json` (RFC 9457). Programs may rely on
`status` and `code`; `detail` says to a person what is wrong and what to do; `errors`, if there, names each fault with a
JSON pointer (RFC 6901) to the place. Nothing of a refused request is stored, unless its page says so.

Quote `request_id` when you ask for help: the service's log has the same id."""


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """The reference of every operation."""
    return _page(request, "Reference", reference(request.app.openapi()), here="/docs")


@router.get("/docs/openapi.json")
async def openapi_document(request: Request) -> Response:
    """The OpenAPI document that the reference is made from."""
    return json_response(request.app.openapi())


@router.get("/docs/pack.schema.json")
async def schema_of_packs() -> Response:
    """The JSON Schema of a policy pack, for editors."""
    return json_response(schema())


@router.get("/problems")
async def problems(request: Request) -> HTMLResponse:
    """Every problem, by its status."""
    return _page(request, "Problems and what to do", _list(), here="/problems")


@router.get("/problems/{code}")
async def problem(request: Request, code: str) -> HTMLResponse:
    """One problem. 404 for a code that this service never gives."""
    found = problem_pages().get(code)
    if found is None:
        raise NotFound("no_such_problem", "This service gives no problem of that code. GET /problems lists them all.")
    return _page(request, found.code, _one(found))


def _page(request: Request, title: str, body: Iterator[str], *, here: str = "") -> HTMLResponse:
    """A page that says so where the service is a demo."""
    return page(title, body, here=here, notice=_DEMO if request.app.state.demo else "")


def _list() -> Iterator[str]:
    yield paragraphs(_ABOUT)
    for status in sorted({found.status for found in problem_pages().values()}):
        yield heading(2, f"{status} {HTTPStatus(status).phrase}", f"status-{status}")
        yield explained(
            (link(f"/problems/{found.code}", found.code), text(found.means))
            for found in problem_pages().values()
            if found.status == status
        )


def _one(found: ProblemPage) -> Iterator[str]:
    yield f"<p>Status {found.status} {HTTPStatus(found.status).phrase}: {text(found.title)}.</p>"
    yield "<h2>What it means</h2>"
    yield paragraphs(found.means)
    yield "<h2>What to do</h2>"
    yield listed(text(step) for step in found.do)
    yield "<h2>An example</h2>"
    yield sample(found.example())
    yield f"<p>{link(f'/problems#status-{found.status}', f'Other problems of status {found.status}')}</p>"
