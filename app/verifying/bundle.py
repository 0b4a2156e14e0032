"""The form of a bundle: one file of JSON lines (docs/evidence.md). Reads the header, and where the lines can be parted.

The first name in each line says what it is: `bundle` (the header), `tile` (256 positions begin), `position` (an event),
`answer`, `end`.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from struct import error as OutOfRange  # noqa: N812
from typing import Any, BinaryIO, Final

import orjson

from app.ledger import Malformed
from app.ledger.leaves import Entry, Opening, leaf_hash
from app.ledger.notes import VerifierKey
from app.ledger.tiles import HASH, WIDTH
from app.ledger.tree import Frontier

FORM: Final = "supervision-ledger/1"
EVENT, TILE, ANSWER, END = b'{"position":', b'{"tile":', b'{"answer":', b'{"end":'
LONGEST_HEADER: Final = 1 << 24
SLICE: Final = 1 << 22
"""Bytes that are read and checked at a time."""
_SEARCHED: Final = 1 << 20
UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError, OutOfRange, IndexError, OverflowError)
"""What reading a line of somebody else's may raise."""


class NotABundle(ValueError):
    """The file cannot be read as a bundle at all; the message says why."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line says: of which log, signed in which note, which positions follow, what lies around them."""

    council: str
    origin: str
    keys: tuple[VerifierKey, ...]
    openings: tuple[Opening, ...]
    """From the council's first log to this one, whose entry 0 is the last of them."""
    checkpoint: bytes
    """The signed note."""
    size: int
    first: int
    last: int
    before: Frontier
    """The tree up to before `first`."""
    after: tuple[bytes, ...]
    """The consistency proof from the tree up to `last` to the signed one (RFC 9162 2.1.4)."""
    sealed: bool
    """Whether the ciphertexts are there, and not their digests alone."""
    ends: int
    """Bytes of the line."""


def header_of(file: BinaryIO) -> Header:
    """The header; the file is left where the other lines begin. Raises `NotABundle`."""
    line = file.readline(LONGEST_HEADER)
    if not line.endswith(b"\n") or not line.startswith(b'{"bundle":'):
        raise NotABundle("the first line is not the header of a bundle")
    try:
        return _header(orjson.loads(line), len(line))
    except UNREADABLE as error:
        raise NotABundle(f"the header cannot be read: {error}") from None


def _header(told: Mapping[str, Any], length: int) -> Header:
    if told["bundle"] != FORM:
        raise NotABundle(f"it is of the form {told['bundle']!s:.60}, and this verifier reads {FORM}")
    first, last, size = whole(told["from"]), whole(told["to"]), whole(told["size"])
    if not 1 <= first <= last + 1 or last >= size:
        raise NotABundle("from, to and size do not go together")
    return Header(
        council=words(told["council"]),
        origin=words(told["origin"]),
        keys=tuple(VerifierKey.read(words(key)) for key in told["keys"]),
        openings=tuple(_opening(each) for each in told["openings"]),
        checkpoint=words(told["checkpoint"]).encode(),
        size=size,
        first=first,
        last=last,
        before=Frontier(first, tuple(bytes.fromhex(peak) for peak in told["before"])),
        after=tuple(bytes.fromhex(node) for node in told["after"]),
        sealed=told["texts"] == "sealed",
        ends=length,
    )


def _opening(told: Mapping[str, Any]) -> Opening:
    root = bytes.fromhex(told["earlier_root"])
    if len(root) != HASH:
        raise Malformed("an opening names a root of 32 bytes")
    return Opening(words(told["origin"]), words(told["earlier_origin"]), whole(told["earlier_size"]), root)


def whole(value: object) -> int:
    """A whole number from 0 on that fits 63 bits. Raises TypeError."""
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise TypeError("a number is not a whole one")
    return value


def words(value: object) -> str:
    """A text. Raises TypeError."""
    if type(value) is not str:
        raise TypeError("something is not a text")
    return value


@dataclass(frozen=True, slots=True)
class TileLine:
    """Where 256 positions begin: their leaf hashes as published (None: not yet), and signed notes on the way."""

    index: int
    hashes: bytes | None
    checkpoints: tuple[bytes, ...]

    @classmethod
    def read(cls, line: bytes) -> "TileLine":
        """Raises ValueError, KeyError or TypeError for what is none."""
        told = orjson.loads(line)
        notes = tuple(words(note).encode() for note in told["checkpoints"])
        if told["hashes"] is None:
            return cls(whole(told["tile"]), None, notes)
        try:
            hashes = b64decode(told["hashes"], validate=True)
        except NotBase64:
            raise ValueError("the hashes of a tile are not base 64") from None
        if len(hashes) != WIDTH * HASH:
            raise ValueError("a tile is 256 hashes")
        return cls(whole(told["tile"]), hashes, notes)


def slices(path: Path, begin: int) -> Iterator[tuple[int, int]]:
    """Where to cut the lines from `begin` on: stretches of some megabytes that begin with a tile where one is near."""
    end = path.stat().st_size
    with path.open("rb") as file:
        while begin < end:
            cut = _next_cut(file, begin + SLICE, end)
            yield begin, cut
            begin = cut


def _next_cut(file: BinaryIO, wanted: int, end: int) -> int:
    """Where a tile's line begins after `wanted`; else where any line does."""
    if wanted >= end:
        return end
    file.seek(wanted)
    near = file.read(_SEARCHED)
    for mark in (b"\n" + TILE, b"\n" + EVENT, b"\n" + ANSWER):
        if (found := near.find(mark)) >= 0:
            return wanted + found + 1
    file.seek(wanted)
    while rest := file.read(_SEARCHED):  # a line of a megabyte or more
        if (found := rest.find(b"\n")) >= 0:
            return file.tell() - len(rest) + found + 1
    return end


@dataclass(frozen=True, slots=True)
class Told:
    """An event's line, as far as it can be read: recorded time in µs since 1970, and the bytes of its body."""

    position: int
    recorded: int
    body: bytes

    @property
    def leaf(self) -> bytes:
        """Its leaf hash."""
        return leaf_hash(Entry(self.position, self.recorded, sha256(self.body).digest()).encoded())

    @property
    def key(self) -> tuple[str, str]:
        """Source and id. Raises what `UNREADABLE` names."""
        said = orjson.loads(self.body)
        return said["source"], said["id"]


def told(line: bytes) -> Told:
    """The event of a line. Raises what `UNREADABLE` names."""
    said = orjson.loads(line)
    body = b64decode(said["bytes"]) if said["body"] is None else said["body"].encode()
    return Told(whole(said["position"]), said["recordedtime"], body)


def events_of(path: Path) -> Iterator[Told]:
    """The events in the order of the file; what cannot be read is passed over, it is told as a fault elsewhere."""
    with path.open("rb") as file:
        for line in file:
            if line.startswith(EVENT):
                with suppress(*UNREADABLE):
                    yield told(line)
