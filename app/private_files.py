"""Files that only their owner reads: written as a whole or not at all, and on the disk when that is said."""

import os
from collections.abc import Mapping
from pathlib import Path


def private(path: str, flags: int) -> int:
    """Opens a file so that, if it is made, only its owner reads it (0600)."""
    return os.open(path, flags, 0o600)


def write_privately(path: Path, text: str) -> None:
    """A private file, replaced as a whole or not at all."""
    write_durably({path: text.encode()})


def write_durably(files: Mapping[Path, bytes]) -> None:
    """Private files, each replaced as a whole or not at all, in folders that are there; on the disk on return."""
    for path, content in files.items():
        new = path.with_name(f".{path.name}.new")
        new.unlink(missing_ok=True)
        with open(new, "xb", opener=private) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    for folder in {path.parent for path in files}:
        sync(folder)


def sync(folder: Path) -> None:
    """Make the names in a folder as durable as what they name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def state_of(file: Path) -> tuple[int, int, int] | None:
    """What changes when a file does; None where there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
