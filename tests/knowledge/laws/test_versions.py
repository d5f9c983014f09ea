from __future__ import annotations

from datetime import date

import pytest
from pydantic import TypeAdapter

from knowledge.laws.catalog import Catalog, _Written
from knowledge.laws.showing import MOST, Shown, part, whole
from knowledge.laws.versions import TextVersion, choose

OLD = TextVersion(date(2014, 8, 31), date(2014, 12, 1))
NEW = TextVersion(date(2021, 6, 10), date(2021, 9, 1))
JUNE, TODAY = date(2021, 6, 16), date(2026, 6, 16)
KNOWN = {"versions": {date(2014, 8, 31): date(2014, 12, 1), date(2021, 6, 10): date(2021, 9, 1)}}


def catalog(**law: object) -> Catalog:
    return Catalog(TypeAdapter(dict[str, _Written]).validate_python({"工棚法": law or KNOWN}))


@pytest.mark.parametrize(
    ("on", "version", "remark"),
    [(JUNE, OLD, ""), (date(2021, 8, 31), OLD, ""), (date(2021, 9, 1), NEW, ""), (TODAY, NEW, "")],
)
def test_the_version_in_force(on: date, version: TextVersion, remark: str) -> None:
    for held in ([OLD, NEW], [NEW, OLD]):
        chosen = choose(held, "工棚法", on, catalog())
        assert (chosen.version, chosen.remark) == (version, remark)


def test_only_a_later_text_is_there() -> None:
    chosen = choose([NEW], "工棚法", JUNE, catalog())
    assert "2021年9月1日起才施行" in chosen.remark and "2014年8月31日版" in chosen.remark
    assert "2021年9月1日起才施行" in choose([NEW], "没人知道的法", JUNE, catalog()).remark


def test_only_an_outdated_text_is_there() -> None:
    assert "2021年9月1日起施行的是2021年6月10日版" in choose([OLD], "工棚法", TODAY, catalog()).remark


def test_a_repealed_law() -> None:
    known = catalog(versions={date(2014, 8, 31): date(2014, 12, 1)}, ended=date(2022, 4, 30))
    assert "2022年5月1日起已经不施行" in choose([OLD], "工棚法", TODAY, known).remark
    assert choose([OLD], "工棚法", JUNE, known).remark == ""
    told = TextVersion(date(2014, 8, 31), date(2014, 12, 1), date(2020, 1, 1))
    assert "2020年1月2日起已经不施行" in choose([told], "没人知道的法", JUNE, catalog()).remark


def test_another_version_is_asked_for() -> None:
    assert choose([OLD, NEW], "工棚法", TODAY, catalog(), year=2014).version == OLD
    assert choose([OLD, NEW], "工棚法", TODAY, catalog(), old=True).version == OLD
    assert choose([OLD, NEW], "工棚法", JUNE, catalog(), year=2021).version == NEW
    assert "1999年版的原文我这里没有" in choose([OLD, NEW], "工棚法", TODAY, catalog(), year=1999).remark
    assert "更早的版本" in choose([NEW], "工棚法", TODAY, catalog(), old=True).remark


def test_texts_without_dates() -> None:
    assert choose([TextVersion(None)], "工棚法", TODAY, catalog(versions={})).remark == ""
    assert TextVersion(None).words() == ""
    assert TextVersion(JUNE, JUNE).words() == "（2021年6月16日版，当天起施行）"


def test_short_articles_are_shown_whole() -> None:
    assert whole(["甲。", "乙。"]) == Shown("甲。\n乙。")


def test_long_ones_are_cut_at_a_paragraph_an_item_a_sentence_or_a_character() -> None:
    assert whole(["甲" * 200, "乙" * 200]) == Shown("甲" * 200, "后面还有1款")
    items = "有下列情形：\n（一）" + "甲" * 200 + "；\n（二）" + "乙" * 200 + "。"
    assert whole([items, "丙。"]).text == "有下列情形：\n（一）" + "甲" * 200 + "；"
    sentences = "甲" * 180 + "。" + "乙" * 180 + "。"
    assert whole([sentences]) == Shown("甲" * 180 + "。", "后面还有")
    assert len(whole(["甲" * 5000]).text) == MOST


def test_parts_of_an_article() -> None:
    paragraphs = ["有下列情形：\n（一）甲；\n（二）乙。", "第二款。"]
    assert part(paragraphs, 2, 0) == Shown("第二款。")
    assert part(paragraphs, 0, 2) == Shown("有下列情形：\n（二）乙。")
    assert part(paragraphs, 1, 1) == Shown("有下列情形：\n（一）甲；")
    assert part(paragraphs, 3, 0) == "这一条只有2款，没有第三款。"
    assert part(paragraphs, 0, 7) == "这一条只有2项，没有第（七）项。"
    assert part(paragraphs, 2, 1) == "这一款不分项，没有第（一）项。"
