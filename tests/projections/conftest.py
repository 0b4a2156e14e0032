"""A PostgreSQL and a service of these tests' own: here no worker runs but those that a test starts, and harms."""

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from app import embedded
from app.db import migrate
from tests.conftest import PLACE
from tests.projections.workers import run
from tests.serving import Served, serving

Begin = Callable[..., BaseProcess]


@contextmanager
def own_cluster(version: int | None) -> Iterator[embedded.Cluster]:
    """A migrated PostgreSQL that may be harmed."""
    folder = Path(tempfile.mkdtemp(prefix=PLACE, dir="/tmp"))
    folder.chmod(0o711)  # for the server's user to pass through
    running = embedded.start(folder, version=version)
    try:
        migrate(running.owner_url)
        yield running
    finally:
        running.stop()
        embedded.remove(folder)


@pytest.fixture(scope="package")
def database(pytestconfig: pytest.Config) -> Iterator[embedded.Cluster]:
    """Instead of the run's own, on which a worker runs."""
    with own_cluster(pytestconfig.getoption("--postgres")) as running:
        yield running


@pytest.fixture(scope="package")
def served(database: embedded.Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service without a worker."""
    with serving(database, tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Starts worker processes, at once because all modules are loaded; their log is `tmp_path / "log"`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.projections.workers"])
    begun: list[BaseProcess] = []

    def start(url: str, kind: str = "whole") -> BaseProcess:
        process = context.Process(target=run, args=(url, os.fspath(tmp_path / "log"), kind), daemon=True)
        process.start()
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.join()
