"""A subject's timeline: what each rule says from when to when, into the days ahead "if nothing happens".

By definition the status on a day is what `assess` says with the facts dated on or before it, so a row owes nothing to
later facts. It is made by assessing on the days on which something can change: those with facts, those after a last
day, and those that the findings themselves name (`next_on`).
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from app.domain.calendar import DAY, Window
from app.domain.compliance import assess
from app.domain.history import STRUCTURE, Subject
from app.domain.obligations import Assessment, Finding, TimelineRow
from app.domain.policy.adopted import pack_of
from app.domain.policy.patterns import Force, Status
from app.domain.policy.shapes import Pack
from app.domain.told import kept_of
from app.events.facts import Facts

_LAST_DAYS = frozenset(
    {"WorkerLeft", "CaseClosed", "CaseUnallocated", "TeamClosed", "AbsenceEnded", "SupervisorUnassigned"}
)
_COUNCIL = frozenset({"PolicyAdopted", "PolicyWithdrawn", "CalendarAdopted", "FeedConfirmed"})
_WHO = STRUCTURE - {"SessionScheduled"}
"""What says who somebody is, or who supervises whom: it may change whatever is said."""
_ANYTHING = "anything"
_KINDS = ("worker", "case", "team", "organisation")
_FURTHEST = date(2109, 12, 31)


def timeline(subject: Subject, facts: Facts, as_at: date | None = None) -> tuple[TimelineRow, ...]:
    """The rows of every rule, by rule and then by date, from the first day that anything is known of the subject.

    `as_at` leaves out what is dated after it (None: all facts are seen, each from its day on). The last row of a rule
    is open, unless its policy ended. Raises `FactsNeeded`.
    """
    return tuple(row for row in continued((), subject, facts, as_at) if row.rule)


def continued(
    rows: Iterable[TimelineRow],
    subject: Subject,
    facts: Facts,
    as_at: date | None = None,
    since: date = date.min,
    until: date = date.max,
) -> tuple[TimelineRow, ...]:
    """`rows` up to the day before `since`, and everything from that day on made anew, with the subject's own rows.

    Equal to the whole made anew whenever nothing dated before `since` has changed. After `until` nothing is looked at:
    what is said of that day is left open. Raises `FactsNeeded`.
    """
    key, kept = ("timeline", subject, as_at, since, until), facts.kept
    walk: _Walk | None = kept.get(key)
    if walk is None:
        walk = kept[key] = _Walk(_Rows(rows, since), subject, facts, as_at, Window(since, until))
    found = walk.to_the_end()
    del kept[key]
    return found


class _Walk:
    """From day to day over those that may read differently from the day before.

    Where facts are needed it stands still, is kept with the facts, and goes on from there once they are loaded.
    """

    def __init__(self, rows: "_Rows", subject: Subject, facts: Facts, as_at: date | None, time: Window) -> None:
        self._rows = rows
        self._about = (subject, facts, as_at)
        self._last = min(time.last, _FURTHEST)
        told = facts.as_at(date.min)(subject.tag)  # every telling of a thing: each may hold for some days
        begun = min((fact.on for fact in told if fact.on is not None), default=None)
        nothing = begun is None or (as_at is not None and as_at < begun)
        self._day = None if nothing or begun is None else max(begun, time.first)
        self._asked, self._days = dict[str, frozenset[str] | None](), _Days({}, {})
        self._still: Mapping[tuple[str, str], Finding] = {}

    def to_the_end(self) -> tuple[TimelineRow, ...]:
        """All rows. Raises `FactsNeeded`."""
        subject, facts, as_at = self._about
        while self._day is not None and self._day <= self._last:
            said = assess(subject, facts, self._day, told_until=as_at, brief=True, still=self._still)
            self._rows.take(self._day, said)
            self._day = self._following(said) if self._day < self._last else None
        return self._rows.done()

    def _following(self, said: Assessment) -> date | None:
        """The next day, with what reads on it as before."""
        subject, facts, as_at = self._about
        if self._asked != facts.asked:
            self._asked = dict(facts.asked)
            self._days = _days(subject, facts, as_at)
        day = self._days.following(said.as_at, said.findings)
        self._still = {} if day is None else self._days.unchanged(day, said.findings)
        return day


class _Days:
    """The days on which something is told, each with the types of it; `_ANYTHING` where it may change whatever is said.

    What is told of a subject changes only the rules that read its type; who the subject is, and what is told of others
    or of the council, may change them all.
    """

    def __init__(self, told: Mapping[date, set[str]], reads: Mapping[tuple[str, str], frozenset[str]]) -> None:
        self._told = told
        self._reads = reads
        self._days = sorted(told)

    def following(self, day: date, findings: Iterable[Finding]) -> date | None:
        """The next day on which facts, or the mere passing of days, may change something."""
        at = bisect_right(self._days, day)
        due = (finding.next_on for finding in findings if finding.next_on is not None)
        return min((*self._days[at : at + 1], *due), default=None)

    def unchanged(self, day: date, findings: Iterable[Finding]) -> dict[tuple[str, str], Finding]:
        """Those that read on the day as they read before."""
        told = self._told.get(day, set())
        if _ANYTHING in told:
            return {}
        by_rule = (((finding.policy, finding.rule), finding) for finding in findings)
        return {
            rule: finding
            for rule, finding in by_rule
            if (finding.next_on is None or finding.next_on > day) and told.isdisjoint(self._reads[rule])
        }


class _Rows:
    """Rows that grow while a status lasts."""

    def __init__(self, earlier: Iterable[TimelineRow], since: date) -> None:
        self._done = (
            [cut for row in earlier if (cut := _until(row, since - DAY)) is not None] if since > date.min else []
        )
        self._open: dict[str, TimelineRow] = {}
        for row in [row for row in self._done if row.until_on == since - DAY]:
            self._done.remove(row)
            self._open[row.rule] = replace(row, until_on=None)

    def take(self, day: date, said: Assessment) -> None:
        """What is said from this day on."""
        gone = self._open.keys() - {finding.rule for finding in said.findings}
        for finding in said.findings:
            self._grow(finding.rule, day, finding.due_on, finding.status, finding.code, finding.policy, finding.force)
        self._grow("", day, None, said.status, said.code, "", Force.MUST)
        for rule in gone - {""}:
            self._done.append(replace(self._open.pop(rule), until_on=day - DAY))

    def _grow(
        self, rule: str, day: date, due: date | None, status: Status, code: str | None, policy: str, force: Force
    ) -> None:
        row = self._open.get(rule)
        if row is not None and row.status is status and row.code == code and (row.policy, row.force) == (policy, force):
            if row.due_on != due:
                self._open[rule] = replace(row, dues=(*row.dues, (day, due)))
            return
        if row is not None:
            self._done.append(replace(row, until_on=day - DAY))
        self._open[rule] = TimelineRow(rule, day, None, status, code, ((day, due),), policy, force)

    def done(self) -> tuple[TimelineRow, ...]:
        """All rows."""
        return tuple(sorted([*self._done, *self._open.values()], key=lambda row: (row.rule, row.from_on)))


def _until(row: TimelineRow, last: date) -> TimelineRow | None:
    """The row as it stands up to a day; None if it only begins later."""
    if row.from_on > last:
        return None
    if row.until_on is not None and row.until_on <= last:
        return row
    return replace(row, until_on=last, dues=tuple(each for each in row.dues if each[0] <= last))


def _days(subject: Subject, facts: Facts, as_at: date | None) -> _Days:
    """The days on which facts among those that were asked for may change an answer."""
    every = facts.as_at(date.min)
    packs = [pack_of(fact.data["policy"]) for fact in every("council/policies") if fact.type == "PolicyAdopted"]
    dating = frozenset[str]().union(*(pack.dating_fields for pack in packs))
    days: defaultdict[date, set[str]] = defaultdict(set)
    for on, kind in _dated(subject, facts, packs, dating):
        if as_at is None or on <= as_at:
            days[on].add(kind if kind not in _WHO else _ANYTHING)
            if kind in _LAST_DAYS:
                days[on + DAY].add(_ANYTHING)
    reads = defaultdict[tuple[str, str], frozenset[str]](frozenset)
    for pack in packs:  # of several versions each holds on days of its own, and reads what the others do not
        for duty, types in pack.types_by_duty.items():
            reads[pack.id, duty] |= types
    return _Days(days, reads)


def _dated(subject: Subject, facts: Facts, packs: Iterable[Pack], dating: frozenset[str]) -> Iterator[tuple[date, str]]:
    """The days of everything that was asked for, with its type; of what is told of others, that it may be anything."""
    own = kept_of(subject, facts)
    for told in own:
        yield from told.days(dating)
    every, types = facts.as_at(date.min), _types(packs)
    for tag, of in list(facts.asked.items()):
        here = frozenset[str]().union(*(told.reads.get(tag, ()) for told in own))
        for fact in every(tag, of):
            if fact.type in types and fact.type not in here:
                dates = (fact.on, *(fact.day(name) for name in dating if name in fact.data))
                kind = fact.type if fact.type in {*_LAST_DAYS, "FeedConfirmed"} else _ANYTHING
                yield from ((on, kind) for on in dates if on is not None)


def _types(packs: Iterable[Pack]) -> frozenset[str]:
    return _COUNCIL.union(STRUCTURE, *(pack.types_about(kind) for pack in packs for kind in _KINDS))
