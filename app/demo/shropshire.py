"""Half a year in an invented Shropshire: monthly supervision, families every two months, and a dozen exceptions."""

from datetime import date, timedelta

from app.demo.invented import Event, History, numbered

SERVICE = "targeted_early_help"
STAFF = (
    ("W-1001", "early_help_area_leader", "T-201", "W-1900", 10),
    ("W-1002", "team_manager", "T-201", "W-1001", 6),
    ("W-1003", "team_manager", "T-202", "W-1001", 15),
    ("W-1004", "family_support_worker", "T-201", "W-1002", 12),
    ("W-1005", "family_support_worker", "T-201", "W-1002", 3),
    ("W-1006", "family_support_worker", "T-201", "W-1002", 19),
    ("W-1007", "family_support_worker", "T-201", "W-1002", 9),
    ("W-1008", "family_support_worker", "T-202", "W-1003", 17),
    ("W-1009", "family_support_worker", "T-202", "W-1003", 12),
    ("W-1010", "family_support_worker", "T-202", "W-1003", 11),
    ("W-1011", "family_support_worker", "T-202", "W-1003", 5),
    ("W-1012", "family_support_worker", "T-202", "W-1003", 20),
)
"""Worker, role, team, supervisor, and how many days ago their last supervision was."""

EMPTY_MONTHS = {"W-1009": 2, "W-1010": 1, "W-1011": 2}
"""Who had no supervision in so many of the last complete months: W-1009 was away."""

SHARES = ("W-1004", "W-1005", "W-1006", "W-1007", "W-1008", "W-1012") * 7 + ("W-1010",) * 3 + ("W-1011",) * 3
"""Who holds the ordinary cases, one entry a case."""


def history(first_day: date) -> list[Event]:
    """The events of the half-year that ends the day before `first_day`, in the order they were keyed."""
    told = History("shropshire", "ehm", first_day)
    _people(told)
    _away(told)
    for number, (case, worker) in enumerate(zip(numbered("C", 2013, len(SHARES)), SHARES, strict=True)):
        _ordinary(told, case, worker, number % 2)
    _late(told)
    _practice_meetings(told)
    _records(told)
    _put_right(told)
    told.confirm_feeds("caseload", "case_notes")
    return told.in_order()


def months_before(day: date, number: int) -> list[date]:
    """The first days of the last complete months before `day`, the latest first."""
    firsts = []
    for _ in range(number):
        day = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
        firsts.append(day)
    return firsts


def _people(told: History) -> None:
    for team in ("T-201", "T-202"):
        told.tell("TeamOpened", told.ago(200), team_id=team, opened_on=told.ago(200), service=SERVICE)
    for worker, role, team, supervisor, last in STAFF:
        told.worker(worker, role, SERVICE, team, supervisor, started=195, holds_cases=role == "family_support_worker")
        told.agreed(worker, told.ago(190), frequency="1 month", minutes=90)
        empty = months_before(told.first_day, EMPTY_MONTHS.get(worker, 0))
        held = told.every(4, last=last, since=190)
        told.supervised(worker, [day for day in held if day.replace(day=1) not in empty], functions=["support"])


def _away(told: History) -> None:
    first = months_before(told.first_day, 2)[1] - timedelta(days=3)
    last = told.first_day.replace(day=1)
    told.tell("AbsenceStarted", first, worker_id="W-1009", started_on=first, expected_until=last, absence_id="AB-1")
    if last < told.first_day:
        told.tell("AbsenceEnded", last, worker_id="W-1009", ended_on=last, absence_id="AB-1")


def _ordinary(told: History, case: str, worker: str, turn: int) -> None:
    """Discussed at every second supervision, with the form or the note finished in time; a few are late."""
    opened = told.case(case, SERVICE, None, worker, opened=told.chance.randint(70, 180), subject_kind="family")
    days = [day for day in told.workers[worker].sessions if day > opened]
    for day in days[(len(days) - 1 - turn) % 2 :: 2]:
        acts = told.chance.random() < 0.3
        told.discussed(case, worker, day, no_action=not acts)
        told.recorded(case, worker, day, "eh_case_supervision_form", after=told.chance.choice((1, 2, 3, 3, 4, 4, 7)))
        if acts:
            told.action(case, worker, day, done_after=told.chance.choice((10, 14, 18, 30, None)))


