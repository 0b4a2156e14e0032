"""What the latest event must hold: in its own fields, and in what else was recorded of it."""

import pytest

from app.events.facts import Fact
from tests.domain.told import (
    adopted,
    day,
    discussed,
    finding,
    history,
    left,
    opened,
    policy,
    rows,
    session,
    started,
    status,
    statuses,
    told,
)

STARTED, OPENED = started("2025-01-01"), opened("2025-01-01")
LENGTH = {
    "event": {"type": "SessionHeld", "where": {"kind": "individual"}},
    "has": {"minutes": {"at_least": 90}},
    "noted": {"long": {"minutes": {"at_least": 121}}},
}
CLEAR = {
    "type": "ActionAgreed",
    "where": {"owner_id": {"present": True}, "due_on": {"present": True}},
    "called": "clear action",
}
UNDATED = {"type": "ActionAgreed", "where": {"due_on": {"present": False}}, "called": "action without a date"}
DISCUSSED = {"type": "CaseDiscussed", "where": {"setting": "individual"}}
CONTENT = {"event": DISCUSSED, "unless": {"no_action": True}, "with": [{"event": CLEAR, "same": "discussion"}]}


def length(**more: object) -> Fact:
    codes = {"met": "in_range", "breached": "short"}
    return adopted(policy({"id": "R-1", "subject": "worker", "latest": LENGTH | more, "codes": codes}))


def content(latest: dict[str, object]) -> Fact:
    return adopted(policy({"id": "R-1", "subject": "case", "latest": latest}))


def action(on: str, number: int = 1, **more: object) -> Fact:
    return told("ActionAgreed", **{"action_id": f"T-{number}", "case_id": "C-1", "agreed_on": on} | more)


@pytest.mark.parametrize(
    ("minutes", "expected", "code"),
    [(89, "breached", "short"), (90, "met", "in_range"), (120, "met", "in_range"), (121, "met", "long")],
)
def test_the_length_of_the_latest_decides(minutes: int, expected: str, code: str) -> None:
    facts = [length(), STARTED, session("2025-02-03", minutes=100), session("2025-03-03", minutes=minutes)]
    found = finding("2025-03-03", *facts)
    assert (found.status, found.code) == (expected, code)
    assert found.last is not None
    assert found.last.on == day("2025-03-03")


def test_what_was_not_told_is_not_known_and_before_the_first_nothing_is_said() -> None:
    facts = [length(), STARTED, session("2025-02-03")]
    assert statuses(["2025-02-02", "2025-02-03"], *facts) == ["not_yet_applicable", "not_assessable"]
    assert finding("2025-02-03", *facts).code == "not_known"
    assert finding("2025-02-03", *facts).put_right == "The minutes of the session of 3 February 2025."


def test_the_others_that_fell_short_in_twelve_months_are_counted() -> None:
    days = ("2025-01-10", "2025-02-10", "2025-03-10", "2025-04-10")
    facts = [length(), STARTED, *(session(on, minutes=60) for on in days), session("2025-05-12", minutes=90)]
    counted = [
        finding(on, *facts).failed_in_12_months for on in ("2025-04-10", "2025-05-12", "2026-01-10", "2026-04-10")
    ]
    assert counted == [3, 4, 3, 0]


def test_each_is_in_the_history() -> None:
    facts = [length(), STARTED, session("2025-02-03", minutes=60), session("2025-03-03", minutes=90)]
    assert [(past.opened_on, past.met_on, past.status, past.ended_on) for past in history("2025-04-01", *facts)] == [
        (day("2025-02-03"), None, "breached", day("2025-03-02")),
        (day("2025-03-03"), day("2025-03-03"), "met", None),
    ]


def test_what_was_held_before_the_return_or_the_policy_is_not_judged() -> None:
    facts = [STARTED, session("2025-02-03", minutes=60)]
    assert status("2025-04-01", length(), *facts, left("2025-02-10"), started("2025-03-03")) == "not_yet_applicable"
    rule = {"id": "R-1", "subject": "worker", "latest": LENGTH}
    assert status("2025-04-01", adopted(policy(rule), "2025-03-03"), *facts) == "not_yet_applicable"


def test_each_is_judged_by_the_version_of_its_day() -> None:
    stricter = {"id": "R-1", "subject": "worker", "latest": LENGTH | {"has": {"minutes": {"at_least": 120}}}}
    later = adopted(policy(stricter, version="2"), "2025-03-03")
    facts = [length(), later, STARTED, session("2025-02-03", minutes=100)]
    assert status("2025-04-01", *facts) == "met"
    assert status("2025-04-01", *facts, session("2025-03-03", minutes=100)) == "breached"


