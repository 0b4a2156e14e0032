"""Texts in an answer: whose they are, whether this person may read them, traced, and in clear.

Rules: an application never sees a text, whatever its token says; a text opens under a right to the very subject whose
it is; what a person is refused is traced as what they are given. Texts that are filed under a team open for nobody.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from fastapi import Request

from app.api.deps import Parts, access_of, permission, reader_of, right_to
from app.domain.access.deciding import Right
from app.domain.subject import Subject
from app.events import store, tracing
from app.events.effective import LINKING, merges
from app.events.store import Wanted
from app.events.stored import Stored
from app.events.tags import tags_of
from app.events.tracing import Basis, Texts
from app.security import Actor

CONTENT: Final = {"worker": "personal_text", "case": "case_text"}
"""The kind of content that a text is, by whose it is."""


async def opened(
    request: Request, actor: Actor, service: Parts, events: Sequence[Stored], of: Subject, right: Right
) -> Texts:
    """The texts of one subject in these events, under the right by which the address was opened."""
    access = await access_of(service, actor)
    owners = await tracing.owners(service.database, actor.council, events)
    now = await _names_now(service, actor.council, owners - {of.tag})
    rights = {whose: _basis(right) for whose in owners if now.get(whose, whose) == of.tag}
    return await tracing.read_texts(
        service.database, access, events, reader_of(request, actor, permission(request).operation), rights
    )


async def opened_each(request: Request, actor: Actor, service: Parts, events: Sequence[Stored]) -> Texts:
    """The texts in an event and what amends it, each under a right to the subject whose it is; others are left out."""
    reader, rights = reader_of(request, actor, permission(request).operation), dict[str, Basis]()
    for subject in await _asked_for(actor, service, events):
        right = await right_to(request, subject, CONTENT[subject.kind])
        if isinstance(right, Right) and within(right, events):
            rights[subject.tag] = _basis(right)
        else:
            await tracing.refused(service.database, actor.council, reader, subject.tag)
    return await tracing.read_texts(service.database, await access_of(service, actor), events, reader, rights)


async def refused_all(request: Request, actor: Actor, service: Parts, events: Sequence[Stored]) -> None:
    """Trace that a person was refused an event with all its texts."""
    reader = reader_of(request, actor, permission(request).operation)
    for subject in await _asked_for(actor, service, events):
        await tracing.refused(service.database, actor.council, reader, subject.tag)


async def _asked_for(actor: Actor, service: Parts, events: Sequence[Stored]) -> list[Subject]:
    """Whose texts are in these events; nobody's for who cannot be asking for texts."""
    if not (actor.delegated and actor.may("narratives:read")):
        return []
    owners = sorted(await tracing.owners(service.database, actor.council, events))
    subjects = [Subject(kind, identity) for kind, _, identity in (whose.partition("/") for whose in owners)]
    return [subject for subject in subjects if subject.kind in CONTENT]


def within(right: Right, events: Sequence[Stored]) -> bool:
    """Whether a right, which may be confined to a session or a record, holds of an event and what amends it."""
    return right.only is None or any(not right.only.isdisjoint(tags_of(each.type, each.data)) for each in events)


def _basis(right: Right) -> Basis:
    return Basis(right.role, right.relation, right.purpose, right.grant)


async def _names_now(service: Parts, council: str, subjects: Collection[str]) -> Mapping[str, str]:
    """What those of the subjects that were merged or linked into others are now."""
    if not subjects:
        return {}
    asked = dict.fromkeys(("council/merges", *subjects), Wanted(types=LINKING))
    return merges((await store.tagged(service.database, council, asked)).events)


async def names_of(service: Parts, council: str, subject: str) -> list[str]:
    """The subject as it is called now, and all the names that read as it."""
    now = await _names_now(service, council, [subject])
    current = now.get(subject, subject)
    return sorted({current} | {former for former, into in now.items() if into == current})
