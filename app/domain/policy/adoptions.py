"""Which policies a council has adopted: every version, from when to when, and whether it is in force on a day.

What is in force follows the same rules as the assessment (`scope.versions`): a version holds until the next one of its
policy, or until the policy is withdrawn; of several adopted for one day the last in the order of facts holds.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from app.domain.calendar import DAY
from app.domain.policy.adopted import pack_of
from app.domain.policy.checking import Disagreement, duties
from app.domain.policy.shapes import Duty, Pack
from app.events.facts import Fact

State = Literal["in_force", "coming", "replaced", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Adoption:
    """One version of a policy as it was adopted.

    `until`: its last day, None while none is known. A version that another one of the same day replaced was never in
    force: its `until` is the day before its first day.
    """

    pack: Pack
    policy: Mapping[str, Any]
    applies_from: date
    until: date | None
    state: State
    position: int


def adoptions(told: Iterable[Fact], as_at: date) -> list[Adoption]:
    """Every adoption that these facts tell of, by policy and then by date; the state is the one on `as_at`."""
    by_policy: dict[str, list[Fact]] = {}
    for fact in told:
        if fact.type in ("PolicyAdopted", "PolicyWithdrawn") and fact.on is not None:
            by_policy.setdefault(fact.data["policy_id"], []).append(fact)
    return [
        _adoption(fact, facts[number + 1 :], as_at)
        for _, facts in sorted(by_policy.items())
        for number, fact in enumerate(facts)
        if fact.type == "PolicyAdopted"
    ]


def _adoption(fact: Fact, following: list[Fact], as_at: date) -> Adoption:
    """`following` are the later facts about this policy, in order: the first of them ends it."""
    since, after = fact.on or date.min, following[0] if following else None
    until = None if after is None or after.on is None else after.on - DAY
    state: State = "in_force" if since <= as_at else "coming"
    if after is not None and until is not None and (until < as_at or until < since):
        state = "replaced" if after.type == "PolicyAdopted" else "withdrawn"
    return Adoption(pack_of(fact.data["policy"]), fact.data["policy"], since, until, state, fact.position)


def rules_taken(adopted: Iterable[Adoption], pack: Pack, applies_from: date) -> Iterator[Disagreement]:
    """The rules whose ids another policy has too on a day on which both are in force.

    Answers, timelines and arrangements name a rule by its id alone.
    """
    beside = [each.pack for each in adopted if each.pack.id != pack.id and _lasts(each, applies_from)]
    theirs = {duty.id: other.id for other in beside for rule in other.rules for duty in rule.duties}
    for path, duty in duties(pack):
        if duty.id in theirs:
            said = f"the policy `{theirs[duty.id]}` has a rule `{duty.id}` too: give this one another id"
            yield Disagreement((*path, "id"), "rule_taken", said)


def _lasts(adoption: Adoption, day: date) -> bool:
    """Whether it is in force on the day or later."""
    return adoption.until is None or adoption.until >= max(day, adoption.applies_from)


@dataclass(frozen=True, slots=True)
class Carried:
    """What a pack makes of one clause: the duties that judge it, if any. `text` is None where it is not indexed."""

    id: str
    carries: str
    text: str | None
    duties: tuple[tuple[str, Duty], ...]
    """Each with the kind (or kinds) of subject that it is about."""


def clauses(pack: Pack) -> list[Carried]:
    """Every clause that the pack indexes or answers, by name, with LU-9 before LU-10."""
    found: dict[str, list[tuple[str, Duty]]] = {name: [] for name in pack.clauses}
    for rule in pack.rules:
        for duty in rule.duties:
            for name in (duty.id, *duty.answers):
                found.setdefault(name, []).append((" or ".join(rule.subjects), duty))
    return [_carried(pack, name, found[name]) for name in sorted(found, key=_by_number)]


def _by_number(name: str) -> list[str | int]:
    return [int(part) if number % 2 else part for number, part in enumerate(re.split("([0-9]+)", name))]


def _carried(pack: Pack, name: str, duties: list[tuple[str, Duty]]) -> Carried:
    listed = pack.clauses.get(name)
    carries = "rule" if duties or listed is None else listed.carries
    return Carried(name, carries, None if listed is None else listed.text, tuple(duties))
