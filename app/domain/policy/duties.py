"""The kinds of duty that a policy may lay down, as data; what each means for a subject is in `domain/rules/`."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, StrictBool, StrictInt, Tag, model_validator

from app.domain.calendar import Interval
from app.domain.policy.balances import Balance
from app.domain.policy.carrying import Carried
from app.domain.policy.counted import Counted
from app.domain.policy.entitled import By
from app.domain.policy.measured import AtLeast, AtMost, CasesAtMost, Latest
from app.domain.policy.own_terms import Minimum, OwnTerms
from app.domain.policy.patterns import EventRef, Length, Link, Linked, Name, Shape, WholeDays
from app.domain.policy.states import Always
from app.domain.policy.whom import Never
from app.domain.policy.windowed import Day, WindowName, check_windows


class Booking(Shape):
    """What books the next one, and the field that says for which day."""

    event: EventRef
    date: Name


class Rolling(Shape):
    """By a rolling interval from the last qualifying event.

        every: {event: personal_session, target: 28 days, limit: 42 days}
        every: {event: discussed, limit: 2 months, first_due: allocated, credit_instead: credited_practice_meeting}

    `due` up to the target, `tolerated` up to the limit, then `breached`. `first_due` says from when the first one runs:
    the day the rule begins to apply (`entry`), the first allocation (`allocated`: before it nothing is due yet), or the
    first such event itself (`first_event`: before it nothing is owed). `series` joins rows of a table (and versions)
    whose clock runs on when a subject moves between them; by default the name of the event, else the id.

        every: {event: meeting_held, limit: 3 months, booked_by: {event: meeting_booked, date: scheduled_for},
                excused_by: reason_recorded}

    `booked_by`: one that is in the diary for a day by the limit says so (`scheduled`) until that day is over.
    `excused_by`: such an event of that time turns what would be `breached` into `excused`, and it is due again one
    interval after it.
    """

    event: EventRef
    limit: Length
    target: Length | None = None
    first_due: Literal["entry", "allocated", "first_event"] = "entry"
    restart_on_reallocation: StrictBool = False
    credit_instead: EventRef | None = Field(None, description="a substitute that satisfies the duty, dated as itself")
    resets_clock: StrictBool = Field(True, description="false: it meets a duty due in its month and moves no clock")
    change_grace: WholeDays = Field(Interval(7, "day"), description="RD-13: the least notice that a change gives")
    series: Name | None = None
    booked_by: Booking | None = None
    excused_by: EventRef | None = None
    own_terms: OwnTerms | None = None

    def clock(self, alone: str) -> str:
        """The name under which duties share a clock, `alone` for one that shares it with nobody."""
        return self.series or (self.event if isinstance(self.event, str) else alone)


class InWindows(Shape):
    """At least once in each window, with no more than some empty ones running.

        every: {event: personal_session, window: month, empty_allowed: 1}
        every: {event: audit, window: 6 months, first_day: 2025-04-01}
        every: {event: observation, window: school_term}
        every: {event: audit, window: 6 months, first_day: 2021-03-01, counts_from: 2021-03-01}

    Weeks are ISO weeks; `first_month` is that of the quarter or year (4: from April). Windows of a length follow one
    another from their `first_day`; terms have their dates under the pack's `terms`, and what lies between two of them
    counts for neither. Up to `empty_allowed` empty windows running are `tolerated` (code `at_risk`), one more is
    `breached`. `counts_from` is for a programme that began on a day of its own: windows from that day on are judged
    whole by the version in force when they end, also if it is of later. `by` says who must have done it to count; where
    that decides and is not known, neither is the answer. `credit_instead` is a substitute that meets the window in
    which it lies.
    """

    event: EventRef
    window: WindowName
    first_month: Annotated[StrictInt, Field(ge=1, le=12)] = 1
    first_day: Day | None = None
    counts_from: Day | None = None
    by: By | None = None
    empty_allowed: Annotated[StrictInt, Field(ge=0, le=12)] = 0
    own_terms: OwnTerms | None = None
    credit_instead: EventRef | None = Field(None, description="a substitute that meets the window in which it lies")

    @model_validator(mode="after")
    def _begin(self) -> Self:
        check_windows(self)
        return self


def _rhythm(value: Any) -> str:
    if isinstance(value, Mapping):
        return "windows" if "window" in value else "counted" if "clock" in value else "rolling"
    return "windows" if isinstance(value, InWindows) else "counted" if isinstance(value, Counted) else "rolling"


Every = Annotated[
    Annotated[Rolling, Tag("rolling")] | Annotated[InWindows, Tag("windows")] | Annotated[Counted, Tag("counted")],
    Discriminator(_rhythm),
]


class AllOf(Shape):
    """An answer that several events make together: they must all come, agree on a field, and not be undone.

        answered_by:
          called: signing by both
          all_of:
            - {event: signed_by_supervisor, same: record}
            - {event: signed_by_supervisee, same: record}
          agree_on: content_hash
          undone_by: {event: record_reopened, same: record}
          checked_by: {event: record_reviewed, same: record}
          codes: {none: unsigned, some: part_signed, undone: signature_void, unchecked: awaiting_supervisee}

    `agree_on`: one that does not name the field speaks of what `after` says; one that says otherwise is about something
    else and answers nothing. `undone_by` takes back what came before it; `after` may then come again, and the last one
    counts. `checked_by` is what usually comes first. `codes` say how far it is; what is open is `due` with that code.
    """

    called: Annotated[str, Field(min_length=1, max_length=60)]
    all_of: Annotated[tuple[Linked, ...], Field(min_length=1, max_length=10)]
    agree_on: str | None = None
    undone_by: Linked | None = None
    checked_by: Linked | None = None
    codes: dict[Literal["none", "some", "undone", "unchecked", "all"], Name] = Field(default_factory=dict)


class Answering(Linked):
    """A linked event that answers, and perhaps who must do it: what others did is no answer.

    answered_by: {event: form_or_note, same: discussion, by: {person: author_id, relation: supervisor}}

    Of whatever shares the case or the worker only what comes on its day or later is an answer. Where the event opens an
    item `for_each` id of a list, `names` is the field in which the answer says for which one it is.
    """

    by: By | None = None
    names: str | None = None


class OwnDate(Shape):
    """The event answers itself, by another of its dates: the deadline lies between the two.

    answered_by: {date: recorded_on, called: entry on the file}
    """

    date: Name
    called: Annotated[str, Field(min_length=1, max_length=60)]


def _answer(value: Any) -> str:
    keys = value if isinstance(value, Mapping) else getattr(type(value), "model_fields", ())
    return "together" if "all_of" in keys else "own" if "date" in keys else "one"


Answer = Annotated[
    Annotated[Answering, Tag("one")] | Annotated[AllOf, Tag("together")] | Annotated[OwnDate, Tag("own")],
    Discriminator(_answer),
]
"""What answers: one linked event, several together, or another date of the event itself."""


class Within(Shape):
    """After one event, another that is linked to it, by a deadline; one item for each such event.

        within:
          after: discussed
          answered_by: {event: case_record_completed, same: discussion}
          limit: 5 working days

        within:
          after: action
          belongs_by: owner_id
          due_on: due_on
          amended_by: {event: action_amended, same: action}
          answered_by: {event: action_done, same: action}
          answered_for_now_by: {event: action_followed_up, same: action}
          falls_away_on: {event: action_not_needed, same: action}
          notice_by: {event: action_blocked, same: action}

        within:
          after: placement_planned
          due_on: planned_for
          before: 2 weeks
          answered_by: {event: agreement, same: session}

    The day of `after` is day 0. Without a deadline an open item is `due`, with its age, for ever. Working days are
    those of the pack's `calendar`.

    A `limit` in hours runs from the time of day of `after`, where it is told; by its day otherwise. `before` asks for
    the answer so long before the event, or before the date in it that `due_on` names; what answers may come before it.

        within:
          after: sample_drawn
          for_each: selected
          answered_by: {event: file_audited, same: sample, names: file_id}
          limit: 3 months

    `for_each` names a field of the event that lists ids: one item for each of them, to be answered by itself. Where the
    list was not told, it is not known what is owed.

    `due_on` names a date in the event that is the deadline; an event that does not say it has none. `amended_by` is
    what may give another date, or another person, later on. `belongs_by` names the field by which the event belongs to
    a worker who is not the one spoken of. `answered_for_now_by` answers too, until another date is given on that day or
    later. `falls_away_on` ends an open item without its being met. `notice_by`, told by the deadline, gives what is
    late another code than what is late without a word. Of several that share what `once`
    names the first counts.
    """

    after: EventRef
    answered_by: Answer
    limit: Length | None = None
    target: Length | None = None
    due_on: str | None = None
    before: Length | None = None
    belongs_by: str | None = None
    for_each: str | None = Field(None, description="the field that lists ids: one item for each")
    once: Link | None = None
    after_by: By | None = Field(None, description="who must have done what opens an item, for it to open one")
    amended_by: Linked | None = None
    answered_for_now_by: Linked | None = None
    falls_away_on: Linked | None = None
    notice_by: Linked | None = None

    @property
    def names(self) -> str | None:
        """The field in which an answer says for which of several ids it is."""
        return self.answered_by.names if isinstance(self.answered_by, Answering) else None

    @model_validator(mode="after")
    def _each_by_name(self) -> Self:
        if (self.for_each is None) != (self.names is None):
            raise ValueError("an item `for_each` id needs an answer that `names` it: write both, or neither")
        return self

    @model_validator(mode="after")
    def _one_deadline(self) -> Self:
        if self.due_on is not None and (self.limit is not None or self.target is not None):
            raise ValueError("the deadline is either a date in the event (`due_on`) or a length of time after it")
        if self.before is not None and (self.limit is not None or self.target is not None):
            raise ValueError("the deadline is a length of time either after the event (`limit`) or `before` it")
        return self


class Cover(Shape):
    """While the supervisor is away for longer than `limit`, somebody stands in; one item for each absence.

        cover: {supervisor: personal, limit: 1 month}

    Nothing is owed before the absence has lasted so long, unless it is already planned to last longer: then it is `due`
    from its first day. It ends when the supervisor is back or another one is assigned.
    """

    supervisor: Literal["personal", "case", "professional"]
    limit: Length


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
    ignore_interim_up_to: WholeDays | None = Field(
        None, description="cover no longer than this is no change; none: all cover"
    )
    grace: Grace
    minimum: Minimum | None = None


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
    at_least: WholeDays = Interval(14, "day")


class Several:
    """Several kinds of duty that are judged together (`stranded`)."""


Rhythm = Rolling | InWindows | Counted
Numbered = AtLeast | AtMost | CasesAtMost | Latest
Alone = Rhythm | Within | Exists | Cover | AsRequired | Numbered | Balance | Always | Never | Carried
"""Any kind of duty that is judged by itself."""
Block = Alone | Several
"""Anything that a rule or a row may ask."""
