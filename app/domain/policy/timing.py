"""Do the deadlines of a pack make sense: a target before its limit, and dates, people and contents that events hold?

Beside `checking`, which asks the same of every kind of rule: that names point at something, that codes are known.
"""

from collections.abc import Iterator

from app.domain.calendar import sooner
from app.domain.policy.checking import Disagreement, date_fields, duties, unknown
from app.domain.policy.markup import Path
from app.domain.policy.shapes import AllOf, EventRef, Pack, Row, Rule, Within
from app.events.base import EventData
from app.events.tags import kind_of
from app.events.types import EVENT_TYPES


def timings(pack: Pack) -> Iterator[Disagreement]:
    """Everything that does not agree in what the rules say of time."""
    for path, duty in duties(pack):
        yield from _lengths(path, duty)
        if isinstance(duty, Rule) and duty.within is not None:
            yield from _fields_named(pack, (*path, "within"), duty.within)


def _lengths(path: Path, duty: Rule | Row) -> Iterator[Disagreement]:
    """A target that is not sooner than its limit would never be seen."""
    for kind in ("every", "within"):
        timed = getattr(duty, kind, None)
        target, limit = getattr(timed, "target", None), getattr(timed, "limit", None)
        if target and limit and not sooner(target, limit):
            said = f"target `{target}` must be sooner than limit `{limit}`"
            yield Disagreement((*path, kind, "target"), "target_not_sooner", said)


def _fields_named(pack: Pack, path: Path, within: Within) -> Iterator[Disagreement]:
    """The fields that a duty names are fields of its events: a date, a person, what must agree."""
    for model in models_meant(pack, within.after):
        if within.due_on is not None and within.due_on not in (dates := date_fields(model)):
            yield unknown((*path, "due_on"), "date field", within.due_on, dates)
        people = people_of(model)
        if within.belongs_by is not None and within.belongs_by not in people:
            yield unknown((*path, "belongs_by"), "field of a person", within.belongs_by, people)
    answer = within.answered_by
    if not isinstance(answer, AllOf) or answer.agree_on is None:
        return
    at, field = (*path, "answered_by", "agree_on"), answer.agree_on
    for model in dict.fromkeys(model for link in answer.all_of for model in models_meant(pack, link.event)):
        if field not in model.model_fields:
            yield unknown(at, f"field of {model.__name__}", field, model.model_fields)


def people_of(model: type[EventData]) -> list[str]:
    """The fields of a type that name a person."""
    return [name for name in model.model_fields if kind_of(name) in ("by", "worker")]


def models_meant(pack: Pack, ref: EventRef, seen: set[str] | None = None) -> Iterator[type[EventData]]:
    """The event types that are meant, as far as they are known; `seen` are the names that were followed already."""
    followed = set() if seen is None else seen
    if isinstance(ref, str):
        if ref in followed or ref not in pack.events:
            return
        followed.add(ref)
        ref = pack.events[ref]
    if ref.type in EVENT_TYPES:
        yield EVENT_TYPES[ref.type]
    for part in ref.any_of:
        yield from models_meant(pack, part, followed)
