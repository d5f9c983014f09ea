"""Sealed fields: what a stolen database must not tell.

*Identity* (openids, userids, phones, names) is put into a libsodium sealed box with the public key; only the holder of
the private key, the worker, opens it. *Content* (questions, replies, tip text) is encrypted with AES-256-GCM bound to
table, row and column, so that a ciphertext moved elsewhere no longer opens. *Look-up* of a person goes by keyed hash.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

VERSION = b"\x01"
NONCE = 12


class SealingError(RuntimeError):
    """A sealed field cannot be opened: wrong key, wrong place, or no private key in this process."""


class ContentCipher:
    """Encrypts what staff must read back."""

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    def encrypt(self, text: str, table: str, row: str, column: str) -> bytes:
        """Version byte, nonce, ciphertext; opens only for the same table, row and column."""
        nonce = os.urandom(NONCE)
        return VERSION + nonce + self._aead.encrypt(nonce, text.encode(), f"{table}:{row}:{column}".encode())

    def decrypt(self, blob: bytes, table: str, row: str, column: str) -> str:
        """Raises SealingError for another key, another place or damage."""
        if blob[:1] != VERSION:
            raise SealingError("unknown version of a sealed field")
        bound = f"{table}:{row}:{column}".encode()
        try:
            return self._aead.decrypt(blob[1 : 1 + NONCE], blob[1 + NONCE :], bound).decode()
        except InvalidTag as error:
            raise SealingError(f"{table}.{column} does not open") from error


class IdentityVault:
    """Seals identity; opens it only where the private key is."""

    def __init__(self, public: bytes, private: bytes | None = None) -> None:
        self._box = SealedBox(PublicKey(public))
        self._opener = SealedBox(PrivateKey(private)) if private else None

    @property
    def can_open(self) -> bool:
        return self._opener is not None

    def seal(self, identity: str) -> bytes:
        return VERSION + self._box.encrypt(identity.encode())

    def open(self, blob: bytes) -> str:
        """Raises SealingError in a process without the private key, or for a blob of another key."""
        if self._opener is None:
            raise SealingError("this process holds no private key")
        try:
            return self._opener.decrypt(blob[1:]).decode()
        except CryptoError as error:
            raise SealingError("an identity does not open") from error


class Hasher:
    """Keyed hashes, one derived key per purpose, so that hashes of different purposes cannot be joined."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._derived: dict[str, bytes] = {}

    def key(self, purpose: str) -> bytes:
        """The key derived for ``purpose``, 32 bytes."""
        key = self._derived.get(purpose)
        if key is None:
            key = self._derived[purpose] = hmac.digest(self._key, purpose.encode(), hashlib.sha256)
        return key

    def hash(self, purpose: str, *parts: str) -> str:
        """64 hexadecimal characters for ``parts`` under ``purpose``."""
        return hmac.digest(self.key(purpose), "\x1f".join(parts).encode(), "sha256").hex()


def decode_key(text: str, name: str) -> bytes:
    """32 bytes from base64; raises ValueError naming the variable, never its value."""
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise ValueError(f"{name} must be 32 bytes in base64; make one with `python -m bot keys new`")
    return key
