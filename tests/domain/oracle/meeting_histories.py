"""Histories of one worker of Targeted Early Help: meetings, what they leave open, records, signatures and copies."""

from datetime import date, timedelta
from random import Random
from typing import Any

from tests.domain.oracle.file_histories import Careless, Life, careless

MEETINGS = ["S-1", "S-2", "S-3", "S-4", "S-5", "S-9"]


def worker(chance: Random) -> Careless:
    """Meetings, three or four, and actions; or records of them."""
    life = Life(chance, date(2024, 1, 1) + timedelta(days=chance.randrange(400)))
    life.tell("WorkerStarted", worker_id="W-1", started_on=life.day, role="team_manager", service="targeted_early_help")
    steps = chance.choice([[action, action, meeting], [record], [action, record, meeting]])
    for number in range(1, chance.choice([2, 3, 4, 5, 6])):
        life.move_on()
        meeting(life, f"S-{number}")
        if life.seldom():
            meeting(life)
        for _ in range(chance.randrange(3)):
            life.day = life.near(0, 0, 1, 3, 14)
            chance.choice(steps)(life)
    if life.seldom():
        life.tell("WorkerLeft", worker_id="W-1", left_on=life.day)
        life.day = life.near(80, 120)
        again = {"started_on": life.day, "role": "team_manager", "service": "targeted_early_help"}
        life.tell("WorkerStarted", worker_id="W-1", **again)
        meeting(life)
    return careless(life, date(2021, 11, 1), days=5)


def meeting(life: Life, name: str | None = None) -> None:
    kind = life.one_of("individual", "individual", "individual", "individual", "ad_hoc", "group")
    held = {"session_id": name or life.one_of("S-1", "S-3"), "held_on": life.day, "kind": kind}
    held |= {"planned": life.one_of(True, False)} if life.seldom() else {}
    who: dict[str, Any] = {"S-3": {"worker_ids": ["W-1", "W-2"]}, "S-4": {"worker_id": "W-2"}}
    life.tell("SessionHeld", **held, **who.get(held["session_id"], {"worker_id": "W-1"}))


def action(life: Life) -> None:
    """Agreed at a meeting or between two, by name of the worker, of the session or of both; and what becomes of it."""
    number = life.fresh("T")
    agreed = {"action_id": number, "agreed_on": life.day} | life.maybe(due_on=life.near(30, 200))
    about = life.one_of({"worker_id": "W-1"}, {"worker_id": "W-1"}, {}, {"worker_id": "W-2"})
    about |= life.maybe(session_id=life.one_of(*MEETINGS)) | life.maybe(owner_id=life.one_of("W-1", "W-9"))
    life.tell("ActionAgreed", **agreed, **about)
    if life.seldom():
        life.tell("ActionAgreed", **agreed | {"agreed_on": life.near(-1, 0, 30)}, **about)
    meetings = [event["data"] for event in life.events if event["type"] == "SessionHeld"]
    for _ in range(life.one_of(0, 1, 2, 3)):
        on = life.one_of(life.near(0, 1, 28, 31), date.fromisoformat(life.one_of(*meetings)["held_on"]))
        on = on + timedelta(days=life.one_of(0, 0, 1, 2))
        session = life.maybe(session_id=life.one_of(*MEETINGS))
        if life.one_of(True, True, False):
            outcome = life.maybe(outcome=life.one_of("continues", "completed", "no_longer_needed"))
            life.tell("ActionFollowedUp", action_id=number, followed_up_on=on, **outcome, **session)
        else:
            life.tell("ActionCompleted", action_id=number, completed_on=on, **session)


def record(life: Life) -> None:
    """A record of a meeting, signed by one, by both, in any order, or by neither; copied to somebody, once or never."""
    number, day = life.fresh("R"), life.day
    kind = life.one_of("personal_supervision", "personal_supervision", "personal_supervision", "group_supervision")
    written = {"record_id": number, "kind": kind, "author_id": "M-1", "session_id": life.one_of(*MEETINGS)}
    written |= {"worker_id": life.one_of("W-1", "W-2")} if life.one_of(True, False) else {}
    life.tell("RecordCompleted", **written, completed_at=life.near(0, 2))
    for capacity in life.one_of(
        ["supervisor"], ["supervisee"], *[["supervisor", "supervisee"]] * 4, ["supervisee"] * 2
    ):
        who = "W-1" if capacity == "supervisee" else "M-1"
        signed = {"signer_id": who, "capacity": capacity, "signed_on": life.near(2, 3, 9)}
        life.tell("RecordSigned", record_id=number, **signed)
    for _ in range(life.one_of(0, 1, 1, 2)):
        copied = {"to_worker_id": life.one_of("W-1", "W-1", "W-1", "M-1"), "copied_on": life.near(0, 2, 3, 9, 10, 30)}
        life.tell("RecordCopied", record_id=number, **copied, **life.maybe(purpose=life.one_of("own_copy", "audit")))
    life.day = day
