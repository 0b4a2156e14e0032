"""The kinds of value that a field of an event may hold, and how each is refused.

Everything here reads JSON as the strict parser hands it over: text, whole numbers, `Decimal`, booleans, lists and
objects. A date is accepted in one spelling only; a library that is helpful with dates would take "1740787200".
The messages finish a sentence that begins with the field's name, say what to do, and never repeat what was sent.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

FIRST_DAY = date(1990, 1, 1)
LAST_DAY = date(2100, 12, 31)

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$"
CODE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"
LABEL_PATTERN = r"^[A-Za-z0-9](?:[A-Za-z0-9 ._:/()'&-]{0,62}[A-Za-z0-9.)])?$"
REFERENCE_PATTERN = r"^[!-~]{1,255}$"
PRINTABLE_PATTERN = r"^[ -~]{1,255}$"
INTERVAL_PATTERN = r"^(?:[1-9][0-9]{0,2} (?:(?:working )?day|week|month)|[1-9][0-9]? year)s?$"
SUBJECT_PATTERN = r"^[a-z_]{1,32}/[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$"
MEDIA_TYPE_PATTERN = r"^(?i:application/(?:[a-z0-9.-]+\+)?json)(?: *;[ -~]{0,100})?$"
URI_PATTERN = r"^[!-~]{1,2048}$"
TEXT_PATTERN = r"^[^\x00]*$"

_DATE_SHAPE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT_SHAPE = re.compile(
    r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)
_EMAIL_SHAPE = re.compile(r"[^@]+@[^@]+\.[A-Za-z]{2,}", re.ASCII)
_DECIMAL_SHAPE = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,6})?")


def day(value: object) -> date:
    """A date written YYYY-MM-DD, between 1990-01-01 and 2100-12-31."""
    if type(value) is str and len(value) == 10 and value[4] == value[7] == "-":
        try:
            found = date.fromisoformat(value)
        except ValueError:
            found = None
        if found is not None and FIRST_DAY <= found <= LAST_DAY:
            return found
        if found is not None:
            raise PydanticCustomError("date_out_of_range", "must lie between 1990-01-01 and 2100-12-31")
        if _DATE_SHAPE.fullmatch(value):
            raise PydanticCustomError("no_such_date", "names a day that does not exist in the calendar")
    raise PydanticCustomError("not_a_date", "is not a date: write it as YYYY-MM-DD, for example 2025-03-31")


def moment(value: object) -> datetime:
    """A date-time as RFC 3339 writes it, with seconds and offset, on a day that `day` would accept."""
    if type(value) is str and _MOMENT_SHAPE.fullmatch(value):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("no_such_date", "names a day that does not exist in the calendar") from None
        if FIRST_DAY.year <= found.year <= LAST_DAY.year:
            return found
        raise PydanticCustomError("date_out_of_range", "must lie between 1990-01-01 and 2100-12-31")
    raise PydanticCustomError(
        "not_a_time", "is not a date-time: write it with seconds and offset, for example 2025-03-31T14:30:00+01:00"
    )


def day_or_moment(value: object) -> date | datetime:
    """A date, which means the end of that day, or a date-time."""
    return moment(value) if type(value) is str and "T" in value else day(value)


def _identifier(value: str) -> str:
    if "@" in value and _EMAIL_SHAPE.fullmatch(value):
        raise PydanticCustomError(
            "email_address", "looks like an e-mail address: identifiers are kept in clear, so use the source's own id"
        )
    return value


def _simple(value: object) -> object:
    if type(value) is str and re.fullmatch(f"{CODE_PATTERN}|{INTERVAL_PATTERN}", value):
        return value
    if type(value) is bool or (type(value) in (int, Decimal) and -(10**9) < value < 10**9):  # type: ignore[operator]
        return value
    raise PydanticCustomError("not_simple", "must be true or false, a number, a code, or an interval such as 28 days")


def _amount(low: int, high: int) -> Callable[[object], Decimal]:
    def amount(value: object) -> Decimal:
        if type(value) is int or (type(value) is str and _DECIMAL_SHAPE.fullmatch(value)):
            found = Decimal(value)
        elif type(value) is Decimal:
            found = value
        else:
            raise PydanticCustomError("not_a_number", "is not a number: write it in digits, for example 0.6")
        if not low <= found <= high:
            raise PydanticCustomError(
                "out_of_range", "must lie between {low} and {high}", {"low": f"{low:,}", "high": f"{high:,}"}
            )
        if found != round(found, 6):
            raise PydanticCustomError("too_precise", "may have at most 6 decimal places")
        return found

    return amount


def _amount_type(low: int, high: int) -> Any:
    number = {"type": "number", "minimum": low, "maximum": high}
    text = {"type": "string", "pattern": f"^{_DECIMAL_SHAPE.pattern}$"}
    return Annotated[Decimal, PlainValidator(_amount(low, high)), WithJsonSchema({"anyOf": [number, text]})]


def at_most(most: int) -> tuple[Any, Any]:
    """The bound of a list or object, judged before its items, so that a million wrong items are one fault."""

    def few(value: object) -> object:
        if isinstance(value, list | dict) and len(value) > most:
            raise PydanticCustomError("too_many", "may hold at most {most} items", {"most": f"{most:,}"})
        return value

    return Field(max_length=most, strict=False), BeforeValidator(few)


def _json_object(value: dict[str, Any]) -> dict[str, Any]:
    for number in _numbers(value):
        if isinstance(number, float) or not -(10**15) < number < 10**15 or len(str(number)) > 20:
            raise PydanticCustomError("out_of_range", "holds a number of more than 15 digits")
    return value


def _numbers(value: object) -> Iterator[int | float | Decimal]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _numbers(item)
    elif isinstance(value, int | float | Decimal):
        yield value


Id = Annotated[str, StringConstraints(pattern=ID_PATTERN), AfterValidator(_identifier)]
"""The source's own identifier: never a name, an e-mail address or a national number."""

