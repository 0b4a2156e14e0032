"""Texts in an answer: whose they are, whether this person may read them, traced, and in clear.

Rules: an application never sees a text, whatever its token says; a text opens under a right to the very subject whose
it is; what a person is refused is traced as what they are given. Texts that are filed under a team open for nobody.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from fastapi import Request

from app.api.deps import Parts, access_of, right_to, today
from app.domain.access.deciding import Right
from app.events import store, tracing
from app.events.effective import LINKING, merges
from app.events.store import Wanted
from app.events.stored import Stored
from app.events.tags import tags_of
from app.events.tracing import Basis, Reader, Texts
from app.security import Actor

SCOPE: Final = "narratives:read"
CONTENT: Final = {"worker": "personal_text", "case": "case_text"}
"""The kind of content that a text is, by whose it is."""


async def opened(
    request: Request, actor: Actor, service: Parts, operation: str, events: Sequence[Stored], of: str, right: Right
) -> Texts:
    """The texts of one subject ("worker/W-1") in these events, under the right by which the address was opened."""
    access = await access_of(service, actor)
    owners = await tracing.owners(service.database, actor.council, events)
    now = await _names_now(service, actor.council, _all(owners) - {of})
    rights = {whose: _basis(right) for whose in _all(owners) if now.get(whose, whose) == of}
    return await tracing.read_texts(service.database, access, events, _reader(request, actor, operation), rights)


async def opened_each(
    request: Request, actor: Actor, service: Parts, operation: str, events: Sequence[Stored]
) -> Texts:
    """The texts in an event and what amends it, each under a right to the subject whose it is; others are left out."""
    if not (actor.delegated and actor.may(SCOPE)):
        return {}
    owners = await tracing.owners(service.database, actor.council, events)
    now = await _names_now(service, actor.council, _all(owners))
    tags = frozenset(tag for event in events for tag in tags_of(event.type, event.data))
    reader, rights = _reader(request, actor, operation), dict[str, Basis]()
    for whose in sorted(_all(owners)):
        kind, _, identity = now.get(whose, whose).partition("/")
        if kind not in CONTENT:
            continue
        right = await right_to(request, CONTENT[kind], kind, identity)
        if right is None or (right.only is not None and tags.isdisjoint(right.only)):
            await tracing.refused(service.database, actor.council, reader, whose)
        else:
            rights[whose] = _basis(right)
    return await tracing.read_texts(service.database, await access_of(service, actor), events, reader, rights)


def _reader(request: Request, actor: Actor, operation: str) -> Reader:
    return Reader(
        actor.reader, actor.subject, actor.client, actor.delegated, operation, today(), request.state.request_id
    )


def _basis(right: Right) -> Basis:
    return Basis(right.role, right.relation, right.purpose, right.grant)


def _all(owners: Mapping[int, frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*owners.values())


async def _names_now(service: Parts, council: str, subjects: Collection[str]) -> Mapping[str, str]:
    """What those of the subjects that were merged or linked into others are now."""
    if not subjects:
        return {}
    asked = dict.fromkeys(("council/merges", *subjects), Wanted(types=LINKING))
    return merges((await store.tagged(service.database, council, asked)).events)
