"""What the documents say is so: links, commands, addresses, settings, names of tests, and what the README shows."""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import typer.main
from pydantic_core import PydanticUndefined

from app.api.compliance import CARRIED
from app.api.problem_pages import problem_pages
from app.cli import app as cli
from app.config import GivenSettings, Settings
from app.domain.obligations import CODES
from app.domain.policy.patterns import Status
from app.main import create_app
from app.security import SCOPES
from tests.councils import Council

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LOCAL = "http://127.0.0.1:8000"
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMANDS = typer.main.get_command(cli)


def text(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def prose(document: Path) -> str:
    """Without the fenced blocks."""
    return FENCED.sub("", text(document))


def shell_lines(document: Path) -> Iterator[str]:
    """Commands that a reader may type; a command over several lines is one."""
    for language, block in FENCED.findall(text(document)):
        if language in ("sh", "console"):
            whole = block.replace("\\\n", " ")
            yield from re.findall(r"^(?:\$ )?((?:[^\n']|'[^']*')+)", whole, re.MULTILINE)


def spans(document: Path) -> list[str]:
    """Inline code."""
    return re.findall(r"`([^`\n]+)`", prose(document))


def anchors(document: Path) -> set[str]:
    """The anchors that headings get where these documents are read."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", prose(document), re.MULTILINE)
    }


@cache
def names_of_tests() -> set[str]:
    return {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(text(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def table(document: str, heading: str) -> list[list[str]]:
    """The rows of the table whose first column has this heading."""
    rows = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[-| ]+\n((?:\|.*\n)+)", text(ROOT / document), re.MULTILINE)
    assert rows is not None, f"{document} has no table of {heading}"
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[1].splitlines()]


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The operations of the API, by path and method."""
    settings = GivenSettings(
        database_url="postgresql+asyncpg:///not-used",
        master_key="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        issuer="https://issuer.test",
        jwks_file=tmp_path_factory.getbasetemp() / "not-used",
    )
    found: dict[str, dict[str, Any]] = create_app(settings).openapi()["paths"]
    return found


def operation(paths: dict[str, dict[str, Any]], method: str, path: str) -> dict[str, Any] | None:
    """The operation at an address, its parameters filled in, left as {…} or written as …."""
    for template, operations in paths.items():
        shape = "".join(
            "[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{\w+\})", template)
        )
        if re.fullmatch(shape, path) and method in operations:
            return dict(operations[method])
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        there = (document.parent / path).resolve() if path else document
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_exists_with_the_options_it_is_given(document: Path) -> None:
    lines = [
        line for line in [*shell_lines(document), *spans(document)] if re.match(r"(\.venv/bin/)?supervision ", line)
    ]
    for line in lines:
        found: Any = COMMANDS
        for word in shlex.split(line.split(" | ")[0])[1:]:
            if hasattr(found, "commands") and not word.startswith("-"):
                assert word in found.commands, line
                found = found.commands[word]
            elif re.match(r"--?[a-z]", word):
                known = {name for parameter in found.params for name in parameter.opts} | {"--help"}
                assert word in known, line


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_address_asked_with_curl_exists_and_takes_what_it_is_given(
    document: Path, paths: dict[str, dict[str, Any]]
) -> None:
    for line in shell_lines(document):
        for address in re.findall(rf"{LOCAL}([^'\s]*)", line) if line.startswith("curl") else ():
            url = urlsplit(address)
            named = re.search(" -X ([A-Z]+) ", line)
            method = named[1].lower() if named else "post" if re.search(" (-d|--data)", line) else "get"
            found = operation(paths, method, url.path)
            assert found is not None, line
            known = {parameter["name"] for parameter in found.get("parameters", ())}
            assert {name for name, _ in parse_qsl(url.query)} <= known, line


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_operation_that_is_named_exists(document: Path, paths: dict[str, dict[str, Any]]) -> None:
    open_pages = ("/docs", "/docs/openapi.json", "/docs/pack.schema.json", "/problems", "/problems/{code}")
    named = [re.fullmatch(r"(GET|POST|PUT|DELETE) (/[^ ?]*)(\?.*)?", span) for span in spans(document)]
    missing = [
        found[0]
        for found in named
        if found and found[2] not in open_pages and operation(paths, found[1].lower(), found[2]) is None
    ]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_and_every_test_that_is_named_exists(document: Path) -> None:
    names = spans(document)
    assert [name for name in names if re.fullmatch(r"test_\w+", name) and name not in names_of_tests()] == []
    places = [name for name in names if re.fullmatch(r"(app|docs|tests|alembic|bench|\.ci)/[\w./-]*", name)]
    assert [place for place in places if not (ROOT / place).exists()] == []


