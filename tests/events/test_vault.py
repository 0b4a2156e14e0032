"""Encrypted text: what opens it, and what does not."""

import secrets

import pytest

from app.events.vault import CouncilKey, Unreadable, new_wrapped_key, text_context, unwrap

MASTER = secrets.token_bytes(32)


def _key(council: str = "luton", epoch: int = 1) -> CouncilKey:
    return unwrap(MASTER, council, epoch, new_wrapped_key(MASTER, council, epoch))


def test_a_text_opens_only_in_the_place_it_was_sealed_for() -> None:
    key = _key()
    sealed = key.seal("A note — “quoted”.".encode(), text_context("s", "1", "narrative"))
    assert key.open(sealed, text_context("s", "1", "narrative")).decode() == "A note — “quoted”."
    for place in (("s", "2", "narrative"), ("t", "1", "narrative"), ("s", "1", "name")):
        with pytest.raises(Unreadable):
            key.open(sealed, text_context(*place))


def test_the_same_text_is_never_sealed_the_same_way_twice() -> None:
    key = _key()
    assert key.seal(b"x", "c") != key.seal(b"x", "c")


def test_an_altered_or_short_ciphertext_does_not_open() -> None:
    key = _key()
    sealed = key.seal(b"some text", "c")
    for altered in (sealed[:-1], sealed[:5], b"", bytes([sealed[0] ^ 1]) + sealed[1:], sealed[:-1] + b"\0"):
        with pytest.raises(Unreadable):
            key.open(altered, "c")


def test_a_wrapped_key_opens_only_with_its_master_key_council_and_epoch() -> None:
    wrapped = new_wrapped_key(MASTER, "luton", 1)
    assert unwrap(MASTER, "luton", 1, wrapped).secret not in wrapped
    for master, council, epoch in ((secrets.token_bytes(32), "luton", 1), (MASTER, "other", 1), (MASTER, "luton", 2)):
        with pytest.raises(Unreadable):
            unwrap(master, council, epoch, wrapped)


def test_two_councils_keys_do_not_open_each_others_texts_nor_share_fingerprints() -> None:
    one, other = _key(), _key("other")
    assert one.fingerprinting != other.fingerprinting
    with pytest.raises(Unreadable):
        other.open(one.seal(b"x", "c"), "c")
