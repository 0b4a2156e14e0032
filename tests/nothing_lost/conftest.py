"""Servers and databases of the crash tests; what one of them harms is its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app import embedded
from tests.nothing_lost.weakened import Weakened
from tests.serving import Keyring, Served


@pytest.fixture(scope="session")
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For the logs of these tests' servers."""
    return tmp_path_factory.mktemp("nothing-lost")


@pytest.fixture(scope="session")
def keyring(served: Served) -> Keyring:
    """The secrets of the run's service, for further servers on the same database."""
    return served.keyring


@pytest.fixture
async def council_id(database: embedded.Cluster, keyring: Keyring) -> str:
    """A council of this test's own, with an empty ledger."""
    return await keyring.found(database.owner_url)


@pytest.fixture(scope="session")
async def weakened(database: embedded.Cluster) -> AsyncIterator[Weakened]:
    """Makes databases that lack one protection."""
    made = Weakened(database)
    yield made
    await made.remove()
