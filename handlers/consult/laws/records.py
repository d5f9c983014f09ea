"""The tables of imported law texts: a law's versions and their articles."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.db import Base

BETWEEN = "\n\n"
"""Stands between the paragraphs (款) of an article's text; the items (项) of one begin on new lines."""


class LawText(Base):
    """One version of a law, or of a part of a code. ``version`` is the day of adoption or last amendment, "" where
    unknown; None in the bounds (inclusive) is unknown or open. ``digest`` is of all that was read, to see changes."""

    __tablename__ = "consult_law"
    __table_args__ = (UniqueConstraint("name", "part", "version", name="uq_consult_law_version"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    part: Mapped[str] = mapped_column(String(40), default="")
    version: Mapped[str] = mapped_column(String(10), default="")
    title: Mapped[str] = mapped_column(String(120))
    issuer: Mapped[str] = mapped_column(String(120), default="")
    in_force_from: Mapped[date | None]
    in_force_to: Mapped[date | None]
    articles: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime]


class LawArticle(Base):
    """One article of a version. ``branch`` is the second number of 第一百三十四条之一, else 0."""

    __tablename__ = "consult_law_article"

    law_id: Mapped[str] = mapped_column(ForeignKey("consult_law.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    branch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chapter: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(Text)
