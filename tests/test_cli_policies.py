"""`supervision policy`: a pack written, checked, tried and read on the command line, and what a council has adopted."""

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from app.domain.policy.loading import load
from tests.commands import Run
from tests.councils import Council

ROOT = Path(__file__).parent.parent
PACKS = files("app.domain") / "packs"
SHIPPED = pytest.mark.parametrize("pack", ["luton.yaml", "shropshire.yaml", "national.yaml"])


def written(folder: Path, text: str) -> Path:
    file = folder / "pack.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_new_pack_can_be_adopted_tried_and_explained_as_it_is(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "3 Rivers' borough.yaml"
    made = run("policy", "new", str(file), "--id", "rivers", "--title", 'Supervision: "our" policy # 1')
    assert made.returncode == 0, made.stderr
    assert made.stdout.endswith(f"and then: supervision policy check {file}\n")
    assert (tmp_path / "pack.schema.json").read_text(encoding="utf-8") == run("policy", "schema").stdout
    assert run("policy", "check", str(file)).stdout == f"{file} can be adopted.\n"
    tried = run("policy", "test", str(file))
    assert tried.returncode == 0, tried.stdout
    assert tried.stdout.splitlines()[-1] == "5 examples: as written."
    assert "Without" not in tried.stdout
    assert run("policy", "explain", str(file)).stdout.startswith('# Supervision: "our" policy # 1\n')
    assert load(file.read_text(encoding="utf-8")).id == "rivers"


