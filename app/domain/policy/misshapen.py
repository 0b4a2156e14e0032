"""What the shapes of a pack refuse, told to its author: what is wrong, how it is written, what was probably meant."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from app.domain.calendar import UnknownUnit
from app.domain.policy.checking import Disagreement, unknown
from app.domain.policy.markup import Path
from app.domain.policy.shapes import Pack


def misshapen(data: Any, fault: Any) -> Disagreement:
    """One error of the shapes, in words. `fault` is Pydantic's: type, loc, msg, ctx."""
    path, value = _path(data, fault["loc"], missing=fault["type"] == "missing")
    name = next((part for part in reversed(path) if isinstance(part, str)), "policy")
    context = fault.get("ctx", {})
    cause = context.get("error")
    if fault["type"] == "extra_forbidden":
        return unknown(path, "key", name, _keys(path[:-1]))
    if fault["type"] in ("literal_error", "enum"):
        return unknown(path, name, str(value), re.findall("'([^']*)'", context["expected"]))
    if isinstance(cause, UnknownUnit):
        return unknown(path, "unit", cause.word, cause.known)
    if cause and isinstance(value, dict):  # several entries that do not go together
        return Disagreement(path, "not_right", str(cause))
    meant = _meant(fault["type"], context, value)
    instead = f"; did you mean `{meant}`?" if meant else ""
    return Disagreement(
        path, _CODES.get(fault["type"], fault["type"]), f"`{name}` {_said(fault, value)}{instead}", meant
    )


def _said(fault: Any, value: object) -> str:
    """What is wrong with one value."""
    context = fault.get("ctx", {})
    if value is None and fault["type"] != "missing":
        return "has no value"
    if "error" in context:
        return str(context["error"])
    if fault["type"] == "string_pattern_mismatch":
        how = next((how for begins, how in _WRITTEN.items() if context["pattern"].startswith(begins)), "see the guide")
        return f"is not written as it must be: {how}"
    said: str = _SAID.get(fault["type"], fault["msg"][:1].lower() + fault["msg"][1:])
    return said.format(**context) if "{" in said else said


def _meant(kind: str, context: Mapping[str, Any], value: object) -> str | None:
    """What the author probably meant, where that can be told from what is written."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if isinstance(value, dict | list) or value is None or len(text) > 60:
        return None
    if kind == "string_type":
        return f'"{text}"'
    if kind == "bool_type":
        return _TRUTH.get(text.lower())
    if kind == "tuple_type":
        return f"[{text}]"
    made = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    if kind == "string_pattern_mismatch" and context["pattern"] == NAME and re.fullmatch(NAME, made):
        return made
    length = re.fullmatch(r"([1-9][0-9]{0,4})[ -]*((?:working )?(?:day|week|month|year)s?)", text)
    meant = f"{length[1]} {length[2]}" if kind == "value_error" and length else None
    return None if meant == text else meant


NAME: Final = r"^[a-z][a-z0-9_]{0,63}$"
_TRUTH: Final = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
_WRITTEN: Final = {
    NAME: "small letters, digits and `_`, beginning with a letter",
    "^[A-Za-z0-9][A-Za-z0-9._:-]": "letters, digits and `. _ : -`, no spaces, such as `LU-37`",
    "^[A-Za-z0-9][A-Za-z0-9._-]": 'letters, digits and `. _ -`, no spaces, such as `"2026-04"`',
    "^[0-9]{4}": "a year, month or day: 2021, 2021-06 or 2021-06-01",
    "^[A-Z][A-Za-z]": "an event, or a field of one, such as `SessionHeld.functions`",
    "^(worker|": "a kind and an identifier, such as `worker/W-1`",
}
"""How what a pattern asks for is written, by how the pattern begins."""
_CODES: Final = {"value_error": "not_right", "string_pattern_mismatch": "not_right", "string_too_short": "empty"}
_SAID: Final = {
    "missing": "is missing",
    "string_type": "must be text: put it in quotes",
    "string_too_short": "has no text",
    "string_too_long": "is longer than {max_length} characters",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "too_short": "needs {min_length} or more",
    "too_long": "takes no more than {max_length}",
    "tuple_type": "must be a list: begin each item with a dash, or write them in brackets",
    "dict_type": "must be entries of the form `name: value`",
    "model_type": "must be entries of the form `name: value`",
    "model_attributes_type": "must be entries of the form `name: value`",
}


def _path(data: Any, loc: Iterable[str | int], *, missing: bool) -> tuple[Path, Any]:
    """The part of an error's `loc` that is in the document (a union adds its tags, a key its word `[key]`)."""
    path: Path = ()
    *most, last = loc or [""]
    for part in (*most, last):
        inside = isinstance(data, dict) and part in data
        if inside or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            path, data = (*path, part), data[part]
    return ((*path, last), None) if missing else (path, data)


def _keys(path: Path) -> set[str]:
    """The keys that may stand at `path`."""
    nodes: list[Mapping[str, Any]] = [_schema()]
    for part in path:
        nodes = [found for node in nodes for found in _below(node, part)]
    return {key for node in nodes for key in node.get("properties", ())}


def _below(node: Mapping[str, Any], part: str | int) -> Iterator[Mapping[str, Any]]:
    found = node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part)
    inner = found or next(iter(node.get("patternProperties", {}).values()), node.get("additionalProperties"))
    if isinstance(inner, Mapping):
        yield from _variants(inner)


def _variants(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A node of the JSON Schema without references and alternatives: each shape that may stand there."""
    if "$ref" in node:
        yield from _variants(_schema()["$defs"][node["$ref"].rpartition("/")[2]])
    elif alternatives := node.get("anyOf") or node.get("oneOf") or node.get("allOf"):
        for alternative in alternatives:
            yield from _variants(alternative)
    else:
        yield node


@cache
def _schema() -> dict[str, Any]:
    return Pack.model_json_schema()
