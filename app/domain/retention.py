"""From when on records may be disposed of, by the policy that declares it (`retain`). Pure; enforced elsewhere."""

from datetime import date

from app.domain.calendar import add
from app.domain.policy.custody import Retained


def earliest_disposal(kept: Retained | None, last_day: date, *, held: bool) -> date | None:
    """The first day on which disposal is not refused; None while a hold stands, or where the policy says nothing.

    Counted from the last day: 30 June 2025 and two years give 30 June 2027, 29 February 2024 gives 28 February 2026.
    """
    return None if kept is None or (held and kept.held_by) else add(kept.at_least, last_day)
