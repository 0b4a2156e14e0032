"""`export`: the signed ledger as one file, taken up again where it broke off; with answers beside the events."""

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from app.cli.words import DEMO_DIR, Council, Dir, Persona, Token, Url, aside, how_many, say, stop

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.cli.connection import Connection

TRIES = 5
ADDRESS = "/v1/ledger/export"
EVENT, END, HEADER = b'{"position":', b'{"end":', b'{"bundle":'
KINDS = ("worker", "case", "team")


@dataclass(slots=True)
class Begun:
    """A file that is being written: its header, up to where it is good, and the last position that it has."""

    header: dict[str, Any]
    good: int
    reached: int


def export(
    out: Annotated[Path, typer.Option(help="The file to write; one that broke off is taken up again.")],
    first: Annotated[int, typer.Option("--from", min=1, help="The first position.")] = 1,
    last: Annotated[int | None, typer.Option("--to", min=0, help="The last position. Else all that is signed.")] = None,
    answers: Annotated[str, typer.Option(help="all, none, or how many subjects' answers, drawn at random.")] = "none",
    seed: Annotated[str | None, typer.Option(help="What they are drawn by. Else random, and said.")] = None,
    as_at: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day that the answers are about. Else today.")
    ] = None,
    url: Url = None,
    token: Token = None,
    council: Council = None,
    persona: Persona = "auditor",
    folder: Dir = DEMO_DIR,
) -> None:
    """Take the signed ledger away as a file that anybody can verify alone: `supervision verify FILE`.

    Without texts: their digests are there. With --answers the service is asked how subjects stand, from what was known
    at the bundle's last position, and its answers go into the file for the verifier to judge again.
    """
    from app.cli.connection import connect

    if answers not in ("all", "none") and not answers.isdecimal():
        raise stop(f"--answers {answers} is neither all, none nor a number.")
    with closing(connect(url, token, council, persona, folder)) as connection, _opened(out) as file, _kept(out):
        begun = _fetched(connection, file, {"from": first, "to": last})
        asked = _asked(connection, file, begun, answers, seed, (as_at or datetime.now(UTC)).date().isoformat())
        events = begun.header["to"] - begun.header["from"] + 1
        file.write(b'{"end":{"events":%d,"answers":%d}}\n' % (events, asked))
    say(f"{how_many(events, 'event')} and {how_many(asked, 'answer')} in {out}.")
    say(f"Check it with: supervision verify {out} --key {begun.header['keys'][-1] if begun.header['keys'] else '…'}")
    say("Take the key from the council itself rather than from here: whoever made the file could have named another.")


def _opened(out: Path) -> BinaryIO:
    try:
        return out.open("r+b" if out.exists() else "w+b")
    except OSError as error:
        raise stop(f"{out} cannot be written: {error.strerror}.") from None


@contextmanager
def _kept(out: Path) -> Iterator[None]:
    """What was begun stays, to go on with; an empty file, of what was refused, does not."""
    try:
        yield
    finally:
        if out.stat().st_size == 0:
            out.unlink()


def _fetched(connection: "Connection", file: BinaryIO, wanted: dict[str, int | None]) -> Begun:
    """All event lines in the file, whatever was there before; the end is left out."""
    import httpx

    from app.cli.progress import counting

    begun = _begun(file)
    _must_be_the_same(begun, wanted)
    for left in reversed(range(TRIES)):
        total = None if begun is None else begun.header["to"] - begun.header["from"] + 1
        with counting("Exporting", total) as advance:
            try:
                begun, whole = _read_on(connection, file, begun, wanted, advance)
            except httpx.TransportError:
                begun, whole = _begun(file), False
        if whole and begun is not None:
            return begun
        if not left:
            break
        begun = _begun(file)
    raise stop("The connection was lost.", "The same command again goes on where this one stopped.")


