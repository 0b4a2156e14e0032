"""The checks that a bearer token must pass, in their order.

Rules: the council comes from the verified token alone; only the configured issuer's keys are used; nothing in a token
is read as true before its signature is; what a token says is never repeated in an answer. Order of checks after RFC
8725 (JWT best current practice). What is taken back takes effect on tokens that were verified before.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from app.config import Settings
from app.errors import Unauthorised
from app.security.actor import Actor
from app.security.claims import Claimed, Entra, Standard
from app.security.roster import Roster
from app.security.signing_keys import ALGORITHMS, Published, SigningKeys, json_object

_MAX_TOKEN = 16 * 1024
_VERIFIED_FOR = 600
_CACHE_SIZE = 10_000
_TYPES = ("JWT", "at+jwt")
_HEADERS = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})
"""All that a header may hold: `jku`, `x5u`, `jwk`, `x5c`, `crit` and `b64` change how a token is read or trusted."""


def _registry() -> JWSRegistry:
    """Exactly these algorithms. `EdDSA` (RFC 8037: Ed25519 or Ed448) is read as what RFC 9864 calls `Ed25519`."""
    registry = JWSRegistry(algorithms=ALGORITHMS)
    registry.algorithms = {name: registry.algorithms[name.replace("EdDSA", "Ed25519")] for name in ALGORITHMS}
    return registry


_REGISTRY = _registry()


def _untrusted() -> Unauthorised:
    return Unauthorised("invalid_token", "This token proves nothing here. Ask your issuer for a new one.")


class TokenVerifier:
    """Verifies tokens of the configured issuer. `now` is the clock, seconds since 1970.

    A verified token is remembered by its SHA-256 for ten minutes at most, and never beyond its expiry, so that a
    key that the issuer takes back stops working within twenty. The roster is asked each time.
    """

    def __init__(self, settings: Settings, now: Callable[[], float], roster: Roster) -> None:
        self._reader = Entra(settings) if settings.issuer_kind == "entra" else Standard(settings)
        self._now = now
        self._keys = SigningKeys(settings, now)
        self._roster = roster
        self._verified: OrderedDict[bytes, tuple[Claimed, float]] = OrderedDict()

    async def verify(self, token: str) -> Actor:
        """The actor a compact JWT speaks for. Raises Unauthorised (401), or Unavailable (503) without keys or roster.

        Unavailable too where it cannot be known what has been taken back.
        """
        return await self._roster.admit(await self._claimed(token))

    async def _claimed(self, token: str) -> Claimed:
        if len(token) > _MAX_TOKEN or not token.isascii() or token.count(".") != 2:
            raise _untrusted()
        digest = hashlib.sha256(token.encode("ascii")).digest()
        known, until = self._verified.get(digest, (None, 0.0))
        if known is not None and self._now() < until:
            self._verified.move_to_end(digest)
            return known
        payload, published = await self._payload(token)
        claimed = self._reader.claimed(payload, self._now(), published.issuer)
        self._verified[digest] = (claimed, min(claimed.actor.expires, self._now() + _VERIFIED_FOR))
        if len(self._verified) > _CACHE_SIZE:
            self._verified.popitem(last=False)
        return claimed

    async def _payload(self, token: str) -> tuple[dict[str, Any], Published]:
        """The signed claims, read only after the header and the signature hold."""
        try:
            header = json_object(urlsafe_b64decode(token.split(".", maxsplit=1)[0].encode("ascii")))
            algorithm, kid = header.get("alg"), header.get("kid")
            if algorithm not in ALGORITHMS or not isinstance(kid, str):
                raise _untrusted()
            if header.get("typ") not in _TYPES or not header.keys() <= _HEADERS:
                raise _untrusted()
            published = await self._keys.find(kid, algorithm)
            if published is None:
                raise _untrusted()
            return json_object(jws.deserialize_compact(token, published.key, registry=_REGISTRY).payload), published
        except (ValueError, JoseError):
            raise _untrusted() from None
