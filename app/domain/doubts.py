"""What is doubtful about what was told of a subject: the difference between *late* and *not known*.

Nothing here changes an answer. A doubt names what does not fit, in words, with the events it speaks of: a subject that
was never begun, things that happened outside its time, a beginning told twice over, one thing told in two ways, and
codes that no adopted policy knows. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain import wording
from app.domain.approving import approver
from app.domain.history import History
from app.domain.obligations import Reference, reference
from app.domain.policy.adopted import pack_of
from app.domain.policy.shapes import Duty
from app.domain.scope import Stretch, Version, Vocabulary, versions
from app.domain.wording import day
from app.events.facts import Fact, Facts, same_things

ORPHAN, OUTSIDE, TWICE_BEGUN, TOLD_TWICE, UNKNOWN_CODE, WRONG_APPROVER = (
    "orphan",
    "outside_its_time",
    "begun_twice",
    "told_twice",
    "unknown_code",
    "wrong_approver",
)
_BEGINNING: Final = {"worker": "WorkerStarted", "case": "CaseOpened"}
_HAPPENS: Final = {"worker": "SessionHeld", "case": "CaseDiscussed"}
_APPROVALS: Final = frozenset({"VariationApproved", "ExcusalGranted"})
_CODED: Final = ("role", "service", "category", "stage")
MOST = 50
"""Doubts of one kind about one subject that are kept: beyond that the first ones tell the story."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that does not fit. `on` is the day it speaks of, None where it speaks of none."""

    code: str
    on: date | None
    why: str
    events: tuple[Reference, ...] = ()


def doubts(history: History, lived: Sequence[Stretch], facts: Facts) -> tuple[Doubt, ...]:
    """Everything doubtful about the subject, as all that is known reads today."""
    kind = history.subject.kind
    adopted = versions(history.look.at("council/policies"), pack_of, date.max)
    known = [version for each in adopted.values() for version in each]
    if kind not in _BEGINNING:
        return tuple(_wrong_approvers(history, known))
    found = [
        *_orphan(history, lived, facts),
        *_outside(history, lived),
        *_begun_twice(history),
        *_unknown_codes(lived, known),
        *_wrong_approvers(history, known),
        *_told_twice(history, facts),
    ]
    return tuple(found)


def _orphan(history: History, lived: Sequence[Stretch], facts: Facts) -> Iterator[Doubt]:
    """Of whom nothing at all was told (by then), nothing is missing."""
    if not lived and facts.as_at(date.max)(history.subject.tag):
        kind = history.subject.kind
        begun = {"worker": "they started", "case": "it was opened"}[kind]
        yield Doubt(ORPHAN, None, f"Events name this {kind}, but none says when {begun} ({_BEGINNING[kind]}).")


def _outside(history: History, lived: Sequence[Stretch]) -> Iterator[Doubt]:
    if not lived:
        return
    happened = history.told(_HAPPENS[history.subject.kind])
    outside = [fact for fact in happened if fact.on and not any(fact.on in stretch for stretch in lived)]
    for fact in outside[:MOST]:
        what = wording.sentence(wording.a(wording.type_called(fact.type)))
        when = "before the beginning" if fact.on and fact.on < lived[0].since else "when nothing was open"
        yield Doubt(OUTSIDE, fact.on, f"{what} is dated {day(fact.on or date.min)}, {when}.", (reference(fact),))


def _begun_twice(history: History) -> Iterator[Doubt]:
    """A beginning while the earlier period still ran, on another day: one of the two cannot be right."""
    ends = {"WorkerStarted": "WorkerLeft", "CaseOpened": "CaseClosed"}
    beginning = _BEGINNING[history.subject.kind]
    running: Fact | None = None
    for fact in history.told(beginning, ends[beginning]):
        if fact.type != beginning:
            running = None
        elif running is not None and running.on != fact.on:
            first, second = day(running.on or date.min), day(fact.on or date.min)
            why = f"The beginning is told of {first} and again of {second}, with no end in between."
            yield Doubt(TWICE_BEGUN, fact.on, why, (reference(running), reference(fact)))
        else:
            running = fact


def _told_twice(history: History, facts: Facts) -> Iterator[Doubt]:
    """One thing of which two events say something different: the later in the order of facts holds."""
    told = facts.as_at(date.min)(history.subject.tag, history.types)
    for same in list(same_things(told))[:MOST]:
        if len({_said(fact) for fact in same}) > 1:
            what = wording.type_called(same[-1].type)
            why = f"One {what} is told in {wording.number(len(same))} ways; the last, of {_when(same[-1])}, holds."
            yield Doubt(TOLD_TWICE, same[-1].on, why, tuple(reference(fact) for fact in same))


def _said(fact: Fact) -> str:
    return repr(sorted(fact.data.items(), key=lambda item: item[0]))


def _when(fact: Fact) -> str:
    return "no date" if fact.on is None else day(fact.on)


def _unknown_codes(lived: Iterable[Stretch], known: Sequence[Version]) -> Iterator[Doubt]:
    if not known:
        return
    words = Vocabulary.of(version.pack for version in known)
    seen: set[tuple[str, object]] = set()
    for stretch in lived:
        for name in _CODED:
            value = stretch.situation.get(name)
            if value is None or (name, value) in seen or words.knows(name, value, stretch.situation):
                continue
            seen.add((name, value))
            why = f"The {wording.field(name)} “{value}” is in no adopted policy."
            yield Doubt(UNKNOWN_CODE, stretch.since, why)


def _wrong_approvers(history: History, known: Sequence[Version]) -> Iterator[Doubt]:
    """What was arranged or excused by somebody whom the policy of that day does not let approve it."""
    asking = [version for version in known if version.pack.approvers_of]
    if not asking:
        return
    words = Vocabulary.of(version.pack for version in known)
    for fact in history.look.at(history.subject.tag, _APPROVALS)[:MOST]:
        if (duty := _asks_approval(fact, asking)) is None:
            continue
        by = approver(history, words, fact)
        if not by.may(duty):
            what = wording.sentence(wording.a(wording.type_called(fact.type)))
            why = f"{what} of {_when(fact)} for {duty.id} was approved by {by.instead_of(duty.approvers)}."
            yield Doubt(WRONG_APPROVER, fact.on, why, (reference(fact),))


def _asks_approval(fact: Fact, known: Iterable[Version]) -> Duty | None:
    """The rule that the fact speaks of, as it was when it began, where that says who may approve."""
    running = (version for version in known if fact.on and version.since <= fact.on <= (version.until or date.max))
    duties = (duty for version in running for rule in version.pack.rules for duty in rule.duties)
    return next((each for each in duties if each.approvers and fact.data["rule"] in (each.id, *each.answers)), None)
