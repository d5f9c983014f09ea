"""What happens to messages afterwards: late replies are pushed, abandoned ones are marked, failed ones are replayed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, cast

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot import clock, outbox
from bot.channels.base import to_inbound
from bot.directory.records import Person
from bot.dispatch import Answer, Dispatcher, fit
from bot.features import Job, OutboxKind
from bot.freezing import freeze, rests_of, thaw
from bot.inbox.inbox import state_row
from bot.inbox.records import (
    DONE,
    FAILED,
    KEPT,
    LATE,
    PUSHED,
    WORKING,
    Conversation,
    InboundMessage,
)
from bot.inbox.store import cache_key, move_delivery, overdue_late
from bot.messages import ChannelName, Choices, Image, Inbound, News, Reply, Text
from bot.outbox import Draft
from bot.resting import Rests
from bot.services import Services
from bot.turn import State, Turn

log = structlog.get_logger(__name__)

PUSH_AFTER = timedelta(seconds=20)
ABANDONED_AFTER = timedelta(minutes=2)
LATE_REPLY, REPLAYED = "inbox.late", "inbox.replay"
KINDS = (OutboxKind(LATE_REPLY), OutboxKind(REPLAYED))
PUSHABLE = (Text, Choices, News, Image)


class ReplayError(ValueError):
    """A message that cannot be replayed; the text says why."""


def push_late(services: Services) -> int:
    """Push replies that missed the platform's five seconds and that no retry fetched, 20 s after first arrival."""
    before = clock.system() - PUSH_AFTER
    with services.database.engine.connect() as connection:
        ids = overdue_late(connection, before)
    pushed = 0
    for row_id in ids:
        with services.database.begin() as session:
            pushed += _push_one(session, services, row_id)
    if pushed:
        outbox.wake(services)
    return pushed


def _push_one(session: Session, services: Services, row_id: str) -> int:
    if not move_delivery(session.connection(), row_id, LATE, PUSHED):
        return 0
    row = session.get_one(InboundMessage, row_id)
    if row.reply_sealed is None or row.person_id is None:
        return 0
    kept = services.content.decrypt(row.reply_sealed, "inbound", row.id, "reply")
    return _plan(session, services, LATE_REPLY, row, thaw(kept), rests_of(kept))


def _plan(session: Session, services: Services, kind: str, row: InboundMessage, reply: Reply, rests: Rests) -> int:
    if not isinstance(reply, PUSHABLE) or row.person_id is None:
        return 0
    draft = Draft(
        kind=kind,
        subject=row.id,
        step="reply",
        person_id=row.person_id,
        channel=cast(ChannelName, row.channel),
        push=reply,
        request_id=row.request_id,
        rests=rests,
    )
    return int(outbox.plan(session, services, draft) is not None)


def mark_abandoned(services: Services) -> int:
    """Messages whose process died while it worked on them and that no retry took over wait for a replay."""
    limit = clock.system() - ABANDONED_AFTER
    with services.database.connect_for_writing() as connection:
        changed = connection.execute(
            update(InboundMessage)
            .where(InboundMessage.status == WORKING, InboundMessage.lease_until < limit)
            .values(status=FAILED, reason="abandoned")
        )
    return changed.rowcount


def forget_conversations(services: Services) -> int:
    """Drop where conversations stood two days after the last word."""
    with services.database.connect_for_writing() as connection:
        gone = connection.execute(delete(Conversation).where(Conversation.expires_at < services.clock.now()))
    return gone.rowcount


JOBS = (
    Job("inbox.push_late", push_late, every_s=2),
    Job("inbox.mark_abandoned", mark_abandoned, every_s=60),
    Job("inbox.forget_conversations", forget_conversations, every_s=3600, deletes=True),
)


def replay(services: Services, row_id: str) -> str:
    """Answer a failed or kept message once more; its result goes out through the outbox. What happened, in words.

    Raises ReplayError when there is no such message, when it was answered already, or when it cannot be read.
    """
    with services.database.begin() as session:
        row = session.get(InboundMessage, row_id, with_for_update=True)
        if row is None:
            raise ReplayError("no such message")
        if row.status not in {FAILED, KEPT}:
            raise ReplayError(f"it was handled already ({row.status})")
        message = _message(session, services, row)
        turn = Turn(
            services,
            person_id=row.person_id or "",
            channel=cast(ChannelName, row.channel),
            request_id=row.request_id,
            now=services.clock.now(),
            state=_state(session, services, row.person_id or ""),
        )
        turn.join(session)
        answer = _answer(services, message, turn)
        reply, rests = fit(answer, turn, message.channel), turn.rests(answer.feature)
        turn.write_into(session)
        state = state_row(services, turn)
        if state is not None:
            session.merge(Conversation(**state))
        row.status, row.reason, row.feature, row.delivery = DONE, "replayed", answer.feature, PUSHED
        row.reply_sealed = services.content.encrypt(freeze(reply, rests), "inbound", row.id, "reply")
        row.finished_at = clock.system()
        planned = _plan(session, services, REPLAYED, row, reply, rests)
        services.cache.call(lambda client: client.delete(cache_key(row.dedupe_key)))
    for later in turn.after:
        later()
    outbox.wake(services)
    return "answered, the reply is on its way" if planned else "answered, nothing to say"


def _answer(services: Services, message: Inbound, turn: Turn) -> Answer:
    """The answer; raises ReplayError where the message fails once more."""
    try:
        answer = Dispatcher(services.features).answer(message, turn)
    except Exception as error:
        log.error("inbox.replay", exc_info=True)
        raise ReplayError(f"it failed again ({type(error).__name__})") from error
    if turn.failure:
        raise ReplayError(f"it failed again ({turn.failure})")
    return answer


def _message(session: Session, services: Services, row: InboundMessage) -> Inbound:
    if row.status == KEPT or row.person_id is None:
        raise ReplayError("it was never understood; its sender is not known")
    person = session.get_one(Person, row.person_id)
    account, text, fields = json.loads(services.content.decrypt(row.payload_sealed, "inbound", row.id, "payload"))
    words: dict[str, Any] = {"Recognition": text} if fields.get("MsgType") == "voice" else {"Content": text}
    # The handlers know the person by the row; nothing here needs the sealed identity.
    readable = {**fields, **words, "ToUserName": account, "FromUserName": person.id}
    return to_inbound(row.channel, readable)  # type: ignore[arg-type]


def _state(session: Session, services: Services, person_id: str) -> State:
    found = session.scalar(select(Conversation.state_sealed).where(Conversation.person_id == person_id))
    if not found:
        return State()
    return State.load(services.content.decrypt(found, "conversation", person_id, "state"))
