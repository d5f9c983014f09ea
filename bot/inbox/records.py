"""Tables of the inbox: messages with their replies, and where each person's conversation stands."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.db import Base

WORKING, DONE, FAILED, KEPT = "working", "done", "failed", "kept"
PASSIVE, LATE, PUSHED = "passive", "late", "pushed"


class InboundMessage(Base):
    """One authentic message or event. UNIQUE(channel, dedupe_key) is what makes it happen once.

    ``status``: working (claimed by a slow handler, see ``lease_until``), done, failed (the person got an apology; to be
    replayed), kept (authentic but not understood). ``delivery`` of the reply: passive (answered in time), late (missed
    the platform's five seconds, waiting for a retry), pushed (handed to the outbox). ``payload_sealed`` holds the
    message as it came, ``reply_sealed`` the reply; both are encrypted and bound to the row.
    """

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("channel", "dedupe_key", name="uq_inbound_dedupe"),
        Index("ix_inbound_person", "person_id", "received_at"),
        Index("ix_inbound_open", "status", "received_at"),
        Index("ix_inbound_received", "received_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    dedupe_key: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str] = mapped_column(String(26))
    person_id: Mapped[str | None] = mapped_column(String(26))
    kind: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16))
    delivery: Mapped[str] = mapped_column(String(16), default=PASSIVE)
    feature: Mapped[str] = mapped_column(String(40), default="")
    received_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    payload_sealed: Mapped[bytes]
    reply_sealed: Mapped[bytes | None]
    reason: Mapped[str] = mapped_column(String(80), default="")


class Conversation(Base):
    """Where one person's conversation stands: the active one, its data, and what 「更多」 would show; encrypted."""

    __tablename__ = "conversation"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    state_sealed: Mapped[bytes]
    updated_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ClockOffset(Base):
    """How far the sandbox has moved people's time; one row."""

    __tablename__ = "clock_offset"

    id: Mapped[int] = mapped_column(primary_key=True)
    offset_s: Mapped[float] = mapped_column(default=0.0)
