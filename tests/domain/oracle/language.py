"""Words of the language that stand in few rules, decided a day at a time: `never`, `once`, `later`, `after_by`.

For small policies of its own (`OF_WORKER`, `OF_CASE`). Written from the pages on rules; it shares no code with the
evaluation, and leaves out working days, feeds and absence.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from tests.domain.oracle.file_histories import Careless, Life, careless
from tests.domain.oracle.in_charge import role_on
from tests.domain.oracle.reading import Happening, is_about_case, is_about_worker, place_in_order, speaks_of
from tests.domain.oracle.verdict import NOT_YET, Verdict
from tests.domain.told import policy

CODES = {
    "roles": ["worker", "manager", "senior"],
    "services": {"quay": [], "beach": ["calm", "rough"], "pier": []},
    "stages": ["probation", "confirmed"],
    "flags": ["fog", "storm"],
}
FIRST = {"type": "ConcernDiscussed", "where": {"stage": 1}}
SECOND = {"type": "ConcernDiscussed", "where": {"stage": 2}}
DISCUSSED = {"type": "CaseDiscussed", "where": {"setting": "individual"}}
REVIEWED = {"event": {"type": "AgreementReviewed"}, "same": "agreement"}
RECORDED = {"event": {"type": "RecordCompleted"}, "same": "discussion"}
WORKER_NEVER = [{"role": "manager", "stage": "probation"}, {"role": ["worker", "senior"], "registered": False}]
CASE_NEVER = [
    {"category": "calm", "flags": "storm"},
    {"category": "rough", "flags": "fog"},
    {"service": "pier", "flags": "fog"},
]
OF_WORKER = policy(
    {"id": "NEVER", "subject": "worker", "never": {"called": "disagreement", "any_of": WORKER_NEVER}},
    {"id": "EACH", "subject": "worker",
     "within": {"after": FIRST, "answered_by": {"event": SECOND, "same": "concern"}, "limit": "14 days"}},
    {"id": "ONCE", "subject": "worker", "within": {"after": FIRST, "once": "concern", "limit": "14 days",
     "answered_by": {"event": SECOND, "same": "concern"}}},
    {"id": "ONCE-LATER", "subject": "worker", "within": {"after": FIRST, "once": "concern",
     "answered_by": {"event": SECOND, "same": "concern", "later": True}}},
    {"id": "ANY-TIME", "subject": "worker",
     "within": {"after": {"type": "AgreementMade"}, "limit": "28 days", "answered_by": REVIEWED}},
    {"id": "LATER", "subject": "worker",
     "within": {"after": {"type": "AgreementMade"}, "limit": "28 days", "answered_by": REVIEWED | {"later": True}}},
    codes=CODES,
)  # fmt: skip
OF_CASE = policy(
    {"id": "NEVER", "subject": "case", "never": {"called": "disagreement", "any_of": CASE_NEVER}},
    {"id": "NEVER-MAY", "subject": "case", "force": "may", "never": {"called": "disagreement", "any_of": CASE_NEVER}},
    {"id": "AFTER-BY", "subject": "case", "within": {"after": DISCUSSED, "limit": "7 days", "answered_by": RECORDED,
     "after_by": {"person": "supervisor_id", "role": "senior"}}},
    codes=CODES,
)  # fmt: skip


def judge_worker(facts: list[Happening], started: date, since: date, as_at: date) -> dict[str, Verdict]:
    """All rules of `OF_WORKER`, of W-1, who started on a day, and of whom they ask since `since`."""
    about = [fact for fact in facts if is_about_worker(fact, "W-1")]
    discussed = [fact for fact in about if fact.type == "ConcernDiscussed"]
    first = [fact for fact in discussed if fact.data["stage"] == 1]
    second = [fact for fact in discussed if fact.data["stage"] == 2]
    alone = [fact for fact in first if fact == next(f for f in first if same(f, fact, "concern_id"))]
    made = [fact for fact in about if fact.type == "AgreementMade"]
    reviewed = [fact for fact in about if fact.type == "AgreementReviewed"]

    def items(after: list[Happening], answers: list[Happening], field: str, days: int | None, later: bool) -> Verdict:
        owed = []
        for one in [one for one in after if one.on >= since]:
            found = [answer for answer in answers if same(answer, one, field)]
            found = [answer for answer in found if not later or comes_after(answer, one)]
            owed.append(item(one.on, min((answer.on for answer in found), default=None), days, as_at))
        return worst(owed)

    return {
        "NEVER": warned(WORKER_NEVER, situation_of_worker(about, started)),
        "EACH": items(first, second, "concern_id", 14, later=False),
        "ONCE": items(alone, second, "concern_id", 14, later=False),
        "ONCE-LATER": items(alone, second, "concern_id", None, later=True),
        "ANY-TIME": items(made, reviewed, "agreement_id", 28, later=False),
        "LATER": items(made, reviewed, "agreement_id", 28, later=True),
    }


def same(one: Happening, other: Happening, field: str) -> bool:
    return bool(one.data[field] == other.data[field])


def comes_after(answer: Happening, one: Happening) -> bool:
    """On a later day; on its day, where both are of one type, what stands later in the order of facts."""
    return place_in_order(answer) > place_in_order(one) if answer.type == one.type else answer.on >= one.on


def item(on: date, answered: date | None, days: int | None, as_at: date) -> Verdict:
    due_on = None if days is None else on + timedelta(days=days)
    if answered is not None:
        return Verdict("late_met" if due_on is not None and answered > due_on else "met")
    if due_on is None:
        return Verdict("due", "outstanding")
    return Verdict("due" if as_at <= due_on else "breached", None, due_on)


def worst(items: list[Verdict]) -> Verdict:
    """The worst that is open, of those the first to be late; with none open the last; with none at all not yet."""
    order = ["breached", "due"]
    still_open = [one for one in items if one.status in order]
    if still_open:
        return min(still_open, key=lambda one: (order.index(one.status), one.due_on or date.max))
    return items[-1] if items else NOT_YET


# --- never ------------------------------------------------------------------------------------------------------------


def warned(listed: list[dict[str, Any]], situation: dict[str, Any]) -> Verdict:
    """Whether one of what is listed is so; what was not told could make it so."""
    said = [is_so(one, situation) for one in listed]
    if True in said:
        return Verdict("breached", "inconsistent")
    return Verdict("not_assessable", "not_known") if None in said else Verdict("met", "consistent")


def only_permitted(verdict: Verdict) -> Verdict:
    return Verdict("tolerated") if verdict.status == "breached" else verdict


def is_so(asked: dict[str, Any], situation: dict[str, Any]) -> bool | None:
    """All that is asked; surely otherwise outweighs not known."""
    said = []
    for field, wanted in asked.items():
        told, words = situation.get(field), wanted if isinstance(wanted, list) else [wanted]
        there = told if isinstance(told, list) else [told]
        said.append(None if told is None else any(word in there for word in words))
    return False if False in said else None if None in said else True


def situation_of_worker(about: list[Happening], started: date) -> dict[str, Any]:
    """As it was told last since the start; a check of the registration says it too, and that of before as well."""
    now: dict[str, Any] = {}
    for fact in about:
        if fact.type in ("WorkerStarted", "WorkerRoleChanged", "WorkerStageReached") and fact.on >= started:
            now |= {name: fact.data[name] for name in ("role", "stage", "registered") if name in fact.data}
        if fact.type == "RegistrationChecked":
            now["registered"] = fact.data["status"] == "registered"
    return now


def situation_of_case(about: list[Happening], opened: date) -> dict[str, Any]:
    """A new classification says all of it anew; another service leaves it behind."""
    now: dict[str, Any] = {}
    classified_on = None
    for fact in [fact for fact in about if fact.on >= opened]:
        service = fact.data.get("service", now.get("service"))
        if fact.type in ("CaseOpened", "CaseTransferred") and service != now.get("service"):
            now["service"] = service
            if classified_on is not None and classified_on < fact.on:
                now |= {"category": None, "flags": None}
        if fact.type in ("CaseOpened", "CaseClassified") and "category" in fact.data:
            now |= {"category": fact.data["category"], "flags": fact.data.get("flags")}
            classified_on = fact.on
    return now


def judge_case(facts: list[Happening], opened: date, since: date, as_at: date) -> dict[str, Verdict]:
    """All rules of `OF_CASE`, of C-1, open since `opened`."""
    about = [fact for fact in facts if is_about_case(fact, "C-1")]
    situation = situation_of_case(about, opened)
    return {
        "NEVER": warned(CASE_NEVER, situation),
        "NEVER-MAY": only_permitted(warned(CASE_NEVER, situation)),
        "AFTER-BY": after_by(about, facts, since, as_at),
    }


# --- after_by ---------------------------------------------------------------------------------------------------------


def after_by(about: list[Happening], facts: list[Happening], since: date, as_at: date) -> Verdict:
    """What a senior discussed is to be recorded; where nobody said what they were, nothing is known to be owed."""
    owed = []
    for one in about:
        if one.type != "CaseDiscussed" or one.data["setting"] != "individual" or one.on < since:
            continue
        if role_on(one.data.get("supervisor_id", ""), one.on, facts) == "senior":
            records = [fact.on for fact in about if fact.type == "RecordCompleted" and speaks_of(fact, one)]
            owed.append(item(one.on, min(records, default=None), 7, as_at))
    return worst(owed)


# --- histories --------------------------------------------------------------------------------------------------------


def worker(chance: Random) -> Careless:
    """What W-1 is, concerns in two stages, agreements and their reviews."""
    life = Life(chance, date(2024, 1, 1) + timedelta(days=chance.randrange(400)))
    begun = life.maybe(stage=life.one_of(*CODES["stages"])) | life.maybe(registered=life.one_of(True, False))
    role = life.one_of("worker", "manager", "senior")
    life.tell("WorkerStarted", worker_id="W-1", started_on=life.day, role=role, service="quay", **begun)
    steps = life.one_of([concern], [agreement], [became], [concern, agreement, became])
    for _ in range(chance.randrange(1, 8)):
        life.day = life.near(0, 1, 3, 13, 14, 15, 27, 28, 29, 40)
        life.one_of(*steps)(life)
    return careless(life, date(2021, 11, 1))


def became(life: Life) -> None:
    match life.one_of("role", "stage", "check"):
        case "role":
            role = life.one_of("worker", "manager", "senior")
            more = life.maybe(registered=life.one_of(True, False))
            life.tell("WorkerRoleChanged", worker_id="W-1", changed_on=life.day, role=role, **more)
        case "stage":
            stage = life.one_of("probation", "confirmed")
            life.tell("WorkerStageReached", worker_id="W-1", reached_on=life.day, stage=stage)
        case "check":
            found = {"status": life.one_of("registered", "lapsed"), "regulator": "SWE"}
            life.tell("RegistrationChecked", worker_id="W-1", checked_on=life.day, **found)


def concern(life: Life) -> None:
    about = {"concern_id": life.one_of("K-1", "K-1", "K-2"), "worker_id": "W-1"}
    life.tell("ConcernDiscussed", **about, discussed_on=life.day, stage=life.one_of(1, 1, 2))


def agreement(life: Life) -> None:
    about = {"agreement_id": life.one_of("A-1", "A-2", "A-3"), "worker_id": "W-1"}
    if life.one_of(True, False):
        life.tell("AgreementMade", **about, supervisor_id="M-1", made_on=life.day)
    else:
        life.tell("AgreementReviewed", **about, reviewed_on=life.day)


def case(chance: Random) -> Careless:
    """A case and its categories and flags; discussions by people of several posts, and their records."""
    life = Life(chance, date(2024, 1, 1) + timedelta(days=chance.randrange(400)))
    for who in ("M-1", "M-2", "M-3"):
        if not life.seldom():
            begun = {"started_on": life.near(-200, -30, 0), "role": life.one_of("senior", "manager")}
            life.tell("WorkerStarted", worker_id=who, **begun, service="quay")
    opened = {"case_id": "C-1", "opened_on": life.day, "service": life.one_of("beach", "beach", "pier")}
    life.tell("CaseOpened", **opened, **life.maybe(category=life.one_of("calm", "rough")))
    steps = life.one_of([classified], [discussed], [classified, discussed])
    for _ in range(chance.randrange(1, 8)):
        life.day = life.near(0, 1, 3, 6, 7, 8, 20, 40)
        life.one_of(*steps)(life)
    return careless(life, date(2021, 11, 1))


def classified(life: Life) -> None:
    about = {"case_id": "C-1"}
    if life.seldom():
        life.tell("CaseTransferred", **about, transferred_on=life.day, service=life.one_of("beach", "pier", "quay"))
        return
    flags = life.one_of({}, {"flags": []}, {"flags": ["fog"]}, {"flags": ["storm"]}, {"flags": ["fog", "storm"]})
    life.tell("CaseClassified", **about, classified_on=life.day, category=life.one_of("calm", "rough"), **flags)


def discussed(life: Life) -> None:
    name, day = life.fresh("D"), life.day
    about = {"case_id": "C-1", "discussion_id": name, "discussed_on": day}
    who = {} if life.seldom() else {"supervisor_id": life.one_of("M-1", "M-2", "M-3")}
    setting = "group" if life.seldom() else "individual"
    life.tell("CaseDiscussed", **about, **who, depth="light", setting=setting)
    if life.seldom():
        other = {"worker_id": life.one_of("M-1", "M-2"), "changed_on": life.near(0, -1, 1), "role": "senior"}
        life.tell("WorkerRoleChanged", **other)
    if life.one_of(True, True, False):
        record = {
            "record_id": life.fresh("R"),
            "kind": "form",
            "author_id": "M-1",
            "completed_at": life.near(0, 6, 7, 8),
        }
        life.tell("RecordCompleted", **record, case_id="C-1", discussion_id=name)
