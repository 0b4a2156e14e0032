"""A year in an invented Shropshire: Targeted Early Help in eight teams, most of it in order, and a few in trouble.

The manager of Oswestry is away and nobody stands in for most of the team; Ludlow has a new manager; a small team was
joined to Whitchurch. Single families and workers are in `shropshire_stories`.
"""

from datetime import date
from typing import Any

from app.demo import casefiles, people, shropshire_personas, shropshire_stories, supervision
from app.demo.casework import FORM, NOTE, Case, Practice, discussed_as_usual, handed_over
from app.demo.days import workday
from app.demo.diaries import Rhythm
from app.demo.invented import Event, History, Trouble
from app.demo.loads import UNTIL_NOW, Load, caseload
from app.demo.people import MANAGER, OUTSIDE, Team

SERVICE = "targeted_early_help"
NORTH, CENTRAL, SOUTH = "W-1001", "W-1002", "W-1003"
SIX = ((MANAGER, 1), ("family_support_worker", 6))

TEAMS = (
    Team("T-201", SERVICE, "Shrewsbury North", CENTRAL, SIX),
    Team("T-202", SERVICE, "Shrewsbury South", CENTRAL, SIX),
    Team("T-203", SERVICE, "Ludlow", SOUTH, SIX),
    Team("T-204", SERVICE, "Whitchurch", NORTH, ((MANAGER, 1), ("family_support_worker", 4))),
    Team("T-205", SERVICE, "Oswestry", NORTH, SIX),
    Team("T-206", SERVICE, "Market Drayton", NORTH, SIX),
    Team("T-207", SERVICE, "Bridgnorth", SOUTH, SIX),
    Team("T-208", SERVICE, "Church Stretton", SOUTH, ((MANAGER, 1), ("family_support_worker", 7))),
    Team("T-209", SERVICE, "Wem", NORTH, ((MANAGER, 1), ("family_support_worker", 2))),
)
LOADS = tuple(Load(team.id, 15, stays=(140, UNTIL_NOW), kind="family") for team in TEAMS)
HOLDERS = frozenset({"family_support_worker"})

WAYS = people.Ways(case_holders=HOLDERS, registered=frozenset(), frequency="1 month")
MANNER = supervision.Manner(
    personal=Rhythm((24, 28), missed=0.04),
    cases=None,
    functions=("management", "development", "mediation", "support"),
    signed=True,
    record={"system": "ehm"},
)
PRACTICE = Practice(
    {"full": FORM, "light": NOTE},
    can_wait=30,
    checklist=("chronology", "assessment", "plan", "family_meeting", "diversity"),
    acts=0.45,
    follows_up=True,
)

EXTRAS: dict[str, dict[str, Any]] = {
    "W-10104": {"employment_type": "agency"},
    "W-10106": {"fte": 0.6},
    "W-10203": {"employment_type": "fixed_term", "started": 250},
    "W-10207": {"employment_type": "student", "started": 100},
    "W-10305": {"left": 120},
    "W-10604": {"started": 45, "agreed": False, "stage": "probation"},
    "W-10807": {"started": 16, "agreed": False, "stage": "probation"},
    "W-10808": {"left": 210},
    "W-10901": {"left": 170},
}
TROUBLES = (
    Trouble("T-203", 175, 120, missed=0.5, left_out=0.2, late=0.4),  # between two managers
    Trouble("T-207", 330, 290, missed=0.3),
)
FEEDS = ("caseload", "case_notes", "assessments", "plans", "family_meetings", "staff")
SILENT = {"staff": 60}


def history(first_day: date) -> list[Event]:
    """The events of the year that ends the day before `first_day`, in the order they were keyed."""
    told = History("shropshire", "ehm", first_day, TROUBLES)
    for leader in (NORTH, CENTRAL, SOUTH):
        people.start(told, leader, "early_help_area_leader", SERVICE, None, OUTSIDE, WAYS, {})
    people.open_teams(told, TEAMS, WAYS, EXTRAS)
    cases = caseload(told, LOADS, HOLDERS, first=3001)
    _changes(told, cases)
    shropshire_stories.people_of_the_stories(told, WAYS)
    shropshire_personas.before_the_sessions(told)
    for worker in told.workers.values():
        supervision.supervise(told, worker, MANNER, holds_cases=worker.role in HOLDERS)
    shropshire_stories.sessions_of_the_stories(told, MANNER)
    shropshire_personas.after_the_sessions(told)
    _practice_meetings(told, cases)
    for case in cases:
        discussed_as_usual(told, case, PRACTICE)
    _files(told, cases)
    shropshire_stories.cases_of_the_stories(told)
    casefiles.confirm_feeds(told, FEEDS, SILENT)
    return told.in_order()


