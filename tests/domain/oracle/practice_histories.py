"""Histories of one of Luton's staff: a Senior Practitioner's practitioners; objectives, concerns and the file."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from tests.domain.oracle.histories import (
    Draw,
    History,
    Teller,
    WorkingLife,
    first_day,
    tell_leaving,
    tell_new_role,
    tell_session,
)
from tests.domain.oracle.reading import business_date
from tests.domain.oracle.work_histories import near


@st.composite
def senior_practitioners(draw: Draw) -> History:
    """One Senior Practitioner, mostly; practitioners come, go and are given to somebody else, and so is oversight."""
    teller = Teller(draw, "luton", draw(first_day()))
    life = begin(teller, *["senior_practitioner"] * 5, "social_worker", "captain")
    few = [tell_end, tell_coming_and_going, tell_staff_feed]
    every = [tell_allocated] * 4 + [tell_oversight] * 3 + few * 2 + [tell_new_role, tell_employment]
    steps = teller.one_of([tell_allocated, tell_allocated, *few], [tell_oversight, tell_oversight, *few], every, every)
    for _ in range(teller.one_of(1, 2, 3, 5, 9)):
        teller.one_of(*steps)(life)
        teller.move_on()
    return asked_after_what_happened(teller, teller.finish("worker", "W-1"))


def asked_after_what_happened(teller: Teller, history: History) -> History:
    """Asked on two of its days, and on four on which something happened, or some time after that."""
    days = history.days[:2]
    for _ in range(4):
        happened = business_date(teller.one_of(*history.events))
        later = timedelta(days=teller.one_of(0, 0, 1, 7, 8, 30, 31, 62, 92, 184, 364, 365, 366))
        days.append(max(history.applies_from, happened + later))
    return replace(history, days=days)


def begin(teller: Teller, *roles: str) -> WorkingLife:
    """Starts; now and then as somebody who is no member of staff."""
    life = WorkingLife(teller, "assessment", [*roles])
    life.start()
    [started] = [event for event in teller.events if event["type"] == "WorkerStarted"]
    started["data"] |= teller.one_of(*[{}] * 12, {"subject_kind": "volunteer"}, {"subject_kind": "staff"})
    return life


def tell_employment(life: WorkingLife) -> None:
    """Leaves, and perhaps comes back; never on the day of a start."""
    life.teller.day += timedelta(days=1)
    tell_leaving(life)


def tell_allocated(life: WorkingLife) -> None:
    teller = life.teller
    who = {"worker_id": teller.one_of("P-1", "P-2"), "supervisor_id": teller.one_of("W-1", "W-1", "W-1", "M-1")}
    assign(teller, who, teller.one_of("case", "case", "case", "case", None, "oversight"))


def tell_oversight(life: WorkingLife) -> None:
    teller = life.teller
    who = {"worker_id": "W-1", "supervisor_id": teller.one_of("M-1", "M-2")}
    assign(teller, who, teller.one_of("oversight", "oversight", "oversight", None, "case"))


def assign(teller: Teller, who: dict[str, str], strand: str | None) -> None:
    more = teller.optional("basis", "interim") | teller.optional("until", *near(teller, 0, 13, 30))
    told = {} if strand is None else {"strand": strand}
    teller.tell("SupervisorAssigned", **who, assigned_on=teller.day.isoformat(), **told, **more)


def tell_end(life: WorkingLife) -> None:
    teller = life.teller
    theirs = {"worker_id": teller.one_of("P-1", "P-2"), "supervisor_id": "W-1", "strand": "case"}
    own = {"worker_id": "W-1", "supervisor_id": teller.one_of("M-1", "M-2"), "strand": "oversight"}
    who = teller.one_of(theirs, own)
    teller.tell("SupervisorUnassigned", **who, ended_on=teller.day.isoformat(), **teller.optional("basis", "interim"))


def tell_coming_and_going(life: WorkingLife) -> None:
    """A practitioner or a manager leaves, or starts again."""
    teller = life.teller
    who, on = teller.one_of("P-1", "P-2", "M-1", "M-2"), teller.day.isoformat()
    if teller.one_of(True, False):
        teller.tell("WorkerLeft", worker_id=who, left_on=on)
        teller.day += timedelta(days=1)
    else:
        teller.tell("WorkerStarted", worker_id=who, started_on=on, role="social_worker", service="assessment")


def tell_staff_feed(life: WorkingLife) -> None:
    teller = life.teller
    whose = teller.optional("worker_id", "W-1", "W-9") | teller.optional("complete_from", *near(teller, -60, -7))
    feed = teller.one_of("staff", "staff", "registration")
    teller.tell("FeedConfirmed", system="hr", feed=feed, complete_to=teller.day.isoformat(), **whose)


@st.composite
def heard_workers(draw: Draw) -> History:
    """One worker with objectives, concerns and records of supervision, some of them others'."""
    teller = Teller(draw, "luton", draw(first_day()))
    life = begin(teller, "social_worker")
    every = [tell_objective, tell_concern] * 3 + [tell_file_record] * 2 + [tell_employment]
    steps = teller.one_of([tell_objective], [tell_concern], [tell_file_record], every, every)
    for _ in range(teller.one_of(1, 1, 2, 3, 6)):
        teller.one_of(*steps)(life)
        teller.day += timedelta(days=teller.one_of(0, 1, 20, 92, 183, 365))
    return asked_after_what_happened(teller, teller.finish("worker", "W-1"))


