"""The platforms' signature and AES envelope, written from their rules.

AES-256-CBC, IV = first 16 bytes of the key, PKCS#7 padded to blocks of 32 bytes. Plaintext = 16 random bytes +
4-byte big-endian length + message + receiver id (app id, or corp id for WeCom).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
NOISE = 16


class CryptoError(ValueError):
    """A signature, padding, length or receiver id is wrong; the message says which."""


def signature(token: str, *parts: str) -> str:
    """SHA-1 over the sorted, joined parts: (timestamp, nonce), and the ciphertext for msg_signature."""
    return hashlib.sha1("".join(sorted((token, *parts))).encode()).hexdigest()


def same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())


class Envelope:
    """Encrypts to and decrypts from one account. `aes_key` is the 43-character EncodingAESKey."""

    def __init__(self, aes_key: str, receiver: str) -> None:
        self._key = base64.b64decode(aes_key + "=")
        if len(self._key) != 32:
            raise CryptoError("EncodingAESKey must be 43 characters")
        self._receiver = receiver.encode()

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))

    def encrypt(self, text: str) -> str:
        message = text.encode()
        plain = secrets.token_bytes(NOISE) + struct.pack("!I", len(message)) + message + self._receiver
        pad = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad) + encryptor.finalize()).decode()

    def decrypt(self, cipher_text: str) -> str:
        """The message inside; raises CryptoError when anything about it is not as the platform demands."""
        try:
            data = base64.b64decode(cipher_text, validate=True)
        except (binascii.Error, ValueError):
            raise CryptoError("密文不是合法的 base64") from None
        if not data or len(data) % BLOCK:
            raise CryptoError("密文长度不是 32 字节的整数倍")
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
        pad = plain[-1]
        if not 1 <= pad <= BLOCK or plain[-pad:] != bytes([pad]) * pad:
            raise CryptoError("补位不对")
        body = plain[NOISE:-pad]
        if len(body) < 4:
            raise CryptoError("明文太短")
        (length,) = struct.unpack("!I", body[:4])
        message, tail = body[4 : 4 + length], body[4 + length :]
        if len(message) != length:
            raise CryptoError("明文长度和所写的不符")
        if tail != self._receiver:
            raise CryptoError("末尾的接收方 ID 不对")
        try:
            return message.decode()
        except UnicodeDecodeError:
            raise CryptoError("明文不是 UTF-8") from None
