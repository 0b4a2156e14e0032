"""Single families and workers of the invented Shropshire: each shows one thing that happens, and what is said of it."""

from datetime import date, timedelta

from app.demo import people
from app.demo.casework import FORM, NOTE, Case, close, discussed, discussion_id, handed_over, opened, recorded
from app.demo.days import DAY, months_before, workday
from app.demo.invented import Event, History
from app.demo.people import Ways
from app.demo.stories import Seen, Story
from app.demo.supervision import Manner, personal_session, reopen

SERVICE = "targeted_early_help"
WORKER, COLLEAGUE = "W-10603", "W-10605"
OWN_STORY = frozenset(
    {
        "W-10501", "W-10601", "W-10701", "W-10202", "W-10204", "W-10205", "W-10206", "W-10302", "W-10303", "W-10603",
        "W-10605", "W-10201",
    }
)  # fmt: skip

STORIES = (
    Story("Two months running", "shropshire", "worker/W-10204",
          (Seen("SH-23", "breached"), Seen("SH-23", "met", ago=100)),
          "A worker who had no supervision in two months running"),
    Story("One month missed", "shropshire", "worker/W-10205", (Seen("SH-23", "tolerated"),),
          "One month without supervision: tolerated, and at risk if this month passes as well"),
    Story("Away", "shropshire", "worker/W-10206", (Seen("SH-23", "excused"),),
          "Away for the whole of the last two months: excused"),
    Story("Too short", "shropshire", "worker/W-10202",
          (Seen("SH-25", "breached"), Seen("SH-23", "met"), Seen("SH-25", "met", ago=100)),
          "Supervised every month, of late for an hour only"),
    Story("The manager's own supervision", "shropshire", "worker/W-10201",
          (Seen("SH-26", "breached"), Seen("SH-23", "met")), "A team manager whose own sessions were cut short"),
    Story("Not ten in the year", "shropshire", "worker/W-10302", (Seen("SH-21", "breached"), Seen("SH-23", "met")),
          "Never two months missed running, and all the same fewer than ten in the year"),
    Story("New, and no contract", "shropshire", "worker/W-10604",
          (Seen("SH-24", "breached"), Seen("SH-24", "due", ago=30)), "A new worker without a supervision contract"),
    Story("The supervisor is away", "shropshire", "worker/W-10505",
          (Seen("SH-27", "breached"), Seen("SH-27", "not_yet_applicable", ago=90)),
          "The supervisor has been away for two months, and nobody stands in"),
    Story("Somebody stands in", "shropshire", "worker/W-10502", (Seen("SH-27", "met"),),
          "The same supervisor, and here the area leader has stepped in"),
    Story("Signed by one", "shropshire", "worker/W-10603", (Seen("SH-53", "due"),),
          "A personal record that was opened again after both had signed: one signature is missing"),
    Story("Not done", "shropshire", "worker/W-10605", (Seen("SH-33", "breached"), Seen("SH-33", "due", ago=30)),
          "An action that was to be followed up two weeks ago"),
    Story("Left out", "shropshire", "case/C-2001", (Seen("SH-28", "breached"), Seen("SH-28", "due", ago=30)),
          "A family that was last discussed more than two months ago"),
    Story("At a Practice Meeting", "shropshire", "case/C-2002", (Seen("SH-28", "due"),),
          "Discussed at a Practice Meeting with its record and oversight note: that stands in for supervision"),
    Story("No oversight note", "shropshire", "case/C-2003", (Seen("SH-28", "breached"),),
          "The same meeting without the oversight note: it does not count"),
    Story("The note came later", "shropshire", "case/C-2004",
          (Seen("SH-28", "due"), Seen("SH-28", "due", ago=12), Seen("SH-28", "breached", ago=12, known_then=True)),
          "The oversight note came three weeks later: fine as we know it now, late as it was known then"),
    Story("No record", "shropshire", "case/C-2005", (Seen("SH-48", "breached"),),
          "A discussion that nobody has recorded"),
    Story("Recorded late", "shropshire", "case/C-2006", (Seen("SH-48", "late_met"), Seen("SH-48", "breached", ago=11)),
          "The form was finished four working days late"),
    Story("To be recorded", "shropshire", "case/C-2007", (Seen("SH-48", "due"),),
          "Discussed some days ago: the form is due"),
    Story("A typing error", "shropshire", "case/C-2008",
          (Seen("SH-28", "due"), Seen("SH-28", "breached", ago=9, known_then=True)),
          "A mistyped date, put right some days later"),
    Story("Late when it closed", "shropshire", "case/C-2009",
          (Seen("SH-28", "not_applicable"), Seen("SH-28", "breached", ago=22)),
          "A family that was late when its episode closed"),
    Story("Never discussed", "shropshire", "case/C-2010", (Seen("SH-28", "breached"), Seen("SH-28", "due", ago=40)),
          "Never discussed since it was allocated"),
    Story("Nobody's yet", "shropshire", "case/C-2011", (Seen("SH-28", "not_yet_applicable"),),
          "A family that nobody has been given yet"),
    Story("Another worker", "shropshire", "case/C-2012", (Seen("SH-28", "due"),),
          "A new worker took the family over: the clock went on"),
    Story("Never in full", "shropshire", "case/C-2013", (Seen("SH-35", "breached"), Seen("SH-28", "due")),
          "Discussed every month, and no full form for four months"),
    Story("A word nobody knows", "shropshire", "case/C-2015", (Seen("SH-28", "not_assessable"),),
          "A service that the policy does not know: not assessable, and in the list of data to put right"),
    Story("No clear action", "shropshire", "case/C-2014", (Seen("SH-32", "breached", code="incomplete"),),
          "A discussion that says neither what is to be done nor that nothing is"),
    Story("Nothing decided", "shropshire", "case/C-2014", (Seen("SH-08", "breached", code="missing"),),
          "The same discussion: it says of no decision, not even that the plan continues"),
    Story("Written by the worker", "shropshire", "case/C-2016", (Seen("SH-30", "breached", code="wrong_author"),),
          "A case-note that the worker wrote, and not the supervisor whose it is to write"),
)  # fmt: skip


