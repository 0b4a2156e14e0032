"""Several strands of one rule: all of them, or one of several patterns, each with its own rhythm."""

from typing import Any

import pytest

from app.domain.policy.loading import check
from app.events.facts import Fact
from tests.domain.test_loading import ROLLING, changed
from tests.domain.told import adopted, day, finding, history, left, policy, rows, session, started, status, statuses

PERSONAL = {"type": "SessionHeld", "where": {"kind": "individual"}}
CLINICAL = {"type": "SessionHeld", "where": {"kind": "peer"}, "said": "supervised clinically"}
LONG = PERSONAL | {"where": PERSONAL["where"] | {"minutes": {"at_least": 90}}, "called": "long session"}
BOTH = [
    {"called": "personal supervision", "every": {"event": PERSONAL, "limit": "28 days"}},
    {"called": "clinical supervision", "every": {"event": CLINICAL, "limit": "3 months"}},
]
EITHER = [
    {"called": "90 minutes every month", "every": {"event": LONG, "window": "month"}},
    {"called": "45 minutes every fortnight", "every": {"event": PERSONAL, "limit": "14 days"}},
]
STARTED = started("2025-01-01")


def asked(version: str = "1", since: str = "2020-01-01", **strands: Any) -> Fact:
    return adopted(policy({"id": "R-1", "subject": "worker"} | strands, version=version), since)


def clinical(on: str) -> Fact:
    return session(on, kind="peer")


ALL, ANY = asked(all_of=BOTH), asked(any_of=EITHER)


def test_of_all_strands_the_worst_holds_and_the_first_to_fall_due_is_named() -> None:
    facts = [ALL, STARTED, session("2025-01-20"), clinical("2025-01-10")]
    due = finding("2025-02-01", *facts)
    assert (due.status, due.due_on, due.next_on) == ("due", day("2025-02-17"), day("2025-02-18"))
    assert due.why.startswith("The policy asks for all of these. Personal supervision: Last supervised on 20 January")
    assert "Clinical supervision: Last supervised clinically on 10 January 2025." in due.why
    assert len(due.evidence) == 2
    assert statuses(["2025-02-17", "2025-02-18"], *facts) == ["due", "breached"]
    later = [*facts, session("2025-02-10"), session("2025-03-05"), session("2025-04-01"), session("2025-04-10")]
    assert finding("2025-04-11", *later).due_on == day("2025-04-10"), "the clinical one is late now"
    assert finding("2025-04-11", *later).put_right.startswith("Personal supervision: ")


def test_either_pattern_is_enough() -> None:
    fortnightly = [session(f"2025-02-{number:02}", minutes=45) for number in (3, 17)]
    assert status("2025-03-03", ANY, STARTED, *fortnightly) == "due"
    assert status("2025-03-04", ANY, STARTED, *fortnightly) == "breached", "February held no long one"
    monthly = [session("2025-01-10", minutes=90), session("2025-02-10", minutes=90)]
    assert statuses(["2025-02-28", "2025-03-31", "2025-04-01"], ANY, STARTED, *monthly) == ["met", "met", "breached"]
    why = finding("2025-03-20", ANY, STARTED, *monthly).why
    assert why.startswith("The policy asks for one of these. 90 minutes every month: Long session in February 2025")


def test_of_two_that_are_due_the_later_one_leaves_more_time() -> None:
    assert finding("2025-01-10", ANY, STARTED).due_on == day("2025-01-31")


def test_alternatives_were_late_only_while_all_were() -> None:
    facts = [ANY, STARTED, session("2025-02-25", minutes=90)]
    assert [(str(row.status), row.from_on) for row in rows(*facts)] == [
        ("due", day("2025-01-01")), ("breached", day("2025-02-01")), ("due", day("2025-02-25")),
        ("met", day("2025-03-01")), ("breached", day("2025-04-01")),
    ]  # fmt: skip
    told = [(one.due_on, one.met_on, str(one.status)) for one in history("2025-05-01", *facts)]
    assert (day("2025-03-31"), None, "breached") in told
    assert (day("2025-02-28"), day("2025-02-25"), "met") in told


