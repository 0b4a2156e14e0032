"""What is said of a rule that is not judged: it does not apply, or what it would take to know is missing.

Unknown is never a breach, and is never `met` either: it is `not_assessable`, with a code and with what is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from app.domain.calendar import DAY, add
from app.domain.history import History
from app.domain.obligations import Last, Verdict, reference
from app.domain.periods import AnyWindows, Terms
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Pack, Rule
from app.domain.scope import Fit, Stretch
from app.domain.wording import day, field

_START: Final[Mapping[str, tuple[str, str, str]]] = {
    "worker": (
        "not_started",
        "when this worker started, and in which role and service",
        "The start of this worker, with role and service.",
    ),
    "case": (
        "not_opened",
        "when this case was opened, and in which service",
        "The opening of this case, with its service.",
    ),
    "team": (
        "not_opened",
        "when this team was opened, and in which service",
        "The opening of this team, with its service.",
    ),
}
_LIKE: Final = {
    "worker": "people or cases like this one",
    "case": "people or cases like this one",
    "team": "teams like this one",
    "organisation": "this organisation",
}
_ENDED: Final = {"case": "The case was closed", "team": "The team was closed"}
_FACT: Final = {
    "category": ("unclassified", "The category of this case is not known, and what the policy asks for depends on it."),
    "subject_kind": ("not_known", "It is not known what kind of case or person this is."),
    "team": ("not_known", "It is not known to which team this belongs."),
    "employment_type": ("not_known", "It is not known how this worker is employed."),
    "registered": ("not_known", "It is not known whether this worker is registered."),
    "holds_cases": ("not_known", "It is not known whether this worker holds cases."),
    "fte": ("not_known", "It is not known how much of full time this worker works, and what is asked follows that."),
}
_TELL: Final = {
    "category": "The category of this case.",
    "registered": "Whether this worker is registered.",
    "holds_cases": "Whether this worker holds cases.",
    "fte": "How much of full time this worker works.",
}


def of_rule(history: History, stretches: Sequence[Stretch], rule: Rule, fit: Fit | None) -> Verdict:
    """A rule without an era on the day: not started, ended, does not apply, not known whether, or not yet."""
    if not stretches:
        return _not_started(history)
    if fit is None:
        return ended(history, stretches)
    if fit.applies is None:
        return _not_known(fit)
    if not fit.applies:
        return Verdict(Status.NOT_APPLICABLE, f"This rule is not about {_LIKE[history.subject.kind]}.")
    if rule.table is not None:
        return Verdict(
            Status(rule.table.otherwise), "The policy says nothing about a case of this service and category."
        )
    return Verdict(
        Status.NOT_YET_APPLICABLE, "This begins with the first allocation of the case, and none is recorded."
    )


def of_row() -> Verdict:
    """A row that does not name the case."""
    return _ROW


def after_the_last_term(windows: AnyWindows, on: date, said: Verdict) -> Verdict:
    """What is said on a day after the last term that the policy names: which terms follow is not known.

    What was missed before stays missed.
    """
    if not isinstance(windows, Terms):
        return said
    last = windows.named[-1]
    if on <= last.last:
        return replace(said, next_on=min(last.last + DAY, said.next_on or date.max))
    why = f"The policy names no {windows.noun} after {last.name}, which ended on {day(last.last)}."
    put_right = f"A version of the policy that names the {windows.nouns} that follow."
    if said.status is Status.BREACHED:
        return replace(said, why=f"{said.why} {why}", put_right=put_right, current_window=None, next_on=None)
    return Verdict(Status.NOT_ASSESSABLE, why, code="calendar_silent", put_right=put_right)


def row_in_force() -> Verdict:
    """A table of which a row says what is asked for."""
    return _TABLE


_ROW: Final = Verdict(Status.NOT_APPLICABLE, "This row of the table is about other cases.")
_TABLE: Final = Verdict(Status.NOT_APPLICABLE, "A row of the table says what the policy asks for in this case.")


def provisionally(said: Verdict, judged: Verdict, as_at: date) -> Verdict:
    """With the date that would hold if the strictest row were the one; nothing is judged by it."""
    if judged.due_on is None:
        return said
    would = "would be due" if as_at <= judged.due_on else "would have been due"
    why = f"{said.why} By the strictest row it {would} by {day(judged.due_on)}."
    return replace(
        said,
        why=why,
        opened_on=judged.opened_on,
        due_on=judged.due_on,
        last=judged.last,
        evidence=judged.evidence,
        provisional=True,
    )


def before_opening(history: History, pack: Pack, rule: Rule, said: Verdict) -> Verdict:
    """The provisional date of a case of which only discussions are known."""
    block = rule.table.provisional if rule.table is not None else None
    events = history.occurrences(pack, block.event) if block is not None else ()
    if block is None or not events or block.limit.unit == "working day":
        return said
    last = events[-1]
    due = add(block.limit, last.on)
    judged = Verdict(Status.DUE, "", opened_on=last.on, due_on=due, last=Last(last.on, reference(last.fact)))
    return provisionally(said, judged, history.as_at)


def _not_started(history: History) -> Verdict:
    unknown = ("not_known", "what this is", "What this is.")
    code, what, put_right = _START.get(history.subject.kind, unknown)
    why = f"Nothing recorded up to {day(history.as_at)} says {what}."
    return Verdict(Status.NOT_ASSESSABLE, why, code=code, put_right=put_right)


def ended(history: History, stretches: Sequence[Stretch]) -> Verdict:
    """The case or the team was closed, or the worker left."""
    last = max(
        (each.until for each in stretches if each.until is not None and each.until < history.as_at), default=None
    )
    if last is None:
        return Verdict(Status.NOT_APPLICABLE, "This rule does not apply on this day.")
    ended = _ENDED.get(history.subject.kind, "The worker left")
    return Verdict(Status.NOT_APPLICABLE, f"{ended} on {day(last)}; nothing is owed after that.")


def _not_known(fit: Fit) -> Verdict:
    name = field(fit.field)
    if fit.value is not None:
        why = f"No policy in use knows the {name} “{fit.value}”, so it is not known what it asks for."
        put_right = f"A known {name}, or a policy that names this one."
        return Verdict(Status.NOT_ASSESSABLE, why, code="unknown_code", put_right=put_right)
    code, why = _FACT.get(fit.field, ("not_known", f"The {name} is not known."))
    return Verdict(Status.NOT_ASSESSABLE, why, code=code, put_right=_TELL.get(fit.field, f"The {name}."))
