"""What is told of how a rule is judged for somebody: by an arrangement that runs or changes nothing, or pro rata."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain import wording
from app.domain.calendar import DAY, Interval
from app.domain.eras import Course
from app.domain.obligations import Arrangement, Verdict, reference
from app.domain.wording import day


def arranged(course: Course, verdict: Verdict) -> Verdict:
    """The verdict, with the arrangement that runs; it may read differently once that is over."""
    under = course.era.arranged
    if under is None or not under.terms:
        verdict = _part_time(course, verdict)
    if under is None:
        return verdict
    approved, said = under.approved, under.approved.fact.data
    until = "" if approved.ends is None else f" to {day(approved.ends)}"
    whose = f"An approved arrangement{' for the team' if approved.of_team else ''}"
    parts = [verdict.why]
    if under.terms:
        parts.append(f"{whose} applies from {day(approved.since)}{until}: {_listed(under.terms)}.")
    if under.not_theirs and approved.approver is not None:
        by = approved.approver.instead_of(under.not_theirs)
        parts.append(f"{whose} ({_listed(under.refused)}) was approved by {by}, so it changes nothing.")
    elif under.refused:
        parts.append(f"{whose} ({_listed(under.refused)}) is none that the policy allows, so it changes nothing.")
    terms = {name: str(value) for name, value in under.terms.items()}
    told = Arrangement(
        said["variation_id"], approved.since, approved.ends, said["approved_by"], terms, reference(approved.fact)
    )
    following = _next(verdict.next_on, approved.ends, course.as_at)
    return replace(verdict, why=" ".join(parts), arrangement=told, next_on=following)


def _part_time(course: Course, verdict: Verdict) -> Verdict:
    """The verdict, saying of what part of full time its numbers are."""
    part = course.era.span.stretch.situation.get("fte")
    if not course.era.duty.pro_rata or part is None or not 0 < Decimal(str(part)) < 1 or not verdict.why:
        return verdict
    return replace(verdict, why=f"{verdict.why} That is pro rata, for {part} of full time.")


def _next(following: date | None, ends: date | None, on: date) -> date | None:
    days = [each for each in (following, None if ends is None else ends + DAY) if each is not None and each > on]
    return min(days, default=None)


def _listed(terms: Mapping[str, Any]) -> str:
    return wording.listed([_term(name, value) for name, value in terms.items()])


def _term(name: str, value: Any) -> str:
    if name == "every" and isinstance(value, Interval):
        return wording.every(value)
    return f"{wording.field(name)} {value}"
