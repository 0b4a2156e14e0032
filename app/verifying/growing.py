"""The tree over a bundle's leaves as they come, and its roots at the sizes that somebody signed or kept."""

from collections.abc import Iterable
from typing import Final

from app.ledger.leaves import leaf_hash
from app.ledger.tiles import HASH
from app.ledger.tree import Frontier
from app.verifying.bundle import Header

Size = tuple[str, int]
"""A log's origin, and a number of entries."""
_AT_ONCE: Final = 1 << 16


class Growing:
    """One tree for each log of the council's chain that is asked about: the same events, behind another opening."""

    def __init__(self, header: Header, wanted: Iterable[Size]) -> None:
        self._wanted = sorted({(size, origin) for origin, size in wanted}, reverse=True)
        self.roots: dict[Size, bytes] = {}
        self.trees = {header.origin: header.before}
        asked = {origin for _, origin in self._wanted}
        if header.first == 1:  # what lies before a range is known of this log alone
            self.trees |= {
                each.origin: Frontier().extended([leaf_hash(each.encoded())])
                for each in header.openings
                if each.origin in asked and each.origin != header.origin
            }
        self._origin = header.origin
        self._keep()

    @property
    def tree(self) -> Frontier:
        """The log's own tree so far."""
        return self.trees[self._origin]

    def take(self, leaves: bytes) -> None:
        """Further leaf hashes, 32 bytes each."""
        split = [leaves[n : n + HASH] for n in range(0, len(leaves), HASH)]
        while split:
            upto = self._wanted[-1][0] - self.tree.size if self._wanted else len(split)
            upto = min(max(upto, 1), _AT_ONCE)
            part, split = split[:upto], split[upto:]
            self.trees = {origin: tree.extended(part) for origin, tree in self.trees.items()}
            self._keep()

    def _keep(self) -> None:
        while self._wanted and self._wanted[-1][0] <= self.tree.size:
            size, origin = self._wanted.pop()
            if size == self.tree.size and origin in self.trees:
                self.roots[origin, size] = self.trees[origin].root
