"""The oracle says what the worked dates of the Luton framework say; only then is it worth comparing with."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.domain.oracle.luton_case import RULES as OF_CASES
from tests.domain.oracle.telling import absence, classified, discussed, event, held, opened, say, started, status
from tests.domain.oracle.verdict import Verdict, overall

TABLE = {rule for rule in OF_CASES if "LU-32" <= rule <= "LU-65"} - {"LU-52"}


@pytest.mark.parametrize(("as_at", "expected"), [("2025-03-31", "due"), ("2025-04-01", "breached")])
def test_a_family_safeguarding_case_is_due_on_day_28_and_late_the_day_after(as_at: str, expected: str) -> None:
    events = [opened("2025-02-20", "family_safeguarding"), discussed("2025-03-03")]
    said = say("luton", "case", events, as_at)
    assert said["LU-37"] == Verdict(expected, None, date(2025, 3, 31))
    assert overall(said) == expected


@pytest.mark.parametrize(
    ("as_at", "any_depth", "full"),
    [
        ("2025-03-31", "due", "due"),
        ("2025-04-01", "tolerated", "due"),
        ("2025-04-14", "tolerated", "due"),
        ("2025-04-15", "breached", "due"),
        ("2025-04-16", "breached", "breached"),
    ],
)
def test_a_matched_child_is_amber_from_day_29_red_from_day_43_and_full_every_three_months(
    as_at: str, any_depth: str, full: str
) -> None:
    events = [
        opened("2025-01-02", "looked_after_children", "matched_stable"),
        discussed("2025-01-15", "full"),
        discussed("2025-03-03"),
    ]
    said = say("luton", "case", events, as_at)
    assert (said["LU-47"].status, said["LU-49"].status) == (any_depth, full)


def test_a_light_discussion_does_not_answer_for_the_full_one() -> None:
    events = [
        opened("2025-01-02", "looked_after_children", "matched_stable"),
        discussed("2025-01-15", "full"),
        discussed("2025-04-10"),
    ]
    said = say("luton", "case", events, "2025-04-16")
    assert (said["LU-47"].status, said["LU-49"].status) == ("due", "breached")


def assigned(on: str, supervisor: str) -> dict[str, Any]:
    return event("SupervisorAssigned", f"sup-{on}", worker_id="W-1", supervisor_id=supervisor, assigned_on=on)


def agreed(on: str, supervisor: str) -> dict[str, Any]:
    data = {"agreement_id": f"a-{on}", "worker_id": "W-1", "supervisor_id": supervisor, "made_on": on}
    return event("AgreementMade", f"a-{on}", **data)


@pytest.mark.parametrize(
    ("as_at", "expected"),
    [
        ("2025-08-31", Verdict("met")),
        ("2025-09-01", Verdict("due", "superseded", date(2025, 9, 29))),
        ("2025-09-29", Verdict("due", "superseded", date(2025, 9, 29))),
        ("2025-09-30", Verdict("breached", "missing", date(2025, 9, 29))),
    ],
)
def test_a_new_supervisor_supersedes_the_old_agreement(as_at: str, expected: Verdict) -> None:
    events = [
        started("2025-07-01", "social_worker", "assessment"),
        assigned("2025-07-01", "M-1"),
        agreed("2025-08-01", "M-1"),
        assigned("2025-09-01", "M-2"),
    ]
    assert say("luton", "worker", events, as_at)["LU-14"] == expected


def test_cover_becomes_a_new_supervisor_once_it_lasts_longer_than_four_weeks() -> None:
    events = [started("2025-07-01", "social_worker", "assessment"), assigned("2025-07-01", "M-1")]
    cover = assigned("2025-08-01", "M-2")
    cover["data"]["basis"] = "interim"
    events += [agreed("2025-07-02", "M-1"), cover]
    expected = {"2025-08-28": "met", "2025-08-29": "due", "2025-09-26": "due", "2025-09-27": "breached"}
    assert {day: status("luton", "worker", events, "LU-14", day) for day in expected} == expected


def test_the_first_supervisor_recorded_late_is_no_change_of_supervisor() -> None:
    events = [started("2025-07-01", "social_worker", "assessment"), agreed("2025-07-05", "M-1")]
    events.append(assigned("2025-07-10", "M-1"))
    assert say("luton", "worker", events, "2025-07-10")["LU-14"] == Verdict("met")


def test_the_first_personal_session_ends_the_grace_for_the_agreement() -> None:
    events = [started("2025-07-01", "social_worker", "assessment"), assigned("2025-07-01", "M-1"), held("2025-07-08")]
    assert say("luton", "worker", events, "2025-07-08")["LU-14"] == Verdict("due", None, date(2025, 7, 8))
    assert status("luton", "worker", events, "LU-14", "2025-07-09") == "breached"


def test_a_check_in_alone_is_no_personal_supervision_but_a_session_may_be_both() -> None:
    events = [started("2025-01-06", "social_worker", "assessment"), held("2025-02-20")]
    alone = [*events, held("2025-04-01", kind="check_in")]
    both = [*events, held("2025-04-01", includes_check_in=True)]
    assert [status("luton", "worker", alone, "LU-67", day) for day in ("2025-04-03", "2025-04-04")] == [
        "tolerated",
        "breached",
    ]
    said = say("luton", "worker", both, "2025-04-04")
    assert (said["LU-67"].due_on, said["LU-26"].due_on) == (date(2025, 5, 13), date(2025, 7, 1))


@pytest.mark.parametrize(
    ("booked_on", "more", "expected"),
    [
        (None, {}, "due"),
        ("2025-02-13", {}, "due"),
        ("2025-02-14", {}, "breached"),
        ("2025-02-14", {"planned": True}, "due"),
        ("2025-02-01", {"planned": False}, "breached"),
    ],
)
def test_a_session_is_planned_as_it_says_else_as_its_booking_says_else_by_default(
    booked_on: str | None, more: dict[str, Any], expected: str
) -> None:
    events = [started("2025-01-01", "social_worker", "assessment"), held("2025-02-14", **more)]
    if booked_on:
        booking = {"session_id": "s-2025-02-14-individual", "worker_id": "W-1", "scheduled_on": booked_on}
        events.append(event("SessionScheduled", "booked", **booking, planned_for="2025-02-14", kind="individual"))
    assert status("luton", "worker", events, "LU-67", "2025-02-28") == expected


@pytest.mark.parametrize(
    ("before", "after", "changed_on", "due_on"),
    [
        ("matched_stable", "awaiting_permanency", "2025-03-20", "2025-03-31"),
        ("matched_stable", "awaiting_permanency", "2025-04-10", "2025-04-14"),
        ("awaiting_permanency", "matched_stable", "2025-03-20", "2025-04-14"),
    ],
)
def test_a_change_of_category_dates_the_open_discussion_again(
    before: str, after: str, changed_on: str, due_on: str
) -> None:
    events = [
        opened("2025-03-01", "looked_after_children", before),
        discussed("2025-03-03"),
        classified(changed_on, after),
    ]
    rule = {"awaiting_permanency": "LU-46", "matched_stable": "LU-47"}[after]
    said = say("luton", "case", events, changed_on)
    assert said[rule].due_on == date.fromisoformat(due_on)
    assert said[{"LU-46": "LU-47", "LU-47": "LU-46"}[rule]].status == "not_applicable"


def transferred(on: str, service: str) -> dict[str, Any]:
    return event("CaseTransferred", f"transfer-{on}", case_id="C-1", transferred_on=on, service=service)


def test_a_case_never_discussed_is_first_due_from_its_transfer_into_the_service() -> None:
    events = [opened("2025-03-01", "assessment"), transferred("2025-03-20", "family_safeguarding")]
    assert say("luton", "case", events, "2025-03-20")["LU-37"].due_on == date(2025, 4, 17)
    discussed_before = [*events, discussed("2025-03-10")]
    assert say("luton", "case", discussed_before, "2025-03-20")["LU-37"].due_on == date(2025, 4, 7)


def test_a_row_that_asks_for_the_first_time_gives_a_whole_interval() -> None:
    events = [opened("2025-01-06", "children_with_disabilities", "duty"), classified("2025-06-02", "cin_active")]
    assert say("luton", "case", events, "2025-06-02")["LU-39"].due_on == date(2025, 6, 30)


def test_a_row_newly_in_force_counts_what_was_done_shortly_before() -> None:
    events = [opened("2025-01-06", "looked_after_children", "awaiting_permanency"), discussed("2025-02-03", "full")]
    events.append(classified("2025-03-05", "matched_stable"))
    assert say("luton", "case", events, "2025-03-05")["LU-49"].due_on == date(2025, 5, 3)


def test_an_unclassified_case_is_not_assessable_with_its_provisional_date() -> None:
    said = say("luton", "case", [opened("2025-03-03", "looked_after_children")], "2025-06-01")
    assert {rule for rule in said if rule in TABLE and said[rule].status != "not_applicable"} == {"LU-32"}
    assert said["LU-32"] == Verdict("not_assessable", None, date(2025, 3, 31))
    assert overall(said) == "not_assessable"


def test_a_duty_case_is_supervised_as_required_and_wants_attention_when_needs_change() -> None:
    events = [opened("2025-03-03", "children_with_disabilities", "duty")]
    need = event("NeedChanged", "n-1", case_id="C-1", changed_on="2025-04-01")
    assert say("luton", "case", events, "2025-12-01")["LU-40"] == Verdict("as_required")
    assert say("luton", "case", [*events, need], "2025-12-01")["LU-40"] == Verdict("due", "attention")
    answered = [*events, need, discussed("2025-04-03")]
    assert say("luton", "case", answered, "2025-12-01")["LU-40"] == Verdict("as_required")


def test_a_need_that_changed_is_carried_into_the_row_that_sets_no_interval() -> None:
    events = [opened("2025-03-03", "children_with_disabilities", "cin_active"), classified("2025-04-03", "duty")]
    events.append(event("NeedChanged", "n-1", case_id="C-1", changed_on="2025-04-01"))
    assert say("luton", "case", events, "2025-04-03")["LU-40"] == Verdict("due", "attention")


def test_silence_about_a_review_proves_nothing_until_its_feed_is_confirmed_to_the_last_day() -> None:
    events = [opened("2024-03-03", "children_with_disabilities", "duty")]
    confirmed = event("FeedConfirmed", "f-1", system="LCS", feed="reviews", complete_to="2025-03-03")
    assert status("luton", "case", events, "LU-42", "2025-03-03") == "due"
    assert status("luton", "case", events, "LU-42", "2025-03-04") == "not_assessable"
    assert status("luton", "case", [*events, confirmed], "LU-42", "2025-03-04") == "breached"
    assert status("luton", "case", events, "LU-45", "2025-03-04") == "breached"


def test_an_absence_begun_by_the_limit_excuses_from_its_fourteenth_day() -> None:
    events = [started("2025-01-01", "social_worker", "assessment"), held("2025-02-20")]
    events += absence("2025-03-25", "2025-04-20")
    expected = {"2025-04-03": "tolerated", "2025-04-06": "breached", "2025-04-07": "excused", "2025-06-02": "excused"}
    expected["2025-06-03"] = "breached"
    assert {day: status("luton", "worker", events, "LU-67", day) for day in expected} == expected


@pytest.mark.parametrize(("days", "expected"), [(13, "breached"), (14, "excused")])
def test_fourteen_days_away_excuse_and_thirteen_do_not(days: int, expected: str) -> None:
    last_away = date(2025, 1, 10) + timedelta(days=days - 1)
    events = [
        started("2025-01-01", "social_worker", "assessment"),
        *absence("2025-01-10", last_away.isoformat()),
    ]
    assert say("luton", "worker", events, "2025-02-13")["LU-67"] == Verdict(
        expected, None, date(2025, 2, 12), date(2025, 1, 29)
    )


def test_a_closed_case_owes_nothing_and_a_reopened_one_starts_anew() -> None:
    events = [
        opened("2025-01-06", "family_safeguarding"),
        event("CaseClosed", "closed", case_id="C-1", closed_on="2025-02-20"),
        opened("2025-05-01", "family_safeguarding"),
    ]
    expected = {"2025-02-20": "breached", "2025-02-21": "not_applicable", "2025-05-29": "due", "2025-05-30": "breached"}
    assert {day: status("luton", "case", events, "LU-37", day) for day in expected} == expected


def test_a_policy_newly_adopted_gives_a_whole_interval_first() -> None:
    events = [opened("2020-01-06", "family_safeguarding"), discussed("2021-01-10")]
    assert say("luton", "case", events, "2021-06-01")["LU-37"].due_on == date(2021, 6, 29)


def test_someone_who_never_started_and_a_case_never_opened_cannot_be_assessed() -> None:
    assert overall(say("luton", "worker", [held("2025-01-10")], "2025-02-01")) == "not_assessable"
    assert overall(say("luton", "case", [discussed("2025-01-10")], "2025-02-01")) == "not_assessable"


NINE = [held(f"2024-{month:02}-05") for month in (2, 3, 4, 5, 6, 7, 9, 10, 11)]
SHORT = held("2024-12-05", 60)


def test_a_short_session_is_one_of_lutons_ten_and_none_of_shropshires() -> None:
    luton = [started("2024-01-01", "social_worker", "assessment"), *NINE, SHORT]
    assert status("luton", "worker", luton, "LU-69", "2025-01-01") == "met"
    assert say("luton", "worker", luton, "2025-02-05")["LU-69"] == Verdict("breached", None, date(2025, 2, 4))
    assert say("luton", "worker", luton, "2025-01-01")["LU-68"] == Verdict("breached", "short")
    shropshire = [started("2024-01-01"), *NINE, SHORT]
    assert say("shropshire", "worker", shropshire, "2024-12-31")["SH-21"] == Verdict("due", None, date(2024, 12, 31))
    assert say("shropshire", "worker", shropshire, "2025-01-01")["SH-21"] == Verdict(
        "breached", None, date(2024, 12, 31)
    )


def test_the_first_year_is_judged_in_proportion() -> None:
    new = [started("2024-01-01")]
    assert status("shropshire", "worker", new, "SH-21", "2024-02-29") == "not_yet_applicable"
    assert status("shropshire", "worker", new, "SH-21", "2024-03-01") == "tolerated"
    assert status("shropshire", "worker", [*new, held("2024-01-31")], "SH-21", "2024-04-01") == "tolerated"
    assert status("shropshire", "worker", [*new, held("2024-01-31")], "SH-21", "2024-03-01") == "due"


def test_half_a_year_away_asks_for_half_as_many() -> None:
    away = [started("2024-01-01"), *NINE[:5], *absence("2024-07-01", "2024-12-31")]
    assert status("shropshire", "worker", away, "SH-21", "2025-01-01") == "excused"
    assert status("shropshire", "worker", away[:1] + away[2:], "SH-21", "2025-01-01") == "breached"
