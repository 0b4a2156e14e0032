"""The one way to an answer: ledger → facts → assessment, for one subject, at the moment of asking.

The evaluation itself is pure and asks for facts by tag; this module loads what it asks for and asks again. What holds
for a whole council (policies, calendars, merges) is kept between requests and proved current by each read.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Generic, TypeVar

from app.db import Database
from app.errors import NotFound
from app.events import store
from app.events.effective import OTHER_DOORS, Known, facts_by_tag, merges
from app.events.facts import Facts, FactsNeeded, Needs
from app.events.growing import Reading
from app.events.store import Wanted
from app.events.stored import Stored

T = TypeVar("T")

EVERYTHING = Known()
COUNCIL_TAGS = ("council/policies", "council/calendars", "council/merges", "council/feeds")
MOST_ROUNDS = 200
"""How often an assessment may find that it needs further facts. A team, its cases, their workers, their supervisors and
theirs, each perhaps under two names, are some ten; each further day of a timeline may name somebody new."""


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """An answer, the ledger's head when it was given, the last position that it rests on, and the tags it asked for."""

    value: T
    head: int
    rests_on: int
    asked: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Gathered:
    """The events loaded for one question, by position; the tags that are complete, and those of which only in part."""

    events: dict[int, Stored] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)
    types: dict[str, frozenset[str]] = field(default_factory=dict)
    head: int = 0
    council_wide: Mapping[int, Stored] = field(default_factory=dict)
    """Those of them that hold for the whole council."""


