"""How a person stands to a worker, a case, a team or the whole council on a day, as the facts say. Pure.

Rights are those of today, also over what is long past: whoever no longer supervises somebody has lost what they could
read with it (LU-83), and whoever has left the council stands to nobody. What is not known relates nobody to anything.
Facts are reached by tag and asked for; the day is today wherever access is meant.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Final

from app.domain.access.deciding import Related
from app.domain.history import STRUCTURE, History
from app.domain.leading import lead_allocation
from app.domain.looking import Look
from app.domain.people import MANAGING, line_manager, people
from app.domain.scope import Stretch
from app.domain.subject import Subject
from app.domain.supervisors import Supervisors, case_supervisors, supervisors
from app.domain.teams import Somebody
from app.events.facts import Facts
from app.events.tags import workers_of

OF_COUNCIL: Final = Related("council")
OWN_STRANDS: Final = ("personal", "professional")
"""The strands in which a worker's own supervision is spoken of; the strand `case` is about their cases only."""
_TYPES: Final = STRUCTURE.union(MANAGING)

TOGETHER: Final = frozenset({"group", "peer", "practice_meeting"})
"""The settings in which others than the supervisor and the worker hear of a case."""
_HELD: Final = frozenset({"SessionHeld"})

Runs = tuple[str, bool]
"""A supervisor who has the post on the day, and whether they only stand in."""


def related(person: str | None, subject: Subject, facts: Facts, day: date) -> frozenset[Related]:
    """How the person stands to the subject on the day, grants left out. Raises `FactsNeeded`."""
    if person is None:
        return frozenset({OF_COUNCIL})
    look = Look(facts.as_at(day))
    if has_left(person, look, day):
        return frozenset()
    stands = (Related(name) for name in names(person, subject, look, day))
    return frozenset({OF_COUNCIL, *stands, *_attended(person, subject, look, day)})


def names(person: str, subject: Subject, look: Look, day: date) -> set[str]:
    """The names of the relations in which somebody who works here stands to the subject. Raises `FactsNeeded`."""
    to = {"worker": _to_worker, "case": _to_case, "team": _to_team}.get(subject.kind)
    return set() if to is None else set(to(person, history_of(subject, look, day), day))


def history_of(subject: Subject, look: Look, day: date) -> History:
    """What is known of who somebody or something is, and of who supervises and manages them."""
    return History(subject, look, day, types=_TYPES)


def posts(person: str, facts: Facts, day: date) -> frozenset[str]:
    """The posts that somebody holds on the day, in the council's own words. Raises `FactsNeeded`."""
    role = _worker(person, Look(facts.as_at(day)), day).situation(day).get("role")
    return frozenset() if role is None else frozenset({role})


def has_left(person: str, look: Look, day: date) -> bool:
    """Whether somebody who worked here does so no more, also if nobody told when they began.

    Of whom nothing is told that is not so.
    """
    they = _worker(person, look, day)
    if they.stretches:
        return they.stretch(day) is None
    return any(fact.on is not None and fact.on < day for fact in they.history.told("WorkerLeft"))


def _worker(person: str, look: Look, day: date) -> Somebody:
    return Somebody(history_of(Subject("worker", person), look, day))


def supervising(worker: Somebody, strand: str, day: date) -> set[Runs]:
    """Who supervises a worker in a strand: the permanent one, also while somebody stands in, and who stands in."""
    return _running(supervisors(worker.history, strand), day)


def _running(told: Supervisors, day: date) -> set[Runs]:
    both = ((told.assigned, False), (told.interim, True))
    return {(one.supervisor, stands_in) for found, stands_in in both for one in found if one.covers(day)}


def _to_worker(person: str, history: History, day: date) -> Iterator[str]:
    worker = people(history, [history.subject.id])[history.subject.id]
    if history.subject.id == person:
        yield "self"
    own = {runs for strand in OWN_STRANDS for runs in supervising(worker, strand, day)}
    on_cases = supervising(worker, "case", day)
    if (person, False) in own:
        yield "supervised"
    if (person, True) in own:
        yield "supervised_meanwhile"
    if person in {who for who, _ in on_cases}:
        yield "supervised_on_cases"
    if line_manager(worker, day) == person:
        yield "managed"
    if _manages(person, {who for who, _ in own | on_cases}, history, day):
        yield "below"
    if _in_service(person, history, worker.stretches, day):
        yield "service"


