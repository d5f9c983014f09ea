"""The inbox: an authentic message in, the one reply it gets out, however often and wherever it is delivered."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError, StatementError

from bot import clock, outbox
from bot.batching import Batcher
from bot.channels.base import dedupe_parts
from bot.channels.rendering import push_words
from bot.directory import people
from bot.dispatch import Answer, Dispatcher, add_before, fit
from bot.freezing import freeze, rests_of, thaw
from bot.ids import new_id
from bot.inbox.records import DONE, FAILED, KEPT, LATE, PASSIVE, WORKING
from bot.inbox.store import Ask, Seen, Store, Stored, Work, lease
from bot.masking import mask
from bot.messages import NOTHING, Inbound, Reply, Text
from bot.resting import instead
from bot.services import Services
from bot.turn import STATE_HOURS, State, Turn

log = structlog.get_logger(__name__)

IN_TIME_S = 4.5
WAIT_S = 5.6
SLOW_S = 1.0
UNWRITABLE = frozenset({"OperationalError", "TimeoutError"})
POLL_S = 0.2
RETRY_S = (1, 2, 4, 8, 15, 30, 60, 60, 60, 60)
APOLOGY = Text(
    "对不起，系统刚才出了点问题，您这句没处理好，请过一会儿再发一次。\n有急事直接打：119 火警救援、120 急救、110 报警。"
)
KEPT_FIELDS = frozenset({
    "MsgType", "CreateTime", "MsgId", "Event", "EventKey", "AgentID", "MediaId", "ThumbMediaId", "PicUrl",
    "Format", "Location_X", "Location_Y", "Scale", "Latitude", "Longitude", "Precision", "SendLocationInfo",
    "SendPicsInfo", "Ticket", "TaskId", "CardType", "ResponseCode", "SelectedItems", "Status", "MsgID",
})  # fmt: skip
"""Fields that a replay needs. Others may name people (OpenID, UserID, Mobile, Name, Title …) and are not kept."""


class _Flight:
    """A message that this process is answering right now."""

    __slots__ = ("arrived", "claimed", "done", "renewed", "reply", "row")

    def __init__(self, arrived: float) -> None:
        self.arrived = arrived
        self.done = threading.Event()
        self.reply: tuple[Reply, str, str] | None = None
        self.row: dict[str, Any] | None = None
        self.claimed = False
        self.renewed = 0.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message as it came in: ``request_id`` follows it through the logs, ``arrived`` is a stopwatch reading."""

    message: Inbound
    request_id: str
    arrived: float


