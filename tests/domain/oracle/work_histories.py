"""Histories of one worker: supervision, actions, records and their signatures, and a supervisor who is away."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.domain.oracle.days import first_of_month
from tests.domain.oracle.histories import (
    LUTON_CATEGORIES,
    Draw,
    History,
    Teller,
    WorkingLife,
    first_day,
    tell_absence,
    tell_agreement,
    tell_leaving,
    tell_many_sessions,
    tell_missed_session,
    tell_new_role,
    tell_session,
    tell_stage,
    tell_supervisor,
)

Step = Callable[[WorkingLife], None]


@st.composite
def shropshire_workers(draw: Draw) -> History:
    """One worker of Targeted Early Help."""
    teller = Teller(draw, "shropshire", draw(first_day()))
    roles = ["family_support_worker", "family_support_worker", "team_manager", "early_help_area_leader"]
    steps = [tell_session] * 6 + [tell_absence, tell_missed_session, tell_new_role, tell_leaving]
    steps += [tell_many_sessions] * 2 + teller.one_of([], further, [*further, tell_supervisor])
    return live(teller, WorkingLife(teller, "targeted_early_help", roles), steps)


@st.composite
def luton_workers(draw: Draw) -> History:
    """One member of Luton's staff."""
    teller = Teller(draw, "luton", draw(first_day()))
    service = teller.one_of(*LUTON_CATEGORIES)
    steps = [tell_session] * 6 + [tell_agreement] * 3 + [tell_supervisor] * 2
    steps += [tell_absence, tell_missed_session, tell_new_role, tell_leaving] + [tell_many_sessions] * 2
    steps += teller.one_of([], further)
    return live(teller, WorkingLife(teller, service, ["social_worker", "senior_practitioner"]), steps)


@st.composite
def national_workers(draw: Draw) -> History:
    """One social worker, mostly newly qualified, under the national standard."""
    teller = Teller(draw, "national", draw(first_day()))
    stages = ("nqsw", "nqsw", "nqsw", "asye_completed")
    life = WorkingLife(teller, "childrens_social_care", ["social_worker", "senior_social_worker"], stages)
    steps = [tell_session] * 8 + [tell_many_sessions, tell_stage, tell_absence, tell_new_role, tell_leaving]
    return live(teller, life, steps)


@st.composite
def busy_workers(draw: Draw) -> History:
    """One worker of either council to whom little happens but actions, records and absences of the supervisor."""
    council = draw(st.sampled_from(["shropshire", "luton"]))
    teller = Teller(draw, council, draw(first_day()))
    service, role = {"shropshire": ("targeted_early_help", "team_manager"), "luton": ("mash", "social_worker")}[council]
    life = WorkingLife(teller, service, [role])
    life.start()
    for _ in range(draw(st.integers(1, 3))):
        teller.one_of(*further, tell_covered_absence, tell_covered_absence)(life)
        teller.move_on()
    return teller.finish("worker", "W-1")


def live(teller: Teller, life: WorkingLife, steps: list[Step]) -> History:
    life.start()
    for _ in range(teller.draw(st.integers(0, 18))):
        teller.one_of(*steps)(life)
        teller.move_on()
    return teller.finish("worker", "W-1")


def tell_action(teller: Teller, **about: Any) -> None:
    """An action agreed today, and some of what may become of it, in any order."""
    number = teller.fresh("T")
    agreed = {"action_id": number, "agreed_on": teller.day.isoformat()} | about
    agreed |= teller.optional("owner_id", "W-1", "W-1", "W-2") | teller.optional("due_on", *near(teller, 0, 14, 28, 60))
    teller.tell("ActionAgreed", **agreed)
    if teller.seldom():
        again = agreed | teller.optional("due_on", *near(teller, 7, 30)) | teller.optional("owner_id", "W-1", "W-2")
        teller.tell("ActionAgreed", **again | {"agreed_on": teller.one_of(*near(teller, 0, 1, 15))})
    for _ in range(teller.one_of(0, 1, 1, 2, 3)):
        on = teller.one_of(*near(teller, 0, 13, 14, 15, 29, 61))
        become_of(teller, number, on)


