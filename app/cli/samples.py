"""`sample redraw`: the samples of audits drawn again from their seeds, from a file or from a council's ledger."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.words import DEMO_DIR, Council, Dir, Persona, Token, Url, day, how_many, say, stop

app = typer.Typer(help="Random samples of supervision files, and whether they were drawn as they say.")


@app.callback()
def _samples() -> None:
    """Random samples of supervision files, and whether they were drawn as they say."""


@app.command()
def redraw(
    file: Annotated[
        Path | None, typer.Argument(help="What `replay` wrote, an event, or an answer of /v1/audit-samples/{id}.")
    ] = None,
    sample: Annotated[str | None, typer.Option(help="Only the sample with this id.")] = None,
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "auditor",
    folder: Dir = DEMO_DIR,
) -> None:
    """Draw every sample again, here and from its seed alone. Exit code 1 if one of them was not drawn as it says.

    With FILE nothing is asked of any service; without it the samples come from a council's ledger.
    """
    found = _in_file(file) if file is not None else _in_ledger(url, token, council, persona, folder)
    wanted = [told for told in found if sample in (None, told["sample_id"])]
    if not wanted:
        raise stop("There is no such sample there." if sample else "No sample is there to be drawn again.")
    right = [_compared(told) for told in wanted]
    if not all(right):
        raise typer.Exit(1)


def _compared(told: Mapping[str, Any]) -> bool:
    """Say what came of one sample, and whether it was drawn as it says."""
    from app.domain.sampling import redraw as drawn_again

    again = drawn_again(told)
    whose = {"service": "random, of the service", "caller": "chosen by whoever drew it"}.get(told.get("seed_from", ""))
    say(
        f"{told['sample_id']}, drawn on {day(told['drawn_on'])} by {told['drawn_by']} for {told['programme']}: "
        f"{told['size']:,} of {how_many(len(told['population']), 'file')}, seed {told['seed']} ({whose or 'unsaid'})."
    )
    if again.agrees is None:
        say(f"  It cannot be drawn again here: the method {told.get('method') or 'is not said'} is not known.")
    elif again.agrees:
        say(f"  Drawn again: the same. {', '.join(again.selected)}")
    else:
        say(f"  NOT as it says. It says {', '.join(told['selected'])};")
        say(f"  drawn again: {', '.join(again.selected)}")
    return again.agrees is not False


def _in_file(file: Path) -> Iterator[dict[str, Any]]:
    """The samples in a file: a JSON object, or one on every line. Other events are passed over."""
    import jiter

    try:
        content = file.read_bytes()
    except OSError as error:
        raise stop(f"{file} cannot be read: {error.strerror}.") from None
    try:
        objects = [jiter.from_json(content)]
    except ValueError:
        try:
            objects = [jiter.from_json(line) for line in content.splitlines() if line.strip()]
        except ValueError as error:
            raise stop(f"{file} is neither a JSON object nor one on every line: {error}.") from None
    yield from (told for each in objects if (told := _told(each)) is not None)


def _told(found: object) -> dict[str, Any] | None:
    """What an object tells of a sample: an event has it in `data`, an answer has it itself."""
    if not isinstance(found, dict):
        return None
    told = found["data"] if found.get("type") == "AuditSampleDrawn" else found
    if not isinstance(told, dict) or not {"sample_id", "seed", "population", "selected", "size"} <= told.keys():
        return None
    selected = [each["worker_id"] if isinstance(each, dict) else each for each in told["selected"]]
    return {**told, "selected": selected}


def _in_ledger(
    url: str | None, token: str | None, council: str | None, persona: str, folder: Path
) -> Iterator[dict[str, Any]]:
    import jiter

    from app.cli.connection import connect

    connection = connect(url, token, council, persona, folder)
    for line in connection.lines("/v1/events", type="AuditSampleDrawn"):
        told = _told(jiter.from_json(line))
        if told is not None:
            yield told
