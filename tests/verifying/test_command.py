"""`supervision verify`: what it says, and what it answers as its exit code."""

import json
from pathlib import Path

import pytest

from tests.commands import Run
from tests.verifying.writing import Log, write

LOG = Log.of(40)
KEY = LOG.key.verifier.text


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write(tmp_path / "luton.bundle", LOG.lines())


def test_a_bundle_that_holds_is_told_so_in_plain_words(run: Run, bundle: Path) -> None:
    done = run("verify", str(bundle), "--key", KEY)
    assert done.returncode == 0
    assert "Everything holds: nothing was changed, left out, put in" in done.stdout
    assert "Positions 1 to 40 are exactly what was signed" in done.stdout


def test_the_first_fault_is_named_with_its_position(run: Run, bundle: Path) -> None:
    lines = bundle.read_text().splitlines(keepends=True)
    bundle.write_text("".join([*lines[:20], *lines[21:]]))
    done = run("verify", str(bundle), "--key", KEY)
    assert done.returncode == 1
    assert "NOT AS SIGNED. The first fault: position 19." in done.stdout


def test_a_bundles_own_key_is_no_proof_and_the_command_says_so(run: Run, bundle: Path) -> None:
    done = run("verify", str(bundle))
    assert done.returncode == 3
    assert "with --key" in done.stdout


def test_an_earlier_checkpoint_is_taken_from_a_file(run: Run, bundle: Path, tmp_path: Path) -> None:
    kept = tmp_path / "march.checkpoint"
    kept.write_text(LOG.note(17))
    done = run("verify", str(bundle), "--key", KEY, "--earlier", str(kept))
    assert done.returncode == 0
    assert "All 16 positions that march.checkpoint covers are in this bundle unchanged." in done.stdout
    kept.write_text(json.dumps(LOG.note(17)) + "\n")  # as a line of the signer's own file has it
    assert run("verify", str(bundle), "--key", KEY, "--earlier", str(kept)).returncode == 0


def test_programs_are_told_in_json(run: Run, bundle: Path) -> None:
    bundle.write_text(bundle.read_text().replace('"e-7', '"e-8'))
    told = json.loads(run("verify", str(bundle), "--key", KEY, "--json").stdout)
    assert told["outcome"] == "faulty"
    assert told["first_fault"]["code"] == "leaf"


@pytest.mark.parametrize("arguments", [["missing"], ["missing", "--key", "x"]])
def test_what_cannot_be_read_or_is_used_wrongly_answers_2(run: Run, arguments: list[str]) -> None:
    assert run("verify", *arguments).returncode == 2


def test_a_file_that_is_no_bundle_answers_2(run: Run, tmp_path: Path, bundle: Path) -> None:
    (tmp_path / "other").write_text("{}\n")
    assert run("verify", str(tmp_path / "other")).returncode == 2
    assert run("verify", str(bundle), "--earlier", str(tmp_path / "other")).returncode == 2
