"""`at_most: {cases: 20}`: no more open cases than so many on any day; one obligation for each time with more."""

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
    if cases <= most:
        return Verdict(Status.MET, f"{why}.", opened_on=course.era.since, count=cases, allowed=most)
    since = _times(course.run)[-1][0].since
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
    for at, era in enumerate(run):
        if _cases(era) > _most(era):
            if at and _cases(run[at - 1]) > _most(run[at - 1]):
                found[-1].append(era)
            else:
                found.append([era])
    return found


def _cases(era: Era) -> int:
    return int(era.span.stretch.situation.get("caseload", 0))


def _most(era: Era) -> int:
    if not isinstance(era.block, CasesAtMost):
        raise TypeError(f"{era.duty.id} allows any number of cases")
    return era.block.cases
