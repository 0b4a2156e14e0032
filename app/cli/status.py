"""`status`: is this worker or this case compliant, and why."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.words import COLOURS, DEMO_DIR, Council, Dir, Persona, Token, Url, day, say, status_words

if TYPE_CHECKING:
    from rich.table import Table


def status(
    subject: Annotated[str, typer.Argument(help="worker/W-1004, case/C-2001, or the identifier alone.")],
    as_at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="On that day. Else today.")] = None,
    known_at: Annotated[str | None, typer.Option(help="From what was recorded by then: 2025-03-01T23:59:59Z.")] = None,
    source: Annotated[bool, typer.Option(help="With --known-at: by when the source had recorded it.")] = False,
    clause: Annotated[list[str] | None, typer.Option(help="Only this clause, whatever its status. Repeatable.")] = None,
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "senior_manager",
    folder: Dir = DEMO_DIR,
) -> None:
    """Whether a worker or a case is compliant with the policy, and why."""
    from app.cli.connection import connect

    asked = {
        "as_at": as_at and as_at.date().isoformat(),
        "known_at": known_at,
        "knowledge": "source" if source else None,
        "clause": clause or None,
    }
    show(connect(url, token, council, persona, folder).about(subject, "compliance", asked))


def show(answer: dict[str, Any]) -> None:
    """A compliance answer as a few lines and a table."""
    from rich.console import Console
    from rich.text import Text

    subject = answer["subject"]
    console = Console(highlight=False)
    known = f", as known at {answer['known_at']}" if answer["known_at"] else ""
    console.print(
        Text.assemble(
            f"{subject['type'].capitalize()} {subject['id']}, as at {day(answer['as_at'])}{known}: ",
            _coloured(answer["status"]),
        )
    )
    for policy in answer["policies"]:
        say(f"Policy {policy['id']} {policy['version']}, in force from {day(policy['applies_from'])}")
    if answer["findings"]:
        console.print(_table(answer["findings"]))


def _coloured(status: str) -> Any:
    from rich.text import Text

    return Text(status_words(status), style=COLOURS.get(status, ""))


def _table(findings: list[dict[str, Any]]) -> "Table":
    from rich.table import Table

    table = Table("Rule", "Status", "Due", "Why", box=None, pad_edge=False, padding=(0, 2, 1, 0))
    for finding in findings:
        why = f"{finding['title']}.\n{finding['why']}"
        table.add_row(finding["rule"], _coloured(finding["status"]), day(finding["due_on"]), why)
    return table
