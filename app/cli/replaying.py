"""`replay`: the ledger out to a file, as it was recorded, as it read at a moment, or as everybody stood then."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from app.cli.words import DEMO_DIR, Council, Dir, Persona, Token, Url, aside, how_many, stop

if TYPE_CHECKING:
    from app.cli.connection import Connection
    from app.events.stored import Stored

TRIES = 5


def replay(
    out: Annotated[Path | None, typer.Option(help="The file to write. Else standard output.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Only what came after this position.")] = 0,
    known_at: Annotated[
        str | None, typer.Option(help="Only what was recorded by then, as 2025-03-01T23:59:59Z.")
    ] = None,
    as_read: Annotated[
        bool,
        typer.Option("--as-read", help="Each event as it read then: corrected, merged; what was taken back marked."),
    ] = False,
    state: Annotated[
        bool, typer.Option("--state", help="Instead of events how everybody stood, as could be known then.")
    ] = False,
    as_at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="With --state: on that day. Else that of --known-at.")
    ] = None,
    form: Annotated[str, typer.Option(help="With --state: table, csv or json.")] = "table",
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "auditor",
    folder: Dir = DEMO_DIR,
) -> None:
    """Read the whole ledger as lines, in order, without a gap; with --state, how everybody stood."""
    from app.cli.connection import connect

    connection = connect(url, token, council, persona, folder)
    chosen = {} if known_at is None else {"known_at": known_at}
    if state:
        from app.cli.standing import write_state

        with _written(out) as target:
            write_state(connection, chosen | ({"as_at": as_at.date().isoformat()} if as_at else {}), form, target)
        return
    lines = _feed(connection, after, chosen)
    _write(_as_read(connection, lines, chosen) if as_read else lines, out)


def _write(lines: Iterable[bytes], out: Path | None) -> None:
    from app.cli.progress import counting

    number = 0
    with _written(out) as target, counting("Reading", None) as advance:
        for line in lines:
            target.write(line + b"\n")
            number += 1
            advance(1)
    aside(f"{how_many(number, 'event')} read.")


def _written(out: Path | None) -> AbstractContextManager[BinaryIO]:
    if out is None:
        return nullcontext(sys.stdout.buffer)
    try:
        return out.open("wb")
    except OSError as error:
        raise stop(f"{out} cannot be written: {error.strerror}.") from None


def _feed(connection: "Connection", after: int, chosen: dict[str, Any]) -> Iterator[bytes]:
    """The feed from a position on; taken up again where it broke off when the connection is lost."""
    import httpx
    import jiter

    for left in reversed(range(TRIES)):
        try:
            with closing(connection.lines("/v1/events", after=after, **chosen)) as lines:
                for line in lines:
                    after = jiter.from_json(line)["position"]
                    yield line
            return
        except httpx.TransportError:
            if not left:
                raise stop(
                    f"The connection was lost at position {after:,}.", f"Go on with: supervision replay --after {after}"
                ) from None


def _as_read(connection: "Connection", lines: Iterable[bytes], chosen: dict[str, Any]) -> Iterator[bytes]:
    """Each event as what was recorded by the moment lets it read: a first pass fetches what changes others."""
    import jiter
    import orjson

    from app.events.effective import LINKING

    changing = [jiter.from_json(line) for line in _feed(connection, 0, chosen | {"type": sorted(LINKING)})]
    reads = AsRead(changing)
    for line in lines:
        yield orjson.dumps(reads.of(jiter.from_json(line)))


class AsRead:
    """Events as they read with certain corrections, retractions and merges, and no others."""

    def __init__(self, changing: Iterable[dict[str, Any]]) -> None:
        from app.events.effective import AMENDMENTS, merges

        events = [_stored(each) for each in changing]
        self._aliases = merges(events)
        self._of: dict[tuple[str, str], list[Stored]] = defaultdict(list)
        for event in events:
            if event.type in AMENDMENTS and event.target is not None:
                self._of[event.target].append(event)

    def of(self, event: dict[str, Any]) -> dict[str, Any]:
        """The line of the event: `data` as it read, `amended_by` (positions), and whether it was taken back."""
        from app.events.effective import AMENDMENTS, effective

        amendments = list(self._amending((event["source"], event["id"])))
        known = [_stored(event), *amendments]
        facts = [fact for _, fact, _ in effective(known, self._aliases) if fact.type == event["type"]]
        told: dict[str, Any] = {"amended_by": [each.position for each in amendments]}
        if event["type"] not in AMENDMENTS:
            told |= {"retracted": not facts}
        return event | ({"data": dict(facts[0].data)} if facts else {}) | told

    def _amending(self, name: tuple[str, str]) -> Iterator["Stored"]:
        """What speaks of it, and what speaks of that."""
        for each in self._of.get(name, ()):
            yield each
            yield from self._amending((each.source, each.id))


def _stored(line: dict[str, Any]) -> "Stored":
    """A line of the feed as the ledger holds it, as far as reading it takes."""
    import orjson

    from app.events.stored import Stored
    from app.events.tags import tags_of

    data = line["data"]
    target = data.get("corrects") or data.get("retracts")
    time = line.get("time")
    return Stored(
        line["position"], line["source"], line["id"], line["type"],
        datetime.fromisoformat(time) if time else None, None, datetime.fromisoformat(line["recordedtime"]), "", None,
        (target["source"], target["id"]) if target else None, orjson.dumps({"data": data}),
        frozenset(tags_of(line["type"], data)),
    )  # fmt: skip
