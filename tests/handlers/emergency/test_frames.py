"""Mishaps set into frames of speech: who it happened to and how it is said decide, not which words stand for it."""

from __future__ import annotations

import pytest

from handlers.emergency.signals import Signal, read

MISHAPS = (
    "从架子上掉下来了", "摔下楼了", "被砖头砸了", "被钢管打到头", "让车撞了", "手被卷进去了", "脚被轧断了",
    "被钢筋扎到", "手指切断了", "被开水烫伤", "触电了", "被高压线电了", "被埋了", "压在墙下面", "困在电梯里",
    "掉进井里了", "在井下晕了", "下去没上来", "掉水里了", "被浪冲走了", "晕倒了", "没有心跳", "叫不醒", "口吐白沫",
    "煤气中毒了", "被蛇咬了", "要跳楼", "挂在半空", "出不来了", "流了好多血", "身上着火了", "被电锯割了",
)  # fmt: skip
PEOPLE = ("有人", "工友", "老王", "我老公", "一个工人", "两个小孩", "张师傅", "我爸", "他")
CALLS = ("{}", "{}，快来", "{}，在海口秀英区", "救命，{}")
CALM = (
    "{}应该怎么处理", "{}第一时间做什么", "如果{}怎么办", "万一{}，该找谁", "{}能不能搬动", "{}算不算工伤",
    "{}公司要赔多少钱", "昨天{}", "去年我们工地{}", "演练的时候{}", "模拟{}，大家疏散", "听说隔壁工地{}", "新闻里说{}",
    "考试题：{}，首先做什么", "没有{}", "差点{}", "为什么会{}", "怎样避免{}", "{}的急救方法", "上个月{}，现在想申请工伤",
    "小心别{}", "遇到{}先打119还是120", "假设{}", "怕{}", "会不会{}",
)  # fmt: skip


def ways(texts: list[str]) -> dict[str, Signal | None]:
    return {text: read(text) for text in texts}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("who", PEOPLE)
def test_somebody_hurt_pages_whoever_it_is(who: str, call: str) -> None:
    found = ways([call.format(who + mishap) for mishap in MISHAPS])
    assert [text for text, signal in found.items() if signal is None or not signal.page] == []


@pytest.mark.parametrize("frame", CALM)
@pytest.mark.parametrize("who", ["", "有人", "工人", "工友"])
def test_the_same_words_asked_supposed_or_past_never_page(who: str, frame: str) -> None:
    found = ways([frame.format(who + mishap) for mishap in MISHAPS])
    assert [text for text, signal in found.items() if signal and signal.page] == []


@pytest.mark.parametrize("text", ["架子倒了", "脚手架塌了", "围墙垮了", "着火了", "漏气了"])
def test_a_danger_without_place_or_person_is_asked_and_pages_with_either(text: str) -> None:
    bare = read(text)
    assert bare is not None and bare.ask
    for more in (f"我们工地{text}", f"{text}，快来人", f"海甸岛{text}", f"{text}，有人在里面"):
        signal = read(more)
        assert signal is not None and signal.page, more
