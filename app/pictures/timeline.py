"""One subject's timeline as a picture: what happened on top, under it a lane for each rule, on one line of time."""

import textwrap
import zlib
from typing import Final

from app.domain import wording
from app.domain.calendar import DAY
from app.domain.wording import day
from app.pictures.bars import WORDS, bar, patterns, spoken
from app.pictures.happened import ROW, draw_absences, draw_away_row, draw_row, rows_of
from app.pictures.lanes import draw_lane, told_apart
from app.pictures.scale import Scale
from app.pictures.story import Story
from app.pictures.svg import element, picture, width_of, words
from app.pictures.telling import titled, told

WIDTH: Final = 1000.0
MOST_LANES: Final = 60
"""More rules than that are not drawn; a sentence says so."""
_LEFT, _RIGHT, _MARGIN = 150.0, 984.0, 16.0
_AXIS: Final = 128.0
_LEGEND_COLUMN: Final = 484.0


def draw(story: Story) -> str:
    """The picture, an SVG document that stands alone.

    Its size is bounded however much happened: marks and stretches that are too close to be told apart are drawn as
    one, with their number or as the worst of them, arcs are left out, and so are rules beyond `MOST_LANES`; in each
    case the picture says so.
    """
    scale = Scale(story.period, _LEFT, _RIGHT)
    name = f"t{zlib.crc32(story.subject.tag.encode(errors='replace')):08x}"
    front, rows_end = _happened(story, scale)
    y = rows_end + 14
    for lane in story.lanes[:MOST_LANES]:
        parts, y = draw_lane(lane, scale, story.as_at, y, name)
        front += parts
    bottom = y - 4
    legend, end = _legend(story, scale, bottom + 26, name)
    parts = [
        element("defs", patterns(name), _plot(name, bottom)),
        *_heading(story),
        *_background(story, scale, bottom),
        *front,
        *_now(story, scale, bottom),
        *_axis(scale),
        *legend,
    ]
    return picture(WIDTH, end, parts, title=titled(story), story=told(story), name=name)


def _plot(name: str, bottom: float) -> str:
    inside = element("rect", x=_LEFT, y=_AXIS, width=_RIGHT - _LEFT, height=bottom - _AXIS)
    return element("clipPath", inside, id=f"{name}-plot")


def _heading(story: Story) -> list[str]:
    kind = wording.sentence(story.subject.kind)
    status = spoken(story.status.value)
    policies = wording.listed([f"{each.id} {each.version}" for each in story.policies]) if story.policies else "none"
    known = f" Told from {story.known}." if story.known else ""
    standing = element("tspan", status, class_=f"strong say-{story.status.value}")
    said = element("text", f"As a whole on {day(story.as_at)}: ", standing, x=_MARGIN, y=60, class_="standing")
    quiet = f"Policy in force: {policies}.{known}"
    why = textwrap.shorten(story.why or "", 130, placeholder=" …")
    return [
        words(f"{kind} {story.subject.id}", _MARGIN, 36, "heading"),
        said,
        words(why or textwrap.shorten(quiet, 150, placeholder=" …"), _MARGIN, 80, "quiet"),
    ]


def _background(story: Story, scale: Scale, bottom: float) -> list[str]:
    parts = []
    ahead = scale.clipped(scale.x(story.as_at + DAY))
    if ahead < scale.right:
        parts.append(
            element("rect", x=ahead, y=_AXIS, width=scale.right - ahead, height=bottom - _AXIS, class_="future")
        )
    parts += draw_absences(story.absences, scale, story.as_at, _AXIS, bottom)
    for on, _, _ in scale.named_days():
        parts.append(element("line", x1=scale.x(on), x2=scale.x(on), y1=_AXIS, y2=bottom, class_="grid"))
    return [*parts, element("line", x1=scale.left, x2=scale.right, y1=_AXIS, y2=_AXIS, class_="edge")]


def _axis(scale: Scale) -> list[str]:
    """The names of days, over the line of the day asked about, so that it strikes none of them out."""
    parts = []
    for on, called, year in scale.named_days():
        x = scale.x(on) + 3
        if called and x + width_of(called, 11) < scale.right:
            parts.append(words(called, x, _AXIS - 6, "small quiet clear"))
        if year and called != year and x + width_of(year, 11) < scale.right:
            parts.append(words(year, x, _AXIS - 20, "small strong clear"))
    return parts


def _now(story: Story, scale: Scale, bottom: float) -> list[str]:
    """The line at the end of the day asked about, with what it means."""
    if story.as_at not in story.period:
        return []
    x = scale.x(story.as_at + DAY)
    label, later = day(story.as_at), "if nothing happens →"
    wide = width_of(label, 12)
    at = max(x - wide - 5, scale.left)
    parts = [
        element("line", x1=x, x2=x, y1=_AXIS - 33, y2=bottom, class_="now"),
        words(label, at, _AXIS - 38, "strong"),
    ]
    if x + width_of(later, 11) + 6 < scale.right:
        parts.append(words(later, x + 6, _AXIS - 38, "small quiet"))
    return parts


def _happened(story: Story, scale: Scale) -> tuple[list[str], float]:
    y, parts = _AXIS + 20, []
    rows = rows_of(story.marks)
    for row, marks in rows.items():
        parts += draw_row(row, marks, scale, y)
        y += ROW
    if story.absences:
        parts += draw_away_row(story.absences, scale, story.as_at, y)
        y += ROW
    if not rows and not story.absences:
        parts.append(words("Nothing is recorded to have happened in this time.", _LEFT + 8, y + 4, "quiet"))
        y += ROW
    parts.append(element("line", x1=_MARGIN, x2=_RIGHT, y1=y - 6, y2=y - 6, class_="edge"))
    return parts, y - 6


def _legend(story: Story, scale: Scale, y: float, name: str) -> tuple[list[str], float]:
    shown = {row.status for lane in story.lanes[:MOST_LANES] for row in lane.rows}
    keys = [status for status in WORDS if status in shown]
    parts: list[str] = []
    for number, status in enumerate(keys):
        x, line = _MARGIN + number % 2 * _LEGEND_COLUMN, y + number // 2 * 22
        parts.append(bar(status, x, 30, line, name, ""))
        said = f"{wording.sentence(spoken(status.value))}: {WORDS[status]}"
        parts.append(words(said, x + 38, line + 4, "small"))
    y += (len(keys) + 1) // 2 * 22
    for sentence in _notes(story, scale):
        parts.append(words(sentence, _MARGIN, y + 6, "small quiet"))
        y += 17
    return parts, y + 8


def _notes(story: Story, scale: Scale) -> list[str]:
    """How to read the rest, and what was left out."""
    notes = []
    if any(each.due_on for lane in story.lanes for each in lane.obligations):
        notes.append(
            "An arc runs from the day a duty opened to the day it is due (a broken tick: the target). "
            "A dot: done in time. A lozenge: done late."
        )
    if any(row.until_on is None or row.until_on > story.as_at for lane in story.lanes for row in lane.rows):
        notes.append("Right of the line, lighter and with broken edges: what will be if nothing happens.")
    if rows_of(story.marks):
        notes.append(
            "A number stands for several entries close together. Full discussions and individual sessions are filled."
        )
    if any(len(told_apart(lane.obligations, scale)) < len(lane.obligations) for lane in story.lanes):
        notes.append("Where arcs are too close together to be told apart, the worst of them is drawn.")
    if len(story.lanes) > MOST_LANES:
        notes.append(f"Drawn are {MOST_LANES} rules of {len(story.lanes)}: ask for the others by their clause.")
    return notes
