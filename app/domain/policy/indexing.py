"""Does the index of clauses agree with the rules, and are the facts that it names events and fields that there are?"""

from collections.abc import Iterator

from app.domain.policy.checking import Disagreement, duties, unknown
from app.domain.policy.shapes import Clause, Pack
from app.events.types import EVENT_TYPES


def indexed(pack: Pack) -> Iterator[Disagreement]:
    """With an index of clauses, every rule stands in it, and what it says of a clause is so."""
    if not pack.clauses:
        return
    answered: set[str] = set()
    for path, duty in duties(pack):
        answered |= {duty.id, *duty.answers}
        for at, named in (("id",), duty.id), *((("answers", n), clause) for n, clause in enumerate(duty.answers)):
            if named not in pack.clauses:
                yield unknown((*path, *at), "clause", named, pack.clauses)
    for named, clause in pack.clauses.items():
        if (clause.carries == "rule") != (named in answered):
            said = f"carries: {clause.carries}, but {'a' if named in answered else 'no'} rule of this pack answers it"
            yield Disagreement(("clauses", named, "carries"), "clause_index", f"`{named}` {said}")
        yield from _told(named, clause)


def _told(named: str, clause: Clause) -> Iterator[Disagreement]:
    for number, told in enumerate(clause.told_by):
        path = ("clauses", named, "told_by", number)
        type_name, _, field = told.partition(".")
        model = EVENT_TYPES.get(type_name)
        if model is None:
            yield unknown(path, "event type", type_name, EVENT_TYPES)
        elif field and field not in model.model_fields:
            yield unknown(path, f"field of {type_name}", field, model.model_fields)
