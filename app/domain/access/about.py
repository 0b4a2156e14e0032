"""Whom a session, a record, an action … is about: what is told of the thing itself says so.

A supervision record may name its session only, and the session its worker: that is followed. What merely happened in a
session (cases were discussed, somebody prepared) does not make the session those cases'. Pure; facts come by tag.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from app.domain.subject import Subject
from app.events.facts import Fact, Facts
from app.events.tags import workers_of

TELLING: Final[Mapping[str, frozenset[str]]] = {
    "session": frozenset({"SessionScheduled", "SessionHeld", "SessionMissed"}),
    "discussion": frozenset({"CaseDiscussed"}),
    "record": frozenset({"RecordCompleted", "CaseNoteRecorded"}),
    "action": frozenset({"ActionAgreed"}),
    "concern": frozenset({"ConcernRaised"}),
    "disagreement": frozenset({"DisagreementRecorded"}),
    "decision": frozenset({"DecisionMade"}),
    "objective": frozenset({"ObjectiveSet"}),
    "agreement": frozenset({"AgreementMade"}),
    "file": frozenset({"FileOpened", "FileTransferred"}),
}
"""The kinds of thing that an event may name, each with the types by which it comes to be."""

_HELD_IN: Final = ("session", "discussion", "record")
"""What another thing may belong to, and take its subjects from where it names none of its own."""


def subjects(data: Mapping[str, object]) -> frozenset[Subject]:
    """The workers and the case that an event names as those it is about."""
    case = [Subject("case", str(data["case_id"]))] if data.get("case_id") else []
    return frozenset([*(Subject("worker", who) for who in workers_of(data)), *case])


def about(kind: str, identity: str, facts: Facts) -> frozenset[Subject]:
    """Whom the thing itself is about; nobody where nothing says so, or nothing is recorded of it. Raises `FactsNeeded`.

    Where nothing tells of the thing itself yet, all those count whom anything speaks of that names it.
    """
    told = facts(f"{kind}/{identity}")
    own = [fact for fact in told if fact.type in TELLING.get(kind, ())]
    return _followed(own or told, {f"{kind}/{identity}"}, facts)


def spoken_of(kind: str, identity: str, facts: Facts) -> frozenset[Subject]:
    """Whom anything speaks of that names the thing, such as the cases discussed in a session. Raises `FactsNeeded`."""
    return _followed(facts(f"{kind}/{identity}"), {f"{kind}/{identity}"}, facts)


def _followed(told: Iterable[Fact], seen: set[str], facts: Facts) -> frozenset[Subject]:
    found: set[Subject] = set()
    for fact in told:
        own = subjects(fact.data)
        found |= own or _of_what_it_belongs_to(fact, seen, facts)
    return frozenset(found)


def _of_what_it_belongs_to(fact: Fact, seen: set[str], facts: Facts) -> frozenset[Subject]:
    for kind in _HELD_IN:
        tag = f"{kind}/{fact.get(f'{kind}_id')}"
        if fact.get(f"{kind}_id") is None or tag in seen:
            continue
        told = [each for each in facts(tag) if each.type in TELLING[kind]]
        if found := _followed(told, {*seen, tag}, facts):
            return found
    return frozenset()
