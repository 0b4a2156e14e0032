"""Whom a rule is about, from when to when; what is not known is said; and which version of a policy holds."""

from typing import Any

import pytest

from app.domain.compliance import policies_in_force
from app.events.facts import Fact
from tests.domain.told import (
    ADOPTED,
    CASE,
    WORKER,
    adopted,
    answered,
    assessed,
    closed,
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

SUPERVISED = {"type": "SessionHeld", "where": {"kind": "individual"}, "said": "supervised"}
DISCUSSED = {"type": "CaseDiscussed", "where": {"setting": "individual"}}


def about(**applies: Any) -> Fact:
    rule = {"id": "R-1", "subject": "worker", "applies": applies, "every": {"event": SUPERVISED, "limit": "28 days"}}
    return adopted(policy(rule))


def changed(on: str, role: str = "worker", **more: Any) -> Fact:
    return told("WorkerRoleChanged", worker_id="W-1", changed_on=on, role=role, **more)


def withdrawn(on: str) -> Fact:
    return told("PolicyWithdrawn", policy_id="harbour", withdrawn_on=on)


# --- whom a rule is about ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("applies", "worker", "expected"),
    [
        ({"role": "worker"}, {}, "due"),
        ({"role": ["worker", "manager"]}, {"role": "manager"}, "due"),
        ({"role": {"not": "manager"}}, {"role": "manager"}, "not_applicable"),
        ({"service": "pier"}, {}, "not_applicable"),
        ({"service": "quay", "role": "manager"}, {}, "not_applicable"),
        ({"subject_kind": "staff"}, {}, "due"),
        ({"subject_kind": "staff"}, {"subject_kind": "foster_carer"}, "not_applicable"),
        ({"registered": True}, {"registered": True}, "due"),
        ({"registered": True}, {"registered": False}, "not_applicable"),
        ({"registered": True}, {}, "not_assessable"),
        ({"employment_type": "agency"}, {"employment_type": "agency"}, "due"),
        ({"employment_type": "agency"}, {}, "not_assessable"),
        ({"employment_type": "agency", "role": "manager"}, {}, "not_applicable"),
        ({"stage": "probation"}, {"stage": "probation"}, "due"),
        ({"stage": "probation"}, {}, "not_applicable"),
        ({"stage": "probation"}, {"stage": "apprentice"}, "not_assessable"),
        ({"holds_cases": True}, {"holds_cases": True}, "due"),
        ({"role": "worker"}, {"role": "harpooner"}, "not_assessable"),
        ({"service": "quay"}, {"service": "lagoon"}, "not_assessable"),
        ({}, {"role": "harpooner", "service": "lagoon"}, "due"),
    ],
)
def test_a_rule_is_about_those_it_names(applies: dict[str, Any], worker: dict[str, Any], expected: str) -> None:
    assert status("2025-01-10", about(**applies), started("2025-01-01", **worker)) == expected


def test_what_is_not_known_is_named_and_what_would_tell_it() -> None:
    unknown = finding("2025-01-10", about(registered=True), started("2025-01-01"))
    assert (unknown.code, unknown.why) == ("not_known", "It is not known whether this worker is registered.")
    assert unknown.put_right == "Whether this worker is registered."
    odd = finding("2025-01-10", about(role="worker"), started("2025-01-01", role="harpooner"))
    assert (odd.code, odd.status) == ("unknown_code", "not_assessable")
    assert odd.why == "No policy in use knows the role “harpooner”, so it is not known what it asks for."


def test_the_rule_changes_on_the_day_the_role_changes() -> None:
    facts = [about(role="worker"), started("2025-01-01"), changed("2025-02-10", role="manager")]
    assert statuses(["2025-02-09", "2025-02-10"], *facts) == ["breached", "not_applicable"]
    assert [o.ended_on for o in history("2025-06-01", *facts)] == [day("2025-02-09")]


def test_a_role_taken_up_again_begins_anew() -> None:
    facts = [about(role="worker"), started("2025-01-01"), changed("2025-01-20", role="manager"), changed("2025-06-01")]
    assert finding("2025-06-02", *facts).due_on == day("2025-06-29")


def test_registration_checked_before_the_start_holds() -> None:
    checked = told(
        "RegistrationChecked", worker_id="W-1", checked_on="2024-12-01", regulator="swe", status="registered"
    )
    lapsed = told("RegistrationChecked", worker_id="W-1", checked_on="2025-02-01", regulator="swe", status="lapsed")
    facts = [about(registered=True), checked, started("2025-01-01"), lapsed]
    assert statuses(["2025-01-10", "2025-02-01"], *facts) == ["due", "not_applicable"]


