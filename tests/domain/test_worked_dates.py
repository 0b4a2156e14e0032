"""The dates worked out by hand for the two shipped policies come out as written."""

from functools import cache
from importlib.resources import files

import pytest

from app.domain.policy.loading import as_json, load, load_calendar
from app.events.facts import Fact
from tests.domain.told import (
    adopted,
    allocated,
    day,
    discussed,
    finding,
    opened,
    rows,
    session,
    started,
    status,
    statuses,
    told,
)


@cache
def shipped(name: str, applies_from: str) -> Fact:
    source = (files("app.domain") / "packs" / f"{name}.yaml").read_text(encoding="utf-8")
    return adopted(as_json(load(source)), applies_from)


@cache
def england() -> Fact:
    data = load_calendar((files("app.domain") / "calendars" / "england.yaml").read_text(encoding="utf-8"))
    return told("CalendarAdopted", **data)


def luton(*facts: Fact) -> tuple[Fact, ...]:
    return (shipped("luton", "2021-06-01"), england(), *facts)


def shropshire(*facts: Fact) -> tuple[Fact, ...]:
    return (shipped("shropshire", "2021-11-01"), england(), *facts)


def child(category: str | None = None, service: str = "looked_after_children") -> Fact:
    more = {} if category is None else {"category": category}
    return opened("2025-01-02", service, subject_kind="child", **more)


FAMILY = (opened("2024-06-01", "targeted_early_help", subject_kind="family"), allocated("2024-06-01"))
SOCIAL_WORKER = started("2024-11-01", role="social_worker", service="family_safeguarding")
SUPPORT_WORKER = started("2024-12-01", role="family_support_worker", service="targeted_early_help")


def test_a_family_safeguarding_case_discussed_on_3_march_is_due_on_31_march_and_late_on_1_april() -> None:
    facts = luton(child(service="family_safeguarding"), discussed("2025-03-03"))
    assert statuses(["2025-03-31", "2025-04-01"], *facts, rule="LU-37") == ["due", "breached"]
    assert finding("2025-04-04", *facts, rule="LU-37").days_late == 4


def test_a_stable_placement_is_amber_from_1_april_red_from_15_april_and_full_supervision_late_from_16_april() -> None:
    facts = luton(child("matched_stable"), discussed("2025-01-15", depth="full"), discussed("2025-03-03"))
    days = ["2025-03-31", "2025-04-01", "2025-04-14", "2025-04-15"]
    assert statuses(days, *facts, rule="LU-47") == ["due", "tolerated", "tolerated", "breached"]
    light = (*facts, discussed("2025-04-10"))
    assert statuses(["2025-04-15", "2025-04-16"], *light, rule="LU-49") == ["due", "breached"]
    assert status("2025-04-16", *light, rule="LU-47") == "due"


def test_one_month_missed_is_tolerated_with_a_gap_of_89_days_and_two_are_late_with_a_gap_of_60() -> None:
    one = shropshire(SUPPORT_WORKER, session("2025-01-01"), session("2025-03-31"))
    assert finding("2025-03-31", *one, rule="SH-23").gap_days == 89
    assert statuses(["2025-03-01", "2025-03-31", "2025-04-01"], *one, rule="SH-23") == ["tolerated", "tolerated", "met"]
    two = shropshire(SUPPORT_WORKER, session("2025-01-31"), session("2025-04-01"))
    days = ["2025-03-31", "2025-04-01", "2025-04-30", "2025-05-01"]
    assert statuses(days, *two, rule="SH-23") == ["tolerated", "breached", "breached", "met"]
    assert finding("2025-04-01", *two, rule="SH-23").gap_days == 60


def test_a_family_discussed_on_31_december_is_due_on_28_february() -> None:
    facts = shropshire(*FAMILY, discussed("2024-12-31"))
    assert finding("2025-02-28", *facts, rule="SH-28").due_on == day("2025-02-28")
    assert statuses(["2025-02-28", "2025-03-01"], *facts, rule="SH-28") == ["due", "breached"]


