"""A migrated cluster, one server on it, and databases from which one protection was taken away."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app import embedded
from app.db import migrate
from tests.conftest import PLACE
from tests.nothing_lost.weakened import Weakened
from tests.serving import Keyring, Served, serving


@pytest.fixture(scope="session")
def migrated(cluster: embedded.Cluster) -> embedded.Cluster:
    """The run's cluster with this version's schema."""
    migrate(cluster.owner_url)
    return cluster


@pytest.fixture(scope="session")
def own_folder() -> Iterator[Path]:
    """For keys and logs of the servers of these tests."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PLACE}lost-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def keyring(own_folder: Path) -> Keyring:
    """One installation's secrets, shared by all servers of these tests."""
    return Keyring(own_folder)


@pytest.fixture(scope="session")
def served(migrated: embedded.Cluster, own_folder: Path, keyring: Keyring) -> Iterator[Served]:
    """A server that no test harms."""
    with serving(migrated, own_folder, keyring=keyring) as running:
        yield running


@pytest.fixture
async def council(migrated: embedded.Cluster, keyring: Keyring) -> str:
    """A council of this test's own."""
    return await keyring.found(migrated.owner_url)


@pytest.fixture(scope="session")
async def weakened(migrated: embedded.Cluster) -> AsyncIterator[Weakened]:
    """Makes databases that lack one protection."""
    made = Weakened(migrated)
    yield made
    await made.remove()
