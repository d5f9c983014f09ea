"""Follow-ups that lean on what was talked about: read, resolved against an entry, and in conversation."""

from __future__ import annotations

import pytest

from handlers.consult.answering import answering
from handlers.consult.leaning import read, resolve
from tests.bot.front import ON_SQLITE, Front


@pytest.mark.parametrize(
    ("said", "facet", "bare"),
    [
        ("那罚多少", "penalty", True),
        ("罚多少钱", "penalty", True),
        ("那要多久", "time", True),
        ("要多高", "size", True),
        ("打什么电话", "who", True),
        ("有效期多久", "validity", False),
        ("瞒报罚多少", "penalty", False),
        ("那晚上呢", None, False),
    ],
)
def test_a_follow_up_is_read(said: str, facet: str | None, bare: bool) -> None:
    leaning = read(said)
    assert leaning is not None
    assert (leaning.facet and leaning.facet.name, leaning.bare) == (facet, bare)


@pytest.mark.parametrize(
    "said", ["灭火器怎么用", "高处作业不系安全带要罚多少钱", "电动车能在楼道充电吗", "谢谢", "塔吊司机要证吗"]
)
def test_a_question_of_its_own_leans_on_nothing(said: str) -> None:
    leaning = read(said)
    assert leaning is None or not leaning.bare


@pytest.mark.parametrize(
    ("about", "said", "told"),
    [
        ("fire.hot-work", "那罚多少", "500元"),
        ("accident.report-one-hour", "那要多久", "1小时"),
        ("pit.edge-guard", "要多高", "1.2米"),
        ("construction.wage-unpaid", "打什么电话", "12333"),
    ],
)
def test_what_the_entry_says_on_it_is_told(about: str, said: str, told: str) -> None:
    entry, leaning = answering().entry(about), read(said)
    assert entry is not None
    assert leaning is not None
    found = resolve(said, leaning, entry, entry.answer, answering().search)
    assert found is not None
    assert found.entry == entry
    assert told in found.sentences


def test_what_the_entry_does_not_say_is_not_made_up() -> None:
    entry, leaning = answering().entry("height.belt-required"), read("那罚多少")
    assert entry is not None
    assert leaning is not None
    found = resolve("那罚多少", leaning, entry, "上去就系，哪怕几分钟。", lambda _text: [])
    assert found is None


@ON_SQLITE
def test_a_follow_up_in_conversation(front: Front) -> None:
    front.say("动火作业要办手续吗")
    heard = front.say("那罚多少")
    assert "接着说" in heard
    assert "500元" in heard


@ON_SQLITE
def test_a_full_question_after_another_is_a_question_of_its_own(front: Front) -> None:
    front.say("动火作业要办手续吗")
    heard = front.say("瞒报事故罚多少钱")
    assert "100万" in heard


@ON_SQLITE
def test_a_follow_up_that_nothing_answers_is_not_called_off_topic(front: Front) -> None:
    front.say("高处作业要系安全带吗")
    assert "接着" in front.say("那晚上呢")


@ON_SQLITE
def test_a_bare_yes_says_to_what(front: Front) -> None:
    """「必须。」 under another question would be read as its answer."""
    heard = front.say("装电的活必须得是有证的人来干才行吗，我自己会接")
    assert heard.startswith("问：") or not heard.startswith(("必须。", "能。", "不能。", "要。"))
