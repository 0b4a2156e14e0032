"""What the oracle says of one Luton case: the table of section 7 (LU-34 to LU-65), walked day by day."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.domain.oracle.case_supervision import RULES as WRITTEN
from tests.domain.oracle.case_supervision import agrees_with_visits, judge_case_supervision
from tests.domain.oracle.clock import Later, calendar_months_later, days_later
from tests.domain.oracle.days import each_day
from tests.domain.oracle.reading import Happening, is_about_case
from tests.domain.oracle.shropshire_case import last_discussion, says_who_and_when, walk_case
from tests.domain.oracle.verdict import NOT_APPLICABLE, Verdict

# Row -> (rule, target in days or None, limit in days). `*`: every case of the service.
ROWS: dict[tuple[str, str], tuple[str, int | None, int]] = {
    ("mash", "complex"): ("LU-34", None, 28),
    ("family_partnership", "level_3"): ("LU-35", None, 28),
    ("assessment", "*"): ("LU-36", None, 28),
    ("family_safeguarding", "*"): ("LU-37", None, 28),
    ("children_with_disabilities", "cp"): ("LU-38", None, 28),
    ("children_with_disabilities", "lac"): ("LU-38", None, 28),
    ("children_with_disabilities", "cin_active"): ("LU-39", None, 28),
    ("looked_after_children", "awaiting_permanency"): ("LU-46", None, 28),
    ("looked_after_children", "matched_stable"): ("LU-47", 28, 42),
    ("looked_after_children", "matched_stable_over_1_year"): ("LU-50", 28, 42),
    ("care_leavers", "additional_needs"): ("LU-53", None, 28),
    ("care_leavers", "stable"): ("LU-54", 28, 42),
    ("fostering", "assessment"): ("LU-57", None, 28),
    ("fostering", "support_not_matched"): ("LU-58", None, 28),
    ("fostering", "support_matched_stable"): ("LU-59", None, 28),
    ("fostering", "support_awaiting_permanency_or_unstable"): ("LU-61", None, 28),
    ("adoption", "*"): ("LU-62", None, 28),
    ("safeguarding_and_qa", "*"): ("LU-63", None, 28),
    ("contact_centre", "*"): ("LU-65", None, 28),
}
FULL_EVERY_3_MONTHS = {
    ("looked_after_children", "matched_stable"): "LU-49",
    ("looked_after_children", "matched_stable_over_1_year"): "LU-51",
    ("care_leavers", "stable"): "LU-55",
    ("fostering", "support_matched_stable"): "LU-60",
}
AS_REQUIRED = {("children_with_disabilities", "duty"): "LU-40", ("care_leavers", "keeping_touch"): "LU-56"}
# The duty cell's annual parts -> (what is done, the feed whose silence would prove that it was not).
ANNUAL = {
    "LU-42": ("CaseReviewed", "reviews"),
    "LU-43": ("RiskAssessed", "assessments"),
    "LU-44": ("ChildSeen", "visits"),
    "LU-45": ("ManagementOversightRecorded", None),
}
SILENT = [
    ("mash", "routine"),
    ("family_partnership", "level_2"),
    ("family_partnership", "level_4"),
    ("children_with_disabilities", "cin_inactive"),
]
RULES = ["LU-32", *sorted({row[0] for row in ROWS.values()} | {*FULL_EVERY_3_MONTHS.values(), *AS_REQUIRED.values()})]
RULES += [*ANNUAL, "LU-100", *WRITTEN]
GRACE = timedelta(days=7)
DUTY = ("children_with_disabilities", "duty")
Interval = tuple[Later | None, Later]


@dataclass
class Clock:
    """One open obligation: the day it counts from, and what it asks for; `target_on` is None where the row has none."""

    start: date
    target_on: date | None
    due_on: date


@dataclass
class Case:
    """One case on one day, as told by the facts up to that day."""

    service: str
    category: str | None
    base: date
    """Where a clock starts that nothing done has started: opening, or transfer into the service."""
    last: dict[str, date] = field(default_factory=dict)
    """What was last done: `any`, `full`, the annual parts, and when the need last changed."""
    clocks: dict[str, Clock] = field(default_factory=dict)
    row: tuple[str, str] | None = None
    closed_on: date | None = None
    flags: list[str] | None = None


def judge_luton_case(applies_from: date, case_id: str, facts: list[Happening], as_at: date) -> dict[str, Verdict]:
    """Every case rule as at the day."""
    about = [fact for fact in facts if is_about_case(fact, case_id)]
    if not any(fact.type == "CaseOpened" for fact in about):
        unknown = Verdict("not_assessable")
        return dict.fromkeys(RULES, NOT_APPLICABLE) | dict.fromkeys(["LU-32", "LU-100", *WRITTEN], unknown)
    case = walk(about, applies_from, as_at)
    verdicts = dict.fromkeys(RULES, NOT_APPLICABLE)
    if case is None or as_at < applies_from:
        return verdicts
    opened, _ = walk_case(about, as_at)
    last = last_discussion(about, max(opened or applies_from, applies_from), lambda fact: fact.on <= as_at)
    verdicts["LU-100"] = says_who_and_when(last, facts)
    verdicts |= judge_case_supervision(about, facts, opened or applies_from, applies_from, as_at)
    verdicts["LU-52"] = agrees_with_visits(case.service, case.category, case.flags)
    rule, said = of_the_row(case, as_at)
    verdicts[rule] = said
    if case.row in FULL_EVERY_3_MONTHS:
        verdicts[FULL_EVERY_3_MONTHS[case.row]] = verdict(case.clocks["full"], as_at)
    if case.row == DUTY:
        for rule in ANNUAL:
            verdicts[rule] = annual(rule, case, facts, as_at)
    return verdicts


def of_the_row(case: Case, as_at: date) -> tuple[str, Verdict]:
    """The rule of the row in force and what it says; of a silent or an unknown row, what LU-32 says."""
    if case.row in ROWS:
        return ROWS[case.row][0], verdict(case.clocks["any"], as_at)
    if case.row in AS_REQUIRED:
        return AS_REQUIRED[case.row], as_required(case)
    if case.row in SILENT:
        return "LU-32", Verdict("not_specified")
    return "LU-32", Verdict("not_assessable", None, case.last.get("any", case.base) + timedelta(days=28))


def verdict(clock: Clock, as_at: date) -> Verdict:
    if as_at <= (clock.target_on or clock.due_on):
        return Verdict("due", None, clock.due_on, clock.target_on)
    return Verdict("tolerated" if as_at <= clock.due_on else "breached", None, clock.due_on, clock.target_on)


def as_required(case: Case) -> Verdict:
    """LU-41: a need that changed since the case was opened, with no discussion since, wants attention."""
    need = case.last.get("NeedChanged")
    if need is not None and case.last.get("any", date.min) < need:
        return Verdict("due", "attention")
    return Verdict("as_required")


def annual(rule: str, case: Case, facts: list[Happening], as_at: date) -> Verdict:
    """LU-42 to LU-45: every 12 months; where another system keeps the fact, its silence proves nothing by itself."""
    kind, feed = ANNUAL[rule]
    clock = case.clocks[kind]
    if as_at <= clock.due_on:
        return Verdict("due", None, clock.due_on)
    confirmed = [fact for fact in facts if fact.type == "FeedConfirmed" and fact.data["feed"] == feed]
    silence_proves = all(any(covers(fact, day) for fact in confirmed) for day in each_day(clock.start, clock.due_on))
    return Verdict("breached" if feed is None or silence_proves else "not_assessable", None, clock.due_on)


def covers(confirmation: Happening, day: date) -> bool:
    return (confirmation.day("complete_from") or date.min) <= day <= confirmation.on


def walk(about: list[Happening], applies_from: date, as_at: date) -> Case | None:
    """The case as at the day, None while it is not open. Each day: opening, other facts, obligations."""
    case: Case | None = None
    for day in each_day(about[0].on, as_at):
        if case is not None and case.closed_on is not None and day > case.closed_on:
            case = None
        for fact in [fact for fact in about if fact.on == day and fact.type == "CaseOpened" and case is None]:
            case = Case(fact.data["service"], None, day)
        if case is None:
            continue
        for fact in [fact for fact in about if fact.on == day]:
            take_up(case, fact)
        if day >= applies_from:
            set_clocks(case, day)
    return case


def take_up(case: Case, fact: Happening) -> None:
    if fact.type in ("CaseOpened", "CaseTransferred", "CaseClassified"):
        place(case, fact)
    if fact.type == "CaseClosed":
        case.closed_on = fact.on
    if fact.type == "CaseDiscussed" and fact.data["setting"] == "individual":
        case.last["any"] = fact.on
        if fact.data["depth"] == "full":
            case.last["full"] = fact.on
    if fact.type == "CaseNoteRecorded" and fact.data["note_type"] == "management_oversight":
        case.last["ManagementOversightRecorded"] = fact.on
    case.last[fact.type] = fact.on


def place(case: Case, fact: Happening) -> None:
    """Service and category as the fact says; a category does not go along into another service."""
    if fact.data.get("service", case.service) != case.service:
        case.service, case.category, case.base, case.flags = fact.data["service"], None, fact.on, None
    if fact.data.get("category") is not None:
        case.category, case.flags = fact.data["category"], fact.data.get("flags")


def row_of(case: Case) -> tuple[str, str]:
    if (case.service, "*") in ROWS:
        return case.service, "*"
    return case.service, case.category or ""


def is_unknown(row: tuple[str, str]) -> bool:
    return row not in ROWS and row not in AS_REQUIRED and row not in SILENT


def asked(row: tuple[str, str]) -> dict[str, Interval]:
    """What the row asks for, each with its target and limit; of a row nobody knows, the strictest, provisionally."""
    asks: dict[str, Interval] = {}
    if row in ROWS:
        _, target, limit = ROWS[row]
        asks["any"] = (days_later(target) if target is not None else None, days_later(limit))
    if is_unknown(row):
        asks["any"] = (None, days_later(28))
    if row in FULL_EVERY_3_MONTHS:
        asks["full"] = (None, calendar_months_later(3))
    if row == DUTY:
        asks |= {kind: (None, calendar_months_later(12)) for kind, _ in ANNUAL.values()}
    return asks


def set_clocks(case: Case, day: date) -> None:
    """The obligations of the day: as before, or dated again by a change of row, or counted from today.

    From today counts what was done today, what is asked for the first time (on opening, on first adoption, in a row
    that asks for it after one that did not), and what was never done yet when the case comes into another service.
    """
    row = row_of(case)
    first_day, changed, case.row = case.row is None, row != case.row, row
    before, case.clocks = case.clocks, {}
    for name, interval in asked(row).items():
        last = case.last.get(name)
        if (last or case.base) == day:
            case.clocks[name] = counted_from(day, interval)
        elif name in before:
            case.clocks[name] = redated(before[name], interval, day) if changed else before[name]
        elif last is None or first_day or is_unknown(row) or counted_from(last, interval).due_on < day:
            case.clocks[name] = counted_from(day, interval)
        else:
            case.clocks[name] = with_grace(counted_from(last, interval), day)


def with_grace(clock: Clock, change: date) -> Clock:
    """What a new row asks for and was done not too long ago runs from then, with a week's grace from the change."""
    target_on = max(clock.target_on, change + GRACE) if clock.target_on is not None else None
    return Clock(clock.start, target_on, max(clock.due_on, change + GRACE))


def counted_from(start: date, interval: Interval) -> Clock:
    target, limit = interval
    return Clock(start, target(start) if target is not None else None, limit(start))


def redated(old: Clock, interval: Interval, change: date) -> Clock:
    """RD-13: N from O on is N; an earlier N becomes the later of N and a week from the change, never after O."""
    new = counted_from(old.start, interval)
    if new.target_on is not None:
        new.target_on = redated_day(old.target_on or old.due_on, new.target_on, change)
    new.due_on = redated_day(old.due_on, new.due_on, change)
    return new


def redated_day(old: date, new: date, change: date) -> date:
    if new >= old:
        return new
    return min(max(new, change + GRACE), old)
