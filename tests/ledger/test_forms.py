"""Entries, tiles' addresses, keys, notes, checkpoints and proofs: read exactly, or refused with a reason."""

from datetime import UTC, datetime

import pytest

from app.ledger import Malformed, Unproven
from app.ledger.leaves import Entry, Opening, leaf_hash, leaf_hashes, microseconds, moment
from app.ledger.notes import Checkpoint, SignerKey, VerifierKey, decimal, signed, verified
from app.ledger.proofs import Proof
from app.ledger.tiles import Tile
from app.ledger.tree import is_consistent
from tests.ledger.logs import Log, digest, flipped, refusal

# The example of Go's golang.org/x/mod/sumdb/note.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANNS_OWN = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
SAID = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

ORIGIN = "ledger.example/log/luton"
KEY, SECOND, STRANGER = (SignerKey(ORIGIN, digest(name)) for name in ("first", "second", "stranger"))
LOG = Log(9)
HEAD = Checkpoint(ORIGIN, 9, LOG.roots[9])
NOTE = HEAD.signed([KEY]).encode()


def test_gos_own_example_is_read_and_written_to_the_byte() -> None:
    assert signed(SAID, [SignerKey.read(NEUMANNS_OWN)]) == f"{SAID}\n{LINE}"
    assert verified(f"{SAID}\n{LINE}".encode(), [VerifierKey.read(NEUMANN)]) == SAID
    assert SignerKey.read(NEUMANNS_OWN).verifier.text == NEUMANN
    assert SignerKey.read(NEUMANNS_OWN).text == NEUMANNS_OWN


def test_an_entry_is_its_fifty_one_bytes_and_an_opening_names_what_came_before() -> None:
    recorded = microseconds(datetime(2025, 4, 4, 12, 30, 0, 123456, UTC))
    entry = Entry(7, recorded, digest("body"))
    assert entry.encoded() == b"sv1" + (7).to_bytes(8) + recorded.to_bytes(8) + digest("body")
    assert Entry.read(entry.encoded()) == entry
    assert moment(recorded) == datetime(2025, 4, 4, 12, 30, 0, 123456, UTC)
    assert leaf_hashes(7, [recorded, 5], [digest("body"), digest("b")]) == [
        leaf_hash(entry.encoded()),
        leaf_hash(Entry(8, 5, digest("b")).encoded()),
    ]
    for opening in (Opening("a"), Opening("a/log/ü", "a", 17, digest("root"))):
        assert Opening.read(opening.encoded()) == opening


@pytest.mark.parametrize(
    "entry",
    [
        b"", bytes(51), Entry(1, 1, bytes(32)).encoded()[:-1], Entry(1, 1, bytes(32)).encoded() + b"\0",
        Entry(0, 1, bytes(32)).encoded(),
    ],
)  # fmt: skip
def test_what_is_no_entry_is_refused(entry: bytes) -> None:
    with pytest.raises(Malformed):
        Entry.read(entry)


@pytest.mark.parametrize(
    "opening",
    [
        b"", b"sv1-open", b"sv1-open\xff\xff", Opening("a").encoded() + b"\0", Opening("a").encoded()[:-1],
        Opening("").encoded(), Opening("a", "b", 0).encoded(), Opening("a", "", 3).encoded(),
        Opening("a", "", 0, digest("root")).encoded(), Opening("a").encoded().replace(b"a", b"\xff"),
    ],
)  # fmt: skip
def test_what_is_no_opening_is_refused(opening: bytes) -> None:
    with pytest.raises(Malformed):
        Opening.read(opening)


