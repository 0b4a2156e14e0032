"""Single cases and workers of the invented Luton: each shows one thing that happens, and what the policy says of it."""

from datetime import timedelta

from app.demo import casefiles, people
from app.demo.casework import CASE_RECORD, Case, allocate, close, discussed, opened, recorded
from app.demo.days import DAY
from app.demo.invented import Event, History
from app.demo.loads import supervised, transferred
from app.demo.people import Ways
from app.demo.stories import Seen, Story
from app.demo.supervision import Manner, personal_session

ROWS = (
    ("LU-34", "mash", "complex", "W-10104"),
    ("LU-35", "family_partnership", "level_3", "W-10502"),
    ("LU-36", "assessment", None, "W-10205"),
    ("LU-38", "children_with_disabilities", "cp", "W-10603"),
    ("LU-39", "children_with_disabilities", "cin_active", "W-10603"),
    ("LU-46", "looked_after_children", "awaiting_permanency", "W-10704"),
    ("LU-47", "looked_after_children", "matched_stable", "W-10704"),
    ("LU-50", "looked_after_children", "matched_stable_over_1_year", "W-10704"),
    ("LU-53", "care_leavers", "additional_needs", "W-10804"),
    ("LU-54", "care_leavers", "stable", "W-10804"),
    ("LU-57", "fostering", "assessment", "W-10903"),
    ("LU-58", "fostering", "support_not_matched", "W-10903"),
    ("LU-59", "fostering", "support_matched_stable", "W-10903"),
    ("LU-61", "fostering", "support_awaiting_permanency_or_unstable", "W-10903"),
    ("LU-62", "adoption", None, "W-11003"),
    ("LU-63", "safeguarding_and_qa", None, "W-11103"),
    ("LU-65", "contact_centre", None, "W-11203"),
)
"""One case of each row of the table that was forgotten for seven weeks."""

FULL_ROWS = (
    ("LU-49", "looked_after_children", "matched_stable", "W-10704"),
    ("LU-51", "looked_after_children", "matched_stable_over_1_year", "W-10704"),
    ("LU-55", "care_leavers", "stable", "W-10804"),
    ("LU-60", "fostering", "support_matched_stable", "W-10903"),
)
"""Cases that have been supervised in time for months, and never in full."""

DUTY = (
    ("LU-42", "CaseReviewed", "reviewed_on"),
    ("LU-43", "RiskAssessed", "assessed_on"),
    ("LU-44", "ChildSeen", "seen_on"),
    ("LU-45", "ManagementOversightRecorded", "recorded_on"),
)
"""What is owed to a duty case once a year."""

SWAPPED = (
    ("W-10502", "W-11301", 20, None),
    ("W-10504", "W-10501", 20, 12),
    ("W-10904", "W-10901", 50, None),
    ("W-10903", "W-10902", 50, 41),
)
"""Who was given which new supervisor, how many days ago, and when they made their agreement, if they have."""

NO_CHECK_IN = frozenset({"W-10905", "W-10803"})
OWN_STORY = frozenset(
    {"W-10204", "W-10203", "W-10303", "W-10304", "W-10502", "W-10504", "W-10703", "W-10705", "W-10904", "W-10905"}
)


def _row(number: int) -> str:
    return f"C-{2101 + number}"


