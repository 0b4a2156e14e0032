"""`push` and `replay`: facts in from a file, the ledger out to a file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from app.cli.words import DEMO_DIR, Council, Dir, Persona, Token, Url, aside, how_many, say, stop

if TYPE_CHECKING:
    from app.cli.connection import Connection

MOST_EVENTS = 1_000
MOST_BYTES = 4_000_000
MOST_SHOWN = 100


@dataclass(slots=True)
class Tally:
    """What became of the events pushed so far."""

    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    position: int | None = None
    shown: int = 0

    def add(self, answer: dict[str, Any], places: list[str]) -> None:
        """Count one answer and show what it refused; `places` says where each event stood in the file."""
        self.accepted += answer["accepted"]
        self.duplicate += answer["duplicate"]
        self.position = answer["position"] or self.position
        for item in answer["items"]:
            if "problem" in item:
                self.refuse(places[item["index"]], item["problem"]["detail"], item["problem"].get("errors", []))

    def refuse(self, place: str, detail: str, errors: list[dict[str, str]]) -> None:
        """Count and show one refusal."""
        self.rejected += 1
        if self.rejected <= MOST_SHOWN:
            aside(f"{place}: {detail}")
            for fault in errors:
                aside(f"    {fault['pointer'] or 'the event'} {fault['detail']}")


@dataclass(slots=True)
class Batch:
    """Events on their way, with the place of each in the file."""

    places: list[str] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, place: str, event: bytes) -> None:
        """One more event."""
        self.places.append(place)
        self.events.append(event)
        self.size += len(event)

    @property
    def full(self) -> bool:
        """Whether it is time to send."""
        return len(self.events) >= MOST_EVENTS or self.size >= MOST_BYTES


def push(
    file: Annotated[Path, typer.Argument(help="A JSON array, one event, or a line per event; - reads standard input.")],
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "integration",
    folder: Dir = DEMO_DIR,
) -> None:
    """Send events. Safe to repeat: what is recorded already stays as it is.

    Each event is taken or refused by itself; what is refused is told here and kept in quarantine.
    """
    from app.cli.connection import connect
    from app.cli.progress import counting

    connection = connect(url, token, council, persona, folder)
    tally = Tally()
    with _opened(file) as stream:
        found = _events(stream, tally)
        with counting("Sending", _lines(file)) as count:
            for batch in _batches(found):
                _send(connection, batch, tally)
                count(len(batch.events))
    if tally.rejected > MOST_SHOWN:
        aside(f"… and {tally.rejected - MOST_SHOWN:,} more like these.")
    told = f"{how_many(tally.accepted, 'event')} recorded, {tally.duplicate:,} there already, {tally.rejected:,} refused."
    say(told + (f" The ledger is at position {tally.position:,}." if tally.position else ""))
    if tally.rejected:
        raise typer.Exit(1)


def _opened(file: Path) -> BinaryIO:
    if str(file) == "-":
        return typer.get_binary_stream("stdin")
    try:
        return file.open("rb")
    except OSError as error:
        stop(f"{file} cannot be read: {error.strerror}.")


def _lines(file: Path) -> int | None:
    """How many lines a file has, as the measure of progress; None for standard input."""
    if str(file) == "-":
        return None
    with file.open("rb") as stream:
        return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))


def _events(stream: BinaryIO, tally: Tally) -> Iterator[tuple[str, bytes]]:
    """Each event as JSON, with its place. An array or an event over several lines is read whole, lines one by one."""
    import orjson

    first = next((line for line in stream if line.strip()), b"")
    if not _is_json(first):
        whole = first + stream.read()
        if not _is_json(whole) and not first.lstrip().startswith((b"[", b"{")):
            stop("This is not JSON: a JSON array of events, one event, or one event a line is needed.")
        yield from _elements(whole, tally) if _is_json(whole) else _each(whole.splitlines(), tally)
    elif first.lstrip().startswith(b"["):
        yield from _elements(first, tally)
    else:
        yield from _each(chain([first], stream), tally)


def _elements(whole: bytes, tally: Tally) -> Iterator[tuple[str, bytes]]:
    import orjson

    found = orjson.loads(whole)
    listed = found if isinstance(found, list) else [found]
    return ((f"event {number}", orjson.dumps(event)) for number, event in enumerate(listed, start=1))
