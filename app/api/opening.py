"""Texts in an answer: whose they are, whether this person may read them, traced, and in clear.

Rules: an application never sees a text, whatever its token says; a text opens under a right to the very subject whose
it is; what a person is refused is traced as what they are given. Texts that are filed under a team open for nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from fastapi import Request

from app.api.deps import Parts, access_of, permission, reader_of, right_to
from app.domain.access.deciding import Right
from app.domain.subject import Subject
from app.events import reading, store, tracing
from app.events.effective import RETRACTED, effective
from app.events.erasing import erased_days
from app.events.naming import names_now, names_of
from app.events.reading import Amended
from app.events.stored import Stored
from app.events.tags import subject_of, tags_of
from app.events.tracing import Basis, Texts
from app.events.vault import UNPLACED
from app.security import Actor

CONTENT: Final = {"worker": "personal_text", "case": "case_text"}
"""The kind of content that a text is, by whose it is."""


Holders = Mapping[int, tuple[Stored, str | None]]
"""Events that may hold texts, by position, each with whose a text of it is that came before what it corrects."""


async def opened(request: Request, actor: Actor, service: Parts, holders: Holders, of: Subject, right: Right) -> Texts:
    """The texts of one subject in these events, under the right by which the address was opened."""
    owners = await _owners(service, actor.council, holders, of.tag)
    texts = await _read(request, actor, service, holders, owners, {of.tag: right})
    return {**await _gone(service, actor.council, holders, owners, of.tag), **texts}


async def opened_each(request: Request, actor: Actor, service: Parts, found: Amended) -> Texts:
    """The texts in an event and what amends it, each under a right to the subject whose it is; others are left out."""
    holders = _holders(found)
    filed, rights = await _asked_for(actor, service, holders), dict[str, Right]()
    owners = await _still_theirs(service, actor.council, found.event, filed)
    for subject in _subjects(owners):
        right = await right_to(request, subject, CONTENT[subject.kind])
        if isinstance(right, Right) and within(right, found.all):
            rights[subject.tag] = right
        else:
            await _refuse(request, actor, service, subject)
    texts = await _read(request, actor, service, holders, owners, rights)
    about = subject_of(found.event.type, found.event.data) if _asks_for_texts(actor) else None
    return {**await _gone(service, actor.council, holders, filed, about), **texts}


async def opened_theirs(
    request: Request, actor: Actor, service: Parts, found: Sequence[Amended], of: Subject, right: Right | None
) -> tuple[Texts, Mapping[int, str]]:
    """The texts of one subject in events and what amends them; of every other text, by position, why it stays closed.

    What turned out to be about somebody else is no more the subject's than what was filed under another.
    """
    holders = {at: holder for each in found for at, holder in _holders(each).items() if b'"sha256"' in holder[0].body}
    owners = await _owners(service, actor.council, holders)
    about = {each.event.position: _about_now((each.event.source, each.event.id), each.all) for each in found}
    now = await names_now(service.database, actor.council, {whose for whose in about.values() if whose is not None})
    astray = {
        event.position for each in found for event in each.all
        if now.get(whose := about[each.event.position] or "", whose) != of.tag
    }  # fmt: skip
    closed = {at: _why_closed(owners.get(at), of, right, astray=at in astray) for at in holders}
    theirs = {at: owner for at, owner in owners.items() if not closed[at]}
    texts: Texts = {}
    if right is not None:
        texts = await _read(request, actor, service, holders, theirs, {of.tag: right})
    return texts, {at: why for at, why in closed.items() if why}


def _why_closed(owner: "_Owner | None", of: Subject, right: Right | None, *, astray: bool) -> str:
    """A code; empty for what opens."""
    if owner is None:
        return "erased"
    if not owner.now:
        return "unplaced"
    if owner.now != of.tag:
        return f"of_another_{owner.now.partition('/')[0]}"
    if astray:
        return "about_somebody_else"
    return "" if right is not None else "closed"


async def refused_all(request: Request, actor: Actor, service: Parts, found: Amended) -> None:
    """Trace that a person was refused an event with all its texts."""
    for subject in _subjects(await _asked_for(actor, service, _holders(found))):
        await _refuse(request, actor, service, subject)


@dataclass(frozen=True, slots=True)
class _Owner:
    """Under which subject texts are filed, and whose they are now."""

    filed: str
    now: str


Owners = Mapping[int, _Owner]


async def _owners(service: Parts, council: str, holders: Holders, known: str = "") -> Owners:
    """Whose texts the events hold, by position. `known` is nobody else now."""
    filed = await tracing.filed(service.database, council, [event for event, _ in holders.values()])
    placed = {at: (holders[at][1] if whose.startswith(UNPLACED) else whose) or "" for at, whose in filed.items()}
    now = await names_now(service.database, council, {*placed.values()} - {known, ""})
    return {at: _Owner(filed[at], now.get(whose, whose)) for at, whose in placed.items()}


async def _still_theirs(service: Parts, council: str, found: Stored, owners: Owners) -> Owners:
    """Without what turned out to be about somebody else: those under whom it was filed have no right to read that.

    An event that was retracted as of the wrong subject opens no text; one that was put right to be about another opens
    those texts alone that were written once it was.
    """
    key = found.target or (found.source, found.id)
    about = _about_now(key, await store.about(service.database, council, key)) if owners else None
    if about is None:
        return {}
    if {owner.now for owner in owners.values()} - {about}:
        about = (await names_now(service.database, council, [about])).get(about, about)
    return {at: owner for at, owner in owners.items() if owner.now == about}


def _about_now(key: tuple[str, str], told: Sequence[Stored]) -> str | None:
    """Whom the event speaks of as corrected; None where it is not there, or was retracted as of the wrong subject."""
    retractions = [each for each in told if each.type == RETRACTED and each.target == key]
    if any(each.data.get("reason") == "wrong_subject" for each in retractions):
        return None
    standing = effective([each for each in told if each not in retractions], {})
    return next(
        (subject_of(fact.type, fact.data) for event, fact, _ in standing if (event.source, event.id) == key), None
    )


async def _asked_for(actor: Actor, service: Parts, holders: Holders) -> Owners:
    """Whose texts are in these events; nobody's for who cannot be asking for texts."""
    return await _owners(service, actor.council, holders) if _asks_for_texts(actor) else {}


