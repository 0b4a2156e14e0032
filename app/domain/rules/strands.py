"""`all_of`, `any_of`: several strands of one rule, each judged as a rule by itself would be, and put together.

Of all strands the worst holds; of alternatives the best, and of two that are due the one that is due later. What is
not yet applicable decides only where nothing else is. Where a later version of the policy names a strand as before its
clock runs on; a strand that is new, or asks for something of another kind, begins anew. An alternative was late only
while all of them were.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from app.domain.calendar import DAY
from app.domain.eras import Course, Era
from app.domain.obligations import Obligation, Verdict, rank
from app.domain.policy.patterns import Status
from app.domain.policy.stranded import Strand, Strands
from app.domain.rules.excusing import excused
from app.domain.wording import sentence

Judge = Callable[[Course], Verdict]
Past = Callable[[Course], list[Obligation]]
_ASIDE = frozenset({Status.NOT_YET_APPLICABLE, Status.NOT_APPLICABLE, Status.AS_REQUIRED})
_LATE = frozenset({Status.BREACHED, Status.LATE_MET, Status.TOLERATED})


def judge(course: Course, alone: Judge) -> Verdict:
    """What the strands come to together; `alone` judges one."""
    strands = _strands(course.era)
    each = {strand.called: _judged(_of(course, strand.called), strand, alone) for strand in strands.of}
    deciding = [one for one in each.values() if one.status not in _ASIDE] or list(each.values())
    if strands.needed == "all":
        chosen = min(deciding, key=lambda one: (rank(one.status), one.due_on or date.max))
    else:
        chosen = max(deciding, key=lambda one: (rank(one.status), one.due_on or date.min))
    return replace(
        chosen,
        why=_why(strands, each),
        evidence=tuple(dict.fromkeys(reference for one in each.values() for reference in one.evidence)),
        put_right=_put_right(strands, each, chosen),
        items=tuple(item for one in each.values() for item in one.items),
        next_on=min((one.next_on for one in each.values() if one.next_on is not None), default=None),
    )


def _judged(course: Course, strand: Strand, alone: Judge) -> Verdict:
    """What one strand comes to by itself; it may be excused by itself."""
    return alone(course) if strand.excusals is None else excused(course, alone(course))


def past(course: Course, alone: Past) -> Iterator[Obligation]:
    """The obligations of all strands; of alternatives those that were met, and the times when none was kept."""
    found = [alone(_of(course, strand.called)) for strand in _strands(course.era).of]
    if _strands(course.era).needed == "all":
        yield from (one for each in found for one in each)
        return
    yield from (one for each in found for one in each if one.status is Status.MET)
    late = [_late(each) for each in found]
    together = late[0]
    for others in late[1:]:
        together = [both for one in together for other in others if (both := one.with_other(other)) is not None]
    yield from (each.as_obligation(course.era.duty.id) for each in together)


class _Late(NamedTuple):
    """Days on which a strand was late, the last one included (None: it still is)."""

    opened_on: date
    first: date
    last: date | None
    ended_on: date | None

    def with_other(self, other: "_Late") -> "_Late | None":
        """The days on which both were."""
        first = max(self.first, other.first)
        lasts = [last for last in (self.last, other.last) if last is not None]
        last = min(lasts, default=None)
        ended = min((on for on in (self.ended_on, other.ended_on) if on is not None), default=None)
        if last is not None and last < first:
            return None
        return _Late(min(self.opened_on, other.opened_on), first, last, ended)

    def as_obligation(self, rule: str) -> Obligation:
        """The obligation that was then late."""
        met_on = None if self.last is None or self.last == self.ended_on else self.last + DAY
        status = Status.BREACHED if met_on is None else Status.LATE_MET
        ended = self.ended_on if met_on is None else None
        return Obligation(rule, self.opened_on, None, self.first - DAY, met_on, status, (), ended)


def _late(told: Sequence[Obligation]) -> list[_Late]:
    found = []
    for one in told:
        if one.status in _LATE and one.due_on is not None:
            last = one.ended_on if one.met_on is None else one.met_on - DAY
            found.append(_Late(one.opened_on, one.due_on + DAY, last, one.ended_on))
    return [each for each in found if each.last is None or each.first <= each.last]


def _strands(era: Era) -> Strands:
    if not isinstance(era.block, Strands):
        raise TypeError(f"{era.duty.id} has no strands")
    return era.block


def _of(course: Course, called: str) -> Course:
    """The eras of one strand, as far back as it was asked in the same way."""
    eras: list[Era] = []
    for era in reversed(course.eras):
        strand = era.block.named(called) if isinstance(era.block, Strands) else None
        if strand is None or (eras and type(strand.block) is not type(eras[0].block)):
            break
        duty = era.duty if strand.excusals is None else era.duty.model_copy(update={"excusals": strand.excusals})
        eras.insert(0, replace(era, duty=duty, block=strand.block))
    return replace(course, eras=[replace(eras[0], fresh=True), *eras[1:]])


# --- in words ---------------------------------------------------------------------------------------------------------


def _why(strands: Strands, each: dict[str, Verdict]) -> str:
    asked = "all of these" if strands.needed == "all" else "one of these"
    told = " ".join(f"{sentence(called)}: {one.why}" for called, one in each.items())
    return f"The policy asks for {asked}. {told}"


def _put_right(strands: Strands, each: dict[str, Verdict], chosen: Verdict) -> str | None:
    open_ones = {called: one for called, one in each.items() if one.put_right and one.status is not Status.MET}
    if strands.needed == "any":
        open_ones = {called: one for called, one in open_ones.items() if chosen.status is not Status.MET}
    return " ".join(f"{sentence(called)}: {one.put_right}" for called, one in open_ones.items()) or None
