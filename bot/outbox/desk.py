"""Looking at the outbox, and sending again what failed: for commands, pages and health checks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.outbox.holds import ALL, active, outside
from bot.outbox.moves import move
from bot.outbox.planning import DEFAULT_LIFE
from bot.outbox.records import FAILED, PLANNED, SKIPPED, UNKNOWN, OutboxMessage

if TYPE_CHECKING:
    from bot.services import Services

RETRYABLE = (FAILED, UNKNOWN, SKIPPED)


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as an operator sees it: how far it got, never to whom or what it says."""

    id: str
    kind: str
    step: str
    channel: str
    state: str
    reason: str
    errcode: int
    attempts: int
    not_before: datetime
    planned_at: datetime


def listing(session: Session, *, state: str = "", kind: str = "", limit: int = 50) -> list[Listed]:
    """The newest messages first."""
    wanted = select(OutboxMessage).order_by(OutboxMessage.planned_at.desc(), OutboxMessage.id.desc()).limit(limit)
    if state:
        wanted = wanted.where(OutboxMessage.state == state)
    if kind:
        wanted = wanted.where(OutboxMessage.kind == kind)
    return [
        Listed(
            id=one.id,
            kind=one.kind,
            step=one.step,
            channel=one.channel,
            state=one.state,
            reason=one.reason,
            errcode=one.errcode,
            attempts=one.attempts,
            not_before=one.not_before,
            planned_at=one.planned_at,
        )
        for one in session.scalars(wanted)
    ]


def counts(session: Session) -> dict[str, int]:
    """How many messages are in each state."""
    rows = session.execute(select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state))
    return dict(rows.all())


def oldest_due(session: Session, services: Services) -> datetime | None:
    """Since when the oldest message that could leave now has been waiting; None when none is. Held ones don't count."""
    now = services.clock.now()
    names = {hold.name for hold in active(session, now)}
    if ALL in names:
        return None
    due = select(func.min(OutboxMessage.not_before)).where(
        OutboxMessage.state == PLANNED, OutboxMessage.not_before <= now, outside(names)
    )
    return session.scalar(due)


def retry(session: Session, services: Services, message_id: str) -> bool:
    """Send again what failed, was skipped or stayed unknown; False for anything else, and for what was shown meanwhile.

    Only a person decides this: an unknown message may arrive twice.
    """
    message = session.get(OutboxMessage, message_id)
    if message is None or message.state not in RETRYABLE or message.shown_at is not None:
        return False
    now = services.clock.now()
    return move(
        session,
        message_id,
        RETRYABLE,
        PLANNED,
        now,
        detail="retry by hand",
        not_before=now,
        expires_at=max(message.expires_at, now + DEFAULT_LIFE),
        attempts=0,
        first_sent_at=None,
        reason="",
        errcode=0,
    )
