"""The one write path: read what was sent, judge it, group it with what others send, append it, say what became of it.

Every event that a client, a person or the service itself records passes here. Validation gives way to other requests
every few events, so that a bulk load never holds up a single one. Nothing is stored of an atomic request in which
anything is refused; of the rest, what is refused goes to quarantine, so that nothing is lost.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol

from app.db import Database
from app.deployment_keys import DeploymentKeys
from app.errors import ConditionFailed, Conflict, Fault, Forbidden, Invalid, Problem, Unavailable
from app.events import store
from app.events.amending import NOTHING_MORE, Amended, Amendments, Extra
from app.events.councils import Councils, add_council
from app.events.envelope import Incoming, read_event
from app.events.facts import LONDON
from app.events.preparing import Keys, prepare, resealed, text_owner
from app.events.queue import AppendQueue
from app.events.receipts import Item, Receipt, Status
from app.events.refused import conflict, problem_of, whole_refused
from app.events.sending import OWN_SOURCE, check_clock, check_sender, recorded_by
from app.events.stored import (
    APPENDED,
    CONFLICT,
    MOVED,
    REFUSED_WITH_SIBLING,
    Append,
    Condition,
    NewEvent,
    Verdict,
)  # fmt: skip
from app.events.vault import FINGERPRINTS, KeyDestroyed, new_key
from app.security import Actor

_Read = tuple[Incoming, Extra]

SLICE = 10
"""Events validated before other requests get their turn."""
BULK_FROM = 20
"""Requests of more events than this take the bulk lane."""
CHUNK = 500
"""Events of a bulk load that hold the council's lock at a time."""


@dataclass(slots=True)
class _Draft:
    """A request on its way, by index: what is ready, what was refused, what repeats an earlier item, and what says
    something else under the source and id of an earlier item."""

    ready: dict[int, NewEvent] = field(default_factory=dict)
    refused: dict[int, Problem] = field(default_factory=dict)
    repeats: dict[int, int] = field(default_factory=dict)
    rivals: dict[int, NewEvent] = field(default_factory=dict)
    ids: dict[int, str | None] = field(default_factory=dict)
    warnings: list[dict[str, Any]] = field(default_factory=list)
    merges_seen: int | None = None
    """Position up to which merges were looked at, when the request contains one."""
    keys: Keys = field(default_factory=dict)
    """What its texts and fingerprints were made with."""


class Persons(Protocol):
    """What a person may record in one request."""

    async def check(self, incoming: Incoming, amended: Amended | None) -> None:
        """Raises `Forbidden` for what they may not."""

    def brought(self, event: NewEvent) -> None:
        """This is recorded together with what follows."""