def _asks_for_texts(actor: Actor) -> bool:
    return actor.delegated and actor.may("narratives:read")


async def _gone(
    service: Parts, council: str, holders: Holders, filed: Owners, about: str | None
) -> dict[str, dict[str, date]]:
    """What is shown in place of texts that were erased, of events that speak of one subject."""
    missing = {at: event for at, (event, _) in holders.items() if at not in filed and reading.digests(event)}
    if not missing or about is None:
        return {}
    names = await names_of(service.database, council, about)
    days = await erased_days(service.database, council, names)
    told = [(event, days[at]) for at, event in missing.items() if at in days]
    return {found: {"erased_on": day} for event, day in told for found in reading.digests(event)}


async def _read(
    request: Request, actor: Actor, service: Parts, holders: Holders, owners: Owners, rights: Mapping[str, Right]
) -> Texts:
    mine = {at: owner for at, owner in owners.items() if owner.now in rights}
    bases = {owner.filed: _basis(owner.now, rights[owner.now]) for owner in mine.values()}
    events, reader = [holders[at][0] for at in mine], reader_of(request, actor, permission(request).operation)
    return await tracing.read_texts(service.database, await access_of(service, actor), events, reader, bases)


async def _refuse(request: Request, actor: Actor, service: Parts, subject: Subject) -> None:
    reader = reader_of(request, actor, permission(request).operation)
    await tracing.refused(service.database, actor.council, reader, subject.tag)


def _holders(found: Amended) -> Holders:
    about = subject_of(found.event.type, found.event.data)
    return {each.position: (each, about) for each in found.all}


def _subjects(owners: Owners) -> list[Subject]:
    parts = (owner.partition("/") for owner in sorted({owner.now for owner in owners.values()}))
    return [Subject(kind, identity) for kind, _, identity in parts if kind in CONTENT]


def within(right: Right, events: Sequence[Stored]) -> bool:
    """Whether a right, which may be confined to a session or a record, holds of an event and what amends it."""
    return right.only is None or any(not right.only.isdisjoint(tags_of(each.type, each.data)) for each in events)


def _basis(of: str, right: Right) -> Basis:
    return Basis(of, right.role, right.relation, right.purpose, right.grant)
