"""One door to all kinds of rule: the verdict on a series, and its past obligations.

What holds for every kind is added here: events under codes that nobody knows, silence that proves nothing, limits that
are ours and not the policy's, a working-day calendar that does not reach, and the codes that a pack gives to statuses.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from app.domain import wording
from app.domain.calendar import DAY, CalendarSilent
from app.domain.eras import Course
from app.domain.obligations import Obligation, Verdict
from app.domain.policy.counted import Counted
from app.domain.policy.matching import resolved
from app.domain.policy.measured import CasesAtMost
from app.domain.policy.patterns import Force, Status
from app.domain.policy.shapes import (
    Always,
    AsRequired,
    AtLeast,
    AtMost,
    Balance,
    Block,
    Carried,
    Cover,
    Duty,
    Exists,
    InWindows,
    Latest,
    Never,
    Rolling,
    Within,
)
from app.domain.policy.stranded import Strands
from app.domain.rules import (
    always,
    as_required,
    balance,
    carried,
    caseload,
    ceiling,
    counted,
    cover,
    existing,
    latest,
    latest_words,
    never,
    quota_history,
    quota_words,
    rolling,
    rolling_words,
    strands,
    windows,
    within,
)
from app.domain.rules.arranged import arranged
from app.domain.rules.excusing import excused, excused_past
from app.domain.rules.feeds import covered_to, heard_of, says_itself
from app.domain.rules.own_terms import on_own_terms
from app.domain.rules.stages import in_stage
from app.domain.rules.uncertain import uncertain
from app.domain.wording import day

Judge = Callable[[Course], Verdict]
Past = Callable[[Course], Iterator[Obligation]]

KINDS: Final[dict[type[Block], tuple[Judge, Past]]] = {
    Rolling: (rolling_words.judge, rolling.past),
    InWindows: (windows.judge, windows.past),
    Counted: (counted.judge, counted.past),
    Within: (within.judge, within.past),
    Cover: (cover.judge, cover.past),
    Always: (always.judge, always.past),
    Never: (never.judge, never.past),
    Exists: (existing.judge, existing.past),
    AsRequired: (as_required.judge, as_required.past),
    Balance: (balance.judge, balance.past),
    AtMost: (ceiling.judge, ceiling.past),
    CasesAtMost: (caseload.judge, caseload.past),
    AtLeast: (quota_words.judge, quota_history.past),
    Carried: (carried.judge, carried.past),
    Latest: (latest_words.judge, latest.past),
}


def judge(course: Course) -> Verdict:
    """The verdict on the duty in force on the day; `course.era` must be in force."""
    if any(type(era.block) is not type(course.era.block) for era in course.eras):
        *_, course = _of_one_kind(course)
    verdict = strands.judge(course, _alone) if isinstance(course.era.block, Strands) else _alone(course)
    verdict = excused(course, _ours(course, verdict))
    return in_stage(course, arranged(course, _coded(course, on_own_terms(course, verdict))))


def _alone(course: Course) -> Verdict:
    """The verdict on one duty, or on one strand of several."""
    try:
        verdict = KINDS[type(course.era.block)][0](course)
    except CalendarSilent as silent:
        why = f"The working-day calendar says nothing about {day(silent.day)}, so the date cannot be counted."
        return Verdict(Status.NOT_ASSESSABLE, why, code="calendar_silent")
    return _proven(course, _clear(course, verdict))


def past(course: Course) -> list[Obligation]:
    """The past obligations of all eras, oldest first; none where the calendar does not reach."""
    found: list[Obligation] = []
    for eras in _of_one_kind(course):
        if isinstance(eras.era.block, Strands):
            found += strands.past(eras, past)
            continue
        try:
            found += [
                excused_past(eras, _ours_past(eras, _proven_past(eras, each)))
                for each in KINDS[type(eras.era.block)][1](eras)
            ]
        except CalendarSilent:
            continue
    return found


def _proven_past(course: Course, told: Obligation) -> Obligation:
    """What nobody confirmed was not late in the history either: it is not known."""
    era = next((era for era in course.eras if era.duty.id == told.rule), None)
    feed = None if era is None else era.duty.feed
    if era is None or feed is None or told.due_on is None or told.status not in (Status.BREACHED, Status.LATE_MET):
        return told
    if says_itself(course, era, told.opened_on):
        return told
    covered = covered_to(course, feed, told.opened_on)
    known = covered is not None and covered >= told.due_on
    return told if known else replace(told, status=Status.NOT_ASSESSABLE)


def _ours_past(course: Course, told: Obligation) -> Obligation:
    """What the policy sets no limit for, or only permits, was no breach in the history either."""
    gentle = told.status is Status.BREACHED and any(
        _is_gentle(era.duty) for era in course.eras if era.duty.id == told.rule and era.since <= told.opened_on
    )
    return replace(told, status=Status.TOLERATED) if gentle else told


def _is_gentle(duty: Duty) -> bool:
    return duty.policy_silent or duty.force is Force.MAY


def _of_one_kind(course: Course) -> Iterator[Course]:
    """The eras, parted where the kind of duty changes (there the clock begins anew)."""
    start = 0
    for at in range(1, len(course.eras) + 1):
        if at == len(course.eras) or type(course.eras[at].block) is not type(course.eras[start].block):
            yield replace(course, eras=course.eras[start:at])
            start = at


def _clear(course: Course, verdict: Verdict) -> Verdict:
    """What may have happened, under a code that nobody knows, is no breach and no success: it is not known."""
    block, pack = course.era.block, course.era.span.version.pack
    late = verdict.status in (Status.BREACHED, Status.TOLERATED)
    if not late or not isinstance(block, Rolling | InWindows | Counted | Latest) or verdict.opened_on is None:
        return verdict
    since = verdict.opened_on if isinstance(block, InWindows) else verdict.opened_on + DAY
    found = next(course.history.unclear(pack, block.event, course.words.knows_code, since), None)
    if found is None:
        return verdict
    return uncertain(verdict, *found, since)


def _proven(course: Course, verdict: Verdict) -> Verdict:
    """That it was not done in time is proved once the feed is confirmed up to that date; before, it is not known.

    A state that must always hold weighs silence itself.
    """
    feed = None if isinstance(course.era.block, Always) else course.era.duty.feed
    if feed is not None and verdict.status is Status.NOT_YET_APPLICABLE and isinstance(course.era.block, Within):
        return _silent(course, feed, verdict)
    due = verdict.due_again_on or verdict.due_on
    missed = {Status.BREACHED: due, Status.TOLERATED: verdict.target_on}.get(verdict.status)
    if feed is None or missed is None or verdict.opened_on is None:
        return verdict
    if says_itself(course, course.era, verdict.opened_on):
        return verdict
    since = min(verdict.opened_on, missed)  # the time in which a number is counted moves on past its being missed
    covered, name = covered_to(course, feed, since), wording.field(feed)
    if covered is not None and covered >= missed:
        after = " What happened after that is not known from here." if covered < course.as_at else ""
        why = f"{verdict.why} The {name} are confirmed complete up to {day(covered)}.{after}"
        return replace(verdict, why=why)
    block = course.era.block
    event = resolved(course.era.span.version.pack, block.event) if isinstance(block, Rolling | InWindows) else None
    last = f"{wording.last(event)} on {day(verdict.last.on)}. " if event and verdict.last else ""
    return replace(
        verdict,
        status=Status.NOT_ASSESSABLE,
        code="feed_not_confirmed",
        why=f"{last}It was due by {day(missed)}. The {name} are not confirmed complete up to that day, so it is not "
        "known from here whether it happened.",
        days_late=None,
        put_right=f"The {name} that were not sent, or word from their system that they are complete up to "
        f"{day(missed)}.",
    )


def _silent(course: Course, feed: str, verdict: Verdict) -> Verdict:
    """That there was nothing to answer is known only where the feed was confirmed at all since the rule applies."""
    if heard_of(course, feed, course.run[0].since):
        return verdict
    name = wording.field(feed)
    why = f"Nothing is known of it from here: the {name} were not confirmed complete."
    put_right = f"The {name} that were not sent, or word from their system up to which day they are complete."
    return Verdict(Status.NOT_ASSESSABLE, why, "feed_not_confirmed", put_right=put_right)


def _ours(course: Course, verdict: Verdict) -> Verdict:
    """A limit that the policy does not set, and what it only permits, never says worse than `tolerated`."""
    duty = course.era.duty
    if verdict.status is not Status.BREACHED or not _is_gentle(duty):
        return verdict
    said = "The policy itself sets no such limit." if duty.policy_silent else "The policy allows it and does not ask."
    items = tuple(
        replace(item, status=Status.TOLERATED, code=None) if item.status is Status.BREACHED else item
        for item in verdict.items
    )
    return replace(verdict, status=Status.TOLERATED, why=f"{verdict.why} {said}", code=None, items=items)


def _coded(course: Course, verdict: Verdict) -> Verdict:
    code = course.era.duty.codes.get(verdict.status)
    return verdict if code is None or verdict.code is not None else replace(verdict, code=code)
