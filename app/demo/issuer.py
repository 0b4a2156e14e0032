"""The demo's own token issuer: a key of this folder, trusted by a service in demo mode on loopback and nowhere else.

It answers at three addresses, as any OpenID provider does: what it is (OpenID Connect Discovery 1.0), its public keys,
and a token endpoint for `client_credentials` (RFC 6749, section 4.4). A client is a persona of a council, with a random
secret from the private folder. Two things are other than outside a demo: a person's token comes for a secret and not
for signing in, and the issuer's name is no address (`urn:supervision-demo:…`): production refuses it by name.
Left out: signing in, refreshing and revoking tokens, users of any kind.
"""

import base64
import binascii
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any, Final
from urllib.parse import parse_qs, unquote_plus

from joserfc import jwt
from joserfc.jwk import OKPKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.demo.personas import PERSONAS, claims

AUDIENCE: Final = "supervision-ledger"
LIFETIME: Final = 3600
"""Seconds that a token lasts which the endpoint or `supervision token` gives."""
A_DAY: Final = 12 * 3600
"""Seconds that the tokens in `tokens.json` last: a day of showing the demo, without a program that fetches new ones.
Nobody is less safe for it: who can read that file can read the key beside it."""

KEYS, TOKEN, DISCOVERY = "/jwks", "/token", "/.well-known/openid-configuration"
_LONGEST: Final = 8_192
"""Bytes of a request for a token."""


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

    def token(self, council: str, persona: str, now: int, lifetime: int = LIFETIME) -> str:
        """A bearer token for one persona of one council, from `now` (seconds since 1970) for `lifetime` seconds."""
        header = {"alg": "Ed25519", "typ": "JWT", "kid": self.key.kid}
        times = {"iat": now, "nbf": now, "exp": now + lifetime}
        who = {"iss": self.name, "aud": AUDIENCE, **claims(council, persona)}
        return jwt.encode(header, who | times, self.key, algorithms=["Ed25519"])


def application(issuer: Issuer, secrets_of: Mapping[str, str], url: str) -> Starlette:
    """The issuer over HTTP at `url`; `secrets_of` each client, which is called COUNCIL:PERSONA."""

    async def described(_: Request) -> JSONResponse:
        return JSONResponse(_description(issuer, url))

    async def keys(_: Request) -> JSONResponse:
        return JSONResponse(issuer.key_set())

    async def token(request: Request) -> JSONResponse:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LONGEST:
                return _refused("invalid_request", "That is too long.", 413)
        return _answer(issuer, secrets_of, body, request.headers.get("authorization", ""))

    return Starlette(routes=[Route(DISCOVERY, described), Route(KEYS, keys), Route(TOKEN, token, methods=["POST"])])


def _description(issuer: Issuer, url: str) -> dict[str, Any]:
    return {
        "issuer": issuer.name,
        "jwks_uri": f"{url}{KEYS}",
        "token_endpoint": f"{url}{TOKEN}",
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["Ed25519"],
    }


def _answer(issuer: Issuer, secrets_of: Mapping[str, str], body: bytes, authorization: str) -> JSONResponse:
    """A token, or what is wrong (RFC 6749, 5.2); whether it was the client or its secret is not told."""
    try:
        form = {name: values[0] for name, values in parse_qs(body.decode("ascii"), max_num_fields=20).items()}
        client, secret = _credentials(form, authorization)
    except ValueError:
        return _refused("invalid_request", "Send a form: grant_type, client_id and client_secret.", 400)
    # an unknown client is compared as well, so that both refusals take the same time
    expected = secrets_of.get(client, secrets.token_urlsafe(32))
    if not compare_digest(secret.encode(), expected.encode()) or client not in secrets_of:
        return _refused("invalid_client", "The demo knows no such client with this secret: see clients.json.", 401)
    if form.get("grant_type") != "client_credentials":
        return _refused("unsupported_grant_type", "The demo's issuer knows grant_type=client_credentials only.", 400)
    council, _, persona = client.partition(":")
    token = issuer.token(council, persona, int(time.time()))
    return _json({"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME}, 200)


def _credentials(form: Mapping[str, str], authorization: str) -> tuple[str, str]:
    """Client and secret, from the form or by HTTP Basic (RFC 6749, 2.3.1). Raises ValueError."""
    scheme, _, given = authorization.partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        # from the right: the colon in the client's name may come as it is, which RFC 6749 forbids and many do
        client, _, secret = base64.b64decode(given, validate=True).decode("ascii").rpartition(":")
    except binascii.Error as error:
        raise ValueError("is not base64") from error
    return unquote_plus(client), unquote_plus(secret)


def _refused(error: str, description: str, status: int) -> JSONResponse:
    return _json({"error": error, "error_description": description}, status)


def _json(content: Mapping[str, Any], status: int) -> JSONResponse:
    headers = {"Cache-Control": "no-store"} | ({"WWW-Authenticate": "Basic"} if status == 401 else {})
    return JSONResponse(content, status, headers)


def invent_secrets(councils: Iterable[str]) -> dict[str, str]:
    """A random secret for each client."""
    return {f"{council}:{persona}": secrets.token_urlsafe(32) for council in councils for persona in PERSONAS}
