"""Short replies amid an emergency."""

from __future__ import annotations

import pytest

from handlers.emergency.said import Verdict, asks, courtesy, over, over_of, same_place, verdict, worse

YES = ("是啊快点", "对对对", "正在烧", "嗯", "現在就在發生", "有", "是真的", "不是演练，快来人", "１", "快啊")
NO = ("不是", "没有啦", "就是问一下", "只是想了解下", "在考试，演练用的", "２", "没着火", "点错了")
UNCLEAR = ("你猜", "啊", "对不起", "什么", "老王")


@pytest.mark.parametrize("text", YES)
def test_yes(text: str) -> None:
    assert verdict(text) is Verdict.YES


@pytest.mark.parametrize("text", NO)
def test_no(text: str) -> None:
    assert verdict(text) is Verdict.NO


@pytest.mark.parametrize("text", UNCLEAR)
def test_unclear(text: str) -> None:
    assert verdict(text) is Verdict.UNCLEAR


@pytest.mark.parametrize(
    "text", ["没事啦", "不好意思按错了", "火扑灭了", "孩子醒了", "虚惊一场", "大家都跑出来了", "不用来了"]
)
def test_it_is_over(text: str) -> None:
    assert over(text)


@pytest.mark.parametrize(
    "text",
    [
        "火灭了但还有人没出来",
        "他没事吧",
        "没事了吗",
        "火没灭",
        "人醒了流血很多",
        "又着火了",
        "没事的话你们来一下",
        "还没扑灭",
    ],
)
def test_it_is_not_over(text: str) -> None:
    assert not over(text)


def test_which_is_over() -> None:
    assert [over_of(text) for text in ("明火灭了", "师傅醒了", "发错了")] == ["fire", "person", ""]


def test_what_calls_the_officers_back_is_no_subject_of_rules() -> None:
    assert all(worse(text) for text in ("还有俩人在底下", "墙又歪了", "烟越来越大", "警报器一直叫，有煤气味"))
    assert not any(worse(text) for text in ("消防验收流程", "漏电保护器配置要求", "好的", "我姓王"))


def test_a_question_is_told_from_a_plea() -> None:
    assert asks("脚手架几个人验收") and asks("会不会爆") and asks("？")
    assert not asks("怎么办啊") and not asks("快来") and not asks("咋办")


def test_the_same_place_again() -> None:
    assert all(same_place(text) for text in ("还是那里", "就在刚才那里", "同一个工地", "刚才发的位置"))
    assert not same_place("换了个地方")


@pytest.mark.parametrize("text", ["骗你的", "我问着玩", "我说着玩的", "逗你玩呢", "我不跳了", "算了不用了", "开个玩笑"])
def test_that_it_was_nothing_is_over(text: str) -> None:
    assert over(text)


@pytest.mark.parametrize("text", ["算不算工伤", "不跳闸", "没打通", "还在烧"])
def test_other_words_are_not_over(text: str) -> None:
    assert not over(text)


@pytest.mark.parametrize(
    ("text", "thanks"),
    [("谢谢", True), ("好的谢谢你们", True), ("哈哈", True), ("好烫", False), ("谢谢还在烧", False)],
)
def test_courtesy_tells_nothing(text: str, thanks: bool) -> None:
    assert courtesy(text) is thanks
