"""Events about events and about identifiers: they have no date of their own, they say how things always were."""

from typing import Annotated, Any, Literal

from pydantic import Field

from app.events.base import EventData, EventRef
from app.events.fields import Code, Day, Id

SubjectKind = Literal["worker", "case", "team"]


class EventCorrected(EventData):
    """What an earlier event should have said: a JSON Merge Patch (RFC 7396) on its `data`."""

    corrects: EventRef
    data: Annotated[dict[str, Any], Field(min_length=1)]


class EventRetracted(EventData):
    """An earlier event should never have been sent; retracting a correction restores what was there."""

    retracts: EventRef
    reason: Literal["entered_in_error", "duplicate", "wrong_subject"] | None = None


class IdentifierLinked(EventData):
    """The number by which another system knows a worker, case or team."""

    kind: SubjectKind
    subject_id: Id
    system: Code
    identifier: Id
    linked_on: Day


class IdentifierUnlinked(EventData):
    """That number is no longer this subject's."""

    kind: SubjectKind
    subject_id: Id
    system: Code
    identifier: Id
    unlinked_on: Day


class SubjectMerged(EventData, posted_by="records"):
    """Two identifiers are one subject, whose whole history now reads under `into_id`."""

    kind: SubjectKind
    from_id: Id
    into_id: Id
    merged_on: Day
