"""Two answers about one subject, and why they differ: by which facts, and what the days alone would have changed. Pure.

A moment is a day (`as_at`) with a state of knowledge (`known`). Between two of them lie facts that were told later,
facts that are dated in between, and time. `quiet` is the answer of the second moment without any of those facts: what
differs between the first answer and it, the days alone did; what differs between it and the second answer, facts did.
Which ones is found by leaving them out: taken away together, those that are named give the quiet answer back, and none
of them can be spared. What is compared of a finding is its status, code and dates; days late and the words move daily.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, Protocol

from app.domain.compliance import COLOURS, assess
from app.domain.history import Subject
from app.domain.obligations import Assessment, Finding
from app.domain.policy.patterns import Force, Status
from app.events.effective import CORRECTED, MERGED, RETRACTED, Known, effective, merges
from app.events.facts import Facts
from app.events.stored import Stored

How = Literal["told_later", "happened", "correction", "retraction", "policy", "calendar", "same_as"]
RuleKey = tuple[str, str]
"""A policy and one of its rules."""

ALL: Final = frozenset(Force)
MOST_TRIED: Final = 400
"""Answers worked out for one comparison: beyond that, what is named gives the old answer back and may be too much."""
_HOW: Final[Mapping[str, How]] = {
    CORRECTED: "correction", RETRACTED: "retraction", MERGED: "same_as", "IdentifierLinked": "same_as",
    "IdentifierUnlinked": "same_as", "PolicyAdopted": "policy", "PolicyWithdrawn": "policy",
    "CalendarAdopted": "calendar",
}  # fmt: skip
_COMPARED: Final = ("status", "code", "opened_on", "target_on", "due_on", "met_on")


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, as known at a moment."""

    as_at: date
    known: Known


class Loaded(Protocol):
    """What was loaded of a ledger, to be read under any state of knowledge."""

    @property
    def events(self) -> Mapping[int, Stored]:
        """Everything, by position."""

    def facts(self, known: Known, without: frozenset[int] = frozenset()) -> Facts:
        """The facts as known, without the events at some positions. They raise `FactsNeeded` for what is not loaded."""


@dataclass(frozen=True, slots=True)
class Because:
    """An event that a change rests on, and how it comes between the two moments."""

    position: int
    type: str
    source: str
    id: str
    on: date | None
    """Its business date; of a correction or retraction that of the event which it is about."""
    recorded: datetime
    how: How
    of: str | None = None
    """Of a correction or retraction: the type of the event that it is about."""


@dataclass(frozen=True, slots=True)
class Change:
    """One rule that says something else at the second moment. None: it is not about the subject at that moment."""

    finding: Finding
    """The rule, as it was last said."""
    before: Finding | None
    after: Finding | None
    quiet: Finding | None
    """What it would say had nothing happened and nothing been told in between."""
    because: tuple[Because, ...]
    is_smallest: bool
    """Whether none of these can be spared; else looking for that was given up, and there may be more than need be."""

    @property
    def by_time(self) -> bool:
        """Whether the days alone changed something."""
        return said(self.before) != said(self.quiet)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two answers, and every rule that changed, the worst afterwards first as in the answer itself."""

    before: Assessment
    after: Assessment
    changes: tuple[Change, ...]

    @property
    def because(self) -> tuple[Because, ...]:
        """All events that any of the changes rests on, in the order of the ledger."""
        found = {each.position: each for change in self.changes for each in change.because}
        return tuple(found[position] for position in sorted(found))


Said = tuple[object, ...]


def said(finding: Finding | None) -> Said:
    """What is compared of a finding; one that is not about the subject says what is no finding at all."""
    if finding is None or finding.status is Status.NOT_APPLICABLE:
        return (Status.NOT_APPLICABLE,)
    return tuple(getattr(finding, name) for name in _COMPARED)


@dataclass(slots=True)
class Tried:
    """The answers that were worked out so far, kept while more is loaded; and how many may be."""

    most: int = MOST_TRIED
    answers: dict[tuple[Moment, frozenset[int], bool], Mapping[RuleKey, Finding]] = field(default_factory=dict)
    wholes: dict[tuple[Moment, frozenset[int]], Assessment] = field(default_factory=dict)

    @property
    def exhausted(self) -> bool:
        """Whether no more may be worked out."""
        return len(self.answers) >= self.most


def compare(
    subject: Subject, loaded: Loaded, one: Moment, other: Moment, tried: Tried, forces: frozenset[Force] = ALL
) -> Comparison:
    """What changed from the one moment to the other, which is no earlier on either clock. Raises `FactsNeeded`.

    `tried` is kept from one call to the next, each of which has more loaded. `forces`: of rules so strongly meant only.
    """
    asking = _Asking(subject, loaded, tried)
    before, after = asking.whole(one), asking.whole(other)
    between = frozenset(_between(loaded, one, other))
    quiet = asking.whole(other, between)
    was, now, alone = (_by_rule(each) for each in (before, after, quiet))
    changes = []
    for key, finding in (was | now).items():
        if finding.force in forces and said(was.get(key)) != said(now.get(key)):
            positions, smallest = _because(asking, key, other, between, now.get(key), alone.get(key))
            because = tuple(_told(loaded, position, one) for position in positions)
            changes.append(Change(finding, was.get(key), now.get(key), alone.get(key), because, smallest))
    return Comparison(before, after, tuple(changes))


def changed(subject: Subject, loaded: Loaded, one: Moment, other: Moment, tried: Tried) -> Comparison | None:
    """The same of the rules that make the status of the whole, where that changed; else None. Raises `FactsNeeded`."""
    asking = _Asking(subject, loaded, tried)
    if asking.whole(one).status == asking.whole(other).status:
        return None
    return compare(subject, loaded, one, other, tried, COLOURS)


class _Asking:
    """Answers about one subject, each worked out once."""

    def __init__(self, subject: Subject, loaded: Loaded, tried: Tried) -> None:
        self.subject, self.loaded, self.tried = subject, loaded, tried

    def whole(self, moment: Moment, without: frozenset[int] = frozenset()) -> Assessment:
        """The whole answer, without some events."""
        key = (moment, without)
        if key not in self.tried.wholes:
            facts = self.loaded.facts(moment.known, without)
            self.tried.wholes[key] = assess(self.subject, facts, moment.as_at)
        return self.tried.wholes[key]

    def says(self, rule: RuleKey, moment: Moment, without: frozenset[int]) -> Said:
        """What is compared of one rule's finding, without some events."""
        key = (moment, without, True)
        if key not in self.tried.answers:
            facts = self.loaded.facts(moment.known, without)
            self.tried.answers[key] = _by_rule(assess(self.subject, facts, moment.as_at, brief=True))
        return said(self.tried.answers[key].get(rule))


