"""JSON as this service takes it: strictly, and quickly also when it is hostile.

Refused here: bodies over a length, masses of values, deep nesting, duplicate keys, NaN and Infinity, broken UTF-8, a
byte order mark, lone surrogates, NUL characters. Cheap counts of bytes come before the parser, because building a
million-key object would hold the event loop for a second. Numbers with a fraction or an exponent become `Decimal`.
What a value means, and whether a number is within bounds, is judged where it is used.
"""

import re
from collections.abc import Iterator
from typing import Final

import jiter

from app.errors import Fault, Invalid, Malformed, TooLarge

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_VALUES: Final = 400_000
MOST_DEPTH: Final = 32

_NESTED: Final = (dict, list)
_PLACE = re.compile(r" at line (\d+) column (\d+)$")
_REASONS: Final = {
    "Detected duplicate key": "a name appears twice in one object",
    "EOF while parsing": "it ends too early",
    "trailing characters": "something follows the end",
    "trailing comma": "there is a comma too many",
    "recursion limit": "it is nested too deeply",
    "control character": "a control character inside text must be escaped",
    "invalid unicode": "it is not UTF-8",
    "number out of range": "a number has too many digits",
    "invalid number": "a number is not written as JSON writes numbers",
    "lone leading surrogate": "an escape holds half a character",
    "unexpected end of hex escape": "an escape holds half a character",
    "expected value": "a value is missing or not JSON (NaN and Infinity are not)",
}


def parse_json(
    raw: bytes, *, max_bytes: int = MOST_BYTES, max_depth: int = MOST_DEPTH, max_values: int = MOST_VALUES
) -> object:
    """The value that these bytes hold.

    Raises `TooLarge` by length or by the number of values, `Malformed` for what is not JSON, and `Invalid` with a
    pointer for readable JSON whose text holds a NUL character, which cannot be stored.
    """
    if len(raw) > max_bytes:
        raise TooLarge("body_too_large", f"The body is longer than the {max_bytes:,} bytes taken here.")
    if raw.count(b",") + raw.count(b":") > max_values:
        raise TooLarge(
            "too_many_values", f"The body holds more than {max_values:,} values. Send it in several requests."
        )
    try:
        value: object = jiter.from_json(raw, allow_inf_nan=False, catch_duplicate_keys=True, float_mode="decimal")
    except ValueError as error:
        raise Malformed("malformed_json", _explained(raw, str(error))) from None
    if raw.count(b"[") + raw.count(b"{") > max_depth and _deeper_than(max_depth, value):
        raise Malformed("malformed_json", f"The body nests deeper than the {max_depth} levels taken here.")
    if rb"\u0000" in raw:
        _refuse_nul(value)
    return value


def pointer_part(name: str | int) -> str:
    """One step of an RFC 6901 pointer, shortened when the sender's own name is longer than any of ours."""
    return "/" + str(name)[:64].replace("~", "~0").replace("/", "~1")


def _explained(raw: bytes, message: str) -> str:
    if not raw.strip():
        return "The body is empty: send JSON."
    if raw.startswith(b"\xef\xbb\xbf"):
        return "The body starts with a byte order mark: send UTF-8 without one."
    place = _PLACE.search(message)
    where = f" at line {place[1]}, column {place[2]}" if place else ""
    reason = next((text for start, text in _REASONS.items() if message.startswith(start)), "it is not well formed")
    return f"The body is not JSON{where}: {reason}."


def _deeper_than(depth: int, value: object) -> bool:
    level = [value]
    for _ in range(depth):
        level = [
            item
            for outer in level
            for item in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(item, _NESTED)
        ]
        if not level:
            return False
    return True


def _refuse_nul(value: object) -> None:
    faults = [
        Fault(pointer, "forbidden_character", "holds a NUL character (\\u0000): leave it out")
        for pointer, text in _texts(value, "")
        if "\0" in text
    ]
    if faults:
        raise Invalid(
            "forbidden_character", "A text holds a NUL character, which cannot be stored.", errors=faults[:100]
        )


def _texts(value: object, at: str) -> Iterator[tuple[str, str]]:
    """Every text in a JSON value, names included, with the pointer to it."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for name, item in value.items():
            here = at + pointer_part(name.replace("\0", ""))
            yield here, name
            yield from _texts(item, here)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _texts(item, f"{at}/{index}")
