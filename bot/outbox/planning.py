"""Planning a message and taking it back, always in the caller's own transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Insert, bindparam, exists, select
from sqlalchemy import insert as core_insert
from sqlalchemy.orm import Session

from bot.channels.pushes import api_of
from bot.freezing import freeze
from bot.ids import new_id
from bot.messages import ChannelName, Push
from bot.outbox.moves import insert_missing, move
from bot.outbox.records import CANCELLED, PLANNED, OutboxEvent, OutboxMessage
from bot.resting import NOWHERE, Rests

if TYPE_CHECKING:
    from bot.services import Services

TABLE, COLUMN = OutboxMessage.__tablename__, "content"
DEFAULT_LIFE = timedelta(hours=48)
"""How long a message without an end of its own is worth sending: as long as WeChat's reply window."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to plan.

    ``kind`` is an OutboxKind's name, ``subject`` the id of what it is about, ``step`` which of its messages this is;
    a new ``version`` of the same step is a new message. ``not_before`` is now when None, ``expires_at`` 48 hours after
    it. ``urgent`` goes before what else is due (a page to the officer on duty, not a reminder). ``rests``:
    what its words rest on; where that was taken back, other words leave. ``id`` is given so that a caller knows it
    before anything is written.
    """

    kind: str
    subject: str
    step: str
    person_id: str
    channel: ChannelName
    push: Push = field(repr=False)
    version: int = 1
    not_before: datetime | None = None
    expires_at: datetime | None = None
    request_id: str = ""
    urgent: bool = False
    rests: Rests = NOWHERE
    id: str = field(default_factory=new_id)

    @property
    def key(self) -> str:
        """What makes the message exist once."""
        return f"{self.kind}:{self.subject}:{self.step}:v{self.version}:{self.person_id}:{self.channel}"


def rows_for(services: Services, draft: Draft) -> tuple[dict[str, Any], dict[str, Any]]:
    """The message's row and its first event's, for ``message_insert`` and ``event_insert`` in this order.

    Raises CannotRender when the channel has no form for the push.
    """
    now = services.clock.now()
    not_before = draft.not_before or now
    message = {
        "id": draft.id,
        "key": draft.key,
        "kind": draft.kind,
        "subject": draft.subject,
        "step": draft.step,
        "person_id": draft.person_id,
        "channel": draft.channel,
        "api": api_of(draft.channel, draft.push),
        "content": services.content.encrypt(freeze(draft.push, draft.rests), TABLE, draft.id, COLUMN),
        "state": PLANNED,
        "urgent": draft.urgent,
        "not_before": not_before,
        "expires_at": draft.expires_at or not_before + DEFAULT_LIFE,
        "attempts": 0,
        "first_sent_at": None,
        "lease_until": None,
        "lease_owner": "",
        "provider_id": "",
        "errcode": 0,
        "reason": "",
        "request_id": draft.request_id,
        "planned_at": now,
        "accepted_at": None,
        "delivered_at": None,
        "shown_at": None,
    }
    event = {"id": new_id(), "message_id": draft.id, "at": now, "from_state": "", "to_state": PLANNED, "detail": ""}
    return message, event


@lru_cache
def message_insert(dialect: str) -> Insert:
    """Inserts message rows; one whose key exists is left out. Takes one mapping or a list of them."""
    return insert_missing(dialect, OutboxMessage)


@lru_cache
def event_insert() -> Insert:
    """Inserts first events, each only if its message went in. Takes one mapping or a list of them."""
    columns = OutboxEvent.__table__.columns
    values = [bindparam(f"{column.name}", type_=column.type) for column in columns]
    there = exists().where(OutboxMessage.id == bindparam("message_id", type_=columns["message_id"].type))
    return core_insert(OutboxEvent).from_select([column.name for column in columns], select(*values).where(there))


def plan(session: Session, services: Services, draft: Draft) -> str | None:
    """Plan a message in the caller's transaction; its id, or None when the same message exists already.

    Call ``wake`` after the commit for it to leave at once. Raises CannotRender when the channel has no form for it.
    """
    message, event = rows_for(services, draft)
    session.execute(message_insert(session.get_bind().dialect.name), message)
    planned = session.scalar(select(OutboxMessage.id).where(OutboxMessage.id == draft.id))
    if planned is None:
        return None
    session.execute(core_insert(OutboxEvent), event)
    return draft.id


def cancel(
    session: Session,
    services: Services,
    kind: str,
    subject: str,
    reason: str,
    *,
    step: str | None = None,
    person_id: str | None = None,
) -> int:
    """Take back what is planned about ``subject`` and has not left; how many messages that were."""
    wanted = select(OutboxMessage.id).where(
        OutboxMessage.kind == kind, OutboxMessage.subject == subject, OutboxMessage.state == PLANNED
    )
    if step is not None:
        wanted = wanted.where(OutboxMessage.step == step)
    if person_id is not None:
        wanted = wanted.where(OutboxMessage.person_id == person_id)
    now = services.clock.now()
    found = session.scalars(wanted.order_by(OutboxMessage.id)).all()
    return sum(move(session, id_, (PLANNED,), CANCELLED, now, detail=reason, reason=reason) for id_ in found)


def cancel_one(session: Session, services: Services, message_id: str, reason: str) -> bool:
    """Take back one message; False when it has left or was taken back before (a compare-and-set)."""
    return move(session, message_id, (PLANNED,), CANCELLED, services.clock.now(), detail=reason, reason=reason)
