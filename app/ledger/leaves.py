"""The entries of a council's log: bytes of a fixed form, without personal data, so that all of it can be handed out.

Entry 0 opens the log and names it; entry p, from 1 on, is the ledger's event at position p: its position, when it was
recorded, and the SHA-256 of its body. So a tree of size n covers the ledger up to position n - 1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from struct import Struct
from typing import Final, Self

from app.ledger import Malformed

ENTRY_BYTES: Final = 51
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ENTRY: Final = Struct(">3sQq32s")
_HASHED: Final = Struct(">4sQq32s")
_OPENS: Final = b"sv1-open"
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as the log has it: `recorded` in µs since 1970 (UTC), `digest` the SHA-256 of its body."""

    position: int
    recorded: int
    digest: bytes

    def encoded(self) -> bytes:
        """The 51 bytes: "sv1", position (u64), recorded (i64), digest; numbers big-endian."""
        return _ENTRY.pack(b"sv1", self.position, self.recorded, self.digest)

    @classmethod
    def read(cls, entry: bytes) -> Self:
        """Raises `Malformed`."""
        if len(entry) != ENTRY_BYTES or not entry.startswith(b"sv1"):
            raise Malformed("an entry is 51 bytes that begin with sv1")
        _, position, recorded, digest = _ENTRY.unpack(entry)
        if position == 0:
            raise Malformed("position 0 is the log's opening, not an event")
        return cls(position, recorded, digest)


@dataclass(frozen=True, slots=True)
class Opening:
    """The first entry of a log: its origin, and, where it follows another log, that one's last known checkpoint."""

    origin: str
    earlier_origin: str = ""
    earlier_size: int = 0
    earlier_root: bytes = bytes(32)

    def encoded(self) -> bytes:
        """ "sv1-open", both origins (u16 length, UTF-8), the earlier size (u64) and root."""
        return b"".join(
            (_OPENS, _text(self.origin), _text(self.earlier_origin), self.earlier_size.to_bytes(8), self.earlier_root)
        )

    @classmethod
    def read(cls, entry: bytes) -> Self:
        """Raises `Malformed`."""
        if not entry.startswith(_OPENS):
            raise Malformed("an opening begins with sv1-open")
        origin, rest = _taken(entry[len(_OPENS) :])
        earlier, rest = _taken(rest)
        if len(rest) != 40 or not origin:
            raise Malformed("an opening names its origin, and ends with a size of 8 bytes and a root of 32")
        opening = cls(origin, earlier, int.from_bytes(rest[:8]), rest[8:])
        if bool(earlier) != bool(opening.earlier_size) or (not earlier and any(rest)):
            raise Malformed("an opening names an earlier log with its size and root, or nothing of one")
        return opening


def _text(value: str) -> bytes:
    encoded = value.encode()
    return len(encoded).to_bytes(2) + encoded


def _taken(rest: bytes) -> tuple[str, bytes]:
    length = 2 + int.from_bytes(rest[:2])
    if len(rest) < length:
        raise Malformed("an opening ends within a name")
    try:
        return rest[2:length].decode(), rest[length:]
    except UnicodeDecodeError:
        raise Malformed("a name in an opening is not UTF-8") from None


def microseconds(moment: datetime) -> int:
    """A moment as entries have it: µs since 1970, exactly."""
    return (moment - EPOCH) // _MICROSECOND


def moment(recorded: int) -> datetime:
    """The moment of an entry's `recorded`. Raises `Malformed` for one that no calendar has."""
    try:
        return EPOCH + timedelta(microseconds=recorded)
    except OverflowError:
        raise Malformed("the time of an entry lies outside of the calendar") from None


def leaf_hash(entry: bytes) -> bytes:
    """RFC 9162 2.1.1: SHA-256(0x00, entry)."""
    return sha256(b"\0" + entry).digest()


def leaf_hashes(first: int, recorded: Iterable[int], digests: Iterable[bytes]) -> list[bytes]:
    """Leaf hashes of events that follow each other from position `first` on: one step of Python for each."""
    pack = _HASHED.pack
    return [
        sha256(pack(b"\0sv1", position, when, digest)).digest()
        for position, (when, digest) in enumerate(zip(recorded, digests, strict=True), first)
    ]
