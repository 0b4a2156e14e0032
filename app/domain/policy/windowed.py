"""How a pack writes the windows in which it asks for something, and the windows that follow from it.

    window: month                                   # a calendar week, month, quarter or year
    window: year, first_month: 4                    # from April
    window: 6 months, first_day: 2025-04-01         # one length after another, from a stated day
    window: school_term                             # named terms, with their dates under the pack's `terms`

What is asked of each window is for the duty to say (`every`, `at_least`).
"""

from calendar import month_name
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, Protocol, Self

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema, model_validator

from app.domain.calendar import Interval, Window, Windows, WindowUnit
from app.domain.periods import AnyWindows, Stepped, Terms
from app.domain.policy.patterns import Shape, Text

CALENDAR: Final[tuple[WindowUnit, ...]] = ("week", "month", "quarter", "year")


def _day(value: object) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    elif isinstance(value, date):
        return value
    raise ValueError("is not a day: write year, month and day, such as `2025-04-01`")


Day = Annotated[
    date,
    BeforeValidator(_day),
    PlainSerializer(date.isoformat),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2025-04-01"]}),
]
"""A day of the calendar, as `2025-04-01`."""


def _window(value: object) -> Interval | str:
    if isinstance(value, str) and value[:1].isdigit():
        return Interval.parse(value)
    if isinstance(value, Interval | str) and value:
        return value
    raise ValueError("is not a window: write `month`, a length such as `6 months`, or the name of terms of this pack")


WindowName = Annotated[
    Interval | str,
    BeforeValidator(_window),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "examples": [*CALENDAR, "6 months", "school_term"]}),
]
"""`month`, a length of time such as `6 months`, or the name of terms of the pack."""


class Term(Shape):
    """One term by name, first and last day.

    terms:
      school_term:
        - {name: autumn term 2025, first_day: 2025-09-01, last_day: 2025-12-19}
    """

    name: Text
    first_day: Day
    last_day: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise ValueError(f"`{self.name}` ends before it begins")
        return self


class Windowed(Protocol):
    """What a duty in windows says of them."""

    @property
    def window(self) -> Interval | str | None:
        """Which windows."""

    @property
    def first_month(self) -> int:
        """Of calendar quarters and years."""

    @property
    def first_day(self) -> date | None:
        """Of windows of a length."""


def check_windows(said: Any) -> None:
    """A length needs its first day, and nothing else takes one. Raises ValueError."""
    if isinstance(said.window, Interval):
        if said.first_day is None:
            raise ValueError(f"windows of {said.window} begin on a stated day: write `first_day: 2025-04-01` beside it")
        if said.window.unit in ("working day", "hour"):
            raise ValueError(f"windows are counted in days, weeks, months or years, not in {said.window.unit}s")
        if "first_month" in said.model_fields_set:
            raise ValueError("windows of a length begin on their `first_day`: leave `first_month` out")
    elif said.first_day is not None:
        raise ValueError("`first_day` belongs to windows of a length, such as `window: 6 months`")


def in_words(said: Windowed) -> str:
    """`calendar month`, `year from April`, `period of 6 months (one begins on 1 April 2025)`, `school term`."""
    if isinstance(said.window, Interval):
        begins = f" (one begins on {said.first_day.day} {said.first_day:%B %Y})" if said.first_day else ""
        return f"period of {said.window}{begins}"
    if said.window == "year" and said.first_month != 1:
        return f"year from {month_name[said.first_month]}"
    if said.window == "quarter" and said.first_month % 3 != 1:
        return f"quarter (one begins in {month_name[said.first_month]})"
    return f"calendar {said.window}" if said.window in CALENDAR else str(said.window).replace("_", " ")


def windows_of(terms: Mapping[str, Sequence[Term]], said: Windowed) -> AnyWindows:
    """The windows that a duty means; `terms` are those of its pack. Raises KeyError for terms that it does not name."""
    window = said.window
    if isinstance(window, Interval) and said.first_day is not None:
        return Stepped(window, said.first_day)
    unit = next((unit for unit in CALENDAR if unit == window), None)
    if unit is not None:
        return Windows(unit, said.first_month)
    named = terms[str(window)]
    return Terms(str(window), tuple(Window(term.first_day, term.last_day, term.name) for term in named))
