"""The inbox: each message once, each person an answer, whatever is slow, failing or away."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from redis import Redis
from sqlalchemy import select, update

from bot import clock
from bot.directory.records import Person
from bot.features import Feature
from bot.ids import new_id
from bot.inbox.commands import inbox as inbox_commands
from bot.inbox.inbox import APOLOGY, Inbox
from bot.inbox.late import ReplayError, forget_conversations, push_late, replay
from bot.inbox.records import DONE, FAILED, KEPT, LATE, PASSIVE, PUSHED, Conversation, InboundMessage
from bot.messages import NOTHING, Text
from bot.outbox.records import OutboxMessage
from handlers.consult.records import ConsultQuestion
from handlers.emergency.records import Incident
from tests.bot.arriving import ALL, QUESTION, SLOW, answer, arrive, together
from tests.bot.front import ASKER, Front, message

OpenFront = Callable[..., Front]


@pytest.fixture
def slow(open_front: OpenFront) -> Front:
    return open_front(features=SLOW)


def outbox_kinds(front: Front) -> Counter[str]:
    return Counter(row.kind for row in front.rows(OutboxMessage))


# -- once -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [QUESTION, "睡 0.05", "存 0.05"])
def test_thirty_deliveries_at_once_are_one_message(open_front: OpenFront, text: str) -> None:
    front = open_front(features=ALL)
    heard = together(front, [message(Content=text)] * 30)
    assert len(set(heard)) == 1
    assert heard[0]
    assert front.inbound().status == DONE
    assert front.count(ConsultQuestion) == 1
    assert front.count(OutboxMessage) == (0 if text == QUESTION else 1)


def test_thirty_cries_for_help_page_once(open_front: OpenFront) -> None:
    front = open_front()
    front.add_officer()
    heard = together(front, [message(Content="金龙路8号工地着火了，有人困在里面")] * 30)
    assert len(set(heard)) == 1
    assert "119" in heard[0]
    assert front.count(Incident) == 1
    assert outbox_kinds(front) == {"emergency.page": 1}


def test_a_retry_gets_the_stored_reply_even_when_the_cache_forgot_it(slow: Front) -> None:
    xml = message(Content="睡 0")
    first = slow.deliver(xml).content
    with Redis.from_url(slow.settings.redis_url) as client:
        client.flushall()
    assert slow.deliver(xml).content == first
    assert slow.count(ConsultQuestion) == 1
    assert slow.count(OutboxMessage) == 1


def test_different_messages_are_told_apart(front: Front) -> None:
    at = str(int(time.time()))
    different = [
        message("event", CreateTime=at, Event="TEMPLATESENDJOBFINISH", MsgID="1", Status="success"),
        message("event", CreateTime=at, Event="TEMPLATESENDJOBFINISH", MsgID="2", Status="success"),
        message("event", CreateTime=at, Event="LOCATION", Latitude="20"),
        message("event", CreateTime=at, Event="unsubscribe"),
        message("event", CreateTime=at, Event="CLICK", EventKey="a"),
        message("event", CreateTime=at, Event="CLICK", EventKey="b"),
        message("event", CreateTime=at, Event="LOCATION", Latitude="20", sender="oOther"),
        message(Content=QUESTION, MsgId="77"),
        message(Content=QUESTION, MsgId="77", to="gh_second0account"),
    ]
    for xml in different * 2:
        front.deliver(xml)
    front.deliver(message(Content=QUESTION, MsgId="77"), "wecom")
    assert front.count(InboundMessage) == len(different) + 1


def test_a_person_first_seen_by_many_at_once_is_one(front: Front) -> None:
    together(front, [message(Content="你好") for _ in range(10)])
    front.deliver(message(Content="你好", sender="WangWu"), "wecom")
    front.deliver(message(Content="你好", sender="wangwu"), "wecom")
    assert front.count(Person) == 2
    assert front.count(InboundMessage) == 12


# -- late -----------------------------------------------------------------------------------------------------------


def make_older(front: Front, seconds: float) -> None:
    with front.services.database.begin() as session:
        session.execute(update(InboundMessage).values(received_at=clock.system() - timedelta(seconds=seconds)))


def test_a_late_reply_goes_to_the_first_retry_in_time(slow: Front) -> None:
    xml = message(Content="睡 0")
    assert answer(slow, xml, ago_s=6) == NOTHING
    assert slow.inbound().delivery == LATE
    assert answer(slow, xml, ago_s=6) == NOTHING, "a retry that is too late itself"
    assert slow.deliver(xml).content == "醒了"
    assert slow.deliver(xml).content == "醒了"
    assert slow.inbound().delivery == PASSIVE
    make_older(slow, 60)
    assert push_late(slow.services) == 0


def test_a_fetched_late_reply_costs_the_next_retry_nothing(slow: Front) -> None:
    xml = message(Content="睡 0.5")
    answer(slow, xml, ago_s=6)
    for _ in range(3):
        began = time.perf_counter()
        assert slow.deliver(xml).content == "醒了"
        assert time.perf_counter() - began < 0.4, "its handler is not run again"


def test_a_late_reply_that_nobody_fetches_is_pushed_once(slow: Front) -> None:
    xml = message(Content="睡 0")
    answer(slow, xml, ago_s=6)
    make_older(slow, 19)
    assert push_late(slow.services) == 0
    make_older(slow, 21)
    with ThreadPoolExecutor(4) as pool:
        pushed = list(pool.map(lambda _: push_late(slow.services), range(8)))
    assert sorted(pushed) == [0] * 7 + [1]
    assert slow.inbound().delivery == PUSHED
    assert outbox_kinds(slow) == {"slow.note": 1, "inbox.late": 1}
    assert slow.deliver(xml).silent
    assert slow.count(ConsultQuestion) == 1


def test_a_late_reply_is_fetched_or_pushed_never_both(slow: Front) -> None:
    for _ in range(12):
        xml = message(Content="睡 0")
        answer(slow, xml, ago_s=6)
        make_older(slow, 21)
        with ThreadPoolExecutor(2) as pool:
            fetching = pool.submit(slow.deliver, xml)
            pushing = pool.submit(push_late, slow.services)
            assert bool(fetching.result().content) + pushing.result() == 1


def test_a_late_apology_reaches_the_person_too(slow: Front) -> None:
    answer(slow, message(Content="坏"), ago_s=6)
    make_older(slow, 21)
    assert push_late(slow.services) == 1


# -- failing --------------------------------------------------------------------------------------------------------


def test_a_handler_that_fails_costs_an_apology_and_is_replayed_once(slow: Front) -> None:
    xml = message(Content="坏")
    assert slow.deliver(xml).content == APOLOGY.text
    assert slow.deliver(xml).content == APOLOGY.text
    row = slow.inbound()
    assert (row.status, row.reason) == (FAILED, "RuntimeError")
    assert slow.count(ConsultQuestion) == 0, "what failed leaves nothing behind"

    mend(slow)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: _replayed(slow, row.id), range(4)))
    assert sorted(results) == [False, False, False, True]
    assert slow.inbound().status == DONE
    assert slow.count(ConsultQuestion) == 1
    assert outbox_kinds(slow) == {"inbox.replay": 1}
    assert slow.deliver(xml).silent, "its answer goes out through the outbox"


def mend(front: Front) -> None:
    folder = Path(front.settings.var_dir)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mended").touch()


def _replayed(front: Front, row_id: str) -> bool:
    try:
        return "on its way" in replay(front.services, row_id)
    except ReplayError:
        return False


def command(front: Front, *words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(inbox_commands, list(words), obj=lambda: front.services)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
    return done.exit_code, done.stdout, done.stderr


def test_the_commands_list_and_replay(slow: Front) -> None:
    slow.say("坏")
    slow.say("睡 0")
    slow.deliver("<xml/>")
    code, out, _ = command(slow, "list")
    assert code == 0
    assert [FAILED in line or KEPT in line for line in out.splitlines()] == [True, True, False]
    assert ASKER not in out
    failed = next(row.id for row in slow.rows(InboundMessage) if row.status == FAILED)
    kept = next(row.id for row in slow.rows(InboundMessage) if row.status == KEPT)
    code, _, err = command(slow, "replay", failed)
    assert code == 1
    assert "RuntimeError" in err
    assert ASKER not in err
    assert next(row for row in slow.rows(InboundMessage) if row.id == failed).status == FAILED
    assert command(slow, "replay", kept)[0] == 1
    assert command(slow, "replay", "NOSUCH")[0] == 1
    mend(slow)
    code, out, _ = command(slow, "replay", failed.lower())
    assert (code, out.strip()) == (0, "answered, the reply is on its way")
    assert command(slow, "replay", failed)[0] == 1
    assert len(command(slow, "list", "--all")[1].splitlines()) == 4


def test_a_replayed_message_leaves_its_conversation_behind(slow: Front) -> None:
    slow.say("坏")
    with slow.services.database.begin() as session:
        row = session.scalars(select(InboundMessage)).one()
        row.payload_sealed = slow.services.content.encrypt(
            '["gh", "长", {"MsgType": "text"}]', "inbound", row.id, "payload"
        )
    replay(slow.services, slow.inbound().id)
    assert "没有了" not in slow.say("更多")


def test_a_poison_write_spoils_only_itself(slow: Front) -> None:
    texts = ["睡 0", "毒", "睡 0", "睡 0", "毒", "睡 0"] * 3
    heard = together(slow, [message(Content=text) for text in texts])
    assert Counter(zip(texts, heard)) == {("睡 0", "醒了"): 12, ("毒", APOLOGY.text): 6}
    assert slow.count(ConsultQuestion) == 12
    statuses = Counter(row.status for row in slow.rows(InboundMessage))
    assert statuses == {DONE: 12, FAILED: 6}, "what could not be written is there to be replayed"


# -- conversations --------------------------------------------------------------------------------------------------


def test_where_a_conversation_stands_is_kept_sealed_and_forgotten(slow: Front) -> None:
    first = slow.say("长")
    assert first.endswith("看下文）")
    pages = [first]
    while pages[-1].endswith("看下文）"):
        pages.append(slow.say("更多"))
    assert "第120句" in pages[-1]
    assert slow.say("更多").startswith("后面没有了")
    slow.say("长")
    (conversation,) = slow.rows(Conversation)
    assert "检查".encode() not in conversation.state_sealed
    assert forget_conversations(slow.services) == 0
    later = replace(slow.services, clock=clock.Clock(lambda: timedelta(hours=49)))
    assert forget_conversations(later) == 1
    assert slow.say("更多").startswith("后面没有了")


def test_a_state_that_no_longer_opens_costs_nobody_an_answer(slow: Front) -> None:
    slow.say("长")
    with slow.services.database.begin() as session:
        session.execute(update(Conversation).values(state_sealed=b"\x01" + b"x" * 60))
    assert slow.say("睡 0") == "醒了"


def test_what_could_not_be_pushed_is_shown_with_the_next_message(slow: Front) -> None:
    slow.say("睡 0")
    with slow.services.database.begin() as session:
        session.execute(update(OutboxMessage).values(state="failed", reason="window_closed"))
    heard = slow.say("睡 0")
    assert heard.startswith("记下了")
    assert heard.endswith("醒了")
    assert slow.say("睡 0") == "醒了"


def test_answers_are_replies(slow: Front) -> None:
    assert answer(slow, message(Content="睡 0")) == Text("醒了")


def test_a_message_that_another_process_is_still_at_is_waited_for(slow: Front) -> None:
    """Both began before either had claimed it; the quicker one must not answer with nothing."""
    quick = Feature("slow", "快", fallback=lambda _message, _turn: time.sleep(2.2) or Text("快的"))
    xml = message(Content="睡 3.2")
    inbox, arrival = arrive(slow, xml)
    other = Inbox(replace(slow.services, features=(quick,)))
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(inbox.answer, arrival)
        second = pool.submit(other.answer, replace(arrival, request_id=new_id()))
        heard = first.result()
        assert second.result() == heard
    assert slow.count(InboundMessage) == 1
    assert slow.count(ConsultQuestion) == (1 if heard == Text("醒了") else 0)
