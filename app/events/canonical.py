"""The one spelling of a JSON value, its digest, and the fingerprint that tells a repeated event from another.

Names are sorted, there is no white space, nothing is escaped that need not be: RFC 8785, except that a number with a
fraction is written as decimal text ("0.6"), because a float would not survive every reader, and that names are sorted
by code point (which differs beyond the Basic Multilingual Plane only). Takes what `parsing` reads; it holds no floats.
"""

import hashlib
import hmac
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import orjson

from app.events.envelope import Incoming

_LONGEST: Final = 18
"""Numbers with more digits than this, or an exponent beyond it, stay in scientific notation, as text."""


def canonical(value: object) -> bytes:
    """The canonical form of any value that the strict parser can give."""
    try:
        return orjson.dumps(value, default=number, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return orjson.dumps(_within_64_bits(value), default=number, option=orjson.OPT_SORT_KEYS)


def digest(body: bytes) -> bytes:
    """SHA-256, 32 bytes."""
    return hashlib.sha256(body).digest()


def fingerprint(key: bytes, incoming: Incoming) -> bytes:
    """HMAC-SHA-256 over what was sent: type, instant, data with its texts in clear.

    The order of names, nulls, the offset of a date-time and trailing zeros make no difference; anything else does.
    """
    data = dict(incoming.data)
    for name in incoming.moments:
        data[name] = _instant(getattr(incoming.model, name))
    sent = {"type": incoming.type, "time": _instant(incoming.time), "data": data, "texts": incoming.texts}
    return hmac.digest(key, canonical(sent), "sha256")


def _instant(moment: Any) -> Any:
    return moment.astimezone(UTC).isoformat() if isinstance(moment, datetime) else moment and moment.isoformat()
