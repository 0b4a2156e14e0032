"""From when to when something was so: that somebody supervises or is supervised, or what an event began and ended.

A `Time` is days on which it was so, by one fact. Rules: a later event replaces the earlier one with all that it says;
whoever supervises or holds something, and is known to have left, does so no more, until they are back. Whom nobody said
to have started is taken to be there. Left out: what a gap means (`rules/always`). Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from app.domain.calendar import DAY
from app.domain.history import History, Occurrence, order
from app.domain.policy.shapes import Always, Pack
from app.domain.supervisors import Supervisors, supervisors, supervisors_told
from app.events.facts import Fact

EMPLOYMENT = frozenset({"WorkerStarted", "WorkerLeft"})
SUPERVISION = frozenset({"SupervisorAssigned", "SupervisorUnassigned"})

Ending = Literal["ended", "ran_out", "left"]


@dataclass(frozen=True, slots=True)
class Time:
    """It was so from `since` to `until` (None: not ended), because of `told`, and ended in one of three ways."""

    since: date
    until: date | None
    told: Fact
    ending: Ending = "ended"

    def covers(self, day: date) -> bool:
        """Whether it was so on the day."""
        return self.since <= day and (self.until is None or day <= self.until)


def denied(history: History, pack: Pack, block: Always) -> list[date]:
    """The days on which it was told not to be so."""
    return [] if block.ended_by is None else [o.on for o in history.occurrences(pack, block.ended_by)]


def times(history: History, pack: Pack, block: Always) -> list[Time]:
    """Every time that is known on the day, by its first day. Raises `FactsNeeded`."""
    if block.event is not None:
        found = _by_events(history, pack, block)
    elif block.supervisor is not None:
        found = _while_here(history, _supervised(supervisors(history, block.supervisor)))
    else:
        found = _supervising(history, str(block.supervises))
    return sorted(found, key=lambda time: time.since)


# --- by events --------------------------------------------------------------------------------------------------------


def _by_events(history: History, pack: Pack, block: Always) -> Iterable[Time]:
    if block.event is None:
        return ()
    begun = [(o, True) for o in history.occurrences(pack, block.event)]
    ended = [(o, False) for o in history.occurrences(pack, block.ended_by)] if block.ended_by is not None else []
    told = sorted([*begun, *ended], key=lambda each: (each[0].on, order(each[0].fact)))
    following = [*[o for o, _ in told][1:], None]
    found = [_time(block, o, then) for (o, begins), then in zip(told, following, strict=False) if begins]
    kept = [(time, _hands(block, time.told)) for time in found if time.until is None or time.since <= time.until]
    return _while_here(history, kept) if block.held_by else [time for time, _ in kept]


def _time(block: Always, begun: Occurrence, following: Occurrence | None) -> Time:
    last = None if block.until is None else begun.fact.day(block.until)
    if following is not None and (last is None or following.on <= last):
        return Time(begun.on, following.on - DAY, begun.fact)
    return Time(begun.on, last, begun.fact, "ran_out")


def _hands(block: Always, told: Fact) -> str | None:
    return next((str(who) for name in block.held_by if (who := told.get(name)) is not None), None)


# --- by supervision ---------------------------------------------------------------------------------------------------


def _supervised(told: Supervisors) -> list[tuple[Time, str | None]]:
    """What was told to end before it began was never so."""
    each = [one for one in (*told.assigned, *told.interim) if one.until is None or one.since <= one.until]
    return [(Time(one.since, one.until, one.told), one.supervisor) for one in each]


def _supervising(history: History, strand: str) -> Iterator[Time]:
    """The times in which the worker supervises anybody who is still here."""
    who = history.subject.id
    named = history.look.at(f"by/{who}", SUPERVISION)
    others = sorted({str(fact.data["worker_id"]) for fact in named if fact.get("supervisor_id") == who})
    for facts in _told_of(history, others, SUPERVISION | EMPLOYMENT).values():
        supervised = _supervised(supervisors_told([fact for fact in facts if fact.type in SUPERVISION], strand))
        gone = list(_gone(fact for fact in facts if fact.type in EMPLOYMENT))
        yield from (part for time, by in supervised if by == who for part in _cut(time, gone))


# --- while somebody is here -------------------------------------------------------------------------------------------


def _while_here(history: History, kept: Sequence[tuple[Time, str | None]]) -> Iterator[Time]:
    """The times, without the days on which whoever they rest on was gone."""
    people = sorted({who for _, who in kept if who is not None})
    gone = {who: list(_gone(facts)) for who, facts in _told_of(history, people, EMPLOYMENT).items()}
    for time, who in kept:
        yield from [time] if who is None else _cut(time, gone[who])


def _told_of(history: History, people: Iterable[str], types: frozenset[str]) -> dict[str, list[Fact]]:
    """What is known of other people on the day, in order. Raises `FactsNeeded`."""
    found = history.look.at_each({f"worker/{who}": types for who in people})
    return {
        tag.removeprefix("worker/"): [fact for fact in facts if fact.on is not None and fact.on <= history.until]
        for tag, facts in found.items()
    }


def _gone(told: Iterable[Fact]) -> Iterator[tuple[date, date | None]]:
    """The days after each leaving, up to a return; whoever starts again on the last day was never gone."""
    since: date | None = None
    started = started_before = False
    for fact in told:
        if fact.on is None:
            continue
        if fact.type == "WorkerLeft":
            since, started_before = since or fact.on + DAY, started
        elif since is not None and (fact.on >= since or started_before):
            if fact.on > since:
                yield since, fact.on - DAY
            since = None
        started = started or fact.type == "WorkerStarted"
    if since is not None:
        yield since, None


def _cut(time: Time, gone: Iterable[tuple[date, date | None]]) -> Iterator[Time]:
    """What is left of the time."""
    rest: Time | None = time
    for first, last in gone:
        if rest is None or (rest.until is not None and rest.until < first) or (last is not None and last < rest.since):
            continue
        if rest.since < first:
            yield replace(rest, until=first - DAY, ending="left")
        rest = None if last is None else replace(rest, since=max(rest.since, last + DAY))
        if rest is not None and rest.until is not None and rest.until < rest.since:
            rest = None
    if rest is not None:
        yield rest
