"""What some rules read: event types, and the things whose own facts matter to them; and every shape inside another.

Only what may rest on a type is loaded, so whatever a rule looks at must be found here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.policy.carrying import Carried
from app.domain.policy.duties import Within
from app.domain.policy.entitled import Who
from app.domain.policy.measured import CasesAtMost
from app.domain.policy.patterns import Event, Linked, Shape


@dataclass(frozen=True, slots=True)
class About:
    """What some rules read: event types; the things whose own facts are theirs too; types told of other people.

    `things` are discussions, sessions, records and actions, of which more is told than names the subject. `by` are the
    types by which a thing belongs to a worker, in a field such as `owner_id`; `of_field` those that do so themselves.
    `caseload`: whether they ask how many cases a worker has.
    """

    types: frozenset[str] = frozenset()
    things: frozenset[str] = frozenset()
    by: frozenset[str] = frozenset()
    of_field: frozenset[str] = frozenset()
    caseload: bool = False

    def joined(self, others: Iterable["About"]) -> "About":
        """What these read and what others do."""
        each = [self, *others]
        read = zip(*((about.types, about.things, about.by, about.of_field) for about in each), strict=True)
        types, things, by, of_field = (frozenset[str]().union(*part) for part in read)
        return About(types, things, by, of_field, any(about.caseload for about in each))


NOTHING = About()
_FOLLOWED: Final = frozenset({"discussion", "session", "action", "objective", "disagreement"})

_RELATED: Final[Mapping[str, tuple[str, ...]]] = {
    "line_manager": ("LineManagerAssigned", "LineManagerUnassigned"),
    "supervisor": ("CaseDiscussed", "SessionHeld"),
}
"""What says who somebody is to whoever is supervised, beside what is read anyway."""


def read_by(kind: str, rules: Iterable[Shape], events: Mapping[str, Event]) -> About:
    """What the rules about one kind of subject read; `events` are those that the pack names."""
    shapes = list(reached_in(rules, events))
    related = [_RELATED.get(shape.relation or "", ()) for shape in shapes if isinstance(shape, Who)]
    types = frozenset(_types(shapes)).union(*related)
    things = {shape.same for shape in shapes if isinstance(shape, Linked)} & _FOLLOWED
    if "RecordCompleted" in types:  # that it was reopened is told of the record alone
        types, things = types | {"RecordReopened"}, things | {"record"}
        if kind == "worker":  # whose record it is may follow from its session
            types, things = types | {"SessionHeld"}, things | {"session"}
    if any(isinstance(shape, Carried) for shape in shapes):  # what was agreed in a session is told of it alone
        types, things = types | {"SessionHeld"}, things | {"session"}
    types |= {name for shape in shapes for name in _arranged(shape)}
    by: set[str] = set()
    for block in (shape for shape in shapes if isinstance(shape, Within) and shape.belongs_by is not None):
        by.update(_types(reached_in([block.after, block.amended_by], events)))
    own = (shape for shape in shapes if isinstance(shape, Event) and shape.belongs_by is not None)
    return About(types, frozenset(things), frozenset(by), frozenset(_types(own)), any(map(_asks_caseload, shapes)))


def _asks_caseload(shape: Shape) -> bool:
    return isinstance(shape, CasesAtMost) or getattr(shape, "caseload", None) is not None


def _arranged(shape: Shape) -> Iterator[str]:
    """What may change a rule for one subject alone, where the policy lets it."""
    if getattr(shape, "variations", None):
        yield from ("VariationApproved", "VariationEnded")
    if getattr(shape, "excusals", None) is not None:
        yield "ExcusalGranted"


def _types(shapes: Iterable[Shape]) -> Iterator[str]:
    return (shape.type for shape in shapes if isinstance(shape, Event) and shape.type is not None)


def reached_in(shape: object, events: Mapping[str, Event]) -> Iterator[Shape]:
    """Every shape written in one or named in it, by names that these use in their turn too."""
    seen: set[str] = set()
    waiting = [shape]
    while waiting:
        found = waiting.pop()
        yield from (parts := list(inside(found)))
        values = [getattr(part, name) for part in parts for name in type(part).model_fields]
        values += found if isinstance(found, list) else [found]
        words = {word for value in values for word in (value if isinstance(value, tuple) else (value,))
                 if isinstance(word, str)}  # fmt: skip
        waiting += [events[word] for word in words & events.keys() - seen]
        seen |= words


def inside(shape: object) -> Iterator[Shape]:
    """Every shape that is written anywhere in one, itself too."""
    if isinstance(shape, Shape):
        yield shape
        shape = [getattr(shape, name) for name in type(shape).model_fields]
    for part in shape.values() if isinstance(shape, dict) else shape if isinstance(shape, list | tuple) else ():
        yield from inside(part)
