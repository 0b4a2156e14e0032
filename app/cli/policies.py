"""`check`, `adopt`, `policies`: a policy pack, read by a person and then by the service, and what is in force."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from app.cli.words import DEMO_DIR, Council, Dir, Persona, Token, Url, aside, day, how_many, say, stop

File = Annotated[Path, typer.Argument(help="The policy pack, YAML.")]


def check(
    file: File,
    explain: Annotated[bool, typer.Option(help="Say the whole policy in plain English.")] = False,
) -> None:
    """Check a policy pack: every error with its line. Nothing is sent anywhere."""
    text = _checked(file)
    if not explain:
        say(f"{file} can be adopted.")
        return
    from app.domain.policy.explaining import explain as explained
    from app.domain.policy.loading import load

    say("\n\n".join(explained(load(text))))


def adopt(
    file: File,
    applies_from: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day it is in force.")
    ],
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "admin",
    folder: Dir = DEMO_DIR,
) -> None:
    """Adopt a policy pack for a council from a day on. The same again changes nothing."""
    from app.cli.connection import connect

    body = {"policy_yaml": _checked(file), "applies_from": applies_from.date().isoformat()}
    answer = connect(url, token, council, persona, folder).post("/v1/policies/adopt", body)
    pack = f"{answer['policy_id']} {answer['version']}"
    say(f"{pack} is in force from {day(answer['applies_from'])} (position {answer['position']:,}).")


def policies(
    as_at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="On that day. Else today.")] = None,
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "manager",
    folder: Dir = DEMO_DIR,
) -> None:
    """The policies that a council has adopted, every version, and which are in force."""
    from app.cli.connection import connect

    asked = as_at and as_at.date().isoformat()
    items = connect(url, token, council, persona, folder).get("/v1/policies", as_at=asked, limit=500)["items"]
    for each in items:
        until = f" to {day(each['until'])}" if each["until"] else ""
        state = each["state"].replace("_", " ")
        say(f"{each['id']} {each['version']}, {each['title']}: {state}, from {day(each['applies_from'])}{until}")
    if not items:
        say("No policy has been adopted here.")


def _checked(file: Path) -> str:
    """The text of a pack that can be adopted; else every fault is told, and that is the end."""
    from app.domain.policy.loading import check as faults_of

    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise stop(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise stop(f"{file} is not UTF-8 text.") from None
    faults = faults_of(text)
    for fault in faults:
        instead = f" Perhaps {fault.suggestion}?" if fault.suggestion else ""
        aside(f"{file}:{fault.line}:{fault.column}: {fault.detail}{instead}")
    if faults:
        raise stop(f"{how_many(len(faults), 'error')}: this cannot be adopted.")
    return text
