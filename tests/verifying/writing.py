"""Bundles written as docs/evidence.md says, with nothing of the service: for what no honest service gives."""

import json
import secrets
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from app.ledger.leaves import Entry, Opening, leaf_hash
from app.ledger.notes import Checkpoint, SignerKey
from app.ledger.tree import Frontier, consistency, root_of

BEGAN = 1_772_440_000_000_000
"""µs since 1970: 2 March 2026."""


def event_body(identity: str, type_name: str = "CaseClosed", **data: Any) -> str:
    """The body of an event of `type_name`, as the ledger would write it."""
    said = {"case_id": "C-1", "closed_on": "2026-03-01"} if type_name == "CaseClosed" and not data else data
    body = {
        "specversion": "1.0", "id": identity, "source": "urn:test:lcs", "type": type_name, "data": said,
        "salt": sha256(identity.encode()).hexdigest()[:32], "recordedby": "lcs",
    }  # fmt: skip
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass
class Told:
    """One event of a ledger that only exists in a test."""

    body: str
    recorded: int
    texts: dict[str, Any] = field(default_factory=dict)

    def leaf(self, position: int) -> bytes:
        return leaf_hash(Entry(position, self.recorded, sha256(self.body.encode()).digest()).encoded())


@dataclass
class Log:
    """A log with its key, its opening, those before it, and its events."""

    origin: str
    key: SignerKey
    events: list[Told]
    earlier: tuple[Opening, ...] = ()
    opening: Opening = field(default=None)  # type: ignore[assignment]
    answers: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.opening = self.opening or Opening(self.origin)

    @classmethod
    def of(cls, number: int, origin: str = "ledger.test/log/luton", key: SignerKey | None = None) -> "Log":
        events = [Told(event_body(f"e-{n}"), BEGAN + 1000 * n) for n in range(1, number + 1)]
        return cls(origin, key or SignerKey(origin, secrets.token_bytes(32)), events)

    def restored(self, kept: int, events: Iterable[Told] = ()) -> "Log":
        """The log that goes on after a restore that kept so many events."""
        last = Checkpoint(self.origin, len(self.leaves), root_of(self.leaves))
        number = len(self.earlier) + 2
        origin = f"{self.origin.removesuffix(f'/{number - 1}')}/{number}"
        opening = Opening(origin, last.origin, last.size, last.root)
        return Log(origin, self.key, [*self.events[:kept], *events], (*self.earlier, self.opening), opening)

    @property
    def leaves(self) -> list[bytes]:
        return [leaf_hash(self.opening.encoded()), *(told.leaf(n) for n, told in enumerate(self.events, 1))]

    def note(self, size: int | None = None, key: SignerKey | None = None) -> str:
        leaves = self.leaves[:size]
        return Checkpoint(self.origin, len(leaves), root_of(leaves)).signed([key or self.key])

    def at(self, level: int, index: int) -> bytes:
        return root_of(self.leaves[index << level : index + 1 << level])

    def header(self, first: int, last: int, size: int) -> dict[str, Any]:
        leaves = self.leaves[:size]
        whole = last == size - 1
        return {
            "bundle": "supervision-ledger/1", "council": self.origin.partition("/log/")[2].partition("/")[0],
            "origin": self.origin,
            "keys": [self.key.named(self.origin).verifier.text],
            "openings": [_opening(each) for each in (*self.earlier, self.opening)],
            "checkpoint": self.note(size), "size": size, "from": first, "to": last,
            "before": [each.hex() for each in Frontier().extended(leaves[:first]).peaks],
            "after": [] if whole else [each.hex() for each in consistency(last + 1, size, self.at)],
            "texts": "digests",
        }  # fmt: skip

    def lines(self, first: int = 1, last: int | None = None, signed: Sequence[int] = ()) -> list[dict[str, Any]]:
        """The bundle's lines, with notes at these sizes on the way."""
        size = len(self.events) + 1
        last = size - 1 if last is None else last
        lines, leaves = [self.header(first, last, size)], self.leaves
        for position in range(first, last + 1):
            if position == first or position % 256 == 0:
                lines.append(self._tile(position // 256, leaves, signed))
            told = self.events[position - 1]
            line = {"position": position, "recordedtime": told.recorded, "body": told.body}
            lines.append(line | ({"texts": told.texts} if told.texts else {}))
        lines += self.answers
        return [*lines, {"end": {"events": last - first + 1, "answers": len(self.answers)}}]

    def _tile(self, index: int, leaves: Sequence[bytes], signed: Sequence[int]) -> dict[str, Any]:
        part, within = leaves[index * 256 : (index + 1) * 256], range(index * 256 + 1, (index + 1) * 256 + 1)
        hashes = b64encode(b"".join(part)).decode() if len(part) == 256 else None
        return {"tile": index, "hashes": hashes, "checkpoints": [self.note(size) for size in signed if size in within]}

    def with_key(self, key: SignerKey) -> "Log":
        return replace(self, key=key)


def _opening(told: Opening) -> dict[str, Any]:
    return {
        "origin": told.origin, "earlier_origin": told.earlier_origin, "earlier_size": told.earlier_size,
        "earlier_root": told.earlier_root.hex(),
    }  # fmt: skip


def write(file: Path, lines: Iterable[dict[str, Any]]) -> Path:
    """The lines as a file."""
    file.write_text("".join(json.dumps(line, separators=(",", ":"), ensure_ascii=False) + "\n" for line in lines))
    return file
