"""How the command line speaks: one humane line, what to do about it, and dates as people write them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

COLOURS: Mapping[str, str] = MappingProxyType(
    {
        "breached": "bold red",
        "not_assessable": "magenta",
        "tolerated": "yellow",
        "excused": "cyan",
        "due": "blue",
        "late_met": "yellow",
        "met": "green",
    }
)
"""A status always stands there as a word too: colour alone tells some readers nothing."""

Url = Annotated[str | None, typer.Option(help="The service. Else SUPERVISION_URL, else the demo of --dir.")]
Token = Annotated[str | None, typer.Option(help="A bearer token. Else SUPERVISION_TOKEN, else one of the demo.")]
Council = Annotated[str | None, typer.Option(help="With the demo's tokens: shropshire or luton.")]
Persona = Annotated[str, typer.Option(help="With the demo's tokens: who asks, one of the names in .demo/tokens.json.")]
Dir = Annotated[Path, typer.Option("--dir", help="The demo's folder.")]
DEMO_DIR = Path(".demo")


def say(text: str = "") -> None:
    """A line for the reader."""
    typer.echo(text)


def aside(text: str) -> None:
    """A line that is no part of the answer: to standard error."""
    typer.echo(text, err=True)


def stop(what: str, instead: str | None = None) -> typer.Exit:
    """Say what is wrong and what to do; to be raised, it ends the command with exit code 1."""
    aside(what)
    if instead is not None:
        aside(instead)
    return typer.Exit(1)


def status_words(status: str) -> str:
    """A status as words: not_yet_applicable → not yet applicable."""
    return status.replace("_", " ")


def day(iso: str | date | None) -> str:
    """A date as people write it: 4 April 2025. A dash when there is none."""
    if iso is None:
        return "–"
    value = date.fromisoformat(iso) if isinstance(iso, str) else iso
    return f"{value.day} {value:%B %Y}"


def how_many(number: int, one: str, many: str | None = None) -> str:
    """1 event, 1,234 events."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
