"""Which messages ask for an article's text, and which only mention one."""

from __future__ import annotations

import pytest

from knowledge.evaluation.evaluate import Kind, load_cases
from knowledge.laws.asked import mentions_article, read
from knowledge.laws.catalog import load_catalog
from knowledge.laws.numerals import ArticleNumber

NAMES = load_catalog().names
SAFETY, BUILDING = "安全生产法", "建设工程安全生产管理条例"


@pytest.mark.parametrize(
    ("text", "law", "number"),
    [
        ("安全生产法第四十一条说什么", SAFETY, 41),
        ("安法41条", SAFETY, 41),
        ("安法四一条", SAFETY, 41),
        ("安法第 4 1 条", SAFETY, 41),
        ("《中华人民共和国安全生产法》第４１条规定了什么？", SAFETY, 41),
        ("安全生產法第四十一條說什麼", SAFETY, 41),
        ("第四十一条，安全生产法", SAFETY, 41),
        ("老师好，麻烦问一下，新安法第四十一条具体是怎么规定的，谢谢", SAFETY, 41),
        ("我想看看安全生产法里面第四十一条的原文", SAFETY, 41),
        ("建设工程安全生产管理条例26条", BUILDING, 26),
        ("建安条例二十六条写了啥", BUILDING, 26),
        ("消防法第六十条讲的啥", "消防法", 60),
        ("农民工工资条例第三十条", "保障农民工工资支付条例", 30),
        ("特设法40条内容", "特种设备安全法", 40),
        ("37号令第十条", "危险性较大的分部分项工程安全管理规定", 10),
        ("交通安全法第二十六条", "道路交通安全法", 26),
        ("治安法第23条", "治安管理处罚法", 23),
        ("民法典1254条", "民法典", 1254),
    ],
)
def test_law_and_article_by_name(text: str, law: str, number: int) -> None:
    asked = read(text, NAMES)
    assert asked is not None
    assert (asked.law, asked.number, asked.paragraph) == (law, ArticleNumber(number), 0)


@pytest.mark.parametrize("text", ["刑法134条之一", "刑法第一百三十四条之一是什么", "刑法134之一条", "刑法第134条之1"])
def test_articles_put_in_later(text: str) -> None:
    asked = read(text, NAMES)
    assert asked is not None
    assert asked.number == ArticleNumber(134, 1)


def test_paragraphs_items_and_more_articles() -> None:
    asked = read("安全生产法四十一条第二款", NAMES)
    assert asked is not None
    assert (asked.paragraph, asked.item) == (2, 0)
    asked = read("工伤条例第14条第（六）项说的啥", NAMES)
    assert asked is not None
    assert (asked.paragraph, asked.item) == (0, 6)
    asked = read("安全生产法第四十一条和第四十二条", NAMES)
    assert asked is not None
    assert asked.more == (ArticleNumber(42),)


def test_another_version() -> None:
    asked = read("2014年的安全生产法第41条", NAMES)
    assert asked is not None
    assert asked.year == 2014
    asked = read("旧安全生产法第38条", NAMES)
    assert asked is not None
    assert asked.old
    asked = read("老师，安全生产法第38条", NAMES)
    assert asked is not None
    assert not asked.old


@pytest.mark.parametrize(
    ("text", "number"), [("那第四十二条呢", 42), ("第42条", 42), ("42条呢", 42), ("那四十三条说的啥", 43)]
)
def test_an_article_alone_leans_on_the_last_law(text: str, number: int) -> None:
    asked = read(text, NAMES)
    assert asked is not None
    assert (asked.law, asked.number.number) == ("", number)


@pytest.mark.parametrize(
    ("text", "step"), [("下一条", 1), ("那下一条呢", 1), ("上一条说什么", -1), ("后一条", 1), ("下条", 1)]
)
def test_the_next_and_the_last_article(text: str, step: int) -> None:
    asked = read(text, NAMES)
    assert asked is not None
    assert asked.step == step


@pytest.mark.parametrize(
    "text",
    [
        "违反安全生产法第四十一条罚多少", "我们老板违反了安全生产法第四十一条", "安全生产法第102条怎么处罚", "安全生产法第几条说了双重预防",
        "安全生产法第四十一条讲的双重预防怎么做", "食品安全法第三条", "海南省安全生产条例第三条", "公安法41条", "一条", "一条呢", "那一条呢",
        "条", "安全生产法", "安全生产法有多少条", "一条路上没有护栏", "下一条怎么走", "安全带几条", "三条绳子", "裤子42条多少钱",
        "安全生产法第0条", "按安全生产法第二十八条培训不合格能上岗吗", "安全生产法第41、42、43条", "", "？", "条" * 5000,
    ],
)  # fmt: skip
def test_an_article_as_context_hijacks_no_question(text: str) -> None:
    assert read(text, NAMES) is None


def test_a_number_beyond_all_laws_is_still_a_number() -> None:
    asked = read("安全生产法第123456条", NAMES)
    assert asked is not None
    assert asked.number.number > 1000


def test_questions_of_the_development_set_go_on_to_retrieval() -> None:
    taken = [case.question for case in load_cases() if case.kind is not Kind.INJECTION and read(case.question, NAMES)]
    assert len(taken) <= 2


def test_the_quick_look() -> None:
    assert mentions_article("安法41条") and mentions_article("安法41條")
    assert not mentions_article("高处作业要系安全带吗")
