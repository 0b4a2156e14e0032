"""The open pages: made from the code, a page for every problem, and fit for everyone to read.

The application runs here without its lifespan, so it has no database: these pages must not need one.
"""

import ast
import base64
import hashlib
import re
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.markup import STYLE
from app.api.problem_pages import problem_pages
from app.api.reference import reference
from app.config import GivenSettings
from app.errors import Problem
from app.main import create_app

APP = Path(__file__).parents[2] / "app"
KINDS = {kind.__name__: kind for kind in Problem.__subclasses__()}
MADE_OF_PARTS = {"no_such_{kind}": {"no_such_worker", "no_such_case", "no_such_team"}}
"""Codes that the code puts together, and what they can be."""
BY_THE_FRAMEWORK = {"not_found": 404, "method_not_allowed": 405, "http_error": 400, "internal_fault": 500}
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """What a reader's software would see of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.headings: list[int] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def values(self, name: str) -> list[str]:
        """All values of an attribute."""
        return [value for _, attribute, value in self.attributes if attribute == name]


@pytest.fixture(scope="module")
def app() -> FastAPI:
    """The whole application, without a database."""
    return create_app(
        GivenSettings(
            database_url="postgresql+asyncpg:///not-used",
            master_key=base64.b64encode(secrets.token_bytes(32)).decode(),
            issuer="https://issuer.test",
            jwks_file=Path("not-used"),
        )
    )


@pytest.fixture(scope="module")
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a token."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ledger.test") as found:
        yield found


def raised() -> Iterator[tuple[str, type[Problem]]]:
    """Every code that the service raises, and as what kind of problem.

    The command line's own are not the service's; what is wrong with a log's files is no problem of a request.
    """
    for path in sorted(APP.rglob("*.py")):
        if not {"cli", "ledger", "verifying"}.isdisjoint(path.relative_to(APP).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(code)), *_]
                ) if name in KINDS:
                    yield code, KINDS[name]
                case ast.Call(func=ast.Name(id=name), args=[ast.JoinedStr() as parts, *_]) if name in KINDS:
                    for code in MADE_OF_PARTS[ast.unparse(parts).strip("f'\"")]:
                        yield code, KINDS[name]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, #rrggbb (WCAG 2.2, relative luminance)."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_problem_that_the_code_raises_has_a_page_of_its_kind() -> None:
    found = set(raised())
    assert len(found) > 30
    kinds = {code: page.kind for code, page in problem_pages().items()}
    assert {code: kind for code, kind in found if kinds.get(code) is not kind} == {}


def test_every_page_belongs_to_a_code_that_can_be_given() -> None:
    assert problem_pages().keys() - {code for code, _ in raised()} == BY_THE_FRAMEWORK.keys()


def test_the_codes_of_the_framework_are_still_what_the_handlers_answer() -> None:
    handlers = (APP / "api" / "problems.py").read_text()
    assert [code for code in BY_THE_FRAMEWORK if f'"{code}"' not in handlers] == []
    assert {code: problem_pages()[code].status for code in BY_THE_FRAMEWORK} == BY_THE_FRAMEWORK


async def test_an_address_that_does_not_exist_is_explained_on_the_page_that_its_problem_names(
    client: httpx.AsyncClient,
) -> None:
    for answer in (await client.get("/nowhere"), await client.post("/docs"), await client.get("/problems/nonsense")):
        page = await client.get(answer.json()["type"])
        assert page.status_code == 200
        assert f"<h1>{answer.json()['code']}</h1>" in page.text


@pytest.mark.parametrize("code", ["nonsense", "..%2Fdocs", "%00", "a" * 3000, "%F0%9F%91%8B", "<script>"])
async def test_an_unknown_code_is_a_404_that_does_not_repeat_it(client: httpx.AsyncClient, code: str) -> None:
    answer = await client.get(f"/problems/{code}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in ("no_such_problem", "not_found")
    assert "script" not in answer.text
    assert len(answer.text) < 500


async def test_every_problem_page_says_what_it_means_what_to_do_and_shows_an_example(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/problems")).text
    for code, page in problem_pages().items():
        answer = await client.get(f"/problems/{code}")
        assert answer.status_code == 200
        assert re.findall("<h2>(.*?)</h2>", answer.text) == ["What it means", "What to do", "An example"]
        assert f"&quot;status&quot;: {page.status}" in answer.text
        assert f'href="/problems/{code}"' in listed
        assert all(fault.keys() == {"pointer", "code", "detail"} for fault in page.errors)


async def test_the_reference_shows_every_operation_with_what_it_takes_and_answers(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    shown = (await client.get("/docs")).text
    document: dict[str, Any] = (await client.get("/docs/openapi.json")).json()
    assert document == app.openapi()
    assert "/v1/events" in document["paths"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            start = shown.index(f": {method.upper()} {path}</h3>")
            section = re.split(r"<h[123]", shown[start:], maxsplit=1)[0]
            assert [
                p["name"] for p in operation.get("parameters", ()) if f"<code>{p['name']}</code>" not in section
            ] == []
            assert [status for status in operation["responses"] if f">{status}</" not in section] == []
            assert [kind for kind in operation.get("requestBody", {}).get("content", ()) if kind not in section] == []
            assert "<p>Scope: " in section
    for name in document["components"]["schemas"]:
        assert f'id="shape-{name}"' in shown


def test_what_a_description_holds_is_shown_and_never_obeyed() -> None:
    operation = {"summary": "<b>x</b>", "description": "<script>1</script>", "responses": {"200": {"description": "&"}}}
    document = {"info": {"version": "1"}, "paths": {"/<i>": {"get": operation}}}
    shown = "".join(reference(document))
    assert "<script" not in shown
    assert "<b>" not in shown
    assert "<i>" not in shown
    assert "&lt;script&gt;1&lt;/script&gt;" in shown


@pytest.mark.parametrize("address", ["/docs", "/problems", "/problems/event_conflict"])
async def test_a_page_can_be_read_by_everyone_and_runs_nothing(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.get(address)
    html = answer.text
    seen = Outline(html)
    assert seen.open == []
    assert ("html", "lang", "en-GB") in seen.attributes
    assert seen.tags["title"] == seen.tags["main"] == seen.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(seen.headings, seen.headings[1:], strict=False))
    assert seen.values("href")[0] == "#main"
    ids = seen.values("id")
    assert len(ids) == len(set(ids))
    assert [to for to in seen.values("href") if to.startswith("#") and to[1:] not in ids] == []
    assert not {"script", "img", "iframe", "link", "form", "object", "base"} & seen.tags.keys()
    assert [name for _, name, _ in seen.attributes if name.startswith("on") or name in ("style", "src")] == []
    assert [to for to in seen.values("href") if not to.startswith(("#", "/docs", "/problems"))] == []


async def test_editors_find_the_schema_of_packs(client: httpx.AsyncClient) -> None:
    answer = await client.get("/docs/pack.schema.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json()["properties"]["rules"]["items"] == {"$ref": "#/$defs/Rule"}


async def test_links_between_the_pages_lead_somewhere(client: httpx.AsyncClient) -> None:
    pages = {address: await client.get(address) for address in ("/docs", "/problems", "/docs/openapi.json")}
    ids = {address: Outline(answer.text).values("id") for address, answer in pages.items()}
    for address in ("/docs", "/problems"):
        for to in Outline(pages[address].text).values("href"):
            path, _, anchor = to.partition("#")
            if path in pages and anchor:
                assert anchor in ids[path], to
            elif path and path not in pages:
                assert path.removeprefix("/problems/") in problem_pages(), to


async def test_the_browser_may_use_the_style_in_the_page_and_nothing_else(client: httpx.AsyncClient) -> None:
    answer = await client.get("/docs")
    styles = re.findall("<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(styles[0].encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert len(styles) == 1
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "unsafe" not in policy
    assert "url(" not in STYLE
    assert "@import" not in STYLE


def test_text_and_focus_stand_out_from_their_ground_in_light_and_in_dark() -> None:
    schemes = [
        dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", block))
        for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    ]
    assert len(schemes) == 2
    for colours in schemes:
        for text in ("ink", "quiet", "link"):
            assert contrast(colours[text], colours["paper"]) >= 4.5
            assert contrast(colours[text], colours["panel"]) >= 4.5
        assert contrast(colours["focus"], colours["paper"]) >= 3
        assert contrast(colours["line"], colours["paper"]) >= 3
