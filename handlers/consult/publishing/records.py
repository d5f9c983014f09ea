"""Publishing's tables: versions of entries, what happened to them, what was withdrawn, and who is to be told."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.db import Base

TEXT, HIDE = "text", "hide"
DRAFT, PROPOSED, PUBLISHED = "draft", "proposed", "published"
REPLACED, ROLLED_BACK, DROPPED = "replaced", "rolled_back", "dropped"
PREPARED, CONFIRMED, PLANNED, STOPPED = "prepared", "confirmed", "planned", "stopped"
ASKED, RUNNING, DONE, FAILED = "asked", "running", "done", "failed"
THE_ROW = 1


class EntryVersion(Base):
    """One wording of an entry, written in the console.

    ``kind``: text, or hide (the entry in the tree is not served). ``body`` holds the entry's fields as JSON; a draft
    may lack some or hold wrong ones, what was proposed fits ``knowledge.schema.Entry``. ``edit`` grows with each save:
    who saves over an older one is told. ``over`` is the fingerprint of what was served when the writing began, ``tree``
    of the entry in the tree then; "" where there was none. ``effective_from`` and ``effective_to`` are inclusive, in
    people's days; None is without bound. ``read_by`` published it and is never ``written_by``. ``returned`` says why
    the second reader sent it back. ``question_id``: the question whose expert's answer it came from. ``open_for`` is
    the entry's id while it is a draft or proposed, so that there is one at a time.
    """

    __tablename__ = "consult_entry_version"
    __table_args__ = (
        UniqueConstraint("entry_id", "number", name="uq_consult_entry_version_number"),
        Index("ix_consult_entry_version_state", "state"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    entry_id: Mapped[str] = mapped_column(String(80))
    open_for: Mapped[str | None] = mapped_column(String(80), unique=True)
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(8), default=TEXT)
    body: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(16), default=DRAFT)
    edit: Mapped[int] = mapped_column(default=1)
    over: Mapped[str] = mapped_column(String(64), default="")
    tree: Mapped[str] = mapped_column(String(64), default="")
    effective_from: Mapped[date | None]
    effective_to: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    returned: Mapped[str] = mapped_column(Text, default="")
    question_id: Mapped[str] = mapped_column(String(26), default="")
    written_by: Mapped[str] = mapped_column(String(26))
    written_at: Mapped[datetime]
    read_by: Mapped[str | None] = mapped_column(String(26))
    read_at: Mapped[datetime | None]


class EntryEvent(Base):
    """What was done to an entry, by whom, and why; appended, never changed. ``number`` is the version's, 0 for none."""

    __tablename__ = "consult_entry_event"
    __table_args__ = (Index("ix_consult_entry_event_entry", "entry_id", "id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    entry_id: Mapped[str] = mapped_column(String(80))
    number: Mapped[int] = mapped_column(default=0)
    action: Mapped[str] = mapped_column(String(20))
    by: Mapped[str] = mapped_column(String(26))
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text, default="")


class Withdrawal(Base):
    """An entry that is answered to nobody. ``open_for`` is its id until it is restored, so that there is one at a time.

    One person asks for it to be restored, another one does it.
    """

    __tablename__ = "consult_withdrawal"
    __table_args__ = (Index("ix_consult_withdrawal_entry", "entry_id", "at"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    entry_id: Mapped[str] = mapped_column(String(80))
    open_for: Mapped[str | None] = mapped_column(String(80), unique=True)
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(26))
    at: Mapped[datetime]
    asked_by: Mapped[str | None] = mapped_column(String(26))
    asked_at: Mapped[datetime | None]
    asked_why: Mapped[str] = mapped_column(Text, default="")
    restored_by: Mapped[str | None] = mapped_column(String(26))
    restored_at: Mapped[datetime | None]


class Correction(Base):
    """What the people who got a withdrawn answer are told, in one wording.

    ``state``: prepared → confirmed → planned, or stopped while it was going out. Prepared words that were written anew
    are replaced, those put away are dropped. ``prepared_by`` wrote this wording; ``confirmed_by`` wrote none of it and
    none that it replaced. ``numbers``: the versions whose answer was wrong, with commas, 0 for the tree's. ``since``
    and ``until`` bound whom it goes to besides. ``reached`` is the last person planned so far, while there are more.
    """

    __tablename__ = "consult_correction"
    __table_args__ = (Index("ix_consult_correction_state", "state"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    withdrawal_id: Mapped[str] = mapped_column(String(26), index=True)
    entry_id: Mapped[str] = mapped_column(String(80))
    words: Mapped[str] = mapped_column(Text)
    numbers: Mapped[str] = mapped_column(String(200), default="0", server_default="0")
    since: Mapped[datetime]
    until: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16), default=PREPARED)
    edit: Mapped[int] = mapped_column(default=1)
    reached: Mapped[str] = mapped_column(String(26), default="")
    prepared_by: Mapped[str] = mapped_column(String(26))
    prepared_at: Mapped[datetime]
    confirmed_by: Mapped[str | None] = mapped_column(String(26))
    confirmed_at: Mapped[datetime | None]


class ServedAnswer(Base):
    """An answer given for a question besides its own ``entry_id``: the second part's, a second choice's."""

    __tablename__ = "consult_served"
    __table_args__ = (Index("ix_consult_served_entry", "entry_id", "at"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    question_id: Mapped[str] = mapped_column(String(26), index=True)
    entry_id: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]


class Revision(Base):
    """One row: how often what is served has changed. Every process looks at it each second."""

    __tablename__ = "consult_revision"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(default=0)


class EvaluationRun(Base):
    """The figures of the development set over what is served, or over that with one version put in.

    ``fingerprint`` is of all entries measured: what is served is measured once for each. ``figures`` and ``failures``
    are JSON. A run that began and did not end within half an hour is begun again.
    """

    __tablename__ = "consult_evaluation"
    __table_args__ = (Index("ix_consult_evaluation_version", "version_id", "asked_at"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    version_id: Mapped[str] = mapped_column(String(26), default="")
    state: Mapped[str] = mapped_column(String(16), default=ASKED)
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    asked_by: Mapped[str] = mapped_column(String(26))
    asked_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    figures: Mapped[str] = mapped_column(Text, default="")
    failures: Mapped[str] = mapped_column(Text, default="")
