"""What a token's claims say, of two kinds of issuer: `standard`, and `entra` (Entra ID, v2.0 access tokens).

Standard claims are those of RFC 7519 and RFC 9068, with `council`, `sources` and `types` of our own. Entra ID knows
none of ours: the council follows from the tenant, scopes are the scopes or the application roles of our registration
there, and what a client may write is registered here (`registry`).

Rules: claims are read only after the signature holds. With Entra ID a person stands behind a token if and only if it
holds `scp`; a person is the tenant and `oid`, never an e-mail address or a user name, which get new owners.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from app.config import Guid, Settings
from app.errors import Unauthorised
from app.security.actor import COUNCIL_ID, SCOPES, Actor

LEEWAY = 60
"""Seconds that the issuer's clock may differ."""

Name = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")]


@dataclass(frozen=True, slots=True)
class Claimed:
    """Whom a sound token speaks for, before the council's own registry has had its say."""

    actor: Actor
    by_registry: bool = False
    """What the client may write is registered, and is not in the token; alone it must be registered to come in."""


class Claims(BaseModel):
    """The claims that are read of every token; others are ignored. Times are seconds since 1970."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    iss: str
    aud: str | list[str]
    exp: int
    nbf: int
    iat: int
    sub: Name


C = TypeVar("C", bound=Claims)


class StandardClaims(Claims):
    """RFC 7519 and RFC 9068, and what a council's own issuer adds for us."""

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
        """The actor these claims describe; scopes this service does not know are dropped.

        Raises `Unauthorised` for a token that names a worker and no client who asks on their behalf: as an application
        it would see more than the person may.
        """
        if self.worker_id is not None and not self.delegated:
            raise _refused("The token names a worker (worker_id) and no client beside sub that asks for them (azp).")
        scopes = self.scope.split(" ") if isinstance(self.scope, str) else self.scope
        return Actor(
            council=self.council,
            client=self.azp or self.client_id or self.sub,
            scopes=frozenset(scopes).intersection(SCOPES),
            sources=tuple(self.sources),
            types=tuple(self.types),
            expires=self.exp,
            delegated=self.delegated,
            subject=self.sub,
            person=self.worker_id if self.delegated else None,
            roles=frozenset(self.roles),
        )


class EntraClaims(Claims):
    """A v2.0 access token of Entra ID. `roles` of an application are its scopes here; of a person, what they are."""

    tid: Guid
    oid: Guid
    azp: Guid
    ver: Literal["2.0"]
    scp: str | None = None
    roles: list[str] | None = None
    idtyp: str | None = None

    @property
    def delegated(self) -> bool:
        """Whether a person is there: only then are there scopes that a person consented to."""
        return self.scp is not None

    def actor(self, council: str) -> Actor:
        """The actor these claims describe. Raises `Unauthorised` for a token that is half one thing, half the other."""
        if self.idtyp not in (None, "user" if self.delegated else "app"):
            raise _refused("The token does not say clearly whether a person stands behind it.")
        if not self.delegated and self.roles is None:
            raise _refused("The token holds no application role: the client is not assigned to this service.")
        roles = frozenset(self.roles or ())
        return Actor(
            council=council,
            client=self.azp,
            scopes=(frozenset((self.scp or "").split(" ")) if self.delegated else roles).intersection(SCOPES),
            expires=self.exp,
            delegated=self.delegated,
            subject=self.oid,
            roles=roles.difference(SCOPES),
        )


class Standard:
    """Reads the claims of one issuer by its name."""

    def __init__(self, settings: Settings) -> None:
        self._issuer, self._audience = settings.issuer, settings.audience

    def claimed(self, payload: Mapping[str, Any], now: float, key_issuer: str | None) -> Claimed:
        """Whom these claims speak for, now. Raises `Unauthorised`."""
        claims = _read(StandardClaims, payload)
        _check(claims, self._issuer, self._audience, now)
        _check_key(key_issuer, claims.iss, self._issuer)
        return Claimed(claims.actor())


class Entra:
    """Reads the claims of those tenants of Entra ID that are councils here."""

    def __init__(self, settings: Settings) -> None:
        self._template, self._audience, self._councils = settings.issuer, settings.audience, settings.tenants

    def claimed(self, payload: Mapping[str, Any], now: float, key_issuer: str | None) -> Claimed:
        """Whom these claims speak for, now. Raises `Unauthorised`."""
        claims = _read(EntraClaims, payload)
        _check(claims, self._template.replace("{tenantid}", claims.tid), self._audience, now)
        _check_key(key_issuer, claims.iss, self._template)
        council = self._councils.get(claims.tid)
        if council is None:
            raise _refused("The token's tenant is no council of this service.")
        return Claimed(claims.actor(council), by_registry=True)


def _read(kind: type[C], payload: Mapping[str, Any]) -> C:
    """The issuer signed them, so the names of claims may be told."""
    try:
        return kind.model_validate(payload)
    except ValidationError as error:
        names = ", ".join(sorted({str(fault["loc"][0]) for fault in error.errors()}))
        raise _refused(f"The token's claims are missing or not of the right kind: {names}.") from None


def _check(claims: Claims, issuer: str, audience: str, now: float) -> None:
    """Raises `Unauthorised` unless they are meant for this service and hold now."""
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if claims.iss != issuer or audience not in audiences:
        raise _refused("The token is from another issuer or for another service.")
    if claims.exp <= now - LEEWAY:
        raise Unauthorised("token_expired", "The token has expired. Ask your issuer for a new one.")
    if max(claims.nbf, claims.iat) > now + LEEWAY:
        raise _refused("The token is not valid yet. Check the issuer's clock.")


def _check_key(key_issuer: str | None, *issuers: str) -> None:
    """A set of keys may say of a key for whose tokens it is; Entra ID's common one does. Raises `Unauthorised`."""
    if key_issuer is not None and key_issuer not in issuers:
        raise _refused("The token is signed with another issuer's key.")


def _refused(detail: str) -> Unauthorised:
    return Unauthorised("invalid_token", detail)
