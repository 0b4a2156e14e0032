"""What `within` asks, item by item: each event, what became of it, and where it stands.

An event may be given another date or another person: each such part of its life is an obligation of its own, of which
only the last can be open. What answers is found in `within_answers`; the words are in `within_words`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from app.domain.calendar import DAY
from app.domain.eras import Course, Era
from app.domain.history import History
from app.domain.obligations import Item, reference, references
from app.domain.policy.patterns import Linked, Status
from app.domain.policy.shapes import AllOf, OwnDate, Pack, Within
from app.domain.rules.belonging import names_only_others
from app.domain.rules.entitled import entitled
from app.domain.rules.within_answers import (
    NOBODY_SAID,
    NOT_YET,
    WHOLE,
    Answered,
    answered,
    counted_once,
    earliest,
    listed,
)
from app.domain.rules.within_dates import Dated, Due, due, late_by_the_hour
from app.domain.told import Occurrence

_THINGS = ("session_id", "discussion_id", "action_id", "record_id")


@dataclass(frozen=True, slots=True)
class Owed:
    """One obligation and what became of it. `ended_on`: its last day, where that came before any answer.

    `over`: it is no more this subject's to answer: it fell away, or was given another date or to somebody else.
    """

    era: Era
    after: Occurrence
    answer: Answered
    item: Item
    ended_on: date | None = None
    over: bool = False
    due_at: datetime | None = None


class _Part(NamedTuple):
    """A time in which the event had one date and one owner. It opened on `since`, and was given its date on `dated_on`.

    `answers_from`: from when an answer for now is one to this date, and not to the date before it. `each`: for which of
    the ids that the event lists it is.
    """

    after: Occurrence
    since: date
    dated_on: date
    answers_from: date
    due_on: date | None
    owner: object
    each: str | None = None
    changed_by: tuple[Occurrence, ...] = ()
    answer: Answered = NOT_YET
    ended_on: date | None = None
    over: bool = False


def block_of(era: Era) -> Within:
    """What the era asks. Raises TypeError for another kind of rule."""
    if not isinstance(era.block, Within):
        raise TypeError(f"{era.duty.id} sets no deadline")
    return era.block


def owed_in(course: Course, run: Sequence[Era]) -> Iterator[Owed]:
    """Everything that was owed in a run of eras, also what is over."""
    end = run[-1].span.until
    ended = end if end is not None and end < course.as_at else None
    known: dict[int, list[_Part]] = {}
    for at, era in enumerate(run):
        block, last, eras = block_of(era), era.last_day(course.as_at), run[at:]
        if id(block) not in known:
            known[id(block)] = list(_parts(course, era))
        for part in known[id(block)]:
            if era.since <= part.since <= last:
                yield _settled(course, eras, part, ended)


# --- the parts of an event's life -------------------------------------------------------------------------------------


def _parts(course: Course, era: Era) -> Iterator[_Part]:
    """The parts that belong to the subject, of every event that counts."""
    history, pack, block = course.history, era.span.version.pack, block_of(era)
    owned_by = block.belongs_by if history.subject.kind == "worker" else None
    for after in counted_once(block, history.occurrences(pack, block.after)):
        if owned_by is None and names_only_others(history, after):
            continue
        if block.after_by is not None and entitled(course, pack, block.after_by, after) is not True:
            continue
        for each in listed(block, after):
            for part in _lived(course, era, after, (owned_by, each)):
                if owned_by is None or part.owner == history.subject.id:
                    yield part


def _lived(course: Course, era: Era, after: Occurrence, whose: tuple[str | None, str | None]) -> Iterable[_Part]:
    """The life of one event, kept for the days on which what is linked to it is the same."""
    pack, block = era.span.version.pack, block_of(era)
    life, links = _life(course, era, after, whose), _links(block)
    if links is None:
        return life
    key = (id(block), id(after), whose[1])
    return course.history.while_linked_alike(key, pack, links, after.fact, lambda: tuple(life))


def _links(block: Within) -> Sequence[Linked | None] | None:
    """All by which the life of an event may go on; None where it rests on more than links tell.

    That is the day itself, who may answer, and whatever is told of the subject as a whole, which may name it in a list.
    """
    answer, further = block.answered_by, (block.amended_by, block.answered_for_now_by, block.falls_away_on)
    if isinstance(answer, AllOf):
        return (*answer.all_of, answer.undone_by, answer.checked_by, *further)
    if isinstance(answer, OwnDate) or answer.by is not None or answer.same in WHOLE:
        return None
    return (answer, *further)


def _life(course: Course, era: Era, after: Occurrence, whose: tuple[str | None, str | None]) -> Iterator[_Part]:
    """The life of one event, for each id by itself: changed by what amends it, ended by what answers it or makes it
    fall away. `whose`: the field of whose it is, and the id that it is for."""
    history, pack, block = course.history, era.span.version.pack, block_of(era)
    owned_by, each = whose
    answer = answered(course, era, after, each)
    fell_on = min((on for on in _days(history, pack, block.falls_away_on, after) if on >= after.on), default=None)
    closed_on = min((on for on in (answer.on, fell_on) if on is not None), default=None)
    for_now = block.answered_for_now_by and history.linked(pack, block.answered_for_now_by, after.fact)
    due_on = after.fact.day(block.due_on) if block.due_on else None
    part = _Part(after, after.on, after.on, after.on, due_on, owned_by and after.fact.get(owned_by), each)
    for change in history.linked(pack, block.amended_by, after.fact) if block.amended_by else ():
        if change.on < after.on or (closed_on is not None and change.on > closed_on):
            continue
        changed = _changed(block, part, change, owned_by)
        if (changed.due_on, changed.owner) != (part.due_on, part.owner) and change.on > part.since:
            met = _for_now(part, for_now or (), change.on)
            yield part._replace(answer=met, ended_on=None if met.on else change.on - DAY, over=True)
        part = changed
    met = _for_now(part, for_now or (), closed_on)
    if met.on is None and (fell_on is None or (answer.on is not None and answer.on <= fell_on)):
        met, fell_on = answer, None
    if met.on is not None or fell_on is None:
        yield part._replace(answer=met)
    else:
        yield part._replace(answer=met, ended_on=fell_on - DAY, over=True)


def _days(history: History, pack: Pack, link: Linked | None, after: Occurrence) -> list[date]:
    return [] if link is None else [o.on for o in history.linked(pack, link, after.fact)]


def _for_now(part: _Part, found: Sequence[Occurrence], until: date | None) -> Answered:
    return earliest([o for o in found if part.answers_from <= o.on and (until is None or o.on <= until)])


def _changed(block: Within, part: _Part, change: Occurrence, owned_by: str | None) -> _Part:
    """What holds from the change on; a field that it does not name stays as it was."""
    data = change.fact.data
    if block.due_on is not None and data.get(block.due_on) is not None:
        due_on = change.fact.day(block.due_on)
        if due_on != part.due_on:
            part = part._replace(due_on=due_on, dated_on=change.on, answers_from=change.on + DAY)
    if owned_by is not None and data.get(owned_by) not in (None, part.owner):
        part = part._replace(owner=data[owned_by], since=change.on)
    return part._replace(changed_by=(*part.changed_by, change))


# --- where one stands -------------------------------------------------------------------------------------------------


def _settled(course: Course, eras: Sequence[Era], part: _Part, ended: date | None) -> Owed:
    """Where one stands; the dates, and all of what is answered, are worked out once for the days on which they hold."""
    rests_on = (part, eras, ended, [course.working_of(era) for era in eras if _counts_working_days(era)])
    kept = course.history.look.facts.kept
    earlier: tuple[object, Due, Owed | None] | None = kept.get((Owed, id(part)))
    alike = earlier is not None and earlier[0] == rests_on
    if earlier is not None and alike and earlier[2] is not None:
        return earlier[2]
    dated = Dated(part.after, part.since, part.due_on, part.answer.on)
    when = earlier[1] if earlier is not None and alike else due(course, eras, dated)
    owed = _judged(course, eras, part, ended, when)
    kept[Owed, id(part)] = (rests_on, when, owed if owed.item.met_on is not None else None)
    return owed


def _counts_working_days(era: Era) -> bool:
    block = block_of(era)
    lengths = (block.limit, block.target, block.before)
    return any(length is not None and length.unit == "working day" for length in lengths)


def _judged(course: Course, eras: Sequence[Era], part: _Part, ended: date | None, when: Due) -> Owed:
    answer, target, due_on = part.answer, when.target, when.on
    if ended is not None and answer.on is not None and answer.on > ended and (due_on is None or answer.on > due_on):
        answer = NOT_YET  # it came when nothing was owed any more
    ended = part.ended_on if part.ended_on is not None and (ended is None or part.ended_on < ended) else ended
    on = answer.on or ended or course.as_at
    is_open = when.silent or part.each == NOBODY_SAID
    status = Status.NOT_ASSESSABLE if is_open else _status(answer.on is not None, on, target, due_on)
    if status is Status.MET and answer.on == due_on and late_by_the_hour(when, answer.by):
        status = Status.LATE_MET
    fact, evidence = part.after.fact, references([*part.changed_by, *answer.by])
    item = Item(
        part.since, target, due_on, answer.on, status, _code(course, eras[0], part, (status, due_on, answer)),
        (on - due_on).days if due_on is not None and on > due_on else None, max((on - part.since).days, 0),
        reference(fact), evidence, **{name: fact.get(name) for name in _THINGS}, for_id=part.each or None,
    )  # fmt: skip
    return Owed(eras[0], part.after, answer, item, ended if answer.on is None else None, part.over, when.at)


def _code(course: Course, era: Era, part: _Part, stands: tuple[Status, date | None, Answered]) -> str | None:
    status, due, answer = stands
    block, given = block_of(era), era.duty.codes.get(status)
    if status is Status.NOT_ASSESSABLE:
        return "not_known" if part.each == NOBODY_SAID else "calendar_silent"
    if status in (Status.DUE, Status.MET) and answer.code is not None:
        return answer.code
    if status is Status.BREACHED and answer.refused is not None:
        return answer.refused
    if status is Status.DUE and due is None:
        return "open" if block.due_on is not None else given or "outstanding"
    if status is Status.BREACHED and block.notice_by is not None and due is not None:
        told = _days(course.history, era.span.version.pack, block.notice_by, part.after)
        in_time = any(part.dated_on <= on <= due for on in told)
        return "overdue_with_notice" if in_time else "overdue_without_notice"
    return given


def _status(met: bool, on: date, target: date | None, due: date | None) -> Status:
    if due is not None and on > due:
        return Status.LATE_MET if met else Status.BREACHED
    if met:
        return Status.MET
    return Status.TOLERATED if target is not None and on > target else Status.DUE
