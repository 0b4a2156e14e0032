"""Who is asking: a bearer token becomes an `Actor`, or nothing.

Rules: the council comes from the verified token alone; only the configured issuer's keys are used, fetched from the
one configured place and never from where a token points; nothing in a token is read as true before its signature
is; what a token says is never repeated in an answer. Order of checks after RFC 8725 (JWT best current practice).
Left out: what a person may see of another person (roles and relations), and other issuers' claim names.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

import httpx
import jiter
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from app.config import Settings
from app.errors import Forbidden, Unauthorised, Unavailable

SCOPES: Final = {
    "events:write": "Send events of the sources and types that the client is registered for",
    "events:read": "Read the ledger: single events and the feed",
    "narratives:read": "For people: see the free text that they have a right to; otherwise it reads as withheld",
    "state:read": "Ask whether a worker or a case is compliant, and why",
    "records:write": "Merge identifiers and correct other sources' events",
    "policies:write": "Adopt policy packs",
    "directory:write": "Say what workers and teams are called, and erase it",
    "names:read": "See what workers and teams are called",
    "quarantine:write": "Resubmit or discard what a bulk load refused",
    "council:admin": "Change what holds for the whole council, such as its working-day calendar",
    "metrics:read": "Read the service's metrics",
}

COUNCIL_ID: Final = r"^[a-z][a-z0-9-]{0,62}$"
"""What a council's id looks like."""

_MAX_TOKEN = 16 * 1024
_LEEWAY = 60
_VERIFIED_FOR = 600
_KEYS_FRESH_FOR = 600
_BETWEEN_FETCHES = 60
_FETCH_TIMEOUT = 5
_CACHE_SIZE = 10_000
_ALGORITHMS = ("EdDSA", "Ed25519", "RS256", "ES256")
_TYPES = ("JWT", "at+jwt")
_HEADERS = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})
"""All that a header may hold: `jku`, `x5u`, `jwk`, `x5c`, `crit` and `b64` change how a token is read or trusted."""


@dataclass(frozen=True, slots=True)
class Actor:
    """An authenticated client of one council, by itself or on a person's behalf, and what its token lets it do."""

    council: str
    client: str
    """`azp` or `client_id`, else `sub`."""
    scopes: frozenset[str]
    sources: tuple[str, ...] = ()
    """CloudEvents sources it may write: exact, or a beginning followed by `*`."""
    types: tuple[str, ...] = ()
    """Event types it may write, in the same way."""
    expires: int = 0
    """Seconds since 1970."""
    delegated: bool = False
    """Whether a person stands behind it; else it is an application by itself."""
    subject: str = ""
    """`sub`: who the issuer says it is."""
    person: str | None = None
    """Of a person: their own id in the ledger, as in `worker_id`; None where nobody has said it."""
    roles: frozenset[str] = frozenset()
    """What the council's directory says they are (`supervisor`, `hr` …); the matrix of access says what it means."""

    @property
    def reader(self) -> str:
        """Whom a trace names: the person, by the id in the ledger where it is known, else the client."""
        return (self.person or self.subject) if self.delegated else self.client

    def may(self, scope: str) -> bool:
        """Whether the token carries `scope` (one of SCOPES)."""
        return scope in self.scopes

    def may_write(self, source: str, event_type: str) -> None:
        """Nothing if this client is registered to send such events; else Forbidden says which part is not."""
        if not _matches(self.sources, source):
            raise Forbidden("source_not_allowed", "This client is not registered to send events of this source.")
        if not _matches(self.types, event_type):
            raise Forbidden("type_not_allowed", "This client is not registered to send events of this type.")


def _matches(patterns: tuple[str, ...], value: str) -> bool:
    return any(value.startswith(p[:-1]) if p.endswith("*") else value == p for p in patterns)


Name = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")]


