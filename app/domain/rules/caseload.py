"""`at_most: {cases: 20}`: no more open cases than so many on any day; one obligation for each time with more.

What an earlier version of the policy allowed stays allowed until there are fewer; one more is then too many.
"""

from collections.abc import Iterator, Sequence

from app.domain import wording
from app.domain.calendar import DAY
from app.domain.eras import Course, Era
from app.domain.obligations import Obligation, Verdict
from app.domain.policy.measured import CasesAtMost
from app.domain.policy.patterns import Status
from app.domain.wording import day


def judge(course: Course) -> Verdict:
    """The verdict on the number of cases on the day."""
    cases, most, on = _cases(course.era), _most(course.era), course.as_at
    why = f"Leads {wording.counted(cases, 'open case')} on {day(on)}. The policy allows no more than {most}"
    over = [eras for eras in _times(course.run) if eras[-1] is course.era]
    if not over:
        newly = "" if cases <= most else "; those there were before that was set are allowed until there are fewer"
        return Verdict(Status.MET, f"{why}{newly}.", opened_on=course.era.since, count=cases, allowed=most)
    since = over[0][0].since
    moved = wording.counted(cases - most, "case")
    return Verdict(
        status=Status.BREACHED,
        why=f"{why}: {cases - most} too many, since {day(since)}.",
        opened_on=since,
        due_on=since - DAY,
        days_late=(on - since + DAY).days,
        put_right=f"{wording.sentence(moved)} to be closed or to be led by somebody else.",
        count=cases,
        allowed=most,
    )


def past(course: Course) -> Iterator[Obligation]:
    """Each time with more cases than allowed."""
    for run in course.runs():
        for eras in _times(run):
            first, last = eras[0].since, eras[-1].last_day(course.as_at)
            over = last < course.as_at
            goes_on = any(era.since == last + DAY for era in run)
            met_on = last + DAY if over and goes_on else None
            status = Status.BREACHED if met_on is None else Status.LATE_MET
            ended = last if over and met_on is None else None
            yield Obligation(eras[0].duty.id, first, None, first - DAY, met_on, status, (), ended)


def _times(run: Sequence[Era]) -> list[list[Era]]:
    """The eras with more than allowed, those that follow one another together."""
    found: list[list[Era]] = []
    before: Era | None = None
    allowed, over = 0, False
    for era in run:
        lowered = before is not None and not over and _most(era) < _most(before)
        allowed = max(_cases(before) if lowered and before is not None else min(allowed, _cases(era)), _most(era))
        went_on, over = over, _cases(era) > allowed
        if over:
            found[-1:] = [[*found[-1], era]] if went_on else [*found[-1:], [era]]
        before = era
    return found


def _cases(era: Era) -> int:
    return int(era.span.stretch.situation.get("caseload", 0))


def _most(era: Era) -> int:
    if not isinstance(era.block, CasesAtMost):
        raise TypeError(f"{era.duty.id} allows any number of cases")
    return era.block.cases
