"""What a person may record: which events, about whom, and in whose name. Pure; deny unless a line allows it.

An event passes if a line for one of the person's roles has its type; if the fields that say by whom name the person
themself, where the line asks for that; and if they stand, today, as the line says, to everybody the event is about: to
whom it names, and to whom each session, record, action … is about that it names, so that nobody signs another's record
by naming it. What is refused reads the same whether there is no such thing or it is nobody's of theirs. Left out: what
the token lets them send (sources and types), and corrections (what was so and what will be pass one by one).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field, StrictBool

from app.domain.access.about import TELLING, about, subjects
from app.domain.policy.patterns import Shape
from app.domain.subject import Subject
from app.events.facts import Facts

Names = tuple[str, ...]

NAMING: Final[Mapping[str, str]] = {
    **{f"{kind}_id": kind for kind in TELLING}, "note_id": "record", "replaces_session_id": "session",
    "revisits": "session",
}  # fmt: skip
"""The fields that name a thing which is about somebody, and its kind."""
_OWN: Final = frozenset({*(f"{kind}_id" for kind in TELLING), "note_id"})
"""Those of them by which an event can say what itself begins."""
MAY_BE_UNKNOWN: Final = frozenset({"file"})
"""Kinds that a council may name without anybody telling of them: it keeps files under numbers of its own."""


class Recording(Shape):
    """Events of these types, by these roles, each about those to whom one stands so today.

    `themself`: the fields that, where given, must name the person; `theirs`: a worker whom the event is about. `says`:
    what fields must say. `among`: of a thing that is about several people it is enough to be one of them (preparing
    for a group's session, signing its record).
    """

    types: Annotated[Names, Field(min_length=1)]
    by: Annotated[Mapping[str, Names], Field(min_length=1)]
    themself: Names = ()
    theirs: Names = ()
    says: Mapping[str, tuple[str | int, ...]] = {}
    among: StrictBool = False
    clauses: Names = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a person may not record an event: a stable code, the field, and what to do about it."""

    code: str
    pointer: str
    why: str


@dataclass(frozen=True, slots=True)
class Writer:
    """Who records: their id, their roles, and how they stand to somebody today (which may raise `FactsNeeded`)."""

    person: str
    roles: frozenset[str]
    standing: Callable[[Subject], Collection[str]]


@dataclass(frozen=True, slots=True)
class Told:
    """An event as far as this goes: its type and its data."""

    type: str
    data: Mapping[str, Any]


def may_record(lines: Sequence[Recording], writer: Writer, told: Told, facts: Facts) -> Refused | None:
    """None where one of the lines lets the writer record the event; else why none does. Raises `FactsNeeded`."""
    fitting = [
        (line, relations)
        for line in lines
        for role, relations in line.by.items()
        if told.type in line.types and role in writer.roles
    ]
    if not fitting:
        said = f"None of your roles records {told.type}. Leave it to the system that keeps it, or to whoever may."
        return Refused("type_not_in_role", "/type", said)
    spoken = list(_spoken_of(told, facts))
    refusals = []
    for line, relations in fitting:
        refused = _by_field(line, writer, told.data, spoken) or _by_relation(line, relations, writer, spoken)
        if refused is None:
            return None
        refusals.append(refused)
    return next((each for each in refusals if each.code == "not_related"), refusals[0])


@dataclass(frozen=True, slots=True)
class _Spoken:
    """Whom one field of an event brings in. `known`: whether there is such a thing at all, or the event begins it."""

    field: str
    subjects: frozenset[Subject]
    known: bool = True
    thing: bool = False


def _spoken_of(told: Told, facts: Facts) -> Iterator[_Spoken]:
    for field in ("worker_id", "worker_ids", "case_id"):
        if told.data.get(field):
            yield _Spoken(field, subjects({field: told.data[field]}))
    if told.data.get("team_id"):
        yield _Spoken("team_id", frozenset({Subject("team", told.data["team_id"])}))
    for field in sorted(NAMING.keys() & told.data.keys()):
        named = told.data[field]
        for identity in [named] if isinstance(named, str) else named:
            yield _thing(told.type, field, identity, facts)


def _thing(type_name: str, field: str, identity: str, facts: Facts) -> _Spoken:
    kind = NAMING[field]
    whom = about(kind, identity, facts)
    begins = field in _OWN and type_name in TELLING[kind] and not facts(f"{kind}/{identity}")
    return _Spoken(field, whom, known=bool(whom) or begins or kind in MAY_BE_UNKNOWN, thing=True)


def _by_field(line: Recording, writer: Writer, data: Mapping[str, Any], spoken: Sequence[_Spoken]) -> Refused | None:
    for field in line.themself:
        if data.get(field) not in (None, writer.person):
            why = "must be your own id: nobody writes, signs or decides in somebody else's name"
            return Refused("not_by_themself", f"/data/{field}", why)
    for field in line.theirs:
        if not any(Subject("worker", str(data.get(field))) in each.subjects for each in spoken):
            return Refused("not_theirs", f"/data/{field}", "must be the worker whom this is about")
    for field, values in line.says.items():
        if data.get(field) not in values:
            why = f"must be {' or '.join(str(value) for value in values)} when you record this yourself"
            return Refused("not_in_role", f"/data/{field}", why)
    return None


def _by_relation(line: Recording, of: Names, writer: Writer, spoken: Sequence[_Spoken]) -> Refused | None:
    if not any(each.subjects for each in spoken) and all(each.known for each in spoken):
        if _all_related(tuple({*of} & {"council"}), writer, [_COUNCIL]):
            return None
        return Refused("subject_untold", "/data", "does not tell whom this is about: add worker_id or case_id")
    for each in spoken:
        among = line.among and each.thing and Subject("worker", writer.person) in each.subjects
        if not each.known or not (among or _all_related(of, writer, each.subjects)):
            return Refused("not_related", f"/data/{each.field}", _WHY[each.thing])
    return None


def _all_related(of: Names, writer: Writer, subjects: Collection[Subject]) -> bool:
    return all(not set(of).isdisjoint(writer.standing(subject)) for subject in subjects)


_COUNCIL: Final = Subject("organisation", "")
"""What an event is about that names nobody, where a role has it for the council as a whole."""
_WHY: Final = {
    False: "names somebody of whom you may not record this today: what counts is how you stand to them now, whenever "
    "it happened",
    True: "names nothing of those of whom you may record this today: check the id; what is new is recorded before what "
    "refers to it",
}
