"""A year in an invented Luton: every service of its framework, most of it in order, and a few teams in trouble.

Family Safeguarding South has lost its deputy and is slipping; the manager of the looked-after children's team was ill
for two months; Family Partnership's two teams became one. Single cases and workers are in `luton_stories`.
"""

from datetime import date
from typing import Any

from app.demo import casefiles, luton_careers, luton_files, luton_personas, luton_stories, people, supervision
from app.demo.casework import CASE_RECORD, Case, Practice, discussed_as_usual
from app.demo.days import workday
from app.demo.diaries import Rhythm
from app.demo.invented import Event, History, Trouble
from app.demo.loads import UNTIL_NOW, Load, caseload, supervised, transferred
from app.demo.people import DEPUTY, MANAGER, OUTSIDE, SENIOR, Team

DIRECTOR, SENIOR_MANAGER, FRONT_DOOR, SAFEGUARDING, CORPORATE_PARENTING = (f"W-100{n}" for n in range(1, 6))

LEADERS = (
    (DIRECTOR, "service_director", "family_safeguarding", OUTSIDE),
    (SENIOR_MANAGER, "senior_manager", "safeguarding_and_qa", DIRECTOR),
    (FRONT_DOOR, "service_manager", "mash", DIRECTOR),
    (SAFEGUARDING, "service_manager", "family_safeguarding", DIRECTOR),
    (CORPORATE_PARENTING, "service_manager", "looked_after_children", DIRECTOR),
)

TWO = ((MANAGER, 1), (DEPUTY, 1))
TEAMS = (
    Team("T-101", "mash", "MASH", FRONT_DOOR, (*TWO, ("social_worker", 2))),
    Team("T-102", "assessment", "Assessment", FRONT_DOOR, (*TWO, ("social_worker", 3))),
    Team("T-103", "family_safeguarding", "Family Safeguarding North", SAFEGUARDING,
         (*TWO, (SENIOR, 1), ("social_worker", 2), ("student", 1))),
    Team("T-104", "family_safeguarding", "Family Safeguarding South", SAFEGUARDING,
         (*TWO, (SENIOR, 1), ("social_worker", 4))),
    Team("T-105", "family_partnership", "Family Partnership", FRONT_DOOR,
         ((MANAGER, 1), ("family_partnership_worker", 3))),
    Team("T-106", "children_with_disabilities", "Children with Disabilities", SAFEGUARDING,
         (*TWO, ("social_worker", 2))),
    Team("T-107", "looked_after_children", "Looked After Children", CORPORATE_PARENTING, (*TWO, ("social_worker", 3))),
    Team("T-108", "care_leavers", "18+ Care Leavers", CORPORATE_PARENTING, (*TWO, ("personal_adviser", 3))),
    Team("T-109", "fostering", "Fostering", CORPORATE_PARENTING, (*TWO, ("supervising_social_worker", 3))),
    Team("T-110", "adoption", "Adoption", CORPORATE_PARENTING, (*TWO, ("social_worker", 1))),
    Team("T-111", "safeguarding_and_qa", "Safeguarding and Quality Assurance", SENIOR_MANAGER,
         (*TWO, ("iro", 2), ("cp_chair", 1))),
    Team("T-112", "contact_centre", "Contact Centre", CORPORATE_PARENTING, (*TWO, ("contact_worker", 1))),
    Team("T-113", "family_partnership", "Family Partnership East", FRONT_DOOR,
         ((MANAGER, 1), ("family_partnership_worker", 1))),
)  # fmt: skip

HOLDERS = frozenset(
    {
        SENIOR, "social_worker", "family_partnership_worker", "personal_adviser", "supervising_social_worker",
        "contact_worker", "iro", "cp_chair",
    }
)  # fmt: skip
LAC = ("awaiting_permanency", "matched_stable", "matched_stable_over_1_year", "matched_stable")
SUPPORT = ("support_matched_stable", "support_not_matched", "assessment", "support_awaiting_permanency_or_unstable")


def _both(team: int) -> tuple[str, str]:
    return (f"W-1{team:02}01", f"W-1{team:02}02")


