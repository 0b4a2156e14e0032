"""The signer: what it signs, what it refuses, and that no crash and no older copy brings it to a bad signature."""

import hashlib
import secrets
import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from app import published, restoring
from app.ledger.leaves import Entry, Opening, leaf_hash
from app.ledger.notes import Checkpoint, SignerKey
from app.ledger.proofs import Proof
from app.ledger.tiles import Tile
from app.ledger.tree import is_consistent, root_of
from app.signing.folder import LogFolder, Published, every_note_in
from tests.signing.world import NAME, World


async def test_what_is_recorded_is_signed_and_every_proof_holds(world: World) -> None:
    await world.append(300)
    assert await world.turn() is None
    await world.append(230)
    assert await world.turn() is None
    assert await world.sizes() == [301, 531]
    keys = [world.keys[0].named(world.origin).verifier]
    newest = Checkpoint.verified((await world.notes())[-1], world.origin, keys)
    assert newest.root == root_of(await world.leaves())
    async with world.database(world.cluster.service_url) as database, database.read(world.council) as connection:
        for position in (1, 255, 256, 300, 512, 530):
            found = await published.included(connection, position)
            proof = Proof.read(found.file)
            assert proof.verify(proof.extra or b"", world.origin, keys) == newest
            assert Entry.read(proof.extra or b"").digest == hashlib.sha256(str(position).encode()).digest()
        for earlier, size in ((1, 531), (301, 531), (256, 400), (7, 7)):
            grown = await published.grown(connection, earlier, size)
            assert is_consistent(earlier, grown.roots[0], size, grown.roots[1], grown.path)
        for tile in (Tile(0, 0), Tile(0, 1), Tile(0, 2, 19), Tile(0, 0, 7), Tile(1, 0, 2)):
            assert len(await published.tile_of(connection, tile)) == 32 * tile.width


async def test_nothing_is_signed_twice_and_a_second_key_signs_beside_the_first_and_after_it(world: World) -> None:
    await world.append(5)
    await world.turn()
    await world.turn()
    assert await world.sizes() == [6]
    first = world.keys[0]
    world.keys = [first, second := SignerKey(NAME, secrets.token_bytes(32))]
    await world.turn()
    both = (await world.notes())[-1]
    for key in (first, second):
        assert Checkpoint.verified(both, world.origin, [key.named(world.origin).verifier]).size == 6
    world.keys = [second]
    await world.append(1)
    assert await world.turn() is None
    assert await world.sizes() == [6, 6, 7]
    world.keys = [SignerKey(NAME, secrets.token_bytes(32))]
    await world.append(1)
    assert "not signed by a key of this signer" in (await world.turn() or "")
    assert await world.sizes() == [6, 6, 7]


@pytest.mark.parametrize(
    ("table", "change", "why"),
    [
        ("event", "UPDATE event SET digest = sha256('x') WHERE tenant = $1 AND position = 300", "at position 300"),
        ("event", "UPDATE event SET recordedtime = recordedtime + interval '1 us' WHERE tenant = $1 AND position = 3",
         "at position 3,"),
        ("event", "UPDATE event SET digest = sha256('x') WHERE tenant = $1 AND position = 519", "at position 519"),
        ("event", "DELETE FROM event WHERE tenant = $1 AND position = 260", "a gap"),
        ("event", "DELETE FROM event WHERE tenant = $1 AND position > 515", "ends at position 515"),
        ("ledger_tile", "UPDATE ledger_tile SET hashes = root || substr(hashes, 33) WHERE tenant = $1 AND index = 1",
         "at position 256"),
    ],
)  # fmt: skip
async def test_an_edited_database_is_refused_by_the_signer_that_runs_and_by_one_that_starts(
    world: World, table: str, change: str, why: str
) -> None:
    """Seen to fail without the turns in which old leaves are read again."""
    await world.append(520)
    running = world.signer(world.own)
    await running.take()
    await world.tamper(table, change, world.council)
    for _ in range(4):  # the whole ledger, a tile at a turn
        await running.take()
    assert why in (await world.refusal() or "")
    if table == "event":
        assert why in (await world.turn() or "")
    await world.append(3)
    await running.take()
    assert await world.sizes() == [521]


async def test_what_was_put_right_is_signed_again(world: World) -> None:
    await world.append(10)
    running = world.signer(world.own)
    await running.take()
    await world.tamper(
        "event", "UPDATE event SET digest = sha256('x') WHERE tenant = $1 AND position = 4", world.council
    )
    await running.take()
    assert "at position 4" in (await world.refusal() or "")
    was = hashlib.sha256(b"4").digest()
    await world.tamper("event", "UPDATE event SET digest = $2 WHERE tenant = $1 AND position = 4", world.council, was)
    await world.append(1)
    await running.take()
    assert await world.refusal() is None
    assert await world.sizes() == [11, 12]


async def test_a_database_that_went_back_and_grew_again_is_refused(world: World) -> None:
    await world.append(40)
    await world.turn()
    await world.restore_to(20)
    assert "ends at position 20, and was signed up to position 40" in (await world.turn() or "")
    await world.append(30, salt="other ")
    assert "at position" in (await world.turn() or "")
    assert await world.sizes() == []


@pytest.mark.parametrize("keeps", ["nothing", "an older copy", "its file of checkpoints"])
async def test_a_signer_that_lost_its_memory_goes_on_from_what_was_published(world: World, keeps: str) -> None:
    await world.append(30)
    await world.turn()
    older = shutil.copytree(world.folder, world.folder.with_name("older"))
    await world.append(30)
    await world.turn()
    file = world.folder / world.council / "checkpoints"
    if keeps == "an older copy":
        place = older
    else:
        place = world.folder.with_name("new")
        if keeps == "its file of checkpoints":
            (place / world.council).mkdir(parents=True)
            shutil.copyfile(file, place / world.council / "checkpoints")
            await world.restore_to(60)  # everything that was published is gone from the database
    await world.append(1)
    assert await world.turn(place) is None
    assert (await world.sizes())[-1] == 62
    await world.all_are_of_one_tree()


