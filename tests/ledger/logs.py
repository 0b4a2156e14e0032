"""A log of invented entries in memory, from which the tests make proofs."""

from collections.abc import Callable
from hashlib import sha256

from app.ledger.leaves import leaf_hash
from app.ledger.tree import Frontier, consistency, inclusion, root_of


class Log:
    """`size` entries; roots, leaves and proofs of every smaller tree too."""

    def __init__(self, size: int, name: str = "log") -> None:
        self.entries = [f"{name} {number}".encode() for number in range(size)]
        self.leaves = [leaf_hash(entry) for entry in self.entries]
        self.roots = [root_of(self.leaves[:n]) for n in range(size + 1)]

    def at(self, level: int, index: int) -> bytes:
        width = 1 << level
        return root_of(self.leaves[index * width : (index + 1) * width])

    def inclusion(self, index: int, size: int) -> list[bytes]:
        return inclusion(index, size, self.at)

    def consistency(self, earlier: int, size: int) -> list[bytes]:
        return consistency(earlier, size, self.at)


def grown(leaves: list[bytes], steps: list[int]) -> Frontier:
    """The frontier over the leaves, grown in these steps and at last in one."""
    frontier, first = Frontier(), 0
    for step in steps:
        frontier = frontier.extended(leaves[first : first + step])
        first += step
    return frontier.extended(leaves[first:])


def flipped(value: bytes, bit: int) -> bytes:
    """The value with one bit turned."""
    return (int.from_bytes(value) ^ 1 << bit).to_bytes(len(value))


def refusal(call: Callable[[], object], *kinds: type[Exception]) -> bool:
    """Whether the call ends in one of these."""
    try:
        call()
    except kinds:
        return True
    return False


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()
