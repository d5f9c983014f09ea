"""Law texts of every shape that official sources give them, and of none."""

from __future__ import annotations

from datetime import date

import pytest

from knowledge.laws.numerals import ArticleNumber
from knowledge.laws.parsing import LawError, parse, short_name

MARKDOWN = """# 中华人民共和国工棚法

2002年6月29日 第九届全国人民代表大会常务委员会第二十八次会议通过

2019年8月27日 第十一届全国人民代表大会常务委员会第十次会议《关于修改〈工棚法〉的决定》第一次修正

<!-- INFO END -->

## 第一章 总则

第一条 为了管好工棚，制定本法。

第二条 工棚应当符合下列条件：

（一）不漏雨；

（二）不用易燃材料。

第二章的规定不适用于帐篷。

第六条第一款规定的事项另行规定。

## 第二章 管理

### 第一节 检查

第三条 每周检查一次。

第三条之一 台风前后加查一次。

第四条 （删去）

## 附则

第五条 本法自2002年11月1日起施行。

① 施行日期见各决定。

## 附件一

第六条 这里已经不是法律。
"""
OFFICIAL = [
    "中华人民共和国",
    "工棚法",
    "（2021年1月22日第十三届全国人民代表大会常务委员会第二十五次会议修订）",
    "目　　录",
    "第一章　总　则",
    "第二章　附　则",
    "第一章　总　则",
    "第一条　为了管好工棚，制定本法。",
    "第二条　住人的工棚：",
    "(一)有门；",
    "1.门朝外开；",
    "第二章　附　则",
    "第三条　本法自2021年7月15日起施行。",
]


def law(text: str = MARKDOWN):
    return parse(text.split("\n"))


def test_name_version_and_issuer() -> None:
    read = law()
    assert (read.name, read.title, read.part) == ("工棚法", "中华人民共和国工棚法", "")
    assert read.version == date(2019, 8, 27)
    assert read.issuer == "全国人民代表大会常务委员会"
    assert read.in_force_from is None, "the last article still gives the day of the first version"
    assert read.notes == ()


def test_articles_with_their_paragraphs_items_and_chapters() -> None:
    articles = {article.number: article for article in law().articles}
    assert [*articles] == [
        ArticleNumber(1),
        ArticleNumber(2),
        ArticleNumber(3),
        ArticleNumber(3, 1),
        ArticleNumber(4),
        ArticleNumber(5),
    ]
    second = articles[ArticleNumber(2)]
    assert second.paragraphs == (
        "工棚应当符合下列条件：\n（一）不漏雨；\n（二）不用易燃材料。",
        "第二章的规定不适用于帐篷。",
        "第六条第一款规定的事项另行规定。",
    )
    assert second.chapter == "第一章 总则"
    assert articles[ArticleNumber(3, 1)].chapter == "第二章 管理 第一节 检查"
    assert articles[ArticleNumber(4)].text == "（删去）"
    assert articles[ArticleNumber(5)].text == "本法自2002年11月1日起施行。", "notes and annexes are no article's"


def test_the_shape_of_official_documents() -> None:
    read = parse(OFFICIAL)
    assert (read.name, read.version, read.in_force_from) == ("工棚法", date(2021, 1, 22), date(2021, 7, 15))
    assert [len(article.paragraphs) for article in read.articles] == [1, 1, 1]
    assert read.articles[1].text == "住人的工棚：\n(一)有门；\n1.门朝外开；"
    assert read.articles[2].chapter == "第二章 附 则"


def test_articles_without_a_blank_after_their_number() -> None:
    read = parse(["工棚管理规定", "第一条为了管好工棚。", "第二条按第一条办。", "第一条规定的事另说。", "第三条完。"])
    assert [article.number.number for article in read.articles] == [1, 2, 3]
    assert read.articles[1].paragraphs == ("按第一条办。", "第一条规定的事另说。")


def test_a_part_of_a_code() -> None:
    text = [
        "# 中华人民共和国民法典",
        "# 侵权责任编",
        "2020年5月28日 第十三届全国人民代表大会第三次会议通过",
        "2021年1月1日 施行",
    ]
    read = parse([*text, "第一千二百五十四条 禁止从建筑物中抛掷物品。"])
    assert (read.name, read.part, read.version, read.in_force_from) == (
        "民法典", "侵权责任编", date(2020, 5, 28), date(2021, 1, 1),
    )  # fmt: skip


def test_a_version_known_from_elsewhere_wins() -> None:
    read = parse(
        ["工棚条例", "2003年4月27日 国务院令第375号公布", "第一条 本条例自2004年1月1日起施行。"], date(2010, 12, 20)
    )
    assert (read.version, read.in_force_from, read.issuer) == (date(2010, 12, 20), None, "国务院")


def test_marks_of_markdown_do_no_harm() -> None:
    read = parse(["# 《工棚规定》（2021年修订）", "### 第一条 **为了**管好。", "**第二条** 完。"])
    assert read.name == "工棚规定"
    assert [article.text for article in read.articles] == ["为了管好。", "完。"]


def test_missing_articles_are_told() -> None:
    assert parse(["工棚规定", "第一条 甲。", "第四条 乙。"]).notes == ("2 articles missing: 第二条、第三条",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# 工棚法\n\n一、要管好。\n二、完。", "no articles"),
        ("", "no articles"),
        ("第一条 没有名字。", "no title"),
        ("今天天气很好\n第一条 没有名字。", "no title"),
        ("# 第一章 总则\n第一条 没有名字。", "no title"),
        ("# 工棚法\n第一条 甲。\n第二条 乙。\n# 帐篷法\n第一条 丙。", "stands twice"),
        ("# 工棚法\n第一条 甲。\n第二条\n", "has no text"),
        ("# 工棚法\n第一条 " + "长" * 30_000, "longer than"),
        ("# " + "很长的名字" * 40 + "法\n第一条 甲。", "no title"),
    ],
)
def test_what_is_no_law_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(LawError, match=why):
        law(text)


@pytest.mark.parametrize(
    "text", ["第一条" * 200_000, "（" * 500_000, "# " * 300_000, "第" + "一" * 400_000 + "条 x", "<!--" * 200_000]
)
def test_hostile_texts_are_read_at_once(text: str) -> None:
    with pytest.raises(LawError):
        law(text)


def test_short_names() -> None:
    assert short_name("《中华人民共和国安全生产法》（2021修正）") == "安全生产法"
    assert (
        short_name("危险性较大的分部分项工程安全管理规定（住房和城乡建设部令第37号）")
        == "危险性较大的分部分项工程安全管理规定"
    )
