"""Can what a pack only counts be counted: events and fields that there are, codes and clauses of the pack?

Beside `checking`, which asks the same of the rules.
"""

from collections.abc import Iterator

from app.domain.policy.checking import Disagreement, conditions, known_words, unknown
from app.domain.policy.markup import Path
from app.domain.policy.measures import Covered, Measure
from app.domain.policy.patterns import EventRef
from app.domain.policy.shapes import Pack
from app.domain.policy.timing import models_meant


def shares(pack: Pack) -> Iterator[Disagreement]:
    """Everything that does not agree in the measures."""
    for number, measure in enumerate(pack.measures):
        path: Path = ("measures", number)
        yield from _clause(pack, path, measure)
        yield from known_words(pack, (*path, "applies"), measure.applies)
        yield from _event(pack, (*path, "event"), measure.event)
        yield from _counted(pack, path, measure)


def _clause(pack: Pack, path: Path, measure: Measure) -> Iterator[Disagreement]:
    for named in (measure.id, *measure.answers) if pack.clauses else ():
        if named not in pack.clauses:
            yield unknown((*path, "id"), "clause", named, pack.clauses)
        elif pack.clauses[named].carries not in ("fact", "rule"):
            said = f"`{named}` carries: {pack.clauses[named].carries}, but a measure tells of it: write `fact`"
            yield Disagreement((*path, "id"), "clause_index", said)


def _event(pack: Pack, path: Path, event: EventRef) -> Iterator[Disagreement]:
    if isinstance(event, str) and event not in pack.events:
        yield unknown(path, "event", event, pack.events)


def _counted(pack: Pack, path: Path, measure: Measure) -> Iterator[Disagreement]:
    models = list(dict.fromkeys(models_meant(pack, measure.event)))
    fields = {name for model in models for name in model.model_fields}
    if measure.covers is not None:
        yield from _covered(pack, (*path, "covers"), measure.covers, fields)
    for name, portion in measure.shares.items():
        at = (*path, "shares", name)
        for field, check in portion.has.items():
            if models and field not in fields:
                yield unknown((*at, "has", field), "field", field, fields)
            for model in (model for model in models if field in model.model_fields):
                yield from conditions(pack, (*at, "has"), {field: check}, model.__name__, model)
        for number, link in enumerate(portion.linked):
            yield from _event(pack, (*at, "with", number, "event"), link.event)


def _covered(pack: Pack, path: Path, covers: Covered, fields: set[str]) -> Iterator[Disagreement]:
    words = {word for codes in pack.codes.more.values() for word in codes}
    if fields and covers.field not in fields:
        yield unknown((*path, "field"), "field", covers.field, fields)
    for number, code in enumerate(covers.codes):
        if code not in words:
            yield unknown((*path, "codes", number), "code", code, words)
