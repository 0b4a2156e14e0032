"""The bundle as the service gives it and the command takes it: in ranges, cut off, with answers judged again."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.embedded import Cluster
from app.verifying.bundle import NotABundle
from app.verifying.findings import Report
from app.verifying.verifying import Asked, verify
from tests.commands import Done, Run
from tests.councils import Council
from tests.verifying.ledgers import Log, publishing

EVENTS = 300
AS_AT = "2025-06-30"


@pytest.fixture(scope="module")
def luton(served: Any, database: Cluster) -> Iterator[tuple[Council, Log]]:
    """A council with Luton's framework, some events with texts and without, a merge and corrections; signed."""
    with Council.new(served, database.owner_url) as council:
        council.adopt("luton", "2021-06-01")
        answer = council.post(list(_history(council)))
        assert answer.status_code == 201, answer.text
        log = Log.of(council.id)
        asyncio.run(_published(database, log))
        yield council, log


async def _published(database: Cluster, log: Log) -> None:
    async with publishing(database) as connection:
        await log.publish(connection)


def _history(council: Council) -> Iterator[dict[str, Any]]:
    for number in range(6):
        worker, case = f"W-{number}", f"C-{number}"
        about = {"role": "social_worker", "service": "family_safeguarding"}
        yield council.event("WorkerStarted", worker_id=worker, started_on="2024-01-01", **about)
        yield council.event("SupervisorAssigned", worker_id=worker, supervisor_id="M-1", assigned_on="2024-01-01")
        yield council.event("CaseOpened", case_id=case, opened_on="2025-01-06", service="family_safeguarding")
        yield council.event("CaseAllocated", case_id=case, worker_id=worker, allocated_on="2025-01-06")
        for day in range(1, 24):
            on = f"2025-{1 + day // 4:02}-{1 + day % 4 * 7:02}"
            told = {"case_id": case, "discussed_on": on, "depth": "full", "setting": "individual"}
            yield council.event("CaseDiscussed", id=f"d-{number}-{day}", **told, narrative="Invented.")
            held = {"session_id": f"S-{number}-{day}", "worker_id": worker, "held_on": on, "kind": "individual"}
            yield council.event("SessionHeld", id=f"s-{number}-{day}", supervisor_id="M-1", **held)
    target = {"source": "urn:test:ehm", "id": "d-1-3"}
    yield council.event(
        "EventCorrected", corrects=target, data={"discussed_on": "2025-02-20", "narrative": "Put right."}
    )
    yield council.event("EventRetracted", retracts=target | {"id": "s-2-7"}, reason="duplicate")
    yield council.event("SubjectMerged", kind="worker", from_id="W-4", into_id="W-5", merged_on="2025-05-01")


def _export(run: Run, luton: tuple[Council, Log], out: Path, *arguments: str) -> Done:
    council = luton[0]
    token = council.served.keyring.token(council.id)
    return run("export", "--out", str(out), *arguments, URL=council.served.url, TOKEN=token)


def _verified(out: Path, luton: tuple[Council, Log], **more: Any) -> Report:
    return verify(Asked(out, [luton[1].key.verifier], **more))


def test_an_exported_bundle_holds_with_every_answer_in_it(run: Run, luton: tuple[Council, Log], tmp_path: Path) -> None:
    """Also with the answers about whoever was merged, and those that rest on what was corrected and retracted."""
    out = tmp_path / "luton.bundle"
    done = _export(run, luton, out, "--answers", "all", "--as-at", AS_AT)
    assert done.returncode == 0, done.stderr
    report = _verified(out, luton)
    assert (report.faults, report.open) == ([], [])
    assert report.events >= 290
    assert report.answers >= 11
    assert len(report.held) == 3


