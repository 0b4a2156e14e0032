"""What the two shipped policies say of somebody, word for word: each rule in its own words, and nothing untrue."""

import pytest

from app.domain import wording
from app.domain.policy.shapes import Row, Rule
from app.events.facts import Fact
from tests.domain.test_packs import LUTON, PACKS
from tests.domain.test_worked_dates import FAMILY, SOCIAL_WORKER, SUPPORT_WORKER, child, luton, shropshire
from tests.domain.told import (
    adopted,
    assessed,
    classified,
    closed,
    day,
    discussed,
    finding,
    opened,
    policy,
    session,
    started,
    told,
)


def why(on: str, facts: tuple[Fact, ...], rule: str) -> str:
    return finding(on, *facts, rule=rule).why


def put_right(on: str, facts: tuple[Fact, ...], rule: str) -> str | None:
    return finding(on, *facts, rule=rule).put_right


def supervised_by(supervisor: str, since: str) -> Fact:
    return told("SupervisorAssigned", worker_id="W-1", supervisor_id=supervisor, assigned_on=since)


def agreed(on: str, supervisor: str = "M-1", **more: object) -> Fact:
    return told("AgreementMade", agreement_id="A-1", worker_id="W-1", supervisor_id=supervisor, made_on=on, **more)


# --- Luton ------------------------------------------------------------------------------------------------------------


def test_a_check_in_is_called_a_check_in() -> None:
    facts = luton(SOCIAL_WORKER, session("2025-04-01", kind="check_in"))
    assert why("2025-07-03", facts, "LU-26") == (
        "Last Check-In on 1 April 2025. The policy asks for this every 3 months, so it was due by 1 July 2025. "
        "It is 2 days late."
    )
    assert put_right("2025-07-03", facts, "LU-26") == (
        "A Check-In as soon as possible: from that day it is in time again."
    )
    assert why("2025-01-02", luton(SOCIAL_WORKER), "LU-26").startswith(
        "No Check-In yet; the rule has applied since 1 November 2024."
    )


@pytest.mark.parametrize(
    ("rule", "service", "category"),
    [
        ("LU-49", "looked_after_children", "matched_stable"),
        ("LU-51", "looked_after_children", "matched_stable_over_1_year"),
        ("LU-55", "care_leavers", "stable"),
        ("LU-60", "fostering", "support_matched_stable"),
    ],
)
def test_full_supervision_is_not_confused_with_light(rule: str, service: str, category: str) -> None:
    facts = luton(child(category, service), discussed("2025-01-15", depth="full"), discussed("2025-04-10"))
    assert why("2025-04-16", facts, rule) == (
        "Last supervised in full on 15 January 2025. The policy asks for this every 3 months, so it was due by 15 "
        "April 2025. It is 1 day late."
    )
    assert put_right("2025-04-16", facts, rule) == (
        "To be supervised in full as soon as possible: from that day it is in time again."
    )
    light = luton(child(category, service), discussed("2025-03-10"))
    assert why("2025-03-11", light, rule).startswith("Not yet supervised in full; the rule has applied since 2 January")


def test_an_agreement_is_made_or_reviewed() -> None:
    facts = luton(SOCIAL_WORKER, supervised_by("M-1", "2024-11-01"))
    assert why("2024-11-20", facts, "LU-16") == "Not yet made or reviewed: nothing is owed before the first."
    facts = (*facts, agreed("2024-11-20"))
    assert why("2024-11-20", facts, "LU-16") == (
        "Last made or reviewed on 20 November 2024. The policy asks for this every 12 months, so it is due by "
        "20 November 2025. That is in 365 days."
    )


def test_the_first_personal_supervision_ends_the_time_for_an_agreement_and_the_28_days_are_ours() -> None:
    worker = started("2025-01-06", role="social_worker", service="assessment")
    facts = luton(worker, supervised_by("M-1", "2025-01-06"))
    assert why("2025-01-10", facts, "LU-14") == (
        "The post began on 6 January 2025. A supervision agreement is to be made with the present supervisor: it is "
        "due by 3 February 2025, within 28 days (ours, not the policy's), or by the first personal supervision if that "
        "is sooner. That is in 24 days."
    )
    assert why("2025-01-16", (*facts, session("2025-01-15")), "LU-14") == (
        "The post began on 6 January 2025. No supervision agreement has been made with the present supervisor since: "
        "it was due by 15 January 2025, the day of the first personal supervision, which came within 28 days (ours, "
        "not the policy's). It is 1 day late."
    )


def test_how_far_the_feed_goes_is_said() -> None:
    duty = opened("2025-01-06", "children_with_disabilities", category="duty")
    feed = told("FeedConfirmed", system="lcs", feed="visits", complete_to="2026-02-01")
    found = finding("2027-06-01", *luton(duty, feed), rule="LU-44")
    assert (found.status, found.days_late) == ("breached", 511)
    assert found.why == (
        "Not yet seen, as far as is known here; the rule has applied since 6 January 2025. The policy asks for this "
        "every 12 months, so it was due by 6 January 2026. It is 511 days late. The visits are confirmed complete up "
        "to 1 February 2026. What happened after that is not known from here."
    )
    assert why("2026-02-01", luton(duty, feed), "LU-44").endswith("confirmed complete up to 1 February 2026.")
    assert why("2025-03-01", luton(duty), "LU-44") == (
        "Not yet seen, as far as is known here; the rule has applied since 6 January 2025. The policy asks for this "
        "every 12 months, so it is due by 6 January 2026. That is in 311 days."
    )


