"""The merge patch inside `EventCorrected`, judged before its target is known.

What it changes must be right for at least one event type, so that no misspelt field and no free text slips into the
ledger under the cover of a correction. Whether the corrected event is valid is judged when the target is there.
"""

from typing import Any, Final

from app.errors import Fault
from app.events.checking import check
from app.events.faults import MOST_GUESSES, unknown_field
from app.events.parsing import pointer_part
from app.events.types import EVENT_TYPES

_CORRECTABLE: Final = [kind for name, kind in EVENT_TYPES.items() if name not in ("EventCorrected", "EventRetracted")]
_FIELDS: Final = dict.fromkeys(name for kind in _CORRECTABLE for name in kind.model_fields)
_OF_THE_WHOLE: Final = frozenset({"missing", "needs_one_of", "twin_alone"})
"""Faults that say nothing about a part."""


def patch_faults(patch: dict[str, Any], at: str) -> list[Fault]:
    """What is wrong with the patch whatever its target is; `at` points to it. Nulls remove a field and are fine."""
    unknown = [name for name in patch if name not in _FIELDS][:MOST_GUESSES]
    if unknown:
        return [unknown_field(at + pointer_part(name), name, "any event", tuple(_FIELDS)) for name in unknown]
    given = {name: value for name, value in patch.items() if value is not None}
    fitting = [kind for kind in _CORRECTABLE if patch.keys() <= kind.model_fields.keys()]
    if not fitting:
        return [Fault(at, "unknown_field", "holds fields that no event type has together: correct one event at a time")]
    best: list[Fault] | None = None
    for kind in fitting:
        faults = [fault for fault in check(kind, given, at)[1] if fault.code not in _OF_THE_WHOLE]
        if not faults:
            return []
        best = faults if best is None or len(faults) < len(best) else best
    return best or []
