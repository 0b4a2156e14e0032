"""Histories of one social worker's professional supervision, and of what is told of the registration of its givers."""

from datetime import date, timedelta
from random import Random

from tests.domain.oracle.file_histories import Careless, Life, careless


def worker(chance: Random) -> Careless:
    """Sessions of several kinds by one of two, who are checked, and change their post."""
    life = Life(chance, date(2024, 1, 1) + timedelta(days=chance.randrange(400)))
    life.tell("WorkerStarted", worker_id="W-1", started_on=life.day, role="social_worker", service="adults_social_care")
    for who in ("M-1", "M-2"):
        if not life.seldom():
            begun = {"started_on": life.near(-300, -30, 0), "role": "social_work_manager"}
            life.tell("WorkerStarted", worker_id=who, **begun, service="adults_social_care", **registered(life))
    for _ in range(chance.randrange(1, 8)):
        life.move_on()
        chance.choice([session, session, check, post])(life)
    return careless(life, date(2020, 1, 1))


def registered(life: Life) -> dict[str, bool]:
    return life.maybe(registered=life.one_of(True, True, False))


def session(life: Life) -> None:
    kind = life.one_of("individual", "individual", "individual", "group")
    held = {"session_id": life.fresh("S"), "worker_id": "W-1", "held_on": life.day, "kind": kind}
    held |= {} if life.seldom() else {"strand": life.one_of("professional", "professional", "professional", "personal")}
    held |= {} if life.seldom() else {"supervisor_id": life.one_of("M-1", "M-2")}
    life.tell("SessionHeld", **held, **({"planned": life.one_of(True, False)} if life.seldom() else {}))


def check(life: Life) -> None:
    found = life.one_of("registered", "registered", "lapsed", "not_registered")
    looked = {"worker_id": life.one_of("M-1", "M-2"), "checked_on": life.near(0, -3), "regulator": "SWE"}
    more = life.maybe(expires_on=life.near(0, 1, 30, 90, 400)) if found == "registered" else {}
    life.tell("RegistrationChecked", **looked, status=found, **more)


def post(life: Life) -> None:
    changed = {"worker_id": life.one_of("M-1", "M-2"), "changed_on": life.day, "role": "senior_social_worker"}
    life.tell("WorkerRoleChanged", **changed, **registered(life))
