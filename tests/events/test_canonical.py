"""The one spelling of a value, and the fingerprint by which a repeated event is known."""

import json
import random
from decimal import Decimal
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from app.events.canonical import canonical, digest, fingerprint
from app.events.envelope import read_event
from app.events.numbers import kept
from app.events.parsing import parse_json
from tests.events.generating import events, example

KEY = bytes(range(32))
BELOW_SURROGATES = st.text(st.characters(max_codepoint=0xD7FF))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(BELOW_SURROGATES, inner),
    max_leaves=20,
)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9)


def mark(**changes: Any) -> bytes:
    """The fingerprint of one session held, with changes to its attributes or (by `data`) to its data."""
    event = example("SessionHeld", **{"minutes": 95, "narrative": "She is well."} | changes.pop("data", {}))
    return fingerprint(KEY, read_event(event | {"time": "2025-03-03T10:00:00Z"} | changes))


@given(VALUES)
def test_without_fractions_the_canonical_form_is_that_of_rfc_8785(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(VALUES)
def test_the_canonical_form_says_what_was_said(value: Any) -> None:
    assert json.loads(canonical(value)) == value


def test_names_are_sorted_and_nothing_is_added() -> None:
    value = parse_json(b'{ "b" : [ 1.50, 2.0 ], "a": {"z": null, "y": "\\u00e9"} }')
    assert canonical(value) == '{"a":{"y":"é","z":null},"b":["1.5",2]}'.encode()


@pytest.mark.parametrize(
    ("number", "as_kept"),
    [
        *(("0.6", "0.6"), ("0.60", "0.6"), ("1.0", 1), ("-0.0", 0), ("0e999999999", 0), ("100", 100), ("1E+2", 100)),
        *(("-7.250", "-7.25"), ("1e400", "1E+400"), ("1e-400", "1E-400"), ("0.000001", "0.000001")),
    ],
)
def test_a_number_is_kept_whole_or_as_its_shortest_text(number: str, as_kept: int | str) -> None:
    assert kept(Decimal(number)) == as_kept
    assert canonical(Decimal(number)) == json.dumps(as_kept).encode()


@given(DECIMALS)
def test_a_kept_number_is_the_same_number(number: Decimal) -> None:
    assert Decimal(kept(number)) == number


@given(DECIMALS, st.integers(0, 5))
def test_trailing_zeros_make_no_difference(number: Decimal, zeros: int) -> None:
    sign, digits, exponent = number.as_tuple()
    longer = Decimal((sign, digits + (0,) * zeros, int(exponent) - zeros))
    assert canonical(longer) == canonical(number)


@pytest.mark.parametrize(
    "raw",
    [
        b"[1e999999999]",
        b"[1e-999999999]",
        b"[" + b"9" * 4000 + b"]",
        b"[0." + b"1" * 4000 + b"]",
        b"[18446744073709551616]",
    ],
)
def test_whatever_was_refused_can_still_be_written_down(raw: bytes) -> None:
    assert json.loads(canonical(parse_json(raw)))


def test_what_is_not_json_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError):
        canonical({"a": object()})


def test_the_digest_is_sha_256() -> None:
    assert digest(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@given(events())
def test_the_order_of_fields_and_nulls_make_no_difference(event: dict[str, Any]) -> None:
    shuffled = [*event["data"].items(), *((name, None) for name in ("reason", "team_id") if name not in event["data"])]
    random.Random(3).shuffle(shuffled)
    again = dict(reversed((event | {"data": dict(shuffled), "time": None}).items()))
    assert fingerprint(KEY, read_event(again)) == fingerprint(KEY, read_event(event))


@pytest.mark.parametrize(
    "same",
    [
        {"time": "2025-03-03T11:00:00+01:00"},
        {"time": "2025-03-03T10:00:00.000Z"},
        {"data": {"minutes": Decimal("95.0")}},
        {"subject": "worker/W-1001"},
        {"sourcerecordedtime": "2025-03-05T10:00:00Z"},
        {"datacontenttype": "application/json"},
        {"trace": "abc"},
    ],
)
def test_another_spelling_of_the_same_is_the_same(same: dict[str, Any]) -> None:
    assert mark(**same) == mark()


@pytest.mark.parametrize(
    "other",
    [
        {"time": "2025-03-03T10:00:01Z"},
        {"time": None},
        {"data": {"minutes": 96}},
        {"data": {"minutes": None}},
        {"data": {"narrative": "She is ill."}},
        {"data": {"narrative": None}},
        {"data": {"planned": False}},
        {"data": {"agenda": []}},
    ],
)
def test_anything_else_is_not(other: dict[str, Any]) -> None:
    assert mark(**other) != mark()


def test_the_offset_of_a_date_time_in_the_data_makes_no_difference() -> None:
    assert mark(data={"started_at": "2025-03-03T10:00:00Z"}) == mark(data={"started_at": "2025-03-03T12:00:00+02:00"})
    assert mark(data={"started_at": "2025-03-03T10:00:00Z"}) != mark(data={"started_at": "2025-03-03T10:00:01Z"})


def test_another_type_or_key_gives_another_fingerprint() -> None:
    reviewed, assessed = example("CaseReviewed"), example("AssessmentReviewed")
    assert reviewed["data"] == assessed["data"]
    marks = [fingerprint(key, read_event(event)) for key in (KEY, KEY[::-1]) for event in (reviewed, assessed)]
    assert len(set(marks)) == 4


def test_a_null_in_a_correction_is_part_of_what_it_says() -> None:
    target = {"corrects": {"source": "urn:example:lcs", "id": "1"}}
    patches = (
        {"minutes": 90},
        {"minutes": 90, "agenda": None},
        {"minutes": 90, "narrative": "x"},
        {"narrative": "x"},
        {"name": "x"},
    )
    marks = {fingerprint(KEY, read_event(example("EventCorrected", **target, data=dict(patch)))) for patch in patches}
    assert len(marks) == len(patches)
