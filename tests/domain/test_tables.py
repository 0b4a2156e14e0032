"""Duties looked up by service and category, and what becomes of the clock when the case moves between them (RD-13)."""

from typing import Any

import pytest

from app.events.facts import Fact
from tests.domain.told import (
    adopted,
    assessed,
    classified,
    closed,
    day,
    discussed,
    finding,
    history,
    opened,
    policy,
    rows,
    status,
    statuses,
    told,
)

TABLE = {
    "id": "T-1",
    "answers": ["T-0"],
    "subject": "case",
    "table": {
        "provisional": {"event": "discussed", "limit": "28 days"},
        "rows": [
            {"id": "ROUGH", "answers": ["T-0", "T-1"], "when": {"service": "beach", "category": "rough"},
             "every": {"event": "discussed", "limit": "28 days"}},
            {"id": "CALM", "when": {"service": "beach", "category": "calm"},
             "every": {"event": "discussed", "target": "28 days", "limit": "42 days"}},
            {"id": "CALM-FULL", "when": {"service": "beach", "category": "calm"},
             "every": {"event": "in_full", "limit": "3 months"}},
            {"id": "PIER", "when": {"service": "pier"},
             "as_required": {"after": "need_changed", "answered_by": "discussed"}},
            {"id": "QUAY", "when": {"service": "quay"}, "every": {"event": "discussed", "limit": "42 days"}},
        ],
    },
}  # fmt: skip
EVENTS = {
    "discussed": {"type": "CaseDiscussed", "where": {"setting": "individual"}},
    "in_full": {"type": "CaseDiscussed", "where": {"setting": "individual", "depth": "full"}},
    "need_changed": {"type": "NeedChanged"},
}
POLICY = adopted(policy(TABLE, events=EVENTS))


def beach(category: str | None, *facts: Fact, since: str = "2025-01-01") -> list[Fact]:
    return [POLICY, opened(since, "beach", **({} if category is None else {"category": category})), *facts]


def transferred(on: str, service: str) -> Fact:
    return told("CaseTransferred", case_id="C-1", transferred_on=on, service=service)


def applying(on: str, *facts: Fact) -> dict[str, str]:
    return {f.rule: str(f.status) for f in assessed(on, *facts).findings if f.status != "not_applicable"}


def test_the_row_that_names_the_case_is_in_force_and_every_other_is_not_applicable() -> None:
    facts = beach("rough", discussed("2025-03-03"))
    assert applying("2025-04-01", *facts) == {"ROUGH": "breached"}
    assert [f.rule for f in assessed("2025-04-01", *facts).findings] == [
        "ROUGH",
        "CALM",
        "CALM-FULL",
        "PIER",
        "QUAY",
        "T-1",
    ]


def test_two_rows_with_clocks_of_their_own_may_be_in_force_together() -> None:
    facts = beach("calm", discussed("2025-01-15", depth="full"), discussed("2025-03-03"), discussed("2025-04-10"))
    assert applying("2025-04-14", *facts) == {"CALM": "due", "CALM-FULL": "due"}
    assert applying("2025-04-16", *facts) == {"CALM": "due", "CALM-FULL": "breached"}
    assert applying("2025-04-15", *facts[:-1]) == {"CALM": "breached", "CALM-FULL": "due"}


def test_full_supervision_counts_for_both() -> None:
    facts = beach("calm", discussed("2025-03-03", depth="full"))
    assert finding("2025-03-04", *facts, rule="CALM").due_on == day("2025-04-14")
    assert finding("2025-03-04", *facts, rule="CALM-FULL").due_on == day("2025-06-03")


def test_an_unclassified_case_cannot_be_assessed_and_is_shown_the_strictest_date() -> None:
    facts = beach(None, discussed("2025-03-03"))
    assert applying("2025-05-01", *facts) == {"T-1": "not_assessable"}
    found = finding("2025-05-01", *facts, rule="T-1")
    assert (found.code, found.due_on, found.provisional) == ("unclassified", day("2025-03-31"), True)
    assert found.why == (
        "The category of this case is not known, and what the policy asks for depends on it. "
        "By the strictest row it would have been due by 31 March 2025."
    )
    assert found.put_right == "The category of this case."
    assert finding("2025-03-31", *facts, rule="T-1").why.endswith(
        "By the strictest row it would be due by 31 March 2025."
    )
    assert finding("2025-01-02", *beach(None), rule="T-1").due_on == day("2025-01-29")