def test_a_stage_ends_when_the_next_is_reached() -> None:
    reached = told("WorkerStageReached", worker_id="W-1", stage="confirmed", reached_on="2025-02-01")
    pack = policy({"id": "R-1", "subject": "worker", "applies": {"stage": "probation"},
                   "every": {"event": SUPERVISED, "limit": "14 days"}})  # fmt: skip
    pack["codes"]["stages"] = ["probation", "confirmed"]
    facts = [adopted(pack), started("2025-01-01", stage="probation"), reached]
    assert statuses(["2025-01-31", "2025-02-01"], *facts) == ["breached", "not_applicable"]


# --- nothing known ----------------------------------------------------------------------------------------------------


def test_a_worker_of_whom_no_start_is_known_cannot_be_assessed() -> None:
    found = finding("2025-03-01", about(), session("2025-01-10"))
    assert (found.status, found.code) == ("not_assessable", "not_started")
    assert found.why == (
        "Nothing recorded up to 1 March 2025 says when this worker started, and in which role and service."
    )
    assert found.put_right == "The start of this worker, with role and service."


def test_a_start_that_lies_ahead_is_not_known_yet() -> None:
    assert statuses(["2024-12-31", "2025-01-01"], about(), started("2025-01-01")) == ["not_assessable", "due"]


def test_a_case_of_which_no_opening_is_known_cannot_be_assessed() -> None:
    rule = {"id": "R-1", "subject": "case", "every": {"event": DISCUSSED, "limit": "28 days"}}
    found = finding("2025-03-01", adopted(policy(rule)), discussed("2025-01-10"))
    assert (found.status, found.code, found.put_right) == (
        "not_assessable",
        "not_opened",
        "The opening of this case, with its service.",
    )


def test_a_category_of_a_service_that_no_policy_knows_is_not_known_either() -> None:
    rule = {"id": "R-1", "subject": "case", "applies": {"category": "calm"}, "every": {"event": DISCUSSED,
            "limit": "28 days"}}  # fmt: skip
    found = finding("2025-01-10", adopted(policy(rule)), opened("2025-01-01", "lagoon", category="deep"))
    assert (found.status, found.code) == ("not_assessable", "unknown_code")


def test_a_team_told_again_is_no_new_team_and_is_left_behind_with_the_service() -> None:
    rule = {"id": "R-1", "subject": "case", "applies": {"team": "T-1"}, "every": {"event": DISCUSSED,
            "limit": "28 days"}}  # fmt: skip
    again = told("CaseAllocated", case_id="C-1", worker_id="W-1", allocated_on="2025-02-03", team_id="T-1")
    moved = told("CaseTransferred", case_id="C-1", transferred_on="2025-02-03", service="beach")
    facts = [adopted(policy(rule)), opened("2025-01-01", team_id="T-1"), again, moved]
    assert statuses(["2025-01-28", "2025-02-03"], *facts) == ["due", "not_assessable"]


def test_without_a_policy_nothing_can_be_judged_and_nobody_is_in_breach() -> None:
    answer = assessed("2025-03-01", started("2025-01-01"), subject=WORKER)
    assert (answer.status, answer.code, answer.findings, answer.policies) == (
        "not_assessable",
        "no_policy_known",
        (),
        (),
    )


def test_a_subject_that_no_rule_is_about_is_not_applicable() -> None:
    answer = assessed("2025-03-01", about(), opened("2025-01-01"), subject=CASE)
    assert (answer.status, answer.findings) == ("not_applicable", ())


def test_after_the_last_day_nothing_is_owed() -> None:
    facts = [about(), started("2025-01-01"), left("2025-02-10")]
    assert statuses(["2025-02-10", "2025-02-11"], *facts) == ["breached", "not_applicable"]
    assert finding("2025-02-11", *facts).why == "The worker left on 10 February 2025; nothing is owed after that."


# --- one day, several facts -------------------------------------------------------------------------------------------


def test_what_is_told_of_the_first_and_of_the_last_day_belongs_to_the_period_wherever_it_stands_in_the_order() -> None:
    rule = {"id": "R-1", "subject": "case",
            "every": {"event": DISCUSSED, "limit": "28 days", "first_due": "allocated"}}  # fmt: skip
    pack = adopted(policy(rule))
    allocation = told("CaseAllocated", case_id="C-1", worker_id="W-1", allocated_on="2025-01-01", event_id="a")
    first = told("CaseOpened", case_id="C-1", opened_on="2025-01-01", service="quay", event_id="b")
    last = told("CaseClosed", case_id="C-1", closed_on="2025-01-01", event_id="0")
    assert status("2025-01-02", pack, allocation, first) == "due"
    assert statuses(["2025-01-01", "2025-01-02"], pack, allocation, first, last) == ["due", "not_applicable"]