STORIES = (
    Story("Left out of the last supervision", "luton", "case/C-2001",
          (Seen("LU-37", "breached"), Seen("LU-37", "due", ago=40)),
          "A case that was left out of the last supervision: late, under which row of the policy, and why"),
    Story("Four to six weeks", "luton", "case/C-2002", (Seen("LU-47", "tolerated"), Seen("LU-47", "due", ago=10)),
          "A stable placement past its four weeks and not yet at six: tolerated"),
    Story("Three months without", "luton", "case/C-2003",
          (Seen("LU-37", "breached"), Seen("LU-37", "breached", ago=45), Seen("LU-37", "due", ago=90)),
          "A case that nobody has discussed for three months"),
    Story("Keyed weeks later", "luton", "case/C-2004",
          (Seen("LU-46", "due"), Seen("LU-46", "due", ago=30), Seen("LU-46", "breached", ago=30, known_then=True)),
          "A discussion held in time and keyed weeks later: fine as we know it now, late as it was known then"),
    Story("Nobody has said what it is", "luton", "case/C-2005", (Seen("LU-32", "not_assessable", code="unclassified"),),
          "A case without a category: not assessable, with the strictest row's date shown"),
    Story("Needs have changed", "luton", "case/C-2006",
          (Seen("LU-40", "due", code="attention"), Seen("LU-40", "as_required", ago=40)),
          "A duty case needs no routine supervision, until its circumstances change"),
    Story("Keeping in touch", "luton", "case/C-2007", (Seen("LU-56", "as_required"),),
          "A young adult without a worker: supervised as and when required"),
    Story("Out of touch, and at risk", "luton", "case/C-2018", (Seen("LU-56", "due", code="attention"),),
          "The same, and now a risk that nobody has discussed yet"),
    Story("A typing error", "luton", "case/C-2008",
          (Seen("LU-37", "due"), Seen("LU-37", "breached", ago=9, known_then=True)),
          "A mistyped date, put right some days later: late only for who looked in between"),
    Story("Matched", "luton", "case/C-2009", (Seen("LU-47", "tolerated"), Seen("LU-46", "due", ago=60)),
          "Another category since the placement was matched: another row, and other dates"),
    Story("Late when it closed", "luton", "case/C-2010",
          (Seen("LU-37", "not_applicable"), Seen("LU-37", "breached", ago=33)),
          "A case that was late when it closed: that stays in its history"),
    Story("Told by two systems", "luton", "case/C-2011", (Seen("LU-37", "due"),),
          "One discussion told by two systems counts once"),
    Story("Meant for another case", "luton", "case/C-2012",
          (Seen("LU-37", "breached"), Seen("LU-37", "due", ago=8, known_then=True)),
          "A discussion that was recorded on the wrong case and taken back: late after all"),
    Story("A word nobody knows", "luton", "case/C-2013", (Seen("LU-32", "not_assessable"),),
          "A category that the policy does not know: not assessable, and in the list of data to put right"),
    Story("Who is to do it", "luton", "case/C-2014", (Seen("LU-100", "breached", code="incomplete"),),
          "An action without an owner"),
    Story("Two numbers, one child", "luton", "case/C-2015", (Seen("LU-37", "due"),),
          "Two case numbers that turned out to be one child: their histories read as one"),
    Story("From assessment to a plan", "luton", "case/C-2016", (Seen("LU-37", "due"), Seen("LU-36", "due", ago=60)),
          "An assessment that became a Family Safeguarding case"),
    Story("Away for long", "luton", "worker/W-10703", (Seen("LU-67", "excused"),),
          "Away since six weeks: supervision is excused, and due again after the return"),
    Story("Supervision slips", "luton", "worker/W-10203", (Seen("LU-67", "breached"), Seen("LU-69", "breached")),
          "An agency worker whose supervision has slipped, and who will not reach ten in the year"),
    Story("A little late", "luton", "worker/W-10204", (Seen("LU-67", "tolerated"), Seen("LU-67", "due", ago=12)),
          "Past four weeks and not yet at six"),
    Story("A new supervisor", "luton", "worker/W-10502",
          (Seen("LU-14", "due", code="superseded"), Seen("LU-14", "met", ago=30)),
          "A new supervisor three weeks ago: the agreement has to be made anew"),
    Story("A new supervisor, and no agreement", "luton", "worker/W-10904",
          (Seen("LU-14", "breached"), Seen("LU-14", "met", ago=60)),
          "A new supervisor two months ago, and still the old agreement"),
    Story("New and without agreement", "luton", "worker/W-10407", (Seen("LU-14", "breached"),),
          "Newly qualified, in the team that is short of a deputy: no agreement yet"),
    Story("Not reviewed", "luton", "worker/W-10803", (Seen("LU-16", "breached"), Seen("LU-16", "due", ago=100)),
          "An agreement that nobody has reviewed for more than a year"),
    Story("No Check-In", "luton", "worker/W-10905", (Seen("LU-26", "breached"), Seen("LU-67", "due")),
          "Supervised in time, and never with a Check-In"),
    Story("Three quarters of an hour", "luton", "worker/W-10303",
          (Seen("LU-68", "breached", code="short"), Seen("LU-67", "due")),
          "The latest session was held in time and too short"),
    Story("Not done", "luton", "worker/W-10304", (Seen("LU-119", "breached"), Seen("LU-119", "due", ago=30)),
          "An action about workload that was to be done two weeks ago"),
    Story("Done late", "luton", "worker/W-10801",
          (Seen("LU-119", "late_met"), Seen("LU-119", "breached", ago=16)),
          "A manager's own action, done a week after it was due"),
    Story("Not shared", "luton", "team/T-106",
          (Seen("LU-13", "breached", code="unbalanced"), Seen("LU-13", "met", ago=100)),
          "The manager supervises nearly every case and the deputy a few"),
    Story("A deputy short", "luton", "team/T-104", (Seen("LU-13", "not_assessable", code="vacant"),),
          "A team whose deputy left five months ago: there is nobody to share with"),
    Story("Last week's peer supervision", "luton", "team/T-101",
          (Seen("LU-33", "breached"), Seen("LU-33", "met", ago=14)),
          "MASH met every week, and not last week"),
    *(Story(f"Forgotten under {rule}", "luton", f"case/{_row(number)}",
            (Seen(rule, "breached"), Seen(rule, "due", ago=60)), f"A case forgotten for seven weeks, under {rule}")
      for number, (rule, *_) in enumerate(ROWS)),
    *(Story(f"Never in full under {rule}", "luton", f"case/{_row(40 + number)}",
            (Seen(rule, "breached"), Seen(rule, "due", ago=60)), f"Supervised in time, never in full: {rule}")
      for number, (rule, *_) in enumerate(FULL_ROWS)),
    *(Story(f"Not once a year under {rule}", "luton", f"case/{_row(60 + number)}",
            (Seen(rule, "breached"), Seen(rule, "due", ago=90)),
            f"A duty case for which one thing was forgotten: {rule}")
      for number, (rule, *_) in enumerate(DUTY)),
)  # fmt: skip


