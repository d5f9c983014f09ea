"""Taking due messages, each by one worker for a limited time.

A batch is never larger than the sender threads that are free, so that a worker that dies leaves only messages behind
that were really on their way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.channels.pushes import Api, is_guarded
from bot.directory.records import Person
from bot.messages import ChannelName
from bot.outbox.holds import ALL, active, outside
from bot.outbox.moves import move
from bot.outbox.policy import may_repeat
from bot.outbox.records import (
    ACCEPTED,
    DELIVERED,
    EXPIRED,
    NO_ANSWER,
    PLANNED,
    SENDING,
    SKIPPED,
    UNCERTAIN,
    UNKNOWN,
    OutboxMessage,
)
from bot.storage.db import database_time

if TYPE_CHECKING:
    from bot.services import Services

LEASE = timedelta(seconds=120)
"""Longer than the longest send: two calls with a token's renewal between them, each with its time-outs."""
MOST_ROUNDS = 50
"""How often one claim looks again when what it found was too late to send."""
MEMBER_WAIT_S = 20
READY = (PLANNED, UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message this worker is to send now. ``identity_sealed`` is None for a person who is gone."""

    id: str
    kind: str
    subject: str
    channel: ChannelName
    api: Api
    content: bytes = field(repr=False)
    identity_sealed: bytes | None = field(repr=False)
    attempts: int
    expires_at: datetime
    first_sent_at: datetime | None
    request_id: str
    repeat: bool
    """Sent before without an answer."""

    @property
    def guarded(self) -> bool:
        return is_guarded(self.api)


def claim(services: Services, owner: str, most: int) -> list[Claimed]:
    """At most ``most`` due messages, now ``sending`` under ``owner``'s lease. What is too late is put away."""
    with services.database.reading() as session:
        if not _due(session, services.clock.now(), 1):
            return []
    with services.database.begin() as session:
        now = services.clock.now()
        lease = database_time(session) + LEASE
        taken: list[str] = []
        for _round in range(MOST_ROUNDS):
            due = _due(session, now, most - len(taken), lock=True)
            taken += [id_ for id_ in due if _take(services, session, id_, owner, lease, now)]
            if not due or len(taken) == most:
                break
        return _read(session, taken)


def _due(session: Session, now: datetime, most: int, *, lock: bool = False) -> list[str]:
    names = {hold.name for hold in active(session, now)}
    if ALL in names:
        return []
    due = (
        select(OutboxMessage.id)
        .where(OutboxMessage.state.in_(READY), OutboxMessage.not_before <= now, outside(names))
        .order_by(OutboxMessage.urgent.desc(), OutboxMessage.not_before, OutboxMessage.id)
        .limit(most)
    )
    return list(session.scalars(due.with_for_update(skip_locked=True) if lock else due))


def _take(services: Services, session: Session, message_id: str, owner: str, lease: datetime, now: datetime) -> bool:
    message = session.get_one(OutboxMessage, message_id)
    if message.state == PLANNED and message.expires_at <= now:
        move(session, message_id, (PLANNED,), SKIPPED, now, detail=EXPIRED, reason=EXPIRED)
        return False
    if message.state == UNCERTAIN and not may_repeat(is_guarded(cast(Api, message.api)), message.first_sent_at, now):
        move(session, message_id, (UNCERTAIN,), UNKNOWN, now, detail=NO_ANSWER, reason=NO_ANSWER)
        return False
    if message.channel == "wecom" and _had_enough(session, message, now, services.settings.wecom_member_per_minute):
        later = now + timedelta(seconds=MEMBER_WAIT_S)
        move(session, message_id, (message.state,), message.state, now, detail="member's minute", not_before=later)
        return False
    return move(session, message_id, (message.state,), SENDING, now, lease_until=lease, lease_owner=owner)


def _had_enough(session: Session, message: OutboxMessage, now: datetime, most: int) -> bool:
    """Whether the member got so many messages this minute that WeCom would drop another without a word."""
    recent = or_(OutboxMessage.state == SENDING, OutboxMessage.accepted_at > now - timedelta(seconds=60))
    wanted = select(func.count()).where(
        OutboxMessage.person_id == message.person_id,
        OutboxMessage.state.in_((SENDING, ACCEPTED, DELIVERED)),
        recent,
    )
    return (session.scalar(wanted) or 0) >= most


def _read(session: Session, ids: list[str]) -> list[Claimed]:
    rows = session.execute(
        select(OutboxMessage, Person.identity_sealed)
        .outerjoin(Person, Person.id == OutboxMessage.person_id)
        .where(OutboxMessage.id.in_(ids))
        .order_by(OutboxMessage.not_before, OutboxMessage.id)
    )
    return [
        Claimed(
            id=message.id,
            kind=message.kind,
            subject=message.subject,
            channel=cast(ChannelName, message.channel),
            api=cast(Api, message.api),
            content=message.content,
            identity_sealed=sealed,
            attempts=message.attempts,
            expires_at=message.expires_at,
            first_sent_at=message.first_sent_at,
            request_id=message.request_id,
            repeat=message.first_sent_at is not None,
        )
        for message, sealed in rows
    ]


def recover(services: Services) -> int:
    """Put right what a worker that died was sending; how many messages that were.

    Nobody knows whether they arrived: repeated under the platform's own key where there is one, else unknown.
    """
    with services.database.reading() as session:
        if not _abandoned(session):
            return 0
    with services.database.begin() as session:
        now, database_now = services.clock.now(), database_time(session)
        return sum(_give_up(session, message, now, database_now) for message in _abandoned(session))


def _abandoned(session: Session) -> list[OutboxMessage]:
    late = OutboxMessage.lease_until < database_time(session)
    return list(session.scalars(select(OutboxMessage).where(OutboxMessage.state == SENDING, late).limit(100)))


def _give_up(session: Session, message: OutboxMessage, now: datetime, database_now: datetime) -> bool:
    """The send began when the lease did; that moment is told in people's time."""
    since = database_now - (message.lease_until or database_now) + LEASE
    first = message.first_sent_at or now - since
    to_state = UNCERTAIN if may_repeat(is_guarded(cast(Api, message.api)), first, now) else UNKNOWN
    return move(
        session,
        message.id,
        (SENDING,),
        to_state,
        now,
        detail="lease ran out",
        owner=message.lease_owner,
        first_sent_at=first,
        not_before=now,
        reason=NO_ANSWER,
        attempts=message.attempts + 1,
    )
