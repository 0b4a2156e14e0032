"""Windows that are not of the calendar: lengths from a stated first day, and terms with dates of their own."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar import DAY, Interval, Window
from app.domain.periods import Stepped, Terms
from app.domain.policy.adopted import pack_of
from app.domain.policy.explaining import explain
from app.domain.policy.loading import check
from tests.domain.test_loading import line_of, the_fault
from tests.domain.told import adopted, day, finding, history, policy, rows, session, started, status, statuses

SUPERVISED = {"type": "SessionHeld", "where": {"kind": "individual"}, "said": "supervised"}
TERMS = {
    "school_term": [
        {"name": "autumn term 2025", "first_day": "2025-09-01", "last_day": "2025-12-19"},
        {"name": "spring term 2026", "first_day": "2026-01-05", "last_day": "2026-03-27"},
        {"name": "summer term 2026", "first_day": "2026-04-13", "last_day": "2026-07-17"},
    ]
}


def pack(**duty: Any) -> dict[str, Any]:
    return policy({"id": "R-1", "subject": "worker", **duty}, terms=TERMS)


def windows(**every: Any) -> Any:
    return adopted(pack(every={"event": SUPERVISED, **every}))


HALF_YEARS = windows(window="6 months", first_day="2025-04-15")
TERMLY = windows(window="school_term")
SINCE_MAY = started("2025-05-01")


@pytest.mark.parametrize(
    ("length", "first", "inside", "window"),
    [
        ("6 months", "2025-04-15", "2025-10-14", ("2025-04-15", "2025-10-14")),
        ("6 months", "2025-04-15", "2025-10-15", ("2025-10-15", "2026-04-14")),
        ("6 months", "2025-04-15", "2025-04-14", ("2024-10-15", "2025-04-14")),
        ("1 month", "2025-01-31", "2025-02-28", ("2025-02-28", "2025-03-30")),
        ("2 weeks", "2025-04-07", "2025-04-06", ("2025-03-24", "2025-04-06")),
        ("10 days", "2025-04-07", "2025-04-17", ("2025-04-17", "2025-04-26")),
        ("2 years", "2025-04-06", "2027-04-05", ("2025-04-06", "2027-04-05")),
    ],
)
def test_a_day_lies_in_the_window_counted_from_the_first_day(
    length: str, first: str, inside: str, window: tuple[str, str]
) -> None:
    found = Stepped(Interval.parse(length), day(first)).containing(day(inside))
    assert (str(found.first), str(found.last)) == window


@given(
    st.sampled_from(["1 month", "5 months", "1 year", "3 weeks", "11 days"]),
    st.dates(date(2019, 1, 1), date(2026, 1, 1)),
    st.dates(date(2015, 1, 1), date(2030, 1, 1)),
)
def test_windows_of_a_length_follow_one_another_without_a_gap(length: str, first: date, inside: date) -> None:
    windows = Stepped(Interval.parse(length), first)
    window = windows.containing(inside)
    assert inside in window
    assert windows.following(window).first == window.last + DAY
    assert windows.before(windows.following(window)) == window


def test_a_day_between_two_terms_belongs_to_neither_and_the_next_one_is_to_come() -> None:
    one, other = Window(day("2025-09-01"), day("2025-12-19"), "autumn"), Window(day("2026-01-05"), day("2026-03-27"))
    terms = Terms("school_term", (one, other))
    assert terms.containing(day("2025-12-25")) == other
    assert (terms.before(other), terms.before(one)) == (one, None)
    assert terms.unnamed(terms.containing(day("2026-03-28")))


def test_once_in_each_half_year_from_a_stated_day() -> None:
    facts = [HALF_YEARS, SINCE_MAY, session("2025-09-30"), session("2026-04-14")]
    days = ["2025-10-14", "2025-10-15", "2026-04-14", "2026-04-15", "2026-10-14", "2026-10-15"]
    assert statuses(days, *facts) == ["due", "met", "met", "met", "met", "breached"]
    assert finding("2026-10-15", *facts).why.startswith(
        "Not supervised in the time from 15 April 2026 to 14 October 2026. "
        "The policy asks for this in every period of 6 months."
    )


def test_a_window_partly_in_scope_does_not_count_as_empty() -> None:
    facts = [HALF_YEARS, SINCE_MAY]
    assert statuses(["2025-10-15", "2026-04-14", "2026-04-15"], *facts) == ["due", "due", "breached"]


def test_two_empty_periods_running_are_said_in_the_plural() -> None:
    facts = [windows(window="6 months", first_day="2025-04-01", empty_allowed=1), started("2025-04-01")]
    late = finding("2026-04-01", *facts)
    assert late.status == "breached"
    assert "April to September 2025 and October 2025 to March 2026, two periods of 6 months running" in late.why


def test_once_in_each_term_and_the_holidays_count_for_neither() -> None:
    facts = [TERMLY, started("2025-09-01"), session("2025-10-10"), session("2026-01-02")]
    days = ["2025-12-19", "2025-12-20", "2026-01-02", "2026-03-27", "2026-03-28", "2026-04-12", "2026-07-17"]
    said = ["due", "met", "met", "met", "breached", "breached", "breached"]
    assert statuses(days, *facts) == said
    late = finding("2026-03-28", *facts)
    assert late.why == (
        "Not supervised in spring term 2026. The policy asks for this in every school term. It is 1 day late."
    )
    assert late.put_right == (
        "To be supervised by 17 July 2026: it is put right when summer term 2026 is complete, from 18 July 2026."
    )
    assert [str(each.status) for each in history("2026-06-01", *facts)] == ["met", "breached"]


def test_after_the_last_term_that_the_policy_names_it_is_not_known_what_is_asked() -> None:
    kept = [TERMLY, started("2026-04-01"), session("2026-05-01")]
    assert statuses(["2026-07-17", "2026-07-18", "2027-07-18"], *kept) == ["due", "not_assessable", "not_assessable"]
    told = finding("2026-07-18", *kept)
    assert (told.code, told.put_right) == (
        "calendar_silent",
        "A version of the policy that names the school terms that follow.",
    )
    assert told.why == "The policy names no school term after summer term 2026, which ended on 17 July 2026."


def test_what_was_missed_in_the_last_term_stays_missed() -> None:
    facts = [TERMLY, started("2026-04-01"), session("2026-08-01")]
    late = finding("2026-09-01", *facts)
    assert (late.status, late.days_late, late.current_window) == ("breached", 46, None)
    assert [str(row.status) for row in rows(*facts)] == ["due", "breached"]


def test_so_many_in_each_term() -> None:
    quota = adopted(pack(at_least={"event": SUPERVISED, "times": 2, "window": "school_term"}))
    facts = [quota, started("2025-09-01"), session("2025-11-10"), session("2025-12-19"), session("2026-01-10")]
    days = ["2025-10-25", "2025-10-26", "2025-12-19", "2025-12-20", "2026-03-27", "2026-03-28", "2026-07-18"]
    assert statuses(days, *facts) == ["due", "tolerated", "met", "due", "due", "breached", "breached"]
    assert "in each school term" in finding("2025-10-26", *facts).why


def test_so_many_in_each_half_year() -> None:
    quota = adopted(
        pack(at_least={"event": SUPERVISED, "times": 3, "window": "6 months", "first_day": "2025-04-01"},
             absence={"effect": "excuse"})
    )  # fmt: skip
    facts = [quota, started("2025-04-01"), session("2025-05-10"), session("2025-08-19"), session("2025-09-30")]
    assert statuses(["2025-08-18", "2025-09-30", "2025-10-01", "2026-04-01"], *facts) == [
        "tolerated",
        "met",
        "due",
        "breached",
    ]
    assert finding("2025-08-18", *facts).months_left == 2


def test_it_says_in_words_which_windows_are_meant() -> None:
    for every, said in (
        ({"window": "6 months", "first_day": "2025-04-15"}, "in each period of 6 months (one begins on 15 April 2025)"),
        ({"window": "school_term"}, "in each school term at least"),
    ):
        told = pack_of(pack(every={"event": SUPERVISED, **every}))
        assert any(said in paragraph for paragraph in explain(told))


WRITTEN = """id: terms
version: "1"
title: Terms
events:
  seen: {type: SessionHeld}
