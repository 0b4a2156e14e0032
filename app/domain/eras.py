"""Which duty applied to a subject, from when to when, and how one took over from another.

An `Era` is a run of days on which one duty applied in one way. The eras of one *series* follow one another: the same
rule in two versions of a policy, its stages, or the rows of a table between which a case moves. Where nothing lies
between two eras the clock runs on (RD-13); after a gap, a return or a new kind of duty it begins anew (RD-12).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, NamedTuple

from app.domain.arranging import Arranged, Arrangements
from app.domain.calendar import DAY, Interval, WorkingDays, add
from app.domain.history import History
from app.domain.policy.shapes import Applies, Block, Duty, Rolling, Row, Rule, Stages, Table
from app.domain.scope import YES, Fit, Stretch, Version, Vocabulary, fit
from app.domain.staging import Staging

Series = tuple[str, str, str]
"""Policy, rule, and within a table the name under which rows share a clock."""

ROW_IN_FORCE: Final = Fit(False, "row")
"""A table's own rule has nothing to say: a row of it does."""
UNNAMED: Final = Fit(True, "row")
"""A table's own rule speaks: no row names what the subject is known to be."""
STAGES_NOT_BEGUN: Final = Fit(None, "stages")
"""Nothing says from when the stages of the rule run."""
STAGES_OVER: Final = Fit(False, "stages")
"""The last stage has ended."""


class Span(NamedTuple):
    """Days on which neither the subject nor the policy changed; `until` None: still so."""

    since: date
    until: date | None
    version: Version
    stretch: Stretch

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.since <= day and (self.until is None or day <= self.until)


class Stage(NamedTuple):
    """The stage of a rule that an era is of: its number, from 0, and when the next begins if nothing happens."""

    number: int
    next_on: date | None


@dataclass(frozen=True, slots=True, eq=False)
class Era:
    """A span on which one duty applied. `fresh`: it begins anew; `provisional`: in place of a row not yet known."""

    span: Span
    duty: Duty
    block: Block
    fresh: bool
    provisional: bool = False
    arranged: Arranged | None = None
    stage: Stage | None = None

    @property
    def since(self) -> date:
        """Its first day."""
        return self.span.since

    def last_day(self, as_at: date) -> date:
        """Its last day, or `as_at` while it lasts."""
        return as_at if self.span.until is None else min(self.span.until, as_at)


@dataclass(frozen=True, slots=True)
class Course:
    """All that one series needs to be judged: its eras up to the day, and the facts."""

    history: History
    eras: Sequence[Era]
    calendars: Callable[[str], WorkingDays]
    words: Vocabulary

    @property
    def as_at(self) -> date:
        """The day that is asked about."""
        return self.history.as_at

    @property
    def era(self) -> Era:
        """The last era: the one in force, where one is."""
        return self.eras[-1]

    @property
    def run(self) -> Sequence[Era]:
        """The last eras between which nothing began anew."""
        return self.runs()[-1]

    def runs(self) -> list[list[Era]]:
        """The eras, a new list wherever the duty began anew."""
        runs: list[list[Era]] = []
        for era in self.eras:
            if era.fresh:
                runs.append([])
            runs[-1].append(era)
        return runs

    def in_words(self, words: Callable[..., str], *about: object) -> str:
        """What `words` says, unless nobody will read it."""
        return "" if self.history.look.brief else words(*about)

    def working_of(self, era: Era) -> WorkingDays:
        """The working days of the era's policy."""
        return self.calendars(era.span.version.pack.calendar)

    def later(self, era: Era, interval: Interval, on: date) -> date:
        """The day that ends an interval from `on`, in the working days of the era's policy where it asks for those."""
        return add(interval, on, self.working_of(era) if interval.unit == "working day" else None)


