"""What answers an event that `within` speaks of: one linked event, or several that must come together.

Several (signatures, say) must all come and agree on what they are about; what takes them back (a reopening) voids those
before it, and nothing is answered until the event has come again. Before that it is said how far it is.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple

from app.domain.eras import Course, Era
from app.domain.history import History, Occurrence, order
from app.domain.policy.patterns import Linked
from app.domain.policy.shapes import AllOf, OwnDate, Pack, Within
from app.domain.rules.belonging import linked
from app.domain.rules.entitled import entitled


class Answered(NamedTuple):
    """The day of the answer, None while there is none; what there is of it; and the code for how far it is."""

    on: date | None
    by: tuple[Occurrence, ...] = ()
    code: str | None = None
    refused: str | None = None
    """The code for an answer by somebody whose answer does not count, where there is no other."""


NOT_YET = Answered(None)

NOBODY_SAID: Final = ""
"""Stands for the ids that an event does not list, though it should."""

WHOLE: Final = ("case", "worker")
"""What is too much to share for what came before to be an answer."""


def answered(course: Course, era: Era, after: Occurrence, each: str | None = None) -> Answered:
    """The answer to `after`, as known on the day; for `each` id that it lists, the one that names it.

    Of whom it is not known whether they may, the answer counts.
    """
    block, history, pack = era.block, course.history, era.span.version.pack
    if not isinstance(block, Within):
        return NOT_YET
    if isinstance(block.answered_by, AllOf):
        return _together(history, pack, block.answered_by, after)
    if isinstance(block.answered_by, OwnDate):
        on = after.fact.day(block.answered_by.date)
        return NOT_YET if on is None or on > history.until else Answered(on)
    found = linked(history, pack, block.answered_by, after)
    if each is not None:
        found = [one for one in found if _names(one.fact.get(block.names or ""), each)]
    if block.before is None and block.answered_by.same in WHOLE:
        found = [one for one in found if one.on >= after.on]
    by = block.answered_by.by
    counting = found if by is None else [one for one in found if entitled(course, pack, by, one) is not False]
    if by is not None and found and not counting:
        return Answered(None, tuple(found), refused=by.code)
    return earliest(counting)


def listed(block: Within, after: Occurrence) -> Sequence[str | None]:
    """The ids that the event lists, each once; None where it opens one item for itself."""
    if block.for_each is None:
        return (None,)
    told = after.fact.get(block.for_each)
    return (NOBODY_SAID,) if told is None else tuple(dict.fromkeys(map(str, told)))


def _names(value: object, each: str) -> bool:
    return each in value if isinstance(value, list | tuple) else value == each


def earliest(found: Sequence[Occurrence]) -> Answered:
    """The first of several single answers."""
    one = min(found, key=lambda o: o.on, default=None)
    return NOT_YET if one is None else Answered(one.on, (one,))


def counted_once(block: Within, found: Sequence[Occurrence]) -> Sequence[Occurrence]:
    """The events to answer: of those that count once the first; of one that came again after it was undone the last."""
    if block.once is not None:
        first: dict[object, Occurrence] = {}
        for one in found:
            first.setdefault(one.fact.get(f"{block.once}_id", one.fact.id), one)
        found = list(first.values())
    wanted = block.answered_by
    if not isinstance(wanted, AllOf) or wanted.undone_by is None:
        return found
    field = f"{wanted.undone_by.same}_id"
    return list({o.fact.get(field, o.fact.id): o for o in found}.values())


def _together(history: History, pack: Pack, wanted: AllOf, after: Occurrence) -> Answered:
    def told(link: Linked | None) -> list[Occurrence]:
        return [] if link is None else history.linked(pack, link, after.fact)

    undone = max((order(o.fact) for o in told(wanted.undone_by)), default=None)
    each = [told(link) for link in wanted.all_of]
    standing = [[o for o in found if undone is None or order(o.fact) > undone] for found in each]
    if undone is not None and undone > order(after.fact):
        standing = [[] for _ in each]  # it is open for change: nothing that could be answered for good
    counting = [[o for o in found if _is_about(wanted.agree_on, after, o)] for found in standing]
    complete = min(_complete(wanted.agree_on, after, counting), key=lambda answer: answer.on or date.max, default=None)
    if complete is not None:
        return complete._replace(code=wanted.codes.get("all"))
    checked = any(undone is None or order(o.fact) > undone for o in told(wanted.checked_by))
    stage: Literal["none", "some", "undone", "unchecked"]
    if all(standing) or (any(each) and not any(counting)):
        stage = "undone"
    elif any(counting):
        stage = "some"
    else:
        stage = "none" if checked or wanted.checked_by is None else "unchecked"
    there = tuple(o for found in counting for o in found[:1])
    return Answered(None, there, wanted.codes.get(stage))


def _is_about(field: str | None, after: Occurrence, part: Occurrence) -> bool:
    """Whether it says nothing else than `after` of the field, and came with it or later (or says the very same)."""
    said, meant = (None, None) if field is None else (part.fact.get(field), after.fact.get(field))
    if said is not None and meant is not None:
        return bool(said == meant)
    return part.on >= after.on


def _complete(field: str | None, after: Occurrence, counting: list[list[Occurrence]]) -> Iterator[Answered]:
    """Every content on which all parts agree, with the day on which the last of them came."""

    def content(part: Occurrence) -> object:
        return None if field is None else part.fact.get(field, after.fact.get(field))

    for agreed in {content(part) for part in counting[0]}:
        parts = [next((o for o in found if content(o) == agreed), None) for found in counting]
        there = tuple(part for part in parts if part is not None)
        if len(there) == len(parts):
            yield Answered(max(after.on, *(part.on for part in there)), there)