Code = Annotated[str, StringConstraints(pattern=CODE_PATTERN)]
"""A word of a council's own vocabulary; one that no pack declares is accepted and reported in data quality."""

Label = Annotated[str, StringConstraints(pattern=LABEL_PATTERN)]
"""A short title of something that is no person: a version, a school term, a tool."""

Reference = Annotated[str, StringConstraints(pattern=REFERENCE_PATTERN)]
"""A pointer into another system, or a hash: printable ASCII without spaces."""

Printable = Annotated[str, StringConstraints(pattern=PRINTABLE_PATTERN)]
"""`source` and `id` of an event."""

Interval = Annotated[str, StringConstraints(pattern=INTERVAL_PATTERN)]
"""An interval as a pack writes it: 28 days, 10 working days, 1 month."""

Narrative = Annotated[str, StringConstraints(max_length=20_000, pattern=TEXT_PATTERN)]
"""Free text; stored encrypted, apart from the event."""

Name = Annotated[str, StringConstraints(max_length=200, pattern=TEXT_PATTERN)]
"""A display name; stored like a narrative."""

Day = Annotated[date, PlainValidator(day), WithJsonSchema({"type": "string", "format": "date"})]
Moment = Annotated[datetime, PlainValidator(moment), WithJsonSchema({"type": "string", "format": "date-time"})]
DayOrMoment = Annotated[
    date | datetime,
    PlainValidator(day_or_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}),
]

Minutes = Annotated[int, Field(ge=0, le=1440)]
Count = Annotated[int, Field(ge=0, le=10_000_000)]
FullTimeEquivalent = _amount_type(0, 2)
Quantity = _amount_type(0, 10_000)
Score = _amount_type(-1_000_000, 1_000_000)
Simple = Annotated[bool | int | Decimal | str, PlainValidator(_simple)]
"""One value of an open list of parameters: a boolean, a number, or a code or interval."""

JsonObject = Annotated[dict[str, Any], AfterValidator(_json_object)]
"""Any JSON object whose numbers survive being read by any other JSON reader."""

Ids = Annotated[tuple[Id, ...], *at_most(500)]
ManyIds = Annotated[tuple[Id, ...], *at_most(50_000)]
Positions = Annotated[tuple[Annotated[int, Field(ge=1, lt=2**53)], ...], *at_most(50_000)]
Codes = Annotated[tuple[Code, ...], *at_most(100)]
Days = Annotated[tuple[Day, ...], *at_most(5_000)]
Checklist = Annotated[dict[Code, Literal["satisfactory", "action_needed", "not_applicable"]], *at_most(100)]
Numbers = Annotated[dict[Code, Id], *at_most(20)]
"""The identifiers of one thing in several systems: system → identifier."""
