"""The signer's private keys: one file that only its owner reads, a key a line, the oldest first.

While there are two, every note carries both signatures, so that whoever knows either key can check it.
"""

import os
import secrets
from pathlib import Path

from app.ledger import Malformed
from app.ledger.notes import Checkpoint, SignerKey, signers
from app.private_files import write_privately
from app.signing.folder import logs_in


class KeysRefused(Exception):
    """The file cannot be used as it is; the message says why, and quotes nothing of it."""


def new_key(path: Path, name: str) -> SignerKey:
    """Make the file with a first key. Raises `KeysRefused` if it is there."""
    if path.exists():
        raise KeysRefused(f"{path} is there already: to add a key beside the one in it, use `signer rotate`")
    made = SignerKey(name, secrets.token_bytes(32))
    _write(path, [made])
    return made


def rotate(path: Path) -> SignerKey:
    """Add a second key. Raises `KeysRefused`."""
    held = read_keys(path)
    if len(held) > 1:
        raise KeysRefused(f"{path} holds two keys already: retire the older one first, with `signer retire`")
    made = SignerKey(held[0].name, secrets.token_bytes(32))
    _write(path, [*held, made])
    return made


def retire(path: Path, folder: Path, *, anyway: bool = False) -> SignerKey:
    """Take the older of two keys out; that one. Raises `KeysRefused`.

    `folder` is what the signer remembers. A log goes on under a key that has signed it alone: where the newer one has
    not yet signed what was signed last, it is refused, unless that is wanted `anyway`.
    """
    held = read_keys(path)
    if len(held) < 2:
        raise KeysRefused(f"{path} holds one key: add the one that follows it first, with `signer rotate`")
    behind = [] if anyway else [council.name for council in _councils(folder) if not _signed(council, held[1])]
    if behind:
        raise KeysRefused(
            f"the newer key has not signed for {', '.join(behind)} yet: let the signer run, or see why it refuses. "
            "With --anyway such a log can only be followed by a new one"
        )
    _write(path, held[1:])
    return held[0]


def _councils(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise KeysRefused(f"{folder}, which should say what was signed, is not there")
    return [path for path in sorted(folder.iterdir()) if logs_in(path)]


def _signed(council: Path, key: SignerKey) -> bool:
    """Whether what was signed last of the council's newest log carries the key's signature."""
    note = max(logs_in(council).items())[1].checkpoint
    if note is None:
        return True
    named = key.named(Checkpoint.unverified(note).origin)
    return (named.name, named.verifier.id) in signers(note)


def read_keys(path: Path) -> list[SignerKey]:
    """The keys, the oldest first. Raises `KeysRefused`."""
    try:
        found = path.stat()
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        raise KeysRefused(f"{path} cannot be read") from None
    if found.st_mode & 0o077 or found.st_uid not in (os.getuid(), 0):
        raise KeysRefused(f"others than its owner may read {path}: chmod 600")
    try:
        keys = [SignerKey.read(line) for line in lines]
    except Malformed as fault:
        raise KeysRefused(f"{path}: {fault}") from None
    if not 0 < len(keys) < 3 or len({(key.name, key.seed) for key in keys}) < len(keys):
        raise KeysRefused(f"{path} must hold one key, or two different ones")
    return keys


def _write(path: Path, keys: list[SignerKey]) -> None:
    write_privately(path, "".join(f"{key.text}\n" for key in keys))
