"""A signer killed at every step, and a database that meanwhile became another: no two signatures ever contradict."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from app.ledger.notes import Checkpoint
from app.ledger.tree import root_of
from app.signing.folder import every_note_in
from tests.signing.world import World


class Killer:
    """Starts signers that are killed."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def turn(self, world: World, step: int) -> bool:
        """A signer takes one turn; whether it was killed before it came to the end."""
        told = {
            "url": world.cluster.signer_url, "council": world.council, "folder": str(world.folder),
            "seed": world.keys[0].seed.hex(), "step": step,
        }  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(told), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline().split("\n")[0] or 0) == 9


@pytest.fixture
def killer() -> Iterator[Killer]:
    command = [sys.executable, "-m", "tests.signing.dying"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Killer(process)
        assert process.stdin is not None
        process.stdin.close()


def told_somewhere(world: World, notes: list[bytes]) -> set[Checkpoint]:
    """Everything that anybody could have read, and what the signer itself remembers."""
    own = world.folder / world.council
    files = [own / "checkpoints", own / "1" / "checkpoint"]
    return {Checkpoint.unverified(n) for n in [*notes, *(n for f in files if f.exists() for n in every_note_in(f))]}


async def test_killed_at_any_step_it_never_signs_two_trees_of_one_log(world: World, killer: Killer) -> None:
    """Seen to fail with the table written before the signer's own folder and file."""
    await world.append(250)
    await world.turn()
    step, killed, refused, size = 0, True, 0, 251
    while killed:
        step += 1
        await world.append(10, salt="one ")
        one = root_of(await world.leaves())
        killed = killer.turn(world, step)
        signed = {said for said in told_somewhere(world, await world.notes()) if said.size == size + 10}
        assert {said.root for said in signed} <= {one}
        # the ledger becomes another while nobody looks
        await world.restore_to(size - 1)
        await world.append(10, salt="other ")
        other = root_of(await world.leaves())
        refusal = await world.turn()
        after = signed | {said for said in told_somewhere(world, await world.notes()) if said.size == size + 10}
        assert {said.root for said in after} == ({one} if signed else {other}), step
        assert (refusal is not None) == bool(signed), step
        refused += bool(signed)
        if signed:
            await world.restore_to(size - 1)
            await world.append(10, salt="one ")
            assert await world.turn() is None
        size += 10
    assert step > 10
    assert 0 < refused < step


async def test_killed_at_any_step_it_goes_on_where_it_was(world: World, killer: Killer) -> None:
    """Seen to fail with a tile that is thought to be published as soon as it is in the folder."""
    step, killed = 0, True
    while killed:
        step += 1
        await world.append(90)
        killed = killer.turn(world, step)
    await world.append(1)
    assert await world.turn() is None
    await world.all_are_of_one_tree()
    assert (await world.sizes())[-1] == 90 * step + 2
    await world.every_tile_is_published()
