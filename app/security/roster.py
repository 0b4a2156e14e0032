"""The registry in this process's memory: asked at each request, read anew more than twice a second.

What is taken back must end within a second in every process, and a question to the database at each request would cost
more than the answer. So each process asks one function, for all councils at once, for what has changed since it last
asked. "Since" is counted in transactions that were over, not in a sequence: a sequence's numbers become visible out of
their order. A list that could not be read for five seconds is none: then nobody is let in (503).
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, NamedTuple

import structlog

from app.db import Database, unavailable
from app.errors import Problem, Unauthorised
from app.logs import what_and_where
from app.security.actor import Actor, narrowed
from app.security.claims import Claimed
from app.security.registry import SHAPES, Client, Kind, Person, Registered, ReportKey

BETWEEN_LOOKS: Final = 0.4
"""Seconds."""
STALE: Final = 5.0
"""Seconds after which a list that could not be read anew is no longer trusted."""
PATIENCE: Final = 2.0
"""Seconds that a look may take."""

log = structlog.get_logger(__name__)


class Change(NamedTuple):
    """An identity as it now is."""

    council: str
    kind: str
    id: str
    registered: str | None
    """JSON."""
    revoked: bool


Reading = tuple[int, Iterable[Change]]
"""Up to which transaction all is read, and what has changed."""


class Standing(NamedTuple):
    """What is held of one identity."""

    registered: Registered | None
    revoked: bool


UNKNOWN: Final = Standing(None, revoked=False)


def of_database(database: Database) -> Callable[[int], Awaitable[Reading]]:
    """Reads what has changed since a transaction, for all councils, in one round trip."""

    async def read(since: int) -> Reading:
        first, *rows = await database.call("SELECT * FROM identities_since($1)", since)
        return first["read_to"], [Change(*list(row.values())[:5]) for row in rows]

    return read


class Roster:
    """Every council's identities. All methods belong to one event loop."""

    def __init__(self, read: Callable[[int], Awaitable[Reading]]) -> None:
        """`read` as `of_database` gives it."""
        self._read = read
        self._since = 0
        self._looks = 0
        self._read_at = float("-inf")
        self._held: dict[tuple[str, str, str], Standing] = {}
        self._lock = asyncio.Lock()

    async def follow(self) -> None:
        """Read on for ever; whatever fails is tried again."""
        while True:
            try:
                with suppress(Problem):  # the database is away: whoever asks is told so
                    await self.look()
            except Exception as error:
                log.error("reading identities failed", error=what_and_where(error))
            await asyncio.sleep(BETWEEN_LOOKS)

    async def look(self) -> None:
        """Read what has changed. Raises `Unavailable`."""
        async with self._lock:
            await self._look()

    async def _look(self) -> None:
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(PATIENCE):
                self._since, changes = await self._read(self._since)
        except TimeoutError:
            raise unavailable() from None
        finally:
            self._looks += 1
        for change in changes:
            self._take(change)
        self._read_at = began

    async def admit(self, claimed: Claimed) -> Actor:
        """The actor as its council has it registered. Raises `Unauthorised`, and `Unavailable` if that is not known."""
        await self._fresh()
        actor = claimed.actor
        client = self._standing(actor.council, "client", actor.client)
        person = self._standing(actor.council, "person", actor.subject)
        if client.revoked or person.revoked:
            raise revoked()
        if claimed.by_registry and not actor.delegated and client.registered is None:
            raise Unauthorised("invalid_token", "This client is not registered with the council of its tenant.")
        if client is UNKNOWN and person is UNKNOWN:
            return actor
        return _placed(_limited(actor, client.registered, by_registry=claimed.by_registry), person.registered)

    async def report_key(self, council: str, key_id: str) -> tuple[ReportKey | None, bool]:
        """The key, if there is one, and whether it is taken back. Raises `Unavailable`."""
        await self._fresh()
        found = self._standing(council, "key", key_id)
        return found.registered if isinstance(found.registered, ReportKey) else None, found.revoked

    async def _fresh(self) -> None:
        """Raises `Unavailable`."""
        for _ in range(2):  # a second time, because a look that was under way may have been held up as we were
            if not self._is_stale():
                return
            looks = self._looks
            async with self._lock:
                if self._looks == looks:  # else another has just looked, and one is enough for all who wait
                    with suppress(Problem):
                        await self._look()
        if self._is_stale():
            raise unavailable()

    def _is_stale(self) -> bool:
        return asyncio.get_running_loop().time() - self._read_at > STALE

    def _standing(self, council: str, kind: Kind, name: str) -> Standing:
        return self._held.get((council, kind, name), UNKNOWN)

    def _take(self, change: Change) -> None:
        key = (change.council, change.kind, change.id)
        if change.registered is None and not change.revoked:
            self._held.pop(key, None)
            return
        said = None if change.registered is None else SHAPES[change.kind].model_validate_json(change.registered)
        self._held[key] = Standing(said, change.revoked)


def revoked() -> Unauthorised:
    """The answer to an identity that its council has taken back."""
    return Unauthorised("revoked", "This identity has been taken back by its council. Ask the council's administrator.")


def _limited(actor: Actor, registered: Any, *, by_registry: bool) -> Actor:
    """What the client may write: what is registered, and of that no more than its token says, if that says anything."""
    if not isinstance(registered, Client):
        return actor
    if by_registry:
        return replace(actor, sources=registered.sources, types=registered.event_types)
    return replace(
        actor,
        sources=narrowed(actor.sources, registered.sources),
        types=narrowed(actor.types, registered.event_types),
    )


def _placed(actor: Actor, registered: Any) -> Actor:
    """Who the person is in the ledger, where the token does not say it."""
    known = isinstance(registered, Person) and actor.delegated and actor.person is None
    return replace(actor, person=registered.worker_id) if known else actor
