"""Can what belongs together be told to: does an event name the thing that it must share with another?

Session, discussion and record may be named by any event, cases and workers are found otherwise; of the rest a type
that has no such field would never share it, and all that waits for it would be late for ever.
"""

from collections.abc import Iterator
from typing import Any, Final

from app.domain.policy.checking import Disagreement
from app.domain.policy.markup import Path
from app.domain.policy.patterns import EventRef, Linked, Shape
from app.domain.policy.shapes import Pack, Within
from app.domain.policy.timing import models_meant

_NAMED_BY_SOME: Final = frozenset(
    {"action", "agreement", "decision", "disagreement", "concern", "objective", "file", "sample"}
)


def links(pack: Pack) -> Iterator[Disagreement]:
    """Every link to something that one of the two events never names."""
    for path, shape in _inside((), pack):
        if isinstance(shape, Linked):
            yield from _names(pack, path, shape, shape.event)
        if isinstance(shape, Within) and isinstance(shape.answered_by, Linked):
            yield from _names(pack, (*path, "answered_by"), shape.answered_by, shape.after)


def _names(pack: Pack, path: Path, link: Linked, event: EventRef) -> Iterator[Disagreement]:
    models = list(models_meant(pack, event)) if link.same in _NAMED_BY_SOME else []
    if models and not any(f"{link.same}_id" in model.model_fields for model in models):
        said = f"`{models[0].__name__}` never says of which {link.same} it is: write what else the two share"
        yield Disagreement((*path, "same"), "nothing_shared", said)


def _inside(path: Path, value: Any) -> Iterator[tuple[Path, Shape]]:
    """Every shape in a value, with its path."""
    if isinstance(value, Shape):
        yield path, value
        fields = type(value).model_fields
        for name in value.model_fields_set:
            yield from _inside((*path, fields[name].alias or name), getattr(value, name))
    elif isinstance(value, dict | tuple):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _inside((*path, key), each)
