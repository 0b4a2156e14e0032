"""A rhythm that rolls on from the last time: due, tolerated, late, met late, and what is left when it ends."""

from typing import Any

import pytest

from tests.domain.told import (
    absent,
    adopted,
    allocated,
    classified,
    closed,
    day,
    discussed,
    finding,
    history,
    left,
    opened,
    policy,
    session,
    started,
    status,
    statuses,
    told,
)

SUPERVISED = {"type": "SessionHeld", "where": {"kind": "individual", "planned": {"not": False}}, "said": "supervised"}
DISCUSSED = {"type": "CaseDiscussed", "where": {"setting": "individual"}}


def of_worker(**every: Any) -> dict[str, Any]:
    return policy({"id": "R-1", "subject": "worker", "every": {"event": SUPERVISED} | every})


def of_case(**every: Any) -> dict[str, Any]:
    return policy({"id": "R-1", "subject": "case", "every": {"event": DISCUSSED} | every})


FOUR_WEEKS = adopted(of_case(limit="28 days"))
FOUR_TO_SIX = adopted(of_worker(target="28 days", limit="42 days"))


def test_a_case_discussed_four_weeks_ago_is_due_and_late_the_day_after() -> None:
    facts = [FOUR_WEEKS, opened("2025-01-01"), discussed("2025-03-03")]
    assert statuses(["2025-03-03", "2025-03-31", "2025-04-01"], *facts) == ["due", "due", "breached"]
    late = finding("2025-04-04", *facts)
    assert (late.opened_on, late.due_on, late.days_late, late.met_on) == (day("2025-03-03"), day("2025-03-31"), 4, None)


def test_the_answer_says_the_arithmetic_in_words() -> None:
    facts = [FOUR_WEEKS, opened("2025-01-01"), discussed("2025-03-03")]
    assert finding("2025-04-04", *facts).why == (
        "Last discussed on 3 March 2025. The policy asks for this every 4 weeks (28 days), so it was due by 31 March "
        "2025. It is 4 days late."
    )
    assert finding("2025-04-01", *facts).why.endswith("It is 1 day late.")
    assert finding("2025-03-30", *facts).why.endswith("so it is due by 31 March 2025. That is in 1 day.")
    assert finding("2025-03-31", *facts).why.endswith("so it is due by 31 March 2025. That is today.")


def test_between_the_target_and_the_limit_it_is_tolerated() -> None:
    facts = [FOUR_TO_SIX, started("2025-01-01"), session("2025-03-03")]
    days = ["2025-03-31", "2025-04-01", "2025-04-14", "2025-04-15"]
    assert statuses(days, *facts) == ["due", "tolerated", "tolerated", "breached"]
    amber = finding("2025-04-01", *facts)
    assert (amber.target_on, amber.due_on, amber.days_late) == (day("2025-03-31"), day("2025-04-14"), None)
    assert amber.why == (
        "Last supervised on 3 March 2025. The policy asks for this every 4 weeks (28 days), and no later than 6 weeks "
        "(42 days), so it was due by 31 March 2025; 14 April 2025 is the latest date. It is 1 day past the first date, "
        "with 13 days left."
    )
    assert amber.put_right == "To be supervised by 14 April 2025 at the latest."


@pytest.mark.parametrize(
    ("last", "due"), [("2024-12-31", "2025-02-28"), ("2025-01-15", "2025-03-15"), ("2023-12-31", "2024-02-29")]
)
def test_two_months_end_where_the_month_ends(last: str, due: str) -> None:
    facts = [adopted(of_case(limit="2 months")), opened("2023-01-01"), discussed(last)]
    assert finding(due, *facts).due_on == day(due)
    assert status(due, *facts) == "due"


def test_the_next_time_however_late_opens_the_next_interval_and_the_late_one_stays_in_the_history() -> None:
    facts = [FOUR_WEEKS, opened("2025-01-01"), discussed("2025-01-20"), discussed("2025-03-03")]
    assert status("2025-03-03", *facts) == "due"
    first, second = history("2025-03-31", *facts)
    assert (first.opened_on, first.met_on, first.status) == (day("2025-01-01"), day("2025-01-20"), "met")
    assert (second.due_on, second.met_on, second.status) == (day("2025-02-17"), day("2025-03-03"), "late_met")
    assert [item.id for item in second.evidence] == [facts[-1].id]


