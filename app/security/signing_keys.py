"""The issuer's public keys: fetched from the one configured place, never from where a token points.

Left out: private keys, shared secrets, and keys that are published as certificates only.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import httpx
import jiter
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from app.config import Settings
from app.errors import Unavailable

ALGORITHMS: Final = ("EdDSA", "Ed25519", "RS256", "ES256")
_KEYS_FRESH_FOR = 600
_BETWEEN_FETCHES = 60
_FETCH_TIMEOUT = 5
_MOST_BYTES = 512 * 1024


class Published(NamedTuple):
    """A signing key as its issuer published it."""

    key: Key
    issuer: str | None
    """For whose tokens alone it is, where the key set says so (Entra ID's common one: `{tenantid}` for any)."""


def json_object(data: bytes) -> dict[str, Any]:
    """A JSON object, without a name twice and without NaN. Raises ValueError."""
    value = jiter.from_json(data, allow_inf_nan=False, catch_duplicate_keys=True)
    if not isinstance(value, dict):
        raise ValueError("is not a JSON object")
    return value


def _algorithms(jwk: Mapping[str, Any]) -> tuple[str, ...]:
    """The algorithms a published key may be used with: its kind decides, never a token's header."""
    possible: tuple[str, ...] = {
        "RSA": ("RS256",),
        "EC P-256": ("ES256",),
        "OKP Ed25519": ("EdDSA", "Ed25519"),
    }.get(f"{jwk.get('kty')} {jwk.get('crv', '')}".strip(), ())
    said = jwk.get("alg")
    return () if jwk.get("use", "sig") != "sig" or (said is not None and said not in possible) else possible


def _public_key(jwk: Mapping[str, Any]) -> Published | None:
    """The key without its private parts and its remarks; None if it is damaged or too weak."""
    public = {name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk}
    # 2,048 bits are 342 characters of base64; joserfc warns of a shorter modulus but takes it
    if jwk["kty"] == "RSA" and len(str(jwk.get("n"))) < 342:
        return None
    try:
        issuer = jwk.get("issuer")
        return Published(JWKRegistry.import_key(public), None if issuer is None else str(issuer))
    except (ValueError, JoseError):
        return None


def read_keys(data: bytes) -> dict[tuple[str, str], Published]:
    """A JWK Set (RFC 7517) as (kid, alg) → key. Keys of kinds that are not used here are passed over.

    Raises ValueError when it is no JWK Set or holds no usable key.
    """
    listed = json_object(data).get("keys")
    keys: dict[tuple[str, str], Published] = {}
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
        self._keys: dict[tuple[str, str], Published] = {}
        self._tried = float("-inf")
        self._failed = False
        self._lock = asyncio.Lock()

    async def find(self, kid: str, algorithm: str) -> Published | None:
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
        asked = {"Accept": "application/json", "Accept-Encoding": "identity"}
        # trust_env: the environment is read in one place only
        async with (
            asyncio.timeout(_FETCH_TIMEOUT),
            httpx.AsyncClient(trust_env=False, follow_redirects=False) as client,
            client.stream("GET", str(self._settings.jwks_url), headers=asked) as answer,
        ):
            answer.raise_for_status()
            return await _bounded(answer)


async def _bounded(answer: httpx.Response) -> bytes:
    """The body as it came. Raises ValueError for one that is longer than any set of keys."""
    found = bytearray()
    async for part in answer.aiter_raw():
        found += part
        if len(found) > _MOST_BYTES:
            raise ValueError("is too long for a set of keys")
    return bytes(found)
