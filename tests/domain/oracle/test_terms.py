"""The evaluation and a naive count agree on credit, ceilings, caseload, arrangements, excusals, strands, day by day."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given, note
from hypothesis import strategies as st

from app.domain.compliance import assess
from app.events.facts import Fact
from tests.domain import told
from tests.domain.oracle.terms import RULES, Told, judge
from tests.domain.told import WORKER, adopted, answered, calendar, policy

FIRST, DAYS = date(2025, 1, 1), 150
SAID = ("VARIED", "CREDIT", "CEILING", "CEILING-MONTH", "CASES")
"""The rules of which the date is compared too."""


def on(offset: int) -> str:
    return (FIRST + timedelta(days=offset)).isoformat()


days = st.integers(0, DAYS)
kinds = st.sampled_from(["individual", "individual", "group", "peer"])
sessions = st.tuples(st.just("session"), days, kinds, st.just(0))
rhythms = st.sampled_from(["7 days", "14 days", "2 months", "1 year"])
arranged = st.tuples(st.just("arranged"), days, rhythms, st.integers(0, 40))
ended = st.tuples(st.just("ended"), days, st.just(""), st.integers(0, 4))
excused = st.tuples(st.just("excused"), days, st.just(""), st.integers(0, 40))
endings = st.sampled_from(["closed", "given back", "given on", "lasts"])
led = st.tuples(st.just("case"), days, endings, st.integers(1, 40))
happenings = st.lists(st.one_of(sessions, sessions, sessions, arranged, ended, excused, led), max_size=14)


def as_told(happened: list[tuple[str, int, str, int]], as_at: date, started: int) -> Told:
    """What a careful reader has read by the end of the day."""
    read = Told(FIRST + timedelta(days=started), date(2025, 1, 10))
    for number, (what, offset, more, by) in enumerate(happened):
        first, last = FIRST + timedelta(days=offset), FIRST + timedelta(days=offset + by)
        if first > as_at:
            continue
        if what == "session":
            read.sessions.append((first, more))
        elif what == "arranged":
            read.arranged.append((first, last if by % 3 else None, more, f"V-{number}"))
        elif what == "ended":
            read.ended[f"V-{by}"] = min(first, read.ended.get(f"V-{by}", date.max))
        elif what == "excused":
            read.excused.append((first, last))
        else:
            events = [(first, "opened", ""), (first, "allocated", "W-1")]
            ending = {"closed": (last, "closed", ""), "given back": (last, "given back", "W-1")}
            ending["given on"] = (last, "allocated", "W-2")
            events += [ending[more]] if more in ending and last <= as_at else []
            read.cases[f"C-{number}"] = events
    read.arranged.sort(key=lambda one: one[0])
    return read


def as_facts(happened: list[tuple[str, int, str, int]], started: int) -> tuple[Fact, ...]:
    """The same as the ledger tells it."""
    facts = [adopted(policy(*RULES), "2025-01-10"), calendar(), told.started(on(started))]
    for number, (what, offset, more, by) in enumerate(happened):
        facts += _facts(number, what, offset, (more, by))
    return tuple(facts)


def _facts(number: int, what: str, offset: int, rest: tuple[str, int]) -> list[Fact]:
    more, by = rest
    if what == "session":
        return [told.session(on(offset), kind=more)]
    if what == "arranged":
        until: dict[str, Any] = {"until_on": on(offset + by)} if by % 3 else {}
        said = {"variation_id": f"V-{number}", "worker_id": "W-1", "rule": "VARIED", "parameters": {"every": more}}
        return [told.told("VariationApproved", from_on=on(offset), approved_by="M-1", **said, **until)]
    if what == "ended":
        return [told.told("VariationEnded", variation_id=f"V-{by}", ended_on=on(offset))]
    if what == "excused":
        days_off = {"from_on": on(offset), "until_on": on(offset + by)}
        return [told.told("ExcusalGranted", worker_id="W-1", rule="VARIED", granted_by="M-1", **days_off)]
    case = {"case_id": f"C-{number}"}
    ending = {
        "closed": told.told("CaseClosed", closed_on=on(offset + by), **case),
        "given back": told.told("CaseUnallocated", worker_id="W-1", ended_on=on(offset + by), **case),
        "given on": told.told("CaseAllocated", worker_id="W-2", allocated_on=on(offset + by), **case),
    }
    begun = told.told("CaseOpened", opened_on=on(offset), service="quay", **case)
    leads = told.told("CaseAllocated", worker_id="W-1", allocated_on=on(offset), **case)
    return [begun, leads, *([ending[more]] if more in ending else [])]


@given(happenings, st.integers(0, 60), st.lists(days, min_size=1, max_size=4))
def test_both_say_the_same_of_every_day(
    happened: list[tuple[str, int, str, int]], started: int, asked: list[int]
) -> None:
    facts = as_facts(happened, started)
    for day in (FIRST + timedelta(days=max(started, 9) + offset) for offset in asked):
        expected = judge(as_told(happened, day, started), day)
        found = answered(lambda loaded, day=day: assess(WORKER, loaded, day), facts)
        said = {one.rule: (str(one.status), one.due_on) for one in found.findings}
        note(f"as at {day}")
        assert {rule: status for rule, (status, _) in said.items()} == {
            rule: status for rule, (status, _) in expected.items()
        }
        late = {rule: due for rule, (status, due) in said.items() if rule in SAID and status in ("breached", "excused")}
        assert late == {rule: expected[rule][1] for rule in late}
