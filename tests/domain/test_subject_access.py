"""Until when a request to know what is held is to be answered: worked dates, counted by hand from the ICO's reading."""

from datetime import date

import pytest

from app import shipped
from app.domain.calendar import WorkingDays
from app.domain.subject import Subject
from app.domain.subject_access import Answer, Extension, Pause, Request, clock, told

ENGLAND = WorkingDays.adopted([dict(shipped.calendar())])
D = date.fromisoformat


def _asked(on: str, **more: object) -> Request:
    return Request("SAR-1", Subject("worker", "W-1"), D(on), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2025-09-03", "2025-10-03"),  # the ICO's own example: 3 September, 3 October
        ("2025-01-31", "2025-02-28"),  # no 31 February: the last day of the month
        ("2024-01-31", "2024-02-29"),
        ("2026-01-31", "2026-03-02"),  # 28 February 2026 is a Saturday: the next working day
        ("2025-03-18", "2025-04-22"),  # 18 April 2025 is Good Friday; Easter Monday is the 21st
        ("2025-11-25", "2025-12-29"),  # Christmas Day, Boxing Day, a weekend
        ("2025-04-05", "2025-05-06"),  # 5 May 2025 is the early May bank holiday
    ],
)
def test_a_month_runs_to_the_same_day_or_the_months_last_and_then_to_a_working_day(received: str, due: str) -> None:
    """Seen to fail with the clamp taken away, and with weekends alone taken for holidays."""
    assert clock(_asked(received), ENGLAND).due_on == D(due)


def test_an_extension_counts_from_the_same_day_and_pauses_do_not_count() -> None:
    longer = _asked("2025-01-31", extension=Extension(D("2025-02-10"), D("2025-04-30"), "complex"))
    assert clock(longer, ENGLAND).due_on == D("2025-04-30")
    # asked back on Monday, answered on Friday: five days, both ends included
    paused = _asked("2025-09-03", pauses=(Pause(D("2025-09-08"), D("2025-09-12")),))
    assert clock(paused, ENGLAND).due_on == D("2025-10-08")
    one_day = _asked("2025-09-03", pauses=(Pause(D("2025-09-08"), D("2025-09-08")),))
    assert "1 day of waiting for an answer does not count" in told(one_day, clock(one_day, ENGLAND), D("2025-09-09"))
    waiting = _asked("2025-09-03", pauses=(Pause(D("2025-09-08"), None),))
    assert clock(waiting, ENGLAND).due_on == D("2025-10-03")
    assert told(waiting, clock(waiting, ENGLAND), D("2025-12-01")).endswith(
        "The clock has stood still since 8 September 2025: an answer to the council's question is awaited."
    )


def test_the_clock_is_told_in_words() -> None:
    asked = _asked("2025-04-05")
    found = clock(asked, ENGLAND)
    assert told(asked, found, D("2025-05-05")) == (
        "One calendar month from 5 April 2025 ends on 5 May 2025. That is a Monday and a bank holiday, so the next "
        "working day is the last: 6 May 2025. 1 day is left."
    )
    assert told(asked, found, D("2025-05-06")).endswith("It is to be answered today.")
    assert told(asked, found, D("2025-05-09")).endswith("It is 3 days late.")
    late = _asked("2025-04-05", answer=Answer(D("2025-05-09"), "provided", None))
    assert told(late, found, D("2026-01-01")).endswith("Answered on 9 May 2025, 3 days late.")


def test_where_the_calendar_does_not_reach_that_is_said() -> None:
    far = _asked("2050-03-01")
    found = clock(far, ENGLAND)
    assert (found.due_on, found.known) == (D("2050-04-01"), False)
    assert "does not say" in told(far, found, D("2050-03-02"))
