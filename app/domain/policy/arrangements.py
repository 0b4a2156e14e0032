"""How a pack writes what may be arranged for somebody alone: other terms, and days that are excused.

    variations: {every: 8 weeks}          # an approved arrangement may be any rhythm up to every eight weeks
    variations: {every: tighter}          # only a tighter one: weekly for six weeks, say
    excusals: {longest: 6 weeks}          # a rule may be excused for some days, and for no longer than that

Which terms a kind of rule has, and which of two is the tighter one, is said here too: `TERMS`. What follows for a
subject is in `domain/arranging` and `domain/rules/excusing`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from app.domain.calendar import Interval, sooner
from app.domain.policy.duties import Block, Cover, Exists, Grace, InWindows, Rolling, Several, Within
from app.domain.policy.measured import AtLeast, AtMost, CasesAtMost, Latest
from app.domain.policy.patterns import Check, Length, Shape

Value = Interval | int
TIGHTER: Final = "tighter"


def _furthest(value: object) -> Value | Literal["tighter"]:
    if isinstance(value, Interval):
        return value
    if value == TIGHTER:
        return "tighter"
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000_000:
        return value
    if isinstance(value, str):
        return Interval.parse(value)
    raise ValueError("must be the furthest that may be arranged: a length such as `8 weeks`, a number, or `tighter`")


Furthest = Annotated[
    Interval | int | Literal["tighter"],
    PlainValidator(_furthest),
    PlainSerializer(lambda value: str(value) if isinstance(value, Interval) else value),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "string", "examples": ["8 weeks", TIGHTER]}]}),
]
"""How far an arrangement may go: the loosest that may be approved, or only what is `tighter` than the rule itself."""


class Excusals(Shape):
    """Whether a rule may be excused for some days by somebody's decision, and for how long at most."""

    longest: Length | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a kind of rule that an arrangement may change: how it is read and written, which is the tighter."""

    read: Callable[[Any], Value | None]
    written: Callable[[Any, Any], dict[str, Any]]
    tighter: Callable[[Any, Any], bool]


def _no_longer(one: object, other: object) -> bool:
    return isinstance(one, Interval) and isinstance(other, Interval) and not sooner(other, one)


def _no_more(one: object, other: object) -> bool:
    return isinstance(one, int) and isinstance(other, int) and one <= other


def _no_fewer(one: object, other: object) -> bool:
    return isinstance(one, int) and isinstance(other, int) and one >= other


def _limited(block: Any, limit: Interval) -> dict[str, Any]:
    """A target stays where the limit grows no later; an arrangement that is looser has no date before its limit."""
    looser = sooner(block.limit, limit)
    keeps = block.target is not None and not looser and sooner(block.target, limit)
    return {"limit": limit, "target": block.target if keeps else None}


def _graced(block: Exists, limit: Interval) -> dict[str, Any]:
    return {"grace": Grace.model_validate({**_fields(block.grace), "limit": limit})}


def _of_field(name: str, test: str) -> Term:
    def read(block: Latest) -> Value | None:
        found = getattr(block.has[name], test)
        return found if isinstance(found, int) else None

    def written(block: Latest, value: int) -> dict[str, Any]:
        check = Check.model_validate({**_fields(block.has[name]), test: value})
        return {"has": {**block.has, name: check}}

    return Term(read, written, _no_fewer if test == "at_least" else _no_more)


_LIMIT: Final = Term(lambda block: block.limit, _limited, _no_longer)
_TIMES: Final = "times", "minutes"
_KINDS: Final[Mapping[type[Any], Mapping[str, Term]]] = {
    Rolling: {"every": _LIMIT},
    Within: {"limit": _LIMIT},
    Cover: {"limit": Term(lambda block: block.limit, lambda _, limit: {"limit": limit}, _no_longer)},
    Exists: {"limit": Term(lambda block: block.grace.limit, _graced, _no_longer)},
    CasesAtMost: {"cases": Term(lambda block: block.cases, lambda _, most: {"cases": most}, _no_more)},
    InWindows: {
        "empty_allowed": Term(lambda block: block.empty_allowed, lambda _, most: {"empty_allowed": most}, _no_more)
    },
}


def terms_of(block: Block) -> dict[str, Term]:
    """The terms of a rule that an arrangement may change, by the names of its parameters; only those it has."""
    return {name: term for name, term in _all_terms(block) if term.read(block) is not None}


def _all_terms(block: Block) -> Iterator[tuple[str, Term]]:
    yield from _KINDS.get(type(block), {}).items()
    if isinstance(block, AtLeast | AtMost):
        for name in _TIMES:
            yield name, _number(name, _no_fewer if isinstance(block, AtLeast) else _no_more)
    if isinstance(block, Latest):
        for name, check in block.has.items():
            for test in ("at_least", "at_most"):
                if getattr(check, test) is not None:
                    yield name, _of_field(name, test)


def _number(name: str, tighter: Callable[[Any, Any], bool]) -> Term:
    return Term(lambda block: getattr(block, name), lambda _, value: {name: value}, tighter)


def changed(block: Block, name: str, value: Value) -> Block:
    """The block with another term; its events stay the same. Raises ValueError for what no pack could say either."""
    written = terms_of(block)[name].written(block, value)
    return with_terms(block, **written)


def with_terms(block: Block, **terms: Any) -> Block:
    """The block with some of its entries replaced. Raises ValueError for what no pack could say."""
    if isinstance(block, Several):
        raise TypeError("several strands have no terms of their own")
    return type(block).model_validate({**_fields(block), **terms})


def _fields(shape: Shape) -> dict[str, Any]:
    return {name: getattr(shape, name) for name in shape.model_fields_set}
