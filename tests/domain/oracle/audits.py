"""What the oracle says of audits: the council's rounds (LU-127, LU-128), a Service Manager's months and quarters.

LU-131, LU-132. Rounds, months and quarters are stepped through one by one; nothing is said of one before it is over.
"""

from datetime import date

from tests.domain.oracle.days import ONE_DAY, each_day, months_later
from tests.domain.oracle.reading import Happening
from tests.domain.oracle.standing import ROLES
from tests.domain.oracle.verdict import NOT_APPLICABLE, Verdict
from tests.domain.oracle.who import has_role

OF_COUNCIL, OF_MANAGER = ["LU-127", "LU-128"], ["LU-131", "LU-132"]
FIRST_ROUND = date(2021, 3, 1)
SENIOR, LEADING = {"senior_manager", "service_director"}, {"team_manager", "deputy_team_manager"}
Audits = dict[date, bool | None]
"""On which days there was one that counts; None: one of which that is not known."""


def judge_council(applies_from: date, facts: list[Happening], as_at: date) -> dict[str, Verdict]:
    """Both rules: each round whole, by the policy that is in force on its last day."""
    if as_at < applies_from:
        return dict.fromkeys(OF_COUNCIL, NOT_APPLICABLE)
    rounds = [each for each in steps(FIRST_ROUND, 6, as_at) if each[1] >= applies_from]
    monitored = [fact for fact in facts if fact.type == "FileAudited"]
    random = [fact for fact in facts if fact.type == "FileAudited" and fact.data.get("selection") == "random"]
    return {
        "LU-127": last_of(rounds, FIRST_ROUND, {fact.on: True for fact in monitored}, "breached"),
        "LU-128": last_of(rounds, FIRST_ROUND, by(SENIOR, random, facts), "breached"),
    }


def judge_service_manager(
    facts: list[Happening], worker_id: str, role: str, in_role_since: date, as_at: date
) -> dict[str, Verdict]:
    """Both rules; `in_role_since`: since when the role has been this one and the policy in force."""
    if role != "service_manager":
        return dict.fromkeys(OF_MANAGER, NOT_APPLICABLE if role in ROLES else Verdict("not_assessable"))
    audits = [fact for fact in facts if fact.type == "FileAudited"]
    own = by(LEADING, [fact for fact in audits if fact.data["auditor_id"] == worker_id], facts, "supervisor_id")
    of_workload = [fact for fact in audits if fact.data.get("supervisor_id") == worker_id]
    january = date(in_role_since.year, 1, 1)
    months, quarters = steps(january, 1, as_at), steps(january, 3, as_at)
    return {
        "LU-131": last_of(months, in_role_since, own, "breached"),
        "LU-132": last_of(quarters, in_role_since, by({"service_director"}, of_workload, facts), "tolerated"),
    }


def by(roles: set[str], audits: list[Happening], facts: list[Happening], person: str = "auditor_id") -> Audits:
    """By somebody (or from the workload of somebody) who had one of the roles that day."""
    found: Audits = {}
    for fact in audits:
        who = fact.data.get(person)
        may = None if who is None else has_role(who, roles, fact.on, facts)
        if may is not False:
            found[fact.on] = may or found.get(fact.on)
    return found


def steps(first: date, months: int, as_at: date) -> list[tuple[date, date]]:
    """Every window of so many months that was over before the day."""
    windows = []
    while months_later(first, months) <= as_at:
        windows.append((first, months_later(first, months) - ONE_DAY))
        first = months_later(first, months)
    return windows


def last_of(windows: list[tuple[date, date]], since: date, audits: Audits, empty: str) -> Verdict:
    """The last window that says anything: one in scope for a part only is neither empty nor missed."""
    for first, last in reversed(windows):
        days = [day for day in each_day(first, last) if day >= since]
        held = {audits[day] for day in days if day in audits}
        if True in held:
            return Verdict("met")
        if None in held:
            return Verdict("not_assessable")
        if days and since <= first:
            return Verdict(empty)
    return Verdict("due")