class _Read:
    """What was gathered so far, as it reads: the facts for each question, with what was worked out of them."""

    def __init__(self, gathered: _Gathered, known: Known, supposed: Sequence[Stored]) -> None:
        self._gathered = gathered
        self._known = known
        self._supposed = supposed
        self._council_wide: Mapping[int, Stored] | None = None
        self._reading, self._facts = Reading(), dict[str, Facts]()
        self._found: list[Stored] = []
        self._tags: set[str] = set()

    @property
    def aliases(self) -> Mapping[str, str]:
        """What each merged subject now is."""
        return self._reading.aliases

    def take(self, found: Iterable[Stored], tags: Iterable[str]) -> None:
        """What was found under these tags; everything is read anew where what holds for the council changed."""
        if self._council_wide is not self._gathered.council_wide:
            self._council_wide = self._gathered.council_wide
            self._begin_anew()
        else:
            self._found += [event for event in found if self._known.admits(event)]
            self._tags |= set(tags)

    def former_names(self) -> dict[str, frozenset[str] | None]:
        """The tags still to load of subjects that read as one of those asked for."""
        return _former_names(self._gathered, self._reading.linked(self._found))

    def all_taken(self) -> None:
        """Read what was taken."""
        if not self._reading.grow(self._found, self._tags):
            self._begin_anew()
            self._reading.grow(self._found, self._tags)
        self._found, self._tags = [*self._supposed], set()

    def facts(self, subject: str) -> Facts:
        """The facts for the question about this subject, the same ones each time it is asked."""
        return self._facts.setdefault(subject, Facts(self._reading.by_tag, types=self._gathered.types))

    def _begin_anew(self) -> None:
        self._reading, self._facts = Reading(), dict[str, Facts]()
        self._found = [event for event in self._gathered.events.values() if self._known.admits(event)]
        self._tags = set(self._gathered.complete)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What became of a question: an answer (alone in its tuple), another subject to ask about, or a failure.

    `asked` are the tags that the answer depends on, each with the types of event that matter (None: all).
    """

    value: tuple[T] | None = None
    asked: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    merged_into: str = ""
    fault: Exception | None = None


class Merged(Exception):
    """The subject was merged into another: ask there."""

    def __init__(self, into: str) -> None:
        super().__init__(into)
        self.into = into


class LoadedEvents:
    """The events loaded so far, read under any state of knowledge."""

    def __init__(self, gathered: _Gathered) -> None:
        self._gathered = gathered

    @property
    def events(self) -> Mapping[int, Stored]:
        """Everything, by position."""
        return self._gathered.events

    def facts(self, known: Known, without: frozenset[int] = frozenset()) -> Facts:
        """The facts as known, without the events at some positions. Raises `FactsNeeded` for former names."""
        events = [event for event in self.events.values() if known.admits(event) and event.position not in without]
        aliases = merges(events)
        if former := _former_names(self._gathered, aliases):
            raise FactsNeeded(former, {tag: types for tag, types in former.items() if types is not None})
        return Facts(facts_by_tag(events, aliases, self._gathered.complete), types=self._gathered.types)


class Assessor:
    """Answers questions about single subjects from the ledgers of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._council_wide: dict[str, _Gathered] = {}
        self._usual_types: dict[tuple[str, str], dict[str, frozenset[str] | None]] = {}

    async def ask(
        self,
        council: str,
        subject: str,
        question: Callable[[Facts], T],
        known: Known = EVERYTHING,
        *,
        aside: bool = False,
    ) -> Answered[T]:
        """`question` answered about `subject` ("worker/W-1", "team/T-1") from what was `known`.

        `aside`: one that may take long is worked out beside the event loop, so that nobody else waits for it.
        Raises `NotFound` for an id that no event has ever named, `Merged` for one that is another now.
        """
        gathered, outcomes = await self._settle(council, {subject: question}, known, aside=aside)
        outcome = outcomes[subject]
        if outcome.fault is not None:
            raise outcome.fault
        # an organisation is there because it is served; anything else because some event names it
        named = _kind(subject) == "council" or any(subject in event.tags for event in gathered.events.values())
        if not named:
            await self._must_exist(council, subject)
        if outcome.value is None:
            raise Merged(outcome.merged_into)
        rests_on = max(gathered.events, default=0)
        return Answered(outcome.value[0], gathered.head, rests_on, frozenset(outcome.asked))

    async def ask_council(self, council: str, question: Callable[[Facts], T], known: Known = EVERYTHING) -> Answered[T]:
        """`question` answered from what holds for the whole council: its policies, calendars and feeds."""
        gathered = _Gathered()
        await self._load(council, gathered, {})
        events = [event for event in gathered.events.values() if known.admits(event)]
        value = question(Facts(facts_by_tag(events, merges(events), gathered.complete)))
        return Answered(value, gathered.head, max(gathered.events, default=0))

    async def ask_knowing(self, council: str, subject: str, question: Callable[["LoadedEvents"], T]) -> Answered[T]:
        """`question` answered from several states of knowledge, beside the event loop: it reads what is loaded itself.

        It is put again with more loaded until it lacks nothing. Raises `NotFound` and `Merged` as `ask`.
        """
        gathered = _Gathered()
        wanted: Mapping[str, frozenset[str] | None] = self._usually_needed(council, [subject])
        for _ in range(MOST_ROUNDS):
            await self._load(council, gathered, wanted)
            needs, loaded = Needs(), LoadedEvents(gathered)
            with needs:
                value = await asyncio.to_thread(question, loaded)
                into = merges([*gathered.events.values()]).get(subject)
                if into is not None:
                    raise Merged(into)
                named = _kind(subject) == "council" or any(subject in each.tags for each in gathered.events.values())
                if not named:
                    await self._must_exist(council, subject)
                return Answered(value, gathered.head, max(gathered.events, default=0))
            wanted = needs.tags
        raise RuntimeError("a question that never has enough facts")

    async def ask_all(
        self,
        council: str,
        questions: Mapping[str, Callable[[Facts], T]],
        rested_on: Mapping[str, frozenset[str] | None] = MappingProxyType({}),
        known: Known = EVERYTHING,
        supposed: Iterable[Stored] = (),
        *,
        aside: bool = False,
    ) -> tuple[int, dict[str, "Outcome[T]"]]:
        """Many questions at once, each about its own subject: the ledger's head, and what became of each.

        A question that fails stops no other. `rested_on` is what the answers rested on before: loaded at once, it saves
        asking again and again for what is missing. `supposed` are events, with all their tags, that are taken into
        account as if they were recorded.
        """
        gathered, outcomes = await self._settle(council, questions, known, rested_on, supposed, aside=aside)
        return gathered.head, outcomes

    async def _settle(
        self,
        council: str,
        questions: Mapping[str, Callable[[Facts], T]],
        known: Known,
        rested_on: Mapping[str, frozenset[str] | None] = MappingProxyType({}),
        supposed: Iterable[Stored] = (),
        *,
        aside: bool = False,
    ) -> tuple[_Gathered, dict[str, "Outcome[T]"]]:
        """Load and try, until each question was answered, failed, or turned out to be about another subject."""
        supposed = tuple(supposed)
        gathered, outcomes = _Gathered({event.position: event for event in supposed}), dict[str, Outcome[T]]()
        read = _Read(gathered, known, supposed)
        wanted: Mapping[str, frozenset[str] | None] = {**self._usually_needed(council, questions), **rested_on}
        for _ in range(MOST_ROUNDS):
            read.take(await self._load(council, gathered, wanted), wanted)
            wanted = read.former_names()
            if wanted:
                continue
            read.all_taken()
            missing = Needs()
            for subject in questions.keys() - outcomes.keys():
                trial = partial(_tried, subject, questions[subject], read.facts(subject), read.aliases, missing)
                outcome = await asyncio.to_thread(trial) if aside else trial()
                outcomes |= {} if outcome is None else {subject: outcome}
            if len(outcomes) == len(questions):
                break
            wanted = missing.tags
        endless: Outcome[T] = Outcome(fault=RuntimeError("an assessment that never has enough facts"))
        self._remember(council, questions, gathered)
        return gathered, {subject: outcomes.get(subject, endless) for subject in questions}

    def _usually_needed(self, council: str, subjects: Iterable[str]) -> dict[str, frozenset[str] | None]:
        """What others of their kind needed under their own id, in each of the parts they play: saves a round."""
        needed: dict[str, frozenset[str] | None] = {}
        for subject in subjects:
            kind, _, identity = subject.partition("/")
            usual = self._usual_types.get((council, kind), {})
            needed |= {f"{part}/{identity}": types for part, types in usual.items()}
        return needed

    def _remember(self, council: str, subjects: Iterable[str], gathered: _Gathered) -> None:
        for subject in subjects:
            kind, _, identity = subject.partition("/")
            tags = {part: f"{part}/{identity}" for part in (kind, "by")}
            needed = {part: gathered.types.get(tag) for part, tag in tags.items() if tag in gathered.complete}
            if needed:
                self._usual_types[council, kind] = needed

    async def _load(
        self, council: str, gathered: _Gathered, wanted: Mapping[str, frozenset[str] | None]
    ) -> Sequence[Stored]:
        """Add what stands under these tags, of these types (None: all), and what holds for the council.

        Answers what was found under the tags.
        """
        shared = self._council_wide.setdefault(council, _Gathered())
        asked = dict.fromkeys(COUNCIL_TAGS, Wanted(shared.head))
        asked |= {tag: Wanted(types=_all_doors(types)) for tag, types in wanted.items()}
        found = await store.tagged(self._database, council, asked)
        if any(event.tags & set(COUNCIL_TAGS) for event in found.events):
            whole = await store.tagged(self._database, council, dict.fromkeys(COUNCIL_TAGS, Wanted()))
            shared = _Gathered({event.position: event for event in whole.events}, head=whole.head)
        else:
            shared = replace(shared, head=max(shared.head, found.head))
        self._council_wide[council] = shared
        for event in [*shared.events.values(), *found.events]:
            gathered.events[event.position] = _with_tags(event, gathered.events.get(event.position))
        gathered.council_wide = shared.events
        gathered.complete |= {*COUNCIL_TAGS, *wanted}
        for tag, types in wanted.items():
            gathered.types.pop(tag, None)
            if types is not None:
                gathered.types[tag] = types
        gathered.head = found.head
        return found.events

    async def _must_exist(self, council: str, subject: str) -> None:
        """Whether any event names the subject at all, in whichever part and of whichever type."""
        kind, _, identity = subject.partition("/")
        parts = [subject, f"by/{identity}"] if kind == "worker" else [subject]
        if not (await store.tagged(self._database, council, dict.fromkeys(parts, Wanted()))).events:
            raise never_named(kind)


