"""`verify`: a bundle, offline. Is it what was signed, and what the adopted policies say of it?"""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.words import aside, how_many, say, stop

if TYPE_CHECKING:
    from app.ledger.notes import VerifierKey
    from app.verifying.findings import Fault, Report
    from app.verifying.keeping import Earlier

MOST_SHOWN = 20


def verify(
    file: Annotated[Path, typer.Argument(help="A bundle, as `supervision export` writes it.")],
    key: Annotated[
        list[str] | None, typer.Option(help="The log's key (name+id+key), from a source of your own. Repeatable.")
    ] = None,
    earlier: Annotated[
        list[Path] | None, typer.Option(help="A checkpoint or a bundle that you kept from before. Repeatable.")
    ] = None,
    answers: Annotated[bool, typer.Option(help="Judge the answers in it again, by the policies in it.")] = True,
    processes: Annotated[
        int | None, typer.Option(min=1, help="How many processes work on it. Else one a core.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check a bundle, alone: no database, no network, no service.

    Exit codes: 0 everything holds; 1 something is not as it was signed, and at which position; 2 it cannot be read, or
    the command was used wrongly; 3 nothing wrong was found, but not everything could be checked (it says what), or a
    restore stands between.
    """
    from app.cli.progress import counting
    from app.verifying.bundle import NotABundle
    from app.verifying.verifying import Asked, verify

    began = time.perf_counter()
    try:
        trusted = _keys(key or [])
        asked = Asked(file, trusted, _kept(earlier or [], trusted), processes or os.cpu_count() or 1, answers)
        with counting("Events and answers", None) as advance:
            report = verify(asked, lambda _what, number: advance(number))
    except NotABundle as error:
        raise _unreadable(f"{file} cannot be read as a bundle: {error}.") from None
    except OSError as error:
        raise _unreadable(f"{error.filename or file} cannot be read: {error.strerror}.") from None
    report.seconds = time.perf_counter() - began
    _show_json(report) if json else _show(report)
    raise typer.Exit(int(report.outcome))


def _unreadable(what: str) -> typer.Exit:
    stop(what)
    return typer.Exit(2)


def _keys(given: list[str]) -> "list[VerifierKey]":
    from app.ledger import Malformed
    from app.ledger.notes import VerifierKey

    try:
        return [VerifierKey.read(text.strip()) for text in given]
    except Malformed as error:
        raise _unreadable(f"--key: {error}.") from None


def _kept(paths: list[Path], trusted: "list[VerifierKey]") -> "list[Earlier]":
    from app.verifying.keeping import kept

    return [kept(path, trusted) for path in paths]


def _show(report: "Report") -> None:
    """In plain words: what was checked, what holds, what could not be seen, and what is wrong first."""
    say(f"Bundle of {report.council}: {report.origin}, positions {report.first:,} to {report.last:,}.")
    texts = f", {how_many(report.texts, 'text')}" + (f" ({report.erased:,} of them erased)" if report.erased else "")
    say(f"Read: {how_many(report.events, 'event')}{texts}, {how_many(report.answers, 'answer')} judged again.")
    for sentence in report.held:
        say(f"  holds   {sentence}")
    for sentence in report.open:
        say(f"  open    {sentence}")
    for fault in report.faults[:MOST_SHOWN]:
        say(f"  WRONG   {_where(fault)}: {fault.said}")
    more = len(report.faults[MOST_SHOWN:]) + report.more_faults
    if more:
        say(f"  WRONG   and {how_many(more, 'further fault')}")
    say(_in_short(report))
    aside(f"{report.seconds:.1f} s.")


def _where(fault: "Fault") -> str:
    if fault.code == "answer":
        return "an answer"
    if fault.position == fault.until:
        return f"position {fault.position:,}" if fault.position else "the checkpoint"
    return f"between positions {fault.position:,} and {fault.until:,}"


def _in_short(report: "Report") -> str:
    first = report.first_fault
    if first is not None and first.code == "answer":
        return "AS SIGNED, BUT ANSWERED OTHERWISE: the adopted policies say something else of these events."
    if first is not None:
        return f"NOT AS SIGNED. The first fault: {_where(first)}."
    if report.open:
        return "Nothing wrong was found; read what is open above before you rely on it."
    return "Everything holds: nothing was changed, left out, put in or put in another order since it was signed."


def _show_json(report: "Report") -> None:
    import orjson

    first = report.first_fault
    told: dict[str, Any] = {
        "outcome": report.outcome.name.lower(),
        "first_fault": first,
        **{name: getattr(report, name) for name in type(report).__dataclass_fields__},
    }
    say(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
