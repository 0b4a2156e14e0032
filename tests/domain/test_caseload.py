"""How many cases a worker has: rules that apply from so many on, intervals by caseload, and no more than so many."""

from typing import Any

import pytest

from app.domain.compliance import past
from app.domain.policy.loading import check
from app.events.facts import Fact
from tests.domain.test_loading import ROLLING, changed
from tests.domain.told import WORKER, adopted, answered, assessed, day, policy, session, started, told

PERSONAL = {"type": "SessionHeld", "where": {"kind": "individual"}}
STARTED = started("2025-01-01")
MOST = {"id": "R-1", "subject": "worker", "at_most": {"cases": 2}}


def case(number: int, on: str, opened: str = "2025-01-01", **more: Any) -> list[Fact]:
    name = f"C-{number}"
    return [
        told("CaseOpened", case_id=name, opened_on=opened, service="quay"),
        told("CaseAllocated", case_id=name, worker_id="W-1", allocated_on=on, **more),
    ]


def closed(number: int, on: str) -> Fact:
    return told("CaseClosed", case_id=f"C-{number}", closed_on=on)


def found(on: str, *facts: Fact) -> Any:
    [one] = [each for each in assessed(on, *facts, subject=WORKER).findings if each.rule == "R-1"]
    return one


def test_no_more_cases_than_so_many() -> None:
    facts = [adopted(policy(MOST)), STARTED, *case(1, "2025-01-10"), *case(2, "2025-01-20"), *case(3, "2025-02-03")]
    assert [found(on, *facts).count for on in ("2025-01-09", "2025-01-10", "2025-02-02")] == [0, 1, 2]
    over = found("2025-02-04", *facts)
    assert (over.status, over.count, over.allowed) == ("breached", 3, 2)
    assert (over.due_on, over.days_late) == (day("2025-02-02"), 2)
    assert over.why == (
        "Leads 3 open cases on 4 February 2025. The policy allows no more than 2: 1 too many, since 3 February 2025."
    )
    assert over.put_right == "1 case to be closed or to be led by somebody else."


@pytest.mark.parametrize(
    "ending",
    [
        closed(3, "2025-02-10"),
        told("CaseUnallocated", case_id="C-3", worker_id="W-1", ended_on="2025-02-10"),
        told("CaseAllocated", case_id="C-3", worker_id="W-2", allocated_on="2025-02-11"),
    ],
    ids=["closed", "given back", "led by another"],
)
def test_a_case_counts_to_its_last_day(ending: Fact) -> None:
    facts = [adopted(policy(MOST)), STARTED, *case(1, "2025-01-10"), *case(2, "2025-01-20"), *case(3, "2025-02-03")]
    assert [found(on, *facts, ending).status for on in ("2025-02-10", "2025-02-11")] == ["breached", "met"]


def test_a_second_worker_of_a_case_does_not_lead_it() -> None:
    second = case(3, "2025-02-03", responsibility="secondary")
    facts = [adopted(policy(MOST)), STARTED, *case(1, "2025-01-10"), *case(2, "2025-01-20"), *second]
    assert found("2025-02-04", *facts).count == 2


def test_a_rule_applies_from_so_many_cases_on() -> None:
    about = {"applies": {"caseload": {"at_least": 2}}, "every": {"event": PERSONAL, "limit": "14 days"}}
    facts = [adopted(policy({"id": "R-1", "subject": "worker"} | about)), STARTED, *case(1, "2025-01-10")]
    more = [*facts, *case(2, "2025-01-20"), closed(2, "2025-02-20")]
    assert found("2025-01-30", *facts).status == "not_applicable"
    assert (found("2025-01-20", *more).status, found("2025-01-20", *more).due_on) == ("due", day("2025-02-03"))
    assert [found(on, *more).status for on in ("2025-02-04", "2025-02-20", "2025-02-21")] == [
        "breached", "breached", "not_applicable",
    ]  # fmt: skip


