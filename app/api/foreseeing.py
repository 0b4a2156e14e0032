"""What events would change if they were recorded: a dry run's answer beyond what becomes of the events themselves.

The subjects that they name and those whose answers rest on what they touch are assessed with them and without them. So
many at most, and for so long at most; how many there were is said.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import chain
from typing import Any, Final

from app.api.bodies import MOST_BYTES, MOST_EVENTS
from app.api.deps import Parts
from app.assessing import Outcome
from app.domain.compliance import assess
from app.domain.history import Subject
from app.domain.obligations import Assessment
from app.domain.simulating import NOTHING, Said, differences
from app.events.facts import Facts
from app.events.stored import NewEvent, Stored, as_recorded
from app.events.tags import tags_of
from app.projections import noting

MOST: Final = 50
"""Subjects."""
AT_ONCE: Final = 5
PATIENCE: Final = 2.0
"""Seconds; what was begun by then is finished."""
BEYOND: Final = 2**62
"""Positions from here on are no event's."""
TOO_MANY: Final = (
    f"More than {MOST_EVENTS:,} of these events, or {MOST_BYTES // 1024 // 1024} MB of them, would be new: what so "
    "many change together is not worked out here. Try fewer lines at a time, or record them and read the lists."
)


class Gathered:
    """What would be new of a dry run that is read in pieces: each event once, no more of them than an array may hold.

    They are compared together, so all have to wait for the last one.
    """

    def __init__(self) -> None:
        self._events: dict[tuple[str, str], NewEvent] = {}
        self._bytes = 0
        self._too_many = False

    def add(self, events: Iterable[NewEvent]) -> None:
        """Further events; of one that was told before, the first holds."""
        for event in events:
            if self._too_many or (event.source, event.id) in self._events:
                continue
            self._events[event.source, event.id] = event
            self._bytes += len(event.body) + sum(len(text.ciphertext) for text in event.texts)
            if len(self._events) > MOST_EVENTS or self._bytes > MOST_BYTES:
                self._too_many, self._events = True, {}

    async def changes(self, service: Parts, council: str, as_at: date, now: datetime) -> dict[str, Any]:
        """What they would change together; where they are too many, that this was not looked into."""
        if self._too_many:
            return {"as_at": as_at, "subjects": [], "looked_at": 0, "not_looked_at": None, "why": TOO_MANY}
        return await changes(service, council, list(self._events.values()), as_at, now)


async def changes(
    service: Parts, council: str, events: Sequence[NewEvent], as_at: date, now: datetime
) -> dict[str, Any]:
    """Which findings of whom would change on the day, and how far that was looked into."""
    told = [as_recorded(event, BEYOND + number, now) for number, event in enumerate(events)]
    async with service.lists.read(council) as connection:
        linked = await noting.amendments(connection, told) if told else []
        subjects, number = await noting.concerned(connection, told, MOST) if told else ([], 0)
    organisation = Subject("organisation", council)
    if any(organisation.tag in event.tags for event in told):  # in no list, so nothing says what it rests on
        subjects, number = [organisation, *subjects], number + 1
    supposed = [*(replace(event, tags=frozenset(tags_of(event.type, event.data))) for event in linked), *told]
    clock = asyncio.get_running_loop().time
    until, looked_at, found = clock() + PATIENCE, 0, list[dict[str, Any]]()
    while looked_at < len(subjects) and clock() < until:
        some = subjects[looked_at : looked_at + AT_ONCE]
        found += await _of_some(service, council, some, supposed, as_at)
        looked_at += len(some)
    left = number - looked_at
    return {"as_at": as_at, "subjects": found, "looked_at": looked_at, "not_looked_at": left, "why": None}


async def _of_some(
    service: Parts, council: str, subjects: Sequence[Subject], supposed: Sequence[Stored], as_at: date
) -> list[dict[str, Any]]:
    questions = {of.tag: partial(_assessed, of, as_at=as_at) for of in subjects}
    _, before = await service.assessor.ask_all(council, questions, aside=True)
    _, after = await service.assessor.ask_all(council, questions, supposed=supposed, aside=True)
    told = ({"subject": {"type": of.kind, "id": of.id}} | _change(before[of.tag], after[of.tag]) for of in subjects)
    return [each for each in told if len(each) > 1]


def _assessed(of: Subject, facts: Facts, as_at: date) -> Assessment | None:
    """None where nothing was ever told of the subject."""
    said = assess(of, facts, as_at, brief=True)
    return said if facts.as_at(date.max)(of.tag) else None


def _change(before: Outcome[Assessment | None], after: Outcome[Assessment | None]) -> dict[str, Any]:
    """What is different; nothing for a subject of which that cannot be said."""
    if before.merged_into or before.fault is not None or after.fault is not None:
        return {}
    if after.merged_into:
        return {"merged_into": after.merged_into, "status": _statuses(_value(before), None), "findings": []}
    one, other = _value(before), _value(after)
    if other is None:
        return {}
    pairs = differences(one or replace(other, findings=()), other)
    if not pairs and one is not None and one.status == other.status:
        return {}
    titles = {(f.policy, f.rule): f.title for f in chain(one.findings if one else (), other.findings)}
    findings = [_finding(*key, titles[key], *pair) for key, pair in sorted(pairs.items())]
    return {"status": _statuses(one, other), "findings": findings}


def _value(outcome: Outcome[Assessment | None]) -> Assessment | None:
    return None if outcome.value is None else outcome.value[0]


def _statuses(before: Assessment | None, after: Assessment | None) -> dict[str, str | None]:
    return {"before": None if before is None else before.status, "after": None if after is None else after.status}


def _finding(policy: str, rule: str, title: str, before: Said, after: Said) -> Mapping[str, Any]:
    said = {name: None if each == NOTHING else each._asdict() for name, each in (("before", before), ("after", after))}
    return {"policy": policy, "rule": rule, "title": title} | said
