"""Tokens made for the tests: good ones, and some hundred that must never be taken."""

import base64
import hashlib
import hmac
import json
from typing import Any

from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from app.config import Settings
from app.security import Roster
from app.security.roster import Reading

NOW = 1_760_000_000
ISSUER = "urn:supervision-demo:forging"  # whose keys may come over plain HTTP, from this machine
ED = OKPKey.generate_key("Ed25519", parameters={"kid": "ed"})
RSA = RSAKey.generate_key(2048, parameters={"kid": "rsa"})
EC = ECKey.generate_key("P-256", parameters={"kid": "ec"})
STRANGER = OKPKey.generate_key("Ed25519", parameters={"kid": "ed"})
ANY = JWSRegistry(algorithms=["Ed25519", "RS256", "RS512", "PS256", "ES256"])

HEADER = {"alg": "Ed25519", "typ": "JWT", "kid": "ed"}
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": "supervision-ledger",
    "sub": "lcs-push",
    "iat": NOW - 10,
    "nbf": NOW - 10,
    "exp": NOW + 3600,
    "council": "luton",
    "scope": "events:write state:read",
    "sources": ["urn:luton:lcs", "urn:luton:hr:*"],
    "types": ["Case*", "SessionHeld"],
}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


def nobody() -> Roster:
    """No identity is registered, and none is taken back."""

    async def nothing(since: int) -> Reading:
        return since, ()

    return Roster(nothing)


def key_set(*keys: Key) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


def settings(**given: Any) -> Settings:
    required = {
        "mode": "production" if "issuer" in given else "demo",
        "database_url": "postgresql+asyncpg://nobody@nowhere/none",
        "master_key": base64.b64encode(bytes(range(32))).decode(),
        "issuer": ISSUER,
    }
    return Settings(**(required | given))


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(claims: object = CLAIMS, key: Key = ED, **header: Any) -> str:
    """A token properly signed over whatever is given; a header field of None is left out."""
    shown = {name: value for name, value in (HEADER | header).items() if value is not None}
    signing_input = f"{part(shown)}.{part(claims)}"
    algorithm = shown["alg"] if shown.get("alg") in ("RS256", "RS512", "PS256", "ES256") else "Ed25519"
    signature = ANY.get_alg(algorithm).sign(signing_input.encode(), key)
    return f"{signing_input}.{part(signature)}"


def but(**changed: Any) -> dict[str, Any]:
    """Good claims but for these; None leaves one out."""
    return {name: value for name, value in (CLAIMS | changed).items() if value is not None}


def hmac_with_public_key(public: bytes, claims: object = CLAIMS, kid: str = "ed") -> str:
    signing_input = f"{part(HEADER | {'alg': 'HS256', 'kid': kid})}.{part(claims)}"
    return f"{signing_input}.{part(hmac.digest(public, signing_input.encode(), hashlib.sha256))}"


