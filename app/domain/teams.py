"""A team on any day: which cases are its own, who supervises each of them, and who holds which post.

Rules: a case is the team's by what was last said of it; who supervises it is who was assigned to the case, failing that
who was named when it was allocated, failing that the worker's supervisor of strand case, failing that of strand
personal. Whoever stands in counts while that runs. What is not known is said to be so and never guessed.

Facts about others are looked up for all days at once and a level at a time: what an answer depends on is then the same
on every day, whoever loads facts is asked only a few times, and a timeline puts nothing together twice. What is said of
a day rests on facts dated up to it alone. Left out: what a rule makes of it (`rules/balance`).
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final, NamedTuple

from app.domain.calendar import DAY
from app.domain.history import STRUCTURE, History, Subject
from app.domain.leading import lead_allocation
from app.domain.looking import Look
from app.domain.scope import Stretch, stretches
from app.domain.supervisors import Supervision, Supervisors, case_supervisors, supervisors
from app.events.facts import Fact

_PLACING: Final = ("CaseOpened", "CaseTransferred", "CaseAllocated")
_EMPLOYING: Final = ("WorkerStarted", "WorkerRoleChanged")
_OF_CASES: Final = ("worker_id", "supervisor_id", "case_supervisor_id")
_ASSIGNING: Final = frozenset({"SupervisorAssigned", "CaseSupervisorAssigned"})
_SUPERVISING: Final = ("case", "personal")


class Somebody:
    """One worker or case, on all days."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.stretches: Final = stretches(history)
        """Its life; empty when no start is known."""
        self._supervisors: dict[object, Supervisors] = {}

    def stretch(self, day: date) -> Stretch | None:
        """How it stood on the day; None where it was not there, or nobody had said so."""
        for stretch in reversed(self.stretches):  # a loop: asked of every case on every day of a timeline
            if stretch.since <= day and (stretch.until is None or day <= stretch.until):
                return stretch
        return None

    def situation(self, day: date) -> Mapping[str, Any]:
        """What was so on the day; nothing where it was not there."""
        stretch = self.stretch(day)
        return {} if stretch is None else stretch.situation

    def told(self, day: date, *types: str) -> list[Fact]:
        """The facts of these types dated up to the day, in order."""
        return [fact for fact in self.history.told(*types) if fact.on is not None and fact.on <= day]

    def supervisor(self, strand: str, day: date) -> Supervision | None:
        """Who supervises this worker in one strand."""
        if strand not in self._supervisors:
            self._supervisors[strand] = supervisors(self.history, strand)
        return self._supervisors[strand].on(day)

    def own_supervisor(self, began: date, day: date) -> Supervision | None:
        """Who was assigned to this case itself, in the period that began then."""
        if began not in self._supervisors:
            self._supervisors[began] = case_supervisors(self.history, began)
        return self._supervisors[began].on(day)


class Responsible(NamedTuple):
    """Who supervises a case on a day, and the facts that say so."""

    worker: str
    told: tuple[Fact, ...]


def team_of(history: History, through: Iterable[str]) -> "Team":
    """The team that the history is about, from what was told by then; `through`: see `Team`. Raises `FactsNeeded`.

    It is kept with the facts: what is dated later makes no difference to what it says of a day.
    """
    told_until = date.max if history.until == history.as_at else history.until
    key = (Team, history.subject, frozenset(through), told_until)
    kept = history.look.facts.kept
    team: Team = kept.get(key) or Team(history, frozenset(through), told_until)
    kept[key] = team
    return team


