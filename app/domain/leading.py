"""Who leads a case, and what is told of whoever leads it: a session with them may be about all their cases.

What is told of a worker counts for a case that they led on its day, as far as was told of that. Between two periods of
a case nobody leads it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from app.domain.calendar import DAY
from app.domain.dated import Seen
from app.domain.looking import Look
from app.events.facts import Fact, order

Told = Mapping[str, Sequence[Seen[Fact]]]


def lead_allocation(told: Iterable[Fact], began: date, day: date) -> Fact | None:
    """The lead allocation that runs on the day, of the period that began then; `told` in order, and up to the day."""
    allocated: Fact | None = None
    ended_on: date | None = None
    for fact in told:
        if fact.on is None or fact.on < began:
            continue
        if fact.type == "CaseAllocated" and fact.get("responsibility", "lead") == "lead":
            allocated, ended_on = fact, None
        elif fact.type == "CaseUnallocated" and allocated is not None and _ends(fact, allocated):
            ended_on = ended_on or fact.on
    return allocated if ended_on is None or day <= ended_on else None


def _ends(ended: Fact, allocated: Fact) -> bool:
    here, there = ended.get("allocation_id"), allocated.get("allocation_id")
    return ended.data["worker_id"] == allocated.data["worker_id"] and (None in (here, there) or here == there)


def told_of_leads(kind: str, of_case: Told, look: Look) -> list[Seen[Fact]]:
    """What is told, in one type of event, of those who led the case on its day; in order, with the days it reads so.

    `of_case`: what is told of the case, by type. Raises `FactsNeeded`.
    """
    allocations = sorted(
        (seen for name in ("CaseAllocated", "CaseUnallocated") for seen in of_case.get(name, ())),
        key=lambda seen: order(seen.value),
    )
    workers = dict.fromkeys(str(seen.value.data["worker_id"]) for seen in allocations)
    told = look.tellings({f"worker/{worker}": frozenset({kind}) for worker in workers})
    found = [
        seen
        for worker in workers
        for fact, until in told[f"worker/{worker}"]
        for seen in _while_they_led(worker, Seen(fact, fact.on or date.max, until), (allocations, of_case))
    ]
    return sorted(found, key=lambda seen: order(seen.value))


def _while_they_led(worker: str, told: Seen[Fact], of_case: tuple[Sequence[Seen[Fact]], Told]) -> Iterator[Seen[Fact]]:
    """The fact with the days on which it reads so that they led the case on its day."""
    allocations, more = of_case
    closings, on = more.get("CaseClosed", ()), told.since
    turns = {day for seen in (*allocations, *closings) for day in (seen.since, seen.until) if day is not None}
    cuts = [on, *sorted(day for day in turns if on < day and (told.until is None or day < told.until))]
    for since, until in zip(cuts, [*cuts[1:], told.until], strict=True):
        ended = [seen.value.on for seen in closings if seen.on(since) and seen.value.on and seen.value.on < on]
        known = (seen.value for seen in allocations if seen.on(since) and seen.value.on and seen.value.on <= on)
        lead = lead_allocation(known, max(ended) + DAY if ended else date.min, on)
        if lead is not None and lead.data["worker_id"] == worker:
            yield Seen(told.value, since, until)
