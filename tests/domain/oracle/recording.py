"""What the oracle says of personal records and their signatures (SH-53) and of records of sessions (LU-85)."""

from dataclasses import dataclass, field
from datetime import date

from tests.domain.oracle.reading import Happening, is_about_worker
from tests.domain.oracle.verdict import NOT_YET, Verdict

SESSIONS = ["individual", "check_in", "group", "peer", "ad_hoc", "practice_meeting"]


@dataclass
class Record:
    """One record as its facts tell it, in their order: the version that stands, and what was signed since."""

    version: Happening | None = None
    being_changed: bool = False
    reviewed: bool = False
    ever_signed: bool = False
    signatures: list[Happening] = field(default_factory=list)


def judge_signing(facts: list[Happening], worker_id: str, since: date) -> Verdict:
    """Each personal record: signed in both capacities on the same content; the oldest open one is told."""
    names = dict.fromkeys(f.data["record_id"] for f in facts if is_personal_record_of(f, facts, worker_id))
    records = [record for name in names if (record := read(name, facts)).version is not None]
    records = [record for record in records if record.version is not None and record.version.on >= since]
    if not records:
        return NOT_YET
    records.sort(key=lambda record: facts.index(record.version))  # type: ignore[arg-type]
    said = [stands(record) for record in records]
    return next((verdict for verdict in said if verdict.status == "due"), said[-1])


def is_personal_record_of(fact: Happening, facts: list[Happening], worker_id: str) -> bool:
    """It names the worker; or nobody, and a session of the worker's."""
    if fact.type != "RecordCompleted" or fact.data["kind"] != "personal_supervision":
        return False
    if fact.data.get("worker_id") is not None:
        return is_about_worker(fact, worker_id)
    return is_session_of(fact, facts, worker_id)


def is_session_of(record: Happening, facts: list[Happening], worker_id: str) -> bool:
    session = record.data.get("session_id")
    held = [fact for fact in facts if fact.type == "SessionHeld" and fact.data["session_id"] == session]
    return session is not None and any(is_about_worker(fact, worker_id) for fact in held)


def read(record_id: str, facts: list[Happening]) -> Record:
    record = Record()
    for fact in facts:
        if fact.data.get("record_id") != record_id:
            continue
        if fact.type == "RecordCompleted":
            record.version, record.being_changed = fact, False
        if fact.type == "RecordReviewed":
            record.reviewed = True
        if fact.type == "RecordReopened":
            record.signatures, record.reviewed = [], False
            record.being_changed = record.version is not None
        if fact.type == "RecordSigned":
            record.signatures.append(fact)
            record.ever_signed = True
    return record


def stands(record: Record) -> Verdict:
    """How far the signing is: nothing is ever late, because the guidance names no deadline."""
    signatures = [] if record.being_changed else record.signatures
    by = {who: [s for s in signatures if s.data["capacity"] == who] for who in ("supervisor", "supervisee")}
    of_this = {who: [s for s in found if is_of_this_version(s, record)] for who, found in by.items()}
    contents = [{content(s, record) for s in found} for found in of_this.values()]
    if contents[0] & contents[1]:
        return Verdict("met", "signed")
    if by["supervisor"] and by["supervisee"]:
        return Verdict("due", "signature_void")
    if of_this["supervisor"] or of_this["supervisee"]:
        return Verdict("due", "part_signed")
    if record.ever_signed:
        return Verdict("due", "signature_void")
    return Verdict("due", "unsigned" if record.reviewed else "awaiting_supervisee")


def content(signature: Happening, record: Record) -> str | None:
    """What was signed: what the signature says, else the version that stood."""
    assert record.version is not None
    said: str | None = signature.data.get("content_hash", record.version.data.get("content_hash"))
    return said


def is_of_this_version(signature: Happening, record: Record) -> bool:
    assert record.version is not None
    said, stands_at = signature.data.get("content_hash"), record.version.data.get("content_hash")
    if said is not None and stands_at is not None:
        return bool(said == stands_at)
    return signature.on >= record.version.on


def judge_recording(facts: list[Happening], worker_id: str, since: date) -> Verdict:
    """LU-85: a record of every session, of whichever kind; with none missing, done."""
    answer = NOT_YET
    for session in facts:
        if session.type != "SessionHeld" or not is_about_worker(session, worker_id) or session.on < since:
            continue
        if session.data["kind"] not in SESSIONS:
            continue
        if not any(is_record_of(fact, session, worker_id) for fact in facts):
            return Verdict("due", "record_missing")
        answer = Verdict("met")
    return answer


def is_record_of(fact: Happening, session: Happening, worker_id: str) -> bool:
    if fact.type != "RecordCompleted" or fact.data.get("session_id") != session.data["session_id"]:
        return False
    return fact.data.get("worker_id") in (None, worker_id)