class Team:
    """A team, its cases and the people around them, on all days up to which anything was told.

    `cases` are all that were ever placed in it. `through` names the roles whose own supervisors may be asked for.
    """

    def __init__(self, history: History, through: frozenset[str], told_until: date) -> None:
        self.id = history.subject.id
        self._look = Look(history.look.facts)
        self._told_until = told_until
        self._known: dict[str, dict[str, Somebody]] = {"case": {}, "worker": {}}
        self._last_days: list[date] = []
        own = self._look.at(history.subject.tag, STRUCTURE)
        self.cases: Final = sorted({fact.data["case_id"] for fact in own if fact.type in _PLACING})
        self._members = sorted({fact.data["worker_id"] for fact in own if fact.type in _EMPLOYING})
        about_cases = self._about("case", self.cases)
        people = {*self._members, *(who for fact in about_cases for name in _OF_CASES if (who := fact.get(name)))}
        supervising = _supervisors_in(self._about("worker", people)) - people
        about_them = self._about("worker", supervising)
        asked = {fact.data["worker_id"] for fact in about_them if _has_role(fact, through)}
        self._about("worker", _supervisors_in(f for f in about_them if f.get("worker_id") in asked))
        self._last_days.sort()

    def case(self, identity: str) -> Somebody:
        """One of the cases."""
        return self._known["case"].get(identity) or self._somebody("case", identity)

    def worker(self, identity: str) -> Somebody:
        """One of the people."""
        return self._known["worker"].get(identity) or self._somebody("worker", identity)

    def next_last_day(self, day: date) -> date | None:
        """The next last day, from this one on, that an assignment states for itself."""
        at = bisect_left(self._last_days, day)
        return self._last_days[at] if at < len(self._last_days) else None

    def holders(self, role: str, day: date) -> tuple[str, ...]:
        """Who holds the post in this team on the day."""
        post = {"role": role, "team": self.id}
        return tuple(who for who in self._members if post.items() <= self.worker(who).situation(day).items())

    def members(self, day: date) -> tuple[str, ...]:
        """Who is in the team on the day, in whatever role."""
        return tuple(who for who in self._members if self.worker(who).situation(day).get("team") == self.id)

    def open_cases(self, day: date) -> dict[str, bool]:
        """The cases open in this team on the day: true, and false for those of which that is not known."""
        found = {identity: self._has(self.case(identity), day) for identity in self.cases}
        return {identity: has is True for identity, has in found.items() if has is not False}

    def held(self, case: str, day: date) -> bool:
        """Whether the case is known to have been the team's on that day."""
        return self.case(case).situation(day).get("team") == self.id

    def responsible(self, case: str, day: date) -> Responsible | None:
        """Who supervises the case on the day; None where that is not known."""
        somebody = self.case(case)
        stretch = somebody.stretch(day)
        if stretch is None:
            return None
        own = somebody.own_supervisor(stretch.began, day)
        if own is not None:
            return Responsible(own.supervisor, (own.told,))
        allocation = lead_allocation(somebody.told(day, "CaseAllocated", "CaseUnallocated"), stretch.began, day)
        return None if allocation is None else self._by_allocation(allocation, day)

    def _by_allocation(self, allocation: Fact, day: date) -> Responsible | None:
        if (named := allocation.get("case_supervisor_id")) is not None:
            return Responsible(named, (allocation,))
        worker = self.worker(allocation.data["worker_id"])
        found = next((one for strand in _SUPERVISING if (one := worker.supervisor(strand, day))), None)
        return None if found is None else Responsible(found.supervisor, (allocation, found.told))

    def _has(self, case: Somebody, day: date) -> bool | None:
        """None: it was the team's when last heard of, and either its opening or its present team is not known."""
        stretch = case.stretch(day)
        team = None if stretch is None else stretch.situation.get("team")
        if team is not None or (stretch is None and any(one.since <= day for one in case.stretches)):
            return bool(team == self.id)
        if stretch is None and case.told(day - DAY, "CaseClosed"):
            return False
        named = [fact.data["team_id"] for fact in case.told(day, *_PLACING) if _places(fact)]
        return None if named[-1:] == [self.id] else False

    def _about(self, kind: str, names: Iterable[str]) -> list[Fact]:
        facts = self._look.at_all((f"{kind}/{name}" for name in sorted(names)), STRUCTURE)
        self._last_days += [until for fact in facts if fact.type in _ASSIGNING and (until := fact.day("until"))]
        return facts

    def _somebody(self, kind: str, identity: str) -> Somebody:
        about = Subject(kind, identity)
        history = History(about, self._look, date.max, types=frozenset(), told_until=self._told_until)
        self._known[kind][identity] = found = Somebody(history)
        return found


def _supervisors_in(facts: Iterable[Fact]) -> set[str]:
    return {fact.data["supervisor_id"] for fact in facts if fact.type == "SupervisorAssigned"}


def _has_role(fact: Fact, roles: Collection[str]) -> bool:
    return fact.type in _EMPLOYING and fact.data["role"] in roles


def _places(fact: Fact) -> bool:
    """Whether it says in which team the case is; a second worker's allocation does not."""
    return "team_id" in fact.data and fact.get("responsibility", "lead") == "lead"
