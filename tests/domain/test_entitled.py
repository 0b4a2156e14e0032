"""Who may do something: by what they are to whoever is supervised, by their own role, on that day."""

from typing import Any

import pytest

from app.domain.timelines import timeline
from app.events.facts import Fact, Facts, FactsNeeded
from tests.domain.told import (
    CASE,
    adopted,
    allocated,
    by_tag,
    calendar,
    discussed,
    finding,
    history,
    opened,
    policy,
    session,
    started,
    status,
    statuses,
    told,
)

OPENED = opened("2025-01-01")
RECORD = {"type": "RecordCompleted", "called": "record"}
SUPERVISOR = {"person": "author_id", "relation": "supervisor"}
DISCUSSION = {"type": "CaseDiscussed", "where": {"setting": "individual"}}


def of_case(by: dict[str, Any]) -> Fact:
    return adopted(policy({"id": "R-1", "subject": "case", "latest": {"event": RECORD, "by": by}}))


def of_worker(by: dict[str, Any]) -> Fact:
    held = {"type": "SessionHeld", "where": {"kind": "individual"}}
    return adopted(policy({"id": "R-1", "subject": "worker", "latest": {"event": held, "by": by}}))


def record(on: str, by: str, of: str = "2025-03-03", **more: str) -> Fact:
    about = {"case_id": "C-1", "discussed_on": of}
    return told(
        "RecordCompleted", record_id=f"R-{on}-{by}", kind="form", completed_at=on, author_id=by, **about, **more
    )


def supervised(by: str, on: str, **more: str) -> Fact:
    return told("SupervisorAssigned", worker_id="W-1", supervisor_id=by, assigned_on=on, **more)


def test_whom_the_discussion_names_is_its_supervisor() -> None:
    facts = [of_case(SUPERVISOR), OPENED, discussed("2025-03-03", supervisor_id="M-1")]
    assert status("2025-03-05", *facts, record("2025-03-05", "M-1")) == "met"
    found = finding("2025-03-05", *facts, record("2025-03-05", "W-1"))
    assert (found.status, found.code) == ("breached", "wrong_author")
    assert "somebody other than the supervisor" in found.why
    assert found.put_right == "The next record, by the supervisor, or whoever stands in."


def test_what_was_typed_for_the_supervisor_is_the_supervisors() -> None:
    facts = [of_case(SUPERVISOR), OPENED, discussed("2025-03-03", supervisor_id="M-1")]
    assert status("2025-03-05", *facts, record("2025-03-05", "W-1", on_behalf_of_id="M-1")) == "met"
    assert status("2025-03-05", *facts, record("2025-03-05", "M-1", on_behalf_of_id="W-1")) == "breached"


@pytest.mark.parametrize(
    "known",
    [
        [supervised("M-1", "2025-01-01")],
        [supervised("M-1", "2025-01-01", strand="case"), supervised("M-3", "2025-01-01")],
        [supervised("M-3", "2025-01-01"), supervised("M-1", "2025-03-01", basis="interim", until="2025-03-04")],
        [told("CaseSupervisorAssigned", case_id="C-1", supervisor_id="M-1", assigned_on="2025-02-01")],
    ],
)
def test_where_it_names_nobody_the_one_who_supervised_on_that_day_is_meant(known: list[Fact]) -> None:
    facts = [of_case(SUPERVISOR), OPENED, allocated("2025-01-02"), discussed("2025-03-03"), *known]
    assert status("2025-03-05", *facts, record("2025-03-05", "M-1")) == "met"
    assert status("2025-03-05", *facts, record("2025-03-05", "M-2")) == "breached"


def test_a_supervisor_of_another_day_is_not_meant() -> None:
    before, after = supervised("M-1", "2025-01-01"), supervised("M-2", "2025-02-01")
    facts = [of_case(SUPERVISOR), OPENED, allocated("2025-01-02"), discussed("2025-03-03"), before, after]
    assert status("2025-03-05", *facts, record("2025-03-05", "M-1")) == "breached"
    assert status("2025-03-05", *facts, record("2025-03-05", "M-2")) == "met"
    assert status("2025-03-05", *facts, record("2025-03-05", "M-3"), supervised("M-3", "2025-03-06")) == "breached"


def test_where_nobody_is_known_to_supervise_it_is_not_known() -> None:
    found = finding("2025-03-05", of_case(SUPERVISOR), OPENED, discussed("2025-03-03"), record("2025-03-05", "M-1"))
    assert (found.status, found.code) == ("not_assessable", "not_known")
    assert "It is not known whether its author was the supervisor" in found.why


ROLES = {"person": "supervisor_id", "code": "supervisor_role_not_permitted",
         "any_of": [{"role": ["manager"]}, {"relation": "line_manager"}]}  # fmt: skip


