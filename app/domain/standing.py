"""How one subject stood, stands and will stand: all that lists, counts and trends need of it, as plain rows.

`stand` gives who the subject was from when to when, its timeline, and what is doubtful about what was told of it. A
row for a day owes nothing to facts dated later, so that what was made up to a day is kept when something later comes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from app.domain.calendar import DAY
from app.domain.doubts import Doubt, doubts
from app.domain.history import STRUCTURE, History, Subject
from app.domain.looking import Look
from app.domain.obligations import TimelineRow
from app.domain.scope import Stretch, stretches
from app.domain.supervisors import Supervisors, supervisors
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


def stand(subject: Subject, facts: Facts, earlier: Iterable[TimelineRow] = (), since: date = date.min) -> Standing:
    """The standing of the subject; `earlier` are its rows as they were made before, right up to the day before `since`.

    Raises `FactsNeeded`.
    """
    history = History(subject, Look(facts.as_at(date.max)), date.max, types=STRUCTURE | ACTIVITY)
    lived = stretches(history)
    return Standing(
        situations=tuple(_situations(history, lived)),
        rows=continued(earlier, subject, facts, since=since),
        doubts=doubts(history, lived, facts),
    )


_FIELDS = ("role", "service", "category", "team", "stage", "employment_type", "subject_kind", "lead")


def _situations(history: History, lived: Iterable[Stretch]) -> Iterator[Situation]:
    """The stretches, cut where the supervisor changes; days on which nothing of this changed are one row."""
    told = supervisors(history, "personal") if history.subject.kind == "worker" else Supervisors((), ())
    last: Situation | None = None
    for stretch in lived:
        for from_on, until_on in _cut(stretch, _changes(told)):
            now = Situation(from_on, until_on, **_fields(stretch), **_supervised(told, from_on))
            if last is not None and _same(last, now):
                last = Situation(last.from_on, until_on, *_values(now))
                continue
            if last is not None:
                yield last
            last = now
    if last is not None:
        yield last


def _fields(stretch: Stretch) -> dict[str, Any]:
    return {name: stretch.situation.get(name) for name in _FIELDS}


def _supervised(told: Supervisors, day: date) -> dict[str, Any]:
    permanent, interim = told.in_post(day), told.standing_in(day)
    return {
        "supervisor": permanent.supervisor if permanent is not None and permanent.covers(day) else None,
        "interim": None if interim is None else interim.supervisor,
    }


def _changes(told: Supervisors) -> list[date]:
    each = [*told.permanent, *told.interim]
    return sorted({one.since for one in each} | {one.until + DAY for one in each if one.until is not None})


def _cut(stretch: Stretch, at: Iterable[date]) -> Iterator[tuple[date, date | None]]:
    cuts = [on for on in at if on > stretch.since and on in stretch]
    for since, following in zip([stretch.since, *cuts], [*cuts, None], strict=True):
        yield since, stretch.until if following is None else following - DAY


def _same(last: Situation, now: Situation) -> bool:
    follows = last.until_on is not None and last.until_on + DAY == now.from_on
    return follows and _values(last) == _values(now)


def _values(situation: Situation) -> list[Any]:
    return [getattr(situation, name) for name in (*_FIELDS, "supervisor", "interim")]
