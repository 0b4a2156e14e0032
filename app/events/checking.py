"""Whether `data` is what its type asks for: the model's own fields first, then what no single field can know.

The valid case is the fast one: one call into Pydantic's compiled validator and a few look-ups.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from pydantic import ValidationError

from app.errors import Fault
from app.events.base import EventData
from app.events.facts import LONDON, london_date
from app.events.faults import faults_of

MOST_FIELDS: Final = 200
"""No type has as many. Checked first, so that a million unknown fields are not a million messages."""


def check(kind: type[EventData], data: dict[str, Any], at: str = "") -> tuple[EventData | None, list[Fault]]:
    """The validated model, or None and all faults; pointers start with `at`. `data` holds no nulls."""
    if len(data) > MOST_FIELDS:
        return None, [Fault(at, "too_many_fields", f"holds {len(data):,} fields: {kind.__name__} has far fewer")]
    faults = []
    model = None
    try:
        model = kind.__pydantic_validator__.validate_python(data)
    except ValidationError as error:
        faults = faults_of(error, kind.__name__, tuple(kind.model_fields), at)
    if kind.needs and not any(all(map(data.get, fields)) for fields in kind.needs):
        faults.append(Fault(at, "needs_one_of", f"needs {needs_in_words(kind)}"))
    if model is not None:
        faults += [
            Fault(f"{at}/{twin}", *said)
            for name, twin in kind.twins
            if twin in data and (said := _twin_fault(name, getattr(model, name), getattr(model, twin)))
        ]
    return (None, faults) if faults else (model, [])


def needs_in_words(kind: type[EventData]) -> str:
    """`one of: session_id; discussion_id; case_id with discussed_on`."""
    return "one of: " + "; ".join(" with ".join(sorted(fields)) for fields in kind.needs)


def _twin_fault(name: str, day: date | None, moment: datetime) -> tuple[str, str] | None:
    if day is None:
        return "twin_alone", f"is the exact time of {name}: give {name} too"
    if moment.astimezone(LONDON).date() != day:
        return "twin_differs", f"does not fall on the London date that {name} gives"
    return None


def london_date_of(kind: type[EventData], data: Mapping[str, Any], time: datetime | None) -> date | None:
    """The business date by the type's own fields, then by `time` where the type says so; None if neither tells."""
    for name in kind.on:
        value = data.get(name)
        if value is not None:
            return london_date(value)
    return time.astimezone(LONDON).date() if kind.else_on_time and time is not None else None
