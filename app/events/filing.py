"""How an event is filed, said by its body alone: the columns and the tags that the ledger keeps beside it. Pure.

The body is what the digest vouches for; columns and tags are there to find it by. Where they say something else,
somebody edited them: the export compares, and the offline verifier reads events in no other way than this.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import orjson

from app.events.stored import Stored
from app.events.tags import tags_of
from app.events.types import business_date


def as_filed(position: int, recorded: datetime, body: bytes) -> Stored:
    """The event as the ledger must hold it, under all its tags. Raises ValueError, KeyError, TypeError for no event."""
    said = orjson.loads(body)
    type_name, data, time = said["type"], said["data"], _moment(said.get("time"))
    named = data.get("corrects") or data.get("retracts")
    on = date.fromisoformat(said["recordedon"]) if "recordedon" in said else business_date(type_name, data, time)
    target = (named["source"], named["id"]) if named else None
    return Stored(
        position, said["source"], said["id"], type_name, time, _moment(said.get("sourcerecordedtime")), recorded,
        said["recordedby"], on, target, body, all_tags(type_name, data, said),
    )  # fmt: skip


def all_tags(type_name: str, data: Mapping[str, Any], said: Mapping[str, Any]) -> frozenset[str]:
    """Those of its own fields, and those of what it amends as that was known when it was recorded."""
    return frozenset((*tags_of(type_name, data), *said.get("recordedunder", ())))


def _moment(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
