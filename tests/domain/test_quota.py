"""So many in a time: judged after the whole time, in proportion before it, and exact on the days that change it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar import Interval, back, complete_months, leaves_on
from app.events.facts import Fact
from tests.domain.told import absent, adopted, day, finding, history, left, policy, rows, session, started, status, told

LONG = {"type": "SessionHeld", "where": {"kind": "individual", "minutes": {"at_least": 90}}, "called": "long session"}
TEN = {"event": LONG, "times": 10, "rolling": "12 months", "silent_for": "2 months"}
RULE = {"id": "R-1", "subject": "worker", "at_least": TEN, "absence": {"effect": "excuse"}}
STARTED = started("2024-01-01")


def asked(**more: object) -> Fact:
    return adopted(policy(RULE | more))


def held(*days: str, minutes: int = 90) -> list[Fact]:
    return [session(on, minutes=minutes) for on in days]


def monthly(count: int, first: str = "2024-01-10") -> list[Fact]:
    """One on the same day of so many months."""
    begun = day(first)
    months = (divmod(begun.month - 1 + number, 12) for number in range(count))
    return held(*(begun.replace(year=begun.year + years, month=month + 1).isoformat() for years, month in months))


def test_nothing_is_said_in_the_first_two_months_and_then_in_proportion() -> None:
    facts = [asked(), STARTED]
    assert status("2024-02-29", *facts) == "not_yet_applicable"
    first = finding("2024-03-01", *facts)
    assert (first.status, first.code, first.due_on) == ("tolerated", "at_risk", day("2024-12-31"))
    assert (first.count, first.needed, first.expected_by_now, first.months_left) == (0, 10, 1, 10)
    assert status("2024-03-01", *facts, *held("2024-02-05")) == "due"


@pytest.mark.parametrize(
    ("on", "expected"), [("2024-06-30", 4), ("2024-07-01", 5), ("2024-08-31", 5), ("2024-12-31", 9)]
)
def test_what_is_expected_grows_with_each_complete_month(on: str, expected: int) -> None:
    assert finding(on, asked(), STARTED).expected_by_now == expected


def test_it_is_judged_once_it_has_applied_for_twelve_months() -> None:
    facts = [asked(), STARTED, *monthly(9, "2024-02-10")]
    assert status("2024-12-31", *facts) == "due"
    late = finding("2025-01-01", *facts)
    assert (late.status, late.due_on, late.days_late, late.count, late.months_left) == (
        "breached", day("2024-12-31"), 1, 9, 0,
    )  # fmt: skip
    assert late.why == (
        "Long session: 9 times in the 12 months up to 1 January 2025. The policy asks for 10 in any 12 months: "
        "1 is missing."
    )
    assert len(late.evidence) == 9


def test_it_is_met_on_the_day_of_reaching_and_short_on_the_day_of_falling_out() -> None:
    facts = [asked(), STARTED, *monthly(10, "2024-02-10")]
    assert [status(on, *facts) for on in ("2024-11-09", "2024-11-10", "2025-02-09", "2025-02-10")] == [
        "due", "met", "met", "breached",
    ]  # fmt: skip
    kept = finding("2025-02-09", *facts)
    assert (kept.due_on, kept.met_on, kept.next_on) == (day("2025-02-09"), day("2024-11-10"), day("2025-02-10"))
    assert "enough up to 9 February 2025" in kept.why


def test_one_of_29_february_counts_to_the_end_of_the_next_february() -> None:
    facts = [asked(), started("2023-06-01"), *held("2024-02-29"), *monthly(9, "2024-04-05")]
    assert [status(on, *facts) for on in ("2025-02-28", "2025-03-01")] == ["met", "breached"]
    assert status("2024-02-29", asked(), started("2023-02-28"), *held("2023-02-28"), *monthly(9, "2023-04-05")) == (
        "breached"
    )


def test_who_can_no_longer_have_one_a_month_is_told() -> None:
    facts = [asked(), STARTED, *monthly(4)]
    assert finding("2024-07-01", *facts).still_reachable is True
    assert finding("2024-07-02", *facts).months_left == 6
    assert finding("2024-08-01", *facts).still_reachable is False
    assert finding("2025-08-01", *facts).still_reachable is True, "once each day is judged, nothing is too late"


def test_a_short_one_does_not_count_and_one_of_unknown_length_may() -> None:
    facts = [asked(), STARTED, *monthly(9, "2024-02-10")]
    assert status("2025-01-05", *facts, *held("2024-12-10", minutes=89)) == "breached"
    unknown = finding("2025-01-05", *facts, session("2024-12-10"))
    assert (unknown.status, unknown.code, unknown.days_late) == ("not_assessable", "not_known", None)
    doubt = "But a session of 10 December 2024 does not say its minutes, so it is not known whether it counts."
    assert unknown.why.endswith(doubt)
    assert unknown.put_right == "The minutes of that session."
    assert status("2025-03-10", *facts, session("2024-12-10")) == "breached", "one could not make up what is missing"


def test_a_session_of_unknown_kind_may_count() -> None:
    words = {"codes": {"roles": ["worker"], "services": {"quay": []}, "more": {"session_kinds": ["individual"]}}}
    facts = [adopted(policy(RULE, **words)), STARTED, *monthly(9, "2024-02-10")]
    assert finding("2025-01-05", *facts, session("2024-12-10", kind="video", minutes=90)).code == "unknown_code"


def test_months_wholly_away_are_left_out() -> None:
    facts = [asked(), STARTED, *monthly(5, "2024-02-10"), *absent("2024-07-01", "2024-12-31")]
    excused = finding("2025-01-01", *facts)
    assert (excused.status, excused.due_on) == ("excused", day("2024-12-31"))
    assert "6 whole months of that time were covered by a recorded absence; the other 6 would ask for 5" in excused.why
    assert status("2025-02-10", *facts) == "breached", "one has fallen out"
    assert status("2024-12-31", *facts) == "due", "in the first year they are not expected"
    fortnight = [asked(), STARTED, *monthly(9, "2024-02-10"), *absent("2024-07-01", "2024-07-30")]
    assert status("2025-01-01", *fortnight) == "breached"


def test_absence_changes_nothing_where_the_rule_does_not_say_so() -> None:
    unexcused = asked(absence={"effect": "none"})
    assert status("2025-01-01", unexcused, STARTED, *monthly(5), *absent("2024-07-01")) == "breached"


def test_who_is_away_all_the_time_is_excused_for_good() -> None:
    last = rows(asked(), STARTED, *absent("2024-02-01"))[-1]
    assert (last.status, last.until_on) == ("excused", None)


def test_who_comes_back_begins_anew() -> None:
    facts = [asked(), STARTED, *monthly(10, "2024-02-10"), left("2024-12-20"), started("2025-02-03")]
    back_again = finding("2025-02-09", *facts)
    assert (back_again.status, back_again.count, back_again.due_on) == ("not_yet_applicable", 0, day("2026-02-02"))


def test_what_was_held_before_the_policy_began_was_held() -> None:
    pack = adopted(policy(RULE), "2024-11-01")
    assert finding("2024-11-10", pack, STARTED, *monthly(10, "2024-02-10")).status == "met"
    assert finding("2025-10-31", pack, STARTED).due_on == day("2025-10-31")


def test_a_new_version_asks_for_more_with_a_weeks_notice() -> None:
    more = adopted(policy(RULE | {"at_least": TEN | {"times": 11}}, version="2"), "2025-01-20")
    facts = [asked(), STARTED, *monthly(10, "2024-02-10"), more]
    assert [status(on, *facts) for on in ("2025-01-19", "2025-01-20", "2025-01-27", "2025-01-28")] == [
        "met", "due", "due", "breached",
    ]  # fmt: skip
    assert "newly" in finding("2025-01-20", *facts).why


def test_minutes_in_a_financial_year() -> None:
    event = {"type": "SessionHeld", "where": {"kind": "group"}, "called": "training"}
    year = {"event": event, "minutes": 600, "window": "year", "first_month": 4}
    facts = [asked(at_least=year), started("2024-01-01")]
    facts += [session(on, kind="group", minutes=200) for on in ("2024-05-01", "2024-09-02", "2025-02-03")]
    short = [asked(at_least=year), started("2024-01-01"), session("2024-05-01", kind="group", minutes=200)]
    assert [status(on, *facts) for on in ("2025-02-02", "2025-02-03", "2025-04-01")] == ["tolerated", "met", "due"]
    late = finding("2025-04-01", *short)
    assert (late.status, late.due_on) == ("breached", day("2025-03-31"))
    assert late.why == (
        "Training: 200 minutes in April 2024 to March 2025. The policy asks for 600 minutes in each year: "
        "400 minutes are missing. No training in April 2025 to March 2026 so far."
    )
    assert [(past.opened_on, past.met_on, past.status) for past in history("2025-05-01", *facts)] == [
        (day("2024-04-01"), day("2025-02-03"), "met")
    ]


def test_the_history_tells_each_stretch_of_falling_short() -> None:
    facts = [asked(), STARTED, *monthly(10, "2024-02-10"), *held("2025-03-01", "2025-03-02")]
    told_of = [(past.opened_on, past.due_on, past.met_on, past.status) for past in history("2025-04-01", *facts)]
    assert told_of == [
        (day("2024-01-01"), day("2024-12-31"), day("2024-11-10"), "met"),
        (day("2024-02-10"), day("2025-02-09"), day("2025-03-01"), "late_met"),
    ]
    assert [past.status for past in history("2025-04-10", *facts)][-1] == "breached"


def test_the_same_session_told_twice_counts_once_and_a_correction_counts() -> None:
    facts = [asked(), STARTED, *monthly(9, "2024-02-10")]
    again = told("SessionHeld", **facts[-1].data)
    assert finding("2024-12-31", *facts, again).count == 9


days_of_a_year = st.dates(date(2019, 1, 1), date(2030, 12, 31))
lengths = st.sampled_from([Interval(12, "month"), Interval(1, "month"), Interval(1, "year"), Interval(28, "day")])


@given(days_of_a_year, lengths)
def test_a_day_lies_in_the_time_up_to_a_day_until_it_leaves_it(on: date, time: Interval) -> None:
    leaving = leaves_on(time, on)
    assert back(time, leaving) >= on
    assert back(time, leaving - timedelta(days=1)) < on


@given(days_of_a_year, st.integers(0, 800))
def test_complete_months_grow_by_one_a_month(since: date, later: int) -> None:
    on = since + timedelta(days=later)
    assert complete_months(since, on) in range(later // 31, later // 28 + 1)
    assert complete_months(since, on + timedelta(days=31)) > complete_months(since, on)


def test_a_number_that_was_missed_while_the_feed_was_confirmed_stays_missed() -> None:
    """The time in which is counted leaves the day behind up to which everything was sent; the miss does not."""
    short = {"event": LONG, "times": 2, "rolling": "2 months"}
    sent = told("FeedConfirmed", system="lcs", feed="visits", complete_to="2024-03-10")
    asking = adopted(policy({"id": "R-1", "subject": "worker", "feed": "visits", "at_least": short}))
    days = ["2024-03-11", "2024-05-09", "2024-05-11", "2024-08-01"]
    assert [status(on, asking, STARTED, sent) for on in days] == ["breached"] * 4
    assert finding("2024-08-01", asking, STARTED, sent).why.endswith(
        "confirmed complete up to 10 March 2024. What happened after that is not known from here."
    )
    assert status("2024-08-01", asking, STARTED) == "not_assessable"


def test_one_that_is_enough_lasts_until_it_falls_out() -> None:
    facts = [asked(at_least=TEN | {"times": 1}), STARTED, *held("2024-02-10")]
    assert (finding("2024-03-01", *facts).status, finding("2024-03-01", *facts).due_on) == ("met", day("2025-02-09"))
    assert [status(on, *facts) for on in ("2025-02-09", "2025-02-10")] == ["met", "breached"]


def test_a_rule_of_another_kind_before_it_asked_for_nothing_in_these_windows() -> None:
    windows = {"event": LONG, "times": 2, "window": "quarter"}
    every = {"id": "R-1", "subject": "worker", "every": {"event": LONG, "window": "quarter"}}
    first = adopted(policy(every), "2024-01-01")
    second = adopted(policy({"id": "R-1", "subject": "worker", "at_least": windows}, version="2"), "2024-04-01")
    facts = [first, second, STARTED, *held("2024-02-10", "2024-03-10", "2024-04-10")]
    assert status("2024-07-01", *facts) == "breached"


def test_in_windows_the_oldest_that_was_missed_says_since_when_and_the_next_by_when() -> None:
    facts = [asked(at_least={"event": LONG, "times": 2, "window": "quarter"}), STARTED]
    late = finding("2024-08-01", *facts)
    assert (late.status, late.due_on) == ("breached", day("2024-03-31"))
    reached = finding("2024-08-20", *facts, *held("2024-08-05", "2024-08-12"))
    assert (reached.status, reached.due_on) == ("met", day("2024-12-31"))


def test_the_timeline_ends_the_notice_of_a_new_version_with_its_last_day() -> None:
    newer = adopted(policy(RULE | {"at_least": TEN | {"times": 3}}, version="2"), "2025-06-02")
    found = rows(asked(at_least=TEN | {"times": 1}), newer, STARTED, *held("2025-03-10"))
    assert [(str(row.status), row.from_on, row.until_on) for row in found][-2:] == [
        ("due", day("2025-06-02"), day("2025-06-09")), ("breached", day("2025-06-10"), None),
    ]  # fmt: skip
