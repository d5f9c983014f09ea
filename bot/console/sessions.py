"""Staff sessions: in the database, so that signing out, deactivating and expiry hold at once on every machine."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot import clock
from bot.console.records import Staff, StaffSession
from bot.console.roles import SECOND_FACTOR_ROLES

LIFETIME = timedelta(hours=12)  # one long shift
IDLE = timedelta(hours=2)
TOUCH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sits at the browser: their row and their session's."""

    staff: Staff
    session: StaffSession

    @property
    def owes_code(self) -> bool:
        """The second step is set up and not yet taken in this session."""
        return self.staff.totp_confirmed_at is not None and not self.session.second_factor

    @property
    def owes_password(self) -> bool:
        """Signed in with a one-time password that must be replaced first."""
        return self.staff.password_is_one_time and self.session.method == "password"

    @property
    def owes_enrolment(self) -> bool:
        """The role needs a second step and none is set up."""
        return self.staff.role in SECOND_FACTOR_ROLES and self.staff.totp_confirmed_at is None


def start(session: Session, staff: Staff, method: str, *, second_factor: bool = False) -> str:
    """A new session; returns the token for the cookie, which is stored only as its hash."""
    token = secrets.token_urlsafe(32)
    now = clock.system()
    session.add(
        StaffSession(
            id=_hash(token),
            staff_id=staff.id,
            method=method,
            second_factor=second_factor,
            created_at=now,
            last_seen_at=now,
            expires_at=now + LIFETIME,
        )
    )
    session.execute(delete(StaffSession).where(StaffSession.expires_at < now))
    return token


def find(session: Session, token: str) -> Visitor | None:
    """The visitor of a cookie; None when it is unknown, too old, idle for too long, or the person is deactivated."""
    if not token:
        return None
    row = session.execute(
        select(StaffSession, Staff)
        .join(Staff, Staff.id == StaffSession.staff_id)
        .where(StaffSession.id == _hash(token), Staff.active)
    ).first()
    if row is None:
        return None
    seat, staff = row
    now = clock.system()
    if seat.expires_at <= now or seat.last_seen_at + IDLE <= now:
        return None
    return Visitor(staff, seat)


def is_stale(visitor: Visitor) -> bool:
    """Whether last_seen_at is old enough to be worth a write."""
    return clock.system() - visitor.session.last_seen_at > TOUCH


def touch(session: Session, visitor: Visitor) -> None:
    session.execute(
        update(StaffSession).where(StaffSession.id == visitor.session.id).values(last_seen_at=clock.system())
    )


def end(session: Session, session_id: str) -> None:
    session.execute(delete(StaffSession).where(StaffSession.id == session_id))


def end_all(session: Session, staff_id: str, *, but: str = "") -> None:
    """Sign the person out everywhere, except in the session ``but``."""
    session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id, StaffSession.id != but))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
