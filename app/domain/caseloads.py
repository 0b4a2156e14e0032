"""How many open cases a worker leads, from when to when: by what is told of each case that was ever theirs.

A case counts from the day on which it is allocated to them as its lead, to the last day on which it is open and theirs.
Facts about the cases are looked up for all days at once; what is said of a day rests on facts dated up to it alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from app.domain.calendar import DAY
from app.domain.history import STRUCTURE, History, Subject
from app.domain.leading import lead_allocation
from app.domain.looking import Look
from app.domain.scope import Stretch, stretches

Held = tuple[date, date | None]
"""The first and the last day (None: it lasts) on which one case was theirs."""


def with_caseload(history: History, lived: Sequence[Stretch]) -> list[Stretch]:
    """The stretches of a worker, parted where the number of their cases changes. Raises `FactsNeeded`."""
    held = _held(history)
    turns = {on for first, last in held for on in (first, None if last is None else last + DAY) if on is not None}
    days = sorted(on for on in turns if on <= history.as_at)
    return [part for stretch in lived for part in _parts(stretch, held, days)]


def _parts(stretch: Stretch, held: Sequence[Held], days: Sequence[date]) -> Iterator[Stretch]:
    counts = {on: _count(held, on) for on in (stretch.since, *days) if on in stretch}
    begun = [on for on, before in zip(counts, [-1, *counts.values()], strict=False) if counts[on] != before]
    for since, following in zip(begun, [*begun[1:], None], strict=True):
        until = stretch.until if following is None else following - DAY
        yield replace(stretch, since=since, until=until, situation={**stretch.situation, "caseload": counts[since]})


def _count(held: Sequence[Held], on: date) -> int:
    return sum(first <= on and (last is None or on <= last) for first, last in held)


def _held(history: History) -> list[Held]:
    """Of each case the times in which it was theirs; kept with the facts, as later ones change nothing of a day."""
    told_until = date.max if history.until == history.as_at else history.until
    kept, key = history.look.facts.kept, ("caseload", history.subject, told_until)
    if key not in kept:
        look = Look(history.look.facts)
        ids = sorted({fact.data["case_id"] for fact in look.at(history.subject.tag, frozenset({"CaseAllocated"}))})
        look.at_each({f"case/{each}": STRUCTURE for each in ids})
        cases = [History(Subject("case", each), look, date.max, told_until=told_until) for each in ids]
        kept[key] = [time for case in cases for time in _of_case(case, history.subject.id)]
    times: list[Held] = kept[key]
    return [(first, last) for first, last in times if first <= history.until]


def _of_case(case: History, worker: str) -> Iterator[Held]:
    """The times in which one case was open and led by the worker."""
    told = case.told("CaseAllocated", "CaseUnallocated")
    turns = [fact.on if fact.type == "CaseAllocated" else fact.on + DAY for fact in told if fact.on is not None]
    for stretch in stretches(case):
        days = sorted({stretch.since, *(on for on in turns if on in stretch)})
        for on, following in zip(days, [*days[1:], None], strict=True):
            leads = lead_allocation([fact for fact in told if fact.on and fact.on <= on], stretch.began, on)
            if leads is not None and leads.data["worker_id"] == worker:
                yield on, stretch.until if following is None else following - DAY
