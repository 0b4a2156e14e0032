"""Intervals, calendar windows and England's working days, against worked dates and the `holidays` package."""

from datetime import date, timedelta
from importlib.resources import files
from typing import Any

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.calendar import (
    CalendarSilent,
    Interval,
    Window,
    Windows,
    WorkingDays,
    add,
    ahead,
    back,
    complete_months,
    sooner,
)
from app.domain.policy.loading import load_calendar
from app.events.types.governance import CalendarAdopted

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    return load_calendar((files("app.domain") / "calendars" / "england.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def england(shipped: dict[str, Any]) -> WorkingDays:
    return WorkingDays.adopted([shipped])


def day(text: str) -> date:
    return date.fromisoformat(text)


# --- intervals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["1 day", "28 days", "4 weeks", "1 month", "2 months", "5 working days", "1 year"])
def test_an_interval_reads_back_as_it_was_written(text: str) -> None:
    assert str(Interval.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    ["", "28", "days", "0 days", "-1 days", "2.5 weeks", "28  days", "28 days ", "٣ days", "99999 years", "x" * 99],
)
def test_what_is_not_a_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write a whole number of 1 or more and a unit|must be between 1 and"):
        Interval.parse(text)


def test_an_unknown_unit_is_named_with_the_units_there_are() -> None:
    with pytest.raises(
        ValueError, match="unknown unit `wekks`: the units are hours, days, working days, weeks, months, years"
    ):
        Interval.parse("4 wekks")


def test_a_rhythm_reads_as_people_say_it() -> None:
    assert [Interval.parse(text).every for text in ("1 month", "28 days")] == ["every month", "every 28 days"]


@pytest.mark.parametrize(
    ("interval", "start", "end"),
    [
        ("28 days", "2025-03-03", "2025-03-31"),
        ("4 weeks", "2025-03-03", "2025-03-31"),
        ("42 days", "2025-03-03", "2025-04-14"),
        ("2 months", "2024-12-31", "2025-02-28"),
        ("2 months", "2025-01-15", "2025-03-15"),
        ("2 months", "2023-12-31", "2024-02-29"),
        ("3 months", "2025-01-15", "2025-04-15"),
        ("1 month", "2025-03-10", "2025-04-10"),
        ("12 months", "2024-02-29", "2025-02-28"),
        ("1 year", "2024-02-29", "2025-02-28"),
        ("2 years", "2025-06-30", "2027-06-30"),
    ],
)
def test_an_interval_ends_on_the_day_the_clauses_say(interval: str, start: str, end: str) -> None:
    assert add(Interval.parse(interval), day(start)) == day(end)


@given(DAYS, st.integers(1, 1200))
def test_months_never_leave_the_month_they_lead_to(start: date, months: int) -> None:
    end = add(Interval(months, "month"), start)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day == start.day or (end.day < start.day and (end + timedelta(days=1)).day == 1)


# --- windows ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("windows", "inside", "first", "last"),
    [
        (Windows("week"), "2025-01-01", "2024-12-30", "2025-01-05"),
        (Windows("month"), "2024-02-29", "2024-02-01", "2024-02-29"),
        (Windows("month", first_month=4), "2025-12-31", "2025-12-01", "2025-12-31"),
        (Windows("quarter"), "2025-05-20", "2025-04-01", "2025-06-30"),
        (Windows("quarter", first_month=2), "2025-01-31", "2024-11-01", "2025-01-31"),
        (Windows("year"), "2025-05-20", "2025-01-01", "2025-12-31"),
        (Windows("year", first_month=4), "2025-03-31", "2024-04-01", "2025-03-31"),
        (Windows("year", first_month=4), "2025-04-01", "2025-04-01", "2026-03-31"),
    ],
)
def test_a_day_lies_in_its_window(windows: Windows, inside: str, first: str, last: str) -> None:
    assert windows.containing(day(inside)) == Window(day(first), day(last))


@given(st.sampled_from([Windows("week"), Windows("month"), Windows("quarter", 2), Windows("year", 4)]), DAYS)
def test_windows_follow_one_another_without_a_gap_or_an_overlap(windows: Windows, inside: date) -> None:
    window = windows.containing(inside)
    assert inside in window
    assert windows.containing(window.first) == windows.containing(window.last) == window
    assert windows.following(window).first == window.last + timedelta(days=1)


# --- working days -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("session", "deadline"),
    [
        ("2021-12-20", "2021-12-29"),
        ("2022-05-27", "2022-06-07"),
        ("2023-05-02", "2023-05-10"),
        ("2024-12-23", "2025-01-02"),
        ("2025-04-17", "2025-04-28"),
        ("2025-05-03", "2025-05-12"),
        ("2025-12-19", "2025-12-30"),
    ],
)
def test_five_working_days_end_on_the_day_that_england_says(england: WorkingDays, session: str, deadline: str) -> None:
    assert add(Interval.parse("5 working days"), day(session), england) == day(deadline)


