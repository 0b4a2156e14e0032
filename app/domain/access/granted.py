"""How what was granted for a time relates a person to a subject: wholly, or confined to one session, record or concern.

A grant for the whole organisation is an engagement. One for a session, a record or a concern relates to whoever that is
about, and to no more of them than that. Pure; facts come by tag.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from app.domain.access.about import spoken_of
from app.domain.access.deciding import Related
from app.domain.access.grants import Grant, arising, covers, live_grants
from app.domain.access.relations import related
from app.domain.subject import Subject
from app.events.facts import Facts

_CONFINED: Final = frozenset({"record", "session", "concern"})


def granted(
    person: str, subject: Subject, facts: Facts, day: date, *, data_protection: bool = False
) -> frozenset[Related]:
    """What grants make of the person to the subject on the day; `data_protection`: whether they are such an officer.

    Raises `FactsNeeded`.
    """
    grants = [
        *live_grants(person, facts, day),
        *arising(person, subject, facts, day, data_protection=data_protection),
    ]
    return frozenset(one for grant in grants for one in _relating(grant, subject, facts, day))


def _relating(grant: Grant, subject: Subject, facts: Facts, day: date) -> Iterator[Related]:
    if grant.kind == "organisation":
        yield Related("engaged", grant.purpose, grant.id)
    elif grant.kind in _CONFINED:
        tag = f"{grant.kind}/{grant.of}"
        if subject in spoken_of(grant.kind, grant.of or "", facts):
            yield Related("granted", grant.purpose, grant.id, frozenset({tag}))
    elif covers(grant, subject.kind, subject.id, facts, day):
        yield Related("granted", grant.purpose, grant.id)


def stands(person: str, subject: Subject, facts: Facts, day: date) -> frozenset[str]:
    """The names of all relations in which the person stands to the whole of the subject. Raises `FactsNeeded`.

    Whoever has left the council stands to nobody, whatever they were granted.
    """
    found = related(person, subject, facts, day)
    found |= granted(person, subject, facts, day) if found else frozenset()
    return frozenset(one.name for one in found if one.only is None)
