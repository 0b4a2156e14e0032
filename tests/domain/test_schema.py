"""The JSON Schema of packs: what editors accept is what can be adopted, and every word is explained."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from app import shipped
from app.domain.policy import markup
from app.domain.policy.glossary import MEANINGS, meaning
from app.domain.policy.loading import check
from app.domain.policy.schema import schema
from app.domain.policy.shapes import Shape
from tests.domain.told import policy

EDITOR = Draft202012Validator(schema())
STARTER = markup.read(shipped.starter("harbour", "Harbour", "2026-11")).data
SHIPPED = [markup.read(shipped.pack(name)).data for name in ("shropshire", "luton", "national")]


def shapes() -> Iterator[type[Shape]]:
    waiting = [Shape]
    while waiting:
        yield (shape := waiting.pop())
        waiting += [each for each in shape.__subclasses__() if each.__module__.startswith("app.domain.policy.")]


def places(data: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every mapping of a pack, but not the data of its examples, which are of the event reference."""
    if isinstance(data, dict):
        yield path
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for name, part in parts:
        if name != "data":
            yield from places(part, (*path, name))


def at(data: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        data = data[part]
    return data


def adoptable(data: Any) -> bool:
    return check(json.dumps(data)) == []


@pytest.mark.parametrize("pack", [*SHIPPED, STARTER, policy({"id": "R-1", "subject": "case", "every": {
    "event": {"type": "CaseDiscussed"}, "limit": "28 days"}})])  # fmt: skip
def test_editors_accept_every_pack_that_can_be_adopted(pack: dict[str, Any]) -> None:
    assert [f"{error.instance_path}: {error.message}" for error in EDITOR.iter_errors(pack)] == []
    assert adoptable(pack)


@pytest.mark.parametrize("path", list(places(STARTER)), ids=lambda path: "/".join(map(str, path)))
def test_a_word_that_nobody_knows_is_found_wherever_it_stands(path: tuple[str | int, ...]) -> None:
    pack = deepcopy(STARTER)
    at(pack, path)["nobody_knows"] = True
    assert not adoptable(pack)
    assert not EDITOR.is_valid(pack) or path[-1] == "where"  # the fields of events are left to the check


ODD = st.sampled_from([None, True, 0, 1, 28, "", "28 days", "worker", "must", [], ["a"], {}, {"event": "discussion"}])


@given(st.data())
def test_what_editors_refuse_cannot_be_adopted(data: st.DataObject) -> None:
    pack = deepcopy(STARTER)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from([path for path in places(pack) if at(pack, path)]))
        name = data.draw(st.sampled_from(sorted(at(pack, path))))
        if data.draw(st.booleans()):
            del at(pack, path)[name]
        else:
            at(pack, path)[name] = deepcopy(data.draw(ODD))
    assert EDITOR.is_valid(pack) or not adoptable(pack)


def test_patterns_are_those_that_every_editor_knows() -> None:
    assert "(?" not in str(schema())


def test_every_word_is_explained() -> None:
    unexplained = {
        f"{shape.__name__}.{field.alias or name}"
        for shape in shapes()
        for name, field in shape.model_fields.items()
        if not meaning(shape, field.alias or name)
    }
    assert unexplained == set()


def test_no_word_is_explained_that_no_shape_has() -> None:
    words = {
        word
        for shape in shapes()
        for name, field in shape.model_fields.items()
        for word in (field.alias or name, f"{shape.__name__}.{field.alias or name}")
    }
    assert set(MEANINGS) <= words
