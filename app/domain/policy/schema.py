"""The JSON Schema of a pack: by it editors complete what is written, explain it and underline what cannot be.

It accepts every pack that can be adopted. What only the pack as a whole can tell (that a name points at something, that
a target is sooner than its limit) is left to `checking`.
"""

import json
from collections.abc import Iterator
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from app.domain.calendar import Interval
from app.domain.policy.asking import Asking
from app.domain.policy.glossary import meaning
from app.domain.policy.shapes import Duty, Pack, Shape
from app.events.types import EVENT_TYPES

_EDITION = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema of a pack, as plain JSON values."""
    made: dict[str, Any] = Pack.model_json_schema(schema_generator=_AsWritten)
    for shape, node in _nodes(made):
        for word, field in node["properties"].items():
            _explain(field, meaning(shape, word))
        if issubclass(shape, Duty | Asking):
            node["oneOf"] = [{"required": [kind]} for kind in shape.KINDS]
        if "type" in shape.model_fields:
            _name_types(node["properties"]["type"])
    return {"$schema": _EDITION, **made, "title": "A supervision policy"}


def as_file() -> str:
    """The same as the text of a file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


class _AsWritten(GenerateJsonSchema):
    """Defaults as a pack would write them."""

    def encode_default(self, dft: Any) -> Any:
        return str(dft) if isinstance(dft, Interval) else super().encode_default(dft)


def _nodes(made: dict[str, Any]) -> Iterator[tuple[type[Shape], dict[str, Any]]]:
    """Each shape with what the schema says of it."""
    waiting: list[type[Shape]] = [Shape]
    while waiting:
        shape = waiting.pop()
        waiting += shape.__subclasses__()
        node = made if shape is Pack else made["$defs"].get(shape.__name__)
        if node is not None:
            yield shape, node


def _name_types(field: dict[str, Any]) -> None:
    """The types of event there are, instead of any text."""
    optional = [None] if field.pop("anyOf", None) else []
    field.pop("type", None)
    field["enum"] = [*EVENT_TYPES, *optional]


def _explain(field: dict[str, Any], said: str | None) -> None:
    """One entry, with what it means for a title made of its name; a default that is nothing tells nothing."""
    field.pop("title", None)
    if said is not None:
        field["description"] = said
    if field.get("default") in (None, [], {}) or isinstance(field.get("default"), dict):
        field.pop("default", None)
