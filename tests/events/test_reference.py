"""The event reference is the code, put into words."""

from pathlib import Path

from app.events.glossary import MEANINGS
from app.events.reference import meaning, reference
from app.events.types import EVENT_TYPES

PAGE = Path(__file__).parents[2] / "docs" / "events.md"


def test_the_page_is_what_the_code_says() -> None:
    assert PAGE.read_text() == reference(), "write it anew: python -m app.events.reference > docs/events.md"


def test_every_type_and_every_field_is_explained() -> None:
    page = PAGE.read_text()
    for name, kind in EVENT_TYPES.items():
        assert f"\n### {name}\n" in page
        assert all(meaning(name, field) for field in kind.model_fields), name


def test_no_word_is_explained_that_no_event_has() -> None:
    used = {field for kind in EVENT_TYPES.values() for field in kind.model_fields}
    used |= {f"{name}.{field}" for name, kind in EVENT_TYPES.items() for field in kind.model_fields}
    assert set(MEANINGS) <= used
