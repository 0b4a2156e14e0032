"""A deadline that is a date in the event: whose it is, what moves it, what answers it, and who said so in time."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.history import Subject
from app.events.facts import Fact
from tests.domain.told import (
    CASE,
    WORKER,
    adopted,
    assessed,
    day,
    finding,
    history,
    left,
    opened,
    policy,
    rows,
    started,
    status,
    statuses,
    told,
)

RULE: dict[str, Any] = {
    "id": "R-1",
    "subject": ["worker", "case"],
    "within": {
        "after": {"type": "ActionAgreed", "called": "action agreed"},
        "belongs_by": "owner_id",
        "due_on": "due_on",
        "amended_by": {"event": {"type": "ActionAmended"}, "same": "action"},
        "answered_by": {"event": {"type": "ActionCompleted", "called": "follow-up"}, "same": "action"},
        "answered_for_now_by": {
            "event": {"type": "ActionFollowedUp", "where": {"outcome": {"not": "no_longer_needed"}}},
            "same": "action",
        },
        "falls_away_on": {
            "event": {"type": "ActionFollowedUp", "where": {"outcome": "no_longer_needed"}},
            "same": "action",
        },
        "notice_by": {"event": {"type": "ActionBlocked"}, "same": "action"},
    },
}
FACTS = [adopted(policy(RULE)), started("2025-01-01")]


def agreed(on: str, due_on: str | None = None, action: str = "A-1", owner: str | None = "W-1", **more: Any) -> Fact:
    given = {"owner_id": owner, "due_on": due_on}
    known = {name: value for name, value in given.items() if value is not None}
    return told("ActionAgreed", action_id=action, agreed_on=on, **known | more)


def completed(on: str, action: str = "A-1") -> Fact:
    return told("ActionCompleted", action_id=action, completed_on=on)


def amended(on: str, action: str = "A-1", **now: Any) -> Fact:
    return told("ActionAmended", action_id=action, amended_on=on, **now)


def followed_up(on: str, outcome: str | None = None, action: str = "A-1") -> Fact:
    said = {} if outcome is None else {"outcome": outcome}
    return told("ActionFollowedUp", action_id=action, followed_up_on=on, **said)


def of_worker(on: str, *facts: Fact, worker: str = "W-1") -> str:
    [found] = assessed(on, *facts, subject=Subject("worker", worker)).findings
    return str(found.status)


def test_it_is_due_to_its_date_and_late_from_the_next_day() -> None:
    facts = [*FACTS, agreed("2025-03-03", "2025-03-17")]
    assert statuses(["2025-03-02", "2025-03-03", "2025-03-17", "2025-03-18"], *facts) == [
        "not_yet_applicable", "due", "due", "breached",
    ]  # fmt: skip
    assert finding("2025-03-18", *facts).why == (
        "Action agreed on 3 March 2025. The date set for the follow-up is 17 March 2025. It is 1 day late. Nobody said "
        "in time that it could not be done as agreed."
    )
    [first, second, third] = rows(*facts)
    assert [(str(row.status), row.from_on) for row in (first, second, third)] == [
        ("not_yet_applicable", day("2025-01-01")), ("due", day("2025-03-03")), ("breached", day("2025-03-18")),
    ]  # fmt: skip


def test_without_a_date_it_is_open_with_its_age_and_the_policy_is_said_to_be_silent() -> None:
    found = finding("2025-04-02", *FACTS, agreed("2025-03-03"))
    assert (found.status, found.code, found.age_days, found.policy_silent) == ("due", "open", 30, True)
    assert found.why == (
        "Action agreed on 3 March 2025. No date was set for the follow-up, and the policy sets no deadline. It has "
        "been open for 30 days."
    )


def test_it_is_judged_on_its_owner_and_on_its_case_and_on_nobody_else() -> None:
    facts = [
        *FACTS,
        opened("2025-01-01"),
        agreed("2025-03-03", "2025-03-17", owner="W-2", case_id="C-1", worker_id="W-1"),
    ]
    both = {str(each.subject.id): str(each.findings[0].status) for each in (
        assessed("2025-03-18", *facts, subject=WORKER), assessed("2025-03-18", *facts, subject=CASE),
    )}  # fmt: skip
    assert both == {"W-1": "not_yet_applicable", "C-1": "breached"}
    other = [*facts, told("WorkerStarted", worker_id="W-2", started_on="2025-01-01", role="worker", service="quay")]
    assert of_worker("2025-03-18", *other, worker="W-2") == "breached"


def test_an_action_without_owner_is_nobodys_but_the_cases() -> None:
    facts = [
        *FACTS,
        opened("2025-01-01"),
        agreed("2025-03-03", "2025-03-17", owner=None, case_id="C-1", worker_id="W-1"),
    ]
    assert of_worker("2025-03-18", *facts) == "not_yet_applicable"
    assert [str(found.status) for found in assessed("2025-03-18", *facts, subject=CASE).findings] == ["breached"]


def test_another_date_moves_it_and_the_lateness_before_stays_in_the_history() -> None:
    facts = [*FACTS, agreed("2025-03-03", "2025-03-17"), amended("2025-03-20", due_on="2025-04-10")]
    assert statuses(["2025-03-17", "2025-03-19", "2025-03-20", "2025-04-10", "2025-04-11"], *facts) == [
        "due", "breached", "due", "due", "breached",
    ]  # fmt: skip
    assert [(str(past.status), past.due_on, past.ended_on) for past in history("2025-04-01", *facts)] == [
        ("breached", day("2025-03-17"), day("2025-03-19"))
    ]


def test_an_amendment_that_names_no_date_changes_none() -> None:
    facts = [*FACTS, agreed("2025-03-03", "2025-03-17"), amended("2025-03-10", owner_id="W-1")]
    assert statuses(["2025-03-17", "2025-03-18"], *facts) == ["due", "breached"]


def test_with_another_owner_it_begins_for_one_and_ends_for_the_other() -> None:
    facts = [*FACTS, told("WorkerStarted", worker_id="W-2", started_on="2025-01-01", role="worker", service="quay")]
    facts += [agreed("2025-03-03", "2025-03-17"), amended("2025-03-20", owner_id="W-2")]
    assert [of_worker("2025-03-19", *facts), of_worker("2025-03-20", *facts)] == ["breached", "not_yet_applicable"]
    theirs = [of_worker(on, *facts, worker="W-2") for on in ("2025-03-19", "2025-03-20")]
    assert theirs == ["not_yet_applicable", "breached"]


@pytest.mark.parametrize(
    ("outcome", "amended_on", "later"),
    [("continues", None, "met"), (None, None, "met"), ("continues", "2025-03-17", "due"), (None, "2025-03-20", "due")],
)
def test_what_is_followed_up_and_left_open_holds_until_it_has_another_date(
    outcome: str | None, amended_on: str | None, later: str
) -> None:
    facts = [*FACTS, agreed("2025-03-03", "2025-03-17"), followed_up("2025-03-17", outcome)]
    facts += [] if amended_on is None else [amended(amended_on, due_on="2025-04-10")]
    assert status("2025-04-01", *facts) == later
    assert status("2025-04-11", *facts) == ("met" if later == "met" else "breached")


def test_a_date_changed_on_the_day_it_was_done_asks_for_nothing_more() -> None:
    facts = [
        *FACTS,
        agreed("2025-03-03", "2025-03-17"),
        completed("2025-03-17"),
        amended("2025-03-18", due_on="2025-03-19"),
    ]
    assert statuses(["2025-03-17", "2025-04-01"], *facts) == ["met", "met"]


@pytest.mark.parametrize(("on", "late"), [("2025-03-17", []), ("2025-03-18", []), ("2025-03-19", ["breached"])])
def test_what_is_not_needed_any_more_ends_without_being_met(on: str, late: list[str]) -> None:
    facts = [*FACTS, agreed("2025-03-03", "2025-03-17"), followed_up(on, "no_longer_needed")]
    assert status("2025-04-01", *facts) == "not_yet_applicable"
    assert [str(past.status) for past in history("2025-04-01", *facts)] == late


@pytest.mark.parametrize(
    ("reported", "code"),
    [("2025-03-17", "with"), ("2025-03-18", "without"), (None, "without")],
)
def test_notice_by_the_date_is_told_from_none_or_later(reported: str | None, code: str) -> None:
    facts = [*FACTS, agreed("2025-03-03", "2025-03-17")]
    facts += [] if reported is None else [told("ActionBlocked", action_id="A-1", reported_on=reported)]
    found = finding("2025-04-01", *facts)
    assert (found.status, found.code) == ("breached", f"overdue_{code}_notice")


def test_notice_about_an_earlier_date_is_none_about_the_next() -> None:
    facts = [
        *FACTS,
        agreed("2025-03-03", "2025-03-17"),
        told("ActionBlocked", action_id="A-1", reported_on="2025-03-14"),
    ]
    facts += [amended("2025-03-18", due_on="2025-03-31")]
    assert finding("2025-04-01", *facts).code == "overdue_without_notice"


def test_told_twice_the_last_telling_holds_for_date_and_owner() -> None:
    again = agreed("2025-03-04", "2025-03-31", owner="W-2")
    facts = [*FACTS, agreed("2025-03-03", "2025-03-17"), again]
    assert of_worker("2025-03-18", *facts) == "not_yet_applicable"
    assert of_worker("2025-03-03", *facts) == "due"


def test_what_an_earlier_owner_or_a_leaver_left_open_ends_with_them() -> None:
    facts = [*FACTS, agreed("2025-03-03", "2025-03-17"), left("2025-03-31")]
    assert status("2025-04-01", *facts) == "not_applicable"
    assert [(str(past.status), past.ended_on) for past in history("2025-05-01", *facts)] == [
        ("breached", day("2025-03-31"))
    ]


def test_the_items_name_each_action_and_the_worst_open_one_decides() -> None:
    facts = [*FACTS, agreed("2025-03-03", "2025-03-31"), agreed("2025-03-04", action="A-2")]
    facts += [
        agreed("2025-03-05", "2025-03-10", action="A-3"),
        agreed("2025-03-05", "2025-03-09", "A-4"),
        completed("2025-03-09", "A-4"),
    ]
    found = finding("2025-03-12", *facts)
    assert (found.status, found.due_on) == ("breached", day("2025-03-10"))
    assert [(item.action_id, str(item.status), item.code) for item in found.items] == [
        ("A-1", "due", None), ("A-2", "due", "open"), ("A-3", "breached", "overdue_without_notice"),
        ("A-4", "met", None),
    ]  # fmt: skip
    assert "Two more are open." in found.why


becoming = st.lists(
    st.one_of(
        st.builds(completed, st.sampled_from(["2025-03-17", "2025-04-02"])),
        st.builds(
            followed_up, st.sampled_from(["2025-03-10", "2025-03-20"]), st.sampled_from([None, "no_longer_needed"])
        ),
        st.builds(lambda on, due: amended(on, due_on=due), st.just("2025-03-20"), st.sampled_from(["2025-04-01"])),
        st.builds(lambda who: amended("2025-03-25", owner_id=who), st.sampled_from(["W-1", "W-2"])),
    ),
    max_size=4,
)


@given(becoming, st.randoms(use_true_random=False))
def test_in_whatever_order_and_however_often_they_come_they_say_the_same(facts: list[Fact], by: random.Random) -> None:
    known = [*FACTS, agreed("2025-03-03", "2025-03-17"), *facts]
    shuffled = by.sample(known, len(known))
    for on in ("2025-03-17", "2025-03-18", "2025-03-26", "2025-04-03"):
        assert finding(on, *shuffled) == finding(on, *known)


def test_what_was_answered_for_now_before_it_was_given_another_date_was_met() -> None:
    facts = [*FACTS, agreed("2025-01-06", "2025-01-31"), followed_up("2025-01-20")]
    facts += [amended("2025-01-27", owner_id="W-2"), completed("2025-03-03")]
    first, *_ = history("2025-02-03", *facts)
    assert (first.opened_on, first.due_on, first.met_on, str(first.status)) == (
        day("2025-01-06"), day("2025-01-31"), day("2025-01-20"), "met",
    )  # fmt: skip
