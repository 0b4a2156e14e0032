"""What keeps a subject's texts, what closes them, and what became of them: holds, requests, erasures, as facts say.

A subject is a worker or a case. Rules: what is dated after the day makes no difference; the end of a hold or an erasure
is final, so what is to hold again has a new id; texts are closed from an erasure's approval until it is closed or
carried out. What stands in the way of an erasure is named with the day from which it does not, where that is known.
Pure; facts come by tag, and the tags that were asked for are all that the answer rests on. Left out: who may do what
(the matrix), and whether an older backup still opens (the deployment's keys, which are no facts).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from app.domain.calendar import DAY
from app.domain.compliance import policies_in_force
from app.domain.files import case_record, supervision_file
from app.domain.looking import Look
from app.domain.policy.custody import Retained, Retention
from app.domain.profile import profile
from app.domain.retention import earliest_disposal
from app.domain.subject import Subject
from app.domain.wording import day as in_words
from app.events.facts import Fact, Facts

_HOLDS: Final = frozenset({"LitigationHoldPlaced", "LitigationHoldLifted"})
_ERASURES: Final = frozenset({"ErasureRequested", "ErasureApproved", "ErasureClosed", "PersonalDataErased"})
_CONCERNS: Final = frozenset({"ConcernRaised", "ConcernEscalated", "ConcernResolved"})
_STAGE_UNSAID: Final = {"ConcernRaised": 1, "ConcernEscalated": 2, "ConcernResolved": 2}
_OVER: Final = {"worker": "left", "case": "closed"}
_HERE: Final = {"worker": "working", "case": "open"}

State = Literal["requested", "approved", "refused", "withdrawn", "carried_out"]


@dataclass(frozen=True, slots=True)
class Hold:
    """Nothing of the subject may be disposed of from `placed_on` on, up to the day before `lifted_on`."""

    id: str | None
    placed_on: date
    by: str
    reason: str | None
    review_on: date | None
    lifted_on: date | None = None
    lifted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure, from the request to what became of it. `from_on`: the first day on which it may be carried out.

    `names`: every identifier that the subject had when it was approved. `closed_on`: when it was refused or withdrawn.
    """

    id: str
    state: State
    requested_on: date
    requested_by: str
    basis: str
    authority: str | None = None
    reason: str | None = None
    approved_on: date | None = None
    approved_by: str | None = None
    from_on: date | None = None
    names: tuple[str, ...] = ()
    closed_on: date | None = None
    closed_by: str | None = None
    erased_on: date | None = None


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request for the data held about the subject that is not answered; `due_on`: by when, if it was extended."""

    id: str
    requested_on: date
    due_on: date | None


@dataclass(frozen=True, slots=True)
class Erased:
    """Texts of the subject that were destroyed: those of the events at `positions`."""

    on: date
    position: int
    """Of the event that says so."""
    event: str
    """Its id."""
    request: str | None
    positions: frozenset[int]
    told: Mapping[str, Any]
    """All that it says: on whose authority, how much, which keys."""


@dataclass(frozen=True, slots=True)
class Period:
    """How long the policies in force keep the subject's texts. `first`: the first day on which they may go by it.

    `last_day`: the worker's or the case's; None while they are here, or where nobody said. `said`: whether any policy
    sets a period at all; `first` is None where none does, and where it is not counted yet.
    """

    last_day: date | None
    said: bool
    first: date | None
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """What stands in the way of an erasure, in words. `until`: the first day on which it does not, where that is known.

    `code`: `held`, `access_requested`, `still_here`, `kept`, `concern_open`, `disagreement_open`, `other_names`.
    """

    code: str
    why: str
    until: date | None = None
    of: str | None = None
    """The hold, request, concern or disagreement, by its id."""


def holds(subject: Subject, facts: Facts, day: date) -> list[Hold]:
    """Every hold on the subject that was placed by the day, in order; those that were lifted too."""
    told = _dated(facts(subject.tag, _HOLDS), day)
    lifted = {fact.get("hold_id"): fact for fact in reversed(told) if fact.type == "LitigationHoldLifted"}
    placed = {fact.get("hold_id"): fact for fact in reversed(told) if fact.type == "LitigationHoldPlaced"}
    return [_hold(fact, lifted.get(name)) for name, fact in reversed(placed.items())]


def active_holds(subject: Subject, facts: Facts, day: date) -> list[Hold]:
    """Those that hold on the day."""
    return [hold for hold in holds(subject, facts, day) if hold.lifted_on is None]


def erasures(subject: Subject, facts: Facts, day: date) -> list[Erasure]:
    """Every erasure that was asked for of the subject by the day, in order."""
    told = _dated(facts(subject.tag, _ERASURES), day)
    requests = list(dict.fromkeys(fact.data["request_id"] for fact in told if fact.type == "ErasureRequested"))
    return [_erasure([fact for fact in told if fact.get("request_id") == each]) for each in requests]


def restricted(subject: Subject, facts: Facts, day: date) -> bool:
    """Whether nobody may read the subject's texts: an erasure was approved, and is neither closed nor carried out."""
    return any(each.state == "approved" for each in erasures(subject, facts, day))


