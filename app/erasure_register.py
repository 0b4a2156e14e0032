"""The register of erasures: a private file outside the database, so that an older backup does not bring back what went.

One line of JSON for each erasure: which keys were destroyed, of whom, when, by which event; and for each time that the
older keys of the deployment were destroyed too, up to which epoch. Lines are added and never changed, and are on the
disk when that is said. A line that a crash cut short is no line. It is read again when it has changed. Left out:
whether the database agrees with it (`app.erasing`).
"""

import fcntl
import json
import os
import stat
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from app.private_files import private, state_of

LARGEST: Final = 64 * 1024 * 1024


class RegisterRefused(ValueError):
    """A register that must not be relied on; the message says why."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was destroyed: the keys with these numbers, of a subject with these names, as this event says."""

    council: str
    event: str
    names: tuple[str, ...]
    """`worker/W-1` …"""
    keys: tuple[int, ...]
    on: date
    epoch: int
    request: str | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The deployment's keys up to this epoch were destroyed, and the tables rewritten since so many erasures."""

    epoch: int
    erasures: int
    on: date


class ErasureRegister:
    """One file, which may not be there yet; none: nothing is remembered, and nothing may be erased."""

    def __init__(self, file: Path | None) -> None:
        self.file = file
        self._seen: tuple[int, int, int] | None = None
        self._erasures: dict[str, Erasure] = {}
        self._finished: list[Finished] = []
        self._keys: frozenset[tuple[str, int]] = frozenset()
        self.made_up = False
        """Whether this process has looked for erasures that a crash kept from it."""
        self.lacking: frozenset[str] = frozenset()
        """Councils whose database was last found to lack erasures that are in the register."""

    def __contains__(self, key: tuple[str, int]) -> bool:
        """Whether the key with this number of this council was destroyed. Raises `RegisterRefused`."""
        self.look_again()
        return key in self._keys

    @property
    def erasures(self) -> list[Erasure]:
        """All of them, in order. Raises `RegisterRefused`."""
        self.look_again()
        return list(self._erasures.values())

    @property
    def finished(self) -> list[Finished]:
        """When older keys were destroyed, in order. Raises `RegisterRefused`."""
        self.look_again()
        return list(self._finished)

    def add(self, entries: Iterable[Erasure | Finished]) -> None:
        """Put further lines at the end; without any, find out whether that could be done.

        Raises OSError, and `RegisterRefused`.
        """
        if self.file is None:
            raise RegisterRefused("is not set: SUPERVISION_ERASURE_REGISTER names its file")
        lines = b"".join(_written(entry) for entry in entries)
        with open(self.file, "ab", opener=private) as opened:
            if not lines:
                return
            fcntl.flock(opened, fcntl.LOCK_EX)
            opened.write((b"" if self._is_whole() else b"\n") + lines)
            opened.flush()
            os.fsync(opened.fileno())
        folder = os.open(self.file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def look_again(self) -> None:
        """Read the file if it has changed. Raises `RegisterRefused`."""
        if self.file is None or (state := state_of(self.file)) == self._seen:
            return
        entries = list(_read(self.file)) if state else []
        self._erasures = {}
        for each in entries:
            if isinstance(each, Erasure):
                self._erasures.setdefault(f"{each.council}/{each.event}", each)
        self._finished = [each for each in entries if isinstance(each, Finished)]
        self._keys = frozenset((each.council, key) for each in self._erasures.values() for key in each.keys)
        self._seen = state

    def _is_whole(self) -> bool:
        """Whether the last line was written to its end."""
        if self.file is None or self.file.stat().st_size == 0:
            return True
        with open(self.file, "rb") as opened:
            opened.seek(-1, os.SEEK_END)
            return opened.read(1) == b"\n"


def _written(entry: Erasure | Finished) -> bytes:
    told = asdict(entry) | {"on": entry.on.isoformat(), "kind": type(entry).__name__.lower()}
    if isinstance(entry, Erasure):
        told["keys"] = [str(key) for key in entry.keys]  # larger than what every reader of JSON keeps as it is
    return json.dumps(told, sort_keys=True).encode() + b"\n"


def _read(file: Path) -> Iterable[Erasure | Finished]:
    try:
        with open(file, "rb") as opened:
            found = os.fstat(opened.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077:
                raise RegisterRefused("must be a file that only its owner reads: `chmod 600` it")
            content = opened.read(LARGEST)
    except OSError as error:
        raise RegisterRefused(f"cannot be read: {error.strerror}") from error
    lines = content.split(b"\n")
    for number, line in enumerate(lines[:-1], 1):  # what comes after the last line break was cut short
        entry = _entry(line)
        if entry is None and line and not _cut_short(line):
            raise RegisterRefused(f"has a line {number} that is none of its own")
        if entry is not None:
            yield entry


def _cut_short(line: bytes) -> bool:
    """Whether a crash may have left it so: it begins as a line does."""
    return line.startswith(b"{") and not line.endswith(b"}")


def _entry(line: bytes) -> Erasure | Finished | None:
    try:
        told: dict[str, Any] = json.loads(line)
        on = date.fromisoformat(told.pop("on"))
        if told.pop("kind") == "finished":
            return Finished(on=on, **told)
        keys, names = tuple(int(key) for key in told.pop("keys")), tuple(told.pop("names"))
        return Erasure(on=on, keys=keys, names=names, **told)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