def test_the_interval_follows_the_caseload_and_its_clock_runs_on() -> None:
    rows_of = [
        {"id": "MANY", "when": {"caseload": {"at_least": 2}}, "every": {"event": "held", "limit": "14 days"}},
        {"id": "FEW", "when": {"caseload": {"at_most": 1}}, "every": {"event": "held", "limit": "28 days"}},
    ]
    pack = policy({"id": "R-1", "subject": "worker", "table": {"rows": rows_of}}, events={"held": PERSONAL})
    facts = [adopted(pack), STARTED, session("2025-01-15"), *case(1, "2025-01-10"), *case(2, "2025-01-20")]

    def due(on: str, rule: str) -> tuple[str, Any]:
        [one] = [each for each in assessed(on, *facts, subject=WORKER).findings if each.rule == rule]
        return str(one.status), one.due_on

    assert due("2025-01-19", "FEW") == ("due", day("2025-02-12"))
    assert due("2025-01-20", "MANY") == ("due", day("2025-01-29"))
    assert due("2025-01-20", "FEW")[0] == "not_applicable"


def test_what_becomes_of_a_case_later_changes_nothing_of_the_days_before() -> None:
    facts = [adopted(policy(MOST)), STARTED, *case(1, "2025-01-10"), *case(2, "2025-01-20"), *case(3, "2025-02-03")]
    assert found("2025-02-04", *facts, closed(1, "2025-02-05")).status == "breached"
    told_of = history_of("2025-03-01", *facts, closed(1, "2025-02-05"))
    assert [(one.due_on, one.met_on, str(one.status)) for one in told_of] == [
        (day("2025-02-02"), day("2025-02-06"), "late_met")
    ]


def test_what_an_earlier_version_allowed_is_allowed_until_there_are_fewer() -> None:
    lower = adopted(policy(MOST | {"at_most": {"cases": 1}}, version="2"), "2025-02-10")
    facts = [adopted(policy(MOST)), STARTED, *case(1, "2025-01-10"), *case(2, "2025-01-20"), lower]
    kept = found("2025-02-10", *facts)
    assert (kept.status, kept.count, kept.allowed) == ("met", 2, 1)
    assert "allowed until there are fewer" in kept.why
    assert found("2025-02-20", *facts, *case(3, "2025-02-20")).status == "breached"
    fewer = [*facts, closed(1, "2025-02-12"), *case(3, "2025-02-20")]
    assert [found(on, *fewer).status for on in ("2025-02-13", "2025-02-20")] == ["met", "breached"]


def history_of(on: str, *facts: Fact) -> Any:
    return answered(lambda loaded: past(WORKER, loaded, day(on)), facts)["R-1"]


@pytest.mark.parametrize(
    ("duty", "said"),
    [
        ("at_most: {cases: 20, times: 2}", "unknown key `times`"),
        ("at_most: {cases: many}", "`cases` must be a whole number"),
    ],
)
def test_a_ceiling_on_cases_says_nothing_else(duty: str, said: str) -> None:
    faults = check(changed(ROLLING, duty))
    assert [fault for fault in faults if said in fault.detail and fault.line > 20], faults


def test_only_workers_have_a_caseload() -> None:
    text = changed("subject: case", "subject: case\n    applies: {caseload: {at_least: 3}}")
    assert ["only workers have a caseload" in fault.detail for fault in check(text)] == [True]


def test_part_time_work_allows_a_part_of_the_cases() -> None:
    """Half of three is one; the answer says that it is pro rata."""
    asked = adopted(policy({"id": "R-1", "subject": "worker", "pro_rata": True, "at_most": {"cases": 3}}))
    cases = [*case(1, "2025-01-10"), *case(2, "2025-01-20")]
    over = found("2025-02-04", asked, started("2025-01-01", fte="0.5"), *cases)
    assert (over.status, over.count, over.allowed) == ("breached", 2, 1)
    assert over.why.endswith("1 too many, since 20 January 2025. That is pro rata, for 0.5 of full time.")
    assert found("2025-02-04", asked, started("2025-01-01", fte="1"), *cases).allowed == 3
    assert found("2025-02-04", asked, STARTED, *cases).status == "not_assessable"