def test_a_category_that_the_table_does_not_name_is_not_specified() -> None:
    facts = beach("tidal", discussed("2025-03-03"))
    assert applying("2025-05-01", *facts) == {"T-1": "not_specified"}
    assert assessed("2025-05-01", *facts).status == "not_applicable"


def test_a_category_that_no_policy_knows_cannot_be_assessed() -> None:
    found = finding("2025-05-01", *beach("stormy"), rule="T-1")
    assert (found.status, found.code) == ("not_assessable", "unknown_code")
    assert "No policy in use knows the category “stormy”" in found.why
    found = finding("2025-05-01", POLICY, opened("2025-01-01", "lagoon"), rule="T-1")
    assert (found.status, found.code) == ("not_assessable", "unknown_code")


def test_a_case_of_which_only_discussions_are_known_is_shown_the_provisional_date() -> None:
    found = finding("2025-05-01", POLICY, discussed("2025-03-03"), rule="T-1")
    assert (found.status, found.code) == ("not_assessable", "not_opened")
    assert (found.due_on, found.provisional) == (day("2025-03-31"), True)
    assert found.why == (
        "Nothing recorded up to 1 May 2025 says when this case was opened, and in which service. By the strictest row "
        "it would have been due by 31 March 2025."
    )


def test_the_row_in_force_answers_the_clauses_of_the_table_and_the_others_only_their_own() -> None:
    clauses = {f.rule: f.clauses for f in assessed("2025-04-01", *beach("rough")).findings}
    assert clauses["ROUGH"] == ("ROUGH", "T-0", "T-1")
    assert clauses["CALM"] == ("CALM",)
    assert {f.rule: f.clauses for f in assessed("2025-04-01", *beach("calm")).findings}["ROUGH"] == ("ROUGH",)


# --- what calls for supervision ---------------------------------------------------------------------------------------


def test_without_an_interval_supervision_is_as_required() -> None:
    assert applying("2035-01-01", POLICY, opened("2025-01-01", "pier")) == {"PIER": "as_required"}


def test_a_change_of_need_wants_attention_until_the_case_is_discussed() -> None:
    facts = [POLICY, opened("2025-01-01", "pier"), told("NeedChanged", case_id="C-1", changed_on="2025-03-03")]
    found = finding("2025-03-13", *facts, rule="PIER")
    assert (found.status, found.code, found.age_days, found.due_on) == ("due", "attention", 10, None)
    assert found.why == (
        "The policy sets no interval here: it asks for supervision as and when required. "
        "There was a change of need on 3 March 2025, 10 days ago: not discussed since."
    )
    assert finding("2025-03-03", *facts, rule="PIER").why.endswith("on 3 March 2025, today: not discussed since.")
    assert found.put_right == "To be discussed; the policy sets no date."
    facts.append(discussed("2025-03-20"))
    assert statuses(["2025-03-02", "2025-03-03", "2025-03-19", "2025-03-20"], *facts, rule="PIER") == [
        "as_required",
        "due",
        "due",
        "as_required",
    ]
    assert [(o.opened_on, o.met_on) for o in history("2025-04-01", *facts, rule="PIER")] == [
        (day("2025-03-03"), day("2025-03-20"))
    ]


def test_a_discussion_before_the_change_answers_nothing_and_one_on_the_same_day_does() -> None:
    facts = [POLICY, opened("2025-01-01", "pier"), told("NeedChanged", case_id="C-1", changed_on="2025-03-03")]
    assert status("2025-03-04", *facts, discussed("2025-03-02"), rule="PIER") == "due"
    assert status("2025-03-04", *facts, discussed("2025-03-03"), rule="PIER") == "as_required"