def test_one_of_several_kinds_of_person_is_enough() -> None:
    facts = [of_worker(ROLES), started("2025-01-01"), session("2025-03-03", supervisor_id="M-1")]
    manages = told("LineManagerAssigned", worker_id="W-1", manager_id="M-1", assigned_on="2025-01-01")
    captain = started("2025-01-01", worker_id="M-1", role="worker")
    assert status("2025-03-03", *facts, started("2025-01-01", worker_id="M-1", role="manager")) == "met"
    assert status("2025-03-03", *facts, captain, manages) == "met"
    other = told("LineManagerAssigned", worker_id="W-1", manager_id="M-2", assigned_on="2025-02-01")
    found = finding("2025-03-03", *facts, captain, manages, other)
    assert (found.status, found.code) == ("breached", "supervisor_role_not_permitted")
    assert "somebody other than a manager or the line manager" in found.why


def test_a_role_that_somebody_has_only_later_or_nobody_told_is_not_known() -> None:
    facts = [of_worker(ROLES), started("2025-01-01"), session("2025-03-03", supervisor_id="M-1")]
    later = started("2025-03-04", worker_id="M-1", role="manager")
    assert statuses(["2025-03-03", "2025-03-05"], *facts, later) == ["not_assessable", "not_assessable"]
    untold = finding("2025-03-03", of_worker(ROLES), started("2025-01-01"), session("2025-03-03"))
    assert (untold.status, untold.code) == ("not_assessable", "not_known")
    assert untold.why.endswith(
        "Its supervisor was not told, so it is not known whether it was a manager or the line manager."
    )


def test_a_manager_who_manages_no_more_is_no_line_manager() -> None:
    only = {"person": "supervisor_id", "relation": "line_manager"}
    manages = told("LineManagerAssigned", worker_id="W-1", manager_id="M-1", assigned_on="2025-01-01")
    ended = told("LineManagerUnassigned", worker_id="W-1", manager_id="M-1", ended_on="2025-03-03")
    facts = [of_worker(only), started("2025-01-01"), manages, ended]
    assert status("2025-03-03", *facts, session("2025-03-03", supervisor_id="M-1")) == "met"
    assert status("2025-03-04", *facts, session("2025-03-04", supervisor_id="M-1")) == "not_assessable"


def test_all_that_is_said_of_a_person_must_hold() -> None:
    both = {"person": "supervisor_id", "role": "manager", "registered": True}
    facts = [of_worker(both), started("2025-01-01"), session("2025-03-03", supervisor_id="M-1")]
    manager = started("2025-01-01", worker_id="M-1", role="manager")
    checked = told(
        "RegistrationChecked", worker_id="M-1", checked_on="2025-02-01", regulator="SWE", status="registered"
    )
    lapsed = told("RegistrationChecked", worker_id="M-1", checked_on="2025-02-02", regulator="SWE", status="lapsed")
    assert status("2025-03-03", *facts, manager) == "not_assessable"
    assert status("2025-03-03", *facts, manager, checked) == "met"
    assert status("2025-03-03", *facts, manager, checked, lapsed) == "breached"


def test_an_answer_by_somebody_else_is_no_answer() -> None:
    answer = {"event": RECORD, "same": "discussion", "by": SUPERVISOR}
    within = {"after": DISCUSSION, "answered_by": answer, "limit": "5 working days"}
    pack = adopted(policy({"id": "R-1", "subject": "case", "within": within}))
    facts = [pack, calendar(), OPENED, discussed("2025-03-03", supervisor_id="M-1"), record("2025-03-04", "W-1")]
    assert statuses(["2025-03-10", "2025-03-11"], *facts) == ["due", "breached"]
    found = finding("2025-03-11", *facts)
    assert found.code == "wrong_author"
    assert "somebody other than the supervisor" in found.why
    assert finding("2025-03-10", *facts).code is None
    facts.append(record("2025-03-12", "M-1"))
    assert status("2025-03-12", *facts) == "late_met"
    assert [past.status for past in history("2025-03-12", *facts)] == ["late_met"]
    unknown = [pack, calendar(), OPENED, discussed("2025-03-03"), record("2025-03-04", "W-1")]
    assert status("2025-03-11", *unknown) == "met"


def test_a_session_that_a_record_of_a_case_names_says_who_supervised() -> None:
    held = session("2025-03-03", session_id="S-1", worker_id="W-1", supervisor_id="M-1")
    fields = {"record_id": "R-1", "kind": "form", "case_id": "C-1", "session_id": "S-1", "completed_at": "2025-03-04"}
    pack = adopted(
        policy({"id": "R-1", "subject": "case", "latest": {"event": {"type": "RecordCompleted"}, "by": SUPERVISOR}})
    )
    facts = [pack, OPENED, held]
    assert status("2025-03-04", *facts, told("RecordCompleted", author_id="M-1", **fields)) == "met"
    assert status("2025-03-04", *facts, told("RecordCompleted", author_id="M-2", **fields)) == "breached"
    assert status("2025-03-04", pack, OPENED, told("RecordCompleted", author_id="M-1", **fields)) == "not_assessable"


