"""The signer's commands: its keys, what it refuses to begin with, and that it runs until it is told to stop."""

import asyncio
import signal
import subprocess
import sys
import time
from pathlib import Path

from app.ledger.leaves import Opening
from app.ledger.notes import Checkpoint, VerifierKey
from app.signing.folder import LogFolder, every_note_in, locked
from app.signing.keys import read_keys
from tests.commands import Run
from tests.signing.world import NAME, World

SUPERVISION = [sys.executable, "-c", "from app.cli import main; main()"]


def test_a_key_is_made_followed_by_another_and_retired(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    given = {"SIGNER_KEY_FILE": str(file), "LOG_NAME": NAME, "SIGNER_FOLDER": str(tmp_path / "signer")}
    assert run("signer", "retire", **given).returncode == 1
    assert run("signer", "new-key", **given).returncode == 0
    assert "is there already" in run("signer", "new-key", **given).stderr
    (first,) = read_keys(file)
    assert "holds one key" in run("signer", "retire", **given).stderr
    assert run("signer", "rotate", **given).returncode == 0
    assert "two keys already" in run("signer", "rotate", **given).stderr
    told = run("signer", "keys", "--council", "luton", **given).stdout.split()
    assert [VerifierKey.read(line).name for line in told] == [f"{NAME}/log/luton"] * 2
    assert "is not there" in run("signer", "retire", **given).stderr
    log, (_, newer) = LogFolder(tmp_path / "signer" / "luton" / "1"), read_keys(file)
    said, opening = Checkpoint(f"{NAME}/log/luton", 1, bytes(32)), Opening(f"{NAME}/log/luton").encoded()
    log.keep_opening(opening)
    log.keep(said.signed([first]).encode(), {})
    assert "has not signed for luton yet" in run("signer", "retire", **given).stderr
    assert len(read_keys(file)) == 2
    log.keep(said.signed([first, newer]).encode(), {})
    assert "The older key signs no more" in run("signer", "retire", **given).stdout
    (second,) = read_keys(file)
    assert second == newer
    assert second != first
    assert (
        second.named(f"{NAME}/log/luton/2").verifier.text
        in run("signer", "keys", "--council", "luton", "--log", "2", **given).stdout
    )
    assert file.stat().st_mode & 0o077 == 0
    file.chmod(0o640)
    refused = run("signer", "keys", "--council", "luton", **given)
    assert (refused.returncode, "others than its owner may read" in refused.stderr) == (1, True)
    file.chmod(0o600)
    file.write_text(second.text[:-2])
    for command in (("rotate",), ("keys", "--council", "luton")):
        refused = run("signer", *command, **given)
        assert refused.returncode == 1
        assert second.text[30:50] not in refused.stderr


async def test_it_signs_until_told_to_stop_and_is_alone_in_its_folder(world: World, run: Run, tmp_path: Path) -> None:
    await world.append(10)
    given = {"SIGNER_KEY_FILE": str(tmp_path / "keys"), "LOG_NAME": NAME}
    run("signer", "new-key", **given)
    given |= {"SIGNER_FOLDER": str(world.folder), "SIGNER_DATABASE_URL": world.cluster.signer_url}
    with locked(world.folder):
        assert "Another signer works in" in (await asyncio.to_thread(run, "sign", **given)).stderr
    environment = {f"SUPERVISION_{name}": value for name, value in given.items()} | {"PATH": "/usr/bin:/bin"}
    with subprocess.Popen([*SUPERVISION, "sign"], env=environment, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 60
        while not await world.notes():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    (note,) = every_note_in(world.folder / world.council / "checkpoints")
    keys = [key.named(world.origin).verifier for key in read_keys(tmp_path / "keys")]
    assert Checkpoint.verified(note, world.origin, keys).size == 11


async def test_after_a_restore_one_command_begins_the_new_log(world: World, run: Run, tmp_path: Path) -> None:
    await world.append(10)
    await world.turn()
    await world.restore_to(5)
    owner = {"OWNER_DATABASE_URL": world.cluster.owner_url}
    file = world.folder / world.council / "checkpoints"
    nobody = await asyncio.to_thread(
        run, "restore-finished", "--council", "nobody", "--checkpoints", str(file), **owner
    )
    assert (nobody.returncode, "no council nobody" in nobody.stderr) == (1, True)
    nothing = await asyncio.to_thread(
        run, "restore-finished", "--council", world.council, "--checkpoints", str(tmp_path / "none"), **owner
    )
    assert (nothing.returncode, "cannot be read" in nothing.stderr) == (1, True)
    done = await asyncio.to_thread(
        run, "restore-finished", "--council", world.council, "--checkpoints", str(file), **owner
    )
    assert done.returncode == 0, done.stderr
    assert f"goes on as {world.origin}/2" in done.stdout
    assert await world.turn() is None
