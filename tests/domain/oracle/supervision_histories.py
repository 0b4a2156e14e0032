"""Histories of one Luton case: who supervised it, what is on the file, what was decided in between, the visits."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.domain.oracle.case_histories import (
    CaseLife,
    author,
    condition_days,
    discussion,
    open_luton_case,
    reference,
    tell_closing,
)
from tests.domain.oracle.days import working_days_later
from tests.domain.oracle.histories import LUTON_CATEGORIES, Draw, History, Teller, first_day
from tests.domain.oracle.practice_histories import asked_after_what_happened

PEOPLE = {
    "S-1": "senior_practitioner",
    "M-1": "team_manager",
    "D-1": "deputy_team_manager",
    "X-1": "social_worker",
    "X-2": "captain",
}
PLACED = "looked_after_children"


@st.composite
def supervised_cases(draw: Draw) -> History:
    """One case, its supervisors and what became of their roles, its decisions and records."""
    teller = Teller(draw, "luton", draw(first_day()))
    life = CaseLife(teller)
    if teller.one_of(True, False):
        open_luton_case(life)
    else:
        open_placement(life)
    start_people(life)
    every = [tell_supervised] * 4 + [tell_decision] * 3 + [tell_visits] * 3
    every += [tell_career, tell_manager, tell_lead, tell_closing(open_luton_case)]
    steps = teller.one_of(
        [tell_supervised], [tell_supervised, tell_career], [tell_decision], [tell_visits], every, every
    )
    for _ in range(teller.one_of(1, 2, 3, 5, 9)):
        teller.one_of(*steps)(life)
        teller.move_on()
    return asked_after_what_happened(teller, teller.finish("case", "C-1"))


def open_placement(life: CaseLife) -> None:
    life.service, life.is_open = PLACED, True
    category = life.teller.optional("category", *LUTON_CATEGORIES[PLACED][1:])
    life.teller.tell("CaseOpened", case_id="C-1", opened_on=life.today(), service=PLACED, **category)


def start_people(life: CaseLife) -> None:
    teller = life.teller
    for who, role in PEOPLE.items():
        on = teller.one_of(teller.day - timedelta(days=300), teller.day - timedelta(days=300), teller.day)
        if not teller.seldom():
            teller.tell("WorkerStarted", worker_id=who, started_on=on.isoformat(), role=role, service="assessment")
    if not teller.seldom():
        tell_manager(life)


def tell_supervised(life: CaseLife) -> None:
    """A discussion with somebody who may or may not supervise, and mostly something on the file."""
    teller = life.teller
    discussed = discussion(life, teller.one_of("individual", "individual", "individual", "group"))
    discussed.pop("supervisor_id", None)
    discussed |= teller.one_of(*[{"supervisor_id": who} for who in ("S-1", "S-1", "X-1", *PEOPLE, "Z-9")], {})
    discussed |= teller.one_of({"worker_id": "W-1"}, {})
    teller.tell("CaseDiscussed", **discussed)
    if ("discussion_id" in discussed or "session_id" in discussed) and teller.seldom():
        teller.tell_again("discussed_on")
    if "session_id" in discussed and teller.one_of(True, False):
        held = {"session_id": discussed["session_id"], "worker_id": teller.one_of("W-1", "W-2")}
        teller.tell("SessionHeld", **held, held_on=life.today(), kind="individual")
    for _ in range(teller.one_of(0, 1, 1, 1, 2)):
        tell_on_file(life, discussed)


def tell_on_file(life: CaseLife, discussed: dict[str, Any]) -> None:
    teller = life.teller
    match teller.one_of("record", "record", "note", "document"):
        case "record":
            done_on = (teller.day + timedelta(days=teller.one_of(0, 1, 20))).isoformat()
            record = {"record_id": teller.fresh("R"), "kind": teller.one_of("case_supervision", "group_supervision")}
            names = reference(life, discussed)
            by_day = not {"discussion_id", "session_id"} & set(names)
            on = {"discussed_on": life.today()} if by_day else {}
            teller.tell("RecordCompleted", **record, **author(teller), completed_at=done_on, **names, **on)
        case "note":
            teller.tell("CaseNoteRecorded", **note(life), **reference(life, discussed))
        case "document":
            document = {"document_id": teller.fresh("X"), "kind": "case_discussion_record", "system": "LCS"}
            teller.tell("DocumentSaved", **document, **reference(life, discussed), **condition_days(life, "saved_on"))


def note(life: CaseLife) -> dict[str, Any]:
    kinds = life.teller.one_of("supervision", "management_oversight", "targeted_service_case_note")
    named = {"note_id": life.teller.fresh("N"), "system": "LCS", "note_type": kinds}
    return named | author(life.teller) | condition_days(life, "recorded_on")


def tell_decision(life: CaseLife) -> None:
    """Decided in a session or between two; a note of it early, on the last working day or late, now and then again."""
    teller = life.teller
    decision = {"decision_id": teller.fresh("E"), "case_id": "C-1", "made_on": life.today(), "made_by": "M-1"}
    setting = teller.one_of("ad_hoc", "ad_hoc", "ad_hoc", "group", "individual")
    teller.tell("DecisionMade", **decision, setting=setting)
    if teller.seldom():
        teller.tell_again("made_on")
    for _ in range(teller.one_of(0, 1, 1, 1, 2)):
        done_on = working_days_later(teller.day, teller.one_of(0, 1, 5, 5, 6, 15)) + timedelta(
            days=teller.one_of(0, 0, 1)
        )
        names = {
            "case_id": "C-1",
            "decision_id": teller.one_of(decision["decision_id"], decision["decision_id"], "E-0"),
        }
        written = note(life) | {"recorded_on": done_on.isoformat()}
        written |= {"event_on": life.today()} if "event_on" in written else {}  # of no later day than it is from
        teller.tell("CaseNoteRecorded", **written, **names)


def tell_visits(life: CaseLife) -> None:
    """Classified in the placement, with how often the child is visited, or without a word of it."""
    teller = life.teller
    where = {} if life.service == PLACED else {"service": PLACED}
    life.service = PLACED
    category = teller.one_of(*LUTON_CATEGORIES[PLACED], "matched_stable", "matched_stable_over_1_year")
    flags = teller.one_of(
        {}, {"flags": []}, *[{"flags": [each]} for each in ("visiting_6_weekly", "visiting_12_weekly")] * 2
    )
    teller.tell("CaseClassified", case_id="C-1", classified_on=life.today(), category=category, **where, **flags)


def tell_career(life: CaseLife) -> None:
    """Somebody takes another role, leaves, or starts."""
    teller = life.teller
    who, role, on = teller.one_of(*PEOPLE, "S-1", "S-1"), teller.one_of(*PEOPLE.values()), life.today()
    match teller.one_of("role", "role", "left", "start"):
        case "role":
            teller.tell("WorkerRoleChanged", worker_id=who, changed_on=on, role=role)
        case "left":
            teller.tell("WorkerLeft", worker_id=who, left_on=on)
            teller.day += timedelta(days=1)
        case "start":
            teller.tell("WorkerStarted", worker_id=who, started_on=on, role=role, service="assessment")


def tell_manager(life: CaseLife) -> None:
    """One of those who may discuss the case is managed by somebody who supervises it, or by somebody else."""
    teller = life.teller
    who = {"worker_id": teller.one_of("W-1", "W-1", "W-2"), "manager_id": teller.one_of("X-1", "Z-9", "B-1", "B-1")}
    if teller.seldom():
        teller.tell("LineManagerUnassigned", **who, ended_on=life.today())
    else:
        teller.tell("LineManagerAssigned", **who, assigned_on=life.today())


def tell_lead(life: CaseLife) -> None:
    teller = life.teller
    who = {"case_id": "C-1", "worker_id": teller.one_of("W-1", "W-2")}
    if teller.seldom():
        teller.tell("CaseUnallocated", **who, ended_on=life.today())
    else:
        teller.tell(
            "CaseAllocated", **who, allocated_on=life.today(), **teller.optional("responsibility", "lead", "secondary")
        )
