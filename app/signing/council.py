"""One council's log, as this signer holds it: followed, signed, read again, and refused where it contradicts itself.

What was signed is the newest of three: the signer's own folder, its file of checkpoints, and the table. So neither an
older copy of the folder nor an older database makes it sign anything that does not follow from what it signed before.
A new tree always begins with the signed one, because it is made by adding leaves to it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from math import ceil
from typing import Final

from app.ledger import Malformed, Unproven
from app.ledger.leaves import Opening, leaf_hash
from app.ledger.notes import Checkpoint, SignerKey, signers
from app.ledger.tiles import WIDTH, Edge, Tile, split
from app.published import Signed
from app.signing import Refused
from app.signing.folder import LogFolder, Published
from app.signing.tables import Tables

STEP: Final = 1 << 15
"""Leaves that are read at once."""
AFTER_A_RESTORE: Final = "If a backup was restored: supervision restore-finished"


class CouncilLog:
    """A log that is open. Made by `opened`."""

    def __init__(
        self, tables: Tables, log: int, opening: Opening, folder: LogFolder, published: Published,
        keys: Callable[[], Sequence[SignerKey]],
    ) -> None:  # fmt: skip
        self.log, self.origin = log, opening.origin
        self._tables, self._folder, self._published, self._keys = tables, folder, published, keys
        self._first = leaf_hash(opening.encoded())
        self._edge, self._last, self._note = Edge(), b"", b""
        self._waiting: dict[Tile, bytes] = {}
        """Full tiles that are not everywhere yet where they must be."""
        self._turn = 0

    async def resume(self, now: datetime) -> None:
        """Build the tree anew up to what was signed, and see that it is the same; publish what a crash held back.

        Raises `Refused`. This reads the whole ledger: some seconds for a million events.
        """
        table = await self._tables.newest(self.log)
        told = [self._folder.checkpoint, self._published.newest().get(self.origin), table.note if table else None]
        known = sorted((self._verified(note).size, len(note), note) for note in told if note is not None)
        published, note = table.said.size if table else 0, b""
        for _, _, note in known:
            await self._build(Checkpoint.unverified(note), published)
        if note:
            await self._keep(Signed(self.log, note, Checkpoint.unverified(note)), now)

    async def _build(self, known: Checkpoint, published: int) -> None:
        """Go on to the size of a checkpoint, and see that the root is the signed one. Raises `Refused`."""
        different = None
        while self._edge.size < known.size:
            first = self._edge.size
            leaves = await self._leaves(first, min(STEP, known.size - first))
            if not leaves:
                raise Refused(_behind(first, known.size))
            different = different or self._difference(first, leaves)
            self._edge, full = self._edge.extended(leaves)
            self._last = leaves[-1]
            self._waiting |= {
                tile: hashes
                for tile, hashes in full.items()
                if not tile.of(published) or self._folder.tile(tile) is None
            }
        if self._edge.frontier.root != known.root:
            raise Refused(_changed(different))

    def _verified(self, note: bytes) -> Checkpoint:
        try:
            return Checkpoint.verified(note, self.origin, [k.named(self.origin).verifier for k in self._keys()])
        except (Malformed, Unproven):
            raise Refused(
                "the newest checkpoint that is published is not signed by a key of this signer: "
                "give it the key with which the log was signed"
            ) from None

    def _difference(self, first: int, leaves: Sequence[bytes]) -> int | None:
        """The first position whose leaf is another than in the signer's own tiles."""
        for tile in range(first // WIDTH, (first + len(leaves) - 1) // WIDTH + 1):
            kept = split(self._folder.leaves(tile))
            for index, leaf in enumerate(kept, tile * WIDTH):
                if first <= index < first + len(leaves) and leaves[index - first] != leaf:
                    return index
        return None

    async def _leaves(self, first: int, most: int) -> list[bytes]:
        """Leaf hashes from index `first` on; the opening is index 0. Raises `Refused`."""
        opening = [self._first] if first == 0 else []
        return [*opening, *await self._tables.leaves(max(first, 1), most - len(opening))]

    def is_up_to(self, head: int) -> bool:
        """Whether the ledger up to this position is signed, with every key, and that is published."""
        keys = {(key.verifier.name, key.verifier.id) for key in (key.named(self.origin) for key in self._keys())}
        return self._edge.size == head + 1 and bool(self._note) and keys <= signers(self._note)

    async def follow(self, now: datetime) -> bool:
        """Sign what has come since. Whether there may be more. Raises `Refused`."""
        size = self._edge.size
        again = max(size - 1, 0)  # the last signed leaf too: it tells a ledger that went back and grew again
        leaves = await self._leaves(again, STEP)
        if not leaves:
            _, head = await self._tables.glance()
            raise Refused(_behind(1 + head, size))
        if size and leaves[0] != self._last:
            raise Refused(_changed(again))
        edge, full = self._edge.extended(leaves[1:] if size else leaves)
        keys = [key.named(self.origin) for key in self._keys()]
        said = Checkpoint(self.origin, edge.size, edge.frontier.root)
        self._edge, self._last, self._note = edge, leaves[-1], b""
        self._waiting |= full
        await self._keep(Signed(self.log, said.signed(keys).encode(), said), now)
        return len(leaves) == STEP

    async def _keep(self, signed: Signed, now: datetime) -> None:
        """First our own memory, then the file, then the table: whoever sees a checkpoint sees one that we remember."""
        self._folder.keep(signed.note, self._waiting | self._edge.partial)
        self._published.add(signed.note)
        table = await self._tables.newest(self.log)
        if table is None or table.note != signed.note:
            keys = [key.named(self.origin).verifier.text for key in self._keys()]
            await self._tables.publish(signed, self._waiting, keys, now)
        self._note, self._waiting = signed.note, {}

    def share(self, of: float) -> int:
        """So many leaves are this part of the log; a tile's at least."""
        return max(WIDTH, ceil(self._edge.size * of))

    async def read_again(self, most: int) -> None:
        """Compare so many signed leaves, tile by tile and in turns, with those that were signed. Raises `Refused`.

        What differs is read again at the next turn, and refused until it is as it was.
        """
        for _ in range(-(-most // WIDTH)):
            first = self._turn * WIDTH
            signed = min(WIDTH, self._edge.size - first)
            leaves = await self._leaves(first, signed) if signed else []
            if len(leaves) < WIDTH:
                self._same(b"".join(self._edge.levels[0]) if self._edge.levels else b"", leaves, first)
                self._turn = 0
                return
            tile = Tile(0, self._turn)
            for kept in (self._folder.tile(tile), await self._tables.tile(self.log, tile)):
                self._same(kept or b"", leaves, first)
            self._turn += 1

    def _same(self, kept: bytes, leaves: Sequence[bytes], first: int) -> None:
        """Raises `Refused`."""
        if b"".join(leaves) == kept:
            return
        pairs = zip(split(kept), leaves, strict=False)
        found = next((n for n, (one, other) in enumerate(pairs) if one != other), len(leaves))
        ended = found == len(leaves) < WIDTH
        raise Refused(_behind(first + found, self._edge.size) if ended else _changed(first + found))


def _behind(length: int, size: int) -> str:
    return (
        f"the ledger ends at position {max(length - 1, 0)}, and was signed up to position {size - 1}: it is older than "
        f"what was signed. {AFTER_A_RESTORE}"
    )


def _changed(position: int | None) -> str:
    where = "somewhere" if position is None else f"at position {position}"
    return f"the ledger reads differently now, {where}, from when it was signed. {AFTER_A_RESTORE}"
