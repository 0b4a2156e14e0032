"""A stretch of a bundle's lines, checked by itself: order, times, digests, texts, how events are filed, leaf hashes.

What needs more than the stretch (the tree, who decided on an erasure, whether an id came twice) is handed back for
`verifying` to settle. Runs in several processes, so it takes and gives plain values.
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from struct import Struct
from typing import Any, Final

import orjson

from app.ledger.tiles import HASH, WIDTH
from app.verifying.bundle import ANSWER, END, EVENT, TILE, UNREADABLE, TileLine
from app.verifying.findings import Fault, fault

DECIDING: Final = frozenset({"ErasureRequested", "ErasureApproved", "ErasureClosed", "PersonalDataErased"})
MOST_KEPT: Final = 1000
"""Faults of one stretch that are handed back."""
_HASHED: Final = Struct(">4sQq32s")
_TEXT_MARK: Final = b'"sha256"'
_TEXTS: Final = ("narrative", "name")


@dataclass(frozen=True, slots=True)
class Event:
    """What erasures need to be told of an event."""

    position: int
    type: str
    data: Mapping[str, Any]


@dataclass(slots=True)
class Checked:
    """What became of one stretch. `first` and `last` are 0 where it holds no event."""

    first: int = 0
    last: int = 0
    earliest: int = 0
    latest: int = 0
    """Recorded times of the first and the last event."""
    leaves: bytes = b""
    keys: bytes = b""
    """8 bytes for each event: the beginning of a hash of its source and id."""
    whole: bool = True
    """Whether each position in it came once, and could be read."""
    unlike: int = 0
    """The first position whose leaf is not the published one; 0 where there is none."""
    faults: list[Fault] = field(default_factory=list)
    texts: int = 0
    missing: list[tuple[Event, str]] = field(default_factory=list)
    """Texts that are not held any more: the event, and the field."""
    decided: list[Event] = field(default_factory=list)
    answers: int = 0
    end: Mapping[str, Any] | None = None


def checked(path: Path, part: tuple[int, int]) -> Checked:
    """The lines of these bytes of the file, from one place to before another."""
    begin, end = part
    with path.open("rb") as file:
        file.seek(begin)
        lines = file.read(end - begin).split(b"\n")
    checking = _Checking()
    if lines and not lines[-1]:
        lines.pop()
    elif lines:
        checking.broken("the file ends within a line")
        lines.pop()
    for line in lines:
        checking.take(line)
    return checking.done()


class _Checking:
    """The lines so far."""

    def __init__(self) -> None:
        self.found = Checked()
        self._leaves: list[bytes] = []
        self._keys: list[bytes] = []
        self._expected = 0
        self._latest = -(1 << 63)
        self._tile: TileLine | None = None
        self._tile_begins = 0
        """How many leaves there were when the tile began."""

    def take(self, line: bytes) -> None:
        """One line of any kind."""
        try:
            if line.startswith(EVENT):
                self._event(orjson.loads(line))
            elif line.startswith(TILE):
                self._compare()
                self._tile, self._tile_begins = TileLine.read(line), len(self._leaves)
            else:
                self._other(line)
        except UNREADABLE as error:
            self.broken(f"a line cannot be read ({type(error).__name__})")

    def broken(self, said: str) -> None:
        """A line that nothing can be made of, where the next event was expected; 0 where this stretch had none yet."""
        self.found.whole = False
        self._fault(self._expected, "unreadable", said)

    def done(self) -> Checked:
        """All of it, once the last line was taken."""
        self._compare()
        self.found.leaves, self.found.keys = b"".join(self._leaves), b"".join(self._keys)
        self.found.latest = self._latest
        return self.found

    def _fault(self, position: int, code: str, said: str) -> None:
        if len(self.found.faults) < MOST_KEPT:
            self.found.faults.append(fault(position, code, said))

    def _other(self, line: bytes) -> None:
        if line.startswith(ANSWER):
            self.found.answers += 1
        elif line.startswith(END):
            self.found.end = orjson.loads(line)["end"]
        else:
            raise ValueError("a line of no known kind")

    def _event(self, told: Mapping[str, Any]) -> None:
        position, recorded, text = told["position"], told["recordedtime"], told["body"]
        body = b64decode(told["bytes"]) if text is None else text.encode()
        leaf = sha256(_HASHED.pack(b"\0sv1", position, recorded, sha256(body).digest())).digest()
        if position != self._expected:
            self._jumped(position, recorded)
        self._expected, self.found.last = position + 1, position
        if recorded < self._latest:
            self._fault(position, "time", "its recorded time is before that of the event before it")
        self._latest = recorded
        self._leaves.append(leaf)
        try:
            self._said(position, orjson.loads(body), told, _TEXT_MARK in body)
        except UNREADABLE:
            self._fault(position, "body", "its body cannot be read as an event")
        if "filed" in told:
            self._fault(position, "filed", _misfiled(told["filed"]))

    def _jumped(self, position: int, recorded: int) -> None:
        if not self._expected:
            self.found.first, self.found.earliest = position, recorded
            return
        self.found.whole = False
        if position > self._expected:
            last = f" to {position - 1:,}" if position - 1 > self._expected else ""
            self._fault(self._expected, "missing", f"missing{last}: the next event in the bundle is {position:,}")
        else:
            self._fault(position, "order", f"stands after position {self._expected - 1:,}")

    def _said(self, position: int, said: Mapping[str, Any], told: Mapping[str, Any], marked: bool) -> None:
        self._keys.append(sha256(f"{said['source']}\0{said['id']}".encode()).digest()[:8])
        if marked or "texts" in told:
            self._texts(Event(position, said["type"], said["data"]), told.get("texts", {}))
        if said["type"] in DECIDING:
            self.found.decided.append(Event(position, said["type"], said["data"]))

    def _texts(self, event: Event, held: Mapping[str, Any]) -> None:
        named = dict(_named_texts(event))
        for name, digest in named.items():
            self.found.texts += 1
            if name not in held:
                self.found.missing.append((event, name))
            elif _digest_of(held[name]) != digest:
                self._fault(event.position, "text", f"its text {name} is not the one that was recorded")
        for name in held.keys() - named.keys():
            self._fault(event.position, "text", f"a text {name} is held with it that it does not name")

    def _compare(self) -> None:
        """The leaves since the last tile line with those that were published."""
        tile, leaves = self._tile, self._leaves[self._tile_begins :]
        if tile is None or tile.hashes is None or not leaves or self.found.unlike or not self.found.whole:
            return
        start = self.found.last - len(leaves) + 1 - tile.index * WIDTH
        published = tile.hashes[start * HASH : (start + len(leaves)) * HASH]
        if start < 0 or b"".join(leaves) != published:
            pairs = enumerate(leaves)
            unlike = (n for n, leaf in pairs if start < 0 or published[n * HASH : (n + 1) * HASH] != leaf)
            self.found.unlike = self.found.last - len(leaves) + 1 + next(unlike)


def _named_texts(event: Event) -> list[tuple[str, str]]:
    """The texts that the body names: field, and SHA-256 of the ciphertext."""
    data, patch = event.data, event.data.get("data")
    found = [(name, data[name]["sha256"]) for name in _TEXTS if isinstance(data.get(name), dict)]
    if event.type == "EventCorrected" and isinstance(patch, dict):
        found += [(f"data.{name}", patch[name]["sha256"]) for name in _TEXTS if isinstance(patch.get(name), dict)]
    return found


def _digest_of(held: str | Mapping[str, str]) -> str:
    """Of a text as the bundle has it: its digest, or the ciphertext itself."""
    return held if isinstance(held, str) else sha256(b64decode(held["sealed"])).hexdigest()


def _misfiled(filed: Mapping[str, Any]) -> str:
    names = ", ".join(sorted(str(name)[:40] for name in filed))
    return f"the database files it otherwise than its body says: {names}"
