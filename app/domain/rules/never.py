"""`never`: what must not be so of a subject at once; what was not told is not known, and no warning."""

from collections.abc import Iterator, Sequence
from datetime import date

from app.domain import wording
from app.domain.calendar import DAY
from app.domain.eras import Course, Era
from app.domain.obligations import Obligation, Verdict
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Applies, Never
from app.domain.scope import fit
from app.domain.wording import day


def judge(course: Course) -> Verdict:
    """The verdict on what is told of the subject on the day."""
    status, found = _stands(course, course.era)
    since = _since(course, course.eras)
    if status is Status.MET:
        return Verdict(status, f"There is no {_called(course.era)}.", code="consistent")
    if found is None:
        missing = wording.listed(_missing(course.era))
        why = f"Whether there is a {_called(course.era)} is not known: nobody told its {missing}."
        return Verdict(status, why, code="not_known", put_right=f"The {missing} of this {course.history.subject.kind}.")
    told = wording.listed([f"{wording.field(name)} {_said(course.era, name)}" for name, _ in found.asked])
    return Verdict(
        status,
        f"There has been a {_called(course.era)} since {day(since)}: {told}.",
        code="inconsistent",
        opened_on=since,
        due_on=since - DAY,
        days_late=(course.as_at - since).days + 1,
        put_right=f"Word which of these is right: {wording.listed([wording.field(name) for name, _ in found.asked])}.",
    )


def past(course: Course) -> Iterator[Obligation]:
    """Each time that it was so."""
    for at, era in enumerate(course.eras):
        ended = at + 1 == len(course.eras) or _stands(course, course.eras[at + 1])[0] is not Status.BREACHED
        if ended and _stands(course, era)[0] is Status.BREACHED:
            since, last = _since(course, course.eras[: at + 1]), era.last_day(course.as_at)
            over = last if last < course.as_at else None
            yield Obligation(era.duty.id, since, None, since - DAY, None, Status.BREACHED, (), over)


def _block(era: Era) -> Never:
    if not isinstance(era.block, Never):
        raise TypeError(f"{era.duty.id} forbids nothing")
    return era.block


def _called(era: Era) -> str:
    return _block(era).called


def _stands(course: Course, era: Era) -> tuple[Status, Applies | None]:
    situation = era.span.stretch.situation
    fits = [(each, fit(each, situation, course.words)) for each in _block(era).any_of]
    so = next((each for each, found in fits if found.applies), None)
    if so is not None:
        return Status.BREACHED, so
    known = {name: value for name, value in situation.items() if value is not None}
    open_ = any(
        all(name not in known or check.holds(known[name]) for name, check in each.asked) and not found.applies
        for each, found in fits
    )
    return (Status.NOT_ASSESSABLE, None) if open_ else (Status.MET, None)


def _since(course: Course, eras: Sequence[Era]) -> date:
    """Since when it has been so without a break, at the end of these eras."""
    since = eras[-1].since
    for before in reversed(eras[:-1]):
        if before.span.until != since - DAY or _stands(course, before)[0] is not Status.BREACHED:
            break
        since = before.since
    return since


def _missing(era: Era) -> list[str]:
    situation = era.span.stretch.situation
    asked = {name for each in _block(era).any_of for name, _ in each.asked}
    return sorted(wording.field(name) for name in asked if situation.get(name) is None)


def _said(era: Era, name: str) -> str:
    value = era.span.stretch.situation.get(name)
    words = [f"“{wording.field(str(each))}”" for each in (value if isinstance(value, list | tuple) else [value])]
    return wording.listed(words)
