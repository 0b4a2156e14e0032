"""What every test may use: a PostgreSQL of this run's own, `--scale`, and where the time went."""

import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from app import embedded
from app.cli import main
from app.db import migrate
from app.garbage import collect_rarely
from tests.commands import Done, Run
from tests.councils import Council
from tests.serving import Served, serving

PLACE = "supervision-tests-"
LONGEST = {"test_demo.py", "test_embedded.py", "test_migrations.py"}
"""Files of a minute or so that share little with others."""


def pytest_addoption(parser: pytest.Parser) -> None:
    house = parser.getgroup("supervision")
    house.addoption("--scale", type=int, default=1, help="multiply how much the crash and property tests do")
    house.addoption("--postgres", type=int, default=None, help="major version to test on (else the wheel's)")


def pytest_configure(config: pytest.Config) -> None:
    settings.register_profile(
        "house",
        deadline=None,  # the machine is shared
        suppress_health_check=[HealthCheck.too_slow],
        print_blob=True,
        derandomize="CI" in os.environ,  # there, the answer depends on the commit alone; elsewhere we go on looking
        max_examples=100 * config.getoption("--scale"),
    )
    settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process takes a file as a whole: the longest first, for all to end together."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


def pytest_collection_finish() -> None:
    collect_rarely()  # thousands of tests are kept, and are no garbage


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                part = Path(report.nodeid.split("::")[0]).parts[1]
                seconds[part.removeprefix("test_").removesuffix(".py")] += report.duration
    terminalreporter.section("where the time went")
    for part, spent in seconds.most_common():
        terminalreporter.write_line(f"{part:<24} {spent:7.1f} s {spent / (seconds.total() or 1):5.0%}")


@pytest.fixture(scope="session")
def scale(pytestconfig: pytest.Config) -> int:
    """How many times more than usual the crash and property tests shall do."""
    return int(pytestconfig.getoption("--scale"))


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Iterator[embedded.Cluster]:
    """An empty private PostgreSQL of this test run: roles and database, no tables yet."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=PLACE, dir="/tmp"))
    folder.chmod(0o711)  # for the server's user to pass through
    running = embedded.start(folder, version=pytestconfig.getoption("--postgres"))
    yield running
    running.stop()
    embedded.remove(folder)


def _sweep() -> None:
    """End and remove what test runs left behind that were killed over an hour ago."""
    for folder in Path("/tmp").glob(f"{PLACE}*"):
        with suppress(embedded.NotStarted, OSError):
            if folder.stat().st_mtime < time.time() - 3600:
                embedded.remove(folder)


# The application's own fixtures follow; what is above needs no more of it than app.embedded.


@pytest.fixture(scope="session")
def database(cluster: embedded.Cluster) -> embedded.Cluster:
    """The run's PostgreSQL, migrated."""
    migrate(cluster.owner_url)
    return cluster


@pytest.fixture(scope="session")
def served(database: embedded.Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service as its own process, with a worker beside it, for all tests that speak HTTP."""
    settings = {"log_level": "info", "worker": "true"}
    with serving(database, tmp_path_factory.mktemp("served"), settings=settings) as running:
        yield running


@pytest.fixture
def council(served: Served, database: embedded.Cluster) -> Iterator[Council]:
    """A new council with the shipped calendar and no policy: events cannot be deleted, so each test has its own."""
    with Council.new(served, database.owner_url) as made:
        yield made


@pytest.fixture
def luton(council: Council) -> Council:
    """A council that has adopted Luton's framework from 1 June 2021."""
    council.adopt("luton", "2021-06-01")
    return council


@pytest.fixture
def shropshire(council: Council) -> Council:
    """A council that has adopted Shropshire's guidance from 1 November 2021."""
    council.adopt("shropshire", "2021-11-01")
    return council


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one command in this process, with these settings and no others."""

    def run(*arguments: str, **settings: str) -> Done:
        with monkeypatch.context() as patched:
            for name in [name for name in os.environ if name.startswith("SUPERVISION_")]:
                patched.delenv(name)
            for name, value in settings.items():
                patched.setenv(f"SUPERVISION_{name}", value)
            patched.setattr(sys, "argv", ["supervision", *arguments])
            with pytest.raises(SystemExit) as end:
                main()
        code = end.value.code
        return Done(code if isinstance(code, int) else 0, *capsys.readouterr())

    return run