def become_of(teller: Teller, number: str, on: str) -> None:
    kind = teller.one_of("ActionFollowedUp", "ActionFollowedUp", "ActionAmended", "ActionCompleted", "ActionBlocked")
    if kind == "ActionFollowedUp":
        outcome = teller.optional("outcome", "completed", "continues", "no_longer_needed")
        teller.tell(kind, action_id=number, followed_up_on=on, **outcome)
        if not teller.seldom():
            return
        kind = "ActionAmended"
    if kind == "ActionAmended":
        more = teller.optional("due_on", *near(teller, 20, 40, 90)) | teller.optional("owner_id", "W-1", "W-2")
        teller.tell(kind, action_id=number, amended_on=on, **more)
    if kind == "ActionCompleted":
        teller.tell(kind, action_id=number, completed_on=on)
    if kind == "ActionBlocked":
        teller.tell(kind, action_id=number, reported_on=on)


def tell_record(teller: Teller, session: str) -> None:
    """A record of a session, perhaps reviewed, signed, reopened and completed again."""
    number = teller.fresh("R")
    kinds = ["personal_supervision"] * 4 + ["group_supervision"]
    record = {"record_id": number, "kind": teller.one_of(*kinds), "author_id": "M-1", "session_id": session}
    record |= teller.optional("worker_id", "W-1", "W-1", "W-2")
    teller.tell("RecordCompleted", **record, completed_at=teller.one_of(*near(teller, 0, 3)), **content(teller))
    for _ in range(teller.one_of(0, 1, 2, 3, 5)):
        on = teller.one_of(*near(teller, 0, 3, 4, 10, 20))
        kind = teller.one_of("RecordSigned", "RecordSigned", "RecordReviewed", "RecordReopened")
        if kind == "RecordSigned":
            capacity = teller.one_of("supervisor", "supervisee")
            signed = {"record_id": number, "signer_id": "M-1", "capacity": capacity, "signed_on": on}
            teller.tell(kind, **signed, **content(teller))
        if kind == "RecordReviewed":
            teller.tell(kind, record_id=number, reviewed_on=on, reviewer_id="W-1", outcome="agreed")
        if kind == "RecordReopened":
            teller.tell(kind, record_id=number, reopened_on=on, by="M-1")
            if not teller.seldom():
                again = teller.one_of(*near(teller, 3, 5, 21))
                teller.tell("RecordCompleted", **record, completed_at=again, **content(teller))


def content(teller: Teller) -> dict[str, Any]:
    return teller.optional("content_hash", "h-1", "h-1", "h-2")


def tell_supervisor_away(teller: Teller) -> None:
    """A supervisor is away from today, about a month or for long, as planned or not."""
    who, name = teller.one_of("M-1", "M-2"), teller.fresh("A")
    first = teller.one_of(teller.day, first_of_month(teller.day))
    last = first + timedelta(days=teller.one_of(0, 5, 27, 28, 30, 31, 32, 60, 90))
    planned = teller.optional("expected_until", (first + timedelta(days=teller.one_of(20, 31, 32, 80))).isoformat())
    teller.tell("AbsenceStarted", worker_id=who, started_on=first.isoformat(), absence_id=name, **planned)
    if not teller.seldom():
        teller.tell("AbsenceEnded", worker_id=who, ended_on=last.isoformat(), absence_id=name)


def tell_covered_absence(life: WorkingLife) -> None:
    """The supervisor is away, and now and then somebody stands in: from a day near the end of a month, or for less."""
    teller = life.teller
    tell_supervisor_away(teller)
    for _ in range(teller.one_of(0, 1, 1, 2)):
        cover = {"worker_id": "W-1", "supervisor_id": teller.one_of("M-8", "M-9", "M-1"), "basis": "interim"}
        cover |= teller.optional("until", *near(teller, 20, 31, 35, 45)) | teller.optional("covers_id", "M-1", "M-2")
        teller.tell("SupervisorAssigned", **cover, assigned_on=teller.one_of(*near(teller, 0, 10, 30, 31, 32, 36, 46)))
    if teller.seldom():
        tell_supervisor(life)


def near(teller: Teller, *days: int) -> list[str]:
    """Days so many after the one that the teller has reached."""
    return [day_after(teller.day, number) for number in days]


def day_after(day: date, number: int) -> str:
    return (day + timedelta(days=number)).isoformat()


further: list[Step] = [
    lambda life: tell_action(life.teller, **life.teller.optional("worker_id", "W-1", "W-2")),
    lambda life: tell_action(life.teller),
    lambda life: tell_record(life.teller, tell_recorded_session(life)),
    lambda life: tell_record(life.teller, life.teller.one_of("S-1", "S-2", "S-9")),
    lambda life: tell_supervisor_away(life.teller),
]


def tell_recorded_session(life: WorkingLife) -> str:
    """A session, and what it is called."""
    tell_session(life)
    held = [event for event in life.teller.events if event["type"] == "SessionHeld"]
    name: str = held[-1]["data"]["session_id"]
    return name
