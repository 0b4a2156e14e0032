"""`latest`: what the latest event of a kind must hold, in its own fields and in others that belong to it.

Judged is the last one since the rule began to apply, by the version of the policy that was in force on its day; the
ones before it are history (`failed_in_12_months`). It counts as it is on the day asked about: what belongs to it and
came later is seen from its own day on. A field that was not told is not known, and neither kept nor broken; that
nothing else was recorded of it (no action, say) means that there is none.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from app.domain import wording
from app.domain.calendar import DAY, Interval, back
from app.domain.eras import Course, Era
from app.domain.history import Occurrence
from app.domain.obligations import Last, Obligation, Verdict, reference, references
from app.domain.policy.entitled import By
from app.domain.policy.explaining_by import allowed
from app.domain.policy.matching import resolved, with_defaults
from app.domain.policy.measured import Latest
from app.domain.policy.patterns import Check, Linked, Status
from app.domain.policy.phrases import checked
from app.domain.rules.entitled import done_by, entitled
from app.domain.wording import day

_YEAR = Interval(12, "month")


class _Judged(NamedTuple):
    """One event and whether it holds what it must, and since when.

    What it does not: own fields, what else must belong to it, what must not; `untold` are fields on which it depends;
    `entitled`: whether it was done by somebody who may.
    """

    era: Era
    event: Occurrence
    status: Status
    code: str | None = None
    met_on: date | None = None
    lacking: tuple[str, ...] = ()
    missing: tuple[Linked, ...] = ()
    unwanted: tuple[Linked, ...] = ()
    untold: tuple[str, ...] = ()
    linked: tuple[Occurrence, ...] = ()
    entitled: bool | None = True


def judge(course: Course) -> Verdict:
    """The verdict on the latest one."""
    found = next(_latest_first(course, course.run), None)
    if found is None:
        event = resolved(course.era.span.version.pack, _block(course.era).event)
        return Verdict(Status.NOT_YET_APPLICABLE, f"{wording.not_yet(event)}, so there is nothing to look at.")
    told = _judged(course, *found)
    if course.history.look.brief:
        return Verdict(told.status, "", told.code, told.event.on, met_on=told.met_on)
    return Verdict(
        status=told.status,
        why=_why(told),
        code=told.code,
        opened_on=told.event.on,
        met_on=told.met_on,
        last=Last(told.event.on, reference(told.event.fact)),
        evidence=references((told.event, *told.linked)),
        put_right=_put_right(told),
        failed_in_12_months=_failed(course, told.event),
    )


def past(course: Course) -> Iterator[Obligation]:
    """One for each event. One that did not hold what it must ends on the day before the next of its kind."""
    for run in course.runs():
        end = run[-1].span.until
        following = None if end is None or end >= course.as_at else end + DAY
        for era, event in _latest_first(course, run):
            told = _judged(course, era, event)
            ended = None if told.met_on is not None or following is None else max(event.on, following - DAY)
            evidence = references((event, *told.linked))
            yield Obligation(era.duty.id, event.on, None, None, told.met_on, told.status, evidence, ended)
            following = event.on


def _block(era: Era) -> Latest:
    if not isinstance(era.block, Latest):
        raise TypeError(f"{era.duty.id} asks nothing of the latest event")
    return era.block


def _latest_first(course: Course, run: Iterable[Era]) -> Iterator[tuple[Era, Occurrence]]:
    """The events of a run, each with the era of its day."""
    for era in reversed([*run]):
        found, last = course.history.occurrences(era.span.version.pack, _block(era).event), era.last_day(course.as_at)
        first, end = bisect_left(found, era.since, key=_on), bisect_right(found, last, key=_on)
        yield from ((era, found[at]) for at in range(end - 1, first - 1, -1))


def _on(occurrence: Occurrence) -> date:
    return occurrence.on


def _failed(course: Course, latest: Occurrence) -> int:
    """How many of the others in the 12 months up to the day did not hold what they must."""
    since, failed = back(_YEAR, course.as_at), 0
    for era, event in _latest_first(course, course.run):
        if event.on <= since:
            break
        failed += event is not latest and _breaks(course, era, event)
    return failed


def _breaks(course: Course, era: Era, event: Occurrence) -> bool:
    """Whether it does not hold what it must: all that is counted of those before the latest, on every day."""
    block, data = _block(era), with_defaults(event.fact)
    if block.unless and _hold(block.unless, data):
        return False
    if any(name not in _untold(block, data) and not _holds(check, name, data) for name, check in block.has.items()):
        return True
    missing = any(not _linked(course, era, event, link) for link in block.linked)
    if missing or any(_linked(course, era, event, link) for link in block.without):
        return True
    return block.by is not None and entitled(course, era.span.version.pack, block.by, event) is False


def _judged(course: Course, era: Era, event: Occurrence) -> _Judged:
    block, data = _block(era), with_defaults(event.fact)
    if block.unless and _hold(block.unless, data):
        return _Judged(era, event, Status.MET, met_on=event.on)
    needed = [(link, _linked(course, era, event, link)) for link in block.linked]
    unwanted = [(link, _linked(course, era, event, link)) for link in block.without]
    told = _Judged(
        era,
        event,
        Status.BREACHED,
        missing=tuple(link for link, found in needed if not found),
        unwanted=tuple(link for link, found in unwanted if found),
        untold=_untold(block, data),
        linked=(*(found[0] for _, found in needed if found), *(one for _, found in unwanted for one in found)),
    )
    own = [name for name, check in block.has.items() if name not in told.untold and not _holds(check, name, data)]
    if own or told.missing or told.unwanted:
        return told._replace(lacking=tuple(own), untold=())
    if block.by is not None:
        told = told._replace(entitled=entitled(course, era.span.version.pack, block.by, event))
        if told.entitled is False:
            return told._replace(untold=(), code=block.by.code)
    if told.untold or told.entitled is None:
        return told._replace(status=Status.NOT_ASSESSABLE, code="not_known")
    met_on = max([event.on, *(one.complete_on for one in told.linked)])
    return told._replace(status=Status.MET, code=_noted(block, data), met_on=met_on)


def _linked(course: Course, era: Era, event: Occurrence, link: Linked) -> list[Occurrence]:
    return course.history.linked(era.span.version.pack, link, event.fact)


def _untold(block: Latest, data: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, check in block.has.items() if data.get(name) is None and check.present is None)


def _holds(check: Check, name: str, data: Mapping[str, Any]) -> bool:
    return check.holds(data.get(name))


def _hold(asked: Mapping[str, Check], data: Mapping[str, Any]) -> bool:
    return all(_holds(check, name, data) for name, check in asked.items())


def _noted(block: Latest, data: Mapping[str, Any]) -> str | None:
    return next((code for code, asked in block.noted.items() if _hold(asked, data)), None)


# --- in words ---------------------------------------------------------------------------------------------------------


def _why(told: _Judged) -> str:
    event = resolved(told.era.span.version.pack, _block(told.era).event)
    opened = f"{wording.done(event)} on {day(told.event.on)}"
    if told.untold:
        names = wording.listed([wording.field(name) for name in told.untold])
        return f"{opened}. Its {names} were not told, so it is not known whether it is as the policy asks."
    if told.entitled is not True:
        return f"{opened}. {_by_whom(told)}"
    return f"{opened}: {wording.listed(_kept(told) if told.status is Status.MET else _broken(told))}."


def _broken(told: _Judged) -> list[str]:
    block, data = _block(told.era), with_defaults(told.event.fact)
    said = [
        f"{wording.field(name)} {_value(data.get(name))}, where the policy asks for {_wanted(block.has[name])}"
        for name in told.lacking
    ]
    said += [f"no {_called(told.era, link)} belongs to it" for link in told.missing]
    return said + [f"{_a(told.era, link)} belongs to it" for link in told.unwanted]


def _kept(told: _Judged) -> list[str]:
    """What was found, where nothing is lacking."""
    block, data = _block(told.era), with_defaults(told.event.fact)
    if block.unless and _hold(block.unless, data):
        return [f"{wording.listed([wording.field(name) for name in block.unless])}, so nothing more is asked"]
    found = [f"{wording.field(name)} {_value(data.get(name))}" for name in block.has]
    found += [f"{_a(told.era, link)} belongs to it" for link in block.linked]
    found += [f"{_its_person(block.by)} was {allowed(block.by)}"] if block.by else []
    return found + [f"no {_called(told.era, link)} belongs to it" for link in block.without]


def _put_right(told: _Judged) -> str | None:
    """What can still be told or done of this one; what cannot, at the next."""
    block, what = _block(told.era), wording.type_called(told.event.fact.type)
    this = f"the {what} of {day(told.event.on)}"
    if told.status is Status.MET:
        return None
    if told.entitled is not True and (by := block.by) is not None:
        return f"What {_its_person(by)} was then." if told.entitled is None else f"The next {what}, by {allowed(by)}."
    if told.untold:
        return f"The {wording.listed([wording.field(name) for name in told.untold])} of {this}."
    own = [f"{wording.field(name)} {_wanted(block.has[name])}" for name in told.lacking]
    said = [f"At the next {what}: {wording.listed(own)}."] if own else []
    said += [f"{wording.sentence(_a(told.era, link))} for {this}." for link in told.missing]
    said += [f"What is missing of the {_called(told.era, link)} of {this}." for link in told.unwanted]
    return " ".join(said)


def _by_whom(told: _Judged) -> str:
    """Why it was not, or may not have been, done by somebody who may do it."""
    by = _block(told.era).by
    if by is None:
        return ""
    if told.entitled is False:
        return f"{wording.sentence(_its_person(by))} was somebody else than {allowed(by)}."
    if done_by(by, told.event.fact) is None:
        return f"{wording.sentence(_its_person(by))} was not told, so it is not known whether it was {allowed(by)}."
    return f"It is not known whether {_its_person(by)} was {allowed(by)}."


def _its_person(by: By) -> str:
    return f"its {wording.field(by.person)}"


def _wanted(check: Check) -> str:
    return checked(check).removeprefix("is ").removeprefix("holds ")


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return wording.listed([str(one).replace("_", " ") for one in value]) if value else "none"
    return "not given" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _called(era: Era, link: Linked) -> str:
    return wording.called(resolved(era.span.version.pack, link.event))


def _a(era: Era, link: Linked) -> str:
    return wording.a(_called(era, link))
