"""What an event must satisfy that changes how others read: corrections, retractions and merges.

Who amends an event must be registered for its type too: an amendment says whatever the event might have said.
A correction or retraction of something not yet recorded is taken, with a warning, and takes effect when that arrives.
One request is checked as it goes along, so that it may correct what it itself brings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.db import Database
from app.errors import Conflict, Fault, Forbidden, Invalid
from app.events import store
from app.events.effective import CORRECTED, MERGED, RETRACTED, corrected_data, direct_merges, merge_patch
from app.events.envelope import Incoming
from app.events.sending import needs_right_to_post, recorded_by
from app.events.tags import subject_of, tags_of
from app.events.types import EVENT_TYPES, faults_in
from app.security import Actor

NEVER_RETRACTED = (RETRACTED, "PersonalDataErased", "ErasureApproved", "AuditSampleDrawn")

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Amended:
    """What an amendment does to an event of a type: what it says, and will say (None: it is retracted)."""

    type: str
    before: Mapping[str, Any]
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Extra:
    """What a check adds to an event: tags of what it amends, and warnings for the sender."""

    tags: frozenset[str] = frozenset()
    warnings: tuple[Mapping[str, Any], ...] = ()
    text_subject: str | None = None
    """Whose key protects the texts of a correction: that of the event it corrects."""
    amended: Amended | None = None


NOTHING_MORE = Extra()


@dataclass(frozen=True, slots=True)
class _Target:
    """What an amendment speaks of, as it now reads."""

    type: str
    data: Mapping[str, Any]
    tags: frozenset[str]

    @property
    def text_subject(self) -> str | None:
        """Whose key protects its texts."""
        return subject_of(self.type, self.data)


@dataclass(slots=True)
class Amendments:
    """The checks of one request, in order."""

    database: Database
    council: str
    merges_seen: int | None = None
    """The last position of a merge when the ledger was looked at, if this request holds a merge."""
    _brought: dict[Key, _Target | Incoming] = field(default_factory=dict)
    _merged: dict[str, str] = field(default_factory=dict)

    async def check(self, incoming: Incoming, actor: Actor) -> Extra:
        """Raises `Forbidden`, `Invalid` or `Conflict`; otherwise what the event needs beyond its own content."""
        if incoming.type in (CORRECTED, RETRACTED):
            return await self._check_amendment(incoming, actor)
        if EVENT_TYPES[incoming.type].posted_by != "ordinary":
            await self._not_amended_before(incoming)
        if incoming.type == MERGED:
            await self._check_merge(incoming.data, await self._links())
        self._brought[incoming.source, incoming.id] = incoming
        return NOTHING_MORE

    async def _not_amended_before(self, incoming: Incoming) -> None:
        """Who amends a privileged event needs its privilege, which nobody can judge before it is there."""
        key = (incoming.source, incoming.id)
        if any(event.target == key for event in await store.about(self.database, self.council, key)):
            raise Conflict("amended_before", "A correction or retraction of this id is recorded already: use a new id.")

    async def _check_amendment(self, incoming: Incoming, actor: Actor) -> Extra:
        field_name = "corrects" if incoming.type == CORRECTED else "retracts"
        key = (incoming.data[field_name]["source"], incoming.data[field_name]["id"])
        if key[0] != incoming.source and not actor.may("records:write"):
            raise Forbidden(
                "source_not_allowed",
                "An event is amended by its own source, or by a client with the scope records:write.",
            )
        if actor.delegated:
            await self._must_be_their_own(key, f"/data/{field_name}", actor)
        target = await self._target(key, as_brought=not actor.delegated)
        if target is None:
            detail = "What this speaks of is not recorded yet. It is kept, and takes effect when that arrives."
            return Extra(warnings=({"code": "target_unknown", "detail": detail},))
        actor.may_write(incoming.source, target.type)
        needs_right_to_post(actor, target.type)
        if incoming.type == RETRACTED:
            _check_retraction(target)
            return Extra(target.tags, amended=Amended(target.type, target.data, None))
        after = _corrected(target, incoming.data["data"])
        if target.type == MERGED:
            before = f"{target.data['kind']}/{target.data['from_id']}"
            await self._check_merge(after.data, {a: b for a, b in (await self._links()).items() if a != before})
        self._brought[key] = after
        amended = Amended(target.type, target.data, after.data)
        return Extra(target.tags | after.tags, text_subject=after.text_subject, amended=amended)

    async def _must_be_their_own(self, key: Key, pointer: str, actor: Actor) -> None:
        """People amend what they recorded themselves: what this request brings may yet turn out to be another's."""
        recorded = await store.about(self.database, self.council, key)
        original = next((event for event in recorded if (event.source, event.id) == key), None)
        if original is None or original.recordedby != recorded_by(actor) or original.type in (CORRECTED, RETRACTED):
            detail = "names no event that you recorded yourself: ask whoever keeps it to put it right"
            raise Forbidden(
                "may_not_record", "You may not record this event yourself.",
                errors=[Fault(pointer, "not_your_event", detail)],
            )  # fmt: skip

    async def _target(self, key: Key, *, as_brought: bool = True) -> _Target | None:
        brought = self._brought.get(key) if as_brought else None
        if isinstance(brought, Incoming):
            return _Target(brought.type, brought.data, frozenset(brought.tags))
        if brought is not None:
            return brought
        events = await store.about(self.database, self.council, key)
        original = next((event for event in events if (event.source, event.id) == key), None)
        if original is None:
            return None
        retracted = {event.target for event in events if event.type == RETRACTED}
        standing = [e for e in events if e.type == CORRECTED and e.target == key and (e.source, e.id) not in retracted]
        data = corrected_data(original, standing)
        tags = {*tags_of(original.type, original.data), *tags_of(original.type, data)}
        for event in events:
            tags.update(tags_of(event.type, event.data))
        return _Target(original.type, data, frozenset(tags))

    async def _links(self) -> dict[str, str]:
        """What was merged into what, as recorded and as this request has brought so far."""
        if self.merges_seen is None:
            recorded = (await store.tagged(self.database, self.council, {"council/merges": store.Wanted()})).events
            self.merges_seen = max((event.position for event in recorded if event.tags), default=0)
            self._merged = direct_merges(recorded)
        return self._merged

    async def _check_merge(self, data: Mapping[str, Any], links: Mapping[str, str]) -> None:
        """Raises `Conflict` if, with these merges, the one that `data` states would end where it begins."""
        start, into = f"{data['kind']}/{data['from_id']}", f"{data['kind']}/{data['into_id']}"
        seen, subject = {start}, into
        while subject not in seen:
            seen.add(subject)
            if subject not in links:
                self._merged = {**links, start: into}
                return
            subject = links[subject]
        raise Conflict(
            "merge_cycle", "With the merges already recorded, this would make the identifier its own successor."
        )


