"""The table of people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.db import Base


class Person(Base):
    """Someone who writes to the service on one channel, known only by a keyed hash and a sealed identity.

    ``identity_hash`` finds the row (HMAC of channel, account and sender); ``identity_sealed`` opens only in the worker.
    ``following`` is None until a follow or unfollow was seen.
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("identity_hash", name="uq_person_identity_hash"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    identity_hash: Mapped[str] = mapped_column(String(64))
    identity_sealed: Mapped[bytes]
    following: Mapped[bool | None]
    followed_at: Mapped[datetime | None]
    unfollowed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
