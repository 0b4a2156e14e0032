"""Terms that count in part, are capped, arranged, excused or alternative: a worker's rules, decided a day at a time.

Written from the page on policies, for one small policy of its own (`RULES`), and sharing no code with the evaluation.
It leaves out several versions, absence, teams, corrections, and whoever comes back after leaving.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.domain.oracle.days import ONE_DAY, each_day, first_of_month, last_of_month, months_later

PERSONAL = {"type": "SessionHeld", "where": {"kind": "individual"}}
ANY_KIND = {"type": "SessionHeld", "where": {"kind": ["individual", "group", "peer"]}}
GROUP = {"type": "SessionHeld", "where": {"kind": "group"}}
CREDIT = [
    {"where": {"kind": "group"}, "counts": "1/2", "up_to": "1/3"},
    {"where": {"kind": "peer"}, "up_to": 1, "in_each": "month"},
]
WORKER = {"subject": "worker"}
RULES: list[dict[str, Any]] = [
    WORKER | {"id": "CREDIT", "at_least": {"event": ANY_KIND, "times": 3, "rolling": "2 months", "credit": CREDIT}},
    WORKER | {"id": "CEILING", "at_most": {"event": PERSONAL, "times": 2, "rolling": "1 month"}},
    WORKER | {"id": "CEILING-MONTH", "at_most": {"event": PERSONAL, "times": 2, "window": "month"}},
    WORKER | {"id": "CASES", "at_most": {"cases": 1}},
    WORKER | {"id": "VARIED", "variations": {"every": "2 months"}, "excusals": {"longest": "30 days"},
              "every": {"event": PERSONAL, "limit": "28 days"}},
    WORKER | {"id": "ALL", "all_of": [
        {"called": "one to one", "every": {"event": PERSONAL, "limit": "28 days"}},
        {"called": "in a group", "every": {"event": GROUP, "limit": "2 months"}},
    ]},
    WORKER | {"id": "ANY", "any_of": [
        {"called": "monthly", "every": {"event": PERSONAL, "window": "month"}},
        {"called": "fortnightly", "every": {"event": PERSONAL, "limit": "14 days"}},
    ]},
]  # fmt: skip
BEST_LAST = ["breached", "not_assessable", "tolerated", "excused", "due", "late_met", "met"]


@dataclass
class Told:
    """What was told of one worker by the end of a day."""

    started: date
    applies: date
    sessions: list[tuple[date, str]] = field(default_factory=list)
    arranged: list[tuple[date, date | None, str, str]] = field(default_factory=list)
    """From, to, every, id: in order."""
    ended: dict[str, date] = field(default_factory=dict)
    excused: list[tuple[date, date]] = field(default_factory=list)
    cases: dict[str, list[tuple[date, str, str]]] = field(default_factory=dict)

    def days_of(self, *kinds: str) -> list[date]:
        return sorted(on for on, kind in self.sessions if kind in kinds)


def judge(told: Told, as_at: date) -> dict[str, tuple[str, date | None]]:
    """Every rule as at the day: the status, and the last day on which nothing was late where that is said."""
    since = max(told.started, told.applies)
    return {
        "CREDIT": credit(told, since, as_at),
        "CEILING": ceiling(told, since, as_at),
        "CEILING-MONTH": ceiling_of_months(told, since, as_at),
        "CASES": cases(told, since, as_at),
        "VARIED": varied(told, since, as_at),
        "ALL": (worst(one_to_one(told, since, as_at, 28), in_a_group(told, since, as_at)), None),
        "ANY": (best(monthly(told, since, as_at), one_to_one(told, since, as_at, 14)), None),
    }


def worst(*statuses: str) -> str:
    return min(statuses, key=BEST_LAST.index)


def best(*statuses: str) -> str:
    return max(statuses, key=BEST_LAST.index)


def worth(told: Told, as_at: date) -> Fraction:
    """What the two months up to a day come to: groups count half and one in all, of peers one a month."""
    time = [(on, kind) for on, kind in told.sessions if months_back(as_at, 2) < on <= as_at and on >= told.started]
    own = sum(1 for _, kind in time if kind == "individual")
    groups = min(Fraction(sum(1 for _, kind in time if kind == "group"), 2), Fraction(1))
    peers = len({(on.year, on.month) for on, kind in time if kind == "peer"})
    return own + groups + peers


def months_back(day: date, months: int) -> date:
    return months_later(day, -months)


def credit(told: Told, since: date, as_at: date) -> tuple[str, date | None]:
    whole = months_later(since, 2)
    if worth(told, as_at) >= 3:
        return "met", None
    if as_at >= whole:
        day = as_at
        while day >= whole and worth(told, day) < 3:
            day -= ONE_DAY
        return "breached", day
    complete = 1 if as_at >= months_later(since, 1) else 0
    return ("tolerated" if worth(told, as_at) < 3 * complete // 2 else "due"), None


def ceiling(told: Told, since: date, as_at: date) -> tuple[str, date | None]:
    """Two in a month up to the day: broken by the third, until they are two again."""
    held = [on for on in told.days_of("individual") if on >= since]
    broken_since = None
    for day in each_day(since, as_at):
        if sum(1 for on in held if months_back(day, 1) < on <= day) <= 2:
            broken_since = None
        elif broken_since is None:
            broken_since = day
    return ("met", None) if broken_since is None else ("breached", broken_since - ONE_DAY)


def ceiling_of_months(told: Told, since: date, as_at: date) -> tuple[str, date | None]:
    """Two in a calendar month: broken by the third, until the month after it is over."""
    held = [on for on in told.days_of("individual") if on >= since]
    broken_since = None
    for day in each_day(since, as_at):
        months = [first_of_month(day), first_of_month(first_of_month(day) - ONE_DAY)]
        if any(sum(1 for on in held if first_of_month(on) == month and on <= day) > 2 for month in months):
            broken_since = broken_since or day
        else:
            broken_since = None
    return ("met", None) if broken_since is None else ("breached", broken_since - ONE_DAY)


def cases(told: Told, since: date, as_at: date) -> tuple[str, date | None]:
    over_since = None
    for day in each_day(since, as_at):
        led = sum(1 for events in told.cases.values() if leads(events, day))
        over_since = (over_since or day) if led > 1 else None
    return ("met", None) if over_since is None else ("breached", over_since - ONE_DAY)


def leads(events: list[tuple[date, str, str]], as_at: date) -> bool:
    """Whether W-1 leads an open case: the last to whom it was allocated, and neither given back nor closed before."""
    lead = ""
    for on, what, who in events:
        if what == "allocated" and on <= as_at:
            lead = who
        if what in ("given back", "closed") and on < as_at:
            return False
    return lead == "W-1"


def varied(told: Told, since: date, as_at: date) -> tuple[str, date | None]:
    """Every 28 days, or as arranged: what is open when that changes is re-dated, with a week's notice."""
    every = terms_on(told, since)
    opened, due = since, later(since, every)
    for day in each_day(since, as_at):
        if terms_on(told, day) != every:
            every = terms_on(told, day)
            alone = later(opened, every)
            due = alone if alone >= due else min(max(alone, day + timedelta(days=7)), due)
        if day in told.days_of("individual"):
            opened, due = day, later(day, every)
    if as_at <= due:
        return "due", due
    days_off = [(first, last) for first, last in told.excused if (last - first).days < 30]
    return ("excused" if any(first <= as_at <= last for first, last in days_off) else "breached"), due


