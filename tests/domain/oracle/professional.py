"""What the oracle says of who gives professional supervision (S5-4): somebody who is registered on that day.

Registered as it was told last by then: that a check found them so (until it runs out), or with their post.
"""

from datetime import date

from tests.domain.oracle.reading import Happening, is_about_worker
from tests.domain.oracle.verdict import NOT_YET, Verdict


def judge_professional(worker_id: str, facts: list[Happening], since: date) -> Verdict:
    """The latest session of professional supervision that the worker had."""
    held = [fact for fact in facts if is_about_worker(fact, worker_id) and fact.on >= since]
    held = [fact for fact in held if fact.type == "SessionHeld" and fact.data.get("strand") == "professional"]
    held = [fact for fact in held if fact.data["kind"] == "individual"]
    if not held:
        return NOT_YET
    giver = held[-1].data.get("supervisor_id")
    said = is_registered(giver, held[-1].on, facts) if giver is not None else None
    if said is None:
        return Verdict("not_assessable", "not_known")
    return Verdict("met") if said else Verdict("breached", "supervisor_role_not_permitted")


def is_registered(person: str, day: date, facts: list[Happening]) -> bool | None:
    """Not known of whom nobody said that they are here, or that they are registered, or whose last word ran out."""
    said: bool | None = None
    checked: bool | None = None
    here = False
    for fact in [fact for fact in facts if is_about_worker(fact, person) and fact.on <= day]:
        if fact.type == "WorkerLeft" and fact.on < day:
            here = False
        if fact.type == "WorkerStarted":
            said, here = fact.data.get("registered", said if here else checked), True
        if fact.type == "WorkerRoleChanged" and here:
            said = fact.data.get("registered", said)
        if fact.type == "RegistrationChecked":
            ran_out = (fact.day("expires_on") or day) < day
            said = checked = None if fact.data["status"] == "registered" and ran_out else is_found_so(fact)
    return said if here else None


def is_found_so(check: Happening) -> bool:
    return bool(check.data["status"] == "registered")
