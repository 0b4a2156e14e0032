"""The keys of data subjects: made with a subject's first text, opened on first use, and kept for a while.

A key lies in `subject_key`, wrapped by the council's key of an epoch, which never lies there. What is opened is kept by
the process, at most so many and for at most ten minutes, so that a destroyed key is not used for long; what was sealed
with one that is gone is refused by a foreign key (`KeyDestroyed`). Left out: how things are sealed (`vault`), and
destroying a key.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

import asyncpg
from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, UniqueConstraint
from sqlalchemy.exc import IntegrityError

from app.db import Database, metadata
from app.deployment_keys import DeploymentKeys, EpochMissing
from app.erasure_register import ErasureRegister, RegisterRefused
from app.errors import Unavailable
from app.events.store import INSTANT, KEY
from app.events.vault import CouncilKey, SubjectKey, Unreadable, new_key

MOST_KEPT: Final = 10_000
KEPT_FOR: Final = timedelta(minutes=10)
FOREIGN_KEY_VIOLATION: Final = asyncpg.ForeignKeyViolationError.sqlstate

Result = TypeVar("Result")

subject_key = Table(
    "subject_key",
    metadata,
    Column("tenant", KEY, ForeignKey("council.id"), primary_key=True),
    Column("subject", KEY, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created", INSTANT, nullable=False),
    UniqueConstraint("tenant", "number"),
    Index("subject_key_epoch", "tenant", "epoch"),
)

with_key: Final = tuple(subject_key.c[name] for name in ("subject", "number", "epoch", "wrapped"))
"""What is read of a key beside what it seals, to be given to `Wrapped`."""

_KEYS = "SELECT subject, number, epoch, wrapped FROM subject_keys($1, $2, $3, $4, $5)"
_EPOCHS = "SELECT council_id, subject, number, epoch, wrapped FROM key_epochs()"


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A subject's key as it is stored."""

    subject: str
    number: int
    epoch: int
    wrapped: bytes


@dataclass(slots=True)
class _Wanted:
    """Whose keys are asked for in one call, and what it found."""

    subjects: set[str] = field(default_factory=set)
    found: dict[str, SubjectKey] | None = None


