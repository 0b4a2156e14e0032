"""The command line without a service: quick to start, plain when something is wrong, right with every kind of file."""

import base64
import re
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.cli.connection import Connection, Refused
from app.cli.status import show
from app.cli.words import COLOURS, day, how_many, status_words
from app.config import GivenSettings, Settings
from app.embedded import Cluster
from app.errors import Problem
from tests.commands import Run
from tests.serving import Served

ROOT = Path(__file__).parent.parent
KEY = "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs="
COMMANDS = (
    "demo", "serve", "migrate", "council", "policy", "push", "replay", "status", "token", "openapi",
    "config", "check", "work", "rebuild", "due", "plan", "keys", "sample", "compare", "tidy",
)  # fmt: skip


def test_help_imports_nothing_that_takes_long() -> None:
    slow = "fastapi sqlalchemy asyncpg pydantic httpx uvicorn cryptography yaml rich orjson"
    asked = f"import sys, app.cli; print([name for name in {slow.split()} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_every_command_is_there_and_explains_itself(run: Run) -> None:
    shown = run("--help").stdout
    assert [name for name in COMMANDS if f" {name} " not in shown] == []
    for name in COMMANDS:
        done = run(name, "--help")
        assert done.returncode == 0
        assert "Usage" in done.stdout


def test_wrong_use_is_exit_code_2(run: Run) -> None:
    assert run("push").returncode == 2
    assert run("fly").returncode == 2
    assert run("policy", "adopt", "x.yaml", "--from", "soon").returncode == 2