class Claims(BaseModel):
    """The claims that are read (RFC 7519, RFC 9068); others are ignored. Times are seconds since 1970."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    iss: str
    aud: str | list[str]
    exp: int
    nbf: int
    iat: int
    sub: Name
    council: Annotated[str, StringConstraints(pattern=COUNCIL_ID)]
    scope: str | list[str] = ""
    sources: list[str] = []
    types: list[str] = []
    roles: list[str] = []
    azp: Name | None = None
    client_id: Name | None = None
    worker_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@~-]{0,63}$")] | None = None

    @property
    def delegated(self) -> bool:
        """Whether a client asks on somebody's behalf: then it is named beside `sub` and is another (RFC 9068, 2.2)."""
        client = self.azp or self.client_id
        return client is not None and client != self.sub

    def actor(self) -> Actor:
        """The actor these claims describe; scopes this service does not know are dropped."""
        scopes = self.scope.split(" ") if isinstance(self.scope, str) else self.scope
        return Actor(
            council=self.council,
            client=self.azp or self.client_id or self.sub,
            scopes=frozenset(scopes) & SCOPES.keys(),
            sources=tuple(self.sources),
            types=tuple(self.types),
            expires=self.exp,
            delegated=self.delegated,
            subject=self.sub,
            person=self.worker_id if self.delegated else None,
            roles=frozenset(self.roles),
        )


def _untrusted() -> Unauthorised:
    return Unauthorised("invalid_token", "This token proves nothing here. Ask your issuer for a new one.")


def _json_object(data: bytes) -> dict[str, Any]:
    value = jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=True)
    if not isinstance(value, dict):
        raise ValueError("is not a JSON object")
    return value


def _registry() -> JWSRegistry:
    """Exactly these algorithms. `EdDSA` (RFC 8037: Ed25519 or Ed448) is read as what RFC 9864 calls `Ed25519`."""
    registry = JWSRegistry(algorithms=_ALGORITHMS)
    registry.algorithms = {name: registry.algorithms[name.replace("EdDSA", "Ed25519")] for name in _ALGORITHMS}
    return registry


_REGISTRY = _registry()


def _algorithms(jwk: Mapping[str, Any]) -> tuple[str, ...]:
    """The algorithms a published key may be used with: its kind decides, never a token's header."""
    possible: tuple[str, ...] = {
        "RSA": ("RS256",),
        "EC P-256": ("ES256",),
        "OKP Ed25519": ("EdDSA", "Ed25519"),
    }.get(f"{jwk.get('kty')} {jwk.get('crv', '')}".strip(), ())
    said = jwk.get("alg")
    return () if jwk.get("use", "sig") != "sig" or (said is not None and said not in possible) else possible


def _public_key(jwk: Mapping[str, Any]) -> Key | None:
    """The key without its private parts and its remarks; None if it is damaged or too weak."""
    public = {name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk}
    # 2,048 bits are 342 characters of base64; joserfc warns of a shorter modulus but takes it
    if jwk["kty"] == "RSA" and len(str(jwk.get("n"))) < 342:
        return None
    try:
        return JWKRegistry.import_key(public)
    except (ValueError, JoseError):
        return None


def read_keys(data: bytes) -> dict[tuple[str, str], Key]:
    """A JWK Set (RFC 7517) as (kid, alg) → key. Keys of kinds that are not used here are passed over.

    Raises ValueError when it is no JWK Set or holds no usable key.
    """
    listed = _json_object(data).get("keys")
    keys: dict[tuple[str, str], Key] = {}
    for jwk in listed if isinstance(listed, list) else []:
        algorithms = _algorithms(jwk) if isinstance(jwk, dict) and isinstance(jwk.get("kid"), str) else ()
        key = _public_key(jwk) if algorithms else None
        if key is not None:
            keys.update({(jwk["kid"], name): key for name in algorithms})
    if not keys:
        raise ValueError("holds no Ed25519, RS256 or ES256 signing key with a kid")
    return keys


