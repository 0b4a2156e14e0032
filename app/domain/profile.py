"""One worker or case on one day: whether it was there, who or what it was, and since when. Pure; nothing is judged.

Only what is dated on or before the day is seen, so that a profile of last winter shows what was true and told then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.calendar import DAY
from app.domain.history import STRUCTURE, History, Subject
from app.domain.looking import Look
from app.domain.scope import Stretch, stretches
from app.domain.standing import FIELDS, Situation, situations
from app.events.facts import Facts

_STATES: Final = {"worker": ("not_started", "working", "left"), "case": ("not_opened", "open", "closed")}


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day (None: still) that a worker worked here or a case was open."""

    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class Profile:
    """Who or what a subject was on a day.

    `state`: `not_started`, `working` or `left` of a worker, `not_opened`, `open` or `closed` of a case. `periods`: the
    earliest first. `situation`: as on the day, or as last before it; None where no beginning is known. `since`: for
    each of its fields that is told, the day from which on it has been so.
    """

    state: str
    periods: tuple[Period, ...]
    situation: Situation | None
    since: dict[str, date]


def profile(subject: Subject, facts: Facts, as_at: date) -> Profile:
    """The profile of a worker or a case as at the day. Raises `FactsNeeded`."""
    history = History(subject, Look(facts.as_at(as_at)), as_at, types=STRUCTURE)
    lived = stretches(history)
    was = [each for each in situations(history, lived) if each.from_on <= as_at]
    not_yet, here, over = _STATES[subject.kind]
    is_here = any(as_at in stretch for stretch in lived)
    return Profile(
        state=here if is_here else over if lived else not_yet,
        periods=tuple(_periods(lived)),
        situation=was[-1] if was else None,
        since={name: _since(was, name) for name in FIELDS if was and getattr(was[-1], name) is not None},
    )


def _periods(lived: Sequence[Stretch]) -> list[Period]:
    last = {stretch.began: stretch.until for stretch in lived}
    return [Period(began, until) for began, until in last.items()]


def _since(was: Sequence[Situation], name: str) -> date:
    """The first day of the unbroken time, up to the last situation, in which the field was as it is there."""
    since = was[-1].from_on
    for earlier in reversed(was[:-1]):
        if getattr(earlier, name) != getattr(was[-1], name) or earlier.until_on != since - DAY:
            break
        since = earlier.from_on
    return since
