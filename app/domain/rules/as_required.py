"""`as_required`: the policy sets no interval; supervision is owed once something calls for it, with no deadline.

An event that calls for it stays `due` (`attention`), with its age, until a later answer; one on the same day counts.
"""

from collections.abc import Iterator

from app.domain import wording
from app.domain.eras import Course, Era
from app.domain.history import Occurrence
from app.domain.obligations import Last, Obligation, Verdict, reference, references
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import AsRequired
from app.domain.wording import day, days


def judge(course: Course) -> Verdict:
    """The verdict: `as_required`, or `due` since the first event that nothing has answered."""
    era, as_at = course.era, course.as_at
    last = course.history.last(era.span.version.pack, _block(era).answered_by, era.span.stretch.began, as_at)
    latest = None if last is None else Last(last.on, reference(last.fact))
    calling = [o for each in course.run for o in _calling(course, each)]
    waiting = [o for o in calling if last is None or last.on < o.on]
    said = wording.said(resolved(era.span.version.pack, _block(era).answered_by))
    silent = "The policy sets no interval here: it asks for supervision as and when required."
    if not waiting:
        happened = f" Last {said} on {day(last.on)}." if last is not None else ""
        return Verdict(Status.AS_REQUIRED, silent + happened, last=latest)
    first = waiting[0]
    age = (as_at - first.on).days
    called = wording.called(resolved(era.span.version.pack, _block(era).after))
    why = f"{silent} A {called} on {day(first.on)} has not been {said} since: that was {days(age)} ago."
    return Verdict(
        Status.DUE,
        why,
        code="attention",
        opened_on=first.on,
        last=latest,
        evidence=references(waiting),
        put_right=f"To be {said}; the policy sets no date.",
        age_days=age,
    )


def past(course: Course) -> Iterator[Obligation]:
    """One obligation for each event that called for supervision and was answered."""
    for era in course.eras:
        answers = course.history.occurrences(era.span.version.pack, _block(era).answered_by)
        for calling in _calling(course, era):
            answer = next((o for o in answers if o.on >= calling.on), None)
            if answer is not None:
                evidence = references((calling, answer))
                yield Obligation(era.duty.id, calling.on, None, None, answer.on, Status.MET, evidence)


def _calling(course: Course, era: Era) -> list[Occurrence]:
    found = course.history.occurrences(era.span.version.pack, _block(era).after)
    return [o for o in found if era.since <= o.on <= era.last_day(course.as_at)]


def _block(era: Era) -> AsRequired:
    if not isinstance(era.block, AsRequired):
        raise TypeError(f"{era.duty.id} is not as required")
    return era.block
