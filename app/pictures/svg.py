"""SVG as text: elements, escaping, and whole pictures with one style sheet. No script, nothing from elsewhere.

Every value is escaped here and nowhere else: ids, codes and titles come from outside.
"""

import base64
import hashlib
import re
from html import escape
from importlib.resources import files
from typing import Final

STYLE: Final = (files("app.pictures") / "picture.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

POLICY: Final = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; frame-ancestors 'none'"
"""The Content-Security-Policy of a picture: its own style sheet and nothing else."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def plain(value: object) -> str:
    """Text as XML; what XML 1.0 cannot hold becomes a question mark."""
    return escape(_NOT_XML.sub("?", str(value)))


def element(name: str, *children: str, **attributes: object) -> str:
    """One element. `children` are finished SVG; attributes are values, `class_` is class, None leaves one out."""
    given = "".join(f' {_name(key)}="{_value(value)}"' for key, value in attributes.items() if value is not None)
    inside = "".join(children)
    return f"<{name}{given}>{inside}</{name}>" if inside else f"<{name}{given}/>"


def words(said: str, x: float, y: float, class_: str = "", anchor: str | None = None) -> str:
    """A line of text, its base line at `y`."""
    return element("text", plain(said), x=x, y=y, class_=class_ or None, text_anchor=anchor)


def hint(said: str) -> str:
    """What a pointer that rests on the element shows."""
    return element("title", plain(said))


def width_of(said: str, size: float = 12) -> float:
    """About how wide a line of text is; no font is known here, so rather too wide than too narrow."""
    return len(said) * size * 0.6


def picture(width: float, height: float, parts: list[str], *, title: str, story: str, name: str) -> str:
    """A whole picture. `title` and `story` are its text alternative; `name` keeps ids apart where many are inlined."""
    told = element("title", plain(title), id=f"{name}-title") + element("desc", plain(story), id=f"{name}-story")
    size = f'viewBox="0 0 {_value(width)} {_value(height)}" width="{_value(width)}" height="{_value(height)}"'
    names = f'lang="en-GB" role="img" aria-labelledby="{name}-title {name}-story"'
    begin = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {names}>'
    paper = element("rect", width=width, height=height, class_="paper")
    return "\n".join([begin, told, element("style", STYLE), paper, *parts, "</svg>\n"])


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: object) -> str:
    return f"{round(value, 1):g}" if isinstance(value, float) else plain(value)
