"""Why events were not recorded, as problems: one for each event, and one for a request of which nothing is stored."""

from collections.abc import Mapping

from app.errors import Conflict, Fault, Invalid, Problem
from app.events.stored import CONFLICT, MOVED, Verdict


def problem_of(verdict: Verdict) -> Problem | None:
    """What is wrong with an event that was judged so, if it is its own fault."""
    if verdict.code == CONFLICT:
        return conflict(verdict)
    if verdict.code == MOVED:
        return Conflict("merged_meanwhile", "Another merge was recorded in between. Send this again.")
    return None


def conflict(verdict: Verdict) -> Conflict:
    """Something else is recorded under its source and id."""
    return Conflict(
        "event_conflict",
        f"An event with this source and id is recorded at position {verdict.position} and says something else. "
        "Nothing was changed. To put a recorded event right, send EventCorrected; for a new fact use a new id.",
        extra={"position": verdict.position},
    )


def whole_refused(problems: Mapping[int, Problem], *, single: bool) -> Problem:
    """One problem for a request of which nothing is stored: the item's own, or every item's faults with its index."""
    if single:
        return problems[0]
    faults = [fault for index in sorted(problems) for fault in _faults_of(index, problems[index])]
    kind = Conflict if all(isinstance(problem, Conflict) for problem in problems.values()) else Invalid
    code = "event_conflict" if kind is Conflict else "invalid_event"
    events = "One event was" if len(problems) == 1 else f"{len(problems)} events were"
    return kind(code, f"{events} refused, so nothing of this request was stored. Put them right and send it again.",
                errors=faults)  # fmt: skip


def _faults_of(index: int, problem: Problem) -> list[Fault]:
    if not problem.errors:
        return [Fault(f"/{index}", problem.code, problem.detail)]
    return [Fault(f"/{index}{fault.pointer}", fault.code, fault.detail) for fault in problem.errors]
