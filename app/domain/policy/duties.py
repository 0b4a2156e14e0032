"""The kinds of duty that a policy may lay down, as data; what each means for a subject is in `domain/rules/`."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, StrictBool, StrictInt, Tag

from app.domain.calendar import Interval
from app.domain.policy.balances import Balance
from app.domain.policy.measured import AtLeast, Latest
from app.domain.policy.patterns import EventRef, Length, Linked, Name, Shape


class Rolling(Shape):
    """By a rolling interval from the last qualifying event.

        every: {event: personal_session, target: 28 days, limit: 42 days}
        every: {event: discussed, limit: 2 months, first_due: allocated, credit_instead: credited_practice_meeting}

    `due` up to the target, `tolerated` up to the limit, then `breached`. `first_due` says from when the first one runs:
    the day the rule begins to apply (`entry`), the first allocation (`allocated`: before it nothing is due yet), or the
    first such event itself (`first_event`: before it nothing is owed). `series` joins rows of a table (and versions)
    whose clock runs on when a subject moves between them; by default the name of the event, else the id.
    """

    event: EventRef
    limit: Length
    target: Length | None = None
    first_due: Literal["entry", "allocated", "first_event"] = "entry"
    restart_on_reallocation: StrictBool = False
    credit_instead: EventRef | None = Field(None, description="a substitute that satisfies the duty, dated as itself")
    resets_clock: StrictBool = Field(True, description="false: it meets a duty due in its month and moves no clock")
    change_grace: Length = Field(Interval(7, "day"), description="RD-13: the least notice that a change gives")
    series: Name | None = None

    def clock(self, alone: str) -> str:
        """The name under which duties share a clock, `alone` for one that shares it with nobody."""
        return self.series or (self.event if isinstance(self.event, str) else alone)


class InWindows(Shape):
    """At least once in each calendar window, with no more than some empty ones running.

    every: {event: personal_session, window: month, empty_allowed: 1}

    Weeks are ISO weeks; `first_month` is that of the quarter or year (4: from April). Up to `empty_allowed` empty
    windows running are `tolerated` (code `at_risk`), one more is `breached`.
    """

    event: EventRef
    window: Literal["week", "month", "quarter", "year"]
    first_month: Annotated[StrictInt, Field(ge=1, le=12)] = 1
    empty_allowed: Annotated[StrictInt, Field(ge=0, le=12)] = 0


def _rhythm(value: Any) -> str:
    if isinstance(value, Mapping):
        return "windows" if "window" in value else "rolling"
    return "windows" if isinstance(value, InWindows) else "rolling"


Every = Annotated[
    Annotated[Rolling, Tag("rolling")] | Annotated[InWindows, Tag("windows")],
    Discriminator(_rhythm),
]


class Within(Shape):
    """After one event, another that is linked to it, by a deadline; one item for each such event.

        within:
          after: discussed
          answered_by: {event: case_record_completed, same: discussion}
          limit: 5 working days

    The day of `after` is day 0. Without `limit` the policy sets no deadline: an open item is `due`, with its age, for
    ever. Working days are those of the pack's `calendar`.
    """

    after: EventRef
    answered_by: Linked
    limit: Length | None = None
    target: Length | None = None


class Grace(Shape):
    """How long something new may take: a length of time, or up to the first of some event if that comes sooner.

    `policy_silent` says of a length that is ours that the policy names none; the finding says so too.
    """

    limit: Length
    or_first: EventRef | None = None
    policy_silent: StrictBool = False


class Exists(Shape):
    """Something must exist, and be made anew when something changes.

        exists:
          event: agreement_made
          with_supervisor: personal
          renewed_by: [new_post, change_of_supervisor]
          ignore_interim_up_to: 28 days
          grace: {limit: 28 days, or_first: personal_session}

    `with_supervisor` asks that the event's `supervisor_id` be the worker's supervisor of that strand. An event made on
    or after the change counts. `due` during the grace (code `superseded` when there was one before), then `breached`.
    """

    event: EventRef
    with_supervisor: Literal["personal", "case", "professional"] | None = None
    renewed_by: tuple[Literal["new_post", "change_of_supervisor"], ...] = ()
    ignore_interim_up_to: Length | None = Field(
        None, description="cover no longer than this is no change; none: all cover"
    )
    grace: Grace


class AsRequired(Shape):
    """No interval, but an answer when something calls for it: until then the trigger is `due` (`attention`).

    as_required: {after: need_changed, answered_by: discussed}
    """

    after: EventRef
    answered_by: EventRef


class Absence(Shape):
    """What a recorded absence of the worker does: nothing, excuse what it caused to be missed, or stop the clock.

    absence: {effect: excuse, at_least: 14 days}

    `at_least` is how long an unbroken absence must last that excuses what falls due by a rolling interval: it begins by
    the limit date, and some day of it lies in the interval. A window is excused when wholly covered.
    """

    effect: Literal["none", "excuse", "pause"] = "none"
    at_least: Length = Interval(14, "day")


Block = Rolling | InWindows | Within | Exists | AsRequired | AtLeast | Latest | Balance
"""Any kind of duty that is judged by itself."""
