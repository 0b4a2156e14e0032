"""A council of its own for each test of the signer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.embedded import Cluster
from tests.signing.world import World


@pytest.fixture
async def world(database: Cluster, tmp_path: Path) -> AsyncIterator[World]:
    async with World(database, tmp_path / "signer").begun() as made:
        yield made
