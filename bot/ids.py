"""Identifiers of stored rows and requests."""

from __future__ import annotations

import base64
import os

from bot import clock

ID_LENGTH = 26


def new_id() -> str:
    """A fresh identifier of 26 digits and capitals: 48 bits of milliseconds, 80 random bits.

    Later ones sort after earlier ones (like a ULID, in base32hex, which the standard library encodes).
    """
    raw = clock.milliseconds().to_bytes(6) + os.urandom(10)
    return base64.b32hexencode(raw)[:ID_LENGTH].decode()
