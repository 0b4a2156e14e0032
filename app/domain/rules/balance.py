"""`balance`: the open cases of a team, split equally between certain posts, as they stand on the day.

A case counts to the post of whoever supervises it. It is unequal only when both limits of the tolerance are passed.
Nothing is judged while a post is vacant or no case is known. A case of which it is not known who supervises it may be
anybody's: the split is `met` or `breached` only if it would be so wherever those cases were counted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as made_of
from datetime import date
from typing import Final

from app.domain.calendar import DAY, add
from app.domain.eras import Course, Era
from app.domain.history import STRUCTURE, History, Subject
from app.domain.obligations import Obligation, Reference, Share, Split, Verdict, reference
from app.domain.policy.balances import Balance
from app.domain.policy.patterns import Status
from app.domain.rules.shares import difference, moves_needed, surely_equal, surely_unequal
from app.domain.teams import Team, team_of
from app.domain.wording import counted, day, field, listed

_OTHERS: Final = ""
"""In place of a post: somebody who is known to hold none of them."""
_MOST_NAMED: Final = 5


@dataclass(slots=True)
class _Count:
    """The team's open cases on the day: how many each post has, and what is not known."""

    block: Balance
    as_at: date
    holders: Mapping[str, tuple[str, ...]]
    cases: dict[str, int]
    delivered: Mapping[str, int] | None
    others: int = 0
    not_known: list[str] = made_of(default_factory=list)
    evidence: dict[Reference, None] = made_of(default_factory=dict)

    @property
    def total(self) -> int:
        """The cases of all posts together."""
        return sum(self.cases.values())

    @property
    def vacant(self) -> list[str]:
        """The posts that nobody is known to hold."""
        return [role for role, holders in self.holders.items() if not holders]


def judge(course: Course) -> Verdict:
    """The verdict on the split as at the day."""
    block = _block(course.era)
    team = team_of(course.history, block.counted_through)
    count = _counted(course, team, block)
    status, code = _status(count)
    until = team.next_last_day(course.as_at)
    return Verdict(
        status=status,
        code=code,
        why=f"{_why(count, status, code)}{_beside(count)}",
        evidence=tuple(count.evidence),
        put_right=_put_right(count, status, code),
        split=_split(count),
        next_on=None if until is None else until + DAY,
    )


def past(_: Course) -> Iterator[Obligation]:
    """None: a split is a state of each day and opens no obligation; the timeline keeps what it was."""
    return iter(())


def _block(era: Era) -> Balance:
    if not isinstance(era.block, Balance):
        raise TypeError(f"{era.duty.id} splits nothing")
    return era.block


def _counted(course: Course, team: Team, block: Balance) -> _Count:
    as_at, posts = course.as_at, _Posts(course, team, block)
    holders = {role: team.holders(role, as_at) for role in block.between}
    count = _Count(block, as_at, holders, dict.fromkeys(block.between, 0), _delivered(course, team, block, posts))
    for case, is_open in team.open_cases(as_at).items():
        found = posts.of_case(case) if is_open else None
        if found is None:
            count.not_known.append(case)
            continue
        role, evidence = found
        count.evidence |= dict.fromkeys(evidence)
        if role == _OTHERS:
            count.others += 1
        else:
            count.cases[role] += 1
    return count


@dataclass(frozen=True, slots=True)
class _Posts:
    """To which post something counts."""

    course: Course
    team: Team
    block: Balance

    def of_case(self, case: str) -> tuple[str, tuple[Reference, ...]] | None:
        """The post to which the case counts on the day, with what says so; None where that is not known."""
        as_at = self.course.as_at
        found = self.team.responsible(case, as_at)
        if found is None:
            return None
        who, told = found
        strand = self.block.counted_through.get(self.team.worker(who).situation(as_at).get("role", ""))
        if strand is not None:
            further = self.team.worker(who).supervisor(strand, as_at)
            if further is None:
                return None
            who, told = further.supervisor, (*told, further.told)
        role = self.of_worker(who, as_at)
        return None if role is None else (role, tuple(reference(fact) for fact in told))

    def of_worker(self, who: str, on: date) -> str | None:
        """The post that somebody holds in this team; None where that is not known."""
        situation = self.team.worker(who).situation(on)
        role = situation.get("role")
        if role is None or not self.course.words.knows("role", role, situation):
            return None
        if role not in self.block.between:
            return _OTHERS
        team = situation.get("team")
        return None if team is None else str(role) if team == self.team.id else _OTHERS


