"""What the oracle says of who supervises a Luton case, and of what is written down: LU-09, LU-12, LU-30, LU-52."""

from datetime import date

from tests.domain.oracle.days import working_days_later
from tests.domain.oracle.owed import Owed, stands
from tests.domain.oracle.reading import Happening, speaks_of
from tests.domain.oracle.verdict import NOT_APPLICABLE, NOT_YET, Verdict
from tests.domain.oracle.who import has_role, manager_on

RULES = ["LU-09", "LU-12", "LU-30", "LU-52"]
MAY_SUPERVISE = {"team_manager", "deputy_team_manager", "senior_practitioner"}
# The category, and the visits that do not go with it.
VISITS_OF_THE_OTHER = {"matched_stable": "visiting_12_weekly", "matched_stable_over_1_year": "visiting_6_weekly"}


def judge_case_supervision(
    about: list[Happening], facts: list[Happening], opened: date, applies_from: date, as_at: date
) -> dict[str, Verdict]:
    """The three rules of what happens in a case that is open on the day; `opened`: when this period of it began."""
    since = max(opened, applies_from)
    discussed = [f for f in about if f.type == "CaseDiscussed" and f.data["setting"] == "individual" and f.on >= since]
    decided = [f for f in about if f.type == "DecisionMade" and f.data["setting"] != "individual" and f.on >= since]
    return {
        "LU-09": conducted(discussed[-1], about, facts, opened) if discussed else NOT_YET,
        "LU-12": on_the_case_file(discussed, about, facts),
        "LU-30": on_the_record(decided, about, as_at),
    }


def conducted(discussion: Happening, about: list[Happening], facts: list[Happening], opened: date) -> Verdict:
    """By somebody whose role allows it, or by the line manager of whoever is supervised; another is only noted."""
    supervisor = discussion.data.get("supervisor_id")
    if supervisor is None:
        return Verdict("not_assessable")
    allowed = has_role(supervisor, MAY_SUPERVISE, discussion.on, facts)
    managers = {manager_on(worker, discussion.on, facts) for worker in supervised(discussion, about, facts, opened)} - {
        None
    }
    if allowed or supervisor in managers:
        return Verdict("met")
    if allowed is None or not managers:
        return Verdict("not_assessable")
    return Verdict("tolerated", "supervisor_role_not_permitted")


def supervised(discussion: Happening, about: list[Happening], facts: list[Happening], opened: date) -> set[str]:
    """Those who discussed it or were supervised in its session, and who leads the case on that day."""
    session = discussion.data.get("session_id", "none")
    held = [fact for fact in facts if fact.type == "SessionHeld" and fact.data["session_id"] == session]
    workers: set[str] = {fact.data["worker_id"] for fact in held}
    lead = None
    for fact in about:
        if fact.type == "CaseDiscussed" and speaks_of(fact, discussion):
            workers |= {fact.data[name] for name in ("worker_id",) if name in fact.data}
        if fact.type == "CaseAllocated" and opened <= fact.on <= discussion.on:
            lead = fact.data["worker_id"] if fact.data.get("responsibility", "lead") == "lead" else lead
    return workers | ({lead} if lead is not None else set())


def on_the_case_file(discussed: list[Happening], about: list[Happening], facts: list[Happening]) -> Verdict:
    """LU-12: each discussion that a Senior Practitioner held has a record, a note or a document; nothing is late."""
    owed = []
    for discussion in discussed:
        if has_role(discussion.data.get("supervisor_id"), {"senior_practitioner"}, discussion.on, facts):
            kept = [fact.on for fact in about if is_on_file(fact) and speaks_of(fact, discussion)]
            owed.append(Owed(discussion.on, min(kept, default=None)))
    return stands(owed, date.max, is_open="record_missing", met="recorded")


def is_on_file(fact: Happening) -> bool:
    if fact.type == "RecordCompleted":
        return bool(fact.data["kind"] == "case_supervision")
    return fact.type in ("CaseNoteRecorded", "DocumentSaved")


def on_the_record(decided: list[Happening], about: list[Happening], as_at: date) -> Verdict:
    """LU-30: a note names the decision; finalised (RD-8: never the day that the note is of) in five working days."""
    owed = []
    for decision in decided:
        named = decision.data["decision_id"]
        same = [f for f in about if f.type == "CaseNoteRecorded" and f.data.get("decision_id") == named]
        final = [day for note in same if (day := note.day("recorded_on")) is not None and day <= as_at]
        owed.append(Owed(decision.on, min(final, default=None), working_days_later(decision.on, 5)))
    return stands(owed, as_at, is_open="unrecorded", late="unrecorded", met="recorded")


def agrees_with_visits(service: str, category: str | None, flags: list[str] | None) -> Verdict:
    """LU-52: which visits are said to be made to a child in a stable placement; what was not told is not known."""
    if service != "looked_after_children" or category == "awaiting_permanency":
        return NOT_APPLICABLE
    if category is None or flags is None:
        return Verdict("not_assessable")
    if VISITS_OF_THE_OTHER[category] in flags:
        return Verdict("tolerated", "inconsistent")
    return Verdict("met", "consistent")
