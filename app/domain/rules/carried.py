"""`carried`: what is still open from before is followed up at the next session.

Each session is asked about everything that was opened before it and not closed by then. Followed up counts what names
the session or is of its day, and, late, what came after it. The latest session decides; the ones before it are history,
each until the next. Sessions of before the rule applied are not asked; what is open from then is carried on.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from app.domain import wording
from app.domain.calendar import DAY, Interval, back
from app.domain.eras import Course, Era
from app.domain.history import Occurrence
from app.domain.obligations import Item, Last, Obligation, Verdict, reference, references
from app.domain.policy.carrying import Carried
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Status
from app.domain.rules.belonging import told_of_them
from app.domain.wording import day

_YEAR = Interval(12, "month")


class _Taken(NamedTuple):
    """What was open at a session, and when it was followed up; None: not yet."""

    opened: Occurrence
    met: Occurrence | None
    in_time: bool


class _Session(NamedTuple):
    """One session with all that was open at it."""

    era: Era
    held: Occurrence
    open: tuple[_Taken, ...]

    @property
    def status(self) -> Status:
        """Whether all of it was followed up, there or later."""
        if any(one.met is None for one in self.open):
            return Status.BREACHED
        return Status.MET if all(one.in_time for one in self.open) else Status.LATE_MET


def judge(course: Course) -> Verdict:
    """The verdict on the latest session."""
    sessions = list(_sessions(course, course.run))
    if not sessions:
        event = resolved(course.era.span.version.pack, _block(course.era).to)
        return Verdict(Status.NOT_YET_APPLICABLE, f"{wording.not_yet(event)}, so nothing is carried on.")
    latest = sessions[-1]
    brief, held = course.history.look.brief, latest.held
    lacking = [one for one in latest.open if one.met is None]
    since = back(_YEAR, course.as_at)
    failed = sum(one.status is Status.BREACHED for one in sessions[:-1] if one.held.on > since)
    return Verdict(
        status=latest.status,
        code="not_followed_up" if lacking else None,
        why="" if brief else _why(latest, lacking),
        opened_on=held.on,
        met_on=_met_on(latest),
        last=Last(held.on, reference(held.fact)),
        evidence=references([held, *(one.met for one in latest.open if one.met is not None)]),
        put_right=_put_right(latest, lacking) if lacking and not brief else None,
        items=() if brief else tuple(_item(course, latest, one) for one in latest.open),
        failed_in_12_months=failed,
    )


def past(course: Course) -> Iterator[Obligation]:
    """One for each session at which something was open; one that was not kept ends on the day before the next."""
    for run in course.runs():
        sessions = list(_sessions(course, run))
        following = [one.held.on for one in sessions[1:]] + [None]
        for session, after in zip(sessions, following, strict=False):
            if session.open:
                ended = (
                    None
                    if after is None or session.status is not Status.BREACHED
                    else max(session.held.on, after - DAY)
                )
                yield Obligation(
                    session.era.duty.id, session.held.on, None, session.held.on, _met_on(session), session.status,
                    references((session.held,)), ended,
                )  # fmt: skip


def _block(era: Era) -> Carried:
    if not isinstance(era.block, Carried):
        raise TypeError(f"{era.duty.id} carries nothing on")
    return era.block


def _sessions(course: Course, run: Sequence[Era]) -> Iterator[_Session]:
    for era in run:
        last, pack = era.last_day(course.as_at), era.span.version.pack
        theirs = [
            one for one in course.history.occurrences(pack, _block(era).open) if told_of_them(course.history, one)
        ]
        for held in course.history.occurrences(pack, _block(era).to):
            if era.since <= held.on <= last:
                yield _Session(era, held, tuple(_open_at(course, era, theirs, held)))


def _open_at(course: Course, era: Era, theirs: Sequence[Occurrence], held: Occurrence) -> Iterator[_Taken]:
    """What of theirs was opened before the session and not closed before it, with what followed it up since."""
    block, pack, history = _block(era), era.span.version.pack, course.history
    for opened in theirs:
        if not _before(opened, held):
            continue
        closed = [] if block.closed_by is None else history.linked(pack, block.closed_by, opened.fact)
        if any(_before(one, held) for one in closed):
            continue
        found = [*closed, *history.linked(pack, block.followed_up_by, opened.fact)]
        since = sorted((one for one in found if not _before(one, held)), key=lambda one: not _at(one, held))
        met = since[0] if since else None
        yield _Taken(opened, met, met is not None and _at(met, held))


def _before(one: Occurrence, held: Occurrence) -> bool:
    """Whether it was before the session: on an earlier day, in no session or in another one."""
    return one.on < held.on and not _of_it(one, held)


def _at(one: Occurrence, held: Occurrence) -> bool:
    return one.on == held.on or _of_it(one, held)


def _of_it(one: Occurrence, held: Occurrence) -> bool:
    session = held.fact.get("session_id")
    return session is not None and one.fact.get("session_id") == session


def _met_on(session: _Session) -> date | None:
    found = [max(one.met.on, session.held.on) for one in session.open if one.met is not None]
    return max([session.held.on, *found]) if len(found) == len(session.open) else None


def _item(course: Course, session: _Session, one: _Taken) -> Item:
    due, on = session.held.on, None if one.met is None else max(one.met.on, session.held.on)
    status = Status.BREACHED if one.met is None else Status.MET if one.in_time else Status.LATE_MET
    late = ((on or course.as_at) - due).days
    fact = one.opened.fact
    return Item(
        one.opened.on, None, due, on, status, "not_followed_up" if one.met is None else None,
        late if late and not one.in_time else None, ((on or course.as_at) - one.opened.on).days, reference(fact),
        () if one.met is None else references((one.met,)),
        *(fact.get(name) for name in ("session_id", "discussion_id", "action_id", "record_id")),
    )  # fmt: skip


# --- in words ---------------------------------------------------------------------------------------------------------


def _why(session: _Session, lacking: list[_Taken]) -> str:
    pack, block = session.era.span.version.pack, _block(session.era)
    opened = f"{wording.done(resolved(pack, block.to))} on {day(session.held.on)}"
    if not session.open:
        return f"{opened}: nothing was open from before."
    count = wording.number(len(session.open))
    if not lacking:
        late = "" if session.status is Status.MET else ", in part only afterwards"
        return f"{opened}: all that was open from before ({count}) was followed up{late}."
    since = wording.listed([day(on) for on in sorted({one.opened.on for one in lacking})])
    return (
        f"{opened}: {count} {'was' if len(session.open) == 1 else 'were'} open from before, and "
        f"{wording.number(len(lacking))} (of {since}) {'has' if len(lacking) == 1 else 'have'} not been followed up."
    )


def _put_right(session: _Session, lacking: list[_Taken]) -> str:
    called = wording.called(resolved(session.era.span.version.pack, _block(session.era).open))
    since = wording.listed([day(on) for on in sorted({one.opened.on for one in lacking})])
    return f"A follow-up of each {called} that is open, of {since}; from then on it is late and done."
