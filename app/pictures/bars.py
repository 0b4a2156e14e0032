"""How a status looks: by thickness, pattern and word as much as by colour, so that print and every eye can tell them.

The thicker, the more serious. What lies ahead is the same, lighter and with a broken edge.
"""

from dataclasses import dataclass
from typing import Final

from app.domain.policy.patterns import Status
from app.pictures.svg import element


@dataclass(frozen=True, slots=True)
class Look:
    """How high the bar is, in pixels, and what it is filled with: a class, or a pattern's name."""

    height: float
    fill: str
    pattern: bool = False


LOOKS: Final = {
    Status.BREACHED: Look(18, "fill-breached"),
    Status.NOT_ASSESSABLE: Look(12, "unknown", pattern=True),
    Status.TOLERATED: Look(12, "tolerated", pattern=True),
    Status.EXCUSED: Look(12, "excused", pattern=True),
    Status.DUE: Look(7, "pale-due"),
    Status.LATE_MET: Look(7, "late-met", pattern=True),
    Status.MET: Look(7, "fill-met"),
}
LINE: Final = Look(0, "")
"""Nothing is asked for: a thin broken line."""

WORDS: Final = {
    Status.BREACHED: "the policy's limit is past",
    Status.NOT_ASSESSABLE: "something must be known first",
    Status.TOLERATED: "past the target, within the limit",
    Status.EXCUSED: "missed during a recorded absence",
    Status.DUE: "open, and in time",
    Status.LATE_MET: "done, but late",
    Status.MET: "done in time",
    Status.AS_REQUIRED: "the policy sets no interval here",
    Status.NOT_YET_APPLICABLE: "what starts the duty has not happened yet",
    Status.NOT_APPLICABLE: "not about this subject",
}
"""What each status means, in the legend."""


def spoken(status: str) -> str:
    """A status or code as words."""
    return status.replace("_", " ")


def bar(status: Status, x: float, width: float, middle: float, name: str, said: str, *, ahead: bool = False) -> str:
    """A stretch of one status, its `middle` the height at which it lies; `said` is the hint of a resting pointer."""
    look = LOOKS.get(status, LINE)
    classes = f"bar {status.value}{' ahead' if ahead else ''}"
    if look.height == 0:
        line = {"x1": x, "x2": x + width, "y1": middle, "y2": middle}
        return element("line", said, **line, class_=classes, stroke_dasharray="2 4")
    fill = f"url(#{name}-{look.fill})" if look.pattern else None
    return element(
        "rect", said, x=x, y=middle - look.height / 2, width=width, height=look.height, rx=min(2.0, width / 2),
        fill=fill, class_=classes if look.pattern else f"{look.fill} {classes}",
    )  # fmt: skip


def patterns(name: str) -> str:
    """The patterns that bars are filled with."""
    slanted = element("path", d="M-2 2L2 -2M-2 10L10 -2M6 10L10 6", class_="fill-tolerated", stroke_width=2)
    dots = element("circle", cx=2, cy=2, r=1.1, class_="fill-excused")
    dots += element("circle", cx=5, cy=5, r=1.1, class_="fill-excused")
    crossed = element("path", d="M0 0L6 6M6 0L0 6", class_="fill-unknown", stroke_width=0.9)
    gaps = element("rect", x=0, y=0, width=5, height=8, class_="fill-met")
    return "".join(
        element(
            "pattern", element("rect", width=size, height=size, class_=ground), drawn, id=f"{name}-{kind}",
            width=size, height=size, patternUnits="userSpaceOnUse",
        )
        for kind, size, ground, drawn in (
            ("tolerated", 8, "pale-tolerated", slanted),
            ("excused", 6, "pale-excused", dots),
            ("unknown", 6, "pale-unknown", crossed),
            ("late-met", 8, "paper", gaps),
        )
    )  # fmt: skip
