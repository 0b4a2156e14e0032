"""What happened, as marks in rows: sessions, discussions, records, changes, and the days away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain import wording
from app.domain.calendar import DAY
from app.domain.history import Spell
from app.pictures.bars import spoken
from app.pictures.scale import Scale
from app.pictures.story import Mark
from app.pictures.svg import element, hint, width_of, words

ROW: Final = 24
"""Pixels from one row of marks to the next."""
CLOSE: Final = 10.0
"""Pixels: marks that are closer are drawn as one, with their number; the longer the number, the more room it takes."""
_LONGEST_LABEL: Final = 40

ROWS: Final = {
    "Sessions": ("SessionHeld", "SessionMissed"),
    "Discussions": ("CaseDiscussed", "ManagementOversightRecorded"),
    "Records": ("RecordCompleted", "RecordReviewed", "RecordSigned", "RecordReopened", "CaseNoteRecorded",
                "DocumentSaved"),
    "Changes": (
        "WorkerStarted", "WorkerRoleChanged", "WorkerStageReached", "WorkerLeft", "SupervisorAssigned",
        "SupervisorUnassigned", "TeamChanged", "CaseOpened", "CaseClassified", "CaseTransferred", "CaseAllocated",
        "CaseUnallocated",
        "CaseSupervisorAssigned", "CaseClosed", "NeedChanged",
    ),
}  # fmt: skip
OTHER: Final = "Other facts"
_ABSENCE: Final = frozenset({"AbsenceStarted", "AbsenceEnded"})
_ROW_OF: Final = {name: row for row, names in ROWS.items() for name in names}

_CALLED: Final = {
    "WorkerStarted": "started", "WorkerRoleChanged": "new role", "WorkerStageReached": "new stage",
    "WorkerLeft": "left",
    "SupervisorAssigned": "supervisor", "SupervisorUnassigned": "supervisor ended", "CaseOpened": "opened",
    "CaseClassified": "classified", "CaseTransferred": "transferred", "CaseAllocated": "allocated",
    "CaseUnallocated": "unallocated", "CaseSupervisorAssigned": "supervisor", "CaseClosed": "closed",
    "NeedChanged": "need changed", "SessionMissed": "missed session", "CaseNoteRecorded": "case note",
    "DocumentSaved": "document", "RecordSigned": "signature", "RecordReviewed": "review of the record",
    "AgreementMade": "supervision agreement", "AgreementReviewed": "review of the agreement",
    "CaseDiscussed": "discussion", "CaseReviewed": "review", "ChildSeen": "visit", "FileAudited": "audit of a file",
    "ManagementOversightRecorded": "management oversight", "RecordCompleted": "record",
    "RiskAssessed": "risk assessment", "SessionHeld": "session",
}  # fmt: skip
_SAYS_MORE: Final = {
    "SessionHeld": "kind", "CaseDiscussed": "depth", "CaseClassified": "category", "CaseTransferred": "service",
    "WorkerRoleChanged": "role", "WorkerStageReached": "stage",
}  # fmt: skip
"""The field that says what one wants to know of such an event."""
_FULL: Final = {"SessionHeld": ("individual",), "CaseDiscussed": ("full",)}
"""What is drawn filled; any other kind or depth is drawn hollow."""


@dataclass(frozen=True, slots=True)
class Group:
    """Marks of one row that are drawn as one, because they lie so close."""

    marks: tuple[Mark, ...]

    @property
    def first(self) -> Mark:
        """The earliest."""
        return self.marks[0]

    @property
    def wide(self) -> float:
        """How wide the number of marks is drawn, in pixels."""
        return 8 + width_of(str(len(self.marks)), 10)

    @property
    def room(self) -> float:
        """How far the next group must be away."""
        return CLOSE if len(self.marks) == 1 else self.wide + 4


def rows_of(marks: Sequence[Mark]) -> dict[str, list[Mark]]:
    """The marks by row, in the order of rows; absences are drawn as days and not as marks."""
    found: dict[str, list[Mark]] = {}
    for mark in sorted(marks, key=lambda mark: mark.on):
        if mark.type not in _ABSENCE:
            found.setdefault(_ROW_OF.get(mark.type, OTHER), []).append(mark)
    return {row: found[row] for row in (*ROWS, OTHER) if row in found}


def called(mark: Mark) -> str:
    """What happened, in a word or two: `session (individual)`, `light discussion` and the like."""
    noun = _CALLED.get(mark.type) or _noun(mark.type)
    more = mark.data.get(_SAYS_MORE.get(mark.type, ""))
    return f"{noun} ({spoken(str(more))})" if more else noun


def _noun(name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()


def draw_row(row: str, marks: Sequence[Mark], scale: Scale, y: float) -> list[str]:
    """One row of marks around the height `y`, with its name on the left."""
    groups = _groups(marks, scale)
    parts = [words(row, 16, y + 4, "quiet")]
    for number, group in enumerate(groups):
        parts.append(_group(group, scale, y))
        if row == "Changes":
            following = scale.middle(groups[number + 1].first.on) if number + 1 < len(groups) else scale.right
            parts += _label(group, scale.middle(group.first.on), following, y)
    return parts


def draw_absences(spells: Sequence[Spell], scale: Scale, as_at: date, top: float, bottom: float) -> list[str]:
    """The days away as a band behind everything."""
    bands = [(hint(away_in_words(spell)), *_band(spell, scale, as_at)) for spell in spells]
    return [
        element("rect", said, x=x, y=top, width=max(end - x, 1.5), height=bottom - top, class_="away")
        for said, x, end in bands
    ]


def draw_away_row(spells: Sequence[Spell], scale: Scale, as_at: date, y: float) -> list[str]:
    """The same days in a row of their own, so that the band has a name."""
    parts = [words("Away", 16, y + 4, "quiet")]
    for spell in spells:
        x, end = _band(spell, scale, as_at)
        path = f"M{x:.1f} {y - 5:.1f}v10m0 -5H{max(end, x + 2):.1f}m0 -5v10"
        parts.append(element("path", hint(away_in_words(spell)), d=path, class_="window"))
    return parts


def away_in_words(spell: Spell) -> str:
    """`away from 3 March 2025 to 30 April 2025`."""
    until = f"to {wording.day(spell.until)}" if spell.until else "on"
    return f"away from {wording.day(spell.since)} {until}"


def _band(spell: Spell, scale: Scale, as_at: date) -> tuple[float, float]:
    return scale.clipped(scale.x(spell.since)), scale.clipped(scale.x((spell.until or as_at) + DAY))


def _groups(marks: Sequence[Mark], scale: Scale) -> list[Group]:
    groups: list[Group] = []
    for mark in marks:
        if groups and scale.middle(mark.on) - scale.middle(groups[-1].first.on) < groups[-1].room:
            groups[-1] = Group((*groups[-1].marks, mark))
        else:
            groups.append(Group((mark,)))
    return groups


def _group(group: Group, scale: Scale, y: float) -> str:
    if len(group.marks) == 1:
        return _mark(group.first, scale.middle(group.first.on), y)
    x = scale.middle(group.first.on)
    since, until = wording.day(group.first.on), wording.day(group.marks[-1].on)
    kinds = ", ".join(dict.fromkeys(called(mark) for mark in group.marks[:20]))
    said = f"{len(group.marks)}: {kinds}; {since if since == until else f'{since} to {until}'}"
    box = element("rect", x=x - group.wide / 2, y=y - 7, width=group.wide, height=14, rx=7, class_="many")
    return element("g", hint(said), box, words(str(len(group.marks)), x, y + 3.5, "count", "middle"))


def _mark(mark: Mark, x: float, y: float) -> str:
    said = hint(f"{wording.sentence(called(mark))}, {wording.day(mark.on)}")
    if mark.type == "SessionMissed":
        return element("path", said, d=f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8", class_="mark cross")
    if mark.type in _FULL:
        field = mark.data.get(_SAYS_MORE[mark.type])
        hollow = " hollow" if field not in _FULL[mark.type] else ""
        return element("circle", said, cx=x, cy=y, r=4.5, class_=f"mark{hollow}")
    row = _ROW_OF.get(mark.type, OTHER)
    shape = {"Records": "M-3.5 -3.5h7v7h-7z", "Changes": "M0 -5l5 5l-5 5l-5 -5z"}.get(row, "M0 -4.5l5 8.5h-10z")
    return element("path", said, d=shape, transform=f"translate({x:.1f} {y:.1f})", class_="mark hollow")


def _label(group: Group, x: float, following: float, y: float) -> Iterator[str]:
    """What changed, if there is room before the next mark; the text alternative says it in any case."""
    said = ", ".join(dict.fromkeys(called(mark) for mark in group.marks[:6]))
    if len(said) > _LONGEST_LABEL:
        said = f"{said[:_LONGEST_LABEL]}…"
    at = x + 10 + (len(group.marks) > 1) * 4
    if at + width_of(said, 11) < following - 8:
        yield words(said, at, y + 4, "small quiet")
