"""What the oracle answers: one verdict for each rule, and the worst of those that bind for the subject."""

from dataclasses import dataclass
from datetime import date

WORST_FIRST = [
    "breached",
    "not_assessable",
    "tolerated",
    "excused",
    "due",
    "late_met",
    "met",
    "as_required",
    "not_yet_applicable",
    "not_applicable",
]

# R and E are recommended, P is may: none of them turns a subject red.
NEVER_TURNS_RED = {"SH-25", "SH-26", "LU-26", "LU-09", "LU-52", "LU-109", "LU-132"}


@dataclass(frozen=True)
class Verdict:
    """One rule, one day. `due_on` is the last day on which nothing is late, `target_on` the normal day before it."""

    status: str
    code: str | None = None
    due_on: date | None = None
    target_on: date | None = None


NOT_APPLICABLE = Verdict("not_applicable")
NOT_YET = Verdict("not_yet_applicable")


def worst(statuses: list[str]) -> str:
    """The worst status by the order of the policy language; a row the table does not name counts for nothing."""
    for status in WORST_FIRST:
        if status in statuses:
            return status
    return "not_applicable"


def overall(verdicts: dict[str, Verdict]) -> str:
    """A subject's status: the worst of its findings with force must or should."""
    return worst([verdict.status for rule, verdict in verdicts.items() if rule not in NEVER_TURNS_RED])
