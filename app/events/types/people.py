"""Teams, workers, who supervises whom, absence, individual arrangements, objectives and agreements."""

from typing import Literal

from pydantic import ConfigDict

from app.events.base import EventData, Shape
from app.events.fields import (
    Code,
    Codes,
    Day,
    FullTimeEquivalent,
    Id,
    Interval,
    Minutes,
    Name,
    Quantity,
    Simple,
)

Employment = Literal["permanent", "fixed_term", "agency", "student", "volunteer", "relief", "as_and_when"]
Strand = Literal["personal", "case", "professional", "oversight"]
SupervisorStrand = Literal["personal", "case", "professional", "oversight", "interim"]
Basis = Literal["permanent", "interim"]


class TeamOpened(EventData, on="opened_on"):
    """A team exists from this day."""

    team_id: Id
    opened_on: Day
    service: Code
    parent_team_id: Id | None = None
    name: Name | None = None


class TeamChanged(EventData, on="changed_on"):
    """A team moved to another service or under another team, or has another name."""

    team_id: Id
    changed_on: Day
    service: Code | None = None
    parent_team_id: Id | None = None
    name: Name | None = None


class TeamClosed(EventData, on="closed_on"):
    """This was the team's last day."""

    team_id: Id
    closed_on: Day


class WorkerStarted(EventData, on="started_on"):
    """A worker is in the council's scope from this day; after leaving it starts a new period."""

    worker_id: Id
    started_on: Day
    role: Code
    service: Code
    team_id: Id | None = None
    employment_type: Employment | None = None
    fte: FullTimeEquivalent | None = None
    stage: Code | None = None
    qualified_on: Day | None = None
    registered: bool | None = None
    holds_cases: bool | None = None
    subject_kind: Literal["staff", "foster_carer", "volunteer", "external"] | None = None
    name: Name | None = None


class WorkerRoleChanged(EventData, on="changed_on"):
    """A worker has another role, service, team or way of working from this day."""

    worker_id: Id
    changed_on: Day
    role: Code
    service: Code | None = None
    team_id: Id | None = None
    employment_type: Employment | None = None
    fte: FullTimeEquivalent | None = None
    registered: bool | None = None
    holds_cases: bool | None = None
    new_post: bool | None = None


class WorkerStageReached(EventData, on="reached_on"):
    """A worker reached a stage of the career, such as the end of probation."""

    worker_id: Id
    stage: Code
    reached_on: Day
    agreed_by: Id | None = None


class WorkerLeft(EventData, on="left_on"):
    """This was the worker's last day."""

    worker_id: Id
    left_on: Day


class RegistrationChecked(EventData, on="checked_on"):
    """Someone looked up the worker's professional registration."""

    worker_id: Id
    checked_on: Day
    regulator: Code
    status: Literal["registered", "lapsed", "not_registered"]
    expires_on: Day | None = None
    by: Id | None = None


class SupervisorAssigned(EventData, on="assigned_on"):
    """Who supervises the worker from this day; it replaces the earlier one of the same strand and basis."""

    worker_id: Id
    supervisor_id: Id
    assigned_on: Day
    strand: SupervisorStrand | None = None
    basis: Basis | None = None
    covers_id: Id | None = None
    until: Day | None = None


class SupervisorUnassigned(EventData, on="ended_on"):
    """This was the last day of that supervision."""

    worker_id: Id
    supervisor_id: Id
    ended_on: Day
    strand: SupervisorStrand | None = None
    basis: Basis | None = None


class LineManagerAssigned(EventData, on="assigned_on"):
    """Who manages the worker; the chain of these is the structure."""

    worker_id: Id
    manager_id: Id
    assigned_on: Day


class LineManagerUnassigned(EventData, on="ended_on"):
    """This was the manager's last day as the worker's line manager."""

    worker_id: Id
    manager_id: Id
    ended_on: Day


class AbsenceStarted(EventData, on="started_on"):
    """The worker is away from this day; never why."""

    worker_id: Id
    started_on: Day
    expected_until: Day | None = None
    absence_id: Id | None = None


class AbsenceEnded(EventData, on="ended_on"):
    """This was the last day away."""

    worker_id: Id
    ended_on: Day
    absence_id: Id | None = None


class VariationParameters(Shape):
    """What an individual arrangement sets instead; a pack may know further parameters by their codes."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[Code, Simple]

    every: Interval | None = None
    minutes: Minutes | None = None


class VariationApproved(EventData, on="from_on", needs=({"worker_id"}, {"case_id"}, {"team_id"})):
    """An individual arrangement in place of a rule's own terms was approved."""

    variation_id: Id
    rule: Code
    parameters: VariationParameters
    from_on: Day
    until_on: Day | None = None
    approved_by: Id
    approved_on: Day | None = None


class VariationEnded(EventData, on="ended_on"):
    """This was the arrangement's last day."""

    variation_id: Id
    ended_on: Day
    by: Id | None = None


class ExcusalGranted(EventData, on="from_on", needs=({"worker_id"}, {"case_id"}, {"team_id"})):
    """For these days a rule was excused."""

    rule: Code
    from_on: Day
    until_on: Day
    granted_by: Id
    granted_on: Day | None = None
    excusal_id: Id | None = None


class WorkRecorded(EventData, on="worked_on"):
    """How much was worked, for intervals that count work instead of days."""

    worker_id: Id
    worked_on: Day
    shifts: Quantity | None = None
    days: Quantity | None = None
    client_hours: Quantity | None = None
    client_sessions: Quantity | None = None


class VisitMade(EventData, on="visited_on"):
    """The worker (a foster carer, say) was visited."""

    worker_id: Id
    visited_on: Day
    by: Id
    announced: bool | None = None
    checks: Codes | None = None


class AppraisalHeld(EventData, on="held_on"):
    """The worker's appraisal was held."""

    worker_id: Id
    held_on: Day
    by: Id


class ObjectiveSet(EventData, on="set_on"):
    """An objective was agreed with the worker."""

    objective_id: Id
    worker_id: Id
    set_on: Day
    due_on: Day | None = None


class ObjectiveReviewed(EventData, on="reviewed_on"):
    """An objective was looked at again."""

    objective_id: Id
    reviewed_on: Day
    outcome: Literal["continues", "achieved", "withdrawn"] | None = None


class AgreementMade(EventData, on="made_on"):
    """Worker and supervisor made their supervision agreement."""

    agreement_id: Id
    worker_id: Id
    supervisor_id: Id
    made_on: Day
    frequency: Interval | None = None
    minutes: Minutes | None = None
    strand: Strand | None = None
    template: Code | None = None
    sections: Codes | None = None


class AgreementReviewed(EventData, on="reviewed_on"):
    """The agreement was reviewed, with or without changes."""

    agreement_id: Id
    worker_id: Id
    reviewed_on: Day
    changed: bool | None = None
    frequency: Interval | None = None
    minutes: Minutes | None = None
    by: Id | None = None
