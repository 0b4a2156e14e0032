"""What an assessment may look at: facts, found by tag, with nothing behind them.

A fact is one recorded event as it reads after corrections, retractions and merges. The evaluation of a policy
reaches facts only through `Facts`, so that what a subject's answer depends on is known, and so that the evaluation
itself needs no database: a tag that was not loaded raises `FactsNeeded`, the edge loads it and asks again.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def london_date(value: str) -> date:
    """The London calendar date of an ISO date or of an RFC 3339 date-time with offset."""
    if len(value) == 10:
        return date.fromisoformat(value)
    return datetime.fromisoformat(value).astimezone(LONDON).date()


@dataclass(frozen=True, slots=True)
class Fact:
    """One event as it now reads: corrected, with merged identifiers rewritten; dates in `data` stay ISO strings."""

    type: str
    on: date | None
    """The business date; None for the few types that say how things always were."""
    data: Mapping[str, Any]
    source: str
    id: str
    position: int
    time: datetime | None
    """When the source says it happened (CloudEvents `time`)."""
    recorded: datetime
    """When the ledger took it."""

    def day(self, field: str) -> date | None:
        """A date field (or the London date of a date-time field), None when it is absent."""
        value = self.data.get(field)
        return None if value is None else london_date(value)

    def get(self, field: str, default: Any = None) -> Any:
        """A field's value, `default` when it is absent."""
        return self.data.get(field, default)


BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)


def order(fact: Fact) -> tuple[date, datetime, str, str]:
    """The order of facts: business date, `time` (absent first), source, id; never the order of arrival."""
    return (fact.on or date.min, fact.time or BEGINNING, fact.source, fact.id)


Telling = tuple[Fact, date | None]
"""A fact, and the day from which another telling of the same thing replaces it (None: never)."""


class FactsNeeded(Exception):
    """The assessment asked for what was not loaded; load it and assess again.

    `types` says for some of the `tags` that only these types of event are needed; of the others, all are.
    """

    def __init__(self, tags: Collection[str], types: Mapping[str, frozenset[str]] = MappingProxyType({})) -> None:
        super().__init__(", ".join(sorted(tags)))
        self.tags = frozenset(tags)
        self.types = types