def test_without_token_and_demo_it_says_what_to_set(run: Run, tmp_path: Path) -> None:
    done = run("status", "W-1", "--dir", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith("There is no token to ask with")
    assert "SUPERVISION_TOKEN" in done.stderr


def test_a_service_that_is_not_there_is_told_in_one_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text("{}")
    done = run("push", str(file), URL="http://127.0.0.1:9", TOKEN="x")
    assert done.returncode == 1
    assert done.stderr == "Nothing answers at http://127.0.0.1:9. Is the service running?\n"


@pytest.mark.parametrize("text", ["[", "[1,]", '[{"id": 1, "id": 2}]'])
def test_a_broken_array_is_told_before_anything_is_sent(run: Run, tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.json"
    file.write_text(text)
    done = run("push", str(file), URL="http://127.0.0.1:9", TOKEN="x")
    assert done.returncode == 1
    assert f"{file} is not a JSON array" in done.stderr


def test_a_missing_file_is_told(run: Run) -> None:
    for command in (["push"], ["policy", "check"]):
        done = run(*command, "/nowhere/x", TOKEN="x")
        assert done.returncode == 1
        assert done.stderr == "/nowhere/x cannot be read: No such file or directory.\n"


def test_missing_settings_are_named_with_their_meaning(run: Run) -> None:
    for command in ("serve", "config"):
        done = run(command, MASTER_KEY="short")
        assert done.returncode == 1
        assert "SUPERVISION_DATABASE_URL is not set" in done.stderr
        assert "SUPERVISION_MASTER_KEY is not base64" in done.stderr
        assert "short" not in done.stderr
    assert "SUPERVISION_OWNER_DATABASE_URL is not set" in run("migrate").stderr


def test_an_operator_makes_the_tables_and_a_council(run: Run, cluster: Cluster, served: Served) -> None:
    key = base64.b64encode(served.keyring.master_key).decode()
    owner = {"OWNER_DATABASE_URL": cluster.owner_url, "MASTER_KEY": key}
    for _ in range(2):
        assert run("migrate", **owner).stdout == "The database has this version's schema.\n"
    council = f"c-{secrets.token_hex(6)}"
    made = run("council", "add", council, "A council of the tests", **owner)
    assert made.stdout.startswith(f"{council} is there now."), made.stderr
    assert "was there already" in run("council", "add", council, "Another name", **owner).stdout
    assert re.search(
        rf"^{council} +A council of the tests, since ", run("council", "list", **owner).stdout, re.MULTILINE
    )
    refused = run("council", "add", "Not An Id", "x", **owner)
    assert refused.returncode == 1
    assert "small letters" in refused.stderr


def test_a_taken_port_is_told_in_words(run: Run, database: Cluster, served: Served) -> None:
    given = {
        "DATABASE_URL": database.service_url,
        "MASTER_KEY": base64.b64encode(served.keyring.master_key).decode(),
        "ISSUER": "https://i.example",
        "JWKS_FILE": "/k",
    }
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run("serve", **given, PORT=str(port))
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"Port {port} is taken by another program.\nSet SUPERVISION_HOST and SUPERVISION_PORT"
    )


def test_config_hides_what_is_secret(run: Run) -> None:
    given = {"DATABASE_URL": "postgresql+asyncpg://me:hidden@db/x", "MASTER_KEY": KEY, "ISSUER": "https://i.example"}
    done = run("config", **given, JWKS_FILE="/k")
    assert done.returncode == 0, done.stderr
    assert "https://i.example" in done.stdout
    assert "hidden@" not in done.stdout
    assert KEY not in done.stdout


def test_given_settings_ignore_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERVISION_HOST", "0.0.0.0")
    given: dict[str, Any] = {
        "mode": "demo",
        "database_url": "postgresql+asyncpg:///x",
        "master_key": KEY,
        "issuer": "urn:supervision-demo:1",
        "jwks_file": "/k",
    }
    assert GivenSettings(**given).host == "127.0.0.1"
    with pytest.raises(ValueError, match="loopback"):
        Settings(**given)


def test_openapi_is_yaml_that_names_the_routes() -> None:
    command = [sys.executable, "-c", "from app.cli import main; main()", "openapi"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("openapi: 3")
    assert "\n  /v1/events:" in done.stdout


class Overloaded(ThreadingHTTPServer):
    """Refuses for a while, then answers."""

    asked = 0
    refusals = 2
    status = 503
    answer: bytes = b'{"fine": true}'


@pytest.fixture
def overloaded() -> Iterator[Overloaded]:
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server = self.server
            assert isinstance(server, Overloaded)
            server.asked += 1
            refused = server.asked <= server.refusals
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(server.status if refused else 200)
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(b"<html>" if refused else server.answer)

        def log_message(self, *args: object) -> None:
            """Stay quiet."""

    with Overloaded(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def at(server: Overloaded) -> Connection:
    return Connection(f"http://127.0.0.1:{server.server_port}", "token")


@pytest.mark.parametrize("status", [429, 503])
def test_an_overloaded_service_is_asked_again(overloaded: Overloaded, status: int) -> None:
    overloaded.status = status
    assert at(overloaded).post("/v1/events", []) == {"fine": True}
    assert overloaded.asked == 3


def test_patience_ends(overloaded: Overloaded) -> None:
    overloaded.refusals = 100
    with pytest.raises(Refused) as refused:
        at(overloaded).post("/v1/events", [])
    assert refused.value.answered == 503
    assert overloaded.asked == 8


def test_a_refusal_is_not_repeated(overloaded: Overloaded) -> None:
    overloaded.status = 401
    with pytest.raises(Refused, match="perhaps not a supervision ledger"):
        at(overloaded).post("/v1/events", [])
    assert overloaded.asked == 1


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b""])
def test_something_else_at_the_address_is_told(overloaded: Overloaded, answer: bytes) -> None:
    overloaded.answer, overloaded.refusals = answer, 0
    with pytest.raises(Problem, match="is not a supervision ledger"):
        at(overloaded).post("/v1/events", [])


def test_dates_and_numbers_read_as_people_write_them() -> None:
    assert day("2025-04-04") == "4 April 2025"
    assert day(None) == "–"
    assert [how_many(number, "event") for number in (0, 1, 1234)] == ["0 events", "1 event", "1,234 events"]
    assert status_words("not_yet_applicable") == "not yet applicable"
    assert all("_" not in status_words(status) for status in COLOURS)


def test_a_finding_is_shown_with_its_status_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    finding = {"rule": "LU-37", "status": "not_assessable", "due_on": "2025-03-31", "title": "All", "why": "Because"}
    answer = {"subject": {"type": "case", "id": "C-1"}, "as_at": "2025-04-04", "known_at": None, "findings": [finding]}
    policy = {"id": "luton", "version": "2021-06", "applies_from": "2021-06-01"}
    show(answer | {"status": "not_assessable", "policies": [policy]})
    shown = capsys.readouterr().out
    assert "Case C-1, as at 4 April 2025: not assessable" in shown
    assert "luton 2021-06, in force from 1 June 2021" in shown
    assert "31 March 2025" in shown
    assert "Because" in shown
