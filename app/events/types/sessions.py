"""Supervision sessions, what was discussed and decided in them, and concerns about supervision itself."""

from typing import Annotated, Literal

from app.events.base import EventData
from app.events.fields import Checklist, Code, Codes, Count, Day, Id, Ids, Minutes, Moment, at_most

SessionStrand = Literal["personal", "case", "professional"]
Setting = Literal["individual", "practice_meeting", "group", "peer", "ad_hoc"]
Element = Literal["experience", "reflection", "analysis", "plan_and_action"]
Capacity = Literal["supervisor", "supervisee"]
DisputeStage = Literal[1, 2]
Elements = Annotated[tuple[Element, ...], *at_most(4)]


class SessionScheduled(EventData, on="scheduled_on", needs=({"worker_id"}, {"worker_ids"})):
    """A session was put in the diary; sent again for the same session it moves it."""

    session_id: Id
    worker_ids: Ids | None = None
    supervisor_id: Id | None = None
    planned_for: Day
    scheduled_on: Day
    kind: Code
    strand: SessionStrand | None = None
    replaces_session_id: Id | None = None


class SessionHeld(EventData, on="held_on", needs=({"worker_id"}, {"worker_ids"})):
    """A session took place."""

    session_id: Id
    worker_ids: Ids | None = None
    supervisor_id: Id | None = None
    held_on: Day
    minutes: Minutes | None = None
    kind: Code
    strand: SessionStrand | None = None
    planned: bool | None = None
    private: bool | None = None
    interrupted: bool | None = None
    mode: Literal["in_person", "remote"] | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None
    late_minutes: Minutes | None = None
    group_size: Count | None = None
    includes_check_in: bool | None = None
    caseload_screened: bool | None = None
    functions: Codes | None = None
    agenda: Codes | None = None
    attendees: Ids | None = None
    replaces_session_id: Id | None = None
    revisits: Ids | None = None


class SessionMissed(EventData, on=("missed_on", "planned_for"), needs=({"worker_id"}, {"worker_ids"})):
    """A planned session did not take place."""

    session_id: Id
    worker_ids: Ids | None = None
    planned_for: Day
    missed_on: Day | None = None
    outcome: Literal["cancelled", "did_not_attend"]
    party: Literal["supervisor", "supervisee", "other"] | None = None
    by: Id | None = None
    supervisor_id: Id | None = None
    kind: Code | None = None
    strand: SessionStrand | None = None
    rescheduled_for: Day | None = None


class PreparationRecorded(EventData, on="prepared_on"):
    """Someone prepared for the session."""

    session_id: Id
    by: Id
    capacity: Capacity
    prepared_on: Day


class CaseDiscussed(EventData, on="discussed_on"):
    """A case was discussed; one event per case, siblings share the discussion."""

    case_id: Id
    discussed_on: Day
    depth: Literal["full", "light"]
    setting: Setting
    worker_ids: Ids | None = None
    supervisor_id: Id | None = None
    elements: Elements | None = None
    decision: Literal["made", "no_change"] | None = None
    no_action: bool | None = None
    checklist: Checklist | None = None
    screened: bool | None = None


class DecisionMade(EventData, on="made_on"):
    """A decision about a case was made."""

    decision_id: Id
    case_id: Id
    made_on: Day
    made_by: Id
    setting: Setting


class DisagreementRecorded(EventData, on="recorded_on"):
    """A disagreement in supervision was put on record."""

    recorded_on: Day
    by: Id
    disagreement_id: Id | None = None


class DisagreementResolved(EventData, on="resolved_on"):
    """The disagreement was resolved."""

    disagreement_id: Id
    resolved_on: Day
    by: Id


class ConcernRaised(EventData, on="raised_on"):
    """A worker raised that supervision is not as it should be."""

    concern_id: Id
    worker_id: Id
    raised_on: Day
    supervisor_id: Id | None = None
    stage: DisputeStage | None = None


class ConcernDiscussed(EventData, on="discussed_on"):
    """The concern was discussed: with the supervisor (stage 1) or with the supervisor's line manager (stage 2)."""

    concern_id: Id
    worker_id: Id
    discussed_on: Day
    stage: DisputeStage
    attendees: Ids | None = None


class ConcernEscalated(EventData, on="escalated_on"):
    """The concern was taken to the next stage."""

    concern_id: Id
    worker_id: Id
    escalated_on: Day
    stage: DisputeStage | None = None


class ConcernResolved(EventData, on="resolved_on"):
    """The concern was resolved."""

    concern_id: Id
    worker_id: Id
    resolved_on: Day
    stage: DisputeStage | None = None


class SupervisionObserved(EventData, on="observed_on"):
    """A supervision was watched; practice that is watched is a session of kind `observation`."""

    session_id: Id
    observer_id: Id
    observed_on: Day
