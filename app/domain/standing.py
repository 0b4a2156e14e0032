"""How one subject stood, stands and will stand: all that lists, counts and trends need of it, as plain rows.

`stand` gives who the subject was from when to when, its timeline, and what is doubtful about what was told of it. A
row for a day owes nothing to facts dated later, so that what was made up to a day is kept when something later comes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.domain.calendar import DAY
from app.domain.doubts import Doubt, doubts
from app.domain.history import STRUCTURE, History, Subject
from app.domain.leading import lead_allocation
from app.domain.looking import Look
from app.domain.obligations import TimelineRow
from app.domain.scope import Stretch, stretches
from app.domain.supervisors import supervisors
from app.domain.timelines import continued
from app.events.facts import Facts

ACTIVITY: Final = frozenset({"SessionHeld", "CaseDiscussed"})
"""What happens only while a worker works here or a case is open."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Who a subject was from one day to another (None: still so); a field is None where it was not told.

    `supervisor` and `interim` are the worker's own (personal strand); `lead` is the worker who leads the case.
    """

    from_on: date
    until_on: date | None
    role: str | None = None
    service: str | None = None
    category: str | None = None
    team: str | None = None
    stage: str | None = None
    employment_type: str | None = None
    subject_kind: str | None = None
    lead: str | None = None
    supervisor: str | None = None
    interim: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One subject, over all days."""

    situations: tuple[Situation, ...] = ()
    rows: tuple[TimelineRow, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def stand(
    subject: Subject,
    facts: Facts,
    earlier: Iterable[TimelineRow] = (),
    since: date = date.min,
    until: date = date.max,
) -> Standing:
    """The standing of the subject; `earlier` are its rows as they were made before, right up to the day before `since`.

    What the rules say after `until` is not worked out. Raises `FactsNeeded`.
    """
    history = History(subject, Look(facts.as_at(date.max)), date.max, types=STRUCTURE | ACTIVITY)
    lived = stretches(history)
    return Standing(
        situations=tuple(situations(history, lived)),
        rows=continued(earlier, subject, facts, since=since, until=until),
        doubts=doubts(history, lived, facts),
    )


_TOLD: Final = ("role", "service", "category", "team", "stage", "employment_type", "subject_kind", "lead")
FIELDS: Final = (*_TOLD, "supervisor", "interim")
"""The fields of a situation beside its days."""


def situations(history: History, lived: Iterable[Stretch]) -> Iterator[Situation]:
    """Who the subject was from when to when: stretches cut where the supervisor changes, like days as one."""
    days, on_day = {"worker": _supervised, "case": _led}.get(history.subject.kind, _neither)(history)
    last: Situation | None = None
    for stretch in lived:
        for from_on, until_on in _cut(stretch, days):
            now = Situation(from_on, until_on, **_fields(stretch) | on_day(stretch, from_on))
            if last is not None and _same(last, now):
                last = Situation(last.from_on, until_on, *_values(now))
                continue
            if last is not None:
                yield last
            last = now
    if last is not None:
        yield last


def _fields(stretch: Stretch) -> dict[str, Any]:
    return {name: stretch.situation.get(name) for name in _TOLD}


_OnDay = Callable[[Stretch, date], dict[str, Any]]
"""What else is so on a day of a stretch."""


def _supervised(history: History) -> tuple[list[date], _OnDay]:
    """The days on which the supervisor of a worker changes, and who it is on a day."""
    told = supervisors(history, "personal")
    each = [*told.permanent, *told.interim]
    days = sorted({one.since for one in each} | {one.until + DAY for one in each if one.until is not None})

    def on_day(_: Stretch, day: date) -> dict[str, Any]:
        permanent, interim = told.in_post(day), told.standing_in(day)
        return {
            "supervisor": permanent.supervisor if permanent is not None and permanent.covers(day) else None,
            "interim": None if interim is None else interim.supervisor,
        }

    return days, on_day


def _led(history: History) -> tuple[list[date], _OnDay]:
    """The days on which who leads a case may change, and who does on a day: nobody after a last day of theirs."""
    told = [(fact.on, fact) for fact in history.told("CaseAllocated", "CaseUnallocated") if fact.on is not None]
    days = sorted({on if fact.type == "CaseAllocated" else on + DAY for on, fact in told})

    def on_day(stretch: Stretch, day: date) -> dict[str, Any]:
        running = lead_allocation([fact for on, fact in told if on <= day], stretch.began, day)
        return {"lead": None if running is None else running.data["worker_id"]}

    return days, on_day


def _neither(_: History) -> tuple[list[date], _OnDay]:
    return [], lambda _stretch, _day: {}


def _cut(stretch: Stretch, at: Iterable[date]) -> Iterator[tuple[date, date | None]]:
    cuts = [on for on in at if on > stretch.since and on in stretch]
    for since, following in zip([stretch.since, *cuts], [*cuts, None], strict=True):
        yield since, stretch.until if following is None else following - DAY


def _same(last: Situation, now: Situation) -> bool:
    follows = last.until_on is not None and last.until_on + DAY == now.from_on
    return follows and _values(last) == _values(now)


def _values(situation: Situation) -> list[Any]:
    return [getattr(situation, name) for name in FIELDS]