def people_of_the_stories(told: History, ways: Ways) -> None:
    """What happens to single workers, before the year's sessions are held."""
    last, before = months_before(told.first_day, 2)
    none_in = {"W-10204": (last, before), "W-10205": (last,), "W-10202": (last, before), "W-10201": (last, before)}
    for worker, months in none_in.items():
        told.workers[worker].quiet = [(first, _end(first)) for first in months]
    every_other = months_before(told.first_day, 13)[1::2]  # and in the months between only once
    told.workers["W-10302"].quiet = [(first, _end(first) + timedelta(days=12)) for first in every_other]
    told.workers["W-10206"].away.append((before - timedelta(days=3), None))
    told.tell(
        "AbsenceStarted", before - timedelta(days=3), worker_id="W-10206", started_on=before - timedelta(days=3),
        absence_id="AB-10206",
    )  # fmt: skip
    day = told.ago(30)
    told.tell("SupervisorUnassigned", day, worker_id="W-10207", supervisor_id="W-10201", ended_on=day - DAY)
    people.new_supervisor(told, "W-10207", "W-10202", 30)
    people.agree(told, "W-10207", told.ago(25), ways, minutes=None)
    people.agree(told, "W-10807", told.ago(4), ways)
    held = told.ago(399)
    told.tell("FileOpened", held, worker_id="W-10302", opened_on=held, holder_id="W-10301")
    told.tell(
        "FileTransferred", told.ago(119), worker_id="W-10302", from_id="W-10301", to_id="W-10308",
        transferred_on=told.ago(119),
    )  # fmt: skip


def _end(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1) - DAY


def sessions_of_the_stories(told: History, manner: Manner) -> None:
    """Sessions on days that a story needs."""
    last, before = months_before(told.first_day, 2)
    for worker in ("W-10202", "W-10201"):
        for month in (last, before):
            known, day = told.workers[worker], workday(month.replace(day=14))
            personal_session(told, known, day, manner, told.die("story", worker, month.month), minutes=60)
    for worker in ("W-10205", "W-10302"):
        for month in (before,) if worker == "W-10205" else months_before(told.first_day, 11)[0::2]:
            known = told.workers[worker]
            if not any(month <= day <= _end(month) for day in known.sessions):
                personal_session(told, known, workday(month.replace(day=14)), manner, told.die("s", worker, month))
    signed = max(day for day in told.workers[WORKER].sessions if day < told.ago(25))
    reopen(told, told.workers[WORKER], f"P-10603-{signed:%y%m%d}", "W-10601", told.ago(8))
    told.tell(
        "ActionAgreed", told.ago(36), action_id="X-10605-1", agreed_on=told.ago(36), owner_id=COLLEAGUE,
        due_on=told.first_day - timedelta(days=15), worker_id=COLLEAGUE, scope="workload",
    )  # fmt: skip


# --- families ---------------------------------------------------------------------------------------------------------


