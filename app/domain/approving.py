"""Who approved what was arranged, and whether they might: by their role on the day, where the policy names roles.

What an approver was that day may not be known, or be a code that no policy knows: then it stands.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from app.domain import wording
from app.domain.history import History
from app.domain.people import people
from app.domain.policy.shapes import Duty
from app.domain.scope import Vocabulary
from app.events.facts import Fact


class Approver(NamedTuple):
    """Who approved something, and their role then; None where it is not known."""

    worker: str
    role: str | None

    def may(self, duty: Duty) -> bool:
        """Whether what they approved holds for a rule."""
        return not duty.approvers or self.role is None or self.role in duty.approvers

    def instead_of(self, approvers: Sequence[str]) -> str:
        """Who it was, and who it had to be."""
        may = " or ".join(wording.a(wording.field(role)) for role in approvers)
        return f"{self.worker}, then {wording.a(wording.field(str(self.role)))}, where only {may} may"


def approver(history: History, words: Vocabulary, fact: Fact) -> Approver:
    """Who approved an arrangement, or granted an excusal. Raises `FactsNeeded`."""
    worker = str(fact.get("approved_by") or fact.data["granted_by"])
    on = fact.day("approved_on") or fact.day("granted_on") or fact.on or date.min
    situation = people(history, [worker])[worker].situation(min(on, history.until))
    role = situation.get("role")
    return Approver(worker, role if role is not None and words.knows("role", role, situation) else None)
