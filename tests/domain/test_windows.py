"""At least once in each calendar window: what an empty one is, when two running are too many, and the odd windows."""

from typing import Any

import pytest

from tests.domain.told import (
    absent,
    adopted,
    day,
    finding,
    history,
    left,
    policy,
    rows,
    session,
    started,
    status,
    statuses,
    told,
)

SUPERVISED = {"type": "SessionHeld", "where": {"kind": "individual", "private": True}, "said": "supervised"}


def monthly(**more: Any) -> dict[str, Any]:
    every = {"event": SUPERVISED, "window": "month", "empty_allowed": 1} | more
    return policy({"id": "R-1", "subject": "worker", "every": every, "absence": {"effect": "excuse"}})


MONTHLY = adopted(monthly())
SINCE_NOVEMBER = [MONTHLY, started("2024-11-01"), session("2024-11-20"), session("2024-12-18")]


def test_one_empty_month_is_tolerated_though_the_gap_is_eighty_nine_days() -> None:
    facts = [*SINCE_NOVEMBER, session("2025-01-01"), session("2025-03-31")]
    assert statuses(["2025-02-28", "2025-03-01", "2025-03-31", "2025-04-01"], *facts) == [
        "met",
        "tolerated",
        "tolerated",
        "met",
    ]
    amber = finding("2025-03-31", *facts)
    assert (amber.code, amber.gap_days, amber.current_window.met_on) == ("at_risk", 89, day("2025-03-31"))


def test_two_empty_months_running_are_late_though_the_gap_is_only_sixty_days() -> None:
    facts = [*SINCE_NOVEMBER, session("2025-01-31"), session("2025-04-01")]
    days = ["2025-03-01", "2025-03-31", "2025-04-01", "2025-04-30", "2025-05-01"]
    assert statuses(days, *facts) == ["tolerated", "tolerated", "breached", "breached", "met"]
    late = finding("2025-04-01", *facts)
    assert (late.gap_days, late.due_on, late.days_late) == (60, day("2025-03-31"), 1)
    assert late.why == (
        "Not supervised in February 2025 and March 2025, two months running. The policy asks for this every month, and "
        "allows no more than one month running without. April 2025 is already covered (1 April 2025). It was 1 day "
        "late."
    )
    assert late.put_right == (
        "Supervised on 1 April 2025: it is put right when April 2025 is complete, from 1 May 2025."
    )


def test_how_late_it_is_stops_on_the_day_it_happened_again() -> None:
    facts = [*SINCE_NOVEMBER, session("2025-01-31"), session("2025-04-10")]
    for on in ("2025-04-10", "2025-04-30"):
        late = finding(on, *facts)
        assert (late.status, late.days_late) == ("breached", 10)
        assert late.why.endswith("April 2025 is already covered (10 April 2025). It was 10 days late.")


def test_a_second_month_that_was_covered_on_its_last_day_is_put_right_the_day_after() -> None:
    facts = [*SINCE_NOVEMBER, session("2025-01-31"), session("2025-03-31")]
    amber = finding("2025-03-31", *facts)
    assert amber.status == "tolerated"
    assert amber.put_right == (
        "Supervised on 31 March 2025: it is put right when March 2025 is complete, from 1 April 2025."
    )
    assert finding("2025-03-30", *facts[:-1]).put_right == "To be supervised by 31 March 2025."


def test_the_gap_is_that_around_the_empty_months_and_without_any_that_since_the_last() -> None:
    facts = [*SINCE_NOVEMBER, session("2025-01-01"), session("2025-03-31")]
    gaps = [finding(on, *facts).gap_days for on in ("2025-03-01", "2025-03-31", "2025-04-02", "2025-06-01")]
    assert gaps == [59, 89, 2, 62]
    assert finding("2025-02-01", MONTHLY, started("2025-01-01")).gap_days is None


