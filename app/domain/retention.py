"""From when on records may be disposed of, by the policies that declare it (`retain`), and how somebody stands. Pure.

Counted from the last day: of a worker the day on which they left, of a case the day on which it was closed. Who came
back has no last day, and none that is past counts; somebody who was merged is who they are now. Several policies in
force that speak of it must all allow it, so the latest day holds; where none does, nothing is due by itself, ever.
What stands in the way (a hold, a request that is open) is told by whoever asks. Left out: disposing of anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from app.domain import wording
from app.domain.calendar import add
from app.domain.compliance import policies_in_force
from app.domain.history import STRUCTURE, History
from app.domain.looking import Look
from app.domain.policy.custody import Retained
from app.domain.scope import stretches
from app.domain.subject import Subject
from app.events.facts import Facts

State = Literal["running", "policy_silent", "not_yet", "held", "due"]
STATES: Final[tuple[State, ...]] = ("due", "held", "not_yet", "policy_silent", "running")
_ENDS: Final = {"worker": "WorkerLeft", "case": "CaseClosed"}
_ENDED: Final = {"worker": "Left on", "case": "Closed on"}
_RUNNING: Final = {"worker": "Works here", "case": "Open"}
_CLASS: Final = {"worker": "personal", "case": "case"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What one policy says of how long records of this kind are kept."""

    policy: str
    kept: Retained


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long the records of one subject are kept, as things stand on a day."""

    state: State
    last_day: date | None
    """None while it runs."""
    earliest: date | None
    """The first day on which disposal is not refused; None where no policy says, or it runs."""
    rule: Rule | None
    blocked: tuple[str, ...] = ()
    """What stands in the way, in words."""


def earliest_disposal(kept: Retained | None, last_day: date, *, held: bool) -> date | None:
    """The first day on which disposal is not refused; None while a hold stands, or where the policy says nothing.

    Counted from the last day: 30 June 2025 and two years give 30 June 2027, 29 February 2024 gives 28 February 2026.
    """
    return None if kept is None or (held and kept.held_by) else add(kept.at_least, last_day)


def keeping(subject: Subject, facts: Facts, day: date, blocked: Sequence[str] = ()) -> Keeping:
    """How the subject (a worker, a case) stands on the day. Raises `FactsNeeded`."""
    ended, rules = last_day(subject, facts, day), rules_for(subject.kind, facts, day)
    if ended is None:
        return Keeping("running", None, None, rules[0] if rules else None, tuple(blocked))
    days = [(earliest_disposal(rule.kept, ended, held=False) or date.max, rule) for rule in rules]
    if not days:
        return Keeping("policy_silent", ended, None, None, tuple(blocked))
    earliest, rule = max(days, key=lambda pair: pair[0])
    state: State = "not_yet" if day < earliest else ("held" if blocked else "due")
    return Keeping(state, ended, earliest, rule, tuple(blocked))


def rules_for(kind: str, facts: Facts, day: date) -> list[Rule]:
    """What the policies in force say of how long such records are kept. Raises `FactsNeeded`."""
    packs = [pack for pack in policies_in_force(facts, day) if pack.retain is not None]
    said = [(pack.id, getattr(pack.retain, _CLASS[kind])) for pack in packs]
    return [Rule(policy, kept) for policy, kept in said if kept is not None]


def last_day(subject: Subject, facts: Facts, day: date) -> date | None:
    """The last day of the subject's last time here, if that is over; None while it runs, or nothing says so."""
    history = History(subject, Look(facts.as_at(day)), day, types=STRUCTURE)
    life = stretches(history)
    if life:
        until = life[-1].until
        return until if until is not None and until < day else None
    told = [fact.on for fact in history.told(_ENDS[subject.kind]) if fact.on is not None and fact.on < day]
    return max(told, default=None)


def told(kind: str, found: Keeping, on: date) -> str:
    """How it stands, for people."""
    said = [
        f"{_ENDED[kind]} {wording.day(found.last_day)}." if found.last_day else f"{_RUNNING[kind]}: nothing is due."
    ]
    if found.state == "policy_silent":
        said.append("No policy in force says how long this is kept, so nothing falls due by itself.")
    if found.earliest is not None and found.rule is not None:
        clauses = ", ".join(found.rule.kept.clauses)
        said.append(f"Kept for at least {found.rule.kept.at_least} after that ({found.rule.policy}, {clauses}):")
        if on < found.earliest:
            said.append(f"disposal is refused before {wording.day(found.earliest)}.")
        else:
            said.append(f"due for disposal since {wording.day(found.earliest)}.")
    said += [f"It is not disposed of while {each}." for each in found.blocked]
    return " ".join(said)
