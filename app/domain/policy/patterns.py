"""The words a pack is written in: forces, statuses, lengths of time, and how an event is recognised.

The short forms of a condition are written out here. A condition can be put to one value; finding the events that match
is another matter (`matching`).
"""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cached_property
from operator import ge, le
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    Tag,
    WithJsonSchema,
    model_validator,
)

from app.domain.calendar import UNITS, Interval


class Force(StrEnum):
    """How strongly the policy says it. Only `must` and `should` colour the subject's own status."""

    MUST = "must"
    SHOULD = "should"
    RECOMMENDED = "recommended"
    MAY = "may"


class Status(StrEnum):
    """The only words a finding's status may be."""

    BREACHED = "breached"
    NOT_ASSESSABLE = "not_assessable"
    TOLERATED = "tolerated"
    EXCUSED = "excused"
    DUE = "due"
    LATE_MET = "late_met"
    MET = "met"
    AS_REQUIRED = "as_required"
    NOT_YET_APPLICABLE = "not_yet_applicable"
    NOT_SPECIFIED = "not_specified"
    NOT_APPLICABLE = "not_applicable"


def _interval(value: object) -> Interval:
    if isinstance(value, Interval):
        return value
    if not isinstance(value, str):
        raise ValueError("is not a length of time: write a whole number of 1 or more and a unit, such as `28 days`")
    return Interval.parse(value)


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""A word of the pack's own vocabulary: an event, a role, a service, a category, a code."""
RuleId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,31}$")]
"""The id of a rule or a clause, as in `LU-37`."""
Text = Annotated[str, Field(min_length=1, max_length=2000)]
Month = Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")]
"""A date as exact as the document gives it: `2021`, `2021-06` or `2021-06-01`."""
Length = Annotated[
    Interval,
    BeforeValidator(_interval),
    PlainSerializer(str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": rf"^[1-9][0-9]{{0,4}} ({'|'.join(UNITS)})s?$",
            "examples": ["28 days", "5 working days", "2 months"],
        }
    ),
]
"""A length of time as the policy writes it: `28 days`, `5 working days`, `2 months`, `1 year`."""


def _of_whole_days(value: Interval) -> Interval:
    if value.unit in ("working day", "hour"):
        raise ValueError(f"is counted in days, weeks, months or years, not in {value.unit}s")
    return value


WholeDays = Annotated[
    Length,
    AfterValidator(_of_whole_days),
    WithJsonSchema(
        {"type": "string", "pattern": r"^[1-9][0-9]{0,4} (day|week|month|year)s?$", "examples": ["14 days", "2 months"]}
    ),
]
"""A length of time that no calendar of working days is asked for."""
Scalar = StrictBool | StrictInt | StrictFloat | StrictStr


class Shape(BaseModel):
    """Frozen, with unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)


def _written_out(value: object) -> object:
    """The short forms: one value is `is`, a list is `any_of`."""
    if isinstance(value, str | bool | int | float):
        return {"is": value}
    return {"any_of": value} if isinstance(value, list | tuple) else value


def _among(value: object, wanted: object) -> bool:
    return wanted in value if isinstance(value, list | tuple | Mapping) else value == wanted


def _number(value: object) -> Decimal | None:
    try:
        return None if value is None or isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        return None


def _measured(wanted: object, compare: Callable[[Decimal, Decimal], bool]) -> Callable[[object], bool]:
    bound = Decimal(str(wanted))
    return lambda value: (number := _number(value)) is not None and compare(number, bound)


def _listed(wanted: object) -> tuple[object, ...]:
    return wanted if isinstance(wanted, tuple) else (wanted,)


_ASKING: dict[str, Callable[[Any], Callable[[object], bool]]] = {
    "equals": lambda wanted: lambda value: _among(value, wanted),
    "any_of": lambda wanted: lambda value: any(_among(value, one) for one in wanted),
    "all_of": lambda wanted: lambda value: all(_among(value, one) for one in wanted),
    "none_of": lambda wanted: lambda value: not any(_among(value, one) for one in _listed(wanted)),
    "at_least": lambda wanted: _measured(wanted, ge),
    "at_most": lambda wanted: _measured(wanted, le),
    "present": lambda wanted: lambda value: (value is not None) is wanted,
}
"""How each test of a `Check` becomes a question to a value. Decimals travel as strings ("0.6"), compared as numbers."""


class Check(Shape):
    """What must be true of one field; all that is said must hold. Of a list or checklist, `is` asks if it is there.

    Short forms: `kind: individual` is `{is: individual}`; `kind: [a, b]` is `{any_of: [a, b]}`.

        minutes: {at_least: 90}
        planned: {not: false}            # a field that was not sent passes `not`, and no other test
        frequency: {present: true}
        elements: {all_of: [experience, reflection]}
        planned: {is: true, stated: true}    # a default (of events that have one) is not enough
    """

    equals: Scalar | None = Field(None, alias="is")
    any_of: tuple[Scalar, ...] | None = None
    all_of: tuple[Scalar, ...] | None = None
    none_of: Scalar | tuple[Scalar, ...] | None = Field(None, alias="not")
    at_least: StrictInt | StrictFloat | None = None
    at_most: StrictInt | StrictFloat | None = None
    present: StrictBool | None = None
    stated: StrictBool = False

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("asks nothing: write a value, a list of values, or one of the tests")
        return self

    @property
    def measures(self) -> bool:
        """Whether a number is asked about: one that was not told leaves the answer open."""
        return (self.at_least, self.at_most) != (None, None)

    @cached_property
    def holds(self) -> Callable[[object], bool]:
        """Asks a field's value (None: not sent) all that is said here, except whether it was `stated`."""
        asked = [ask(getattr(self, name)) for name, ask in _ASKING.items() if getattr(self, name) is not None]
        return asked[0] if len(asked) == 1 else lambda value: all(ask(value) for ask in asked)


