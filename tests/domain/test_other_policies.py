"""Policies of others than the two councils, as their owners would write them: the language says them, without code."""

from pathlib import Path

import pytest

from app.domain import trying
from app.domain.policy.explaining import explain
from app.domain.policy.loading import check, load
from app.shipped import calendar

PACKS = sorted((Path(__file__).parent / "other_policies").glob("*.yaml"))
each = pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)


@each
def test_it_can_be_adopted_and_read_aloud(path: Path) -> None:
    assert [str(fault) for fault in check(path.read_bytes())] == []
    assert explain(load(path.read_bytes()))[0].startswith("# ")


@each
def test_its_examples_come_out_as_written_and_every_rule_has_one(path: Path) -> None:
    pack = load(path.read_bytes())
    tried = list(trying.tried(pack, calendar()))
    found = [
        (told.example.title, outcome.expected.on, outcome.said)
        for told in tried
        for outcome in told.outcomes
        if not outcome.as_expected
    ]
    assert found == []
    assert tried
