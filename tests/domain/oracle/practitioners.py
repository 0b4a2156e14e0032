"""What the oracle says of Senior Practitioners: that practitioners are allocated to them, and a manager's oversight.

LU-10, LU-11. Each day is looked at by itself, from the first fact on: who is here, and who supervises whom.
"""

from datetime import date

from tests.domain.oracle.days import ONE_DAY, each_day
from tests.domain.oracle.reading import Happening, supervision_kind
from tests.domain.oracle.standing import ROLES
from tests.domain.oracle.verdict import NOT_APPLICABLE, Verdict
from tests.domain.oracle.who import supervising, take_up

RULES = ["LU-10", "LU-11"]
Places = dict[str, tuple[str, date | None]]


def judge_practitioner(
    facts: list[Happening], worker_id: str, role: str, in_role_since: date, as_at: date
) -> dict[str, Verdict]:
    """Both rules as at the day; `in_role_since`: since when the role has been this one and the policy in force."""
    if role != "senior_practitioner":
        return dict.fromkeys(RULES, NOT_APPLICABLE if role in ROLES else Verdict("not_assessable"))
    allocated, overseen = dict[date, bool](), dict[date, bool]()
    of_strand: dict[str, dict[str, Places]] = {"case": {}, "oversight": {}}
    gone: set[str] = set()
    for day in each_day(facts[0].on, as_at):
        today = [fact for fact in facts if fact.on == day]
        for fact in today:
            assign(of_strand, fact)
        gone -= {fact.data["worker_id"] for fact in today if fact.type == "WorkerStarted"}
        theirs = {who for who, places in of_strand["case"].items() if worker_id in supervising(places, day)}
        allocated[day] = bool(theirs - gone)
        overseen[day] = bool(supervising(of_strand["oversight"].get(worker_id, {}), day) - gone)
        gone |= {fact.data["worker_id"] for fact in today if fact.type == "WorkerLeft"}
    staff = [fact for fact in facts if fact.type == "FeedConfirmed" and fact.data["feed"] == "staff"]
    staff = [fact for fact in staff if fact.data.get("worker_id") in (None, worker_id)]
    return {
        "LU-10": since_when(allocated, in_role_since, as_at, staff),
        "LU-11": since_when(overseen, in_role_since, as_at, staff),
    }


def assign(of_strand: dict[str, dict[str, Places]], fact: Happening) -> None:
    if fact.type in ("SupervisorAssigned", "SupervisorUnassigned"):
        strand = of_strand.get(supervision_kind(fact)[0])
        if strand is not None:
            take_up(strand.setdefault(fact.data["worker_id"], {}), fact)


def since_when(so: dict[date, bool], since: date, as_at: date, staff: list[Happening]) -> Verdict:
    """So on the day; else missing since a day, if it ever was or the feed of staff is complete up to that day."""
    if so[as_at]:
        return Verdict("met")
    gap = as_at
    while gap > since and not so.get(gap - ONE_DAY, False):
        gap -= ONE_DAY
    proved = any((fact.day("complete_from") or date.min) <= gap <= fact.on for fact in staff)
    if any(so.values()) or proved:
        return Verdict("breached", "unassigned", gap - ONE_DAY)
    return Verdict("not_assessable")
