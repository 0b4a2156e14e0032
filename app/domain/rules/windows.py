"""`every` in calendar windows: at least once in each, with no more than some empty ones running (RD-2, RD-3).

Judged are the complete windows before the day. Neither counts nor breaks a run: a window that was only partly in scope
and holds no qualifying event, and one that a recorded absence covers wholly (RD-14). A gap in scope begins a new run.
What was done by somebody who may or may not be allowed to is judged both ways: where that differs, nobody knows.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from app.domain import wording
from app.domain.calendar import DAY, Window
from app.domain.eras import Course, Era
from app.domain.obligations import CurrentWindow, Last, Obligation, Reference, Verdict, reference, references, worst
from app.domain.periods import AnyWindows, Terms, unnamed_after
from app.domain.policy.matching import resolved
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Event, InWindows
from app.domain.policy.windowed import windows_of
from app.domain.rules.absence import away
from app.domain.rules.entitled import entitled
from app.domain.rules.excusing import excuses
from app.domain.rules.uncertain import by_somebody
from app.domain.rules.unjudged import after_the_last_term
from app.domain.told import Occurrence
from app.domain.wording import day


@dataclass(frozen=True, slots=True)
class _Run:
    """Eras that follow one another under one rhythm, and the qualifying events in them."""

    course: Course
    eras: tuple[Era, ...]
    events: tuple[Occurrence, ...]
    windows: AnyWindows
    unsure: tuple[Occurrence, ...] = ()
    """Those of the events of which it is not known whether whoever did them may."""

    @property
    def block(self) -> InWindows:
        """The rhythm."""
        block = self.eras[-1].block
        if not isinstance(block, InWindows):
            raise TypeError(f"{self.eras[-1].duty.id} has no windows")
        return block

    @property
    def since(self) -> date:
        """The first day in scope."""
        return _since(self.eras[0])

    @property
    def judged_from(self) -> date:
        """Of what ended before that day nothing is said: no version in force asked for it."""
        return max(self.since, self.eras[0].since)

    @property
    def until(self) -> date | None:
        """The last day in scope, None while it lasts."""
        return self.eras[-1].span.until

    def first_in(self, window: Window) -> Occurrence | None:
        """The first qualifying event in the window."""
        at = bisect_left(self.events, window.first, key=lambda o: o.on)
        return self.events[at] if at < len(self.events) and self.events[at].on <= window.last else None

    def whole(self, window: Window) -> bool:
        """Whether all its days were in scope."""
        return self.since <= window.first and (self.until is None or window.last <= self.until)

    def excused(self, window: Window) -> bool:
        """Whether one recorded absence covers it wholly, and the rule lets that count."""
        if excuses(self.course, self.eras[-1], window.last):
            return True
        if self.eras[-1].duty.absence.effect == "none":
            return False
        return any(
            spell.since <= window.first and (spell.until is None or window.last <= spell.until)
            for spell in self.course.history.absences
        )


@dataclass(frozen=True, slots=True)
class _Stand:
    """What the complete windows say: the empty ones running (oldest first), and how the last one is to be read."""

    empty: tuple[Window, ...]
    excused: Window | None
    met: Window | None


def judge(course: Course) -> Verdict:
    """The verdict on the complete windows, with the one that runs beside it."""
    run = _runs(course)[-1]
    if not run.unsure:
        return _judged(run)
    said, perhaps, by = _judged(_without_doubt(run)), _judged(run), run.block.by
    days = [on for on in (said.next_on, perhaps.next_on) if on is not None]
    said = replace(said, next_on=min(days, default=None))
    return said if by is None or said.status is perhaps.status else by_somebody(said, by, run.unsure[-1].fact)


def _judged(run: _Run) -> Verdict:
    course = run.course
    stand = _stand(run)
    now = run.windows.containing(course.as_at)
    met_now = None if unnamed_after(run.windows, course.as_at) else run.first_in(now)
    status = _status(stand, run.block.empty_allowed)
    target, due = _dates(run, stand, now, met_now is not None)
    late = _days_late(run, due, met_now) if status is Status.BREACHED else None
    last = run.events[-1] if run.events else None
    verdict = Verdict(
        status=status,
        code="at_risk" if status is Status.TOLERATED else None,
        why=course.in_words(_why, run, stand, status, met_now),
        opened_on=stand.empty[0].first if stand.empty else max(now.first, run.since),
        target_on=target,
        due_on=due,
        met_on=_met_on(run, stand) if status is Status.MET else None,
        days_late=late,
        last=None if last is None else Last(last.on, reference(last.fact)),
        evidence=_evidence(run, stand, met_now),
        put_right=course.in_words(_put_right, run, status, now, (target, due), met_now),
        current_window=CurrentWindow(now.first, now.last, None if met_now is None else met_now.on),
        gap_days=_gap(run, stand),
        next_on=_next(run, stand, status, now, met_now),
    )
    return after_the_last_term(run.windows, course.as_at, verdict)


def past(course: Course) -> Iterator[Obligation]:
    """One obligation for each complete window that was met, or wholly in scope."""
    for run in _runs(course):
        surely = {each.due_on: each.status for each in _past(_without_doubt(run))} if run.unsure else {}
        for each in _past(run):
            known = not run.unsure or surely.get(each.due_on) is each.status
            yield each if known else replace(each, status=Status.NOT_ASSESSABLE, met_on=None)


def _past(run: _Run) -> Iterator[Obligation]:
    empty = 0
    window = run.windows.containing(run.judged_from)
    while window.last < run.course.as_at and (run.until is None or window.first <= run.until):
        met = run.first_in(window)
        if met is not None:
            empty = 0
            yield _obligation(run, window, Status.MET, met)
        elif run.whole(window) and run.excused(window):
            yield _obligation(run, window, Status.EXCUSED, None)
        elif run.whole(window):
            empty += 1
            status = Status.TOLERATED if empty <= run.block.empty_allowed else Status.BREACHED
            yield _obligation(run, window, status, None)
        window = run.windows.following(window)


def _obligation(run: _Run, window: Window, status: Status, met: Occurrence | None) -> Obligation:
    era = next((era for era in reversed(run.eras) if era.since <= window.last), run.eras[0])
    evidence = () if met is None else references((met,))
    on = None if met is None else met.on
    return Obligation(era.duty.id, window.first, None, window.last, on, status, evidence)


def _runs(course: Course) -> list[_Run]:
    """The eras in runs: a fresh start or another rhythm begins a new one."""
    grouped: list[list[Era]] = []
    for era in (era for era in course.eras if isinstance(era.block, InWindows)):  # the kind may have changed
        if era.fresh or not grouped or grouped[-1][-1].block != era.block:
            grouped.append([])
        grouped[-1].append(era)
    return [_run(course, eras) for eras in grouped]


def _run(course: Course, eras: list[Era]) -> _Run:
    found = [*_events(course, eras)]
    unsure = tuple(event for event, may in found if may is None)
    return _Run(course, tuple(eras), tuple(event for event, _ in found), _windows(eras[-1]), unsure)


def _without_doubt(run: _Run) -> _Run:
    doubted = {id(event) for event in run.unsure}
    return replace(run, events=tuple(event for event in run.events if id(event) not in doubted), unsure=())


def _windows(era: Era) -> AnyWindows:
    if not isinstance(era.block, InWindows):
        raise TypeError(f"{era.duty.id} has no windows")
    return windows_of(era.span.version.pack.terms, era.block)


def _since(era: Era) -> date:
    """The first day that counts: of a programme with a day of its own that day, whenever the policy came into force."""
    counts_from = era.block.counts_from if isinstance(era.block, InWindows) else None
    if counts_from is None or era.since > era.span.version.since:
        return era.since
    return max(counts_from, era.span.stretch.began)


def _events(course: Course, eras: list[Era]) -> Iterator[tuple[Occurrence, bool | None]]:
    """What qualifies, in order, each with whether it was done by somebody who may (None: not known)."""
    first = _since(eras[0])
    for version, group in groupby(eras, key=lambda era: era.span.version):
        spans = list(group)
        block = spans[0].block
        if isinstance(block, InWindows):
            last, by, pack = spans[-1].last_day(course.as_at), block.by, version.pack
            own = [each for each in course.history.occurrences(pack, block.event) if first <= each.on <= last]
            found = [(each, by is None or entitled(course, pack, by, each)) for each in own]
            if block.credit_instead is not None:
                instead = course.history.occurrences(pack, block.credit_instead)
                found += [(each, True) for each in instead if first <= each.on <= last]
                found.sort(key=lambda each: each[0].on)
            yield from (each for each in found if each[1] is not False)
            first = last + DAY


def _stand(run: _Run) -> _Stand:
    """Looks back from the running window to the last one that was met, or to the beginning."""
    empty: list[Window] = []
    excused: Window | None = None
    windows = run.windows
    window = windows.before(windows.containing(run.course.as_at))
    while window is not None and window.last >= run.judged_from:
        if run.first_in(window) is not None:
            return _Stand(tuple(reversed(empty)), excused, window)
        if run.whole(window):
            if not run.excused(window):
                empty.append(window)
            elif not empty and excused is None:
                excused = window
        window = windows.before(window)
    return _Stand(tuple(reversed(empty)), excused, None)


def _status(stand: _Stand, allowed: int) -> Status:
    if len(stand.empty) > allowed:
        said = Status.BREACHED
    elif stand.empty:
        said = Status.TOLERATED
    else:
        said = Status.DUE if stand.met is None else Status.MET
    return said if stand.excused is None else worst((said, Status.EXCUSED))


def _dates(run: _Run, stand: _Stand, now: Window, met_now: bool) -> tuple[date, date]:
    """The day by which it should happen, and the last day on which nothing is breached."""
    allowed = run.block.empty_allowed
    if len(stand.empty) > allowed:
        return stand.empty[0].last, stand.empty[allowed].last
    judged = now if not met_now and run.since <= now.first else run.windows.following(now)
    left = allowed - (0 if met_now else len(stand.empty))
    target = stand.empty[0].last if stand.empty and not met_now else judged.last
    for _ in range(left):
        judged = run.windows.following(judged)
    return target, judged.last


def _next(run: _Run, stand: _Stand, status: Status, now: Window, met_now: Occurrence | None) -> date | None:
    settled = status is Status.BREACHED and met_now is None
    lasting = run.course.history.absences[-1:] if run.eras[-1].duty.absence.effect != "none" else []
    away = any(spell.until is None and spell.since <= now.first for spell in lasting)
    for_ever = away and stand.excused is not None and met_now is None and not isinstance(run.windows, Terms)
    if settled or for_ever:
        return None
    return now.last + DAY


def _gap(run: _Run, stand: _Stand) -> int | None:
    """The days between the events on either side of the empty windows (RD-3), up to the day where none followed yet.

    With no window empty, the days since the last event; None where there is none before.
    """
    first = stand.empty[0].first if stand.empty else run.course.as_at + DAY
    at = bisect_left(run.events, first, key=lambda o: o.on)
    if not at:
        return None
    after = run.events[at].on if at < len(run.events) else run.course.as_at
    return (after - run.events[at - 1].on).days


def _days_late(run: _Run, due: date, met_now: Occurrence | None) -> int:
    """Up to the day on which it happened again."""
    return ((run.course.as_at if met_now is None else met_now.on) - due).days


def _met_on(run: _Run, stand: _Stand) -> date | None:
    met = run.first_in(stand.met) if stand.met is not None else None
    return None if met is None else met.on


def _evidence(run: _Run, stand: _Stand, met_now: Occurrence | None) -> tuple[Reference, ...]:
    met = run.first_in(stand.met) if stand.met is not None else None
    return references([o for o in (met, met_now) if o is not None])


# --- in words ---------------------------------------------------------------------------------------------------------


def _event(run: _Run) -> Event:
    return resolved(run.eras[-1].span.version.pack, run.block.event)


def _why(run: _Run, stand: _Stand, status: Status, met_now: Occurrence | None) -> str:
    unit, allowed = run.windows.noun, run.block.empty_allowed
    rule = f"The policy asks for this {'every' if ' ' not in unit else 'in every'} {unit}"
    rule += f", and allows no more than {wording.number(allowed)} {unit} running without." if allowed else "."
    covered = f" {wording.sentence(_this(run))} is already covered ({day(met_now.on)})." if met_now else ""
    match status:
        case Status.MET:
            return f"{wording.done(_event(run))} in {_on_days(run, stand)}.{_instead(run, stand)} {rule}{covered}"
        case Status.TOLERATED:
            return (
                f"{_missed(run, stand)} {rule}{covered or f' That leaves {_this(run)}, which must not be missed too.'}"
            )
        case Status.BREACHED:
            return f"{_missed(run, stand)} {rule}{covered}{_late(run, stand, met_now)}"
        case Status.EXCUSED if stand.excused is not None:
            missed = wording.window(stand.excused)
            by_decision = excuses(run.course, run.eras[-1], stand.excused.last)
            what = f"{wording.sentence(missed)} was excused" if by_decision else _away_all(missed)
            return f"{what}. {rule}{covered}"
    first = run.windows.containing(run.judged_from)
    judged = first if run.since <= first.first else run.windows.following(first)
    began = f"The rule has applied since {day(run.judged_from)}, and no {unit} has been complete yet"
    return f"{began}: the first to count is {wording.window(judged)}. {rule}{covered}"


def _away_all(window: str) -> str:
    return f"The whole of {window} was covered by a recorded absence, which excuses it"


def _this(run: _Run) -> str:
    return wording.window(run.windows.containing(run.course.as_at))


def _instead(run: _Run, stand: _Stand) -> str:
    """Where only a substitute met the window."""
    pack, credited = run.eras[-1].span.version.pack, run.block.credit_instead
    if credited is None or stand.met is None:
        return ""
    own = {id(o.fact) for o in run.course.history.occurrences(pack, run.block.event)}
    if any(id(o.fact) in own for o in run.events if o.on in stand.met):
        return ""
    return f" That was {wording.a(wording.called(resolved(pack, credited)))}, which the policy accepts instead."


def _on_days(run: _Run, stand: _Stand) -> str:
    """The last window that was met, and on which days."""
    if stand.met is None:
        return "no window"
    days = sorted({day(o.on): o.on for o in run.events if o.on in stand.met}.items(), key=lambda told: told[1])
    return f"{wording.window(stand.met)}, on {wording.listed([words for words, _ in days])}"


def _missed(run: _Run, stand: _Stand) -> str:
    names = [wording.window(window) for window in stand.empty]
    running = "" if len(names) == 1 else f", {wording.number(len(names))} {run.windows.nouns} running"
    spoken = wording.listed(names) if len(names) < 4 else f"any {run.windows.noun} from {names[0]} to {names[-1]}"
    return f"{wording.none(_event(run))} in {spoken}{running}."


def _late(run: _Run, stand: _Stand, met_now: Occurrence | None) -> str:
    late = _days_late(run, stand.empty[run.block.empty_allowed].last, met_now)
    return f" It {'is' if met_now is None else 'was'} {wording.days(late)} late."


def _put_right(run: _Run, status: Status, now: Window, dates: tuple[date, date], met_now: Occurrence | None) -> str:
    to_do, by_day = wording.to_do(_event(run)), dates[status is Status.TOLERATED]
    put_right = f"it is put right when {_this(run)} is complete, from {day(now.last + DAY)}."
    if met_now is not None and status in (Status.BREACHED, Status.TOLERATED):
        return f"{wording.done(_event(run))} on {day(met_now.on)}: {put_right}"
    if away(run.course.history.absences, run.course.as_at):
        by = "" if status in (Status.BREACHED, Status.EXCUSED) else f"; it is due by {day(by_day)}"
        return f"{to_do} after the return{by}."
    if status is Status.BREACHED:
        return f"{to_do} by {day(now.last)}: {put_right}"
    return f"{to_do} by {day(by_day)}."
