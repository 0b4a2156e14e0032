"""The timeline says of every day what an assessment of that day says, and nothing of it changes as days pass.

Of invented histories every day is judged on which a row begins, ends or has just ended, and of the days between every
third; with `--scale 2` or more, all.
"""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings

from app.domain.compliance import assess
from app.domain.history import Subject
from app.domain.obligations import TimelineRow
from app.domain.timelines import timeline
from app.events.facts import Fact
from app.events.tags import tags_of
from tests.domain.invented import DAYS, FIRST, cases, workers
from tests.domain.invented_concerns import concerned_workers, warned_cases
from tests.domain.invented_teams import teams
from tests.domain.told import (
    CASE,
    TEAM,
    WORKER,
    adopted,
    answered,
    day,
    discussed,
    opened,
    policy,
    rows,
    started,
    told,
)

some = settings(max_examples=max(10, settings.default.max_examples // 4))
fewer = settings(max_examples=max(10, settings.default.max_examples // 8))
APART = 3 if settings.default.max_examples <= 100 else 1
"""Days from one that is judged to the next, within rows of an invented history."""
LAST = FIRST + timedelta(days=DAYS + 75)
FOUR_WEEKS = {
    "id": "R-1",
    "subject": "case",
    "every": {"event": {"type": "CaseDiscussed"}, "target": "28 days", "limit": "42 days"},
}


def test_a_timeline_reaches_into_the_days_ahead_if_nothing_happens() -> None:
    facts = [adopted(policy(FOUR_WEEKS)), opened("2025-01-01"), discussed("2025-01-20")]
    assert [(str(row.status), row.from_on, row.until_on, row.due_on) for row in rows(*facts)] == [
        ("due", day("2025-01-01"), day("2025-02-17"), day("2025-03-03")),
        ("tolerated", day("2025-02-18"), day("2025-03-03"), day("2025-03-03")),
        ("breached", day("2025-03-04"), None, day("2025-03-03")),
    ]


def test_a_series_kept_on_time_is_one_row_however_long() -> None:
    held = [discussed((FIRST + timedelta(days=20 * turn)).isoformat()) for turn in range(40)]
    first, *_ = rows(adopted(policy(FOUR_WEEKS)), opened("2025-01-01"), *held)
    assert (first.from_on, first.until_on) == (FIRST, FIRST + timedelta(days=20 * 39 + 28))


def test_what_is_dated_later_is_left_out_when_the_timeline_is_as_at_a_day() -> None:
    facts = [adopted(policy(FOUR_WEEKS)), opened("2025-01-01"), discussed("2025-03-01")]
    assert [str(row.status) for row in rows(*facts, as_at="2025-02-20")] == ["due", "tolerated", "breached"]
    soon = [*facts, discussed("2025-02-10")]
    assert [str(row.status) for row in rows(*soon, as_at="2025-02-05")] == ["due", "tolerated", "breached"]
    assert rows(*facts, as_at="2024-12-31") == []
    assert [row.from_on for row in rows(*facts) if row.status == "due"] == [FIRST, day("2025-03-01")]


def test_a_subject_of_whom_nothing_is_known_has_no_timeline() -> None:
    assert rows(adopted(policy(FOUR_WEEKS))) == []


def test_what_a_policy_only_advises_is_one_row_too_and_says_so() -> None:
    facts = [adopted(policy(FOUR_WEEKS | {"force": "should"})), opened("2025-01-01"), discussed("2025-01-20")]
    found = rows(*facts, discussed("2025-02-10"))
    assert [(str(row.status), str(row.force)) for row in found] == [
        ("due", "should"), ("tolerated", "should"), ("breached", "should"),
    ]  # fmt: skip


def test_days_under_an_earlier_version_are_told_by_what_that_version_reads() -> None:
    """The later one counts something else, and knows nothing of what counted before."""
    limits = {"target": "28 days", "limit": "42 days"}
    seen, checked = ({"every": {"event": {"type": name}, **limits}} for name in ("ChildSeen", "RiskAssessed"))
    later = adopted(policy(FOUR_WEEKS | checked, version="2"), "2026-01-01")
    late = told("ChildSeen", case_id="C-1", seen_on="2025-03-01")
    facts = (adopted(policy(FOUR_WEEKS | seen)), later, opened("2025-01-01"), late)
    assert [row.from_on for row in rows(*facts) if row.status == "due"][:2] == [FIRST, day("2025-03-01")]
    agree(CASE, facts)


def test_what_is_dated_by_a_field_of_its_own_changes_the_timeline_on_that_day() -> None:
    booked = told("SessionScheduled", session_id="S-1", worker_id="W-1", planned_for="2025-01-20",
                  scheduled_on="2025-01-08", kind="individual")  # fmt: skip
    every = {"event": {"type": "SessionScheduled", "dated_by": "planned_for"}, "limit": "28 days"}
    facts = (adopted(policy({"id": "R-1", "subject": "worker", "every": every})), started("2025-01-01"), booked)
    assert rows(*facts)[0].dues == (
        (day("2025-01-01"), day("2025-01-29")), (day("2025-01-20"), day("2025-02-17")),
    )  # fmt: skip
    agree(WORKER, facts)


@some
@given(workers)
def test_a_workers_timeline_is_what_assessments_say_day_by_day(facts: tuple[Fact, ...]) -> None:
    agree(WORKER, facts, APART)


@some
@given(cases)
def test_a_cases_timeline_is_what_assessments_say_day_by_day(facts: tuple[Fact, ...]) -> None:
    agree(CASE, facts, APART)


@fewer
@given(concerned_workers)
def test_a_timeline_of_concerns_and_moves_is_what_assessments_say_day_by_day(facts: tuple[Fact, ...]) -> None:
    agree(WORKER, facts, APART)


@fewer
@given(warned_cases)
def test_a_timeline_of_what_does_not_agree_is_what_assessments_say_day_by_day(facts: tuple[Fact, ...]) -> None:
    agree(CASE, facts, APART)


@some
@given(teams)
def test_a_teams_timeline_is_what_assessments_say_day_by_day(facts: tuple[Fact, ...]) -> None:
    agree(TEAM, facts, APART)


def agree(subject: Subject, facts: tuple[Fact, ...], apart: int = 1) -> None:
    """The rows say what assessments say: of all days, or of those about the ends of rows and some between."""
    by_rule: dict[str, list[TimelineRow]] = defaultdict(list)
    loaded: dict[str, list[Fact]] = {}
    for row in answered(lambda found: timeline(subject, found), facts, loaded):
        by_rule[row.rule].append(row)
    begun = min(fact.on for fact in facts if subject.tag in tags_of(fact.type, fact.data) and fact.on)
    for on in judged(begun, [row for found in by_rule.values() for row in found], apart):
        said = answered(lambda found, on=on: assess(subject, found, on), facts, loaded)
        findings = {finding.rule: finding for finding in said.findings}
        shown = {rule: row for rule, found in by_rule.items() for row in found if runs(row, on)}
        assert {rule: (row.status, row.code) for rule, row in shown.items()} == {
            rule: (finding.status, finding.code) for rule, finding in findings.items()
        }, on
        ending = {rule: row.due_on for rule, row in shown.items() if row.until_on == on}
        assert ending == {rule: findings[rule].due_on for rule in ending}, on
    for found in by_rule.values():
        for one, following in pairwise(found):
            assert one.until_on is not None
            assert one.until_on < following.from_on
            gap = one.until_on + timedelta(days=1) < following.from_on
            assert gap or (one.status, one.code) != (following.status, following.code)


def judged(begun: date, rows: list[TimelineRow], apart: int) -> list[date]:
    """The days from the first to the last: the ends of rows, the days after, and one of so many between."""
    ends = {day for row in rows for day in (row.from_on, row.until_on) if day is not None}
    about = ends | {day + timedelta(days=1) for day in ends}
    days = (begun + timedelta(days=offset) for offset in range((LAST - begun).days + 1))
    return [on for on in days if on in about or on.toordinal() % apart == 0]


def runs(row: TimelineRow, on: date) -> bool:
    return row.from_on <= on and (row.until_on is None or on <= row.until_on)


def test_an_answer_that_names_its_people_in_a_list_ends_the_timeline_of_what_it_answers() -> None:
    met = {"event": {"type": "SessionHeld", "where": {"kind": "group"}}, "same": "worker"}
    within = {"after": {"type": "RegistrationChecked"}, "limit": "28 days", "answered_by": met}
    checked = told("RegistrationChecked", worker_id="W-1", checked_on="2025-01-06", status="registered",
                   regulator="swe")  # fmt: skip
    group = told("SessionHeld", session_id="S-1", worker_ids=["W-1", "W-2"], held_on="2025-03-03", kind="group")
    facts = (
        adopted(policy({"id": "R-1", "subject": "worker", "within": within})),
        started("2025-01-01"),
        checked,
        group,
    )
    assert [str(row.status) for row in rows(*facts)] == ["not_yet_applicable", "due", "breached", "late_met"]
    agree(WORKER, facts)