terms:
  school_term:
    - {name: autumn 2025, first_day: 2025-09-01, last_day: 2025-12-19}
    - {name: spring 2026, first_day: 2026-01-05, last_day: 2026-03-27}
rules:
  - id: T-1
    title: Once a term
    clause: Section 1
    subject: worker
    every: {event: seen, window: school_term}
  - id: T-2
    title: Once in each half year
    clause: Section 2
    subject: worker
    every: {event: seen, window: 6 months, first_day: 2025-04-01}
"""


def test_terms_and_lengths_are_a_policy_and_come_back_as_they_went_in() -> None:
    assert check(WRITTEN) == []


@pytest.mark.parametrize(
    ("old", "new", "detail"),
    [
        ("window: school_term", "window: school_trem", "unknown window `school_trem`: did you mean `school_term`?"),
        ("window: school_term", "window: mnth", "unknown window `mnth`: did you mean `month`?"),
        ("first_day: 2026-01-05", "first_day: 2025-12-01", "`spring 2026` begins before `autumn 2025` is over"),
        ("last_day: 2026-03-27", "last_day: 2026-01-04", "`spring 2026` ends before it begins"),
        ("last_day: 2026-03-27", "last_day: 2026-02-30", "`last_day` is not a day: write year, month and day"),
        ("6 months, first_day: 2025-04-01", "6 months", "windows of 6 months begin on a stated day"),
        ("6 months, first_day", "6 monts, first_day", "unknown unit `monts`: did you mean `months`?"),
        ("6 months, first_day", "6 working days, first_day", "windows are counted in days, weeks, months or years"),
        ("6 months, first_day", "month, first_day", "`first_day` belongs to windows of a length"),
        ("6 months, first_day", "6 months, first_month: 4, first_day", "windows of a length begin on their"),
    ],
)
def test_what_is_wrong_with_windows_is_said_on_its_line(old: str, new: str, detail: str) -> None:
    text = WRITTEN.replace(old, new)
    fault = the_fault(text)
    assert fault.detail.startswith(detail)
    assert fault.line == line_of(text, new)


def test_terms_are_not_called_as_a_window_of_the_calendar_is() -> None:
    fault = the_fault(WRITTEN.replace("school_term", "year"))
    assert fault.detail == "`year` is a window of the calendar: give the terms another name"


def test_a_worker_who_starts_before_the_first_term_is_asked_from_then_on() -> None:
    facts = [TERMLY, started("2025-03-01"), session("2025-04-01")]
    assert statuses(["2025-08-31", "2025-12-19", "2025-12-20"], *facts) == ["due", "due", "breached"]
    assert status("2025-12-20", *facts, session("2025-09-01")) == "met"