def tell_objective(life: WorkingLife) -> None:
    """Set today, and looked at some months later, once or again, as open or as done with."""
    teller = life.teller
    name = teller.fresh("O")
    whose = teller.one_of("W-1", "W-1", "W-1", "W-1", "W-2")
    teller.tell("ObjectiveSet", objective_id=name, worker_id=whose, set_on=teller.day.isoformat())
    if teller.seldom():
        teller.tell_again("set_on")
    if teller.one_of(True, False, False):
        over = {"reviewed_on": teller.one_of(*near(teller, 365, 366, 400)), "outcome": "achieved"}
        teller.tell("ObjectiveReviewed", objective_id=name, **over)
        return
    for _ in range(teller.one_of(0, 1, 1, 1, 2)):
        on = teller.one_of(*near(teller, -3, 0, 180, 364, 365, 366, 366, 367, 400, 400))
        outcome = teller.optional("outcome", "continues", "achieved", "achieved", "withdrawn")
        teller.tell("ObjectiveReviewed", objective_id=name, reviewed_on=on, **outcome)


def tell_concern(life: WorkingLife) -> None:
    """Raised today, and some of what may become of it, in any order and now and then before it was raised."""
    teller = life.teller
    about: dict[str, Any] = {"concern_id": teller.fresh("K"), "worker_id": teller.one_of("W-1", "W-1", "W-1", "W-2")}
    teller.tell("ConcernRaised", **about, raised_on=teller.day.isoformat(), **teller.optional("stage", 1, 1, 2))
    if teller.seldom():
        teller.tell_again("raised_on")
    for _ in range(teller.one_of(0, 1, 2, 3)):
        on = teller.one_of(*near(teller, -5, 0, 0, 1, 7, 14, 30))
        kind = teller.one_of("ConcernDiscussed", "ConcernDiscussed", "ConcernEscalated", "ConcernResolved")
        match kind:
            case "ConcernDiscussed":
                teller.tell(kind, **about, discussed_on=on, stage=teller.one_of(1, 1, 2))
            case "ConcernEscalated":
                teller.tell(kind, **about, escalated_on=on)
            case "ConcernResolved":
                teller.tell(kind, **about, resolved_on=on)


def tell_file_record(life: WorkingLife) -> None:
    """A record of a session, or of one that nobody told of; in the file or not, perhaps opened and completed again."""
    teller = life.teller
    if teller.one_of(True, False):
        tell_session(life)
    held = [event["data"]["session_id"] for event in teller.events if event["type"] == "SessionHeld"]
    record = {"record_id": teller.fresh("R"), "author_id": "M-1", "session_id": teller.one_of(*held, "S-other")}
    record["kind"] = teller.one_of("personal_supervision", "personal_supervision", "group_supervision")
    record |= teller.optional("worker_id", "W-1", "W-1", "W-1", "W-2")
    complete(teller, record, near(teller, 0, 3))
    if teller.seldom():
        teller.tell("RecordReopened", record_id=record["record_id"], reopened_on=near(teller, 4)[0], by="M-1")
        complete(teller, record, near(teller, 3, 5, 9))


def complete(teller: Teller, record: dict[str, str], days: list[str]) -> None:
    on = teller.one_of(*days) + teller.one_of("", "", "T12:00:00Z")
    teller.tell("RecordCompleted", **record, completed_at=on, **teller.optional("file_id", "F-1", "F-1"))