def test_the_shipped_calendar_is_the_data_of_an_event(shipped: dict[str, Any]) -> None:
    assert len(CalendarAdopted.model_validate(shipped).days or ()) == len(shipped["days"])
    assert shipped["days"] == sorted(set(shipped["days"]))


def test_the_shipped_calendar_is_england_s_bank_holidays_day_by_day(england: WorkingDays) -> None:
    known = holidays.country_holidays("GB", subdiv="ENG", years=range(1990, 2036))
    every_day = (date(1990, 1, 1) + timedelta(days=n) for n in range((date(2036, 1, 1) - date(1990, 1, 1)).days))
    assert [d for d in every_day if (d in england) != (d.weekday() < 5 and d not in known)] == []


@pytest.mark.parametrize(
    "proclaimed",
    [
        "1999-12-31",
        "2002-06-03",
        "2002-06-04",
        "2011-04-29",
        "2012-06-04",
        "2012-06-05",
        "2020-05-08",
        "2022-06-02",
        "2022-06-03",
        "2022-09-19",
        "2023-05-08",
    ],
)
def test_single_days_that_were_proclaimed_are_not_working_days(england: WorkingDays, proclaimed: str) -> None:
    assert day(proclaimed) not in england


@pytest.mark.parametrize("moved", ["1995-05-01", "2002-05-27", "2012-05-28", "2020-05-04", "2022-05-30"])
def test_a_bank_holiday_that_was_moved_left_a_working_day_behind(england: WorkingDays, moved: str) -> None:
    assert day(moved) in england


def test_beyond_the_last_year_of_the_calendar_the_answer_is_not_known(england: WorkingDays) -> None:
    assert england.after(day("2035-12-28"), 1) == day("2035-12-31")
    with pytest.raises(CalendarSilent, match="says nothing about 1 January 2036"):
        england.after(day("2035-12-28"), 2)


def test_without_a_calendar_no_working_day_is_known() -> None:
    with pytest.raises(CalendarSilent):
        WorkingDays().after(day("2025-03-03"), 1)


def test_working_days_without_a_calendar_at_hand_are_an_error_of_the_caller() -> None:
    with pytest.raises(ValueError, match="none was given"):
        add(Interval.parse("5 working days"), day("2025-03-03"))


def test_a_later_version_changes_only_the_days_from_its_start_on(shipped: dict[str, Any]) -> None:
    """The proclamation of 10 September 2022 could move deadlines after it, and none before."""
    before = {**shipped, "days": [d for d in shipped["days"] if d != "2022-09-19"]}
    without_may = [d for d in shipped["days"] if not d.startswith("2022-05")]
    proclaimed = {**before, "version": "2", "applies_from": "2022-09-10", "days": without_may}
    calendar = WorkingDays.adopted([before, proclaimed])
    assert calendar.after(day("2022-09-16"), 5) == day("2022-09-26")
    assert day("2022-05-02") not in calendar
    assert WorkingDays.adopted([before, proclaimed], as_at=day("2022-09-09")).after(day("2022-09-16"), 5) == day(
        "2022-09-23"
    )


