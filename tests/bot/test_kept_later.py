"""An emergency told while the database takes nothing reaches the officers once it does."""

from __future__ import annotations

import sqlite3
import threading
import time

from bot.inbox.records import InboundMessage
from bot.outbox.records import OutboxMessage
from handlers.consult.records import ConsultQuestion
from tests.bot.front import ON_SQLITE
from tests.conftest import OpenFront

pytestmark = ON_SQLITE  # the lock of these tests is SQLite's


def _until(holds, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.2)
    return False


def test_an_emergency_is_recorded_when_the_lock_is_gone(open_front: OpenFront) -> None:
    front = open_front()
    front.add_officer()
    other = sqlite3.connect(front.services.database.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    said = front.say("海口龙昆南路工地塌了，有人被埋")
    assert "120" in said and "已通知" not in said
    other.execute("ROLLBACK")
    other.close()
    assert _until(lambda: front.count(OutboxMessage) == 1, 40)
    assert front.count(InboundMessage) == 1


def test_a_question_is_not_asked_again_by_itself(open_front: OpenFront) -> None:
    front = open_front()
    other = sqlite3.connect(front.services.database.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert front.say("灭火器怎么用")
    other.execute("ROLLBACK")
    other.close()
    assert not _until(lambda: front.count(ConsultQuestion) > 0, 2.5)


def test_trying_again_ends_with_the_process_part(open_front: OpenFront) -> None:
    before = set(threading.enumerate())
    front = open_front()
    other = sqlite3.connect(front.services.database.url.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert "120" in front.say("海口龙昆南路工地塌了，有人被埋")
    begun = {one for one in set(threading.enumerate()) - before if one.name.startswith("inbox-")}
    assert {one.name for one in begun} == {"inbox-retry", "inbox-watch"}
    other.close()
    front.close()
    assert _until(lambda: not any(one.is_alive() for one in begun), 15)
