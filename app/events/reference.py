"""The event reference for people who connect a system: Markdown, generated from the models, never written by hand.

`python -m app.events.reference` prints it; a test holds `docs/events.md` equal to what it prints.
"""

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final

from app.events import fields
from app.events.base import EventData, PostedBy
from app.events.checking import needs_in_words
from app.events.envelope import MOST_EXTENSIONS, RESERVED, Envelope
from app.events.glossary import MEANINGS
from app.events.tags import kind_of
from app.events.types import EVENT_TYPES, cases, corrections, governance, people, records, sessions

SECTIONS: Final[dict[str, ModuleType]] = {
    "People and structure": people,
    "Sessions and discussions": sessions,
    "Records and actions": records,
    "Cases": cases,
    "Files, audit, access, policies and calendars": governance,
    "Corrections and identifiers": corrections,
}

_WHO: Final[dict[PostedBy, str]] = {
    "ordinary": "",
    "admin": "Only an administrator may send it (scope `council:admin`). ",
    "records": "Only a records role may send it (scope `records:write`). ",
    "service": "Written by the service when its own operation is carried out; it cannot be sent. ",
}

_BY_PATTERN: Final = {
    fields.ID_PATTERN: "identifier",
    fields.CODE_PATTERN: "code",
    fields.LABEL_PATTERN: "short title",
    fields.REFERENCE_PATTERN: "reference",
    fields.PRINTABLE_PATTERN: "printable ASCII",
    fields.INTERVAL_PATTERN: "interval",
    fields.TEXT_PATTERN: "text",
    fields.SUBJECT_PATTERN: "kind/identifier",
    fields.MEDIA_TYPE_PATTERN: "media type",
    fields.URI_PATTERN: "URI",
}

_NUMBER_AS_TEXT: Final = "number as text"
"""How the ledger keeps decimals; taken too, but not worth saying at every number."""

_INTRODUCTION: Final = """\
# Events

<!-- Generated from the code by `python -m app.events.reference`; change the models in app/events/types/ instead. -->

What other systems send, and what auditors replay. An event is a fact that has happened; it may arrive late, twice and
out of order. These names are a contract: a later version may add optional fields, never rename or remove one.
`tests/events/examples/` holds an example of each type, with as little and with as much as it may hold.

## The envelope

One event is a [CloudEvent 1.0](https://github.com/cloudevents/spec) in its JSON form. `source` and `id` are unique
together: the same pair sent again changes nothing, the same pair with another content is refused.

{envelope}

Other extension attributes (at most {extensions}, names of 1 to 20 lower-case letters and digits) are kept as they are.
`data_base64` is refused, and so is what the service adds itself: {reserved}.

## Reading the tables

* **required** fields must be there. A field whose presence a policy tests is optional: its absence is a finding.
* Unknown fields are refused, so that a misspelt one is not lost. `null` is the same as absent; absent is *not known*,
  while `[]` and `false` are statements.
* **date**: `YYYY-MM-DD`, in London, from 1990-01-01 to 2100-12-31. Every date field `x_on` may have a twin `x_at`, a
  date-time that falls on that day. **date-time**: RFC 3339 with seconds and offset, `2025-03-31T14:30:00+01:00`.
* **identifier**: the source's own, 1 to 64 of letters, digits and `. _ : @ ~ -`, starting with a letter or digit;
  never a name, an e-mail address or a national number. **code**: a word of the council's own vocabulary.
* **interval**: `28 days`, `10 working days`, `6 weeks`, `1 month`. **number**: stored without rounding, and
  given back as it was sent (`0.6`).
* The **business date** is the day that `as_at` compares. Facts are ordered by it, then by `time`, source and id.

## What every event may carry

{common}

Only `narrative` and `name` hold free text. They are encrypted with the key of the case if there is one, else of the
one worker, else of the team; where there are several people and no case, send one event for each person.

## Tags

An event is found by everything that its fields name:

* `worker/…` for the one supervised or spoken of: {worker};
* `by/…` for every other person: {by}, and every field that ends in `_by`;
* `x/…` for every other field `x_id`, such as `case/…`, `session/…`, `action/…`, and `revisits/…`;
* `record/…` for a case note too, which may be the record itself;
* for `IdentifierLinked` and `SubjectMerged` what their `kind` says; for a link also its `SYSTEM:number` of that kind;
* `council/policies`, `council/calendars`, `council/merges`, `council/feeds`, `council/erasures` for what concerns
  everybody.

A correction has the tags of what it corrects, before and after. A tag is for finding, never for permission.
"""


def reference() -> str:
    """The whole page."""
    by = sorted(name for name in _all_fields() if kind_of(name) == "by" and not name.endswith("_by") and name != "by")
    introduction = _INTRODUCTION.format(
        envelope=_table(Envelope.model_json_schema(), _ENVELOPE, list(Envelope.model_fields)),
        extensions=MOST_EXTENSIONS,
        reserved=_listed(sorted(RESERVED)),
        common=_table(EventData.model_json_schema(), MEANINGS, list(EventData.model_fields)),
        worker=_listed(["worker_id", "worker_ids"]),
        by=_listed([*by, "by"]),
    )
    sections = [_section(title, module) for title, module in SECTIONS.items()]
    return "\n".join([introduction, *sections])


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema of a type's `data`, every field with its meaning."""
    model = EVENT_TYPES[name]
    schema = model.model_json_schema()
    for field, described in schema["properties"].items():
        described["description"] = meaning(name, field)
    return schema


