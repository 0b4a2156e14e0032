"""Can it be found out whether somebody may do something: the fields of persons, and the roles, that a policy names?

Beside `checking`, which asks the same of every kind of rule.
"""

from collections.abc import Iterator

from app.domain.policy.checking import Disagreement, duties, unknown, words_of
from app.domain.policy.duties import Answering
from app.domain.policy.entitled import By
from app.domain.policy.markup import Path
from app.domain.policy.patterns import EventRef
from app.domain.policy.shapes import InWindows, Pack, Rule
from app.domain.policy.timing import models_meant, people_of


def entitlements(pack: Pack) -> Iterator[Disagreement]:
    """Everything that does not agree in what the rules say of who may do something."""
    for path, duty in duties(pack):
        for at, by, event in _asked(duty) if isinstance(duty, Rule) else ():
            if by is not None:
                yield from _by(pack, (*path, *at), by, event)


def _asked(rule: Rule) -> Iterator[tuple[Path, By | None, EventRef]]:
    """Where a rule may say who must have done something, and what."""
    if rule.latest is not None:
        yield ("latest", "by"), rule.latest.by, rule.latest.event
        for number, link in enumerate(rule.latest.linked):
            yield ("latest", "with", number, "by"), link.by, link.event
    if isinstance(rule.every, InWindows):
        yield ("every", "by"), rule.every.by, rule.every.event
    if rule.within is not None:
        yield ("within", "after_by"), rule.within.after_by, rule.within.after
        answer = rule.within.answered_by
        if isinstance(answer, Answering):
            yield ("within", "answered_by", "by"), answer.by, answer.event


def _by(pack: Pack, path: Path, by: By, event: EventRef) -> Iterator[Disagreement]:
    for model in models_meant(pack, event):
        if by.person not in (known := people_of(model)):
            yield unknown((*path, "person"), "field of a person", by.person, known)
    for number, kind in enumerate(by.kinds):
        at = (*path, "any_of", number, "role") if by.any_of else (*path, "role")
        for word in words_of(kind.role):
            if word not in pack.codes.roles:
                yield unknown(at, "role", word, pack.codes.roles)
