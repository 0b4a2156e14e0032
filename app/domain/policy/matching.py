"""Whether one recorded fact is the event that a policy means, and whether two facts belong together.

Fields that were not sent have the defaults of the event reference, unless the policy demands that they be `stated`.
Left out: which facts are looked at, and their dates (`history`).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.policy.patterns import Event, EventRef, Link
from app.domain.policy.shapes import Pack
from app.events.facts import Fact

_ONE_TO_ONE = {"planned": True, "private": True, "interrupted": False}
_OPEN = {"private": False}
_BY_KIND: Mapping[str, Mapping[str, Any]] = {
    "individual": {**_ONE_TO_ONE, "strand": "personal"},
    "check_in": _ONE_TO_ONE,
    "ad_hoc": {**_OPEN, "planned": False},
}
_BY_TYPE: Mapping[str, Mapping[str, Any]] = {
    "WorkerStarted": {"subject_kind": "staff"},
    "SupervisorAssigned": {"strand": "personal", "basis": "permanent"},
    "CaseAllocated": {"responsibility": "lead"},
    "CaseSupervisorAssigned": {"basis": "permanent"},
    "RecordCopied": {"purpose": "own_copy"},
}
_NONE: Mapping[str, Any] = {}
_CODED: Mapping[tuple[str, str], str] = {
    ("SessionHeld", "kind"): "session_kinds",
    ("RecordCompleted", "kind"): "record_kinds",
    ("DocumentSaved", "kind"): "document_kinds",
    ("CaseNoteRecorded", "note_type"): "note_types",
}
"""Which list of a pack's vocabulary names the codes of a field."""


def with_defaults(fact: Fact) -> Mapping[str, Any]:
    """The fact's data with what goes without saying."""
    usual = _BY_KIND.get(fact.data["kind"], _OPEN) if fact.type == "SessionHeld" else _BY_TYPE.get(fact.type, _NONE)
    return {**usual, **fact.data} if usual else fact.data


def resolved(pack: Pack, ref: EventRef) -> Event:
    """The event written out, where the rule names one of the pack's."""
    return pack.events[ref] if isinstance(ref, str) else ref


def matches(event: Event, fact: Fact, data: Mapping[str, Any]) -> bool:
    """Whether the fact is one of type and fields asked for; `data` is its data with defaults."""
    for name, holds, stated in event.asked:  # noqa: SIM110 - the most frequent question of all: `all` doubles its cost
        if not holds((fact.data if stated else data).get(name)):
            return False
    return True


def meant_since(event: Event, fact: Fact, data: Mapping[str, Any], changes: Sequence[Fact]) -> Sequence[Fact] | None:
    """The changes, in order, up to the one since which the fact is the event meant; None where it is not in the end."""
    since: Sequence[Fact] | None = () if matches(event, fact, data) else None
    for number, change in enumerate(changes, 1):
        data = {**data, **{name: change.data[name] for name in event.where if change.get(name) is not None}}
        if not matches(event, fact, data):
            since = None
        elif since is None:
            since = changes[:number]
    return since


def coded_fields(event: Event) -> list[tuple[str, str]]:
    """The fields asked about that hold codes, each with the list of the vocabulary that names them."""
    named = ((name, _CODED.get((event.type or "", name))) for name in event.where)
    return [(name, words) for name, words in named if words is not None]


def unclear(event: Event, fact: Fact, field: str) -> bool:
    """Whether the code in `field`, which no policy knows, alone leaves it open that the fact is the one meant."""
    others = (name for name in event.where if name != field and name in fact.data)
    return all(event.where[name].holds(fact.data[name]) for name in others)


def untold(event: Event, data: Mapping[str, Any]) -> str | None:
    """The field whose number alone leaves it open that this is the event meant: it was not told, all else fits."""
    numbers = [name for name, check in event.where.items() if check.measures]
    missing = [name for name in numbers if data.get(name) is None]
    fits = missing and all(check.holds(data.get(name)) for name, check in event.where.items() if name not in missing)
    return missing[0] if fits else None


def belong_together(same: Link, one: Fact, other: Fact) -> bool:
    """Whether two facts share what `same` says; a thing that names another case never belongs to this one's."""
    here, there = one.get("case_id"), other.get("case_id")
    if here is not None and there is not None and here != there:
        return False
    if same == "meeting":
        return _same_meeting(one, other)
    if same == "revisit":
        return one.get("session_id") in other.get("revisits", ()) or other.get("session_id") in one.get("revisits", ())
    return _same_discussion(one, other) if same == "discussion" else one.get(f"{same}_id") == other.get(f"{same}_id")


def ways_to_find(same: Link, fact: Fact) -> list[tuple[str, object]]:
    """What two facts that belong together have in common, at least one of it."""
    named = ("discussion_id", "session_id") if same == "discussion" else (f"{same}_id",)
    ways: list[tuple[str, object]] = [(name, value) for name in named if (value := fact.get(name)) is not None]
    if same == "revisit":
        return [("session_id", value) for value in (fact.get("session_id"), *fact.get("revisits", ())) if value]
    if same == "meeting":
        return [*ways, ("meeting_on", _met_on(fact))]
    return [*ways, ("discussed_on", _discussed_on(fact))] if same == "discussion" else ways


def _same_discussion(one: Fact, other: Fact) -> bool:
    """By `discussion_id`; without it by `session_id` (and case); without those by the case and the date."""
    for name in ("discussion_id", "session_id"):
        here, there = one.get(name), other.get(name)
        if here is not None and there is not None:
            return bool(here == there)
    case = one.get("case_id")
    return case is not None and case == other.get("case_id") and _discussed_on(one) == _discussed_on(other)


def _same_meeting(one: Fact, other: Fact) -> bool:
    """By `meeting_id`; without it by the case and the day that it is for."""
    here, there = one.get("meeting_id"), other.get("meeting_id")
    if here is not None and there is not None:
        return bool(here == there)
    return one.get("case_id") is not None and _met_on(one) == _met_on(other)


def _met_on(fact: Fact) -> object:
    """The day that the meeting is for: a booking names it, and what explains that it is not held may."""
    return fact.day("scheduled_for") or fact.on


def _discussed_on(fact: Fact) -> object:
    """The date of the discussion that the fact speaks of: a record names it, the rest happened on their own date."""
    return fact.day("discussed_on") if fact.type == "RecordCompleted" else fact.on
