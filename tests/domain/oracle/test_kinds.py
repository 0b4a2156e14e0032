"""The evaluation and the oracle agree on rules of each kind: whatever was sent late, wrong, twice or in any order.

As at random days, by all that is known and by what was known then.
"""

from collections import defaultdict
from datetime import date
from random import Random

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from tests.domain.oracle.asking import Verdict, adopted, agree, noted, rows_of, shown
from tests.domain.oracle.kinds import KINDS, Kind
from tests.domain.oracle.ledger import as_it_reads

UNDATED = {"MONTHLY", "NEVER", "NEVER-MAY"}
"""Of windows, and of what must never be so, no page says what the date would be."""
chances = st.randoms(use_true_random=False)
each_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
fewer = settings(max_examples=max(20, settings.default.max_examples // 4))


@each_kind
def test_both_say_the_same_of_what_was_told_carelessly(kind: Kind) -> None:
    @given(chances)
    def same(chance: Random) -> None:
        history = kind.tell(chance)

        def judge(events: list[dict[str, object]], as_at: date) -> dict[str, Verdict]:
            return kind.judge(events, as_at, history.applies_from)

        note(f"applies from {history.applies_from}")
        policy = adopted(kind.policy, history.applies_from)
        agree(policy, kind.subject, history.sent, history.asked, judge, undated=UNDATED)

    same()


@each_kind
def test_the_timeline_says_of_each_day_what_the_oracle_says_of_it(kind: Kind) -> None:
    @fewer
    @given(chances)
    def same(chance: Random) -> None:
        history = kind.tell(chance)
        noted(history.sent)
        rows = rows_of(adopted(kind.policy, history.applies_from), kind.subject, history.sent)
        for as_at, _ in history.asked:
            if not rows or as_at < min(row.from_on for row in rows):
                continue
            found = [row for row in rows if row.from_on <= as_at and (row.until_on is None or as_at <= row.until_on)]
            said = {row.rule: Verdict(str(row.status), row.code) for row in found}
            expected = kind.judge(as_it_reads(history.sent, None), as_at, history.applies_from)
            note(f"as at {as_at}")
            assert {rule: shown(said, rule)[:2] for rule in expected} == {
                rule: shown(expected, rule)[:2] for rule in expected
            }

    same()


@each_kind
def test_the_histories_bring_about_every_status_of_each_rule(kind: Kind) -> None:
    said = defaultdict(set)
    for seed in range(400):
        history = kind.tell(Random(seed))
        for as_at, known_at in history.asked:
            verdicts = kind.judge(as_it_reads(history.sent, known_at), as_at, history.applies_from)
            for rule, verdict in verdicts.items():
                said[rule].add(verdict.status)
    always = {"not_applicable", "not_assessable"}
    assert {rule: found - always for rule, found in said.items()} == {
        rule: set(words.split()) - always for rule, words in kind.says.items()
    }
    assert all("not_assessable" in found for found in said.values())
