"""Deciding: deny unless allowed, nothing added by taking away, no cell from a policy, the stricter of two policies."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Final, NamedTuple

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app import shipped
from app.domain.access.deciding import Asking, Refusal, Related, Right, decide
from app.domain.access.matrix import Cell, Matrix, read_matrix
from app.domain.policy.custody import MaySee

MATRIX: Final = shipped.matrix()
RELATIONS: Final = sorted({name for named in MATRIX.relations.values() for name in named})
ROLES: Final = sorted(MATRIX.roles)
CONTENTS, PURPOSES = sorted(MATRIX.contents), sorted(MATRIX.purposes)
CELLS: Final = [(role, each) for role in ROLES for each in range(len(MATRIX.roles[role].cells))]

choices = st.builds(
    MaySee, clauses=st.just(("SH-57",)), supervisee_folder=st.sampled_from(["copies", "full"]),
    held_by=st.sampled_from(["supervisor", "line_manager"]),
    line_manager_of_supervisor=st.sampled_from([None, "sees", "observes"]),
    senior_managers=st.sampled_from([(), ("service_manager",), ("senior_manager", "service_director")]),
    copies_on_request=st.sampled_from([(), ("senior_manager",)]),
    human_resources=st.sampled_from([None, "with_purpose"]), auditors=st.sampled_from([None, "by_grant"]),
)  # fmt: skip


class Matter(NamedTuple):
    """Something to be decided."""

    who: Asking
    stands: frozenset[Related]
    what: str
    seen: str


@st.composite
def matters(draw: st.DrawFn) -> Matter:
    """Mostly what some cell is about, with roles and relations beside it that may have nothing to do with it."""
    role, number = draw(st.sampled_from(CELLS))
    cell = MATRIX.roles[role].cells[number]
    purpose, any_purpose = draw(st.sampled_from(cell.purposes)), draw(st.none() | st.sampled_from(PURPOSES))
    only = draw(st.none() | st.sampled_from([frozenset({"session/S-1"}), frozenset({"record/R-1"})]))
    beside = draw(
        st.sets(st.builds(Related, st.sampled_from(RELATIONS), st.none() | st.sampled_from(PURPOSES)), max_size=2)
    )
    own = Related(draw(st.sampled_from(cell.of)), draw(st.sampled_from([None, purpose])), None, only)
    roles = frozenset({role, *draw(st.sets(st.sampled_from([*ROLES, "king"]), max_size=1))})
    stated = draw(st.sampled_from([None, purpose, any_purpose]))
    what, seen = draw(st.sampled_from(cell.may)), draw(st.sampled_from([*cell.sees, *CONTENTS]))
    return Matter(Asking(roles, purpose=stated), frozenset({own, *beside}), what, seen)


packs = st.lists(choices, max_size=2)


def decided(matter: Matter, said: list[MaySee], matrix: Matrix = MATRIX) -> Right | Refusal:
    return decide(matrix, matter.who, matter.what, matter.stands, said, matter.seen)


def none_at_all(_: tuple[Cell, ...]) -> tuple[Cell, ...]:
    return ()


def unconditional(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    return tuple(cell.model_copy(update={"when": {}}) for cell in cells)


@cache
def with_cells(change: Callable[[tuple[Cell, ...]], tuple[Cell, ...]]) -> Matrix:
    """The matrix with the cells of every role changed."""
    roles = {name: role.model_copy(update={"cells": change(role.cells)}) for name, role in MATRIX.roles.items()}
    return MATRIX.model_copy(update={"roles": roles})


def without(role: str, number: int) -> Matrix:
    """The matrix without one of its cells."""
    less = MATRIX.roles[role].cells[:number] + MATRIX.roles[role].cells[number + 1 :]
    changed = MATRIX.roles[role].model_copy(update={"cells": less})
    return MATRIX.model_copy(update={"roles": {**MATRIX.roles, role: changed}})


@given(matters(), packs)
def test_in_an_empty_matrix_nobody_may_anything(matter: Matter, said: list[MaySee]) -> None:
    assert isinstance(decided(matter, said, with_cells(none_at_all)), Refusal)


@given(matters(), packs)
def test_what_is_in_no_list_gives_nothing(matter: Matter, said: list[MaySee]) -> None:
    nothing = (
        {"who": Asking(frozenset({"king"}))}, {"what": "reign"}, {"seen": "thoughts"}, {"stands": frozenset()},
        {"stands": frozenset({Related("friend")})}, {"who": Asking(matter.who.roles, purpose="curiosity")},
    )  # fmt: skip
    assert all(isinstance(decided(matter._replace(**each), said), Refusal) for each in nothing)


@given(matters(), packs, st.sampled_from(CELLS))
def test_taking_a_cell_a_role_or_a_relation_away_never_adds_a_right(
    matter: Matter, said: list[MaySee], cell: tuple[str, int]
) -> None:
    found, roles = decided(matter, said), matter.who.roles
    fewer = [decided(matter, said, without(*cell))]
    fewer += [decided(matter._replace(who=replace(matter.who, roles=roles - {role})), said) for role in roles]
    fewer += [decided(matter._replace(stands=matter.stands - {one}), said) for one in matter.stands]
    if isinstance(found, Refusal):
        assert not any(isinstance(each, Right) for each in fewer)
    elif found.only is not None:
        assert all(each.only is not None and each.only <= found.only for each in fewer if isinstance(each, Right))


@given(matters(), packs)
def test_no_policy_gives_what_the_matrix_has_no_cell_for(matter: Matter, said: list[MaySee]) -> None:
    """Whatever is chosen, no more comes of it than would without any condition."""
    if isinstance(decided(matter, said), Right):
        assert isinstance(decided(matter, [], with_cells(unconditional)), Right)


@given(matters(), choices, choices)
def test_of_two_policies_in_force_the_stricter_holds(matter: Matter, one: MaySee, other: MaySee) -> None:
    if isinstance(decided(matter, [one, other]), Right):
        assert isinstance(decided(matter, [one]), Right)
        assert isinstance(decided(matter, [other]), Right)


@given(matters(), choices)
def test_a_policy_that_says_nothing_of_access_chooses_nothing(matter: Matter, said: MaySee) -> None:
    if isinstance(decided(matter, []), Right):
        assert isinstance(decided(matter, [said]), Right)


@pytest.mark.parametrize("name", ["may", "of", "sees", "purposes"])
def test_a_cell_that_uses_a_word_that_is_not_explained_is_refused(name: str) -> None:
    written = MATRIX.model_dump(mode="json")
    written["roles"]["hr"]["cells"][0][name] = ["unheard_of"]
    with pytest.raises(ValueError, match="unheard_of"):
        read_matrix(yaml.safe_dump(written))


@given(matters(), st.lists(choices, max_size=2))
def test_texts_that_are_to_be_erased_open_to_who_answers_the_subjects_own_request_and_to_nobody_else(
    matter: Matter, packs: list[MaySee]
) -> None:
    """Structure is given as before. Seen to catch: a restriction that is asked for after the right is given."""
    before = decide(MATRIX, matter.who, matter.what, matter.stands, packs, matter.seen)
    found = decide(MATRIX, matter.who, matter.what, matter.stands, packs, matter.seen, restricted=True)
    if matter.seen == "structural" or isinstance(before, Refusal):
        assert found == before
    elif isinstance(found, Right):
        assert found.purpose == "subject_access"
    else:
        assert found.code == "restricted"