def test_nobody_is_asked_to_be_supervised_in_the_tenth_month_of_sickness() -> None:
    facts = [*SINCE_NOVEMBER, session("2025-01-20"), session("2025-02-10"), *absent("2025-02-17")]
    found = finding("2025-12-10", *facts)
    assert (found.status, found.put_right) == ("excused", "To be supervised after the return.")
    assert finding("2025-03-10", *facts).put_right == "To be supervised after the return; it is due by 31 March 2025."


def test_the_words_for_a_month_that_was_missed_say_what_must_not_happen_next() -> None:
    facts = [*SINCE_NOVEMBER, session("2025-01-31")]
    assert finding("2025-03-15", *facts).why == (
        "Not supervised in February 2025. The policy asks for this every month, and allows no more than one month "
        "running without. That leaves March 2025, which must not be missed too."
    )
    assert finding("2025-02-10", *facts).why == (
        "Supervised in January 2025, on 31 January 2025. The policy asks for this every month, and allows no more than "
        "one month running without."
    )


def test_nothing_is_judged_before_a_month_is_complete() -> None:
    facts = [MONTHLY, started("2025-01-01")]
    first = finding("2025-01-31", *facts)
    assert (first.status, first.target_on, first.due_on) == ("due", day("2025-01-31"), day("2025-02-28"))
    assert "no month has been complete yet: the first to count is January 2025" in first.why


def test_a_month_only_partly_in_scope_counts_neither_as_empty_nor_as_missed() -> None:
    facts = [MONTHLY, started("2025-01-02")]
    assert statuses(["2025-02-28", "2025-03-01", "2025-03-31", "2025-04-01"], *facts) == [
        "due",
        "tolerated",
        "tolerated",
        "breached",
    ]
    assert [window.opened_on for window in history("2025-04-01", *facts)] == [day("2025-02-01"), day("2025-03-01")]


def test_a_session_in_a_month_partly_in_scope_is_a_session() -> None:
    facts = [MONTHLY, started("2025-01-20"), session("2025-01-28")]
    assert status("2025-02-01", *facts) == "met"


def test_a_session_before_the_start_is_not_this_workers_supervision() -> None:
    assert status("2025-02-01", MONTHLY, started("2025-01-20"), session("2025-01-05")) == "due"


def test_a_month_that_an_absence_covers_wholly_is_excused_and_never_counts_as_met() -> None:
    facts = [MONTHLY, started("2025-01-01"), session("2025-01-10"), *absent("2025-01-20", "2025-02-28")]
    excused = finding("2025-03-15", *facts)
    assert excused.status == "excused"
    assert excused.why.startswith("The whole of February 2025 was covered by a recorded absence, which excuses it.")
    assert [str(window.status) for window in history("2025-03-15", *facts)] == ["met", "excused"]


@pytest.mark.parametrize(("since", "until"), [("2025-02-02", "2025-02-28"), ("2025-02-01", "2025-02-27")])
def test_an_absence_that_leaves_a_day_of_the_month_excuses_nothing(since: str, until: str) -> None:
    facts = [MONTHLY, started("2025-01-01"), session("2025-01-10"), *absent(since, until)]
    assert status("2025-03-15", *facts) == "tolerated"


def test_an_excused_month_does_not_break_a_run_of_empty_ones() -> None:
    facts = [MONTHLY, started("2025-01-01"), session("2025-01-10"), *absent("2025-03-01", "2025-03-31")]
    assert statuses(["2025-03-01", "2025-04-01", "2025-05-01"], *facts) == ["tolerated", "tolerated", "breached"]


def test_an_absence_without_an_end_excuses_for_as_long_as_it_lasts() -> None:
    facts = [MONTHLY, started("2025-01-01"), session("2025-01-10"), *absent("2025-01-20")]
    assert statuses(["2025-03-01", "2026-07-01"], *facts) == ["excused", "excused"]
    assert [(str(row.status), row.from_on, row.until_on) for row in rows(*facts)] == [
        ("due", day("2025-01-01"), day("2025-01-31")),
        ("met", day("2025-02-01"), day("2025-02-28")),
        ("excused", day("2025-03-01"), None),
    ]