def test_the_arithmetic_of_a_changed_category_adds_up() -> None:
    facts = luton(child("matched_stable"), discussed("2025-03-03"), classified("2025-04-10", "awaiting_permanency"))
    assert why("2025-04-11", facts, "LU-46") == (
        "Last supervised on 3 March 2025. The category of the case changed on 10 April 2025; until then it was due by "
        "14 April 2025. The policy asks for this every 4 weeks (28 days), which would be 31 March 2025; a change gives "
        "7 days' notice, and never more time than before, so it is due by 14 April 2025. That is in 3 days."
    )


def test_full_supervision_before_the_case_became_stable_counts() -> None:
    facts = luton(
        child("awaiting_permanency"), discussed("2025-02-03", depth="full"), classified("2025-03-05", "matched_stable")
    )
    found = finding("2025-03-06", *facts, rule="LU-49")
    assert found.due_on == day("2025-05-03")
    assert found.why == (
        "Last supervised in full on 3 February 2025. The category of the case changed on 5 March 2025. The policy asks "
        "for this every 3 months, so it is due by 3 May 2025. That is in 58 days."
    )


def test_a_closed_case_is_said_to_be_closed_under_the_clause_that_was_in_force() -> None:
    facts = luton(opened("2025-01-06", "adoption"), closed("2025-02-03"))
    found = finding("2025-03-01", *facts, rule="LU-62")
    assert (found.status, found.clauses) == ("not_applicable", ("LU-62", "LU-31", "LU-32", "LU-23"))
    assert found.why == "The case was closed on 3 February 2025; nothing is owed after that."


def test_an_unclassified_case_would_have_been_due() -> None:
    facts = luton(child(), discussed("2025-01-20"))
    assert why("2025-03-01", facts, "LU-32") == (
        "The category of this case is not known, and what the policy asks for depends on it. By the strictest row it "
        "would have been due by 17 February 2025."
    )


def test_a_changed_need_of_a_duty_case_is_said_as_such() -> None:
    duty = opened("2025-01-06", "children_with_disabilities", category="duty")
    facts = luton(duty, told("NeedChanged", case_id="C-1", changed_on="2025-05-01"))
    silent = "The policy sets no interval here: it asks for supervision as and when required."
    assert why("2025-05-01", facts, "LU-40") == (
        f"{silent} There was a change of need on 1 May 2025, today: not supervised since."
    )
    assert why("2025-05-02", facts, "LU-40") == (
        f"{silent} There was a change of need on 1 May 2025, 1 day ago: not supervised since."
    )


def test_the_reading_of_absence_is_what_is_done() -> None:
    assert finding("2025-01-10", *luton(SOCIAL_WORKER), rule="LU-67").reading == (
        "4-6 weekly; every 4 weeks and no later than 6-weekly = 28 days is the target, 42 days the limit (RD-10); "
        "every case; all members of staff = first due one interval after the case came into the service or the worker "
        "started (RD-12); nothing is said of the supervisee's absence = an absence that began by the limit date "
        "excuses from its 14th day running; due again one interval after the return (RD-14); nothing is said of "
        "sessions that were cut short or cancelled = a cancelled session never counts, one cut short does (RD-17); "
        "held on a planned one-to-one basis = planned unless it says otherwise, was ad hoc, or was booked on its own "
        "day or later (LU-28)"
    )


# --- Shropshire -------------------------------------------------------------------------------------------------------


def test_ninety_minutes_are_said() -> None:
    facts = shropshire(SUPPORT_WORKER, session("2024-12-10", minutes=90), session("2025-01-15", minutes=60))
    assert why("2025-02-10", facts, "SH-25") == (
        "No supervision meeting of 90 minutes in January 2025. The policy asks for this every month, and allows no "
        "more than one month running without. That leaves February 2025, which must not be missed too."
    )
    assert put_right("2025-02-10", facts, "SH-25") == "A supervision meeting of 90 minutes by 28 February 2025."
    assert why("2025-01-10", facts, "SH-25").startswith(
        "Supervision meeting of 90 minutes in December 2024, on 10 December 2024."
    )


def test_a_first_contract_is_not_a_new_one() -> None:
    facts = shropshire(SUPPORT_WORKER, supervised_by("M-1", "2024-12-01"))
    assert why("2024-12-20", facts, "SH-24") == (
        "The rule began to apply on 1 December 2024. A supervision contract that says how often and how long is to be "
        "made with the present supervisor: it is due by 29 December 2024, within 28 days (ours, not the policy's). "
        "That is in 9 days."
    )
    assert put_right("2024-12-20", facts, "SH-24") == (
        "A supervision contract that says how often and how long, made with the present supervisor, by 29 December "
        "2024."
    )
    made = (*facts, agreed("2024-12-20", frequency="1 month", minutes=90), supervised_by("M-2", "2025-03-03"))
    assert why("2025-03-03", made, "SH-24") == (
        "The supervisor changed on 3 March 2025. The one made on 20 December 2024 no longer counts. A new supervision "
        "contract that says how often and how long is to be made with the present supervisor: it is due by 31 March "
        "2025, within 28 days (ours, not the policy's). That is in 28 days."
    )


