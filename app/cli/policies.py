"""`policy`: write, check, try and read a policy pack; adopt it; and what is in force."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from app.cli.words import DEMO_DIR, Council, Dir, Persona, Token, Url, aside, day, how_many, say, status_words, stop

if TYPE_CHECKING:
    from app.domain.policy.loading import PackFault
    from app.domain.policy.shapes import Pack
    from app.domain.trying import Outcome

app = typer.Typer(help="A council's policy: write it, check it, try it, adopt it.", no_args_is_help=True)

SCHEMA = "pack.schema.json"
File = Annotated[Path, typer.Argument(help="The policy pack, YAML; or the name of one that ships: national, say.")]


@app.command()
def new(
    file: Annotated[Path, typer.Argument(help="Where to write it, such as borough.yaml.")],
    policy_id: Annotated[str | None, typer.Option("--id", help="The policy's id. Else the name of the file.")] = None,
    title: Annotated[str, typer.Option(help="The policy's title.")] = "Supervision policy",
) -> None:
    """Write a pack to begin with: every part explained, ready to be checked, tried and changed."""
    from app import shipped
    from app.domain.policy.schema import as_file

    name = policy_id or re.sub(r"[^a-z0-9]+", "_", file.stem.lower()).strip("_")
    text = shipped.starter(name, title, f"{datetime.now():%Y-%m}")  # noqa: DTZ005 - the month here, as a person says it
    if faults := _faults(text):
        raise stop(
            f"That cannot be: {faults[0].detail}.", "Say --id with small letters, digits and _, and a short --title."
        )
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
        (file.parent / SCHEMA).write_text(as_file(), encoding="utf-8")
    except FileExistsError:
        raise stop(f"{file} is there already: nothing was changed.") from None
    except OSError as error:
        raise stop(f"{file} cannot be written: {error.strerror}.") from None
    say(f"{file} is there now, and {SCHEMA} beside it, by which editors complete and explain it.")
    say(f"Put in what your policy says, and then: supervision policy check {file}")


@app.command()
def check(file: File) -> None:
    """Whether a policy pack can be adopted: every error with its line. Nothing is sent anywhere."""
    checked_text(file)
    say(f"{file} can be adopted.")


@app.command()
def test(file: File) -> None:
    """Try a pack on its own examples: each sentence, and why where it does not hold. Exit code 1 if one does not."""
    from app import shipped
    from app.domain.trying import tried, without_example

    pack = _pack(file)
    failed = 0
    for each in tried(pack, shipped.calendar()):
        failed += not each.as_expected
        say(f"{'✓' if each.as_expected else '✗'} {each.example.title}")
        for line in (line for outcome in each.outcomes if not outcome.as_expected for line in _difference(outcome)):
            say(f"    {line}")
    if missing := without_example(pack):
        say(f"Without an example: {', '.join(missing)}.")
    number = len(pack.examples)
    if failed:
        raise stop(
            f"{failed} of {how_many(number, 'example')} {'does' if failed == 1 else 'do'} not come out as written."
        )
    say(f"{how_many(number, 'example')}: {'as written' if number else 'nothing to try'}.")


@app.command()
def explain(file: File) -> None:
    """Say a whole pack in plain English, as Markdown."""
    from app.domain.policy.explaining import explain as explained

    say("\n\n".join(explained(_pack(file))))


@app.command()
def page(file: File) -> None:
    """Say what becomes of each clause of a policy, and what each rule asks and rests on, as Markdown."""
    from app.domain.policy.clausewise import page as clause_by_clause

    typer.echo(clause_by_clause(_pack(file)), nl=False)


@app.command()
def schema() -> None:
    """The JSON Schema of a pack, by which editors complete and explain what is written."""
    from app.domain.policy.schema import as_file

    typer.echo(as_file(), nl=False)


@app.command()
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

    body = {"policy_yaml": checked_text(file), "applies_from": applies_from.date().isoformat()}
    answer = connect(url, token, council, persona, folder).post("/v1/policies/adopt", body)
    pack = f"{answer['policy_id']} {answer['version']}"
    say(f"{pack} is in force from {day(answer['applies_from'])} (position {answer['position']:,}).")


@app.command()
def withdraw(
    policy_id: Annotated[str, typer.Argument(metavar="POLICY", help="Its id, such as `luton`.")],
    withdrawn_on: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day on which it is in force no more.")
    ],
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "admin",
    folder: Dir = DEMO_DIR,
) -> None:
    """Withdraw a policy from a day on. The same again changes nothing."""
    from app.cli.connection import connect

    body = {"withdrawn_on": withdrawn_on.date().isoformat()}
    answer = connect(url, token, council, persona, folder).post(
        f"/v1/policies/{quote(policy_id, safe='')}/withdraw", body
    )
    pack = f"{answer['policy_id']} {answer['version']}"
    say(f"{pack} is in force no more from {day(answer['withdrawn_on'])} (position {answer['position']:,}).")


@app.command(name="list")
def listed(
    as_at: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="On that day. Else today.")] = None,
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "senior_manager",
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


def _pack(file: Path) -> "Pack":
    """The pack of a file that can be adopted."""
    text = checked_text(file)
    from app.domain.policy.loading import load

    return load(text)


def checked_text(file: Path) -> str:
    """The text of a pack that can be adopted; else every fault is told, and that is the end."""
    from app import shipped

    try:
        named = str(file) in shipped.PACKS and not file.exists()
        text = shipped.pack(str(file)) if named else file.read_text(encoding="utf-8")
    except OSError as error:
        raise stop(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise stop(f"{file} is not UTF-8 text.") from None
    faults = _faults(text)
    for fault in faults:
        aside(f"{file}:{fault.line}:{fault.column}: {fault.detail}")
    if faults:
        raise stop(f"{how_many(len(faults), 'error')}: this cannot be adopted.")
    return text


def _faults(text: str) -> "list[PackFault]":
    from app.domain.policy.loading import check as faults_of

    return faults_of(text)


def _difference(outcome: "Outcome") -> Iterator[str]:
    """What was expected, what is said instead, and why."""
    expected, finding = outcome.expected, outcome.finding
    wanted = _state(expected.status, expected.code, expected.due_on)
    if finding is None:
        yield f"{day(expected.on)}, {expected.rule}: expected {wanted}; this rule is not about such a subject."
        return
    said = {name: value for name, value in outcome.said.items() if name == "status" or getattr(expected, name)}
    yield f"{day(expected.on)}, {expected.rule}: expected {wanted}; it is {_state(**said)}."
    yield f"    {finding.why}"


def _state(status: str | None, code: str | None = None, due_on: date | None = None) -> str:
    """tolerated (at risk), due by 4 April 2025"""
    beside = f" ({status_words(code)})" if code else ""
    return f"{status_words(status or '')}{beside}{f', due by {day(due_on)}' if due_on else ''}"