def _check_retraction(target: _Target) -> None:
    if target.type in NEVER_RETRACTED:
        raise Invalid(
            "invalid_event",
            f"{target.type} is never retracted.",
            errors=[Fault("/data/retracts", "never_retracted", f"names a {target.type}, which is never retracted")],
        )
    if EVENT_TYPES[target.type].posted_by == "service":
        raise Forbidden("not_by_this_route", f"{target.type} is undone by its own operation, not by a retraction.")


def _corrected(target: _Target, patch: dict[str, Any]) -> _Target:
    """The target with the patch applied. Raises `Invalid`: the result must be valid for the type."""
    if target.type in (CORRECTED, RETRACTED):
        raise Invalid(
            "invalid_event",
            "A correction names the original event, however often that was corrected.",
            errors=[Fault("/data/corrects", "not_an_original", f"names an {target.type}: name the original instead")],
        )
    if EVENT_TYPES[target.type].posted_by == "service":
        raise Forbidden("not_by_this_route", f"{target.type} is changed by its own operation, not by a correction.")
    data = merge_patch(target.data, patch)
    faults = [Fault(f"/data/data{fault.pointer}", fault.code, fault.detail) for fault in faults_in(target.type, data)]
    if faults:
        raise Invalid("invalid_event", f"With this correction the {target.type} would not be valid.", errors=faults)
    return _Target(target.type, data, target.tags | frozenset(tags_of(target.type, data)))
