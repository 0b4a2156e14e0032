"""What the oracle says of one Luton case: the table of section 7 (LU-34 to LU-65), walked day by day."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.domain.oracle.days import each_day, months_later
from tests.domain.oracle.reading import Happening, is_about_case
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
RULES += list(ANNUAL)
RESTART = False
GRACE = timedelta(days=7)
PROVISIONAL = timedelta(days=28)


@dataclass
class Dates:
    """What one open obligation asks for; `target_on` is None where the row has none."""

    target_on: date | None
    due_on: date


@dataclass
class Case:
    """One case on one day, as told by the facts up to that day."""

    service: str
    category: str | None
    base: date
    """Where a clock starts that no discussion has started: opening, or transfer into the service."""
    last: date | None = None
    last_full: date | None = None
    last_need: date | None = None
    closed_on: date | None = None
    row: tuple[str, str] | None = None
    row_changed_on: date | None = None
    any_depth: Dates | None = None
    full: Dates | None = None
    annual: dict[str, date] = field(default_factory=dict)


def judge_luton_case(applies_from: date, case_id: str, facts: list[Happening], as_at: date) -> dict[str, Verdict]:
    """Every case rule as at the day."""
    about = [fact for fact in facts if is_about_case(fact, case_id)]
    if not any(fact.type == "CaseOpened" for fact in about):
        return dict.fromkeys(RULES, NOT_APPLICABLE) | {"LU-32": Verdict("not_assessable")}
    case = walk(about, applies_from, as_at)
    verdicts = dict.fromkeys(RULES, NOT_APPLICABLE)
    if case is None or as_at < applies_from:
        return verdicts
    rule, said = of_the_row(case, as_at)
    verdicts[rule] = said
    if case.row in FULL_EVERY_3_MONTHS:
        verdicts[FULL_EVERY_3_MONTHS[case.row]] = verdict(case.full, as_at)
    if case.row == ("children_with_disabilities", "duty"):
        for rule in ANNUAL:
            verdicts[rule] = annual(rule, case, facts, applies_from, as_at)
    return verdicts


def of_the_row(case: Case, as_at: date) -> tuple[str, Verdict]:
    """The rule of the row in force and what it says; of a silent or an unknown row, what LU-32 says."""
    if case.row in ROWS:
        return ROWS[case.row][0], verdict(case.any_depth, as_at)
    if case.row in AS_REQUIRED:
        return AS_REQUIRED[case.row], as_required(case)
    if case.row in SILENT:
        return "LU-32", Verdict("not_specified")
    return "LU-32", Verdict("not_assessable", None, (case.last or case.base) + PROVISIONAL)


def verdict(dates: Dates | None, as_at: date) -> Verdict:
    assert dates is not None
    if as_at <= (dates.target_on or dates.due_on):
        return Verdict("due", None, dates.due_on, dates.target_on)
    return Verdict("tolerated" if as_at <= dates.due_on else "breached", None, dates.due_on, dates.target_on)


def as_required(case: Case) -> Verdict:
    """LU-41: a changed need with no discussion since wants attention; no deadline is set."""
    if case.last_need is not None and (case.last is None or case.last < case.last_need):
        return Verdict("due", "attention")
    return Verdict("as_required")


def annual(rule: str, case: Case, facts: list[Happening], applies_from: date, as_at: date) -> Verdict:
    """LU-42 to LU-45: every 12 months; where another system keeps the fact, its silence proves nothing by itself."""
    kind, feed = ANNUAL[rule]
    due_on = months_later(max(case.annual.get(kind, case.base), applies_from), 12)
    if case.row_changed_on is not None:
        due_on = max(due_on, case.row_changed_on + GRACE)
    if as_at <= due_on:
        return Verdict("due", None, due_on)
    confirmed = [fact for fact in facts if fact.type == "FeedConfirmed" and fact.data["feed"] == feed]
    if feed is None or any(fact.on >= due_on for fact in confirmed):
        return Verdict("breached", None, due_on)
    return Verdict("not_assessable", None, due_on)


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
            set_dates(case, day, applies_from)
    return case


def take_up(case: Case, fact: Happening) -> None:
    if fact.type == "CaseOpened" and fact.data.get("category") is not None:
        case.category = fact.data["category"]
    if fact.type == "CaseTransferred" and fact.data.get("service", case.service) != case.service:
        case.service, case.category = fact.data["service"], None
        case.base = fact.on if RESTART else case.base
    if fact.type == "CaseClassified":
        classify(case, fact)
    if fact.type == "CaseClosed":
        case.closed_on = fact.on
    note_what_was_done(case, fact)


def classify(case: Case, fact: Happening) -> None:
    case.category = fact.data["category"]
    if fact.data.get("service", case.service) != case.service:
        case.service = fact.data["service"]
        case.base = fact.on if RESTART else case.base


def note_what_was_done(case: Case, fact: Happening) -> None:
    if fact.type == "CaseDiscussed" and fact.data["setting"] == "individual":
        case.last = fact.on
        if fact.data["depth"] == "full":
            case.last_full = fact.on
    if fact.type == "NeedChanged":
        case.last_need = fact.on
    if fact.type == "CaseNoteRecorded" and fact.data["note_type"] == "management_oversight":
        case.annual["ManagementOversightRecorded"] = fact.on
    if fact.type in [kind for kind, _ in ANNUAL.values()]:
        case.annual[fact.type] = fact.on


def row_of(case: Case) -> tuple[str, str]:
    if (case.service, "*") in ROWS:
        return case.service, "*"
    return case.service, case.category or ""


def set_dates(case: Case, day: date, applies_from: date) -> None:
    """The obligations of the day: opened by today's discussion, re-dated by a change of row, or as before."""
    row = row_of(case)
    first_day = case.row is None
    changed = not first_day and row != case.row
    if changed:
        case.row_changed_on = day
    case.row = row
    any_depth = full = None
    if row in ROWS:
        _, target, limit = ROWS[row]
        any_depth = counted_from(case.last or case.base, target, limit)
    if row in FULL_EVERY_3_MONTHS:
        full = Dates(None, months_later(case.last_full or case.base, 3))
    if first_day:
        case.any_depth = adopted(any_depth, applies_from, row)
        case.full = full and Dates(None, max(full.due_on, months_later(applies_from, 3)))
        return
    if case.last == day or changed:
        case.any_depth = any_depth if case.last == day else redated(case.any_depth, any_depth, day)
    if case.last_full == day or changed:
        case.full = full if case.last_full == day else redated(case.full, full, day)


def counted_from(start: date, target: int | None, limit: int) -> Dates:
    target_on = start + timedelta(days=target) if target is not None else None
    return Dates(target_on, start + timedelta(days=limit))


def adopted(dates: Dates | None, applies_from: date, row: tuple[str, str]) -> Dates | None:
    """First adoption: the later of that date and `applies_from` + interval."""
    if dates is None:
        return None
    _, target, limit = ROWS[row]
    first = counted_from(applies_from, target, limit)
    target_on = max(dates.target_on, first.target_on) if dates.target_on and first.target_on else None
    return Dates(target_on, max(dates.due_on, first.due_on))


def redated(old: Dates | None, new: Dates | None, change: date) -> Dates | None:
    """RD-13: N from O on is N; an earlier N becomes the later of N and a week from the change, never after O."""
    if new is None:
        return None
    target_on = None
    if new.target_on is not None:
        target_on = redated_day((old.target_on or old.due_on) if old is not None else None, new.target_on, change)
    return Dates(target_on, redated_day(old.due_on if old is not None else None, new.due_on, change))


def redated_day(old: date | None, new: date, change: date) -> date:
    if old is None:
        return max(new, change + GRACE)
    if new >= old:
        return new
    return min(max(new, change + GRACE), old)