def _to_case(person: str, history: History, day: date) -> Iterator[str]:
    stretch = next((one for one in reversed(Somebody(history).stretches) if one.since <= day), None)
    if stretch is None:
        return
    if person in _holders(history, stretch.began, day):
        yield "own_case"
    supervisors = supervising_case(history, stretch.began, day)
    if (person, False) in supervisors:
        yield "supervised_case"
    if (person, True) in supervisors:
        yield "supervised_case_meanwhile"
    if _manages(person, {who for who, _ in supervisors}, history, day):
        yield "case_below"
    if _in_service(person, history, [stretch], day):
        yield "service"


def _to_team(person: str, history: History, day: date) -> Iterator[str]:
    told = history.look.at(f"by/{person}", frozenset({"SupervisorAssigned"}))
    theirs = [who for who in {fact.data["worker_id"] for fact in told} if _supervises(person, who, history, day)]
    found = people(history, [person, *theirs]).values()
    if history.subject.id in {each.situation(day).get("team") for each in found}:
        yield "leads"
    if _in_service(person, history, Somebody(history).stretches, day):
        yield "service"


def supervising_case(history: History, began: date, day: date) -> set[Runs]:
    """Who supervises a case: who is assigned to it or was named with its allocation, and who supervises its lead.

    The supervisor of a worker sees the cases of that worker, whoever else supervises these.
    """
    found = _running(case_supervisors(history, began), day)
    allocation = lead_allocation(history.told("CaseAllocated", "CaseUnallocated"), began, day)
    if allocation is None:
        return found
    if named := allocation.get("case_supervisor_id"):
        found.add((str(named), False))
    lead = people(history, [allocation.data["worker_id"]])[allocation.data["worker_id"]]
    return found.union(*(supervising(lead, strand, day) for strand in ("case", "personal")))


def _attended(person: str, subject: Subject, look: Look, day: date) -> Iterator[Related]:
    """The discussions of a case in a group at which somebody was: confined to each of them."""
    told = look.at(subject.tag, frozenset({"CaseDiscussed"})) if subject.kind == "case" else ()
    talks = [fact for fact in told if fact.on is not None and fact.on <= day and fact.get("setting") in TOGETHER]
    held = look.at_each({f"session/{fact.data['session_id']}": _HELD for fact in talks if "session_id" in fact.data})
    for talk in talks:
        of_talk = [
            f"{kind}/{talk.data[f'{kind}_id']}" for kind in ("discussion", "session") if f"{kind}_id" in talk.data
        ]
        there = [talk, *(fact for tag in of_talk for fact in held.get(tag, ()))]
        if of_talk and any(person in (*workers_of(fact.data), *fact.get("attendees", ())) for fact in there):
            yield Related("attended", only=frozenset(of_talk[:1]))


def _holders(history: History, began: date, day: date) -> set[str]:
    """Who holds the case on the day: whoever leads it, and each to whom it was allocated beside them and still is."""
    told = [
        fact for fact in history.told("CaseAllocated", "CaseUnallocated") if fact.on is not None and fact.on >= began
    ]
    lead = lead_allocation(told, began, day)
    # whose last day it is holds it that day still
    latest = {fact.data["worker_id"]: fact for fact in told if fact.type == "CaseAllocated" or fact.on != day}
    beside = {who for who, fact in latest.items() if fact.get("responsibility") == "secondary"}
    return beside if lead is None else {*beside, lead.data["worker_id"]}


def _supervises(person: str, worker: str, history: History, day: date) -> bool:
    strands = (*OWN_STRANDS, "case")
    somebody = people(history, [worker])[worker]
    return person in {who for strand in strands for who, _ in supervising(somebody, strand, day)}


def _manages(person: str, whom: Collection[str], history: History, day: date) -> bool:
    found = people(history, [who for who in whom if who != person])
    return any(line_manager(each, day) == person for each in found.values())


def _in_service(person: str, history: History, stretches: Collection[Stretch], day: date) -> bool:
    service = people(history, [person])[person].situation(day).get("service")
    last = [one for one in stretches if one.since <= day]
    return service is not None and bool(last) and last[-1].situation.get("service") == service
