"""Requests to know what is held about somebody: until when each is to be answered, and what came of it. Pure.

One calendar month from the day on which it was received, clamped to the end of a shorter month; where the last day is
no working day, the next one (the ICO's reading of articles 12 and 15 of the UK GDPR). Where a request is complex, or
one of many, up to two months more, counted from the same day; who asked is told within the first month. While the
council waits for what it asked to be made clear, the days from its question to the answer, both included, do not count
(article 12A). Left out: what is given out (the pack), and who may ask.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.domain import wording
from app.domain.calendar import DAY, CalendarSilent, WorkingDays, months_later
from app.domain.subject import Subject
from app.events.facts import Fact, Facts

REQUESTED, EXTENDED, ANSWERED = "SubjectAccessRequested", "SubjectAccessExtended", "SubjectAccessAnswered"
TYPES: Final = frozenset({REQUESTED, EXTENDED, ANSWERED})
CLARIFICATION: Final = "clarification"
"""The reason of a `SubjectAccessExtended` that stands for days on which the council waited for an answer."""
MONTHS: Final = 1
MONTHS_AT_MOST: Final = 3


@dataclass(frozen=True, slots=True)
class Pause:
    """Days that do not count, both included; `until` None: the council waits still."""

    since: date
    until: date | None

    @property
    def days(self) -> int:
        """How many, once it is over."""
        return 0 if self.until is None else (self.until - self.since).days + 1


@dataclass(frozen=True, slots=True)
class Extension:
    """More time, up to a day that is not yet moved to a working day; why, and when that was decided."""

    on: date
    due_on: date
    reason: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, and when."""

    on: date
    outcome: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asked to know, as far as it has come."""

    id: str
    subject: Subject
    requested_on: date
    by: str | None = None
    extension: Extension | None = None
    pauses: tuple[Pause, ...] = ()
    answer: Answer | None = None

    @property
    def waits_since(self) -> date | None:
        """Since when the council waits for something to be made clear; None if it does not."""
        return next((pause.since for pause in self.pauses if pause.until is None), None)


@dataclass(frozen=True, slots=True)
class Clock:
    """Until when a request is to be answered, and how that was counted, in words."""

    last_day: date
    """By the calendar alone."""
    due_on: date
    """The last day on time: `last_day`, or the next working day."""
    known: bool
    """Whether the council's calendar of working days reaches that far."""

    def left(self, on: date) -> int:
        """Days left; below 0: days late."""
        return (self.due_on - on).days


def request_of(facts: Facts, identity: str) -> Request | None:
    """The request of this id; None if there is none. Raises `FactsNeeded`."""
    told = facts(f"request/{identity}", TYPES)
    asked = next((fact for fact in told if fact.type == REQUESTED), None)
    subject = None if asked is None else subject_told(asked)
    if asked is None or asked.on is None or subject is None:
        return None
    more = [fact for fact in told if fact.type == EXTENDED]
    answers = [fact for fact in told if fact.type == ANSWERED]
    return Request(
        identity, subject, asked.on, asked.get("by"), _extension(more), tuple(_pauses(more)),
        Answer(answers[-1].on or asked.on, answers[-1].get("outcome"), answers[-1].get("reason")) if answers else None,
    )  # fmt: skip


def subject_told(asked: Fact) -> Subject | None:
    """Whom a request is about: a case, or a worker."""
    if asked.get("case_id") is not None:
        return Subject("case", asked.data["case_id"])
    return None if asked.get("worker_id") is None else Subject("worker", asked.data["worker_id"])


def working_days(facts: Facts) -> WorkingDays:
    """The council's calendar of working days. Raises `FactsNeeded`."""
    told = facts("council/calendars", frozenset({"CalendarAdopted"}))
    return WorkingDays.adopted(fact.data for fact in told)


def clock(request: Request, working: WorkingDays) -> Clock:
    """Until when the request is to be answered, pauses that are over included."""
    until = months_later(request.requested_on, MONTHS) if request.extension is None else request.extension.due_on
    last_day = until + timedelta(sum(pause.days for pause in request.pauses))
    due_on, known = _next_working(last_day, working)
    return Clock(last_day, due_on, known)


def first_clock(request: Request, working: WorkingDays) -> Clock:
    """Without an extension: by then who asked must be told of one."""
    return clock(Request(request.id, request.subject, request.requested_on, pauses=request.pauses), working)


def told(request: Request, found: Clock, on: date) -> str:
    """How the clock stands, for people."""
    return " ".join([*_counted(request, found), _standing(request, found, on)])


def _extension(more: Sequence[Fact]) -> Extension | None:
    longer = [fact for fact in more if fact.get("reason") != CLARIFICATION]
    if not longer:
        return None
    last = longer[-1]
    return Extension(last.on or date.min, last.day("due_on") or date.min, last.get("reason"))


def _pauses(more: Sequence[Fact]) -> Iterable[Pause]:
    """One for each day on which the council asked back: what says how it ended comes after what says that it began."""
    ends: dict[date, date | None] = {}
    for fact in more:
        since = fact.day("asked_on") if fact.get("reason") == CLARIFICATION else None
        if since is not None:
            ends[since] = fact.day("clarified_on") or ends.get(since)
    return [Pause(since, until) for since, until in sorted(ends.items())]


def _next_working(day: date, working: WorkingDays) -> tuple[date, bool]:
    """The day if it is a working day, else the next; and whether the calendar spoke of each."""
    while True:
        try:
            if day in working:
                return day, True
        except CalendarSilent:
            return day, False
        day += DAY


def _counted(request: Request, found: Clock) -> Iterable[str]:
    since = wording.day(request.requested_on)
    if request.extension is None:
        yield f"One calendar month from {since} ends on {wording.day(months_later(request.requested_on, MONTHS))}."
    else:
        yield f"The time was extended to {wording.day(request.extension.due_on)}; the request came on {since}."
    if not_counted := sum(pause.days for pause in request.pauses):
        ends = wording.day(found.last_day)
        does = "does" if not_counted == 1 else "do"
        yield f"{wording.days(not_counted)} of waiting for an answer {does} not count: it ends on {ends}."
    if found.due_on != found.last_day:
        holiday = "" if found.last_day.weekday() >= 5 else " and a bank holiday"
        last = wording.day(found.due_on)
        yield f"That is a {found.last_day:%A}{holiday}, so the next working day is the last: {last}."
    if not found.known:
        yield "Whether that is a bank holiday the council's calendar does not say."


def _standing(request: Request, found: Clock, on: date) -> str:
    answer, waits = request.answer, request.waits_since
    if answer is not None:
        late = -found.left(answer.on)
        return f"Answered on {wording.day(answer.on)}, {f'{wording.days(late)} late' if late > 0 else 'in time'}."
    if waits is not None:
        return f"The clock has stood still since {wording.day(waits)}: an answer to the council's question is awaited."
    left = found.left(on)
    if left < 0:
        return f"It is {wording.days(-left)} late."
    return "It is to be answered today." if left == 0 else f"{wording.days(left)} {'is' if left == 1 else 'are'} left."
