"""Terms that change: timelines say what assessments say, and no order of arrival makes a difference."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.events.facts import Fact
from tests.domain.invented import DAYS, FIRST
from tests.domain.invented_terms import arranged_workers
from tests.domain.test_any_order import said
from tests.domain.test_timelines import APART, agree
from tests.domain.told import WORKER

some = settings(max_examples=max(10, settings.default.max_examples // 4))
days = st.integers(0, DAYS + 60).map(lambda offset: FIRST + timedelta(days=offset))


@some
@given(arranged_workers)
def test_a_timeline_under_arrangements_is_what_assessments_say_day_by_day(facts: tuple[Fact, ...]) -> None:
    agree(WORKER, facts, APART)


@given(arranged_workers, days, st.randoms())
def test_the_order_of_arrival_and_a_second_telling_say_the_same(
    facts: tuple[Fact, ...], on: date, chance: Random
) -> None:
    arrived = [*facts, *(replace(fact, source="urn:second") for fact in facts if fact.type in ALIKE)]
    chance.shuffle(arrived)
    renumbered = tuple(replace(fact, position=number) for number, fact in enumerate(arrived, start=1))
    assert said(WORKER, renumbered, on) == said(WORKER, facts, on)


ALIKE = ("SessionHeld", "VariationApproved", "VariationEnded")
