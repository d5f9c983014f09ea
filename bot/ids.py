"""Identifiers of stored rows and requests."""

from __future__ import annotations

from ulid import ULID

ID_LENGTH = 26


def new_id() -> str:
    """A fresh 26-character identifier; later ones sort after earlier ones (ULID)."""
    return str(ULID())
