"""Which parts of a message ask something by themselves; how sources and numbers are said."""

from __future__ import annotations

from datetime import date

import pytest

from handlers.consult.answering import Outcome, answering
from handlers.consult.citing import phones_line, short_title, sources_line
from handlers.consult.parts import MOST_PARTS, asking, several
from handlers.consult.records import ANSWERED, DECLINED
from handlers.consult.words import words
from knowledge.schema import Source


def test_parts_that_ask() -> None:
    assert asking("我住五楼。电线老化归谁修？还有灭火器怎么用") == ["电线老化归谁修", "灭火器怎么用"]
    assert asking("好的。谢谢") == []
    assert asking("问" * 500 + "吗？有没有？") == []


@pytest.mark.parametrize(
    "text",
    [
        "工伤认定去哪里办，有没有时间限制",
        "安全带挂哪里才对，挂低了行吗",
        "楼里着火了该往哪逃，坐电梯快一点可以吗",
        "从多高开始就叫高处作业，平地踩凳子算不算",
        "烧锅炉的人有没有证，被查到老板罚多少",
    ],
)
def test_clauses_about_one_thing_stay_one_question(text: str) -> None:
    find = answering().outcome
    assert several(text, find(text), find) is None


def test_what_is_not_looked_up_is_left_over() -> None:
    found = Outcome(ANSWERED, answering().entries[0])
    texts = [f"第{number}个问题怎么办" for number in "甲乙丙丁戊己"]
    held = several("？".join(texts), Outcome(DECLINED), lambda text: found if "甲" in text else Outcome(DECLINED))
    assert held is not None
    assert held.left == ("第戊个问题怎么办", "第己个问题怎么办")


def test_parts_whose_whole_has_an_answer_of_its_own_belong_together() -> None:
    first, second, other = answering().entries[:3]
    parts = {"第一个问题怎么办": Outcome(ANSWERED, first), "第二个问题怎么办": Outcome(ANSWERED, second)}
    text = "？".join(parts)
    assert several(text, Outcome(DECLINED), parts.__getitem__) is not None
    assert several(text, Outcome(ANSWERED, other), parts.__getitem__) is None
    assert several("第一个问题怎么办？", Outcome(ANSWERED, first), parts.__getitem__) is None


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("建筑与市政施工现场安全卫生与职业健康通用规范（GB 55034-2022）", "GB 55034-2022"),
        ("建筑与市政工程施工现场临时用电安全技术标准（JGJ/T 46-2024）", "JGJ/T 46-2024"),
        ("城镇燃气设计规范 GB50028-2006（2020年版）", "GB50028-2006"),
        (
            "危险性较大的分部分项工程安全管理规定（住房和城乡建设部令第37号）",
            "《危险性较大的分部分项工程安全管理规定》",
        ),
        ("安全生产法", "《安全生产法》"),
    ],
)
def test_titles_are_short(title: str, short: str) -> None:
    assert short_title(title) == short


def test_articles_of_one_law_stand_together_and_two_documents_are_enough() -> None:
    law = {"title": "安全生产法", "in_force_from": date(2021, 9, 1), "issuer": "全国人民代表大会常务委员会"}
    sources = (
        Source(article="第五十四条", **law),
        Source(article="第五十五条", **law),
        Source(title="施工脚手架通用规范（GB 55023-2022）", article="4.4.4", issuer="住房和城乡建设部"),
        Source(title="消防法", article="第二十七条", issuer="全国人民代表大会常务委员会"),
    )
    assert sources_line(sources) == "依据：《安全生产法》第五十四条、第五十五条（2021-09-01起）；GB 55023-2022 4.4.4"


def test_laws_come_before_regulations_before_standards_each_with_its_day() -> None:
    issuer = "国务院"
    standard = Source(title="施工脚手架通用规范（GB 55023-2022）", article="4.4.4", issuer=issuer)
    rule = Source(title="工伤保险条例", article="第十七条", in_force_from=date(2011, 1, 1), issuer=issuer)
    law = Source(title="劳动法", article="第五十四条", version=date(2018, 12, 29), issuer=issuer)
    assert sources_line((standard, rule, law), 3) == (
        "依据：《劳动法》第五十四条（2018-12-29版）；《工伤保险条例》第十七条（2011-01-01起）；GB 55023-2022 4.4.4"
    )
    assert "劳动法" not in sources_line((standard, rule, law), 2), "what an answer rests on first is cited"


def test_numbers_are_named() -> None:
    assert phones_line(("12350", "12345")) == "电话：安全生产举报12350、政务热线12345"


def test_every_number_that_an_entry_gives_has_a_name() -> None:
    given = {number for entry in answering().entries for number in entry.hotlines}
    assert [number for number in given if phones_line((number,)) == f"电话：{number}"] == []


def test_no_words_are_of_two_minds() -> None:
    kinds = [
        words(name) for name in ("useful", "useless", "person", "progress", "neither", "why", "simpler", "further")
    ]
    assert sum(map(len, kinds)) == len(frozenset().union(*kinds))


def test_of_many_questions_only_a_few_are_looked_up() -> None:
    asked: list[str] = []

    def find(piece: str) -> Outcome:
        asked.append(piece)
        return answering().outcome(piece)

    text = "".join(f"灭火器怎么用第{number}种？" for number in range(20))
    several(text, Outcome(DECLINED), find)
    assert len(asked) <= MOST_PARTS


@pytest.mark.parametrize("text", ["灭火器多久检查一次多久报废放哪里", "灭火器怎么用多久检查一次放哪里"])
def test_three_questions_in_one_breath_are_each_heard(text: str) -> None:
    find = answering().outcome
    held = several(text, find(text), find)
    assert held is not None
    heard = {outcome.entry.id for _, outcome in held.answers if outcome.entry} | set(held.rest)
    assert {"fire.extinguisher-check", "fire.extinguisher-number"} <= heard


@pytest.mark.parametrize(
    "text", ["工人受伤了怎么办找谁赔多少钱", "塔吊司机要不要证去哪考多久", "高处作业多高要系安全带怎么系"]
)
def test_a_question_with_its_turns_stays_one(text: str) -> None:
    find = answering().outcome
    held = several(text, find(text), find)
    assert held is None or len(held.answers) > 1