def test_what_is_late_today_is_in_the_history_too_and_what_is_merely_due_is_not() -> None:
    facts = [FOUR_WEEKS, opened("2025-01-01")]
    assert history("2025-01-29", *facts) == []
    [late] = history("2025-01-30", *facts)
    assert (late.status, late.due_on, late.met_on, late.ended_on) == ("breached", day("2025-01-29"), None, None)


def test_met_between_target_and_limit_is_met() -> None:
    facts = [FOUR_TO_SIX, started("2025-01-01"), session("2025-02-10")]
    [met] = history("2025-02-10", *facts)
    assert (met.target_on, met.due_on, met.status) == (day("2025-01-29"), day("2025-02-12"), "met")


def test_the_first_one_runs_from_the_day_the_worker_started() -> None:
    facts = [FOUR_TO_SIX, started("2025-03-03")]
    assert statuses(["2025-03-31", "2025-04-14", "2025-04-15"], *facts) == ["due", "tolerated", "breached"]
    assert finding("2025-04-15", *facts).why.startswith(
        "Not yet supervised; the rule has applied since 3 March 2025. The policy asks"
    )


def test_the_first_one_runs_from_the_allocation_where_the_rule_says_so() -> None:
    facts = [adopted(of_case(limit="2 months", first_due="allocated")), opened("2025-01-01")]
    assert status("2025-12-31", *facts) == "not_yet_applicable"
    facts.append(allocated("2025-02-01"))
    assert status("2025-01-31", *facts) == "not_yet_applicable"
    assert statuses(["2025-02-01", "2025-04-01", "2025-04-02"], *facts) == ["due", "due", "breached"]


def test_a_new_worker_takes_the_clock_over_and_is_told_that_the_discussion_was_with_another() -> None:
    facts = [adopted(of_case(limit="2 months", first_due="allocated")), opened("2025-01-01"), allocated("2025-01-01")]
    facts += [discussed("2025-01-10", worker_id="W-1"), allocated("2025-02-01", worker="W-2")]
    carried = finding("2025-02-02", *facts)
    assert (carried.due_on, carried.carried_over) == (day("2025-03-10"), True)
    assert "That was with the worker who had the case before." in carried.why
    assert finding("2025-01-31", *facts).carried_over is False


def test_the_clock_starts_again_with_each_worker_where_the_reading_says_so() -> None:
    pack = of_case(limit="2 months", first_due="allocated", restart_on_reallocation=True)
    facts = [adopted(pack), opened("2025-01-01"), allocated("2025-01-01"), allocated("2025-02-01", worker="W-2")]
    assert finding("2025-02-02", *facts).due_on == day("2025-04-01")
    assert finding("2025-01-31", *facts).due_on == day("2025-03-01")


def test_the_clock_does_not_start_again_with_what_is_told_of_the_same_worker() -> None:
    pack = of_case(limit="2 months", first_due="allocated", restart_on_reallocation=True)
    facts = [adopted(pack), opened("2025-01-01", "beach"), allocated("2025-01-01")]
    for again in (allocated("2025-02-01"), classified("2025-02-01", "calm")):
        assert finding("2025-02-02", *facts, again).due_on == day("2025-03-01")


def test_nothing_is_owed_before_the_first_where_the_first_event_starts_it() -> None:
    facts = [adopted(of_worker(limit="12 months", first_due="first_event")), started("2024-02-29")]
    assert status("2025-12-31", *facts) == "not_yet_applicable"
    assert finding("2025-12-31", *facts).why == "Not yet supervised: nothing is owed before the first."
    facts.append(session("2024-02-29"))
    assert statuses(["2025-02-28", "2025-03-01"], *facts) == ["due", "breached"]


def test_a_policy_is_first_owed_one_interval_after_it_applies() -> None:
    facts = [adopted(of_case(limit="28 days"), "2025-06-01"), opened("2019-01-01"), discussed("2025-05-20")]
    first = finding("2025-06-02", *facts)
    assert (first.opened_on, first.due_on) == (day("2025-06-01"), day("2025-06-29"))
    assert first.why == (
        "Last discussed on 20 May 2025, before the rule began to apply on 1 June 2025: the first counts from then. "
        "The policy asks for this every 4 weeks (28 days), so it is due by 29 June 2025. That is in 27 days."
    )


