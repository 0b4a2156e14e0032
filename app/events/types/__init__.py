"""Every event type by its published name, and the two questions that others ask about one: is it valid, and when."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from app.errors import Fault
from app.events.base import EventData
from app.events.checking import check, london_date_of
from app.events.types import cases, corrections, governance, people, records, sessions

_MODULES = (people, sessions, records, cases, governance, corrections)

EVENT_TYPES: Final[dict[str, type[EventData]]] = {
    name: found
    for module in _MODULES
    for name, found in vars(module).items()
    if isinstance(found, type) and issubclass(found, EventData) and found is not EventData
}
"""Name → model, in the order of the event reference."""

TEXTS: Final[tuple[str, ...]] = ("narrative", "name")
"""The fields that are encrypted and kept apart; in stored data each is an object with the digest of its ciphertext."""


def faults_in(type_name: str, data: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with `data` for this type, pointers relative to `data`; empty when it is valid.

    Takes data as it was sent and as it is stored (texts sealed). `type_name` must be one of `EVENT_TYPES`.
    """
    sent = {name: "" if name in TEXTS and isinstance(value, dict) else value for name, value in data.items()}
    return check(EVENT_TYPES[type_name], sent)[1]


def business_date(type_name: str, data: Mapping[str, Any], time: datetime | None) -> date | None:
    """The day that `as_at` compares, of valid data. None when only the day of recording can tell, or nothing can.

    Which of the two it is says `EVENT_TYPES[type_name].on`: empty for a type that has no date of its own.
    """
    return london_date_of(EVENT_TYPES[type_name], data, time)
