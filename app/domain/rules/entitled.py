"""Whether somebody was entitled to do what they did: by what they were to whoever is supervised, on that day.

Rules: what was typed for somebody else is theirs; of the supervisors that are known (the one that the session or the
discussion names, of the case, of the worker) any will do, permanent or standing in; what is not known is neither yes
nor no. People are looked up only where what the event itself says does not settle it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from app.domain.eras import Course
from app.domain.history import History, Occurrence
from app.domain.people import line_manager, people
from app.domain.policy.entitled import By, Who
from app.domain.policy.patterns import Event, Linked
from app.domain.policy.shapes import Pack
from app.domain.scope import Stretch
from app.domain.supervisors import case_supervisors
from app.domain.teams import Somebody
from app.events.facts import Fact

_DISCUSSION: Final = Linked(event=Event(type="CaseDiscussed"), same="discussion")
_SESSION: Final = Linked(event=Event(type="SessionHeld"), same="session")
_STRANDS: Final = ("personal", "case")
_OF_REGISTRATION: Final = ("RegistrationChecked", "WorkerRoleChanged", "WorkerStarted")


_HELD: Final = frozenset({"SessionHeld"})


@dataclass(frozen=True, eq=False)
class _Deed:
    """What was done, and by whom."""

    course: Course
    pack: Pack
    by: By
    event: Occurrence
    person: str

    @cached_property
    def discussed(self) -> tuple[Occurrence, ...]:
        """The session or discussion in which it was done, as the subject's own facts tell it."""
        linked = self.course.history.linked
        found = (o for link in (_DISCUSSION, _SESSION) for o in linked(self.pack, link, self.event.fact))
        return tuple(o for o in found if o.fact is not self.event.fact)

    @cached_property
    def meetings(self) -> tuple[Occurrence, ...]:
        """With a session that names no case, which is told under its own name alone. Raises `FactsNeeded`."""
        name, history = self.event.fact.get("session_id"), self.course.history
        if name is None or history.subject.kind == "worker" or self.event.fact.type == "SessionHeld":
            return self.discussed
        history.look_up_named(self.event.fact, "session_id", lambda names: _sessions(history, names))
        told = history.look.at(f"session/{name}", _HELD)
        held = (Occurrence(fact.on, fact) for fact in told if fact.on is not None and fact.on <= history.until)
        return (*self.discussed, *held)

    @property
    def is_settled(self) -> bool:
        """Whether the answer is the same on every day: who somebody else was then owes nothing to what came later."""
        subject, whole = self.course.history.subject, self.course.history.until == self.course.as_at
        is_other = subject.kind != "worker" or subject.id != self.person
        return whole and is_other and all(kind.relation is None for kind in self.by.kinds)

    @property
    def days(self) -> set[date]:
        """The days on which somebody may have been the supervisor of it: its own, and that of its meeting."""
        return {self.event.on, *(meeting.on for meeting in self.meetings)}

    @property
    def stretch(self) -> Stretch:
        """How the subject stood on that day."""
        eras = self.course.eras
        return next((era for era in reversed(eras) if era.since <= self.event.on), eras[0]).span.stretch

    @property
    def supervised(self) -> set[str]:
        """Whose supervision it is: the worker; of a case those who discussed it and who leads it."""
        if self.course.history.subject.kind == "worker":
            return {self.course.history.subject.id}
        named = [fact for fact in self._facts() if "worker_id" in fact.data or "worker_ids" in fact.data]
        workers = {who for fact in named for who in (fact.get("worker_id"), *fact.get("worker_ids", ()))}
        return {who for who in (*workers, self.stretch.situation.get("lead")) if who is not None}

    def named_supervisors(self, meetings: Iterable[Occurrence]) -> set[str]:
        """Those whom the event or one of these meetings names."""
        field = None if self.by.person == "supervisor_id" else self.event.fact.get("supervisor_id")
        named = {field, *(meeting.fact.get("supervisor_id") for meeting in meetings)}
        return {who for who in named if who is not None}

    def _facts(self) -> Iterator[Fact]:
        yield self.event.fact
        yield from (meeting.fact for meeting in self.meetings)


