"""The tree in tiles of 256 hashes: C2SP tlog-tiles.

The tile at `level` and `index` holds the roots over 256**level leaves each; only full ones are kept for good,
since they never change. A tile of the level above is the roots of full tiles below.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

from app.ledger import Malformed
from app.ledger.tree import Frontier, node_hash, root_of

WIDTH: Final = 256
HEIGHT: Final = 8
HASH: Final = 32
FULL: Final = WIDTH * HASH
"""Bytes of a full tile."""

_PATH: Final = re.compile(r"(0|[1-9]\d?)/((?:x\d{3}/)*)(\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """Which tile, and how many of its hashes: `width` is 256 for a full one."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Its address below `tile/`: `0/x001/x234/067`, and `.p/` with the width for a partial one."""
        digits = f"{self.index:d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        *above, last = (digits[n : n + 3] for n in range(0, len(digits), 3))
        part = "" if self.width == WIDTH else f".p/{self.width}"
        return f"{self.level}/{''.join(f'x{each}/' for each in above)}{last}{part}"

    @classmethod
    def read(cls, path: str) -> Self:
        """The tile at such an address, spelled in the one way. Raises `Malformed`."""
        found = _PATH.fullmatch(path) if len(path) <= 64 else None
        if found is None:
            raise Malformed("a tile's address is level/index, as in 0/x001/234 or 0/x001/234.p/17")
        level, above, last, width = found.groups()
        tile = cls(int(level), int(above.replace("x", "").replace("/", "") + last), int(width or WIDTH))
        if tile.level > 63 or tile.path != path:
            raise Malformed(
                "a tile has a level up to 63, an index without leading zeros, and 1 to 255 hashes if partial"
            )
        return tile

    def of(self, size: int) -> bool:
        """Whether a tree of this size has this tile with all these hashes."""
        return self.index * WIDTH + self.width <= size >> HEIGHT * self.level


def holding(level: int, index: int) -> tuple[Tile, int]:
    """The tile in which the perfect subtree of 2**level leaves lies, as wide as needed; and where its hashes begin."""
    above = level % HEIGHT
    first = index << above
    start = first % WIDTH
    return Tile(level // HEIGHT, first // WIDTH, start + (1 << above)), start


def split(hashes: bytes) -> list[bytes]:
    """The hashes of a tile's bytes. Raises `Malformed`."""
    if len(hashes) % HASH or len(hashes) > FULL:
        raise Malformed("a tile is up to 256 hashes of 32 bytes")
    return [hashes[n : n + HASH] for n in range(0, len(hashes), HASH)]


def needed(proof: Callable[[Callable[[int, int], bytes]], object]) -> set[Tile]:
    """The tiles, each as wide as needed, from which `proof(at)` is made: asked before anything is read."""
    widest: dict[tuple[int, int], int] = {}

    def at(level: int, index: int) -> bytes:
        tile, _ = holding(level, index)
        where = tile.level, tile.index
        widest[where] = max(widest.get(where, 0), tile.width)
        return bytes(HASH)

    proof(at)
    return {Tile(*where, width) for where, width in widest.items()}


def reader(tiles: dict[tuple[int, int], bytes]) -> Callable[[int, int], bytes]:
    """`at` over tiles that were read, by level and index."""

    def at(level: int, index: int) -> bytes:
        tile, start = holding(level, index)
        above = level % HEIGHT
        return _within(tiles[tile.level, tile.index])[above][start >> above]

    return at


@lru_cache(maxsize=128)
def _within(hashes: bytes) -> list[list[bytes]]:
    """The roots of all perfect subtrees within a tile, from its hashes upwards. Most proofs share all tiles but one."""
    levels = [split(hashes)]
    while len(levels[-1]) > 1:
        pairs = iter(levels[-1])
        levels.append([node_hash(left, right) for left, right in zip(pairs, pairs, strict=False)])
    return levels


@dataclass(frozen=True, slots=True)
class Edge:
    """A growing tree's right edge: of each level the hashes that fill no tile yet. Enough to go on from."""

    size: int = 0
    levels: tuple[tuple[bytes, ...], ...] = ()

    @property
    def frontier(self) -> Frontier:
        """The roots of the tree's perfect subtrees."""
        peaks = [Frontier().extended(hashes).peaks for hashes in reversed(self.levels)]
        return Frontier(self.size, tuple(peak for each in peaks for peak in each))

    @property
    def partial(self) -> dict[Tile, bytes]:
        """The partial tiles of a tree of this size."""
        return {
            Tile(level, self.size >> HEIGHT * (level + 1), len(hashes)): b"".join(hashes)
            for level, hashes in enumerate(self.levels)
            if hashes
        }

    def extended(self, leaves: Iterable[bytes]) -> "tuple[Edge, dict[Tile, bytes]]":
        """With these leaf hashes after its own; and the tiles that became full by it."""
        edge, full, new, level = list[tuple[bytes, ...]](), dict[Tile, bytes](), list(leaves), 0
        grown = self.size + len(new)
        while new or level < len(self.levels):
            hashes = [*(self.levels[level] if level < len(self.levels) else ()), *new]
            whole, first = len(hashes) // WIDTH, self.size >> HEIGHT * (level + 1)
            tiles = [hashes[n * WIDTH : (n + 1) * WIDTH] for n in range(whole)]
            full |= {Tile(level, first + n): b"".join(tile) for n, tile in enumerate(tiles)}
            edge.append(tuple(hashes[whole * WIDTH :]))
            new = [root_of(tile) for tile in tiles]
            level += 1
        return Edge(grown, tuple(edge)), full