def _changes(told: History, cases: list[Case]) -> None:
    """What moved people and families in the year."""
    people.start(told, "W-10308", MANAGER, SERVICE, "T-203", SOUTH, WAYS, {"started": 125})
    for worker in people.passes_to(told, "W-10301", "W-10308", 120):
        people.agree(told, worker, told.ago(108), WAYS)
    told.workers["W-10301"].left = told.ago(160)
    told.tell("WorkerLeft", told.ago(160), worker_id="W-10301", left_on=told.ago(160))
    _wem_joins_whitchurch(told, cases)
    for case in cases[7::60]:
        day = workday(case.opened + (told.last_day - case.opened) / 3)
        if case.closed is None and len(case.holders) == 1 and day > case.opened:
            handed_over(told, case, _colleague(told, case, day), day)
    _managers_away(told)
    people.short_absences(told, shropshire_stories.OWN_STORY)


def _wem_joins_whitchurch(told: History, cases: list[Case]) -> None:
    """A team of two without a manager is closed; its workers keep their families."""
    day = told.ago(170)
    for worker in people.passes_to(told, "W-10901", "W-10401", 170):
        people.moves(told, worker, 170, team_id="T-204", new_post=False)
        people.agree(told, worker, told.ago(155), WAYS)
    told.tell("TeamClosed", day, team_id="T-209", closed_on=day)
    for case in cases:
        if case.holder(told.last_day) in ("W-10902", "W-10903") and case.opened < day:
            told.tell("CaseTransferred", day, case_id=case.id, transferred_on=day, team_id="T-204")


def _managers_away(told: History) -> None:
    """Oswestry's, with a stand-in for two of six; Market Drayton's last spring, covered; Bridgnorth's since lately."""
    people.away(told, "W-10501", 68, expected=25)
    for worker in ("W-10502", "W-10503"):
        people.stand_in(told, worker, NORTH, 52)
    people.away(told, "W-10601", 240, 200)
    for worker in ("W-10602", "W-10603", "W-10605", "W-10606", "W-10607"):
        people.stand_in(told, worker, "W-10401", 232, 200)
    people.away(told, "W-10701", 20, expected=40)


def _colleague(told: History, case: Case, day: date) -> str:
    """Somebody else of the team who is there."""
    holder = told.workers[case.holder(day)]
    return next(
        w.id
        for w in told.workers.values()
        if w.team == holder.team and w.role == holder.role and w.id != holder.id and w.left is None and w.started < day
    )


def _practice_meetings(told: History, cases: list[Case]) -> None:
    """Every two months in four teams, with two families; the record is saved, and oversight noted, mostly."""
    for number, team in enumerate(("T-201", "T-202", "T-206", "T-208")):
        meetings = supervision.together(told, "practice_meeting", team, told.every(63, last=21 + number, since=380))
        for day, session in meetings.items():
            there = [c for c in cases if _is_open(c, day) and told.workers[c.holder(day)].team == team]
            die = told.die("practice meeting", session)
            for case in die.sample(there, min(2, len(there))):
                noted = die.choice((1, 2, 3, None))
                shropshire_stories.at_practice_meeting(told, case.id, day, session, noted, f"W-1{team[-2:]}01")


def _is_open(case: Case, day: date) -> bool:
    return case.opened < day and (case.closed is None or day <= case.closed)


FAMILY_FILE = (
    casefiles.Regular("AssessmentReviewed", "reviewed_on", (140, 172), 0.006, initial=True, first_after=30),
    casefiles.Regular("PlanUpdated", "updated_on", (62, 84), 0.004, initial=True, first_after=42),
    casefiles.Regular("ChronologyUpdated", "updated_on", (80, 120), first_after=25),
    casefiles.Regular("DiversityRecorded", "recorded_on", (900, 900), first_after=8),
)


def _files(told: History, cases: list[Case]) -> None:
    """What EHM knows besides; decisions between two meetings; the number of a family on LCS."""
    for case in cases:
        die = told.die("file", case.id)
        casefiles.keep_file(told, case, FAMILY_FILE)
        casefiles.activity(told, case)
        casefiles.family_meetings(told, case)
        day = workday(case.opened + (told.last_day - case.opened) / 2)
        if die.random() < 0.1 and day >= case.opened and (case.closed is None or day <= case.closed):
            casefiles.decision(told, case, day, die.choice(NOTES), die)
        if die.random() < 0.08:
            casefiles.number_elsewhere(told, case, "LCS", max(case.opened, day))


NOTES: tuple[dict[str, Any] | None, ...] = (
    *11 * ({"system": "ehm", "note_type": "management_oversight"},),
    *4 * ({"system": "lcs", "note_type": "targeted_service_case_note"},),
    {"system": "ehm", "note_type": "management_oversight", "author_id": "W-10102"},
    None,
)
"""How a decision is put on the file: by a manager, on either system; once by the worker, once not at all."""
