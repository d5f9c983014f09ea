"""Delivery, in the worker only: claim, check that the reason still holds, send, mark.

No database connection is held while a platform is being called. The send itself is the only step that cannot be taken
back; whatever happens around it, the message's row tells what is known.
"""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

import structlog
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.channels.errors import ChannelError
from bot.channels.platform import Sent
from bot.channels.pushes import CannotRender
from bot.features import OutboxKind
from bot.freezing import NotThawed, rests_of, thaw
from bot.ids import new_id
from bot.jobs import stopping
from bot.messages import Push
from bot.outbox.claims import Claimed, claim, recover
from bot.outbox.holds import pause
from bot.outbox.moves import move
from bot.outbox.planning import COLUMN, TABLE
from bot.outbox.policy import Attempt, Outcome, after_error, back_off
from bot.outbox.receipts import apply_parked
from bot.outbox.records import (
    ACCEPTED,
    EXPIRED,
    FAILED,
    PLANNED,
    SENDING,
    SKIPPED,
    UNCERTAIN,
    UNKNOWN,
)
from bot.resting import instead
from bot.storage.sealing import SealingError

if TYPE_CHECKING:
    from bot.services import Services

log = structlog.get_logger(__name__)

SENDERS = 8
MARK_AGAIN_S = (0.2, 1.0, 5.0)

OUTCOMES = Counter("anquanshao_outbox_outcomes_total", "What attempts to send came to", ["kind", "state"])
ALARMS = Counter("anquanshao_outbox_alarms_total", "Messages an operator must look into", ["reason"])


class NotDeliverable(RuntimeError):
    """This process cannot deliver: it holds no private key."""


def deliver_due(services: Services, senders: int = SENDERS) -> int:
    """Send what is due now, until nothing is; how many messages were taken on.

    Stops claiming when the worker is told to stop and finishes what is under way. Raises NotDeliverable in a process
    that cannot open identities.
    """
    if not services.vault.can_open:
        raise NotDeliverable("the worker needs IDENTITY_PRIVATE_KEY")
    recover(services)
    owner = new_id()
    first = claim(services, owner, senders)
    if not first:
        return 0
    taken = len(first)
    kinds = {kind.name: kind for feature in services.features for kind in feature.outbox_kinds}
    with ThreadPoolExecutor(senders, thread_name_prefix="send") as pool:
        under_way: set[Future[None]] = {pool.submit(_deliver, services, kinds, owner, one) for one in first}
        while under_way:
            _done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            if stopping():
                continue
            more = claim(services, owner, senders - len(under_way))
            taken += len(more)
            under_way |= {pool.submit(_deliver, services, kinds, owner, one) for one in more}
    return taken


def _deliver(services: Services, kinds: dict[str, OutboxKind], owner: str, message: Claimed) -> None:
    """One message from claim to mark. A mark that cannot be made leaves the row to its lease."""
    bound = log.bind(message=message.id, kind=message.kind, channel=message.channel, request_id=message.request_id)
    outcome, sent = _attempt(services, kinds, message)
    if not _keep_marking(services, owner, message, outcome, sent):
        bound.error("outbox.not_marked", state=outcome.state)
        return
    OUTCOMES.labels(message.kind, outcome.state).inc()
    tell = bound.error if outcome.alarm else bound.info
    tell("outbox.alarm" if outcome.alarm else "outbox.attempt", state=outcome.state, reason=outcome.reason,
         errcode=outcome.errcode, attempt=message.attempts + 1)  # fmt: skip
    if outcome.alarm:
        ALARMS.labels(outcome.reason).inc()


