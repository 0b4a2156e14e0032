"""What each problem means and what to do about it, read from `problem_pages.yaml` beside this file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from app import errors
from app.errors import Problem


class MethodNotAllowed(Problem):
    """Given by the framework, never raised by us; the same for the next."""

    status = 405
    title = "Not in this way"


class HttpError(Problem):
    status = 400
    title = "The request could not be read"


def _kinds() -> dict[str, type[Problem]]:
    kinds: list[type[Problem]] = [Problem, *Problem.__subclasses__()]
    return {kind.__name__: kind for kind in kinds if kind.__module__ in (errors.__name__, __name__)}


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """One code: the kind of problem it belongs to, its meaning, the steps that put it right, and an example."""

    code: str
    kind: type[Problem]
    means: str
    do: list[str]
    detail: str
    """What the example's `detail` says; a real one is about the request that was refused."""
    errors: list[dict[str, str]] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)
    """What the example holds beyond the usual."""

    @property
    def status(self) -> int:
        """The HTTP status it is answered with."""
        return self.kind.status

    @property
    def title(self) -> str:
        """What all problems of this kind have in common."""
        return self.kind.title

    def example(self) -> dict[str, Any]:
        """A body as it is answered."""
        body = Problem.as_json(self.kind(self.code, self.detail), "4f1c2a9be0d35768")
        return body | ({"errors": self.errors} if self.errors else {}) | self.more


@cache
def problem_pages() -> Mapping[str, ProblemPage]:
    """Every page by its code, in the order in which `/problems` shows them."""
    kinds = _kinds()
    entries = yaml.safe_load((files("app.api") / "problem_pages.yaml").read_text(encoding="utf-8"))
    return {code: ProblemPage(code, kinds[entry.pop("kind")], **entry) for code, entry in entries.items()}
