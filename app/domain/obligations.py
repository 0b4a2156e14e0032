"""What is said of a rule and a subject: findings, obligations, items, and the order of statuses.

All are plain frozen dataclasses of dates, strings and numbers, so that any edge can write them as JSON as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.calendar import Interval, WorkingDays, add
from app.domain.history import Subject
from app.domain.policy.patterns import Force, Status
from app.domain.told import Occurrence
from app.events.facts import Fact

WORST_FIRST: Final = (
    Status.BREACHED,
    Status.NOT_ASSESSABLE,
    Status.TOLERATED,
    Status.EXCUSED,
    Status.DUE,
    Status.LATE_MET,
    Status.MET,
    Status.AS_REQUIRED,
    Status.NOT_YET_APPLICABLE,
    Status.NOT_APPLICABLE,
)
"""`not_specified` is not among them: what the policy does not say makes nobody better or worse."""

CODES: Final = {
    "at_risk": Status.TOLERATED,
    "missing": Status.BREACHED,
    "superseded": Status.DUE,
    "attention": Status.DUE,
    "balanced": Status.MET,
    "unbalanced": Status.BREACHED,
    "consistent": Status.MET,
    "inconsistent": Status.BREACHED,
    "vacant": Status.NOT_ASSESSABLE,
    "no_cases": Status.NOT_ASSESSABLE,
    "outstanding": Status.DUE,
    "open": Status.DUE,
    "wrong_author": Status.BREACHED,
    "scheduled": Status.DUE,
    "behind_agreement": Status.TOLERATED,
    "contract_below_policy": Status.MET,
    "not_followed_up": Status.BREACHED,
    "overdue_with_notice": Status.BREACHED,
    "overdue_without_notice": Status.BREACHED,
    "unclassified": Status.NOT_ASSESSABLE,
    "unknown_code": Status.NOT_ASSESSABLE,
    "not_known": Status.NOT_ASSESSABLE,
    "not_started": Status.NOT_ASSESSABLE,
    "not_opened": Status.NOT_ASSESSABLE,
    "feed_not_confirmed": Status.NOT_ASSESSABLE,
    "calendar_silent": Status.NOT_ASSESSABLE,
    "no_policy_known": Status.NOT_ASSESSABLE,
    "internal_fault": Status.NOT_ASSESSABLE,
}
"""The codes that the kinds of rule say of themselves, each with the status beside which it stands."""

_RANK: Final = {status: rank for rank, status in enumerate(WORST_FIRST)}


def rank(status: Status) -> int:
    """Its place in the order, the worst first."""
    return _RANK.get(status, len(_RANK))


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of several statuses; `not_applicable` where there is none."""
    ranked = [status for status in statuses if status in _RANK]
    return min(ranked, key=_RANK.__getitem__, default=Status.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a fact stands in the ledger."""

    source: str
    id: str
    position: int


@dataclass(frozen=True, slots=True)
class Last:
    """The last event that the rule counts, and the day it is dated."""

    on: date
    event: Reference


@dataclass(frozen=True, slots=True)
class Item:
    """One session, record or action that a finding speaks of: opened by one event and answered, or not, by another.

    `for_id`: where the event opens one for each id that it lists, the id.
    """

    opened_on: date
    target_on: date | None
    due_on: date | None
    met_on: date | None
    status: Status
    code: str | None
    days_late: int | None
    age_days: int
    opened_by: Reference
    evidence: tuple[Reference, ...] = ()
    session_id: str | None = None
    discussion_id: str | None = None
    action_id: str | None = None
    record_id: str | None = None
    for_id: str | None = None


@dataclass(frozen=True, slots=True)
class CurrentWindow:
    """The calendar window in which the day lies, and when it was met."""

    from_on: date
    to_on: date
    met_on: date | None


@dataclass(frozen=True, slots=True)
class Share:
    """What one post has of the team's open cases, and what its holders delivered of late (None: not asked for)."""

    role: str
    workers: tuple[str, ...]
    cases: int
    percent: float | None
    delivered: int | None


@dataclass(frozen=True, slots=True)
class Split:
    """A team's open cases by post. `others` are supervised by somebody else; `not_known` are the ids of the rest.

    The percentages are of the cases of all posts together (None where they have none); the differences lie between the
    largest and the smallest share.
    """

    shares: tuple[Share, ...]
    difference_in_cases: int
    difference_in_points: float | None
    others: int
    not_known: tuple[str, ...]
    delivered_within: str | None


@dataclass(frozen=True, slots=True)
class Arrangement:
    """An approved arrangement that runs, and the terms it changes for this subject alone; none: it changes nothing."""

    variation_id: str
    from_on: date
    until_on: date | None
    approved_by: str
    terms: Mapping[str, str]
    event: Reference


@dataclass(frozen=True)
class Verdict:
    """What one rule says of one subject on one day. `due_on` is the last day on which nothing is late.

    `next_on` is the next day on which it may read differently if nothing happens, None when it stays as it is.
    Of a quota: `count` (also of parts) of `needed`, `expected_by_now` in proportion to the complete months,
    `months_left` until the first time (or the running window) is over, 0 once each day is judged by the time before it;
    `still_reachable`: one in each month that is left would be enough (of a time in days, one each day); once each day
    is judged nothing is left and nothing too late, and one in each month from then on is meant. `failed_in_12_months`
    (of the latest event): how many of the others in the 12 months up to the day did not hold what they must.
    Of a ceiling: `count`, and `allowed`, the most there may be.
    `gap_days` (calendar windows): the days between the two sessions around the empty windows, up to the day where none
    has followed; with no window empty the days since the last session; None where there is none before. `days_late`
    stops on the day it was done again. `policy_silent`: the policy names no such limit.
    """

    status: Status
    why: str
    code: str | None = None
    opened_on: date | None = None
    target_on: date | None = None
    due_on: date | None = None
    met_on: date | None = None
    due_again_on: date | None = None
    days_late: int | None = None
    last: Last | None = None
    evidence: tuple[Reference, ...] = ()
    put_right: str | None = None
    items: tuple[Item, ...] = ()
    current_window: CurrentWindow | None = None
    gap_days: int | None = None
    age_days: int | None = None
    carried_over: bool | None = None
    count: int | float | None = None
    needed: int | None = None
    allowed: int | None = None
    expected_by_now: int | None = None
    months_left: int | None = None
    still_reachable: bool | None = None
    failed_in_12_months: int | None = None
    provisional: bool = False
    split: Split | None = None
    policy_silent: bool = False
    arrangement: Arrangement | None = None
    next_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Finding(Verdict):
    """A verdict with the rule it is about: exactly one for each rule of the policies in force."""

    rule: str
    clauses: tuple[str, ...]
    policy: str
    title: str
    clause: str
    quote: str | None
    force: Force
    reading: str | None = None
    owed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Obligation:
    """One past or running obligation of a rule. `ended_on`: the last day, where it ended without being met."""

    rule: str
    opened_on: date
    target_on: date | None
    due_on: date | None
    met_on: date | None
    status: Status
    evidence: tuple[Reference, ...] = ()
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """Which version of a policy an answer rests on."""

    id: str
    version: str
    applies_from: date


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer for one subject on one day."""

    subject: Subject
    as_at: date
    status: Status
    findings: tuple[Finding, ...]
    policies: tuple[PolicyInForce, ...]
    code: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """A rule's status from one day to another (None: from then on, if nothing happens).

    One row for each change of status or code, however many obligations follow one another in it. `dues` says from
    which day on which date stood as the due date: a row is right for each of its days, not only for its last.
    `rule` is empty in the rows that say how the subject stands as a whole.
    """

    rule: str
    from_on: date
    until_on: date | None
    status: Status
    code: str | None
    dues: tuple[tuple[date, date | None], ...]
    policy: str = ""
    force: Force = Force.MUST

    @property
    def due_on(self) -> date | None:
        """What is said on its last day, which for an open row is the date that still stands."""
        return self.dues[-1][1]


def reference(fact: Fact) -> Reference:
    """Where the fact stands."""
    return Reference(fact.source, fact.id, fact.position)


def references(occurrences: Sequence[Occurrence]) -> tuple[Reference, ...]:
    """The facts of these events and of all that they needed, each once."""
    facts = [fact for o in occurrences for fact in (o.fact, *o.linked)]
    return tuple(dict.fromkeys(reference(fact) for fact in facts))


def redated(old_due: date, new_due: date, change: date, grace: Interval, working: WorkingDays | None = None) -> date:
    """When an open obligation is due after its rule changed on `change` (RD-13).

    A later date holds at once. An earlier one gives at least `grace` from the change, and never more time than before.
    """
    if new_due >= old_due:
        return new_due
    return min(max(new_due, add(grace, change, working)), old_due)
