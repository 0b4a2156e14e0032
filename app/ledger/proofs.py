"""A proof as a file: that one entry is in a log at a signed size. C2SP tlog-proof.

Its `extra` line carries the entry itself, so that whoever has the event's body needs nothing else but the log's key.
"""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from app.ledger import Malformed, Unproven
from app.ledger.leaves import leaf_hash
from app.ledger.notes import MOST_BYTES, Checkpoint, VerifierKey, base64_exactly, decimal
from app.ledger.tree import is_included

HEADER: Final = "c2sp.org/tlog-proof@v1"
MOST_NODES: Final = 63
"""No tree is higher."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry stands (`index`), the path from it to the root, and the note that signs the root.

    `extra` is not covered by any signature; ours is the entry.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def encoded(self) -> bytes:
        """The file's bytes."""
        extra = [] if self.extra is None else [f"extra {b64encode(self.extra).decode()}"]
        lines = [HEADER, *extra, f"index {self.index}", *(b64encode(node).decode() for node in self.path), "", ""]
        return "\n".join(lines).encode() + self.checkpoint

    @classmethod
    def read(cls, file: bytes) -> Self:
        """Raises `Malformed`."""
        head, gap, checkpoint = file[: 2 * MOST_BYTES].partition(b"\n\n")
        if not gap or len(file) > 2 * MOST_BYTES:
            raise Malformed("a proof is its lines, an empty line, and a checkpoint")
        try:
            header, *lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise Malformed("a proof's lines are ASCII") from None
        if header != HEADER:
            raise Malformed(f"a proof begins with {HEADER}")
        extra = base64_exactly(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
        if not lines or not lines[0].startswith("index ") or len(lines) > MOST_NODES + 1:
            raise Malformed("a proof has a line with the index, and after it at most 63 hashes")
        Checkpoint.unverified(checkpoint)
        path = tuple(base64_exactly(line, 32) for line in lines[1:])
        return cls(decimal(lines[0][6:]), path, checkpoint, extra)

    def verify(self, entry: bytes, origin: str, keys: Iterable[VerifierKey]) -> Checkpoint:
        """The checkpoint under which this entry is proved to be in that log. Raises `Malformed`, `Unproven`."""
        found = Checkpoint.verified(self.checkpoint, origin, keys)
        if not is_included(leaf_hash(entry), self.index, found.size, self.path, found.root):
            raise Unproven("the path does not lead from this entry to the signed root")
        return found
