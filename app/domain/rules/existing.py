"""`exists`: something must exist, and be made anew when something changes.

What is needed on a day follows from the post, the supervisor and the beginning of the rule: an event made on or after
them (and with that supervisor) meets it. `due` during the grace, then `breached`; `superseded` is said while an earlier
one no longer counts. The first supervisor is no change, and cover no longer than the rule ignores is none either. Where
no supervisor is known, what was agreed with anybody counts.
"""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from app.domain import wording
from app.domain.calendar import DAY, Interval, add
from app.domain.eras import Course, Era
from app.domain.obligations import Last, Obligation, Verdict, redated, reference, references
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Exists
from app.domain.rules.absence import away
from app.domain.supervisors import Supervision, Supervisors, supervisors
from app.domain.told import Occurrence
from app.domain.wording import day, days

NOTICE = Interval(7, "day")


class _Need(NamedTuple):
    """What must exist: made on or after `accepted_from`, with `supervisor` if one is known; owed since `opened_on`."""

    accepted_from: date
    opened_on: date
    supervisor: str | None
    because: str


class _State(NamedTuple):
    """Whether it exists on a day: by what, due when, and by which event if that ended the grace early."""

    met: Occurrence | None
    earlier: Occurrence | None
    due_on: date
    ended_by: Occurrence | None


def judge(course: Course) -> Verdict:
    """The verdict on what is needed on the day."""
    era, as_at = course.era, course.as_at
    told = _supervisors(course, era)
    need = _need(course, era, told, as_at)
    state = _state(course, era, need, as_at)
    status, code = _status(state, as_at)
    last = state.met or state.earlier
    late = (as_at - state.due_on).days if status is Status.BREACHED else None
    return Verdict(
        status=status,
        code=code,
        why=course.in_words(_why, course, need, state),
        opened_on=need.opened_on,
        due_on=state.due_on,
        met_on=None if state.met is None else state.met.on,
        days_late=late,
        last=None if last is None else Last(last.on, reference(last.fact)),
        evidence=() if state.met is None else references((state.met,)),
        put_right=None if state.met else course.in_words(_put_right, course, need, state),
        next_on=_next(course, era, told, state),
    )


def past(course: Course) -> Iterator[Obligation]:
    """One obligation for each change that called for a new one; the open one once it is late."""
    for era, need, last in _needs(course):
        state = _state(course, era, need, last)
        met_on = None if state.met is None else state.met.on
        if met_on is None and last <= state.due_on:
            continue
        in_time = met_on is not None and met_on <= state.due_on
        status = Status.MET if in_time else Status.BREACHED if met_on is None else Status.LATE_MET
        evidence = () if state.met is None else references((state.met,))
        ended_on = last if met_on is None and last < course.as_at else None
        yield Obligation(era.duty.id, need.opened_on, None, state.due_on, met_on, status, evidence, ended_on)


def _block(era: Era) -> Exists:
    if not isinstance(era.block, Exists):
        raise TypeError(f"{era.duty.id} asks for nothing to exist")
    return era.block


def _supervisors(course: Course, era: Era) -> Supervisors:
    strand = _block(era).with_supervisor
    return Supervisors((), ()) if strand is None else supervisors(course.history, strand)


def _needs(course: Course) -> Iterator[tuple[Era, _Need, date]]:
    """What was needed over time: the era, the need, and its last day."""
    days = [
        (on, era, told)
        for era in course.eras
        for told in (_supervisors(course, era),)
        for on in sorted(_turns(era, told, era.last_day(course.as_at)))
    ]
    needs = [(era, _need(course, era, told, on), on) for on, era, told in days]
    ends = [on - DAY for _, _, on in needs[1:]] + [course.era.last_day(course.as_at)] if needs else []
    merged: list[tuple[Era, _Need, date]] = []
    for (era, need, _), end in zip(needs, ends, strict=True):
        last = min(end, era.last_day(course.as_at))
        if merged and merged[-1][1] == need:
            merged[-1] = (*merged[-1][:2], last)
        else:
            merged.append((era, need, last))
    yield from merged


def _turns(era: Era, told: Supervisors, last: date) -> set[date]:
    """The days of the era on which something else may be needed."""
    block = _block(era)
    days = {era.since, *(one.since for one in told.permanent)}
    for one in told.interim:
        days.add(_counts_from(block, one))
        if one.until is not None:
            days.add(one.until + DAY)
    return {on for on in days if era.since <= on <= last}


def _counts_from(block: Exists, interim: Supervision) -> date:
    ignored = block.ignore_interim_up_to
    return interim.since if ignored is None else add(ignored, interim.since)