def test_an_action_that_is_clear_or_the_word_that_none_is_needed() -> None:
    facts = [content(CONTENT), OPENED, discussed("2025-02-03", discussion_id="D-1")]
    lacking = finding("2025-02-03", *facts)
    assert (lacking.status, lacking.met_on) == ("breached", None)
    assert lacking.why == "Discussed on 3 February 2025: there is no clear action."
    assert lacking.put_right == "A clear action for the discussion of 3 February 2025."
    clear = action("2025-02-05", discussion_id="D-1", owner_id="W-1", due_on="2025-03-03")
    assert statuses(["2025-02-04", "2025-02-05"], *facts, clear) == ["breached", "met"]
    assert finding("2025-02-06", *facts, clear).met_on == day("2025-02-05")
    assert status("2025-02-06", *facts, action("2025-02-05", discussion_id="D-1", owner_id="W-1")) == "breached"
    assert status(
        "2025-02-06", *facts, action("2025-02-05", discussion_id="D-9", owner_id="W-1", due_on="2025-03-03")
    ) == ("breached")
    assert status("2025-02-03", *facts[:2], discussed("2025-02-03", no_action=True)) == "met"
    assert status("2025-02-03", *facts[:2], discussed("2025-02-03", no_action=False)) == "breached"


def test_no_action_may_lack_its_date() -> None:
    without = {"event": DISCUSSED, "without": [{"event": UNDATED, "same": "discussion"}]}
    facts = [content(without), OPENED, discussed("2025-02-03", session_id="S-1")]
    assert status("2025-02-03", *facts) == "met", "none was agreed, so none lacks a date"
    undated = finding("2025-02-03", *facts, action("2025-02-03", session_id="S-1"))
    assert undated.why == "Discussed on 3 February 2025: there is an action without a date."
    assert undated.put_right == "Put right an action without a date, of the discussion of 3 February 2025."
    assert len(undated.evidence) == 2
    dated = action("2025-02-04", session_id="S-1", due_on="2025-03-03")
    assert status("2025-02-04", *facts, action("2025-02-03", session_id="S-1"), dated) == "met", (
        "the last telling holds"
    )


def amended(on: str, **more: str) -> Fact:
    return told("ActionAmended", action_id="T-1", amended_on=on, **more)


def test_an_owner_and_a_date_may_be_given_later() -> None:
    clear = CLEAR | {"amended_by": {"event": {"type": "ActionAmended"}, "same": "action"}}
    facts = [content(CONTENT | {"with": [{"event": clear, "same": "discussion"}]}), OPENED]
    facts += [discussed("2025-02-03", discussion_id="D-1"), action("2025-02-03", discussion_id="D-1")]
    facts += [amended("2025-02-05", owner_id="W-1"), amended("2025-02-07", due_on="2025-03-03")]
    facts += [amended("2025-02-20", due_on="2025-04-03")]
    days = ["2025-02-03", "2025-02-06", "2025-02-07"]
    assert statuses(days, *facts) == ["breached", "breached", "met"]
    found = finding("2025-03-01", *facts)
    assert (found.met_on, len(found.evidence)) == (day("2025-02-07"), 4)
    early = [*facts[:4], amended("2025-02-02", owner_id="W-1", due_on="2025-03-03")]
    assert status("2025-03-01", *early) == "breached", "what is told of it before it was agreed is not of it"


def test_no_action_lacks_what_it_was_given_later() -> None:
    undated = UNDATED | {"amended_by": {"event": {"type": "ActionAmended"}, "same": "action"}}
    facts = [content({"event": DISCUSSED, "without": [{"event": undated, "same": "discussion"}]}), OPENED]
    facts += [discussed("2025-02-03", session_id="S-1"), action("2025-02-03", session_id="S-1")]
    facts += [amended("2025-02-05", owner_id="W-1"), amended("2025-02-07", due_on="2025-03-03")]
    assert statuses(["2025-02-03", "2025-02-06", "2025-02-07"], *facts) == ["breached", "breached", "met"]


def test_a_list_of_what_it_holds() -> None:
    elements = ["experience", "reflection", "analysis", "plan_and_action"]
    four = content({"event": DISCUSSED, "has": {"elements": {"all_of": elements}}})
    assert status("2025-02-03", four, OPENED, discussed("2025-02-03", elements=elements)) == "met"
    assert status("2025-02-03", four, OPENED, discussed("2025-02-03")) == "not_assessable"
    found = finding("2025-02-03", four, OPENED, discussed("2025-02-03", elements=["experience", "reflection"]))
    assert found.why == (
        "Discussed on 3 February 2025: elements: experience and reflection, where the policy asks for analysis and "
        "plan and action as well."
    )


def test_the_timeline_changes_with_what_is_recorded() -> None:
    facts = [content(CONTENT), OPENED, discussed("2025-02-03", discussion_id="D-1")]
    facts.append(action("2025-02-05", discussion_id="D-1", owner_id="W-1", due_on="2025-03-03"))
    assert [(row.status, row.from_on) for row in rows(*facts)] == [
        ("not_yet_applicable", day("2025-01-01")), ("breached", day("2025-02-03")), ("met", day("2025-02-05")),
    ]  # fmt: skip
