"""The one way to an answer: ledger → facts → assessment, for one subject, at the moment of asking.

The evaluation itself is pure and asks for facts by tag; this module loads what it asks for and asks again. What holds
for a whole council (policies, calendars, merges) is kept between requests and proved current by each read.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from app.db import Database
from app.errors import NotFound
from app.events import store
from app.events.effective import Known, facts_by_tag, merges
from app.events.facts import Facts, FactsNeeded
from app.events.stored import Stored

T = TypeVar("T")

EVERYTHING = Known()
COUNCIL_TAGS = ("council/policies", "council/calendars", "council/merges", "council/feeds")
MOST_ROUNDS = 12
"""How often an assessment may find that it needs further facts: a chain of references is never that long."""


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """An answer, the ledger's head when it was given, and the last position that it rests on."""

    value: T
    head: int
    rests_on: int


@dataclass(slots=True)
class _Gathered:
    """All events loaded so far for one question, by position, and the tags that are complete."""

    events: dict[int, Stored] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)
    head: int = 0


class Merged(Exception):
    """The subject was merged into another: ask there."""

    def __init__(self, into: str) -> None:
        super().__init__(into)
        self.into = into


class Assessor:
    """Answers questions about single subjects from the ledgers of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._council_wide: dict[str, _Gathered] = {}

    async def ask(
        self, council: str, subject: str, question: Callable[[Facts], T], known: Known = EVERYTHING
    ) -> Answered[T]:
        """`question` answered about `subject` ("worker/W-1", "case/C-1") from what was `known`.

        Raises `NotFound` for an id that no event has ever named, `Merged` for one that is another now.
        """
        gathered = _Gathered()
        await self._load(council, gathered, [subject])
        await self._must_exist(council, subject, gathered)
        for _ in range(MOST_ROUNDS):
            events = [event for event in gathered.events.values() if known.admits(event)]
            aliases = merges(
                event for event in events if event.tags & {"council/merges"} or event.type == "EventRetracted"
            )
            if subject in aliases:
                raise Merged(aliases[subject])
            missing = _former_names(gathered.complete, aliases) - gathered.complete
            if not missing:
                try:
                    answer = question(Facts(facts_by_tag(events, aliases, gathered.complete)))
                    return Answered(answer, gathered.head, max(gathered.events, default=0))
                except FactsNeeded as needed:
                    missing = set(needed.tags)
            await self._load(council, gathered, sorted(missing))
        raise RuntimeError("an assessment that never has enough facts")

    async def _load(self, council: str, gathered: _Gathered, tags: list[str]) -> None:
        """Add what stands under these tags, and what holds for the council."""
        shared = self._council_wide.setdefault(council, _Gathered())
        since = dict.fromkeys(COUNCIL_TAGS, shared.head) | dict.fromkeys(tags, 0)
        found = await store.tagged(self._database, council, since)
        if any(event.tags & set(COUNCIL_TAGS) for event in found.events):
            whole = await store.tagged(self._database, council, dict.fromkeys(COUNCIL_TAGS, 0))
            shared = _Gathered({event.position: event for event in whole.events}, set(COUNCIL_TAGS), whole.head)
        else:
            shared = _Gathered(shared.events, set(COUNCIL_TAGS), max(shared.head, found.head))
        self._council_wide[council] = shared
        for event in [*shared.events.values(), *found.events]:
            gathered.events[event.position] = _with_tags(event, gathered.events.get(event.position))
        gathered.complete |= {*COUNCIL_TAGS, *tags}
        gathered.head = found.head

    async def _must_exist(self, council: str, subject: str, gathered: _Gathered) -> None:
        if any(subject in event.tags for event in gathered.events.values()):
            return
        kind, _, identity = subject.partition("/")
        named = kind == "worker" and (await store.tagged(self._database, council, {f"by/{identity}": 0})).events
        if not named:
            raise NotFound(f"no_such_{kind}", f"No event has ever named this {kind}.")


def _with_tags(event: Stored, earlier: Stored | None) -> Stored:
    """The event under all the tags that it was found by."""
    if earlier is None or earlier.tags >= event.tags:
        return earlier or event
    return event.under(event.tags | earlier.tags)


def _former_names(tags: set[str], aliases: dict[str, str]) -> set[str]:
    """The tags of subjects that read as one of those asked for, in each of the parts they may play."""
    former = set()
    for old, new in aliases.items():
        kind, _, old_id = old.partition("/")
        new_id = new.partition("/")[2]
        for part in (kind, "by") if kind == "worker" else (kind,):
            if f"{part}/{new_id}" in tags:
                former.add(f"{part}/{old_id}")
    return former