class Inbox:
    """Answers each message once. One per process; safe for many threads or greenlets."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._dispatcher = Dispatcher(services.features)
        self.store = Store(services.database, services.cache)
        self._look = Batcher(self.store.look)
        self._commit = Batcher(self.store.commit)
        self._flights: dict[str, _Flight] = {}
        self._lock = threading.Lock()
        self._watching = False
        self._retried: set[str] = set()

    def answer(self, arrival: Arrival) -> Reply:
        """The reply to give now; Nothing where it was or will be given another way. Never raises."""
        message = arrival.message
        key = self._services.hasher.hash("inbound", *dedupe_parts(message))
        with self._lock:
            flight = self._flights.get(key)
            first = flight is None
            if flight is None:
                flight = self._flights[key] = _Flight(arrival.arrived)
        if not first:
            flight.done.wait(max(0.1, WAIT_S - (clock.stopwatch() - arrival.arrived)))
            return self._hand_out(flight.reply, key, arrival) if flight.reply else NOTHING
        try:
            flight.reply = self._first(key, arrival, flight)
        finally:
            with self._lock:
                self._flights.pop(key, None)
            flight.done.set()
        return self._hand_out(flight.reply, key, arrival)

    # -- one delivery --------------------------------------------------------------------------------------------
    def _first(self, key: str, arrival: Arrival, flight: _Flight) -> tuple[Reply, str, str]:
        """Reply, row id and delivery state."""
        hash_ = people.identity_hash(self._services.hasher, arrival.message.channel, arrival.message.sender)
        try:
            seen = self._look.submit(Ask(arrival.message.channel, key, hash_))
            if seen.stored is not None:
                known = self._settled(seen.stored, arrival, key)
                if known is not None:
                    return known
        except Exception:
            log.error("inbox.unread", exc_info=True)
            seen = Seen(None, None, None)
        return self._answer_new(key, hash_, seen, arrival, flight)

    def _settled(self, stored: Stored, arrival: Arrival, key: str) -> tuple[Reply, str, str] | None:
        """The stored reply, waiting for another process that is at it; None when it gave up and the claim is free."""
        current: Stored | None = stored
        if stored.status == WORKING or stored.delivery == LATE:
            current = self.store.find(arrival.message.channel, key)
        while current is not None and current.status == WORKING:
            if current.lease_until is None or current.lease_until < clock.system():
                if self.store.take_over(current.id, clock.system()):
                    return None
            elif clock.stopwatch() - arrival.arrived > WAIT_S:
                return NOTHING, current.id, WORKING
            time.sleep(POLL_S)
            current = self.store.find(arrival.message.channel, key)
        if current is None:
            return None
        log.info("inbox.again", inbound=current.id, status=current.status)
        return self._stored_reply(current), current.id, current.delivery

    def _answer_new(
        self, key: str, hash_: str, seen: Seen, arrival: Arrival, flight: _Flight
    ) -> tuple[Reply, str, str]:
        services, message = self._services, arrival.message
        text, masked = mask(message.text)
        if text != message.text:
            message = replace(message, text=text)
        new_person = None
        if seen.person_id is None:
            seen_at = services.clock.now()
            new_person = people.row_for(services.hasher, services.vault, message.channel, message.sender, seen_at)
        person_id = seen.person_id or people.first_id(hash_)
        row_id = new_id()
        flight.row = row = self._row(row_id, key, person_id, message, arrival)
        self._watch()
        turn = Turn(
            services,
            person_id=person_id,
            channel=message.channel,
            request_id=arrival.request_id,
            now=services.clock.now(),
            state=self._state(seen.state_sealed, person_id),
            masked=masked,
            new_person=new_person,
        )
        answer, state = self._compose(message, turn, seen, row_id)
        reply, kept = answer.reply, freeze(answer.reply, turn.rests(answer.rests_with))
        in_time = clock.stopwatch() - arrival.arrived < IN_TIME_S
        row.update(
            feature=answer.feature,
            delivery=PASSIVE if in_time else LATE,
            finished_at=clock.system(),
            reply_sealed=services.content.encrypt(kept, "inbound", row_id, "reply"),
        )
        if turn.failure:
            row.update(status=FAILED, reason=turn.failure[:80])
            if turn.failure in UNWRITABLE:  # waiting for the database once more would cost the reply its five seconds
                log.error("inbox.unwritten", feature=row["feature"])
                self._try_again(turn, arrival, key)
                return reply, row_id, PASSIVE
        work = Work(row, new_person, state, turn.inserts, turn.statements)
        return self._commit_turn(work, turn, reply, arrival)

    def _commit_turn(self, work: Work, turn: Turn, reply: Reply, arrival: Arrival) -> tuple[Reply, str, str]:
        row = work.row
        try:
            before = self._commit_own(work, turn) if turn.own_session else self._commit.submit(work)
        except Exception as error:
            log.error("inbox.unwritten", feature=row["feature"], exc_info=True)
            turn.close(error)
            said = turn.without_record or (NOTHING if arrival.message.is_event else APOLOGY)
            self._try_again(turn, arrival, row["dedupe_key"])
            if isinstance(error, StatementError) and not isinstance(error, OperationalError):
                self._note_failure(work, said, error)
            return said, row["id"], PASSIVE
        if before is not None and before.status == WORKING:
            return self._settled(before, arrival, row["dedupe_key"]) or (APOLOGY, before.id, PASSIVE)
        if before is not None:
            return self._stored_reply(before), before.id, before.delivery
        for later in turn.after:
            try:
                later()
            except Exception:
                log.warning("inbox.after", exc_info=True)
        return reply, row["id"], row["delivery"]

    def _commit_own(self, work: Work, turn: Turn) -> Stored | None:
        """A handler with its own unit of work: the claim joins it; a message answered elsewhere undoes it."""
        session = turn.own_session
        assert session is not None
        session.flush()
        before = self.store.write(session.connection(), [work])[0]
        if before is not None:
            turn.close(_Undo())
            return before
        turn.close()
        return None

    def _try_again(self, turn: Turn, arrival: Arrival, key: str) -> None:
        """Where an emergency could not be stored, go on trying in this process; the person has the numbers by now."""
        if not turn.must_be_kept or key in self._retried:
            return
        self._retried.add(key)
        threading.Thread(target=self._keep_trying, args=(arrival, key), name="inbox-retry", daemon=True).start()

    def _keep_trying(self, arrival: Arrival, key: str) -> None:
        for wait in RETRY_S:
            if self._services.closing.wait(wait):
                return
            self.answer(replace(arrival, arrived=clock.stopwatch()))
            try:
                stored = self.store.find(arrival.message.channel, key)
                if stored is not None and stored.status != WORKING:
                    log.warning("inbox.kept_later", after_s=wait)
                    break
            except Exception:
                log.warning("inbox.still_unwritten", exc_info=True)
        self._retried.discard(key)

    def _note_failure(self, work: Work, said: Reply, error: Exception) -> None:
        """Record a message whose writes the database refused, without them, so that it can be replayed."""
        row = {**work.row, "status": FAILED, "reason": type(error).__name__[:80]}
        row["reply_sealed"] = self._services.content.encrypt(freeze(said), "inbound", row["id"], "reply")
        try:
            self._commit.submit(Work(row, work.person))
        except Exception:
            log.error("inbox.unwritten", feature=row["feature"], exc_info=True)

    def _compose(self, message: Inbound, turn: Turn, seen: Seen, row_id: str) -> tuple[Answer, dict[str, Any] | None]:
        """The answer as it fits the platform, and where the conversation stands then; whatever fails on the way costs
        the person an apology, and the handler's writes."""
        try:
            answer = self._dispatcher.answer(message, turn)
            if seen.owed and not message.is_event:
                answer = self._with_owed(answer, turn, message)
            answer = replace(answer, reply=fit(answer, turn, message.channel))
            return answer, state_row(self._services, turn)
        except Exception as error:
            log.error("handler.failed", inbound=row_id, exc_info=True)
            said = turn.without_record
            turn.drop(error)
            turn.failure = type(error).__name__
            return Answer(said or (NOTHING if message.is_event else APOLOGY)), None

    def _with_owed(self, answer: Answer, turn: Turn, message: Inbound) -> Answer:
        """The answer under what could not be pushed before; marked as shown in the same unit of work."""
        services = self._services
        try:
            owed = outbox.waiting_for(turn.session, services, turn.person_id)
            words = [said for one in owed if (said := push_words(one.push, message.channel))]
            outbox.mark_shown(turn.session, services, [one.id for one in owed])
        except Exception:
            log.error("inbox.owed", exc_info=True)
            return answer
        if not words:
            return answer
        return replace(answer, reply=add_before(answer.reply, "\n\n".join(words)))

    def _hand_out(self, settled: tuple[Reply, str, str], key: str, arrival: Arrival) -> Reply:
        """The reply for this delivery. One that missed its own request goes to the first retry that is in time."""
        reply, row_id, delivery = settled
        if delivery == PASSIVE:
            return reply
        if delivery == LATE and clock.stopwatch() - arrival.arrived < IN_TIME_S:
            try:
                self.store.deliver(row_id, LATE, PASSIVE)
                stored = self.store.find(arrival.message.channel, key)
                if stored is not None and stored.delivery == PASSIVE:
                    return self._stored_reply(stored, waited=True)
            except Exception:
                log.error("inbox.deliver", inbound=row_id, exc_info=True)
        return NOTHING

    # -- rows ----------------------------------------------------------------------------------------------------
    def _row(self, row_id: str, key: str, person_id: str, message: Inbound, arrival: Arrival) -> dict[str, Any]:
        """The record of a message. The sender is left out of the payload: the person's row has it sealed."""
        kept = {name: value for name, value in message.fields.items() if name in KEPT_FIELDS}
        payload = json.dumps([message.account, message.text, kept], ensure_ascii=False, default=str)
        return {
            "id": row_id,
            "channel": message.channel,
            "dedupe_key": key,
            "request_id": arrival.request_id,
            "person_id": person_id,
            "kind": (message.event or message.kind)[:32],
            "status": DONE,
            "delivery": PASSIVE,
            "feature": "",
            "received_at": clock.system(),
            "finished_at": None,
            "lease_until": None,
            "payload_sealed": self._services.content.encrypt(payload, "inbound", row_id, "payload"),
            "reply_sealed": None,
            "reason": "",
        }

    def keep(self, channel: str, raw: str, reason: str, request_id: str) -> None:
        """Keep what is authentic but not understood; sealed, because it may hold anything."""
        row_id = new_id()
        row = {
            **dict.fromkeys(("person_id", "finished_at", "lease_until", "reply_sealed")),
            "id": row_id,
            "channel": channel,
            "dedupe_key": self._services.hasher.hash("kept", channel, raw),
            "request_id": request_id,
            "kind": "unknown",
            "status": KEPT,
            "delivery": PASSIVE,
            "feature": "",
            "received_at": clock.system(),
            "payload_sealed": self._services.vault.seal(raw),
            "reason": reason[:80],
        }
        try:
            self._commit.submit(Work(row))
        except Exception:
            log.error("inbox.unwritten", feature="kept", exc_info=True)

    def _state(self, sealed: bytes | None, person_id: str) -> State:
        if not sealed:
            return State()
        try:
            return State.load(self._services.content.decrypt(sealed, "conversation", person_id, "state"))
        except Exception:
            log.warning("inbox.state", exc_info=True)
            return State()

    def _stored_reply(self, stored: Stored, *, waited: bool = False) -> Reply:
        """The reply as it was kept; of one that ``waited``, what holds of it now."""
        if not stored.reply_sealed:
            return NOTHING
        kept = self._services.content.decrypt(stored.reply_sealed, "inbound", stored.id, "reply")
        changed = instead(self._services, rests_of(kept)) if waited else None
        reply: Reply = changed or thaw(kept)
        return reply

    # -- slow messages -------------------------------------------------------------------------------------------
    def _watch(self) -> None:
        if not self._watching:
            self._watching = True
            threading.Thread(target=self._watch_slow, name="inbox-watch", daemon=True).start()

    def _watch_slow(self) -> None:
        """Messages that take longer than a second are claimed in the database, so that other processes wait."""
        while not self._services.closing.wait(SLOW_S / 2):
            with self._lock:
                slow = [f for f in self._flights.values() if clock.stopwatch() - f.arrived > SLOW_S]
            for flight in slow:
                if flight.row is None or flight.done.is_set():
                    continue
                try:
                    self._claim(flight)
                except Exception:
                    log.warning("inbox.claim", exc_info=True)

    def _claim(self, flight: _Flight) -> None:
        assert flight.row is not None
        if not flight.claimed:
            now = clock.system()
            self.store.claim_slow({**flight.row, "status": WORKING, "lease_until": lease(now)})
            flight.claimed = True
            flight.renewed = clock.stopwatch()
        elif clock.stopwatch() - flight.renewed > 3:
            self.store.renew(flight.row["id"], lease(clock.system()))
            flight.renewed = clock.stopwatch()


def state_row(services: Services, turn: Turn) -> dict[str, Any] | None:
    """The row of table ``conversation`` that says where the turn left it; None where nothing changed."""
    if not turn.state_changed:
        return None
    return {
        "person_id": turn.person_id,
        "state_sealed": services.content.encrypt(turn.state.dump(), "conversation", turn.person_id, "state"),
        "updated_at": turn.now,
        "expires_at": turn.now + timedelta(hours=STATE_HOURS),
    }


class _Undo(Exception):
    """Rolls back the work of a message that was answered elsewhere."""
