"""How a pack writes what it only counts: shares of events in a time, told and not judged (`measures`)."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from app.domain.calendar import Interval
from app.domain.policy.patterns import Condition, EventRef, Length, Linked, Name, RuleId, Shape, Text
from app.domain.policy.whom import Applies

MOST_SHARES = 60


class Portion(Shape):
    """Which of the events a share counts: those whose fields are so, and to which all that `with` names belongs.

    uninterrupted: {has: {interrupted: false}}
    checked: {with: [{event: records_reviewed, same: session}]}
    """

    has: dict[str, Condition] = Field(default_factory=dict)
    linked: tuple[Linked, ...] = Field((), alias="with")

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not (self.has or self.linked):
            raise ValueError("asks nothing of the event: write `has` or `with`")
        return self


class Covered(Shape):
    """A share for each of these codes of a field that holds a list of them: {field: functions, codes: [management]}."""

    field: Name
    codes: Annotated[tuple[Name, ...], Field(min_length=1, max_length=MOST_SHARES)]


class Measure(Shape):
    """What is counted and told, and never judged: of the events in a time, how many are so.

        - id: LU-07
          title: Which functions supervision covered
          clause: Section 2
          subject: worker
          event: session
          over: 12 months
          covers: {field: functions, codes: [management, development, mediation, support, reflection]}

        - id: LU-103
          title: How much supervision was planned and uninterrupted
          clause: Section 10
          subject: worker
          event: one_to_one
          shares:
            planned: {has: {planned: true}}
            uninterrupted: {has: {interrupted: false}}

    Counted are the events of the time up to the day, from the day the subject began on. Where the field that decides
    was not sent, the event is *not known*, and the share is one of the others. A measure about workers is told of a
    team as well: of all who are in it on the day, together.
    """

    id: RuleId
    title: Text
    clause: Text
    answers: tuple[RuleId, ...] = ()
    subject: Literal["worker", "case", "organisation"]
    applies: Applies = Applies()
    event: EventRef
    over: Length = Interval(12, "month")
    covers: Covered | None = None
    shares: dict[Name, Portion] = Field(default_factory=dict, max_length=MOST_SHARES)

    @model_validator(mode="after")
    def _counted_back(self) -> Self:
        if self.over.unit == "working day":
            raise ValueError("`over` is counted in days, weeks, months or years")
        return self
