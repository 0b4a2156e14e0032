"""Encrypted text: AES-256-GCM under a key per council, each key wrapped by the service's master key.

Free text and names are never stored in clear. A ciphertext is bound to the event and field it was written for, so
that one cannot be passed off as another. From a council's key come two others (HKDF): one seals texts, one makes the
fingerprints that tell a repeated event from a conflicting one without keeping its text comparable to the world.
"""

import os
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12


class Unreadable(Exception):
    """A ciphertext or wrapped key that does not open: the wrong master key, or altered bytes."""


@dataclass(frozen=True)
class CouncilKey:
    """One council's key of one epoch. `secret` is 32 random bytes and never leaves the process in clear."""

    council: str
    epoch: int
    secret: bytes

    @cached_property
    def fingerprinting(self) -> bytes:
        """The HMAC key for fingerprints, 32 bytes."""
        return self._derived(b"fingerprint")

    @cached_property
    def _sealing(self) -> AESGCM:
        return AESGCM(self._derived(b"text"))

    def _derived(self, purpose: bytes) -> bytes:
        return HKDF(SHA256(), 32, None, b"supervision-ledger/1/" + purpose).derive(self.secret)

    def seal(self, plain: bytes, context: str) -> bytes:
        """Nonce and ciphertext of `plain`; it opens only with the same `context`."""
        nonce = os.urandom(NONCE)
        return nonce + self._sealing.encrypt(nonce, plain, self._bound(context))

    def open(self, sealed: bytes, context: str) -> bytes:
        """The plain bytes. Raises `Unreadable`."""
        try:
            return self._sealing.decrypt(sealed[:NONCE], sealed[NONCE:], self._bound(context))
        except (InvalidTag, ValueError) as error:
            raise Unreadable("a stored text does not open with this council's key") from error

    def _bound(self, context: str) -> bytes:
        return f"{self.council}\n{self.epoch}\n{context}".encode()


def text_context(source: str, event_id: str, field: str) -> str:
    """What a text's ciphertext is bound to. Neither source nor id can hold a line break."""
    return f"{source}\n{event_id}\n{field}"


def new_wrapped_key(master_key: bytes, council: str, epoch: int) -> bytes:
    """A new random council key, wrapped; only this form is stored."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(master_key).encrypt(nonce, os.urandom(32), f"{council}\n{epoch}".encode())


def unwrap(master_key: bytes, council: str, epoch: int, wrapped: bytes) -> CouncilKey:
    """The council's key. Raises `Unreadable` when the master key is not the one it was wrapped with."""
    try:
        secret = AESGCM(master_key).decrypt(wrapped[:NONCE], wrapped[NONCE:], f"{council}\n{epoch}".encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable(f"the key of council {council} does not open with this master key") from error
    return CouncilKey(council, epoch, secret)
