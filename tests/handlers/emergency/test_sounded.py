"""Danger typed in pinyin shows the numbers and asks; what sounds like a mishap and is none stays quiet."""

from __future__ import annotations

import pytest

from handlers.emergency.records import Incident
from handlers.emergency.signals import read
from handlers.emergency.sounded import load_sounds, sounded
from knowledge.emergency import load_wording
from tests.bot.front import ON_SQLITE, Front

TOLD = {
    "tong shi chu dian le zen me ban": "electric",
    "gongyouchudianle": "electric",
    "zhao huo le": "fire",
    "fang zi ta le": "collapse",
    "you ren diao xia lai le": "injury",
    "ta bu dong le": "illness",
    "ta mei qi le": "illness",
    "mei qi lou le": "gas",
    "you ren zhong du": "poison",
    "jiu ming": "help",
}
QUIET = ("an quan mao", "ni hao", "hello", "wo de gong zi zen me yao", "gei ta le", "you ren ma", "OK", "123", "yes")


@pytest.mark.parametrize("text", TOLD)
def test_what_is_told_in_pinyin_is_asked_about(text: str) -> None:
    signal = sounded(text)
    assert signal is not None and signal.ask and not signal.page
    assert signal.kind == TOLD[text]


@pytest.mark.parametrize("text", ["chu dian zen me jiu", "zen me fang zhi chu dian", "mei qi zen me guan"])
def test_what_is_asked_in_pinyin_has_the_numbers_above(text: str) -> None:
    signal = sounded(text)
    assert signal is not None and signal.answer


@pytest.mark.parametrize("text", QUIET)
def test_other_letters_are_no_danger(text: str) -> None:
    assert sounded(text) is None


def test_every_kind_has_words() -> None:
    assert {kind for kind, _ in load_sounds().danger} <= set(load_wording().kinds)


@ON_SQLITE
def test_the_numbers_come_first_and_a_yes_pages(front: Front) -> None:
    front.add_officer()
    heard = front.say("tong shi chu dian le zen me ban")
    assert heard == load_wording().unclear("electric") and "120" in heard[:60]
    assert front.count(Incident) == 0
    front.say("1")
    assert front.count(Incident) == 1


@ON_SQLITE
def test_a_question_in_pinyin_has_the_numbers_and_the_choices(front: Front) -> None:
    heard = front.say("chu dian zen me jiu")
    assert "120" in heard[:60] and "拼音" in heard


@pytest.mark.parametrize(
    "text",
    [
        "电焊把眼睛打到了 疼", "电焊打眼了怎么办", "眼睛被电焊光刺到流泪", "看了电焊眼睛疼得睁不开", "老板的脸塌了", "领导脸都绿了",
        "人设塌了", "热死了我要晕了哈哈", "笑死我了救命",
    ],
)  # fmt: skip
def test_a_sore_eye_and_a_joke_alarm_nobody(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "焊渣溅到眼睛里了",
        "电焊时触电了眼睛翻白不动了",
        "老板被压在塌了的墙下面",
        "热死了 有人晕了",
        "他的脸被砸塌了全是血",
    ],
)
def test_what_is_more_than_that_still_alarms(text: str) -> None:
    signal = read(text)
    assert signal is not None and (signal.page or signal.ask)