def _attempt(services: Services, kinds: dict[str, OutboxKind], message: Claimed) -> tuple[Outcome, Sent | None]:
    reason = "" if message.repeat else _unwanted(services, kinds, message)
    if isinstance(reason, Outcome):
        return reason, None
    if reason:
        return Outcome(SKIPPED, reason), None
    if message.identity_sealed is None:
        return Outcome(FAILED, "no_person"), None
    try:
        recipient = services.vault.open(message.identity_sealed)
        push = _push(services, message)
        sent = services.platform.send(message.channel, recipient, push, idempotency_key=message.id)
    except ChannelError as error:
        log.info("outbox.refused", message=message.id, error=error.kind.value, errcode=error.errcode,
                 detail=error.detail)  # fmt: skip
        return after_error(error, _as_attempt(message), services.clock.now()), None
    except (CannotRender, NotThawed, SealingError) as error:
        log.error("outbox.poison", message=message.id, kind=message.kind, error=type(error).__name__)
        return Outcome(FAILED, "render", alarm=True), None
    except Exception as error:  # whatever one message's making meets, the others go on
        log.exception("outbox.poison", message=message.id, kind=message.kind, error=type(error).__name__)
        return Outcome(FAILED, "render", alarm=True), None
    return Outcome(ACCEPTED), sent


def _push(services: Services, message: Claimed) -> Push:
    """What leaves: what was planned, or what is said instead where that was taken back. A repeated send stays as it
    was, for the platform knows it by its body."""
    kept = services.content.decrypt(message.content, TABLE, message.id, COLUMN)
    push: Push = (None if message.repeat else instead(services, rests_of(kept))) or thaw(kept)
    return push


def _unwanted(services: Services, kinds: dict[str, OutboxKind], message: Claimed) -> str | Outcome:
    """Why the message is no longer wanted, "" if it is. A check that breaks puts the message off, as busy does."""
    kind = kinds.get(message.kind)
    if kind is None:
        return ""
    try:
        return kind.still_wanted(services, message.subject)
    except Exception:
        log.exception("outbox.check_failed", message=message.id, kind=message.kind)
    when = services.clock.now() + back_off(message.attempts + 1)
    if when >= message.expires_at:
        return Outcome(FAILED, EXPIRED, alarm=True)
    return Outcome(PLANNED, "check", not_before=when, alarm=True)


def _as_attempt(message: Claimed) -> Attempt:
    return Attempt(
        channel=message.channel,
        api=message.api,
        guarded=message.guarded,
        number=message.attempts + 1,
        expires_at=message.expires_at,
        first_sent_at=message.first_sent_at,
    )


def _keep_marking(services: Services, owner: str, message: Claimed, outcome: Outcome, sent: Sent | None) -> bool:
    """Mark, trying again over a few seconds: a database away for a moment must not make what was sent unknown."""
    for pause_s in (*MARK_AGAIN_S, None):
        try:
            _mark(services, owner, message, outcome, sent)
        except SQLAlchemyError as error:
            log.warning("outbox.mark", message=message.id, error=type(error).__name__)
            if pause_s is not None:
                time.sleep(pause_s)
        else:
            return True
    return False


def _mark(services: Services, owner: str, message: Claimed, outcome: Outcome, sent: Sent | None) -> None:
    with services.database.begin() as session:
        now = services.clock.now()
        if outcome.state == ACCEPTED:
            _mark_accepted(session, services, message, outcome, sent)
            return
        values: dict[str, object] = {
            "reason": outcome.reason,
            "errcode": outcome.errcode,
            "attempts": message.attempts + (1 if outcome.counts else 0),
            "lease_until": None,
        }
        if outcome.not_before is not None:
            values["not_before"] = outcome.not_before
        if outcome.first_sent_at is not None:
            values["first_sent_at"] = outcome.first_sent_at
        detail = f"{outcome.reason} {outcome.errcode or ''}".strip()
        move(session, message.id, (SENDING,), outcome.state, now, detail=detail, owner=owner, **values)
        if outcome.hold:
            pause(session, services, outcome.reason, name=outcome.hold, until=outcome.hold_until)


def _mark_accepted(session: Session, services: Services, message: Claimed, outcome: Outcome, sent: Sent | None) -> None:
    """What the platform took is a fact, whoever holds the lease by now."""
    provider_id = sent.provider_id if sent else ""
    now = services.clock.now()
    accepted = move(
        session,
        message.id,
        (SENDING, UNCERTAIN, UNKNOWN),
        ACCEPTED,
        now,
        provider_id=provider_id,
        accepted_at=now,
        attempts=message.attempts + 1,
        errcode=outcome.errcode,
        reason="",
        lease_until=None,
    )
    if accepted and provider_id:
        apply_parked(session, services, message.channel, provider_id)
