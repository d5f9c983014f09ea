"""Tables of 专家云问诊: who answers, what they were asked, what they said, and which questions are one."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.db import Base

INVITED, SCANNED, ACTIVE, SUSPENDED = "invited", "scanned", "active", "suspended"
OPEN, HELD, ANSWERED = "open", "held", "answered"
PASSED, DECLINED, LATE, UNREACHABLE = "passed", "declined", "late", "unreachable"
TAKEN, WITHDRAWN, OFFERED = "taken", "withdrawn", "offered"
ROUTED, NOBODY, CHOSEN = "routed", "nobody", "chosen"
LIVE = (OPEN, HELD)
"""The states in which a question is somebody's; it is one's at a time."""

SENT, RETURNED, DROPPED = "sent", "returned", "dropped"
STAFF, EXPERT = "staff", "expert"
USELESS = "useless"
CLUSTER_OPEN, CLUSTER_CLOSED, CLUSTER_DRAFTED = "open", "closed", "drafted"


class Expert(Base):
    """Someone who answers on their phone. Name and unit are staff data; ``phone_sealed`` is encrypted content.

    ``topics``: topics of the knowledge base, comma-separated; "" is all. ``hours``: JSON of ``hours.Hours``.
    ``daily_cap``: questions a day. ``valid_from`` and ``valid_to`` are inclusive. ``person_id``: who they are on
    ``channel``, None until somebody scanned their code. ``state``: invited; scanned (the office has not confirmed that
    it was them, and they see nothing); active; suspended. ``device_hash``: SHA-256 of the cookie of the one phone their
    links open on, "" while there is none. ``cards`` counts what was pushed to them, ``carded_at`` is the last time.
    """

    __tablename__ = "consult_expert"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(80))
    topics: Mapped[str] = mapped_column(String(400), default="")
    hours: Mapped[str] = mapped_column(Text)
    daily_cap: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    phone_sealed: Mapped[bytes | None]
    state: Mapped[str] = mapped_column(String(16), default=INVITED)
    person_id: Mapped[str | None] = mapped_column(String(26), unique=True)
    channel: Mapped[str] = mapped_column(String(16), default="")
    device_hash: Mapped[str] = mapped_column(String(64), default="")
    cards: Mapped[int] = mapped_column(default=0)
    carded_at: Mapped[datetime | None]
    created_by: Mapped[str] = mapped_column(String(26))
    created_at: Mapped[datetime]


class ExpertInvite(Base):
    """A code that makes who scans it this expert, once. ``id`` is the SHA-256 of the code."""

    __tablename__ = "consult_expert_invite"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    expert_id: Mapped[str] = mapped_column(ForeignKey("consult_expert.id", ondelete="CASCADE"), index=True)
    created_by: Mapped[str] = mapped_column(String(26))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ExpertLink(Base):
    """A link to an expert's page. ``id`` is the SHA-256 of its token; ``ended_at``: it opens no more."""

    __tablename__ = "consult_expert_link"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    expert_id: Mapped[str] = mapped_column(ForeignKey("consult_expert.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Assignment(Base):
    """A question as somebody's. ``expert_id`` is None for the office.

    ``state``: open; held (an answer waits for release); how it ended otherwise. ``why`` it came to them: routed,
    passed, declined, late, unreachable, withdrawn, nobody (no expert is there now), chosen (by the office), returned.
    ``note_sealed``: what who passed it on wrote; ``draft_sealed``: the answer as far as it is written. ``told_at``: a
    card about it was planned; ``remind_at`` and ``due_at`` in people's time.
    """

    __tablename__ = "consult_assignment"
    __table_args__ = (
        Index("ix_consult_assignment_question", "question_id", "id"),
        Index("ix_consult_assignment_expert", "expert_id", "state"),
        Index("ix_consult_assignment_due", "state", "due_at"),
        Index(
            "uq_consult_assignment_live",
            "question_id",
            unique=True,
            sqlite_where=text("state IN ('open', 'held')"),
            postgresql_where=text("state IN ('open', 'held')"),
        ),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(26))
    expert_id: Mapped[str | None] = mapped_column(String(26))
    state: Mapped[str] = mapped_column(String(16), default=OPEN)
    why: Mapped[str] = mapped_column(String(16))
    topic: Mapped[str] = mapped_column(String(40), default="")
    reason: Mapped[str] = mapped_column(String(16), default="")
    note_sealed: Mapped[bytes | None]
    draft_sealed: Mapped[bytes | None]
    assigned_at: Mapped[datetime]
    remind_at: Mapped[datetime]
    due_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Answer(Base):
    """One version of an answer to a question (the first of those it serves); none is ever changed or deleted.

    ``state``: held (waits for release), sent, returned (to who wrote it), dropped (something else was sent instead).
    ``holds``: why it waits, codes of ``release`` with commas. ``author`` is an expert's or a staff id, ``author_is``
    says which. ``correction``: it corrects an answer that was sent. ``note_sealed``: why it was sent back.
    """

    __tablename__ = "consult_answer"
    __table_args__ = (
        Index("uq_consult_answer_number", "question_id", "number", unique=True),
        Index("ix_consult_answer_state", "state", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(26))
    number: Mapped[int]
    author: Mapped[str] = mapped_column(String(26))
    author_is: Mapped[str] = mapped_column(String(8))
    text_sealed: Mapped[bytes]
    state: Mapped[str] = mapped_column(String(16))
    holds: Mapped[str] = mapped_column(String(80), default="")
    correction: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(26))
    decided_at: Mapped[datetime | None]
    note_sealed: Mapped[bytes | None]


class AnswerFor(Base):
    """A question that an answer serves. ``found``: useless where its asker said so; ``sent``: it went to them."""

    __tablename__ = "consult_answer_for"

    answer_id: Mapped[str] = mapped_column(ForeignKey("consult_answer.id", ondelete="CASCADE"), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(26), primary_key=True, index=True)
    sent: Mapped[bool] = mapped_column(default=False)
    found: Mapped[str] = mapped_column(String(8), default="")


class SameQuestion(Base):
    """A waiting question that is the same as ``lead_id``, and waits with it. ``apart``: somebody said it is not."""

    __tablename__ = "consult_same"

    question_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    lead_id: Mapped[str] = mapped_column(String(26), index=True)
    joined_at: Mapped[datetime]
    apart: Mapped[bool] = mapped_column(default=False)


class Cluster(Base):
    """Questions of one week that had no good answer and are about one thing."""

    __tablename__ = "consult_cluster"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    made_at: Mapped[datetime]
    size: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default=CLUSTER_OPEN)
    decided_by: Mapped[str | None] = mapped_column(String(26))
    decided_at: Mapped[datetime | None]


class ClusterQuestion(Base):
    """A question of a cluster. ``why``: declined, useless or neither."""

    __tablename__ = "consult_cluster_question"

    question_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    cluster_id: Mapped[str] = mapped_column(ForeignKey("consult_cluster.id", ondelete="CASCADE"), index=True)
    why: Mapped[str] = mapped_column(String(8))
