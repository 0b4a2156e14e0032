"""What counts towards a number that is asked of somebody: which events, what each is worth, and what may count.

An event counts for one, or for its minutes; by its `credit` for a part of that, and no more of a kind than allowed. An
event that may count, but for a code that nobody knows or a number that was not told, is neither: where it could make
the difference, whoever judges says that it is not known.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Any, NamedTuple

from app.domain.calendar import Windows
from app.domain.eras import Course, Era
from app.domain.history import Occurrence
from app.domain.obligations import Reference, references
from app.domain.periods import AnyWindows
from app.domain.policy.credits import Credit
from app.domain.policy.matching import with_defaults
from app.domain.policy.measured import Number
from app.domain.policy.windowed import windows_of
from app.events.facts import Fact

Amount = int | Fraction
WHOLE = -1


class Worth(NamedTuple):
    """What one event counts for (None: its field `untold` leaves that open), and by which credit."""

    amount: Amount | None
    credit: int = WHOLE
    untold: str = ""


@dataclass(frozen=True, eq=False)
class Counted:
    """One number asked of one subject without a break, and what counts towards it."""

    course: Course
    era: Era
    since: date
    """The first day on which it was asked."""

    @cached_property
    def block(self) -> Number:
        """What is asked."""
        if not isinstance(self.era.block, Number):
            raise TypeError(f"{self.era.duty.id} asks for no number")
        return self.era.block

    @cached_property
    def events(self) -> Sequence[Occurrence]:
        """The events of the present period that count, in order."""
        found = self.course.history.occurrences(self.era.span.version.pack, self.block.event)
        return found[bisect_left(found, self.era.span.stretch.began, key=_on) :]

    @cached_property
    def windows(self) -> AnyWindows:
        """The windows of the number, one after another."""
        return windows_of(self.era.span.version.pack.terms, self.block)

    @cached_property
    def worth(self) -> Sequence[Worth]:
        """What each of them counts for."""
        return [worth_of(self.block, o.fact) for o in self.events]

    @cached_property
    def _totals(self) -> Sequence[Amount]:
        """What the first n of them come to, where nothing is capped."""
        return [0, *accumulate(worth.amount or 0 for worth in self.worth)]

    @cached_property
    def _capped(self) -> bool:
        return any(credit.up_to is not None for credit in self.block.credit)

    def among(self, first: date, last: date) -> tuple[int, int]:
        """From which to which of the events lie between two days, the second excluded."""
        return bisect_left(self.events, first, key=_on), bisect_right(self.events, last, key=_on)

    def count(self, first: date, last: date) -> Amount:
        """What those between two days, both included, come to."""
        return self._sum(*self.among(first, last))

    def whole(self, first: date, last: date) -> int:
        """How many lie between two days (or how many minutes), each as if it counted whole."""
        start, end = self.among(first, last)
        return end - start if self.block.minutes is None else sum(minutes(o.fact) or 0 for o in self.events[start:end])

    def enough(self, last: int) -> int | None:
        """From which event on the number is reached by the first `last` events; None where it is not."""
        if self._capped:
            needed = self.block.needed
            return next((start for start in range(last - 1, -1, -1) if self._sum(start, last) >= needed), None)
        start = bisect_right(self._totals, self._totals[last] - self.block.needed, 0, last) - 1
        return start if start >= 0 else None

    def doubtful(self, first: date, last: date) -> list[tuple[Fact, str]]:
        """What may count between two days and is not known to, each with the field that leaves it open."""
        history, pack, event = self.course.history, self.era.span.version.pack, self.block.event
        since = max(first, self.era.span.stretch.began)
        found = {f.id: (f, field) for f, field in history.unclear(pack, event, self.course.words.knows_code, since)}
        found |= {fact.id: (fact, field) for fact, field in history.untold(pack, event, since)}
        start, end = self.among(since, last)
        counted = zip(self.events[start:end], self.worth[start:end], strict=True)
        found |= {o.fact.id: (o.fact, worth.untold) for o, worth in counted if worth.amount is None}
        return [told for told in found.values() if told[0].on is not None and told[0].on <= last]

    def could_reach(self, wanted: Amount, count: Amount, doubts: Sequence[tuple[Fact, str]]) -> bool:
        """Whether the doubtful ones could make up what is missing, each for the most that it may be worth."""
        most = [1 if self.block.minutes is None else minutes(fact) for fact, _ in doubts]
        return bool(most) and (None in most or count + sum(one or 0 for one in most) >= wanted)

    def told(self, first: date, last: date) -> tuple[Reference, ...]:
        """Where the facts stand that were counted between two days."""
        start, end = self.among(first, last)
        return references(self.events[start:end])

    def _sum(self, start: int, end: int) -> Amount:
        if not self._capped:
            return self._totals[end] - self._totals[start] if end > start else 0
        kinds: dict[tuple[int, date | None], Amount] = defaultdict(int)
        for o, worth in zip(self.events[start:end], self.worth[start:end], strict=True):
            kinds[worth.credit, self._window(worth.credit, o.on)] += worth.amount or 0
        return sum(min(amount, self._most(credit, amount)) for (credit, _), amount in kinds.items())

    def _window(self, credit: int, on: date) -> date | None:
        """The first day of the window that has a cap of its own."""
        each = None if credit == WHOLE else self.block.credit[credit].in_each
        return None if each is None else Windows(each, self.block.first_month).containing(on).first

    def _most(self, credit: int, amount: Amount) -> Amount:
        most = None if credit == WHOLE else self.block.credit[credit].up_to
        if most is None:
            return amount
        return most * self.block.needed if isinstance(most, Fraction) else most


def worth_of(block: Number, fact: Fact) -> Worth:
    """What one event counts for: by the first credit that fits it, else whole."""
    whole = 1 if block.minutes is None else minutes(fact)
    if whole is None:
        return Worth(None, untold="minutes")
    data = with_defaults(fact)
    for number, credit in enumerate(block.credit):
        missing = [name for name, check in credit.where.items() if check.measures and data.get(name) is None]
        if all(check.holds(data.get(name)) for name, check in credit.where.items() if name not in missing):
            return Worth(None, untold=missing[0]) if missing else _credited(credit, number, whole, data)
    return Worth(whole)


def _credited(credit: Credit, number: int, whole: int, data: Mapping[str, Any]) -> Worth:
    amount = whole * (credit.counts or Fraction(1))
    if credit.divided_by is None:
        return Worth(amount, number)
    between = data.get(credit.divided_by)
    return Worth(None, untold=credit.divided_by) if between is None else Worth(amount / max(int(between), 1), number)


def shown(amount: Amount) -> int | float:
    """An amount as one writes it: a whole number where it is one, else with up to two decimal places."""
    return int(amount) if amount == int(amount) else round(float(amount), 2)


def worded(block: Number, amount: Amount) -> str:
    """`3`, `2.5`, `1 minute`, `90 minutes`."""
    unit = "" if block.minutes is None else " minute" if amount == 1 else " minutes"
    return f"{shown(amount)}{unit}"


def minutes(fact: Fact) -> int | None:
    """How long it was; None where that was not told."""
    told = fact.get("minutes")
    return int(told) if told is not None else None


def _on(occurrence: Occurrence) -> date:
    return occurrence.on