def erased(subject: Subject, facts: Facts, day: date) -> list[Erased]:
    """What was destroyed of the subject by the day, in order; also what was not asked for here, as after a restore."""
    told = _dated(facts(subject.tag, _ERASURES), day)
    return [_erased(fact) for fact in told if fact.type == "PersonalDataErased"]


def open_requests(subject: Subject, facts: Facts, day: date) -> list[OpenRequest]:
    """The requests for the data held about the subject that are not answered on the day. Raises `FactsNeeded`."""
    asked = {
        fact.data["request_id"]: fact for fact in _dated(facts(subject.tag, frozenset({"SubjectAccessRequested"})), day)
    }
    types = frozenset({"SubjectAccessAnswered", "SubjectAccessExtended"})
    then = Look(facts).at_each({f"request/{each}": types for each in asked})
    found = []
    for identity, fact in asked.items():
        told = _dated(then[f"request/{identity}"], day)
        if not any(each.type == "SubjectAccessAnswered" for each in told):
            extended = [each.day("due_on") for each in told]
            found.append(OpenRequest(identity, fact.on or day, extended[-1] if extended else None))
    return found


def period(subject: Subject, facts: Facts, day: date) -> Period:
    """How long the policies in force on the day keep the texts, holds apart: of several, the longest.

    Raises `FactsNeeded`.
    """
    kept = [each for pack in policies_in_force(facts, day) if (each := _kept(pack.retain, subject)) is not None]
    last = last_day(subject, facts, day)
    clauses = tuple(dict.fromkeys(clause for each in kept for clause in each.clauses))
    days = [None if last is None else earliest_disposal(each, last, held=False) for each in kept]
    known = [each for each in days if each is not None]
    return Period(last, bool(kept), max(known) if known and len(known) == len(days) else None, clauses)


def last_day(subject: Subject, facts: Facts, day: date) -> date | None:
    """The worker's or the case's last day, if it is over on the day; None while it is not, and where nobody said."""
    found = profile(subject, facts, day)
    return found.periods[-1].until_on if found.state == _OVER[subject.kind] and found.periods else None


def blocks(subject: Subject, facts: Facts, day: date) -> list[Block]:
    """All that stands in the way of erasing the subject's texts on the day. Raises `FactsNeeded`."""
    return [*withheld(subject, facts, day), *_not_over(subject, facts, day), *_disputes(subject, facts, day)]


def withheld(subject: Subject, facts: Facts, day: date) -> list[Block]:
    """What stands in the way of destroying any text of the subject, whomever else it is about. Raises `FactsNeeded`."""
    held = [
        Block("held", f"It is held{_reviewed(hold)}. It goes no sooner than the hold is lifted.", None, hold.id)
        for hold in active_holds(subject, facts, day)
    ]
    asked = [
        Block("access_requested", "Somebody asked what is held, and was not answered yet.", None, request.id)
        for request in open_requests(subject, facts, day)
    ]
    return [*held, *asked]


def renamed(approved: Erasure, names: Sequence[str]) -> list[Block]:
    """What is in the way if the subject's names ("worker/W-1") are others now than when its erasure was approved."""
    if not approved.names or set(approved.names) == {name.partition("/")[2] for name in names}:
        return []
    said = "It has other identifiers now than when this was approved. Ask anew, so that only what was agreed goes."
    return [Block("other_names", said)]


