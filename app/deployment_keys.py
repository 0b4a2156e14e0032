"""The deployment's keys, one an epoch: from the environment, or from a private file that can hold several.

Everything that is encrypted hangs on them, and they are never in the database: without the key of its epoch a backup
shows no text. The highest epoch is the current one. A file is looked at again when it has changed, so that a new epoch
needs no restart. Left out: what they open (`app.events.vault`).
"""

import base64
import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import structlog

from app.private_files import state_of, write_privately

LENGTH: Final = 32
FEWEST_DIFFERENT: Final = 16
"""Different bytes in a key: 32 random ones have fewer once in ten million million times."""
LARGEST: Final = 64 * 1024
MAKE_ONE: Final = "make one with `openssl rand -base64 32`"


class KeysRefused(ValueError):
    """A key or a file of keys that must not be used; the message says why, and never what it holds."""


class EpochMissing(LookupError):
    """The key of an epoch that is asked for is not here."""


class DeploymentKeys:
    """Keys by epoch, 32 bytes each. One object a process."""

    def __init__(self, keys: Mapping[int, bytes], file: Path | None = None) -> None:
        self._keys, self._file = dict(keys), file
        self._seen = state_of(file) if file else None

    @classmethod
    def single(cls, key: bytes) -> Self:
        """Epoch 1 alone."""
        return cls({1: key})

    @classmethod
    def from_file(cls, file: Path) -> Self:
        """All that the file holds. Raises `KeysRefused`."""
        return cls(read_keys(file), file)

    @property
    def current(self) -> int:
        """The epoch that new keys are wrapped under: the highest."""
        return max(self._keys)

    @property
    def epochs(self) -> list[int]:
        """All of them, in order."""
        return sorted(self._keys)

    def of(self, epoch: int) -> bytes:
        """The key of an epoch. Raises `EpochMissing`."""
        if epoch not in self._keys:
            self.look_again()
        try:
            return self._keys[epoch]
        except KeyError:
            raise EpochMissing(epoch) from None

    def look_again(self) -> None:
        """Read the file if it has changed. A bad one changes nothing: what was read before stays in use."""
        if self._file is None or (state := state_of(self._file)) == self._seen:
            return
        self._seen = state
        try:
            self._keys = read_keys(self._file)
        except KeysRefused as refused:
            structlog.get_logger(__name__).error("the file of keys is not read again", why=str(refused))


def key_bytes(written: str) -> bytes:
    """A key as it is written, in base64. Raises `KeysRefused` for what is no 32 random bytes."""
    try:
        raw = base64.b64decode(written, validate=True)
    except ValueError as error:
        raise KeysRefused(f"is not base64: {MAKE_ONE}") from error
    # a sentence or hexadecimal digits are all printable, as 32 random bytes never are
    if len(raw) != LENGTH or len(set(raw)) < FEWEST_DIFFERENT or (raw.isascii() and raw.decode().isprintable()):
        raise KeysRefused(f"must be {LENGTH} random bytes in base64: {MAKE_ONE}")
    return raw


def read_keys(file: Path) -> dict[int, bytes]:
    """What a private file holds, as `{"1": "base64", "2": "base64"}`. Raises `KeysRefused`."""
    try:
        with open(file, "rb") as opened:
            _check_private(os.fstat(opened.fileno()))
            content = opened.read(LARGEST)
    except OSError as error:
        raise KeysRefused(f"cannot be read: {error.strerror}") from error
    try:
        told = json.loads(content, object_pairs_hook=_no_name_twice)
    except (ValueError, RecursionError) as error:
        raise KeysRefused('is not JSON such as {"1": "a key in base64"}, with each epoch once') from error
    return _checked(told)


def add_epoch(file: Path, first: bytes | None = None) -> int:
    """A new random key as the next epoch; its number. Without the file it is made, with `first` as epoch 1 if given.

    Raises `KeysRefused`, and OSError when it cannot be written; what was there is there then.
    """
    with _only_one(file.parent):
        keys = read_keys(file) if file.exists() else {1: first} if first else {}
        epoch = max(keys, default=0) + 1
        keys[epoch] = secrets.token_bytes(LENGTH)
        _write(file, keys)
    return epoch


def drop_epochs(file: Path, below: int) -> list[int]:
    """Take the keys of every epoch before `below` out of the file, for good; their numbers.

    Raises `KeysRefused`, and OSError when it cannot be written; what was there is there then.
    """
    with _only_one(file.parent):
        keys = read_keys(file)
        gone = sorted(epoch for epoch in keys if epoch < below)
        kept = {epoch: key for epoch, key in keys.items() if epoch >= below}
        if not kept:
            raise KeysRefused(f"holds no key from epoch {below} on: nothing could be read any more")
        if gone:
            _write(file, kept)
    return gone


def _write(file: Path, keys: Mapping[int, bytes]) -> None:
    written = {str(each): base64.b64encode(keys[each]).decode() for each in sorted(keys)}
    write_privately(file, json.dumps(written, indent=1) + "\n")


def _check_private(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise KeysRefused("is not a file")
    if found.st_mode & 0o077:
        raise KeysRefused(f"may be read by others (mode {found.st_mode & 0o777:o}): `chmod 600` it")


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands there twice")
    return dict(pairs)


def _checked(told: object) -> dict[int, bytes]:
    if not isinstance(told, dict) or not told:
        raise KeysRefused('holds no keys: it looks like {"1": "a key in base64"}')
    keys: dict[int, bytes] = {}
    for name, written in told.items():
        if not (name.isascii() and name.isdigit() and 0 < int(name) < 2**31 and name == str(int(name))):
            raise KeysRefused("names an epoch that is not a whole number from 1 on")
        try:
            keys[int(name)] = key_bytes(written if isinstance(written, str) else "")
        except KeysRefused as refused:
            raise KeysRefused(f"has a key of epoch {name} that {refused}") from None
    if len(set(keys.values())) != len(keys):
        raise KeysRefused("has the same key for two epochs")
    return keys


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Two that add an epoch at once do it one after the other."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
