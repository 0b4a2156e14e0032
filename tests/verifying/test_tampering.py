"""Somebody with a superuser's rights edits the ledger: the bundle tells, offline, at which position."""

from pathlib import Path
from random import Random

import pytest

from app.embedded import Cluster
from app.exporting import APART
from app.verifying.findings import Report
from tests.serving import Served
from tests.verifying.editing import EDITS, Hand
from tests.verifying.ledgers import Log, as_superuser, exported, some_events, told, verified

LEDGERS = ((24, 5, 22), (280, 11, 2))
"""Events, how many lie between two checkpoints, and how often each edit is tried. The larger one has a full tile."""


@pytest.mark.parametrize(("events", "apart", "each"), LEDGERS)
async def test_whatever_a_superuser_edits_is_found_with_its_position(
    database: Cluster, served: Served, tmp_path: Path, scale: int, events: int, apart: int, each: int
) -> None:
    """Every edit is undone by a savepoint.

    Seen to fail with each of these taken out: how events are filed, texts, gaps, the end, erasures, the tree, the
    openings, the signature, and saying where. (Order, times and ids that come twice: `test_verifying`.)
    """
    keyring, random = served.keyring, Random(events)
    council = await told(database, keyring, some_events(random, events))
    other = await told(database, keyring, some_events(random, 30))
    log, tried, missed = Log.of(council), 0, list[str]()
    async with as_superuser(database) as connection:
        await log.publish(connection, [*range(1 + apart, events + 1, apart), events + 1])
        for number in range(each * scale):
            for name, edit in EDITS.items():
                seed = f"{name} {number}"
                savepoint = await connection.begin_nested()
                position = await edit(Hand(connection, log, other, Random(seed), events))
                report = verified(await exported(connection, council, tmp_path / "bundle"), log)
                await savepoint.rollback()
                tried += 1
                missed += _missed(seed, position, report, events, apart)
        clean = verified(await exported(connection, council, tmp_path / "bundle"), log)
    assert missed == []
    assert clean.faults == []
    assert tried == each * scale * len(EDITS)


def test_at_least_500_edits_are_tried() -> None:
    assert sum(each for _, _, each in LEDGERS) * len(EDITS) >= 500


def _missed(seed: str, position: int, report: Report, events: int, apart: int) -> list[str]:
    """What was not told as it must be: the very position, or that it lies between two checkpoints."""
    fault = report.first_fault
    if fault is None or not fault.position <= position <= fault.until:
        return [f"{seed}: at {position}, told {fault}"]
    exact = fault.position == fault.until
    if not exact and not _only_checkpoints_tell(seed, position, events):
        return [f"{seed}: at {position}, told only {fault}"]
    return [] if fault.until - fault.position < apart + APART else [f"{seed}: too wide: {fault}"]


def _only_checkpoints_tell(seed: str, position: int, events: int) -> bool:
    """Whether nothing that is signed names the leaf: it is in no full tile, or that was edited as well."""
    end = "closes_the_gap" in seed or "cuts_off" in seed
    return position > events // 256 * 256 or "published_tree" in seed or end
