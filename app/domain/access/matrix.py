"""The matrix of access as it is written (`matrix.yaml`): its shapes, and whether it agrees with itself. Pure.

What it says nobody is given, nobody has. Reading the file is left to `app.shipped`, deciding to `deciding`.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Final, Literal

import yaml
from pydantic import Field, StrictBool, model_validator

from app.domain.access.granting import Granting
from app.domain.access.writing import Recording
from app.domain.policy.patterns import Shape

STRUCTURAL: Final = "structural"
SUPERVISION: Final = "supervision"
APPLICATION: Final = "integration"
"""The role of every client that acts by itself, whatever else it is."""

Words = Mapping[str, str]
Names = tuple[str, ...]


class Operation(Shape):
    """Something that addresses do: the scope that a token needs for it, and what it is about.

    `about` is the kind of subject that the address names; `reach`: all those whom the caller may ask about; `event`:
    whatever the event is about; `council`: no single subject. `shows`: what is read there. `confined`: it can show only
    the part of a subject to which a right is confined; any other asks for a right to the whole. `anybody`: everybody
    whose token holds, in whatever role.
    """

    means: str
    scope: str | None
    about: Literal["worker", "case", "team", "council", "reach", "event"]
    shows: str = STRUCTURAL
    confined: StrictBool = False
    anybody: StrictBool = False
    routes: Names = ()


class Cell(Shape):
    """In one role: these operations, of subjects to whom one stands so, with these contents, for these purposes."""

    may: Annotated[Names, Field(min_length=1)]
    of: Annotated[Names, Field(min_length=1)]
    sees: Annotated[Names, Field(min_length=1)] = (STRUCTURAL,)
    purposes: Annotated[Names, Field(min_length=1)] = (SUPERVISION,)
    when: Mapping[str, Names] = {}
    clauses: Names = ()


class Role(Shape):
    """What somebody in a role may do. `people`: false for what acts by itself."""

    means: str
    people: StrictBool = True
    cells: tuple[Cell, ...]


class Matrix(Shape):
    """The whole of it."""

    contents: Words
    purposes: Words
    relations: Mapping[str, Words]
    choices: Mapping[str, Names]
    operations: Mapping[str, Operation]
    roles: Mapping[str, Role]
    records: tuple[Recording, ...]
    grants: tuple[Granting, ...]

    @cached_property
    def operation_of(self) -> Mapping[str, str]:
        """Which operation an address is ("GET /v1/cases/{case_id}")."""
        return {route: name for name, each in self.operations.items() for route in each.routes}

    def cells(self, role: str, operation: str) -> Iterator[Cell]:
        """What the role is given of the operation, in the order in which it is written."""
        return (cell for cell in self.roles[role].cells if operation in cell.may) if role in self.roles else iter(())

    @model_validator(mode="after")
    def _agrees(self) -> "Matrix":
        """Every word that is used is one of those explained above it."""
        unknown = sorted({f"{what}: {name}" for what, name in self._used() if name not in self._known(what)})
        routes = [route for each in self.operations.values() for route in each.routes]
        twice = sorted({f"route twice: {route}" for route in routes if routes.count(route) > 1})
        if unknown or twice:
            raise ValueError("; ".join(unknown + twice))
        return self

    def _known(self, what: str) -> frozenset[str]:
        kind, _, choice = what.partition(" ")
        if choice:
            return frozenset(self.choices[choice])
        of_all = frozenset(name for named in self.relations.values() for name in named)
        known: dict[str, frozenset[str]] = {
            "operation": frozenset(self.operations), "relation": of_all, "content": frozenset(self.contents),
            "purpose": frozenset(self.purposes), "choice": frozenset(self.choices),
            "role": frozenset(self.roles),
        }  # fmt: skip
        return known[kind]

    def _used(self) -> Iterator[tuple[str, str]]:
        yield from (("content", each.shows) for each in self.operations.values())
        for cell in (cell for role in self.roles.values() for cell in role.cells):
            lists = {"operation": cell.may, "relation": cell.of, "content": cell.sees, "purpose": cell.purposes}
            yield from ((what, name) for what, names in lists.items() for name in names)
            for choice, values in cell.when.items():
                yield "choice", choice
                yield from ((f"choice {choice}", value) for value in values if choice in self.choices)
        given_by = [line.by for line in self.records] + [line.by for line in self.grants]
        for role, relations in (pair for by in given_by for pair in by.items()):
            yield "role", role
            yield from (("relation", name) for name in relations)
        yield from (("purpose", name) for line in self.grants for name in line.purposes)


def read_matrix(text: str) -> Matrix:
    """The matrix that a text says. Raises `ValueError` with everything that does not agree."""
    return Matrix.model_validate(yaml.safe_load(text))
