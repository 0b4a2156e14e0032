"""May they? One pure function decides, says under which right, or why not. Deny unless allowed.

Somebody may do something if one of their roles has a cell for it, they stand to the subject as the cell says, the
policies in force make the choices that it takes, and it is for one of its purposes. What rests on a grant has the
purpose that the grant was given for; any other purpose than ordinary supervision has to be stated, because it is kept.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.domain.access.matrix import STRUCTURAL, SUPERVISION, Cell, Matrix
from app.domain.policy.custody import MaySee

NAMED: Final = "named"
"""The choice of a policy that names roles, for who is in one of them."""
OWN_DATA: Final = "subject_access"
"""The purpose for which texts that are to be erased still open."""
RESTRICTED: Final = "The erasure of these texts was approved: nobody reads them any more, unless it is withdrawn."
NOT_RELATED: Final = (
    "Your role has this for people and cases that are yours today, or under access that somebody gave you and that"
    " still holds. Neither is so here."
)


@dataclass(frozen=True, slots=True)
class Related:
    """One way in which a person stands to a subject today.

    `grant`, `purpose`: of what was given for a time. `only`: the tags (`session/S-1`) it is confined to; None: all.
    """

    name: str
    purpose: str | None = None
    grant: str | None = None
    only: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks: their roles, the posts they hold in the council's own words, and the purpose they state, if any."""

    roles: frozenset[str]
    posts: frozenset[str] = frozenset()
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Right:
    """Under which right something is allowed: kept with every text that is read."""

    role: str
    relation: str
    purpose: str
    grant: str | None = None
    only: frozenset[str] | None = None
    """The tags to which it is confined; None: the whole of the subject."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, for whoever may know that the subject is there; to anybody else it is as if there were none.

    `code`: `not_in_role` (none of their roles has such an operation at all), `not_chosen` (the policy does not choose
    it), `purpose_needed` (it has to be stated, and is one of `purposes`), `restricted` (the texts are to be erased),
    `not_related` (they have nothing to do with the subject).
    """

    code: str
    why: str
    purposes: tuple[str, ...] = ()


def decide(
    matrix: Matrix,
    asking: Asking,
    operation: str,
    related: Collection[Related],
    choices: Sequence[MaySee] = (),
    content: str = STRUCTURAL,
    *,
    restricted: bool = False,
) -> Right | Refusal:
    """Whether somebody may do this with a subject to whom they are `related`, and see this content of it.

    `choices`: what the policies in force say of it. `restricted`: its texts are to be erased, and open to who answers
    its own request for them alone. Of several rights the one that is least confined is given.
    """
    cells = [(role, cell) for role in sorted(asking.roles) for cell in matrix.cells(role, operation)]
    seeing = [(role, cell) for role, cell in cells if content in cell.sees]
    if not seeing:
        return Refusal("not_in_role", "None of the roles in the token has anything like this.")
    wholly = [one for one in related if one.only is None or matrix.operations[operation].confined]
    fitting = [(role, cell, one) for role, cell in seeing for one in wholly if one.name in cell.of]
    if not fitting:
        return Refusal("not_related", NOT_RELATED)
    as_chosen = [each for each in fitting if chosen(each[1], each[0], asking, choices)]
    if not as_chosen:
        given = _given_instead(matrix, asking, related, choices, content)
        return Refusal("not_chosen", _not_chosen(choices, given))
    rights = list(_rights(as_chosen, asking))
    still = rights if content == STRUCTURAL or not restricted else [each for each in rights if each.purpose == OWN_DATA]
    if still:
        return _widest(still)
    if rights:
        return Refusal("restricted", RESTRICTED)
    wanted = dict.fromkeys(purpose for _, cell, _ in as_chosen for purpose in cell.purposes)
    how = f"Ask again with one of them, such as ?purpose={next(iter(wanted))}."
    return Refusal("purpose_needed", f"This is given for certain purposes only. {how}", tuple(wanted))


def roles_with(matrix: Matrix, roles: Collection[str], operation: str) -> frozenset[str]:
    """Those of the roles that have the operation at all, of whomever."""
    return frozenset(role for role in roles if any(matrix.cells(role, operation)))


def _given_instead(
    matrix: Matrix, asking: Asking, related: Collection[Related], choices: Sequence[MaySee], content: str
) -> list[str]:
    """What else shows such content, and is given to them in ordinary supervision."""
    names = {one.name for one in related}
    return [
        operation.means
        for name, operation in matrix.operations.items()
        if operation.shows == content
        and any(
            content in cell.sees and names & {*cell.of} and SUPERVISION in cell.purposes
            and chosen(cell, role, asking, choices)
            for role in asking.roles for cell in matrix.cells(role, name)
        )
    ]  # fmt: skip


def _not_chosen(choices: Sequence[MaySee], given: Sequence[str]) -> str:
    clauses = ", ".join(dict.fromkeys(clause for pack in choices for clause in pack.clauses))
    instead = f" It lets you {' and '.join(given)}." if given else ""
    return f"The council's policy{f' ({clauses})' if clauses else ''} does not give this to you.{instead}"


def _rights(fitting: Collection[tuple[str, Cell, Related]], asking: Asking) -> Iterator[Right]:
    for role, cell, one in fitting:
        purpose = one.purpose or asking.purpose or SUPERVISION
        if purpose in cell.purposes and asking.purpose in (None, purpose):
            yield Right(role, one.name, purpose, one.grant, one.only)


def _widest(rights: Sequence[Right]) -> Right:
    """One that is not confined; else all that they are confined to, under the name of the first."""
    whole = next((right for right in rights if right.only is None), None)
    if whole is not None:
        return whole
    first = rights[0]
    only = frozenset(tag for right in rights for tag in right.only or ())
    return Right(first.role, first.relation, first.purpose, first.grant, only)


def chosen(cell: Cell, role: str, asking: Asking, choices: Sequence[MaySee]) -> bool:
    """Whether every policy that says who may see what makes the choices that the cell takes."""
    if not cell.when:
        return True
    said = [each.model_dump() for each in choices]
    return bool(said) and all(
        _makes(pack.get(name), values, {role, *asking.posts}) for pack in said for name, values in cell.when.items()
    )


def _makes(said: Any, values: Collection[str], posts: Collection[str]) -> bool:
    if values == (NAMED,):
        return bool(said) and not set(said).isdisjoint(posts)
    return said in values
