"""What a draft policy would change: one subject assessed with it and without it, on a few days. Pure.

The draft stands in place of every version of the same policy adopted for its first day or later; versions before that,
and all other policies, stay. Rules that both sets of policies have are compared; rules that only one has are counted
apart, because nothing can be said of what they change. Nobody is late whose rules say only that something is not known.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

from app.domain.compliance import COLOURS, assess, policies_in_force
from app.domain.history import STRUCTURE, History, Subject
from app.domain.looking import Look
from app.domain.obligations import Assessment
from app.domain.policy.patterns import Status
from app.domain.policy.shapes import Pack
from app.domain.scope import stretches
from app.events.facts import Fact, Facts

POLICIES: Final = "council/policies"
_ALWAYS: Final = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Draft:
    """A pack, as plain data, that nobody has adopted, and the first day on which it would be in force."""

    policy_id: str
    policy: Mapping[str, Any]
    applies_from: date

    def replaces(self, fact: Fact) -> bool:
        """Whether this adoption or withdrawal would not be there."""
        same = fact.type in ("PolicyAdopted", "PolicyWithdrawn") and fact.data["policy_id"] == self.policy_id
        return same and fact.on is not None and fact.on >= self.applies_from

    def adopted(self) -> Fact:
        """The adoption that nobody recorded."""
        data = {"policy_id": self.policy_id, "policy": self.policy}
        return Fact("PolicyAdopted", self.applies_from, data, "", "", 0, None, _ALWAYS)


def under(facts: Facts, draft: Draft) -> Facts:
    """The same facts, as if the draft had been adopted; the same each time, with what was worked out of them."""
    kept: tuple[Draft, Facts] | None = facts.kept.get(Draft)
    if kept is None or kept[0] is not draft:
        told = [fact for fact in facts.as_at(date.min)(POLICIES) if not draft.replaces(fact)]
        told = sorted([*told, draft.adopted()], key=lambda fact: fact.on or date.min)
        kept = facts.kept[Draft] = draft, facts.with_instead(POLICIES, told)
    return kept[1]


class Said(NamedTuple):
    """What one rule says on a day."""

    status: str
    code: str | None
    due_on: date | None


RuleKey = tuple[str, str]
"""A policy and one of its rules."""
NOTHING: Final = Said(str(Status.NOT_APPLICABLE), None, None)
LATE: Final = str(Status.BREACHED)


@dataclass(slots=True)
class Tally:
    """What was counted: how often each of some words in a row came up, and who would be late or no longer.

    The words: `subject`, what of it; `month`, day, what; and of the last day `rule`, policy, rule, before, after;
    `team`, team, what; `new` and `removed`, policy, rule, status; `unknown`, policy, rule, code, since when.
    """

    counts: Counter[tuple[str, ...]] = field(default_factory=Counter)
    late: list[dict[str, Any]] = field(default_factory=list)

    def take(self, other: "Tally", most_listed: int | None = None) -> None:
        """Count these too; no more than so many are listed."""
        self.counts.update(other.counts)
        self.late += other.late if most_listed is None else other.late[: max(0, most_listed - len(self.late))]

    def as_json(self) -> dict[str, Any]:
        """As plain data."""
        return {"counts": [[list(words), number] for words, number in sorted(self.counts.items())], "late": self.late}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> "Tally":
        """From what `as_json` gave."""
        return cls(Counter({tuple(words): number for words, number in told["counts"]}), list(told["late"]))


def compared(subject: Subject, facts: Facts, draft: Draft, days: Sequence[date]) -> Tally:
    """What the draft would change for this subject on these days, of which the last is told in full.

    Days before the draft's first read the same with and without it. Raises `FactsNeeded`.
    """
    tally, drafted = Tally(), under(facts, draft)
    changed = False
    for day in days:
        if day < draft.applies_from:
            continue
        before, after = (assess(subject, each, day, brief=True) for each in (facts, drafted))
        common = _rules(facts, day, subject.kind) & _rules(drafted, day, subject.kind)
        differing = {key: pair for key, pair in differences(before, after).items() if key in common}
        _count(tally, ("month", day.isoformat()), differing.values())
        changed = changed or bool(differing)
        if day == days[-1]:
            team = _team(subject, facts, day)
            _tell(tally, subject, team, before, after, differing)
            _apart(tally, before, after, common)
    tally.counts["subject", "looked_at"] += 1
    tally.counts["subject", "changed"] += changed
    return tally


def rules_of(packs: Iterable[Pack], kind: str | None = None) -> dict[RuleKey, str]:
    """Each rule and each row of a table with its title, about one kind of subject or about any."""
    rules = [(pack, rule) for pack in packs for rule in pack.rules if kind is None or kind in rule.subjects]
    duties = [(pack.id, duty) for pack, rule in rules for duty in (rule, *(rule.table.rows if rule.table else ()))]
    return {(policy, duty.id): duty.title for policy, duty in duties}


def _rules(facts: Facts, day: date, kind: str) -> frozenset[RuleKey]:
    key, kept = ("rules in force", day, kind), facts.kept
    if key not in kept:
        kept[key] = frozenset(rules_of(policies_in_force(facts, day), kind))
    found: frozenset[RuleKey] = kept[key]
    return found


def _said(said: Assessment) -> dict[RuleKey, Said]:
    """What the rules that apply say."""
    applying = (finding for finding in said.findings if finding.status is not Status.NOT_APPLICABLE)
    return {(f.policy, f.rule): Said(str(f.status), f.code, f.due_on) for f in applying}


def differences(before: Assessment, after: Assessment) -> dict[RuleKey, tuple[Said, Said]]:
    """The rules that say something else afterwards: what they said, and what they say."""
    return {key: pair for key, pair in _pairs(before, after).items() if pair[0] != pair[1]}


def _pairs(before: Assessment, after: Assessment) -> dict[RuleKey, tuple[Said, Said]]:
    one, other = _said(before), _said(after)
    return {key: (one.get(key, NOTHING), other.get(key, NOTHING)) for key in one.keys() | other.keys()}


def _words(pairs: Iterable[tuple[Said, Said]]) -> Iterator[str]:
    for before, after in pairs:
        yield "changed"
        if (before.status == LATE) != (after.status == LATE):
            yield "newly_late" if after.status == LATE else "no_longer_late"


def _count(tally: Tally, of: tuple[str, ...], pairs: Iterable[tuple[Said, Said]]) -> None:
    tally.counts.update((*of, word) for word in _words(pairs))


def _tell(
    tally: Tally, subject: Subject, team: str, before: Assessment, after: Assessment,
    differing: Mapping[RuleKey, tuple[Said, Said]],
) -> None:  # fmt: skip
    """The last day: rule by rule, by team, and whether the subject as a whole would be late, or no longer."""
    _count(tally, ("team", team), differing.values())
    for (policy, rule), (one, other) in differing.items():
        tally.counts["rule", policy, rule, one.status, other.status] += 1
    if (before.status is Status.BREACHED) == (after.status is Status.BREACHED):
        return
    newly = after.status is Status.BREACHED
    late = (each for each in (after if newly else before).findings if each.status is Status.BREACHED)
    rules = sorted(each.rule for each in late if each.force in COLOURS)
    tally.counts["subject", "newly_late" if newly else "no_longer_late"] += 1
    tally.late.append({
        "subject": {"type": subject.kind, "id": subject.id}, "team": team or None, "newly": newly,
        "before": str(before.status), "after": str(after.status), "rules": rules,
    })  # fmt: skip


def _apart(tally: Tally, before: Assessment, after: Assessment, common: frozenset[RuleKey]) -> None:
    """Rules that only one set of policies has, and what could not be known under the draft."""
    one, other = _said(before), _said(after)
    for word, said in (("removed", one), ("new", other)):
        tally.counts.update((word, *key, what.status) for key, what in said.items() if key not in common)
    for key, what in other.items():
        if what.status == str(Status.NOT_ASSESSABLE):
            already = one.get(key, NOTHING).status == what.status
            tally.counts["unknown", *key, what.code or "", "already" if already else "newly"] += 1


def _team(subject: Subject, facts: Facts, day: date) -> str:
    """The team on the day; empty where there is none, or none is known."""
    lived = stretches(History(subject, Look(facts.as_at(day)), day, types=STRUCTURE))
    found = next((stretch.situation.get("team") for stretch in lived if day in stretch), None)
    return str(found or "")