def test_another_calendar_of_the_council_does_not_mix_in(shipped: dict[str, Any]) -> None:
    schools = {"calendar_id": "schools", "version": "1", "applies_from": "2025-01-01", "days": ["2025-03-04"]}
    assert day("2025-03-04") in WorkingDays.adopted([shipped, schools])
    assert day("2025-03-04") not in WorkingDays.adopted([shipped, schools], calendar_id="schools")


def test_a_version_that_lists_only_terms_leaves_the_days_alone(shipped: dict[str, Any]) -> None:
    terms = {"calendar_id": "england", "version": "t", "applies_from": "2025-01-01", "terms": []}
    assert day("2025-12-25") not in WorkingDays.adopted([shipped, terms])


@pytest.mark.parametrize(
    ("text", "day", "earlier"),
    [
        ("10 days", date(2025, 3, 5), date(2025, 2, 23)),
        ("2 weeks", date(2025, 3, 5), date(2025, 2, 19)),
        ("1 month", date(2025, 3, 31), date(2025, 2, 28)),
        ("1 year", date(2024, 2, 29), date(2023, 2, 28)),
    ],
)
def test_a_length_of_time_is_counted_back_as_it_is_counted_on(text: str, day: date, earlier: date) -> None:
    assert back(Interval.parse(text), day) == earlier
    assert ahead(Interval.parse(text), day) == earlier


@pytest.mark.parametrize("text", ["2 working days", "5 hours"])
def test_working_days_and_hours_are_not_counted_back(text: str) -> None:
    with pytest.raises(ValueError, match="s are not counted backwards"):
        back(Interval.parse(text), date(2025, 3, 5))


def test_hours_end_on_the_day_on_which_the_last_of_them_does() -> None:
    day = date(2025, 3, 5)
    assert [add(Interval.parse(f"{hours} hours"), day) - day for hours in (1, 24, 25, 48)] == [
        timedelta(days=days) for days in (1, 1, 2, 2)
    ]
    assert [day - ahead(Interval.parse(f"{hours} hours"), day) for hours in (1, 24, 25, 48)] == [
        timedelta(days=days) for days in (0, 1, 1, 2)
    ]


def test_so_many_working_days_before_a_day_leave_out_the_weekend() -> None:
    working = WorkingDays.adopted([{"applies_from": "2020-01-01", "days": ["2025-12-25"], "calendar_id": "england"}])
    assert ahead(Interval.parse("2 working days"), date(2025, 3, 10), working) == date(2025, 3, 6)
    with pytest.raises(ValueError, match="none was given"):
        ahead(Interval.parse("2 working days"), date(2025, 3, 10))


@pytest.mark.parametrize(
    ("since", "day", "months"),
    [
        (date(2025, 1, 31), date(2025, 2, 27), 0),
        (date(2025, 1, 31), date(2025, 2, 28), 1),
        (date(2024, 11, 15), date(2025, 3, 14), 3),
        (date(2024, 11, 15), date(2025, 3, 15), 4),
    ],
)
def test_a_month_is_complete_on_the_same_day_of_the_next_one(since: date, day: date, months: int) -> None:
    assert complete_months(since, day) == months


@pytest.mark.parametrize(
    ("one", "other", "is_sooner"),
    [
        ("28 days", "1 month", True),
        ("4 weeks", "28 days", False),
        ("1 year", "11 months", False),
        ("3 working days", "5 working days", True),
        ("5 working days", "5 working days", False),
        ("5 working days", "1 week", True),  # what cannot be compared is let be
    ],
)
def test_which_of_two_lengths_is_the_shorter_one(one: str, other: str, is_sooner: bool) -> None:
    assert sooner(Interval.parse(one), Interval.parse(other)) is is_sooner
