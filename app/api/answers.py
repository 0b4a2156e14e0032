"""How answers leave: JSON with the ledger's position and epoch, cursors bound to that epoch, entity tags."""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from fastapi import Response

from app.errors import Conflict, Fault, Invalid
from app.events.councils import Council

PRIVATE = "private, no-cache"
MOST_COUNTED = 2**62
"""More than any position."""


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer; dates and date-times leave as ISO 8601."""
    return Response(orjson.dumps(body, option=orjson.OPT_UTC_Z), status, dict(headers or {}), "application/json")


def at_position(council: Council, position: int) -> dict[str, str]:
    """The header that says how far the ledger was read, and in which epoch."""
    return {"Supervision-Position": f"{position}; epoch={council.epoch}"}


def cursor(council: Council, *place: object) -> str:
    """An opaque place in a list, good in this epoch only."""
    packed = orjson.dumps([council.epoch, *place], option=orjson.OPT_UTC_Z)
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def place_of(council: Council, value: str) -> list[Any]:
    """What `cursor` packed. Raises `Invalid` for one we never gave, `Conflict` for one of another epoch."""
    try:
        epoch, *place = orjson.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    except (ValueError, binascii.Error, TypeError):
        raise _bad_cursor() from None
    check_epoch(council, epoch)
    return list(place)


def check_epoch(council: Council, epoch: object) -> None:
    """Raises `Conflict` when the ledger was restored since this epoch's positions were given."""
    if epoch != council.epoch:
        first = council.first_different(epoch)
        raise Conflict(
            "ledger_restored",
            "This place was not given in this ledger as it is now: it is another ledger's, or from before a backup was "
            f"restored. Read again from position {first}.",
            extra={"first_position": first, "epoch": council.epoch},
        )


def _bad_cursor() -> Invalid:
    fault = Fault("/query/cursor", "bad_cursor", "is not one that this service gave: take it from `next_cursor`")
    return Invalid("bad_cursor", "The cursor cannot be read.", errors=[fault])


def typed_place(place: Sequence[Any], *kinds: type) -> tuple[Any, ...]:
    """A place as one list gives it: a value of each of these kinds (`str`, `int`, `date`, `datetime`).

    Raises `Invalid` for the cursor of another list, and for one that was put together by hand.
    """
    if len(place) != len(kinds):
        raise _bad_cursor()
    return tuple(_typed(value, kind) for value, kind in zip(place, kinds, strict=True))


def _typed(value: object, kind: type) -> object:
    try:
        if kind in (date, datetime) and isinstance(value, str):
            return kind.fromisoformat(value)
    except ValueError:
        raise _bad_cursor() from None
    sound = value.isprintable() if isinstance(value, str) else isinstance(value, int) and 0 <= value < MOST_COUNTED
    if not isinstance(value, kind) or isinstance(value, bool) or not sound:
        raise _bad_cursor()
    return value


def entity_tag(*parts: object) -> str:
    """A weak ETag over everything that the answer depends on."""
    return f'W/"{hashlib.sha256(orjson.dumps(parts, default=str)).hexdigest()[:32]}"'


def unchanged(if_none_match: str | None, tag: str) -> bool:
    """Whether the caller has this very answer already (RFC 9110, weak comparison)."""
    if if_none_match is None:
        return False
    bare = tag.removeprefix("W/")
    return any(given.strip().removeprefix("W/") in ("*", bare) for given in if_none_match.split(","))
