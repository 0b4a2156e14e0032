"""A part of a rule that asks for something by itself: a stage of several, a strand of several."""

from functools import cached_property
from typing import ClassVar, Self

from pydantic import model_validator

from app.domain.policy.duties import Alone, Every, Exists, Within
from app.domain.policy.measured import AtLeast, Latest, Most
from app.domain.policy.patterns import Shape


class Asking(Shape):
    """Exactly one kind of duty, of those that may be part of a rule."""

    every: Every | None = None
    within: Within | None = None
    exists: Exists | None = None
    at_least: AtLeast | None = None
    at_most: Most | None = None
    latest: Latest | None = None

    KINDS: ClassVar[tuple[str, ...]] = ("every", "within", "exists", "at_least", "at_most", "latest")
    NOUN: ClassVar[str] = "part"

    @cached_property
    def block(self) -> Alone:
        """What is asked."""
        said = (self.every, self.within, self.exists, self.at_least, self.at_most, self.latest)
        return next(block for block in said if block is not None)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        said = [kind for kind in self.KINDS if getattr(self, kind) is not None]
        if len(said) != 1:
            found = f"found {' and '.join(said)}" if said else "found none"
            raise ValueError(f"a {self.NOUN} needs exactly one of {', '.join(self.KINDS)}; {found}")
        return self
