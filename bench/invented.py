"""Invented events in blocks: some workers, their cases and a year and a half of supervision, ready to be sent.

A block is written once, with `@@@@@@` wherever an identifier must differ, and told again and again with another mark
in its place, so that the client spends no time on making events. Per worker some 70 events of their own and 15 cases
of some 25 events each, told in the order in which they happened, so that a subject's facts lie far apart.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import count
from typing import Any, NamedTuple

import orjson

Event = dict[str, Any]

MARK = b"@@@@@@"
CASES_A_WORKER = 15
WEEKS = 78
"""Of a worker's history; a case has half a year of it."""
CASE_WEEKS = 30
SERVICES = (("family_safeguarding", None), ("looked_after_children", "matched_stable"), ("care_leavers", "stable"))
NOTE = (
    "Spoke about how the placement is going, what school has said since the last visit, and what would have to be true "
    "for the plan to end well. Agreed to bring the review forward and to see the child alone before then."
)


@dataclass(frozen=True)
class Block:
    """The events of a few workers and of their cases, in the order in which they happened."""

    events: Sequence[Event]
    workers: int

    @cached_property
    def lines(self) -> Sequence[bytes]:
        """Each event as JSON, unmarked."""
        return [orjson.dumps(event) for event in self.events]

    def arrays(self, size: int) -> Sequence[bytes]:
        """The events as JSON arrays of so many, unmarked; what is left over is left out."""
        whole = range(0, len(self.lines) - size + 1, size)
        return [b"[" + b",".join(self.lines[at : at + size]) + b"]" for at in whole]

    def subjects(self, mark: bytes) -> list[str]:
        """The paths of every worker and case of this block under `mark`: `workers/W-…`, `cases/C-…`."""
        said = mark.decode()
        return [
            path
            for worker in range(self.workers)
            for path in (
                f"workers/W-{said}-{worker}",
                *(f"cases/C-{said}-{worker}-{case}" for case in range(CASES_A_WORKER)),
            )
        ]


def marks() -> Iterator[bytes]:
    """Marks without end (16 million), each once, scattered, so that identifiers do not arrive sorted."""
    return (b"%06x" % (number * 2_654_435_761 % 2**24) for number in count(1))


def marked(template: bytes, mark: bytes) -> bytes:
    """A template told under a mark."""
    return template.replace(MARK, mark)


class Reach(NamedTuple):
    """How many weeks a worker's history and a case's last."""

    worker: int = WEEKS
    case: int = CASE_WEEKS


USUAL = Reach()


def block(workers: int, until: date, reach: Reach = USUAL) -> Block:
    """A block of so many workers whose histories end on `until`."""
    chance = random.Random(workers)
    told = [told for worker in range(workers) for told in _worker(worker, until, chance, reach)]
    told.sort(key=lambda each: each[0])
    return Block([_event(number, on, kind, data) for number, (on, kind, data) in enumerate(told)], workers)


Told = tuple[date, str, dict[str, Any]]


def _event(number: int, on: date, kind: str, data: dict[str, Any]) -> Event:
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in data.items()}
    return {
        "specversion": "1.0", "id": f"n-@@@@@@-{number}", "source": "urn:bench:lcs", "type": kind,
        "time": f"{on}T10:00:00Z", "sourcerecordedtime": f"{on}T17:00:00Z", "data": plain,
    }  # fmt: skip


def _worker(number: int, until: date, chance: random.Random, reach: Reach) -> Iterator[Told]:
    worker, chief = f"W-@@@@@@-{number}", f"M-@@@@@@-{number // 7}"
    service, category = SERVICES[number % len(SERVICES)]
    began = until - timedelta(weeks=reach.worker)
    about = {"worker_id": worker, "role": "social_worker", "service": service, "employment_type": "permanent"}
    yield began, "WorkerStarted", about | {"started_on": began, "holds_cases": True}
    yield began, "SupervisorAssigned", {"worker_id": worker, "supervisor_id": chief, "assigned_on": began}
    yield began, "LineManagerAssigned", {"worker_id": worker, "manager_id": chief, "assigned_on": began}
    agreed = {"agreement_id": f"G-{worker}", "worker_id": worker, "supervisor_id": chief, "made_on": began}
    yield began, "AgreementMade", agreed | {"frequency": "28 days", "minutes": 90}
    days = [began + timedelta(days=day) for day in range(chance.randrange(5, 25), reach.worker * 7, 28)]
    for turn, day in enumerate(days):
        yield from _session(worker, chief, turn, day, until)
    for case in range(CASES_A_WORKER):
        opened = until - timedelta(weeks=reach.case, days=chance.randrange(90))
        yield from _case(f"C-@@@@@@-{number}-{case}", worker, chief, service, category, opened, days, until)


def _session(worker: str, chief: str, turn: int, day: date, until: date) -> Iterator[Told]:
    session = _session_id(worker, day)
    held = {"session_id": session, "worker_id": worker, "supervisor_id": chief, "held_on": day, "kind": "individual"}
    yield day, "SessionHeld", held | {"minutes": 95, "planned": True, "private": True, "interrupted": False}
    record = {"record_id": f"R-{session}", "kind": "personal_supervision", "author_id": chief, "worker_id": worker}
    done = min(day + timedelta(days=3), until)
    yield done, "RecordCompleted", record | {"completed_at": done, "session_id": session, "system": "lcs"}
    if turn % 2:
        action = {"action_id": f"X-{session}", "agreed_on": day, "due_on": day + timedelta(days=21)}
        yield day, "ActionAgreed", action | {"owner_id": worker, "worker_id": worker, "session_id": session}


def _case(
    case: str, worker: str, chief: str, service: str, category: str | None, opened: date, days: list[date], until: date
) -> Iterator[Told]:
    yield opened, "CaseOpened", {"case_id": case, "opened_on": opened, "service": service}
    if category is not None:
        yield opened, "CaseClassified", {"case_id": case, "classified_on": opened, "category": category}
    yield opened, "CaseAllocated", {"case_id": case, "worker_id": worker, "allocated_on": opened}
    for turn, day in enumerate(day for day in days if day > opened):
        yield from _discussion(case, worker, chief, turn, day, until)


def _discussion(case: str, worker: str, chief: str, turn: int, day: date, until: date) -> Iterator[Told]:
    session, discussion = _session_id(worker, day), f"D-{case}-{day:%y%m%d}"
    where = {"case_id": case, "session_id": session, "discussion_id": discussion}
    talk = where | {"discussed_on": day, "depth": "full", "setting": "individual", "supervisor_id": chief}
    talk |= {"decision": "no_change", "no_action": True, "elements": ["experience", "reflection", "analysis"]}
    yield day, "CaseDiscussed", talk | ({"narrative": NOTE} if turn % 4 == 0 else {})
    done = min(day + timedelta(days=2), until)
    record = where | {"record_id": f"R-{discussion}", "kind": "case_supervision", "author_id": chief}
    yield done, "RecordCompleted", record | {"completed_at": done, "discussed_on": day, "system": "lcs"}
    note = {"note_id": f"N-{discussion}", "case_id": case, "recorded_on": done, "event_on": day, "author_id": chief}
    yield done, "CaseNoteRecorded", note | {"system": "lcs", "note_type": "management_supervision"}


def _session_id(worker: str, day: date) -> str:
    return f"S-{worker}-{day:%y%m%d}"
