"""The actions agreed in supervision: of one owner or one case, as they stood on a day. Nothing is judged here. Pure.

An action is found by who owns it or by the case it was agreed for (also through the discussion); who owns it and when
it is due is what was last said, and a follow-up counts as what it says of the outcome.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.history import Subject
from app.domain.obligations import Reference, reference
from app.events.facts import Fact, Facts, FactsNeeded

_BEGIN: Final = frozenset({"ActionAgreed", "ActionAmended"})
_TOLD: Final = _BEGIN | {"ActionFollowedUp", "ActionCompleted", "ActionBlocked"}


@dataclass(frozen=True, slots=True)
class Action:
    """One action. `state`: `open`, `overdue`, `completed` or `no_longer_needed`; `late` when it was closed too late.

    `due_on` None: no date was agreed. `blocked_on`: the day on which it was last said that it cannot be done as agreed.
    """

    action_id: str
    state: str
    late: bool
    agreed_on: date | None
    due_on: date | None
    closed_on: date | None
    followed_up_on: date | None
    blocked_on: date | None
    owner_id: str | None
    case_id: str | None
    scope: str | None
    events: tuple[Reference, ...]


def actions(subject: Subject, facts: Facts, as_at: date) -> list[Action]:
    """The subject's actions agreed by the day, those without a date last. Raises `FactsNeeded`."""
    now = facts.as_at(as_at)
    names = sorted({str(fact.data["action_id"]) for fact in _beginnings(subject, now, as_at)})
    told = _of_each(now, [f"action/{name}" for name in names])
    found = [_action(name, _by(each, as_at), as_at) for name, each in zip(names, told, strict=True)]
    mine = [each for each in found if subject.kind != "worker" or each.owner_id == subject.id]
    return sorted(mine, key=lambda each: (each.due_on or date.max, each.agreed_on or date.min, each.action_id))


def _beginnings(subject: Subject, facts: Facts, as_at: date) -> Iterator[Fact]:
    """The facts by which an action becomes the subject's."""
    if subject.kind == "worker":
        yield from _by(facts(f"by/{subject.id}", _BEGIN), as_at)
        return
    of_case = _by(facts(subject.tag, _BEGIN | {"CaseDiscussed"}), as_at)
    yield from (fact for fact in of_case if fact.type in _BEGIN)
    discussions = {f"discussion/{fact.data['discussion_id']}" for fact in of_case if "discussion_id" in fact.data}
    for told in _of_each(facts, sorted(discussions)):
        # what names another case belongs there: siblings share a discussion
        yield from (f for f in _by(told, as_at) if f.type in _BEGIN and f.get("case_id", subject.id) == subject.id)


def _of_each(facts: Facts, tags: Sequence[str]) -> list[Sequence[Fact]]:
    """What stands under each tag; all that is missing is asked for at once."""
    found, missing = list[Sequence[Fact]](), set[str]()
    for tag in tags:
        try:
            found.append(facts(tag, _TOLD))
        except FactsNeeded:
            missing.add(tag)
    if missing:
        raise FactsNeeded(missing, dict.fromkeys(missing, _TOLD))
    return found


def _by(facts: Sequence[Fact], as_at: date) -> list[Fact]:
    return [fact for fact in facts if fact.on is None or fact.on <= as_at]


def _action(name: str, told: Sequence[Fact], as_at: date) -> Action:
    said = {field: _last_said(told, field) for field in ("owner_id", "due_on", "case_id", "scope", "agreed_on")}
    due_on = None if said["due_on"] is None else date.fromisoformat(said["due_on"])
    closed = next((fact for fact in told if _closes(fact)), None)
    closed_on = None if closed is None else closed.on
    return Action(
        action_id=name,
        state=_state(closed, due_on, as_at),
        late=due_on is not None and closed_on is not None and closed_on > due_on,
        agreed_on=None if said["agreed_on"] is None else date.fromisoformat(said["agreed_on"]),
        due_on=due_on,
        closed_on=closed_on,
        followed_up_on=max((f.on for f in told if f.type == "ActionFollowedUp" and f.on), default=None),
        blocked_on=max((f.on for f in told if f.type == "ActionBlocked" and f.on), default=None),
        owner_id=said["owner_id"],
        case_id=said["case_id"],
        scope=said["scope"],
        events=tuple(reference(fact) for fact in told),
    )


def _last_said(told: Sequence[Fact], field: str) -> str | None:
    return next((str(f.data[field]) for f in reversed(told) if f.type in _BEGIN and field in f.data), None)


def _closes(fact: Fact) -> bool:
    closing = ("completed", "no_longer_needed")
    return fact.type == "ActionCompleted" or (fact.type == "ActionFollowedUp" and fact.get("outcome") in closing)


def _state(closed: Fact | None, due_on: date | None, as_at: date) -> str:
    if closed is not None:
        return "no_longer_needed" if closed.get("outcome") == "no_longer_needed" else "completed"
    return "overdue" if due_on is not None and due_on < as_at else "open"
