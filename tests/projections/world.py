"""A small invented council in events: people, families, reorganisations, late facts, corrections, merges."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

Event = dict[str, Any]
FIRST = date(2024, 9, 2)
DAYS = 260


def history(seed: int, workers: int = 4, cases: int = 8) -> list[Event]:
    """The events of one random history, in a random order of arrival. The same seed tells the same story."""
    chance = random.Random(seed)
    told = list(_told(chance, workers, cases))
    events = [_event(number, kind, data) for number, (kind, data) in enumerate(told)]
    events += _amendments(chance, events)
    chance.shuffle(events)
    return events


def _event(number: int, kind: str, data: dict[str, Any]) -> Event:
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in data.items()}
    return {"specversion": "1.0", "id": f"w-{number}", "source": "urn:test:lcs", "type": kind, "data": plain}


def _told(chance: random.Random, workers: int, cases: int) -> Iterator[tuple[str, dict[str, Any]]]:
    def day(until: int = DAYS) -> date:
        return FIRST + timedelta(days=chance.randrange(until))

    for team in ("T-1", "T-2"):
        yield "TeamOpened", {"team_id": team, "opened_on": day(20), "service": chance.choice(["mash", "assessment"])}
    for worker in (f"W-{n}" for n in range(workers)):
        yield from _worker(chance, worker, day)
    for chief in ("M-0", "M-1"):
        yield from _chief(chance, chief, day)
    for number in range(cases):
        yield from _case(chance, number, workers, day)
    if chance.random() < 0.7:
        kind, most = chance.choice([("worker", workers), ("case", cases)])
        letter = kind[0].upper()
        yield (
            "SubjectMerged",
            {"kind": kind, "from_id": f"{letter}-0", "into_id": f"{letter}-{most - 1}", "merged_on": day()},
        )


def _worker(chance: random.Random, worker: str, day: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if chance.random() < 0.9:
        role, service = chance.choice(
            [("social_worker", "family_safeguarding"), ("family_support_worker", "targeted_early_help")]
        )
        about = {"role": role, "service": service, "team_id": "T-1", "holds_cases": True}
        yield "WorkerStarted", about | {"worker_id": worker, "started_on": day(30), "employment_type": "permanent"}
    for _ in range(chance.randrange(1, 3)):
        chief = f"M-{chance.randrange(2)}"
        yield "SupervisorAssigned", {"worker_id": worker, "supervisor_id": chief, "assigned_on": day()}
        made = {"agreement_id": f"G-{worker}-{chance.randrange(99)}", "worker_id": worker, "supervisor_id": chief}
        yield "AgreementMade", made | {"made_on": day(), "frequency": "28 days", "minutes": 90}
    if chance.random() < 0.4:
        yield "WorkerRoleChanged", {"worker_id": worker, "changed_on": day(), "team_id": "T-2", "role": "team_manager"}
    if chance.random() < 0.3:
        away = day()
        yield "AbsenceStarted", {"worker_id": worker, "started_on": away}
        yield "AbsenceEnded", {"worker_id": worker, "ended_on": away + timedelta(days=chance.randrange(60))}
    if chance.random() < 0.3:
        yield "WorkerLeft", {"worker_id": worker, "left_on": day()}
    for turn in range(chance.randrange(9)):
        held = {"session_id": f"S-{worker}-{turn}", "worker_id": worker, "supervisor_id": "M-0", "held_on": day()}
        kind = chance.choice(["individual", "individual", "group", "check_in", "peer"])
        yield "SessionHeld", held | {"kind": kind, "minutes": chance.choice([45, 95]), "team_id": "T-1"}
        yield from _record(chance, f"S-{worker}-{turn}", worker, day)
    for turn in range(chance.randrange(3)):
        yield from _action(chance, f"X-{worker}-{turn}", {"owner_id": worker, "worker_id": worker}, day)


def _chief(chance: random.Random, chief: str, day: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    about = {"role": "team_manager", "service": "family_safeguarding", "team_id": "T-1"}
    yield "WorkerStarted", about | {"worker_id": chief, "started_on": day(20)}
    if chance.random() < 0.5:
        away = day()
        yield "AbsenceStarted", {"worker_id": chief, "started_on": away, "expected_until": away + timedelta(days=50)}
        cover = {"worker_id": f"W-{chance.randrange(3)}", "supervisor_id": "M-0" if chief == "M-1" else "M-1"}
        yield "SupervisorAssigned", cover | {"assigned_on": day(), "basis": "interim"}


def _record(chance: random.Random, session: str, worker: str, day: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if chance.random() < 0.5:
        return
    record = {"record_id": f"P-{session}", "kind": "personal_supervision", "author_id": "M-0", "worker_id": worker}
    yield "RecordCompleted", record | {"session_id": session, "completed_at": day(), "system": "lcs"}
    for capacity in ("supervisor", "supervisee"):
        if chance.random() < 0.6:
            by = worker if capacity == "supervisee" else "M-0"
            signed = {"record_id": record["record_id"], "signer_id": by, "capacity": capacity, "signed_on": day()}
            yield "RecordSigned", signed | {"content_hash": chance.choice(["aa", "bb"])}
    if chance.random() < 0.2:
        yield "RecordReopened", {"record_id": record["record_id"], "reopened_on": day(), "by": "M-0"}


def _action(chance: random.Random, name: str, of: dict[str, Any], day: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    due = {"due_on": day()} if chance.random() < 0.8 else {}
    yield "ActionAgreed", {"action_id": name, "agreed_on": day(), **of, **due}
    if chance.random() < 0.3:
        yield "ActionAmended", {"action_id": name, "amended_on": day(), "owner_id": "W-1", "due_on": day()}
    if chance.random() < 0.4:
        outcome = {"outcome": chance.choice(["continues", "completed", "no_longer_needed"])}
        yield "ActionFollowedUp", {"action_id": name, "followed_up_on": day()} | outcome
    if chance.random() < 0.4:
        yield "ActionCompleted", {"action_id": name, "completed_on": day()}
    if chance.random() < 0.2:
        yield "ActionBlocked", {"action_id": name, "reported_on": day()}


def _case(chance: random.Random, number: int, workers: int, day: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    case, opened = f"C-{number}", day(60)
    systems = {"systems": {"LCS": f"88{number}"}} if chance.random() < 0.3 else {}
    if chance.random() < 0.9:
        service = chance.choice(["looked_after_children", "targeted_early_help", "safeguarding_and_qa"])
        yield "CaseOpened", {"case_id": case, "opened_on": opened, "service": service, "team_id": "T-1"} | systems
    if chance.random() < 0.7:
        yield (
            "CaseClassified",
            {"case_id": case, "classified_on": day(), "category": chance.choice(["matched_stable", "odd"])},
        )
    yield "CaseAllocated", {"case_id": case, "worker_id": f"W-{chance.randrange(workers)}", "allocated_on": opened}
    if chance.random() < 0.3:
        yield (
            "CaseTransferred",
            {"case_id": case, "transferred_on": day(), "service": "family_safeguarding", "team_id": "T-2"},
        )
    if chance.random() < 0.3:
        yield "CaseClosed", {"case_id": case, "closed_on": day()}
    for turn in range(chance.randrange(7)):
        on = day()
        named = f"LCS:88{number}" if systems and chance.random() < 0.3 else case
        talk = {"case_id": named, "discussion_id": f"D-{case}-{turn}", "discussed_on": on, "setting": "individual"}
        yield "CaseDiscussed", talk | {"depth": chance.choice(["light", "full"]), "supervisor_id": "M-0"}
        if chance.random() < 0.4:
            agreed = {"discussion_id": talk["discussion_id"], "owner_id": f"W-{chance.randrange(workers)}"}
            yield from _action(chance, f"X-{case}-{turn}", agreed, day)
        if chance.random() < 0.7:
            done = {"record_id": f"R-{case}-{turn}", "kind": "case_supervision", "case_id": named, "author_id": "M-0"}
            yield (
                "RecordCompleted",
                done | {"discussion_id": talk["discussion_id"], "completed_at": day(), "system": "lcs"},
            )


def _amendments(chance: random.Random, events: list[Event]) -> list[Event]:
    """Some corrections, retractions, and retractions of corrections."""
    found = []
    dated = [event for event in events if event["type"] in ("SessionHeld", "CaseDiscussed")]
    for number, event in enumerate(chance.sample(dated, min(10, len(dated)))):
        named = {"source": event["source"], "id": event["id"]}
        field = "held_on" if event["type"] == "SessionHeld" else "discussed_on"
        other = (FIRST + timedelta(days=chance.randrange(DAYS))).isoformat()
        amendment = {"specversion": "1.0", "id": f"a-{number}", "source": "urn:test:lcs"}
        if chance.random() < 0.6:
            found.append(
                amendment
                | {
                    "type": "EventCorrected",
                    "data": {"corrects": named, "data": {field: other}},
                }
            )
        else:
            found.append(
                amendment | {"type": "EventRetracted", "data": {"retracts": named, "reason": "entered_in_error"}}
            )
    if found and chance.random() < 0.4:
        last = {"source": "urn:test:lcs", "id": found[-1]["id"]}
        if found[-1]["type"] == "EventCorrected":
            found.append({"specversion": "1.0", "id": "a-last", "source": "urn:test:lcs", "type": "EventRetracted",
                          "data": {"retracts": last}})  # fmt: skip
    return found
