"""The Merkle tree of RFC 9162 section 2.1: growing, proving, and judging what others say they have proved.

A *frontier* is all that is needed of a tree to make it grow: the roots of its perfect subtrees. Proofs are made from
`at(level, index)`, which gives the hash of the perfect subtree of 2**level leaves with that index; where the hashes lie
is the caller's affair.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from typing import Final, Self

EMPTY: Final = sha256().digest()
"""The root of no leaves."""

At = Callable[[int, int], bytes]


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162 2.1.1: SHA-256(0x01, left, right)."""
    return sha256(b"\1" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `size` leaves as the roots of its perfect subtrees, the largest first: one for each bit of the size."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise ValueError("a frontier has one peak for each bit of its size")

    @property
    def root(self) -> bytes:
        """The tree's root."""
        return reduce(lambda right, left: node_hash(left, right), reversed(self.peaks)) if self.peaks else EMPTY

    def extended(self, leaves: Iterable[bytes]) -> Self:
        """This tree with these leaf hashes after its own. Level by level: some two hashes a leaf and little else."""
        nodes, waiting, kept, size = list(leaves), list(self.peaks), list[bytes](), self.size
        grown = size + len(nodes)
        while nodes:
            if size & 1:
                nodes.insert(0, waiting.pop())
            if len(nodes) & 1:
                kept.append(nodes.pop())
            pairs = iter(nodes)
            nodes = [sha256(b"\1" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
            size >>= 1
        return type(self)(grown, (*waiting, *reversed(kept)))


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    return Frontier().extended(leaves).root


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << (width - 1).bit_length() - 1


def _over(first: int, end: int, at: At) -> bytes:
    """The root over the leaves from `first` to before `end`, where `first` is aligned as proofs need it."""
    width = end - first
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return at(level, first >> level)
    middle = first + _split(width)
    return node_hash(_over(first, middle, at), _over(middle, end, at))


def root_at(size: int, at: At) -> bytes:
    """The root of the tree's first `size` leaves. Needs 0 < size."""
    return _over(0, size, at)


def inclusion(index: int, size: int, at: At) -> list[bytes]:
    """RFC 9162 2.1.3.1: the path from leaf `index` to the root of a tree of `size`. Needs 0 <= index < size."""
    if not 0 <= index < size:
        raise ValueError("the leaf lies outside of the tree")
    path, first, end = list[bytes](), 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if index < middle:
            path.append(_over(middle, end, at))
            end = middle
        else:
            path.append(_over(first, middle, at))
            first = middle
    return path[::-1]


def consistency(earlier: int, size: int, at: At) -> list[bytes]:
    """RFC 9162 2.1.4.1: that a tree of `size` begins with the tree of size `earlier`. Needs 0 < earlier <= size."""
    if not 0 < earlier <= size:
        raise ValueError("the earlier tree is empty, or larger than the later one")
    path, first, end = list[bytes](), 0, size
    while earlier != end:
        middle = first + _split(end - first)
        if earlier <= middle:
            path.append(_over(middle, end, at))
            end = middle
        else:
            path.append(_over(first, middle, at))
            first = middle
    if first:
        path.append(_over(first, end, at))
    return path[::-1]


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 2.1.3.2: whether the path leads from this leaf hash, at this index, to the root of a tree of this size.

    `size` and `root` must come from one checkpoint: a path alone does not fix the size.
    """
    if not 0 <= index < size or not _hashes(leaf, root, *path):
        return False
    found, last = leaf, size - 1
    for each in path:
        if not last:
            return False
        if index & 1 or index == last:
            found = sha256(b"\1" + each + found).digest()
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            found = sha256(b"\1" + found + each).digest()
        index, last = index >> 1, last >> 1
    return not last and found == root


def is_consistent(earlier: int, earlier_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """RFC 9162 2.1.4.2: whether the tree of `size` and `root` begins with the tree of `earlier` and `earlier_root`."""
    if not 0 < earlier <= size or not _hashes(earlier_root, root, *path):
        return False
    if earlier == size:
        return not path and earlier_root == root
    trail = path if earlier & (earlier - 1) else (earlier_root, *path)
    return bool(trail) and _grows(earlier, size, trail) == (earlier_root, root)


def _grows(earlier: int, size: int, trail: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """The earlier and the later root to which the trail leads, None if it has not the length that it must have."""
    index, last = earlier - 1, size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    old = new = trail[0]
    for each in trail[1:]:
        if not last:
            return None
        if index & 1 or index == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            new = node_hash(new, each)
        index, last = index >> 1, last >> 1
    return None if last else (old, new)


def _hashes(*values: bytes) -> bool:
    """Whether each is as long as a hash."""
    return {32}.issuperset(map(len, values))
