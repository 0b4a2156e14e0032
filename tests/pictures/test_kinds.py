"""The pages of the kinds of rule: each shows a pack that is one, whose examples hold, and the picture of the first."""

import re
from pathlib import Path

import pytest

from app import shipped
from app.domain.policy.shapes import Row, Rule
from app.domain.trying import tried
from app.pictures.timeline import draw
from tests.pictures.kinds import FOLDER, PAGES, drawn_of, shown

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@pages
def test_the_pack_of_a_page_can_be_adopted_and_its_examples_come_out_as_written(page: Path) -> None:
    found = list(tried(shown(page), shipped.calendar()))
    assert found
    assert [each.example.title for each in found if not each.as_expected] == []


@pages
def test_the_picture_of_a_page_is_what_the_code_draws(page: Path) -> None:
    kept = page.with_suffix(".svg").read_text(encoding="utf-8")
    assert kept == draw(drawn_of(shown(page))), "draw it anew: make pages"
    assert re.search(rf"^!\[.{{40,}}\]\({page.stem}\.svg\)$", page.read_text(encoding="utf-8"), re.MULTILINE)


def test_every_kind_of_rule_has_a_page() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"\[(`[^\]]+)\]\((\w+\.md)\)", index))
    named = {kind for names in rows for kind in re.findall(r"`(\w+)`", names)}
    assert {*Rule.KINDS, *Row.KINDS} <= named
    assert set(rows.values()) == {page.name for page in PAGES}
