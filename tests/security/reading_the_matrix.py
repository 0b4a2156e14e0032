"""The matrix of access read once more, naively: plain YAML and loops, none of the application's own code.

What it expects of an answer is compared with what came. A right is either to the whole of a subject or confined to
tags; `ALL` stands for the whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tests.security.standing import Person, Way

APP: Final = Path(__file__).resolve().parents[2] / "app"
ALL: Final = "*"
SUPERVISION, STRUCTURAL = "supervision", "structural"
ONE: Final = ("worker", "case", "team")


@dataclass(frozen=True)
class Plainly:
    """The matrix, under the choices of one pack."""

    matrix: dict[str, Any]
    choices: dict[str, Any]

    @classmethod
    def under(cls, pack: str) -> "Plainly":
        """As written, under the pack of this name."""
        read = lambda path: yaml.safe_load((APP / path).read_text())  # noqa: E731
        return cls(read("domain/access/matrix.yaml"), read(f"domain/packs/{pack}.yaml")["may_see"])

    def operation(self, route: str) -> str | None:
        """Which operation the route is."""
        return next((name for name, each in self.matrix["operations"].items() if route in each["routes"]), None)

    def cells(self, role: str, operation: str) -> Iterator[dict[str, Any]]:
        """What the role has of the operation."""
        for cell in self.matrix["roles"].get(role, {"cells": []})["cells"]:
            if operation in cell["may"]:
                yield cell

    def has_choices(self, operation: str) -> bool:
        """Whether a choice of the policy makes any difference to it."""
        return any(cell.get("when") for role in self.matrix["roles"] for cell in self.cells(role, operation))

    def purposes(self, role: str, operation: str) -> set[str]:
        """All for which the role may do it."""
        return {each for cell in self.cells(role, operation) for each in cell.get("purposes", [SUPERVISION])}

    def relations(self, role: str, operation: str) -> set[str]:
        """All in which somebody in the role may stand for it."""
        return {name for cell in self.cells(role, operation) for name in cell["of"]}

    def right(self, role: str, operation: str, ways: Sequence[Way], content: str, purpose: str | None) -> set[str]:
        """To what of the subject there is a right: {ALL}, some tags, or nothing."""
        confined = self.matrix["operations"][operation].get("confined", False)
        found: set[str] = set()
        for cell in self.cells(role, operation):
            if content not in cell.get("sees", [STRUCTURAL]) or not self._chosen(cell, role):
                continue
            for way in ways:
                meant = way.purpose or purpose or SUPERVISION
                stated = purpose in (None, meant) and meant in cell.get("purposes", [SUPERVISION])
                if way.name in cell["of"] and stated and (way.only is None or confined):
                    found.add(way.only or ALL)
        return {ALL} if ALL in found else found

    def _chosen(self, cell: dict[str, Any], role: str) -> bool:
        for choice, values in cell.get("when", {}).items():
            said = self.choices.get(choice)
            if values == ["named"] and role not in (said or []):
                return False
            if values != ["named"] and said not in values:
                return False
        return True

    def outcome(self, route: str, role: str, person: Person, purpose: str | None) -> str:
        """`allowed`, `refused` (403) or `not there` (404), of an address that names what it is about."""
        operation = self.operation(route) or ""
        about, content = self._about(operation)
        if self.matrix["operations"][operation].get("anybody"):
            return "allowed"
        if not list(self.cells(role, operation)):
            return "refused"
        if about == "reach" or self.right(role, operation, person.to(about, role), content, purpose):
            return "allowed"
        knows = about in ONE and self.right(role, about, person.to(about, role), STRUCTURAL, None)
        return "refused" if about not in ONE or knows else "not there"

    def _about(self, operation: str) -> tuple[str, str]:
        written = self.matrix["operations"][operation]
        return written["about"], written.get("shows", STRUCTURAL)

    def lists(self, route: str, role: str, person: Person, kind: str, purpose: str | None = None) -> bool:
        """Whether lists may speak of the worker or the case."""
        operation = self.operation(route) or ""
        if self.right(role, operation, person.to("council", role), STRUCTURAL, purpose):
            return True
        named = {name for cell in self.cells(role, operation) for name in cell["of"]} - {
            "council",
            "engaged",
            "granted",
        }
        return not named.isdisjoint({way.name for way in person.to(kind, role)})
