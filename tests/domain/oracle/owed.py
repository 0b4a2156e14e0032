"""Of things that must each be answered, the one verdict: the worst that is open; with none open, the last."""

from dataclasses import dataclass
from datetime import date

from tests.domain.oracle.verdict import NOT_YET, Verdict


@dataclass(frozen=True)
class Owed:
    """One thing that calls for an answer: its day, when it was answered if it was, and by when that was due if ever."""

    on: date
    answered_on: date | None
    due_on: date | None = None


def stands(owed: list[Owed], as_at: date, *, is_open: str | None, late: str | None = None, met: str) -> Verdict:
    """`is_open`, `late`, `met`: the words beside due, tolerated and met. No limit here is the policy's own."""
    waiting = [each for each in owed if each.answered_on is None]
    if waiting:
        first = min(waiting, key=lambda each: each.due_on or date.max)
        if first.due_on is not None and as_at > first.due_on:
            return Verdict("tolerated", late, first.due_on)
        return Verdict("due", is_open, first.due_on)
    if not owed:
        return NOT_YET
    last = owed[-1]
    assert last.answered_on is not None
    if last.due_on is not None and last.answered_on > last.due_on:
        return Verdict("late_met", None, last.due_on)
    return Verdict("met", met, last.due_on)
