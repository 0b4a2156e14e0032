"""Writes docs/access-matrix.md from the matrix of access and the packs that ship; `make pages` runs it."""

from pathlib import Path
from typing import Final

from app import shipped
from app.domain.access.explaining import explained
from app.domain.policy.loading import load

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "access-matrix.md"
HEAD: Final = """# Who may see what: the whole of it

Made from `app/domain/access/matrix.yaml` and the two policies that ship, by `make pages`; a test fails when it is
stale. What it means for you is on [the page about access](access.md). What no line gives, nobody has. *They* are
whoever asks, as they stand today. Several lines of one role add up. *Yes* says that the council's policy lets the line
stand, for those and for the purposes that it names. A line without a clause rests on no single one: it is ours.
"""


def page() -> str:
    """The page as it must read."""
    said = {name.capitalize(): load(shipped.pack(name)).may_see for name in ("luton", "shropshire")}
    tables = explained(shipped.matrix(), {name: choices for name, choices in said.items() if choices is not None})
    return f"{HEAD}\n{tables}"


if __name__ == "__main__":
    PAGE.write_text(page())