def test_sealed_texts_are_checked_themselves_and_an_altered_one_is_found(
    run: Run, luton: tuple[Council, Log], database: Cluster, tmp_path: Path
) -> None:
    """Seen to fail with digests taken from the bodies."""
    out, asked = tmp_path / "sealed.bundle", ("export-sealed", "--council", luton[0].id)
    done = run(*asked, "--out", str(out), OWNER_DATABASE_URL=database.owner_url)
    assert done.returncode == 0, done.stderr
    assert _verified(out, luton).faults == []
    assert out.stat().st_mode & 0o777 == 0o600
    lines = out.read_bytes().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if b'"sealed":"' in line)
    at = lines[number].index(b'"sealed":"') + 14
    lines[number] = (
        lines[number][:at] + (b"A" if lines[number][at : at + 1] != b"A" else b"B") + lines[number][at + 1 :]
    )
    out.write_bytes(b"".join(lines))
    (fault,) = _verified(out, luton).faults
    assert (fault.code, fault.position) == ("text", json.loads(lines[number])["position"])
    again = run(*asked, "--out", str(out), OWNER_DATABASE_URL=database.owner_url)
    assert (again.returncode, "--out" in again.stderr) == (1, True)
    other = tmp_path / "other"
    nobody = run("export-sealed", "--council", "nobody", "--out", str(other), OWNER_DATABASE_URL=database.owner_url)
    assert (nobody.returncode, other.exists()) == (1, False)