def _need(course: Course, era: Era, told: Supervisors, on: date) -> _Need:
    block = _block(era)
    run_since = next(other.since for other in reversed(course.eras) if other.fresh and other.since <= era.since)
    post = era.span.stretch.situation.get("post_since") if "new_post" in block.renewed_by else None
    interim, permanent = told.standing_in(on), told.in_post(on)
    first = told.permanent[0] if told.permanent else None
    causes: list[tuple[date, str]] = [] if post is None else [(post, "the post began")]
    causes.append((run_since, "the rule began to apply"))
    accepted = [post] if post is not None else []
    who: Supervision | None = permanent
    if interim is not None and _counts_from(block, interim) <= on and "change_of_supervisor" in block.renewed_by:
        who = interim
        causes.append((_counts_from(block, interim), "the cover became more than a short one"))
    elif permanent is not None and permanent is not first:
        causes.append((permanent.since, "the supervisor changed"))
    if who is not None and who is not first and "change_of_supervisor" in block.renewed_by:
        accepted.append(who.since)
    opened, because = max(causes, key=lambda cause: cause[0])
    return _Need(max(accepted, default=date.min), opened, None if who is None else who.supervisor, because)


def _state(course: Course, era: Era, need: _Need, on: date) -> _State:
    block, pack = _block(era), era.span.version.pack
    made = [o for o in course.history.occurrences(pack, block.event) if o.on <= on]
    counting = [
        o for o in made
        if o.on >= need.accepted_from and need.supervisor in (None, o.fact.get("supervisor_id"))
    ]  # fmt: skip
    due = _due(course, need, max(counting[0].on, need.opened_on) if counting else on)
    events = () if block.grace.or_first is None else course.history.occurrences(pack, block.grace.or_first)
    ended_by = next((o for o in events if need.opened_on <= o.on <= on and o.on < due), None)
    earlier = [o for o in made if o.on < need.accepted_from]
    return _State(
        counting[0] if counting else None,
        earlier[-1] if earlier and not counting else None,
        due if ended_by is None else ended_by.on,
        ended_by,
    )


def _due(course: Course, need: _Need, on: date) -> date:
    """The last day of the grace, moved by each later version that found it open (RD-13)."""
    eras = [era for era in course.eras if era.since <= on and era.last_day(course.as_at) >= need.opened_on]
    due = course.later(eras[0], _block(eras[0]).grace.limit, need.opened_on)
    for before, era in pairwise(eras):
        grace = _block(era).grace
        if grace.limit != _block(before).grace.limit:
            due = redated(due, course.later(era, grace.limit, need.opened_on), era.since, NOTICE)
    return due


def _status(state: _State, on: date) -> tuple[Status, str | None]:
    if state.met is not None:
        return Status.MET, None
    if on <= state.due_on:
        return Status.DUE, None if state.earlier is None else "superseded"
    return Status.BREACHED, "missing"


def _next(course: Course, era: Era, told: Supervisors, state: _State) -> date | None:
    as_at, block = course.as_at, _block(era)
    days = [] if state.met is not None else [state.due_on + DAY]
    interim = told.standing_in(as_at)
    if interim is not None:
        days.append(_counts_from(block, interim))
        days += [] if interim.until is None else [interim.until + DAY]
    return min((on for on in days if on > as_at), default=None)


def _why(course: Course, need: _Need, state: _State) -> str:
    as_at, what, by = course.as_at, _what(course.era), _by(need)
    if state.met is not None:
        return f"The {what} was made{by} on {day(state.met.on)}."
    since = f"{wording.sentence(need.because)} on {day(need.opened_on)}."
    if state.earlier is not None:
        since += f" The one made on {day(state.earlier.on)} no longer counts."
    due = f"due by {day(state.due_on)}, {_grace(course, need, state)}"
    if as_at <= state.due_on:
        ahead = (state.due_on - as_at).days
        when = "today" if ahead == 0 else f"in {days(ahead)}"
        return f"{since} {wording.sentence(_one(what, state))} is to be made{by}: it is {due}. That is {when}."
    late = days((as_at - state.due_on).days)
    return f"{since} No {what} has been made{by} since: it was {due}. It is {late} late."


def _grace(course: Course, need: _Need, state: _State) -> str:
    """Why that is the day: so long after the change, or the first event if it came sooner."""
    era = course.era
    block, pack = _block(era), era.span.version.pack
    first = None if block.grace.or_first is None else wording.called(resolved(pack, block.grace.or_first))
    ours = " (ours, not the policy's)" if block.grace.policy_silent else ""
    if state.ended_by is not None:
        return f"the day of the first {first}, which came within {block.grace.limit}{ours}"
    sooner = "" if first is None else f", or by the first {first} if that is sooner"
    in_full = course.later(era, block.grace.limit, need.opened_on)
    noticed = "" if state.due_on == in_full else ", with the notice that a change gives"
    return f"within {block.grace.limit}{ours}{noticed}{sooner}"


def _what(era: Era) -> str:
    return wording.called(resolved(era.span.version.pack, _block(era).event))


def _one(what: str, state: _State) -> str:
    """With its article; a first one is not new."""
    return wording.a(what) if state.earlier is None else f"a new {what}"


def _by(need: _Need) -> str:
    return "" if need.supervisor is None else " with the present supervisor"


def _put_right(course: Course, need: _Need, state: _State) -> str:
    as_at = course.as_at
    when = f"by {day(state.due_on)}" if as_at <= state.due_on else "as soon as possible"
    if away(course.history.absences, as_at):
        when = "after the return" + (f"; it is due by {day(state.due_on)}" if as_at <= state.due_on else "")
    made = f", made{_by(need)}," if need.supervisor is not None else ""
    return f"{wording.sentence(_one(_what(course.era), state))}{made} {when}."
