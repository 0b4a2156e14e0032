"""What a picture tells of one subject, gathered from its facts: what happened, and how each rule stood from day to day.

Everything here comes from `timeline`, `past` and `assess`; nothing is judged anew, so the picture cannot say anything
else than the answers do.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.compliance import assess, past
from app.domain.history import History, Spell, Subject
from app.domain.looking import Look
from app.domain.obligations import Finding, Obligation, PolicyInForce, TimelineRow
from app.domain.policy.adopted import pack_of
from app.domain.policy.patterns import Force, Status
from app.domain.policy.shapes import Duty
from app.domain.timelines import timeline
from app.events.facts import Fact, Facts
from app.pictures.scale import Period


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened on a day."""

    on: date
    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lane:
    """One rule: how it stood from day to day, and its obligations, past and open. `finding`: as at the day, if any."""

    rule: str
    title: str
    clause: str
    force: Force
    finding: Finding | None
    rows: tuple[TimelineRow, ...]
    obligations: tuple[Obligation, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """All that is drawn of one subject in one period, as at one day. Rows after that day: if nothing happens."""

    subject: Subject
    as_at: date
    known: str | None
    """In words, what the story rests on where that is not all that is known."""
    period: Period
    status: Status
    why: str | None
    policies: tuple[PolicyInForce, ...]
    marks: tuple[Mark, ...]
    absences: tuple[Spell, ...]
    lanes: tuple[Lane, ...]


def story(
    subject: Subject,
    facts: Facts,
    as_at: date,
    period: Period,
    *,
    known: str | None = None,
    clauses: Collection[str] = (),
    not_applicable: bool = False,
) -> Story:
    """The story of the subject; of certain clauses, or of all rules that apply. Raises `FactsNeeded`."""
    assessment = assess(subject, facts, as_at)
    seen = facts.as_at(as_at)
    return Story(
        subject=subject,
        as_at=as_at,
        known=known,
        period=period,
        status=assessment.status,
        why=assessment.why,
        policies=assessment.policies,
        marks=tuple(_marks(seen(subject.tag), as_at, period)),
        absences=_absences(subject, seen, as_at, period),
        lanes=tuple(_lanes(subject, facts, as_at, period, assessment.findings, clauses, not_applicable)),
    )


def _marks(told: Iterable[Fact], as_at: date, period: Period) -> Iterator[Mark]:
    for fact in told:
        if fact.on is not None and fact.on <= as_at and fact.on in period:
            yield Mark(fact.on, fact.type, fact.data)


def _absences(subject: Subject, seen: Facts, as_at: date, period: Period) -> tuple[Spell, ...]:
    if subject.kind != "worker":
        return ()
    spells = History(subject, Look(seen), as_at, types=frozenset()).absences
    return tuple(s for s in spells if s.since <= period.last and (s.until is None or s.until >= period.first))


def _lanes(
    subject: Subject,
    facts: Facts,
    as_at: date,
    period: Period,
    findings: Iterable[Finding],
    clauses: Collection[str],
    not_applicable: bool,
) -> Iterator[Lane]:
    """In the order of the policies, those that have something to show in the period."""
    said = {finding.rule: finding for finding in findings}
    obligations = past(subject, facts, as_at)
    by_rule: dict[str, list[TimelineRow]] = {}
    for row in timeline(subject, facts, as_at):
        in_period = row.from_on <= period.last and (row.until_on is None or row.until_on >= period.first)
        if in_period and (not_applicable or row.status is not Status.NOT_APPLICABLE):
            by_rule.setdefault(row.rule, []).append(row)
    for rule, duty in _duties(facts.as_at(as_at)("council/policies")):
        finding = said.get(rule)
        answered = {rule, *duty.answers, *(finding.clauses if finding else ())}
        if rule in by_rule and (not clauses or not answered.isdisjoint(clauses)):
            known = (*obligations.get(rule, ()), *_open(finding))
            drawn = {(o.opened_on, o.due_on, o.met_on): o for o in reversed(known) if _touches(o, period)}
            yield Lane(
                rule, duty.title, duty.clause, duty.force, finding, tuple(by_rule[rule]),
                tuple(sorted(drawn.values(), key=lambda o: (o.opened_on, o.due_on or date.max, o.met_on or date.max))),
            )  # fmt: skip


def _duties(told: Iterable[Fact]) -> Iterator[tuple[str, Duty]]:
    """Every rule and row of the policies once, as the last of them words it."""
    packs = [pack_of(fact.data["policy"]) for fact in told if fact.type == "PolicyAdopted"]
    yield from {duty.id: duty for pack in packs for rule in pack.rules for duty in rule.duties}.items()


def _open(finding: Finding | None) -> Iterator[Obligation]:
    """What is open on the day itself: each item where there are several, else what the finding says."""
    if finding is None:
        return
    for item in finding.items:
        yield Obligation(finding.rule, item.opened_on, item.target_on, item.due_on, item.met_on, item.status)
    if not finding.items and finding.opened_on is not None and finding.due_on is not None:
        yield Obligation(
            finding.rule, finding.opened_on, finding.target_on, finding.due_on, finding.met_on, finding.status
        )


def _touches(obligation: Obligation, period: Period) -> bool:
    last = max(day for day in (obligation.opened_on, obligation.due_on, obligation.met_on) if day is not None)
    return obligation.opened_on <= period.last and last >= period.first
