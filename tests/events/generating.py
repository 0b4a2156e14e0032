"""Valid events made up from the models themselves, so that a property holds for every type, also for new ones."""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from app.events import fields
from app.events.reference import schema_of
from app.events.types import EVENT_TYPES

EXAMPLES = Path(__file__).parent / "examples"

_WORDS = {
    fields.ID_PATTERN: st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:~-]{0,12}", fullmatch=True),
    fields.TEXT_PATTERN: st.just("Invented text."),
}
_BY_FORMAT = {
    "date": st.dates(fields.FIRST_DAY, fields.LAST_DAY).map(str),
    "date-time": st.sampled_from(["2025-03-31T14:30:00+01:00", "2025-03-31T13:30:00Z", "2025-01-31T00:00:00.5-05:00"]),
}


def example(type_name: str, which: str = "minimal", **changes: Any) -> dict[str, Any]:
    """A stored example as the parser reads it, with changes to its `data` (None takes a field away)."""
    event: dict[str, Any] = json.loads((EXAMPLES / f"{type_name}.json").read_text(), parse_float=Decimal)[which]
    event["data"] = {name: value for name, value in (event["data"] | changes).items() if value is not None}
    return event


@st.composite
def events(draw: st.DrawFn, types: tuple[str, ...] = tuple(EVENT_TYPES)) -> dict[str, Any]:
    """A valid event of any type, with any of its optional fields but texts and twins, which have rules of their own."""
    name = draw(st.sampled_from(types))
    kind, required, optional = EVENT_TYPES[name], *_fields(name)
    needed = draw(st.sampled_from([sorted(names) for names in kind.needs] or [[]]))
    chosen = [*required, *needed, *draw(st.lists(st.sampled_from(optional), unique=True, max_size=6))]
    schema = schema_of(name)
    data = {
        field: draw(_value(schema["properties"][field], schema.get("$defs", {}))) for field in dict.fromkeys(chosen)
    }
    if name == "EventCorrected":
        data["data"] = {"minutes": 90}
    if any(field == "worker_ids" for field in needed):
        data["worker_ids"] = data["worker_ids"] or ["W-1"]
    return {"specversion": "1.0", "id": draw(_identifier), "source": "urn:example:lcs", "type": name, "data": data}


_identifier = _WORDS[fields.ID_PATTERN]


@cache
def _fields(name: str) -> tuple[list[str], list[str]]:
    kind = EVENT_TYPES[name]
    without = {"narrative", "name", *(twin for _, twin in kind.twins)}
    required = [field for field, info in kind.model_fields.items() if info.is_required()]
    return required, [field for field in kind.model_fields if field not in required and field not in without]


def _value(schema: dict[str, Any], shapes: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        shape = shapes[schema["$ref"].rpartition("/")[2]]
        return st.fixed_dictionaries({name: _value(part, shapes) for name, part in shape["properties"].items()})
    if "anyOf" in schema:
        parts = [part for part in schema["anyOf"] if part.get("type") != "null"]
        numbers = [_value(part, shapes) for part in parts if part.get("type") == "number"]  # also taken as text
        return st.one_of([number | number.map(str) for number in numbers] or [_value(part, shapes) for part in parts])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _by_type(schema, shapes)


def _by_type(schema: dict[str, Any], shapes: dict[str, Any]) -> st.SearchStrategy[Any]:
    match schema:
        case {"type": "array", "items": items}:
            return st.lists(_value(items, shapes), max_size=min(3, schema.get("maxItems", 3)))
        case {"patternProperties": inner}:
            (part,) = inner.values()
            return st.dictionaries(_identifier.filter(lambda word: "~" not in word), _value(part, shapes), max_size=3)
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "integer"}:
            return st.integers(schema["minimum"], schema.get("maximum", 2**53))
        case {"type": "number"}:
            return st.decimals(schema["minimum"], schema["maximum"], places=2)
        case {"format": name}:
            return _BY_FORMAT[name]
        case {"pattern": pattern}:
            return _WORDS[pattern] if pattern in _WORDS else st.from_regex(pattern.removesuffix("$") + r"\Z")
    return st.just({"rules": []})
