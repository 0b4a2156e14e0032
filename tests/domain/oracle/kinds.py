"""The kinds of rule that are judged twice on histories told carelessly: what asks, of whom, and what each must say.

Each kind has a policy (a few rules of one that ships, or a small one of its own), a teller of histories, a judge, and
all the statuses that its histories must bring about.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from app.domain.compliance import Subject
from tests.domain.oracle import (
    carried_on,
    family_file,
    file_histories,
    language,
    meeting_histories,
    own_terms,
    professional,
    professional_histories,
)
from tests.domain.oracle.asking import pack
from tests.domain.oracle.file_histories import Careless
from tests.domain.oracle.reading import Happening, happenings, is_about_case, is_about_worker
from tests.domain.oracle.shropshire_case import walk_case
from tests.domain.oracle.verdict import NOT_APPLICABLE, Verdict
from tests.domain.oracle.worker import walk_employment

Verdicts = dict[str, Verdict]
Judge = Callable[[list[dict[str, Any]], date, date], Verdicts]
"""What is said of the events as they read, as at a day, by a policy that applies from another."""


@dataclass(frozen=True)
class Kind:
    policy: dict[str, Any]
    subject: Subject
    tell: Callable[[Random], Careless]
    judge: Judge
    says: dict[str, str]
    """The statuses of each rule, beside those of every one."""

    def __str__(self) -> str:
        return ", ".join(self.says)


def of_case(rules: list[str], judge: Callable[[list[Happening], list[Happening], date, date, date], Verdicts]) -> Judge:
    """By what is told up to the day, whatever is known of later days, the opening, since when they ask, and the day."""

    def said(events: list[dict[str, Any]], as_at: date, applies_from: date) -> Verdicts:
        facts = happenings(events, as_at)
        about = [fact for fact in facts if is_about_case(fact, "C-1")]
        if not any(fact.type == "CaseOpened" for fact in about):
            return dict.fromkeys(rules, Verdict("not_assessable", "not_opened"))
        opened, _ = walk_case(about, as_at)
        if opened is None:
            return dict.fromkeys(rules, NOT_APPLICABLE)
        return judge(facts, happenings(events, date.max), opened, max(opened, applies_from), as_at)

    return said


def of_worker(rules: list[str], judge: Callable[[list[Happening], date, date, date], Verdicts]) -> Judge:
    """By what is told up to the day, the start, since when they ask, and the day."""

    def said(events: list[dict[str, Any]], as_at: date, applies_from: date) -> Verdicts:
        facts = happenings(events, as_at)
        about = [fact for fact in facts if is_about_worker(fact, "W-1")]
        if not any(fact.type == "WorkerStarted" for fact in about):
            return dict.fromkeys(rules, Verdict("not_assessable", "not_started"))
        employment = walk_employment(about, as_at)
        if employment is None:
            return dict.fromkeys(rules, NOT_APPLICABLE)
        return judge(facts, employment.since, max(employment.since, applies_from), as_at)

    return said


CASE, WORKER = Subject("case", "C-1"), Subject("worker", "W-1")
WITHIN = "not_yet_applicable due breached met late_met"
FILE = {
    "SH-12": f"{WITHIN} not_assessable",
    "SH-18": "due breached excused not_assessable",
    "SH-19": "not_yet_applicable met breached not_assessable",
    "SH-42": "not_yet_applicable due tolerated met late_met",
    "SH-43": "not_yet_applicable met breached not_assessable",
}
MEETINGS = {"SH-34": "not_yet_applicable met late_met breached", "SH-54": "not_yet_applicable due met"}
PROFESSIONAL = {"S5-4": "not_yet_applicable met breached not_assessable"}
OWN_TERMS = {
    "MONTHLY": "due met tolerated breached",
    "LIMIT": "due tolerated breached",
    "TARGET": "due tolerated breached",
}
OF_WORKER = {
    "NEVER": "met breached not_assessable",
    "EACH": WITHIN,
    "ONCE": WITHIN,
    "ONCE-LATER": "not_yet_applicable due met",
    "ANY-TIME": WITHIN,
    "LATER": WITHIN,
}
OF_CASE = {
    "NEVER": "met breached not_assessable",
    "NEVER-MAY": "met tolerated not_assessable",
    "AFTER-BY": WITHIN,
}
KINDS = [
    Kind(
        pack("shropshire", *FILE), CASE, file_histories.family,
        of_case([*FILE], lambda facts, ever, opened, since, as_at:
                family_file.judge_family_file("C-1", facts, ever, opened, since, as_at)),
        FILE,
    ),
    Kind(
        pack("shropshire", *MEETINGS), WORKER, meeting_histories.worker,
        of_worker([*MEETINGS], lambda facts, _, since, __: carried_on.judge_carried_on("W-1", facts, since)),
        MEETINGS,
    ),
    Kind(
        pack("national", *PROFESSIONAL), WORKER, professional_histories.worker,
        of_worker([*PROFESSIONAL], lambda facts, _, since, __:
                  {"S5-4": professional.judge_professional("W-1", facts, since)}),
        PROFESSIONAL,
    ),
    Kind(
        own_terms.POLICY, WORKER, own_terms.worker,
        of_worker([*OWN_TERMS], lambda facts, _, since, as_at: own_terms.judge_own_terms("W-1", facts, since, as_at)),
        OWN_TERMS,
    ),
    Kind(language.OF_WORKER, WORKER, language.worker, of_worker([*OF_WORKER], language.judge_worker), OF_WORKER),
    Kind(
        language.OF_CASE, CASE, language.case,
        of_case([*OF_CASE], lambda facts, _, opened, since, as_at: language.judge_case(facts, opened, since, as_at)),
        OF_CASE,
    ),
]  # fmt: skip
