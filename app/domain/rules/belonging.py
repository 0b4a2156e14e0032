"""Whether something else belongs to an event: of the same discussion, session, record …, in time, by whom it must be.

What shares the case (or the worker) itself is all that is told of the subject and names no other; `within` leaves out
what is older. What may have been done by somebody else is neither there nor missing.
"""

from typing import Final, NamedTuple

from app.domain.belonging import BEGUN_BY
from app.domain.eras import Course, Era
from app.domain.history import History, Occurrence
from app.domain.policy.measured import Required
from app.domain.policy.patterns import Linked
from app.domain.policy.shapes import Pack
from app.domain.rules.entitled import entitled

_MEETINGS: Final = ("session", "discussion", "record")


class Belonging(NamedTuple):
    """What belongs to the event; nothing may be there, or nothing that is known to count."""

    found: tuple[Occurrence, ...] = ()
    unsure: bool = False
    code: str | None = None
    """The word for its being missing, where it has one."""

    @property
    def is_not(self) -> bool:
        """Whether it surely is not there."""
        return not self.found and not self.unsure


def belonging(course: Course, era: Era, event: Occurrence, link: Linked) -> Belonging:
    """What belongs to the event as the link asks."""
    pack = era.span.version.pack
    there = linked(course.history, pack, link, event)
    if not isinstance(link, Required):
        return Belonging(tuple(there))
    if link.within is not None:
        there = [one for one in there if course.later(era, link.within, one.on) >= event.on]
    by = link.by
    if by is None or not there:
        return Belonging(tuple(there), code=link.code)
    said = [(one, entitled(course, pack, by, one)) for one in there]
    found = tuple(one for one, may in said if may)
    return Belonging(found, unsure=not found and any(may is None for _, may in said), code=by.code)


def linked(history: History, pack: Pack, link: Linked, event: Occurrence) -> list[Occurrence]:
    """The events of the link that share with this one what it says."""
    if link.same != history.subject.kind:
        found = history.linked(pack, link, event.fact)
        return [one for one in found if one.on >= event.complete_on] if link.later else found
    found = [one for one in history.occurrences(pack, link.event) if not names_only_others(history, one)]
    return [one for one in found if one.on >= event.on] if link.later else found


def told_of_them(history: History, one: Occurrence) -> bool:
    """Whether it names the subject; or no other, and a session, discussion or record that is theirs.

    What merely belongs to a worker by another field, as an action does to its owner, is told of nobody, or of others.
    """
    data, kind = one.fact.data, history.subject.kind
    if history.subject.id in (data.get(f"{kind}_id"), *(data.get("worker_ids", ()) if kind == "worker" else ())):
        return True
    return not names_only_others(history, one) and any(
        data.get(f"{thing}_id") is not None and data[f"{thing}_id"] == begun.get(f"{thing}_id")
        for thing in _MEETINGS
        for begun in history.told(*(BEGUN_BY[thing] & history.types))
    )


def names_only_others(history: History, one: Occurrence) -> bool:
    """What came by way of a record or an action may be told of somebody else."""
    data, kind = one.fact.data, history.subject.kind
    named = {data.get(f"{kind}_id"), *(data.get("worker_ids", ()) if kind == "worker" else ())} - {None}
    return bool(named) and history.subject.id not in named
