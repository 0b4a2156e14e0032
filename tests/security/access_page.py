"""Writes the tables of docs/access.md from the matrix of access and the packs that ship; `make pages` runs it."""

from pathlib import Path
from typing import Final

from app import shipped
from app.domain.access.explaining import explained
from app.domain.policy.loading import load

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "access.md"
BEGINS, ENDS = "<!-- the matrix begins: written by `make pages` -->\n", "<!-- the matrix ends -->\n"


def page() -> str:
    """The page as it must read: what people wrote, and the tables between the marks."""
    before, _, rest = PAGE.read_text().partition(BEGINS)
    after = rest.partition(ENDS)[2]
    said = {name.capitalize(): load(shipped.pack(name)).may_see for name in ("luton", "shropshire")}
    tables = explained(shipped.matrix(), {name: choices for name, choices in said.items() if choices is not None})
    return f"{before}{BEGINS}\n{tables}\n{ENDS}{after}"


if __name__ == "__main__":
    PAGE.write_text(page())
