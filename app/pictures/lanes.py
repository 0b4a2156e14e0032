"""One rule as one lane: arcs from when a duty opened to when it is due, and under them how the rule stood each day."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from app.domain import wording
from app.domain.calendar import DAY
from app.domain.obligations import Finding, Obligation, TimelineRow, worst
from app.domain.policy.patterns import Status
from app.pictures.bars import bar, spoken
from app.pictures.scale import Scale
from app.pictures.story import Lane
from app.pictures.svg import element, hint, plain, width_of, words

NARROW: Final = 2.0
"""Pixels: stretches that are narrower and touch each other are drawn as one, the worst of them."""
APART: Final = 4.0
"""Pixels: of arcs that begin and end in the same place, so wide, the worst is drawn."""
MOST_ARCS: Final = 300
"""Of one lane, the latest."""
WIDEST: Final = 990.0
"""Pixels: how far to the right words may reach."""
_ARCS: Final = 26
_QUIET: Final = (Status.DUE, Status.MET, Status.AS_REQUIRED, Status.NOT_YET_APPLICABLE, Status.NOT_APPLICABLE)
"""Statuses that need no word on the bar."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of one status, both included; `ahead`: if nothing happens. `merged`: how many are drawn as this one."""

    status: Status
    first: date
    last: date
    row: TimelineRow
    ahead: bool
    merged: int = 1

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def late(self) -> bool:
        """A breach that began when one thing was due: its days are days late."""
        _, due = self.row.dues[0]
        return self.status is Status.BREACHED and due is not None and self.row.from_on == due + DAY


def stretches(rows: Sequence[TimelineRow], as_at: date, last: date) -> list[Stretch]:
    """The rows parted at the day asked about, the open ones ended on `last`; not cut at the beginning."""
    found = []
    for row in rows:
        until = last if row.until_on is None else row.until_on
        if row.from_on <= as_at:
            found.append(Stretch(row.status, row.from_on, min(until, as_at), row, ahead=False))
        if until > as_at:
            found.append(Stretch(row.status, max(row.from_on, as_at + DAY), until, row, ahead=True))
    return found


def lengthy(stretch: Stretch) -> str:
    """How long a breach has lasted: `4 days late`, or where several things were late in it, `13 days in breach`."""
    return f"{wording.days(stretch.days)} {'late' if stretch.late else 'in breach'}"


def draw_lane(lane: Lane, scale: Scale, as_at: date, y: float, name: str) -> tuple[list[str], float]:
    """The lane's parts, drawn from `y` down, and where the next may begin. `name`: of the picture's own ids."""
    titles = textwrap.wrap(lane.title, 104, max_lines=2, placeholder=" …") or [""]
    name_and_title = element("tspan", plain(lane.rule), class_="quiet"), element("tspan", plain(titles[0]), dx=8)
    parts = [element("text", *name_and_title, x=16, y=y + 14, class_="rule")]
    parts += [words(line, 16, y + 30, "rule") for line in titles[1:]]
    arcs = told_apart(lane.obligations, scale)
    base = y + 14 + 16 * (len(titles) - 1) + (_ARCS if any(each.due_on for each in arcs) else 8) + 6
    middle = base + 12
    drawn = _narrow_ones_joined(
        [s for s in stretches(lane.rows, as_at, scale.period.last) if s.last >= scale.period.first], scale
    )
    arched = [part for each in arcs for part in _arc(each, scale, base)]
    parts.append(element("g", *arched, clip_path=f"url(#{name}-plot)"))
    parts += [_bar(each, scale, middle, name) for each in drawn]
    parts += [part for each in arcs for part in _points(each, scale, as_at, base)]
    parts += _labels(drawn, scale, as_at, middle)
    parts += _standing(lane.finding, middle)
    return parts, middle + 38


def told_apart(obligations: Sequence[Obligation], scale: Scale) -> list[Obligation]:
    """Those of the obligations, in order, whose arcs can be seen as several: the worst of each place, the latest."""
    kept: dict[tuple[int, int], Obligation] = {}
    for each in obligations:
        place = int(scale.x(each.opened_on) / APART), int(scale.x(each.due_on or each.opened_on) / APART)
        before = kept.get(place)
        if before is None or worst((before.status, each.status)) is not before.status:
            kept[place] = each
    return list(kept.values())[-MOST_ARCS:]


def _standing(finding: Finding | None, middle: float) -> Iterator[str]:
    """On the left: how the rule stands as at the day, and the date that matters."""
    if finding is None:
        return
    status = finding.status
    yield words(wording.sentence(spoken(status.value)), 16, middle + 1, f"strong say-{status.value}")
    said = {
        Status.BREACHED: finding.days_late and f"{wording.days(finding.days_late)} late",
        Status.DUE: finding.due_on and f"by {_short(finding.due_on)}",
        Status.TOLERATED: finding.due_on and f"limit {_short(finding.due_on)}",
        Status.EXCUSED: finding.due_again_on and f"again by {_short(finding.due_again_on)}",
        Status.MET: finding.met_on and f"on {_short(finding.met_on)}",
        Status.LATE_MET: finding.met_on and f"on {_short(finding.met_on)}",
    }.get(status)
    if said or finding.code:
        yield words(said or spoken(finding.code or ""), 16, middle + 16, "quiet")


