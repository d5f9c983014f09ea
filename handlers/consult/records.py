"""Consult's tables: the questions people asked, and drafts of entries made from experts' answers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.db import Base
from handlers.consult.experts import records as experts_records  # noqa: F401
from handlers.consult.laws import records as laws_records  # noqa: F401
from handlers.consult.publishing import records as publishing_records  # noqa: F401 (its tables are consult's too)

ANSWERED, CLARIFIED, DECLINED, ARTICLE = "answered", "clarified", "declined", "article"
WAITING, REPLIED, CLOSED = "waiting", "replied", "closed"
HAZARD, SENSITIVE = "hazard", "sensitive"
FRESH, TAKEN, DISCARDED = "draft", "taken", "discarded"


class ConsultQuestion(Base):
    """One question. Its text is masked at intake and encrypted; ``person_id`` is cut after the retention time.

    ``outcome``: answered, clarified (choices offered), declined. ``queue``: "" when nobody needs to look at it, else
    waiting → replied or closed. ``feedback``: "", useful, useless. ``mark``: "", hazard (what a tip would hold) or
    sensitive; a marked question is the officer's on duty alone and never reaches an expert. ``stopped_entry``: the
    withdrawn entry that would have been the answer or a choice.
    """

    __tablename__ = "consult_question"
    __table_args__ = (
        Index("ix_consult_question_queue", "queue", "asked_at"),
        Index("ix_consult_question_asked", "asked_at"),
        Index("ix_consult_question_person", "person_id", "asked_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[str | None] = mapped_column(String(26))
    channel: Mapped[str] = mapped_column(String(16))
    request_id: Mapped[str] = mapped_column(String(26))
    asked_at: Mapped[datetime]
    text_sealed: Mapped[bytes]
    outcome: Mapped[str] = mapped_column(String(16))
    entry_id: Mapped[str] = mapped_column(String(80), default="")
    score: Mapped[float] = mapped_column(default=0.0)
    as_of: Mapped[date]
    queue: Mapped[str] = mapped_column(String(16), default="")
    feedback: Mapped[str] = mapped_column(String(16), default="")
    reply_sealed: Mapped[bytes | None]
    replied_by: Mapped[str | None] = mapped_column(String(26))
    replied_at: Mapped[datetime | None]
    mark: Mapped[str] = mapped_column(String(16), default="", server_default="")
    stopped_entry: Mapped[str] = mapped_column(String(80), default="", server_default="")


class EntryDraft(Base):
    """An expert's answer that may become an entry. ``state``: draft; taken, it became one; discarded, it will not."""

    __tablename__ = "consult_entry_draft"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(26), unique=True)
    created_by: Mapped[str] = mapped_column(String(26))
    created_at: Mapped[datetime]
    question: Mapped[str]
    answer: Mapped[str]
    topic: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(16), default=FRESH)