# --- moving between rows ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "change", "due"),
    [
        ("calm", "rough", "2025-03-20", "2025-03-31"),
        ("calm", "rough", "2025-04-10", "2025-04-14"),
        ("calm", "rough", "2025-03-28", "2025-04-04"),
        ("rough", "calm", "2025-03-20", "2025-04-14"),
    ],
)
def test_a_change_of_category_dates_the_open_obligation_again(before: str, after: str, change: str, due: str) -> None:
    facts = beach(before, discussed("2025-03-03"), classified(change, after))
    row = after.upper()
    assert finding(change, *facts, rule=row).due_on == day(due)
    assert statuses([due], *facts, rule=row)[0] in ("due", "tolerated")


def test_the_arithmetic_of_a_change_adds_up_in_words() -> None:
    moved = beach("calm", discussed("2025-03-03"), classified("2025-04-10", "rough"))
    assert finding("2025-04-10", *moved, rule="ROUGH").why == (
        "Last discussed on 3 March 2025. The category of the case changed on 10 April 2025; until then it was due by "
        "14 April 2025. The policy asks for this every 4 weeks (28 days), which would be 31 March 2025; a change gives "
        "7 days' notice, and never more time than before, so it is due by 14 April 2025. That is in 4 days."
    )
    moved = beach("rough", discussed("2025-03-03"), classified("2025-03-20", "calm"))
    assert finding("2025-03-20", *moved, rule="CALM").why == (
        "Last discussed on 3 March 2025. The category of the case changed on 20 March 2025; until then it was due by "
        "31 March 2025. The policy asks for this every 4 weeks (28 days), and no later than 6 weeks (42 days), so it "
        "is due by 31 March 2025, and by 14 April 2025 at the latest. That is in 11 days."
    )
    moved = [POLICY, opened("2025-01-01", "quay"), discussed("2025-03-03"), transferred("2025-04-10", "beach")]
    assert finding("2025-04-11", *moved, classified("2025-04-10", "rough"), rule="ROUGH").why.startswith(
        "Last discussed on 3 March 2025. The case came into another service on 10 April 2025; until then it was due by "
        "14 April 2025."
    )


def test_only_a_new_version_of_the_policy_is_called_a_change_of_the_policy() -> None:
    row = {**TABLE["table"]["rows"][4], "every": {"event": "discussed", "limit": "28 days"}}
    tighter = policy({**TABLE, "table": {"rows": [row]}}, events=EVENTS, version="2")
    facts = [POLICY, adopted(tighter, "2025-04-10"), opened("2025-01-01", "quay"), discussed("2025-03-03")]
    assert finding("2025-04-10", *facts, rule="QUAY").why.startswith(
        "Last discussed on 3 March 2025. What the policy asks for changed on 10 April 2025; until then it was due by "
        "14 April 2025."
    )


def test_a_row_that_newly_speaks_of_a_case_counts_from_the_last_event_where_that_still_runs() -> None:
    facts = beach("rough", discussed("2025-02-03", depth="full"), classified("2025-03-05", "calm"))
    found = finding("2025-03-05", *facts, rule="CALM-FULL")
    assert (found.opened_on, found.due_on) == (day("2025-02-03"), day("2025-05-03"))
    assert found.why == (
        "Last discussed on 3 February 2025. The category of the case changed on 5 March 2025. The policy asks for this "
        "every 3 months, so it is due by 3 May 2025. That is in 59 days."
    )


def test_a_row_that_newly_speaks_of_a_case_gives_notice_and_an_interval_to_what_is_too_long_ago() -> None:
    soon = beach("rough", discussed("2024-12-08", depth="full"), classified("2025-03-05", "calm"), since="2024-01-01")
    found = finding("2025-03-05", *soon, rule="CALM-FULL")
    assert found.why == (
        "Last discussed on 8 December 2024. The category of the case changed on 5 March 2025. The policy asks for this "
        "every 3 months, which would be 8 March 2025; a change gives 7 days' notice, so it is due by 12 March 2025. "
        "That is in 7 days."
    )
    past = beach("rough", discussed("2024-11-08", depth="full"), classified("2025-03-05", "calm"), since="2024-01-01")
    assert finding("2025-03-05", *past, rule="CALM-FULL").why == (
        "Last discussed on 8 November 2024, before the rule began to apply on 5 March 2025: the first counts from "
        "then. The policy asks for this every 3 months, so it is due by 5 June 2025. That is in 92 days."
    )


