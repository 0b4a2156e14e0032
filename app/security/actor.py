"""Who asks, and what their token lets them do: pure values.

Left out: what a person may see of another person (`app/domain/access`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.errors import Forbidden

SCOPES: Final = {
    "events:write": "Send events of the sources and types that the client is registered for",
    "events:read": "Read the ledger: single events and the feed",
    "narratives:read": "For people: see the free text that they have a right to; otherwise it reads as withheld",
    "state:read": "Ask whether a worker or a case is compliant, and why",
    "reports:read": "Fetch the reports for dashboards: flat tables without names and texts",
    "records:write": "Merge identifiers and correct other sources' events",
    "policies:write": "Adopt policy packs",
    "directory:write": "Say what workers and teams are called, and erase it",
    "grants:write": "Give access for a time, and end it",
    "requests:write": "For people: ask what is held about oneself; as data protection officer, answer such requests",
    "erasures:write": "For people: place and lift holds; ask for erasures, approve them and carry them out",
    "names:read": "See what workers and teams are called",
    "quarantine:write": "Resubmit or discard what a bulk load refused",
    "council:admin": "Change what holds for the whole council: its calendar, its clients and people, revocations",
    "metrics:read": "Read the service's metrics",
}

COUNCIL_ID: Final = r"^[a-z][a-z0-9-]{0,62}$"
"""What a council's id looks like."""


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
    """Who the issuer says it is: `sub`, with Entra ID `oid`."""
    person: str | None = None
    """Of a person: their own id in the ledger, as in `worker_id`; None where nobody has said it."""
    roles: frozenset[str] = frozenset()
    """What the council's directory says they are (`supervisor`, `hr` …); the matrix of access says what it means."""

    @property
    def reader(self) -> str:
        """Whom a trace names: the person, by the id in the ledger where it is known, else the client.

        What the issuer calls somebody is never taken for a worker's identifier, which holds no `/`.
        """
        return (self.person or f"sub/{self.subject}") if self.delegated else self.client

    def may(self, scope: str) -> bool:
        """Whether the token carries `scope` (one of SCOPES)."""
        return scope in self.scopes

    def may_write(self, source: str, event_type: str) -> None:
        """Nothing if this client is registered to send such events; else Forbidden says which part is not."""
        if not _matches(self.sources, source):
            raise Forbidden("source_not_allowed", "This client is not registered to send events of this source.")
        if not _matches(self.types, event_type):
            raise Forbidden("type_not_allowed", "This client is not registered to send events of this type.")


def _matches(patterns: Iterable[str], value: str) -> bool:
    return any(_covers(pattern, value) for pattern in patterns)


def _covers(pattern: str, value: str) -> bool:
    return value.startswith(pattern[:-1]) if pattern.endswith("*") else value == pattern


def narrowed(patterns: Iterable[str], to: Iterable[str]) -> tuple[str, ...]:
    """Patterns for exactly what both lists allow: of each two of which one covers the other, the narrower."""
    allowed = tuple(to)
    both = (
        (one if _covers(other, one) else other)
        for one in patterns
        for other in allowed
        if _covers(other, one) or _covers(one, other)
    )
    return tuple(dict.fromkeys(both))
