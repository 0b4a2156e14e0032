"""Everything that is held about a worker or a case, gathered for who asked: all of it, nobody else's.

What carries a tag of theirs under any name that they had, what their texts are filed in, what belongs to their file,
and what names that file. Each event comes with what amends it, so that both versions of a corrected fact are there.
Texts open under the right that the request gives, so that each is traced; of every text that stays closed it is
known why.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from fastapi import Request as HttpRequest

from app.api.compliance import ask
from app.api.deps import Parts, right_to
from app.api.opening import CONTENT, opened_theirs
from app.domain.access.deciding import Right
from app.domain.files import case_record, supervision_file
from app.domain.subject import Subject
from app.domain.subject_access import Request
from app.events import reading
from app.events.effective import Known
from app.events.facts import Fact, Facts
from app.events.naming import names_of
from app.events.reading import Amended
from app.events.tracing import Texts
from app.security import Actor

AT_ONCE = 1_000
"""Events that are read in one go."""
_FILES = ("FileOpened", "FileTransferred")


@dataclass(frozen=True, slots=True)
class Gathered:
    """All events about a subject, oldest first, and what may be read of their texts."""

    subject: Subject
    """As it is called now."""
    names: tuple[str, ...]
    """The tags of all names that it had ("worker/W-1")."""
    events: Sequence[Amended]
    drawn: Sequence[Fact]
    """Samples for an audit that drew the subject's file; they name others too, so nothing but that is shown of them."""

    @property
    def ids(self) -> frozenset[str]:
        """All identifiers that it had."""
        return frozenset(name.partition("/")[2] for name in self.names)


async def gathered(service: Parts, actor: Actor, subject: Subject) -> Gathered:
    """Everything about the subject, without its texts."""
    names = await names_of(service.database, actor.council, subject.tag)
    now = names[0].partition("/")
    current = Subject(now[0], now[2])
    belonging, drawn = await _by_links(service, actor, current)
    tags = {*names, *(f"{kind}/{name.partition('/')[2]}" for name in names for kind in _PARTS.get(current.kind, ()))}
    found = await reading.concerning(service.database, actor.council, tags, names, belonging)
    events = await _read(service, actor, found)
    files = {f"file/{each.event.data['file_id']}" for each in events if each.event.type in _FILES
             and "file_id" in each.event.data} if current.kind == "worker" else set()  # fmt: skip
    if files:
        more = await reading.concerning(service.database, actor.council, files, ())
        events = [*events, *await _read(service, actor, set(more).difference(found))]
    ordered = sorted(events, key=lambda each: each.event.position)
    ids = {name.partition("/")[2] for name in names} | {file.partition("/")[2] for file in files}
    samples = [fact for fact in drawn if not ids.isdisjoint(fact.data["selected"])] if files or ids else []
    return Gathered(current, tuple(names), ordered, samples)


_PARTS: Mapping[str, tuple[str, ...]] = {"worker": ("by", "file")}
"""What else a worker is found as: in another's facts, and by the file that is kept of them under their own number."""


async def texts_of(
    request: HttpRequest, actor: Actor, service: Parts, found: Gathered, asked: Request
) -> tuple[Texts, Mapping[int, str]]:
    """The subject's texts, traced and in clear; of the others, by position, why they are not given (a code).

    An answered request opens none, though another request of theirs may be open.
    """
    right = await right_to(request, found.subject, CONTENT[found.subject.kind])
    may = None
    if isinstance(right, Right) and asked.answer is None:
        may = replace(right, grant=f"request/{asked.id}")
    return await opened_theirs(request, actor, service, found.events, found.subject, may)


async def _by_links(service: Parts, actor: Actor, subject: Subject) -> tuple[Collection[int], Sequence[Fact]]:
    """Where what belongs to the file or the record stands, and the samples that were drawn in the council."""

    def question(facts: Facts) -> tuple[Collection[int], Sequence[Fact]]:
        told = supervision_file(subject.id, facts) if subject.kind == "worker" else case_record(subject.id, facts)
        drawn = facts("council/programmes", frozenset({"AuditSampleDrawn"}))
        return {fact.position for fact in told}, drawn if subject.kind == "worker" else ()

    answer = await ask(service, actor, subject, Known(), question)
    # merged in between: whoever asks again is told
    return ((), ()) if not hasattr(answer, "value") else answer.value


async def _read(service: Parts, actor: Actor, positions: Collection[int]) -> list[Amended]:
    wanted, found = sorted(positions), list[Amended]()
    for at in range(0, len(wanted), AT_ONCE):
        amended = await reading.amended(service.database, actor.council, wanted[at : at + AT_ONCE])
        found += amended.values()
    return found
