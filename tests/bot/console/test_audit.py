from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, update

from bot.console import audit
from bot.console.records import AuditEvent


@pytest.fixture
def database(desk):
    return desk.services.database


def add(database, count: int, actor: str = "system") -> None:
    for number in range(count):
        with database.begin() as session:
            audit.append(session, actor=actor, action="consult.reply", subject=f"q{number}", detail={"n": number})


def report(database):
    with database.reading() as session:
        return audit.verify_chain(session)


def test_an_empty_chain_is_sound(database):
    assert report(database).sound


def test_events_count_from_one_and_verify(database):
    add(database, 5)
    found = report(database)
    assert (found.sound, found.count) == (True, 5)


@pytest.mark.parametrize("column", ["actor", "action", "subject", "detail", "request_id", "hash", "prev_hash"])
def test_a_changed_event_is_named(database, column):
    add(database, 4)
    with database.begin() as session:
        session.execute(update(AuditEvent).where(AuditEvent.id == 2).values({column: "other"}))
    assert report(database).broken_at == 2


def test_a_removed_event_is_named_by_the_next(database):
    add(database, 4)
    with database.begin() as session:
        session.execute(delete(AuditEvent).where(AuditEvent.id == 2))
    assert report(database).broken_at == 3


def test_a_transaction_rolled_back_leaves_no_gap(database):
    add(database, 1)

    def fail_after_writing() -> None:
        with database.begin() as session:
            audit.append(session, actor="system", action="consult.reply")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_writing()
    add(database, 1)
    assert report(database).count == 2


def test_many_at_once_make_one_chain(database):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda actor: add(database, 5, actor), [f"staff{n}" for n in range(8)]))
    found = report(database)
    assert (found.sound, found.count) == (True, 40)


def test_detail_is_bounded(database):
    with pytest.raises(ValueError, match="longer"), database.begin() as session:
        audit.append(session, actor="system", action="x", detail={"words": "长" * 500})
