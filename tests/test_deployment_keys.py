"""The deployment's keys: a file of them is private and well formed or is refused, and grows without being lost."""

import base64
import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.config import CouncilSettings
from app.deployment_keys import DeploymentKeys, EpochMissing, KeysRefused, add_epoch, key_bytes, read_keys
from tests.commands import Run


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with one epoch."""
    made = tmp_path / "keys.json"
    assert add_epoch(made) == 1
    return made


def _write(file: Path, content: object, mode: int = 0o600) -> Path:
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    file.chmod(mode)
    return file


def test_a_file_is_private_and_grows_by_one_epoch_at_a_time(file: Path) -> None:
    before = read_keys(file)
    assert add_epoch(file) == 2
    after = read_keys(file)
    assert after[1] == before[1] != after[2]
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in file.parent.iterdir()] == ["keys.json"]


def test_a_first_file_begins_with_the_key_that_there_was(tmp_path: Path) -> None:
    first = secrets.token_bytes(32)
    assert add_epoch(tmp_path / "keys.json", first) == 2
    assert read_keys(tmp_path / "keys.json")[1] == first


def test_two_that_add_an_epoch_at_once_lose_neither(file: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(add_epoch, [file] * 8)) == list(range(2, 10))
    assert len(set(read_keys(file).values())) == 9


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_a_file_that_others_may_read_or_write_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(KeysRefused, match=f"others \\(mode {mode:o}\\): `chmod 600`"):
        read_keys(file)


KEY = _key()
WRONG = [
    ("", "JSON"), ("{", "JSON"), ("[" * 50_000, "JSON"), ("[]", "holds no keys"), ({}, "holds no keys"),
    (f'{{"1": "{KEY}", "1": "{_key()}"}}', "once"), ({"one": KEY}, "whole number"), ({"0": KEY}, "whole number"),
    ({"01": KEY}, "whole number"), ({"-1": KEY}, "whole number"), ({"4294967296": KEY}, "whole number"),
    ({"٢": KEY}, "whole number"), ({"1": 7}, "epoch 1 that must be 32"), ({"1": KEY[:-8] + "===="}, "epoch 1"),
    ({"1": "not base64!"}, "epoch 1 that is not base64"), ({"1": KEY, "2": KEY}, "same key for two"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "why"), WRONG)
def test_a_file_that_is_not_keys_by_epoch_is_refused_without_repeating_it(
    file: Path, content: object, why: str
) -> None:
    with pytest.raises(KeysRefused, match=why) as refused:
        read_keys(_write(file, content))
    assert KEY not in str(refused.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(KeysRefused, match="cannot be read"):
            read_keys(place)
    os.mkfifo(tmp_path / "pipe", 0o600)
    held = os.open(tmp_path / "pipe", os.O_RDWR)
    with pytest.raises(KeysRefused, match="is not a file"):
        read_keys(tmp_path / "pipe")
    os.close(held)


@pytest.mark.parametrize(
    "weak",
    [
        b"",
        b"short",
        bytes(31),
        bytes(32),
        bytes(33),
        b"ab" * 16,
        b"correct horse battery staple 123",
        b"0123456789abcdef" * 2,
    ],
)
def test_a_key_that_is_short_or_no_random_bytes_is_refused(weak: bytes) -> None:
    with pytest.raises(KeysRefused, match="openssl rand"):
        key_bytes(base64.b64encode(weak).decode())


def test_a_new_epoch_is_found_without_a_restart_and_a_bad_file_changes_nothing(file: Path) -> None:
    keys = DeploymentKeys.from_file(file)
    first = keys.of(1)
    add_epoch(file)
    assert keys.current == 1
    assert keys.of(2) != first
    assert keys.current == 2
    _write(file, "{}")
    keys.look_again()
    assert (keys.of(1), keys.epochs) == (first, [1, 2])
    file.unlink()
    keys.look_again()
    with pytest.raises(EpochMissing):
        keys.of(3)


def test_exactly_one_source_of_keys_is_taken(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERVISION_OWNER_DATABASE_URL", "postgresql+asyncpg:///x")
    for given in ({}, {"master_key": _key(), "keys_file": file}):
        with pytest.raises(ValueError, match="exactly one of SUPERVISION_MASTER_KEY and SUPERVISION_KEYS_FILE"):
            CouncilSettings(**given)
    assert CouncilSettings(keys_file=file).deployment_keys.epochs == [1]
    assert CouncilSettings(master_key=_key()).deployment_keys.epochs == [1]
    file.chmod(0o644)
    with pytest.raises(ValueError, match="may be read by others"):
        CouncilSettings(keys_file=file)


def test_the_command_says_what_it_did_and_what_comes_next(run: Run, tmp_path: Path) -> None:
    file, master = tmp_path / "keys.json", _key()
    made = run("keys", "new", str(file), MASTER_KEY=master)
    assert (made.returncode, made.stderr) == (0, "")
    assert f"{file} holds the key of epoch 2 now." in made.stdout
    assert "Epoch 1 is SUPERVISION_MASTER_KEY. Set SUPERVISION_KEYS_FILE=" in made.stdout
    assert "supervision keys rewrap" in run("keys", "new", str(file), KEYS_FILE=str(file)).stdout
    assert read_keys(file).keys() == {1, 2, 3}
    for secret in (master, *json.loads(file.read_text()).values()):
        assert secret not in made.stdout
    file.chmod(0o644)
    refused = run("keys", "new", str(file))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "chmod 600" in refused.stderr
    assert "cannot be written: No such file" in run("keys", "new", str(tmp_path / "no" / "keys.json")).stderr
