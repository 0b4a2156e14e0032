"""The one spelling of a JSON value, its digest, and the fingerprint that tells a repeated event from another.

Names are sorted, there is no white space, nothing is escaped that need not be: RFC 8785, except that a number with a
fraction is written as decimal text ("0.6"), because not every reader would read a float alike, and that names are
sorted by code point (which differs beyond the Basic Multilingual Plane only). Takes what `parsing` reads: no floats.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

import orjson

from app.events.envelope import Incoming
from app.events.numbers import kept
from app.events.types import EVENT_TYPES

_LARGEST: Final = 2**63 - 1


def canonical(value: object) -> bytes:
    """The canonical form of any value that the strict parser can give."""
    try:
        return orjson.dumps(value, default=_written, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return orjson.dumps(_large_as_text(value), default=_written, option=orjson.OPT_SORT_KEYS)


def digest(body: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return hashlib.sha256(body).digest()


def fingerprint(key: bytes, incoming: Incoming) -> bytes:
    """HMAC-SHA-256 over what was sent: type, instant of `time`, data, with its texts in clear; 32 bytes.

    The order of names, nulls, the offset that an instant is written with and trailing zeros make no difference.
    """
    data = incoming.data
    moments = [name for name in EVENT_TYPES[incoming.type].moments if name in data]
    if moments:
        data = data | {name: _instant(getattr(incoming.model, name)) for name in moments}
    sent = {"type": incoming.type, "time": _instant(incoming.time), "data": data, "texts": incoming.texts}
    return hmac.digest(key, canonical(sent), "sha256")


def _instant(value: object) -> object:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _written(value: object) -> int | str:
    if isinstance(value, Decimal):
        return kept(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _large_as_text(value: object) -> object:
    """orjson writes 64 bits; what is longer was refused anyway, and is only kept in quarantine."""
    if isinstance(value, dict):
        return {name: _large_as_text(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_large_as_text(item) for item in value]
    return str(value) if isinstance(value, int) and abs(value) > _LARGEST else value
