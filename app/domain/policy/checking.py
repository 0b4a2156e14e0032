"""Do the parts of a pack agree with one another and with the events there are?

The shapes say that a name is well formed; here it must also point at something: a reading, a document, a code, an
event of the pack; a published event type and a field of it; a clause. What is found is a `Disagreement` at a path of
the pack's data, so that loading can say on which line it stands.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from app.domain.policy.asking import Asking
from app.domain.policy.markup import Path, short
from app.domain.policy.shapes import (
    Applies,
    Balance,
    Check,
    Duty,
    Event,
    EventRef,
    ExampleEvent,
    Pack,
    Row,
    Rule,
)
from app.events.base import EventData
from app.events.fields import CODE_PATTERN, ID_PATTERN
from app.events.types import EVENT_TYPES, faults_in
from app.events.types.cases import CaseOpened
from app.events.types.people import WorkerStarted

EVENTS_LIMIT: Final = 200
PARTS_LIMIT: Final = 100

_CODE: Final = StringConstraints(pattern=CODE_PATTERN)
_ID: Final = StringConstraints(pattern=ID_PATTERN)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Something in a well-formed pack that points at nothing, or contradicts something else."""

    path: Path
    code: str
    detail: str
    suggestion: str | None = None


def unknown(path: Path, kind: str, word: str, known: Iterable[str]) -> Disagreement:
    """A word that is none of those that are known there, with the one that was probably meant."""
    words = sorted(known)
    close = _closest(word, words)
    hint = f"did you mean `{close}`?" if close else _listed(words)
    code = f"unknown_{kind.partition(' of ')[0].replace(' ', '_')}"
    return Disagreement(path, code, f"unknown {kind} `{short(word)}`: {hint}", close)


