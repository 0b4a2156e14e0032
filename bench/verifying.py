"""A bundle verified offline, on two cores: signature, tree, order and digests; and judging its answers again, apart.

Beside it the limit: the same two processes read the same lines and hash each, and do nothing else.
"""

import os
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import process_time
from typing import Any

import orjson

from app import shipped
from app.api.compliance import ENGINE, finding_json
from app.domain.policy.loading import as_json, load
from app.domain.subject import Subject
from app.events.effective import Known
from app.events.envelope import read_event
from app.events.preparing import prepare, text_owner
from app.events.stored import NewEvent
from app.events.vault import FINGERPRINTS, SubjectKey, new_key
from app.ledger.leaves import Opening, leaf_hash, leaf_hashes
from app.ledger.notes import Checkpoint, SignerKey
from app.ledger.tree import Frontier
from app.verifying.replaying import Ledger, assessed, judged_again
from bench.compliance import APPLIES_FROM
from bench.invented import block, marked, marks
from bench.measuring import Slice, rates, ratios, take_turns
from bench.sizes import Sizes
from bench.table import Line, Row, at_least_so_many, throughput

POLICY, ORIGIN, GOAL, CORES, ANSWERS = "luton", "ledger.bench/log/luton", 150_000, 2, 60


async def measure(sizes: Sizes, done: Callable[[], None]) -> Row:
    """The row."""
    row = Row(f"a bundle of {sizes.large // 2:,} events, verified offline on {CORES} cores")
    with tempfile.TemporaryDirectory(prefix=f"supervision-bench-{os.getpid()}-") as folder:
        file, key = Path(folder) / "bundle", SignerKey(ORIGIN, os.urandom(32))
        events = _written(file, key, sizes)
        turns = {"verified": partial(_verified, file, key, events), "hashed": partial(_hashed, file, events)}
        taken = await take_turns(turns, sizes.rounds, done)
        verified, hashed = ([each.rate for each in taken[name]] for name in turns)
        row.lines.append(throughput("verified", taken["verified"], "signature, tree, order, digests"))
        row.lines.append(throughput("the limit: each line hashed", taken["hashed"]))
        row.lines.append(Line("verified, of the limit", ratios(verified, hashed), "×"))
        row.goals.append(at_least_so_many("verified", GOAL, rates(taken["verified"]), "events/s"))
        answers = _with_answers(file, sizes.until, events)
        judged = await take_turns({"answers": partial(_judged, file, answers)}, min(sizes.rounds, 3), done)
        indexed = f"{answers} of them, with the {events:,} events indexed first; one core"
        row.lines.append(Line("answers judged again", rates(judged["answers"]), "/s", note=indexed))
    return row


async def _verified(file: Path, key: SignerKey, events: int) -> Slice:
    """The command itself, in a process of its own; its seconds are its own, without Python's start."""
    code = "from app.cli import main; main()"
    more = ("--key", key.verifier.text, "--processes", str(CORES), "--no-answers", "--json")
    told, cpu = _run(code, "verify", str(file), *more)
    report = orjson.loads(told)
    if report["outcome"] != "holds" or report["events"] != events:
        raise RuntimeError(f"a clean bundle is said to have faults: {report['first_fault']}")
    return Slice(events, report["seconds"], cpu)


async def _hashed(file: Path, events: int) -> Slice:
    told, cpu = _run("from bench.hashing import main; main()", str(file), str(CORES))
    return Slice(events, float(told), cpu)


def _run(code: str, *arguments: str) -> tuple[str, float]:
    """What it printed, and CPU seconds of it and of the processes that it started."""
    before = getrusage(RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True)
    after = getrusage(RUSAGE_CHILDREN)
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


async def _judged(file: Path, answers: int) -> Slice:
    """The answers alone, in this process: what one core does."""
    began = process_time()
    wrong = [found for found in judged_again(file) if found.wrong is not None]
    if wrong:
        raise RuntimeError(f"an answer is said to be wrong: {wrong[0]}")
    return Slice(answers, process_time() - began)


