"""The head of a firm after an accident (安全生产法第九十五条) and without one (第九十四条), and the firm itself (第一百一十四条)."""

from __future__ import annotations

import pytest

from handlers.consult.answering import answering
from handlers.consult.twins import load_twins, right_one, surely, turned
from tests.bot.front import ON_SQLITE, Front

NEGLECT, ACCIDENT, FIRM = "law.boss-neglect-fine", "law.boss-accident-fine", "law.accident-fine"


def test_every_twin_is_an_entry() -> None:
    assert all(answering().known(id_) for twin in load_twins() for id_ in (twin.found, twin.instead))


@pytest.mark.parametrize(
    "question",
    [
        "出了事故老板罚多少",
        "主要负责人未履行职责导致事故罚多少",
        "主要负责人不履职导致生产安全事故怎么处罚",
        "负责人不履行安全职责出事了罚几万",
        "法人不抓安全造成伤亡罚多少钱",
        "老板不管安全出了人命罚多少",
        "单位负责人失职致人死亡事故罚款标准",
        "施工单位主要负责人不尽责出了事故罚多少钱",
    ],
)
def test_after_an_accident_the_head_pays_by_article_95(question: str) -> None:
    entry = answering().outcome(question).entry
    assert entry is not None
    assert entry.id == ACCIDENT
    assert "第九十五条" in [source.article for source in entry.sources]


def test_the_safety_officer_pays_by_article_96() -> None:
    entry = answering().outcome("安全管理人员没履职导致事故罚多少").entry
    assert entry is not None
    assert any("第九十六条" in source.article for source in entry.sources)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("没出事故主要负责人不履职罚多少", NEGLECT),
        ("主要负责人不履职罚多少", NEGLECT),
        ("主要负责人未履职导致事故几年内不能再当负责人", NEGLECT),
        ("公司出了事故罚多少", FIRM),
        ("发生安全事故处罚标准", FIRM),
    ],
)
def test_what_says_otherwise_stays(question: str, expected: str) -> None:
    entry = answering().outcome(question).entry
    assert entry is not None
    assert entry.id == expected


def test_rules_alone() -> None:
    assert right_one(NEGLECT, "老板没尽责导致事故罚多少") == ACCIDENT
    assert right_one("fire.hot-work", "老板没尽责导致事故罚多少") == "fire.hot-work"
    assert turned(NEGLECT, "那出了事故呢") == ACCIDENT
    assert turned(NEGLECT, "那没出事故呢") == ""


@ON_SQLITE
def test_a_follow_up_turns_to_the_other(front: Front) -> None:
    assert "第九十四条" in front.say("主要负责人不履职罚多少")
    heard = front.say("那出了事故呢")
    assert "第九十五条" in heard
    assert "40%" in heard
    assert "没出事故" in front.say("那没出事故罚多少")


SWITCH = "gas.switch-phone"


@pytest.mark.parametrize(
    "said",
    [
        "已经关了阀门 现在能开灯吗", "阀门关了可以开排风扇吗", "煤气味很大能不能打手机", "有臭鸡蛋味敢不敢开灯", "现在能开灯吗", "闻到燃气味可以按开关吗",
        "液化气漏气能点火看看吗",
    ],
)  # fmt: skip
def test_with_gas_about_nobody_gets_a_menu_for_a_switch(said: str) -> None:
    outcome = answering().outcome(said)
    assert (outcome.kind, outcome.entry and outcome.entry.id) == ("answered", SWITCH)
    assert not outcome.choices


@pytest.mark.parametrize(
    "said",
    ["煤气漏了打什么电话", "出门要关燃气总阀吗", "煤气灶打不着火怎么办", "燃气管修好了能开火吗", "灭火器多久检查一次"],
)
def test_other_questions_of_gas_are_looked_up(said: str) -> None:
    assert surely(said) == ""


@ON_SQLITE
def test_after_the_smell_the_light_stays_off(front: Front) -> None:
    front.say("厨房有股臭鸡蛋味")
    heard = front.say("已经关了阀门 现在能开灯吗")
    assert "开关" in heard and "别碰" in heard  # the alarm is open, so the scene's step comes, not an entry
    assert "都不是" not in heard
