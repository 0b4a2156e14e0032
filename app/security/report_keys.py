"""Keys for reports: for dashboards that can send a name and a password and nothing better.

A secret is 32 random bytes, shown once and kept as its SHA-256: a slow hash protects what people choose, and nobody
chose this. After a rotation the secret before is taken for some days more. Compared in constant time, and with
something also where there is no such key, so that the time does not tell which ids there are.
"""

import hashlib
import hmac
import secrets
from datetime import date, datetime, timedelta
from typing import Final

from app.errors import Unauthorised
from app.security.actor import Actor
from app.security.registry import ReportKey, Secret
from app.security.roster import Roster, revoked

OVERLAP_DAYS: Final = 7
SCOPE: Final = "reports:read"
_NOBODYS = Secret(sha256="0" * 64)
_MOST = 200
"""Characters of an id or a secret that are looked at; ours are shorter."""


def new_id(council: str) -> str:
    """An id that says whose key it is, so that a request needs to say nothing more."""
    return f"{council}.{secrets.token_hex(8)}"


def new_secret() -> tuple[str, Secret]:
    """A secret, and what is kept of it."""
    secret = secrets.token_urlsafe(32)
    return secret, Secret(sha256=_digest(secret))


def rotated(key: ReportKey, new: Secret, now: datetime, overlap: timedelta) -> ReportKey:
    """The key with a new secret; the present one is taken until `overlap` is over, earlier ones no more."""
    before = [each.model_copy(update={"until": now + overlap}) for each in key.secrets if each.until is None]
    return key.model_copy(update={"secrets": (new, *before)})


async def admit(roster: Roster, key_id: str, secret: str, now: datetime, today: date) -> Actor:
    """Whoever holds this key may read its council's reports. Raises `Unauthorised`, and `Unavailable` as the roster."""
    council = key_id.partition(".")[0]
    key, is_revoked = await roster.report_key(council, key_id[:_MOST])
    if not _opens(key, secret[:_MOST], now, today):
        raise Unauthorised("invalid_key", "This key opens nothing: its id or its secret is wrong, or it has ended.")
    if is_revoked:
        raise revoked()
    return Actor(council=council, client=key_id, scopes=frozenset({SCOPE}), subject=key_id)


def _opens(key: ReportKey | None, secret: str, now: datetime, today: date) -> bool:
    ended = key is None or key.expires_on < today
    taken = [] if key is None or ended else [each for each in key.secrets if each.until is None or each.until > now]
    given = _digest(secret)
    same = [hmac.compare_digest(given, each.sha256) for each in taken or [_NOBODYS]]  # all, whichever is right
    return any(same)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
