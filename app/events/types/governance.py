"""Files and their audit, holds and erasure, access, policies and calendars.

Most are written by the service when their own operation is carried out, and are refused by the ordinary route.
"""

from typing import Annotated, Literal

from app.events.base import EventData, Shape
from app.events.fields import (
    Checklist,
    Code,
    Count,
    Day,
    Days,
    Id,
    Ids,
    JsonObject,
    Label,
    ManyIds,
    Positions,
    Score,
    at_most,
)

_WORKER_OR_CASE = ({"worker_id"}, {"case_id"})


class FileOpened(EventData, on="opened_on"):
    """The worker's supervision file was opened."""

    worker_id: Id
    opened_on: Day
    file_id: Id | None = None
    holder_id: Id | None = None


class FileTransferred(EventData, on="transferred_on"):
    """The worker's supervision file went to another holder."""

    worker_id: Id
    from_id: Id | None = None
    to_id: Id
    transferred_on: Day
    file_id: Id | None = None


class DrawnFrom(Shape):
    """Of whom a sample was drawn: of all workers on a day, or of those in a role, a team, a service, under somebody."""

    as_at: Day
    role: Code | None = None
    team: Id | None = None
    service: Code | None = None
    supervisor: Id | None = None


class AuditSampleDrawn(EventData, on="drawn_on", posted_by="service"):
    """A random sample that anyone can draw again from the same population and seed."""

    sample_id: Id
    drawn_on: Day
    drawn_by: Id
    programme: Code
    population: ManyIds
    size: Count
    seed: Id
    selected: ManyIds
    method: Code | None = None
    seed_from: Literal["service", "caller"] | None = None
    drawn_from: DrawnFrom | None = None


class FileAudited(EventData, on="audited_on"):
    """A supervision file was audited."""

    audit_id: Id
    audited_on: Day
    auditor_id: Id
    file_id: Id | None = None
    supervisor_id: Id | None = None
    programme: Code
    sample_id: Id | None = None
    selection: Literal["random", "chosen"] | None = None
    tool_version: Label | None = None
    score: Score | None = None
    checklist: Checklist | None = None


class LitigationHoldPlaced(EventData, on="placed_on", needs=_WORKER_OR_CASE, posted_by="service"):
    """Nothing about this subject may be disposed of until the hold is lifted."""

    placed_on: Day
    by: Id
    hold_id: Id | None = None
    review_on: Day | None = None


class LitigationHoldLifted(EventData, on="lifted_on", needs=_WORKER_OR_CASE, posted_by="service"):
    """The hold ended."""

    lifted_on: Day
    by: Id
    hold_id: Id | None = None


class DpoAdviceRecorded(EventData, on="advised_on", posted_by="service"):
    """The data protection officer gave advice."""

    advised_on: Day
    by: Id
    hold_id: Id | None = None
    request_id: Id | None = None


class AccessScope(Shape):
    """What a grant opens: everything of the organisation, or one thing of a kind."""

    kind: Literal["file", "record", "session", "case", "team", "organisation"]
    id: Id | None = None


class AccessGranted(EventData, on="from_on", posted_by="service"):
    """Someone may see something for a time, for a purpose."""

    grant_id: Id
    grantee_id: Id
    scope: AccessScope
    purpose: Code
    from_on: Day
    until_on: Day
    granted_by: Id | None = None
    agency: Code | None = None
    supervised: bool | None = None


class AccessRevoked(EventData, on="revoked_on", posted_by="service"):
    """The grant ended early."""

    grant_id: Id
    revoked_on: Day
    by: Id | None = None


class SubjectAccessRequested(EventData, on="requested_on", needs=_WORKER_OR_CASE, posted_by="service"):
    """Someone asked for the personal data held about them."""

    request_id: Id
    requested_on: Day
    by: Id | None = None


class SubjectAccessExtended(EventData, on="extended_on", posted_by="service"):
    """The time to answer the request was extended; with the reason `clarification`, by the days of waiting for that."""

    request_id: Id
    extended_on: Day
    due_on: Day
    by: Id | None = None
    asked_on: Day | None = None
    clarified_on: Day | None = None


class SubjectAccessAnswered(EventData, on="answered_on", posted_by="service"):
    """The request was answered."""

    request_id: Id
    answered_on: Day
    outcome: Literal["provided", "part", "refused"] | None = None
    by: Id | None = None


class ErasureRequested(EventData, on="requested_on", needs=_WORKER_OR_CASE, posted_by="service"):
    """Erasure of personal data was asked for."""

    request_id: Id
    requested_on: Day
    by: Id
    basis: Code
    authority: Code | None = None


class ErasureApproved(EventData, on="approved_on", needs=_WORKER_OR_CASE, posted_by="service"):
    """The erasure was approved, of the subject under all the names that it has now."""

    request_id: Id
    approved_on: Day
    by: Id
    basis: Code
    from_on: Day | None = None
    names: Ids | None = None


class ErasureClosed(EventData, on="closed_on", needs=_WORKER_OR_CASE, posted_by="service"):
    """The erasure will not be carried out: refused, or withdrawn. What was restricted can be read again."""

    request_id: Id
    closed_on: Day
    by: Id
    outcome: Literal["refused", "withdrawn"]


class PersonalDataErased(EventData, on="erased_on", needs=_WORKER_OR_CASE, posted_by="service"):
    """The key was destroyed: the texts are gone, the ledger still verifies. Also the record of disposal."""

    erased_on: Day
    authority: Code
    by: Id | None = None
    request_id: Id | None = None
    names: Ids | None = None
    positions: Positions | None = None
    key_numbers: ManyIds | None = None
    texts: Count | None = None
    filed_elsewhere: Count | None = None
    directory_entries: Count | None = None
    refused_items: Count | None = None
    epoch: Count | None = None


class PolicyAdopted(EventData, on="applies_from", posted_by="service"):
    """A version of a policy applies from this day; the whole pack is kept, so that a replay needs no file."""

    policy: JsonObject
    policy_id: Id
    version: Label
    applies_from: Day
    approved_by: Id | None = None


class PolicyReviewed(EventData, on="reviewed_on", posted_by="service"):
    """The policy was reviewed and stands."""

    policy_id: Id
    reviewed_on: Day
    next_review_on: Day | None = None
    by: Id | None = None


class PolicyWithdrawn(EventData, on="withdrawn_on", posted_by="service"):
    """The policy applies no more."""

    policy_id: Id
    withdrawn_on: Day
    by: Id | None = None


class Term(Shape):
    """A named stretch of days, both ends included, such as a school term."""

    name: Label
    from_on: Day
    until_on: Day


class CalendarAdopted(EventData, on="applies_from", posted_by="admin"):
    """The working-day calendar from this day; it re-dates open deadlines, never closed ones."""

    calendar_id: Id
    version: Label
    applies_from: Day
    days: Days | None = None
    terms: Annotated[tuple[Term, ...], *at_most(200)] | None = None
