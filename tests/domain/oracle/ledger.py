"""What a ledger holds of a history, and how it reads: as recorded by a moment, put right, taken back. Naively.

Each event as it was sent, with the moment on which it was recorded; `EventCorrected` and `EventRetracted` among them.
It leaves out merged identifiers, and corrections of corrections.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

AMENDING = ("EventCorrected", "EventRetracted")


@dataclass(frozen=True)
class Sent:
    """One event as it was sent, and when it was recorded."""

    event: dict[str, Any]
    recorded: datetime

    def names(self, other: "Sent") -> bool:
        """Whether this puts right, or takes back, the other one."""
        data = self.event["data"]
        return (data.get("corrects") or data.get("retracts")) == name_of(other)


def name_of(sent: Sent) -> dict[str, str]:
    return {"source": sent.event["source"], "id": sent.event["id"]}


def as_it_reads(sent: list[Sent], known_at: datetime | None) -> list[dict[str, Any]]:
    """The events that stand, by what was recorded up to the moment (None: ever), each as it was last put right."""
    recorded = [one for one in sent if known_at is None or one.recorded <= known_at]
    taken_back = [one for one in recorded if one.event["type"] == "EventRetracted"]
    standing = [one for one in recorded if not any(other.names(one) for other in taken_back)]
    corrections = [one for one in standing if one.event["type"] == "EventCorrected"]
    corrections.sort(key=lambda one: (one.event["source"], one.event["id"]))
    return [as_corrected(one, corrections) for one in standing if one.event["type"] not in AMENDING]


def as_corrected(sent: Sent, corrections: list[Sent]) -> dict[str, Any]:
    data = dict(sent.event["data"])
    for correction in corrections:
        if correction.names(sent):
            data |= correction.event["data"]["data"]
    return sent.event | {"data": {field: value for field, value in data.items() if value is not None}}
