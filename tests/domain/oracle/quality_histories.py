"""Histories of audits: of the council as a whole, and of a Service Manager with the files of a workload."""

from datetime import date, timedelta

from hypothesis import strategies as st

from tests.domain.oracle.days import months_later
from tests.domain.oracle.histories import Draw, History, Teller, WorkingLife, first_day, tell_new_role
from tests.domain.oracle.practice_histories import asked_after_what_happened, tell_employment

STAFF = ["senior_manager", "service_director", "service_manager", "team_manager", "captain"]
AUDITORS = ["A-1", "A-1", "A-1", "A-2", "A-3"]


@st.composite
def luton_councils(draw: Draw) -> History:
    """Some years of the QA programme: files audited by several people, of whom some are not known; samples drawn."""
    teller = Teller(draw, "luton", draw(st.dates(date(2021, 1, 1), date(2024, 12, 31))))
    start_staff(teller, "senior_manager", "service_director", "senior_manager", *STAFF)
    for _ in range(teller.one_of(*range(1, 8))):
        teller.one_of(tell_audit, tell_audit, tell_audit, tell_sample, tell_career)(teller)
        teller.day = months_later(teller.day, teller.one_of(0, 1, 3, 6, 6)) + timedelta(days=teller.one_of(-1, 0, 1))
    return asked_after_what_happened(teller, teller.finish("organisation", "luton"))


@st.composite
def service_managers(draw: Draw) -> History:
    """One Service Manager, who audits and of whose workload files are audited, by the Director or by others."""
    teller = Teller(draw, "luton", draw(first_day()))
    start_staff(teller, "service_director", "service_director", "service_director", *STAFF)
    life = WorkingLife(teller, "assessment", ["service_manager"] * 8 + ["team_manager", "captain"])
    life.start()
    for _ in range(teller.one_of(1, 2, 3, 5, 8)):
        teller.one_of(*[tell_own_file] * 6, tell_new_role, tell_employment)(life)
        teller.day += timedelta(days=teller.one_of(0, 10, 28, 31, 59, 92))
    return asked_after_what_happened(teller, teller.finish("worker", "W-1"))


def start_staff(teller: Teller, *usual: str) -> None:
    """The auditor who does most of it is what it takes, as a rule; of one nothing is told in the beginning."""
    long_ago = (teller.day - timedelta(days=400)).isoformat()
    for who, role in [("A-1", teller.one_of(*usual)), ("A-2", teller.one_of(*STAFF))]:
        since = teller.one_of(long_ago, long_ago, long_ago, teller.day.isoformat())
        teller.tell("WorkerStarted", worker_id=who, started_on=since, role=role, service="assessment")


def tell_own_file(life: WorkingLife) -> None:
    tell_audit(life.teller)


def tell_audit(teller: Teller) -> None:
    audit = {"audit_id": teller.fresh("U"), "audited_on": teller.day.isoformat(), "programme": "qa"}
    own, theirs = {"auditor_id": "W-1"}, {"auditor_id": teller.one_of(*AUDITORS)}
    audit |= teller.one_of(own, theirs, theirs, theirs) | teller.one_of({"worker_id": "W-5"}, {"case_id": "C-1"}, {})
    audit |= teller.one_of(*({"supervisor_id": who} for who in ("W-1", "W-1", "A-1", "A-2", "T-1")), {})
    random = {"selection": "random"}
    teller.tell("FileAudited", **audit, **teller.one_of(random, random, random, {"selection": "chosen"}, {}))
    if teller.seldom():
        teller.tell_again("audited_on")


def tell_sample(teller: Teller) -> None:
    sample = {"sample_id": teller.fresh("P"), "drawn_on": teller.day.isoformat(), "drawn_by": "A-1", "programme": "qa"}
    teller.tell("AuditSampleDrawn", **sample, population=["F-1", "F-2"], size=1, seed="1", selected=["F-1"])


def tell_career(teller: Teller) -> None:
    """An auditor changes role, leaves, or was here all the time."""
    who, on = teller.one_of("A-1", "A-2", "A-3"), teller.day.isoformat()
    kind = teller.one_of("role", "left", "start")
    if kind == "role":
        teller.tell("WorkerRoleChanged", worker_id=who, changed_on=on, role=teller.one_of(*STAFF))
    elif kind == "left":
        teller.tell("WorkerLeft", worker_id=who, left_on=on)
        teller.day += timedelta(days=1)
    else:
        teller.tell("WorkerStarted", worker_id=who, started_on=on, role=teller.one_of(*STAFF), service="assessment")