def test_a_registration_that_ran_out_before_is_not_known() -> None:
    only = {"person": "supervisor_id", "registered": True}
    checked = {"worker_id": "M-1", "checked_on": "2025-02-03", "regulator": "SWE", "status": "registered"}
    facts = [of_worker(only), started("2025-01-01"), started("2025-01-01", worker_id="M-1")]
    facts.append(told("RegistrationChecked", **checked, expires_on="2025-03-03"))
    assert status("2025-03-03", *facts, session("2025-03-03", supervisor_id="M-1")) == "met"
    assert status("2025-03-04", *facts, session("2025-03-04", supervisor_id="M-1")) == "not_assessable"
    again = told("RegistrationChecked", **checked | {"checked_on": "2025-03-04"})
    assert status("2025-03-04", *facts, again, session("2025-03-04", supervisor_id="M-1")) == "met"


def test_however_many_people_and_sessions_a_file_names_they_are_looked_up_in_a_few_steps() -> None:
    days = [f"2025-{month:02}-{day:02}" for month in range(2, 8) for day in (3, 10, 17, 24)]
    kinds = [{"person": "author_id", "role": "manager"}, {"person": "author_id", "relation": "supervisor"}]
    facts = [adopted(policy(*({"id": f"R-{n}", "subject": "case", "latest": {"event": RECORD, "by": by}}
                              for n, by in enumerate(kinds)))), OPENED]  # fmt: skip
    for number, on in enumerate(days):
        facts.append(session(on, session_id=f"S-{number}", supervisor_id=f"M-{number}"))
        facts.append(record(on, f"M-{number}", session_id=f"S-{number}"))
    everything = by_tag(*facts)
    loaded: dict[str, list[Fact]] = {"council/policies": everything["council/policies"]}
    step = 0
    while True:
        step += 1
        try:
            rows = timeline(CASE, Facts(loaded))
            break
        except FactsNeeded as needed:
            loaded |= {tag: everything.get(tag, []) for tag in needed.tags}
    assert step <= 8
    assert {str(row.status) for row in rows if row.rule == "R-1"} >= {"met"}


def test_whom_the_session_names_is_not_its_supervisor_by_being_named() -> None:
    pack = of_worker({"person": "supervisor_id", "relation": "supervisor"})
    facts = [pack, started("2025-01-01"), supervised("M-1", "2025-01-01")]
    assert status("2025-03-03", *facts, session("2025-03-03", supervisor_id="M-1")) == "met"
    assert status("2025-03-03", *facts, session("2025-03-03", supervisor_id="M-2")) == "breached"


def test_the_supervisor_named_with_the_last_allocation_may_and_the_one_before_may_not() -> None:
    named = [
        told("CaseAllocated", case_id="C-1", worker_id="W-1", allocated_on=on, case_supervisor_id=who)
        for on, who in (("2025-01-02", "M-1"), ("2025-02-03", "M-2"))
    ]
    facts = [of_case(SUPERVISOR), OPENED, *named, discussed("2025-03-03")]
    assert status("2025-03-05", *facts, record("2025-03-05", "M-2")) == "met"
    assert status("2025-03-05", *facts, record("2025-03-05", "M-3")) == "breached"


def test_a_role_that_no_policy_knows_leaves_it_open() -> None:
    facts = [of_worker({"person": "supervisor_id", "role": "manager"}), started("2025-01-01")]
    facts += [session("2025-03-03", supervisor_id="M-1")]
    for role, expected in {"manager": "met", "worker": "breached", "harpooner": "not_assessable"}.items():
        assert status("2025-03-03", *facts, started("2025-01-01", worker_id="M-1", role=role)) == expected


def test_an_answer_that_does_not_count_is_named_all_the_same() -> None:
    by = {"person": "author_id", "relation": "supervisor", "code": "wrong_author"}
    within = {"after": {"type": "CaseDiscussed"}, "limit": "5 days",
              "answered_by": {"event": RECORD, "same": "discussion", "by": by}}  # fmt: skip
    facts = [adopted(policy({"id": "R-1", "subject": "case", "within": within})), OPENED]
    facts += [discussed("2025-03-03", supervisor_id="M-1"), record("2025-03-05", "W-1")]
    [item] = finding("2025-03-10", *facts).items
    assert (str(item.status), item.code, item.met_on, len(item.evidence)) == ("breached", "wrong_author", None, 1)
