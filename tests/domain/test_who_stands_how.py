"""Who stands how to whom on a day, and to whom at all, against a naive reading of invented histories."""

from datetime import date, timedelta
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.access.reach import reach
from app.domain.access.relations import related
from app.domain.subject import Subject
from app.events.facts import Fact
from tests.domain.told import answered, told

FIRST: Final = date(2025, 3, 1)
DAYS: Final = 4
PEOPLE: Final = ("A", "B", "C", "D")
CASE: Final = "K"
OF_WORKER: Final = ("self", "supervised", "supervised_meanwhile", "supervised_on_cases", "managed", "below")
OF_CASE: Final = ("own_case", "supervised_case", "supervised_case_meanwhile", "case_below")

somebody, number = st.sampled_from(PEOPLE), st.integers(0, DAYS)
strands, bases = st.sampled_from(["personal", "professional", "case", None]), st.sampled_from(["interim", None])


def _date(value: int) -> str:
    return str(FIRST + timedelta(value))


OF_CASES: Final = ("CaseAllocated", "CaseUnallocated", "CaseSupervisorAssigned")


@st.composite
def an_event(draw: st.DrawFn, *, of_cases: bool) -> tuple[str, dict[str, Any]]:
    who, other, on, until = draw(somebody), draw(somebody), _date(draw(number)), draw(st.none() | number)
    ending = {"until": _date(until)} if until is not None else {}
    strand, basis = draw(strands), draw(bases)
    of = {name: value for name, value in (("strand", strand), ("basis", basis)) if value}
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("SupervisorAssigned", {"worker_id": who, "supervisor_id": other, "assigned_on": on, **of, **ending}),
        ("SupervisorUnassigned", {"worker_id": who, "supervisor_id": other, "ended_on": on, **of}),
        ("LineManagerAssigned", {"worker_id": who, "manager_id": other, "assigned_on": on}),
        ("LineManagerUnassigned", {"worker_id": who, "manager_id": other, "ended_on": on}),
        ("CaseAllocated", {"case_id": CASE, "worker_id": who, "allocated_on": on}),
        ("CaseAllocated", {"case_id": CASE, "worker_id": who, "allocated_on": on, "responsibility": "secondary"}),
        ("CaseUnallocated", {"case_id": CASE, "worker_id": who, "ended_on": on}),
        ("CaseSupervisorAssigned", {"case_id": CASE, "supervisor_id": who, "assigned_on": on, **ending}
         | ({"basis": basis} if basis else {})),
        ("WorkerLeft", {"worker_id": who, "left_on": on}),
    ]  # fmt: skip
    return draw(st.sampled_from([kind for kind in kinds if of_cases or kind[0] not in OF_CASES]))


@st.composite
def histories(draw: st.DrawFn) -> tuple[Fact, ...]:
    """Everybody starts before the first day and leaves once at most; the rest in any order, some of it told twice."""
    sent = [("WorkerStarted", {"worker_id": who, "started_on": _date(-30), "role": "worker", "service": "quay"})
            for who in PEOPLE]  # fmt: skip
    sent.append(("CaseOpened", {"case_id": CASE, "opened_on": _date(-20), "service": "quay"}))
    few = draw(st.booleans())  # of fewer kinds, so that they meet more often
    some = draw(st.lists(an_event(of_cases=few), max_size=12))
    some = [event for event in some if not few or event[0] in OF_CASES or event[0] == "LineManagerAssigned"]
    left = {event[1]["worker_id"]: event for event in some if event[0] == "WorkerLeft"}
    sent += [event for event in some if event[0] != "WorkerLeft"] + [*left.values()]
    twice = draw(st.lists(st.sampled_from(sent), max_size=3))
    return tuple(told(kind, **data) for kind, data in draw(st.permutations([*sent, *twice])))


