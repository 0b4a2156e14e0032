"""How recorded events read now: retractions, corrections and merges applied, in the order of facts.

Pure, and the same for any order of arrival: nothing here looks at positions except to leave out what was not known.
Rules: a retraction removes what it names, and removing a correction brings back what was there; corrections of one
event apply in the order of `time`, source, id, each a JSON Merge Patch (RFC 7396) on what the earlier ones left; a
correction whose result its type would not accept changes nothing; merged identifiers read as the one they became.
Left out: things told twice (that depends on the day, see `facts`), and what data quality says of contradictions.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.events.facts import BEGINNING, LONDON, Fact, order
from app.events.stored import Stored
from app.events.tags import rewritten, tags_of
from app.events.types import EVENT_TYPES, business_date, faults_in

CORRECTED, RETRACTED, MERGED = "EventCorrected", "EventRetracted", "SubjectMerged"

AMENDMENTS = frozenset({CORRECTED, RETRACTED})
"""What says how others read, and is nothing by itself."""
_OF_MERGES = frozenset({MERGED, *AMENDMENTS})
_OF_LINKS = frozenset({"CaseOpened", "IdentifierLinked", "IdentifierUnlinked", *AMENDMENTS})
LINKING = _OF_MERGES | _OF_LINKS
"""What may say that one identifier means another."""

LASTING = frozenset(name for name, kind in EVENT_TYPES.items() if kind.posted_by == "service") | {RETRACTED}
"""Types that no correction and no retraction can touch, in whichever order they come."""

OTHER_DOORS = {"RecordCompleted": "CaseNoteRecorded", "ManagementOversightRecorded": "CaseNoteRecorded"}
"""Types of which a fact may also have come as another type."""

NOTE_AS_RECORD = {"management_supervision": "management_supervision_note", "supervision": "case_supervision"}


@dataclass(frozen=True, slots=True)
class Known:
    """What may be taken into account: nothing recorded after `moment` (by the ledger's clock, or by the sources' own),
    nor after `position`; no correction and no retraction recorded after `amended_to`."""

    moment: datetime | None = None
    by_source: bool = False
    position: int | None = None
    amended_to: int | None = None

    def admits(self, event: Stored) -> bool:
        """Whether this event counts as known."""
        if self.position is not None and event.position > self.position:
            return False
        if self.amended_to is not None and event.type in AMENDMENTS and event.position > self.amended_to:
            return False
        if self.moment is None or not self.by_source:
            return self.moment is None or event.recorded <= self.moment
        if event.type in ("PolicyAdopted", "CalendarAdopted"):
            return event.on is None or event.on <= self.moment.astimezone(LONDON).date()
        return (event.sourcerecordedtime or event.recorded) <= self.moment


def merges(events: Sequence[Stored]) -> dict[str, str]:
    """What each merged subject now is, chains followed: {"worker/W-1": "worker/W-9"}. A cycle stops where it began.

    A number of another system that was linked to a subject reads as that subject in the same way.
    """
    into = linked_numbers(events) | direct_merges(events)
    return {subject: _followed(into, subject) for subject in into}


def direct_merges(events: Sequence[Stored]) -> dict[str, str]:
    """What was merged into what, as corrected and without what was retracted; chains are not followed."""
    told = [fact for _, fact, _ in effective([e for e in events if e.type in _OF_MERGES], {})]
    merged = [fact.data for fact in sorted(told, key=order) if fact.type == MERGED]
    return {f"{data['kind']}/{data['from_id']}": f"{data['kind']}/{data['into_id']}" for data in merged}


def linked_numbers(events: Sequence[Stored]) -> dict[str, str]:
    """Which subject a number of another system means, as linked and not unlinked: {"case/LCS:88": "case/C-1"}."""
    links: dict[str, str] = {}
    told = [fact for _, fact, _ in effective([e for e in events if e.type in _OF_LINKS], {})]
    for fact in sorted(told, key=order):
        data = fact.data
        if fact.type == "CaseOpened":
            for system, number in data.get("systems", {}).items():
                links[f"case/{system}:{number}"] = f"case/{data['case_id']}"
        elif fact.type == "IdentifierLinked":
            links[f"{data['kind']}/{data['system']}:{data['identifier']}"] = f"{data['kind']}/{data['subject_id']}"
        elif fact.type == "IdentifierUnlinked":
            links.pop(f"{data['kind']}/{data['system']}:{data['identifier']}", None)
    return {number: subject for number, subject in links.items() if number != subject}


def _followed(into: Mapping[str, str], subject: str) -> str:
    seen = {subject}
    while (further := into.get(subject)) is not None and further not in seen:
        seen.add(further)
        subject = further
    return subject


def facts_by_tag(events: Sequence[Stored], aliases: Mapping[str, str], asked: Iterable[str]) -> dict[str, list[Fact]]:
    """The effective facts under each tag in `asked`, each list ordered by date, time (absent first), source, id.

    `events` holds everything found under those tags (and under the former names of merged subjects) with all
    corrections and retractions that touch them; `aliases` is what `merges` gave.
    """
    grouped: dict[str, list[Fact]] = {tag: [] for tag in asked}
    for _, fact, tags in effective(events, aliases):
        for tag in tags & grouped.keys():
            grouped[tag].append(fact)
    return {tag: sorted(facts, key=order) for tag, facts in grouped.items()}


def corrected_data(event: Stored, corrections: Iterable[Stored]) -> Mapping[str, Any]:
    """The event's data with these corrections applied in their order, leaving out those that would make it invalid."""
    data: Mapping[str, Any] = event.data
    for correction in sorted(corrections, key=_order_of_amendment):
        candidate = merge_patch(data, correction.data["data"])
        if not faults_in(event.type, candidate):
            data = candidate
    return data


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396: fields of the patch replace those of the target, null removes one, a list is replaced whole."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def effective(events: Sequence[Stored], aliases: Mapping[str, str]) -> Iterable[tuple[Stored, Fact, frozenset[str]]]:
    """Each event that stands, as it reads (one may read in two ways), and its tags: its own where nothing changed."""
    living = _without_retracted(events)
    corrections: dict[tuple[str, str], list[Stored]] = defaultdict(list)
    for event in living:
        if event.type == CORRECTED and event.target is not None:
            corrections[event.target].append(event)
    for event in living:
        if event.type in AMENDMENTS:
            continue
        amended = None if event.type in LASTING else corrections.get((event.source, event.id))
        data = corrected_data(event, amended) if amended else event.data
        renamed = bool(aliases) and names_former(event.type, data, aliases)
        data = rewritten(event.type, dict(data), aliases) if renamed else data
        unchanged = not amended and not renamed
        tags = event.tags if unchanged else frozenset(tags_of(event.type, data))
        on = event.on if not amended else business_date(event.type, data, event.time) or event.on
        fact = Fact(event.type, on, data, event.source, event.id, event.position, event.time, event.recorded)
        yield event, fact, tags
        if event.type == "CaseNoteRecorded" and (told := _by_the_other_door(fact)) is not None:
            yield event, told, tags


