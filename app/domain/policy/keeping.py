"""Does what a pack declares of access and retention point at clauses that say so, and at roles of the pack?"""

from collections.abc import Iterator

from app.domain.policy.checking import Disagreement, unknown
from app.domain.policy.custody import MaySee
from app.domain.policy.markup import Path
from app.domain.policy.shapes import Pack


def declared(pack: Pack) -> Iterator[Disagreement]:
    """Everything that does not agree in `retain` and `may_see`."""
    kept = {} if pack.retain is None else {"personal": pack.retain.personal, "case": pack.retain.case}
    for name, each in kept.items():
        if each is not None:
            yield from _clauses(pack, ("retain", name), each.clauses)
            if each.at_least.unit == "working day":
                said = "how long records are kept is counted in days, months or years, not in working days"
                yield Disagreement(("retain", name, "at_least"), "not_right", said)
    if pack.may_see is not None:
        yield from _clauses(pack, ("may_see",), pack.may_see.clauses)
        yield from _chosen(pack, pack.may_see)


def _chosen(pack: Pack, may_see: MaySee) -> Iterator[Disagreement]:
    if may_see.supervisee_folder == "full" and not may_see.unsupervised:
        said = "`full` lets them read it whenever they like; write `copies`: in somebody's presence is by a grant"
        yield Disagreement(("may_see", "supervisee_folder"), "not_right", said)
    for field in ("senior_managers", "copies_on_request"):
        for number, role in enumerate(getattr(may_see, field)):
            if role not in pack.codes.roles:
                yield unknown(("may_see", field, number), "role", role, pack.codes.roles)


def _clauses(pack: Pack, path: Path, clauses: tuple[str, ...]) -> Iterator[Disagreement]:
    for number, named in enumerate(clauses) if pack.clauses else ():
        at: Path = (*path, "clauses", number)
        if named not in pack.clauses:
            yield unknown(at, "clause", named, pack.clauses)
        elif pack.clauses[named].carries == "fact":
            said = f"`{named}` carries: fact, but this declares who may see or keep what: write `access`"
            yield Disagreement(at, "clause_index", said)
