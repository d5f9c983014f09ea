"""Deletes what has been kept long enough; the days stand in config/retention.yaml."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import delete, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from bot.console.records import Staff, StaffSession
from bot.directory.records import Person
from bot.features import Job
from bot.inbox.records import Conversation, InboundMessage
from bot.outbox.records import TERMINAL, OutboxMessage
from bot.services import Services
from config.catalog import read_yaml

log = structlog.get_logger(__name__)

PIECE = 500
DAY_S = 86_400


def days(name: str) -> timedelta:
    """The time kept for an entry of config/retention.yaml."""
    return timedelta(days=int(read_yaml("retention.yaml")[name]))


def delete_old(services: Services, table: Any, moment: InstrumentedAttribute[Any], name: str, *more: Any) -> int:
    """Delete rows of ``table`` whose ``moment`` lies further back than the entry ``name`` says, in small pieces so that
    nobody waits for it; how many went."""
    before, gone = services.clock.now() - days(name), 0
    key = table.__mapper__.primary_key[0]
    while True:
        with services.database.begin() as session:
            ids = session.scalars(select(key).where(moment < before, *more).limit(PIECE)).all()
            session.execute(delete(table).where(key.in_(ids)))
        gone += len(ids)
        if len(ids) < PIECE:
            if gone:
                log.info("retention.deleted", table=table.__tablename__, rows=gone)
            return gone


def _outbox(services: Services) -> int:
    """Ended messages, and their events with them (the database's own cascade)."""
    ended = OutboxMessage.state.in_(TERMINAL | {"accepted"})
    return delete_old(services, OutboxMessage, OutboxMessage.planned_at, "outbox_message", ended)


def _people(services: Services) -> int:
    """People who follow no more, or never did, and of whom no message and no conversation is left; staff stay."""
    kept = [column for feature in services.features for column in feature.keeps_people]
    return delete_old(
        services,
        Person,
        Person.created_at,
        "person",
        Person.following.is_not(True),
        ~exists().where(InboundMessage.person_id == Person.id),
        ~exists().where(OutboxMessage.person_id == Person.id),
        ~exists().where(Conversation.person_id == Person.id),
        ~exists().where(Staff.person_id == Person.id),
        *(~exists().where(column == Person.id) for column in kept),
    )


def _daily(name: str, run: Callable[[Services], int]) -> Job:
    return Job(f"retention.{name}", run, every_s=DAY_S, deletes=True)


JOBS = (
    _daily("inbound", lambda s: delete_old(s, InboundMessage, InboundMessage.received_at, "inbound")),
    _daily("outbox", _outbox),
    _daily("people", _people),
    _daily("sessions", lambda s: delete_old(s, StaffSession, StaffSession.expires_at, "staff_session")),
)
