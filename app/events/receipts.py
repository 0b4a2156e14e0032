"""What became of a request's events: one item for each, in their order, and what the sender may want to look at."""

from dataclasses import dataclass, field
from typing import Any, Literal

from app.errors import Problem
from app.events.stored import NewEvent

Status = Literal["appended", "duplicate", "rejected", "would_append"]


@dataclass(slots=True)
class Item:
    """What became of one event of a request. `id` is None when it could not be read."""

    index: int
    id: str | None
    status: Status
    position: int | None = None
    problem: Problem | None = None


@dataclass(slots=True)
class Receipt:
    """What became of a request's events, in their order, and what the sender may want to look at."""

    items: list[Item] = field(default_factory=list)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    foreseen: list[NewEvent] = field(default_factory=list)
    """Of a dry run: what would be appended."""

    def count(self, *statuses: Status) -> int:
        """How many of the events had one of these outcomes."""
        return sum([item.status in statuses for item in self.items])

    @property
    def position(self) -> int | None:
        """The furthest position that this request's events have, new or found again."""
        return max([item.position for item in self.items if item.position is not None], default=None)
