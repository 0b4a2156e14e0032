"""Files that only their owner reads: written as a whole or not at all, and on the disk when that is said."""

import os
from pathlib import Path


def private(path: str, flags: int) -> int:
    """Opens a file so that, if it is made, only its owner reads it (0600)."""
    return os.open(path, flags, 0o600)


def write_privately(path: Path, text: str) -> None:
    """A private file, replaced as a whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with open(new, "x", encoding="utf-8", opener=private) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name is as durable as what it names
    finally:
        os.close(folder)