LOADS = (
    Load("T-101", 24, ("complex", "complex", "routine"), stays=(90, 300), split=("W-10102", "W-10101", "W-10102")),
    Load("T-102", 24, stays=(90, 300), split=_both(2)),
    Load("T-103", 17, split=("W-10301", "W-10302", "W-10301")),
    Load("T-104", 17, split=_both(4)),
    Load("T-105", 16, ("level_3", "level_3", "level_2", "level_4"), kind="family", to=("level_2",)),
    Load("T-113", 16, ("level_3",), kind="family"),
    Load("T-106", 19, ("cin_active", "cp", "lac", "cin_active", "cin_inactive"), to=("cp",)),
    Load("T-107", 17, LAC, stays=(300, UNTIL_NOW), to=("matched_stable",),
         split=("W-10701", "W-10702", "W-10701")),
    Load("T-108", 20, ("stable", "additional_needs", "stable", "keeping_touch"), stays=(300, UNTIL_NOW),
         to=("additional_needs",), split=_both(8)),
    Load("T-109", 16, SUPPORT, kind="carer_household", stays=(250, UNTIL_NOW), split=_both(9)),
    Load("T-110", 18, split=_both(10)),
    Load("T-111", 30, stays=(200, UNTIL_NOW), split=_both(11)),
    Load("T-112", 26, split=_both(12)),
)  # fmt: skip

WAYS = people.Ways(
    case_holders=HOLDERS,
    registered=frozenset({"social_worker", "supervising_social_worker", SENIOR, MANAGER, DEPUTY, "iro", "cp_chair"}),
    frequency="28 days",
    template="appendix_2",
    reviewed=True,
)
MANNER = supervision.Manner(
    personal=Rhythm((25, 34)),
    cases=Rhythm((20, 26)),
    functions=("management", "development", "mediation", "support", "reflection"),
    agenda=(
        "work_plan", "objectives", "achievements", "learning_needs", "reflections", "welfare", "leave_and_sickness",
        "health_and_safety", "team_roles", "resources", "cpd", "conversation", "curiosity",
    ),
    check_ins=True,
    record={"template": "appendix_3"},
)  # fmt: skip
PRACTICE = Practice({"full": CASE_RECORD, "light": CASE_RECORD}, full=0.35, acts=0.3)

EXTRAS: dict[str, dict[str, Any]] = {
    "W-10203": {"employment_type": "agency"},
    "W-10204": {"stage": "nqsw", "qualified_on": "2024-07-15"},
    "W-10306": {"employment_type": "student", "started": 120, "holds_cases": False, "reviewed": False},
    "W-10402": {"left": 150},
    "W-10405": {"left": 95},
    "W-10406": {"employment_type": "agency", "started": 88},
    "W-10407": {"stage": "nqsw", "started": 60, "agreed": False},
    "W-10503": {"fte": 0.6},
    "W-10705": {"fte": 0.8, "employment_type": "fixed_term"},
    "W-10803": {"reviewed": False},
    "W-11004": {"started": 330},
}

TROUBLES = (
    Trouble("T-104", 130, 0, missed=0.55, left_out=0.15, late=0.4),  # one manager does the work of two
    Trouble("T-102", 310, 250, missed=0.3, left_out=0.15),  # more referrals than anyone had expected
)
FEEDS = ("caseload", "case_notes", "assessments", "plans", "visits", "reviews", "staff", "registration")
SILENT = {"plans": 75}


def history(first_day: date) -> list[Event]:
    """The events of the year that ends the day before `first_day`, in the order they were keyed."""
    told = History("luton", "lcs", first_day, TROUBLES)
    for leader, role, service, above in LEADERS:
        people.start(told, leader, role, service, None, above, WAYS, {})
    people.open_teams(told, TEAMS, WAYS, EXTRAS)
    cases = caseload(told, LOADS, HOLDERS, first=3001)
    _changes(told, cases)
    luton_stories.people_of_the_stories(told, WAYS)
    luton_careers.careers(told, WAYS)
    luton_personas.before_the_sessions(told, WAYS)
    for worker in told.workers.values():
        checks_in = worker.id not in luton_stories.NO_CHECK_IN
        supervision.supervise(told, worker, MANNER, holds_cases=worker.role in HOLDERS, checks_in=checks_in)
    _together(told)
    luton_stories.sessions_of_the_stories(told, MANNER)
    luton_personas.after_the_sessions(told, MANNER)
    for case in cases:
        discussed_as_usual(told, case, PRACTICE)
    _files(told, cases)
    luton_stories.cases_of_the_stories(told)
    luton_files.files(told, cases)
    casefiles.confirm_feeds(told, FEEDS, SILENT)
    return told.in_order()


