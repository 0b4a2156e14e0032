"""Encrypted text: what opens it, and what does not."""

import secrets
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.events.vault import CouncilKey, SubjectKey, Unreadable, new_key, text_context

DEPLOYMENT = secrets.token_bytes(32)
KEY = new_key("luton", "worker/W-1")


@given(st.binary(max_size=5_000), st.text(max_size=50))
def test_what_is_sealed_opens_as_it_was(plain: bytes, context: str) -> None:
    sealed = KEY.seal(plain, context)
    assert KEY.open(sealed, context) == plain
    assert len(sealed) == len(plain) + 28


def test_a_text_opens_only_in_the_place_it_was_sealed_for() -> None:
    sealed = KEY.seal("A note — “quoted”.".encode(), text_context("s", "1", "narrative"))
    assert KEY.open(sealed, text_context("s", "1", "narrative")).decode() == "A note — “quoted”."
    for place in (("s", "2", "narrative"), ("t", "1", "narrative"), ("s", "1", "name")):
        with pytest.raises(Unreadable):
            KEY.open(sealed, text_context(*place))


@pytest.mark.parametrize("moved", [{"council": "other"}, {"subject": "case/C-1"}, {"number": KEY.number + 1}])
def test_a_text_does_not_open_for_another_council_subject_or_key_of_the_same_secret(moved: dict) -> None:
    sealed = KEY.seal(b"x", "c")
    with pytest.raises(Unreadable):
        replace(KEY, **moved).open(sealed, "c")


def test_a_text_does_not_open_with_another_key_of_the_same_name() -> None:
    with pytest.raises(Unreadable):
        replace(KEY, secret=secrets.token_bytes(32)).open(KEY.seal(b"x", "c"), "c")


def test_the_same_text_is_never_sealed_the_same_way_twice() -> None:
    assert KEY.seal(b"x", "c") != KEY.seal(b"x", "c")


def test_an_altered_or_short_ciphertext_does_not_open() -> None:
    sealed = KEY.seal(b"some text", "c")
    for altered in (sealed[:-1], sealed[:5], b"", bytes([sealed[0] ^ 1]) + sealed[1:], sealed[:-1] + b"\0"):
        with pytest.raises(Unreadable):
            KEY.open(altered, "c")


def _unwrapped(wrapped: bytes, **other: object) -> SubjectKey:
    told = {
        "deployment": DEPLOYMENT, "council": "luton", "epoch": 1, "subject": KEY.subject, "number": KEY.number,
    } | other  # fmt: skip
    council = CouncilKey.derived(told["deployment"], told["council"], told["epoch"])
    return council.unwrap(told["subject"], told["number"], wrapped)


def test_a_wrapped_key_opens_only_where_it_was_wrapped_for() -> None:
    wrapped = CouncilKey.derived(DEPLOYMENT, "luton", 1).wrap(KEY)
    assert KEY.secret not in wrapped
    assert _unwrapped(wrapped) == KEY
    for other in (
        {"deployment": secrets.token_bytes(32)}, {"council": "other"}, {"epoch": 2}, {"subject": "worker/W-2"},
        {"number": KEY.number + 1},
    ):  # fmt: skip
        with pytest.raises(Unreadable):
            _unwrapped(wrapped, **other)


def test_no_secret_is_shown_with_a_key() -> None:
    council = CouncilKey.derived(DEPLOYMENT, "luton", 1)
    for shown in (repr(KEY), repr(council)):
        assert repr(KEY.secret) not in shown
        assert "cipher" not in shown
