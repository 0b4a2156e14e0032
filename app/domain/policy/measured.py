"""Duties that measure: how many or how long in a time (`at_least`, `at_most`), and what the latest event holds.

As data only; what each means for a subject is in `domain/rules/` (`quota`, `ceiling`, `latest`).
"""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Discriminator, Field, StrictInt, Tag, model_validator

from app.domain.policy.credits import Credit
from app.domain.policy.entitled import By
from app.domain.policy.patterns import Condition, EventRef, Length, Linked, Name, Shape
from app.domain.policy.windowed import Day, WindowName, check_windows


class Number(Shape):
    """A number of events, or of their minutes, in a time: a length of time up to each day, or a window.

    What counts is for `event` to say (`minutes: {at_least: 90}` in its `where`), and what it counts for for `credit`.
    """

    event: EventRef
    times: Annotated[StrictInt, Field(ge=0, le=1000)] | None = None
    minutes: Annotated[StrictInt, Field(ge=0, le=1_000_000)] | None = None
    rolling: Length | None = None
    window: WindowName | None = None
    first_month: Annotated[StrictInt, Field(ge=1, le=12)] = 1
    first_day: Day | None = None
    credit: tuple[Credit, ...] = ()

    @property
    def needed(self) -> int:
        """The number: times or minutes."""
        return self.times or self.minutes or 0

    @model_validator(mode="after")
    def _one_number_one_time(self) -> Self:
        if (self.times is None) == (self.minutes is None):
            raise ValueError("say how much with either `times` or `minutes`")
        if (self.rolling is None) == (self.window is None):
            raise ValueError("say in what time with either `rolling: 12 months` or `window: year`")
        units = {length.unit for length in (self.rolling, getattr(self, "silent_for", None)) if length}
        if units & {"working day", "hour"}:
            raise ValueError("`rolling` and `silent_for` are counted in days, weeks, months or years")
        check_windows(self)
        return self


class AtLeast(Number):
    """So many events, or so many minutes of them, in a time.

        at_least: {event: personal_session, times: 10, rolling: 12 months, silent_for: 2 months}
        at_least: {event: training, minutes: 900, window: year, first_month: 4}

    `met` while the number is reached; `breached` where it is not, once the rule has applied for the whole time (or a
    whole window has gone by without). Before that `due`, or `tolerated` when behind what the complete months would
    have by then in proportion; `silent_for` says how long nothing is said at all. Months that a recorded absence
    covers wholly are left out of the proportion where the rule's `absence` excuses.
    """

    times: Annotated[StrictInt, Field(ge=1, le=1000)] | None = None
    minutes: Annotated[StrictInt, Field(ge=1, le=1_000_000)] | None = None
    silent_for: Length | None = None


class AtMost(Number):
    """No more than so many events, or so many minutes of them, in a time.

        at_most: {event: supervision_cancelled, times: 2, rolling: 6 months}
        at_most: {event: duty_day, times: 0, window: week}

    `met` while there are no more; `breached` from the event that is one too many until so many have fallen out of the
    time, or until the window after it is complete. What happened before the rule applied is not held against anybody,
    nor is what an earlier version of the policy allowed.
    """


class Required(Linked):
    """What else must belong to an event: of the same thing, not too old, by whom it must be.

        - {event: clear_action, same: discussion}
        - {event: chronology_reviewed, same: case, within: 2 months}             # no longer than that before it
        - {event: chronology_reviewed, same: discussion, when: {depth: full}}    # asked of these only
        - {event: oversight_note, same: decision, code: wrong_type}
        - {event: oversight_note, same: decision, by: {person: author_id, role: team_manager}}

    `code` stands beside `breached` where it is missing. `same: case` (of a case) is whatever is told of it.
    """

    by: By | None = None
    within: Length | None = None
    when: dict[str, Condition] = Field(default_factory=dict)
    code: Name | None = None


class CasesAtMost(Shape):
    """No more open cases than so many, on any day, of those that a worker leads.

    at_most: {cases: 20}
    """

    cases: Annotated[StrictInt, Field(ge=0, le=1000)]


def _what(value: object) -> str:
    named = isinstance(value, CasesAtMost) or (isinstance(value, Mapping) and "cases" in value)
    return "caseload" if named else "number"


Most = Annotated[
    Annotated[AtMost, Tag("number")] | Annotated[CasesAtMost, Tag("caseload")],
    Discriminator(_what),
]
"""A ceiling: on events in a time, or on open cases."""


class Latest(Shape):
    """What the latest such event must hold, in its own fields and in others that belong to it.

        latest:
          event: personal_session
          has: {minutes: {at_least: 90}}
          noted: {long: {minutes: {at_least: 121}}}         # a code beside `met`, no judgement

        latest:
          event: discussion
          unless: {no_action: true}                         # then nothing more is asked
          with: [{event: complete_action, same: discussion}]
          without: [{event: incomplete_action, same: discussion}]

        latest:
          event: case_note
          by: {person: author_id, relation: supervisor}     # who must have done it

    `met` or `breached`; before the first such event `not_yet_applicable`. A field that was not told is not known: where
    `has` asks for more than that it is `present`, the finding is then `not_assessable`; so it is where it is not known
    what the person was.
    """

    event: EventRef
    by: By | None = None
    has: dict[str, Condition] = Field(default_factory=dict)
    noted: dict[Name, dict[str, Condition]] = Field(default_factory=dict)
    unless: dict[str, Condition] = Field(default_factory=dict)
    linked: tuple[Required, ...] = Field((), alias="with")
    without: tuple[Linked, ...] = ()

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not (self.has or self.linked or self.without or self.by):
            raise ValueError("asks nothing of the latest event: write `has`, `with`, `without` or `by`")
        return self