def _short(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


def _narrow_ones_joined(drawn: list[Stretch], scale: Scale) -> list[Stretch]:
    """As few stretches as can be told apart: so many days ahead or behind, a lane never holds more than pixels."""
    joined: list[Stretch] = []
    for each in drawn:
        before = joined[-1] if joined else None
        if before is None or before.ahead != each.ahead or not _too_close(before, each, scale):
            joined.append(each)
        else:
            status = worst((before.status, each.status))
            joined[-1] = replace(before, status=status, last=each.last, merged=before.merged + 1)
    return joined


def _too_close(before: Stretch, each: Stretch, scale: Scale) -> bool:
    narrow = scale.x(each.last + DAY) - scale.x(each.first) < NARROW
    together = scale.x(each.last) - scale.x(before.first) <= 2 * NARROW
    return narrow and together and each.first <= before.last + 2 * DAY


def _bar(each: Stretch, scale: Scale, middle: float, name: str) -> str:
    x, end = scale.clipped(scale.x(each.first)), scale.clipped(scale.x(each.last + DAY))
    until = "and from then on" if each.row.until_on is None and each.ahead else f"to {wording.day(each.last)}"
    said = f"{wording.sentence(spoken(each.status.value))}, {wording.day(each.first)} {until}"
    if each.ahead:
        said = f"If nothing happens: {said[:1].lower()}{said[1:]}"
    if each.merged > 1:
        said = f"{said}: the worst of {each.merged} changes close together"
    return bar(each.status, x, max(end - x, 1.5), middle, name, hint(said), ahead=each.ahead)


def _arc(each: Obligation, scale: Scale, base: float) -> Iterator[str]:
    """From the day it opened to the day it is due."""
    if each.due_on is None:
        return
    x, end = scale.middle(each.opened_on), scale.middle(each.due_on)
    rise = min(_ARCS - 4.0, max(5.0, (end - x) * 0.2))
    path = f"M{x:.1f} {base:.1f}C{x + (end - x) * 0.2:.1f} {base - rise * 1.3:.1f} "
    path += f"{end - (end - x) * 0.2:.1f} {base - rise * 1.3:.1f} {end:.1f} {base:.1f}"
    said = f"Opened on {wording.day(each.opened_on)}, due by {wording.day(each.due_on)}"
    yield element("path", hint(said), d=path, class_="window")
    yield element("line", x1=end, x2=end, y1=base - 5, y2=base + 2, class_="deadline")
    if each.target_on is not None and each.target_on != each.due_on:
        target = scale.middle(each.target_on)
        yield element("line", x1=target, x2=target, y1=base - 5, y2=base + 2, class_="target")


def _points(each: Obligation, scale: Scale, as_at: date, base: float) -> Iterator[str]:
    """What met it: a round dot in time, a lozenge late."""
    if each.met_on is None or each.met_on not in scale.period or each.met_on > as_at:
        return
    x, late = scale.middle(each.met_on), each.due_on is not None and each.met_on > each.due_on
    said = hint(f"Done on {wording.day(each.met_on)}{', late' if late else ''}")
    if late:
        yield element("path", said, d=f"M{x:.1f} {base - 6:.1f}l6 6l-6 6l-6 -6z", class_="done")
    else:
        yield element("circle", said, cx=x, cy=base, r=4.5, class_="done")


def _labels(drawn: Sequence[Stretch], scale: Scale, as_at: date, middle: float) -> Iterator[str]:
    """Words at the stretches that call for them, the most serious first, where there is room."""
    taken: list[tuple[float, float]] = []
    for each in sorted(drawn, key=lambda s: (s.ahead, s.status is not Status.BREACHED, -s.first.toordinal())):
        if each.status in _QUIET or each.merged > 1 or (each.ahead and each.status is Status.LATE_MET):
            continue
        said = _label(each)
        x, end = scale.clipped(scale.x(each.first)), scale.clipped(scale.x(each.last + DAY))
        wide = width_of(said, 11) * (1.08 if each.status is Status.BREACHED else 1)
        if each.status is Status.BREACHED and not each.ahead and end - x > wide + 12:
            yield words(said, (x + end) / 2, middle + 4, "inside", "middle")
            continue
        edge = scale.clipped(
            scale.x(as_at + DAY)
        )  # words of what was stay left of the line, of what will be right of it
        least, most = (edge + 6, WIDEST) if each.ahead else (scale.left, edge - 6 if edge < scale.right else WIDEST)
        at = min(max((x + end - wide) / 2, least), most - wide)
        if all(at + wide + 8 < left or right + 8 < at for left, right in taken):
            taken.append((at, at + wide))
            yield words(said, at + wide / 2, middle + 22, f"small say-{each.status.value}", "middle")


def _label(each: Stretch) -> str:
    if each.ahead:
        said = "late" if each.late else spoken(each.status.value)
        return f"{said} from {each.first.day} {each.first:%b}" if each.row.from_on == each.first else f"still {said}"
    if each.status is Status.BREACHED:
        return lengthy(each)
    return "done late" if each.status is Status.LATE_MET else spoken(each.status.value)
