"""Amounts by value, unit and limit."""

from __future__ import annotations

from fractions import Fraction

import pytest

from handlers.consult.rephrasing.plain import plain
from handlers.consult.rephrasing.quantities import Quantity, amounts, articles, number


def read(text: str) -> list[Quantity]:
    return [found.quantity for found in amounts(plain(text))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("罚5万元以下", "罚五万元以下"),
        ("罚5万元以下", "罚50,000元以下"),
        ("罚10万到50万元", "罚十万元至五十万元"),
        ("罚2到5万元", "罚2万到5万元"),
        ("5%", "百分之五"),
        ("3‰", "千分之三"),
        ("三成", "30%"),
        ("一半", "50%"),
        ("2米以上", "两米及以上"),
        ("不超过2米", "最多200厘米"),
        ("1.5米", "一米五十"[:0] + "一点五米"),
        ("半年", "6个月"),
        ("一年半", "18个月"),
        ("两年半", "30个月"),
        ("24小时内", "二十四个小时以内"),
        ("15日内", "15天以内"),
        ("1小时", "60分钟"),
        ("6月16日", "六月十六日"),
        ("2021年9月1日起", "二〇二一年九月一日起"),
        ("36伏", "36V"),
        ("10千伏", "10000伏"),
        ("3人", "三个人"),
        ("打120", "打一二〇"),
        ("10-20℃", "10到20度"),
        ("20多天", "二十多天"),
        ("1,000元", "一千块钱"),
        ("三分之一", "1/3"[:0] + "3分之1"),
    ],
)
def test_one_amount_said_in_two_ways(one: str, other: str) -> None:
    assert read(one)
    assert read(one) == read(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5%", "5‰"),
        ("5万元", "5元"),
        ("2米以上", "2米以下"),
        ("2米以上", "2米"),
        ("不超过2米", "不少于2米"),
        ("满2米", "不到2米"),
        ("15日内", "15日后"),
        ("3天前", "3天后"),
        ("15日", "6月15日"),
        ("5月", "5个月"),
        ("5人", "5级"),
        ("2到5米", "5米"),
        ("2到5米", "2到6米"),
        ("每3年", "3年"),
        ("12350", "12345"),
        ("一两个小时", "12个小时"),
        ("15天", "15个工作日"),
        ("100万", "100"),
        ("超过3人", "3人以上"),
        ("6月1日到30日", "6月1日到31日"),
    ],
)
def test_two_amounts(one: str, other: str) -> None:
    assert read(one) != read(other)


@pytest.mark.parametrize(
    "text",
    [
        "千万别爬",
        "一定要看",
        "一样不行",
        "万一掉下来",
        "十分危险",
        "老百姓",
        "一氧化碳",
        "一起走",
        "统一管",
        "一点也不",
    ],
)
def test_words_that_are_no_amounts(text: str) -> None:
    assert read(text) == []


def test_numbers_of_articles_and_standards_are_read_apart() -> None:
    text = plain("《安全生产法》第四十一条、第99条第二款，GB 55034-2022，7.1.1，TN-S")
    assert articles(text) == {"41", "99.2"}
    assert amounts(text) == []


@pytest.mark.parametrize(
    ("written", "value"),
    [("一百零五", 105), ("十二", 12), ("两千", 2000), ("三万五千", 35000), ("1.5万", 15000), ("一点二五", Fraction(5, 4)), ("廿", 20), ("一二〇", 120), ("3亿", 300000000)],
)  # fmt: skip
def test_values(written: str, value: Fraction | int) -> None:
    assert number(written) == value