Condition = Annotated[Check, BeforeValidator(_written_out, json_schema_input_type=Scalar | list[Scalar] | Check)]
Link = Literal[
    "discussion", "session", "record", "action", "agreement", "decision", "disagreement", "meeting", "concern",
    "objective", "file", "sample", "revisit", "case", "worker",
]  # fmt: skip
"""What two events share. A discussion is found by `discussion_id`; without it by `session_id` and `case_id`; without
those by `case_id` and date; a (family) meeting by `meeting_id`, without it by `case_id` and the day that it is for; a
session that is returned to by the `revisits` of the later one. A thing belongs to a case only where it does not say
another."""


class Event(Shape):
    """A match on an event's type and fields, or one of several (`any_of`).

        personal_session:
          type: SessionHeld
          where: {kind: individual, strand: personal, planned: true, private: true}

        credited_practice_meeting:
          type: CaseDiscussed
          where: {setting: practice_meeting}
          with:                                    # each must exist too; it counts from the day the last came true
            - {event: {type: DocumentSaved, where: {kind: case_discussion_record}}, same: discussion}
            - {event: {type: ManagementOversightRecorded}, same: discussion}

        check_in:
          any_of:
            - {type: SessionHeld, where: {kind: check_in}}
            - {type: SessionHeld, where: {kind: individual, includes_check_in: true}}

        clear_action:
          type: ActionAgreed
          where: {owner_id: {present: true}, due_on: {present: true}}
          amended_by: {event: {type: ActionAmended}, same: action}     # may say so later; it counts from that day on

        lapsed_booking:
          type: FamilyMeetingScheduled
          dated_by: scheduled_for
          once_over: true                          # only when that day is over
          without: [{event: {type: FamilyMeetingHeld}, same: meeting}]        # and none of these is there

    `dated_by` names the date field that counts when it is not the business date. `said` is how it reads in a sentence
    ("Last *supervised one to one* on 3 March 2025"), `called` its noun ("no *supervision agreement* since"); by default
    words for the type. Fields have the defaults of the event reference (an individual session is personal, planned,
    private and uninterrupted unless it says otherwise). What a session does not say of being `planned` its booking may
    say: with `planned_by: booking` one booked on its day or later is not planned, with `earlier_booking` none is that
    was not booked the day before or earlier.

    `belongs_by` names the field by which the event is a worker's who is not the one spoken of: the auditor of a file
    (`belongs_by: auditor_id`), the supervisor of a session. `told_of: lead` means what is told of the worker who led
    the case on its day.

        caseload_gone_through:
          type: SessionHeld
          told_of: lead
          where: {caseload_screened: true}
          not_while: {begun_by: worry_named, ended_by: worry_settled}

    `only_while` and `not_while` ask what was so on the event's own day.
    """

    type: str | None = None
    where: dict[str, Condition] = {}
    dated_by: str | None = None
    belongs_by: str | None = None
    told_of: Literal["lead"] | None = None
    planned_by: Literal["default", "booking", "earlier_booking"] = "default"
    said: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    called: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    linked: tuple["Linked", ...] = Field((), alias="with")
    without: tuple["Linked", ...] = ()
    once_over: StrictBool = False
    only_while: "Lasting | None" = None
    not_while: "Lasting | None" = None
    amended_by: "Linked | None" = None
    any_of: tuple["EventRef", ...] = ()

    @cached_property
    def asked(self) -> tuple[tuple[str, Callable[[object], bool], bool], ...]:
        """Each field that is asked about, the question, and whether the field must have been sent."""
        return tuple((name, check.holds, check.stated) for name, check in self.where.items())

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        if (self.type is None) == (not self.any_of):
            raise ValueError("name either the event's `type` or several events under `any_of`")
        own_words = ("where", "linked", "without", "dated_by", "once_over", "amended_by", "belongs_by", "told_of")
        if self.any_of and any(getattr(self, word) for word in (*own_words, "only_while", "not_while")):
            own = "`where`, `with`, `without`, `dated_by`, `once_over`, `belongs_by`, `told_of`, `amended_by`"
            raise ValueError(f"{own}, `only_while` and `not_while` belong to the events under `any_of`, not beside it")
        return self


EventRef = Annotated[
    Annotated[str, Tag("name")] | Annotated[Event, Tag("event")],
    Discriminator(lambda value: "name" if isinstance(value, str) else "event"),
]
"""An event written out, or the name of one under the pack's `events`."""


class Lasting(Shape):
    """What lasts from one event on, until another ends it: from that one's own day on it is so no more."""

    begun_by: EventRef
    ended_by: EventRef


class Linked(Shape):
    """Another event, and what the two must share. `later`: only one that comes after it, on its day or any other."""

    event: EventRef
    same: Link
    later: StrictBool = False
