"""How long the records of one subject are kept, and whether they are due for disposal, in words. Pure.

Counted from the last day: of a worker the day on which they left, of a case the day on which it was closed. Who came
back runs, and no earlier leaving counts; somebody who was merged is who they are now. Where no policy in force says
how long, nothing is ever due by itself. What stands in the way is what stands in the way of an erasure (`holding`).
Left out: disposing of anything, which two people do.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from app.domain import holding, wording
from app.domain.holding import Block
from app.domain.subject import Subject
from app.events.facts import Facts

State = Literal["due", "held", "not_yet", "policy_silent", "running", "approved", "erased"]
"""`held`: the time is over, and something stands in the way. `approved`: an erasure is, and was not carried out."""

_ENDED: Final = {"worker": "Left on", "case": "Closed on"}
_RUNNING: Final = {
    "worker": "No leaving is recorded, and from that the time is counted",
    "case": "No closing is recorded, and from that the time is counted",
}
_BY_ITSELF: Final = frozenset({"still_here", "kept"})
"""What stands in the way because the time is not over."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """How the records of a subject stand on a day."""

    state: State
    last_day: date | None
    """None while it runs."""
    earliest: date | None
    """The first day on which disposal is not refused by the policy; None where none says, or it runs."""
    clauses: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    """What else stands in the way."""
    erased_on: date | None = None


def keeping(subject: Subject, facts: Facts, day: date) -> Keeping:
    """How a worker or a case stands on the day. Raises `FactsNeeded`."""
    kept, gone = holding.period(subject, facts, day), holding.erased(subject, facts, day)
    approved = holding.restricted(subject, facts, day)
    # what stands in the way takes all that is told of somebody: looked for only where it can make a difference
    blocks = [] if kept.first is None else holding.blocks(subject, facts, day)
    found = tuple(each for each in blocks if each.code not in _BY_ITSELF)
    state = _state(kept, day, blocked=bool(found), erased=bool(gone), approved=approved)
    return Keeping(state, kept.last_day, kept.first, kept.clauses, found, gone[-1].on if gone else None)


def _state(kept: holding.Period, day: date, *, blocked: bool, erased: bool, approved: bool) -> State:
    if approved:
        return "approved"
    if kept.last_day is None:
        return "running"
    if erased:
        return "erased"
    if kept.first is None:
        return "policy_silent"
    if day < kept.first:
        return "not_yet"
    return "held" if blocked else "due"


def told(kind: str, found: Keeping, on: date) -> str:
    """How it stands, for people."""
    said = [f"{_ENDED[kind]} {wording.day(found.last_day)}." if found.last_day else f"{_RUNNING[kind]}."]
    if found.erased_on is not None:
        said.append(f"Texts and names were erased on {wording.day(found.erased_on)}.")
    if found.state == "policy_silent":
        said.append("No policy in force says how long this is kept, so nothing falls due by itself.")
    if found.earliest is not None and found.erased_on is None:
        since = "Due for disposal since" if found.earliest <= on else "Disposal is refused before"
        said.append(f"{since} {wording.day(found.earliest)} ({', '.join(found.clauses)}).")
    if found.state == "approved":
        said.append("Its erasure is approved.")
    return " ".join([*said, *dict.fromkeys(each.why for each in found.blocks)])
