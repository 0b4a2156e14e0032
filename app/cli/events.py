"""`push`: facts in from a file."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from app.cli.words import DEMO_DIR, Council, Dir, Persona, Token, Url, aside, how_many, say, stop

if TYPE_CHECKING:
    from app.cli.connection import Connection

MOST_EVENTS = 1_000
"""Events a request: the service lists at most as many refusals."""
MOST_SHOWN = 100

Line = tuple[str, bytes]
"""Where an event stands in the file, and the event as JSON."""


@dataclass(slots=True)
class Tally:
    """What became of the events pushed so far."""

    accepted: int = 0
    duplicate: int = 0
    rejected: int = 0
    position: int | None = None

    def add(self, answer: dict[str, Any], places: list[str]) -> None:
        """Count one answer and show what it refused; `places` says where each event stood in the file."""
        self.accepted += answer["accepted"]
        self.duplicate += answer["duplicate"]
        self.position = answer["position"] or self.position
        for item in answer["items"]:
            self.rejected += 1
            if self.rejected <= MOST_SHOWN:
                _show(places[item["index"]], item)

    def told(self) -> str:
        """The tally in a sentence or two."""
        head = f" The ledger is at position {self.position:,}." if self.position else ""
        events = how_many(self.accepted, "event")
        return f"{events} recorded, {self.duplicate:,} there already, {self.rejected:,} refused.{head}"


def _show(place: str, item: dict[str, Any]) -> None:
    problem = item["problem"]
    name = f" ({item['id']})" if item["id"] else ""
    aside(f"{place}{name}: {problem['detail']}")
    for fault in problem.get("errors", []):
        aside(f"    {fault['pointer'] or 'the event'} {fault['detail']}")


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
    with _opened(file) as stream:
        total, lines = _events(stream, file)
        with counting("Sending", total) as advance:
            tally = send(connection, lines, advance)
    say(tally.told())
    if tally.rejected:
        if tally.rejected > MOST_SHOWN:
            aside(f"Only the first {MOST_SHOWN} refusals are shown here; all are in quarantine.")
        raise typer.Exit(1)


def send(connection: "Connection", lines: Iterable[Line], advance: Callable[[int], None]) -> Tally:
    """Push lines in requests of a thousand, and call `advance` with the size of each."""
    tally, rest = Tally(), iter(lines)
    while batch := list(islice(rest, MOST_EVENTS)):
        body = b"\n".join(line for _, line in batch)
        answer = connection.post("/v1/events", content=body, headers={"Content-Type": "application/x-ndjson"})
        tally.add(answer, [place for place, _ in batch])
        advance(len(batch))
    return tally


def _opened(file: Path) -> BinaryIO:
    if str(file) == "-":
        return sys.stdin.buffer
    try:
        return file.open("rb")
    except OSError as error:
        raise stop(f"{file} cannot be read: {error.strerror}.") from None


def _events(stream: BinaryIO, file: Path) -> tuple[int | None, Iterable[Line]]:
    """How many events there are, if that is known, and each of them. Lines are read as they are needed."""
    numbered = ((number, line) for number, line in enumerate(stream, 1) if line.strip())
    first = list(islice(numbered, 1))
    if first and not isinstance(_json(first[0][1]), dict):
        first += numbered
        found = _json(b"".join(line for _, line in first))
        if isinstance(found, list | dict):
            return _elements(found if isinstance(found, list) else [found])
        if first[0][1].lstrip().startswith(b"["):
            raise stop(f"{file} is not a JSON array: {found}.")
    lines = ((f"line {number}", line.rstrip()) for number, line in chain(first, numbered))
    return (None if str(file) == "-" else _line_ends(file)), lines


def _json(text: bytes) -> object:
    """The value, or the words of what is wrong with it."""
    import jiter

    try:
        value: object = jiter.from_json(text, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        return str(error)
    return value


def _elements(events: list[Any]) -> tuple[int, Iterable[Line]]:
    import orjson

    return len(events), ((f"event {number}", orjson.dumps(event)) for number, event in enumerate(events, 1))


def _line_ends(file: Path) -> int:
    with file.open("rb") as stream:
        return sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))