def test_a_practice_meeting_counts_once_its_document_and_its_oversight_note_are_there() -> None:
    document = told(
        "DocumentSaved",
        document_id="DOC-1",
        case_id="C-1",
        saved_on="2025-02-20",
        kind="case_discussion_record",
        system="EHM",
    )
    note = told("ManagementOversightRecorded", case_id="C-1", recorded_on="2025-03-03", event_on="2025-02-20", by="M-1")
    facts = shropshire(*FAMILY, discussed("2024-12-31"), discussed("2025-02-20", setting="practice_meeting"), document)
    assert status("2025-03-01", *facts, rule="SH-28") == "breached"
    credited = finding("2025-03-01", *facts, note, rule="SH-28")
    assert (credited.status, credited.due_on) == ("due", day("2025-04-20"))
    assert status("2025-03-01", *facts, note, rule="SH-35") == "breached"


@pytest.mark.parametrize(("held", "due"), [("2024-12-23", "2025-01-02"), ("2025-04-17", "2025-04-28")])
def test_the_form_is_due_five_working_days_after_the_supervision(held: str, due: str) -> None:
    assert finding(held, *shropshire(*FAMILY, discussed(held)), rule="SH-48").due_on == day(due)


def test_an_agreement_with_the_old_supervisor_is_superseded_by_the_new_one() -> None:
    first = told("SupervisorAssigned", worker_id="W-1", supervisor_id="M-1", assigned_on="2024-11-01")
    agreed = told("AgreementMade", agreement_id="A", worker_id="W-1", supervisor_id="M-1", made_on="2025-08-01")
    new = told("SupervisorAssigned", worker_id="W-1", supervisor_id="M-2", assigned_on="2025-09-01")
    found = finding("2025-09-02", *luton(SOCIAL_WORKER, first, agreed, new), rule="LU-14")
    assert (found.status, found.code, found.due_on) == ("due", "superseded", day("2025-09-29"))


def test_a_check_in_alone_replaces_no_personal_supervision_and_one_within_it_is_both() -> None:
    alone = luton(SOCIAL_WORKER, session("2025-02-20"), session("2025-04-01", kind="check_in"))
    assert statuses(["2025-04-03", "2025-04-04"], *alone, rule="LU-67") == ["tolerated", "breached"]
    assert finding("2025-04-04", *alone, rule="LU-26").due_on == day("2025-07-01")
    both = luton(SOCIAL_WORKER, session("2025-02-20"), session("2025-04-01", includes_check_in=True))
    assert status("2025-04-04", *both, rule="LU-67") == "due"
    assert finding("2025-04-04", *both, rule="LU-26").due_on == day("2025-07-01")


@pytest.mark.parametrize(
    ("before", "after", "change", "due"),
    [
        ("matched_stable", "awaiting_permanency", "2025-03-20", "2025-03-31"),
        ("matched_stable", "awaiting_permanency", "2025-04-10", "2025-04-14"),
        ("awaiting_permanency", "matched_stable", "2025-03-20", "2025-04-14"),
    ],
)
def test_a_change_of_category_dates_again(before: str, after: str, change: str, due: str) -> None:
    moved = told("CaseClassified", case_id="C-1", classified_on=change, category=after)
    facts = luton(child(before), discussed("2025-03-03"), moved)
    row = {"awaiting_permanency": "LU-46", "matched_stable": "LU-47"}[after]
    assert finding(change, *facts, rule=row).due_on == day(due)


def test_an_unclassified_case_has_one_finding_with_the_provisional_date() -> None:
    facts = luton(child(), discussed("2025-03-03"))
    found = finding("2025-05-01", *facts, rule="LU-32")
    assert (found.status, found.due_on, found.provisional) == ("not_assessable", day("2025-03-31"), True)
    assert {
        row.rule for rule in ("LU-32", "LU-46") for row in rows(*facts, rule=rule) if row.status != "not_applicable"
    } == {"LU-32"}


def test_a_duty_case_is_as_required_and_what_others_record_of_it_is_not_known_after_a_year() -> None:
    facts = luton(child("duty", service="children_with_disabilities"))
    assert [status("2026-01-03", *facts, rule=rule) for rule in ("LU-40", "LU-42", "LU-43", "LU-44", "LU-45")] == [
        "as_required",
        "not_assessable",
        "not_assessable",
        "not_assessable",
        "breached",
    ]