@dataclass(slots=True)
class Scope:
    """The eras of every series of one subject, and how each rule fits it on the day itself."""

    words: Vocabulary
    as_at: date
    stretches: Sequence[Stretch]
    arrangements: Arrangements
    staging: Staging
    eras: dict[Series, list[Era]] = field(default_factory=dict)
    fits: dict[tuple[str, str], Fit] = field(default_factory=dict)
    _spans: list[tuple[Span, tuple[str, str], Fit]] = field(default_factory=list)

    def on(self, day: date) -> "Scope":
        """The same on another day on which neither the subject nor the policies are told differently."""
        fits = {rule: found for span, rule, found in self._spans if day in span}
        return replace(self, as_at=day, fits=fits)

    def add(self, version: Version, rule: Rule) -> None:
        """Take in one rule of one version; the versions of a policy in the order of time."""
        for span in _spans(version, self.stretches):
            found = fit_of(rule, rule.applies, span.stretch.situation, self.words)
            if found.applies and rule.stages is not None:
                for part, fits in self._add_stages(rule, rule.stages, span):
                    self._spans.append((part, (version.pack.id, rule.id), fits))
                continue
            if found.applies and rule.table is not None:
                found = self._add_rows(rule, rule.table, span)
            elif found.applies:
                self._append(rule.id, "", Era(span, rule, rule.block, fresh=True))
            self._spans.append((span, (version.pack.id, rule.id), found))

    def in_force(self, policy: str, rule: str, name: str, duty: str) -> list[Era] | None:
        """The eras of a series, where the duty is the one in force on the day."""
        eras = self.eras.get((policy, rule, name))
        return eras if eras and self.as_at in eras[-1].span and eras[-1].duty.id == duty else None

    def ended_with(self, policy: str, rule: str, name: str, duty: str) -> bool:
        """Whether the subject's last period is over, and the duty was in force on its last day."""
        eras = self.eras.get((policy, rule, name))
        if not eras or eras[-1].duty.id != duty:
            return False
        last, until = self.stretches[-1], eras[-1].span.until
        return until is not None and until == last.until and until < self.as_at

    def _add_stages(self, rule: Rule, stages: Stages, span: Span) -> Iterator[tuple[Span, Fit]]:
        """The parts of a span, and how the rule fits each."""
        staged = self.staging[span.version.pack.id, span.version.since, rule.id, span.stretch.began]
        begun = () if staged is None else staged.begun
        before = span if not begun else _cut(span, span.since, begun[0][0])
        if before is not None:
            yield before, STAGES_NOT_BEGUN
        for at, (since, number) in enumerate(begun):
            last = at + 1 == len(begun)
            part = _cut(span, since, None if last else begun[at + 1][0])
            if part is None:
                continue
            if number < len(stages.steps):
                stage = Stage(number, staged.next_on if last and staged is not None else None)
                self._append(rule.id, "", Era(part, rule, stages.steps[number].block, fresh=True, stage=stage))
            yield part, YES if number < len(stages.steps) else STAGES_OVER

    def _add_rows(self, rule: Rule, table: Table, span: Span) -> Fit:
        rows, unknown = look_up(table, span.stretch.situation, self.words)
        for row in rows:
            self._append(rule.id, row.series, Era(span, row, row.block, fresh=True))
        if rows or unknown is None:
            return ROW_IN_FORCE if rows else UNNAMED
        if table.provisional is not None:
            era = Era(span, rule, table.provisional, fresh=True, provisional=True)
            self._append(rule.id, table.provisional.clock(rule.id), era)
        return unknown

    def _append(self, rule: str, name: str, era: Era) -> None:
        if _waits_for_allocation(era):
            return
        eras = self.eras.setdefault((era.span.version.pack.id, rule, name), [])
        for part in self._arranged(era):
            eras.append(replace(part, fresh=False) if eras and _runs_on(eras[-1], part) else part)

    def _arranged(self, era: Era) -> Iterator[Era]:
        """An era, parted where something else is arranged for the subject."""
        span = era.span
        for part in self.arrangements.parts(era.duty, era.block, span.stretch, (span.since, span.until)):
            days = span._replace(since=part.since, until=part.until)
            yield replace(era, span=days, block=part.block, arranged=part.arranged)


def _spans(version: Version, stretches: Iterable[Stretch]) -> Iterator[Span]:
    for stretch in stretches:
        since = max(version.since, stretch.since)
        until = min((end for end in (version.until, stretch.until) if end is not None), default=None)
        if until is None or since <= until:
            yield Span(since, until, version, stretch)


def _cut(span: Span, since: date, before: date | None) -> Span | None:
    """The days of a span from one day on, and before another; None where there are none."""
    first = max(span.since, since)
    last = min((on for on in (span.until, None if before is None else before - DAY) if on is not None), default=None)
    return None if last is not None and last < first else span._replace(since=first, until=last)


def _runs_on(before: Era, era: Era) -> bool:
    """Whether the clock runs on: no gap, no return, the same kind of duty, and no restart by a new allocation."""
    was, now = before.span.stretch, era.span.stretch
    if before.span.until is None or before.span.until + DAY < era.since or was.began != now.began:
        return False
    restarts = isinstance(era.block, Rolling) and era.block.restart_on_reallocation
    if restarts and was.situation.get("lead_since") != now.situation.get("lead_since"):
        return False
    return type(before.block) is type(era.block)


def _waits_for_allocation(era: Era) -> bool:
    waits = isinstance(era.block, Rolling) and era.block.first_due == "allocated"
    return waits and "allocated_on" not in era.span.stretch.situation


def fit_of(duty: Duty, applies: Applies, situation: Mapping[str, Any], words: Vocabulary) -> Fit:
    """Whether a duty is about somebody; not known where it follows their working time and that was not told."""
    found = fit(applies, situation, words)
    return Fit(None, "fte") if found.applies and duty.pro_rata and situation.get("fte") is None else found


def look_up(table: Table, situation: Mapping[str, Any], words: Vocabulary) -> tuple[list[Row], Fit | None]:
    """The rows that name the case, the first of each series; with none, what is not known if that is why."""
    rows: dict[str, Row] = {}
    unknown: Fit | None = None
    for row in table.rows:
        found = fit_of(row, row.when, situation, words)
        if found.applies:
            rows.setdefault(row.series, row)
        elif found.applies is None:
            unknown = unknown or found
    return list(rows.values()), None if rows else unknown