def test_a_case_closed_and_opened_again_on_one_day_is_open() -> None:
    rule = {"id": "R-1", "subject": "case", "every": {"event": DISCUSSED, "limit": "28 days"}}
    facts = [adopted(policy(rule)), opened("2024-12-01"), closed("2025-01-10"), opened("2025-01-10")]
    assert finding("2025-01-20", *facts).due_on == day("2025-02-07")


def test_a_start_told_again_while_it_runs_begins_nothing_anew() -> None:
    facts = [about(), started("2025-01-01"), started("2025-01-20")]
    assert finding("2025-01-21", *facts).due_on == day("2025-01-29")


# --- versions ---------------------------------------------------------------------------------------------------------


def limit(days: int, version: str = "1", **more: Any) -> dict[str, Any]:
    every = {"event": SUPERVISED, "limit": f"{days} days"}
    return policy({"id": "R-1", "subject": "worker", "every": every}, version=version, **more)


def test_a_new_version_dates_the_open_obligation_again_and_judges_no_closed_one() -> None:
    facts = [adopted(limit(28)), adopted(limit(14, "2"), "2025-03-20"), started("2024-12-01")]
    facts += [session("2025-01-20"), session("2025-02-17"), session("2025-03-17")]
    assert finding("2025-03-19", *facts).due_on == day("2025-04-14")
    assert finding("2025-03-20", *facts).due_on == day("2025-03-31")
    assert [str(o.status) for o in history("2025-04-01", *facts)][1:3] == ["met", "met"]
    assert [(p.id, p.version) for p in assessed("2025-03-20", *facts).policies] == [("harbour", "2")]


def test_a_version_that_says_the_same_changes_nothing() -> None:
    facts = [adopted(limit(28)), adopted(limit(28, "2"), "2025-04-10"), started("2025-01-01"), session("2025-03-17")]
    found = finding("2025-04-10", *facts)
    assert (found.due_on, "changed" in found.why) == (day("2025-04-14"), False)


def test_of_two_versions_from_one_day_the_later_in_the_order_holds() -> None:
    facts = [adopted(limit(28)), adopted(limit(14, "2")), started("2025-01-01")]
    assert finding("2025-01-02", *facts).due_on == day("2025-01-15")


def test_a_rule_that_a_new_version_leaves_out_is_gone_but_its_history_is_not() -> None:
    other = policy({"id": "R-2", "subject": "worker", "every": {"event": SUPERVISED, "limit": "28 days"}}, version="2")
    facts = [adopted(limit(28)), adopted(other, "2025-03-01"), started("2025-01-01")]
    assert [f.rule for f in assessed("2025-03-01", *facts).findings] == ["R-2"]
    [late] = history("2025-03-01", *facts)
    assert (late.status, late.ended_on) == ("breached", day("2025-02-28"))
    assert rows(*facts)[-1].until_on == day("2025-02-28")


def test_a_rule_that_changes_its_kind_begins_anew() -> None:
    every = {"event": SUPERVISED, "window": "month"}
    monthly = policy({"id": "R-1", "subject": "worker", "every": every}, version="2")
    facts = [adopted(limit(28)), adopted(monthly, "2025-03-01"), started("2025-01-01"), session("2025-02-20")]
    assert statuses(["2025-02-28", "2025-03-01", "2025-04-01"], *facts) == ["due", "due", "breached"]
    assert [str(o.status) for o in history("2025-04-01", *facts)] == ["late_met", "breached"]


def test_several_policies_stand_beside_each_other_and_one_may_be_withdrawn() -> None:
    facts = [adopted(limit(28)), adopted(policy({"id": "R-9", "subject": "worker",
             "every": {"event": SUPERVISED, "limit": "14 days"}}, name="inlet")), started("2025-01-01")]  # fmt: skip
    assert [f.rule for f in assessed("2025-01-10", *facts).findings] == ["R-1", "R-9"]
    facts.append(withdrawn("2025-02-01"))
    assert [f.rule for f in assessed("2025-02-01", *facts).findings] == ["R-9"]
    assert [p.id for p in answered(lambda found: policies_in_force(found, day("2025-02-01")), tuple(facts))] == [
        "inlet"
    ]


def test_a_code_known_to_one_policy_is_known_to_all() -> None:
    inlet = policy({"id": "R-9", "subject": "worker", "applies": {"service": "lagoon"},
                    "every": {"event": SUPERVISED, "limit": "14 days"}}, name="inlet")  # fmt: skip
    inlet["codes"] = {"services": {"lagoon": []}}
    facts = [about(service="quay"), adopted(inlet), started("2025-01-01", service="lagoon")]
    assert statuses(["2025-01-10"], *facts) == ["not_applicable"]
    assert statuses(["2025-01-10"], *facts, rule="R-9") == ["due"]


