"""What an approved arrangement makes of a rule's terms for one subject, and what part-time work makes of them.

An arrangement (`VariationApproved`) changes the terms that the policy lets vary, no further than it allows, from its
first day to its last (its own, or that of `VariationEnded`); of several that run the last to begin holds. One for a
team holds for its people and cases too, and may only tighten; somebody's own comes before it. What goes further than
the policy allows changes nothing, and is told; so does one that somebody approved whom the policy does not let approve
it. A change of terms is a change of the rule (RD-13): what was open is
re-dated. `pro_rata`: a number is multiplied by the part of full time that somebody works (rounded down, one at least),
an interval divided by it; more than full time changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from app.domain.approving import Approver
from app.domain.calendar import DAY, Interval
from app.domain.history import History
from app.domain.policy.arrangements import TIGHTER, Value, with_terms
from app.domain.policy.duties import Block, Rolling
from app.domain.policy.measured import CasesAtMost, Number
from app.domain.policy.shapes import Duty
from app.domain.policy.varied import furthest_of, term_of, varied
from app.domain.scope import Stretch
from app.events.facts import Fact

_APPROVED: Final = frozenset({"VariationApproved"})
_ENDED: Final = frozenset({"VariationEnded"})


class Approved(NamedTuple):
    """One approved arrangement. `until` is its last day, where that is over; `ends` also one that is still to come."""

    fact: Fact
    since: date
    until: date | None
    ends: date | None
    of_team: bool
    approver: Approver | None = None
    """Where any policy asks who may approve."""


class Arranged(NamedTuple):
    """An arrangement in force: the terms it changes, and those that the policy does not let it change."""

    approved: Approved
    terms: Mapping[str, Value]
    refused: Mapping[str, Any]
    not_theirs: Sequence[str] = ()
    """The roles who may approve it, where it was approved by another."""


class Part(NamedTuple):
    """Days on which one rule asks the same: the first, the last, what it asks, and by which arrangement."""

    since: date
    until: date | None
    block: Block
    arranged: Arranged | None = None


@dataclass(frozen=True, slots=True)
class Arrangements:
    """All that is arranged for one subject, in the order of the facts."""

    approved: Sequence[Approved] = ()

    def parts(self, duty: Duty, block: Block, stretch: Stretch, days: tuple[date, date | None]) -> Iterator[Part]:
        """What a duty asks from one day to another (None: without an end) on which nothing else changes."""
        since, until = days
        block = pro_rated(duty, block, stretch.situation.get("fte"))
        ours = [each for each in self.approved if _speaks_of(each, duty, stretch)] if furthest_of(duty, block) else []
        turns = {since, *(each.since for each in ours), *(each.until + DAY for each in ours if each.until is not None)}
        days_in = sorted(on for on in turns if since <= on and (until is None or on <= until))
        for first, following in zip(days_in, [*days_in[1:], None], strict=True):
            last = until if following is None else following - DAY
            running = [each for each in ours if each.since <= first and (each.until is None or first <= each.until)]
            if not running:
                yield Part(first, last, block)
            else:  # of equals the last in the order
                theirs = [each for each in running if _is_theirs(each, duty)] or running
                yield Part(first, last, *_changed(duty, block, max(reversed(theirs), key=_precedence)))


def arrangements(
    history: History, lived: Iterable[Stretch], approver_of: Callable[[Fact], Approver] | None = None
) -> Arrangements:
    """What was approved up to the day, for the subject and for the teams it was in. Raises `FactsNeeded`.

    `approver_of`: who approved it, where any policy asks.
    """
    if not history.types >= _APPROVED:
        return Arrangements()
    own = [(fact, False) for fact in history.told(*_APPROVED)]
    teams = {team for stretch in lived if (team := stretch.situation.get("team"))}
    if history.subject.kind != "team" and teams:
        found = history.look.at_each({f"team/{team}": _APPROVED for team in sorted(teams)})
        own += [(fact, True) for told in found.values() for fact in told if fact.on and fact.on <= history.until]
    ended = _last_days(history, [fact.data["variation_id"] for fact, _ in own])
    approved = [_approved(fact, of_team, ended, history.as_at) for fact, of_team in own]
    if approver_of is not None:
        approved = [each._replace(approver=approver_of(each.fact)) for each in approved]
    return Arrangements(tuple(approved))


def _last_days(history: History, ids: Iterable[str]) -> dict[str, date]:
    """The last day of each arrangement that was ended: the earliest that was told."""
    found = history.look.at_each({f"variation/{each}": _ENDED for each in ids})
    ended: dict[str, date] = {}
    for fact in (fact for told in found.values() for fact in told if fact.on and fact.on <= history.until):
        ended.setdefault(fact.data["variation_id"], fact.on or date.max)
    return ended


def _approved(fact: Fact, of_team: bool, ended: Mapping[str, date], as_at: date) -> Approved:
    said = [fact.day("until_on"), ended.get(fact.data["variation_id"])]
    ends = min((on for on in said if on is not None), default=None)
    over = ends if ends is not None and ends < as_at else None
    return Approved(fact, fact.on or date.min, over, ends, of_team)


def _speaks_of(approved: Approved, duty: Duty, stretch: Stretch) -> bool:
    if approved.fact.data["rule"] not in (duty.id, *duty.answers):
        return False
    return not approved.of_team or approved.fact.get("team_id") == stretch.situation.get("team")


def _is_theirs(approved: Approved, duty: Duty) -> bool:
    return approved.approver is None or approved.approver.may(duty)


def _precedence(approved: Approved) -> tuple[bool, date]:
    """Somebody's own before the team's; then the last to begin."""
    return not approved.of_team, approved.since


def _changed(duty: Duty, block: Block, approved: Approved) -> tuple[Block, Arranged]:
    """The block with what the arrangement may change."""
    asked = approved.fact.data["parameters"]
    if not _is_theirs(approved, duty):
        return block, Arranged(approved, {}, asked, duty.approvers)
    terms: dict[str, Value] = {}
    refused: dict[str, Any] = {}
    for name, said in sorted(asked.items()):
        value = _value(said)
        if value is None or not _allowed(duty, block, (name, value), approved.of_team):
            refused[name] = said
            continue
        block, terms[name] = varied(block, name, value), value
    return block, Arranged(approved, terms, refused)


def _allowed(duty: Duty, block: Block, asked: tuple[str, Value], of_team: bool) -> bool:
    name, value = asked
    furthest = furthest_of(duty, block).get(name)
    found = None if furthest is None else term_of(block, name)
    if found is None or (isinstance(value, Interval) and value.unit == "working day"):
        return False
    term, own = found
    return term.tighter(value, own if of_team or furthest == TIGHTER else furthest) or term.tighter(value, own)


def _value(said: object) -> Value | None:
    if isinstance(said, str):
        try:
            return Interval.parse(said)
        except ValueError:
            return None
    whole = isinstance(said, int | Decimal) and not isinstance(said, bool) and said == int(said) and said >= 0
    return int(str(said)) if whole else None


def pro_rated(duty: Duty, block: Block, part_of_full_time: object) -> Block:
    """What is asked of somebody who works a part of full time, where the policy says so."""
    if not duty.pro_rata or part_of_full_time is None:
        return block
    part = min(Decimal(str(part_of_full_time)), Decimal(1))
    if part <= 0 or part == 1:
        return block
    if isinstance(block, Rolling):
        target = None if block.target is None else _stretched(block.target, part)
        return with_terms(block, limit=_stretched(block.limit, part), target=target)
    if isinstance(block, Number):
        name = "minutes" if block.times is None else "times"
        return with_terms(block, **{name: max(int(block.needed * part), 1)})
    if isinstance(block, CasesAtMost):
        return with_terms(block, cases=int(block.cases * part))
    return block


def _stretched(interval: Interval, part: Decimal) -> Interval:
    if interval.unit == "week":
        interval = Interval(interval.count * 7, "day")
    return Interval(int(interval.count / part), interval.unit)