def test_a_closed_case_is_said_to_be_closed_by_the_row_that_was_in_force_with_all_its_clauses() -> None:
    facts = beach("rough", closed("2025-02-03"))
    [row] = [found for found in assessed("2025-03-01", *facts).findings if found.rule == "ROUGH"]
    assert (row.status, row.clauses) == ("not_applicable", ("ROUGH", "T-0", "T-1"))
    assert row.why == "The case was closed on 3 February 2025; nothing is owed after that."
    assert finding("2025-03-01", *facts, rule="QUAY").why == "This row of the table is about other cases."


def test_a_need_that_changed_before_the_case_came_into_the_row_still_wants_attention() -> None:
    changed = told("NeedChanged", case_id="C-1", changed_on="2025-03-01")
    facts = [POLICY, opened("2025-01-01", "quay"), changed, transferred("2025-03-03", "pier")]
    assert statuses(["2025-03-03", "2025-03-20"], *facts, rule="PIER") == ["due", "due"]
    assert status("2025-03-20", *facts, discussed("2025-03-02"), rule="PIER") == "as_required"


def test_a_row_with_a_target_takes_over_one_without() -> None:
    facts = beach("rough", discussed("2025-03-03"), classified("2025-03-20", "calm"))
    found = finding("2025-03-20", *facts, rule="CALM")
    assert (found.target_on, found.due_on) == (day("2025-03-31"), day("2025-04-14"))


def test_what_was_late_before_the_change_stays_in_the_history_of_its_row() -> None:
    facts = beach("rough", discussed("2025-03-03"), classified("2025-04-10", "calm"))
    assert status("2025-04-10", *facts, rule="CALM") == "tolerated"
    [kept] = [o for o in history("2025-04-11", *facts, rule="ROUGH") if o.opened_on == day("2025-03-03")]
    assert (kept.status, kept.due_on, kept.ended_on) == ("breached", day("2025-03-31"), day("2025-04-09"))
    assert [(str(row.status), row.from_on, row.until_on) for row in rows(*facts, rule="ROUGH")][-2:] == [
        ("breached", day("2025-04-01"), day("2025-04-09")),
        ("not_applicable", day("2025-04-10"), None),
    ]


def test_a_transfer_between_services_that_both_ask_runs_the_clock_on() -> None:
    facts = [POLICY, opened("2025-01-01", "quay"), discussed("2025-03-03"), transferred("2025-03-20", "beach")]
    assert finding("2025-03-20", *facts, classified("2025-03-20", "rough"), rule="ROUGH").due_on == day("2025-03-31")


def test_a_case_that_was_never_discussed_is_first_owed_from_its_transfer_into_the_service() -> None:
    facts = [
        POLICY,
        opened("2025-01-01", "quay"),
        transferred("2025-02-20", "beach"),
        classified("2025-02-20", "rough"),
    ]
    found = finding("2025-02-20", *facts, rule="ROUGH")
    assert (found.opened_on, found.due_on) == (day("2025-02-20"), day("2025-03-20"))
    [late] = history("2025-03-01", *facts, rule="QUAY")
    assert (late.status, late.due_on, late.ended_on) == ("breached", day("2025-02-12"), day("2025-02-19"))


def test_a_category_does_not_go_along_into_another_service() -> None:
    facts = beach("rough", transferred("2025-02-01", "quay"), transferred("2025-03-01", "beach"))
    assert applying("2025-02-02", *facts) == {"QUAY": "due"}
    assert applying("2025-03-02", *facts) == {"T-1": "not_assessable"}


def test_from_a_row_that_asks_nothing_the_first_is_owed_one_interval_after_the_change() -> None:
    facts = [POLICY, opened("2024-01-01", "pier"), discussed("2024-02-01"), transferred("2025-03-03", "quay")]
    found = finding("2025-03-04", *facts, rule="QUAY")
    assert (found.opened_on, found.due_on) == (day("2025-03-03"), day("2025-04-14"))


def test_classification_at_last_counts_from_the_day_the_clock_really_began() -> None:
    facts = beach(None, classified("2025-02-20", "rough"))
    assert status("2025-02-19", *facts, rule="ROUGH") == "not_applicable"
    found = finding("2025-02-20", *facts, rule="ROUGH")
    assert (found.status, found.opened_on, found.due_on) == ("breached", day("2025-01-01"), day("2025-01-29"))


