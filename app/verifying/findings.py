"""What a verification comes to: faults, each with its position, and what could not be checked. Plain values."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

MOST_FAULTS: Final = 100
"""Faults that are told; more are counted."""


class Outcome(IntEnum):
    """What the command answers as its exit code."""

    HOLDS = 0
    FAULTY = 1
    UNREADABLE = 2
    IN_PART = 3
    """Nothing wrong was found, but not everything could be checked, or a restore stands between."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """Something that is not as it was signed, at `position`; or, where `until` is later, somewhere up to that."""

    position: int
    until: int
    code: str
    said: str


def fault(position: int, code: str, said: str, until: int | None = None) -> Fault:
    """A fault at one position, unless it can only be said up to where."""
    return Fault(position, position if until is None else until, code, said)


@dataclass(slots=True)
class Report:
    """Everything that is told of one bundle."""

    council: str = ""
    origin: str = ""
    size: int = 0
    first: int = 0
    last: int = 0
    events: int = 0
    texts: int = 0
    erased: int = 0
    answers: int = 0
    seconds: float = 0.0
    faults: list[Fault] = field(default_factory=list)
    more_faults: int = 0
    held: list[str] = field(default_factory=list)
    """What was checked and holds, a sentence each."""
    open: list[str] = field(default_factory=list)
    """What could not be checked, and what the reader must know."""

    def add(self, *faults: Fault) -> None:
        """Take these in; what is beyond the most that are told is counted."""
        room = max(0, MOST_FAULTS - len(self.faults))
        self.faults += faults[:room]
        self.more_faults += len(faults[room:])

    @property
    def whole(self) -> bool:
        """Whether every position under the checkpoint is in the bundle."""
        return (self.first, self.last) == (1, self.size - 1)

    @property
    def first_fault(self) -> Fault | None:
        """The fault at the lowest position; of an answer only where the events themselves have none."""
        return min([each for each in self.faults if each.code != "answer"] or self.faults, default=None)

    @property
    def outcome(self) -> Outcome:
        """What it comes to as a whole."""
        if self.faults:
            return Outcome.FAULTY
        return Outcome.IN_PART if self.open else Outcome.HOLDS
