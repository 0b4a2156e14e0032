"""Can it be found out whether somebody may do something: the fields of persons, and the roles, that a policy names?

Beside `checking`, which asks the same of every kind of rule.
"""

from collections.abc import Iterator

from app.domain.policy.checking import Disagreement, duties, unknown, words_of
from app.domain.policy.duties import Answering
from app.domain.policy.entitled import By
from app.domain.policy.markup import Path
from app.domain.policy.patterns import EventRef
from app.domain.policy.shapes import Pack, Rule
from app.domain.policy.timing import models_meant, people_of


def entitlements(pack: Pack) -> Iterator[Disagreement]:
    """Everything that does not agree in what the rules say of who may do something."""
    for path, duty in duties(pack):
        if not isinstance(duty, Rule):
            continue
        if duty.latest is not None and duty.latest.by is not None:
            yield from _by(pack, (*path, "latest", "by"), duty.latest.by, duty.latest.event)
        for number, link in enumerate(duty.latest.linked if duty.latest is not None else ()):
            if link.by is not None:
                yield from _by(pack, (*path, "latest", "with", number, "by"), link.by, link.event)
        answer = None if duty.within is None else duty.within.answered_by
        if isinstance(answer, Answering) and answer.by is not None:
            yield from _by(pack, (*path, "within", "answered_by", "by"), answer.by, answer.event)


def _by(pack: Pack, path: Path, by: By, event: EventRef) -> Iterator[Disagreement]:
    for model in models_meant(pack, event):
        if by.person not in (known := people_of(model)):
            yield unknown((*path, "person"), "field of a person", by.person, known)
    for number, kind in enumerate(by.kinds):
        at = (*path, "any_of", number, "role") if by.any_of else (*path, "role")
        for word in words_of(kind.role):
            if word not in pack.codes.roles:
                yield unknown(at, "role", word, pack.codes.roles)
