"""Invented histories: teams, workers, cases and their supervision, told in days before a first day.

Nobody in them is real, and nothing is random but by a fixed seed: the same first day gives the same events, so that a
load which was cut short is finished by sending all of it again. Every event also says when it was keyed in the source
(`sourcerecordedtime`), mostly the same day, sometimes weeks later: that is what `known_at` is for.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from app.events.facts import LONDON

Event = dict[str, Any]

STAFF_EVENTS = (
    "TeamOpened",
    "WorkerStarted",
    "SupervisorAssigned",
    "LineManagerAssigned",
    "AbsenceStarted",
    "AbsenceEnded",
)
"""What a council's staff system sends; the rest comes from its case system."""


@dataclass(slots=True)
class Worker:
    """A worker as the history needs to remember them."""

    supervisors: dict[date, str]
    """Since when → who."""
    sessions: dict[date, str] = field(default_factory=dict)
    """Day → session_id, of the sessions held."""

    def supervisor(self, day: date) -> str:
        """Who supervises them on a day."""
        return [who for since, who in self.supervisors.items() if since <= day][-1]


@dataclass
class History:
    """The events of one council, told one by one. Days are whole days before `first_day`, moved to a weekday."""

    council: str
    case_system: str
    first_day: date
    events: list[Event] = field(default_factory=list)
    workers: dict[str, Worker] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.council)  # noqa: S311 (invented data, not a secret)

    def ago(self, days: int) -> date:
        """The weekday `days` days before the first day, or the Friday before it."""
        day = self.first_day - timedelta(days=days)
        return day - timedelta(days=max(0, day.weekday() - 4))

    def every(self, weeks: int, *, last: int, since: int) -> list[date]:
        """The day `last` days ago and every so many weeks before it, back to `since` days ago; oldest first."""
        day, oldest = self.ago(last), self.first_day - timedelta(days=since)
        days = []
        while day >= oldest:
            days.append(day)
            day -= timedelta(weeks=weeks)
        return days[::-1]

    def tell(self, event_type: str, on: date, *, keyed: int = 0, **data: Any) -> Event:
        """One event that happened `on` a day and was keyed `keyed` days later, never after the day before the first."""
        system = "hr" if event_type in STAFF_EVENTS else self.case_system
        happened = datetime.combine(on, time(10), LONDON)
        last = datetime.combine(self.first_day - timedelta(days=1), time(18), LONDON)
        written = min(datetime.combine(on + timedelta(days=keyed), time(17), LONDON), last)
        event = {
            "specversion": "1.0",
            "id": f"{system}-{len(self.events) + 1:05}",
            "source": f"urn:{self.council}:{system}",
            "type": event_type,
            "time": happened.isoformat(),
            "sourcerecordedtime": written.isoformat(),
            "data": {name: _plain(value) for name, value in data.items() if value is not None},
        }
        self.events.append(event)
        return event

    def in_order(self) -> list[Event]:
        """All events in the order in which they were keyed."""
        return sorted(self.events, key=lambda event: datetime.fromisoformat(event["sourcerecordedtime"]))

    def worker(
        self, worker: str, role: str, service: str, team: str, supervisor: str, *, started: int, **more: Any
    ) -> None:
        """Someone starts, with a supervisor who is also the line manager."""
        day = self.ago(started)
        self.workers[worker] = Worker({day: supervisor})
        about = {"worker_id": worker, "role": role, "service": service, "team_id": team, "employment_type": "permanent"}
        self.tell("WorkerStarted", day, started_on=day, **(about | more))
        self.tell("SupervisorAssigned", day, worker_id=worker, supervisor_id=supervisor, assigned_on=day)
        self.tell("LineManagerAssigned", day, worker_id=worker, manager_id=supervisor, assigned_on=day)

    def new_supervisor(self, worker: str, supervisor: str, on: date) -> None:
        """Someone else supervises from a day on."""
        self.workers[worker].supervisors[on] = supervisor
        self.tell("SupervisorAssigned", on, worker_id=worker, supervisor_id=supervisor, assigned_on=on)

    def agreed(self, worker: str, on: date, *, frequency: str, minutes: int) -> None:
        """A supervision agreement with the supervisor of that day."""
        self.tell(
            "AgreementMade",
            on,
            agreement_id=f"A-{worker}-{on:%y%m%d}",
            worker_id=worker,
            made_on=on,
            supervisor_id=self.workers[worker].supervisor(on),
            frequency=frequency,
            minutes=minutes,
        )

    def supervised(self, worker: str, days: Sequence[date], *, with_check_in: Sequence[date] = (), **more: Any) -> None:
        """Personal supervision, one to one, on each of the days; some with the corporate Check-In."""
        known = self.workers[worker]
        for day in days:
            session = f"S-{worker.removeprefix('W-')}-{day:%y%m%d}"
            known.sessions[day] = session
            self.tell(
                "SessionHeld",
                day,
                keyed=1,
                session_id=session,
                worker_id=worker,
                held_on=day,
                supervisor_id=known.supervisor(day),
                minutes=self.chance.choice((90, 95, 95, 105)),
                includes_check_in=day in with_check_in or None,
                kind="individual",
                planned=True,
                private=True,
                interrupted=False,
                **more,
            )

    def case(
        self, case: str, service: str, category: str | None, worker: str | None, *, opened: int, **more: Any
    ) -> date:
        """A case opens, is classified if a category is given, and is allocated two days later. The day it opened."""
        day = self.ago(opened)
        self.tell("CaseOpened", day, case_id=case, opened_on=day, service=service, **more)
        if category is not None:
            self.tell("CaseClassified", day, keyed=1, case_id=case, classified_on=day, category=category)
        if worker is not None:
            allocated = self.ago(opened - 2)
            self.tell("CaseAllocated", allocated, case_id=case, worker_id=worker, allocated_on=allocated)
        return day

    def discussed(self, case: str, worker: str, on: date, *, keyed: int = 1, **more: Any) -> Event:
        """A case is discussed in full with its worker, in that day's session if there was one."""
        known = self.workers[worker]
        usual = {
            "discussed_on": on,
            "depth": "full",
            "setting": "individual",
            "decision": "no_change",
            "no_action": True,
            "elements": ["experience", "reflection", "analysis", "plan_and_action"],
        }
        return self.tell(
            "CaseDiscussed",
            on,
            keyed=keyed,
            case_id=case,
            discussion_id=discussion_id(case, on),
            worker_id=worker,
            session_id=known.sessions.get(on),
            supervisor_id=known.supervisor(on),
            **(usual | more),
        )

    def recorded(self, case: str, worker: str, on: date, kind: str, *, after: int) -> None:
        """The supervisor finishes the record of that day's discussion, `after` working days later, if that is past."""
        done = working_days_after(on, after)
        if done >= self.first_day:
            return
        known = self.workers[worker]
        self.tell(
            "RecordCompleted",
            done,
            record_id=f"R-{case.removeprefix('C-')}-{on:%y%m%d}",
            kind=kind,
            completed_at=done,
            author_id=known.supervisor(on),
            case_id=case,
            discussed_on=on,
            discussion_id=discussion_id(case, on),
            session_id=known.sessions.get(on),
            system=self.case_system,
        )

    def action(self, case: str, worker: str, on: date, *, done_after: int | None) -> None:
        """An action is agreed for three weeks' time, and completed after so many days, or not yet."""
        action = f"X-{case.removeprefix('C-')}-{on:%y%m%d}"
        self.tell(
            "ActionAgreed",
            on,
            keyed=1,
            action_id=action,
            agreed_on=on,
            due_on=on + timedelta(days=21),
            owner_id=worker,
            worker_id=worker,
            case_id=case,
            session_id=self.workers[worker].sessions.get(on),
            scope="case",
        )
        done = on + timedelta(days=done_after or 0)
        if done_after is not None and done < self.first_day:
            self.tell("ActionCompleted", done, action_id=action, completed_on=done, by=worker, case_id=case)

    def confirm_feeds(self, *feeds: str) -> None:
        """The case system says that it has sent everything up to the day before the first."""
        last = self.first_day - timedelta(days=1)
        for feed in feeds:
            self.tell("FeedConfirmed", last, system=self.case_system, feed=feed, complete_to=last)

    def correct(self, event: Event, on: date, **changed: Any) -> None:
        """What was keyed wrongly is put right on a later day."""
        corrects = {"source": event["source"], "id": event["id"]}
        self.tell(
            "EventCorrected", on, corrects=corrects, data={name: _plain(value) for name, value in changed.items()}
        )

    def retract(self, event: Event, on: date, reason: str) -> None:
        """What never happened is taken back on a later day."""
        self.tell("EventRetracted", on, retracts={"source": event["source"], "id": event["id"]}, reason=reason)


def discussion_id(case: str, on: date) -> str:
    """What a case's discussion on a day is called."""
    return f"D-{case.removeprefix('C-')}-{on:%y%m%d}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def working_days_after(day: date, number: int) -> date:
    """Weekdays counted on; bank holidays are left out of it, so a record may come a day later than told here."""
    while number:
        day += timedelta(days=1)
        number -= day.weekday() < 5
    return day


def numbered(letter: str, first: int, count: int) -> Iterator[str]:
    """Identifiers such as C-2001, C-2002, …"""
    return (f"{letter}-{number}" for number in range(first, first + count))
