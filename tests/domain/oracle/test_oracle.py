"""The oracle says what the worked dates of the Shropshire guidance say; only then is it worth comparing with."""

from datetime import date
from typing import Any

import pytest

from tests.domain.oracle.days import months_later, working_days_later
from tests.domain.oracle.telling import absence, allocated, discussed, event, held, opened, say, started, status
from tests.domain.oracle.verdict import Verdict, overall

FAMILY = [opened("2024-10-01", "targeted_early_help"), allocated("2024-10-01")]


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
def test_five_working_days_step_over_weekends_and_englands_bank_holidays(session: str, deadline: str) -> None:
    assert working_days_later(date.fromisoformat(session), 5) == date.fromisoformat(deadline)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [("2024-12-31", 2, "2025-02-28"), ("2025-01-15", 2, "2025-03-15"), ("2024-02-29", 12, "2025-02-28")],
)
def test_months_end_on_the_last_day_where_there_is_no_such_day(day: str, months: int, later: str) -> None:
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(later)


@pytest.mark.parametrize(
    ("sessions", "as_at", "expected"),
    [
        (["2025-01-01", "2025-03-31"], "2025-02-28", "met"),
        (["2025-01-01", "2025-03-31"], "2025-03-01", "tolerated"),
        (["2025-01-01", "2025-03-31"], "2025-03-31", "tolerated"),
        (["2025-01-01", "2025-03-31"], "2025-04-01", "met"),
        (["2025-01-31", "2025-04-01"], "2025-03-31", "tolerated"),
        (["2025-01-31", "2025-04-01"], "2025-04-01", "breached"),
        (["2025-01-31", "2025-04-01"], "2025-04-30", "breached"),
        (["2025-01-31", "2025-04-01"], "2025-05-01", "met"),
    ],
)
def test_one_empty_month_is_tolerated_and_a_second_running_is_not(
    sessions: list[str], as_at: str, expected: str
) -> None:
    events = [started("2025-01-01"), *[held(on) for on in sessions]]
    assert status("shropshire", "worker", events, "SH-23", as_at) == expected


def test_a_month_begun_half_way_is_neither_empty_nor_missed() -> None:
    assert status("shropshire", "worker", [started("2025-01-02")], "SH-23", "2025-02-28") == "due"
    assert status("shropshire", "worker", [started("2025-01-02")], "SH-23", "2025-03-01") == "tolerated"


def test_a_short_session_saves_the_month_but_not_the_ninety_minutes() -> None:
    said = say("shropshire", "worker", [started("2025-01-01"), held("2025-01-10", 60)], "2025-02-01")
    assert (said["SH-23"].status, said["SH-25"].status, said["SH-26"].status) == ("met", "tolerated", "not_applicable")
    assert overall(said) == "met"


@pytest.mark.parametrize(
    "session",
    [
        held("2025-02-10", kind="ad_hoc"),
        held("2025-02-10", kind="group"),
        held("2025-02-10", private=False),
        held("2025-02-10", planned=False),
        held("2025-02-10", strand="case"),
    ],
)
def test_what_is_no_formal_private_personal_session_saves_no_month(session: dict[str, Any]) -> None:
    events = [started("2025-01-01"), held("2025-01-10"), session]
    assert status("shropshire", "worker", events, "SH-23", "2025-03-01") == "tolerated"


def test_a_month_wholly_away_is_excused_and_does_not_break_a_run() -> None:
    events = [started("2025-01-01"), held("2025-01-10"), *absence("2025-03-01", "2025-03-31")]
    expected = {"2025-03-01": "tolerated", "2025-04-01": "tolerated", "2025-05-01": "breached"}
    assert {day: status("shropshire", "worker", events, "SH-23", day) for day in expected} == expected
    assert status("shropshire", "worker", [*events, held("2025-02-10")], "SH-23", "2025-04-01") == "excused"


def test_two_months_from_the_last_of_december_end_with_february() -> None:
    events = [*FAMILY, discussed("2024-12-31")]
    assert say("shropshire", "case", events, "2025-02-28")["SH-28"] == Verdict("due", None, date(2025, 2, 28))
    assert status("shropshire", "case", events, "SH-28", "2025-03-01") == "breached"


