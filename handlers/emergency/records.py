"""Emergency's table: one row for what happens at one place at one time, however many people report it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.db import Base

OPEN, KNOWN, FALSE_ALARM = "open", "known", "false_alarm"
STATE_WORDS = {OPEN: "没人接", KNOWN: "已知悉", FALSE_ALARM: "误报"}


class Incident(Base):
    """Something that is happening now. ``place_sealed`` is what people said of the place (encrypted); ``place_hash``
    groups reports of one place; ``reports`` counts them. ``version`` grows when the place becomes known, so that the
    duty officers are told again."""

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
    reports: Mapped[int] = mapped_column(default=1)
    version: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    taken_by: Mapped[str | None] = mapped_column(String(26))
    taken_at: Mapped[datetime | None]


class Report(Base):
    """One person's report of an incident; its words are encrypted."""

    __tablename__ = "emergency_report"
    __table_args__ = (UniqueConstraint("incident_id", "person_id", name="uq_emergency_report_person"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    incident_id: Mapped[str] = mapped_column(ForeignKey("emergency_incident.id"))
    person_id: Mapped[str] = mapped_column(String(26), index=True)
    at: Mapped[datetime]
    words_sealed: Mapped[bytes]
