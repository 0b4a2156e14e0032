"""Parts of the language that the two councils' policies do not use, judged a second time, day by day and naively.

Windows from a stated day and named terms, rhythms counted in shifts, deadlines by the hour and before a date. What is
judged here shares no code with the evaluation; the stages are in the national standard, which has an oracle of its own.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.events.facts import Fact
from tests.domain.oracle.days import each_day, is_working_day, months_later
from tests.domain.told import adopted, calendar, policy, rows, session, started, status, told

FIRST, LAST = date(2025, 1, 6), date(2025, 12, 31)
DAY = timedelta(days=1)
lengths = st.sampled_from([(1, "months"), (2, "months"), (10, "days"), (21, "days")])
days = st.integers(0, 330).map(lambda offset: FIRST + timedelta(days=offset))
some_days = st.lists(days, max_size=8)
SUPERVISED = {"type": "SessionHeld", "where": {"kind": "individual"}}
TERMS = [
    (date(2025, 2, 3), date(2025, 4, 4)),
    (date(2025, 4, 22), date(2025, 7, 18)),
    (date(2025, 9, 1), date(2025, 10, 24)),
]
Windows = list[tuple[date, date]]
fewer = settings(max_examples=max(20, settings.default.max_examples // 2))


def rule(**duty: Any) -> Fact:
    named = [
        {"name": f"term {n}", "first_day": str(first), "last_day": str(last)} for n, (first, last) in enumerate(TERMS)
    ]
    return adopted(policy({"id": "R-1", "subject": "worker", **duty}, terms={"school_term": named}))


def agrees(expected: str, on: date, *facts: Fact) -> None:
    assert status(str(on), *facts) == expected
    [row] = [row for row in rows(*facts) if row.from_on <= on and (row.until_on is None or on <= row.until_on)]
    assert str(row.status) == expected


# --- windows ----------------------------------------------------------------------------------------------------------


def stepped(first_day: date, count: int, unit: str) -> Windows:
    """Every window of the time that matters, forwards and backwards, one by one."""

    def begins(turn: int) -> date:
        return months_later(first_day, turn * count) if unit == "months" else first_day + turn * count * DAY

    return [(begins(turn), begins(turn + 1) - DAY) for turn in range(-400 // count, 800 // count)]


def once_in_each(windows: Windows, since: date, held: Iterable[date], allowed: int, as_at: date) -> str:
    held, empty, known = [day for day in held if since <= day <= as_at], 0, False
    for first, last in windows:
        if last >= as_at or last < since:
            continue
        if any(first <= day <= last for day in held):
            empty, known = 0, True
        elif first >= since:
            empty, known = empty + 1, True
    if not known:
        return "due"
    return "met" if empty == 0 else "tolerated" if empty <= allowed else "breached"


@fewer
@given(
    days,
    days,
    some_days,
    days,
    st.sampled_from([(1, "months"), (2, "months"), (10, "days"), (21, "days")]),
    st.integers(0, 2),
)
def test_windows_from_a_stated_day(
    since: date, first_day: date, held: list[date], as_at: date, length: tuple[int, str], allowed: int
) -> None:
    as_at = max(as_at, since)
    window = f"{length[0]} {length[1]}"
    asked = {"event": SUPERVISED, "window": window, "first_day": str(first_day), "empty_allowed": allowed}
    facts = [rule(every=asked), started(str(since)), *(session(str(day)) for day in held)]
    agrees(once_in_each(stepped(first_day, *length), since, held, allowed, as_at), as_at, *facts)


@fewer
@given(days, some_days, days, st.integers(0, 1))
def test_named_terms(since: date, held: list[date], as_at: date, allowed: int) -> None:
    as_at = max(as_at, since)
    expected = once_in_each(TERMS, since, held, allowed, as_at)
    if as_at > TERMS[-1][1] and expected != "breached":
        expected = "not_assessable"
    asked = {"event": SUPERVISED, "window": "school_term", "empty_allowed": allowed}
    facts = [rule(every=asked), started(str(since)), *(session(str(day)) for day in held)]
    agrees(expected, as_at, *facts)


# --- counted ----------------------------------------------------------------------------------------------------------


@fewer
@given(days, some_days, st.lists(st.tuples(days, st.integers(1, 3)), max_size=15), days)
def test_so_many_shifts(since: date, held: list[date], worked: list[tuple[date, int]], as_at: date) -> None:
    as_at = max(as_at, since)
    shifts = 0
    for day in each_day(since, as_at):
        shifts += sum(number for on, number in worked if on == day)
        if day in held:
            shifts = 0
    expected = "due" if shifts <= 4 else "tolerated" if shifts <= 6 else "breached"
    clock = {"event": {"type": "WorkRecorded"}, "adds": "shifts"}
    facts = [rule(every={"event": SUPERVISED, "clock": clock, "target": 4, "limit": 6}), started(str(since))]
    facts += [session(str(day)) for day in held]
    facts += [told("WorkRecorded", worker_id="W-1", worked_on=str(on), shifts=number) for on, number in worked]
    agrees(expected, as_at, *facts)


# --- deadlines --------------------------------------------------------------------------------------------------------

hours_of_day = st.one_of(st.none(), st.integers(0, 23))
moments = st.tuples(days, hours_of_day)


def at(on: date, hour: int | None) -> str:
    return str(on) if hour is None else moment(on, hour).isoformat()


def moment(on: date, hour: int) -> datetime:
    return datetime(on.year, on.month, on.day, hour, tzinfo=UTC)


def record(completed: str) -> Fact:
    fields = {"record_id": "R-1", "kind": "form", "author_id": "M-1", "session_id": "S-1", "worker_id": "W-1"}
    return told("RecordCompleted", completed_at=completed, **fields)


def answer_status(answered: date | None, due: date, late: bool, as_at: date) -> str:
    if answered is not None and answered <= as_at:
        return "late_met" if late else "met"
    return "due" if as_at <= due else "breached"


@fewer
@given(
    moments,
    st.integers(-2, 5),
    st.one_of(st.none(), st.integers(0, 23)),
    st.sampled_from([12, 24, 36, 60]),
    st.integers(0, 7),
)
def test_so_many_hours(
    held: tuple[date, int | None], later: int, hour: int | None, hours: int, asked_after: int
) -> None:
    """What has no hour is as late as its day allows, or as early."""
    on, begun = min(held[0], date(2025, 3, 20)), held[1]  # before the clocks change
    done = on + later * DAY
    start = moment(on, 0) + DAY if begun is None else moment(on, begun)
    end = start + timedelta(hours=hours)
    last = end.date() if begun is not None or end.hour else end.date() - DAY
    known = begun is not None and hour is not None
    late = done > last or (known and done == last and moment(done, hour or 0) > end)
    as_at = on + asked_after * DAY
    time = {} if begun is None else {"held_at": at(on, begun)}
    duty = {"after": SUPERVISED, "answered_by": {"event": {"type": "RecordCompleted"}, "same": "session"}}
    facts = [rule(within=duty | {"limit": f"{hours} hours"}), started("2024-01-01")]
    facts += [session(str(on), session_id="S-1", **time), record(at(done, hour))]
    agrees(answer_status(done, last, late, as_at), as_at, *facts)


@fewer
@given(days, st.integers(0, 20), st.integers(-10, 25), st.integers(1, 5), st.integers(0, 25))
def test_so_many_working_days_before(booked: date, ahead: int, later: int, working: int, asked_after: int) -> None:
    planned, done, before = booked + ahead * DAY, booked + later * DAY, f"{working} working days"
    due = planned
    while working:
        due -= DAY
        working -= is_working_day(due)
    as_at = booked + asked_after * DAY
    answer = {"event": {"type": "RecordCompleted"}, "same": "session"}
    duty = {"after": {"type": "SessionScheduled"}, "due_on": "planned_for", "answered_by": answer}
    facts = [calendar(ENGLAND), rule(within=duty | {"before": before}), started("2024-01-01")]
    fields = {"session_id": "S-1", "worker_id": "W-1", "kind": "individual"}
    facts += [told("SessionScheduled", planned_for=str(planned), scheduled_on=str(booked), **fields), record(str(done))]
    agrees(answer_status(done, due, done > due, as_at), as_at, *facts)


ENGLAND = [
    *("2024-12-25", "2024-12-26", "2025-01-01", "2025-04-18", "2025-04-21", "2025-05-05", "2025-05-26", "2025-08-25"),
    *("2025-12-25", "2025-12-26", "2026-01-01", "2026-04-03", "2026-04-06"),
]