def test_the_clock_of_a_strand_runs_on_in_a_new_version_and_a_new_strand_begins_then() -> None:
    observed = {"type": "SessionHeld", "where": {"kind": "observation"}, "called": "observation"}
    three = [*BOTH, {"called": "observation", "every": {"event": observed, "limit": "28 days"}}]
    newer = asked("2", "2025-02-10", all_of=three)
    facts = [ALL, STARTED, session("2025-01-20"), clinical("2025-01-10"), newer]
    assert [finding(on, *facts).due_on for on in ("2025-02-09", "2025-02-10")] == [day("2025-02-17")] * 2
    facts += [session("2025-02-15"), session("2025-03-05")]
    assert statuses(["2025-03-10", "2025-03-11"], *facts) == ["due", "breached"]


def test_what_does_not_apply_yet_decides_only_where_nothing_else_does() -> None:
    length = {"called": "length", "latest": {"event": PERSONAL, "has": {"minutes": {"at_least": 60}}}}
    facts = [asked(any_of=[length, BOTH[0]]), STARTED]
    assert status("2025-01-10", *facts) == "due"
    assert status("2025-02-10", *facts) == "breached"
    alone = [asked(any_of=[length, length | {"called": "length again"}]), STARTED]
    assert status("2025-02-10", *alone) == "not_yet_applicable"


def test_what_is_not_known_of_one_alternative_leaves_it_open() -> None:
    length = {"called": "length", "latest": {"event": PERSONAL, "has": {"minutes": {"at_least": 60}}}}
    facts = [asked(any_of=[length, BOTH[0]]), STARTED, session("2025-01-05")]
    assert status("2025-02-10", *facts) == "not_assessable"


def test_of_alternatives_it_was_late_only_on_days_on_which_all_were() -> None:
    each = {"event": PERSONAL, "limit": "28 days"}, {"event": CLINICAL, "limit": "28 days"}
    either = asked(any_of=[{"called": "b", "every": each[1]}, {"called": "a", "every": each[0]}])
    told_of = [either, STARTED, session("2025-02-10"), clinical("2025-03-03")]
    found = [one for one in history("2025-03-10", *told_of) if one.status != "met"]
    assert [(one.opened_on, one.due_on, one.met_on, str(one.status), one.ended_on) for one in found] == [
        (day("2025-01-01"), day("2025-01-29"), day("2025-02-10"), "late_met", None)
    ]
    gone = [*told_of, left("2025-04-30")]
    found = [one for one in history("2025-06-01", *gone) if one.status != "met"]
    assert [(one.due_on, one.met_on, str(one.status), one.ended_on) for one in found][1:] == [
        (day("2025-03-31"), None, "breached", day("2025-04-30"))
    ]


def test_alternatives_that_were_late_together_for_one_day_were_late() -> None:
    each = {"event": PERSONAL, "limit": "28 days"}, {"event": CLINICAL, "limit": "28 days"}
    either = asked(any_of=[{"called": "a", "every": each[0]}, {"called": "b", "every": each[1]}])
    found = history("2025-02-03", either, STARTED, session("2025-01-31"))
    assert [(one.due_on, one.met_on, str(one.status)) for one in found if one.status != "met"] == [
        (day("2025-01-29"), day("2025-01-31"), "late_met")
    ]


OTHER = "{called: b, every: {event: session, limit: 9 days}}"


@pytest.mark.parametrize(
    ("strand", "said"),
    [
        ("{called: a, every: {event: sesion, limit: 28 days}}", "unknown event `sesion`: did you mean `session`?"),
        ("{called: a}", "a strand needs exactly one of"),
        (OTHER, "`b` is here twice"),
        ("{called: a, at_least: {event: case_discussed, minutes: 9, window: year}}", "`CaseDiscussed` has no minutes"),
        (
            "{called: a, every: {event: session, target: 9 weeks, limit: 4 weeks}}",
            "must be sooner than limit",
        ),
        ("{called: a, every: {event: session, limit: 4 weeks, first_due: allocated}}", "not one of its strands"),
        ("{called: a, evry: {event: session, limit: 4 weeks}}", "unknown key `evry`: did you mean `every`?"),
    ],
)
def test_a_strand_that_cannot_be_is_refused_where_it_stands(strand: str, said: str) -> None:
    faults = check(changed(ROLLING, f"all_of: [{OTHER}, {strand}]"))
    assert [fault for fault in faults if said in fault.detail and fault.line > 20], faults


def test_one_strand_alone_is_none() -> None:
    assert ["needs 2 or more" in fault.detail for fault in check(changed(ROLLING, f"any_of: [{OTHER}]"))] == [True]
