"""Who may approve what is arranged: what somebody else approved changes nothing, and is told as doubtful."""

from datetime import date
from typing import Any

import pytest

from app.domain.doubts import Doubt
from app.domain.history import Subject
from app.domain.policy.loading import check
from app.domain.standing import stand
from app.events.facts import Fact
from tests.domain.told import (
    TEAM,
    WORKER,
    adopted,
    answered,
    day,
    finding,
    policy,
    session,
    started,
    status,
    told,
)

PERSONAL = {"type": "SessionHeld", "where": {"kind": "individual"}}
EVERY = {"event": PERSONAL, "target": "28 days", "limit": "42 days"}
ASKED = {"id": "R-1", "subject": "worker", "every": EVERY, "variations": {"every": "8 weeks"}, "excusals": {}}
ONLY_MANAGERS = adopted(policy(ASKED | {"approvers": ["manager", "deputy"]}))
HELD = [started("2025-01-01", team_id="T-1"), session("2025-03-03")]


def somebody(role: str, on: str = "2024-01-01", who: str = "M-1") -> Fact:
    return started(on, worker_id=who, role=role)


def arranged(by: str = "M-1", name: str = "V-1", on: str = "2025-03-03", **more: Any) -> Fact:
    usual: dict[str, Any] = {"worker_id": "W-1", "rule": "R-1", "parameters": {"every": "7 days"}}
    return told("VariationApproved", variation_id=name, from_on=on, approved_by=by, **usual | more)


def excused(by: str = "M-1", **more: Any) -> Fact:
    days = {"from_on": "2025-04-10", "until_on": "2025-04-30"}
    return told("ExcusalGranted", worker_id="W-1", rule="R-1", granted_by=by, **days, **more)


def due(*facts: Fact) -> date | None:
    return finding("2025-03-05", ONLY_MANAGERS, *HELD, *facts).due_on


USUAL, WEEKLY = day("2025-04-14"), day("2025-03-10")


@pytest.mark.parametrize(("role", "expected"), [("manager", WEEKLY), ("deputy", WEEKLY), ("worker", USUAL)])
def test_an_arrangement_holds_if_somebody_approved_it_who_may(role: str, expected: date) -> None:
    assert due(somebody(role), arranged()) == expected


def test_an_answer_names_the_arrangement_that_changes_nothing_and_who_approved_it() -> None:
    found = finding("2025-03-05", ONLY_MANAGERS, *HELD, somebody("worker"), arranged())
    assert found.why.endswith(
        "An approved arrangement (every 7 days) was approved by M-1, then a worker, where only a manager or a deputy "
        "may, so it changes nothing."
    )
    assert found.arrangement is not None
    assert (found.arrangement.approved_by, found.arrangement.terms) == ("M-1", {})


def test_what_an_approver_was_on_the_day_of_the_approval_decides() -> None:
    promoted = told("WorkerRoleChanged", worker_id="M-1", changed_on="2025-02-20", role="manager")
    assert due(somebody("worker"), promoted, arranged()) == WEEKLY
    assert due(somebody("worker"), promoted, arranged(approved_on="2025-02-19")) == USUAL
    assert due(somebody("worker"), promoted, arranged(approved_on="2025-02-20")) == WEEKLY


@pytest.mark.parametrize("known", [[], [somebody("manager", "2025-03-04")], [somebody("unheard_of")]])
def test_an_approver_of_whom_it_is_not_known_what_they_were_is_taken_at_their_word(known: list[Fact]) -> None:
    assert due(*known, arranged()) == WEEKLY


def test_one_that_does_not_hold_takes_nothing_away_from_one_that_does() -> None:
    theirs = arranged(parameters={"every": "14 days"}, on="2025-03-03")
    later = arranged("M-2", "V-2", on="2025-03-04")
    assert due(somebody("manager"), somebody("worker", who="M-2"), theirs, later) == day("2025-03-17")
    team = {"team_id": "T-1", "worker_id": None}
    of_team = arranged(**{name: value for name, value in team.items() if value}, name="V-3")
    assert due(somebody("worker"), of_team) == USUAL


def test_days_are_excused_by_somebody_who_may_and_by_nobody_else() -> None:
    facts = [ONLY_MANAGERS, *HELD]
    assert status("2025-04-20", *facts, somebody("manager"), excused()) == "excused"
    by_other = finding("2025-04-20", *facts, somebody("worker"), excused())
    assert by_other.status == "breached"
    assert by_other.why.endswith(
        "It was excused from 10 April 2025 to 30 April 2025, by M-1, then a worker, where only a manager or a deputy "
        "may, which changes nothing."
    )
    promoted = told("WorkerRoleChanged", worker_id="M-1", changed_on="2025-02-20", role="manager")
    before = excused(granted_on="2025-02-01")
    assert status("2025-04-20", *facts, somebody("worker"), promoted, before) == "breached"


def doubts(subject: Subject, *facts: Fact) -> list[Doubt]:
    found = answered(lambda loaded: stand(subject, loaded), (ONLY_MANAGERS, *facts))
    return [each for each in found.doubts if each.code == "wrong_approver"]


def test_data_quality_names_what_was_approved_by_another() -> None:
    told_of = [*HELD, somebody("worker"), arranged(), excused()]
    one, other = doubts(WORKER, *told_of)
    assert (one.on, other.on) == (day("2025-03-03"), day("2025-04-10"))
    assert one.why.endswith("was approved by M-1, then a worker, where only a manager or a deputy may.")
    assert len(one.events) == 1
    assert doubts(WORKER, *HELD, somebody("manager"), arranged(), excused()) == []
    assert doubts(WORKER, *HELD, arranged(), excused()) == []
    assert doubts(WORKER, *HELD, somebody("worker"), arranged(rule="R-2"), arranged(on="2019-12-31")) == []