def test_the_name_of_the_file_is_the_id_and_what_is_there_is_never_overwritten(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "North-Shore 2026.yaml"
    assert run("policy", "new", str(file)).returncode == 0
    text = file.read_text(encoding="utf-8")
    assert load(text).id == "north_shore_2026"
    again = run("policy", "new", str(file), "--title", "Another")
    assert (again.returncode, again.stderr) == (1, f"{file} is there already: nothing was changed.\n")
    assert file.read_text(encoding="utf-8") == text


def test_what_cannot_be_an_id_or_a_place_is_told_in_words(run: Run, tmp_path: Path) -> None:
    odd = run("policy", "new", str(tmp_path / "2026.yaml"))
    assert (odd.returncode, odd.stderr.splitlines()[1][:8]) == (1, "Say --id")
    nowhere = run("policy", "new", str(tmp_path / "no" / "x.yaml"))
    assert nowhere.stderr.endswith("cannot be written: No such file or directory.\n")
    assert list(tmp_path.iterdir()) == []


@SHIPPED
def test_the_shipped_packs_can_be_adopted_tried_and_explained(run: Run, pack: str) -> None:
    done = run("policy", "check", str(PACKS / pack))
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("can be adopted.\n")
    tried = run("policy", "test", str(PACKS / pack))
    assert tried.returncode == 0, tried.stdout
    assert tried.stdout.endswith("examples: as written.\n")
    assert run("policy", "explain", str(PACKS / pack)).stdout.startswith("# ")
    assert run("policy", "page", str(PACKS / pack)).stdout.endswith(".\n")


def test_a_pack_that_ships_is_known_by_its_name_where_no_file_is_called_so(run: Run) -> None:
    done = run("policy", "check", "national")
    assert done.stdout.endswith("can be adopted.\n"), done.stderr
    assert run("policy", "check", "nationwide").returncode == 1


def test_a_typo_in_a_pack_is_told_with_its_line_and_what_was_meant(run: Run, tmp_path: Path) -> None:
    text = (PACKS / "luton.yaml").read_text(encoding="utf-8")
    line = next(number for number, line in enumerate(text.splitlines(), 1) if line.lstrip().startswith("title:"))
    file = written(tmp_path, text.replace("title:", "titel:", 1))
    for command in ("check", "test", "explain"):
        done = run("policy", command, str(file))
        assert done.returncode == 1
        assert f"{file}:{line}:1: unknown key `titel`: did you mean `title`?\n" in done.stderr
        assert done.stderr.endswith("this cannot be adopted.\n")


def test_a_sentence_that_does_not_hold_is_told_with_what_is_said_and_why(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "borough.yaml"
    run("policy", "new", str(file))
    text = file.read_text(encoding="utf-8")
    wrong = text.replace("on: 2025-03-04, rule: R-1, status: tolerated", "on: 2025-03-04, rule: R-1, status: due")
    wrong = wrong.replace("rule: R-3b, status: not_applicable", "rule: R-1, status: met")
    done = run("policy", "test", str(written(tmp_path, wrong)))
    assert done.returncode == 1
    title, difference, why, *_ = done.stdout.splitlines()
    assert (title, difference) == (
        "✗ A session on the 43rd day is too late",
        "    4 March 2025, R-1: expected due; it is tolerated.",
    )
    assert why.startswith(
        "        Last supervised on 3 February 2025. The policy asks for this every 4 weeks (28 days), and no"
    )
    assert "✓ A new supervisor needs a new agreement" in done.stdout.splitlines()
    assert "    4 March 2025, R-1: expected met; this rule is not about such a subject." in done.stdout
    assert done.stderr == "2 of 5 examples do not come out as written.\n"


def test_a_rule_without_an_example_is_told(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "borough.yaml"
    run("policy", "new", str(file))
    text = file.read_text(encoding="utf-8")
    done = run("policy", "test", str(written(tmp_path, text.partition("examples:")[0])))
    assert (done.returncode, done.stdout) == (
        0, "Without an example: R-1, R-2, R-3, R-3a, R-3b, R-4.\n0 examples: nothing to try.\n"
    )  # fmt: skip


def test_the_policies_of_a_council_are_said_in_plain_words(council: Council) -> None:
    token = council.client.headers["Authorization"].removeprefix("Bearer ")
    settings = {"SUPERVISION_URL": council.served.url, "SUPERVISION_TOKEN": token, "PATH": os.defpath}

    def said(*arguments: str) -> list[str]:
        command = [sys.executable, "-c", "from app.cli import main; main()", "policy", "list", *arguments]
        done = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT)
        return done.stdout.splitlines()

    assert said() == ["No policy has been adopted here."]
    council.adopt("luton", "2021-06-01")
    council.adopt("luton", "2025-06-01")
    one, other = said("--as-at", "2025-04-04")
    assert one.startswith("luton 2021-06, Supervision")
    assert one.endswith(": in force, from 1 June 2021 to 31 May 2025")
    assert other.endswith(": coming, from 1 June 2025")


def test_a_draft_is_simulated_and_what_it_would_change_is_told_in_lines(luton: Council, tmp_path: Path) -> None:
    luton.tell("CaseOpened", case_id="C-1", opened_on="2025-01-06", service="family_safeguarding", team_id="T-1")
    luton.tell("CaseDiscussed", case_id="C-1", discussed_on="2025-01-27", setting="individual", depth="full")
    before, rule, after = (PACKS / "luton.yaml").read_text(encoding="utf-8").partition("        - id: LU-37\n")
    file = written(tmp_path, before + rule + after.replace("limit: 28 days", "limit: 14 days", 1))
    token = luton.client.headers["Authorization"].removeprefix("Bearer ")
    settings = {"SUPERVISION_URL": luton.served.url, "SUPERVISION_TOKEN": token, "PATH": os.defpath}
    command = [sys.executable, "-c", "from app.cli import main; main()", "policy", "simulate", str(file)]
    options = ["--from", "2021-06-01", "--as-at", "2025-02-14"]
    done = subprocess.run([*command, *options], cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:5] == [
        "On 14 February 2025, 1 finding of 1 subject would read differently, of 3 subjects looked at.",
        "  LU-37 Every Family Safeguarding case is supervised every four weeks: 1 due → breached",
        "1 subject would newly be late.",
        "  case/C-1: LU-37",
        "0 subjects would no longer be late.",
    ]
