"""The bench runs, small: what it measures then means nothing, that it measures and cleans up does."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_quick_bench_measures_what_it_was_asked_for_and_leaves_nothing_behind(tmp_path: Path) -> None:
    written = tmp_path / "bench.json"
    command = [sys.executable, "-m", "bench", "--quick", "--rows", "batches,memory", "--json", str(written)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as bench:
        said, complained = bench.communicate(timeout=120)
    assert bench.returncode == 0, complained
    rows = json.loads(written.read_text())["rows"]
    assert [len(row["lines"]) for row in rows] == [3, 0]
    assert all(line["figure"]["low"] > 0 and line["service"] > 0 for line in rows[0]["lines"])
    assert [goal["met"] is not None for row in rows for goal in row["goals"]] == [True, True]
    assert "batches of 1,000" in said
    assert list(Path("/tmp").glob(f"supervision-bench-{bench.pid}-*")) == []


def test_a_row_that_does_not_exist_is_refused_in_words() -> None:
    command = [sys.executable, "-m", "bench", "--rows", "speed"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "no such row: speed" in done.stderr
