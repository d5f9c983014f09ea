"""The only way a message changes its state: compare-and-set, and an event that says so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, Insert, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.ids import new_id
from bot.outbox.records import OutboxEvent, OutboxMessage
from bot.storage.db import Base

MOST_WORDS = 120


def insert_missing(dialect: str, table: type[Base]) -> Insert:
    """``INSERT … ON CONFLICT DO NOTHING`` for the dialect: two who insert the same row at once do no harm."""
    insert_ = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return insert_(table).on_conflict_do_nothing()


def move(
    session: Session,
    message_id: str,
    from_states: Collection[str],
    to_state: str,
    now: datetime,
    *,
    detail: str = "",
    owner: str | None = None,
    **values: Any,
) -> bool:
    """Move a message to ``to_state`` if it is in one of ``from_states`` (and leased by ``owner``, where given).

    ``values`` are other columns to set. False, and nothing written, when someone else was first.
    """
    state = session.scalar(select(OutboxMessage.state).where(OutboxMessage.id == message_id))
    if state is None or state not in from_states:
        return False
    if isinstance(values.get("reason"), str):
        values["reason"] = values["reason"][:MOST_WORDS]
    statement = update(OutboxMessage).where(OutboxMessage.id == message_id, OutboxMessage.state == state)
    if owner is not None:
        statement = statement.where(OutboxMessage.lease_owner == owner)
    statement = statement.values(state=to_state, **values).execution_options(synchronize_session=False)
    result = session.execute(statement)
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        return False
    add_event(session, message_id, state, to_state, now, detail)
    return True


def add_event(
    session: Session, message_id: str, from_state: str, to_state: str, now: datetime, detail: str = ""
) -> None:
    session.execute(
        insert(OutboxEvent),
        {
            "id": new_id(),
            "message_id": message_id,
            "at": now,
            "from_state": from_state,
            "to_state": to_state,
            "detail": detail[:MOST_WORDS],
        },
    )