def _read_on(
    connection: "Connection", file: BinaryIO, begun: Begun | None, wanted: dict[str, int | None],
    advance: "Callable[[int], None]",
) -> tuple[Begun | None, bool]:  # fmt: skip
    """Append what follows; whether the end was reached."""
    import orjson

    asked = {name: value for name, value in wanted.items() if value is not None}
    if begun is not None:
        header = begun.header
        asked = {"from": header["from"], "to": header["to"], "size": header["size"], "after": begun.reached}
    file.seek(0 if begun is None else begun.good)
    file.truncate()
    whole = False
    with closing(connection.lines(ADDRESS, **asked)) as lines:
        for line in lines:
            whole = line.startswith(END)
            if whole:
                continue
            file.write(line + b"\n")
            if line.startswith(HEADER):
                begun = Begun(orjson.loads(line), file.tell(), 0)
            elif line.startswith(EVENT) and begun is not None:
                begun.good, begun.reached = file.tell(), _position(line)
                advance(1)
    return begun, whole


def _begun(file: BinaryIO) -> Begun | None:
    """What a file that broke off has: up to its last whole event line. None for an empty one."""
    import orjson

    file.seek(0)
    line = file.readline()
    if not line.endswith(b"\n"):
        return None
    if not line.startswith(HEADER):
        raise stop("The file is there already, and is no bundle.", "Give another name with --out.")
    header = orjson.loads(line)
    begun = Begun(header, len(line), header["from"] - 1)
    place = len(line)
    for line in file:
        place += len(line)
        if line.startswith(EVENT) and line.endswith(b"\n"):
            begun.good, begun.reached = place, _position(line)
    return begun


def _must_be_the_same(begun: Begun | None, wanted: dict[str, int | None]) -> None:
    if begun is None:
        return
    same = begun.header["from"] == wanted["from"] and wanted["to"] in (None, begun.header["to"])
    if not same:
        raise stop("The file is there already, with other positions.", "Give another name with --out.")


def _position(line: bytes) -> int:
    return int(line[len(EVENT) : line.index(b",")])


def _asked(connection: "Connection", file: BinaryIO, begun: Begun, answers: str, seed: str | None, as_at: str) -> int:
    """The answers wanted, behind the events; how many there are."""
    from app.cli.progress import counting

    if answers == "none":
        return 0
    if begun.header["from"] != 1:
        raise stop("Answers can be judged again with all events alone.", "Leave out --from, or --answers.")
    subjects = _subjects(file)
    if answers != "all":
        seed = seed or secrets.token_hex(8)
        aside(f"Drawn from {how_many(len(subjects), 'subject')} by the seed {seed}.")
        subjects = sorted(sorted(subjects, key=lambda subject: _rank(seed, subject))[: int(answers)])
    file.seek(begun.good)
    number = 0
    with counting("Asking", len(subjects)) as advance:
        for line in _answers(connection, subjects, as_at, begun.header["to"]):
            number += line is not None
            file.write(line or b"")
            advance(1)
    return number


def _rank(seed: str | None, subject: str) -> bytes:
    return sha256(f"{seed}\n{subject}".encode()).digest()


def _answers(connection: "Connection", subjects: list[str], as_at: str, position: int) -> Iterator[bytes | None]:
    """A line for each subject that the service answers about; None for one that it has not."""
    import orjson

    from app.cli.connection import Refused

    for subject in subjects:
        kind, _, identity = subject.partition("/")
        path = f"/v1/{kind}s/{identity}/compliance"
        try:
            answer = connection.raw(path, as_at=as_at, known_position=position)
        except Refused as refused:
            if refused.answered != 404:
                raise
            yield None
        else:
            asked = orjson.dumps(f"{path}?as_at={as_at}&known_position={position}")
            yield b'{"answer":%s,"asked":%s}\n' % (answer, asked)


def _subjects(file: BinaryIO) -> list[str]:
    """Every worker, case and team that an event is about."""
    import orjson

    found = set[str]()
    file.seek(0)
    for line in file:
        if line.startswith(EVENT):
            data = orjson.loads(orjson.loads(line)["body"])["data"]
            found.update(f"{kind}/{data[f'{kind}_id']}" for kind in KINDS if isinstance(data.get(f"{kind}_id"), str))
    return sorted(found)
