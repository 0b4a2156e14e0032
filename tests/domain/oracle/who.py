"""Who somebody else was on a day, as told of them: their role, who managed them, who supervised them and stood in."""

from datetime import date

from tests.domain.oracle.reading import Happening, is_about_worker, supervision_kind
from tests.domain.oracle.standing import ROLES
from tests.domain.oracle.worker import walk_employment

EMPLOYMENT = ["WorkerStarted", "WorkerRoleChanged", "WorkerLeft"]


def role_on(person: str, day: date, facts: list[Happening]) -> str | None:
    """The role on the day; None of somebody who is not known to work here, or whose role no policy knows."""
    told = [f for f in facts if f.type in EMPLOYMENT and f.on <= day and f.data["worker_id"] == person]
    post = walk_employment(told, day) if told else None
    return post.role if post is not None and post.role in ROLES else None


def has_role(person: str | None, roles: set[str], day: date, facts: list[Happening]) -> bool | None:
    """Whether the person had one of the roles that day; None where that is not known."""
    role = None if person is None else role_on(person, day, facts)
    return None if role is None else role in roles


def manager_on(worker: str, day: date, facts: list[Happening]) -> str | None:
    """The one assigned last, up to the last day of it."""
    manager, last_day = None, None
    for fact in facts:
        if fact.on > day or not fact.type.startswith("LineManager") or not is_about_worker(fact, worker):
            continue
        if fact.type == "LineManagerAssigned":
            manager, last_day = fact.data["manager_id"], None
        elif fact.data["manager_id"] == manager:
            last_day = fact.on
    return None if last_day is not None and last_day < day else manager


def take_up(places: dict[str, tuple[str, date | None]], fact: Happening) -> None:
    """Who supervises somebody in one strand, and until when: one place for the permanent one and one beside it."""
    who = fact.data["supervisor_id"]
    if fact.type == "SupervisorAssigned":
        places[supervision_kind(fact)[1]] = (who, fact.day("until"))
        return
    for basis in [supervision_kind(fact)[1]] if says_basis(fact) else ["permanent", "interim"]:
        there, until = places.get(basis, (None, None))
        if there == who and (until is None or until >= fact.on):
            places[basis] = (who, fact.on)


def says_basis(fact: Happening) -> bool:
    return "basis" in fact.data or fact.data.get("strand") == "interim"


def supervising(places: dict[str, tuple[str, date | None]], day: date) -> set[str]:
    """Everybody in place on the day, standing in or not; the last day is one of them."""
    return {who for who, until in places.values() if until is None or day <= until}
