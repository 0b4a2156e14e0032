"""Whom a rule is about, as a pack writes it, and what of that must never be so at once (`never`)."""

from functools import cached_property
from typing import Annotated

from pydantic import Field

from app.domain.policy.patterns import Check, Condition, Shape


class Applies(Shape):
    """Whom a rule is about, by what was in force on the day; what is not named does not matter.

    applies: {service: targeted_early_help, role: [family_support_worker, team_manager], subject_kind: staff}
    """

    role: Condition | None = None
    service: Condition | None = None
    category: Condition | None = None
    team: Condition | None = None
    employment_type: Condition | None = None
    stage: Condition | None = None
    registered: Condition | None = None
    holds_cases: Condition | None = None
    caseload: Condition | None = None
    subject_kind: Condition | None = None
    flags: Condition | None = None

    @cached_property
    def asked(self) -> tuple[tuple[str, Check], ...]:
        """The fields that are named, with what is asked of each."""
        return tuple((name, check) for name in type(self).model_fields if (check := getattr(self, name)) is not None)


class Never(Shape):
    """What must not be so of a subject at once: a warning that two things that were told do not agree.

        never:
          called: disagreement of category and visits
          any_of:
            - {category: matched_stable, flags: visiting_12_weekly}
            - {category: matched_stable_over_1_year, flags: visiting_6_weekly}

    `met` where none of them is so, `breached` (`inconsistent`) where one is; what was not told is not known.
    """

    called: Annotated[str, Field(min_length=1, max_length=60)]
    any_of: Annotated[tuple[Applies, ...], Field(min_length=1, max_length=20)]
