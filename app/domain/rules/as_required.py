"""`as_required`: the policy sets no interval; supervision is owed once something calls for it, with no deadline.

An event that calls for it stays `due` (`attention`), with its age, until a later answer; one on the same day counts.
What happened earlier in the same period of the case and is unanswered calls for it too, whatever applied then.
"""

from collections.abc import Iterator

from app.domain import wording
from app.domain.calendar import DAY
from app.domain.eras import Course, Era
from app.domain.obligations import Last, Obligation, Verdict, reference, references
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import AsRequired, Event
from app.domain.told import Occurrence
from app.domain.wording import day


def judge(course: Course) -> Verdict:
    """The verdict: `as_required`, or `due` since the first event that nothing has answered."""
    era, as_at = course.era, course.as_at
    last = course.history.last(era.span.version.pack, _block(era).answered_by, era.span.stretch.began, as_at)
    latest = None if last is None else Last(last.on, reference(last.fact))
    calling = course.history.occurrences(era.span.version.pack, _block(era).after)
    since = era.span.stretch.began if last is None else last.on + DAY
    waiting = [o for o in calling if since <= o.on <= as_at]
    pack = era.span.version.pack
    answer = resolved(pack, _block(era).answered_by)
    silent = "The policy sets no interval here: it asks for supervision as and when required."
    if not waiting:
        happened = f" {wording.last(answer)} on {day(last.on)}." if last is not None else ""
        return Verdict(Status.AS_REQUIRED, silent + happened, last=latest)
    first = waiting[0]
    age = (as_at - first.on).days
    called = wording.a(wording.called(resolved(pack, _block(era).after)))
    why = f"{silent} There was {called} on {day(first.on)}, {wording.ago(age)}: {_unanswered(answer)} since."
    return Verdict(
        Status.DUE,
        why,
        code="attention",
        opened_on=first.on,
        last=latest,
        evidence=references(waiting),
        put_right=f"{wording.to_do(answer)}; the policy sets no date.",
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


def _unanswered(answer: Event) -> str:
    none = wording.none(answer)
    return none[:1].lower() + none[1:]


def _calling(course: Course, era: Era) -> list[Occurrence]:
    found = course.history.occurrences(era.span.version.pack, _block(era).after)
    return [o for o in found if era.since <= o.on <= era.last_day(course.as_at)]


def _block(era: Era) -> AsRequired:
    if not isinstance(era.block, AsRequired):
        raise TypeError(f"{era.duty.id} is not as required")
    return era.block