def _delivered(course: Course, team: Team, block: Balance, posts: _Posts) -> dict[str, int] | None:
    """How many sessions the holders of each post delivered of late for cases that were the team's on that day."""
    asked, look = block.delivered, course.history.look
    if asked is None or look.brief:
        return None
    told: dict[str, set[object]] = {role: set() for role in block.between}
    pack, working = course.era.span.version.pack, course.working_of(course.era)
    types = pack.types_about("team")
    look.at_all((f"case/{case}" for case in team.cases), types | STRUCTURE)
    for case in team.cases:
        own = History(Subject("case", case), look, course.as_at, types=types, told_until=course.history.until)
        for o in own.occurrences(pack, asked.event):
            who = o.fact.get("supervisor_id")
            if who is not None and add(asked.within, o.on, working) > course.as_at and team.held(case, o.on):
                role = posts.of_worker(who, o.on) or _OTHERS
                told.get(role, set()).add(o.fact.get("session_id") or (o.fact.source, o.fact.id))
    return {role: len(sessions) for role, sessions in told.items()}


def _status(count: _Count) -> tuple[Status, str]:
    cases, unknown, within = tuple(count.cases.values()), len(count.not_known), count.block.tolerance
    if count.vacant:
        return Status.NOT_ASSESSABLE, "vacant"
    if not count.total:
        return Status.NOT_ASSESSABLE, "not_known" if unknown else "no_cases"
    if surely_equal(cases, unknown, within):
        return Status.MET, "balanced"
    if surely_unequal(cases, unknown, within):
        return Status.BREACHED, "unbalanced"
    return Status.NOT_ASSESSABLE, "not_known"


def _split(count: _Count) -> Split:
    asked = count.block.delivered
    delivered = count.delivered or {}
    shares = tuple(
        Share(role, count.holders[role], cases, _percent(cases, count.total), delivered.get(role))
        for role, cases in count.cases.items()
    )
    apart = difference(tuple(count.cases.values()))
    points, within = _percent(apart, count.total), None if asked is None else str(asked.within)
    return Split(shares, apart, points, count.others, tuple(count.not_known), within)


def _percent(cases: int, total: int) -> float | None:
    return round(100 * cases / total, 1) if total else None


# --- in words ---------------------------------------------------------------------------------------------------------


def _why(count: _Count, status: Status, code: str) -> str:
    if code == "vacant":
        posts = listed([f"as {field(role)}" for role in count.vacant])
        return f"Nobody is known to be in this team {posts} on {day(count.as_at)}, so there is nobody to split with."
    if code == "no_cases":
        return f"{_beginning(count)}, so there is nothing to split."
    limits = count.block.tolerance
    apart = difference(tuple(count.cases.values()))
    points = "" if not count.total else f", {_whole(100 * apart / count.total)} percentage points"
    said = {
        "balanced": "That is split equally",
        "unbalanced": "That is not split equally",
        "not_known": "Whether that is split equally is not known",
    }
    allowed = f"{counted(limits.cases, 'case')} or {limits.points} percentage points"
    return (
        f"{_beginning(count)}.{_unknown(count, status)} The difference is {counted(apart, 'case')}{points}. "
        f"{said[code]}: a difference of up to {allowed} is allowed."
    )


def _beginning(count: _Count) -> str:
    """How many cases each post has."""
    shares = [
        f"{cases} with the {field(role)}" + (f" ({_whole(100 * cases / count.total)}%)" if count.total else "")
        for role, cases in count.cases.items()
    ]
    every = count.total + count.others + len(count.not_known)
    if not every:
        return f"No open case of this team is known on {day(count.as_at)}"
    others = [f"{count.others} with others, which count to neither"] if count.others else []
    unknown = [f"{len(count.not_known)} of which that is not known"] if count.not_known else []
    return f"{counted(every, 'open case')} on {day(count.as_at)}: {listed([*shares, *others, *unknown])}"


def _unknown(count: _Count, status: Status) -> str:
    if not count.not_known:
        return ""
    if status is not Status.NOT_ASSESSABLE:
        return " Wherever the cases that are not known were counted, the answer would be the same."
    named = count.not_known[:_MOST_NAMED]
    more = len(count.not_known) - len(named)
    return f" Not known is who supervises {listed([*named, f'{more} more'] if more else named)}."


def _beside(count: _Count) -> str:
    asked = count.block.delivered
    if asked is None or count.delivered is None:
        return ""
    held = [f"{number} by the {field(role)}" for role, number in count.delivered.items()]
    return f" Sessions held on its cases in the last {asked.within}, for information: {listed(held)}."


def _put_right(count: _Count, status: Status, code: str) -> str | None:
    match code:
        case "vacant":
            posts = listed([field(role) for role in count.vacant])
            return f"The {posts} of this team: who it is, from when."
        case "no_cases":
            return "The open cases of this team, each with the team it belongs to."
        case "not_known":
            return "Who supervises these cases: by the case itself, by its allocation, or by its worker's supervisor."
    if status is Status.MET:
        return None
    most, least = (choose(count.cases, key=count.cases.__getitem__) for choose in (max, min))
    moved = moves_needed(tuple(count.cases.values()), count.block.tolerance)
    return f"{counted(moved, 'case')} to move from the {field(most)} to the {field(least)}." if moved else None


def _whole(number: float) -> int:
    """Rounded as people do it: a half goes up."""
    return int(number + 0.5)
