"""How a pack writes that what it asks changes with the time since something, or when an event ends a stage.

As data only; from when to when each stage lasts is in `domain/staging`.
"""

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from app.domain.policy.asking import Asking
from app.domain.policy.patterns import EventRef, Length, Shape


class Step(Asking):
    """One stage: what is asked in it, and what ends it.

        - {up_to: 6 weeks, every: {event: supervision, limit: 1 week}}
        - {for: 3 months, until: observation_passed, every: {event: supervision, limit: 2 weeks}}
        - {every: {event: supervision, limit: 1 month}}

    `up_to` is counted from the day from which all stages run, `for` from the stage's own first day, and `until` ends it
    on the day of an event (of which the first since then counts, also one before the stage began); whichever comes
    first. The next stage holds from that very day on.
    """

    up_to: Length | None = None
    lasts: Length | None = Field(None, alias="for")
    until: EventRef | None = None
    NOUN: ClassVar[str] = "stage"

    @property
    def ends(self) -> bool:
        """Whether anything ends it."""
        return (self.up_to, self.lasts, self.until) != (None, None, None)

    @model_validator(mode="after")
    def _in_days(self) -> Self:
        if {"working day", "hour"} & {length.unit for length in (self.up_to, self.lasts) if length}:
            raise ValueError("a stage is counted in days, weeks, months or years")
        return self


class Stages(Shape):
    """What is asked, stage by stage; a later one may ask for more or for less.

        stages:
          since: approval
          steps: [ … ]

    `since` says from when they run: from the first event of a kind, whenever it was (a qualification, an approval);
    without it, from the day on which the worker started or the case was opened. While nothing says when that was, it
    is not known what is asked. What is open when a stage ends is taken over as by any change of rule (RD-13).
    """

    since: EventRef | None = None
    steps: Annotated[tuple[Step, ...], Field(min_length=2, max_length=20)]
