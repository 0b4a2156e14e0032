"""A council whose facts put somebody into every relation of the matrix to one worker, one case and one team.

`events` and `own_events` are the facts; `PEOPLE` says by hand how each person stands to W-1, C-1 and T-1 because of
them. Every one of them works here, in a service and a team of their own unless the relation is about that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

WORKER, CASE, TEAM = "W-1", "C-1", "T-1"
SERVICE, ELSEWHERE = "assessment", "contact_centre"
SESSION, RECORD, CONCERN = "session/SE-1", "record/RE-1", "concern/Q-1"
NOBODY: Final = "U-1"
"""Of whom no event speaks."""
OF_GRANTS: Final = (
    *("oversight", "audit", "inspection", "complaint", "dispute", "observation", "copies", "supervised_access"),
    *("hr_matter", "personnel", "subject_access"),
)
"""Every purpose of the matrix but the ordinary one."""


@dataclass(frozen=True)
class Way:
    """One relation: its name, of a grant its purpose, and the tag it is confined to."""

    name: str
    purpose: str | None = None
    only: str | None = None


@dataclass(frozen=True)
class Person:
    """How somebody stands; `plain`: in a way that nobody above them stands, so that every address is asked as them."""

    worker: tuple[Way, ...] = ()
    case: tuple[Way, ...] = ()
    team: tuple[Way, ...] = ()
    council: tuple[Way, ...] = ()
    here: bool = True
    """Whether they stand to the council at all."""
    plain: bool = False
    claims: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_confined(self) -> bool:
        """Whether they stand so to a part of the worker only."""
        return any(way.only for way in (*self.worker, *self.case))

    def relations(self, about: str) -> set[str]:
        """The names of the relations to what an operation is about, the whole council left out."""
        kinds = {"reach": ("worker", "case"), "event": ("worker", "case")}.get(about, (about,))
        return {way.name for kind in kinds for way in (*getattr(self, kind), *self.council)}

    def to(self, kind: str, role: str) -> tuple[Way, ...]:
        """All the ways in which they stand to the worker, the case, the team or the council."""
        own: tuple[Way, ...] = () if kind == "council" else getattr(self, kind)
        asked_for = (Way("granted", "subject_access"),) if role == "dpo" and kind == "worker" and self.here else ()
        return (*own, *self.council, *asked_for, *((Way("council"),) if self.here else ()))


def _by(worker: str = "", case: str = "", team: str = "", **more: Any) -> Person:
    return Person(*(tuple(map(Way, names.split())) for names in (worker, case, team)), **more)


def _confined(purpose: str, only: str, *, case: bool) -> Person:
    way = (Way("granted", purpose, only),)
    return Person(way, way if case else ())


PEOPLE: Final[dict[str, Person]] = {
    "W-1": _by("self service", "own_case service", "service", plain=True),
    "S-1": _by("supervised", "supervised_case", "leads", plain=True),
    "I-1": _by("supervised_meanwhile", "supervised_case_meanwhile", "leads", plain=True),
    "P-1": _by("supervised", "", "leads"),
    "SP-1": _by("supervised_on_cases", "supervised_case", "leads", plain=True),
    "CS-1": _by("", "supervised_case"),
    "CI-1": _by("", "supervised_case_meanwhile"),
    "M-1": _by("managed", plain=True),
    "B-1": _by("below", "case_below", plain=True),
    "V-1": _by("service", "service", "service", plain=True),
    "A-1": _by("", "own_case"),
    "L-1": _by("", "", "leads"),
    "X-1": _by(plain=True),
    NOBODY: _by(),
    "no worker id": _by(claims={"sub": "S-1", "worker_id": None}),
    "F-1, who supervised before": _by(),
    "FI-1, who stood in before": _by(),
    "FM-1, who managed before": _by(),
    "Z-1, who has left": _by(here=False, plain=True),
    "E-1": Person(council=(Way("engaged", "audit"),), plain=True),
    "E-2": Person(council=(Way("engaged", "inspection"),)),
    "EN-1, not begun": _by(),
    "EX-1, ended yesterday": _by(),
    "GX-1, ended yesterday": _by(),
    "GV-1, taken back": _by(),
    "GA-1, of others": _by(),
    **{
        f"G-{each}": Person((Way("granted", each),), (Way("granted", each),), plain=each == "audit")
        for each in OF_GRANTS
    },
    "AT-1, at a group's discussion": Person(case=(Way("attended", only="discussion/DI-1"),)),
    "GF-1, by the file's number": Person((Way("granted", "audit"),)),
    "GT-1, of the team": Person(*((Way("granted", "audit"),),) * 3, plain=True),
    "D-1, who drew it": Person((Way("granted", "audit"),)),
    "O-1, who observed": _confined("observation", SESSION, case=True),
    "GS-1, of the session": _confined("audit", SESSION, case=True),
    "GR-1, of the record": _confined("audit", RECORD, case=False),
    "BQ-1, over a concern": _confined("dispute", CONCERN, case=False),
}
"""Everybody, by their id in the ledger (up to the comma)."""

CANARIES: Final = {
    "canary-session": ("personal_text", {SESSION}),
    "canary-other-session": ("personal_text", {"session/SE-2"}),
    "canary-record": ("personal_text", {SESSION, RECORD}),
    "canary-concern": ("personal_text", {CONCERN}),
    "canary-discussion": ("case_text", {SESSION}),
    "canary-note": ("case_text", {"record/NO-1"}),
    "canary-group": ("case_text", {"discussion/DI-1"}),
}
"""The texts: of which content each is, and under which of the tags that a right may be confined to."""
NAMES: Final = ("canary-worker-name", "canary-team-name")


def events(today: date) -> list[tuple[str, dict[str, Any]]]:
    """What clients send."""
    return [*_people(), *_supervision(today), *_case(today), *_texts(today)]


def _people() -> Iterator[tuple[str, dict[str, Any]]]:
    post = {"role": "social_worker", "started_on": "2021-01-04"}
    yield "TeamOpened", {"team_id": TEAM, "opened_on": "2021-01-04", "service": SERVICE}
    for worker in (WORKER, "W-2"):
        yield "WorkerStarted", {"worker_id": worker, "service": SERVICE, "team_id": TEAM, **post}
    yield "WorkerStarted", {"worker_id": "V-1", "service": SERVICE, "team_id": "T-2", **post}
    for worker in {*map(ledger_id, PEOPLE), "W-3"} - {WORKER, "V-1", NOBODY, "no worker id"}:
        yield "WorkerStarted", {"worker_id": worker, "service": ELSEWHERE, "team_id": "T-9", **post}
    yield "FileOpened", {"worker_id": WORKER, "opened_on": "2021-01-04", "file_id": "FILE-1"}
    yield "WorkerLeft", {"worker_id": "Z-1", "left_on": "2024-12-31"}


def _supervision(today: date) -> Iterator[tuple[str, dict[str, Any]]]:
    earlier, later = str(today - timedelta(9)), str(today + timedelta(30))

    def supervises(who: str, on: str, **more: Any) -> tuple[str, dict[str, Any]]:
        return "SupervisorAssigned", {"worker_id": WORKER, "supervisor_id": who, "assigned_on": on, **more}

    yield supervises("F-1", "2021-01-04")
    yield supervises("S-1", "2024-01-01")
    yield supervises("FI-1", "2024-03-01", basis="interim", covers_id="S-1", until="2024-04-30")
    yield supervises("I-1", earlier, basis="interim", covers_id="S-1", until=later)
    yield supervises("P-1", "2024-01-01", strand="professional")
    yield supervises("SP-1", "2024-01-01", strand="case")
    yield "SupervisorAssigned", {"worker_id": "W-2", "supervisor_id": "L-1", "assigned_on": "2024-01-01"}
    for worker, manager in ((WORKER, "FM-1"), ("S-1", "B-1"), ("F-1", "BQ-1")):
        yield "LineManagerAssigned", {"worker_id": worker, "manager_id": manager, "assigned_on": "2022-01-03"}
    yield "LineManagerAssigned", {"worker_id": WORKER, "manager_id": "M-1", "assigned_on": "2024-01-01"}


def _case(today: date) -> Iterator[tuple[str, dict[str, Any]]]:
    began, earlier, later = "2024-02-01", str(today - timedelta(9)), str(today + timedelta(30))
    yield "CaseOpened", {"case_id": CASE, "opened_on": began, "service": SERVICE, "team_id": TEAM}
    yield "CaseOpened", {"case_id": "C-3", "opened_on": began, "service": ELSEWHERE, "team_id": "T-9"}
    yield "CaseAllocated", {"case_id": CASE, "worker_id": WORKER, "allocated_on": began}
    for who in ("A-1", "Z-1"):
        beside = {"responsibility": "secondary"}
        yield "CaseAllocated", {"case_id": CASE, "worker_id": who, "allocated_on": began, **beside}
    yield "CaseSupervisorAssigned", {"case_id": CASE, "supervisor_id": "CS-1", "assigned_on": began}
    standing_in = {"assigned_on": earlier, "basis": "interim", "until": later}
    yield "CaseSupervisorAssigned", {"case_id": CASE, "supervisor_id": "CI-1", **standing_in}


def _texts(today: date) -> Iterator[tuple[str, dict[str, Any]]]:
    on, personal = str(today - timedelta(9)), {"worker_id": WORKER, "kind": "individual"}
    held = {"held_on": on, **personal}
    yield "SessionHeld", {"session_id": "SE-1", "narrative": "canary-session", **held}
    yield "SessionHeld", {"session_id": "SE-2", "narrative": "canary-other-session", **held}
    record = {"record_id": "RE-1", "session_id": "SE-1", "kind": "supervision_record", "completed_at": on}
    yield "RecordCompleted", {"author_id": "S-1", "worker_id": WORKER, "narrative": "canary-record", **record}
    yield "RecordCopied", {"record_id": "RE-1", "worker_id": WORKER, "to_worker_id": WORKER, "copied_on": on}
    concern = {"concern_id": "Q-1", "worker_id": WORKER, "supervisor_id": "F-1", "raised_on": on, "stage": 2}
    yield "ConcernRaised", {"narrative": "canary-concern", **concern}
    discussed = {"case_id": CASE, "session_id": "SE-1", "discussed_on": on, "depth": "full", "setting": "individual"}
    yield "CaseDiscussed", {"narrative": "canary-discussion", **discussed}
    together = {"case_id": CASE, "discussion_id": "DI-1", "discussed_on": on, "depth": "light", "setting": "group"}
    yield "CaseDiscussed", {"narrative": "canary-group", "worker_ids": ["AT-1"], **together}
    note = {"note_id": "NO-1", "case_id": CASE, "recorded_on": on, "author_id": WORKER, "system": "lcs"}
    yield "CaseNoteRecorded", {"narrative": "canary-note", "note_type": "management_oversight", **note}
    yield "SupervisionObserved", {"session_id": "SE-1", "observer_id": "O-1", "observed_on": on}


def own_events(today: date) -> Iterator[tuple[str, dict[str, Any]]]:
    """What the service writes itself when its own operation is carried out."""
    for purpose in OF_GRANTS:
        yield from _granted(today, f"G-{purpose}", purpose, ("file", WORKER), ("case", CASE))
    yield from _granted(today, "GF-1", "audit", ("file", "FILE-1"))
    yield from _granted(today, "GT-1", "audit", ("team", TEAM))
    yield from _granted(today, "GS-1", "audit", ("session", "SE-1"))
    yield from _granted(today, "GR-1", "audit", ("record", "RE-1"))
    yield from _granted(today, "GA-1", "audit", ("file", "W-3"), ("case", "C-3"))
    yield from _granted(today, "Z-1", "audit", ("file", WORKER), ("case", CASE), ("organisation", None))
    for grantee, purpose, first, last in (
        ("E-1", "audit", -9, 9), ("E-2", "inspection", 0, 0), ("EN-1", "audit", 1, 9), ("EX-1", "audit", -9, -1),
    ):  # fmt: skip
        yield from _granted(today, grantee, purpose, ("organisation", None), first=first, last=last)
    yield from _granted(today, "GX-1", "audit", ("file", WORKER), ("case", CASE), last=-1)
    yield from _granted(today, "GV-1", "audit", ("file", WORKER), ("case", CASE))
    for number in (0, 1):
        yield "AccessRevoked", {"grant_id": f"GV-1-{number}", "revoked_on": str(today)}
    drawn = {"sample_id": "SM-1", "drawn_on": str(today - timedelta(9)), "drawn_by": "D-1", "programme": "six_monthly"}
    yield "AuditSampleDrawn", {**drawn, "population": [WORKER, "W-2"], "size": 1, "seed": "7", "selected": [WORKER]}
    on = {"requested_on": str(today - timedelta(9))}
    yield "SubjectAccessRequested", {"request_id": "RQ-1", "worker_id": WORKER, **on}
    yield "SubjectAccessRequested", {"request_id": "RQ-2", "case_id": CASE, **on}
    yield "SubjectAccessAnswered", {"request_id": "RQ-2", "answered_on": str(today - timedelta(8))}


def _granted(
    today: date, grantee: str, purpose: str, *scopes: tuple[str, str | None], first: int = -9, last: int = 9
) -> Iterator[tuple[str, dict[str, Any]]]:
    days = {"from_on": str(today + timedelta(first)), "until_on": str(today + timedelta(last))}
    for number, (kind, of) in enumerate(scopes):
        scope = {"kind": kind} if of is None else {"kind": kind, "id": of}
        told = {"grant_id": f"{grantee}-{number}", "grantee_id": grantee, "purpose": purpose, **days}
        yield "AccessGranted", {**told, "scope": scope}


def ledger_id(person: str) -> str:
    """Their id in the ledger: what stands before the comma."""
    return person.partition(",")[0]
