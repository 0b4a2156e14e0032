"""A pack's text becomes a `Pack`, or a list of faults that its author can act on.

Each fault says the line and column, the place as a pointer (RFC 6901), a stable code, what is wrong in plain words
and, where a word is nearly right, the word that was probably meant. `check` never raises for bad content; `load`
raises `PackErrors` with everything that is wrong, not only the first thing.

Rules: pure (text in, `Pack` out). `as_json` is what `PolicyAdopted` keeps, so that a replay never depends on a file
(`adopted` reads it back). Left out: reading YAML (`markup`) and whether the parts of a pack agree (`checking`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from itertools import chain, islice
from typing import Any, Final

from pydantic import ValidationError

from app.domain.calendar import UnknownUnit
from app.domain.policy import checking, entitling, markup, measuring, stating, timing, varying
from app.domain.policy.shapes import Pack

FAULTS_LIMIT: Final = 100
_CHECKS: Final = (
    checking.disagreements,
    entitling.entitlements,
    measuring.measures,
    stating.states,
    timing.timings,
    varying.arrangements,
)


@dataclass(frozen=True, slots=True)
class PackFault:
    """One thing wrong in a pack: where, a stable code, what to do, and the word that was probably meant."""

    line: int
    column: int
    pointer: str
    code: str
    detail: str
    suggestion: str | None = None

    def __str__(self) -> str:
        return f"line {self.line}: {self.detail}"

    def as_json(self) -> dict[str, Any]:
        """The shape of an item of `errors` in the answer of `POST /v1/policies/check`."""
        return asdict(self)


class PackErrors(ValueError):
    """A pack that cannot be used; `faults` in the order of their lines."""

    def __init__(self, faults: Iterable[PackFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


def load(source: str | bytes) -> Pack:
    """The pack that `source` (YAML) describes. Raises `PackErrors`."""
    try:
        marked = markup.read(source)
    except markup.NotReadable as error:
        raise PackErrors([_unreadable(error)]) from error
    faults = [_unreadable(error) for error in marked.twice]
    pack, wrong = _shaped(marked)
    faults.extend(wrong)
    if pack is not None:
        found = chain.from_iterable(each(pack) for each in _CHECKS)
        faults.extend(_fault(marked, one) for one in islice(found, FAULTS_LIMIT))
    if faults or pack is None:
        raise PackErrors(sorted(faults, key=lambda fault: (fault.line, fault.column))[:FAULTS_LIMIT])
    return pack


def check(source: str | bytes) -> list[PackFault]:
    """What is wrong with `source`, in the order of its lines; empty when it is a pack that can be adopted."""
    try:
        load(source)
    except PackErrors as error:
        return list(error.faults)
    return []


def as_json(pack: Pack) -> dict[str, Any]:
    """The pack as plain JSON values: what was written, no defaults filled in, dates as ISO strings, no floats."""
    data: dict[str, Any] = pack.model_dump(mode="json", exclude_unset=True, by_alias=True)
    return data


def load_calendar(source: str | bytes) -> dict[str, Any]:
    """The data of the `CalendarAdopted` event that a calendar file (YAML) describes."""
    data: dict[str, Any] = markup.read(source).data
    return data


# --- from what the shapes say to what a person reads ------------------------------------------------------------------


def _shaped(marked: markup.Marked) -> tuple[Pack | None, list[PackFault]]:
    if not isinstance(marked.data, dict):
        said = "is not a policy: it begins with entries such as `id:`, `version:` and `title:`"
        return None, [PackFault(1, 1, "", "not_a_policy", said)]
    try:
        return Pack.model_validate(marked.data, by_alias=True, by_name=False), []
    except ValidationError as error:
        found = [_misshapen(marked.data, fault) for fault in error.errors(include_url=False)[:FAULTS_LIMIT]]
        return None, [_fault(marked, one) for one in {one.path: one for one in reversed(found)}.values()]


def _fault(marked: markup.Marked, found: checking.Disagreement) -> PackFault:
    place = marked.place(found.path, key=found.code == "unknown_key")
    return PackFault(place.line, place.column, pointer(found.path), found.code, found.detail, found.suggestion)


def _unreadable(error: markup.NotReadable) -> PackFault:
    return PackFault(error.place.line, error.place.column, "", error.code, error.detail)


def pointer(path: markup.Path) -> str:
    """A path as RFC 6901 writes it."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)


def _misshapen(data: Any, fault: Any) -> checking.Disagreement:
    """One error of the shapes, in words. `fault` is Pydantic's: type, loc, msg, ctx."""
    path, value = _path(data, fault["loc"], missing=fault["type"] == "missing")
    name = next((part for part in reversed(path) if isinstance(part, str)), "policy")
    context = fault.get("ctx", {})
    cause = context.get("error")
    if fault["type"] == "extra_forbidden":
        return checking.unknown(path, "key", name, _keys(path[:-1]))
    if fault["type"] in ("literal_error", "enum"):
        return checking.unknown(path, name, str(value), re.findall("'([^']*)'", context["expected"]))
    if isinstance(cause, UnknownUnit):
        return checking.unknown(path, "unit", cause.word, cause.known)
    if cause and isinstance(value, dict):  # several entries that do not go together
        return checking.Disagreement(path, "not_right", str(cause))
    said = str(cause) if cause else _SAID.get(fault["type"]) or fault["msg"][0].lower() + fault["msg"][1:]
    if value is None and fault["type"] != "missing":
        said = "has no value"
    elif fault["type"] == "string_type":
        said = f"must be text: put `{markup.short(str(value).lower())}` in quotes"
    return checking.Disagreement(path, _CODES.get(fault["type"], fault["type"]), f"`{name}` {said}")


_CODES: Final = {"value_error": "not_right", "string_pattern_mismatch": "not_right", "string_too_short": "empty"}
_SAID: Final = {
    "missing": "is missing",
    "string_pattern_mismatch": "is not written as it must be",
    "string_too_short": "has no text",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "tuple_type": "must be a list: begin each item with a dash",
    "dict_type": "must be entries of the form `name: value`",
    "model_type": "must be entries of the form `name: value`",
    "model_attributes_type": "must be entries of the form `name: value`",
}


def _path(data: Any, loc: Iterable[str | int], *, missing: bool) -> tuple[markup.Path, Any]:
    """The part of an error's `loc` that is in the document (a union adds its tags, a key its word `[key]`)."""
    path: markup.Path = ()
    *most, last = loc or [""]
    for part in (*most, last):
        inside = isinstance(data, dict) and part in data
        if inside or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            path, data = (*path, part), data[part]
    return ((*path, last), None) if missing else (path, data)


def _keys(path: markup.Path) -> set[str]:
    """The keys that may stand at `path`."""
    nodes: list[Mapping[str, Any]] = [_schema()]
    for part in path:
        nodes = [found for node in nodes for found in _below(node, part)]
    return {key for node in nodes for key in node.get("properties", ())}


def _below(node: Mapping[str, Any], part: str | int) -> Iterator[Mapping[str, Any]]:
    found = node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part)
    inner = found or node.get("additionalProperties")
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