def people_of_the_stories(told: History, ways: Ways) -> None:
    """What happens to single workers, before the year's sessions are held."""
    people.away(told, "W-10703", 46, expected=30)
    for worker, supervisor, ago, agreed in SWAPPED:
        people.new_supervisor(told, worker, supervisor, ago)
        if agreed is not None:
            people.agree(told, worker, told.ago(agreed), ways)
    quiet = {"W-10203": [(60, 0), (210, 110), (330, 250)], "W-10204": [(33, 0)], "W-10303": [(24, 0)]}
    quiet |= {"W-10502": [(24, 0)], "W-10905": [(24, 0)], "W-10804": [(9, 3)]}
    for worker, spells in quiet.items():
        told.workers[worker].quiet = [(told.ago(first), told.ago(last)) for first, last in spells]
    told.tell(
        "SupervisorAssigned", told.ago(300), worker_id="W-10305", supervisor_id="W-10303", assigned_on=told.ago(300),
        strand="case",
    )  # fmt: skip
    told.tell(
        "SupervisorAssigned", told.ago(300), worker_id="W-10303", supervisor_id="W-10301", assigned_on=told.ago(300),
        strand="oversight",
    )  # fmt: skip
    told.workers["W-10305"].case_supervisors = {told.ago(400): "W-10302", told.ago(300): "W-10303"}


