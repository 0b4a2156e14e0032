"""Whether texts that are not held any more were erased as they must be: asked for, approved by another, and recorded.

A text is some subject's: its case's, else its one worker's, else its team's; a correction's is that of what it
corrects. It may be missing if a `PersonalDataErased` that names its position (or, naming none, is about that subject)
stands at a later position, whose request was made, then approved by another person, and not closed before. What was
erased again after a restore may have been asked for in the part of the ledger that the restore lost: that is told.
Bodies are anybody's: one of which nothing can be made explains nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.events.effective import LINKING, merges
from app.events.filing import as_filed
from app.events.stored import Stored
from app.events.tags import subject_of
from app.ledger.leaves import moment
from app.verifying.bundle import UNREADABLE, events_of
from app.verifying.findings import Fault, fault
from app.verifying.slices import Event

CORRECTED = "EventCorrected"
AGAIN = "erasure_register"
"""The `authority` of what is erased again after a restore."""


@dataclass(frozen=True, slots=True)
class _Erasure:
    """That a subject's texts were erased, and what is wrong with how that was decided."""

    position: int
    subject: str
    positions: frozenset[int] | None
    """Whose texts it says are gone; None where it does not say."""
    wrong: str | None
    lost: bool = False
    """Whether it was done again after a restore, and nothing here speaks of its request."""

    def explains(self, position: int, whose: str) -> bool:
        """Whether it speaks of the text at this position: by its own list, else by its subject."""
        if position >= self.position:
            return False
        return self.subject == whose != "" if self.positions is None else position in self.positions


def unexplained(
    path: Path, missing: Sequence[tuple[Event, str]], decided: Sequence[Event], *, restored: bool
) -> tuple[list[Fault], int]:
    """A fault for each text that is missing without an erasure that explains it; and how many are explained by one that
    was done again after a restore, whose request the restore lost. `restored`: whether a restore is acknowledged.
    """
    if not missing:
        return [], 0
    links = _Links(path, [event for event, _ in missing])
    erasures = list[_Erasure]()
    for event in decided:
        if event.type == "PersonalDataErased":
            with suppress(*UNREADABLE):  # what cannot be read explains nothing
                erasures.append(_erasure(event, decided, links))
    found = [_unexplained(event, name, links, erasures, restored=restored) for event, name in missing]
    return [each for each in found if isinstance(each, Fault)], found.count(True)


def _unexplained(
    event: Event, name: str, links: "_Links", erasures: Iterable[_Erasure], *, restored: bool
) -> Fault | bool:
    """A fault; else whether what explains it is said of a request that a restore lost."""
    whose = links.now(links.owner(event))
    found = [each for each in erasures if each.explains(event.position, whose)]
    if any(each.wrong is None for each in found):
        return False
    if restored and any(each.lost for each in found):
        return True
    why = found[0].wrong if found else "no erasure that speaks of it is recorded after it"
    return fault(event.position, "text_gone", f"its text {name} is gone, and {why}")


def _erasure(event: Event, decided: Sequence[Event], links: "_Links") -> _Erasure:
    request = event.data.get("request_id")
    subject = _about(event, links)
    steps = [
        next((e for e in decided if e.type == name and request is not None and _same(e, event)), None)
        for name in ("ErasureRequested", "ErasureApproved")
    ]
    wrong = _wrong(event, steps[0], steps[1], subject, links) or _closed(event, decided)
    told = event.data.get("positions")
    lost = steps == [None, None] and event.data.get("authority") == AGAIN
    return _Erasure(event.position, subject, None if told is None else frozenset(told), wrong, lost)


def _closed(erased: Event, decided: Sequence[Event]) -> str | None:
    ended = any(each.type == "ErasureClosed" and _same(each, erased) for each in decided)
    return (
        f"the erasure at position {erased.position:,} was carried out after its request was closed" if ended else None
    )


def _same(step: Event, erased: Event) -> bool:
    return step.data.get("request_id") == erased.data.get("request_id") and step.position < erased.position


def _wrong(erased: Event, asked: Event | None, approved: Event | None, subject: str, links: "_Links") -> str | None:
    where = f"the erasure at position {erased.position:,}"
    if asked is None or approved is None:
        return f"{where} was not asked for" if asked is None else f"{where} was not approved"
    if _about(asked, links) != subject or _about(approved, links) != subject:
        return f"{where} was asked for or approved about somebody else"
    if asked.position > approved.position:
        return f"{where} was approved before it was asked for"
    if links.now(f"worker/{asked.data.get('by')}") == links.now(f"worker/{approved.data.get('by')}"):
        return f"{where} was asked for and approved by the same person"
    return None


def _about(event: Event, links: "_Links") -> str:
    return links.now(subject_of(event.type, event.data) or "")


class _Links:
    """Who is who by now, and what the corrections among some events correct: read from the bundle once more."""

    def __init__(self, path: Path, events: Iterable[Event]) -> None:
        self._corrected = dict[tuple[str, str], str]()
        for event in events:
            if event.type == CORRECTED:
                with suppress(*UNREADABLE):
                    self._corrected[_target(event)] = ""
        linking = list[Stored]()
        for told in events_of(path):
            with suppress(*UNREADABLE):  # told as a fault of its own
                self._take(as_filed(told.position, moment(told.recorded), told.body), linking)
        self._aliases: Mapping[str, str] = merges(linking)

    def _take(self, event: Stored, linking: list[Stored]) -> None:
        if event.type in LINKING:
            merges([event])  # raises for what would spoil it for all
            linking.append(event)
        if (event.source, event.id) in self._corrected:
            self._corrected[event.source, event.id] = subject_of(event.type, event.data) or ""

    def now(self, subject: str) -> str:
        """The subject, or what it was merged into."""
        return self._aliases.get(subject, subject)

    def owner(self, event: Event) -> str:
        """Whose the event's texts are; "" where nobody can tell."""
        with suppress(*UNREADABLE):
            own = subject_of(event.type, event.data)
            if own is None and event.type == CORRECTED:
                own = self._corrected.get(_target(event))
            return own or ""
        return ""


def _target(event: Event) -> tuple[str, str]:
    named: Mapping[str, Any] = event.data["corrects"]
    return (named["source"], named["id"])