def _changes(told: History, cases: list[Case]) -> None:
    """What moved people and cases in the year."""
    for worker in people.passes_to(told, "W-10402", "W-10401", 145):  # the deputy left and nobody came
        people.agree(told, worker, told.ago(130), WAYS)
    for case in cases:
        if case.supervisor == "W-10402" and case.opened < told.ago(145) and case.closed is None:
            supervised(told, case, "W-10401", told.ago(145))
    people.moves(told, "W-11301", 200, role=DEPUTY, team_id="T-105", new_post=True)  # two teams became one
    people.moves(told, "W-11302", 200, team_id="T-105", new_post=False)
    people.new_supervisor(told, "W-11301", "W-10501", 200)
    people.agree(told, "W-11301", told.ago(185), WAYS)
    people.new_supervisor(told, "W-10504", "W-11301", 200)
    people.agree(told, "W-10504", told.ago(190), WAYS)
    told.tell("TeamClosed", told.ago(200), team_id="T-113", closed_on=told.ago(200))
    told.tell("TeamChanged", told.ago(200), team_id="T-105", changed_on=told.ago(200), parent_team_id="T-100")
    for case in cases:
        if case.holders and case.holder(told.last_day) == "W-11302" and case.opened < told.ago(200):
            told.tell("CaseTransferred", told.ago(200), case_id=case.id, transferred_on=told.ago(200), team_id="T-105")
    _on_to_safeguarding(told, cases)
    people.new_supervisor(told, "W-10604", "W-10601", 70)  # so that nothing is left for the deputy
    people.agree(told, "W-10604", told.ago(60), WAYS)
    people.away(told, "W-10701", 78, 24)
    people.stand_in(told, "W-10703", "W-10702", 74, 24)
    people.short_absences(told, luton_stories.OWN_STORY)


def _on_to_safeguarding(told: History, cases: list[Case]) -> None:
    """Some assessments end with a plan, and go to Family Safeguarding North."""
    assessed = [case for case in cases if case.service == "assessment" and case.closed is None]
    for case in assessed[::4]:
        day = workday(max(case.opened, told.ago(240)) + (told.first_day - max(case.opened, told.ago(240))) / 2)
        if day > case.opened and case.supervisor is None:
            transferred(told, case, "W-10304", day)


def _together(told: History) -> None:
    """Peer supervision in MASH every week but the last; group supervision in two other teams."""
    monday = told.first_day.toordinal() - told.first_day.weekday()
    weeks = [date.fromordinal(monday - 7 * back + 2) for back in range(2, 56)]
    supervision.together(told, "peer", "T-101", sorted(day for day in weeks if (day.month, day.day // 7) != (8, 2)))
    for team, supervisor in (("T-103", "W-10301"), ("T-108", "W-10801")):
        supervision.together(told, "group", team, told.every(42, last=11, since=380), supervisor_id=supervisor)


DUTY_FILE = (
    casefiles.Regular("AssessmentReviewed", "reviewed_on", (150, 190), initial=True, first_after=35),
    casefiles.Regular("PlanUpdated", "updated_on", (75, 110), initial=True, first_after=45),
    casefiles.Regular("ChildSeen", "seen_on", (35, 60), first_after=6),
)


def _files(told: History, cases: list[Case]) -> None:
    """What LCS knows besides; now and then a decision between two meetings, on the file or not."""
    for case in cases:
        die = told.die("file", case.id)
        if case.service in ("family_safeguarding", "children_with_disabilities", "looked_after_children"):
            casefiles.keep_file(told, case, DUTY_FILE)
        day = workday(min(case.opened + (told.last_day - case.opened) / 2, told.last_day))
        if die.random() < 0.12 and case.opened <= day <= (case.closed or told.last_day):
            note = {"system": "lcs", "note_type": "management_oversight"} if die.random() < 0.8 else None
            casefiles.decision(told, case, day, note, die)
