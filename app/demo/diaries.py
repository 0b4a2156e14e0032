"""When two people meet: a rhythm, and all that comes between. Holidays, illness, a full day, Christmas and August."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from app.demo.days import meeting_day
from app.demo.invented import History, Spell, Worker, within

SEASONS = {8: 2.5, 12: 2.0}
"""Months in which more comes to nothing."""
LONG = 14
"""Days: nobody plans a session with somebody who has been away for longer."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """So many days from one meeting to the next, and how often one comes to nothing."""

    apart: tuple[int, int]
    missed: float = 0.05
    made_up: float = 0.85
    """How many of those are held some days later, not only next time."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that was planned. Not held: who could not come, and the new date if one was found."""

    planned: date
    held: bool = True
    party: str | None = None
    rescheduled: date | None = None


def meetings(
    told: History, worker: Worker, rhythm: Rhythm, die: Random, quiet: Sequence[Spell] = ()
) -> Iterator[Meeting]:
    """The worker's meetings with whoever supervises them, from some days after the start; none in `quiet` times."""
    end = min(worker.left or told.last_day, told.last_day)
    day, last = worker.started + timedelta(days=die.randint(4, rhythm.apart[1])), worker.started
    while (planned := meeting_day(day)) <= end:
        if planned <= last or within(planned, quiet):
            day += timedelta(days=3)
            continue
        last = planned
        gone, party = _gone(told, worker, planned)
        if gone is not None:
            if (planned - gone[0]).days < LONG:
                yield Meeting(planned, held=False, party=party)
            following = _after(gone, planned, die.randint(1, 6))
            if following is None and party == "supervisee":
                return
            day = min(following or date.max, planned + timedelta(days=die.randint(9, 14)))
            continue
        meeting, day = _kept(told, worker, rhythm, planned, die)
        yield meeting


def _kept(told: History, worker: Worker, rhythm: Rhythm, planned: date, die: Random) -> tuple[Meeting, date]:
    """Both are there: it is held, or comes to nothing all the same; and when the next one is meant to be."""
    following = planned + timedelta(days=die.randint(*rhythm.apart))
    missed, made_up = min(rhythm.missed * SEASONS.get(planned.month, 1), 0.3), rhythm.made_up
    if trouble := told.trouble(worker.team, planned):
        missed, made_up = trouble.missed, made_up / 3
    if die.random() >= missed:
        return Meeting(planned), following
    party = die.choice(("supervisor", "supervisor", "supervisee", "other"))
    if die.random() >= made_up:
        return Meeting(planned, held=False, party=party), following
    again = planned + timedelta(days=die.randint(2, 6))
    return Meeting(planned, held=False, party=party, rescheduled=again), again


def _gone(told: History, worker: Worker, day: date) -> tuple[Spell | None, str]:
    """Who of the two is away, and from when to when."""
    if (away := _spell(day, worker.away)) is not None:
        return away, "supervisee"
    supervisor = told.workers.get(worker.supervisor(day))
    return (None if supervisor is None else _spell(day, supervisor.away)), "supervisor"


def _spell(day: date, spells: Sequence[Spell]) -> Spell | None:
    return next(((first, last) for first, last in spells if first <= day and (last is None or day <= last)), None)


def _after(spell: Spell | None, planned: date, days: int) -> date | None:
    """Some days after the end of a spell, or of the day itself; None where it has no end."""
    last = planned if spell is None else spell[1]
    return None if last is None else last + timedelta(days=days)