def credited() -> tuple[Fact, ...]:
    saved = {"document_id": "DOC-1", "saved_on": "2025-02-20", "kind": "case_discussion_record", "system": "EHM"}
    return shropshire(
        *FAMILY,
        discussed("2025-02-20", setting="practice_meeting"),
        told("DocumentSaved", case_id="C-1", **saved),
        told("ManagementOversightRecorded", case_id="C-1", recorded_on="2025-02-20", by="M-1"),
    )


def test_a_credited_practice_meeting_is_named_with_what_it_needed() -> None:
    assert why("2025-02-21", credited(), "SH-28") == (
        "Last discussed on 20 February 2025: a Practice Meeting with its record and oversight note, which the policy "
        "accepts instead. The policy asks for this every 2 months, so it is due by 20 April 2025. That is in 58 days."
    )


def test_a_family_discussed_elsewhere_owes_no_form_yet() -> None:
    assert why("2025-02-21", credited(), "SH-48") == (
        "Not yet discussed in individual supervision, so no form or case-note is owed."
    )


def test_the_full_form_is_not_confused_with_a_discussion() -> None:
    facts = shropshire(*FAMILY, discussed("2025-01-15", depth="full"), discussed("2025-04-10"))
    assert why("2025-04-16", facts, "SH-35") == (
        "Last discussed with the full form on 15 January 2025. The policy asks for this every 3 months, so it was due "
        "by 15 April 2025. It is 1 day late."
    )
    assert put_right("2025-04-16", facts, "SH-35") == (
        "To be discussed with the full form as soon as possible: from that day it is in time again."
    )


def test_the_bank_holidays_that_were_left_out_are_named() -> None:
    assert why("2025-01-03", shropshire(*FAMILY, discussed("2024-12-23")), "SH-48") == (
        "Discussed in individual supervision on 23 December 2024. The policy asks for the form or case-note within "
        "5 working days, not counting 25 December 2024, 26 December 2024 and 1 January 2025, so by 2 January 2025. "
        "It is 1 day late."
    )


# --- both -------------------------------------------------------------------------------------------------------------


def test_no_sentence_about_a_person_or_case_shows_the_machine() -> None:
    told_of = [
        luton(SOCIAL_WORKER), luton(child()), luton(discussed("2025-01-10")), luton(child("odd")),
        luton(opened("2025-01-06", "children_with_disabilities", category="duty")),
        shropshire(SUPPORT_WORKER), shropshire(*FAMILY), shropshire(session("2025-01-10")),
    ]  # fmt: skip
    for facts in told_of:
        for on in ("2025-01-10", "2025-03-10", "2026-06-01"):
            for found in assessed(on, *facts).findings:
                said = f"{found.why} {found.put_right}"
                assert not any(sign in said for sign in ("`", "_", "Confirmed", "CaseOpened", "Started", "Classified"))


def test_every_reading_is_short() -> None:
    for pack in PACKS.values():
        for reading in pack.readings.values():
            assert len(reading.taken) <= 130


def test_every_row_about_full_supervision_says_so() -> None:
    rows: list[Rule | Row] = [row for rule in LUTON.rules if rule.table for row in rule.table.rows]
    full = [row.id for row in rows if row.every is not None and row.every.event == "full_case_supervision"]
    assert full == ["LU-49", "LU-51", "LU-55", "LU-60"]


# --- policies of others -----------------------------------------------------------------------------------------------


def test_every_type_that_happens_to_somebody_has_a_noun() -> None:
    """What a council counts that neither shipped policy does is not spoken of as an event."""
    appraisal = {"id": "R-1", "subject": "worker", "every": {"event": {"type": "AppraisalHeld"}, "limit": "1 year"}}
    found = finding("2026-01-02", adopted(policy(appraisal)), started("2025-01-01"))
    assert found.why.startswith("No appraisal yet; the rule has applied since 1 January 2025.")
    owed = {"after": {"type": "SessionMissed"}, "answered_by": {"event": {"type": "SessionHeld"}, "same": "worker"}}
    found = finding(
        "2026-01-02", adopted(policy({"id": "R-1", "subject": "worker", "within": owed})), started("2025-01-01")
    )
    assert found.why == "No missed session yet, so no session is owed."


def test_nouns_have_an_article_and_a_plural() -> None:
    assert [wording.a(noun) for noun in ("audit", "one-to-one", "unit", "Check-In")] == [
        "an audit", "a one-to-one", "a unit", "a Check-In",
    ]  # fmt: skip
    assert [wording.several(noun) for noun in ("session", "activity", "review of the agreement")] == [
        "sessions", "activities", "reviews of the agreement",
    ]  # fmt: skip
