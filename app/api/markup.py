"""The HTML of the open pages: a frame and a few pieces. No script, nothing from elsewhere, readable without styles.

Meant to meet WCAG 2.2 AA: a language, one main heading, landmarks, a way past the navigation, a visible focus, text
that wraps on a narrow screen instead of scrolling sideways. Every value is escaped here and nowhere else.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from html import escape
from importlib.resources import files

import orjson
from fastapi.responses import HTMLResponse

STYLE = (files("app.api") / "pages.css").read_text(encoding="utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=300",
}
"""The browser may use this one style sheet and nothing else."""

_FRAME = """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: Supervision Ledger</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><nav aria-label="Pages">{pages}</nav>{notice}</header>
<main id="main">
<h1>{title}</h1>
{body}
</main>
<footer><p>Supervision Ledger. These pages come from the service itself and say what this version does.</p></footer>
</body>
</html>
"""

_DOCUMENT = """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><p>{said}</p></header>
<main id="main">
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""

_PAGES = (("/docs", "Reference"), ("/problems", "Problems"), ("/docs/openapi.json", "OpenAPI document"))


def page(title: str, body: Iterable[str], *, here: str = "", notice: str = "") -> HTMLResponse:
    """A whole page. `title` and `notice` are plain text, `body` finished HTML, `here` the address of this page."""
    links = "\n".join(link(to, name, current=to == here) for to, name in _PAGES)
    html = _FRAME.format(title=escape(title), style=STYLE, pages=links, notice=_notice(notice), body="\n".join(body))
    return HTMLResponse(html, headers=HEADERS)


def document(title: str, body: Iterable[str], said: str) -> HTMLResponse:
    """A page by itself about somebody, to be kept as a file: it leads nowhere, and nothing on the way keeps it."""
    html = _DOCUMENT.format(title=escape(title), style=STYLE, said=text(said), body="\n".join(body))
    return HTMLResponse(html, headers=HEADERS | {"Cache-Control": "private, no-store"})


def _notice(value: str) -> str:
    return f'<p class="notice" role="note">{text(value)}</p>' if value else ""


def text(value: object) -> str:
    """Plain text as HTML; what stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(str(value)))


def paragraphs(value: str) -> str:
    """Plain text as HTML, a paragraph for each block between blank lines."""
    return "\n".join(
        f"<p>{text(' '.join(block.split()))}</p>" for block in value.strip().split("\n\n") if block.strip()
    )


def link(to: str, name: str, *, current: bool = False) -> str:
    """A link; `current` says that it leads to the page it stands on."""
    here = ' aria-current="page"' if current else ""
    return f'<a href="{escape(to)}"{here}>{text(name)}</a>'


def heading(level: int, name: str, anchor: str) -> str:
    """A heading that can be linked to."""
    return f'<h{level} id="{escape(anchor)}">{text(name)}</h{level}>'


def listed(items: Iterable[str], *, ordered: bool = False) -> str:
    """A list of finished HTML items."""
    tag = "ol" if ordered else "ul"
    return f"<{tag}>{''.join(f'<li>{item}</li>' for item in items)}</{tag}>"


def explained(pairs: Iterable[tuple[str, str]]) -> str:
    """Terms and what they mean, both finished HTML."""
    return f"<dl>{''.join(f'<dt>{term}</dt><dd>{meaning}</dd>' for term, meaning in pairs)}</dl>"


def sample(value: object) -> str:
    """An example: text as it is, anything else as indented JSON."""
    shown = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return f"<pre><code>{escape(shown.strip())}</code></pre>"