def test_a_policy_that_applies_from_later_is_not_in_force_today() -> None:
    facts = [adopted(limit(28), "2025-06-01"), started("2025-01-01")]
    assert assessed("2025-05-31", *facts).code == "no_policy_known"
    assert finding("2025-06-01", *facts).due_on == day("2025-06-29")


# --- the subject's own status -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("force", "expected"), [("must", "breached"), ("should", "breached"), ("recommended", "due"), ("may", "due")]
)
def test_only_what_the_policy_says_must_or_should_be_colours_the_subject(force: str, expected: str) -> None:
    lax = {"id": "R-1", "subject": "worker", "every": {"event": SUPERVISED, "limit": "10 years"}}
    strict = {"id": "R-2", "subject": "worker", "force": force, "every": {"event": SUPERVISED, "limit": "28 days"}}
    facts = [adopted(policy(lax, strict)), started("2025-01-01")]
    assert status("2025-03-01", *facts, rule="R-2") == ("tolerated" if force == "may" else "breached")
    assert assessed("2025-03-01", *facts).status == expected


def test_an_answer_names_where_it_comes_from() -> None:
    rule = {"id": "R-1", "subject": "worker", "every": {"event": SUPERVISED, "limit": "28 days"}, "answers": ["R-0"],
            "quote": "Every four weeks.", "readings": ["RD-1"], "force": "should"}  # fmt: skip
    reading = {"phrase": "four weeks", "taken": "28 days from the last session"}
    facts = [adopted(policy(rule, readings={"RD-1": reading})), started("2025-01-01")]
    answer = assessed("2025-01-10", *facts)
    [found] = answer.findings
    assert (found.rule, found.clauses, found.policy, found.force) == ("R-1", ("R-1", "R-0"), "harbour", "should")
    assert found.reading == "four weeks = 28 days from the last session (RD-1)"
    assert [(p.id, p.version, p.applies_from) for p in answer.policies] == [("harbour", "1", day(ADOPTED))]


# --- codes that nobody knows ------------------------------------------------------------------------------------------

KINDS = {"session_kinds": ["individual", "group"]}


def counting_sessions(every: dict[str, Any]) -> Fact:
    pack = policy({"id": "R-1", "subject": "worker", "every": {"event": SUPERVISED} | every})
    return adopted(pack | {"codes": pack["codes"] | {"more": KINDS}})


@pytest.mark.parametrize(
    "every", [{"limit": "28 days"}, {"window": "month"}, {"target": "20 days", "limit": "60 days"}]
)
def test_a_session_of_a_kind_that_nobody_knows_may_have_been_the_one_so_nobody_can_tell(every: dict[str, Any]) -> None:
    facts = [counting_sessions(every), started("2025-01-01"), session("2025-01-20", kind="walk_and_talk")]
    found = finding("2025-02-05", *facts)
    assert (found.status, found.code, found.days_late) == ("not_assessable", "unknown_code", None)
    assert found.why.endswith(
        "But a session of 20 January 2025 has the kind “walk_and_talk”, which no policy in use knows, so it is not "
        "known whether it counts."
    )


@pytest.mark.parametrize("held", [{"kind": "group"}, {"kind": "walk_and_talk", "worker_id": "W-2"}])
def test_a_session_that_surely_does_not_count_leaves_no_doubt(held: dict[str, Any]) -> None:
    facts = [counting_sessions({"limit": "28 days"}), started("2025-01-01"), session("2025-01-20", **held)]
    assert status("2025-02-05", *facts) == "breached"


def test_a_doubtful_session_is_forgotten_with_the_next_that_counts() -> None:
    facts = [
        counting_sessions({"limit": "28 days"}),
        started("2025-01-01"),
        session("2025-01-20", kind="walk_and_talk"),
    ]
    assert statuses(["2025-03-05", "2025-04-05"], *facts, session("2025-03-01")) == ["due", "breached"]


def test_a_strand_that_is_stated_to_be_another_leaves_no_doubt_either() -> None:
    event = {"type": "SessionHeld", "where": {"kind": "individual", "strand": "personal"}}
    facts = [counting_sessions({"event": event, "limit": "28 days"}), started("2025-01-01")]
    assert status("2025-02-05", *facts, session("2025-01-20", kind="walk_and_talk")) == "not_assessable"
    assert status("2025-02-05", *facts, session("2025-01-20", kind="walk_and_talk", strand="case")) == "breached"
