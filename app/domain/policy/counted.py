"""How a pack writes a rhythm that is counted in something that happens: every 8 shifts, every 10 client hours.

As data, and as a sentence; what it means for a subject is in `domain/rules/counted`.
"""

from typing import Annotated, Self

from pydantic import Field, StrictInt, model_validator

from app.domain.policy.patterns import EventRef, Shape
from app.domain.policy.phrases import a, named, spoken

Count = Annotated[StrictInt, Field(ge=1, le=100_000)]


class Clock(Shape):
    """What is counted: each such event, or what a number in it adds up to.

    clock: {event: work, adds: shifts}
    """

    event: EventRef
    adds: str | None = None
    called: Annotated[str, Field(min_length=1, max_length=60)] | None = None

    @property
    def unit(self) -> str:
        """What is counted, in the plural: `shifts`, `client hours`."""
        return self.called or spoken(self.adds or f"times of {named(self.event)}")


class Counted(Shape):
    """By a count of something else since the last qualifying event.

        every: {event: supervision, clock: {event: work, adds: shifts}, limit: 8}
        every: {event: supervision, clock: {event: work, adds: client_hours}, target: 8, limit: 10}

    `due` up to the target, `tolerated` up to the limit, `breached` from the day on which more than the limit was
    counted. What happened on the day of the qualifying event itself is not counted after it: which came first is not
    told. One that does not tell its number is not known to count.
    """

    event: EventRef
    clock: Clock
    limit: Count
    target: Count | None = None

    @model_validator(mode="after")
    def _target_sooner(self) -> Self:
        if self.target is not None and self.target >= self.limit:
            raise ValueError(f"target `{self.target}` must be sooner than limit `{self.limit}`")
        return self


def sentence(counted: Counted) -> str:
    """The duty as one sentence."""
    unit = counted.clock.unit
    target = f", {counted.target} {unit} as the target" if counted.target else ""
    return f"{a(counted.event).capitalize()} every {counted.limit} {unit} at the latest{target}."
