"""Two real web processes over one database: a message delivered to both happens once and is answered alike."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot import clock
from bot.inbox.inbox import APOLOGY
from bot.inbox.late import mark_abandoned, push_late
from bot.inbox.records import DONE, FAILED, PASSIVE, WORKING, InboundMessage
from bot.outbox.records import OutboxMessage
from handlers.consult.records import ConsultQuestion
from handlers.emergency.records import Incident, Report
from tests.bot.front import ON_SQLITE, Front, Said, message, seal
from tests.bot.processes import WebProcess, at_once, deliver

OpenFront = Callable[..., Front]
AWAY = "unix:///nowhere/valkey.sock"
SLOW = "tests.features.slow"
ALL = "handlers.emergency,handlers.account,tests.features.slow,handlers.consult"

CROSSED = pytest.mark.parametrize(
    ("database_url", "cache"),
    [("sqlite", "with cache"), pytest.param("postgres", "cache away", marks=pytest.mark.postgres)],
    indirect=["database_url"],
)
"""Two of the four ways to install the service, each at its widest."""


def pair(front: Front, folder: Path, features: str) -> tuple[WebProcess, WebProcess]:
    url, cache = front.settings.database_url, front.settings.redis_url
    return (WebProcess(folder / "one", url, cache, features), WebProcess(folder / "two", url, cache, features))


def without_time(said: Said | None) -> str:
    assert said is not None
    assert said.status == 200
    return json.dumps({name: value for name, value in said.fields.items() if name != "CreateTime"}, ensure_ascii=False)


@CROSSED
def test_thirty_deliveries_over_two_processes_are_one_message(
    open_front: OpenFront, tmp_path: Path, cache: str
) -> None:
    front = open_front(features=ALL, **({"cache_url": AWAY} if cache == "cache away" else {}))
    front.add_officer()
    one, two = pair(front, tmp_path, ALL)
    with one, two:
        for channel, words in (
            ("wechat", "脚手架几个人验收"),
            ("wechat", "睡 0"),
            ("wechat", "睡 0.4"),
            ("wecom", "睡 0.1"),
        ):
            xml = message(Content=words)
            replies = at_once([(process, seal(channel, xml)) for process in (one, two) for _ in range(15)])
            assert len({without_time(said) for said in replies}) == 1, words
            assert replies[0] is not None
            assert replies[0].content
        urgent = message(Content="海口市龙华区金龙路8号工地着火了，有人困在里面")
        replies = at_once([(process, seal("wechat", urgent)) for process in (one, two) for _ in range(15)])
        assert len({without_time(said) for said in replies}) == 1
        assert "119" in replies[0].content  # type: ignore[union-attr]
    assert Counter(row.status for row in front.rows(InboundMessage)) == {DONE: 5}
    assert front.count(ConsultQuestion) == 4
    assert (front.count(Incident), front.count(Report)) == (1, 1)
    assert Counter(row.kind for row in front.rows(OutboxMessage)) == {"slow.note": 3, "emergency.page": 1}
    for process in (one, two):
        assert '"level": "error"' not in process.log.read_text()


@CROSSED
def test_a_slow_reply_goes_to_the_retry_in_the_other_process(open_front: OpenFront, tmp_path: Path, cache: str) -> None:
    front = open_front(features=SLOW, **({"cache_url": AWAY} if cache == "cache away" else {}))
    one, two = pair(front, tmp_path, SLOW)
    xml = message(Content="睡 6")
    with one, two:
        said = deliver([one, two, one], [seal("wechat", xml) for _ in range(3)])
        assert [bool(answer) for answer in said] == [False, True]
        assert said[1].content == "醒了"  # type: ignore[union-attr]
        again = one.post(seal("wechat", xml))
        assert again is not None
        assert again.content == "醒了"
    row = front.inbound()
    assert (row.status, row.delivery) == (DONE, PASSIVE)
    assert front.count(ConsultQuestion) == 1
    assert [one.kind for one in front.rows(OutboxMessage)] == ["slow.note"]
    assert push_late(front.services) == 0


def test_a_slow_unit_of_work_of_its_own_happens_once(open_front: OpenFront, tmp_path: Path) -> None:
    """On SQLite it holds everyone up, so that the retry may hear an apology; the answer is then pushed."""
    front = open_front(features=SLOW)
    one, two = pair(front, tmp_path, SLOW)
    xml = message(Content="存 3")
    with one, two:
        assert one.post(seal("wechat", xml), timeout=2) is None
        said = two.post(seal("wechat", xml), timeout=8)
        assert said is not None
        may_say = {"存好了", APOLOGY.text} if front.services.database.is_sqlite else {"存好了"}
        assert said.content in may_say
        again = one.post(seal("wechat", xml))
        assert again is not None
        assert again.content == "存好了"
    assert front.inbound().status == DONE
    assert front.count(ConsultQuestion) == 1
    assert [one.kind for one in front.rows(OutboxMessage)] == ["slow.note"]


@ON_SQLITE
def test_a_process_that_dies_leaves_its_message_to_the_retry(open_front: OpenFront, tmp_path: Path) -> None:
    front = open_front(features=SLOW)
    one, two = pair(front, tmp_path, SLOW)
    with two:
        with one:
            xml = message(Content="睡 3")
            assert one.post(seal("wechat", xml), timeout=2.2) is None
            assert front.inbound().status == WORKING
            one.kill()
        with front.services.database.begin() as session:  # ten seconds later
            session.execute(update(InboundMessage).values(lease_until=clock.system() - timedelta(seconds=1)))
        said = two.post(seal("wechat", xml))
        assert said is not None
        assert said.content == "醒了"
    assert front.inbound().status == DONE
    assert front.count(ConsultQuestion) == 1
    assert front.count(OutboxMessage) == 1


@ON_SQLITE
def test_a_process_that_dies_and_no_retry_is_told_of(open_front: OpenFront, tmp_path: Path) -> None:
    front = open_front(features=SLOW)
    one, _ = WebProcess(tmp_path / "one", front.settings.database_url, front.settings.redis_url, SLOW), None
    with one:
        assert one.post(seal("wechat", message(Content="睡 3")), timeout=2.2) is None
        one.kill()
    assert mark_abandoned(front.services) == 0
    with front.services.database.begin() as session:
        session.execute(update(InboundMessage).values(lease_until=clock.system() - timedelta(minutes=3)))
    assert mark_abandoned(front.services) == 1
    row = front.inbound()
    assert (row.status, row.reason) == (FAILED, "abandoned")
    assert front.count(ConsultQuestion) == 0