def test_what_was_only_provisional_is_no_obligation_in_the_history() -> None:
    facts = beach(None, discussed("2025-02-10"), classified("2025-02-20", "rough"), discussed("2025-02-25"))
    assert [o.met_on for o in history("2025-03-01", *facts, rule="ROUGH")] == [day("2025-02-25")]
    assert history("2025-03-01", *facts, rule="T-1") == []


def test_a_case_opened_again_is_a_new_period() -> None:
    facts = beach("rough", closed("2025-01-10"), opened("2025-06-01", "beach", category="rough"))
    assert finding("2025-06-02", *facts, rule="ROUGH").due_on == day("2025-06-29")
    assert applying("2025-03-01", *facts) == {}


# --- what other systems are the record of -----------------------------------------------------------------------------


def yearly(**more: Any) -> list[Fact]:
    rule = {"id": "R-1", "subject": "case", "every": {"event": {"type": "CaseReviewed"}, "limit": "12 months"}} | more
    return [adopted(policy(rule)), opened("2024-01-10")]


def confirmed(complete_to: str, **more: Any) -> Fact:
    return told("FeedConfirmed", system="LCS", feed="reviews", complete_to=complete_to, **more)


def test_silence_of_another_system_proves_nothing_until_its_feed_is_confirmed() -> None:
    facts = yearly(feed="reviews")
    assert statuses(["2025-01-10", "2025-01-11"], *facts) == ["due", "not_assessable"]
    found = finding("2025-01-11", *facts)
    assert (found.code, found.days_late) == ("feed_not_confirmed", None)
    assert found.why == (
        "It was due by 10 January 2025. The reviews are not confirmed complete up to that day, so it is not known from "
        "here whether it happened."
    )
    assert status("2025-01-11", *yearly()) == "breached"


@pytest.mark.parametrize(
    ("confirmation", "expected"),
    [
        (confirmed("2025-01-10"), "breached"),
        (confirmed("2025-01-09"), "not_assessable"),
        (confirmed("2025-01-10", complete_from="2024-01-11"), "not_assessable"),
        (confirmed("2025-01-10", complete_from="2024-01-10"), "breached"),
        (confirmed("2025-01-10", team_id="T-9"), "not_assessable"),
        (told("FeedConfirmed", system="LCS", feed="visits", complete_to="2025-01-10"), "not_assessable"),
    ],
)
def test_a_confirmation_counts_for_what_it_covers(confirmation: Fact, expected: str) -> None:
    assert status("2025-01-11", *yearly(feed="reviews"), confirmation) == expected


def test_a_breach_that_a_confirmation_proved_lasts_until_it_is_met() -> None:
    facts = [*yearly(feed="reviews"), confirmed("2025-02-01")]
    assert statuses(["2025-01-31", "2025-02-01", "2026-02-02"], *facts) == ["not_assessable", "breached", "breached"]
    assert [(str(row.status), row.from_on, row.until_on) for row in rows(*facts)][-2:] == [
        ("not_assessable", day("2025-01-11"), day("2025-01-31")),
        ("breached", day("2025-02-01"), None),
    ]
    reviewed = told("CaseReviewed", case_id="C-1", reviewed_on="2025-03-01")
    assert statuses(["2025-02-28", "2025-03-01"], *facts, reviewed) == ["breached", "due"]


def test_confirmations_that_adjoin_reach_as_far_as_the_last_of_them() -> None:
    first, second = confirmed("2024-12-31"), confirmed("2025-02-01", complete_from="2025-01-01")
    assert status("2025-02-01", *yearly(feed="reviews"), first, second) == "breached"
    assert status("2025-02-01", *yearly(feed="reviews"), second) == "not_assessable"


def test_what_nobody_confirmed_is_not_late_in_the_history_either() -> None:
    reviewed = told("CaseReviewed", case_id="C-1", reviewed_on="2025-03-01")
    assert [str(o.status) for o in history("2025-04-01", *yearly(feed="reviews"), reviewed)] == ["not_assessable"]
    known = [*yearly(feed="reviews"), reviewed, confirmed("2025-02-01")]
    assert [str(o.status) for o in history("2025-04-01", *known)] == ["late_met"]