@pytest.mark.parametrize("keeps", ["nothing", "an older copy"])
async def test_a_signer_that_lost_its_memory_beside_an_edited_database_signs_nothing(world: World, keeps: str) -> None:
    """Seen to fail with the folder alone asked for what was signed."""
    await world.append(30)
    await world.turn()
    older = shutil.copytree(world.folder, world.folder.with_name("older"))
    await world.append(30)
    await world.turn()
    await world.tamper(
        "event", "UPDATE event SET digest = sha256('x') WHERE tenant = $1 AND position = 50", world.council
    )
    await world.append(1)
    place = older if keeps == "an older copy" else world.folder.with_name("new")
    assert "reads differently" in (await world.turn(place) or "")
    assert await world.sizes() == [31, 61]


async def test_after_a_restore_a_new_log_names_the_last_checkpoint_and_cursors_learn_where_to_begin(
    world: World,
) -> None:
    await world.append(20)
    await world.turn()
    await world.append(20)
    await world.turn()
    await world.restore_to(30)
    assert "restore-finished" in (await world.turn() or "")
    file = world.folder / world.council / "checkpoints"
    async with world.database(world.cluster.owner_url) as owner:
        done = await restoring.finish(owner, world.council, every_note_in(file), world.now())
        assert (done.origin, done.earlier_origin, done.first_position) == (f"{world.origin}/2", world.origin, 21)
        await world.append(5, salt="other ")
        assert await world.turn() is None
        last = Checkpoint.unverified(every_note_in(file)[1])
        opening = Opening.read(LogFolder(world.folder / world.council / "2").opening or b"")
        assert opening == Opening(done.origin, world.origin, 41, last.root)
        newest = Checkpoint.unverified((await world.notes())[-1])
        assert (newest.origin, newest.size) == (done.origin, 36)
        assert newest.root == root_of([leaf_hash(opening.encoded()), *(await world.leaves())[1:]])
        # and again, from before that
        await world.restore_to(10)
        assert "a later log was signed" in (await world.turn() or "")
        again = await restoring.finish(owner, world.council, every_note_in(file), world.now())
        assert (again.origin, again.first_position) == (f"{world.origin}/3", 1)
        assert await world.turn() is None
    # the backup does not know the second log; whoever reads the openings must find the way from the first to the third
    statement = "SELECT origin, earlier_origin FROM ledger_opening WHERE tenant = $1 ORDER BY log"
    origins = ["", world.origin, f"{world.origin}/2", f"{world.origin}/3"]
    shown = [(row["earlier_origin"], row["origin"]) for row in await world.do(statement, world.council)]
    assert shown == list(pairwise(origins))
    await world.tamper("ledger_opening", "UPDATE ledger_opening SET earlier_size = 7 WHERE tenant = $1 AND log = 2",
                       world.council)  # fmt: skip
    assert "opening in the database is not the one" in (await world.turn() or "")


async def test_where_nothing_signed_was_lost_the_log_goes_on_and_where_the_key_was_a_new_one_begins(
    world: World,
) -> None:
    await world.append(20)
    await world.turn()
    await world.append(5)  # never signed, and lost
    await world.tamper("event", "DELETE FROM event WHERE tenant = $1 AND position > 20", world.council)
    async with world.database(world.cluster.owner_url) as owner:
        done = await restoring.finish(owner, world.council, [], world.now())
        assert (done.origin, done.earlier_origin, done.first_position) == (world.origin, world.origin, 21)
        await world.append(3, salt="other ")
        assert await world.turn() is None
        world.keys = [SignerKey(NAME, secrets.token_bytes(32))]
        assert await world.turn() is not None
        done = await restoring.finish(owner, world.council, [], world.now(), new_log=True)
        assert (done.origin, done.first_position) == (f"{world.origin}/2", 24)
        assert await world.turn() is None
        assert Checkpoint.unverified((await world.notes())[-1]).origin == done.origin
    ended = await world.do("SELECT first_position FROM restored WHERE tenant = $1 ORDER BY finished", world.council)
    assert [row["first_position"] for row in ended] == [21, 24]


async def test_a_new_log_that_leaves_out_what_was_signed_last_is_not_signed(world: World) -> None:
    await world.append(20)
    await world.turn()
    await world.append(20)
    await world.turn()
    first = every_note_in(world.folder / world.council / "checkpoints")[:1]
    await world.restore_to(10)
    async with world.database(world.cluster.owner_url) as owner:
        await restoring.finish(owner, world.council, first, world.now())
    assert "names another checkpoint than the last that was signed, which has 41" in (await world.turn() or "")
    assert await world.notes() == []


def test_a_file_of_checkpoints_that_a_crash_cut_short_goes_on(tmp_path: Path) -> None:
    file = Published(tmp_path / "checkpoints")
    key = SignerKey(NAME, bytes(32))
    notes = [Checkpoint("a/log/b", size, bytes(32)).signed([key]).encode() for size in (1, 2, 3)]
    file.add(notes[0])
    file.add(notes[1])
    file.add(notes[1])
    file.path.write_bytes(file.path.read_bytes()[:-30])
    assert file.newest() == {"a/log/b": notes[0]}
    file.add(notes[2])
    assert every_note_in(file.path) == [notes[0], notes[2]]