def test_absence_changes_nothing_where_the_rule_does_not_say_so() -> None:
    pack = policy({"id": "R-1", "subject": "worker", "every": {"event": SUPERVISED, "window": "month"}})
    facts = [adopted(pack), started("2025-01-01"), session("2025-01-10"), *absent("2025-01-20")]
    assert status("2025-03-01", *facts) == "breached"


def test_where_no_empty_month_is_allowed_the_first_is_late() -> None:
    facts = [adopted(monthly(empty_allowed=0)), started("2025-01-01"), session("2025-01-10")]
    assert statuses(["2025-02-28", "2025-03-01"], *facts) == ["met", "breached"]


def test_two_empty_months_may_be_allowed() -> None:
    facts = [adopted(monthly(empty_allowed=2)), started("2025-01-01"), session("2025-01-10")]
    assert statuses(["2025-04-30", "2025-05-01"], *facts) == ["tolerated", "breached"]
    assert finding("2025-04-30", *facts).due_on == day("2025-04-30")


def test_a_month_that_is_covered_already_leaves_the_next_one_and_the_one_after_it() -> None:
    facts = [*SINCE_NOVEMBER, session("2025-01-10")]
    covered, open_ = finding("2025-01-15", *facts), finding("2025-01-09", *facts)
    assert (covered.target_on, covered.due_on) == (day("2025-02-28"), day("2025-03-31"))
    assert (open_.target_on, open_.due_on) == (day("2025-01-31"), day("2025-02-28"))
    missed = [*SINCE_NOVEMBER, session("2025-02-10")]
    assert (finding("2025-02-09", *missed).target_on, finding("2025-02-09", *missed).due_on) == (
        day("2025-01-31"), day("2025-02-28"),
    )  # fmt: skip
    assert (finding("2025-02-10", *missed).target_on, finding("2025-02-10", *missed).due_on) == (
        day("2025-03-31"), day("2025-04-30"),
    )  # fmt: skip


def test_a_month_of_which_only_the_last_day_was_in_scope_is_met_by_a_session_on_it() -> None:
    facts = [MONTHLY, started("2025-01-31"), session("2025-01-31")]
    assert statuses(["2025-02-01", "2025-02-28", "2025-03-01"], *facts) == ["met", "met", "tolerated"]


def test_weeks_run_from_monday_to_sunday() -> None:
    facts = [adopted(monthly(window="week", empty_allowed=0)), started("2025-03-03"), session("2025-03-09")]
    assert statuses(["2025-03-10", "2025-03-16", "2025-03-17"], *facts) == ["met", "met", "breached"]
    assert finding("2025-03-17", *facts).why.startswith("Not supervised in the week from 10 March 2025.")


def test_quarters_follow_the_year_that_the_policy_names() -> None:
    pack = monthly(window="quarter", first_month=2, empty_allowed=0)
    facts = [adopted(pack), started("2025-02-01"), session("2025-04-30")]
    assert statuses(["2025-04-30", "2025-05-01", "2025-08-01"], *facts) == ["due", "met", "breached"]
    assert "in February to April 2025" in finding("2025-05-01", *facts).why


def test_a_return_begins_a_new_run() -> None:
    facts = [MONTHLY, started("2025-01-01"), left("2025-02-15"), started("2025-03-01")]
    assert statuses(["2025-02-10", "2025-02-20", "2025-03-31", "2025-04-01"], *facts) == [
        "tolerated",
        "not_applicable",
        "due",
        "tolerated",
    ]


def test_a_change_of_role_that_changes_nothing_for_the_rule_breaks_no_run() -> None:
    changed = told("WorkerRoleChanged", worker_id="W-1", changed_on="2025-02-10", role="manager")
    facts = [MONTHLY, started("2025-01-01"), session("2025-01-10"), changed]
    assert statuses(["2025-03-01", "2025-04-01"], *facts) == ["tolerated", "breached"]


def test_many_empty_months_are_not_all_listed() -> None:
    facts = [MONTHLY, started("2025-01-01")]
    assert finding("2025-06-02", *facts).why.startswith(
        "Not supervised in any month from January 2025 to May 2025, five months running."
    )