@pytest.mark.parametrize("setting", ["ad_hoc", "group", "peer", "practice_meeting"])
def test_only_an_individual_discussion_starts_the_two_months_again(setting: str) -> None:
    events = [*FAMILY, discussed("2024-12-31"), discussed("2025-02-20", setting=setting)]
    assert status("shropshire", "case", events, "SH-28", "2025-03-01") == "breached"


def oversight(recorded_on: str, **more: Any) -> dict[str, Any]:
    data = {"note_id": "n-1", "case_id": "C-1", "recorded_on": recorded_on, "note_type": "management_oversight"}
    return event("CaseNoteRecorded", "n-1", **data | more)


def test_a_practice_meeting_counts_once_document_and_oversight_note_are_there() -> None:
    document = event(
        "DocumentSaved", "d-1", document_id="d-1", case_id="C-1", saved_on="2025-02-20", kind="case_discussion_record"
    )
    events = [*FAMILY, discussed("2024-12-31"), discussed("2025-02-20", setting="practice_meeting"), document]
    assert status("shropshire", "case", events, "SH-28", "2025-03-01") == "breached"
    of_that_day = [*events, oversight("2025-03-03", event_on="2025-02-20")]
    assert say("shropshire", "case", of_that_day, "2025-03-01")["SH-28"] == Verdict("due", None, date(2025, 4, 20))
    assert status("shropshire", "case", [*events, oversight("2025-03-03")], "SH-28", "2025-03-03") == "breached"


def test_a_late_oversight_note_counts_from_its_own_day() -> None:
    meeting = discussed("2025-02-20", setting="practice_meeting", discussion_id="D-1")
    document = event(
        "DocumentSaved",
        "d-1",
        document_id="d-1",
        case_id="C-1",
        saved_on="2025-02-21",
        kind="case_discussion_record",
        discussion_id="D-1",
    )
    events = [*FAMILY, discussed("2024-12-31"), meeting, document, oversight("2025-03-10", discussion_id="D-1")]
    assert status("shropshire", "case", events, "SH-28", "2025-03-09") == "breached"
    assert say("shropshire", "case", events, "2025-03-10")["SH-28"] == Verdict("due", None, date(2025, 4, 20))


def form(completed_at: str) -> dict[str, Any]:
    data = {"record_id": "r-1", "kind": "eh_case_supervision_form", "case_id": "C-1", "discussed_on": "2024-12-23"}
    return event("RecordCompleted", "r-1", **data, completed_at=completed_at)


@pytest.mark.parametrize(
    ("completed", "as_at", "expected"),
    [
        (None, "2025-01-02", "due"),
        (None, "2025-01-03", "breached"),
        ("2025-01-02", "2025-01-03", "met"),
        ("2025-01-02T23:30:00Z", "2025-01-03", "met"),
        ("2025-01-03", "2025-01-03", "late_met"),
        ("2025-01-03", "2025-01-02", "due"),
    ],
)
def test_the_record_of_23_december_is_due_by_2_january(completed: str | None, as_at: str, expected: str) -> None:
    events = [*FAMILY, discussed("2024-12-23"), *([form(completed)] if completed else [])]
    said = say("shropshire", "case", events, as_at)["SH-48"]
    assert said == Verdict(expected, None, date(2025, 1, 2))


def test_a_family_is_not_yet_owed_a_discussion_before_it_is_allocated() -> None:
    said = say("shropshire", "case", FAMILY[:1], "2025-03-01")
    on_file = {"SH-14": "due", "SH-16": "not_assessable"}  # these count from the opening
    of_feeds = dict.fromkeys(("SH-12", "SH-18"), "not_assessable")  # that nothing was to be done is told by feeds
    expected = dict.fromkeys(said, "not_yet_applicable") | on_file | of_feeds
    assert {rule: verdict.status for rule, verdict in said.items()} == expected


def test_what_is_told_twice_counts_once_and_the_last_told_holds() -> None:
    first, again = held("2025-01-10", session_id="S-1"), held("2025-02-03", session_id="S-1")
    events = [again, started("2025-01-01"), first]
    assert status("shropshire", "worker", events, "SH-23", "2025-02-02") == "met"
    assert status("shropshire", "worker", events, "SH-23", "2025-02-03") == "tolerated"
