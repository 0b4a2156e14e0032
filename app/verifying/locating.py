"""Where a bundle differs from what was signed, once it is known that it does: read once more, in order.

Two trees grow side by side: one over the events, one over the leaf hashes that the log published while it grew. Where
the second leads to a signed root and the first does not, the first leaf in which they differ is the fault. Where
neither does, the fault lies after the last signed note on the way that the events still agree with.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.ledger.notes import Checkpoint
from app.ledger.tiles import WIDTH, split
from app.ledger.tree import Frontier, is_consistent
from app.verifying.bundle import EVENT, TILE, UNREADABLE, Header, TileLine, told

Says = Callable[[bytes], Checkpoint | None]
"""What a signed note says; None where nobody who is believed has signed it."""


@dataclass(slots=True)
class _Block:
    """The events of one tile that are in the bundle, as leaf hashes by position."""

    tile: TileLine
    leaves: dict[int, bytes] = field(default_factory=dict)

    def told(self, position: int) -> list[bytes]:
        """The leaves from this position on, up to the first that is missing."""
        found = list[bytes]()
        while (leaf := self.leaves.get(position)) is not None:
            found.append(leaf)
            position += 1
        return found

    def published(self, position: int) -> list[bytes] | None:
        """What the log published from this position on; None where it has not yet."""
        start = position - self.tile.index * WIDTH
        return None if self.tile.hashes is None or start < 0 else split(self.tile.hashes)[start:]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the first leaf lies that is not what was signed: between these positions, both included.

    Not `differs`: there is none up to where events are missing, and nothing signed vouches for those from `first` on.
    """

    first: int
    until: int
    differs: bool = True


class _Located:
    """Both trees so far, and up to where the events agree with what was signed."""

    def __init__(self, header: Header, says: Says) -> None:
        self.ours = self.theirs = header.before
        self.agrees, self.unlike = header.first, 0
        self._says = says

    def take(self, block: _Block) -> Place | None:
        """The next tile; where the fault lies, as soon as a signed note shows it."""
        ours = block.told(self.ours.size)
        published = block.published(self.theirs.size)
        theirs = block.told(self.theirs.size) if published is None else published
        if not self.unlike and published is not None and self.ours.size == self.theirs.size:
            pairs = enumerate(zip(ours, theirs, strict=False), self.ours.size)
            self.unlike = next((position for position, (leaf, other) in pairs if leaf != other), 0)
        for note in sorted(filter(None, map(self._says, block.tile.checkpoints)), key=lambda each: each.size):
            if self.ours.size < note.size <= self.ours.size + len(ours):
                if _root(self.ours, ours, note.size) != note.root:
                    return self.between(note.size - 1, trusted=_root(self.theirs, theirs, note.size) == note.root)
                self.agrees = note.size
        self.ours, self.theirs = self.ours.extended(ours), self.theirs.extended(theirs)
        return None

    def between(self, last: int, *, trusted: bool) -> Place:
        """The very position where what was published is known to be what was signed."""
        if trusted and self.unlike:
            return Place(self.unlike, self.unlike)
        return Place(self.agrees, max(self.agrees, last))


def located(path: Path, header: Header, signed: Checkpoint, says: Says) -> Place:
    """Where a bundle that does not lead to the signed root begins to differ."""
    so_far = _Located(header, says)
    for block in _blocks(path, header):
        found = so_far.take(block)
        if found is not None:
            return found
    ours, trusted = so_far.ours, _leads_to(so_far.theirs, header, signed)
    if ours.size > header.last:
        same = _leads_to(ours, header, signed)
        return Place(ours.size, ours.size, False) if same else so_far.between(header.last, trusted=trusted)
    if so_far.unlike:
        return so_far.between(ours.size - 1, trusted=trusted)
    return Place(ours.size if trusted else so_far.agrees, ours.size, False)


def _leads_to(tree: Frontier, header: Header, signed: Checkpoint) -> bool:
    """Whether a tree up to the last position is the beginning of the signed one."""
    whole = tree.size == header.last + 1
    return whole and is_consistent(tree.size, tree.root, signed.size, signed.root, header.after)


def _root(tree: Frontier, leaves: list[bytes], size: int) -> bytes:
    return tree.extended(leaves[: size - tree.size]).root


def _blocks(path: Path, header: Header) -> Iterator[_Block]:
    """Tile by tile; lines that cannot be read are passed over."""
    block = _Block(TileLine(header.first // WIDTH, None, ()))
    with path.open("rb") as file:
        file.seek(header.ends)
        for line in file:
            with suppress(*UNREADABLE):
                if line.startswith(TILE):
                    yield block
                    block = _Block(TileLine.read(line))
                elif line.startswith(EVENT):
                    event = told(line)
                    if event.position <= header.last:
                        block.leaves.setdefault(event.position, event.leaf)
    yield block
