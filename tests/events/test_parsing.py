"""What the strict parser takes and what it refuses, quickly and in words."""

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Invalid, Malformed, TooLarge
from app.events.canonical import canonical
from app.events.parsing import MOST_BYTES, MOST_DEPTH, MOST_VALUES, parse_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text().filter(lambda text: "\0" not in text),
    lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda text: "\0" not in text), inner),
    max_leaves=20,
)


@given(VALUES)
def test_ordinary_json_is_read_as_any_reader_would(value: Any) -> None:
    assert parse_json(json.dumps(value).encode()) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        (b"  \n ", "empty"),
        (b"{", "ends too early"),
        (b'{"a":1', "ends too early"),
        (b'{"a":1} {"a":1}', "follows the end"),
        (b'{"a":1,}', "comma too many"),
        (b"[1,]", "comma too many"),
        (b"NaN", "NaN"),
        (b'{"a":NaN}', "NaN"),
        (b'{"a":Infinity}', "NaN"),
        (b'{"a":-Infinity}', "number"),
        (b"[01]", "number"),
        (b"[+1]", "missing or not JSON"),
        (b"['a']", "missing or not JSON"),
        (b'{"a":1,"a":1}', "twice"),
        (b'{"a":{"b":1,"\\u0062":2}}', "twice"),
        (b'"\xff"', "UTF-8"),
        (b'"\xc0\xaf"', "UTF-8"),
        (b'"\xed\xa0\x80"', "UTF-8"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ('{"a":1}'.encode("utf-16"), "not JSON"),
        (b"\x1f\x8b\x08\x00", "not JSON"),
        (b'"\\ud800"', "half a character"),
        (b'"\\ud800\\u0041"', "half a character"),
        (b'"\\udc00"', "half a character"),
        (b'"a\x00b"', "control character"),
        (b'"a\nb"', "control character"),
        (b"[" + b"9" * 5000 + b"]", "too many digits"),
        (b"[" * 100_000, "deeply"),
        (b'{"a":' * 100_000, "deeply"),
        (b"[1e99999999999999999999]", "not well formed"),
    ],
)
def test_what_is_not_json_is_refused_in_words(raw: bytes, says: str) -> None:
    with pytest.raises(Malformed, match=says) as refused:
        parse_json(raw)
    assert (refused.value.status, refused.value.code) == (400, "malformed_json")


def test_the_place_of_a_mistake_is_told() -> None:
    with pytest.raises(Malformed, match=r"at line 3, column 8"):
        parse_json(b'{\n  "a": 1,\n  "b": oops\n}')


def test_nothing_that_was_sent_is_repeated() -> None:
    for raw in (b'{"Kim Smith":1,"Kim Smith":2}', b'{"a": Kim Smith}', b'"Kim Smith'):
        with pytest.raises(Malformed) as refused:
            parse_json(raw)
        assert "Kim" not in refused.value.detail


def test_nesting_is_bounded_whether_the_brackets_are_few_or_many() -> None:
    def nested(depth: int, beside: bytes = b"") -> bytes:
        return b"[" * depth + beside + b"]" * depth

    assert parse_json(nested(MOST_DEPTH))
    assert parse_json(b'"' + b"[" * 1000 + b'"') == "[" * 1000
    assert len(list(parse_json(b"[" + b",".join([nested(MOST_DEPTH - 1)] * 3) + b"]"))) == 3  # type: ignore[call-overload]
    for raw in (nested(MOST_DEPTH + 1), b'{"a":' * 40 + b"1" + b"}" * 40, b"[[]," + nested(MOST_DEPTH) + b"]"):
        with pytest.raises(Malformed, match="deep"):
            parse_json(raw)


def test_a_body_is_refused_by_length_before_it_is_read() -> None:
    with pytest.raises(TooLarge) as refused:
        parse_json(b"\xff" * (MOST_BYTES + 1))
    assert (refused.value.status, refused.value.code) == (413, "body_too_large")
    with pytest.raises(TooLarge):
        parse_json(b"[1, 2]", max_bytes=5)


def test_a_million_keys_are_refused_before_they_are_read() -> None:
    keys = b"{" + b",".join(b'"%d":1' % number for number in range(600_000))  # not even closed
    assert len(keys) < MOST_BYTES
    with pytest.raises(TooLarge) as refused:
        parse_json(keys)
    assert (refused.value.status, refused.value.code) == (413, "too_many_values")
    with pytest.raises(TooLarge):
        parse_json(b"[" + b"1," * (MOST_VALUES + 1))


def test_a_full_batch_of_ordinary_events_is_within_the_bounds() -> None:
    data = {f"field_{number}": "2025-03-03T10:00:00+00:00" for number in range(12)}
    batch = [
        {"specversion": "1.0", "id": str(n), "source": "urn:luton:lcs", "type": "X", "data": data} for n in range(5000)
    ]
    assert parse_json(json.dumps(batch).encode()) == batch


@pytest.mark.parametrize(
    ("raw", "pointers"),
    [
        (rb'{"data":{"case_id":"a\u0000b"}}', ["/data/case_id"]),
        (rb'[{"a":["x","\u0000"]},"\u0000"]', ["/0/a/1", "/1"]),
        (rb'{"a/b~c":"\u0000"}', ["/a~1b~0c"]),
        (rb'{"a\u0000b":1}', ["/ab"]),
        (rb'"\u0000"', [""]),
    ],
)
def test_a_nul_character_is_named_by_its_field(raw: bytes, pointers: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        parse_json(raw)
    assert (refused.value.status, refused.value.code) == (422, "forbidden_character")
    assert [fault.pointer for fault in refused.value.errors] == pointers


def test_an_escaped_backslash_before_u0000_is_ordinary_text() -> None:
    assert parse_json(rb'"\\u0000"') == r"\u0000"


def test_numbers_are_never_floats() -> None:
    assert parse_json(b"[1, -0, 1.0, 0.10, 1e400, 123456789012345678901234567890]") == [
        1, 0, Decimal("1.0"), Decimal("0.10"), Decimal("1E+400"), 123456789012345678901234567890
    ]  # fmt: skip
    assert [type(number) for number in parse_json(b"[1, 1.0, 1e2]")] == [int, Decimal, Decimal]  # type: ignore[attr-defined]


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:0123456789eE+-.\\utfnNaI \0', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_as_a_problem(raw: bytes) -> None:
    with suppress(Malformed, Invalid):
        canonical(parse_json(raw))
