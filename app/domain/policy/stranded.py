"""How a pack writes several strands of one rule: all of them are asked for (`all_of`), or one of them is (`any_of`).

    all_of:
      - {called: personal supervision, every: {event: personal_session, limit: 1 month}}
      - {called: clinical supervision, every: {event: clinical_session, limit: 3 months}}

    any_of:
      - {called: 90 minutes every month, every: {event: long_session, window: month}}
      - {called: 45 minutes every fortnight, every: {event: session, limit: 14 days}}

An arrangement or an excusal names the rule; it changes the strand that lets that term vary, or that may be excused:

    all_of:
      - {called: personal supervision, every: {event: personal_session, limit: 1 month}, variations: {every: 8 weeks}}
      - {called: clinical supervision, every: {event: clinical_session, limit: 3 months}, excusals: {longest: 6 weeks}}

What their verdicts come to together is in `domain/rules/strands`.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from app.domain.policy.arrangements import Excusals, Furthest
from app.domain.policy.asking import Asking
from app.domain.policy.duties import Several
from app.domain.policy.patterns import Name


class Strand(Asking):
    """One strand: what it is called, and exactly one kind of duty."""

    called: Annotated[str, Field(min_length=1, max_length=60)]
    variations: dict[Name, Furthest] = Field({}, description="how far an arrangement may go, by term")
    excusals: Excusals | None = None
    NOUN: ClassVar[str] = "strand"


SeveralStrands = Annotated[tuple[Strand, ...], Field(min_length=2, max_length=10)]


@dataclass(frozen=True)
class Strands(Several):
    """The strands of a rule, and whether all of them are asked for or any."""

    needed: Literal["all", "any"]
    of: tuple[Strand, ...]

    def named(self, called: str) -> Strand | None:
        """The strand of that name."""
        return next((strand for strand in self.of if strand.called == called), None)