_PARTS = {"by": "worker", "parent_team": "team"}


def names_former(type_name: str, data: Mapping[str, Any], aliases: Mapping[str, str]) -> bool:
    """Whether it speaks, in whichever part, of something that reads as another now."""
    for tag in tags_of(type_name, data):
        part, _, identity = tag.partition("/")
        if f"{_PARTS.get(part, part)}/{identity}" in aliases:
            return True
    return False


def _without_retracted(events: Sequence[Stored]) -> list[Stored]:
    """What stands: a retraction removes what it names, except what only the service's own operations undo."""
    retracted = {event.target for event in events if event.type == RETRACTED}
    return [event for event in events if (event.source, event.id) not in retracted or event.type in LASTING]


def _order_of_amendment(event: Stored) -> tuple[datetime, str, str]:
    return (event.time or BEGINNING, event.source, event.id)


def _by_the_other_door(note: Fact) -> Fact | None:
    """A case note that is the record itself, or the management oversight itself, also reads as that event."""
    data = dict(note.data)
    kind = data.get("note_type")
    if kind == "management_oversight":
        data["by"] = data.pop("author_id", None)
        return replace(note, type="ManagementOversightRecorded", data=data)
    if kind not in NOTE_AS_RECORD:
        return None
    data |= {
        "kind": NOTE_AS_RECORD[kind],
        "record_id": data.get("note_id"),
        "completed_at": data.get("recorded_on"),
        "discussed_on": data.get("event_on") or data.get("recorded_on"),
    }
    return replace(note, type="RecordCompleted", data=data, on=note.day("recorded_on"))
