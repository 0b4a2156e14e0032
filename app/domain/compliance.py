"""`assess`: what the adopted policies say of one subject on one day, and why. Pure: no I/O, no clock.

Exactly one finding for each rule (and each row of a table) of the policies in force that is about this kind of
subject, whatever it says. Only facts dated on or before the day are read. Where something must be known first (that
the worker started, which category the case has) the finding is `not_assessable` and says what is missing; where no
policy is known, the whole answer is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import Final

from app.domain.approving import approver
from app.domain.arranging import arrangements
from app.domain.calendar import WorkingDays
from app.domain.caseloads import with_caseload
from app.domain.eras import ROW_IN_FORCE, STAGES_NOT_BEGUN, STAGES_OVER, Course, Era, Scope
from app.domain.history import History, Subject
from app.domain.looking import Look
from app.domain.obligations import Assessment, Finding, Obligation, PolicyInForce, Verdict, worst
from app.domain.policy.adopted import pack_of
from app.domain.policy.patterns import Force, Status
from app.domain.policy.shapes import Duty, Pack, Row, Rule
from app.domain.rules import judging, stages, unjudged
from app.domain.scope import Version, Vocabulary, stretches, versions
from app.domain.staging import staging
from app.events.facts import Facts, Needs

ENGINE: Final = 3
"""Raised whenever any recorded history would be answered differently; each raise is explained in the CHANGELOG."""

COLOURS: Final = frozenset({Force.MUST, Force.SHOULD})
"""How strongly a rule must be meant to be the status of the whole."""


def assess(
    subject: Subject,
    facts: Facts,
    as_at: date,
    *,
    told_until: date | None = None,
    brief: bool = False,
    still: Mapping[tuple[str, str], Finding] = MappingProxyType({}),
) -> Assessment:
    """The assessment of the subject as at the day. Raises `FactsNeeded` for tags that were not loaded.

    `told_until` leaves out what is dated after it: how things will stand on `as_at` if nothing more happens. `brief`
    leaves out what is told beside status, code and dates, and costs facts of its own. `still` are findings of an
    earlier day, by policy and rule, that are known to read the same.
    """
    look = Look(facts.as_at(min(as_at, told_until or as_at)), brief=brief)
    matter = _matter(subject, look, as_at, told_until)
    in_force = [version for known in matter.policies.values() for version in known if _runs(version, as_at)]
    if not in_force:
        why = "No supervision policy is known to be in force on this day, so nothing can be judged."
        return Assessment(subject, as_at, Status.NOT_ASSESSABLE, (), (), "no_policy_known", why)
    findings = _all_findings(matter, in_force, still, (as_at, told_until, brief))
    return Assessment(
        subject=subject,
        as_at=as_at,
        status=worst(finding.status for finding in findings if finding.force in COLOURS),
        findings=findings,
        policies=tuple(PolicyInForce(v.pack.id, v.pack.version, v.since) for v in in_force),
    )


def past(subject: Subject, facts: Facts, as_at: date) -> dict[str, tuple[Obligation, ...]]:
    """Every past obligation of each rule, also of those that apply no more; rules without any are left out.

    An obligation is past when it was met, fell away late, or is open and late. Raises `FactsNeeded`.
    """
    matter = _matter(subject, Look(facts.as_at(as_at)), as_at, None)
    found: dict[str, list[Obligation]] = {}
    for eras in matter.scope.eras.values():
        for obligation in judging.past(matter.course(eras)):
            found.setdefault(obligation.rule, []).append(obligation)
    return {rule: tuple(sorted(each, key=lambda o: (o.opened_on, o.met_on or as_at))) for rule, each in found.items()}


def policies_in_force(facts: Facts, as_at: date) -> tuple[Pack, ...]:
    """The packs that a council had in force on the day."""
    known = versions(facts.as_at(as_at)("council/policies"), pack_of, as_at)
    return tuple(version.pack for each in known.values() for version in each if _runs(version, as_at))


@dataclass(slots=True)
class _Matter:
    """Everything that the rules of one subject share on one day."""

    history: History
    policies: Mapping[str, list[Version]]
    scope: Scope
    _calendars: dict[str, WorkingDays] = field(default_factory=dict)

    def course(self, eras: list[Era]) -> Course:
        """The eras of one series, with what it takes to judge them."""
        return Course(self.history, eras, self.working_days, self.scope.words)

    def working_days(self, name: str) -> WorkingDays:
        """The council's working-day calendar of that name, as adopted by the day."""
        if name not in self._calendars:
            told = [fact.data for fact in self.history.look.at("council/calendars") if fact.type == "CalendarAdopted"]
            begun = [data for data in told if data["applies_from"] <= self.history.until.isoformat()]
            kept = self.history.look.facts.kept
            same: tuple[object, WorkingDays] | None = kept.get((WorkingDays, name))
            if same is None or same[0] != begun:
                same = kept[WorkingDays, name] = (begun, WorkingDays.adopted(begun, calendar_id=name))
            self._calendars[name] = same[1]
        return self._calendars[name]


def _matter(subject: Subject, look: Look, as_at: date, told_until: date | None) -> _Matter:
    policies = versions(look.at("council/policies"), pack_of, min(as_at, told_until or as_at))
    known = [version for each in policies.values() for version in each]
    about = [version.pack.about(subject.kind) for version in known]
    history = History(subject, look, as_at, about=about, told_until=told_until)
    return _Matter(history, policies, _scope(history, known))