class SigningKeys:
    """The issuer's public keys, from `jwks_file` or `jwks_url`, kept and fetched anew at most once a minute.

    Keys stay usable while the issuer cannot be reached: its outage must not become ours.
    """

    def __init__(self, settings: Settings, now: Callable[[], float]) -> None:
        self._settings = settings
        self._now = now
        self._keys: dict[tuple[str, str], Key] = {}
        self._tried = float("-inf")
        self._failed = False
        self._lock = asyncio.Lock()

    async def find(self, kid: str, algorithm: str) -> Key | None:
        """The key, None when the issuer has none such; Unavailable when that cannot be known now."""
        wanted = (kid, algorithm)
        if wanted not in self._keys or self._now() - self._tried > _KEYS_FRESH_FOR:
            async with self._lock:
                await self._refresh()
        if wanted not in self._keys and self._failed:
            raise Unavailable("keys_unavailable", "The issuer's keys cannot be read at the moment.", retry_after=10)
        return self._keys.get(wanted)

    async def _refresh(self) -> None:
        if 0 <= self._now() - self._tried < _BETWEEN_FETCHES:
            return
        self._tried = self._now()
        try:
            self._keys = read_keys(await self._fetch())
            self._failed = False
        except (OSError, TimeoutError, httpx.HTTPError, ValueError, JoseError):
            self._failed = True

    async def _fetch(self) -> bytes:
        if self._settings.jwks_file is not None:
            return await asyncio.to_thread(self._settings.jwks_file.read_bytes)
        # trust_env: the environment is read in one place only
        async with asyncio.timeout(_FETCH_TIMEOUT), httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(str(self._settings.jwks_url), headers={"Accept": "application/json"})
            answer.raise_for_status()
            return answer.content


class TokenVerifier:
    """Verifies tokens of the configured issuer. `now` is the clock, seconds since 1970.

    A verified token is remembered by its SHA-256 for ten minutes at most, and never beyond its expiry, so that a
    key that the issuer takes back stops working within twenty.
    """

    def __init__(self, settings: Settings, now: Callable[[], float]) -> None:
        self._issuer = settings.issuer
        self._audience = settings.audience
        self._now = now
        self._keys = SigningKeys(settings, now)
        self._verified: OrderedDict[bytes, tuple[Actor, float]] = OrderedDict()

    async def verify(self, token: str) -> Actor:
        """The actor a compact JWT speaks for. Raises Unauthorised (401), or Unavailable (503) without keys."""
        if len(token) > _MAX_TOKEN or not token.isascii() or token.count(".") != 2:
            raise _untrusted()
        digest = hashlib.sha256(token.encode("ascii")).digest()
        actor, until = self._verified.get(digest, (None, 0.0))
        if actor is not None and self._now() < until:
            self._verified.move_to_end(digest)
            return actor
        actor = self._checked(await self._payload(token)).actor()
        self._verified[digest] = (actor, min(actor.expires, self._now() + _VERIFIED_FOR))
        if len(self._verified) > _CACHE_SIZE:
            self._verified.popitem(last=False)
        return actor

    async def _payload(self, token: str) -> dict[str, Any]:
        """The signed claims, read only after the header and the signature hold."""
        try:
            header = _json_object(urlsafe_b64decode(token.split(".", maxsplit=1)[0].encode("ascii")))
            algorithm, kid = header.get("alg"), header.get("kid")
            if algorithm not in _ALGORITHMS or not isinstance(kid, str):
                raise _untrusted()
            if header.get("typ") not in _TYPES or not header.keys() <= _HEADERS:
                raise _untrusted()
            key = await self._keys.find(kid, algorithm)
            if key is None:
                raise _untrusted()
            return _json_object(jws.deserialize_compact(token, key, registry=_REGISTRY).payload)
        except (ValueError, JoseError):
            raise _untrusted() from None

    def _checked(self, payload: dict[str, Any]) -> Claims:
        """The claims, if they are meant for this service and hold now. The issuer signed them, so names may be told."""
        try:
            claims = Claims.model_validate(payload)
        except ValidationError as error:
            names = ", ".join(sorted({str(fault["loc"][0]) for fault in error.errors()}))
            detail = f"The token's claims are missing or not of the right kind: {names}."
            raise Unauthorised("invalid_token", detail) from None
        audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        if claims.iss != self._issuer or self._audience not in audiences:
            raise Unauthorised("invalid_token", "The token is from another issuer or for another service.")
        if claims.exp <= self._now() - _LEEWAY:
            raise Unauthorised("token_expired", "The token has expired. Ask your issuer for a new one.")
        if max(claims.nbf, claims.iat) > self._now() + _LEEWAY:
            raise Unauthorised("invalid_token", "The token is not valid yet. Check the issuer's clock.")
        return claims
