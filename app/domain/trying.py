"""A pack tried on the examples that it carries: what it says of each sentence, on each of its days, and why.

Each example is a world of its own: the policy is in force from the month of its version on (or from the first event,
where that comes earlier or the version names no month), and nothing is known but the example's events, told in the
order in which they are written. Pure; the calendar of working days is an argument.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from app.domain.compliance import assess
from app.domain.history import Subject, order
from app.domain.obligations import Assessment, Finding
from app.domain.policy.checking import duties
from app.domain.policy.loading import as_json
from app.domain.policy.shapes import Example, Expected, Pack
from app.events.facts import Fact, Facts, FactsNeeded
from app.events.tags import tags_of
from app.events.types import business_date

_RECORDED: Final = datetime(2000, 1, 1, tzinfo=UTC)
_SHOWN: Final = ("status", "code", "due_on")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an example expects of a rule on a day, and what the pack finds; nothing where no such rule is in force."""

    expected: Expected
    finding: Finding | None

    @property
    def said(self) -> dict[str, Any]:
        """Status, code and due date as they were found."""
        return {name: getattr(self.finding, name, None) for name in _SHOWN}

    @property
    def as_expected(self) -> bool:
        """Whether all that the example says of the finding is so; what it leaves out does not matter."""
        wanted = {name: value for name in _SHOWN if (value := getattr(self.expected, name)) is not None}
        return self.finding is not None and all(self.said[name] == value for name, value in wanted.items())


@dataclass(frozen=True, slots=True)
class Tried:
    """One example with everything that it expects."""

    example: Example
    outcomes: tuple[Outcome, ...]

    @property
    def as_expected(self) -> bool:
        """Whether the whole sentence holds."""
        return all(outcome.as_expected for outcome in self.outcomes)


def tried(pack: Pack, calendar: Mapping[str, Any]) -> Iterator[Tried]:
    """The pack's examples, one by one. `calendar` is the data of a `CalendarAdopted`."""
    for example in pack.examples:
        yield Tried(example, tuple(_outcome(pack, example, expected, calendar) for expected in example.expect))


def without_example(pack: Pack) -> list[str]:
    """The rules and rows of which no example expects anything, by id, in the order of the pack."""
    shown = {expected.rule for example in pack.examples for expected in example.expect}
    return [duty.id for _, duty in duties(pack) if duty.id not in shown]


def _outcome(pack: Pack, example: Example, expected: Expected, calendar: Mapping[str, Any]) -> Outcome:
    told = [(event.type, event.data) for event in example.events]
    found = assessed(pack, calendar, example.subject, told, expected.on).findings
    return Outcome(expected, next((finding for finding in found if finding.rule == expected.rule), None))


def assessed(
    pack: Pack, calendar: Mapping[str, Any], subject: str, events: Iterable[tuple[str, Mapping[str, Any]]], as_at: date
) -> Assessment:
    """What the pack says of a subject (`case/C-1`) on the day, after these events (type and data) and no others."""
    told = [_fact(number, name, data) for number, (name, data) in enumerate(events, 2)]
    adopted = {"policy": as_json(pack), "policy_id": pack.id, "version": pack.version}
    adopted["applies_from"] = _in_force_from(pack, told).isoformat()
    own = [_fact(0, "CalendarAdopted", calendar), _fact(1, "PolicyAdopted", adopted)]
    by_tag: dict[str, list[Fact]] = defaultdict(list)
    for fact in sorted([*own, *told], key=order):
        for tag in tags_of(fact.type, fact.data):
            by_tag[tag].append(fact)
    kind, _, name = subject.partition("/")
    return _answered(Subject(kind, name), by_tag, as_at)


def _answered(subject: Subject, by_tag: Mapping[str, list[Fact]], as_at: date) -> Assessment:
    """Whatever is asked for is there or was never told; each time round more is asked for, which comes to an end."""
    loaded = dict(by_tag)
    while True:
        try:
            return assess(subject, Facts(loaded), as_at)
        except FactsNeeded as needed:
            loaded |= {tag: loaded.get(tag, []) for tag in needed.tags}


def _fact(number: int, name: str, data: Mapping[str, Any]) -> Fact:
    on = business_date(name, data, None)
    return Fact(name, on, data, "urn:example", f"{number:06}", number + 1, None, _RECORDED)


def _in_force_from(pack: Pack, told: Iterable[Fact]) -> date:
    days = [fact.on for fact in told if fact.on is not None]
    try:
        days.append(date.fromisoformat((pack.version + "-01-01")[: len("2026-04-01")]))
    except ValueError:  # a version that names no month
        days.append(date(2000, 1, 1))
    return min(days)
