"""How a policy lets an agreement's own terms count: they may tighten what it asks, and never loosen it."""

from typing import Annotated

from pydantic import Field, StrictInt

from app.domain.policy.patterns import EventRef, Length, Shape


class OwnTerms(Shape):
    """The agreement whose `frequency` and `minutes` become the target where they ask for more than the rule does.

        every: {event: personal_session, window: month, own_terms: {agreement: supervision_contract}}

    From the last session that is as long as agreed, or from the agreement, the agreed interval runs; once it is over a
    rule that is otherwise kept is `tolerated` (`behind_agreement`), and only the policy's own limit makes a breach.
    """

    agreement: EventRef


class Minimum(Shape):
    """What the policy asks at the least; terms of an agreement that ask for less are told (`contract_below_policy`).

    exists: {event: supervision_contract, minimum: {frequency: 1 month, minutes: 90}, grace: {limit: 28 days}}
    """

    frequency: Length | None = None
    minutes: Annotated[StrictInt, Field(ge=1, le=1440)] | None = None