def sessions_of_the_stories(told: History, manner: Manner) -> None:
    """Sessions on days that a story needs."""
    for worker, ago, more in (
        ("W-10204", 34, {}), ("W-10303", 6, {"minutes": 45}), ("W-10502", 25, {}), ("W-10905", 8, {}),
    ):  # fmt: skip
        personal_session(told, told.workers[worker], told.ago(ago), manner, told.die("story", worker), **more)
    note = "Spoke about workload after the team's move. Agreed to keep Friday mornings free for writing."
    told.tell(
        "SessionHeld", told.ago(5), held_on=told.ago(5), minutes=30, planned=False, narrative=note, kind="ad_hoc",
        session_id="S-10704-ad-hoc", worker_id="W-10704", supervisor_id="W-10701",
    )  # fmt: skip
    for worker in ("W-1003", "W-1004", "W-1005"):
        for day in told.every(85, last=20, since=390):
            told.tell(
                "SessionHeld", day, session_id=f"CI-{worker.removeprefix('W-')}-{day:%y%m%d}", worker_id=worker,
                supervisor_id="W-1001", held_on=day, minutes=40, kind="check_in",
            )  # fmt: skip
    told.tell(
        "ActionAgreed", told.ago(36), action_id="X-10304-1", agreed_on=told.ago(36), owner_id="W-10304",
        due_on=told.first_day - timedelta(days=15), worker_id="W-10304", scope="workload",
    )  # fmt: skip
    late: Event = {"action_id": "X-10801-1"}
    told.tell(
        "ActionAgreed", told.ago(44), **late, agreed_on=told.ago(44), owner_id="W-10801",
        due_on=told.first_day - timedelta(days=20), worker_id="W-10801", scope="personal",
    )  # fmt: skip
    told.tell("ActionCompleted", told.ago(10), **late, completed_on=told.ago(10), by="W-10801")
    told.tell(
        "SupervisionObserved", told.ago(30), session_id="S-10103-observed", worker_id="W-10103", observer_id="W-1003",
        observed_on=told.ago(30),
    )  # fmt: skip


# --- cases ------------------------------------------------------------------------------------------------------------


def cases_of_the_stories(told: History) -> None:
    """The cases C-2001 and on."""
    safeguarding = ("family_safeguarding", None, "W-10304")
    waiting = ("looked_after_children", "awaiting_permanency", "W-10704")
    _held(told, "C-2001", *safeguarding, last=36)
    _held(told, "C-2002", "looked_after_children", "matched_stable", "W-10704", last=34)
    _held(told, "C-2003", *safeguarding, last=98)
    _known_later(told, *waiting)
    opened(told, "C-2005", "looked_after_children", None, "W-10704", told.ago(15))
    _without_a_worker(told, "C-2006", "children_with_disabilities", "duty", "T-106", 150)
    casefiles.needs_changed(told, "C-2006", 15, "circumstances")
    _without_a_worker(told, "C-2007", "care_leavers", "keeping_touch", "T-108", 140)
    _without_a_worker(told, "C-2018", "care_leavers", "keeping_touch", "T-108", 230)
    casefiles.needs_changed(told, "C-2018", 9, "risk")
    matched = _held(told, "C-2009", *waiting, last=33)
    told.tell("CaseClassified", told.ago(50), case_id=matched.id, classified_on=told.ago(50), category="matched_stable")
    close(told, _held(told, "C-2010", *safeguarding, last=70), told.ago(30))
    discussed(told, "C-2099", "W-10304", told.ago(12))  # a case of which nothing else was ever sent
    opened(told, "C-2013", "family_partnership", "level_5", "W-10503", told.ago(60))
    unclear = _held(told, "C-2014", *safeguarding, last=40)
    discussed(told, unclear.id, "W-10304", told.ago(9), no_action=False)
    told.tell(
        "ActionAgreed", told.ago(9), action_id="X-2014-1", case_id=unclear.id, agreed_on=told.ago(9), scope="case",
        discussion_id=f"D-2014-{told.ago(9):%y%m%d}", due_on=told.first_day + timedelta(days=12),
    )  # fmt: skip
    moved = _held(told, "C-2016", "assessment", None, "W-10205", last=12)
    transferred(told, moved, "W-10304", told.ago(20))
    _put_right(told, *safeguarding)
    _by_row(told)
    _duty(told)
    _of_concern(told)


