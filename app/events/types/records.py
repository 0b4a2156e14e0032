"""Case notes, documents, supervision records and their signatures, and the actions agreed."""

from typing import Literal

from app.events.base import EventData
from app.events.fields import Code, Codes, Day, DayOrMoment, Id, Ids, Reference
from app.events.types.sessions import Capacity


class CaseNoteRecorded(EventData, on=("event_on", "recorded_on")):
    """A note was finalised on the case file; `event_on` is what it is about."""

    note_id: Id
    case_id: Id
    recorded_on: Day
    event_on: Day | None = None
    author_id: Id
    on_behalf_of_id: Id | None = None
    system: Code
    note_type: Code
    decision_id: Id | None = None
    late_entry: bool | None = None


class DocumentSaved(EventData, on=("event_on", "saved_on")):
    """A document was saved on the case file; `event_on` is what it is about."""

    document_id: Id
    case_id: Id
    saved_on: Day
    event_on: Day | None = None
    kind: Code
    system: Code


class ActionAgreed(EventData, on="agreed_on"):
    """Something to be done was agreed."""

    action_id: Id
    agreed_on: Day
    owner_id: Id | None = None
    due_on: Day | None = None
    scope: Literal["case", "workload", "personal", "learning"] | None = None


class ActionAmended(EventData, on="amended_on"):
    """The action has another owner or another date."""

    action_id: Id
    amended_on: Day
    owner_id: Id | None = None
    due_on: Day | None = None
    by: Id | None = None


class ActionFollowedUp(EventData, on="followed_up_on"):
    """The action was looked at again; `completed` and `no_longer_needed` close it."""

    action_id: Id
    followed_up_on: Day
    outcome: Literal["completed", "continues", "no_longer_needed"] | None = None


class ActionCompleted(EventData, on="completed_on"):
    """The action was done."""

    action_id: Id
    completed_on: Day
    by: Id | None = None


class ActionBlocked(EventData, on="reported_on"):
    """It was reported that the action cannot be done as agreed."""

    action_id: Id
    reported_on: Day
    by: Id | None = None


class RecordCompleted(
    EventData, on="completed_at", needs=({"session_id"}, {"discussion_id"}, {"case_id", "discussed_on"})
):
    """A supervision record was finalised; after a reopening it is the next version."""

    record_id: Id
    kind: Code
    completed_at: DayOrMoment
    author_id: Id
    on_behalf_of_id: Id | None = None
    discussed_on: Day | None = None
    file_id: Id | None = None
    system: Code | None = None
    external_ref: Reference | None = None
    template: Code | None = None
    content_hash: Reference | None = None
    late_entry: bool | None = None
    attested: Codes | None = None
    withheld_agreed_by: Ids | None = None


class RecordReviewed(EventData, on="reviewed_on"):
    """The supervisee read and checked the record."""

    record_id: Id
    reviewed_on: Day
    reviewer_id: Id
    outcome: Literal["agreed", "challenged"]


class RecordSigned(EventData, on="signed_on"):
    """Someone signed the record as it stands."""

    record_id: Id
    signer_id: Id
    capacity: Capacity
    signed_on: Day
    content_hash: Reference | None = None


class RecordCopied(EventData, on="copied_on"):
    """Someone was given a copy of the record."""

    record_id: Id
    to_worker_id: Id
    copied_on: Day
    purpose: Literal["own_copy", "audit", "practice_evidence", "development", "subject_access"] | None = None
    requested_by: Id | None = None
    by: Id | None = None


class RecordReopened(EventData, on="reopened_on"):
    """The record was opened for change, which voids the signatures on its earlier content."""

    record_id: Id
    reopened_on: Day
    by: Id
