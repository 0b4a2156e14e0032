"""The order in which facts arrive, and telling one twice, make no difference; nor does what lies in the future."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from app.domain.compliance import assess, past
from app.domain.history import Subject
from app.events.facts import Fact
from tests.domain.invented import DAYS, FIRST, cases, workers
from tests.domain.invented_concerns import concerned_workers, warned_cases
from tests.domain.invented_teams import teams
from tests.domain.told import CASE, TEAM, WORKER, answered

subjects = st.one_of(
    st.tuples(st.just(WORKER), st.one_of(workers, concerned_workers)),
    st.tuples(st.just(CASE), st.one_of(cases, warned_cases)),
    st.tuples(st.just(TEAM), teams),
)
days = st.integers(0, DAYS + 60).map(lambda offset: FIRST + timedelta(days=offset))
Said = list[tuple[object, ...]]


def said(subject: Subject, facts: tuple[Fact, ...], on: date) -> Said:
    found = answered(lambda loaded: assess(subject, loaded, on), facts)
    return [
        (f.rule, f.status, f.code, f.opened_on, f.target_on, f.due_on, f.met_on, f.why, len(f.evidence), len(f.items))
        for f in found.findings
    ]


@given(subjects, days, st.randoms())
def test_any_order_of_arrival_says_the_same(told: tuple[Subject, tuple[Fact, ...]], on: date, chance: Random) -> None:
    subject, facts = told
    arrived = list(facts)
    chance.shuffle(arrived)
    renumbered = tuple(replace(fact, position=number) for number, fact in enumerate(arrived, start=1))
    assert said(subject, renumbered, on) == said(subject, facts, on)


@given(subjects, days)
def test_the_same_session_told_by_a_second_system_counts_once(told: tuple[Subject, tuple[Fact, ...]], on: date) -> None:
    subject, facts = told
    again = tuple(replace(fact, source="urn:second") for fact in facts if fact.type in ("SessionHeld", "AgreementMade"))
    assert said(subject, facts + again, on) == said(subject, facts, on)


@given(subjects, days)
def test_what_is_dated_after_the_day_makes_no_difference(told: tuple[Subject, tuple[Fact, ...]], on: date) -> None:
    subject, facts = told
    known = tuple(fact for fact in facts if fact.on is not None and fact.on <= on)
    assert said(subject, known, on) == said(subject, facts, on)


@given(subjects, days)
def test_what_is_in_the_history_was_met_or_is_late_or_was_excused(
    told: tuple[Subject, tuple[Fact, ...]], on: date
) -> None:
    subject, facts = told
    for obligations in answered(lambda loaded: past(subject, loaded, on), facts).values():
        for one in obligations:
            assert one.ended_on is None or one.opened_on <= one.ended_on
            assert one.status in ("met", "late_met", "excused", "breached", "tolerated", "not_assessable")
            if one.status not in ("excused", "not_assessable"):
                assert (one.met_on is None) == (one.status in ("breached", "tolerated"))