def _closest(word: str, words: list[str]) -> str | None:
    """The word most like it; of many long ones only those of its length are tried, so that it never takes long."""
    alike = sorted(words, key=lambda each: abs(len(each) - len(word)))[: 50_000 // (len(word) + 1) ** 2]
    return next(iter(get_close_matches(word, alike, n=1)), None)


def _listed(words: list[str]) -> str:
    if not words:
        return "there is none"
    return f"there {'is' if len(words) == 1 else 'are'} {', '.join(words[:12])}{' …' if len(words) > 12 else ''}"


def disagreements(pack: Pack) -> Iterator[Disagreement]:
    """Everything in the pack that does not agree, in no particular order."""
    if len(pack.events) > EVENTS_LIMIT:
        yield Disagreement(("events",), "too_large", f"a pack describes at most {EVENTS_LIMIT} events")
        return
    yield from _events(pack)
    yield from _ids(pack)
    for path, duty in duties(pack):
        yield from _citations(pack, path, duty)
        yield from _references(pack, path, duty)
    yield from _examples(pack)


def duties(pack: Pack) -> Iterator[tuple[Path, Rule | Row]]:
    """Every rule, and every row of a table, with its path."""
    for number, rule in enumerate(pack.rules):
        yield ("rules", number), rule
        for row_number, row in enumerate(rule.table.rows if rule.table else ()):
            yield ("rules", number, "table", "rows", row_number), row


def asked(pack: Pack) -> Iterator[tuple[Path, Rule | Row, Rule | Row | Asking]]:
    """Everything under which a kind of duty is written, with its path and the rule or row that it is of."""
    for path, duty in duties(pack):
        yield path, duty, duty
        if isinstance(duty, Rule):
            steps = duty.stages.steps if duty.stages else ()
            yield from (((*path, "stages", "steps", number), duty, step) for number, step in enumerate(steps))
            for key, strands in (("any_of", duty.any_of or ()), ("all_of", duty.all_of or ())):
                yield from (((*path, key, number), duty, strand) for number, strand in enumerate(strands))


# --- what the rules cite ----------------------------------------------------------------------------------------------


def _ids(pack: Pack) -> Iterator[Disagreement]:
    seen: dict[str, Path] = {}
    for path, duty in duties(pack):
        if duty.id in seen:
            yield Disagreement((*path, "id"), "duplicate_rule", f"rule `{duty.id}` is here twice: give each its own id")
        seen.setdefault(duty.id, path)


def _citations(pack: Pack, path: Path, duty: Duty) -> Iterator[Disagreement]:
    for number, reading in enumerate(duty.readings):
        if reading not in pack.readings:
            yield unknown((*path, "readings", number), "reading", reading, pack.readings)
    if duty.document is not None and duty.document not in pack.documents:
        yield unknown((*path, "document"), "document", duty.document, pack.documents)
    if duty.feed is not None and duty.feed not in (words := _vocabulary(pack)):
        yield unknown((*path, "feed"), "feed", duty.feed, words)


# --- what the rules refer to ------------------------------------------------------------------------------------------


def _references(pack: Pack, path: Path, duty: Rule | Row) -> Iterator[Disagreement]:
    at, applies = ("applies", duty.applies) if isinstance(duty, Rule) else ("when", duty.when)
    yield from known_words(pack, (*path, at), applies)
    if isinstance(duty, Rule):
        yield from _of_teams(pack, path, duty)
    yield from _inside(pack, path, duty)


_OF_A_TEAM: Final = ("service", "team")


def _of_teams(pack: Pack, path: Path, rule: Rule) -> Iterator[Disagreement]:
    """A team has a service and no role, and cases are split in teams only."""
    for name, _ in rule.applies.asked if "team" in rule.subjects else ():
        if name not in _OF_A_TEAM:
            said = f"a team has no {name.replace('_', ' ')}: ask for its {' or '.join(_OF_A_TEAM)}"
            yield Disagreement((*path, "applies", name), "not_of_a_team", said)
    if rule.balance is not None:
        yield from _balance(pack, (*path, "balance"), rule.balance)
        if rule.subjects != ("team",):
            said = f"balance is about teams: write `subject: team`, not `{', '.join(rule.subjects)}`"
            yield Disagreement((*path, "subject"), "not_of_a_team", said)


def _balance(pack: Pack, path: Path, balance: Balance) -> Iterator[Disagreement]:
    """The posts are roles that there are, each once; who counts to somebody else has no share of their own."""
    between: list[tuple[Path, str]] = [((*path, "between", n), role) for n, role in enumerate(balance.between)]
    through: list[tuple[Path, str]] = [((*path, "counted_through", role), role) for role in balance.counted_through]
    for at, role in between + through:
        if role not in pack.codes.roles:
            yield unknown(at, "role", role, pack.codes.roles)
    for number, (at, role) in enumerate(between):
        if role in balance.between[:number]:
            yield Disagreement(at, "twice", f"`{role}` is here twice")
    for at, role in through:
        if role in balance.between:
            said = f"`{role}` has a share of its own: its cases cannot count to somebody else"
            yield Disagreement(at, "counted_twice", said)


def _inside(pack: Pack, path: Path, shape: BaseModel) -> Iterator[Disagreement]:
    """Every event that a duty names or writes out, wherever in it; the rows of a table speak for themselves."""
    for name, field in type(shape).model_fields.items():
        value, at = getattr(shape, name), (*path, field.alias or name)
        if isinstance(value, Event) or (isinstance(value, str) and Event in _parts(field.annotation)):
            yield from _event(pack, at, value)
        elif isinstance(value, BaseModel) and not isinstance(value, Applies):
            yield from _inside(pack, at, value)
        elif isinstance(value, tuple):
            for number, part in enumerate(value):
                if isinstance(part, BaseModel) and not isinstance(part, Row):
                    yield from _inside(pack, (*at, number), part)


def known_words(pack: Pack, path: Path, applies: Applies) -> Iterator[Disagreement]:
    """The words that are asked for, where they are no codes of the pack."""
    services = [word for word in words_of(applies.service) if word in pack.codes.services] or pack.codes.services
    known: dict[str, Iterable[str]] = {
        "role": pack.codes.roles,
        "service": pack.codes.services,
        "category": [category for service in services for category in pack.codes.services[service]],
        "stage": pack.codes.stages,
        "flags": pack.codes.flags,
        "employment_type": _closed(WorkerStarted, "employment_type"),
        "subject_kind": [*_closed(WorkerStarted, "subject_kind"), *_closed(CaseOpened, "subject_kind")],
    }
    for name, words in known.items():
        for word in words_of(getattr(applies, name)):
            if word not in words:
                yield unknown((*path, name), name.removesuffix("s").replace("_", " "), word, words)


def words_of(check: Check | None) -> list[str]:
    """The words that a condition names, whichever way it asks for them."""
    if check is None:
        return []
    asked = [check.equals, *(check.any_of or ()), *(check.all_of or ())]
    asked += check.none_of if isinstance(check.none_of, tuple) else [check.none_of]
    return [str(word) for word in asked if isinstance(word, str)]


# --- events -----------------------------------------------------------------------------------------------------------


def _events(pack: Pack) -> Iterator[Disagreement]:
    parts: dict[str, int] = {}
    for name, event in pack.events.items():
        yield from _event(pack, ("events", name), event)
        if _written_out(pack, name, parts) > PARTS_LIMIT:
            said = f"event `{name}` stands for more than {PARTS_LIMIT} events when all that it names is written out"
            yield Disagreement(("events", name), "too_large", said)
        if name in reached(pack, event, set()):
            yield Disagreement(("events", name), "circle", f"event `{name}` is described by way of itself")


def _written_out(pack: Pack, event: EventRef, known: dict[str, int]) -> int:
    """How many events it stands for; `known` by name, so that each is counted once however often it is named."""
    if isinstance(event, str):
        if event not in known and event in pack.events:
            known[event] = 1  # of a circle, which is refused
            known[event] = _written_out(pack, pack.events[event], known)
        return known.get(event, 1)
    return 1 + sum(_written_out(pack, part, known) for part in _parts_of(event))


def _parts_of(event: Event) -> tuple[EventRef, ...]:
    return tuple(part for _, part in _named_parts(event))


def reached(pack: Pack, event: EventRef, seen: set[str]) -> set[str]:
    """The names of the pack's events by way of which `event` is described."""
    if isinstance(event, str):
        if event in seen or event not in pack.events:
            return seen
        seen.add(event)
        return reached(pack, pack.events[event], seen)
    for part in _parts_of(event):
        reached(pack, part, seen)
    return seen


def _event(pack: Pack, path: Path, event: EventRef) -> Iterator[Disagreement]:
    if isinstance(event, str):
        if event not in pack.events:
            yield unknown(path, "event", event, pack.events)
        return
    for at, part in _named_parts(event):
        yield from _event(pack, (*path, *at), part)
    if event.type in EVENT_TYPES:
        yield from _fields(pack, path, event, EVENT_TYPES[event.type])
    elif event.type is not None:
        yield unknown((*path, "type"), "event type", event.type, EVENT_TYPES)


def _named_parts(event: Event) -> Iterator[tuple[Path, EventRef]]:
    """The events by way of which one is described, each with where it stands."""
    yield from ((("any_of", number), part) for number, part in enumerate(event.any_of))
    for word, links in (("with", event.linked), ("without", event.without)):
        yield from (((word, number, "event"), linked.event) for number, linked in enumerate(links))
    if event.amended_by is not None:
        yield ("amended_by", "event"), event.amended_by.event
    for word, lasting in (("only_while", event.only_while), ("not_while", event.not_while)):
        if lasting is not None:
            yield from (((word, "begun_by"), lasting.begun_by), ((word, "ended_by"), lasting.ended_by))


def _fields(pack: Pack, path: Path, event: Event, model: type[EventData]) -> Iterator[Disagreement]:
    if event.dated_by is not None and event.dated_by not in (dates := date_fields(model)):
        yield unknown((*path, "dated_by"), "date field", event.dated_by, dates)
    yield from conditions(pack, (*path, "where"), event.where, str(event.type), model)


def conditions(
    pack: Pack, path: Path, asked: Mapping[str, Check], type_name: str, model: type[EventData]
) -> Iterator[Disagreement]:
    """What is asked of the fields of a type of event."""
    for name, check in asked.items():
        if name not in model.model_fields:
            yield unknown((*path, name), f"field of {type_name}", name, model.model_fields)
        else:
            yield from _asked(pack, (*path, name), name, model, check)


def _asked(pack: Pack, path: Path, name: str, model: type[EventData], check: Check) -> Iterator[Disagreement]:
    """Can what is asked of a field be true at all? Closed lists, codes of the pack, true or false, numbers."""
    parts = _parts(model.model_fields[name])
    if bool in parts and words_of(check):
        yield Disagreement(path, "true_or_false", f"`{name}` is true or false: write one of these two words")
    if (check.at_least, check.at_most) != (None, None) and name not in numbers(model):
        yield Disagreement(path, "not_a_number", f"`{name}` is no number: at_least and at_most cannot be asked of it")
    closed = _closed(model, name)
    known = closed or (_vocabulary(pack) if _CODE in parts else ())
    kind = name.replace("_", " ") if closed else "code"
    yield from (unknown(path, kind, word, known) for word in words_of(check) if known and word not in known)


def _vocabulary(pack: Pack) -> set[str]:
    codes = pack.codes
    return {*codes.roles, *codes.services, *codes.flags, *codes.stages}.union(
        *codes.services.values(), *codes.more.values()
    )


def date_fields(model: type[EventData]) -> list[str]:
    return [name for name, field in model.model_fields.items() if {date, datetime} & set(_parts(field))]


def numbers(model: type[EventData]) -> list[str]:
    """The fields of an event that hold numbers."""
    return [name for name, field in model.model_fields.items() if {int, Decimal} & set(_parts(field))]


def lists_of_ids(model: type[EventData]) -> list[str]:
    """The fields of an event that list identifiers."""
    told = ((name, _parts(field)) for name, field in model.model_fields.items())
    return [name for name, parts in told if _ID in parts and any(get_origin(part) is tuple for part in parts)]


def _closed(model: type[EventData], name: str) -> list[str]:
    """The words of a field whose list is closed; none for any other field."""
    parts = _parts(model.model_fields[name])
    if any(get_origin(part) is dict for part in parts):  # its keys are codes; the words are what is said of each
        return []
    return [word for part in parts if get_origin(part) is Literal for word in get_args(part) if isinstance(word, str)]


def _parts(annotation: Any) -> list[Any]:
    """A type, what it is made of, and what is said about it: of `Code | None` the union, `str`, its pattern, `None`."""
    if isinstance(annotation, FieldInfo):
        return [*_parts(annotation.annotation), *annotation.metadata]
    return [annotation, *(part for inner in get_args(annotation) for part in _parts(inner))]


# --- examples ---------------------------------------------------------------------------------------------------------


def _examples(pack: Pack) -> Iterator[Disagreement]:
    rules = [duty.id for _, duty in duties(pack)]
    for number, example in enumerate(pack.examples):
        path: Path = ("examples", number)
        for n, expected in enumerate(example.expect):
            if expected.rule not in rules:
                yield unknown((*path, "expect", n, "rule"), "rule", expected.rule, rules)
        for n, event in enumerate(example.events):
            yield from _example_event((*path, "events", n), event)


def _example_event(path: Path, event: ExampleEvent) -> Iterator[Disagreement]:
    if event.type not in EVENT_TYPES:
        yield unknown((*path, "type"), "event type", event.type, EVENT_TYPES)
        return
    for fault in faults_in(event.type, event.data):
        parts = [part.replace("~1", "/").replace("~0", "~") for part in fault.pointer.split("/")[1:]]
        at = (*path, "data", *(int(part) if part.isdigit() else part for part in parts))
        name = parts[-1] if parts else event.type
        if fault.code == "unknown_field" and len(parts) == 1:
            yield unknown(at, f"field of {event.type}", name, EVENT_TYPES[event.type].model_fields)
        else:
            yield Disagreement(at, fault.code, f"`{short(name)}` {fault.detail}")
