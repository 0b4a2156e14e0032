"""Who somebody was on a day, to a worker or a case, by their own post: naively, from what was told up to now.

Three answers to each question: yes, no, and not known. It leaves out what people are to a team.
"""

from datetime import date

from tests.domain.oracle.reading import Happening, is_about_worker, speaks_of, supervision_kind
from tests.domain.oracle.who import EMPLOYMENT
from tests.domain.oracle.worker import walk_employment


def role_on(person: str, day: date, facts: list[Happening]) -> str | None:
    """Their role at the end of the day; not known before they started, and after they left."""
    told = [fact for fact in facts if fact.type in EMPLOYMENT and is_about_worker(fact, person) and fact.on <= day]
    post = walk_employment(told, day) if told else None
    return None if post is None else post.role


def supervisors_on(worker: str, strand: str, day: date, facts: list[Happening]) -> set[str]:
    """Whoever stands in on the day; else the one assigned last for good, if that has not ended."""
    now: dict[str, tuple[str, date | None]] = {}
    for fact in facts:
        if fact.on > day or not is_about_worker(fact, worker):
            continue
        if fact.type == "SupervisorAssigned" and supervision_kind(fact)[0] == strand:
            now[supervision_kind(fact)[1]] = (fact.data["supervisor_id"], fact.day("until"))
        if fact.type == "SupervisorUnassigned" and fact.data.get("strand", "personal") == strand:
            for basis, (who, _) in now.items():
                if who == fact.data["supervisor_id"] and fact.data.get("basis", basis) == basis:
                    now[basis] = (who, fact.on)
    return standing_in_first(now, day)


def standing_in_first(now: dict[str, tuple[str, date | None]], day: date) -> set[str]:
    for basis in ("interim", "permanent"):
        who, until = now.get(basis, ("", date.min))
        if until is None or day <= until:
            return {who}
    return set()


def case_supervisors_on(case_id: str, day: date, facts: list[Happening]) -> set[str]:
    now = {}
    for fact in facts:
        if fact.type == "CaseSupervisorAssigned" and fact.data["case_id"] == case_id and fact.on <= day:
            now[fact.data.get("basis", "permanent")] = (fact.data["supervisor_id"], fact.day("until"))
    return standing_in_first(now, day)


def leads_on(case_id: str, opened: date, day: date, facts: list[Happening]) -> str | None:
    """To whom the case was allocated last in this period."""
    given = [f for f in facts if f.type == "CaseAllocated" and f.data["case_id"] == case_id and opened <= f.on <= day]
    return given[-1].data["worker_id"] if given else None


def discussed_in(fact: Happening, facts: list[Happening]) -> list[Happening]:
    """The discussions, or the session, that something was said or written of."""
    found = [f for f in facts if f.type == "CaseDiscussed" and speaks_of(fact, f)]
    session = fact.data.get("session_id")
    return found + [f for f in facts if f.type == "SessionHeld" and session and f.data["session_id"] == session]


def either(answers: list[bool | None]) -> bool | None:
    """Yes where one is; not known where one may be; else no."""
    if True in answers:
        return True
    return None if None in answers else False


def is_among(person: str, known: set[str]) -> bool | None:
    """Whether it is one of those who are known to have been; where nobody is known, nobody can say."""
    return person in known if known else None