GOOD = signed()
H, P, S = GOOD.split(".")
TWICE = b'{"alg":"none","alg":"Ed25519","typ":"JWT","kid":"ed"}'
FORGED = {
    "nothing": "",
    "dots only": "..",
    "one part": "x",
    "two parts": f"{H}.{P}",
    "four parts": f"{GOOD}.{S}",
    "five parts as an encrypted token has": f"{GOOD}.{S}.{S}",
    "signature stripped": f"{H}.{P}.",
    "payload stripped": f"{H}..{S}",
    "header stripped": f".{P}.{S}",
    "signature of another token": f"{H}.{part(but(council='shropshire'))}.{S}",
    "signature cut short": GOOD[:-8],
    "signature of zeros": f"{H}.{P}.{part(bytes(64))}",
    "signature twice": f"{H}.{P}.{S}{S}",
    "other key under the same kid": signed(key=STRANGER),
    "alg none": f"{part(HEADER | {'alg': 'none'})}.{P}.",
    "alg None with signature": f"{part(HEADER | {'alg': 'None'})}.{P}.{S}",
    "alg HS256 keyed with the public key": hmac_with_public_key(ED.as_pem(private=False)),
    "alg HS256 keyed with the published JSON": hmac_with_public_key(key_set(ED)),
    "alg RS512": signed(key=RSA, alg="RS512", kid="rsa"),
    "alg PS256": signed(key=RSA, alg="PS256", kid="rsa"),
    "alg in lower case": f"{part(HEADER | {'alg': 'ed25519'})}.{P}.{S}",
    "alg missing": signed(alg=None),
    "alg a list": signed(alg=["Ed25519"]),
    "alg a number": signed(alg=1),
    "alg of another key's kind": signed(key=RSA, alg="RS256", kid="ed"),
    "kid missing": signed(kid=None),
    "kid unknown": signed(kid="other"),
    "kid a path": signed(kid="../../../../dev/null"),
    "kid SQL": signed(kid="' OR 1=1 --"),
    "kid a number": signed(kid=1),
    "kid null byte": signed(kid="ed\x00"),
    "jku": signed(jku="https://attacker.example/keys"),
    "x5u": signed(x5u="https://attacker.example/cert"),
    "x5c": signed(x5c=["MIIB"]),
    "jwk of its own": signed(key=STRANGER, jwk=STRANGER.as_dict(private=False)),
    "crit": signed(crit=["exp"], exp=NOW + 9),
    "b64 false": signed(b64=False, crit=["b64"]),
    "zip": signed(zip="DEF"),
    "unknown header": signed(nonce="1"),
    "typ missing": signed(typ=None),
    "typ of another purpose": signed(typ="logout+jwt"),
    "typ a list": signed(typ=["JWT"]),
    "header a list": f"{part([HEADER])}.{P}.{S}",
    "header not JSON": f"{part(b'{alg')}.{P}.{S}",
    "header not UTF-8": f"{part(bytes([0xFF, 0xFE]))}.{P}.{S}",
    "header with a key twice": f"{part(TWICE)}.{P}.{S}",
    "header of 3 kB": signed(kid="k" * 3000),
    "header nested deeply": f"{part(b'[' * 9000)}.{P}.{S}",
    "not base64": f"{H}.%%%.{S}",
    "padded base64": f"{H}=.{P}.{S}",
    "standard base64": GOOD.replace("-", "+").replace("_", "/") + "+",
    "300 kB": signed(but(note="x" * 300_000)),
    "NUL inside": f"{H}.{P}\x00.{S}",
    "new line at the end": GOOD + "\n",
    "space in front": " " + GOOD,
    "not ASCII": GOOD + "é",
    "lone surrogate": GOOD + "\ud800",
}
SIGNED_BUT_WRONG = {
    "payload a list": signed([CLAIMS]),
    "payload a string": signed("luton"),
    "payload not JSON": signed(b"{"),
    "payload with a key twice": signed(json.dumps(CLAIMS).encode()[:-1] + b',"council":"shropshire"}'),
    "payload with NaN": signed(json.dumps(CLAIMS).encode()[:-1] + b',"x":NaN}'),
    "payload not UTF-8": signed(b'{"iss":"\xff"}'),
    "payload empty": signed({}),
    "wrong issuer": signed(but(iss="https://other.example")),
    "issuer with a slash more": signed(but(iss=ISSUER + "/")),
    "issuer a list": signed(but(iss=[ISSUER])),
    "no issuer": signed(but(iss=None)),
    "wrong audience": signed(but(aud="another-service")),
    "audience list without us": signed(but(aud=["a", "b"])),
    "audience of numbers": signed(but(aud=[1])),
    "audience an object": signed(but(aud={"supervision-ledger": 1})),
    "audience empty": signed(but(aud=[])),
    "no audience": signed(but(aud=None)),
    "expired": signed(but(exp=NOW - 60)),
    "expired long ago": signed(but(exp=-1)),
    "no expiry": signed(but(exp=None)),
    "expiry a string": signed(but(exp=str(NOW + 99))),
    "expiry a fraction": signed(but(exp=NOW + 99.5)),
    "expiry true": signed(but(exp=True)),
    "expiry infinite": signed(json.dumps(but(exp=None)).encode()[:-1] + b',"exp":1e999}'),
    "not before tomorrow": signed(but(nbf=NOW + 86_400)),
    "no nbf": signed(but(nbf=None)),
    "issued tomorrow": signed(but(iat=NOW + 86_400)),
    "no iat": signed(but(iat=None)),
    "no subject": signed(but(sub=None)),
    "subject empty": signed(but(sub="")),
    "subject a number": signed(but(sub=7)),
    "subject with NUL": signed(but(sub="a\x00b")),
    "no council": signed(but(council=None)),
    "council a list": signed(but(council=["luton", "shropshire"])),
    "council empty": signed(but(council="")),
    "council in capitals": signed(but(council="Luton")),
    "council with a quote": signed(but(council="luton'; --")),
    "council with a new line": signed(but(council="luton\n")),
    "council a path": signed(but(council="../luton")),
    "council a wildcard": signed(but(council="*")),
    "scope a number": signed(but(scope=1)),
    "scope an object": signed(but(scope={"events:write": True})),
    "sources a string": signed(but(sources="urn:luton:lcs")),
    "types of numbers": signed(but(types=[1])),
    "client a list": signed(but(azp=["a"])),
}
