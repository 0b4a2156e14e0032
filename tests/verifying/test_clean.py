"""Bundles of ledgers that nobody touched: everything holds, whatever was told, in whatever pieces it is fetched."""

from pathlib import Path
from random import Random

import pytest

from app.embedded import Cluster
from tests.serving import Served
from tests.verifying.ledgers import Log, as_superuser, exported, some_events, told, verified


@pytest.mark.parametrize("seed", range(3))
async def test_no_false_alarm_on_a_ledger_that_nobody_touched(
    database: Cluster, served: Served, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    number = random.choice([1, 255, 256, 300])
    council = await told(database, served.keyring, some_events(random, number))
    log = Log.of(council)
    async with as_superuser(database) as connection:
        await log.publish(connection)
        report = verified(await exported(connection, council, tmp_path / "bundle"), log)
    assert (report.faults, report.open, report.events) == ([], [], number)