def test_nothing_is_owed_after_the_case_is_closed_but_the_breach_stays_in_the_history() -> None:
    facts = [FOUR_WEEKS, opened("2025-01-01"), closed("2025-02-03")]
    assert statuses(["2025-02-03", "2025-02-04"], *facts) == ["breached", "not_applicable"]
    assert finding("2025-02-04", *facts).why == "The case was closed on 3 February 2025; nothing is owed after that."
    [left_late] = history("2026-01-01", *facts)
    assert (left_late.status, left_late.ended_on) == ("breached", day("2025-02-03"))


def test_what_was_not_yet_due_when_the_worker_left_was_never_owed() -> None:
    facts = [FOUR_TO_SIX, started("2025-01-01"), left("2025-02-05")]
    assert status("2025-02-05", *facts) == "tolerated"
    assert history("2026-01-01", *facts) == []


def test_a_worker_who_returns_begins_anew_and_the_time_away_is_nobodys_breach() -> None:
    facts = [FOUR_TO_SIX, started("2024-01-01"), session("2024-01-10"), left("2024-01-31"), started("2025-01-01")]
    assert status("2024-06-01", *facts) == "not_applicable"
    assert finding("2025-01-02", *facts).due_on == day("2025-02-12")
    assert [met.met_on for met in history("2025-01-02", *facts)] == [day("2024-01-10")]


@pytest.mark.parametrize(
    "not_counting",
    [
        {"kind": "ad_hoc"},
        {"kind": "group"},
        {"kind": "peer"},
        {"kind": "check_in"},
        {"kind": "individual", "planned": False},
    ],
)
def test_what_the_policy_does_not_count_moves_nothing(not_counting: dict[str, Any]) -> None:
    facts = [FOUR_TO_SIX, started("2025-01-01"), session("2025-01-10")]
    after = [*facts, session("2025-02-20", **not_counting)]
    assert status("2025-02-22", *after) == status("2025-02-22", *facts) == "breached"


def test_cancelled_and_missed_sessions_never_count() -> None:
    missed = told(
        "SessionMissed",
        session_id="S-9",
        worker_id="W-1",
        planned_for="2025-02-10",
        outcome="cancelled",
        kind="individual",
    )
    assert status("2025-02-13", FOUR_TO_SIX, started("2025-01-01"), missed) == "breached"


def test_two_on_one_day_are_one_obligation_with_both_as_evidence() -> None:
    facts = [FOUR_TO_SIX, started("2025-01-01"), session("2025-01-10"), session("2025-01-10")]
    [met] = history("2025-01-20", *facts)
    assert len(met.evidence) == 2


def test_the_day_itself_counts_before_the_first_day_of_anything_else() -> None:
    facts = [FOUR_WEEKS, opened("2025-03-03"), discussed("2025-03-03")]
    assert finding("2025-03-03", *facts).last.on == day("2025-03-03")
    assert finding("2025-03-03", *facts).due_on == day("2025-03-31")


def test_working_days_are_those_of_the_councils_calendar_and_where_it_ends_nobody_guesses() -> None:
    facts = [adopted(of_case(limit="5 working days")), opened("2025-04-17")]
    unknown = finding("2025-04-18", *facts)
    assert (unknown.status, unknown.code) == ("not_assessable", "calendar_silent")
    days = ["2025-04-18", "2025-04-21", "2025-12-25"]
    facts.append(told("CalendarAdopted", calendar_id="england", version="1", applies_from="2020-01-01", days=days))
    assert finding("2025-04-18", *facts).due_on == day("2025-04-28")


def test_an_absence_is_no_reason_where_the_rule_says_nothing_of_it() -> None:
    facts = [FOUR_TO_SIX, started("2025-01-01"), *absent("2025-01-05", "2025-03-01")]
    assert status("2025-02-13", *facts) == "breached"


def test_after_a_return_a_shorter_interval_gives_its_notice_too() -> None:
    told_so_far = [started("2025-01-01"), session("2025-01-01"), *absent("2025-02-01", "2025-03-03")]
    usual = {"id": "R-1", "subject": "worker", "absence": {"effect": "excuse", "at_least": "14 days"}}
    every = {"event": {"type": "SessionHeld"}, "limit": "42 days"}
    first = adopted(policy(usual | {"every": every}))
    assert finding("2025-03-25", first, *told_so_far).due_again_on == day("2025-04-15")
    for limit, due in (("28 days", "2025-04-01"), ("10 days", "2025-03-27"), ("60 days", "2025-05-03")):
        later = adopted(policy(usual | {"every": every | {"limit": limit}}, version="2"), "2025-03-20")
        assert finding("2025-03-25", first, later, *told_so_far).due_again_on == day(due)
