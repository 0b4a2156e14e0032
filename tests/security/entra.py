"""Tokens as Entra ID (v2.0) makes them: good ones, and those that must never be taken."""

import json
from typing import Any

from joserfc.jwk import RSAKey

from app.config import Settings
from app.security import Roster
from app.security.roster import Change, Reading
from tests.security.forging import ED, NOW, RSA, STRANGER, hmac_with_public_key, key_set, part, settings, signed

LUTON, SHROPSHIRE = "a1b1c1d1-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
CLIENT, UNREGISTERED = "33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"
PERSON, ROBOT = "55555555-5555-4555-8555-555555555555", "66666666-6666-4666-8666-666666666666"
ONLY_SHROPSHIRES = "77777777-7777-4777-8777-777777777777"
AUDIENCE = "99999999-9999-4999-8999-999999999999"
TEMPLATE = "https://login.example/{tenantid}/v2.0"
OTHERS = RSAKey.generate_key(2048, parameters={"kid": "others"})

APPLICATION: dict[str, Any] = {
    "iss": TEMPLATE.replace("{tenantid}", LUTON),
    "aud": AUDIENCE,
    "sub": ROBOT,
    "oid": ROBOT,
    "tid": LUTON,
    "ver": "2.0",
    "azp": CLIENT,
    "azpacr": "2",
    "idtyp": "app",
    "roles": ["events:write", "state:read"],
    "iat": NOW - 10,
    "nbf": NOW - 10,
    "exp": NOW + 3600,
}
DELEGATED: dict[str, Any] = {
    name: value for name, value in APPLICATION.items() if name not in ("idtyp", "roles")
} | {
    "sub": "pairwise-subject", "oid": PERSON, "scp": "state:read events:read", "roles": ["supervisor"],
    "preferred_username": "somebody@luton.example",
}  # fmt: skip


def entra(**given: Any) -> Settings:
    """Settings for two tenants, each a council."""
    tenants = {LUTON: "luton", SHROPSHIRE: "shropshire"}
    return settings(issuer=TEMPLATE, issuer_kind="entra", audience=AUDIENCE, tenants=tenants, **given)


def published() -> bytes:
    """The issuer's keys; one of them is for the tokens of somebody else."""
    return key_set(RSA, ED, OTHERS).replace(
        b'"kid": "others"', b'"kid": "others", "issuer": "https://login.live.example"'
    )


REGISTERED = (
    Change("luton", "client", CLIENT, '{"label": "LCS", "sources": ["urn:luton:*"], "event_types": ["Case*"]}', False),
    Change("shropshire", "client", ONLY_SHROPSHIRES, '{"label": "EHM"}', False),
    Change("luton", "person", PERSON, '{"worker_id": "W-1"}', False),
)


def registered() -> Roster:
    """One client of each council, and one person."""

    async def read(_since: int) -> Reading:
        return 1, REGISTERED

    return Roster(read)


def made(claims: object = APPLICATION, *, key: Any = RSA, **header: Any) -> str:
    """A token properly signed, as Entra ID signs: RS256."""
    return signed(claims, key, **({"alg": "RS256", "kid": "rsa"} | header))


def but(of: dict[str, Any] = APPLICATION, **changed: Any) -> dict[str, Any]:
    """Good claims but for these; None leaves one out."""
    return {name: value for name, value in (of | changed).items() if value is not None}


H, P, S = made().split(".")
WRONG = {
    "alg none": f"{part({'alg': 'none', 'typ': 'JWT', 'kid': 'rsa'})}.{P}.",
    "alg HS256 keyed with the public key": hmac_with_public_key(RSA.as_pem(private=False), APPLICATION, "rsa"),
    "kid unknown": made(kid="tomorrow"),
    "a stranger's key": signed(APPLICATION, STRANGER),
    "jku": made(jku="https://attacker.example/keys"),
    "key of another issuer": made(key=OTHERS, kid="others"),
    "two parts": f"{H}.{P}",
    "five parts": f"{H}.{P}.{S}.{S}.{S}",
    "tenant of no council": made(but(tid=CLIENT, iss=TEMPLATE.replace("{tenantid}", CLIENT))),
    "tenant missing": made(but(tid=None)),
    "tenant a list": made(but(tid=[LUTON, SHROPSHIRE])),
    "tenant in capitals": made(but(tid=LUTON.upper(), iss=TEMPLATE.replace("{tenantid}", LUTON.upper()))),
    "tenant with a look-alike digit": made(but(tid=LUTON[:-1] + "１")),
    "tenant a path": made(but(tid="../" + LUTON)),
    "another tenant than the issuer's": made(but(tid=SHROPSHIRE)),
    "another issuer than the tenant's": made(but(iss=TEMPLATE.replace("{tenantid}", SHROPSHIRE))),
    "the template itself as issuer": made(but(iss=TEMPLATE)),
    "issuer of version 1.0": made(but(iss=f"https://sts.example/{LUTON}/")),
    "issuer without scheme": made(but(iss=TEMPLATE.replace("{tenantid}", LUTON).removeprefix("https://"))),
    "version 1.0": made(but(ver="1.0")),
    "version missing": made(but(ver=None)),
    "version a number": made(but(ver=2.0)),
    "audience as URI": made(but(aud=f"api://{AUDIENCE}")),
    "audience of the client": made(but(aud=CLIENT)),
    "client not registered": made(but(azp=UNREGISTERED)),
    "client registered with another council": made(but(azp=ONLY_SHROPSHIRES)),
    "client missing": made(but(azp=None, appid=CLIENT)),
    "client a list": made(but(azp=[CLIENT])),
    "client in capitals": made(but(azp=CLIENT.upper().replace("3", "A"))),
    "no roles": made(but(roles=None)),
    "roles a string": made(but(roles="events:write state:read")),
    "roles of numbers": made(but(roles=[1])),
    "roles an object": made(but(roles={"state:read": True})),
    "scopes with idtyp app": made(but(scp="state:read")),
    "delegated with idtyp app": made(but(DELEGATED, idtyp="app")),
    "alone with idtyp user": made(but(idtyp="user")),
    "idtyp of another kind": made(but(idtyp="device")),
    "idtyp a list": made(but(idtyp=["app"])),
    "delegated, scopes a list": made(but(DELEGATED, scp=["state:read"])),
    "delegated, scopes an object": made(but(DELEGATED, scp={"state:read": True})),
    "delegated, without oid": made(but(DELEGATED, oid=None)),
    "delegated, oid an address": made(but(DELEGATED, oid="somebody@luton.example")),
    "delegated, without sub": made(but(DELEGATED, sub=None)),
    "delegated, without client": made(but(DELEGATED, azp=None)),
    "delegated, tenant of no council": made(but(DELEGATED, tid=CLIENT, iss=TEMPLATE.replace("{tenantid}", CLIENT))),
    "claims of the standard kind": made(
        but(tid=None, ver=None, oid=None, council="luton", scope="state:read", client_id=CLIENT)
    ),
    "council said in the token, tenant another's": made(but(tid=UNREGISTERED, council="luton")),
    "expired": made(but(exp=NOW - 60)),
    "not yet valid": made(but(nbf=NOW + 86_400)),
    "issued tomorrow": made(but(iat=NOW + 86_400)),
    "no expiry": made(but(exp=None)),
    "tid twice": made(json.dumps(APPLICATION).encode()[:-1] + f',"tid":"{SHROPSHIRE}"}}'.encode()),
    "20 kB of groups": made(but(groups=["x" * 40] * 500)),
}
