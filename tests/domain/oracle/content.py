"""What the oracle says of what a family's discussions hold and what is on its file (SH-07, 08, 13, 14, 16, 20, 31)."""

from datetime import date

from tests.domain.oracle.clock import calendar_months_later, rolling
from tests.domain.oracle.days import each_day
from tests.domain.oracle.reading import Happening, speaks_of
from tests.domain.oracle.verdict import NOT_YET, Verdict

ALL_FOUR = {"experience", "reflection", "analysis", "plan_and_action"}
ON_FILE = {"SH-14": ("AssessmentReviewed", 6, "assessments"), "SH-16": ("PlanUpdated", 3, "plans")}


def judge_content(about: list[Happening], facts: list[Happening], since: date) -> dict[str, Verdict]:
    """The last individual discussion, and the last of those without a form."""
    held = [fact for fact in about if fact.type == "CaseDiscussed" and fact.data["setting"] == "individual"]
    held = [fact for fact in held if fact.on >= since]
    light = [fact for fact in held if fact.data["depth"] == "light"]
    return {
        "SH-07": goes_through_all_four(held[-1]) if held else NOT_YET,
        "SH-31": goes_through_all_four(light[-1]) if light else NOT_YET,
        "SH-08": decides(held[-1], about) if held else NOT_YET,
        "SH-13": has_a_chronology(held[-1], about) if held else NOT_YET,
        "SH-20": knows_diversity(held[-1], about, facts) if held else NOT_YET,
    }


def goes_through_all_four(discussion: Happening) -> Verdict:
    said = discussion.data.get("elements")
    if said is None:
        return Verdict("not_assessable", "not_known")
    return Verdict("met", "complete") if set(said) >= ALL_FOUR else Verdict("breached", "incomplete")


def decides(discussion: Happening, about: list[Happening]) -> Verdict:
    decided = any(fact.type == "DecisionMade" and speaks_of(fact, discussion) for fact in about)
    return Verdict("met") if decided or "decision" in discussion.data else Verdict("breached", "missing")


def looked_at(item: str, about: list[Happening]) -> list[Happening]:
    """Every discussion and every look at the file that went through the item."""
    kinds = ("CaseDiscussed", "CaseRecordsReviewed")
    return [fact for fact in about if fact.type in kinds and item in fact.data.get("checklist", {})]


def has_a_chronology(discussion: Happening, about: list[Happening]) -> Verdict:
    found = looked_at("chronology", about)
    lately = any(calendar_months_later(2)(fact.on) >= discussion.on for fact in found)
    with_it = discussion.data["depth"] == "light" or any(speaks_of(fact, discussion) for fact in found)
    return Verdict("met") if lately and with_it else Verdict("breached", "missing")


def knows_diversity(discussion: Happening, about: list[Happening], facts: list[Happening]) -> Verdict:
    if any(fact.type == "DiversityRecorded" for fact in about) or looked_at("diversity", about):
        return Verdict("met")
    if covered("caseload", discussion.on, facts):
        return Verdict("breached", "missing")
    return Verdict("not_assessable", "feed_not_confirmed")


def judge_file(about: list[Happening], facts: list[Happening], since: date, as_at: date) -> dict[str, Verdict]:
    """Assessments and plans: late only as far as their feeds are confirmed without a gap."""
    said = {}
    for rule, (kind, months, feed) in ON_FILE.items():
        start = max([since, *(fact.on for fact in about if fact.type == kind and fact.on >= since)])
        verdict = rolling(start, None, calendar_months_later(months), set(), as_at)
        if verdict.status == "breached" and verdict.due_on is not None:
            proved = all(covered(feed, day, facts) for day in each_day(start, verdict.due_on))
            verdict = verdict if proved else Verdict("not_assessable", None, verdict.due_on)
        said[rule] = verdict
    return said


def covered(feed: str, day: date, facts: list[Happening]) -> bool:
    confirmed = [fact for fact in facts if fact.type == "FeedConfirmed" and fact.data["feed"] == feed]
    return any((fact.day("complete_from") or date.min) <= day <= fact.on for fact in confirmed)
