"""How much is measured: the full run, and a quick one that only shows that everything works."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Sizes:
    """Bounds of everything that is measured."""

    until: date
    """The last day of what is told: over already, because nothing is taken that was keyed in later than now."""
    rounds: int
    """Slices of each contender, after one to warm up."""
    seconds: float
    """Length of a slice."""
    batches: int
    """Batches of 1,000 in a slice of the bulk row."""
    small: int
    large: int
    """Events stored where compliance is asked, at least."""
    minutes: float
    """How long events are sent at a steady rate while lists are kept current."""
    at_once: int
    """Events loaded at once while lists are kept current."""


def full(until: date) -> Sizes:
    """More than an hour, most of them spent on storing the events that compliance is asked of."""
    return Sizes(until, rounds=7, seconds=4.0, batches=20, small=100_000, large=1_000_000, minutes=5, at_once=100_000)


def quick(until: date) -> Sizes:
    """Under a minute; its figures mean nothing."""
    return Sizes(until, rounds=2, seconds=0.5, batches=2, small=2_000, large=4_000, minutes=0.05, at_once=2_000)
