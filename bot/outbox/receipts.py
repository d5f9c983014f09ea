"""The platform's word on what became of an accepted message (TEMPLATESENDJOBFINISH).

A receipt never changes a message that has ended, except from unknown to delivered. One that comes before the message is
marked as accepted waits; one about none of our messages waits a day and is forgotten.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.messages import ChannelName
from bot.outbox.moves import insert_missing, move
from bot.outbox.records import ACCEPTED, DELIVERED, FAILED, UNKNOWN, OutboxMessage, OutboxReceipt

if TYPE_CHECKING:
    from bot.services import Services

SUCCESS = "success"
REASONS = {"failed:user block": "refused", "failed: system failed": "system_failed"}
PARKED_FOR = timedelta(days=1)
BATCH = 200


def receipt(session: Session, services: Services, channel: ChannelName, provider_id: str, status: str) -> bool:
    """Take a receipt in; True when it changed a message. Repeated and foreign ones change nothing."""
    if not provider_id or len(provider_id) > 64:
        return False
    found = _message(session, channel, provider_id)
    if found is not None:
        return _apply(session, services, found, status)
    row = {"channel": channel, "provider_id": provider_id, "status": status[:60], "at": services.clock.now()}
    session.execute(insert_missing(session.get_bind().dialect.name, OutboxReceipt), row)
    return False


def apply_parked(session: Session, services: Services, channel: ChannelName, provider_id: str) -> bool:
    """Apply the receipt that came before its message was marked, if there is one."""
    parked = session.get(OutboxReceipt, (channel, provider_id))
    found = _message(session, channel, provider_id)
    if parked is None or found is None:
        return False
    session.delete(parked)
    return _apply(session, services, found, parked.status)


def settle_parked(services: Services) -> int:
    """Apply waiting receipts whose message is there by now, and forget old ones; how many were applied."""
    with services.database.reading() as session:
        if session.scalar(select(OutboxReceipt.provider_id).limit(1)) is None:
            return 0
    with services.database.begin() as session:
        old = OutboxReceipt.at < services.clock.now() - PARKED_FOR
        session.execute(delete(OutboxReceipt).where(old))
        ours = select(OutboxReceipt.channel, OutboxReceipt.provider_id).join(
            OutboxMessage,
            (OutboxMessage.channel == OutboxReceipt.channel) & (OutboxMessage.provider_id == OutboxReceipt.provider_id),
        )
        waiting = session.execute(ours.limit(BATCH)).all()
        return sum(apply_parked(session, services, _channel(channel), id_) for channel, id_ in waiting)


def _channel(name: str) -> ChannelName:
    return "wecom" if name == "wecom" else "wechat"


def _message(session: Session, channel: str, provider_id: str) -> str | None:
    wanted = select(OutboxMessage.id).where(OutboxMessage.channel == channel, OutboxMessage.provider_id == provider_id)
    return session.scalars(wanted.limit(1)).first()


def _apply(session: Session, services: Services, message_id: str, status: str) -> bool:
    now, words = services.clock.now(), status.strip().lower()
    if words == SUCCESS:
        return move(session, message_id, (ACCEPTED, UNKNOWN), DELIVERED, now, detail=words, delivered_at=now)
    reason = REASONS.get(words, "receipt")
    return move(session, message_id, (ACCEPTED,), FAILED, now, detail=words[:60], reason=reason)
