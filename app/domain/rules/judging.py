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
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import AsRequired, Block, Exists, InWindows, Rolling, Within
from app.domain.rules import as_required, existing, rolling, rolling_words, windows, within
from app.domain.rules.feeds import confirmed
from app.domain.wording import day

Judge = Callable[[Course], Verdict]
Past = Callable[[Course], Iterator[Obligation]]

KINDS: Final[dict[type[Block], tuple[Judge, Past]]] = {
    Rolling: (rolling_words.judge, rolling.past),
    InWindows: (windows.judge, windows.past),
    Within: (within.judge, within.past),
    Exists: (existing.judge, existing.past),
    AsRequired: (as_required.judge, as_required.past),
}


def judge(course: Course) -> Verdict:
    """The verdict on the duty in force on the day; `course.era` must be in force."""
    try:
        verdict = KINDS[type(course.era.block)][0](course)
    except CalendarSilent as silent:
        why = f"The working-day calendar says nothing about {day(silent.day)}, so the date cannot be counted."
        return Verdict(Status.NOT_ASSESSABLE, why, code="calendar_silent")
    return _coded(course, _ours(course, _proven(course, _clear(course, verdict))))


def past(course: Course) -> list[Obligation]:
    """The past obligations of all eras, oldest first; none where the calendar does not reach."""
    found: list[Obligation] = []
    for eras in _of_one_kind(course):
        try:
            found += KINDS[type(eras.era.block)][1](eras)
        except CalendarSilent:
            continue
    return found


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
    if not late or not isinstance(block, Rolling | InWindows) or verdict.opened_on is None:
        return verdict
    since = verdict.opened_on + DAY if isinstance(block, Rolling) else verdict.opened_on
    found = next(course.history.unclear(pack, block.event, course.words.knows_code, since), None)
    if found is None:
        return verdict
    fact, field = found
    what = wording.called(resolved(pack, block.event))
    why = (
        f"{verdict.why} But a {what} of {day(fact.on or since)} has the {field} `{fact.get(field)}`, which no policy "
        "in use knows, so it is not known whether it counts."
    )
    put_right = f"A known {field} for that {what}, or a policy that names this one."
    return replace(
        verdict, status=Status.NOT_ASSESSABLE, code="unknown_code", why=why, days_late=None, put_right=put_right
    )


def _proven(course: Course, verdict: Verdict) -> Verdict:
    """Past its date without a confirmed feed, it is not known whether it happened."""
    feed = course.era.duty.feed
    missed = {Status.BREACHED: verdict.due_on, Status.TOLERATED: verdict.target_on}.get(verdict.status)
    if feed is None or missed is None or verdict.opened_on is None:
        return verdict
    if confirmed(course, feed, verdict.opened_on, missed):
        return verdict
    known = "Not known to have happened." if verdict.last is None else f"Last known on {day(verdict.last.on)}."
    return replace(
        verdict,
        status=Status.NOT_ASSESSABLE,
        code="feed_not_confirmed",
        why=f"{known} It was due by {day(missed)}. The feed `{feed}` is not confirmed complete up to that day, "
        "so nobody can tell from here whether it happened.",
        days_late=None,
        put_right=f"What is missing, or a FeedConfirmed for `{feed}` that reaches {day(missed)}.",
    )


def _ours(course: Course, verdict: Verdict) -> Verdict:
    """A limit that the policy does not set never says worse than `tolerated`."""
    if not course.era.duty.policy_silent or verdict.status is not Status.BREACHED:
        return verdict
    why = f"{verdict.why} The policy itself sets no such limit."
    return replace(verdict, status=Status.TOLERATED, why=why, code=None)


def _coded(course: Course, verdict: Verdict) -> Verdict:
    code = course.era.duty.codes.get(verdict.status)
    return verdict if code is None or verdict.code is not None else replace(verdict, code=code)