def _by_rule(answer: Assessment) -> dict[RuleKey, Finding]:
    return {(each.policy, each.rule): each for each in answer.findings}


def _between(loaded: Loaded, one: Moment, other: Moment) -> Iterator[int]:
    """What was told only after the one moment, and what was known then and is dated in the days between."""
    known = [event for event in loaded.events.values() if one.known.admits(event)]
    yield from (event.position for event in loaded.events.values()
                if other.known.admits(event) and not one.known.admits(event))  # fmt: skip
    if one.as_at < other.as_at:
        for event, fact, _ in effective(known, merges(known)):
            if fact.on is not None and one.as_at < fact.on <= other.as_at:
                yield event.position


def _because(
    asking: _Asking, rule: RuleKey, moment: Moment, between: frozenset[int],
    now: Finding | None, alone: Finding | None,
) -> tuple[list[int], bool]:  # fmt: skip
    """The positions without which the rule says what it says alone, and whether none of them can be spared."""
    wanted = said(alone)
    if said(now) == wanted:
        return [], True

    def restored(positions: Sequence[int]) -> bool:
        return not asking.tried.exhausted and asking.says(rule, moment, frozenset(positions)) == wanted

    named = _named(asking.loaded, (now, alone), between)
    candidates = named if named and restored(named) else sorted(between)
    return smallest(candidates, restored), not asking.tried.exhausted


def _named(loaded: Loaded, findings: Iterable[Finding | None], between: frozenset[int]) -> list[int]:
    """Those that a finding names itself, with what amends them: mostly they are all it takes."""
    found = [each for each in findings if each is not None]
    positions = {reference.position for each in found for reference in each.evidence}
    positions |= {each.last.event.position for each in found if each.last is not None}
    positions |= {item.opened_by.position for each in found for item in each.items}
    positions |= {reference.position for each in found for item in each.items for reference in item.evidence}
    events = loaded.events
    pairs = {(events[each].source, events[each].id) for each in positions if each in events}
    positions |= {event.position for event in events.values() if event.target in pairs}
    return sorted(positions & between)


def smallest(candidates: Sequence[int], restored: Callable[[Sequence[int]], bool]) -> list[int]:
    """Of candidates that restore the answer together, some that do too and of which none can be spared.

    Pieces are put back, large ones first; it ends when nothing can be put back any more.
    """
    left, size = [*candidates], len(candidates)
    while size:
        before, at = len(left), 0
        while at < len(left):
            fewer = left[:at] + left[at + size :]
            if fewer and restored(fewer):
                left = fewer
            else:
                at += size
        size = size // 2 if size > 1 else int(len(left) < before)
    return left


def _told(loaded: Loaded, position: int, one: Moment) -> Because:
    event = loaded.events[position]
    about = _target(loaded, event)
    on = event.on if about is None else about.on
    how = _HOW.get(event.type)
    if how is None:
        is_later = not one.known.admits(event) and (on is None or on <= one.as_at)
        how = "told_later" if is_later else "happened"
    of = None if about is None else about.type
    return Because(position, event.type, event.source, event.id, on, event.recorded, how, of)


def _target(loaded: Loaded, event: Stored) -> Stored | None:
    """What a correction or a retraction is about."""
    if event.target is None:
        return None
    return next((each for each in loaded.events.values() if (each.source, each.id) == event.target), None)
