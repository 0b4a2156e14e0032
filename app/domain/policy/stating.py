"""Do the fields that a state that must always hold names, or by which an event is somebody's, exist? Whose is it?

Beside `checking`, which asks the same of every kind of rule: that names point at something, that codes are known.
"""

from collections.abc import Iterator
from typing import Final

from app.domain.policy.checking import Disagreement, date_fields, duties, known_words, unknown
from app.domain.policy.markup import Path
from app.domain.policy.needs import inside, reached_in
from app.domain.policy.patterns import Event, Shape
from app.domain.policy.shapes import Always, Pack, Rule
from app.domain.policy.timing import models_meant, people_of

_HANDS: Final = frozenset({"from_id", "to_id"})
"""In whose hands a file was and is: people, though the names of the fields do not say so."""


def states(pack: Pack) -> Iterator[Disagreement]:
    """Everything that does not agree in what must always be so, and in whose an event is."""
    for name, event in pack.events.items():
        yield from _whose(pack, ("events", name), event)
    for path, duty in duties(pack):
        if not isinstance(duty, Rule) or duty.table is None:
            yield from _whose(pack, path, duty)
        if isinstance(duty, Rule) and duty.subjects != ("case",) and _is_told_of_lead(pack, duty):
            said = "only a case has somebody who leads it: what is `told_of: lead` belongs to a rule about cases alone"
            yield Disagreement((*path, "subject"), "not_right", said)
        if isinstance(duty, Rule) and duty.always is not None:
            yield from _always(pack, (*path, "always"), duty.always)
        if isinstance(duty, Rule) and duty.never is not None:
            for number, each in enumerate(duty.never.any_of):
                yield from known_words(pack, (*path, "never", "any_of", number), each)


def _is_told_of_lead(pack: Pack, rule: Rule) -> bool:
    return any(isinstance(part, Event) and part.told_of is not None for part in reached_in([rule], pack.events))


def _always(pack: Pack, path: Path, always: Always) -> Iterator[Disagreement]:
    models = [] if always.event is None else list(dict.fromkeys(models_meant(pack, always.event)))
    dates = [name for model in models for name in date_fields(model)]
    if always.until is not None and models and always.until not in dates:
        yield unknown((*path, "until"), "date field", always.until, dates)
    people = [name for model in models for name in (*people_of(model), *(_HANDS & model.model_fields.keys()))]
    for number, field in enumerate(always.held_by if models else ()):
        if field not in people:
            yield unknown((*path, "held_by", number), "field of a person", field, people)


def _whose(pack: Pack, path: Path, shape: Shape) -> Iterator[Disagreement]:
    for each in (part for part in inside(shape) if isinstance(part, Event) and part.belongs_by is not None):
        for model in models_meant(pack, each):
            if each.belongs_by not in (people := people_of(model)):
                yield unknown((*path, "belongs_by"), "field of a person", str(each.belongs_by), people)
