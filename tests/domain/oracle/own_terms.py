"""What an agreement's own terms make of a rhythm, decided a day at a time, for one small policy of its own (`POLICY`).

From the last session that is as long as agreed, or from the agreement, the agreed interval runs. Once it is over a rule
that is otherwise kept is tolerated; only the policy's own limit makes a breach, and what asks for less changes nothing.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from tests.domain.oracle.clock import calendar_months, calendar_months_later, days_later, rolling
from tests.domain.oracle.days import months_later
from tests.domain.oracle.file_histories import Careless, Life, careless
from tests.domain.oracle.reading import Happening, is_about_worker
from tests.domain.oracle.verdict import Verdict
from tests.domain.told import policy

PERSONAL = {"type": "SessionHeld", "where": {"kind": "individual"}}
AGREEMENT = {"type": "AgreementMade", "where": {"frequency": {"present": True}}}
OWN = {"event": PERSONAL, "own_terms": {"agreement": AGREEMENT}}
POLICY = policy(
    {"id": "MONTHLY", "subject": "worker", "every": {**OWN, "window": "month", "empty_allowed": 1}},
    {"id": "LIMIT", "subject": "worker", "every": {**OWN, "limit": "2 months"}},
    {"id": "TARGET", "subject": "worker", "every": {**OWN, "target": "28 days", "limit": "42 days"}},
)
FREQUENCIES = {
    "10 days": 10,
    "2 weeks": 14,
    "3 weeks": 21,
    "27 days": 27,
    "29 days": 29,
    "1 month": 30,
    "5 weeks": 35,
    "6 weeks": 42,
    "2 months": 60,
}
"""What may be agreed, in days, a month as thirty: what is no sooner than the policy asks changes nothing."""
ASKED = {"MONTHLY": 30, "LIMIT": 60, "TARGET": 28}


def judge_own_terms(worker_id: str, facts: list[Happening], since: date, as_at: date) -> dict[str, Verdict]:
    """The three rules as at the day, of a worker of whom they ask since `since`."""
    about = [fact for fact in facts if is_about_worker(fact, worker_id)]
    sessions = [f for f in about if f.type == "SessionHeld" and f.data["kind"] == "individual" and f.on >= since]
    held = {session.on for session in sessions}
    last = max([since, *held])
    said = {
        "MONTHLY": calendar_months(since, held, set(), as_at),
        "LIMIT": rolling(last, None, calendar_months_later(2), set(), as_at),
        "TARGET": rolling(last, days_later(28), days_later(42), set(), as_at),
    }
    agreed = [fact for fact in about if fact.type == "AgreementMade" and "frequency" in fact.data]
    if not agreed:
        return said
    often = agreed[-1].data["frequency"]
    sooner = [rule for rule, days in ASKED.items() if FREQUENCIES[often] < days]
    agreed_on = runs_to(agreed[-1], sessions, since)
    return {rule: tightened(said[rule], agreed_on, as_at) if rule in sooner else said[rule] for rule in said}


def runs_to(agreement: Happening, sessions: list[Happening], since: date) -> date:
    """The last day of the agreed interval: never from before the rule asked anything."""
    minutes = agreement.data.get("minutes", 0)
    long_enough = [one.on for one in sessions if one.data.get("minutes", minutes) >= minutes]
    runs_from = max([since, agreement.on, *long_enough])
    number, unit = agreement.data["frequency"].split()
    if unit.startswith("month"):
        return months_later(runs_from, int(number))
    return runs_from + timedelta(days=int(number) * (7 if unit.startswith("week") else 1))


def tightened(verdict: Verdict, agreed_on: date, as_at: date) -> Verdict:
    if as_at <= agreed_on or verdict.status not in ("met", "due"):
        return verdict
    return Verdict("tolerated", "behind_agreement", verdict.due_on)


def worker(chance: Random) -> Careless:
    """Sessions of several lengths at some pace, and agreements, also of before the start."""
    life = Life(chance, date(2024, 1, 1) + timedelta(days=chance.randrange(400)))
    life.tell("WorkerStarted", worker_id="W-1", started_on=life.day, role="worker", service="quay")
    agreement(life, life.near(-20, 0, 1, 30))
    for _ in range(chance.randrange(2, 9)):
        life.day = life.near(5, 10, 11, 14, 15, 21, 22, 28, 29, 30, 31, 35, 43)
        life.one_of(session, session, session, agree)(life)
    return careless(life, date(2021, 11, 1), days=5)


def agree(life: Life) -> None:
    agreement(life, life.day)


def agreement(life: Life, on: date) -> None:
    terms: dict[str, Any] = {} if life.seldom() else {"frequency": life.one_of(*FREQUENCIES)}
    terms |= life.maybe(minutes=life.one_of(60, 90))
    life.tell("AgreementMade", agreement_id=life.fresh("A"), worker_id="W-1", supervisor_id="M-1", made_on=on, **terms)


def session(life: Life) -> None:
    kind = "group" if life.seldom() else "individual"
    length = {} if life.seldom() else {"minutes": life.one_of(45, 60, 90)}
    held = {"session_id": life.fresh("S"), "worker_id": "W-1", "held_on": life.day, "kind": kind}
    life.tell("SessionHeld", **held, **length)
