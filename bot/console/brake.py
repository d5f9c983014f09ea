"""Slows down guessing, in the database, so that it holds over processes and without Redis.

An attempt is counted before it is checked and given back when it was right: many at once cannot slip through. A key is
a keyed hash of a username, an address or a staff id; unknown usernames are braked like known ones, so a lock tells
nothing about who exists.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot import clock
from bot.console.records import SignInBrake
from bot.storage.sealing import Hasher

FORGET = timedelta(minutes=30)
FIRST_LOCK = timedelta(minutes=1)
LONGEST_LOCK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Brake:
    """One kind of key and how many failures it may have before it locks; each further failure doubles the lock."""

    kind: str
    failures: int

    def key(self, hasher: Hasher, value: str) -> str:
        return hasher.hash("console-sign-in", self.kind, value.lower())


BY_USER = Brake("user", 5)
BY_ADDRESS = Brake("address", 40)  # an office shares one address
BY_CODE = Brake("code", 5)


def take(session: Session, hasher: Hasher, brake: Brake, value: str) -> timedelta | None:
    """Count an attempt. None lets it through; else how long to wait, and the attempt must not be checked."""
    now = clock.system()
    row = _row(session, brake.key(hasher, value), now)
    if row.locked_until and row.locked_until > now:
        return row.locked_until - now
    if now - row.last_failed_at > FORGET:
        row.failures = 0
    row.failures += 1
    row.last_failed_at = now
    over = row.failures - brake.failures
    row.locked_until = now + min(FIRST_LOCK * 2**over, LONGEST_LOCK) if over >= 0 else None
    session.flush()
    return None


def clear(session: Session, hasher: Hasher, brake: Brake, value: str) -> None:
    """The attempt was right: the key starts afresh."""
    session.execute(delete(SignInBrake).where(SignInBrake.key == brake.key(hasher, value)))


def give_back(session: Session, hasher: Hasher, brake: Brake, value: str) -> None:
    """The attempt was right, but others under this key may not have been: take back this one only."""
    row = session.get(SignInBrake, brake.key(hasher, value))
    if row is not None:
        row.failures = max(0, row.failures - 1)
        row.locked_until = None


def forget_old(session: Session) -> None:
    """Drop keys that have been quiet for a day."""
    session.execute(delete(SignInBrake).where(SignInBrake.last_failed_at < clock.system() - timedelta(days=1)))


def _row(session: Session, key: str, now: datetime) -> SignInBrake:
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    values = {"key": key, "failures": 0, "last_failed_at": now, "locked_until": None}
    session.execute(insert(SignInBrake).values(values).on_conflict_do_nothing())
    return session.scalars(select(SignInBrake).where(SignInBrake.key == key).with_for_update()).one()
