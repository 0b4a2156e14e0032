"""Histories of one Luton worker: who supervises and has left, where the file is, and what is known of registration."""

from datetime import timedelta

from hypothesis import strategies as st

from tests.domain.oracle.histories import (
    Draw,
    History,
    Teller,
    WorkingLife,
    first_day,
    tell_leaving,
    tell_new_role,
    tell_supervisor,
)

ROLES = ["social_worker", "senior_practitioner", "contact_worker", "student"]


@st.composite
def standing_workers(draw: Draw) -> History:
    """One member of Luton's staff, their supervisors, their file and their registration."""
    teller = Teller(draw, "luton", draw(first_day()))
    life = WorkingLife(teller, "assessment", ROLES)
    life.start()
    steps = [tell_supervisor, tell_supervisor, tell_end, tell_manager, tell_file, tell_file, tell_registration]
    for _ in range(draw(st.integers(1, 6))):
        teller.one_of(*steps, tell_new_role, tell_leaving, tell_feed)(life)
        teller.move_on()
    return teller.finish("worker", "W-1")


def tell_end(life: WorkingLife) -> None:
    teller = life.teller
    who = {"worker_id": "W-1", "supervisor_id": teller.one_of("M-1", "M-2")}
    more = teller.optional("basis", "permanent", "interim") | teller.optional("strand", "personal", "case")
    teller.tell("SupervisorUnassigned", **who, ended_on=teller.day.isoformat(), **more)


def tell_manager(life: WorkingLife) -> None:
    """A supervisor starts, or leaves."""
    teller = life.teller
    who, on = teller.one_of("M-1", "M-2"), teller.day.isoformat()
    if teller.one_of(True, True, False):
        teller.tell("WorkerLeft", worker_id=who, left_on=on)
    else:
        teller.tell("WorkerStarted", worker_id=who, started_on=on, role="team_manager", service="assessment")


def tell_file(life: WorkingLife) -> None:
    teller = life.teller
    on = teller.day.isoformat()
    if teller.one_of(True, False):
        teller.tell("FileOpened", worker_id="W-1", opened_on=on, **teller.optional("holder_id", "M-1", "M-2"))
    else:
        teller.tell("FileTransferred", worker_id="W-1", to_id=teller.one_of("M-1", "M-2"), transferred_on=on)


def tell_registration(life: WorkingLife) -> None:
    teller = life.teller
    told = {"worker_id": "W-1", "checked_on": teller.day.isoformat(), "regulator": "social_work_england"}
    expires = (teller.day + timedelta(days=teller.one_of(0, 27, 60))).isoformat()
    status = teller.one_of("registered", "registered", "lapsed", "not_registered")
    teller.tell("RegistrationChecked", **told, status=status, **teller.optional("expires_on", expires))


def tell_feed(life: WorkingLife) -> None:
    teller = life.teller
    feed = teller.one_of("staff", "registration")
    teller.tell("FeedConfirmed", system="hr", feed=feed, complete_to=teller.day.isoformat())