@pytest.mark.parametrize("decision", sorted((ROOT / "docs/decisions").glob("0*.md")), ids=lambda path: path.stem)
def test_every_decision_says_why_what_follows_and_what_enforces_it(decision: Path) -> None:
    said = text(decision)
    places = [said.index(f"\n**{part}") for part in ("Context.", "Decision.", "Consequences.", "Enforced by")]
    assert places == sorted(places)
    assert said.startswith(f"# {decision.name[:4]}. ")
    assert re.search(r"`(test_|tests/|make )", said[places[-1] :])
    assert f"({decision.name})" in text(ROOT / "docs/decisions/README.md")


def test_the_map_shows_every_module_of_the_application_and_nothing_else() -> None:
    there = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "app").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.read_bytes().strip()
    }
    lines = re.findall(r"^- `(app/[^`]+)`: (.+)$", text(ROOT / "docs/map.md"), re.MULTILINE)
    shown = [path for path, _ in lines]
    assert sorted(shown) == sorted(there)
    assert [path for path, said in lines if len(said) < 10] == []


def test_the_operators_table_is_the_settings_that_there_are() -> None:
    rows = {row[0].strip("`"): row for row in table("docs/operators.md", "setting")}
    fields = {f"SUPERVISION_{name.upper()}": field for name, field in Settings.model_fields.items()}
    assert rows.keys() == fields.keys()
    for name, field in fields.items():
        default = rows[name][1].strip("`")
        if field.default is PydanticUndefined:
            assert default == "needed", name
        else:
            plain = json.dumps(field.default) if isinstance(field.default, bool) else str(field.default)
            assert default == ("none" if field.default is None else plain), name


def test_managers_find_every_status_and_every_code_explained() -> None:
    assert {row[0].strip("`") for row in table("docs/managers.md", "status")} == {status.value for status in Status}
    explained = {code for row in table("docs/managers.md", "code") for code in re.findall(r"`(\w+)`", row[0])}
    assert explained == CODES.keys() | {code for _, code, _ in CARRIED.values()} | {"other_subject"}


def test_the_readme_names_every_status() -> None:
    named = {name for row in table("README.md", "status") for name in re.findall(r"`(\w+)`", row[0])}
    assert named == {status.value for status in Status}


def test_the_security_page_lists_the_scopes_that_there_are() -> None:
    assert {row[0].strip("`") for row in table("docs/security.md", "scope")} == SCOPES.keys()


def test_problems_named_in_the_integration_guide_have_a_page() -> None:
    told = re.findall(r"\b[45]\d\d `(\w+)`|^\| [45]\d\d \| `(\w+)`:", text(ROOT / "docs/integration.md"), re.MULTILINE)
    named = {one or other for one, other in told}
    assert len(named) >= 3
    assert named <= problem_pages().keys()


def requests_in(document: Path) -> Iterator[tuple[str, str | None]]:
    """Each curl command as its path with query, and its body."""
    for line in shell_lines(document):
        words = shlex.split(line.split(" | ")[0]) if line.startswith("curl") else []
        for word in words:
            if word.startswith(LOCAL):
                yield word.removeprefix(LOCAL), words[words.index("-d") + 1] if "-d" in words else None


def test_the_readme_s_own_events_get_the_readme_s_answers(luton: Council) -> None:
    bodies = [body for _, body in requests_in(ROOT / "README.md") if body is not None]
    (question,) = [path for path, body in requests_in(ROOT / "README.md") if body is None and "as_at" in path]
    shown = dict(re.findall(r'^    "(\w+)": "(.*)",$', text(ROOT / "README.md"), re.MULTILINE))
    headers = {"Content-Type": "application/json"}

    def send(body: str) -> dict[str, Any]:
        found: dict[str, Any] = luton.client.post("/v1/events", content=body, headers=headers).json()
        return found

    assert send(bodies[0])["accepted"] == send(bodies[0])["duplicate"] == 2

    def asked(address: str) -> dict[str, Any]:
        answer = luton.client.get(address).json()
        (finding,) = [each for each in answer["findings"] if each["rule"] == shown["rule"]]
        return {"status": answer["status"], "finding": finding}

    finding = asked(question)["finding"]
    assert shown.keys() == {"rule", "title", "clause", "status", "why"}
    assert {name: finding[name] for name in shown} == shown
    assert send(bodies[1])["accepted"] == 1
    answer = asked(f"{question}&history=true")
    assert (answer["status"], answer["finding"]["due_on"]) == ("due", "2025-04-30")
    assert answer["finding"]["history"][-1]["status"] == "late_met"
    assert luton.client.get(f"{question}&known_at=2025-04-04T23:00:00Z").json()["status"] == "not_assessable"
