"""Who answers: interceptors, the active conversation, routes, the fallback; and switches that take effect at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import insert

from bot import switches
from bot.channels.base import read_text, to_inbound
from bot.clock import Clock
from bot.console.records import AuditEvent
from bot.dispatch import Answer, Dispatcher, add_before, fit, normal
from bot.features import Feature, FeatureError, Handler, Route, load_features
from bot.inbox.inbox import Arrival, Inbox
from bot.inbox.late import replay
from bot.inbox.records import DONE, FAILED, InboundMessage
from bot.messages import NOTHING, Choice, Choices, Image, Inbound, Reply, Text
from bot.outbox.records import OutboxMessage
from bot.switches import LIMITED, OFF, ON, FeatureSwitch
from bot.turn import ASKED, State, Turn
from handlers.consult.records import ConsultQuestion
from tests.bot.front import ASKER, ON_SQLITE, Front, message, message_id
from tests.features.slow.feature import question

OpenFront = Callable[..., Front]


def says(words: str) -> Handler:
    return lambda _message, _turn: Text(words)


def leaves(_message: Inbound, _turn: Turn) -> Reply | None:
    return None


def inbound(text: str = "", kind: str = "text", **more: Any) -> Inbound:
    return Inbound("wechat", "gh", ASKER, kind, datetime.now(UTC), message_id(), text=text, **more)


def event(name: str, key: str = "", **fields: str) -> Inbound:
    return inbound(kind="event", event=name, event_key=key, fields=fields)


@pytest.fixture
def turn(front: Front) -> Turn:
    return new_turn(front)


def new_turn(front: Front, state: State | None = None) -> Turn:
    now = front.services.clock.now()
    return Turn(front.services, person_id="P", channel="wechat", request_id="R", now=now, state=state or State())


def heard(turn: Turn, message: Inbound, *features: Feature) -> str:
    reply = Dispatcher(features).answer(message, turn).reply
    return reply.text if isinstance(reply, Text) else type(reply).__name__


# -- the order ------------------------------------------------------------------------------------------------------

FIRST = Feature(
    "first",
    "一",
    routes=(
        Route(says("帮助"), words=frozenset({"帮助"})),
        Route(says("电话"), words=frozenset({"电话"}), interrupts=True),
        Route(says("照片"), kinds=frozenset({"image"})),
        Route(says("菜单"), keys=frozenset({"first.menu"})),
        Route(says("关注"), events=frozenset({"subscribe"})),
        Route(says("扫码"), scenes=("site_",)),
        Route(says("卡片"), cards=("first:",)),
    ),
    conversations={"first.talk": lambda message, _turn: None if message.text == "帮助" else Text("谈话")},
)
SECOND = Feature("second", "二", routes=(Route(says("二帮助"), words=frozenset({"帮助"})),), fallback=says("兜底"))


@ON_SQLITE
@pytest.mark.parametrize(
    ("message", "words"),
    [
        (inbound("帮助"), "帮助"),
        (inbound(" 帮助！"), "帮助"),
        (inbound("【帮助】？"), "帮助"),
        (inbound("帮助我系安全带"), "兜底"),
        (inbound("电话"), "电话"),
        (inbound(kind="image"), "照片"),
        (inbound(kind="video"), "兜底"),
        (inbound(kind="voice", text="帮助。"), "帮助"),
        (inbound(kind="voice"), "兜底"),
        (event("click", "first.menu"), "菜单"),
        (event("click", "other"), "Nothing"),
        (event("subscribe"), "关注"),
        (event("scan", "site_1"), "扫码"),
        (event("scan", "other_1"), "Nothing"),
        (event("template_card_event", TaskId="first:1"), "卡片"),
        (event("template_card_event", TaskId="firstly:1"), "Nothing"),
        (event("template_card_event"), "Nothing"),
        (event("something"), "Nothing"),
        (event(""), "Nothing"),
    ],
)
def test_routes(turn: Turn, message: Inbound, words: str) -> None:
    assert heard(turn, message, FIRST, SECOND) == words


@ON_SQLITE
@pytest.mark.parametrize(
    ("text", "words"),
    [("随便", "谈话"), ("电话", "电话"), ("帮助", "帮助"), ("更多", "后面没有了。还想问什么，直接说就行。")],
)
def test_an_active_conversation_comes_before_words_but_not_before_what_interrupts(
    turn: Turn, text: str, words: str
) -> None:
    turn.begin("first.talk", {}, 10)
    assert heard(turn, inbound(text), FIRST, SECOND) == words


@ON_SQLITE
def test_a_conversation_ends_with_its_time_and_with_its_feature(front: Front) -> None:
    turn = new_turn(front)
    turn.begin("first.talk", {"step": 1}, 10)
    later = Turn(
        front.services,
        channel="wechat",
        person_id="P",
        request_id="R",
        now=turn.now + timedelta(minutes=11),
        state=State.load(turn.state.dump()),
    )
    assert heard(later, inbound("随便"), FIRST, SECOND) == "兜底"
    assert later.state.active == ""
    gone = new_turn(front, State("no.such", {}, (turn.now + timedelta(minutes=5)).isoformat()))
    assert heard(gone, inbound("随便"), FIRST, SECOND) == "兜底"
    turn = new_turn(front, State.load(turn.state.dump()))
    assert heard(turn, event("location"), FIRST, SECOND) == "Nothing", "a reported location is not the next word"


@ON_SQLITE
def test_nobody_who_writes_is_left_in_silence(turn: Turn) -> None:
    assert "119" in heard(turn, inbound("喂"), FIRST)
    assert heard(turn, event("view"), FIRST) == "Nothing"


@pytest.mark.parametrize(
    ("text", "same"),
    [("ＨＥＬＰ", "help"), (" 帮助。。 ", "帮助"), ("“帮助”", "帮助"), ("帮　助", "帮 助"), ("？？", "??"), ("", "")],
)
def test_words_are_compared_without_their_dress(text: str, same: str) -> None:
    assert normal(text) == same


@ON_SQLITE
def test_a_question_mark_alone_asks_for_help(front: Front) -> None:
    for text in ("?", "？"):
        assert "问安全" in front.say(text), text


# -- interceptors ---------------------------------------------------------------------------------------------------


@ON_SQLITE
def test_interceptors_see_everything_first_and_may_set_a_preface(turn: Turn) -> None:
    seen: list[str] = []

    def look(message: Inbound, turn: Turn) -> Reply | None:
        seen.append(message.kind)
        turn.preface = "先看这里。" if message.text == "帮助" else ""
        return Text("拦下") if message.text == "拦" else None

    watching = Feature("watch", "看", interceptors=(look,))
    assert heard(turn, inbound("帮助"), watching, FIRST) == "先看这里。\n\n帮助"
    assert heard(turn, inbound("拦"), watching, FIRST) == "拦下"
    assert heard(turn, event("click", "first.menu"), watching, FIRST) == "菜单"
    assert seen == ["text", "text", "event"]


def test_a_preface_stands_above_any_reply() -> None:
    assert add_before(NOTHING, "先") == Text("先")
    assert add_before(Choices("头", (Choice("一"),)), "先") == Choices("先\n\n头", (Choice("一"),))
    assert add_before(Image("m"), "先") == Image("m")


def failing(said: str) -> Handler:
    def intercept(message: Inbound, turn: Turn) -> Reply | None:
        if message.text != "救命":
            return None
        turn.insert(ConsultQuestion, **question(turn, message.channel))
        turn.session.execute(insert(FeatureSwitch).values(name="x", state="on", changed_at=turn.now, changed_by=""))
        turn.without_record = Text(said) if said else None
        turn.begin("first.talk", {}, 10)
        raise RuntimeError(message.text)

    return intercept


def answer(front: Front, message: Inbound, *features: Feature) -> Reply:
    inbox = Inbox(replace(front.services, features=features))
    return inbox.answer(Arrival(message, "R" * 26, time.monotonic()))


@ON_SQLITE
def test_an_interceptor_that_fails_costs_nobody_an_answer(front: Front) -> None:
    broken = Feature("broken", "坏", interceptors=(failing(""),))
    with structlog.testing.capture_logs() as lines:
        assert answer(front, inbound("救命"), broken, FIRST, SECOND) == Text("兜底")
    assert "救命" not in str([{**line, "exc_info": ""} for line in lines])
    assert (front.count(ConsultQuestion), front.count(FeatureSwitch)) == (0, 0)
    assert front.inbound().status == DONE


@ON_SQLITE
def test_below_what_an_interceptor_says_stands_what_a_feature_surely_knows(front: Front) -> None:
    def warn(_message: Inbound, turn: Turn) -> Reply:
        turn.with_known = ASKED
        return Text("先打119")

    def knows(_message: Inbound, turn: Turn) -> Text:
        turn.rests_on("belt")
        return Text("挂在高处")

    def fails(message: Inbound, _turn: Turn) -> Text:
        raise RuntimeError(message.text)

    first = Feature("first", "先", interceptors=(warn,))
    wise = Feature("wise", "知", known=knows)
    heard = Dispatcher((first, wise)).answer(inbound("冒烟了吗"), new_turn(front))
    assert heard.reply == Text("先打119\n\n挂在高处")
    assert (heard.feature, heard.rests_with) == ("first", "wise")
    unsure = Feature("unsure", "疑", known=lambda _message, _turn: None)
    with structlog.testing.capture_logs() as lines:
        said = answer(front, inbound("冒烟了吗"), first, Feature("broken", "坏", known=fails), unsure)
    assert said == Text("先打119")
    assert [line["event"] for line in lines] == ["known.failed"]
    with front.services.database.begin() as session:
        switches.change(session, "wise", LIMITED, "admin", front.services.clock.now())
    time.sleep(switches.REFRESH_S)
    assert Dispatcher((first, wise)).answer(inbound("冒烟了吗"), new_turn(front)).reply == Text("先打119")


def test_an_interceptor_that_fails_after_what_it_had_to_say_says_it_and_is_replayed(front: Front) -> None:
    broken = Feature("broken", "坏", interceptors=(failing("先打119"),))
    delivered = to_inbound("wechat", read_text(message(Content="救命")))
    assert answer(front, delivered, broken, FIRST, SECOND) == Text("先打119")
    row = front.inbound()
    assert (row.status, row.reason) == (FAILED, "RuntimeError")
    assert (front.count(ConsultQuestion), front.count(FeatureSwitch)) == (0, 0)
    mended = Feature("broken", "坏", interceptors=(lambda _m, _t: Text("已通知值班员"),))
    assert "on its way" in replay(replace(front.services, features=(mended,)), row.id)
    assert [one.kind for one in front.rows(OutboxMessage)] == ["inbox.replay"]


# -- pages of a long reply ------------------------------------------------------------------------------------------


@ON_SQLITE
def test_a_long_reply_is_given_in_pages(turn: Turn) -> None:
    long = Text("".join(f"第{n}句，作业前先检查。" for n in range(1, 200)))
    first = fit(Answer(long), turn, "wechat")
    assert isinstance(first, Text)
    pages = [first.text]
    while turn.state.more:
        turn.state = State.load(turn.state.dump())
        page = fit(Dispatcher((SECOND,)).answer(inbound("更多"), turn), turn, "wechat")
        assert isinstance(page, Text)
        pages.append(page.text)
    assert len(pages) > 2
    assert all(len(page.encode()) <= 2048 for page in pages)
    together = "".join(pages)
    assert [together.count(f"第{n}句，") for n in range(1, 200)] == [1] * 199


@ON_SQLITE
def test_a_page_that_grows_by_a_preface_loses_nothing(turn: Turn) -> None:
    turn.state.more = ["安" * 640 + "\n（未完，回复“更多”看下文）", "尾"]
    turn.preface = "先打119。" * 30
    page = fit(Dispatcher((SECOND,)).answer(inbound("更多"), turn), turn, "wechat")
    assert isinstance(page, Text)
    assert len(page.text.encode()) <= 2048
    assert sum(one.count("安") for one in (page.text, *turn.state.more)) == 640
    assert turn.state.more[-1] == "尾"


# -- switches -------------------------------------------------------------------------------------------------------


def switch(front: Front, name: str, state: str) -> None:
    with front.services.database.begin() as session:
        switches.change(session, name, state, "S" * 26, front.services.clock.now())


def soon(check: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if check():
            return True
        time.sleep(0.05)
    return False


def test_a_switch_is_effective_in_every_process_within_two_seconds(open_front: OpenFront) -> None:
    one, two = open_front(), open_front()
    words = "脚手架几个人验收"
    for front in (one, two):
        assert "依据" in front.say(words)
    switch(one, "consult", LIMITED)
    assert soon(lambda: all("先不自动回答" in front.say(words) for front in (one, two)), 2)
    limited = two.say(words)
    assert "119" in limited and "120" in limited
    assert "安全哨" in two.say("你好"), "others stay"
    assert "119" in two.say("着火了怎么办"), "emergency cannot be limited"
    assert two.send("event", Event="CLICK", EventKey="account.numbers")
    switch(two, "consult", OFF)
    assert soon(lambda: all("暂时" not in front.say(words) for front in (one, two)), 2)
    for front in (one, two):
        off = front.say(words)
        assert "依据" not in off
        assert "119" in off, "nobody is left in silence"
    switch(one, "consult", ON)
    assert soon(lambda: all("依据" in front.say(words) for front in (one, two)), 2)


@ON_SQLITE
def test_what_must_not_be_switched_off_stays_on(open_front: OpenFront) -> None:
    front = open_front()
    for name in ("emergency", "account"):
        switch(front, name, OFF)
    assert "120" in front.say("有人触电倒下了，在金龙路8号")
    assert "安全哨" in front.say("你好")


@ON_SQLITE
def test_a_state_that_does_not_exist_is_refused(front: Front) -> None:
    with front.services.database.begin() as session, pytest.raises(ValueError, match="no such state"):
        switches.change(session, "consult", "maybe", "S", front.services.clock.now())
    assert front.count(AuditEvent) == 0


# -- features -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["handlers.nosuch", "json", "tests.bot", "handlers"])
def test_a_feature_that_cannot_be_loaded_says_so(name: str) -> None:
    with pytest.raises(FeatureError, match=name):
        load_features((name,))


def test_a_feature_named_twice_is_refused() -> None:
    with pytest.raises(FeatureError, match="twice"):
        load_features(("handlers.consult", "handlers.consult"))


@ON_SQLITE
def test_time_that_was_moved_is_the_conversations(front: Front) -> None:
    moved = replace(front.services, clock=Clock(lambda: timedelta(hours=1)))
    assert moved.clock.now() - front.services.clock.now() > timedelta(minutes=59)


def test_messages_keep_their_secrets_in_print() -> None:
    shown = repr(inbound("我叫张三"))
    assert ASKER not in shown
    assert "张三" not in shown
    assert message()
    assert InboundMessage.__tablename__ == "inbound"