class SubjectKeys:
    """Every council's keys, for one process. All methods raise `Unavailable` when the deployment's keys do not fit."""

    def __init__(
        self,
        database: Database,
        deployment: DeploymentKeys,
        now: Callable[[], datetime],
        register: ErasureRegister | None = None,
    ) -> None:
        self._register = register or ErasureRegister(None)
        self._database = database
        self._deployment = deployment
        self._now = now
        self._council_keys: dict[tuple[str, int], CouncilKey] = {}
        self._kept: OrderedDict[tuple[str, str], tuple[SubjectKey, datetime]] = OrderedDict()
        self._wanted: dict[str, _Wanted] = {}
        self._calling: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def sealing(self, council: str, subjects: Collection[str], *, make: bool = True) -> dict[str, SubjectKey]:
        """The keys that new texts of these subjects are sealed with, made where there are none.

        Without `make` nothing is stored: who has no key gets one that is kept nowhere.
        """
        found = {subject: key for subject in subjects if (key := self._known(council, subject))}
        missing = set(subjects) - found.keys()
        if missing and make:
            found |= await self._made(council, missing)
        elif missing:
            found |= {subject: new_key(council, subject) for subject in missing}
            found |= await self._stored(council, sorted(missing), {})
        return found

    def unwrapped(self, council: str, stored: Wrapped) -> SubjectKey:
        """The key that was stored in this form, for what was read together with it."""
        if council in self._register.lacking:
            raise _not_erased_again()
        return self._unwrapped(council, stored)

    def _unwrapped(self, council: str, stored: Wrapped) -> SubjectKey:
        if self._was_destroyed(council, stored.number):
            raise _not_erased_again()
        known = self._known(council, stored.subject)
        if known is not None and known.number == stored.number:
            return known
        return self._keep(self._opened(council, stored))

    @property
    def epoch(self) -> int:
        """The epoch under which new keys lie: the newest."""
        self._deployment.look_again()
        return self._deployment.current

    def wrapped(self, keys: Collection[SubjectKey]) -> tuple[int, list[bytes]]:
        """New keys in the form in which they are stored, and under which epoch: for what is stored with its key."""
        epoch = self.epoch
        return epoch, [self._council_key(key.council, epoch).wrap(key) for key in keys]

    async def check(self) -> None:
        """Raises `Unavailable` if a key of some council lies under an epoch that is not here, or is another one."""
        for council, *stored in await self._database.call(_EPOCHS):
            self._opened(council, Wrapped(*stored))

    def forget(self, council: str, subjects: Collection[str]) -> None:
        """Use what is kept of these subjects no longer: it was found to be gone."""
        for subject in subjects:
            self._kept.pop((council, subject), None)

    async def sealed(self, council: str, subject: str, store: Callable[[SubjectKey], Awaitable[Result]]) -> Result:
        """Let `store` seal with the subject's key and keep the outcome; once more, if that key is gone meanwhile."""
        try:
            return await store((await self.sealing(council, {subject}))[subject])
        except IntegrityError as error:
            if getattr(error.orig, "sqlstate", None) != FOREIGN_KEY_VIOLATION:
                raise
        self.forget(council, {subject})
        return await store((await self.sealing(council, {subject}))[subject])

    def _known(self, council: str, subject: str) -> SubjectKey | None:
        kept = self._kept.get((council, subject))
        if kept is None:
            return None
        key, until = kept
        if until < self._now():
            del self._kept[council, subject]
            return None
        self._kept.move_to_end((council, subject))
        return key

    def _keep(self, key: SubjectKey) -> SubjectKey:
        self._kept[key.council, key.subject] = (key, self._now() + KEPT_FOR)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return key

    async def _made(self, council: str, subjects: set[str]) -> dict[str, SubjectKey]:
        """One call is under way at a time: what is wanted meanwhile, by however many requests, is the next."""
        together = self._wanted.setdefault(council, _Wanted())
        together.subjects |= subjects
        async with self._calling[council]:
            if together.found is None:
                if self._wanted.get(council) is together:
                    del self._wanted[council]
                named = sorted(together.subjects)  # in one order everywhere, so that no two wait for each other
                offered = {subject: new_key(council, subject) for subject in named}
                together.found = await self._stored(council, named, offered)
        return {subject: together.found[subject] for subject in subjects}

    async def _stored(
        self, council: str, subjects: list[str], offered: Mapping[str, SubjectKey]
    ) -> dict[str, SubjectKey]:
        """The keys that are stored for these, which are those that are offered where there were none yet."""
        epoch, wrapped = self.wrapped(offered.values())
        numbers = [key.number for key in offered.values()]
        rows = await self._database.call(_KEYS, council, subjects, numbers, epoch, wrapped, readonly=not offered)
        found = {}
        for stored in (Wrapped(*row) for row in rows):
            own = offered.get(stored.subject)
            taken = own is not None and own.number == stored.number
            found[stored.subject] = self._keep(own) if own and taken else self._unwrapped(council, stored)
        return found

    def _was_destroyed(self, council: str, number: int) -> bool:
        """Whether the register of erasures names the key: then an older database brought it back."""
        try:
            return (council, number) in self._register
        except RegisterRefused as refused:
            raise Unavailable("no_erasure_register", f"The register of erasures {refused}.", retry_after=60) from None

    def _opened(self, council: str, stored: Wrapped) -> SubjectKey:
        try:
            return self._council_key(council, stored.epoch).unwrap(stored.subject, stored.number, stored.wrapped)
        except EpochMissing:
            said = f"This service lacks the deployment's key of epoch {stored.epoch}, which this council's keys need."
        except Unreadable:
            said = f"This service's key of epoch {stored.epoch} is not the one that this council's keys were made with."
        raise Unavailable("wrong_master_key", said, retry_after=60)

    def _council_key(self, council: str, epoch: int) -> CouncilKey:
        known = self._council_keys.get((council, epoch))
        if known is None:
            known = CouncilKey.derived(self._deployment.of(epoch), council, epoch)
            self._council_keys[council, epoch] = known
        return known


def _not_erased_again() -> Unavailable:
    said = "This was erased: a moment ago, or before an older database was restored. No text of it is opened."
    return Unavailable("erasures_missing", said, retry_after=60)
