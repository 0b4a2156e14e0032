"""The demo as someone runs it: one command, everything there, and nothing left of it but its folder."""

import base64
import json
import re
import shlex
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import psutil
import pytest

from app.cli.words import status_words
from app.demo.councils import COUNCILS
from app.demo.doors import DOORS
from app.demo.folder import DemoFolder
from app.demo.personas import PEOPLE, PERSONAS
from app.demo.trying import STORIES, WITH_CURL, WITH_STATUS
from app.ledger.notes import Checkpoint
from app.signing.keys import read_keys
from tests.demo.one import ROOT, SUPERVISION, Demo, a_demo
from tests.demo.passing import ASKED, PASSES, a_case_of

PRINTED = {*WITH_CURL, *WITH_STATUS}
EVENT = {
    "specversion": "1.0", "id": "1", "source": "urn:luton:lcs", "type": "CaseOpened",
    "data": {"case_id": "C-1", "opened_on": "2025-03-03", "service": "family_safeguarding"},
}  # fmt: skip


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """An empty demo, running."""
    with a_demo() as demo:
        demo.start("--empty")
        yield demo


@pytest.fixture(scope="module")
def web() -> Iterator[httpx.Client]:
    """A client for whatever answers on this machine."""
    with httpx.Client(timeout=30) as client:
        yield client


def test_every_persona_of_every_council_has_a_token(demo: Demo) -> None:
    tokens = json.loads(demo.folder.tokens_file.read_text())
    assert tokens.keys() == {"shropshire", "luton"}
    assert all(tuple(personas) == PERSONAS for personas in tokens.values())
    assert httpx.get(f"{demo.folder.url}/health/ready").status_code == 200
    assert f"{demo.folder.url}/docs" in demo.said
    page = httpx.get(f"{demo.folder.url}/docs")
    assert page.headers["Supervision-Mode"] == "demo"
    assert "This is a demo" in page.text


def test_the_folder_is_nobody_else_s_business(demo: Demo) -> None:
    assert stat.S_IMODE(demo.path.stat().st_mode) == 0o700
    files = [path for path in demo.path.iterdir() if path.is_file()] + list((demo.path / "curl").iterdir())
    assert {path.name for path in files} >= {
        "secrets.json",
        "tokens.json",
        "clients.json",
        "service.log",
        "luton-admin",
    }
    assert [path.name for path in files if stat.S_IMODE(path.stat().st_mode) != 0o600] == []


def test_its_issuer_gives_each_persona_a_token_for_an_hour(demo: Demo, web: httpx.Client) -> None:
    known = json.loads((demo.path / "clients.json").read_text())
    assert len(known["clients"]) == len(COUNCILS) * len(PERSONAS)
    about = web.get(known["discovery"]).json()
    assert about["issuer"] == demo.folder.issuer.name
    (key,) = web.get(about["jwks_uri"]).json()["keys"]
    assert key.keys() == {"kty", "crv", "x", "kid", "use", "alg"}  # and nothing of the private half
    for client, secret in known["clients"].items():
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        given = web.post(about["token_endpoint"], data=form)
        assert (given.status_code, given.json()["expires_in"]) == (200, 3600)
        assert given.headers["Cache-Control"] == "no-store"
        token = given.json()["access_token"]
        said = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        assert f"{said['council']}:{said['sub'].removeprefix(said['council'])[1:]}" == client
        assert said["exp"] - said["iat"] == 3600
        assert ("azp" in said, "worker_id" in said) == (("integration" not in client),) * 2
        headers = {"Authorization": f"Bearer {token}"}
        assert web.get(f"{demo.folder.url}/v1/policies", headers=headers).status_code == 200, client
    basic = web.post(about["token_endpoint"], data={"grant_type": "client_credentials"}, auth=(client, secret))
    assert basic.status_code == 200