class Recorder:
    """Records events for the councils of one database. One per process: it holds the queues.

    `persons` says what a person may record; without it, people record nothing.
    """

    def __init__(
        self,
        database: Database,
        councils: Councils,
        now: Callable[[], datetime],
        persons: Callable[[Actor, datetime], Persons] | None = None,
    ) -> None:
        self._database = database
        self._councils = councils
        self._now = now
        self._persons = persons
        self._queues: dict[str, AppendQueue] = {}

    async def record(
        self, actor: Actor, raws: Sequence[object], *, condition: Condition | None = None, dry_run: bool = False
    ) -> Receipt:
        """All of these events or none.

        Raises `Invalid`, `Conflict` (every fault listed), `ConditionFailed` or `Forbidden`; nothing is stored then.
        """
        draft = await self._draft(actor, raws, together=True, make_keys=not dry_run)
        if draft.refused or draft.rivals:
            await self._add_conflicts(actor.council, draft)
            raise whole_refused(draft.refused, single=len(raws) == 1)
        guarded = _guarded(draft, condition, actor)
        if dry_run:
            return await self._foreseen(actor.council, draft, guarded)
        request = Append(list(draft.ready.values()), atomic=True, condition=guarded)
        verdicts = await self._append(actor.council, request, draft.keys, bulk=len(raws) > BULK_FROM)
        receipt, problems = _judged(draft, verdicts)
        if problems:
            raise _moved(verdicts, condition) or whole_refused(problems, single=len(raws) == 1)
        return receipt

    async def record_each(self, actor: Actor, raws: Sequence[object], *, dry_run: bool = False) -> Receipt:
        """Each of these events on its own: what is refused is said per item and stops no other. Bulk lane."""
        draft = await self._draft(actor, raws, together=False, make_keys=not dry_run)
        if dry_run:
            return await self._foreseen(actor.council, draft, None)
        verdicts: list[Verdict] = []
        for request in _appends(draft):
            verdicts += await self._append(actor.council, request, draft.keys, bulk=True)
        for index, rival in draft.rivals.items():
            # after the one before it: which of the two is the recorded one, the ledger tells
            verdicts += await self._append(actor.council, Append([rival]), draft.keys, bulk=True)
            draft.ready[index] = rival
        return _with_rejected(draft, *_judged(draft, verdicts))

    async def record_own(
        self, council: str, client: str, raw: Mapping[str, Any], *, condition: Condition | None = None,
        extra: Extra = NOTHING_MORE,
    ) -> Receipt:  # fmt: skip
        """An event that the service writes when its own operation is carried out (adopt, found a council …).

        The same way as any other, but for who may send it: the operation has settled that. Raises as `record`, and
        `ConditionFailed` where something that the operation was judged by has changed.
        """
        event, keys = await self.prepared_own(council, client, raw, extra)
        draft = _Draft(ready={0: event}, ids={0: event.id})
        verdicts = await self._append(council, Append([event], condition=condition), keys)
        receipt, problems = _judged(draft, verdicts)
        if problems:
            raise _moved(verdicts, condition) or problems[0]
        return receipt

    async def correct_own(self, council: str, client: str, raw: Mapping[str, Any]) -> Receipt:
        """A correction that the service writes in somebody's name, whose operation has settled that they may.

        What it makes of the event is checked as anybody's correction is. Raises as `record`.
        """
        by = Actor(council, client, frozenset({"records:write"}), ("*",), ("*",))
        extra = await Amendments(self._database, council).check(read_event(raw), by)
        return await self.record_own(council, client, raw, extra=extra)

    async def prepared_own(
        self, council: str, client: str, raw: Mapping[str, Any], extra: Extra = NOTHING_MORE
    ) -> tuple[NewEvent, Keys]:
        """Such an event, ready to be appended, and the keys that it was prepared with."""
        access = await self._councils.access(council)
        incoming = read_event(raw)
        keys = await access.keys.sealing(council, _whose([(incoming, extra)]))
        return prepare(incoming, keys, client, _in_london(self._now()), extra.tags, extra.text_subject), keys

    async def known_position(self, council: str, raw: Mapping[str, Any]) -> int | None:
        """Where an event with this source and id is recorded already; None if it is not."""
        found = await store.about(self._database, council, (raw["source"], raw["id"]))
        return next((event.position for event in found if event.id == raw["id"]), None)

    def queue(self, council: str) -> AppendQueue:
        """The council's writer queue in this process."""
        if council not in self._queues:
            self._queues[council] = AppendQueue(self._database, council)
        return self._queues[council]

    async def _append(self, council: str, request: Append, keys: Keys, *, bulk: bool = False) -> list[Verdict]:
        """Append a request, whose texts are sealed with these keys; with new ones where one is gone meanwhile."""
        try:
            return await self.queue(council).submit(request, bulk=bulk)
        except KeyDestroyed:
            access, owners = await self._councils.access(council), {*keys} - {FINGERPRINTS}
        access.keys.forget(council, owners)
        after = await access.keys.sealing(council, owners)
        again = [resealed(event, keys, after) if event.texts else event for event in request.events]
        return await self.queue(council).submit(replace(request, events=again), bulk=bulk)

    async def _draft(self, actor: Actor, raws: Sequence[object], *, together: bool, make_keys: bool) -> _Draft:
        """`together`: all are recorded or none, so that what comes first counts for what refers to it."""
        access, draft, recorder = await self._councils.access(actor.council), _Draft(), recorded_by(actor)
        read = await self._read(actor, raws, draft, together=together)
        draft.keys = await access.keys.sealing(actor.council, _whose(read.values()), make=make_keys)
        first, today = dict[tuple[str, str], int](), _in_london(self._now())
        for number, (index, (incoming, extra)) in enumerate(read.items()):
            if number % SLICE == SLICE - 1:
                await asyncio.sleep(0)
                today = _in_london(self._now())
            event = prepare(incoming, draft.keys, recorder, today, extra.tags, extra.text_subject)
            _place(draft, first, index, event)
        return draft

    async def _read(self, actor: Actor, raws: Sequence[object], draft: _Draft, *, together: bool) -> dict[int, _Read]:
        """What may be recorded, by index; what may not goes to the draft's refused."""
        read, allowed = dict[int, _Read](), set[tuple[str, str]]()
        amendments, now = Amendments(self._database, actor.council), self._now()
        persons = self._of_person(actor, now)
        for index, raw in enumerate(raws):
            if index % SLICE == SLICE - 1:
                await asyncio.sleep(0)
                now = self._now()
            draft.ids[index] = _id_of(raw)
            try:
                incoming = read_event(raw)
                check_sender(actor, incoming, allowed)
                check_clock(incoming, now)
                extra = await amendments.check(incoming, actor)
                if persons is not None:
                    await persons.check(incoming, extra.amended)
                    if together:
                        persons.brought(_as_if(incoming, extra, actor, _in_london(now)))
            except Unavailable:
                raise
            except Problem as problem:
                draft.refused[index] = problem
                continue
            read[index] = incoming, extra
            if extra.warnings:
                draft.warnings += [{**warning, "index": index} for warning in extra.warnings]
        draft.merges_seen = amendments.merges_seen
        return read

    def _of_person(self, actor: Actor, now: datetime) -> Persons | None:
        """None for an application, which records what its token names."""
        if not actor.delegated:
            return None
        if self._persons is None:
            raise Forbidden("may_not_record", "Nothing is recorded here on a person's behalf.")
        return self._persons(actor, now)

    async def _known(self, council: str, events: Mapping[int, NewEvent]) -> dict[int, Verdict]:
        verdicts = await store.foresee(self._database, council, list(events.values()))
        return dict(zip(events, verdicts, strict=True))

    async def _add_conflicts(self, council: str, draft: _Draft) -> None:
        for index, verdict in (await self._known(council, {**draft.ready, **draft.rivals})).items():
            if verdict.code == CONFLICT:
                draft.refused[index] = conflict(verdict)
            elif verdict.code == APPENDED and index in draft.rivals:
                detail = "An earlier event of this request has the same source and id but says something else."
                draft.refused[index] = Conflict("event_conflict", detail)

    async def _foreseen(self, council: str, draft: _Draft, condition: Condition | None) -> Receipt:
        """What would become of the events, with no position used."""
        await self._add_conflicts(council, _Draft(rivals=draft.rivals, refused=draft.refused))
        known = await self._known(council, draft.ready)
        fresh = any(verdict.code == APPENDED for verdict in known.values())
        if condition is not None and fresh:
            await store.check(self._database, council, condition)
        receipt = _with_rejected(draft, *_judged(draft, list(known.values()), appended="would_append"))
        receipt.foreseen = [draft.ready[index] for index, verdict in known.items() if verdict.code == APPENDED]
        return receipt


