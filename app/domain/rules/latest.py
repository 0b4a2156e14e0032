"""`latest`: what the latest event of a kind must hold, in its own fields and in others that belong to it.

Judged is the last one since the rule began to apply, by the version of the policy that was in force on its day; the
ones before it are history (`failed_in_12_months`). It counts as it is on the day asked about: what belongs to it and
came later is seen from its own day on. A field that was not told is not known, and neither kept nor broken; that
nothing else was recorded of it (no action, say) means that there is none.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from app.domain.calendar import DAY, Interval, back
from app.domain.eras import Course, Era
from app.domain.history import Occurrence
from app.domain.obligations import Obligation, references
from app.domain.policy.matching import with_defaults
from app.domain.policy.measured import Latest, Required
from app.domain.policy.patterns import Check, Linked, Status
from app.domain.rules.belonging import Belonging, belonging
from app.domain.rules.entitled import entitled
from app.domain.rules.feeds import covered_to

_YEAR = Interval(12, "month")


class Judged(NamedTuple):
    """One event and whether it holds what it must, and since when.

    What it does not: own fields, what else must belong to it, what must not; `untold` are fields on which it depends;
    `unsure` may belong to it, if somebody was who they must be; `entitled`: whether it was done by somebody who may;
    `silent`: that nothing was told of it proves nothing, as its feed is not confirmed.
    """

    era: Era
    event: Occurrence
    status: Status
    code: str | None = None
    met_on: date | None = None
    lacking: tuple[str, ...] = ()
    missing: tuple[Required, ...] = ()
    unwanted: tuple[Linked, ...] = ()
    untold: tuple[str, ...] = ()
    unsure: tuple[Required, ...] = ()
    linked: tuple[Occurrence, ...] = ()
    entitled: bool | None = True
    silent: bool = False


def past(course: Course) -> Iterator[Obligation]:
    """One for each event. One that did not hold what it must ends on the day before the next of its kind."""
    for run in course.runs():
        end = run[-1].span.until
        following = None if end is None or end >= course.as_at else end + DAY
        for era, event in latest_first(course, run):
            told = judged(course, era, event)
            ended = None if told.met_on is not None or following is None else max(event.on, following - DAY)
            evidence = references((event, *told.linked))
            yield Obligation(era.duty.id, event.on, None, None, told.met_on, told.status, evidence, ended)
            following = event.on


def block_of(era: Era) -> Latest:
    if not isinstance(era.block, Latest):
        raise TypeError(f"{era.duty.id} asks nothing of the latest event")
    return era.block


def latest_first(course: Course, run: Iterable[Era]) -> Iterator[tuple[Era, Occurrence]]:
    """The events of a run, each with the era of its day."""
    for era in reversed([*run]):
        found, last = course.history.occurrences(era.span.version.pack, block_of(era).event), era.last_day(course.as_at)
        first, end = bisect_left(found, era.since, key=_on), bisect_right(found, last, key=_on)
        yield from ((era, found[at]) for at in range(end - 1, first - 1, -1))


def _on(occurrence: Occurrence) -> date:
    return occurrence.on


def failed(course: Course, latest: Occurrence) -> int:
    """How many of the others in the 12 months up to the day did not hold what they must."""
    since, failed = back(_YEAR, course.as_at), 0
    for era, event in latest_first(course, course.run):
        if event.on <= since:
            break
        failed += event is not latest and _breaks(course, era, event)
    return failed


def _breaks(course: Course, era: Era, event: Occurrence) -> bool:
    """Whether it does not hold what it must: all that is counted of those before the latest, on every day."""
    block, data = block_of(era), with_defaults(event.fact)
    if block.unless and hold(block.unless, data):
        return False
    if any(name not in _untold(block, data) and not _holds(check, name, data) for name, check in block.has.items()):
        return True
    missing = any(hold(link.when, data) and belonging(course, era, event, link).is_not for link in block.linked)
    if missing and _proven(course, era, event):
        return True
    if any(belonging(course, era, event, link).found for link in block.without):
        return True
    return block.by is not None and entitled(course, era.span.version.pack, block.by, event) is False


def judged(course: Course, era: Era, event: Occurrence) -> Judged:
    """Whether the event holds what it must."""
    block, data = block_of(era), with_defaults(event.fact)
    if block.unless and hold(block.unless, data):
        return Judged(era, event, Status.MET, met_on=event.on)
    needed = [(link, belonging(course, era, event, link)) for link in block.linked if hold(link.when, data)]
    there = [(link, belonging(course, era, event, link).found) for link in block.without]
    told = Judged(era, event, Status.BREACHED, untold=_untold(block, data))
    told = _compared(told._replace(unwanted=tuple(link for link, found in there if found)), needed)
    told = told._replace(linked=(*told.linked, *(one for _, found in there for one in found)))
    if told.lacking or told.missing or told.unwanted:
        return _by_silence(course, told._replace(untold=(), unsure=()))
    if block.by is not None:
        told = told._replace(entitled=entitled(course, era.span.version.pack, block.by, event))
        if told.entitled is False:
            return told._replace(untold=(), unsure=(), code=block.by.code)
    if told.untold and era.duty.feed is not None and _proven(course, era, event):
        return told._replace(lacking=told.untold, untold=())
    if told.untold or told.unsure or told.entitled is None:
        return told._replace(status=Status.NOT_ASSESSABLE, code="not_known")
    met_on = max([event.on, *(one.complete_on for one in told.linked)])
    return told._replace(status=Status.MET, code=_noted(block, data), met_on=met_on)


def _compared(told: Judged, needed: Sequence[tuple[Required, Belonging]]) -> Judged:
    """What it lacks of its own, and of what must belong to it; the first of these that has a code gives its own."""
    block, data = block_of(told.era), with_defaults(told.event.fact)
    lacking = (name for name, check in block.has.items() if name not in told.untold and not _holds(check, name, data))
    missing = [(link, found) for link, found in needed if found.is_not]
    return told._replace(
        lacking=tuple(lacking),
        missing=tuple(link for link, _ in missing),
        unsure=tuple(link for link, found in needed if found.unsure),
        linked=tuple(found.found[0] for _, found in needed if found.found),
        code=next((found.code for _, found in missing if found.code), None),
    )


def _by_silence(course: Course, told: Judged) -> Judged:
    """That nothing was told is no breach where only a feed could tell, and is not confirmed up to that day."""
    if told.lacking or told.unwanted or _proven(course, told.era, told.event):
        return told
    return told._replace(status=Status.NOT_ASSESSABLE, code="feed_not_confirmed", silent=True)


def _proven(course: Course, era: Era, event: Occurrence) -> bool:
    feed = era.duty.feed
    return feed is None or covered_to(course, feed, event.on) is not None


def _untold(block: Latest, data: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, check in block.has.items() if data.get(name) is None and check.present is None)


def _holds(check: Check, name: str, data: Mapping[str, Any]) -> bool:
    return check.holds(data.get(name))


def hold(asked: Mapping[str, Check], data: Mapping[str, Any]) -> bool:
    return all(_holds(check, name, data) for name, check in asked.items())


def _noted(block: Latest, data: Mapping[str, Any]) -> str | None:
    return next((code for code, asked in block.noted.items() if hold(asked, data)), None)
