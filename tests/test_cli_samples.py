"""`sample redraw`: a sample drawn again from a file, whatever it stands in, and one that was tampered with."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Run

DRAWN: dict[str, Any] = {
    "sample_id": "SM-1", "drawn_on": "2025-03-03", "drawn_by": "D-1", "programme": "qa", "size": 2, "seed": "8f3a61",
    "population": ["W-101", "W-102", "W-103", "W-104", "W-105"], "selected": ["W-101", "W-104"],
    "method": "sha256_rank", "seed_from": "service",
}  # fmt: skip
ANSWER = DRAWN | {"selected": [{"worker_id": each, "audits": []} for each in DRAWN["selected"]]}


def event(**more: Any) -> str:
    return json.dumps({"type": "AuditSampleDrawn", "position": 7, "data": DRAWN | more})


@pytest.mark.parametrize(
    "content",
    [json.dumps(ANSWER, indent=2), event(), f'{{"type": "CaseOpened", "data": {{}}}}\n{event()}\n'],
    ids=["an answer", "an event", "a replay"],
)
def test_a_sample_is_drawn_again_from_whatever_holds_it(run: Run, tmp_path: Path, content: str) -> None:
    file = tmp_path / "sample.json"
    file.write_text(content)
    done = run("sample", "redraw", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        "SM-1, drawn on 3 March 2025 by D-1 for qa: 2 of 5 files, seed 8f3a61 (random, of the service).\n"
        "  Drawn again: the same. W-101, W-104\n"
    )


def test_what_was_not_drawn_as_it_says_is_exit_code_1(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "samples.ndjson"
    file.write_text(f"{event()}\n{event(sample_id='SM-2', selected=['W-101', 'W-105'])}\n")
    done = run("sample", "redraw", str(file))
    assert done.returncode == 1
    assert "SM-2" in done.stdout
    assert "NOT as it says. It says W-101, W-105;\n  drawn again: W-101, W-104" in done.stdout
    assert run("sample", "redraw", str(file), "--sample", "SM-1").returncode == 0
    assert run("sample", "redraw", str(file), "--sample", "SM-3").returncode == 1
    file.write_text("nothing of the kind")
    assert "neither a JSON object nor one on every line" in run("sample", "redraw", str(file)).stderr
