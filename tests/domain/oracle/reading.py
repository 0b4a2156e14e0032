"""How the oracle reads events: which date counts, what is told twice, which comes first, what an absent field means.

Events are CloudEvents as dictionaries: type, source, id, perhaps time, and data. Corrections, retractions and merges
are left out: the histories it is given have none.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

BUSINESS_DATE: dict[str, list[str]] = {
    "TeamOpened": ["opened_on"],
    "TeamChanged": ["changed_on"],
    "TeamClosed": ["closed_on"],
    "WorkerStarted": ["started_on"],
    "WorkerRoleChanged": ["changed_on"],
    "WorkerStageReached": ["reached_on"],
    "WorkerLeft": ["left_on"],
    "RegistrationChecked": ["checked_on"],
    "FileOpened": ["opened_on"],
    "FileTransferred": ["transferred_on"],
    "SupervisorAssigned": ["assigned_on"],
    "SupervisorUnassigned": ["ended_on"],
    "AbsenceStarted": ["started_on"],
    "AbsenceEnded": ["ended_on"],
    "AgreementMade": ["made_on"],
    "AgreementReviewed": ["reviewed_on"],
    "SessionScheduled": ["scheduled_on"],
    "SessionHeld": ["held_on"],
    "SessionMissed": ["missed_on", "planned_for"],
    "CaseDiscussed": ["discussed_on"],
    "CaseNoteRecorded": ["event_on", "recorded_on"],
    "DocumentSaved": ["event_on", "saved_on"],
    "RecordCompleted": ["completed_at"],
    "RecordReviewed": ["reviewed_on"],
    "RecordSigned": ["signed_on"],
    "RecordReopened": ["reopened_on"],
    "ActionAgreed": ["agreed_on"],
    "ActionAmended": ["amended_on"],
    "ActionFollowedUp": ["followed_up_on"],
    "ActionCompleted": ["completed_on"],
    "ActionBlocked": ["reported_on"],
    "ManagementOversightRecorded": ["event_on", "recorded_on"],
    "CaseOpened": ["opened_on"],
    "CaseClassified": ["classified_on"],
    "CaseTransferred": ["transferred_on"],
    "CaseAllocated": ["allocated_on"],
    "CaseUnallocated": ["ended_on"],
    "CaseSupervisorAssigned": ["assigned_on"],
    "CaseClosed": ["closed_on"],
    "FeedConfirmed": ["complete_to"],
    "RiskAssessed": ["assessed_on"],
    "ChildSeen": ["seen_on"],
    "CaseReviewed": ["reviewed_on"],
    "AssessmentReviewed": ["reviewed_on"],
    "PlanUpdated": ["updated_on"],
    "DiversityRecorded": ["recorded_on"],
    "CaseRecordsReviewed": ["reviewed_on"],
    "DecisionMade": ["made_on"],
    "NeedChanged": ["changed_on"],
    "LineManagerAssigned": ["assigned_on"],
    "LineManagerUnassigned": ["ended_on"],
    "ObjectiveSet": ["set_on"],
    "ObjectiveReviewed": ["reviewed_on"],
    "ConcernRaised": ["raised_on"],
    "ConcernDiscussed": ["discussed_on"],
    "ConcernEscalated": ["escalated_on"],
    "ConcernResolved": ["resolved_on"],
    "FileAudited": ["audited_on"],
    "AuditSampleDrawn": ["drawn_on"],
    "CaseActivityRecorded": ["activity_on"],
    "FamilyMeetingScheduled": ["scheduled_on"],
    "FamilyMeetingHeld": ["held_on"],
    "FamilyMeetingNotHeld": ["explained_on"],
    "RecordCopied": ["copied_on"],
}

# Told twice: events of one type that carry the same of these speak of one thing.
SAME_THING: dict[str, list[str]] = {
    "SessionScheduled": ["session_id"],
    "SessionHeld": ["session_id"],
    "SessionMissed": ["session_id"],
    "ActionAgreed": ["action_id"],
    "AgreementMade": ["agreement_id"],
    "DecisionMade": ["decision_id"],
    "CaseNoteRecorded": ["note_id"],
    "DocumentSaved": ["document_id"],
    "ObjectiveSet": ["objective_id"],
    "ConcernRaised": ["concern_id"],
    "FileAudited": ["audit_id"],
}


@dataclass
class Happening:
    """One event as the oracle holds it."""

    type: str
    on: date
    data: dict[str, Any]
    source: str
    id: str
    time: str | None

    def day(self, field: str) -> date | None:
        value = self.data.get(field)
        return None if value is None else london_day(value)


def london_day(value: str) -> date:
    """A date, or the date in London of a date-time."""
    if "T" not in value:
        return date.fromisoformat(value)
    return datetime.fromisoformat(value).astimezone(LONDON).date()


def as_happening(event: dict[str, Any]) -> Happening:
    return Happening(
        event["type"], business_date(event), event["data"], event["source"], event["id"], event.get("time")
    )


def business_date(event: dict[str, Any]) -> date:
    for field in BUSINESS_DATE[event["type"]]:
        if event["data"].get(field) is not None:
            return london_day(event["data"][field])
    raise ValueError(f"{event['type']} has no date")


def place_in_order(happening: Happening) -> tuple[date, bool, float, str, str]:
    """Business date, then time (absent first), then source, then id."""
    moment = 0.0
    if happening.time is not None:
        moment = datetime.fromisoformat(happening.time).timestamp()
    return happening.on, happening.time is not None, moment, happening.source, happening.id


def happenings(events: list[dict[str, Any]], as_at: date) -> list[Happening]:
    """What had happened by `as_at`, in order, each thing once."""
    found = [happening for event in events if (happening := as_happening(event)).on <= as_at]
    found.sort(key=place_in_order)
    return last_told(found)


def last_told(found: list[Happening]) -> list[Happening]:
    """Of happenings that speak of one thing, only the last; of an event sent again, only one."""
    kept: dict[tuple[str, ...], Happening] = {}
    reopened: dict[str, int] = {}
    for happening in found:
        key = same_discussion(happening, found) if happening.type == "CaseDiscussed" else same_thing(happening)
        if happening.type == "RecordReopened":
            reopened[happening.data["record_id"]] = reopened.get(happening.data["record_id"], 0) + 1
        if happening.type == "RecordCompleted":
            record = happening.data["record_id"]
            key = ("version", record, str(reopened.get(record, 0)))
        kept.pop(key, None)
        kept[key] = happening
    return list(kept.values())


def discussions_of(case_id: str, events: list[dict[str, Any]], as_at: date) -> set[str]:
    """Every name that any telling by now gave to a discussion of the case."""
    told = [event["data"] for event in events if event["type"] == "CaseDiscussed" and business_date(event) <= as_at]
    return {data["discussion_id"] for data in told if data["case_id"] == case_id and "discussion_id" in data}


def same_thing(happening: Happening) -> tuple[str, ...]:
    fields = SAME_THING.get(happening.type, [])
    values = [happening.data.get(field) for field in fields]
    if fields and all(value is not None for value in values):
        return (happening.type, *[str(value) for value in values])
    return ("event", happening.source, happening.id)


def same_discussion(happening: Happening, found: list[Happening]) -> tuple[str, ...]:
    """A discussion of a case is known by its id; without it by its session, perhaps one that another telling names."""
    case, session = happening.data["case_id"], happening.data.get("session_id")
    if "discussion_id" in happening.data:
        return ("discussion", case, happening.data["discussion_id"])
    if session is None:
        return ("event", happening.source, happening.id)
    for other in reversed(found):
        data = other.data
        same_place = other.type == "CaseDiscussed" and (data["case_id"], data.get("session_id")) == (case, session)
        if same_place and "discussion_id" in data:
            return ("discussion", case, data["discussion_id"])
    return ("in session", case, session)


def is_about_worker(happening: Happening, worker_id: str) -> bool:
    return worker_id in (happening.data.get("worker_id"), *happening.data.get("worker_ids", []))


def is_about_case(happening: Happening, case_id: str) -> bool:
    return bool(happening.data.get("case_id") == case_id)


def is_personal(session: Happening) -> bool:
    """An individual session is personal unless it says another strand."""
    return session.data["kind"] == "individual" and session.data.get("strand", "personal") == "personal"


def supervision_kind(assigned: Happening) -> tuple[str, str]:
    """Strand and basis; the strand `interim` is read as personal with basis interim."""
    strand = assigned.data.get("strand", "personal")
    if strand == "interim":
        return "personal", "interim"
    return strand, assigned.data.get("basis", "permanent")


def speaks_of(fact: Happening, discussion: Happening) -> bool:
    """A discussion is found by its id; where one of the two has none by session and case; else by case and date."""
    ours, theirs = fact.data, discussion.data
    if ours.get("case_id", theirs["case_id"]) != theirs["case_id"]:
        return False
    if "discussion_id" in ours and "discussion_id" in theirs:
        return bool(ours["discussion_id"] == theirs["discussion_id"])
    if "session_id" in ours and "session_id" in theirs:
        return "case_id" in ours and ours["session_id"] == theirs["session_id"]
    return "case_id" in ours and date_spoken_of(fact) == discussion.on


def date_spoken_of(fact: Happening) -> date | None:
    if fact.type == "RecordCompleted":
        return fact.day("discussed_on")
    return fact.on