def cases_of_the_stories(told: History) -> None:
    """The families C-2001 and on."""
    _family(told, "C-2001", last=67)
    _at_practice_meetings(told)
    _records(told)
    _put_right(told)
    close(told, _family(told, "C-2009", last=90), told.ago(20))
    opened(told, "C-2010", SERVICE, None, WORKER, told.ago(80), subject_kind="family")
    opened(told, "C-2011", SERVICE, None, None, told.ago(40), subject_kind="family", team_id="T-206")
    handed_over(told, _family(told, "C-2012", last=40), COLLEAGUE, told.ago(35))
    _family(told, "C-2013", last=12, depth="light")
    unclear = _family(told, "C-2014", last=50)
    discussed(told, unclear.id, WORKER, told.ago(10), depth="light", no_action=None, decision=None)
    recorded(told, unclear.id, WORKER, told.ago(10), NOTE, after=2)
    _family(told, "C-2016", last=30)
    discussed(told, "C-2016", WORKER, told.ago(12), depth="light", checklist=LOOKED_AT)
    recorded(told, "C-2016", WORKER, told.ago(12), NOTE, after=2, by=WORKER)
    opened(told, "C-2015", "early_help_plus", None, WORKER, told.ago(55), subject_kind="family")
    wrong = told.tell(
        "IdentifierLinked", told.ago(50), kind="case", subject_id="C-2014", system="LCS", identifier="8812345",
        linked_on=told.ago(50),
    )  # fmt: skip
    told.tell("IdentifierUnlinked", told.ago(44), unlinked_on=told.ago(44), **_but(wrong["data"], "linked_on"))
    discussed(told, "C-2099", COLLEAGUE, told.ago(9))  # a family of which nothing else was ever sent


def _but(data: Event, without: str) -> Event:
    return {name: value for name, value in data.items() if name != without}


LOOKED_AT = {"chronology": "satisfactory", "diversity": "satisfactory"}


def _family(told: History, case: str, *, last: int, depth: str = "full", after: int = 2) -> Case:
    """A family discussed every thirty days, up to so many days ago; with `light`, in full only the first time."""
    day = told.ago(last + 130)
    known = opened(told, case, SERVICE, None, WORKER, day, subject_kind="family")
    for number, on in enumerate(told.every(30, last=last, since=last + 125)):
        discussed(told, case, WORKER, on, depth="full" if number == 0 else depth, checklist=LOOKED_AT)
        recorded(told, case, WORKER, on, FORM if number == 0 or depth == "full" else NOTE, after=after)
    return known


def _at_practice_meetings(told: History) -> None:
    """A practice meeting stands in for supervision if its record was saved and a manager's oversight noted."""
    held = told.ago(33)
    there = ["W-10602", WORKER, COLLEAGUE]
    told.tell(
        "SessionHeld", held, session_id="S-PM-1", held_on=held, minutes=120, worker_ids=there, team_id="T-206",
        kind="practice_meeting",
    )  # fmt: skip
    for case, noted in (("C-2002", 2), ("C-2003", None), ("C-2004", 24)):  # in time; never; three weeks later
        _family(told, case, last=75)
        at_practice_meeting(told, case, held, "S-PM-1", noted, "W-10601")


def at_practice_meeting(told: History, case: str, held: date, session: str, noted: int | None, manager: str) -> None:
    """A family discussed there, its record saved the next day, and the oversight noted so many days later or never."""
    discussion, saved = f"D-PM-{discussion_id(case, held)[2:]}", held + DAY
    about: Event = {"case_id": case, "discussion_id": discussion, "event_on": held, "system": "ehm"}
    told.tell(
        "CaseDiscussed", held, keyed=1, case_id=case, discussed_on=held, depth="full", setting="practice_meeting",
        session_id=session, discussion_id=discussion,
    )  # fmt: skip
    told.tell(
        "DocumentSaved", saved, document_id=f"DOC-{discussion}", saved_on=saved, kind="case_discussion_record", **about
    )
    if noted is not None:
        day = held + timedelta(days=noted)
        told.tell_by_now(
            "CaseNoteRecorded", day, note_id=f"N-{discussion}", note_type="management_oversight", author_id=manager,
            recorded_on=day, **about,
        )  # fmt: skip


def _records(told: History) -> None:
    _family(told, "C-2005", last=20, after=400)  # no record of any discussion
    _family(told, "C-2006", last=20, after=9)
    _family(told, "C-2007", last=33)
    discussed(told, "C-2007", WORKER, told.ago(2))
    words = "The school is pleased with attendance. Next meeting of everyone involved is booked."
    told.tell(
        "CaseDiscussed", told.ago(2), case_id="C-2006", discussed_on=told.ago(2), setting="ad_hoc", depth="light",
        worker_id=WORKER, narrative=words,
    )  # fmt: skip


def _put_right(told: History) -> None:
    _family(told, "C-2008", last=78)
    day = told.ago(12)
    mistyped = discussed(told, "C-2008", WORKER, day, discussed_on=day - timedelta(days=100))
    recorded(told, "C-2008", WORKER, day, FORM, after=2)
    told.correct(mistyped, told.ago(5), discussed_on=day)