def test_no_secret_is_said_or_logged(demo: Demo) -> None:
    known = json.loads(demo.folder.secrets_file.read_text())
    tokens = json.loads(demo.folder.tokens_file.read_text())
    hidden = [known["master_key"], known["issuer"]["key"]["d"], *known["clients"].values()]
    hidden += [token for personas in tokens.values() for token in personas.values()]
    told = demo.said + (demo.path / "service.log").read_text()
    assert [number for number, secret in enumerate(hidden) if secret in told] == []


def test_an_empty_demo_has_its_policies_and_nothing_else(demo: Demo) -> None:
    for council, version, applies_from in (("shropshire", "2021-11", "2021-11-01"), ("luton", "2021-06", "2021-06-01")):
        answer = demo.ask("GET", "/v1/events", (council, "integration"))
        types = {
            event["type"]: event["data"] for event in answer.json()["items"] if event["data"].get("case_id") != "C-1"
        }
        assert types.keys() == {"CalendarAdopted", "PolicyAdopted"}
        assert types["PolicyAdopted"]["version"] == version
        assert types["PolicyAdopted"]["applies_from"] == applies_from


def test_its_signer_signs_with_a_key_of_its_own(demo: Demo) -> None:
    (key,) = read_keys(demo.path / "signer" / "keys")  # which refuses a file that others may read
    verifier = key.named("demo.invalid/log/luton").verifier
    until = time.monotonic() + 30
    while (answer := demo.ask("GET", "/v1/ledger/checkpoint", ("luton", "integration"))).status_code == 404:
        assert time.monotonic() < until
    assert Checkpoint.verified(answer.content, verifier.name, [verifier]).size > 1


def test_each_persona_may_do_its_own_part_only(demo: Demo) -> None:
    event = {"json": EVENT, "params": {}}
    assert demo.ask("POST", "/v1/events", ("luton", "integration"), **event).status_code in (200, 201)
    assert demo.ask("POST", "/v1/events", ("luton", "supervisor"), **event).status_code == 403
    assert demo.ask("GET", "/v1/events", ("luton", "integration")).status_code == 200
    assert demo.ask("GET", "/metrics", ("luton", "auditor")).status_code == 403
    assert demo.ask("GET", "/metrics", ("luton", "admin")).status_code == 200


