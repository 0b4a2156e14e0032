"""How an event is told to whom it is about: as recorded, what corrects it, bars where it is blacked out. Pure.

A value that is blacked out, wholly or in part, reads as `pieces`: what may be read, and bars with their reasons. A
field that is blacked out as a whole is so in each version of the event, also one that comes later; a part is one
version's alone. A text that is not given says why, as a code that the pack explains.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from app.events.effective import CORRECTED, effective
from app.events.reading import Amended, shown
from app.events.redactions import Bar, Overlay, blacked_out
from app.events.stored import Stored
from app.events.tracing import Texts
from app.events.types import EVENT_TYPES, TEXTS

WITHHELD: Final = {
    "of_another_case": "It was written about a case, and is kept under that: it speaks of a family.",
    "of_another_worker": "It was written about another worker, and is kept under them.",
    "of_another_team": "It was written about several people together, and opens for nobody.",
    "about_somebody_else": "It turned out to be about somebody else, or was put right to be.",
    "unplaced": "It corrects something that never arrived, so nobody can say whose it is.",
    "erased": "It was erased.",
    "closed": "The request is answered, or not yet open, so no text is opened.",
}
"""Why a text is not given, by its code."""
BLACKED_OUT: Final = {
    "third_party": "It is about somebody else, and it would not be reasonable to give it without their consent.",
    "serious_harm": "Giving it would be likely to cause serious harm to somebody's physical or mental health.",
    "legal_privilege": "It is confidential between the council and its lawyers.",
    "confidential_reference": "It is a reference that was given in confidence.",
    "crime": "Giving it would be likely to hinder preventing or detecting crime.",
    "negotiations": "It shows what the council intends in negotiations with the person.",
    "management_planning": "It is about planning that giving it would be likely to harm.",
    "child_abuse": "It says whether a child is or was at risk of abuse, and giving it is not in their interest.",
}
"""What is blacked out and why, by the usual codes; a council may use others."""


def told_of(each: Amended, texts: Texts, closed: Mapping[int, str], overlays: Sequence[Overlay]) -> dict[str, Any]:
    """One event with its amendments: as recorded, and how it reads now where that is something else."""
    overlays = [*overlays, *_of_other_versions(each, overlays)]
    amendments = [_version(one, texts, closed, overlays) for one in each.amendments]
    return _version(each.event, texts, closed, overlays) | _now(each, overlays) | {"amendments": amendments}


def _of_other_versions(each: Amended, overlays: Sequence[Overlay]) -> Iterator[Overlay]:
    """A field that is blacked out as a whole, for each further version of the event."""
    positions = [one.position for one in each.all]
    for overlay in overlays:
        if overlay.first is None and overlay.position in positions:
            yield from (replace(overlay, position=at) for at in positions if at != overlay.position)


def not_given(
    found: Sequence[Amended], closed: Mapping[int, str], overlays: Sequence[Overlay]
) -> Iterator[dict[str, Any]]:
    """What cannot be given: texts that stay closed, and what is blacked out, each with the code of the reason."""
    for event in (one for each in found for one in each.all if one.position in closed):
        for field in _sealed(event):
            yield {"position": event.position, "field": field, "why": closed[event.position]}
    for overlay in overlays:
        yield {"position": overlay.position, "field": overlay.field, "why": overlay.reason}


def explained(closed: Mapping[int, str], overlays: Sequence[Overlay]) -> dict[str, str]:
    """The codes that the pack uses, in words."""
    used = {*closed.values(), *(overlay.reason for overlay in overlays)}
    known = WITHHELD | BLACKED_OUT
    return {code: known.get(code, "A reason of the council's own.") for code in sorted(used)}


def _version(event: Stored, texts: Texts, closed: Mapping[int, str], overlays: Sequence[Overlay]) -> dict[str, Any]:
    """One event as it was recorded."""
    told: Mapping[str, Any] = shown(event, texts)
    at = event.position
    mine = [overlay for overlay in overlays if overlay.position == at]
    data = _covered(told["data"], mine, closed.get(at))
    if event.type == CORRECTED and not any(overlay.field == "data" for overlay in mine):
        data["data"] = _covered(data["data"], mine, closed.get(at))
    return {
        "position": at, "type": event.type, "on": _on(event, mine), "recordedtime": event.recorded,
        "recordedby": event.recordedby, "source": event.source, "id": event.id, "data": data,
        "proof": f"/v1/ledger/proofs/{at}",
    }  # fmt: skip


def _on(event: Stored, overlays: Sequence[Overlay]) -> date | None:
    """The event's day, unless the field that tells it is blacked out."""
    return None if any(overlay.field in EVENT_TYPES[event.type].on for overlay in overlays) else event.on


def _covered(data: Mapping[str, Any], overlays: Sequence[Overlay], why: str | None) -> dict[str, Any]:
    """The data with its bars, and with the reasons for what is withheld."""
    found: dict[str, Any] = {}
    for name, value in data.items():
        mine = [overlay for overlay in overlays if overlay.field == name]
        withheld = value == {"withheld": True}
        if withheld:
            found[name] = {"withheld": why or "closed"}
        elif mine:
            found[name] = {"pieces": [*map(_piece, _blacked(value, mine))]}
        else:
            found[name] = value
    return found


def _blacked(value: object, overlays: Sequence[Overlay]) -> list[str | Bar]:
    if isinstance(value, str):
        return blacked_out(value, overlays)
    return [Bar(tuple(dict.fromkeys(overlay.reason for overlay in overlays)))]


def _piece(piece: str | Bar) -> dict[str, Any]:
    return {"redacted": piece.reasons} if isinstance(piece, Bar) else {"text": piece}


def _now(each: Amended, overlays: Sequence[Overlay]) -> dict[str, Any]:
    """Whether it stands, and where it was corrected how it reads: without texts, which each version shows itself."""
    key = (each.event.source, each.event.id)
    standing = [fact for event, fact, _ in effective(each.all, {}) if (event.source, event.id) == key]
    if not standing and each.event.type not in ("EventCorrected", "EventRetracted"):
        return {"stands": "retracted"}
    if not standing or standing[0].data == each.event.data:
        return {"stands": "as_recorded"}
    positions = {one.position for one in each.all}
    hidden = {*TEXTS, *(overlay.field for overlay in overlays if overlay.position in positions)}
    data = {name: value for name, value in standing[0].data.items() if name not in hidden}
    on = standing[0].on if hidden.isdisjoint(EVENT_TYPES[each.event.type].on) else None
    return {"stands": "corrected", "now": {"on": on, "data": data}}


def _sealed(event: Stored) -> list[str]:
    data = event.data["data"] if event.type == CORRECTED else event.data
    return [name for name in TEXTS if isinstance(data.get(name), dict)]
