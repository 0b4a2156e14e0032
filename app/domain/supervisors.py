"""Who supervises a worker or a case, from when: the permanent supervisor of a strand, and those who stand in.

A new assignment replaces the earlier one of the same strand and basis; an interim one stands beside the permanent one
while it runs. `interim` as a strand is read as personal with basis interim. Last days are inclusive.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.domain.calendar import DAY
from app.domain.history import History
from app.events.facts import Fact


@dataclass(frozen=True, slots=True)
class Supervision:
    """One assignment: from `since` to `until` (None: not ended), `covering` whom, where that is said."""

    supervisor: str
    since: date
    until: date | None
    told: Fact
    """What says so."""
    covering: str | None = None
    """For whom an interim one stands in, where that is said."""

    def covers(self, day: date) -> bool:
        """Whether it runs on the day."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Supervisors:
    """The supervisors of one strand: each change of the permanent one, and every interim one; in order."""

    permanent: Sequence[Supervision]
    interim: Sequence[Supervision]
    assigned: Sequence[Supervision] = ()
    """Each assignment of a permanent one, also those that changed nothing."""

    def in_post(self, day: date) -> Supervision | None:
        """The permanent supervisor last assigned by that day; that nobody follows yet is no change."""
        return next((one for one in reversed(self.permanent) if one.since <= day), None)

    def standing_in(self, day: date) -> Supervision | None:
        """The interim supervisor on that day."""
        return next((one for one in reversed(self.interim) if one.covers(day)), None)

    def on(self, day: date) -> Supervision | None:
        """Who supervises on that day: whoever stands in, else the permanent one while it lasts."""
        return self.standing_in(day) or next((one for one in reversed(self.assigned) if one.covers(day)), None)


def supervisors(history: History, strand: str) -> Supervisors:
    """What is told of the worker's supervisors of one strand."""
    return supervisors_told(history.told("SupervisorAssigned", "SupervisorUnassigned"), strand)


def supervisors_told(told: Iterable[Fact], strand: str) -> Supervisors:
    """The same of facts about one worker, in order."""
    return _by_basis(fact for fact in told if _strand(fact) == strand)


def case_supervisors(history: History, since: date) -> Supervisors:
    """What is told of who supervises a case itself, in the period that began on `since`."""
    return _by_basis(
        fact for fact in history.told("CaseSupervisorAssigned") if fact.on is not None and fact.on >= since
    )


def _by_basis(told: Iterable[Fact]) -> Supervisors:
    by_basis: dict[str, list[Supervision]] = {"permanent": [], "interim": []}
    for fact in told:
        basis = _basis(fact)
        if fact.on is None:
            continue
        for name, found in by_basis.items():
            if basis in (name, None):
                _told(found, fact, fact.on)
    return Supervisors(_changes(by_basis["permanent"]), by_basis["interim"], by_basis["permanent"])


def _strand(fact: Fact) -> str:
    strand = str(fact.get("strand", "personal"))
    return "personal" if strand == "interim" else strand


def _basis(fact: Fact) -> str | None:
    """An end that does not say which basis ends what there is of that supervisor."""
    if fact.get("strand") == "interim":
        return "interim"
    basis = fact.get("basis", None if fact.type == "SupervisorUnassigned" else "permanent")
    return None if basis is None else str(basis)


def _told(found: list[Supervision], fact: Fact, on: date) -> None:
    last = found[-1] if found else None
    who = str(fact.data["supervisor_id"])
    if fact.type == "SupervisorUnassigned":
        if last is not None and last.supervisor == who and last.covers(on):
            found[-1] = replace(last, until=on)
        return
    if last is not None and last.covers(on):
        found[-1:] = [replace(last, until=on - DAY)] if last.since < on else []
    found.append(Supervision(who, on, fact.day("until"), fact, fact.get("covers_id")))


def _changes(found: Sequence[Supervision]) -> list[Supervision]:
    """One entry for each change: an assignment that repeats the supervisor before it changes nothing."""
    changes: list[Supervision] = []
    for one in found:
        if changes and changes[-1].supervisor == one.supervisor:
            changes[-1] = replace(changes[-1], until=one.until)
        else:
            changes.append(one)
    return changes
