"""Tokens of Entra ID: applications and people told apart, tenants that are councils, clients that are registered."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.errors import Unauthorised
from app.security import Actor, TokenVerifier
from tests.security.entra import (
    APPLICATION,
    CLIENT,
    DELEGATED,
    LUTON,
    PERSON,
    ROBOT,
    SHROPSHIRE,
    UNREGISTERED,
    WRONG,
    but,
    entra,
    made,
    published,
    registered,
)
from tests.security.forging import ISSUER, NOW, Clock, settings


@pytest.fixture
def verify(tmp_path: Path) -> Callable[[str], Actor]:
    path = tmp_path / "jwks.json"
    path.write_bytes(published())
    verifier = TokenVerifier(entra(jwks_file=path), Clock(), registered())
    return lambda token: asyncio.run(verifier.verify(token))


def test_an_application_has_its_roles_for_scopes_and_writes_what_it_is_registered_for(
    verify: Callable[[str], Actor],
) -> None:
    expected = Actor(
        council="luton", client=CLIENT, scopes=frozenset({"events:write", "state:read"}), sources=("urn:luton:*",),
        types=("Case*",), expires=NOW + 3600, subject=ROBOT,
    )  # fmt: skip
    assert verify(made()) == expected
    assert verify(made(but(idtyp=None))) == expected
    assert isinstance(hash(verify(made())), int), "sets that cannot change, all of them"


def test_a_person_is_their_object_id_and_what_the_registry_says_they_are(verify: Callable[[str], Actor]) -> None:
    actor = verify(made(DELEGATED))
    assert (actor.delegated, actor.subject, actor.person) == (True, PERSON, "W-1")
    assert (actor.scopes, actor.roles) == ({"state:read", "events:read"}, {"supervisor"})
    assert verify(made(but(DELEGATED, idtyp="user"))) == actor
    stranger = verify(made(but(DELEGATED, oid=ROBOT, azp=UNREGISTERED)))
    assert (stranger.person, stranger.reader, stranger.sources) == (None, f"sub/{ROBOT}", ())


def test_an_application_s_roles_that_are_no_scopes_are_what_it_is(verify: Callable[[str], Actor]) -> None:
    actor = verify(made(but(roles=["council:admin", "council_admin"])))
    assert (actor.scopes, actor.roles) == ({"council:admin"}, {"council_admin"})


def test_nobody_s_own_roles_are_scopes_and_nobody_s_consent_is_a_role(verify: Callable[[str], Actor]) -> None:
    actor = verify(made(but(DELEGATED, scp="", roles=["council:admin", "hr"])))
    assert (actor.scopes, actor.roles) == (frozenset(), {"hr"})


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_token_is_refused_and_nothing_of_it_repeated(verify: Callable[[str], Actor], name: str) -> None:
    with pytest.raises(Unauthorised) as refused:
        verify(WRONG[name])
    assert refused.value.status == 401
    for leak in (LUTON, SHROPSHIRE, CLIENT, PERSON, "luton", "example", APPLICATION["aud"]):
        assert leak not in refused.value.detail


@pytest.mark.parametrize(
    "given",
    [
        {"issuer_kind": "entra", "issuer": ISSUER, "tenants": {LUTON: "luton"}},
        {"issuer_kind": "entra", "issuer": "https://login.example/{tenantid}/v2.0"},
        {"issuer": "https://login.example/{tenantid}/v2.0"},
        {"tenants": {LUTON: "luton"}},
        {"issuer_kind": "entra", "issuer": "https://x.example/{tenantid}/", "tenants": {LUTON: "a", SHROPSHIRE: "a"}},
        {"issuer_kind": "entra", "issuer": "https://x.example/{tenantid}/", "tenants": {"luton": "luton"}},
    ],
)
def test_settings_that_name_no_tenant_or_one_twice_stop_the_start(given: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        settings(jwks_file=tmp_path / "none", **given)