def test_a_tiles_address_is_that_of_c2sp_and_has_one_spelling() -> None:
    for path, tile in {
        "0/000": Tile(0, 0), "0/x001/x234/067": Tile(0, 1234067), "2/017.p/1": Tile(2, 17, 1),
        "63/999.p/255": Tile(63, 999, 255), "1/x001/000": Tile(1, 1000),
    }.items():  # fmt: skip
        assert (tile.path, Tile.read(path)) == (path, tile)
    for path in (
        "", "0", "0/0", "0/00", "0/0000", "00/000", "64/000", "-1/000", "0/x000/001", "0/001/002", "0/001.p/0",
        "0/001.p/256", "0/001.p/01", "0/001.p", "0/001/", "/0/001", "0/001\n", "0/x12/001", "0/٠٠١",
        "0/" + "x001/" * 20 + "001",
    ):  # fmt: skip
        assert refusal(lambda path=path: Tile.read(path), Malformed), path
    tree = [(tile.path, tile.of(70_000)) for tile in (Tile(0, 272), Tile(0, 273, 112), Tile(1, 0), Tile(2, 0, 1))]
    assert all(there for _, there in tree)
    assert not any(tile.of(70_000) for tile in (Tile(0, 273, 113), Tile(0, 273), Tile(1, 1, 18), Tile(2, 0, 2)))


def test_a_checkpoint_is_believed_if_one_known_key_signed_it_and_none_wrongly() -> None:
    keys = [KEY.verifier, SECOND.verifier]
    for signers in ([KEY], [SECOND], [KEY, SECOND], [STRANGER, KEY]):
        assert Checkpoint.verified(HEAD.signed(signers).encode(), ORIGIN, keys) == HEAD
    both = HEAD.signed([KEY, SECOND])
    wrong = both.replace(SECOND.line(HEAD.text), SECOND.line("another text"))
    for note, why in (
        (wrong, "is wrong"),
        (HEAD.signed([STRANGER]), "no key that is known"),
        (Checkpoint("ledger.example/log/other", 9, HEAD.root).signed([KEY]), "no key that is known"),
        (signed(Checkpoint("ledger.example/log/other", 9, HEAD.root).text, [KEY]), "of another log"),
    ):
        with pytest.raises(Unproven, match=why):
            Checkpoint.verified(note.encode(), ORIGIN, keys)
    with pytest.raises(Malformed, match="two signatures of one key"):
        Checkpoint.verified((both + KEY.line(HEAD.text)).encode(), ORIGIN, keys)


