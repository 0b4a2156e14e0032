"""A worker's supervision sessions as they were told: planned, held, missed. Nothing is judged here. Pure."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.domain.obligations import Reference, reference
from app.events.facts import Fact, Facts

TOLD: Final = frozenset({"SessionScheduled", "SessionHeld", "SessionMissed"})
_DETAILS: Final = (
    "kind", "strand", "minutes", "planned", "private", "interrupted", "mode", "includes_check_in", "supervisor_id",
    "outcome", "party", "rescheduled_for",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meeting:
    """One session. `on` is the day it was held, missed or is planned for; `details` are as told."""

    session_id: str
    on: date | None
    state: str
    """`planned`, `held` or `missed`."""
    details: dict[str, Any]
    events: tuple[Reference, ...]


def meetings(worker: str, facts: Facts, as_at: date) -> list[Meeting]:
    """The sessions of the worker known by the day, the latest first. Raises `FactsNeeded`."""
    told: dict[str, list[Fact]] = {}
    for fact in facts.as_at(as_at)(f"worker/{worker}", TOLD):
        if fact.on is None or fact.on <= as_at:
            told.setdefault(str(fact.get("session_id")), []).append(fact)
    found = [_meeting(session, of_session) for session, of_session in told.items()]
    return sorted(found, key=lambda m: (m.on or date.min, m.session_id), reverse=True)


def _meeting(session: str, told: list[Fact]) -> Meeting:
    """What happened outweighs what was planned; of two tellings of one kind the later in the order of facts holds."""
    by_type = {fact.type: fact for fact in told}
    for name, state, field in (
        ("SessionHeld", "held", "held_on"),
        ("SessionMissed", "missed", "planned_for"),
        ("SessionScheduled", "planned", "planned_for"),
    ):
        if (fact := by_type.get(name)) is not None:
            details = {key: fact.data[key] for key in _DETAILS if key in fact.data}
            return Meeting(session, fact.day(field), state, details, tuple(reference(each) for each in told))
    raise ValueError(f"nothing is told of session {session}")
