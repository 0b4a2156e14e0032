"""More than a million altered proofs, none of which is accepted."""

from collections.abc import Iterator
from itertools import combinations

from app.ledger.tree import is_consistent, is_included
from tests.ledger.logs import Log, flipped

LOG = Log(39)
OTHER = Log(39, "another log")
SIZES = range(1, len(LOG.leaves) + 1)
FLIPPED = range(1, 12)

Paths = dict[tuple[int, int], list[bytes]]


def altered(path: list[bytes], others: list[bytes]) -> Iterator[list[bytes]]:
    """The path with hashes swapped, dropped, doubled, added, replaced or cut."""
    for a, b in combinations(range(len(path)), 2):
        swapped = path.copy()
        swapped[a], swapped[b] = path[b], path[a]
        yield swapped
    for n, node in enumerate(path):
        yield path[:n] + path[n + 1 :]
        yield [*path[:n], node, *path[n:]]
        yield [*path[:n], node[:-1], *path[n + 1 :]]
        yield [*path[:n], node + b"\0", *path[n + 1 :]]
        yield from ([*path[:n], other, *path[n + 1 :]] for other in others if other != node)
    for n in range(len(path) + 1):
        yield from ([*path[:n], other, *path[n:]] for other in (bytes(32), *others))
        if n < len(path):
            yield path[:n]


def test_none_of_a_million_altered_proofs_is_accepted() -> None:
    """Seen to fail where a path might be shorter than the tree is high, of either kind of proof."""
    tried = accepted = 0
    inclusion: Paths = {(n, size): LOG.inclusion(n, size) for size in SIZES for n in range(size)}
    consistency: Paths = {(n, size): LOG.consistency(n, size) for size in SIZES for n in range(1, size)}
    leaves, roots = LOG.leaves, LOG.roots
    assert all(is_included(leaves[n], n, size, path, roots[size]) for (n, size), path in inclusion.items())
    assert all(is_consistent(n, roots[n], size, roots[size], path) for (n, size), path in consistency.items())

    for (n, size), path in inclusion.items():
        # what belongs to another leaf, another size (with that size's own root), or another log
        given = [
            is_included(leaves[n], n, size, others, roots[size])
            for (m, other), others in inclusion.items()
            if (m, other) != (n, size) and others != path
        ]
        given += [is_included(leaves[m], n, size, path, roots[size]) for m in range(39) if m != n]
        given += [is_included(leaves[n], m, size, path, roots[size]) for m in range(-2, 2 * size) if m != n]
        given += [is_included(leaves[n], n, size, path, roots[m]) for m in SIZES if m != size]
        given += [is_included(leaves[n], n, m, path, roots[m]) for m in SIZES if m != size]
        # a size alone, where the tree of that size is higher or lower at this leaf
        unlike = [m for m in SIZES if m > n and len(inclusion[n, m]) != len(path)]
        given += [is_included(leaves[n], n, m, path, roots[size]) for m in unlike]
        given += [is_included(OTHER.leaves[n], n, size, path, roots[size])]
        given += [is_included(leaves[n], n, size, path, OTHER.roots[size])]
        given += [
            is_included(leaves[n], n, size, each, roots[size]) for each in altered(path, [leaves[n], roots[size]])
        ]
        tried, accepted = tried + len(given), accepted + sum(given)

    for (n, size), path in consistency.items():
        given = [is_consistent(m, roots[m], size, roots[size], path) for m in SIZES if m != n]
        given += [is_consistent(n, roots[n], m, roots[m], path) for m in SIZES if m != size]
        given += [is_consistent(n, roots[m], size, roots[size], path) for m in SIZES if m != n]
        unlike = [m for m in SIZES if m > n and len(consistency[n, m]) != len(path)]
        given += [is_consistent(n, roots[n], m, roots[size], path) for m in unlike]
        given += [is_consistent(n, OTHER.roots[n], size, roots[size], path)]
        given += [is_consistent(n, roots[n], size, OTHER.roots[size], path)]
        given += [is_consistent(size, roots[size], n, roots[n], path)]
        more = altered(path, [roots[n], roots[size]])
        given += [is_consistent(n, roots[n], size, roots[size], each) for each in more]
        tried, accepted = tried + len(given), accepted + sum(given)

    bits = range(256)
    for size in FLIPPED:
        root = roots[size]
        for n in range(size):
            path = inclusion[n, size]
            turned = [[*path[:at], flipped(path[at], bit), *path[at + 1 :]] for at in range(len(path)) for bit in bits]
            given = [is_included(leaves[n], n, size, each, root) for each in turned]
            given += [is_included(flipped(leaves[n], bit), n, size, path, root) for bit in bits]
            given += [is_included(leaves[n], n, size, path, flipped(root, bit)) for bit in bits]
            tried, accepted = tried + len(given), accepted + sum(given)
            if n:
                path = consistency[n, size]
                turned = [
                    [*path[:at], flipped(path[at], bit), *path[at + 1 :]] for at in range(len(path)) for bit in bits
                ]
                given = [is_consistent(n, roots[n], size, root, each) for each in turned]
                given += [is_consistent(n, flipped(roots[n], bit), size, root, path) for bit in bits]
                given += [is_consistent(n, roots[n], size, flipped(root, bit), path) for bit in bits]
                tried, accepted = tried + len(given), accepted + sum(given)

    assert accepted == 0
    assert tried >= 1_000_000