def terms_on(told: Told, day: date) -> str:
    """The last arrangement to begin of those that run and do not go further than two months."""
    running = "28 days"
    for first, last, every, identity in told.arranged:
        ends = min(on for on in (last, told.ended.get(identity), date.max) if on is not None)
        if first <= day <= ends:
            running = every if every != "1 year" else "28 days"
    return running


def later(day: date, every: str) -> date:
    number, unit = every.split()
    return months_later(day, int(number)) if unit.startswith("month") else day + timedelta(days=int(number))


def one_to_one(told: Told, since: date, as_at: date, days: int) -> str:
    return "due" if as_at <= last_of(told, since, "individual") + timedelta(days=days) else "breached"


def in_a_group(told: Told, since: date, as_at: date) -> str:
    return "due" if as_at <= months_later(last_of(told, since, "group"), 2) else "breached"


def last_of(told: Told, since: date, kind: str) -> date:
    return max([since, *(on for on in told.days_of(kind) if on >= since)])


def monthly(told: Told, since: date, as_at: date) -> str:
    """One in each complete month; one that was in scope for a part counts only if it holds one."""
    said = "due"
    first = first_of_month(since)
    while last_of_month(first) < as_at:
        held = any(since <= on and first_of_month(on) == first for on in told.days_of("individual"))
        if held or first >= since:
            said = "met" if held else "breached"
        first = months_later(first, 1)
    return said