def _not_over(subject: Subject, facts: Facts, day: date) -> Iterator[Block]:
    """That they are still here, and that the policy keeps the texts for longer."""
    kept, state = period(subject, facts, day), profile(subject, facts, day).state
    is_worker = subject.kind == "worker"
    if state == _HERE[subject.kind]:
        yield Block("still_here", "The worker has not left." if is_worker else "The case is open.")
    elif kept.said and kept.last_day is None:
        what = "when the worker began and left" if is_worker else "when the case was opened and closed"
        yield Block("still_here", f"Nobody said {what}, and the policy counts from the last day.")
    elif kept.first is not None and day < kept.first:
        clauses = ", ".join(kept.clauses)
        yield Block("kept", f"The policy ({clauses}) keeps this until {in_words(kept.first - DAY)}.", kept.first)


def _disputes(subject: Subject, facts: Facts, day: date) -> Iterator[Block]:
    concerns = _dated(facts(subject.tag, _CONCERNS), day) if subject.kind == "worker" else []
    for concern in dict.fromkeys(fact.data["concern_id"] for fact in concerns):
        if _is_open([fact for fact in concerns if fact.data["concern_id"] == concern]):
            yield Block("concern_open", "A concern that the worker raised is not resolved.", None, concern)
    gathered = supervision_file(subject.id, facts) if subject.kind == "worker" else case_record(subject.id, facts)
    told = _dated([fact for fact in gathered if fact.type.startswith("Disagreement")], day)
    resolved = {fact.get("disagreement_id") for fact in told if fact.type == "DisagreementResolved"}
    for fact in told:
        identity = fact.get("disagreement_id")
        if fact.type == "DisagreementRecorded" and (identity is None or identity not in resolved):
            nameless = " It has no id, so that nobody can say that it is: correct it." if identity is None else ""
            yield Block("disagreement_open", f"A disagreement is not resolved.{nameless}", None, identity)


def _is_open(about: Sequence[Fact]) -> bool:
    """Of one concern: a resolution ends what was raised at its stage or below by then; one without a stage, all."""
    ended = [fact for fact in about if fact.type == "ConcernResolved"]
    return any(
        not any((end.on or date.min) >= (fact.on or date.min) and _stage(end) >= _stage(fact) for end in ended)
        for fact in about
        if fact.type != "ConcernResolved"
    )


def _stage(fact: Fact) -> int:
    stage: int = fact.get("stage", _STAGE_UNSAID[fact.type])
    return stage


def _hold(placed: Fact, lifted: Fact | None) -> Hold:
    return Hold(
        placed.get("hold_id"), placed.on or date.min, placed.data["by"], placed.get("reason"), placed.day("review_on"),
        lifted.on if lifted else None, lifted.data["by"] if lifted else None,
    )  # fmt: skip


def _reviewed(hold: Hold) -> str:
    return f", to be looked at again on {in_words(hold.review_on)}" if hold.review_on else ""


def _erasure(told: Iterable[Fact]) -> Erasure:
    """One, from all that is told of its request; of each step the first holds."""
    first: dict[str, Fact] = {}
    for fact in told:
        first.setdefault(fact.type, fact)
    asked, approved = first["ErasureRequested"], first.get("ErasureApproved")
    closed, gone = first.get("ErasureClosed"), first.get("PersonalDataErased")
    return Erasure(
        id=asked.data["request_id"],
        state="carried_out" if gone else closed.data["outcome"] if closed else "approved" if approved else "requested",
        requested_on=asked.on or date.min,
        requested_by=asked.data["by"],
        basis=asked.data["basis"],
        authority=asked.get("authority"),
        reason=asked.get("reason"),
        approved_on=approved.on if approved else None,
        approved_by=approved.data["by"] if approved else None,
        from_on=approved.day("from_on") if approved else None,
        names=tuple(approved.get("names", ())) if approved else (),
        closed_on=closed.on if closed else None,
        closed_by=closed.data["by"] if closed else None,
        erased_on=gone.on if gone else None,
    )


def _erased(fact: Fact) -> Erased:
    positions = frozenset(fact.get("positions", ()))
    return Erased(fact.on or date.min, fact.position, fact.id, fact.get("request_id"), positions, fact.data)


def _kept(retain: Retention | None, subject: Subject) -> Retained | None:
    if retain is None:
        return None
    return retain.personal if subject.kind == "worker" else retain.case


def _dated(told: Iterable[Fact], day: date) -> list[Fact]:
    return [fact for fact in told if fact.on is not None and fact.on <= day]
