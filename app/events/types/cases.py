"""Cases: opening, classification, allocation, what the case system says was done, and what its feeds cover."""

from typing import Literal

from app.events.base import EventData
from app.events.fields import Checklist, Code, Codes, Count, Day, Id, Ids, Numbers


class CaseOpened(EventData, on="opened_on"):
    """A case is open from this day; after closing it starts a new period."""

    case_id: Id
    opened_on: Day
    service: Code
    category: Code | None = None
    subject_kind: Literal["family", "child", "carer_household"] | None = None
    systems: Numbers | None = None


class CaseClassified(EventData, on="classified_on"):
    """The case falls into this category from this day."""

    case_id: Id
    classified_on: Day
    category: Code
    service: Code | None = None
    since_on: Day | None = None
    by: Id | None = None
    flags: Codes | None = None


class CaseTransferred(EventData, on="transferred_on"):
    """The case moved to another service or team."""

    case_id: Id
    transferred_on: Day
    service: Code | None = None


class CaseAllocated(EventData, on="allocated_on"):
    """A worker became responsible for the case."""

    case_id: Id
    worker_id: Id
    allocated_on: Day
    responsibility: Literal["lead", "secondary"] | None = None
    case_supervisor_id: Id | None = None
    allocation_id: Id | None = None


class CaseUnallocated(EventData, on="ended_on"):
    """This was the worker's last day on the case."""

    case_id: Id
    worker_id: Id
    ended_on: Day
    allocation_id: Id | None = None


class CaseSupervisorAssigned(EventData, on="assigned_on"):
    """Who supervises the case, also when it has no worker."""

    case_id: Id
    supervisor_id: Id
    assigned_on: Day
    basis: Literal["permanent", "interim"] | None = None
    until: Day | None = None


class CaseClosed(EventData, on="closed_on"):
    """This was the case's last day."""

    case_id: Id
    closed_on: Day


class FeedConfirmed(EventData, on="complete_to"):
    """Everything of this feed up to that day has been sent: only now is a missing fact *not done*."""

    system: Code
    feed: Code
    complete_to: Day
    complete_from: Day | None = None
    count: Count | None = None


class AssessmentReviewed(EventData, on="reviewed_on"):
    """The assessment of the case was reviewed, or completed for the first time."""

    case_id: Id
    reviewed_on: Day
    initial: bool | None = None
    by: Id | None = None


class PlanUpdated(EventData, on="updated_on"):
    """The plan of the case was updated, or made for the first time."""

    case_id: Id
    updated_on: Day
    initial: bool | None = None
    by: Id | None = None


class ChronologyUpdated(EventData, on="updated_on"):
    """The chronology of the case was updated."""

    case_id: Id
    updated_on: Day
    by: Id | None = None


class RiskAssessed(EventData, on="assessed_on"):
    """The risk was assessed."""

    case_id: Id
    assessed_on: Day
    by: Id | None = None


class ChildSeen(EventData, on="seen_on"):
    """The child was seen."""

    case_id: Id
    seen_on: Day
    by: Id | None = None


class CaseReviewed(EventData, on="reviewed_on"):
    """The case was reviewed."""

    case_id: Id
    reviewed_on: Day
    by: Id | None = None


class DiversityRecorded(EventData, on="recorded_on"):
    """Ethnicity, culture and diversity are on record: that they are, never what they are."""

    case_id: Id
    recorded_on: Day
    by: Id | None = None


class FamilyMeetingScheduled(EventData, on="scheduled_on", else_on_time=True):
    """A family meeting was put in the diary."""

    case_id: Id
    scheduled_for: Day
    scheduled_on: Day | None = None
    meeting_id: Id | None = None


class FamilyMeetingHeld(EventData, on="held_on"):
    """A family meeting took place."""

    case_id: Id
    held_on: Day
    meeting_id: Id | None = None


class FamilyMeetingNotHeld(EventData, on="explained_on"):
    """A family meeting is not taking place, and whether the reason is on the file."""

    case_id: Id
    explained_on: Day
    reason_recorded: bool
    meeting_id: Id | None = None
    scheduled_for: Day | None = None
    system: Code | None = None


class CaseActivityRecorded(EventData, on="activity_on"):
    """Something was done on the case, and when that was put on the file."""

    case_id: Id
    activity_on: Day
    recorded_on: Day
    system: Code | None = None


class CaseRecordsReviewed(EventData, on="reviewed_on"):
    """Someone looked through the records of the case."""

    case_id: Id
    reviewed_on: Day
    by: Id
    checklist: Checklist | None = None


class CaseConcernFlagged(EventData, on="flagged_on"):
    """The case was named as one of concern, by these people together."""

    case_id: Id
    flagged_on: Day
    by: Ids


class CaseConcernCleared(EventData, on="cleared_on"):
    """The case is no longer one of concern."""

    case_id: Id
    cleared_on: Day
    by: Ids


class ManagementOversightRecorded(EventData, on=("event_on", "recorded_on"), needs=({"case_id"}, {"session_id"})):
    """A manager's oversight was put on record; `event_on` is what it is about."""

    recorded_on: Day
    event_on: Day | None = None
    by: Id
    system: Code | None = None


class NeedChanged(EventData, on="changed_on"):
    """Needs, risk, circumstances or contact changed."""

    case_id: Id
    changed_on: Day
    kind: Literal["need", "risk", "circumstances", "contact"] | None = None
    by: Id | None = None
