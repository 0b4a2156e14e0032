"""The signer's own folder: what it signed, on the disk before anybody else learns of it.

FOLDER/lock
FOLDER/COUNCIL/checkpoints          every note that was signed, a JSON string a line, only ever added to
FOLDER/COUNCIL/LOG/opening          the log's first entry
FOLDER/COUNCIL/LOG/checkpoint       the newest note: what was signed. It must not be lost, nor go back
FOLDER/COUNCIL/LOG/tile/…           the tree (C2SP tlog-tiles)

Each file is written beside its place, synced, renamed, and its folder synced. A file `checkpoints` may lie elsewhere,
on a disk that can only be added to.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.ledger.notes import Checkpoint
from app.ledger.tiles import WIDTH, Tile
from app.private_files import sync, write_durably

TAIL: Final = 1 << 18
"""Bytes of the end of a file of checkpoints in which the newest is looked for."""


class InUse(Exception):
    """Another signer works in this folder."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The folder for one signer alone; the system lets go of it however the process ends. Raises `InUse`."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse from None
        yield


def _written(files: Mapping[Path, bytes]) -> None:
    """Files on the disk, in folders that are made where there are none."""
    for path in files:
        _folder(path.parent)
    write_durably(files)


def _folder(path: Path) -> None:
    """Make a folder whose name is as durable as what it will hold."""
    if not path.is_dir():
        _folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
        sync(path.parent)


@dataclass(frozen=True, slots=True)
class Published:
    """The file of all notes of one council."""

    path: Path

    def add(self, note: bytes) -> None:
        """One more, unless it is the last already. A line that a crash cut short is ended first, and means nothing."""
        line = json.dumps(note.decode(), ensure_ascii=False).encode() + b"\n"
        tail = self._tail()
        if tail.endswith(line):
            return
        _folder(self.path.parent)
        is_new = not self.path.exists()
        with self.path.open("ab") as file:
            file.write(line if not tail or tail.endswith(b"\n") else b"\n" + line)
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync(self.path.parent)

    def newest(self) -> dict[str, bytes]:
        """Of each log named near the end of the file, the note with the most entries."""
        return newest_of(self._tail().split(b"\n"))

    def _tail(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                file.seek(max(0, self.path.stat().st_size - TAIL))
                return file.read()
        except FileNotFoundError:
            return b""


def newest_of(lines: list[bytes]) -> dict[str, bytes]:
    """Of each origin the note with the most entries, the last of those. A line that is none is passed over."""
    found: dict[str, tuple[int, bytes]] = {}
    for note in notes_in(lines):
        said = Checkpoint.unverified(note)
        if said.size >= found.get(said.origin, (0, b""))[0]:
            found[said.origin] = said.size, note
    return {origin: note for origin, (_, note) in found.items()}


def notes_in(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The notes that such lines hold."""
    for line in lines:
        with suppress(ValueError):
            note = str(json.loads(line)).encode()
            Checkpoint.unverified(note)
            yield note


@dataclass(frozen=True, slots=True)
class LogFolder:
    """The folder of one log."""

    path: Path

    @property
    def opening(self) -> bytes | None:
        """The log's first entry; None if this folder does not know the log."""
        return _read(self.path / "opening")

    def keep_opening(self, entry: bytes) -> None:
        """Begin the folder."""
        _written({self.path / "opening": entry})

    @property
    def checkpoint(self) -> bytes | None:
        """What was signed last."""
        return _read(self.path / "checkpoint")

    def keep(self, note: bytes, tiles: Mapping[Tile, bytes]) -> None:
        """The tree first, and what is signed over it after that: from then on it counts as signed."""
        _written({self._tile(tile): hashes for tile, hashes in tiles.items()})
        _written({self.path / "checkpoint": note})
        for tile in tiles:
            self._tidy(tile)

    def tile(self, tile: Tile) -> bytes | None:
        """A full tile's bytes, if they are here."""
        return _read(self._tile(tile))

    def leaves(self, index: int) -> bytes:
        """As many leaf hashes of a tile as are here."""
        parts = self._tile(Tile(0, index, 1)).parent
        widest = max((int(path.name) for path in parts.glob("[0-9]*")), default=0)
        return self.tile(Tile(0, index)) or (widest and _read(parts / str(widest))) or b""

    def _tile(self, tile: Tile) -> Path:
        return self.path / "tile" / tile.path

    def _tidy(self, tile: Tile) -> None:
        """Away with narrower forms of the same tile; what is served of older sizes is made from the ledger."""
        parts = self._tile(Tile(tile.level, tile.index, 1)).parent
        for path in parts.glob("*"):
            if tile.width == WIDTH or path.name != str(tile.width):
                path.unlink()
        if tile.width == WIDTH and parts.is_dir():
            parts.rmdir()


def logs_in(folder: Path) -> dict[int, LogFolder]:
    """The logs of a council that this folder knows, by number."""
    found = {int(path.name): LogFolder(path) for path in folder.glob("*") if path.name.isdecimal()}
    return {log: each for log, each in found.items() if each.opening is not None}


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def every_note_in(path: Path) -> list[bytes]:
    """The notes in a file of checkpoints, or the one note that the file is. Raises `Malformed` if there is none."""
    content = path.read_bytes()
    found = list(notes_in(content.split(b"\n")))
    if not found:
        Checkpoint.unverified(content)
    return found or [content]
