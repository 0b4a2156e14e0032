"""Invented histories: teams, workers, cases and their supervision, told in days before a first day.

Nobody in them is real, and nothing is random but by fixed seeds: the same first day gives the same events, so that a
load which was cut short is finished by sending all of it again. Every worker and every case has a die of its own, so
that one story more leaves the others as they were. Each event also says when it was keyed in the source
(`sourcerecordedtime`), mostly the same day, sometimes weeks later: that is what `known_at` is for.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from app.demo.days import DAY, workday
from app.events.facts import LONDON

Event = dict[str, Any]
Spell = tuple[date, date | None]
"""From a day to a last day, or for good."""

YEAR = 400
"""How many days the ledger goes back: a full year for everyone who was there from the start."""

STAFF_EVENTS = frozenset(
    {
        "TeamOpened", "TeamChanged", "TeamClosed", "WorkerStarted", "WorkerRoleChanged", "WorkerStageReached",
        "WorkerLeft", "RegistrationChecked", "SupervisorAssigned", "SupervisorUnassigned", "LineManagerAssigned",
        "AbsenceStarted", "AbsenceEnded",
    }
)  # fmt: skip
"""What a council's staff system sends; the rest comes from its case system."""


def within(day: date, spells: Iterable[Spell]) -> bool:
    """Whether the day lies in one of the spells."""
    return any(first <= day and (last is None or day <= last) for first, last in spells)


@cache
def at(day: date, hour: int) -> str:
    """An hour of a day in London, as RFC 3339 has it."""
    return datetime.combine(day, time(hour), LONDON).isoformat()


@dataclass(slots=True)
class Worker:
    """A worker as the history needs to remember them."""

    id: str
    role: str
    service: str
    team: str | None
    started: date
    left: date | None = None
    supervisors: dict[date, str] = field(default_factory=dict)
    """Since when → who."""
    case_supervisors: dict[date, str] = field(default_factory=dict)
    """The same for cases, where that is somebody else."""
    covered: list[tuple[Spell, str]] = field(default_factory=list)
    """When and by whom somebody stands in for the supervisor."""
    away: list[Spell] = field(default_factory=list)
    quiet: list[Spell] = field(default_factory=list)
    """When no personal supervision is held although nobody is away."""
    sessions: dict[date, str] = field(default_factory=dict)
    """Day → session_id, of personal supervision held."""
    case_sessions: dict[date, str] = field(default_factory=dict)
    """Day → session_id, of the sessions in which cases are discussed."""

    @property
    def number(self) -> str:
        """The identifier without its letter."""
        return self.id.removeprefix("W-")

    def supervisor(self, day: date) -> str:
        """Who supervises them on a day; a stand-in goes first."""
        for spell, who in self.covered:
            if within(day, [spell]):
                return who
        return _on(self.supervisors, day)

    def case_supervisor(self, day: date) -> str:
        """Who supervises their cases on a day."""
        return self.supervisor(day) if not self.case_supervisors else _on(self.case_supervisors, day)


def _on(since: dict[date, str], day: date) -> str:
    return [who for first, who in sorted(since.items()) if first <= day][-1]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A time that is hard on a team's supervision, in days before the first: a vacancy, sickness, a reorganisation."""

    team: str
    since: int
    until: int
    missed: float
    """How many of the planned sessions come to nothing."""
    left_out: float = 0.1
    """How many of the cases are left out of a session that is held."""
    late: float = 0.2
    """How many records are late."""


@dataclass
class History:
    """The events of one council, told one by one. Days are whole days before `first_day`, moved to a working day."""

    council: str
    case_system: str
    first_day: date
    troubles: tuple[Trouble, ...] = ()
    events: list[Event] = field(default_factory=list)
    workers: dict[str, Worker] = field(default_factory=dict)
    with_words: frozenset[str] = frozenset()
    """Workers whose records of personal supervision, and whose cases' discussions, say something in words."""

    @property
    def last_day(self) -> date:
        """The last day of which anything is told."""
        return self.first_day - DAY

    def die(self, *about: object) -> random.Random:
        """What decides the chances of one thing, and of nothing else."""
        return random.Random("/".join(map(str, (self.council, *about))))  # noqa: S311 (invented data, not a secret)

    def ago(self, days: int) -> date:
        """The day so many days before the first, or the last working day before it."""
        return workday(self.first_day - timedelta(days=days))

    def every(self, days: int, *, last: int, since: int) -> list[date]:
        """The day `last` days ago and every so many days before it, back to `since` days ago; oldest first."""
        return [self.ago(back) for back in range(last, since, days)][::-1]

    def trouble(self, team: str | None, day: date) -> Trouble | None:
        """What makes supervision hard in the team on that day."""
        back = (self.first_day - day).days
        return next((t for t in self.troubles if t.team == team and t.until <= back <= t.since), None)

    def tell(self, event_type: str, on: date, *, keyed: int = 0, **data: Any) -> Event:
        """One event that happened `on` a day and was keyed `keyed` days later, never after the day before the first."""
        system = "hr" if event_type in STAFF_EVENTS else self.case_system
        keyed_on = on + timedelta(days=keyed)
        event = {
            "specversion": "1.0",
            "id": f"{system}-{len(self.events) + 1:06}",
            "source": f"urn:{self.council}:{system}",
            "type": event_type,
            "time": at(on, 10),
            "sourcerecordedtime": at(keyed_on, 17) if keyed_on < self.first_day else at(self.last_day, 18),
            "data": {name: _plain(value) for name, value in data.items() if value is not None},
        }
        self.events.append(event)
        return event

    def tell_by_now(self, event_type: str, on: date, **data: Any) -> None:
        """One event, if its day has come."""
        if on < self.first_day:
            self.tell(event_type, on, **data)

    def in_order(self) -> list[Event]:
        """All events in the order in which they were keyed."""
        return sorted(self.events, key=lambda event: datetime.fromisoformat(event["sourcerecordedtime"]))

    def correct(self, event: Event, on: date, **changed: Any) -> None:
        """What was keyed wrongly is put right on a later day."""
        corrects = {"source": event["source"], "id": event["id"]}
        self.tell(
            "EventCorrected", on, corrects=corrects, data={name: _plain(value) for name, value in changed.items()}
        )

    def retract(self, event: Event, on: date, reason: str) -> None:
        """What never happened is taken back on a later day."""
        self.tell("EventRetracted", on, retracts={"source": event["source"], "id": event["id"]}, reason=reason)

    def told_again(self, event: Event, system: str) -> None:
        """The same thing told by a second system: it counts once."""
        number = f"{system}-{len(self.events) + 1:06}"
        self.events.append({**event, "source": f"urn:{self.council}:{system}", "id": number})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