class Naive:
    """All that was told by the evening of a day, read from the first day to that one."""

    def __init__(self, facts: tuple[Fact, ...], day: date) -> None:
        self.day = day
        known = sorted(facts, key=lambda fact: (fact.on, fact.id))
        self.told = [fact for fact in known if fact.on is not None and fact.on <= day]

    def of(self, name: str, value: str, *types: str) -> list[Fact]:
        return [fact for fact in self.told if fact.data.get(name) == value and fact.type in types]

    def gone(self, who: str) -> bool:
        return any(fact.on < self.day for fact in self.of("worker_id", who, "WorkerLeft") if fact.on)

    def _running(self, told: list[Fact]) -> set[tuple[str, bool]]:
        last: dict[str, tuple[str, date]] = {}
        for fact in told:
            who, on = fact.data["supervisor_id"], fact.on or self.day
            if fact.type == "SupervisorUnassigned":
                for basis in [fact.get("basis")] if fact.get("basis") else ["permanent", "interim"]:
                    if basis in last and last[basis][0] == who and last[basis][1] >= on:
                        last[basis] = (who, on)
            else:
                last[fact.get("basis", "permanent")] = (who, fact.day("until") or date.max)
        # an assignment that was over before it began was never one
        return {(who, basis == "interim") for basis, (who, until) in last.items() if until >= self.day}

    def supervisors(self, worker: str, *strands: str) -> set[tuple[str, bool]]:
        told = self.of("worker_id", worker, "SupervisorAssigned", "SupervisorUnassigned")
        by_strand = {strand: [fact for fact in told if fact.get("strand", "personal") == strand] for strand in strands}
        return {one for facts in by_strand.values() for one in self._running(facts)}

    def manager(self, worker: str) -> str | None:
        found: str | None = None
        ended = date.max
        for fact in self.of("worker_id", worker, "LineManagerAssigned", "LineManagerUnassigned"):
            if fact.type == "LineManagerAssigned":
                found, ended = fact.data["manager_id"], date.max
            elif fact.data["manager_id"] == found:
                ended = fact.on or date.max
        return found if self.day <= ended else None

    def lead(self) -> str | None:
        found: str | None = None
        ended = date.max
        for fact in self.of("case_id", CASE, "CaseAllocated", "CaseUnallocated"):
            if fact.type == "CaseAllocated" and fact.get("responsibility", "lead") == "lead":
                found, ended = fact.data["worker_id"], date.max
            elif fact.type == "CaseUnallocated" and fact.data["worker_id"] == found:
                ended = min(ended, fact.on or date.max)
        return found if self.day <= ended else None

    def beside(self) -> set[str]:
        """Who holds the case beside the lead: the last day on it is still theirs."""
        held = set()
        for fact in self.of("case_id", CASE, "CaseAllocated", "CaseUnallocated"):
            who = fact.data["worker_id"]
            if fact.type == "CaseUnallocated":
                held -= {who} if fact.on and fact.on < self.day else set()
            else:
                held = held | {who} if fact.get("responsibility") == "secondary" else held - {who}
        return held

    def to_worker(self, person: str, worker: str) -> set[str]:
        own, on_cases = self.supervisors(worker, "personal", "professional"), self.supervisors(worker, "case")
        everyone = {who for who, _ in own | on_cases} - {person}
        stands = {
            "self": person == worker, "supervised": (person, False) in own,
            "supervised_meanwhile": (person, True) in own,
            "supervised_on_cases": person in {who for who, _ in on_cases},
            "managed": self.manager(worker) == person, "below": any(self.manager(who) == person for who in everyone),
        }  # fmt: skip
        return set() if self.gone(person) else {name for name, is_so in stands.items() if is_so}

    def to_case(self, person: str) -> set[str]:
        lead = self.lead()
        found = self._running(self.of("case_id", CASE, "CaseSupervisorAssigned"))
        found |= self.supervisors(lead, "personal", "case") if lead else set()
        stands = {
            "own_case": person == lead or person in self.beside(), "supervised_case": (person, False) in found,
            "supervised_case_meanwhile": (person, True) in found,
            "case_below": any(self.manager(who) == person for who in {who for who, _ in found} - {person}),
        }  # fmt: skip
        return set() if self.gone(person) else {name for name, is_so in stands.items() if is_so}


@given(histories(), st.integers(0, DAYS + 3), somebody)
@settings(max_examples=60)
def test_everybody_stands_as_a_naive_reading_says(facts: tuple[Fact, ...], after: int, person: str) -> None:
    day = FIRST + timedelta(after)
    naive = Naive(facts, day)
    for worker in PEOPLE:
        found = answered(lambda told, who=worker: related(person, Subject("worker", who), told, day), facts)
        assert {one.name for one in found} - {"council", "service"} == naive.to_worker(person, worker), worker
        assert ("council" in {one.name for one in found}) == (not naive.gone(person))
    found = answered(lambda told: related(person, Subject("case", CASE), told, day), facts)
    assert {one.name for one in found} - {"council", "service"} == naive.to_case(person)


@given(histories(), st.integers(0, DAYS + 3), somebody)
@settings(max_examples=60)
def test_a_list_reaches_exactly_those_of_whom_each_may_be_asked_alone(
    facts: tuple[Fact, ...], after: int, person: str
) -> None:
    day = FIRST + timedelta(after)
    naive = Naive(facts, day)
    for name in (*OF_WORKER, *OF_CASE):
        found = answered(lambda told, of=name: reach(person, [of], told, day), facts)
        assert not found.everybody
        assert found.workers == {worker for worker in PEOPLE if name in naive.to_worker(person, worker)}, name
        listed = {CASE} if CASE in found.cases or naive.lead() in found.led_by else set()
        assert listed == ({CASE} if name in naive.to_case(person) else set()), name


def test_whoever_holds_a_case_holds_it_on_their_last_day_too() -> None:
    for responsibility in ("lead", "secondary"):
        facts = (
            told("CaseOpened", case_id=CASE, opened_on=_date(0), service="quay"),
            told("CaseAllocated", case_id=CASE, worker_id="A", allocated_on=_date(1), responsibility=responsibility),
            told("CaseUnallocated", case_id=CASE, worker_id="A", ended_on=_date(3)),
        )
        on = [{one.name for one in answered(lambda told, at=at: related("A", Subject("case", CASE), told, at), facts)}
              for at in (FIRST + timedelta(3), FIRST + timedelta(4))]  # fmt: skip
        assert on == [{"council", "own_case"}, {"council"}]
