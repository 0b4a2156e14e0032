"""Do the deadlines of a pack make sense: a target before its limit, and dates, people and contents that events hold?

Beside `checking`, which asks the same of every kind of rule: that names point at something, that codes are known.
"""

from collections.abc import Iterator

from app.domain.calendar import Interval, sooner
from app.domain.policy.asking import Asking
from app.domain.policy.checking import Disagreement, asked, date_fields, lists_of_ids, numbers, unknown
from app.domain.policy.counted import Counted
from app.domain.policy.duties import Answering, OwnDate, Rolling
from app.domain.policy.markup import Path
from app.domain.policy.shapes import AllOf, Duty, EventRef, Pack, Row, Rule, Stages, Within
from app.events.base import EventData
from app.events.tags import kind_of
from app.events.types import EVENT_TYPES


def timings(pack: Pack) -> Iterator[Disagreement]:
    """Everything that does not agree in what the rules say of time."""
    for path, duty, asks in asked(pack):
        yield from _lengths(path, asks)
        yield from _booked(pack, path, getattr(asks, "every", None))
        if (within := getattr(asks, "within", None)) is not None:
            yield from _fields_named(pack, (*path, "within"), within)
        if isinstance(counted := getattr(asks, "every", None), Counted):
            yield from _counted(pack, path, duty, counted)
        if isinstance(asks, Rule) and asks.stages is not None:
            yield from _stages((*path, "stages", "steps"), asks.stages)


def _counted(pack: Pack, path: Path, duty: Duty, counted: Counted) -> Iterator[Disagreement]:
    """What is added up is a number of the event; a clock that counts stands still by itself while nobody works."""
    adds = counted.clock.adds
    for model in models_meant(pack, counted.clock.event) if adds else ():
        if adds and adds not in (found := numbers(model)):
            yield unknown((*path, "every", "clock", "adds"), f"number in {model.__name__}", adds, found)
    if duty.absence.effect != "none":
        said = "what is counted is not counted while somebody is away: leave `absence` out"
        yield Disagreement((*path[:2], "absence", "effect"), "not_right", said)


def _stages(path: Path, stages: Stages) -> Iterator[Disagreement]:
    """Each stage but the last must end, and each `up_to` lies after those before it."""
    longest: Interval | None = None
    for number, step in enumerate(stages.steps):
        if not step.ends and number + 1 < len(stages.steps):
            said = "nothing ends this stage, so no later one is ever reached: write `up_to`, `for` or `until`"
            yield Disagreement((*path, number), "no_end", said)
        if step.up_to and longest and not sooner(longest, step.up_to):
            said = f"up_to `{step.up_to}` must be later than `{longest}` of the stage before: both count from `since`"
            yield Disagreement((*path, number, "up_to"), "not_in_order", said)
        longest = step.up_to or longest


def _lengths(path: Path, asks: Rule | Row | Asking) -> Iterator[Disagreement]:
    """A target that is not sooner than its limit would never be seen."""
    for kind in ("every", "within"):
        timed = getattr(asks, kind, None)
        target, limit = getattr(timed, "target", None), getattr(timed, "limit", None)
        if isinstance(target, Interval) and isinstance(limit, Interval) and not sooner(target, limit):
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
        if within.for_each is not None and within.for_each not in (lists := lists_of_ids(model)):
            yield unknown((*path, "for_each"), "list of ids", within.for_each, lists)
    yield from _own_date(pack, path, within)
    yield from _named(pack, path, within)
    answer = within.answered_by
    if not isinstance(answer, AllOf) or answer.agree_on is None:
        return
    at, field = (*path, "answered_by", "agree_on"), answer.agree_on
    for model in dict.fromkeys(model for link in answer.all_of for model in models_meant(pack, link.event)):
        if field not in model.model_fields:
            yield unknown(at, f"field of {model.__name__}", field, model.model_fields)


def _booked(pack: Pack, path: Path, every: object) -> Iterator[Disagreement]:
    """The day for which the next one is booked is a date of what books it."""
    if not isinstance(every, Rolling) or every.booked_by is None:
        return
    for model in models_meant(pack, every.booked_by.event):
        if every.booked_by.date not in (dates := date_fields(model)):
            yield unknown((*path, "every", "booked_by", "date"), "date field", every.booked_by.date, dates)


def _own_date(pack: Pack, path: Path, within: Within) -> Iterator[Disagreement]:
    """The other date of an event that answers itself."""
    answer = within.answered_by
    for model in models_meant(pack, within.after) if isinstance(answer, OwnDate) else ():
        if isinstance(answer, OwnDate) and answer.date not in (dates := date_fields(model)):
            yield unknown((*path, "answered_by", "date"), "date field", answer.date, dates)


def _named(pack: Pack, path: Path, within: Within) -> Iterator[Disagreement]:
    """An answer says in a field of its own for which id it is."""
    answer = within.answered_by
    for model in models_meant(pack, answer.event) if isinstance(answer, Answering) and answer.names else ():
        fields = [name for name in model.model_fields if name.endswith("_id") or kind_of(name) is not None]
        if within.names not in (known := list(dict.fromkeys([*fields, *lists_of_ids(model)]))):
            yield unknown((*path, "answered_by", "names"), "field of an id", str(within.names), known)


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
