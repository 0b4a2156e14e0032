"""The demo's own token issuer: a key of this folder, trusted by a service in demo mode on loopback and nowhere else.

Each persona has the least it needs. Tokens last a day's demonstration and are written anew at each start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey

from app.security import SCOPES

AUDIENCE = "supervision-ledger"
LIFETIME = 12 * 3600
"""Seconds: a day of showing it."""

EVERYTHING = {"sources": ["*"], "types": ["*"]}
PERSONAS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "integration": {"scope": "events:write events:read state:read quarantine:write directory:write", **EVERYTHING},
        "manager": {"scope": "state:read names:read"},
        "auditor": {"scope": "state:read events:read"},
        "admin": {"scope": " ".join(SCOPES), "roles": ["council_admin"], **EVERYTHING},
    }
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Signs tokens as `name`, with an Ed25519 key."""

    name: str
    key: OKPKey

    @classmethod
    def invent(cls, name: str) -> "Issuer":
        """A new issuer with a key of its own."""
        return cls(name, OKPKey.generate_key("Ed25519", auto_kid=True))

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Issuer":
        """The issuer that `as_json` wrote."""
        return cls(stored["name"], OKPKey.import_key(dict(stored["key"])))

    def as_json(self) -> dict[str, Any]:
        """Name and private key, for a private file."""
        return {"name": self.name, "key": self.key.as_dict(private=True)}

    def key_set(self) -> dict[str, Any]:
        """The public key as a JWK Set."""
        return {"keys": [self.key.as_dict(private=False, use="sig", alg="Ed25519")]}

    def token(self, council: str, persona: str, now: int) -> str:
        """A bearer token for one persona of one council, from `now` (seconds since 1970) for twelve hours."""
        header = {"alg": "Ed25519", "typ": "JWT", "kid": self.key.kid}
        times = {"iat": now, "nbf": now, "exp": now + LIFETIME}
        who = {"iss": self.name, "aud": AUDIENCE, "sub": f"demo-{persona}", "council": council}
        return jwt.encode(header, {**who, **times, **PERSONAS[persona]}, self.key, algorithms=["Ed25519"])
