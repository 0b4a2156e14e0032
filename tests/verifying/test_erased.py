"""What was erased by the service's own operation still verifies; what only disappeared does not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.db import Database
from app.deployment_keys import add_epoch
from app.embedded import Cluster
from app.erasure_register import ErasureRegister
from tests.nothing_lost.erasing import Place
from tests.serving import Served
from tests.verifying.ledgers import Log, as_superuser, exported, verified


@pytest.fixture
async def place(database: Cluster, served: Served, tmp_path: Path) -> AsyncIterator[Place]:
    """A council in the run's own database, under the keys that its service has."""
    council = await served.keyring.found(database.owner_url)
    owner, pools, file = Database(database.owner_url, pool_size=2), Database(database.service_url), tmp_path / "keys"
    add_epoch(file)
    made = Place(database, database.owner_url, council, pools, owner, file, ErasureRegister(tmp_path / "register"))
    made.deployment = served.keyring.deployment
    yield made
    await owner.close()
    await pools.close()


async def test_an_erasure_that_two_people_decided_leaves_no_fault_and_a_lost_text_does(
    place: Place, tmp_path: Path
) -> None:
    """A worker with a text, a correction of it with another, and a former number; another worker who stays."""
    await place.record(
        *place.told("W-1", "Invented."), *place.told("W-2", "Invented."), *place.told("W-0", "Invented.")
    )
    target = {"source": "urn:t", "id": "session-W-1"}
    await place.record(
        place.event("EventCorrected", corrects=target, data={"narrative": "Put right."}),
        place.event("SubjectMerged", kind="worker", from_id="W-0", into_id="W-1", merged_on="2017-02-01"),
    )
    await place.agreed("W-1")
    await place.carry_out("W-1")
    await place.record(*place.told("W-3", "Invented."))
    log = Log.of(place.council)
    async with as_superuser(place.cluster) as connection:
        await log.publish(connection)
        report = verified(await exported(connection, place.council, tmp_path / "bundle"), log)
        assert (report.faults, report.open) == ([], [])
        assert (report.texts, report.erased) == (5, 3)
        mine = {"council": place.council}
        found = await connection.execute(text("SELECT position FROM event_text WHERE tenant = :council"), mine)
        positions = sorted(row.position for row in found)
        await connection.execute(text("DELETE FROM event_text WHERE tenant = :council"), mine)
        report = verified(await exported(connection, place.council, tmp_path / "bundle"), log)
    assert [(fault.position, fault.code) for fault in report.faults] == [(at, "text_gone") for at in positions]
