"""How a pack writes what an event counts for, when it is not simply one: a part of it, and never more than so much."""

import re
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from app.domain.policy.patterns import Condition, Shape

_WRITTEN = re.compile(r"(?P<over>[1-9][0-9]{0,3})/(?P<under>[1-9][0-9]{0,3})")
_TO_WRITE = "must be a part of one, written in quotes or without as `1/2` or `2/3`"


def _part(value: object) -> Fraction:
    if isinstance(value, Fraction):
        return value
    written = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    found = Fraction(int(written["over"]), int(written["under"])) if written else None
    if found is None or found > 1:
        raise ValueError(_TO_WRITE)
    return found


def _number_or_part(value: object) -> int | Fraction:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1_000_000:
        return value
    if isinstance(value, str | Fraction):
        return _part(value)
    raise ValueError("must be a whole number, or a part of the number that is asked for, such as `1/2`")


Part = Annotated[
    Fraction,
    PlainValidator(_part),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,3}/[1-9][0-9]{0,3}$", "examples": ["1/2"]}),
]
"""A part of one: `1/2`, `2/3`."""
NumberOrPart = Annotated[
    int | Fraction,
    PlainValidator(_number_or_part),
    PlainSerializer(lambda value: value if isinstance(value, int) else str(value)),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "examples": ["1/2"]}]}),
]


class Credit(Shape):
    """What an event of some kind counts for, and how much of the number such events may make up.

        credit:
          - {where: {kind: group}, counts: 1/2, up_to: 1/2}
          - {where: {kind: peer}, divided_by: group_size, up_to: 2, in_each: quarter}

    The first that fits an event holds; an event that none fits counts whole. `counts` is a part of one (or of the
    event's minutes), `divided_by` the field of a number between which it is shared. `up_to` is the most that these may
    make up together: a number (of events, or minutes), or a part of the number that is asked for. It is meant of the
    whole time, or of each calendar window in it (`in_each`).
    """

    where: Annotated[dict[str, Condition], Field(min_length=1)]
    counts: Part | None = None
    divided_by: str | None = None
    up_to: NumberOrPart | None = None
    in_each: Literal["week", "month", "quarter", "year"] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.counts is None and self.divided_by is None and self.up_to is None:
            raise ValueError("says nothing of what these count for: write `counts`, `divided_by` or `up_to`")
        if self.in_each is not None and self.up_to is None:
            raise ValueError("`in_each` needs `up_to`: the most that counts in each of these")
        return self
