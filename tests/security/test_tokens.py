"""Tokens: good ones become actors, all others are refused in the same few words."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from joserfc import jws
from joserfc.jwk import Key

from app.errors import Forbidden, Unauthorised
from app.security import Actor, TokenVerifier
from tests.security.forging import (
    CLAIMS,
    EC,
    ED,
    FORGED,
    HEADER,
    ISSUER,
    NOW,
    RSA,
    SIGNED_BUT_WRONG,
    Clock,
    but,
    key_set,
    nobody,
    settings,
    signed,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verify(tmp_path: Path, clock: Clock) -> Callable[[str], Actor]:
    path = tmp_path / "jwks.json"
    path.write_bytes(key_set(ED, RSA, EC))
    verifier = TokenVerifier(settings(jwks_file=path), clock, nobody())
    return lambda token: asyncio.run(verifier.verify(token))


def test_a_good_token_says_who_is_asking_and_what_for(verify: Callable[[str], Actor]) -> None:
    actor = verify(signed())
    assert actor == Actor(
        council="luton",
        client="lcs-push",
        scopes=frozenset({"events:write", "state:read"}),
        sources=("urn:luton:lcs", "urn:luton:hr:*"),
        types=("Case*", "SessionHeld"),
        expires=NOW + 3600,
        subject="lcs-push",
    )
    assert actor.may("state:read")
    assert not actor.may("events:read")


@pytest.mark.parametrize(
    ("key", "header"),
    [
        (ED, {"alg": "Ed25519"}),
        (ED, {"alg": "EdDSA"}),
        (RSA, {"alg": "RS256", "kid": "rsa"}),
        (EC, {"alg": "ES256", "kid": "ec", "typ": "at+jwt"}),
    ],
)
def test_the_algorithms_of_the_list_are_taken(verify: Callable[[str], Actor], key: Key, header: dict[str, str]) -> None:
    assert verify(signed(key=key, **header)).council == "luton"


def test_the_client_is_azp_then_client_id_then_sub(verify: Callable[[str], Actor]) -> None:
    assert verify(signed(but(azp="a", client_id="b"))).client == "a"
    assert verify(signed(but(client_id="b"))).client == "b"
    assert verify(signed()).client == "lcs-push"


def test_a_client_beside_the_subject_asks_for_a_person(verify: Callable[[str], Actor]) -> None:
    person = verify(signed(but(azp="an-app", sub="oid-1", worker_id="W-1", roles=["supervisor"])))
    assert (person.delegated, person.person, person.reader) == (True, "W-1", "W-1")
    assert person.roles == {"supervisor"}
    application = verify(signed(but(azp="lcs-push")))
    assert (application.delegated, application.person, application.reader) == (False, None, "lcs-push")


def test_a_worker_without_a_client_that_asks_for_them_is_not_taken_for_an_application(
    verify: Callable[[str], Actor],
) -> None:
    for claims in ({}, {"azp": "lcs-push"}, {"client_id": "lcs-push"}):
        with pytest.raises(Unauthorised, match="worker_id"):
            verify(signed(but(**claims, worker_id="W-1", roles=["supervisee"])))


def test_scopes_may_be_a_list_and_unknown_ones_are_dropped(verify: Callable[[str], Actor]) -> None:
    assert verify(signed(but(scope=["events:read", "all:everything"]))).scopes == {"events:read"}
    assert verify(signed(but(scope=None))).scopes == set()


def test_a_token_without_sources_may_write_nothing(verify: Callable[[str], Actor]) -> None:
    with pytest.raises(Forbidden) as refused:
        verify(signed(but(sources=None))).may_write("urn:luton:lcs", "CaseOpened")
    assert refused.value.code == "source_not_allowed"


def test_sources_and_types_match_exactly_or_by_their_beginning(verify: Callable[[str], Actor]) -> None:
    actor = verify(signed())
    actor.may_write("urn:luton:lcs", "CaseOpened")
    actor.may_write("urn:luton:hr:payroll", "SessionHeld")
    for source in ("urn:luton:lcs2", "urn:luton:hr", "urn:luton", "", "*"):
        with pytest.raises(Forbidden, match="source"):
            actor.may_write(source, "SessionHeld")
    for event_type in ("SessionHeldTwice", "AbsenceStarted", "case", ""):
        with pytest.raises(Forbidden, match="type"):
            actor.may_write("urn:luton:lcs", event_type)


def test_a_minute_of_clock_difference_is_forgiven(verify: Callable[[str], Actor]) -> None:
    assert verify(signed(but(exp=NOW - 59))).council == "luton"
    assert verify(signed(but(nbf=NOW + 60, iat=NOW + 60))).council == "luton"


def test_a_remembered_token_expires_all_the_same(verify: Callable[[str], Actor], clock: Clock) -> None:
    token = signed(but(exp=NOW + 30))
    verify(token)
    clock.now = NOW + 89
    assert verify(token).council == "luton"
    clock.now = NOW + 90
    with pytest.raises(Unauthorised) as refused:
        verify(token)
    assert refused.value.code == "token_expired"


@pytest.mark.parametrize("name", FORGED)
def test_a_token_that_proves_nothing_is_refused_in_the_same_words(verify: Callable[[str], Actor], name: str) -> None:
    with pytest.raises(Unauthorised) as refused:
        verify(FORGED[name])
    assert refused.value.code == "invalid_token"
    assert refused.value.detail == "This token proves nothing here. Ask your issuer for a new one."
    assert refused.value.__cause__ is None
    assert refused.value.headers == {"WWW-Authenticate": "Bearer"}


@pytest.mark.parametrize("name", SIGNED_BUT_WRONG)
def test_a_signed_token_with_wrong_claims_is_refused_without_repeating_them(
    verify: Callable[[str], Actor], name: str
) -> None:
    with pytest.raises(Unauthorised) as refused:
        verify(SIGNED_BUT_WRONG[name])
    assert refused.value.status == 401
    for leak in (ISSUER, "lcs-push", "luton", "shropshire", "other.example", "another-service", "supervision-ledger"):
        assert leak not in refused.value.detail


def test_wrong_claims_are_named(verify: Callable[[str], Actor]) -> None:
    with pytest.raises(Unauthorised, match="council, exp"):
        verify(signed(but(council=7, exp="soon")))


def test_this_tests_own_signer_agrees_with_the_library() -> None:
    compact = json.dumps(CLAIMS, separators=(",", ":"))
    assert jws.serialize_compact(dict(HEADER), compact, ED, algorithms=["Ed25519"]) == signed()