def test_so_it_does_of_a_team_s() -> None:
    team = told("TeamOpened", team_id="T-1", opened_on="2024-01-01", service="quay")
    of_team = told("VariationApproved", variation_id="V-1", rule="R-1", team_id="T-1", from_on="2025-03-03",
                   approved_by="M-1", parameters={"every": "7 days"})  # fmt: skip
    assert len(doubts(TEAM, team, somebody("worker"), of_team)) == 1


# --- in single strands ------------------------------------------------------------------------------------------------

GROUP = {"type": "SessionHeld", "where": {"kind": "group"}}
STRANDS = [
    {"called": "one to one", "every": EVERY, "variations": {"every": "8 weeks"}},
    {"called": "in a group", "every": {"event": GROUP, "limit": "28 days"}, "excusals": {"longest": "6 weeks"}},
]


def strands(which: str = "all_of", **more: Any) -> Fact:
    return adopted(policy({"id": "R-1", "subject": "worker", which: STRANDS} | more))


def test_an_arrangement_changes_the_strand_that_lets_its_term_vary_and_no_other() -> None:
    facts = [strands(), *HELD, session("2025-03-20", kind="group")]
    assert finding("2025-03-25", *facts).due_on == day("2025-04-14")
    weekly = finding("2025-03-11", *facts[:-1], arranged(), session("2025-03-10", kind="group"))
    assert (weekly.status, weekly.due_on) == ("breached", day("2025-03-10"))
    loose = finding("2025-04-15", *facts, arranged(parameters={"every": "8 weeks"}))
    assert (loose.status, loose.due_on) == ("due", day("2025-04-17"))
    assert status("2025-04-18", *facts, arranged(parameters={"every": "8 weeks"})) == "breached"
    far = finding("2025-04-15", *facts, arranged(parameters={"every": "9 weeks"}))
    assert far.status == "breached"
    assert "is none that the policy allows" in far.why


def test_after_its_last_day_the_strand_asks_what_it_asks_of_everybody() -> None:
    until = arranged(until_on="2025-03-31")
    facts = [strands("any_of"), *HELD, session("2025-03-28"), until]
    assert [finding(on, *facts).due_on for on in ("2025-03-31", "2025-04-01")] == [day("2025-04-04"), day("2025-05-09")]


def test_an_excusal_excuses_the_strand_that_may_be_excused_and_leaves_the_others() -> None:
    facts = [strands(), *HELD, session("2025-03-10", kind="group"), session("2025-04-05")]
    assert [status(on, *facts) for on in ("2025-04-07", "2025-04-20")] == ["due", "breached"]
    found = finding("2025-04-20", *facts, excused())
    assert found.status == "excused"
    assert "In a group: " in found.why
    assert status("2025-05-01", *facts, excused()) == "breached"
    late = [strands(), *HELD, session("2025-04-12", kind="group")]
    assert status("2025-04-20", *late, excused()) == "breached", "one to one is late, and is not excused"


def test_in_a_strand_too_only_those_approve_who_may() -> None:
    facts = [strands(approvers=["manager"]), *HELD, session("2025-03-10", kind="group")]
    assert finding("2025-03-11", *facts, somebody("worker"), arranged()).status == "due"
    assert finding("2025-03-11", *facts, somebody("manager"), arranged()).status == "breached"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("approvers: [manager]", "nothing of this rule may be arranged"),
        ("approvers: [manger], excusals: {}", "unknown role `manger`: did you mean `manager`?"),
    ],
)
def test_approvers_that_cannot_be_are_named(written: str, said: str) -> None:
    asked = "{id: R-1, title: t, clause: c, subject: worker, every: {event: {type: SessionHeld}, limit: 28 days}"
    text = f"""id: harbour
version: "1"
title: Harbour
codes: {{roles: [manager]}}
rules:
  - {asked}, {written}}}
"""
    [fault] = check(text)
    assert (fault.line, said in fault.detail) == (6, True), fault.detail


@pytest.mark.parametrize(
    ("strands_", "more", "said"),
    [
        ("{called: a, every: {event: {type: SessionHeld}, limit: 28 days}, variations: {every: tighter}}", "",
         "another strand lets `every` vary too"),
        ("{called: a, every: {event: {type: SessionHeld}, limit: 28 days}, excusals: {}}", "excusals: {}, ",
         "the rule as a whole may be excused already"),
        ("{called: a, every: {event: {type: SessionHeld}, limit: 28 days}, variations: {times: 3}}", "",
         "unknown term"),
        ("{called: a, every: {event: {type: SessionHeld}, limit: 28 days}}", "variations: {every: tighter}, ",
         "each strand has terms of its own"),
    ],
)  # fmt: skip
def test_strands_that_cannot_vary_so_are_named(strands_: str, more: str, said: str) -> None:
    other = "{called: b, every: {event: {type: CaseDiscussed}, limit: 9 days}, variations: {every: tighter}}"
    text = f"""id: harbour
version: "1"
title: Harbour
rules:
  - {{id: R-1, title: t, clause: c, subject: worker, {more}all_of: [{strands_}, {other}]}}
"""
    faults = check(text)
    assert any(said in fault.detail for fault in faults), faults
    assert {fault.line for fault in faults} == {5}