@pytest.mark.parametrize(
    "text",
    [
        "", "o\n1\n", "\n1\n" + "A" * 43 + "=\n", HEAD.text + "extension\n", HEAD.text.replace("\n9\n", "\n09\n"),
        HEAD.text.replace("\n9\n", "\n-9\n"), HEAD.text.replace("\n9\n", "\n٩\n"), HEAD.text.replace("=\n", "\n"),
        HEAD.text.replace("\n9\n", f"\n{1 << 63}\n"), HEAD.text[:-1], "o\n1\n" + "A" * 42 + "B=\n", "o\n1\nAAAA\n",
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        Checkpoint.read(text)


@pytest.mark.parametrize(
    "note",
    [
        b"", NOTE[:-1], NOTE.replace(b"\n\n", b"\n"), NOTE + b"\n", NOTE + b"more\n", NOTE.replace(b"\n", b"\r\n"),
        NOTE + "— a b\n".encode(), NOTE + "— a AAAA\n".encode(), b"\xff" + NOTE, NOTE + "— a AAAAAAB=\n".encode(),
        NOTE + "— a+b AAAAAAA=\n".encode(), NOTE + "— a AAAAAAA=\n".encode() * 64, b"a" * 64_001,
        b"\n\n" + NOTE.split(b"\n\n")[1],
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(note: bytes) -> None:
    with pytest.raises(Malformed):
        Checkpoint.verified(note, ORIGIN, [KEY.verifier])


@pytest.mark.parametrize(
    "text",
    [
        "", "a", "a+b+c", NEUMANN + "+", NEUMANN[:-4], NEUMANN.replace("c74f20a3", "c74f20a4"),
        NEUMANN.replace("P", "Q", 1),
        NEUMANN.replace("+ARpc", "+AhpC"), NEUMANN.replace("c74f20a3", "C74F20A3"), " " + NEUMANN, NEUMANN + "\n",
        NEUMANN[:-1] + "=",
    ],
)  # fmt: skip
def test_what_is_no_key_is_refused_and_a_private_one_is_not_quoted(text: str) -> None:
    with pytest.raises(Malformed):
        VerifierKey.read(text)
    with pytest.raises(Malformed) as refused:
        SignerKey.read(NEUMANNS_OWN.replace("AYEKFAL", "AYEKFAM") + text)
    assert "AYEKFA" not in str(refused.value)
    assert "AYEKFA" not in repr(SignerKey.read(NEUMANNS_OWN))


def test_a_number_has_one_spelling() -> None:
    assert [decimal(text) for text in ("0", "10", str((1 << 63) - 1))] == [0, 10, (1 << 63) - 1]
    for text in ("", "00", "01", "+1", " 1", "1 ", "1_0", "1\n", str(1 << 63), "9" * 50):
        assert refusal(lambda text=text: decimal(text), Malformed), text


def test_a_proof_as_a_file_comes_back_and_shows_its_entry_alone() -> None:
    proof = Proof(4, tuple(LOG.inclusion(4, 9)), NOTE, b"entry 4")
    again = Proof.read(proof.encoded())
    assert again == proof
    assert again.verify(LOG.entries[4], ORIGIN, [KEY.verifier]) == HEAD
    assert Proof.read(Proof(0, (), NOTE).encoded()) == Proof(0, (), NOTE)
    with pytest.raises(Unproven, match="does not lead"):
        again.verify(LOG.entries[5], ORIGIN, [KEY.verifier])


@pytest.mark.parametrize(
    "bad", ["", "extra é", "index 04", "index 4\n", "extra AA\nindex 4", "index 4\nAAAA", "extra AAAA"]
)
def test_what_is_no_proof_is_refused(bad: str) -> None:
    with pytest.raises(Malformed):
        Proof.read(f"c2sp.org/tlog-proof@v1\n{bad}\n\n".encode() + NOTE)
    with pytest.raises(Malformed):
        Proof.read(Proof(4, (bytes(32),) * 64, NOTE).encoded())


def test_what_a_hostile_log_shows_does_not_pass() -> None:
    """Somebody kept the checkpoint of 9 entries; the log that they ask now wants them to believe another story."""
    other, grown = Log(12, "another story"), Log(12)
    kept, known = HEAD, [KEY.verifier]

    def believed(note: str, path: list[bytes]) -> bool:
        said = Checkpoint.verified(note.encode(), ORIGIN, known)
        return is_consistent(kept.size, kept.root, said.size, said.root, path)

    honest = Checkpoint(ORIGIN, 12, grown.roots[12])
    assert believed(honest.signed([KEY]), grown.consistency(9, 12))
    assert not believed(Checkpoint(ORIGIN, 9, other.roots[9]).signed([KEY]), [])  # a split view: the same size
    assert not believed(Checkpoint(ORIGIN, 12, other.roots[12]).signed([KEY]), other.consistency(9, 12))
    assert not believed(Checkpoint(ORIGIN, 7, grown.roots[7]).signed([KEY]), grown.consistency(7, 9))  # cut short
    assert not believed(Checkpoint(ORIGIN, 12, kept.root).signed([KEY]), grown.consistency(9, 12))  # the old root again
    for note in (
        Checkpoint(ORIGIN + "/2", 12, grown.roots[12]).signed([KEY]),
        honest.signed([STRANGER]),
        honest.signed([KEY]).replace("\n12\n", "\n13\n"),
    ):
        assert refusal(lambda note=note: believed(note, grown.consistency(9, 12)), Unproven)


def test_no_file_with_one_bit_turned_proves_anything() -> None:
    """Seen to fail where base 64 was taken in any spelling: the last digit of a hash has two bits that mean nothing."""
    file = Proof(4, tuple(LOG.inclusion(4, 9)), NOTE).encoded()
    for bit in range(8 * len(file)):
        turned = flipped(file, bit)
        assert refusal(
            lambda t=turned: Proof.read(t).verify(LOG.entries[4], ORIGIN, [KEY.verifier]), Malformed, Unproven
        ), bit