def entitled(course: Course, pack: Pack, by: By, event: Occurrence) -> bool | None:
    """Whether the event was done by somebody who may; None where that is not known. Raises `FactsNeeded`."""
    kept, key = course.history.look.facts.kept, (By, id(by), id(event))
    earlier: tuple[By, Occurrence, object, bool | None] | None = kept.get(key)
    if earlier is not None and earlier[0] is by and earlier[1] is event and earlier[2] is course.words:
        return earlier[3]
    person = done_by(by, event.fact)
    if person is None:
        return None
    deed = _Deed(course, pack, by, event, person)
    said = _any(_is(deed, kind) for kind in by.kinds)
    if deed.is_settled:
        kept[key] = (by, event, course.words, said)
    return said


def done_by(by: By, fact: Fact) -> str | None:
    """Who did it: for whom it was typed, else whom the field names."""
    person = fact.get("on_behalf_of_id") if by.person == "author_id" else None
    named = person or fact.get(by.person)
    return named if isinstance(named, str) else None


def _any(found: Iterable[bool | None]) -> bool | None:
    unknown = False
    for one in found:
        if one:
            return True
        unknown |= one is None
    return None if unknown else False


def _is(deed: _Deed, kind: Who) -> bool | None:
    """All that is asked of the person: surely otherwise outweighs not known."""
    said = [asked(deed, kind) for asked in _ASKED]
    return False if False in said else None if None in said else True


def _related(deed: _Deed, kind: Who) -> bool | None:
    return True if kind.relation is None else _RELATIONS[kind.relation](deed)


def _supervises(deed: _Deed) -> bool | None:
    if deed.person in deed.named_supervisors(deed.discussed):
        return True
    known = deed.named_supervisors(deed.meetings) | set(_supervisors(deed))
    return deed.person in known if known else None


def _supervisors(deed: _Deed) -> Iterator[str]:
    """Whoever is known to have supervised the case or its workers on those days."""
    history = deed.course.history
    of_case = None if history.subject.kind == "worker" else case_supervisors(history, deed.stretch.began)
    found = people(history, deed.supervised)
    for day in deed.days:
        one = of_case and of_case.on(day)
        if one:
            yield one.supervisor
        each = (worker.supervisor(strand, day) for worker in found.values() for strand in _STRANDS)
        yield from (one.supervisor for one in each if one is not None)
    allocated = [] if of_case is None else history.told("CaseAllocated")
    named = [fact.data["case_supervisor_id"] for fact in allocated if "case_supervisor_id" in fact.data]
    yield from named[-1:]


def _manages(deed: _Deed) -> bool | None:
    found = people(deed.course.history, deed.supervised).values()
    known = {line_manager(worker, day) for worker in found for day in deed.days} - {None}
    return deed.person in known if known else None


def _is_supervised(deed: _Deed) -> bool | None:
    supervised = deed.supervised
    return deed.person in supervised if supervised else None


_RELATIONS: Final[Mapping[str, Callable[[_Deed], bool | None]]] = {
    "supervisor": _supervises,
    "line_manager": _manages,
    "worker": _is_supervised,
}


def _has_role(deed: _Deed, kind: Who) -> bool | None:
    if kind.role is None:
        return True
    situation = _person(deed).situation(deed.event.on)
    role = situation.get("role")
    if role is None or kind.role.holds(role):
        return None if role is None else True
    return False if deed.course.words.knows("role", role, situation) else None


def _is_registered(deed: _Deed, kind: Who) -> bool | None:
    if kind.registered is None:
        return True
    person, day = _person(deed), deed.event.on
    registered = person.situation(day).get("registered")
    if registered is None or (registered and _ran_out(person, day)):
        return None
    return bool(registered) is kind.registered


def _ran_out(person: Somebody, day: date) -> bool:
    """Whether the last word of their registration was for a time that is over."""
    told = [fact for fact in person.told(day, *_OF_REGISTRATION) if {"registered", "status"} & fact.data.keys()]
    expires = told[-1].day("expires_on") if told else None
    return expires is not None and expires < day


def _person(deed: _Deed) -> Somebody:
    history = deed.course.history
    history.look_up_named(deed.event.fact, deed.by.person, lambda names: people(history, names))
    return people(history, [deed.person])[deed.person]


def _sessions(history: History, names: Iterable[str]) -> None:
    history.look.at_each({f"session/{name}": _HELD for name in names})


_ASKED: Final[tuple[Callable[[_Deed, Who], bool | None], ...]] = (_related, _has_role, _is_registered)
