"""Sessions: personal supervision at a human rhythm, its records and signatures, and what a team does together."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from random import Random
from typing import Any

from app.demo import words
from app.demo.days import workday, working_days_after
from app.demo.diaries import Meeting, Rhythm, meetings
from app.demo.invented import Event, History, Worker


@dataclass(frozen=True, slots=True)
class Manner:
    """How a council supervises its staff."""

    personal: Rhythm
    cases: Rhythm | None
    """Case supervision has sessions of its own; None: cases are discussed in personal supervision."""
    functions: tuple[str, ...]
    agenda: tuple[str, ...] = ()
    check_ins: bool = False
    signed: bool = False
    record: Event = field(default_factory=dict)
    """What a personal record says besides."""


LENGTHS = (90, 90, 90, 95, 100, 105, 110, 120)
SHORT, LONG = (45, 60, 75), 135
SIGNATURES = (("both", 0.88), ("one", 0.93), ("none", 0.98), ("reopened", 0.99), ("challenged", 1.0))
"""What becomes of a personal record, and up to which throw of the die."""


def supervise(told: History, worker: Worker, manner: Manner, *, holds_cases: bool, checks_in: bool = True) -> None:
    """The worker's whole year: personal supervision, and case supervision where it is apart from that."""
    die, held = told.die("personal", worker.id), 0
    for meeting in meetings(told, worker, manner.personal, die, worker.quiet):
        session = session_id("S", worker, meeting.planned)
        if die.random() < 0.15 or meeting.rescheduled:
            _scheduled(told, worker, meeting, session, die)
        if not meeting.held:
            _missed(told, worker, meeting, session, "personal")
            continue
        check_in = manner.check_ins and checks_in and held % 3 == 1
        held += 1
        personal_session(told, worker, meeting.planned, manner, die, includes_check_in=check_in or None)
    if not holds_cases:
        return
    if manner.cases is None:
        worker.case_sessions = worker.sessions
        return
    _case_supervision(told, worker, manner.cases)


def session_id(letter: str, worker: Worker, day: date) -> str:
    """What a session with the worker on a day is called."""
    return f"{letter}-{worker.number}-{day:%y%m%d}"


def personal_session(told: History, worker: Worker, day: date, manner: Manner, die: Random, **more: Any) -> None:
    """One hour and a half or two, one to one, with its record; now and then too short, rarely too long."""
    throw, trouble = die.random(), told.trouble(worker.team, day)
    short = throw < (0.25 if trouble else 0.05)
    minutes = die.choice(SHORT) if short else LONG if throw > 0.98 else die.choice(LENGTHS)
    worker.sessions[day] = session = session_id("S", worker, day)
    told.tell(
        "SessionHeld",
        day,
        keyed=die.choice((0, 1, 1, 2)),
        **{
            "session_id": session,
            "worker_id": worker.id,
            "held_on": day,
            "supervisor_id": worker.supervisor(day),
            "minutes": minutes,
            "kind": "individual",
            "planned": True,
            "private": True,
            "interrupted": short and throw < 0.02,
            "mode": "remote" if die.random() < 0.2 else "in_person",
            "functions": die.sample(manner.functions, 2),
            "agenda": die.sample(manner.agenda, 4) if manner.agenda else None,
        }
        | more,
    )
    if throw < 0.2:
        told.tell(
            "PreparationRecorded", workday(day - timedelta(days=1)), session_id=session, by=worker.id,
            capacity="supervisee", prepared_on=workday(day - timedelta(days=1)),
        )  # fmt: skip
    _personal_record(told, worker, day, manner, die)


def _scheduled(told: History, worker: Worker, meeting: Meeting, session: str, die: Random) -> None:
    booked = workday(meeting.planned - timedelta(days=die.randint(10, 28)))
    told.tell(
        "SessionScheduled", booked, session_id=session, worker_id=worker.id, scheduled_on=booked,
        supervisor_id=worker.supervisor(max(booked, worker.started)), planned_for=meeting.planned, kind="individual",
    )  # fmt: skip


def _missed(told: History, worker: Worker, meeting: Meeting, session: str, strand: str) -> None:
    by_worker = meeting.party == "supervisee" and meeting.rescheduled is None
    told.tell(
        "SessionMissed", meeting.planned, session_id=session, worker_id=worker.id, planned_for=meeting.planned,
        outcome="did_not_attend" if by_worker else "cancelled", party=meeting.party, kind="individual", strand=strand,
        supervisor_id=worker.supervisor(meeting.planned), rescheduled_for=meeting.rescheduled,
    )  # fmt: skip