def _family(told: History, case: str, worker: str, *, left_out: int, opened: int = 178, after: int = 2) -> None:
    """A family discussed at every second supervision but for the last few supervisions."""
    day = told.case(case, SERVICE, None, worker, opened=opened, subject_kind="family")
    sessions = [session for session in told.workers[worker].sessions if session > day]
    for session in sessions[: len(sessions) - left_out][::-2]:
        told.discussed(case, worker, session)
        told.recorded(case, worker, session, "eh_case_supervision_form", after=after)


def _late(told: History) -> None:
    _family(told, "C-2001", "W-1004", left_out=2)  # two months and some days ago
    _family(told, "C-2010", "W-1004", left_out=9, opened=80)  # never since it was allocated
    told.case("C-2011", SERVICE, None, None, opened=40, subject_kind="family")  # nobody's yet
    _family(told, "C-2012", "W-1006", left_out=1)
    moved = told.ago(35)  # a new worker; the family's clock goes on
    told.tell("CaseUnallocated", moved, case_id="C-2012", worker_id="W-1006", ended_on=moved)
    told.tell("CaseAllocated", moved, case_id="C-2012", worker_id="W-1007", allocated_on=moved)


def _practice_meetings(told: History) -> None:
    """A practice meeting stands in for supervision if its record was saved and a manager's oversight noted."""
    held = told.ago(33)
    team: Event = {"worker_ids": ["W-1004", "W-1006", "W-1007"], "team_id": "T-201", "kind": "practice_meeting"}
    told.tell("SessionHeld", held, session_id="S-PM-1", held_on=held, minutes=120, **team)
    for case, noted in (("C-2002", 2), ("C-2003", None), ("C-2004", 24)):  # in time; never; three weeks later
        _family(told, case, "W-1004", left_out=2)
        meeting: Event = {"setting": "practice_meeting", "session_id": "S-PM-1", "discussion_id": f"D-PM-{case}"}
        told.tell("CaseDiscussed", held, keyed=1, case_id=case, discussed_on=held, depth="full", **meeting)
        _saved(told, case, held, noted)


def _saved(told: History, case: str, held: date, noted: int | None) -> None:
    about: Event = {"case_id": case, "discussion_id": f"D-PM-{case}", "event_on": held, "system": "ehm"}
    saved: Event = {
        "document_id": f"DOC-{case}",
        "saved_on": held + timedelta(days=1),
        "kind": "case_discussion_record",
    }
    told.tell("DocumentSaved", held + timedelta(days=1), **saved, **about)
    if noted is not None:
        day = held + timedelta(days=noted)
        note: Event = {"note_id": f"N-{case}", "note_type": "management_oversight", "author_id": "W-1002"}
        told.tell("CaseNoteRecorded", day, recorded_on=day, **note, **about)


def _records(told: History) -> None:
    _family(told, "C-2005", "W-1004", left_out=0, after=200)  # no record of any discussion
    _family(told, "C-2006", "W-1004", left_out=1, after=8)  # each finished three working days late
    _family(told, "C-2007", "W-1005", left_out=0, after=4)  # discussed three days ago: the record is due
    words = "The school is pleased with attendance. Next meeting of everyone involved is booked."
    told.discussed("C-2007", "W-1005", told.ago(2), setting="ad_hoc", depth="light", narrative=words)


def _put_right(told: History) -> None:
    _family(told, "C-2008", "W-1004", left_out=3)
    day = told.ago(12)
    mistyped = told.discussed("C-2008", "W-1004", day, discussed_on=day - timedelta(days=100))
    told.recorded("C-2008", "W-1004", day, "eh_case_supervision_form", after=2)
    told.correct(mistyped, told.ago(6), discussed_on=day)
    _family(told, "C-2009", "W-1004", left_out=3)
    told.tell("CaseClosed", told.ago(20), case_id="C-2009", closed_on=told.ago(20))
    told.discussed("C-2099", "W-1007", told.ago(9))  # a family of which nothing else was ever sent