def _written(file: Path, key: SignerKey, sizes: Sizes) -> int:
    """The bundle of an invented ledger; how many events it has."""
    wanted = sizes.large // 2
    opening = leaf_hash(Opening(ORIGIN).encoded())
    tree, began = Frontier().extended([opening]), 1_772_440_000_000_000
    told = file.with_suffix(".lines")
    with told.open("wb") as lines:
        for tile, events in enumerate(_tiles(islice(_events(sizes.until), wanted))):
            first, recorded = tree.size, [began + (tree.size + n) * 1000 for n in range(len(events))]
            leaves = leaf_hashes(first, recorded, [event.digest for event in events])
            tree = tree.extended(leaves)
            whole = ([opening] if tile == 0 else []) + leaves
            hashes = b64encode(b"".join(whole)).decode() if len(whole) == 256 else None
            lines.write(_line({"tile": tile, "hashes": hashes, "checkpoints": []}))
            for position, (event, when) in enumerate(zip(events, recorded, strict=True), first):
                lines.write(_line(_told(position, when, event)))
        lines.write(_line({"end": {"events": wanted, "answers": 0}}))
    note = Checkpoint(ORIGIN, tree.size, tree.root).signed([key])
    first = {"origin": ORIGIN, "earlier_origin": "", "earlier_size": 0, "earlier_root": "00" * 32}
    header = {
        "bundle": "supervision-ledger/1", "council": "luton", "origin": ORIGIN, "keys": [key.verifier.text],
        "openings": [first], "checkpoint": note, "size": tree.size, "from": 1, "to": wanted, "before": [opening.hex()],
        "after": [], "texts": "digests",
    }  # fmt: skip
    with file.open("wb") as whole_file, told.open("rb") as lines:
        whole_file.write(_line(header))
        while part := lines.read(1 << 24):
            whole_file.write(part)
    told.unlink()
    return wanted


def _line(told: dict[str, Any]) -> bytes:
    return orjson.dumps(told) + b"\n"


def _told(position: int, recorded: int, event: NewEvent) -> dict[str, Any]:
    line = {"position": position, "recordedtime": recorded, "body": event.body.decode()}
    texts = {text.field: sha256(text.ciphertext).hexdigest() for text in event.texts}
    return line | {"texts": texts} if texts else line


def _tiles(events: Iterator[NewEvent]) -> Iterable[tuple[NewEvent, ...]]:
    """By 256 positions; the first has one less, because of entry 0."""
    yield tuple(islice(events, 255))
    while tile := tuple(islice(events, 256)):
        yield tile


def _events(until: date) -> Iterator[NewEvent]:
    keys: dict[str, SubjectKey] = {FINGERPRINTS: new_key("luton", FINGERPRINTS)}
    pack = as_json(load(shipped.pack(POLICY)))
    adopted = {"policy": pack, "policy_id": POLICY, "version": pack["version"], "applies_from": APPLIES_FROM[POLICY]}
    for number, (kind, data) in enumerate((("PolicyAdopted", adopted), ("CalendarAdopted", shipped.calendar()))):
        raw = {"specversion": "1.0", "id": f"c-{number}", "source": "urn:bench", "type": kind, "data": data}
        yield _prepared(raw, keys)
    some = block(7, until)
    for mark in marks():
        for line in some.lines:
            yield _prepared(orjson.loads(marked(line, mark)), keys)


def _prepared(raw: dict[str, Any], keys: dict[str, SubjectKey]) -> NewEvent:
    incoming = read_event(raw)
    owner = text_owner(incoming)
    if incoming.texts and owner not in keys:
        keys[owner] = new_key("luton", owner)
    return prepare(incoming, keys, "bench", datetime(2026, 1, 1, tzinfo=UTC).date())


def _with_answers(file: Path, until: date, events: int) -> int:
    """Answers about some workers and cases, put before the last line; how many."""
    ledger, mark, known = Ledger(file), next(marks()), Known(position=events)
    kinds = (path.partition("s/") for path in block(7, until).subjects(mark))
    subjects = [Subject(kind, identity) for kind, _, identity in islice(kinds, 0, ANSWERS)]
    lines = []
    for subject in subjects:
        found = assessed(ledger, subject, until, known)
        findings = [finding_json(each) for each in found.findings]
        answer = {
            "subject": {"type": subject.kind, "id": subject.id}, "as_at": until, "known_position": events,
            "engine": ENGINE, "status": found.status, "policies": found.policies, "findings": findings,
        }  # fmt: skip
        asked = f"/v1/{subject.kind}s/{subject.id}/compliance?as_at={until}&known_position={events}"
        lines.append(_line({"answer": answer, "asked": asked}))
    ledger.close()
    end = _line({"end": {"events": events, "answers": 0}})
    with file.open("r+b") as opened:
        opened.seek(-len(end), os.SEEK_END)
        opened.write(b"".join([*lines, _line({"end": {"events": events, "answers": len(lines)}})]))
    return len(lines)


def steps(sizes: Sizes) -> int:
    """How often `done` will be called."""
    return 2 * (sizes.rounds + 1) + min(sizes.rounds, 3) + 1
