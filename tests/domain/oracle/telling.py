"""Short ways to tell the oracle what happened, for its examples: one worker W-1, one case C-1."""

from datetime import date
from typing import Any

from tests.domain.oracle.oracle import judge
from tests.domain.oracle.verdict import Verdict

SHROPSHIRE_FROM = date(2021, 11, 1)
LUTON_FROM = date(2021, 6, 1)


def event(type_: str, event_id: str, **data: Any) -> dict[str, Any]:
    return {"type": type_, "source": "urn:test", "id": event_id, "data": data}


def say(policy: str, kind: str, events: list[dict[str, Any]], as_at: str) -> dict[str, Verdict]:
    applies_from = SHROPSHIRE_FROM if policy == "shropshire" else LUTON_FROM
    return judge(policy, applies_from, kind, "W-1" if kind == "worker" else "C-1", events, date.fromisoformat(as_at))


def status(policy: str, kind: str, events: list[dict[str, Any]], rule: str, as_at: str) -> str:
    return say(policy, kind, events, as_at)[rule].status


def started(on: str, role: str = "family_support_worker", service: str = "targeted_early_help") -> dict[str, Any]:
    return event("WorkerStarted", f"start-{on}", worker_id="W-1", started_on=on, role=role, service=service)


def held(on: str, minutes: int = 90, kind: str = "individual", **more: Any) -> dict[str, Any]:
    data = {"session_id": f"s-{on}-{kind}", "worker_id": "W-1", "held_on": on, "minutes": minutes, "kind": kind}
    return event("SessionHeld", f"held-{on}-{kind}", **data | more)


def opened(on: str, service: str, category: str | None = None) -> dict[str, Any]:
    data = {"case_id": "C-1", "opened_on": on, "service": service}
    return event("CaseOpened", f"open-{on}", **data | ({"category": category} if category else {}))


def allocated(on: str) -> dict[str, Any]:
    return event("CaseAllocated", f"alloc-{on}", case_id="C-1", worker_id="W-1", allocated_on=on)


def discussed(on: str, depth: str = "light", setting: str = "individual", **more: Any) -> dict[str, Any]:
    data = {"case_id": "C-1", "discussed_on": on, "depth": depth, "setting": setting}
    return event("CaseDiscussed", f"disc-{on}-{setting}", **data | more)


def classified(on: str, category: str) -> dict[str, Any]:
    return event("CaseClassified", f"class-{on}", case_id="C-1", classified_on=on, category=category)


def absence(first: str, last: str | None) -> list[dict[str, Any]]:
    begun = event("AbsenceStarted", "away", worker_id="W-1", started_on=first)
    return [begun, event("AbsenceEnded", "back", worker_id="W-1", ended_on=last)] if last else [begun]
