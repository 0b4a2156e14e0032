"""A substitute that satisfies a rule: with all that it needs, dated at the meeting, from the day the last is there."""

from typing import Any

import pytest

from app.events.facts import Fact
from tests.domain.told import (
    adopted,
    allocated,
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

MEETING = {
    "type": "CaseDiscussed",
    "where": {"setting": "practice_meeting"},
    "called": "practice meeting",
    "with": [
        {"event": {"type": "DocumentSaved", "where": {"kind": "case_discussion_record"}}, "same": "discussion"},
        {"event": {"type": "ManagementOversightRecorded"}, "same": "discussion"},
    ],
}
INDIVIDUAL = {"type": "CaseDiscussed", "where": {"setting": "individual"}}


def rule(**more: Any) -> list[Fact]:
    every = {"event": INDIVIDUAL, "limit": "2 months", "first_due": "allocated", "credit_instead": MEETING} | more
    pack = policy({"id": "R-1", "subject": "case", "every": every})
    return [adopted(pack), opened("2024-06-01"), allocated("2024-06-01"), discussed("2024-12-31")]


def meeting(on: str = "2025-02-20", **more: Any) -> Fact:
    return discussed(on, setting="practice_meeting", **more)


def document(on: str = "2025-02-20", **more: Any) -> Fact:
    fields = {
        "document_id": f"DOC-{on}",
        "case_id": "C-1",
        "saved_on": on,
        "kind": "case_discussion_record",
        "system": "EHM",
    }
    return told("DocumentSaved", **fields | more)


def oversight(on: str = "2025-02-20", **more: Any) -> Fact:
    return told("ManagementOversightRecorded", **{"case_id": "C-1", "recorded_on": on, "by": "M-1"} | more)


RULE = rule()


def test_a_meeting_with_both_replaces_the_discussion_on_its_own_day() -> None:
    facts = [*RULE, meeting(), document(), oversight()]
    found = finding("2025-03-01", *facts)
    assert (found.status, found.opened_on, found.due_on) == ("due", day("2025-02-20"), day("2025-04-20"))
    assert found.why.startswith(
        "Last discussed on 20 February 2025: a practice meeting, which the policy accepts instead."
    )
    assert len(found.evidence) == 3


@pytest.mark.parametrize("missing", ["document", "oversight", "both"])
def test_a_meeting_without_both_replaces_nothing(missing: str) -> None:
    facts = [*RULE, meeting()]
    facts += [] if missing in ("document", "both") else [document()]
    facts += [] if missing in ("oversight", "both") else [oversight()]
    assert statuses(["2025-02-28", "2025-03-01"], *facts) == ["due", "breached"]


def test_a_note_made_later_about_that_day_credits_it_and_before_it_was_known_it_did_not() -> None:
    facts = [*RULE, meeting(), document()]
    assert status("2025-03-01", *facts) == "breached"
    assert status("2025-03-01", *facts, oversight("2025-03-03", event_on="2025-02-20")) == "due"


def test_the_credit_counts_from_the_day_its_last_condition_came_true() -> None:
    facts = [*RULE, meeting(discussion_id="D-1"), document(), oversight("2025-03-03", discussion_id="D-1")]
    assert statuses(["2025-02-28", "2025-03-01", "2025-03-02", "2025-03-03"], *facts) == [
        "due",
        "breached",
        "breached",
        "due",
    ]
    assert finding("2025-03-03", *facts).opened_on == day("2025-02-20")
    assert [(str(row.status), row.from_on) for row in rows(*facts)][-3:] == [
        ("breached", day("2025-03-01")),
        ("due", day("2025-03-03")),
        ("breached", day("2025-04-21")),
    ]


@pytest.mark.parametrize(
    ("note", "credited"),
    [({"discussion_id": "D-1"}, True), ({"discussion_id": "D-2"}, False), ({}, True), ({"case_id": "C-2"}, False)],
)
def test_the_conditions_must_be_about_this_discussion(note: dict[str, Any], credited: bool) -> None:
    facts = [*RULE, meeting(discussion_id="D-1"), document(), oversight(**note)]
    assert status("2025-03-01", *facts) == ("due" if credited else "breached")


def test_a_note_of_another_day_without_identifiers_is_about_something_else() -> None:
    assert status("2025-03-01", *RULE, meeting(), document(), oversight("2025-02-21")) == "breached"


def test_what_names_only_the_discussion_belongs_to_the_case_that_was_discussed() -> None:
    record = {"document_id": "DOC-1", "case_id": "C-1", "saved_on": "2025-02-25", "kind": "case_discussion_record"}
    facts = [*RULE, meeting(discussion_id="D-1"), oversight(discussion_id="D-1")]
    facts.append(told("DocumentSaved", **record, system="EHM", discussion_id="D-1"))
    note = told(
        "ManagementOversightRecorded", session_id="S-1", recorded_on="2025-02-20", by="M-1", discussion_id="D-1"
    )
    assert status("2025-03-01", *[fact for fact in facts if fact.type != "ManagementOversightRecorded"], note) == "due"


def test_a_credit_that_moves_no_clock_meets_what_falls_due_in_its_month() -> None:
    facts = [*rule(resets_clock=False), meeting(), document(), oversight()]
    found = finding("2025-03-01", *facts)
    assert (found.status, found.opened_on, found.due_on) == ("due", day("2024-12-31"), day("2025-04-30"))
    assert [(o.due_on, o.met_on) for o in history("2025-03-01", *facts)][-1] == (day("2025-02-28"), day("2025-02-20"))


def test_a_credit_that_moves_no_clock_does_nothing_in_a_month_in_which_nothing_falls_due() -> None:
    facts = [*rule(resets_clock=False), meeting("2025-01-20"), document("2025-01-20"), oversight("2025-01-20")]
    assert status("2025-03-01", *facts) == "breached"


def test_a_discussion_after_such_a_credit_moves_the_clock_as_ever() -> None:
    facts = [*rule(resets_clock=False), meeting(), document(), oversight(), discussed("2025-03-10")]
    assert finding("2025-03-11", *facts).due_on == day("2025-05-10")


def monthly() -> list[Fact]:
    every = {"event": INDIVIDUAL, "window": "month", "credit_instead": MEETING}
    return [adopted(policy({"id": "R-1", "subject": "case", "every": every})), opened("2025-01-01")]


def test_in_windows_a_credit_meets_the_window_it_lies_in_and_no_other() -> None:
    facts = [*monthly(), discussed("2025-01-10"), meeting(), document(), oversight()]
    found = finding("2025-03-10", *facts)
    assert (found.status, found.met_on) == ("met", day("2025-02-20"))
    assert "That was a practice meeting, which the policy accepts instead." in found.why
    assert status("2025-04-01", *facts) == "breached"
    assert status("2025-03-10", *monthly(), discussed("2025-01-10"), meeting(), document()) == "breached"


def test_in_windows_too_a_credit_counts_from_the_day_its_last_condition_came_true() -> None:
    facts = [*monthly(), discussed("2025-01-10"), meeting(discussion_id="D-1"), document()]
    facts.append(oversight("2025-03-03", discussion_id="D-1"))
    assert statuses(["2025-03-02", "2025-03-03"], *facts) == ["breached", "met"]
