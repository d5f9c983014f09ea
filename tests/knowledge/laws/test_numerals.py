from __future__ import annotations

import pytest

from knowledge.laws.numerals import ArticleNumber, articles_in, chinese, value


@pytest.mark.parametrize("number", range(1, 10_000, 97))
def test_every_number_reads_back(number: int) -> None:
    assert value(chinese(number)) == number
    assert value(str(number)) == number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("四十一", 41), ("四一", 41), ("一百三", 130), ("百三四", 134), ("一三四", 134), ("１３４", 134), ("一百〇五", 105),
        ("一百零五", 105), ("两百一十", 210), ("二百一", 210), ("十", 10), ("一千二百五十四", 1254), ("千二", 1200),
    ],
)  # fmt: skip
def test_ways_to_write_a_number(written: str, number: int) -> None:
    assert value(written) == number


@pytest.mark.parametrize("written", ["", "零", "0", "十百", "条", "九九九九九", "99999", "四十零一二", "²", "Ⅳ"])
def test_no_number(written: str) -> None:
    with pytest.raises(ValueError):
        value(written)


def test_numbers_of_articles_have_an_order_and_a_name() -> None:
    assert str(ArticleNumber(134, 1)) == "第一百三十四条之一"
    assert ArticleNumber(134) < ArticleNumber(134, 1) < ArticleNumber(135)


def test_all_articles_of_a_citation() -> None:
    found = articles_in("第四十一条、第四十三条第二款、第134条之一")
    assert found == [ArticleNumber(41), ArticleNumber(43), ArticleNumber(134, 1)]
    assert articles_in("6.3.3") == []
    assert [one.number for one in articles_in("第二十条至第二十三条、第三条")] == [3, 20, 21, 22, 23]
    assert articles_in("第二十条至第十条") == [ArticleNumber(10), ArticleNumber(20)]
