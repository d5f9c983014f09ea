"""What people hear while the database or the cache is away."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.inbox.inbox import APOLOGY
from bot.inbox.records import DONE
from handlers.consult.records import ConsultQuestion
from tests.bot.arriving import ALL, QUESTION, answer, together
from tests.bot.front import ON_SQLITE, Front, message

OpenFront = Callable[..., Front]


@contextmanager
def locked(front: Front) -> Iterator[None]:
    """Another process holds SQLite's write lock."""
    other = sqlite3.connect(str(front.services.database.url.database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def timed(front: Front, text: str) -> tuple[str, float]:
    began = time.perf_counter()
    said = front.deliver(message(Content=text))
    assert said.status == 200
    return said.content, time.perf_counter() - began


@ON_SQLITE
def test_with_the_database_locked_people_hear_something_in_time(open_front: OpenFront) -> None:
    front = open_front(features=ALL)
    front.say("你好")
    with locked(front), ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(timed, front, text) for text in (QUESTION, "坍塌了有人被埋，在金龙路8号工地", "电话", "睡 0")
        ]
        heard = [one.result() for one in asked]
    assert max(took for _, took in heard) < 4.5
    answered, urgent, numbers, failed = (words for words, _ in heard)
    assert "依据" in answered
    assert "119" in urgent and "120" in urgent
    assert "已通知" not in urgent
    assert "119" in numbers
    assert failed == APOLOGY.text
    assert "依据" in front.say(QUESTION)
    assert front.count(ConsultQuestion) == 1


@ON_SQLITE
def test_with_the_database_locked_for_a_moment_nothing_is_lost(open_front: OpenFront) -> None:
    front = open_front(features=ALL)
    with ThreadPoolExecutor(1) as pool:
        with locked(front):
            asked = pool.submit(timed, front, "睡 0")
            time.sleep(0.7)
        assert asked.result()[0] == "醒了"
    assert front.inbound().status == DONE


@ON_SQLITE
@pytest.mark.parametrize("how", ["read-only", "gone"])
def test_without_a_database_to_write_people_hear_something(open_front: OpenFront, how: str) -> None:
    front = open_front(features=ALL)
    front.say("你好")
    database = front.services.database
    database.dispose()
    if how == "gone":
        Path(str(database.url.database)).unlink()
    else:
        make_read_only(front)
    urgent, took = timed(front, "坍塌了有人被埋，在金龙路8号工地")
    assert "119" in urgent
    assert "已通知" not in urgent
    assert took < 4.5
    assert "依据" in timed(front, QUESTION)[0]
    assert timed(front, "睡 0")[0] == APOLOGY.text
    assert "119" in timed(front, "着火了怎么逃生")[0]
    assert front.send("event", Event="LOCATION", Latitude="20") == ""


def make_read_only(front: Front) -> None:
    """From now on SQLite refuses to write (permissions do not hold a superuser back)."""

    @event.listens_for(front.services.database.engine, "connect")
    def _refuse(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only=ON")


def test_without_the_cache_nothing_changes(open_front: OpenFront) -> None:
    front = open_front(features=ALL, cache_url="unix:///nowhere/valkey.sock")
    xml = message(Content="睡 0")
    assert len(set(together(front, [xml] * 10))) == 1
    assert front.deliver(xml).content == "醒了"
    assert front.count(ConsultQuestion) == 1
    late = message(Content="睡 0")
    answer(front, late, ago_s=6)
    assert front.deliver(late).content == "醒了"
