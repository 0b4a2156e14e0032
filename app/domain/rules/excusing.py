"""Days for which somebody excused a rule (`ExcusalGranted`), as far as the policy lets it be excused.

On such a day what would be late is `excused`; after its last day it reads as it did. A window that ended on such a day
is no empty one. One that is longer than the policy allows, or granted by somebody whom the policy does not let grant
it, excuses nothing, and that is told.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from app.domain.approving import approver
from app.domain.calendar import DAY
from app.domain.eras import Course, Era
from app.domain.obligations import Obligation, Verdict, reference
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Duty
from app.domain.wording import day
from app.events.facts import Fact


class Excusal(NamedTuple):
    """Some days that were excused, both ends included; `refused`: why the policy does not let that be."""

    since: date
    until: date
    refused: str | None
    fact: Fact

    def __contains__(self, on: object) -> bool:
        return isinstance(on, date) and self.since <= on <= self.until


def excusals(course: Course, duty: Duty) -> Iterator[Excusal]:
    """Those of one rule that are known, in order."""
    if duty.excusals is None:
        return
    for fact in course.history.told("ExcusalGranted"):
        since, until = fact.on, fact.day("until_on")
        if since is not None and until is not None and fact.data["rule"] in (duty.id, *duty.answers):
            yield Excusal(since, until, _refused(course, duty, fact, (since, until)), fact)


def _refused(course: Course, duty: Duty, fact: Fact, days: tuple[date, date]) -> str | None:
    longest = None if duty.excusals is None else duty.excusals.longest
    if longest is not None and days[1] >= course.later(course.era, longest, days[0]):
        return f"for longer than the {longest} that the policy allows"
    by = approver(course.history, course.words, fact) if duty.approvers else None
    return None if by is None or by.may(duty) else f"by {by.instead_of(duty.approvers)}"


def excuses(course: Course, era: Era, on: date) -> bool:
    """Whether a rule was excused on a day."""
    return any(each.refused is None and on in each for each in excusals(course, era.duty))


def excused(course: Course, verdict: Verdict) -> Verdict:
    """The verdict on a day on which the rule may be excused."""
    if verdict.status is not Status.BREACHED:
        return verdict
    running = [each for each in excusals(course, course.era.duty) if course.as_at in each]
    found = next((each for each in running if each.refused is None), None)
    if found is None:
        told = f" {_changes_nothing(running[0])}" if running else ""
        return replace(verdict, why=f"{verdict.why}{told}")
    after = found.until + DAY
    return replace(
        verdict,
        status=Status.EXCUSED,
        code=None,
        why=f"{verdict.why} It was excused from {day(found.since)} to {day(found.until)}.",
        days_late=None,
        evidence=(*verdict.evidence, reference(found.fact)),
        next_on=after if verdict.next_on is None else min(after, verdict.next_on),
    )


def excused_past(course: Course, told: Obligation) -> Obligation:
    """What was late only on excused days was excused."""
    if told.due_on is None or told.status not in (Status.BREACHED, Status.LATE_MET):
        return told
    duty = next((era.duty for era in course.eras if era.duty.id == told.rule), None)
    last = (told.met_on - DAY) if told.met_on is not None else told.ended_on or course.as_at
    late = duty is not None and any(
        each.refused is None and told.due_on + DAY in each and last in each for each in excusals(course, duty)
    )
    return replace(told, status=Status.EXCUSED) if late else told


def _changes_nothing(excusal: Excusal) -> str:
    days = f"from {day(excusal.since)} to {day(excusal.until)}"
    return f"It was excused {days}, {excusal.refused}, which changes nothing."