def test_the_curl_command_it_prints_sends_an_event(demo: Demo) -> None:
    found = re.search(r"^  (curl .*?'\n.*?'\n)", demo.said, re.MULTILINE | re.DOTALL)
    assert found is not None
    done = subprocess.run(["sh", "-c", found[1]], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(done.stdout)["items"][0]["status"] in ("appended", "duplicate")


def test_a_second_demo_in_the_same_folder_says_so(demo: Demo) -> None:
    done = demo.run("demo", "--port", "0")
    assert done.returncode == 1
    assert done.stderr.startswith(f"A demo is running in {demo.path} already, at {demo.folder.url}.")
    assert "--dir" in done.stderr


def test_a_port_that_is_taken_is_told_before_anything_starts(demo: Demo, tmp_path: Path) -> None:
    port = str(demo.folder.url).rpartition(":")[2]
    command = [*SUPERVISION, "demo", "--port", port, "--dir", str(tmp_path / "other")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} is taken by another program.")
    assert not (tmp_path / "other" / "postgres").exists()


def test_push_tells_each_fault_with_its_line_and_keeps_the_rest(demo: Demo, tmp_path: Path) -> None:
    good = [EVENT | {"id": f"push-{number}"} for number in range(1500)]
    lines = [json.dumps(event) for event in good]
    lines[3] = lines[3][:-1]
    lines[1200] = json.dumps(EVENT | {"id": "typo", "data": EVENT["data"] | {"opend_on": "2025-03-03"}})  # type: ignore[operator]
    file = tmp_path / "events.ndjson"
    file.write_text("\n\n".join(lines))
    done = demo.run("push", str(file), "--council", "luton")
    assert done.returncode == 1
    assert "1,498 events recorded, 0 there already, 2 refused." in done.stdout
    assert "line 7: " in done.stderr
    assert "line 2401 (typo): " in done.stderr
    assert "/data/opend_on" in done.stderr
    again = demo.run("push", str(file), "--council", "luton")
    assert "0 events recorded, 1,498 there already, 2 refused." in again.stdout
    for shape, text in (("array", json.dumps(good)), ("one", json.dumps(good[0], indent=2))):
        whole = tmp_path / shape
        whole.write_text(text)
        done = demo.run("push", str(whole), "--council", "luton")
        told = "1 events" if shape == "one" else "2 events"
        assert done.returncode == 0, done.stderr
        assert "refused" in done.stdout, told


def test_replay_gives_the_ledger_line_by_line(demo: Demo, tmp_path: Path) -> None:
    whole = ("replay", "--council", "shropshire", "--persona", "integration")
    done = demo.run(*whole)
    positions = [json.loads(line)["position"] for line in done.stdout.splitlines()]
    assert positions == list(range(1, len(positions) + 1))
    assert f"{len(positions)} events read." in done.stderr
    file = tmp_path / "rest.ndjson"
    demo.run(*whole, "--after", "1", "--out", str(file))
    assert file.read_text().splitlines() == done.stdout.splitlines()[1:]


def test_status_says_the_status_in_words_and_why(demo: Demo) -> None:
    demo.ask("POST", "/v1/events", ("luton", "integration"), json=EVENT)
    for subject in ("C-1", "case/C-1"):
        done = demo.run("status", subject, "--council", "luton", "--as-at", "2025-04-04")
        assert done.returncode == 0, done.stderr
        assert "Case C-1, as at 4 April 2025: breached" in done.stdout
        assert "LU-37" in done.stdout
        assert "31 March 2025" in done.stdout
    assert (
        demo.run("status", "C-77777", "--council", "luton").stderr == "Nothing was ever recorded about C-77777 here.\n"
    )


def test_a_token_of_another_demo_opens_nothing(demo: Demo, tmp_path: Path) -> None:
    other = DemoFolder(tmp_path / "other")
    other.prepare()
    token = other.issuer.token("luton", "admin", int(time.time()))
    refused = httpx.get(f"{demo.folder.url}/v1/events", headers={"Authorization": f"Bearer {token}"})
    assert refused.status_code == 401


def test_ctrl_c_stops_everything_and_the_data_is_there_the_next_time() -> None:
    with a_demo() as demo:
        demo.start("--empty")
        before = demo.ask("GET", "/v1/events", ("luton", "integration"), params={"limit": 1}).json()["position"]
        written = demo.folder.tokens_file.stat().st_mtime_ns
        assert demo.stop(signal.SIGINT) == 0
        assert demo.processes() == []
        assert demo.folder.url is None
        demo.start("--empty")
        assert demo.folder.tokens_file.stat().st_mtime_ns > written
        after = demo.ask("GET", "/v1/events", ("luton", "integration"), params={"limit": 1}).json()["position"]
        assert after == before
        assert demo.stop(signal.SIGTERM) == 0
        assert demo.processes() == []


def test_a_demo_that_is_killed_leaves_no_worker_and_no_signer() -> None:
    with a_demo() as demo:
        demo.start("--empty")
        workers = [each for each in demo.begun if re.search("(work|sign)_attended", " ".join(each.cmdline()))]
        assert len(workers) == 2
        demo.stop(signal.SIGKILL)
        _, alive = psutil.wait_procs(workers, timeout=30)
        assert [each for each in alive if each.status() != psutil.STATUS_ZOMBIE] == []


def test_a_first_load_that_was_killed_is_finished_by_the_next_start() -> None:
    with a_demo() as demo:
        demo.begin()
        until = time.monotonic() + 60
        while not (demo.folder.secrets_file.exists() and demo.folder.load == "part") and time.monotonic() < until:
            time.sleep(0.005)
        assert demo.stop(signal.SIGKILL) == -signal.SIGKILL
        assert demo.folder.load == "part"
        demo.start()
        first_day = demo.folder.first_day
        assert first_day is not None
        assert demo.folder.load == "all"
        for council in COUNCILS:
            done = demo.run("replay", "--council", council.id, "--persona", "integration")
            stored = {(event["source"], event["id"]) for event in map(json.loads, done.stdout.splitlines())}
            assert {(event["source"], event["id"]) for event in council.history(first_day)} <= stored
            name = demo.ask("GET", f"/v1/directory/teams/{council.teams[0].id}", (council.id, "admin")).json()["name"]
            assert name == council.teams[0].name
        the_printed_questions_are_answered(demo, first_day)
        each_door_answers_as_it_is_told(demo)
        each_persona_passes_its_own_doors(demo, first_day)
        assert demo.stop() == 0
        refused = demo.run("demo", "--empty", "--port", "0")
        assert refused.returncode == 1
        assert "holds invented data" in refused.stderr


def the_printed_questions_are_answered(demo: Demo, first_day: date) -> None:
    """Each line that was printed, as a shell would run it: the answer says what its story promises."""
    stories = {story.subject.partition("/")[2]: story for story in STORIES if (story.council, story.subject) in PRINTED}
    told = demo.said.partition("Who may see what")[0]
    lines = re.findall(r"^  (curl .*|.* status .*)$", told, re.MULTILINE)
    assert len(lines) >= 2 * len(WITH_STATUS) + len(WITH_CURL) - 1
    for line in lines:
        story = next(story for identity, story in stories.items() if identity in line)
        day = re.search(r"as[-_]at[ =](\d{4}-\d\d-\d\d)", line)
        ago = (first_day - date.fromisoformat(day[1])).days if day else 0
        seen = next(s for s in story.sees if s.ago == ago and s.known_then == ("known_at" in line))
        if line.startswith("curl"):
            done = subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
            said = {finding["rule"]: finding["status"] for finding in json.loads(done.stdout)["findings"]}
            assert said[seen.rule] == seen.status, line
        else:
            done = demo.run("status", *_arguments(line))
            assert re.search(rf"^{seen.rule} +{status_words(seen.status)}", done.stdout, re.MULTILINE), done.stdout


def each_door_answers_as_it_is_told(demo: Demo) -> None:
    """Each line about who may see what, as a shell would run it: texts to those who may, reasons to the others."""
    lines = re.findall(r"^  (curl .*)$", demo.said.partition("Who may see what")[2], re.MULTILINE)
    assert len(lines) == len(DOORS)
    answers = []
    for line, door in zip(lines, DOORS, strict=True):
        done = subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
        if door.opens_texts:
            assert done.stdout.count('"narrative": "') == done.stdout.count("narrative") > 0, line
        else:
            answers.append(json.loads(done.stdout))
            assert answers[-1].get("status", 200) == door.answers, line
    folder, *_, log = answers
    assert "SH-55" in folder["detail"]
    assert "copies" in folder["detail"]
    assert {each["reader"] for each in log["items"]} >= {PEOPLE["luton"]["supervisor"], PEOPLE["luton"]["auditor"]}


def each_persona_passes_its_own_doors(demo: Demo, first_day: date) -> None:
    """Every persona at every door, in both councils: who passes where."""
    with httpx.Client(base_url=str(demo.folder.url), timeout=60) as client:
        for council in COUNCILS:
            own, other = PEOPLE[council.id]["supervisee"], {"luton": "W-10805", "shropshire": "W-10702"}[council.id]
            paths = [path.format(own=own, other=other, case=a_case_of(own, council, first_day)) for path in ASKED]
            for row in PASSES[council.id].strip().splitlines():
                persona, *expected = row.split()
                headers = demo.headers(council.id, persona)
                answers = [str(client.get(path, headers=headers).status_code) for path in paths]
                assert (persona, answers) == (persona, expected), council.id
    assert {row.split()[0] for row in PASSES["luton"].strip().splitlines()} == {*PERSONAS}


def _arguments(line: str) -> list[str]:
    """What stands after `status`, without the folder, which every command of the test names by itself."""
    given = shlex.split(line.partition(" status ")[2])
    at = given.index("--dir")
    return given[:at] + given[at + 2 :]
