"""What every event type shares: the fields any event may carry, and what a type declares about itself.

A type is a frozen, strict Pydantic model named as the event is. It declares as class arguments

* `on`: the fields that may give the business date, the first present one wins; none: the event has no date of its own;
* `else_on_time`: without those fields the business date is the London date of `time`, failing that of the recording;
* `needs`: alternatives, each a set of fields, one of which must be given whole;
* `posted_by`: who may post it (see `PostedBy`).

Every date field `x_on` gets a twin `x_at` for rules in hours. What one field cannot know alone (twins, `needs`, whose
key protects a narrative) is judged in `validation` and `envelope`, so that each fault names its own field.
"""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from app.events.fields import Code, Id, Moment, Narrative, Printable

PostedBy = Literal["ordinary", "admin", "records", "service"]
"""Who may post a type: any client registered for it; an administrator; a client with `records:write`; nobody but the
service itself, when the operation that it records is carried out."""


class Shape(BaseModel):
    """An object inside an event: strict, frozen, without unknown fields."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)


class EventRef(Shape):
    """Which event is meant: the pair that its source gave it."""

    source: Printable
    id: Printable


class EventData(Shape):
    """The `data` of one event. A field whose presence a policy tests is optional: its absence is a finding."""

    on: ClassVar[tuple[str, ...]] = ()
    else_on_time: ClassVar[bool] = False
    needs: ClassVar[tuple[frozenset[str], ...]] = ()
    posted_by: ClassVar[PostedBy] = "ordinary"
    twins: ClassVar[tuple[tuple[str, str], ...]] = ()
    moments: ClassVar[tuple[str, ...]] = ()

    worker_id: Id | None = None
    case_id: Id | None = None
    session_id: Id | None = None
    discussion_id: Id | None = None
    record_id: Id | None = None
    team_id: Id | None = None
    reason: Code | None = None
    narrative: Narrative | None = None

    def __init_subclass__(
        cls,
        *,
        on: tuple[str, ...] | str = (),
        else_on_time: bool = False,
        needs: tuple[set[str], ...] = (),
        posted_by: PostedBy = "ordinary",
    ) -> None:
        """Keep what the type declares, and give each `x_on` its twin `x_at` before Pydantic collects the fields."""
        cls.on = (on,) if isinstance(on, str) else on
        cls.else_on_time = else_on_time
        cls.needs = tuple(frozenset(fields) for fields in needs)
        cls.posted_by = posted_by
        cls.twins = tuple((name, twin_of(name)) for name in cls.__annotations__ if name.endswith("_on"))
        cls.__annotations__ = cls.__annotations__ | {twin: Moment | None for _, twin in cls.twins}
        for _, twin in cls.twins:
            setattr(cls, twin, None)
        cls.moments = tuple(name for name in cls.__annotations__ if name.endswith("_at"))
        super().__init_subclass__()


def twin_of(field: str) -> str:
    """The date-time field that stands beside a date field: held_on → held_at."""
    return f"{field.removesuffix('_on')}_at"
