"""Writes the table of periods into docs/data-protection.md, from app/periods.yaml; `make pages` runs it."""

import re
from pathlib import Path
from typing import Final

from app.tidying import Period, periods

PAGE: Final = Path(__file__).parents[1] / "docs" / "data-protection.md"
_BLOCK: Final = re.compile(r"(?<=<!-- periods -->\n).*?(?=<!-- /periods -->)", re.DOTALL)


def page(now: str) -> str:
    """The page as it must read."""
    head = "| what | where | kept | counted from | why | removed by |\n|---|---|---|---|---|---|\n"
    rows = "".join(_row(name, line) for name, line in periods().items())
    return _BLOCK.sub(lambda _: f"\n{head}{rows}\n", now)


def _row(name: str, line: Period) -> str:
    own = f" (`{name}`: {line.least} to {line.most})" if line.least else ""
    return f"| {line.what} | {line.shown_where} | {line.kept}{own} | {line.counted_from} | {line.why} | {line.by} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