def _without_a_worker(told: History, case: str, service: str, category: str, team: str, ago: int) -> None:
    """A case that nobody holds; manager and deputy of the team share these as well."""
    known = opened(told, case, service, category, None, told.ago(ago), team_id=team)
    supervised(told, known, f"W-1{team[-2:]}0{1 + int(case[-1]) % 2}", known.opened)


def _held(
    told: History, case: str, service: str, category: str | None, worker: str, *, last: int, depth: str = "full"
) -> Case:
    """Discussed every twenty-four days, up to so many days ago."""
    known = opened(told, case, service, category, worker, told.ago(last + 24 * 6))
    for day in told.every(24, last=last, since=last + 24 * 6 - 5):
        discussed(told, case, worker, day, depth=depth)
        recorded(told, case, worker, day, CASE_RECORD, after=3)
    return known


def _known_later(told: History, service: str, category: str, worker: str) -> None:
    """Discussed on time and keyed three weeks after."""
    opened(told, "C-2004", service, category, worker, told.ago(182))
    for back in (158, 134, 110, 86, 62, 35, 10):
        discussed(told, "C-2004", worker, told.ago(back), keyed=24 if back == 35 else 1)


def _put_right(told: History, service: str, category: str | None, worker: str) -> None:
    where = (service, category, worker)
    _held(told, "C-2008", *where, last=42)
    mistyped = discussed(told, "C-2008", worker, told.ago(12), discussed_on=told.ago(12) - timedelta(days=100))
    told.correct(mistyped, told.ago(5), discussed_on=told.ago(12))
    _held(told, "C-2011", *where, last=42)
    told.told_again(discussed(told, "C-2011", worker, told.ago(12)), "forms")
    _held(told, "C-2012", *where, last=42)
    told.retract(discussed(told, "C-2012", worker, told.ago(16)), told.ago(4), "wrong_subject")
    _held(told, "C-2015", *where, last=60)
    allocate(told, "C-2095", worker, told.ago(58))
    for back in (36, 14):
        discussed(told, "C-2095", worker, told.ago(back))
    told.tell("SubjectMerged", told.ago(7), kind="case", from_id="C-2095", into_id="C-2015", merged_on=told.ago(7))


def _by_row(told: History) -> None:
    for number, (_, service, category, worker) in enumerate(ROWS):
        _held(told, _row(number), service, category, worker, last=50)
    for number, (_, service, category, worker) in enumerate(FULL_ROWS):
        case = _row(40 + number)
        opened(told, case, service, category, worker, told.ago(125))
        for back in (104, 80, 56, 32, 8):
            discussed(told, case, worker, told.ago(back), depth="full" if back == 104 else "light")


def _duty(told: History) -> None:
    """Cases on duty for more than a year, each reviewed, assessed, seen and overseen but for one of these."""
    for number in range(len(DUTY) + 6):
        case = _row(60 + number)
        _without_a_worker(told, case, "children_with_disabilities", "duty", "T-106", 398)
        for kind, (_, event_type, on) in enumerate(DUTY):
            if kind != number:
                day = told.ago(190 + 17 * kind)
                dated: Event = {on: day}
                told.tell(event_type, day, case_id=case, by="W-10601", **dated)


def _of_concern(told: History) -> None:
    """A child under review whom chair and manager both worry about."""
    case, by = "C-2017", ["W-11103", "W-11101"]
    opened(told, case, "safeguarding_and_qa", None, "W-11103", told.ago(170))
    told.tell("CaseConcernFlagged", told.ago(120), case_id=case, flagged_on=told.ago(120), by=by)
    for day in told.every(24, last=10, since=165):
        discussed(told, case, "W-11103", day)
    told.tell("CaseConcernCleared", told.ago(31), case_id=case, cleared_on=told.ago(31), by=by)
    told.tell(
        "CaseRecordsReviewed", told.ago(10), case_id=case, reviewed_on=told.ago(10), by="W-11101",
        checklist={"accuracy": "satisfactory", "timeliness": "action_needed"},
    )  # fmt: skip
    told.tell(
        "CaseActivityRecorded", told.ago(12), case_id=case, activity_on=told.ago(12), recorded_on=told.ago(12) + DAY
    )