def never_named(kind: str) -> NotFound:
    """What is said of an id that no event names, and of one that is no business of whoever asks."""
    return NotFound(f"no_such_{kind}", f"There is no such {kind} here, or none that you may ask about.")


def _kind(subject: str) -> str:
    return subject.partition("/")[0]


def _tried(
    subject: str,
    question: Callable[[Facts], T],
    facts: Facts,
    aliases: Mapping[str, str],
    missing: Needs,
) -> Outcome[T] | None:
    """The question's outcome, or None with what was missing for it added to `missing`."""
    if subject in aliases:
        return Outcome(merged_into=aliases[subject])
    try:
        answer = question(facts)
    except FactsNeeded as lacking:
        missing.take(lacking)
        return None
    except Exception as fault:
        return Outcome(asked=_rested_on(facts.asked, aliases), fault=fault)
    return Outcome((answer,), _rested_on(facts.asked, aliases))


def _rested_on(
    asked: Mapping[str, frozenset[str] | None], aliases: Mapping[str, str]
) -> dict[str, frozenset[str] | None]:
    """What was asked for, under former names too, with the types that a fact of one of these may have come as."""
    tags = {tag: _all_doors(types) for tag, types in asked.items()}
    return tags | _former(tags, aliases)


@lru_cache(maxsize=1024)
def _all_doors(types: frozenset[str] | None) -> frozenset[str] | None:
    """With the types that a fact of one of these may have come as."""
    return None if types is None else types | {OTHER_DOORS[name] for name in types & OTHER_DOORS.keys()}


def _with_tags(event: Stored, earlier: Stored | None) -> Stored:
    """The event under all the tags that it was found by."""
    if earlier is None or earlier.tags >= event.tags:
        return earlier or event
    return event.under(event.tags | earlier.tags)


def _former_names(gathered: _Gathered, aliases: Mapping[str, str]) -> dict[str, frozenset[str] | None]:
    """The tags still to load of subjects that read as one of those asked for."""
    loaded = {tag: gathered.types.get(tag) for tag in gathered.complete}
    former = _former(loaded, aliases)
    return {tag: types for tag, types in former.items() if tag not in loaded or loaded[tag] != types}


def _former(tags: Mapping[str, frozenset[str] | None], aliases: Mapping[str, str]) -> dict[str, frozenset[str] | None]:
    """The tags of subjects that read as one of these now, in each of the parts they may play."""
    former: dict[str, frozenset[str] | None] = {}
    for old, new in aliases.items():
        kind, _, old_id = old.partition("/")
        new_id = new.partition("/")[2]
        for part in (kind, "by") if kind == "worker" else (kind,):
            if (tag := f"{part}/{new_id}") in tags:
                former[f"{part}/{old_id}"] = tags[tag]
    return former
