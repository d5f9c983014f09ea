"""Passwords: hashed with argon2id, checked in the same time whether or not the user exists, and never on the loop that
answers messages."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.offload import offload

LEAST, MOST = 10, 128
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no letters that look alike when read out or copied by hand

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    return offload(lambda: _hasher.hash(password))


def verify(password_hash: str | None, password: str) -> bool:
    """Whether the password fits. None (no such user) costs the same time and is False."""
    try:
        known = password_hash or _nobody()
        offload(lambda: _hasher.verify(known, password[:MOST]))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def one_time() -> str:
    """A password to be read out once and changed at the first sign-in: four groups of four, about 79 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(4))


def complaint(password: str, username: str) -> str:
    """What is wrong with a new password, in words for the person; "" when it will do."""
    if len(password) < LEAST:
        return f"密码至少{LEAST}位。可以用一句自己记得住的话。"
    if len(password) > MOST:
        return f"密码最多{MOST}位。"
    if username.lower() in password.lower():
        return "密码里请不要带用户名。"
    if len(set(password)) < 5 or password.isdigit():
        return "这个密码太好猜了，请把字母、数字混着用。"
    return ""


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(24))
