"""The console's tables: staff, their sessions, the audit chain, and the brake on guessing passwords."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.db import Base


class Staff(Base):
    """Someone who may sign in to the console.

    ``username`` is kept in lower case. ``role`` is one of ``roles.ROLES``. ``totp_secret_sealed`` is encrypted content
    bound to this row; it counts once ``totp_confirmed_at`` is set, and ``totp_last_step`` is the last time step
    accepted, so that no code works twice. ``person_id`` is their WeCom person, to whom pages and cards go.
    ``region`` and ``industry`` bound what the person works on; empty means all. ``password_is_one_time`` asks for a new
    password at the next sign-in; a one-time password stops working at ``password_expires_at``.
    """

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    username: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(16))
    region: Mapped[str] = mapped_column(String(40), default="")
    industry: Mapped[str] = mapped_column(String(40), default="")
    password_hash: Mapped[str] = mapped_column(String(200))
    password_is_one_time: Mapped[bool] = mapped_column(default=False)
    password_expires_at: Mapped[datetime | None]
    totp_secret_sealed: Mapped[bytes | None]
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int] = mapped_column(default=0)
    person_id: Mapped[str | None] = mapped_column(String(26), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class StaffSession(Base):
    """One signed-in browser. ``id`` is the SHA-256 of the cookie's token, so that the table signs nobody in.

    ``method`` is how the first step went: password or wecom. ``second_factor`` turns true when the one-time code was
    right. ``last_seen_at`` moves with what the person does, not with what the page refreshes by itself.
    """

    __tablename__ = "staff_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    method: Mapped[str] = mapped_column(String(16))
    second_factor: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class AuditEvent(Base):
    """One thing done, chained by hash to the one before; never changed or deleted.

    ``id`` counts from 1 without gaps. ``actor`` is a staff id, "system" or "command". ``detail`` is JSON of codes and
    numbers: no identity, no text that people wrote.
    """

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_subject", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(26))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    detail: Mapped[str] = mapped_column(String(400))
    request_id: Mapped[str] = mapped_column(String(40))
    prev_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hash: Mapped[str] = mapped_column(String(64))


class SignInBrake(Base):
    """Failed sign-ins under one keyed hash (of a username or of an address), whether or not such a user exists."""

    __tablename__ = "sign_in_brake"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_failed_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]
