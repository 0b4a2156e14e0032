"""Judge at a position of the ledger, and record only if nothing that was judged by has changed since."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar

from app.assessing import Assessor, Merged
from app.db import Database
from app.domain.subject import Subject
from app.errors import ConditionFailed, Unavailable
from app.events.erasing import Different
from app.events.facts import Facts
from app.events.naming import names_of
from app.events.stored import Condition
from app.recording import Recorder, own_event

T = TypeVar("T")

TRIES: Final = 8
"""How often a judgement is made anew when something comes in between."""


@dataclass(frozen=True, slots=True)
class Decider:
    """A person who decides: who they are in the ledger, before which application, and on which day (London)."""

    council: str
    client: str
    """As the ledger records it: `recorded_by`."""
    person: str
    today: date
    now: datetime


@dataclass(frozen=True, slots=True)
class Judged(Generic[T]):
    """What was found, the names that the subject has, and the condition under which both still hold."""

    value: T
    names: tuple[str, ...]
    condition: Condition


@dataclass(frozen=True, slots=True)
class Deciding:
    """Where to ask and where to record."""

    database: Database
    recorder: Recorder
    assessor: Assessor

    async def subject_now(self, council: str, named: Subject) -> Subject:
        """Who or what this is now. Raises `NotFound` for what no event names."""
        try:
            await self.assessor.ask(council, named.tag, lambda _: None)
        except Merged as merged:
            kind, _, identity = merged.into.partition("/")
            return Subject(kind, identity)
        return named

    async def person_now(self, who: Decider) -> str:
        """Whom the person's id means now."""
        return (await names_of(self.database, who.council, f"worker/{who.person}"))[0].removeprefix("worker/")

    async def judge(self, council: str, subject: Subject, question: Callable[[Facts], T]) -> Judged[T]:
        """`question` answered about the subject; all that it raises is raised here."""
        answer = await self.assessor.ask(council, subject.tag, question)
        # after the question, so that a name that came later makes the condition fail
        names = tuple(await names_of(self.database, council, subject.tag))
        tags = tuple(sorted({*answer.asked, *names, "council/merges"}))
        return Judged(answer.value, names, Condition(answer.head, tags))

    async def record(
        self, who: Decider, kind: str, identity: str, data: Mapping[str, Any], condition: Condition | None = None
    ) -> None:
        """One event of the service's own. Raises `ConditionFailed`."""
        said = {name: value for name, value in data.items() if value is not None}
        event = own_event(who.council, kind, identity, who.now, said)
        await self.recorder.record_own(who.council, who.client, event, condition=condition)

    async def until_settled(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Try, and again while something comes in between. Raises `Unavailable` if that does not end."""
        for _ in range(TRIES):
            try:
                return await attempt()
            except (ConditionFailed, Different):
                continue
        raise Unavailable(
            "changing", "What this is judged by changes all the time. Nothing was done: ask again shortly."
        )