def own_event(council: str, kind: str, identity: str, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    """The envelope of an event that the service writes itself."""
    return {
        "specversion": "1.0", "type": kind, "source": OWN_SOURCE + council, "id": identity,
        "time": at.isoformat(), "data": {**data},
    }  # fmt: skip


async def open_council(
    database: Database,
    deployment: DeploymentKeys,
    council_id: str,
    name: str,
    now: datetime,
    calendar: Mapping[str, Any],
) -> bool:
    """Make a council and adopt the working-day calendar that the service ships. False when it is there already.

    `database` is the owner's. Safe to repeat after a failure in between: the calendar is one event.
    """
    made = await add_council(database, council_id, name, now)
    recorder = Recorder(database, Councils(database, deployment, lambda: now), lambda: now)
    identity = f"calendar-{calendar['calendar_id']}-{calendar['version']}"
    recorded = await store.about(database, council_id, (OWN_SOURCE + council_id, identity))
    if not recorded:
        event = own_event(council_id, "CalendarAdopted", identity, now, calendar)
        await recorder.record_own(council_id, "supervision-ledger", event)
    return made


def _in_london(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


def _whose(read: Iterable[_Read]) -> set[str]:
    """Whose keys these events are prepared with."""
    owners = {text_owner(incoming, extra.text_subject) for incoming, extra in read if incoming.texts}
    return {FINGERPRINTS, *owners}


def _as_if(incoming: Incoming, extra: Extra, actor: Actor, today: date) -> NewEvent:
    """The event as it will be recorded, under keys that nothing is stored with."""
    keys = {subject: new_key(actor.council, subject) for subject in _whose([(incoming, extra)])}
    return prepare(incoming, keys, recorded_by(actor), today, extra.tags, extra.text_subject)


def _id_of(raw: object) -> str | None:
    value = raw.get("id") if isinstance(raw, dict) else None
    return value if isinstance(value, str) and len(value) <= 255 else None


def _place(draft: _Draft, first: dict[tuple[str, str], int], index: int, event: NewEvent) -> None:
    """File one event, unless the request itself told it already, or something else under its name."""
    earlier = first.setdefault((event.source, event.id), index)
    if earlier == index:
        draft.ready[index] = event
    elif draft.ready[earlier].fingerprint == event.fingerprint:
        draft.repeats[index] = earlier
    else:
        draft.rivals[index] = event


def _guarded(draft: _Draft, condition: Condition | None, actor: Actor) -> Condition | None:
    if condition is not None and draft.merges_seen is not None:
        fault = Fault(
            "/query/expected_position", "not_here", "does not go with SubjectMerged, which has its own condition"
        )
        raise Invalid("invalid_request", "Send merges without a condition.", errors=[fault])
    if condition is not None and actor.delegated:
        _only_about_what_is_named(draft, condition)
    return condition or _no_other_merge(draft)


def _only_about_what_is_named(draft: _Draft, condition: Condition) -> None:
    """Whether something happened to somebody is told to those only who may record things of them."""
    named = {tag for event in draft.ready.values() for tag in event.tags}
    if not named.issuperset(condition.tags):
        fault = Fault("/query/tag", "not_named", "must be a tag of the events that you send")
        raise Invalid("invalid_request", "The condition is about something else than the events.", errors=[fault])


def _no_other_merge(draft: _Draft) -> Condition | None:
    """A merge is checked against all earlier ones, so no other may come in between."""
    return None if draft.merges_seen is None else Condition(draft.merges_seen, ("council/merges",))


def _appends(draft: _Draft) -> list[Append]:
    """Appends of which each event stands alone; merges carry their own condition."""
    order = sorted(draft.ready, key=lambda index: draft.ready[index].type == "SubjectMerged")
    draft.ready = {index: draft.ready[index] for index in order}
    plain = [event for event in draft.ready.values() if event.type != "SubjectMerged"]
    merging = list(draft.ready.values())[len(plain) :]
    requests = [Append(plain[at : at + CHUNK], atomic=False) for at in range(0, len(plain), CHUNK)]
    return requests + ([Append(merging, atomic=False, condition=_no_other_merge(draft))] if merging else [])


def _judged(
    draft: _Draft, verdicts: Sequence[Verdict], *, appended: Status = "appended"
) -> tuple[Receipt, dict[int, Problem]]:
    """The items that are recorded, and the problems of those that are not, by index."""
    receipt, problems = Receipt(warnings=draft.warnings), dict[int, Problem]()
    outcome = dict(zip(draft.ready, verdicts, strict=True))
    outcome |= {index: outcome[earlier] for index, earlier in draft.repeats.items() if earlier in outcome}
    for index in sorted(outcome):
        verdict = outcome[index]
        if (problem := problem_of(verdict)) is not None:
            problems[index] = problem
        elif verdict.code == APPENDED and index not in draft.repeats:
            position = verdict.position if appended == "appended" else None
            receipt.items.append(Item(index, draft.ids[index], appended, position))
        elif verdict.code != REFUSED_WITH_SIBLING:
            receipt.items.append(Item(index, draft.ids[index], "duplicate", verdict.position))
    return receipt, problems


def _with_rejected(draft: _Draft, receipt: Receipt, problems: Mapping[int, Problem]) -> Receipt:
    """The receipt with an item for each event that is not recorded, in order."""
    refused = {**draft.refused, **problems}
    receipt.items += [Item(index, draft.ids[index], "rejected", problem=refused[index]) for index in refused]
    receipt.items.sort(key=lambda item: item.index)
    return receipt


def _moved(verdicts: Sequence[Verdict], condition: Condition | None) -> ConditionFailed | None:
    moved = next((verdict.moved for verdict in verdicts if verdict.code == MOVED), None)
    return None if moved is None or condition is None else store.position_moved(condition.expected, moved)
