"""While the supervisor is away for longer than the policy allows, somebody stands in."""

import pytest

from app.events.facts import Fact
from tests.domain.told import adopted, day, finding, history, policy, rows, started, status, statuses, told

RULE = {
    "id": "R-1",
    "subject": "worker",
    "owed_by": "line_manager",
    "cover": {"supervisor": "personal", "limit": "1 month"},
}


def assigned(on: str, who: str = "M-1", **more: str) -> Fact:
    return told("SupervisorAssigned", worker_id="W-1", supervisor_id=who, assigned_on=on, **more)


def stands_in(on: str, who: str = "M-9", **more: str) -> Fact:
    return assigned(on, who, basis="interim", **more)


def away(since: str, until: str | None = None, who: str = "M-1", **more: str) -> list[Fact]:
    began = told("AbsenceStarted", worker_id=who, started_on=since, **more)
    return [began] if until is None else [began, told("AbsenceEnded", worker_id=who, ended_on=until)]


FACTS = [adopted(policy(RULE)), started("2025-01-01"), assigned("2025-01-01")]


def test_nothing_is_owed_for_a_month_and_from_the_day_after_it_is_late() -> None:
    facts = [*FACTS, *away("2025-03-10")]
    assert statuses(["2025-03-09", "2025-03-10", "2025-04-10", "2025-04-11"], *facts) == [
        "not_yet_applicable", "not_yet_applicable", "not_yet_applicable", "breached",
    ]  # fmt: skip
    found = finding("2025-04-14", *facts)
    assert (found.due_on, found.days_late, found.owed_by) == (day("2025-04-10"), 4, "line_manager")
    assert found.why == (
        "The supervisor has been away since 10 March 2025. The policy asks that somebody stands in when it is longer "
        "than 1 month, so from 11 April 2025 on. It is 4 days late."
    )
    assert finding("2025-03-20", *facts).why == (
        "The supervisor has been away since 10 March 2025. Somebody must stand in if that lasts longer than 1 month: "
        "from 11 April 2025 on."
    )
    assert [(str(row.status), row.from_on) for row in rows(*facts)] == [
        ("not_yet_applicable", day("2025-01-01")), ("breached", day("2025-04-11")),
    ]  # fmt: skip


@pytest.mark.parametrize(("planned", "expected"), [("2025-04-10", "not_yet_applicable"), ("2025-04-11", "due")])
def test_a_longer_absence_that_is_planned_is_due_from_its_first_day(planned: str, expected: str) -> None:
    facts = [*FACTS, *away("2025-03-10", expected_until=planned)]
    assert statuses(["2025-03-10", "2025-04-10", "2025-04-11"], *facts) == [expected, expected, "breached"]


@pytest.mark.parametrize(("back", "late"), [("2025-04-10", []), ("2025-04-11", ["breached"])])
def test_a_return_within_the_month_leaves_nothing_and_a_later_one_a_breach_in_the_history(
    back: str, late: list[str]
) -> None:
    facts = [*FACTS, *away("2025-03-10", back)]
    assert status("2025-05-01", *facts) == "not_yet_applicable"
    assert [str(past.status) for past in history("2025-05-01", *facts)] == late


@pytest.mark.parametrize(
    ("cover", "expected"),
    [
        (stands_in("2025-04-10"), "met"),
        (stands_in("2025-03-01"), "met"),
        (stands_in("2025-04-12"), "late_met"),
        (stands_in("2025-04-01", covers_id="M-1"), "met"),
        (stands_in("2025-04-01", covers_id="M-7"), "breached"),
        (stands_in("2025-04-01", "M-1"), "breached"),
        (stands_in("2025-03-12", until="2025-04-30"), "breached"),
        (assigned("2025-04-20", "M-2"), "not_yet_applicable"),
    ],
)
def test_who_stands_in_and_until_when(cover: Fact, expected: str) -> None:
    assert status("2025-05-02", *FACTS, *away("2025-03-10"), cover) == expected


def test_cover_that_ends_leaves_the_worker_without_again_from_the_next_day() -> None:
    facts = [*FACTS, *away("2025-03-10"), stands_in("2025-03-12", until="2025-04-30"), stands_in("2025-05-05")]
    days = ["2025-03-12", "2025-04-30", "2025-05-01", "2025-05-05"]
    assert statuses(days, *facts) == ["met", "met", "breached", "late_met"]
    assert finding("2025-05-03", *facts).due_on == day("2025-04-30")
    assert finding("2025-05-05", *facts).days_late == 4
    assert [(str(row.status), row.from_on) for row in rows(*facts)][1:] == [
        ("met", day("2025-03-12")), ("breached", day("2025-05-01")), ("late_met", day("2025-05-05")),
    ]  # fmt: skip


def test_a_supervisor_who_is_away_when_assigned_counts_from_that_day() -> None:
    facts = [*FACTS, *away("2025-02-01", who="M-2"), assigned("2025-03-10", "M-2")]
    assert statuses(["2025-04-10", "2025-04-11"], *facts) == ["not_yet_applicable", "breached"]


def test_absences_that_adjoin_are_one() -> None:
    facts = [*FACTS, *away("2025-03-10", "2025-03-31", absence_id="A-1"), *away("2025-04-01", absence_id="A-2")]
    assert statuses(["2025-04-10", "2025-04-11"], *facts)[1] == "breached"


def test_another_workers_absence_is_no_business_of_this_one() -> None:
    assert status("2025-06-01", *FACTS, *away("2025-03-10", who="M-2")) == "not_yet_applicable"


def test_an_end_that_stands_before_its_start_of_the_same_day_ends_that_absence_and_no_other() -> None:
    long = away("2025-03-01", absence_id="A-1")
    end = told("AbsenceEnded", event_id="a", worker_id="M-1", ended_on="2025-03-10", absence_id="A-2")
    begin = told("AbsenceStarted", event_id="b", worker_id="M-1", started_on="2025-03-10", absence_id="A-2")
    assert statuses(["2025-04-01", "2025-04-02"], *FACTS, *long, end, begin) == ["not_yet_applicable", "breached"]


def test_cover_that_ends_before_it_begins_covers_nothing() -> None:
    facts = [*FACTS, *away("2025-03-10"), stands_in("2025-04-20", until="2025-04-15")]
    assert finding("2025-05-03", *facts).due_on == day("2025-04-10")
    assert statuses(["2025-04-10", "2025-04-11", "2025-04-20"], *facts) == [
        "not_yet_applicable",
        "breached",
        "breached",
    ]
