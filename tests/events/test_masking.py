"""What is refused is shown without its texts, wherever they are: also where no text belongs."""

import json

import pytest

from app.events.masking import WITHHELD, masked

SECRET = "Mrs Example was in tears."
EVENT = {
    "specversion": "1.0",
    "id": "e-1",
    "source": "urn:test:ehm",
    "type": "CaseDiscussed",
    "time": "2025-03-03T10:00:00Z",
}


def _sent(event: object) -> str:
    return json.dumps(masked(json.dumps(event).encode()))


def test_structure_is_shown_as_it_was_sent() -> None:
    data = {
        "case_id": "C-1",
        "discussed_on": "3.3.2025",
        "depth": None,
        "minutes": 1.5,
        "elements": ["plan"],
        "screened": True,
    }
    event = EVENT | {"data": data | {"checklist": {"plan": "satisfactory"}}}
    assert masked(json.dumps(event).encode()) == event


@pytest.mark.parametrize(
    "event",
    [
        EVENT | {"data": {"narrative": SECRET}},
        EVENT | {"data": {"narrative": [SECRET], "name": {"first": "Amina"}}},
        EVENT | {"data": {"narative": SECRET, "surname": "Amina"}},
        EVENT | {"data": {"discussed_on": SECRET, "elements": [SECRET], "checklist": {SECRET: SECRET}}},
        EVENT | {"data": {"corrects": {"id": "e-1"}, "data": {"narrative": SECRET, "nme": "Amina"}}},
        EVENT | {"data": [SECRET, {SECRET: 1}], "comment": "Amina", "subject": SECRET, "note": {"by": "Amina"}},
        [SECRET, {"name": "Amina"}],
        SECRET,
    ],
)  # fmt: skip
def test_what_could_be_a_text_is_withheld_wherever_it_is(event: object) -> None:
    shown = _sent(event)
    assert "Mrs Example" not in shown
    assert "Amina" not in shown
    assert '"withheld"' in shown


@pytest.mark.parametrize("raw", [b"not json", SECRET.encode(), b'{"narrative": "half', b'{"a": 1, "a": 2}', b"\xff"])
def test_what_is_no_json_is_withheld_whole(raw: bytes) -> None:
    assert masked(raw) == WITHHELD


def test_numbers_beyond_what_every_reader_takes_are_withheld() -> None:
    assert masked(b'{"data": {"minutes": 123456789012345678901234567890}}') == {"data": {"minutes": WITHHELD}}