class Needs:
    """What several questions lack, gathered so that it is loaded at once: `with needs:` around each, then `check`."""

    def __init__(self) -> None:
        self.tags: dict[str, frozenset[str] | None] = {}
        """Each with the types that are needed (None: all)."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, lacking: BaseException | None, __: object) -> bool:
        if not isinstance(lacking, FactsNeeded):
            return False
        self.take(lacking)
        return True

    def take(self, lacking: FactsNeeded) -> None:
        """These facts are lacking too."""
        for tag in lacking.tags:
            types, earlier = lacking.types.get(tag), self.tags.get(tag, frozenset())
            self.tags[tag] = None if types is None or earlier is None else types | earlier

    def check(self) -> None:
        """Raises one `FactsNeeded` for all that was lacking."""
        if self.tags:
            raise FactsNeeded(self.tags, {tag: types for tag, types in self.tags.items() if types is not None})


class Facts:
    """Facts grouped by tag, each group ordered by business date, time (absent first), source, id.

    Read as at a day, a thing that was told twice counts once: of the tellings dated by then, the last in the order.
    `types` says of which tags only some types of event were loaded.
    """

    def __init__(
        self,
        by_tag: Mapping[str, Sequence[Fact]],
        day: date = date.max,
        types: Mapping[str, frozenset[str]] = MappingProxyType({}),
        asked: dict[str, frozenset[str] | None] | None = None,
        kept: dict[object, Any] | None = None,
    ) -> None:
        self._by_tag = by_tag
        self._day = day
        self._types = types
        self.asked: dict[str, frozenset[str] | None] = {} if asked is None else asked
        """Every tag that was asked for, as at whichever day, and of which types (None: all)."""
        self.kept: dict[object, Any] = {} if kept is None else kept
        """What was worked out of these facts for all days at once, for whoever needs it again on another day."""

    def as_at(self, day: date) -> "Facts":
        """The same facts, read as at this day."""
        return Facts(self._by_tag, day, self._types, self.asked, self.kept)

    def with_instead(self, tag: str, facts: Sequence[Fact]) -> "Facts":
        """The same facts, with these under a tag; what was worked out of the others is not taken over."""
        return Facts(_Instead(tag, facts, self._by_tag), self._day, self._types, self.asked)

    def with_others(self, others: Mapping[str, Sequence[Fact]], order: Callable[[Fact], Any]) -> "Facts":
        """With others among them, under those of their tags that were loaded; what was worked out is not kept."""
        both = {
            tag: sorted([*self._by_tag[tag], *told], key=order) for tag, told in others.items() if tag in self._by_tag
        }
        return Facts({**self._by_tag, **both}, self._day, self._types, self.asked)

    def __call__(self, tag: str, types: frozenset[str] | None = None) -> Sequence[Fact]:
        """The facts that carry `tag`, optionally of some types only. Raises `FactsNeeded` for what was not loaded."""
        alike: Sequence[Fact] | None = self.kept.get((tag, types))
        if alike is not None:
            return alike
        told = self.tellings(tag, types)
        if all(until is None for _, until in told):  # nothing was told twice: it reads alike on every day
            alike = self.kept[tag, types] = [fact for fact, _ in told]
            return alike
        return [fact for fact, until in told if until is None or until > self._day or not _told(fact, self._day)]

    def tellings(self, tag: str, types: frozenset[str] | None = None) -> Sequence[Telling]:
        """The facts that carry `tag`, whatever the day, each with the day from which another telling replaces it.

        Raises `FactsNeeded` for what was not loaded.
        """
        key = ("tellings", tag, types)
        kept: Sequence[Telling] | None = self.kept.get(key)
        if kept is None:
            self._must_hold(tag, types)
            told = self._by_tag[tag]
            if types is not None:
                told = [fact for fact in told if fact.type in types or fact.type == _ANOTHER_VERSION]
            kept = replaced(told)
            if types is not None and _ANOTHER_VERSION not in types:
                kept = [each for each in kept if each[0].type in types]
            self.kept[key] = kept
        return kept

    def _must_hold(self, tag: str, types: frozenset[str] | None) -> None:
        loaded = self._types.get(tag)
        if tag not in self._by_tag or (loaded is not None and (types is None or not types <= loaded)):
            raise FactsNeeded([tag], {} if types is None else {tag: types | (loaded or frozenset())})
        self._note(tag, types)

    def _note(self, tag: str, types: frozenset[str] | None) -> None:
        earlier = self.asked.setdefault(tag, types)
        if earlier is not types and earlier is not None:
            self.asked[tag] = None if types is None else earlier | types


class _Instead(Mapping[str, Sequence[Fact]]):
    """What stands under the tags, which may become more, and something else under one of them."""

    def __init__(self, tag: str, facts: Sequence[Fact], others: Mapping[str, Sequence[Fact]]) -> None:
        self._tag = tag
        self._facts = facts
        self._others = others

    def __getitem__(self, tag: str) -> Sequence[Fact]:
        return self._facts if tag == self._tag else self._others[tag]

    def __iter__(self) -> Iterator[str]:
        return iter({self._tag, *self._others})

    def __len__(self) -> int:
        return len({self._tag, *self._others})


_ANOTHER_VERSION: Final = "RecordReopened"
"""What comes after it is another version of a record: it says which tellings are of one thing, whoever asks."""

SAME_THING: Final[Mapping[str, tuple[str, ...]]] = {
    "SessionHeld": ("session_id",),
    "SessionScheduled": ("session_id",),
    "SessionMissed": ("session_id",),
    "DecisionMade": ("decision_id", "case_id"),
    "CaseNoteRecorded": ("note_id",),
    "DocumentSaved": ("document_id",),
    "ActionAgreed": ("action_id",),
    "AgreementMade": ("agreement_id",),
    "VariationApproved": ("variation_id",),
    "ObjectiveSet": ("objective_id",),
    "ConcernRaised": ("concern_id",),
    "FileAudited": ("audit_id",),
}
"""Which fields say that two events of a type speak of one thing. Discussions and records have rules of their own."""


_RETELLABLE: Final = frozenset({*SAME_THING, "CaseDiscussed", "RecordCompleted"})


def replaced(facts: Sequence[Fact]) -> Sequence[Telling]:
    """Each fact with the day from which another telling of the same thing replaces it (None: never), in order."""
    if not _may_be_retold(facts):
        return [(fact, None) for fact in facts]
    same = _Sameness(facts)
    keys = [same.key(fact) for fact in facts]
    following: dict[object, date] = {}
    told: list[Telling] = []
    for fact, key in zip(reversed(facts), reversed(keys), strict=True):
        told.append((fact, following.get(key)))
        following[key] = fact.on or date.min
    return told[::-1]


def _may_be_retold(facts: Sequence[Fact]) -> bool:
    """Whether two of these could speak of the same thing: of most things little is told, and nothing twice."""
    if len(facts) < 2:
        return False
    retellable = [fact.type for fact in facts if fact.type in _RETELLABLE]
    return len(set(retellable)) < len(retellable)


def same_things(facts: Sequence[Fact]) -> Iterator[Sequence[Fact]]:
    """The tellings of each thing that was told more than once, in their order."""
    same = _Sameness(facts)
    tellings: dict[object, list[Fact]] = defaultdict(list)
    for fact in facts:
        tellings[same.key(fact)].append(fact)
    yield from (each for each in tellings.values() if len(each) > 1)


def _told(fact: Fact, day: date) -> bool:
    return fact.on is None or fact.on <= day


class _Sameness:
    """Tells which of some facts, given in their order, speak of the same thing."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self._versions: dict[object, int] = defaultdict(int)
        self._discussed_in = {
            (fact.data.get("session_id"), fact.data.get("case_id")): fact.data["discussion_id"]
            for fact in facts
            if fact.type == "CaseDiscussed" and "discussion_id" in fact.data
        }

    def key(self, fact: Fact) -> object:
        """Equal for two facts exactly when they speak of the same thing."""
        data = fact.data
        if fact.type == "CaseDiscussed" and ("discussion_id" in data or "session_id" in data):
            return self._discussion(data)
        if fact.type == _ANOTHER_VERSION:
            # the next completion with this id is the record's next version, another thing from here on
            self._versions[data.get("record_id")] += 1
        elif fact.type == "RecordCompleted" and "record_id" in data:
            return (fact.type, data["record_id"], self._versions[data["record_id"]])
        elif (fields := SAME_THING.get(fact.type)) and fields[0] in data:
            return (fact.type, *(data.get(name) for name in fields))
        return (fact.type, fact.source, fact.id)

    def _discussion(self, data: Mapping[str, Any]) -> object:
        """A discussion is found by its own id; without it, by its session and case."""
        case, session = data.get("case_id"), data.get("session_id")
        own = data.get("discussion_id") or (self._discussed_in.get((session, case)) if session else None)
        return ("CaseDiscussed", case, own) if own else ("CaseDiscussed", case, "in session", session)
