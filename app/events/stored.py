"""The shapes of what is stored and of what becomes of it: plain values, no database.

`NewEvent` is an event ready to be stored, `Append` a request's events, `Verdict` what became of one, `Stored` an event
as the ledger holds it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import orjson

APPENDED, DUPLICATE, CONFLICT, MOVED, REFUSED_WITH_SIBLING = range(5)


@dataclass(frozen=True, slots=True)
class SealedText:
    """One encrypted text of an event: its field, whose it is (`case/…`, `worker/…`), their key's number, ciphertext."""

    field: str
    subject: str
    key_number: int
    ciphertext: bytes


@dataclass(slots=True)
class NewEvent:
    """One event ready to be stored: its envelope, its canonical body and what was derived from it."""

    # Not frozen, as `Verdict`, `Incoming` and `Item` are not: that would triple the cost of making one.

    source: str
    id: str
    type: str
    time: datetime | None
    sourcerecordedtime: datetime | None
    recordedby: str
    on: date | None
    worker: str | None
    case: str | None
    session: str | None
    target: tuple[str, str] | None
    body: bytes
    digest: bytes
    fingerprint: bytes
    texts: tuple[SealedText, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """ "Refuse if anything about these tags came after this position." """

    expected: int
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Append:
    """One request's events: atomic (all or none), or each on its own; with an optional condition."""

    events: Sequence[NewEvent]
    atomic: bool = True
    condition: Condition | None = None


@dataclass(slots=True)
class Verdict:
    """What became of one event: one of the codes above, and its position (of the earlier one, if a duplicate)."""

    code: int
    position: int | None
    moved: int | None = None
    """For MOVED: the last position at which something about the condition's tags came."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One event as the ledger holds it; `tags` are those of the asked-for tags that it was filed under."""

    position: int
    source: str
    id: str
    type: str
    time: datetime | None
    sourcerecordedtime: datetime | None
    recorded: datetime
    recordedby: str
    on: date | None
    target: tuple[str, str] | None
    body: bytes
    tags: frozenset[str] = field(default=frozenset())

    def envelope(self) -> dict[str, Any]:
        """The stored CloudEvents attributes and data, as sent (nulls dropped, texts as digests)."""
        envelope: dict[str, Any] = orjson.loads(self.body)
        for name in ("salt", "recordedby", "recordedon", "recordedunder"):
            envelope.pop(name, None)
        return envelope

    @property
    def data(self) -> Mapping[str, Any]:
        """The event's data. What is long (a policy, a calendar) is parsed once; none of it is to be changed."""
        parsed: Mapping[str, Any] = _long(self.body) if len(self.body) > LONG else orjson.loads(self.body)["data"]
        return parsed

    def under(self, tags: frozenset[str]) -> "Stored":
        """The same event, filed under these of the asked-for tags."""
        # not dataclasses.replace: that costs six times as much, and a worker's answer does it a hundred times
        return Stored(
            self.position, self.source, self.id, self.type, self.time, self.sourcerecordedtime, self.recorded,
            self.recordedby, self.on, self.target, self.body, tags,
        )  # fmt: skip


def as_recorded(event: NewEvent, position: int, now: datetime) -> Stored:
    """The event as if it were recorded now at this position, under all its tags."""
    return Stored(
        position, event.source, event.id, event.type, event.time, event.sourcerecordedtime, now, event.recordedby,
        event.on, event.target, event.body, frozenset(event.tags),
    )  # fmt: skip


LONG = 4_000
"""Bytes of a body from which parsing it for every question would cost more than keeping it."""


@lru_cache(maxsize=256)
def _long(body: bytes) -> Mapping[str, Any]:
    data: Mapping[str, Any] = orjson.loads(body)["data"]
    return data
