"""`at_least`: so many events, or minutes, in a time: the length of time up to the day, or a calendar window (RD-4).

With a length of time the number is asked of each day: what lies in the 12 months that end on it, both session and day
included. It is judged once the rule has applied for the whole time; before that the worker is behind or not, in
proportion to the complete months. In calendar windows the last complete one is judged until the running one has the
number.

What counts are events of the present period of employment, also those before the rule began to apply: they were held.
A return begins anew. A new version of the policy asks its own number at once, with a week's notice (RD-13). Where
absence excuses, calendar months in the time that one recorded absence covers wholly leave the proportion (RD-14), and
the whole time does where it covers that: who was away for six of twelve months, and was supervised five times of ten,
is `excused`. Otherwise absence changes nothing: ten in a year leaves room for two months.

An event that may count, but for a code that nobody knows or a number that was not told, is neither: where it could
make the difference the finding is not assessable. What is said in words stands in `quota_words`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.domain.calendar import DAY, Interval, Window, Windows, add, back, complete_months, leaves_on
from app.domain.eras import Course, Era
from app.domain.periods import AnyWindows, Terms
from app.domain.policy.measured import AtLeast
from app.domain.policy.patterns import Status
from app.domain.rules.counting import Amount
from app.domain.rules.quota_away import Quota, excusing, monthly, months_away, parts_in, parts_of
from app.events.facts import Fact

NOTICE = Interval(7, "day")
SHORT = frozenset({Status.BREACHED, Status.EXCUSED, Status.NOT_ASSESSABLE})


@dataclass(frozen=True, slots=True)
class Stand:
    """Where the number stands on a day: `first` is the first day that counts, `due_on` the last with nothing late.

    `complete` of `parts` (months, or days of a time in days or weeks) are over, `away` of them in recorded absence.
    `judged`: the whole time has passed. `doubt`: what may count and is not known to, where that decides.
    `missed`: the window that is judged, where there are windows; all else is then said of the running one.
    """

    status: Status
    first: date
    due_on: date
    count: Amount
    expected: int
    complete: int
    parts: int
    away: int
    judged: bool
    doubt: tuple[Fact, str] | None = None
    missed: Window | None = None


def quota_of(course: Course, run: Sequence[Era], on: date) -> Quota:
    """The number asked on a day of a run of eras."""
    era = next((era for era in reversed(run) if era.since <= on), run[0])
    return Quota(course, era, run[0].since)


def stand_on(quota: Quota, on: date) -> Stand:
    """Where it stands on a day of its era."""
    return _rolling(quota, quota.block.rolling, on) if quota.block.rolling is not None else _in_windows(quota, on)


def _rolling(quota: Quota, time: Interval, on: date) -> Stand:
    first, whole = back(time, on) + DAY, add(time, quota.since)
    parts = parts_of(time)
    complete = min(_complete(quota.block, quota.since, on), parts)
    due = whole - DAY
    count = quota.count(first, on)
    if on >= whole or count >= quota.block.needed:
        due = max(due, _lasts_until(quota, time, on) or due)
    return _judged(quota, Window(first, on), (complete, parts), due, on, judged=on >= whole)


def _lasts_until(quota: Quota, time: Interval, on: date) -> date | None:
    """The last day on which the number was or will be reached, by what has happened up to the day."""
    for last in range(quota.among(on, on)[1], 0, -1):
        start = quota.enough(last)
        if start is None:
            return None
        leaving = leaves_on(time, quota.events[start].on)
        if leaving > quota.events[last - 1].on:
            return leaving - DAY
    return None


def _in_windows(quota: Quota, on: date) -> Stand:
    block = quota.block
    windows = quota.windows
    now = windows.containing(on)
    begun = max(now.first, quota.since)
    parts = parts_in(block, now)
    complete = max(min(_complete(block, begun, on), parts), 0)
    if reached_on(quota, now, on) is not None:
        due = windows.following(now).last
        stand = _judged(quota, Window(now.first, on), (complete, parts), due, on, judged=False)
        return replace(stand, status=Status.MET, doubt=None)
    missed = _missed(quota, windows, now)
    if missed is not None:
        whole = parts_in(block, missed[-1])
        asked = quota_in(quota, missed[-1].last)
        stand = _judged(asked, missed[-1], (whole, whole), missed[0].last, on, judged=True)
        running = quota.count(now.first, on)
        return replace(stand, missed=missed[-1], count=running, first=now.first, complete=complete)
    due = now.last if quota.since <= now.first else windows.following(now).last
    return _judged(quota, Window(now.first, on), (complete, parts), due, on, judged=False)


def stand_of_window(quota: Quota, window: Window) -> Stand:
    """What is said of a complete window that was wholly in scope: by the version in force on its last day."""
    quota = quota_in(quota, window.last)
    parts = parts_in(quota.block, window)
    return _judged(quota, window, (parts, parts), window.last, window.last + DAY, judged=True)


def quota_in(quota: Quota, on: date) -> Quota:
    """What was asked on a day, in the same windows: a version that has others asks nothing of a window of these."""
    found = [era for era in quota.course.eras if quota.since <= era.since <= on and _same_windows(era, quota)]
    return quota if not found or found[-1].block == quota.block else Quota(quota.course, found[-1], quota.since)


def reached_on(quota: Quota, window: Window, until: date) -> date | None:
    """The day in a window on which the number was reached that was asked on that day (RD-13)."""
    for era in quota.course.eras:
        first = window.first if era.since == quota.since else max(window.first, era.since)
        last = min(until, window.last, era.last_day(until))
        if era.since < quota.since or first > last or not _same_windows(era, quota):
            continue
        asked = quota if era.block == quota.block else Quota(quota.course, era, quota.since)
        start, end = asked.among(first, last)
        for on in (first, *(o.on for o in asked.events[start:end])):
            if asked.count(window.first, on) >= asked.block.needed:
                return on
    return None


def _same_windows(era: Era, quota: Quota) -> bool:
    other, block = era.block, quota.block
    if not isinstance(other, AtLeast):
        return False
    return (other.window, other.first_month, other.first_day) == (block.window, block.first_month, block.first_day)


def _missed(quota: Quota, windows: AnyWindows, now: Window) -> list[Window] | None:
    """The complete windows running without the number, the oldest first, up to the running one."""
    missed: list[Window] = []
    window = windows.before(now)
    while window is not None and window.first >= quota.since:
        if reached_on(quota, window, window.last) is not None:
            break
        missed.insert(0, window)
        window = windows.before(window)
    return missed or None


def _judged(quota: Quota, time: Window, over: tuple[int, int], due: date, on: date, *, judged: bool) -> Stand:
    complete, parts = over
    needed, count = quota.block.needed, quota.count(time.first, time.last)
    away = months_away(quota, Window(max(time.first, quota.since), on if not judged else time.last))
    expected = needed * (parts if judged else max(complete - away, 0)) // parts
    wanted = needed if judged else expected
    status = _status(quota, count, expected, judged, on)
    if status is Status.BREACHED and away and count >= needed * max(parts - away, 0) // parts:
        status = Status.EXCUSED
    doubt = None
    if status in (Status.BREACHED, Status.TOLERATED):
        doubts = quota.doubtful(time.first, time.last)
        if quota.could_reach(wanted, count, doubts):
            status, doubt = Status.NOT_ASSESSABLE, doubts[0]
    return Stand(status, time.first, due, count, expected, complete, parts, away, judged, doubt)


def _status(quota: Quota, count: Amount, expected: int, judged: bool, on: date) -> Status:
    if count >= quota.block.needed:
        return Status.MET
    if judged:
        return Status.BREACHED
    if quota.block.silent_for is not None and on < add(quota.block.silent_for, quota.since):
        return Status.NOT_YET_APPLICABLE
    return Status.TOLERATED if count < expected else Status.DUE


def in_notice(quota: Quota, run: Sequence[Era], on: date) -> date | None:
    """RD-13: the last day of the notice, where a new version asks for what was not asked and the old one is kept."""
    changed = next(
        (at for at in range(len(run) - 1, 0, -1) if run[at].since <= on and _differs(run[at - 1 : at + 1])), 0
    )
    last = add(NOTICE, run[changed].since)
    if not changed or on > last:
        return None
    before = stand_on(Quota(quota.course, run[changed - 1], quota.since), on)
    return None if before.status in SHORT else last


def _differs(eras: Sequence[Era]) -> bool:
    return eras[0].block != eras[1].block


def standing(course: Course, run: Sequence[Era], on: date) -> Stand:
    """Where it stands on a day, with the notice that a change gives."""
    quota = quota_of(course, run, on)
    stand = stand_on(quota, on)
    notice = in_notice(quota, run, on) if stand.status in SHORT else None
    return stand if notice is None else replace(stand, status=Status.DUE, due_on=notice, doubt=None)


def next_on(course: Course, run: Sequence[Era], stand: Stand) -> date | None:
    """The next day on which it may read differently if nothing happens."""
    on, quota = course.as_at, quota_of(course, run, course.as_at)
    time = Window(_looks_back_to(quota, stand, on), on)
    lasting = [spell for spell in excusing(quota, time) if spell.until is not None or spell.since > time.first]
    noticed = len(run) > 1 and on <= add(NOTICE, run[-1].since)
    days = [on + DAY] if noticed else []  # what was asked before may be enough on one day and not on the next
    if lasting and stand.status is not Status.MET:
        month = Windows("month").containing(on)
        days += [month.last, month.last + DAY]
        days += [leaves_on(quota.block.rolling, spell.since - DAY) for spell in lasting if quota.block.rolling]
    settled = stand.judged and stand.status in (Status.BREACHED, Status.EXCUSED) and not _terms_end(quota)
    if quota.block.window is not None and not (settled and not lasting and not _anything(quota, time)):
        days.append(quota.windows.containing(on).last + DAY)
    if stand.status is Status.MET and quota.block.rolling is not None:
        days.append(_falls_short_on(quota, quota.block.rolling, on))
    elif not (stand.judged and stand.status is Status.BREACHED):
        days += _coming(quota, stand, on)
    return min((one for one in days if one > on), default=None)


def _terms_end(quota: Quota) -> bool:
    """Whether what is said may end with the last term that has a name."""
    return quota.block.window is not None and isinstance(quota.windows, Terms)


def _looks_back_to(quota: Quota, stand: Stand, on: date) -> date:
    """The first day on which anything still matters: of the time, or of the window before the running one."""
    if quota.block.rolling is not None:
        return stand.first
    windows = quota.windows
    now = windows.containing(on)
    return (windows.before(now) or now).first


def _anything(quota: Quota, time: Window) -> bool:
    return bool(quota.count(time.first, time.last) or quota.doubtful(time.first, time.last))


def _falls_short_on(quota: Quota, time: Interval, on: date) -> date:
    start = quota.enough(quota.among(on, on)[1])
    return leaves_on(time, quota.events[start or 0].on)


def _coming(quota: Quota, stand: Stand, on: date) -> Iterator[date]:
    """The next part complete, the end of the silence, and the first of what counts or may count falling out."""
    time = quota.block.rolling
    if quota.block.silent_for is not None:
        yield add(quota.block.silent_for, quota.since)
    begun = quota.since if time is not None else max(stand.first, quota.since)
    if not stand.judged and stand.complete < stand.parts:
        more_expected = -(-(stand.expected + 1) * stand.parts // quota.block.needed) + stand.away
        yield add(Interval(min(more_expected, stand.parts), "month" if monthly(quota.block) else "day"), begun)
    if time is not None:
        start, end = quota.among(stand.first, on)
        held = [o.on for o in quota.events[start:end][:1]]
        held += [fact.on for fact, _ in quota.doubtful(stand.first, on) if fact.on is not None]
        yield from (leaves_on(time, one) for one in held)


def _complete(block: AtLeast, since: date, on: date) -> int:
    return complete_months(since, on) if monthly(block) else (on - since).days
