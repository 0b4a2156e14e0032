"""`due`: what falls due in the weeks ahead. `plan`: what one meeting with a worker would put right."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from app.cli.words import COLOURS, DEMO_DIR, Council, Dir, Persona, Token, Url, day, how_many, say, status_words

EFFECTS = {"put_right": "put right", "put_right_by_the_record": "put right by its record", "begun": "begun",
           "stays": "stays"}  # fmt: skip
Weeks = Annotated[int, typer.Option(min=1, max=26, help="How many weeks ahead.")]


def due(
    weeks: Weeks = 4,
    supervisor: Annotated[str | None, typer.Option(help="Only what is for this supervisor.")] = None,
    team: Annotated[str | None, typer.Option(help="Only what is this team's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many lines at most.")] = 25,
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "senior_manager",
    folder: Dir = DEMO_DIR,
) -> None:
    """What falls due in the weeks ahead if nothing happens, the earliest first."""
    from rich.console import Console
    from rich.table import Table

    from app.cli.connection import connect

    asked = {"weeks": weeks, "supervisor": supervisor, "team": team, "limit": limit}
    answer = connect(url, token, council, persona, folder).get("/v1/planning/due", **asked)
    total, late = (sum(group[name] for group in answer["groups"]) for name in ("total", "late"))
    falls = how_many(total, "duty falls", "duties fall")
    say(f"In the next {how_many(weeks, 'week')} {falls} due. {late:,} late already.")
    table = Table("Due", "Who", "Supervisor", "Rule", "Then", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for item in answer["items"]:
        who, chief = _named(item["subject"], answer), _who(item["supervisor"], answer)
        what, then = f"{item['rule']} {item['title'] or ''}", _coloured(item["turns"]["status"])
        table.add_row(day(item["due_on"]), who, chief, what, then)
    Console(highlight=False).print(table)


def plan(
    worker: Annotated[str, typer.Argument(help="The worker's identifier: W-1004.")],
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="On that day. Else today.")] = None,
    weeks: Weeks = 4,
    minutes: Annotated[int, typer.Option(min=1, max=600, help="How long it will be.")] = 90,
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "senior_manager",
    folder: Dir = DEMO_DIR,
) -> None:
    """What one meeting with this worker would put right, and what it would only begin."""
    from rich.console import Console

    from app.cli.connection import connect

    asked = {"on": on and on.date().isoformat(), "weeks": weeks, "minutes": minutes}
    path = f"/v1/workers/{worker.removeprefix('worker/')}/next-session"
    answer = connect(url, token, council, persona, folder).get(path, **asked)
    supervisor = _who(answer["supervisor"], answer)
    say(f"Meeting of {_named(answer['subject'], answer)} with {supervisor} on {day(answer['on'])}:")
    say(", ".join(f"{answer['counts'][name]} {words}" for name, words in EFFECTS.items()) + ".")
    if answer["agreement"]:
        say(f"The supervision agreement is to be {'made' if answer['agreement'] == 'make' else 'reviewed'}.")
    Console(highlight=False).print(_changes(answer))
    say(f"Cases in order: {answer['cases_in_order']}.")


def _changes(answer: Mapping[str, Any]) -> Any:
    from rich.table import Table

    table = Table("About", "Now", "Due", "Rule", "The meeting", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for about in (answer["worker"] | {"id": "the worker"}, *answer["cases"]):
        for change in about["changes"]:
            what = f"{change['rule']} {change['title']}"
            effect = EFFECTS[change["effect"]]
            table.add_row(about["id"], _coloured(change["status"]), day(change["due_on"]), what, effect)
    return table


def _coloured(status: str) -> Any:
    from rich.text import Text

    return Text(status_words(status), style=COLOURS.get(status, ""))


def _named(subject: Mapping[str, str], answer: Mapping[str, Any]) -> str:
    name = answer.get("names", {}).get(f"{subject['type']}/{subject['id']}")
    return f"{name} ({subject['id']})" if name else subject["id"]


def _who(worker: str | None, answer: Mapping[str, Any]) -> str:
    return "nobody known" if worker is None else _named({"type": "worker", "id": worker}, answer)
