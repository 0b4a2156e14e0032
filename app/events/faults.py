"""What Pydantic found wrong, said to a person: a pointer, a stable code, and what to do; never the value that was sent.

A detail completes a sentence whose subject is the field that the pointer names.
"""

from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final

from pydantic import ValidationError

from app.errors import Fault
from app.events import fields
from app.events.parsing import pointer_part

MOST_FAULTS: Final = 100
"""More than these are not listed: whoever made so many has one mistake, not a hundred."""
MOST_GUESSES: Final = 3

BY_PATTERN: Final = {
    fields.ID_PATTERN: (
        "not_an_identifier",
        "is not an identifier: 1 to 64 letters, digits and . _ : @ ~ - that start with a letter or digit",
    ),
    fields.CODE_PATTERN: ("not_a_code", "is not a code: 1 to 64 letters, digits and _ . : - such as team_manager"),
    fields.LABEL_PATTERN: ("not_a_label", "is not a short title: 1 to 64 plain characters such as 2021-06"),
    fields.REFERENCE_PATTERN: ("not_a_reference", "must be 1 to 255 ASCII characters without spaces"),
    fields.PRINTABLE_PATTERN: ("not_printable", "must be 1 to 255 printable ASCII characters"),
    fields.INTERVAL_PATTERN: (
        "not_an_interval",
        "is not an interval: write 28 days, 10 working days or 1 month",
    ),
    fields.SUBJECT_PATTERN: (
        "not_a_subject",
        "must name what the event is about, such as worker/W-1001",
    ),
    fields.MEDIA_TYPE_PATTERN: ("not_json", "must be application/json: data is taken as JSON only"),
    fields.URI_PATTERN: ("not_a_uri", "must be a URI of at most 2,048 ASCII characters"),
    fields.TEXT_PATTERN: ("forbidden_character", "holds a NUL character: leave it out"),
}

_BY_TYPE: Final = {
    "missing": ("missing", "is missing: {owner} needs it"),
    "literal_error": ("not_in_list", "must be one of: {expected}"),
    "string_type": ("wrong_type", "must be text, in double quotes"),
    "string_unicode": ("forbidden_character", "holds half a character (a lone surrogate)"),
    "bool_type": ("wrong_type", "must be true or false, without quotes"),
    "int_type": ("wrong_type", "must be a whole number, without quotes"),
    "int_parsing_size": ("out_of_range", "is too large a number"),
    "tuple_type": ("wrong_type", "must be a list, in [ ]"),
    "dict_type": ("wrong_type", "must be an object, in {{ }}"),
    "model_type": ("wrong_type", "must be an object, in {{ }}"),
    "string_too_long": ("too_long", "may have at most {max_length} characters"),
    "too_long": ("too_many", "may hold at most {max_length} items"),
    "too_short": ("empty", "must not be empty"),
    "greater_than_equal": ("out_of_range", "must be at least {ge}"),
    "less_than_equal": ("out_of_range", "may be at most {le}"),
}


def faults_of(error: ValidationError, owner: str, known: tuple[str, ...], at: str = "") -> list[Fault]:
    """The faults in a value of type `owner`, whose fields are `known`; pointers start with `at`."""
    found, guesses = [], MOST_GUESSES
    for item in error.errors(include_url=False, include_input=False)[:MOST_FAULTS]:
        steps = [step for step in item["loc"] if step != "[key]"]
        pointer = at + "".join(map(pointer_part, steps))
        if item["type"] == "extra_forbidden":
            guesses -= 1
            of = (owner, known) if len(steps) == 1 and guesses >= 0 else ("this object", ())
            found.append(unknown_field(pointer, str(steps[-1]), *of))
        else:
            found.append(Fault(pointer, *_said(item["type"], item["msg"], {**item.get("ctx", {}), "owner": owner})))
    return found


def unknown_field(pointer: str, name: str, owner: str, known: tuple[str, ...]) -> Fault:
    """A field that the type does not have, with the nearest one that it has."""
    return Fault(pointer, "unknown_field", f"is not a field of {owner}" + nearest(name, known))


@lru_cache(maxsize=4096)
def nearest(name: str, known: tuple[str, ...]) -> str:
    """`: did you mean …?`, or nothing when nothing is near. Long names are not compared: that would take long too.

    Remembered, because a sender who misspells a field does so in every event of a batch.
    """
    by_case = {word.lower(): word for word in known} if len(name) <= 64 else {}
    close = get_close_matches(name.lower(), by_case, n=1, cutoff=0.7)
    return f": did you mean {by_case[close[0]]}?" if close else ""


def _said(kind: str, message: str, context: dict[str, Any]) -> tuple[str, str]:
    """Code and detail; the kinds that `fields` raises itself carry both already."""
    if kind == "string_pattern_mismatch":
        return BY_PATTERN[context["pattern"]]
    code, detail = _BY_TYPE.get(kind, (kind, ""))
    return code, detail.format(**context) if detail else message