def meaning(type_name: str, field: str) -> str:
    """What a field of a type means."""
    model = EVENT_TYPES[type_name]
    for name, twin in model.twins:
        if field == twin:
            return f"the exact time of {name}"
    own = MEANINGS.get(f"{type_name}.{field}") or MEANINGS.get(field, "")
    if field not in model.on:
        return own
    place = "the business date" if len(model.on) == 1 else "the business date" + _fall_back(model.on, field)
    return f"{own}; {place}" if own else place


def _fall_back(on: tuple[str, ...], field: str) -> str:
    return "" if field == on[0] else f" when `{on[0]}` is absent"


_ENVELOPE: Final = {
    "specversion": "the version of CloudEvents",
    "id": "the event's own identifier in its source",
    "source": "which system sends it, such as urn:council:lcs",
    "type": "one of the names below",
    "subject": "what it is about, such as worker/W-1001; derived from `data` when absent",
    "time": "when the source says it happened",
    "sourcerecordedtime": "when the source recorded it; lets a back-loaded history tell what was known when",
    "sourcerecordedby": "who keyed it into the source",
    "datacontenttype": "JSON, if it is given at all",
    "dataschema": "kept as it is",
    "data": "the fields of the type",
}


def _section(title: str, module: ModuleType) -> str:
    types = [(name, model) for name, model in EVENT_TYPES.items() if model.__module__ == module.__name__]
    return "\n".join([f"## {title}\n", *(_type(name, model) for name, model in types)])


def _type(name: str, model: type[EventData]) -> str:
    twins = {twin for _, twin in model.twins}
    own = [field for field in model.__annotations__ if field not in twins]
    meanings = {field: meaning(name, field) for field in own}
    dated = "" if model.on else "It has no date of its own: it says how things always were. "
    if model.else_on_time:
        dated = "Without its date, the business date is the London date of `time`, else of the recording. "
    needs = f"Needs {needs_in_words(model)}. " if model.needs else ""
    notes = (dated + needs + _WHO[model.posted_by]).strip()
    table = _table(model.model_json_schema(), meanings, own)
    return "\n".join([f"### {name}\n", f"{model.__doc__}{' ' + notes if notes else ''}\n", f"{table}\n"])


def _table(schema: dict[str, Any], meanings: dict[str, str], names: list[str]) -> str:
    required = schema.get("required", [])
    lines = ["| field | value | meaning |", "|---|---|---|"]
    for name in names:
        value = _value(schema["properties"][name], schema.get("$defs", {}))
        lines.append(f"| `{name}` | {value}{', **required**' if name in required else ''} | {meanings[name]} |")
    return "\n".join(lines)


def _value(schema: dict[str, Any], shapes: dict[str, Any]) -> str:
    """A value in words: `identifier`, `list of codes`, `individual` or `group` …"""
    if "$ref" in schema:
        shape = shapes[schema["$ref"].rpartition("/")[2]]
        more = "" if shape.get("additionalProperties") is False else ", further codes"
        return "object with " + ", ".join(_member(name, shape, shapes) for name in shape["properties"]) + more
    if "anyOf" in schema:
        values = dict.fromkeys(_value(one, shapes) for one in schema["anyOf"] if one.get("type") != "null")
        return " or ".join(value for value in values if value != _NUMBER_AS_TEXT)
    if "enum" in schema or "const" in schema:
        return _listed(schema.get("enum") or [schema["const"]])
    return next(_plain(schema, shapes))


def _member(name: str, shape: dict[str, Any], shapes: dict[str, Any]) -> str:
    optional = "" if name in shape.get("required", []) else "optional "
    return f"`{name}` ({optional}{_value(shape['properties'][name], shapes)})"


def _plain(schema: dict[str, Any], shapes: dict[str, Any]) -> Iterator[str]:
    kind = schema.get("type")
    if kind == "array":
        yield f"list of: {_value(schema['items'], shapes)}"
    for inner in schema.get("patternProperties", {}).values():
        yield f"object, code → {_value(inner, shapes)}"
    if "maximum" in schema:
        yield f"{'number' if kind == 'number' else 'whole number'} {schema['minimum']:,} to {schema['maximum']:,}"
    if "pattern" in schema:
        length = f" of at most {schema['maxLength']:,} characters" if "maxLength" in schema else ""
        yield _BY_PATTERN.get(schema["pattern"], _NUMBER_AS_TEXT) + length
    yield {"boolean": "true or false", "string": schema.get("format", "text")}.get(str(kind), "object")


def _listed(values: list[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _all_fields() -> set[str]:
    return {name for model in EVENT_TYPES.values() for name in model.model_fields}


if __name__ == "__main__":
    sys.stdout.write(reference())
