"""How a pack writes that work is shared between posts; what it means for a team is in `domain/rules/balance`."""

from typing import Annotated, Literal

from pydantic import Field, StrictInt

from app.domain.policy.patterns import EventRef, Length, Name, Shape

Strand = Literal["personal", "case", "professional", "oversight"]


class Tolerance(Shape):
    """How far the shares may lie apart and still be equal: it takes more than both limits to be unequal.

    `points` are percentage points between the largest share and the smallest.
    """

    cases: Annotated[StrictInt, Field(ge=0, le=10_000)] = 0
    points: Annotated[StrictInt, Field(ge=0, le=100)] = 0


class Delivered(Shape):
    """What each post delivered of late, told beside the shares; nothing is judged by it.

    A discussion or session is delivered by its `supervisor_id`; those of one session count once.
    """

    event: EventRef
    within: Length


class Balance(Shape):
    """The team's open cases are split equally between those who hold certain posts in it.

        balance:
          between: [team_manager, deputy_team_manager]
          counted_through: {senior_practitioner: oversight}
          tolerance: {cases: 1, points: 10}
          delivered: {event: case_supervision, within: 3 months}

    Counted on the day, by who supervises each case. `counted_through`: a case that somebody of that role supervises
    counts to the one who supervises them in that strand. `met` (`balanced`) or `breached` (`unbalanced`);
    `not_assessable` while a post is vacant, or while what is not known could change the answer.
    """

    between: Annotated[tuple[Name, ...], Field(min_length=2)]
    counted_through: dict[Name, Strand] = Field(default_factory=dict)
    tolerance: Tolerance = Tolerance()
    delivered: Delivered | None = None
