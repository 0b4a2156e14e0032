"""A new version of a policy: what is closed is never judged again, and what is open gets notice, whatever the rule."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.compliance import assess, past
from app.domain.history import Subject
from app.domain.obligations import Obligation
from app.events.facts import Fact
from tests.domain import invented, invented_terms
from tests.domain.invented import DAYS, FIRST
from tests.domain.told import CASE, WORKER, adopted, answered, assessed, day, discussed, opened, policy, status, told

some = settings(max_examples=max(20, settings.default.max_examples // 2))
STRICTER: Mapping[str, Any] = {"limit": "5 days", "empty_allowed": 0, "times": 0, "minutes": 900, "cases": 0}


def stricter(said: Any) -> Any:
    """The same rules, each asking for more: shorter times, higher numbers, lower ceilings."""
    if isinstance(said, list):
        return [stricter(part) for part in said]
    if not isinstance(said, dict):
        return said
    asked = {name: stricter(part) for name, part in said.items() if name != "target"}
    for name in asked.keys() & STRICTER.keys():
        if type(asked[name]) is type(STRICTER[name]):
            asked[name] = STRICTER[name]
    if "at_least" in said and isinstance(said["at_least"], dict) and "times" in said["at_least"]:
        asked["at_least"]["times"] = 9
    return asked


def newer(pack: dict[str, Any], on: date) -> Fact:
    return adopted(pack | {"version": "2", "rules": stricter(pack["rules"])}, on.isoformat())


def closed(subject: Subject, facts: tuple[Fact, ...], on: date) -> dict[str, list[Obligation]]:
    """What was met in time or late by the day, by rule."""
    found = answered(lambda loaded: past(subject, loaded, on), facts)
    return {rule: [one for one in told if one.met_on is not None] for rule, told in found.items()}


def before(facts: tuple[Fact, ...], on: date) -> tuple[Fact, ...]:
    """What was told by the day before, without any other version of the policy."""
    known = [fact for fact in facts if fact.on is not None and fact.on < on]
    versions = [fact for fact in known if fact.type == "PolicyAdopted"][1:]
    return tuple(fact for fact in known if fact not in versions)


histories = st.one_of(
    st.tuples(st.just(WORKER), st.just(invented.of_worker()), invented.workers),
    st.tuples(st.just(WORKER), st.just(invented_terms.of_worker()), invented_terms.arranged_workers),
    st.tuples(st.just(CASE), st.just(invented.of_case()), invented.cases),
)
changes = st.integers(15, DAYS + 40).map(lambda offset: FIRST + timedelta(days=offset))


@some
@given(histories, changes)
def test_what_is_closed_is_never_judged_again(
    told_of: tuple[Subject, dict[str, Any], tuple[Fact, ...]], change: date
) -> None:
    subject, pack, facts = told_of
    known = before(facts, change)
    was = closed(subject, known, change - timedelta(days=1))
    now = closed(subject, (*known, newer(pack, change)), change + timedelta(days=20))
    for rule, obligations in was.items():
        assert [one for one in obligations if one not in now.get(rule, [])] == [], rule


@some
@given(histories, changes)
def test_nothing_is_late_on_the_day_of_a_change_that_was_not_late_the_day_before(
    told_of: tuple[Subject, dict[str, Any], tuple[Fact, ...]], change: date
) -> None:
    subject, pack, facts = told_of
    known = before(facts, change)
    day_before, both = change - timedelta(days=1), (*known, newer(pack, change))
    alone = answered(lambda loaded: assess(subject, loaded, change), known)
    changed = answered(lambda loaded: assess(subject, loaded, change), both)
    was = answered(lambda loaded: assess(subject, loaded, day_before), known)
    late = {found.rule for each in (alone, was) for found in each.findings if found.status == "breached"}
    assert [found.rule for found in changed.findings if found.status == "breached" and found.rule not in late] == []


# --- by example -------------------------------------------------------------------------------------------------------

DISCUSSED = {"event": {"type": "CaseDiscussed"}, "limit": "42 days"}
NATIONAL = adopted(policy({"id": "N-1", "subject": "case", "every": DISCUSSED}, name="national"))
OWN = policy({"id": "B-1", "subject": "case", "every": DISCUSSED | {"limit": "28 days"}}, name="borough")


def findings(on: str, *facts: Fact) -> dict[str, str]:
    return {found.rule: str(found.status) for found in assessed(on, *facts, subject=CASE).findings}


def test_an_own_supplement_stands_beside_a_national_pack_and_the_tighter_one_is_felt() -> None:
    facts = [NATIONAL, adopted(OWN, "2025-02-01"), opened("2025-01-01"), discussed("2025-02-10")]
    assert findings("2025-01-20", *facts) == {"N-1": "due"}
    assert findings("2025-03-11", *facts) == {"N-1": "due", "B-1": "breached"}
    assert assessed("2025-03-11", *facts, subject=CASE).status == "breached"


def test_a_new_version_of_one_policy_and_its_withdrawal_leave_the_other_as_it_is() -> None:
    newer_own = adopted(OWN | {"version": "2"} | {"rules": stricter(OWN["rules"])}, "2025-03-01")
    withdrawn = told("PolicyWithdrawn", policy_id="borough", withdrawn_on="2025-03-20")
    facts = [NATIONAL, adopted(OWN, "2025-02-01"), newer_own, withdrawn, opened("2025-01-01"), discussed("2025-02-10")]
    assert findings("2025-03-07", *facts) == {"N-1": "due", "B-1": "due"}, "with a week's notice"
    assert findings("2025-03-09", *facts) == {"N-1": "due", "B-1": "breached"}
    assert findings("2025-03-20", *facts) == {"N-1": "due"}
    again = adopted(OWN | {"version": "3"}, "2025-04-01")
    assert findings("2025-04-02", *facts, again) == {"N-1": "breached", "B-1": "due"}, "it begins anew"


def test_what_was_late_when_a_policy_was_withdrawn_stays_in_the_history() -> None:
    withdrawn = told("PolicyWithdrawn", policy_id="borough", withdrawn_on="2025-03-20")
    facts = (adopted(OWN, "2025-01-01"), withdrawn, opened("2025-01-01"), discussed("2025-02-10"))
    kept = answered(lambda loaded: past(CASE, loaded, day("2025-05-01")), facts)["B-1"]
    assert [str(one.status) for one in kept] == ["late_met", "breached"]
    assert kept[-1].ended_on == day("2025-03-19")


@pytest.mark.parametrize(
    "duty",
    [
        {"exists": {"event": {"type": "AgreementMade"}, "grace": {"limit": "28 days"}}},
        {"every": {"event": {"type": "SessionHeld"}, "limit": "28 days"}},
    ],
)
def test_what_is_open_has_a_week_from_the_day_of_the_change(duty: dict[str, Any]) -> None:
    pack = policy({"id": "R-1", "subject": "worker"} | duty)
    start = told("WorkerStarted", worker_id="W-1", started_on="2025-01-01", role="worker", service="quay")
    days = ["2025-01-19", "2025-01-20", "2025-01-27", "2025-01-28"]
    said = [status(on, adopted(pack), start, newer(pack, day("2025-01-20"))) for on in days]
    assert said == ["due", "due", "due", "breached"]
