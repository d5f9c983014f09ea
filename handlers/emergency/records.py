"""Emergency's tables: what happens at one place, what people wrote about it, and what officers decided."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.db import Base

OPEN, KNOWN, FALSE_ALARM = "open", "known", "false_alarm"
STATE_WORDS = {OPEN: "没人接", KNOWN: "已知悉", FALSE_ALARM: "误报"}

REPORT, PLACE, PHOTO, MORE, OVER = "report", "place", "photo", "more", "over"
"""What a message about an incident is: danger, where, a photo, what else they say, that it is over."""


class Incident(Base):
    """Something that is happening now. ``place_sealed`` is what people said of the place (encrypted); ``place_hash``
    groups reports of one place ("" while it is too coarse to group); ``reports`` counts the people who report.
    ``version`` grows with each page to the duty officers. ``taken_by`` is who made the present state."""

    __tablename__ = "emergency_incident"
    __table_args__ = (
        Index("ix_emergency_incident_open", "state", "first_at"),
        Index("ix_emergency_incident_place", "place_hash", "last_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(16), default=OPEN)
    place_sealed: Mapped[bytes | None]
    place_hash: Mapped[str] = mapped_column(String(64), default="")
    latitude_longitude_sealed: Mapped[bytes | None]
    reports: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    taken_by: Mapped[str | None] = mapped_column(String(26))
    taken_at: Mapped[datetime | None]


class Report(Base):
    """One message of one person about an incident. ``what`` it is (see above); ``kind`` of danger for a report.
    ``words_sealed`` are its words, for a photo its media id (encrypted)."""

    __tablename__ = "emergency_report"
    __table_args__ = (Index("ix_emergency_report_incident", "incident_id", "at"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("emergency_incident.id"))
    person_id: Mapped[str] = mapped_column(String(26), index=True)
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(20), default="")
    words_sealed: Mapped[bytes]


class Step(Base):
    """One decision about an incident, by which officer; "" where the reporter's new words opened it again."""

    __tablename__ = "emergency_step"
    __table_args__ = (Index("ix_emergency_step_incident", "incident_id", "at"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("emergency_incident.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    staff_id: Mapped[str] = mapped_column(String(26))
    state: Mapped[str] = mapped_column(String(16))
