"""The stories of the demo: each has a name, a subject, and what one sees when one asks about it.

The table is what the demo prints from and what its tests ask: the answer to each really says it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule says of the story's subject `ago` days before the first day (0: that day)."""

    rule: str
    status: str
    ago: int = 0
    known_then: bool = False
    """As the sources knew it on that day, not as we know it now."""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One thing to look at."""

    name: str
    council: str
    subject: str
    sees: tuple[Seen, ...]
    tells: str
    """What one sees, in a sentence."""
