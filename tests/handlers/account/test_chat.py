"""Greeting, menu words, and an answer for every kind of message that nothing else takes."""

from __future__ import annotations

import pytest

from bot.directory.records import Person
from config.catalog import read_yaml
from handlers.account import chat
from handlers.consult.records import ConsultQuestion
from tests.bot.front import ASKER, ON_SQLITE, Front


@ON_SQLITE
def test_a_new_follower_is_greeted_with_the_numbers_first(front: Front) -> None:
    for channel in ("wechat", "wecom"):
        heard = front.send("event", channel=channel, Event="subscribe", EventKey="")
        assert "119" in heard and "120" in heard
        assert "我们不能替您报警" in heard
        assert "/h5/notice" in heard
        assert len(heard.splitlines()) <= 3


def test_following_and_leaving_is_recorded(front: Front) -> None:
    front.send("event", Event="subscribe", EventKey="qrscene_x")
    (person,) = front.rows(Person)
    assert person.following is True
    front.say("脚手架几个人验收")
    assert front.send("event", Event="unsubscribe", CreateTime="1") == ""
    (person,) = front.rows(Person)
    assert person.following is False
    assert person.unfollowed_at >= person.followed_at
    assert "安全哨" in front.send("event", Event="subscribe", EventKey="", CreateTime="2")
    (person,) = front.rows(Person)
    assert person.following is True
    assert ASKER.encode() not in person.identity_sealed


@ON_SQLITE
@pytest.mark.parametrize("word", sorted(chat.HELLO_WORDS))
def test_hello(front: Front, word: str) -> None:
    assert front.say(f"{word}！").startswith("安全哨")


WORDS = {
    "谢谢": "不客气",
    "帮助": "转人工",
    "菜单": "转人工",
    "电话": "12350",
    "求助电话": "96119",
    "隐私": "微信号加密保存",
    "须知": "/h5/notice",
    "进度": "没有在办的事",
}


@ON_SQLITE
def test_words_of_the_account(front: Front) -> None:
    for word, part in WORDS.items():
        assert part in front.say(word), word
        assert part in front.send("voice", Recognition=f"{word}。", MediaId="m"), word


@ON_SQLITE
def test_the_numbers_interrupt_a_conversation(front: Front) -> None:
    front.say("问安全")
    assert "12345" in front.say("电话")
    assert "依据" in front.say("1"), "the offered choices are still there"


KINDS = {
    "image": ("照片收到", {"PicUrl": "http://x.cn/1", "MediaId": "m"}),
    "video": ("收到", {"MediaId": "m", "ThumbMediaId": "t"}),
    "location": ("位置收到", {"Location_X": "20", "Location_Y": "110", "Label": "海口"}),
    "file": ("收不了", {"Title": "a.doc"}),
    "link": ("链接我看不了", {"Url": "http://x.cn"}),
    "sticker": ("看不懂", {}),
}


@ON_SQLITE
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_gets_a_kind_answer_that_promises_nothing(front: Front, kind: str) -> None:
    part, fields = KINDS[kind]
    heard = front.send(kind, **fields)
    assert part in heard
    assert "已转" not in heard and "已通知" not in heard
    if kind != "link":
        assert "119" in heard


@ON_SQLITE
def test_the_greeting_and_the_numbers_come_from_config(front: Front) -> None:
    lines = read_yaml("hotlines.yaml")
    heard = front.say("电话")
    assert [heard.index(line["number"]) for line in lines["always"]] == sorted(
        heard.index(line["number"]) for line in lines["always"]
    )
    assert all(line["number"] in heard and line["name"] in heard for line in lines["more"])


@ON_SQLITE
def test_every_key_of_the_menu_is_answered_and_fits_the_platform(front: Front) -> None:
    menus = read_yaml("menu.yaml")
    for channel in ("wechat", "wecom"):
        buttons = menus[channel]["button"]
        assert len(buttons) <= 3
        for button in buttons:
            assert len(button["name"].encode()) <= 16
            assert len(button.get("sub_button", ())) <= 5
            for one in button.get("sub_button", [button]):
                assert len(one["name"].encode()) <= 60
                assert len(one["key"].encode()) <= 128
                if one["type"] == "click":
                    heard = front.send("event", channel=channel, Event="CLICK", EventKey=one["key"])
                    assert heard, one["key"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("say", "part"),
    [
        ("你是谁", "不是真人"),
        ("👍", "不客气"),
        ("[强]", "不客气"),
        ("唔该", "不客气"),
        ("辛苦了！", "不客气"),
        ("拜拜", "再见"),
        ("晚安", "再见"),
        ("有没有人？", "安全哨"),
        ("在不", "安全哨"),
        ("什么破玩意", "转人工"),
        ("垃圾机器人", "转人工"),
    ],
)
def test_small_talk_gets_a_kind_short_word_and_is_no_question(front: Front, say: str, part: str) -> None:
    heard = front.say(say)
    assert part in heard and "帮不上" not in heard
    assert front.count(ConsultQuestion) == 0


@ON_SQLITE
def test_the_menu_and_the_answers_agree_on_what_is_not_open(front: Front) -> None:
    heard = front.send("event", Event="CLICK", EventKey="quiz.open")
    assert "答题" in heard and "还没开放" in heard
    assert "还没开放" in front.say("普通人怎么参加安全生产月")