def _case_supervision(told: History, worker: Worker, rhythm: Rhythm) -> None:
    """Sessions about cases only, with whoever supervises the worker's cases."""
    die = told.die("cases", worker.id)
    for meeting in meetings(told, worker, rhythm, die):
        session = session_id("K", worker, meeting.planned)
        if not meeting.held:
            _missed(told, worker, meeting, session, "case")
            continue
        worker.case_sessions[meeting.planned] = session
        told.tell(
            "SessionHeld", meeting.planned, keyed=1, session_id=session, worker_id=worker.id, held_on=meeting.planned,
            supervisor_id=worker.case_supervisor(meeting.planned), minutes=die.choice((60, 75, 90, 120)),
            kind="individual", strand="case", planned=True, private=True, interrupted=False,
        )  # fmt: skip


# --- records ----------------------------------------------------------------------------------------------------------


def _personal_record(told: History, worker: Worker, day: date, manner: Manner, die: Random) -> None:
    """Finished within days by whoever supervised; where both sign it, signed some days later, mostly."""
    done = working_days_after(day, die.choice((1, 2, 3, 4, 5, 8)))
    if die.random() < 0.03 or done >= told.first_day:
        return
    record, author = f"P-{worker.number}-{day:%y%m%d}", worker.supervisor(day)
    about: Event = {"record_id": record, "kind": "personal_supervision", "author_id": author, "worker_id": worker.id}
    told.tell(
        "RecordCompleted", done, **about, session_id=worker.sessions[day], completed_at=done,
        file_id=f"F-{worker.number}", content_hash=_content(record, 1) if manner.signed else None,
        narrative=words.of_a_worker(told.die("words", record)) if worker.id in told.with_words else None,
        **manner.record,
    )  # fmt: skip
    if manner.signed:
        throw = die.random()
        fate = next(fate for fate, until in SIGNATURES if throw <= until)
        _signatures(told, worker, record, author, done, fate)


def _signatures(told: History, worker: Worker, record: str, author: str, done: date, fate: str) -> None:
    read, signed = working_days_after(done, 2), working_days_after(done, 4)
    agreed = "challenged" if fate == "challenged" else "agreed"
    if read < told.first_day and fate != "none":
        told.tell(
            "RecordReviewed", read, record_id=record, reviewed_on=read, reviewer_id=worker.id, outcome=agreed,
            worker_id=worker.id,
        )  # fmt: skip
    if fate in ("none", "challenged") or signed >= told.first_day:
        return
    _signed(told, worker, record, signed, [author] if fate == "one" else [author, worker.id], 1)
    if fate != "one" and told.die("copy", record).random() > 0.02:
        told.tell(
            "RecordCopied", signed, record_id=record, to_worker_id=worker.id, copied_on=signed, purpose="own_copy",
            by=author,
        )  # fmt: skip
    if fate == "reopened" and (again := working_days_after(signed, 3)) < told.first_day:
        reopen(told, worker, record, author, again)


def reopen(told: History, worker: Worker, record: str, author: str, day: date) -> None:
    """Something was put right after both had signed: the new text has only one signature so far."""
    told.tell("RecordReopened", day, record_id=record, reopened_on=day, by=author, worker_id=worker.id)
    told.tell(
        "RecordCompleted", day, record_id=record, kind="personal_supervision", completed_at=day, author_id=author,
        worker_id=worker.id, session_id=f"S{record[1:]}", content_hash=_content(record, 2),
    )  # fmt: skip
    _signed(told, worker, record, day, [author], 2)


def _signed(told: History, worker: Worker, record: str, day: date, signers: list[str], version: int) -> None:
    for signer in signers:
        told.tell(
            "RecordSigned", day, record_id=record, signer_id=signer, signed_on=day, worker_id=worker.id,
            capacity="supervisee" if signer == worker.id else "supervisor", content_hash=_content(record, version),
        )  # fmt: skip


def _content(record: str, version: int) -> str:
    return sha256(f"{record}/{version}".encode()).hexdigest()


# --- together ---------------------------------------------------------------------------------------------------------


def together(told: History, kind: str, team: str, days: list[date], **more: Any) -> dict[date, str]:
    """What a team does together on those days, with everyone who is there; day → session_id."""
    sessions = {}
    for day in days:
        there = [w.id for w in told.workers.values() if _there(w, team, day)]
        sessions[day] = session = f"{kind[0].upper()}-{team.removeprefix('T-')}-{day:%y%m%d}"
        told.tell(
            "SessionHeld", day, keyed=1, session_id=session, worker_ids=there, team_id=team, held_on=day, kind=kind,
            minutes=90, group_size=len(there), **more,
        )  # fmt: skip
    return sessions


def _there(worker: Worker, team: str, day: date) -> bool:
    away = any(first <= day and (last is None or day <= last) for first, last in worker.away)
    return worker.team == team and worker.started <= day and (worker.left is None or day <= worker.left) and not away
