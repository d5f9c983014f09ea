"""Sending that waits: paused by an operator, or by what a platform answered."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, delete, not_, or_, select, update
from sqlalchemy.orm import Session

from bot.outbox.moves import MOST_WORDS, insert_missing
from bot.outbox.records import OutboxHold, OutboxMessage

if TYPE_CHECKING:
    from bot.services import Services

ALL = "all"


def pause(session: Session, services: Services, reason: str, *, name: str = ALL, until: datetime | None = None) -> None:
    """Stop sending ``name`` (``all``, a channel, or ``channel:api``), until someone resumes it or ``until``.

    A shorter hold never replaces a longer one.
    """
    now = services.clock.now()
    row = {"name": name, "until": until, "reason": reason[:MOST_WORDS], "since": now}
    session.execute(insert_missing(session.get_bind().dialect.name, OutboxHold), row)
    longer = [OutboxHold.name == name, OutboxHold.until.is_not(None)]
    if until is not None:
        longer.append(OutboxHold.until < until)
    session.execute(update(OutboxHold).where(*longer).values(until=until, reason=row["reason"], since=now))


def resume(session: Session, *, name: str | None = None) -> int:
    """Lift the hold ``name``, or every hold; how many were lifted."""
    names = session.scalars(select(OutboxHold.name)).all() if name is None else [name]
    found = [one for one in names if session.get(OutboxHold, one) is not None]
    session.execute(delete(OutboxHold).where(OutboxHold.name.in_(found)))
    return len(found)


def active(session: Session, now: datetime) -> list[OutboxHold]:
    """The holds in force."""
    in_force = or_(OutboxHold.until.is_(None), OutboxHold.until > now)
    return list(session.scalars(select(OutboxHold).where(in_force).order_by(OutboxHold.name)))


def outside(names: Collection[str]) -> ColumnElement[bool]:
    """The condition that a message is held by none of ``names`` (``all`` is the caller's to see)."""
    held = []
    for name in names:
        channel, _, api = name.partition(":")
        one = OutboxMessage.channel == channel
        held.append(and_(one, OutboxMessage.api == api) if api else one)
    return not_(or_(*held)) if held else OutboxMessage.id.is_not(None)
