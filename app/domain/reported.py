"""What a policy has recorded and does not judge (`carries: fact`): how often that was told in the last 12 months.

A fact is told by events, or by a field of theirs: which functions sessions covered, which items of a checklist were
looked at, whether somebody prepared. Counted is what is dated in the 12 months up to the day, and nothing is judged.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain import wording
from app.domain.calendar import Interval, back
from app.domain.history import History, Subject
from app.domain.looking import Look
from app.domain.policy.needs import About
from app.events.facts import Facts

_YEAR: Final = Interval(12, "month")
_ABOUT: Final = About(
    frozenset({"SessionHeld", "CaseDiscussed", "RecordCompleted"}), frozenset({"session", "discussion", "record"})
)
"""What leads to that which is told of a session, a discussion or a record alone."""


@dataclass(frozen=True, slots=True)
class Reported:
    """Of one type of event: how many there were, how many of them tell the field, and what they say in it."""

    event: str
    field: str | None
    events: int
    telling: int
    values: Mapping[str, int]


def reported(subject: Subject, facts: Facts, as_at: date, told_by: Iterable[str]) -> list[Reported]:
    """What was told by each of these (`PreparationRecorded`, `SessionHeld.functions`). Raises `FactsNeeded`."""
    asked = [told.partition(".") for told in told_by]
    about = About(frozenset(kind for kind, _, _ in asked))
    history = History(subject, Look(facts.as_at(as_at)), as_at, about=[_ABOUT, about])
    since = back(_YEAR, as_at)
    found = []
    for kind, _, field in asked:
        told = [fact for fact in history.told(kind) if fact.on is not None and fact.on > since]
        said = [fact.data[field] for fact in told if fact.get(field) is not None] if field else []
        values = Counter(word for value in said for word in _words(value))
        telling = len(said) if field else len(told)
        found.append(Reported(kind, field or None, len(told), telling, dict(sorted(values.items()))))
    return found


def in_words(found: Sequence[Reported], as_at: date) -> str:
    """`In the 12 months up to 3 March 2025: 9 of 11 sessions tell their functions (management 9, support 4).`"""
    said = [_said(one) for one in found if one.events]
    return f"In the 12 months up to {wording.day(as_at)}: {wording.listed(said) if said else 'nothing of it was told'}."


def _said(one: Reported) -> str:
    noun = wording.type_called(one.event)
    if one.field is None:
        return f"told {'once' if one.events == 1 else f'{one.events} times'}"
    values = ", ".join(f"{value.replace('_', ' ')} {count}" for value, count in one.values.items())
    nouns = noun if one.events == 1 else wording.several(noun)
    verb = "tells its" if one.telling == 1 else "tell their"
    return f"{one.telling} of {one.events} {nouns} {verb} {wording.field(one.field)}{f' ({values})' if values else ''}"


def _words(value: object) -> list[str]:
    """What one event says in the field: each of a list, each item of a checklist."""
    if isinstance(value, list | tuple | Mapping):
        return [str(one) for one in value]
    return [str(value).lower() if isinstance(value, bool) else str(value)]
