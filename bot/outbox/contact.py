"""What could not be pushed to a person, shown when they next write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from bot.freezing import NotThawed, rests_of, thaw
from bot.messages import Card, Choices, News, Push, Text
from bot.outbox.moves import add_event
from bot.outbox.planning import COLUMN, TABLE
from bot.outbox.records import FAILED, UNFOLLOWED, UNKNOWN, WINDOW_CLOSED, OutboxMessage
from bot.resting import instead
from bot.storage.sealing import SealingError

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger(__name__)

WORDS = (Text, Choices, News, Card)
WORTH_SHOWING = timedelta(days=30)
MOST = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message the person has not got, or may not have got (``certain`` is False: its send had no answer)."""

    id: str
    kind: str
    subject: str
    push: Push = field(repr=False)
    planned_at: datetime
    certain: bool


def waiting_for(session: Session, services: Services, person_id: str) -> list[Waiting]:
    """At most five messages for this person, oldest first: the reply window was closed, or a send had no answer.

    Templates are not among them: their words live on the platform. Tell ``mark_shown`` what was shown.
    """
    closed = and_(OutboxMessage.state == FAILED, OutboxMessage.reason.in_((WINDOW_CLOSED, UNFOLLOWED)))
    wanted = (
        select(OutboxMessage)
        .where(
            OutboxMessage.person_id == person_id,
            or_(closed, OutboxMessage.state == UNKNOWN),
            OutboxMessage.shown_at.is_(None),
            OutboxMessage.api.in_(("custom", "message")),
            OutboxMessage.planned_at > services.clock.now() - WORTH_SHOWING,
        )
        .order_by(OutboxMessage.planned_at, OutboxMessage.id)
        .limit(MOST)
    )
    found = [(message, _words(services, message)) for message in session.scalars(wanted)]
    return [
        Waiting(message.id, message.kind, message.subject, push, message.planned_at, message.state == FAILED)
        for message, push in found
        if push is not None
    ]


def _words(services: Services, message: OutboxMessage) -> Push | None:
    try:
        kept = services.content.decrypt(message.content, TABLE, message.id, COLUMN)
        push = instead(services, rests_of(kept)) or thaw(kept)
    except (NotThawed, SealingError) as error:
        log.error("outbox.poison", message=message.id, kind=message.kind, error=type(error).__name__)
        return None
    return push if isinstance(push, WORDS) else None


def mark_shown(session: Session, services: Services, ids: Sequence[str]) -> int:
    """Note that these were shown with the person's message; how many were not shown before."""
    now, shown = services.clock.now(), 0
    for message_id in ids:
        changed = session.execute(
            update(OutboxMessage)
            .where(
                OutboxMessage.id == message_id,
                OutboxMessage.state.in_((FAILED, UNKNOWN)),
                OutboxMessage.shown_at.is_(None),
            )
            .values(shown_at=now)
            .returning(OutboxMessage.state)
            .execution_options(synchronize_session=False)
        ).scalar()
        if changed is not None:
            add_event(session, message_id, changed, changed, now, "shown")
            shown += 1
    return shown