@pytest.fixture(scope="module")
def bundle(luton: tuple[Council, Log], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle with some answers, fetched without the command."""
    council, out = luton[0], tmp_path_factory.mktemp("bundle") / "luton"
    lines = council.get("/v1/ledger/export").content.splitlines(keepends=True)
    last = len(lines) and json.loads(lines[-2])["position"]
    for subject in ("workers/W-1", "cases/C-1", "workers/W-4", "cases/C-2"):
        path = f"/v1/{subject}/compliance?as_at={AS_AT}&known_position={last}"
        answer = council.client.get(path, follow_redirects=True).text
        lines.insert(-1, f'{{"answer":{answer},"asked":"{path}"}}\n'.encode())
    out.write_bytes(b"".join(lines))
    return out


def _with_answer(bundle: Path, out: Path, **changes: Any) -> Path:
    """The bundle with something else in its first answer, at the top (`status`) or in its first finding."""
    lines = bundle.read_bytes().splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if line.startswith(b'{"answer"'))
    told = json.loads(lines[number])
    answer = told["answer"]
    for name, value in changes.items():
        within = answer if name in ("status", "engine", "findings", "policies", "as_at") else answer["findings"][0]
        within[name] = value
    lines[number] = json.dumps(told).encode() + b"\n"
    out.write_bytes(b"".join(lines))
    return out


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"status": "excused"}, "the service answered excused"),
        ({"due_on": "2031-01-01"}, "due_on 2031-01-01"),
        ({"evidence": [{"source": "urn:x", "id": "x", "position": 1}]}, "evidence [{"),
        ({"code": "made_up"}, "code made_up"),
        ({"clauses": []}, "clauses []"),
        ({"findings": []}, "leaves out"),
        ({"policies": []}, "other policies"),
        ({"as_at": "2025-06-29"}, "cannot be read"),
    ],
)
def test_an_answer_that_the_policies_do_not_give_is_a_fault(
    luton: tuple[Council, Log], bundle: Path, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    report = _verified(_with_answer(bundle, tmp_path / "bundle", **changes), luton)
    (fault,) = report.faults
    assert fault.code == "answer"
    assert said in fault.said


def test_an_answer_about_somebody_else_or_with_a_finding_twice_is_a_fault(
    luton: tuple[Council, Log], bundle: Path, tmp_path: Path
) -> None:
    """The right answer below another address; a made-up finding before the right one, met first by who reads."""
    told = bundle.read_text()
    assert '"asked":"/v1/workers/W-1/' in told
    out = tmp_path / "else"
    out.write_text(told.replace('"asked":"/v1/workers/W-1/', '"asked":"/v1/workers/W-2/'))
    (fault,) = _verified(out, luton).faults
    assert "answers about worker/W-1" in fault.said
    first = json.loads(next(line for line in told.splitlines() if line.startswith('{"answer"')))["answer"]["findings"]
    twice = [first[0] | {"status": "met", "due_on": "2031-01-01"}, *first]
    (fault,) = _verified(_with_answer(bundle, tmp_path / "twice", findings=twice), luton).faults
    assert "two findings" in fault.said


def test_another_councils_answer_about_somebody_of_the_same_name_is_a_fault(
    luton: tuple[Council, Log], council: Council, bundle: Path, tmp_path: Path
) -> None:
    council.adopt("luton", "2021-06-01")
    about = {"role": "social_worker", "service": "family_safeguarding"}
    council.tell("WorkerStarted", worker_id="W-1", started_on="2024-01-01", **about)
    theirs = council.compliance("worker/W-1", as_at=AS_AT)
    found = _with_answer(bundle, tmp_path / "bundle", status=theirs["status"], findings=theirs["findings"])
    (fault,) = _verified(found, luton).faults
    assert fault.code == "answer"


def test_an_answer_of_another_engine_is_told_as_such_and_is_no_fault(
    luton: tuple[Council, Log], bundle: Path, tmp_path: Path
) -> None:
    report = _verified(_with_answer(bundle, tmp_path / "bundle", engine=1, status="met"), luton)
    assert report.faults == []
    assert "another version of the evaluation" in report.open[0]


def test_several_processes_come_to_the_same(
    luton: tuple[Council, Log], bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.verifying.verifying.ALONE", 0)
    monkeypatch.setattr("app.verifying.replaying.ALONE", 0)
    report = _verified(bundle, luton, processes=2)
    assert (report.faults, report.answers) == ([], 4)


@pytest.mark.parametrize(("first", "last"), [(1, 100), (100, 280), (255, 256), (257, None), (200, 199)])
def test_a_range_is_a_bundle_of_its_own(
    luton: tuple[Council, Log], tmp_path: Path, first: int, last: int | None
) -> None:
    asked = {"from": first} | ({} if last is None else {"to": last})
    answer = luton[0].get("/v1/ledger/export", **asked)
    assert answer.status_code == 200, answer.text
    (tmp_path / "range").write_bytes(answer.content)
    report = _verified(tmp_path / "range", luton)
    assert report.faults == []
    assert report.events == report.last - first + 1


def test_what_was_cut_off_goes_on_byte_by_byte(luton: tuple[Council, Log]) -> None:
    council = luton[0]
    whole = council.get("/v1/ledger/export").content
    size = json.loads(whole.splitlines()[0])["size"]
    lines = whole.splitlines(keepends=True)
    ends = {json.loads(line)["position"]: n + 1 for n, line in enumerate(lines) if line.startswith(b'{"position"')}
    for after in (1, 254, 255, 256, 299, size - 1):
        rest = council.get("/v1/ledger/export", size=size, after=after)
        begins = b"".join(lines[: ends[after]])
        assert begins + rest.content == whole, after


@pytest.mark.parametrize("left", [0.0, 0.3, 0.9, 1.0])
def test_the_command_takes_up_a_file_that_broke_off(
    run: Run, luton: tuple[Council, Log], tmp_path: Path, left: float
) -> None:
    whole = luton[0].get("/v1/ledger/export").content
    out = tmp_path / "broken"
    out.write_bytes(whole[: int(len(whole) * left)])
    assert _export(run, luton, out).returncode == 0
    assert out.read_bytes() == whole


def test_a_refused_export_says_which_position_is_too_late_and_leaves_no_empty_file(
    run: Run, luton: tuple[Council, Log], tmp_path: Path
) -> None:
    out = tmp_path / "refused"
    done = _export(run, luton, out, "--from", "99999")
    assert done.returncode == 1
    assert "from lies after position" in done.stderr
    assert not out.exists()


def test_a_file_that_is_something_else_is_not_written_over(
    run: Run, luton: tuple[Council, Log], tmp_path: Path
) -> None:
    out = tmp_path / "notes.txt"
    out.write_text("My notes.\n")
    assert _export(run, luton, out).returncode == 1
    assert out.read_text() == "My notes.\n"
    with pytest.raises(NotABundle):
        verify(Asked(out))


def test_a_random_sample_of_answers_is_drawn_by_its_seed(run: Run, luton: tuple[Council, Log], tmp_path: Path) -> None:
    drawn = []
    for name in ("one", "two"):
        done = _export(run, luton, tmp_path / name, "--answers", "3", "--seed", "of-the-day", "--as-at", AS_AT)
        assert "by the seed of-the-day" in done.stderr
        lines = (tmp_path / name).read_bytes().splitlines()
        drawn.append([line for line in lines if line.startswith(b'{"answer"')])
    assert len(drawn[0]) == 3
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("asked", "status"), [({"from": 9999}, 422), ({"to": 9999}, 422), ({"size": 7777}, 404), ({"from": 0}, 422)]
)
def test_what_cannot_be_given_is_refused_in_words(
    luton: tuple[Council, Log], asked: dict[str, int], status: int
) -> None:
    assert luton[0].get("/v1/ledger/export", **asked).status_code == status


def test_a_ledger_that_nobody_signed_yet_has_no_bundle(council: Council) -> None:
    answer = council.get("/v1/ledger/export")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_signed_yet")
