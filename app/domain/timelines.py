"""A subject's timeline: what each rule says from when to when, into the days ahead "if nothing happens".

By definition the status on a day is what `assess` says with the facts dated on or before it, so a row owes nothing to
later facts. It is made by assessing on the days on which something can change: those with facts, those after a last
day, and those that the findings themselves name (`next_on`).
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from app.domain.calendar import DAY
from app.domain.compliance import assess
from app.domain.history import STRUCTURE, Subject
from app.domain.obligations import Finding, TimelineRow
from app.domain.policy.adopted import pack_of
from app.events.facts import Fact, Facts

_LAST_DAYS = frozenset({"WorkerLeft", "CaseClosed", "AbsenceEnded", "SupervisorUnassigned"})
_COUNCIL = frozenset({"PolicyAdopted", "PolicyWithdrawn", "CalendarAdopted", "FeedConfirmed"})
_FURTHEST = date(2110, 1, 1)


def timeline(subject: Subject, facts: Facts, as_at: date | None = None) -> tuple[TimelineRow, ...]:
    """The rows of every rule, by rule and then by date, from the first day that anything is known of the subject.

    `as_at` leaves out what is dated after it (None: all facts are seen, each from its day on). The last row of a rule
    is open, unless its policy ended. Raises `FactsNeeded`.
    """
    told = facts.as_at(date.min)(subject.tag)  # every telling of a thing: each may hold for some days
    begun = min((fact.on for fact in told if fact.on is not None), default=None)
    if begun is None or (as_at is not None and as_at < begun):
        return ()
    rows, tags, days = _Rows(), frozenset[str](), list[date]()
    day: date | None = begun
    while day is not None and day < _FURTHEST:
        said = assess(subject, facts, day, told_until=as_at)
        if not said.depends_on <= tags:
            tags |= said.depends_on
            days = _days(facts, tags, as_at)
        rows.take(day, said.findings)
        day = _following(day, days, said.findings)
    return rows.done()


class _Rows:
    """Rows that grow while a status lasts."""

    def __init__(self) -> None:
        self._open: dict[str, TimelineRow] = {}
        self._done: list[TimelineRow] = []

    def take(self, day: date, findings: Iterable[Finding]) -> None:
        """What is said from this day on."""
        said = {finding.rule: finding for finding in findings}
        for rule, row in list(self._open.items()):
            now = said.get(rule)
            if now is None or (now.status, now.code) != (row.status, row.code):
                self._done.append(replace(row, until_on=day - DAY))
                del self._open[rule]
        for rule, now in said.items():
            since = self._open[rule].from_on if rule in self._open else day
            self._open[rule] = TimelineRow(rule, since, None, now.status, now.code, now.due_on)

    def done(self) -> tuple[TimelineRow, ...]:
        """All rows."""
        return tuple(sorted([*self._done, *self._open.values()], key=lambda row: (row.rule, row.from_on)))


def _following(day: date, days: list[date], findings: Iterable[Finding]) -> date | None:
    """The next day on which facts, or the mere passing of days, may change something."""
    at = bisect_right(days, day)
    due = (finding.next_on for finding in findings if finding.next_on is not None)
    return min((*days[at : at + 1], *due), default=None)


def _days(facts: Facts, tags: Iterable[str], as_at: date | None) -> list[date]:
    """The days on which facts may change an answer, in order."""
    told = [fact for tag in tags for fact in facts.as_at(date.min)(tag)]
    packs = [pack_of(fact.data["policy"]) for fact in told if fact.type == "PolicyAdopted"]
    named = {name for pack in packs for name in pack.dating_fields}
    types = _COUNCIL.union(STRUCTURE, *(pack.types_about(kind) for pack in packs for kind in ("worker", "case")))
    days: set[date] = set()
    for fact in told:
        dates = [on for on in _dates(fact, named) if as_at is None or on <= as_at] if fact.type in types else []
        days.update(dates, (on + DAY for on in dates if fact.type in _LAST_DAYS))
    return sorted(days)


def _dates(fact: Fact, named: Iterable[str]) -> list[date]:
    return [on for on in (fact.on, *(fact.day(name) for name in named if name in fact.data)) if on is not None]
