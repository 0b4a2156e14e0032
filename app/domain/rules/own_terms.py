"""What an agreement's own terms make of a verdict: they tighten the target, and never loosen what the policy asks.

The last agreement counts. A term that asks for less than the policy changes nothing but is told; one that asks for more
makes the target, never the limit: past it a rule that is kept otherwise is `tolerated`. An absence that touches the
agreed interval leaves the agreement out.
"""

from dataclasses import replace
from datetime import date

from app.domain import wording
from app.domain.calendar import DAY, Interval, sooner
from app.domain.eras import Course
from app.domain.obligations import Verdict, reference
from app.domain.policy.matching import resolved
from app.domain.policy.own_terms import Minimum
from app.domain.policy.patterns import EventRef, Status
from app.domain.policy.shapes import Exists, InWindows, Rolling
from app.domain.told import Occurrence
from app.domain.wording import day


def on_own_terms(course: Course, verdict: Verdict) -> Verdict:
    """The verdict, with what the agreement itself asks for."""
    block = course.era.block
    if isinstance(block, Exists) and block.minimum is not None and verdict.status is Status.MET:
        return _compared(_last(course, block.event), block.minimum, verdict)
    if isinstance(block, Rolling | InWindows) and block.own_terms is not None:
        return _tightened(course, block, verdict, _last(course, block.own_terms.agreement))
    return verdict


def _last(course: Course, event: EventRef) -> Occurrence | None:
    return course.history.last(course.era.span.version.pack, event, date.min, course.as_at)


def _frequency(agreement: Occurrence) -> Interval | None:
    said = agreement.fact.get("frequency")
    return Interval.parse(said) if isinstance(said, str) else None


def _compared(agreement: Occurrence | None, minimum: Minimum, verdict: Verdict) -> Verdict:
    """Whether the agreement asks for less often, or for less long, than the policy does."""
    if agreement is None:
        return verdict
    often, minutes = _frequency(agreement), agreement.fact.get("minutes")
    less = [f"every {often}"] if often and minimum.frequency and sooner(minimum.frequency, often) else []
    less += [f"{minutes} minutes"] if minutes is not None and minimum.minutes and minutes < minimum.minutes else []
    if not less:
        return verdict
    why = f"{verdict.why} It says {wording.listed(less)}, which is less than the policy asks: the policy still applies."
    return replace(verdict, code="contract_below_policy", why=why)


def _tightened(course: Course, block: Rolling | InWindows, verdict: Verdict, agreement: Occurrence | None) -> Verdict:
    if agreement is None or verdict.status not in (Status.DUE, Status.MET):
        return verdict
    asked, often = _asked(block), _frequency(agreement)
    if asked is None or often is None or not sooner(often, asked):
        return verdict
    last = _last_as_agreed(course, block.event, agreement)
    since = max(agreement.on, course.run[0].since, agreement.on if last is None else last.on)
    target = course.later(course.era, often, since)
    if any(
        spell.since <= target and (spell.until is None or spell.until >= since) for spell in course.history.absences
    ):
        return verdict
    if course.as_at <= target:
        following = min(on for on in (verdict.next_on, target + DAY) if on is not None)
        return replace(verdict, next_on=following)
    event = resolved(course.era.span.version.pack, block.event)
    why = f"{verdict.why} The agreement of {day(agreement.on)} asks for {wording.every(often)}, so it was due by"
    return replace(
        verdict,
        status=Status.TOLERATED,
        code="behind_agreement",
        why=f"{why} {day(target)} by its terms.",
        target_on=target,
        evidence=(*verdict.evidence, reference(agreement.fact)),
        put_right=f"{wording.to_do(event)} as soon as possible, as agreed.",
    )


def _asked(block: Rolling | InWindows) -> Interval | None:
    """How often the policy itself asks for it; None where its windows have no length of their own."""
    if isinstance(block, Rolling):
        return block.target or block.limit
    if isinstance(block.window, Interval):
        return block.window
    lengths = {"week": Interval(1, "week"), "month": Interval(1, "month"), "quarter": Interval(3, "month")}
    return lengths.get(block.window, Interval(1, "year") if block.window == "year" else None)


def _last_as_agreed(course: Course, event: EventRef, agreement: Occurrence) -> Occurrence | None:
    """The last that is as long as agreed, as far as it says how long it was."""
    minutes = agreement.fact.get("minutes")
    found = course.history.occurrences(course.era.span.version.pack, event)
    return next((one for one in reversed(found) if (one.fact.get("minutes", minutes) or 0) >= (minutes or 0)), None)
