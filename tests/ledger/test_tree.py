"""The tree: against published vectors, against the RFC written out naively, and in tiles."""

from hypothesis import given
from hypothesis import strategies as st

from app.ledger.leaves import leaf_hash
from app.ledger.tiles import FULL, WIDTH, Edge, Tile, holding, needed, reader, split
from app.ledger.tree import EMPTY, Frontier, consistency, inclusion, is_consistent, is_included, root_of
from tests.ledger import oracle
from tests.ledger.logs import Log, grown

# The reference entries and roots of Certificate Transparency's implementations of RFC 6962.
ENTRIES = [
    bytes.fromhex(each)
    for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LOG = Log(70)
HUGE = Log(700)


def test_the_published_roots_come_out() -> None:
    leaves = [leaf_hash(entry) for entry in ENTRIES]
    assert [root_of(leaves[:n]).hex() for n in range(9)] == ROOTS
    assert bytes.fromhex(ROOTS[0]) == EMPTY


def test_every_root_and_proof_up_to_seventy_is_what_the_rfc_says() -> None:
    """Seen to fail with the path in the other order, and with `<` for `<=` in `consistency`."""
    for size in range(1, 41):
        d = LOG.entries[:size]
        assert LOG.roots[size] == oracle.mth(d)
        for n in range(size):
            assert LOG.inclusion(n, size) == oracle.path(n, d)
            assert LOG.consistency(n + 1, size) == oracle.proof(n + 1, d)


@given(st.integers(1, 700), st.data())
def test_what_is_proved_is_accepted(size: int, data: st.DataObject) -> None:
    index, earlier = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    root = HUGE.roots[size]
    assert is_included(HUGE.leaves[index], index, size, HUGE.inclusion(index, size), root)
    assert is_consistent(earlier, HUGE.roots[earlier], size, root, HUGE.consistency(earlier, size))


@given(st.lists(st.integers(0, 90), max_size=12), st.integers(0, 700))
def test_a_tree_that_grew_in_any_steps_is_the_same_tree(steps: list[int], size: int) -> None:
    """Seen to fail with the peaks kept in the order in which they arise."""
    leaves = HUGE.leaves[:size]
    frontier = grown(leaves, steps)
    assert (frontier.size, frontier.root) == (size, HUGE.roots[size])
    assert frontier == Frontier().extended(leaves)


@given(st.integers(1, 700), st.data())
def test_proofs_are_made_from_the_tiles_that_are_asked_for_and_from_no_others(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    for proof, expected in (
        (lambda at: inclusion(index, size, at), HUGE.inclusion(index, size)),
        (lambda at: consistency(index + 1, size, at), HUGE.consistency(index + 1, size)),
    ):
        asked = needed(proof)
        assert all(tile.of(size) for tile in asked)
        tiles = {(tile.level, tile.index): stored(tile) for tile in asked}
        assert proof(reader(tiles)) == expected


def stored(tile: Tile) -> bytes:
    """The tile's bytes by their definition."""
    start = tile.index * WIDTH
    return b"".join(HUGE.at(8 * tile.level, start + n) for n in range(tile.width))


def test_a_full_tile_is_a_leaf_of_the_level_above() -> None:
    below = stored(Tile(0, 1))
    assert len(below) == FULL
    assert stored(Tile(1, 0, 2))[32:] == root_of(split(below))
    assert holding(8, 1) == (Tile(1, 0, 2), 1)
    assert holding(9, 0) == (Tile(1, 0, 2), 0)


@given(st.lists(st.integers(0, 400), max_size=6), st.integers(0, 700))
def test_an_edge_that_grew_in_any_steps_gives_the_tiles_and_the_root_of_the_tree(steps: list[int], size: int) -> None:
    """Seen to fail with the index of a full tile counted from the new size."""
    edge, full, first = Edge(), dict[Tile, bytes](), 0
    for step in [*steps, size]:
        more = HUGE.leaves[first : min(first + step, size)]
        edge, tiles = edge.extended(more)
        assert not full.keys() & tiles.keys()
        full |= tiles
        first += len(more)
    assert (edge.size, edge.frontier.root) == (size, HUGE.roots[size])
    every = {Tile(0, n) for n in range(size >> 8)} | {
        Tile(level, 0 if level else size >> 8, width) for level, width in enumerate((size % 256, size >> 8)) if width
    }
    assert {tile: stored(tile) for tile in every} == full | edge.partial
