"""What the oracle says of a worker's objectives, concerns and personal file: LU-86, LU-109, LU-122, LU-124."""

from datetime import date

from tests.domain.oracle.days import months_later
from tests.domain.oracle.owed import Owed, stands
from tests.domain.oracle.reading import Happening, is_about_worker, place_in_order
from tests.domain.oracle.recording import is_personal_record_of
from tests.domain.oracle.verdict import NOT_YET, Verdict

RULES = ["LU-86", "LU-109", "LU-122", "LU-124"]


def judge_disputes(facts: list[Happening], worker_id: str, since: date, as_at: date) -> dict[str, Verdict]:
    """The four rules as at the day, of what happened since the policy has applied to the worker."""
    concerns = [fact for fact in facts if fact.type.startswith("Concern") and is_about_worker(fact, worker_id)]
    return {
        "LU-86": in_the_file(facts, worker_id, since),
        "LU-109": objectives(facts, worker_id, since, as_at),
        "LU-122": first_with_the_supervisor(concerns, since, as_at),
        "LU-124": then_with_the_line_manager(concerns, since, as_at),
    }


def in_the_file(facts: list[Happening], worker_id: str, since: date) -> Verdict:
    """The latest record of personal supervision names the file that it is in."""
    records = [fact for fact in facts if fact.on >= since and is_personal_record_of(fact, facts, worker_id)]
    if not records:
        return NOT_YET
    last = max(records, key=place_in_order)
    return Verdict("met", "in_the_file") if "file_id" in last.data else Verdict("breached", "missing")


def objectives(facts: list[Happening], worker_id: str, since: date, as_at: date) -> Verdict:
    """Each that was set, or reviewed and goes on, is reviewed within twelve months; that is our limit."""
    names = {f.data["objective_id"] for f in facts if f.type == "ObjectiveSet" and is_about_worker(f, worker_id)}
    told = [fact for fact in facts if fact.data.get("objective_id") in names]
    owed = []
    for fact in sorted(told, key=place_in_order):
        if fact.on < since or fact.data.get("outcome") in ("achieved", "withdrawn"):
            continue
        reviews = [other.on for other in told if is_later_review(other, fact)]
        owed.append(Owed(fact.on, min(reviews, default=None), months_later(fact.on, 12)))
    return stands(owed, as_at, is_open=None, met="")


def is_later_review(review: Happening, of: Happening) -> bool:
    """Of the same objective, on its day or later; of two reviews of one day the one that comes after it."""
    if review.type != "ObjectiveReviewed" or review.data["objective_id"] != of.data["objective_id"]:
        return False
    return place_in_order(review) > place_in_order(of) or (of.type == "ObjectiveSet" and review.on == of.on)


def first_with_the_supervisor(concerns: list[Happening], since: date, as_at: date) -> Verdict:
    """LU-122: each concern is discussed with the supervisor, unless it is settled or taken further before."""
    owed = []
    for raised in concerns:
        if raised.type != "ConcernRaised" or raised.data.get("stage") == 2 or raised.on < since:
            continue
        discussed, further = None, None
        for fact in of_the_same(concerns, raised):
            if is_discussion(fact, 1):
                discussed = discussed or fact.on
            elif fact.on >= raised.on and (is_discussion(fact, 2) or fact.type in ("ConcernEscalated", RESOLVED)):
                further = further or fact.on
        if further is None or (discussed is not None and discussed <= further):
            owed.append(Owed(raised.on, discussed))
    return stands(owed, as_at, is_open="open", met="discussed")


def then_with_the_line_manager(concerns: list[Happening], since: date, as_at: date) -> Verdict:
    """LU-124: from when it was first taken to the supervisor, or further, until it is resolved; each concern once."""
    owed = []
    for name in dict.fromkeys(fact.data["concern_id"] for fact in concerns if is_taken_on(fact)):
        same = [fact for fact in concerns if fact.data["concern_id"] == name]
        taken_on = min(fact.on for fact in same if is_taken_on(fact))
        met = min((fact.on for fact in same if is_discussion(fact, 2)), default=None)
        resolved = min((fact.on for fact in same if fact.type == RESOLVED and fact.on >= taken_on), default=None)
        if taken_on >= since and (resolved is None or (met is not None and met <= resolved)):
            owed.append(Owed(taken_on, met))
    return stands(owed, as_at, is_open="escalated", met="met_with_line_manager")


RESOLVED = "ConcernResolved"


def of_the_same(concerns: list[Happening], one: Happening) -> list[Happening]:
    return [fact for fact in concerns if fact.data["concern_id"] == one.data["concern_id"]]


def is_discussion(fact: Happening, stage: int) -> bool:
    return fact.type == "ConcernDiscussed" and fact.data["stage"] == stage


def is_taken_on(fact: Happening) -> bool:
    """Discussed with the supervisor, said to be taken further, or raised at the second stage."""
    if fact.type == "ConcernRaised":
        return bool(fact.data.get("stage") == 2)
    return fact.type == "ConcernEscalated" or is_discussion(fact, 1)
