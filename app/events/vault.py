"""Encrypted text: AES-256-GCM under a random key for each data subject, each key wrapped by the council's of an epoch.

Free text and names are never stored in clear. A ciphertext is bound to its council, subject, key and place, so that one
cannot be passed off as another. The council's key of an epoch is derived (HKDF, RFC 5869) from the deployment's key of
that epoch and is kept nowhere. Who destroys a subject's key makes its texts unreadable; who destroys an epoch's, all
that lies wrapped under it, in old backups too. Left out: where keys are kept, and for how long (`keys`).
"""

import os
import secrets
from dataclasses import dataclass, field
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
LENGTH = 32
FINGERPRINTS = "council/fingerprints"
"""Whose key makes fingerprints: for as long as the ledger lasts, or no repeat would be known as one."""
QUARANTINE = "quarantine/"
"""How the owner of the key begins that seals one refused item: each has its own, which can be destroyed alone."""
UNPLACED = "unplaced/"
"""The same of the texts of one correction that came before what it corrects: nobody knows yet whom that speaks of."""


class Unreadable(Exception):
    """A ciphertext or wrapped key that does not open: another key, another place, or altered bytes."""


class KeyDestroyed(Exception):
    """What was to be stored is sealed with a key that is not there any more: take the new one, and seal it again."""


@dataclass(frozen=True)
class SubjectKey:
    """The key of one data subject. `number` is random and never given again; `secret` is 32 random bytes."""

    council: str
    subject: str
    """`worker/W-1`, `case/C-1`, `team/T-1`, or one of the council's own."""
    number: int
    secret: bytes = field(repr=False)

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(self.secret)

    def seal(self, plain: bytes, context: str) -> bytes:
        """Nonce and ciphertext of `plain`; it opens only with the same `context`."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, self._bound(context))

    def open(self, sealed: bytes, context: str) -> bytes:
        """The plain bytes. Raises `Unreadable`."""
        return _opened(self._cipher, sealed, self._bound(context), "a stored text")

    def _bound(self, context: str) -> bytes:
        return f"{self.council}\n{self.subject}\n{self.number}\n{context}".encode()


@dataclass(frozen=True)
class CouncilKey:
    """The council's key of one epoch, which wraps the keys of its data subjects."""

    council: str
    epoch: int
    _cipher: AESGCM = field(repr=False)

    @classmethod
    def derived(cls, deployment_key: bytes, council: str, epoch: int) -> "CouncilKey":
        """From the deployment's key of that epoch."""
        info = f"supervision-ledger/council-key\n{council}\n{epoch}".encode()
        return cls(council, epoch, AESGCM(HKDF(SHA256(), LENGTH, None, info).derive(deployment_key)))

    def wrap(self, key: SubjectKey) -> bytes:
        """The form in which a subject's key is stored."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, key.secret, self._bound(key.subject, key.number))

    def unwrap(self, subject: str, number: int, wrapped: bytes) -> SubjectKey:
        """The subject's key. Raises `Unreadable`."""
        secret = _opened(self._cipher, wrapped, self._bound(subject, number), "a wrapped key")
        return SubjectKey(self.council, subject, number, secret)

    def _bound(self, subject: str, number: int) -> bytes:
        return f"key\n{self.council}\n{subject}\n{number}\n{self.epoch}".encode()


def new_key(council: str, subject: str) -> SubjectKey:
    """A random key. Its number is random too: a key that was destroyed never comes back under the same number."""
    return SubjectKey(council, subject, 1 + secrets.randbits(62), secrets.token_bytes(LENGTH))


def text_context(source: str, event_id: str, field: str) -> str:
    """What a text's ciphertext is bound to, besides its key. Neither source nor id can hold a line break."""
    return f"text\n{source}\n{event_id}\n{field}"


def _opened(cipher: AESGCM, sealed: bytes, bound: bytes, what: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], bound)
    except (InvalidTag, ValueError) as error:
        raise Unreadable(f"{what} does not open with this key") from error
