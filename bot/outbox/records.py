"""The outbox's tables."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.db import Base

PLANNED, SENDING, ACCEPTED, DELIVERED = "planned", "sending", "accepted", "delivered"
UNCERTAIN, SKIPPED, CANCELLED, FAILED, UNKNOWN = "uncertain", "skipped", "cancelled", "failed", "unknown"
TERMINAL = frozenset({DELIVERED, SKIPPED, CANCELLED, FAILED, UNKNOWN})

WINDOW_CLOSED, UNFOLLOWED, NO_ANSWER, EXPIRED = "window_closed", "unfollowed", "no_answer", "expired"


class OutboxMessage(Base):
    """One message to one person on one channel, and how far it got.

    ``key`` makes it exist once. ``content`` is the frozen push, encrypted and bound to this row. ``api`` is the
    platform's call that carries it. ``urgent`` leaves before others that are due. ``first_sent_at`` is when a send
    first got no answer; ``lease_until`` is in the database's time, other moments in people's time (``clock.now()``).
    ``reason`` explains skipped, cancelled, failed and unknown, or why the last attempt did not succeed. ``shown_at``:
    it could not be pushed and was shown with the person's next message. ``request_id`` follows the message that caused
    this one through the logs.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index("ix_outbox_message_due", "state", "not_before"),
        Index("ix_outbox_message_person", "person_id", "state"),
        Index("ix_outbox_message_planned", "planned_at"),
        Index("ix_outbox_message_provider", "channel", "provider_id"),
        Index("ix_outbox_message_subject", "kind", "subject"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    step: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[str] = mapped_column(String(26))
    channel: Mapped[str] = mapped_column(String(16))
    api: Mapped[str] = mapped_column(String(16))
    content: Mapped[bytes]
    state: Mapped[str] = mapped_column(String(16))
    urgent: Mapped[bool] = mapped_column(default=False)
    not_before: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    first_sent_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str] = mapped_column(String(26), default="")
    provider_id: Mapped[str] = mapped_column(String(64), default="")
    errcode: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(String(120), default="")
    request_id: Mapped[str] = mapped_column(String(26), default="")
    planned_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]


class OutboxEvent(Base):
    """One change of a message's state; appended, never changed."""

    __tablename__ = "outbox_event"
    __table_args__ = (Index("ix_outbox_event_message", "message_id", "id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("outbox_message.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    from_state: Mapped[str] = mapped_column(String(16))
    to_state: Mapped[str] = mapped_column(String(16))
    detail: Mapped[str] = mapped_column(String(120), default="")


class OutboxHold(Base):
    """Sending that waits. ``name``: ``all``, a channel, or ``channel:api``. No ``until``: until someone resumes it."""

    __tablename__ = "outbox_hold"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(120))
    since: Mapped[datetime]


class OutboxReceipt(Base):
    """A receipt that came before the message it is about was marked as accepted (or is about none of ours)."""

    __tablename__ = "outbox_receipt"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    provider_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    status: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