def _scope(history: History, known: Sequence[Version]) -> Scope:
    """The eras; those worked out for another day, where neither the subject nor the policies are told differently."""
    lived, kept = stretches(history), history.look.facts.kept
    if history.subject.kind == "worker" and any(version.pack.about("worker").caseload for version in known):
        lived = with_caseload(history, lived)
    asked = any(version.pack.approvers_of for version in known)
    arranged = arrangements(history, lived, partial(approver, history, _words(known)) if asked else None)
    staged = staging(history, known, lived)
    told = [arranged, staged, *((version.pack, version.since, version.until) for version in known)]
    before: tuple[object, Scope] | None = kept.get(_SCOPE)
    if before is None or before[0] != (told, lived):
        scope = Scope(_words(known), history.as_at, lived, arranged, staged)
        for version in known:
            for rule in version.pack.rules:
                if history.subject.kind in rule.subjects:
                    scope.add(version, rule)
        before = kept[_SCOPE] = (told, lived), scope
    return before[1].on(history.as_at)


def _words(known: Sequence[Version]) -> Vocabulary:
    return Vocabulary.of(version.pack for version in known)


_SCOPE: Final = "the scope of the day before"


def _runs(version: Version, on: date) -> bool:
    return version.since <= on and (version.until is None or on <= version.until)


def _all_findings(
    matter: _Matter,
    in_force: Sequence[Version],
    still: Mapping[tuple[str, str], Finding],
    question: tuple[date, date | None, bool],
) -> tuple[Finding, ...]:
    """Those of all policies. Where some lack facts, the others are kept until the same question is asked with them."""
    kept, needs = matter.history.look.facts.kept, Needs()
    asked, said = kept.pop(_UNFINISHED, (None, {}))
    still = {**still, **said} if asked == question else still
    findings = tuple(finding for version in in_force for finding in _findings(matter, version, still, needs))
    if needs.tags:
        kept[_UNFINISHED] = question, {(finding.policy, finding.rule): finding for finding in findings}
    needs.check()
    return findings


_UNFINISHED: Final = "what was said before more facts were needed"


def _findings(
    matter: _Matter, version: Version, still: Mapping[tuple[str, str], Finding], needs: Needs
) -> Iterator[Finding]:
    """One of each rule and row, `needs` aside: a rule that lacks facts stops no other from saying what it lacks."""
    policy = version.pack.id
    for rule, row in version.pack.duties_about(matter.history.subject.kind):
        found = still.get((policy, rule.id if row is None else row.id))
        if found is None:
            with needs:
                found = _of_rule(matter, version, rule) if row is None else _of_row(matter, version, rule, row)
        if found is not None:
            yield found


def _of_rule(matter: _Matter, version: Version, rule: Rule) -> Finding:
    if rule.table is not None:
        return _of_table(matter, version, rule)
    eras = matter.scope.in_force(version.pack.id, rule.id, "", rule.id)
    if eras is not None:
        return _finding(version, rule, judging.judge(matter.course(eras)))
    fit = matter.scope.fits.get((version.pack.id, rule.id))
    if fit in (STAGES_NOT_BEGUN, STAGES_OVER):
        return _finding(version, rule, stages.without(version.pack, rule, fit))
    return _finding(version, rule, unjudged.of_rule(matter.history, matter.scope.stretches, rule, fit))


def _of_row(matter: _Matter, version: Version, rule: Rule, row: Row) -> Finding:
    """A row that is not in force answers for nothing but itself, except the one that was when the case was closed."""
    series = (version.pack.id, rule.id, row.series, row.id)
    if series[:3] in matter.scope.eras:
        eras = matter.scope.in_force(*series)
        if eras is not None:
            return _finding(version, row, judging.judge(matter.course(eras)))
        if matter.scope.ended_with(*series):
            return _finding(version, row, unjudged.ended(matter.history, matter.scope.stretches))
    kept = matter.history.look.facts.kept
    same: tuple[Row, Finding] | None = kept.get(id(row))
    if same is None:
        same = kept[id(row)] = (row, _finding(version, row, unjudged.of_row(), clauses=(row.id,)))
    return same[1]


def _of_table(matter: _Matter, version: Version, rule: Rule) -> Finding:
    """The table's own rule: what is to be said of a case that no row names, or not yet."""
    fit = matter.scope.fits.get((version.pack.id, rule.id))
    if fit == ROW_IN_FORCE:
        return _finding(version, rule, unjudged.row_in_force())
    said = unjudged.of_rule(matter.history, matter.scope.stretches, rule, fit)
    block = rule.table.provisional if rule.table is not None else None
    clock = "" if block is None else block.clock(rule.id)
    provisional = matter.scope.in_force(version.pack.id, rule.id, clock, rule.id)
    if provisional is not None:
        said = unjudged.provisionally(said, judging.judge(matter.course(provisional)), matter.history.as_at)
    elif not matter.scope.stretches:
        said = unjudged.before_opening(matter.history, version.pack, rule, said)
    return _finding(version, rule, said)


def _finding(version: Version, duty: Duty, verdict: Verdict, clauses: tuple[str, ...] | None = None) -> Finding:
    applies = verdict.status is not Status.NOT_APPLICABLE
    return Finding(
        **vars(verdict) | {"policy_silent": duty.policy_silent or verdict.policy_silent},
        rule=duty.id,
        clauses=(duty.id, *duty.answers) if clauses is None else clauses,
        policy=version.pack.id,
        title=duty.title,
        clause=duty.clause,
        quote=duty.quote,
        force=duty.force,
        reading=_reading(version.pack, duty) if applies and duty.readings else None,
        owed_by=duty.owed_by if applies else None,
    )


def _reading(pack: Pack, duty: Duty) -> str:
    known = [(key, pack.readings[key]) for key in duty.readings if key in pack.readings]
    return "; ".join(f"{reading.phrase} = {reading.taken} ({key})" for key, reading in known)
