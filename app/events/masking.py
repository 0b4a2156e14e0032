"""What was refused, shown to who must put it right: its structure, without what could be somebody's text. Pure.

Whatever was refused may hold a text anywhere: in a field that was misspelt, in a date that is a sentence. So a value is
shown only under a name that an event knows, and only if it looks like an identifier, a code, a date or a number.
"""

import re
from decimal import Decimal
from typing import Any, Final

from app.errors import Problem
from app.events.envelope import Envelope
from app.events.parsing import parse_json
from app.events.types import EVENT_TYPES, TEXTS

WITHHELD: Final = {"withheld": True}
_ATTRIBUTES: Final = frozenset(Envelope.model_fields)
_FIELDS: Final = frozenset(name for model in EVENT_TYPES.values() for name in model.model_fields)
_TOKEN: Final = re.compile(r"[!-~]{0,255}")
_NAME: Final = re.compile(r"\w{1,40}", re.ASCII)
_LARGEST: Final = 2**53


def masked(raw: bytes) -> object:
    """What was sent, with `{"withheld": true}` for each value that could be a text; for all of it if it is no JSON."""
    try:
        return _masked(parse_json(raw), _ATTRIBUTES)
    except Problem:
        return WITHHELD


def _masked(value: object, known: frozenset[str] | None) -> Any:
    """`known`: the names that an object has here; None where it may have any, as a checklist has."""
    if isinstance(value, dict):
        names = {name: name if _NAME.fullmatch(name) else "withheld" for name in value}
        return {names[name]: _member(name, item, known) for name, item in value.items()}
    if isinstance(value, list):
        return [_masked(item, known) for item in value]
    return _plain(value)


def _member(name: str, value: object, known: frozenset[str] | None) -> object:
    if name in TEXTS or (known is not None and name not in known):
        return WITHHELD
    return _masked(value, _FIELDS if name == "data" and known is not None else None)


def _plain(value: object) -> object:
    if isinstance(value, str):
        return value if _TOKEN.fullmatch(value) else WITHHELD
    if isinstance(value, Decimal):
        return float(value)
    return WITHHELD if isinstance(value, int) and abs(value) > _LARGEST else value
