"""Signed notes and checkpoints: C2SP signed-note and tlog-checkpoint, with Ed25519.

A checkpoint is three lines (origin, size, root) that the log's key signs. A note may carry several signatures: it holds
if one known key has signed it and no known key's signature is wrong; those of unknown keys are passed over.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.ledger import Malformed, Unproven

MOST_BYTES: Final = 64_000
"""Of a note that is read at all."""
MOST_SIGNATURES: Final = 64
ED25519: Final = b"\x01"
_NAME: Final = re.compile(r"[^\s+]{1,300}")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")
_LINE: Final = re.compile(r"— ([^\s+]{1,300}) ([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Whose signatures are believed: a key's name (a log's origin) and its Ed25519 public key of 32 bytes."""

    name: str
    public: bytes

    @property
    def id(self) -> bytes:
        """The 4 bytes by which a signature names its key."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """`name+id+key`: what is handed to those who verify."""
        return f"{self.name}+{self.id.hex()}+{b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises `Malformed`."""
        name, key_id, key = _key_parts(text, "a verifier key is name+id+key")
        found = cls(name, key)
        if found.id.hex() != key_id:
            raise Malformed("a verifier key's id is not the one of its name and key")
        return found

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's, of this text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class SignerKey:
    """A private key: its name and its seed of 32 bytes. It prints as its name alone."""

    name: str
    seed: bytes

    def __repr__(self) -> str:
        return f"SignerKey({self.name})"

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    @property
    def text(self) -> str:
        """`PRIVATE+KEY+name+id+seed`: what is kept in a private file."""
        return f"PRIVATE+KEY+{self.name}+{self.verifier.id.hex()}+{b64encode(ED25519 + self.seed).decode()}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises `Malformed`, which quotes nothing of what was read."""
        asked = "a signer key is PRIVATE+KEY+name+id+seed"
        if not text.startswith("PRIVATE+KEY+"):
            raise Malformed(asked)
        name, key_id, seed = _key_parts(text.removeprefix("PRIVATE+KEY+"), asked)
        found = cls(name, seed)
        if found.verifier.id.hex() != key_id:
            raise Malformed("a signer key's id is not the one of its name and seed")
        return found

    def named(self, name: str) -> Self:
        """The same key under another name: each log's signatures carry its origin."""
        return type(self)(name, self.seed)

    def line(self, text: str) -> str:
        """The signature line for a note's text."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"— {self.name} {b64encode(self.verifier.id + signature).decode()}\n"


def _key_parts(text: str, asked: str) -> tuple[str, str, bytes]:
    parts = text.split("+", 2)
    if len(parts) != 3 or not _NAME.fullmatch(parts[0]) or not re.fullmatch("[0-9a-f]{8}", parts[1]):
        raise Malformed(asked)
    key = base64_exactly(parts[2], 33)
    if key[:1] != ED25519:
        raise Malformed("a key is of another kind than Ed25519")
    return parts[0], parts[1], key[1:]


def base64_exactly(text: str, length: int | None = None) -> bytes:
    """Base 64 (RFC 4648 section 4) in its one spelling, of so many bytes if that is said. Raises `Malformed`."""
    try:
        value = b64decode(text, validate=True)
    except ValueError:
        raise Malformed("something is not base 64") from None
    if b64encode(value).decode() != text or length not in (None, len(value)):
        raise Malformed("something in base 64 is spelled in another way, or has another length, than it must")
    return value


def decimal(text: str) -> int:
    """A whole number up to 2**63 - 1 in its one spelling. Raises `Malformed`."""
    if not _DECIMAL.fullmatch(text) or int(text) >= 1 << 63:
        raise Malformed("a number is written in decimal digits, without leading zeros")
    return int(text)


def signed(text: str, keys: Iterable[SignerKey]) -> str:
    """The note: the text (which ends with a newline), and a line for each key."""
    return "".join((text, "\n", *(key.line(text) for key in keys)))


def verified(note: bytes, keys: Iterable[VerifierKey]) -> str:
    """The text of a note that one known key has signed, and none wrongly. Raises `Malformed`, `Unproven`."""
    text, signatures = _taken_apart(note)
    known = {(key.name, key.id): key for key in keys}
    found = [(known[who], signature) for who, signature in signatures if who in known]
    if not found:
        raise Unproven("no key that is known has signed this note")
    if len({(key.name, key.id) for key, _ in found}) < len(found):
        raise Malformed("a note has two signatures of one key")
    if not all(key.verifies(text.encode(), signature) for key, signature in found):
        raise Unproven("a signature under this note is wrong")
    return text


def signers(note: bytes) -> set[tuple[str, bytes]]:
    """Whose signatures a note carries, right or wrong: names and key ids. Raises `Malformed`."""
    return {who for who, _ in _taken_apart(note)[1]}


def _taken_apart(note: bytes) -> tuple[str, Sequence[tuple[tuple[str, bytes], bytes]]]:
    """The text, and for each signature line who signed (name and key id) and the signature."""
    if len(note) > MOST_BYTES:
        raise Malformed(f"a note is longer than {MOST_BYTES} bytes")
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise Malformed("a note is not UTF-8") from None
    text, gap, below = whole.rpartition("\n\n")
    if not gap or not text or not below.endswith("\n") or _CONTROL.search(whole):
        raise Malformed("a note is text, an empty line, and lines of signatures, each ended by a newline alone")
    lines = below[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise Malformed(f"a note has more than {MOST_SIGNATURES} signatures")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[tuple[str, bytes], bytes]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise Malformed("a line of signature is a dash, the key's name, and the signature in base 64")
    value = base64_exactly(found[2])
    if len(value) < 5:
        raise Malformed("a signature is too short")
    return (found[1], value[:4]), value[4:]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: under this name, with so many entries, the tree has this root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    def signed(self, keys: Iterable[SignerKey]) -> str:
        """The note, by keys of whatever name: they sign under the origin."""
        return signed(self.text, (key.named(self.origin) for key in keys))

    @classmethod
    def read(cls, text: str) -> Self:
        """The text of a checkpoint that has no extension lines: ours never have one. Raises `Malformed`."""
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise Malformed("a checkpoint is three lines: origin, size, root")
        return cls(lines[0], decimal(lines[1]), base64_exactly(lines[2], 32))

    @classmethod
    def unverified(cls, note: bytes) -> Self:
        """What a note says, whoever signed it: for those who wrote it down themselves. Raises `Malformed`."""
        return cls.read(_taken_apart(note)[0])

    @classmethod
    def verified(cls, note: bytes, origin: str, keys: Iterable[VerifierKey]) -> Self:
        """A checkpoint of this log, by one of these keys. Raises `Malformed`, `Unproven`."""
        found = cls.read(verified(note, (key for key in keys if key.name == origin)))
        if found.origin != origin:
            raise Unproven("a checkpoint is of another log")
        return found
