"""Numbers that must not stay in clear, however they are written; and those that must stay."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.masking import CARD_WORDS, ID_WORDS, PHONE_WORDS, mask

ID, OLD_ID, CARD, PHONE = "460027199001011234", "460027900101123", "6222021234567890123", "13800138000"
CHINESE = str.maketrans("0123456789", "零一二三四五六七八九")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")

PHONES = [
    PHONE,
    "138 0013 8000",
    "138-0013-8000",
    "138 001 38000",
    "1380-0138-000",
    "1 3 8 0 0 1 3 8 0 0 0",
    "138.0013.8000",
    "138·0013·8000",
    "138—0013—8000",
    "+86 138 0013 8000",
    "+8613800138000",
    "8613800138000",
    "008613800138000",
    "0086-138-0013-8000",
    "(+86)13800138000",
    PHONE.translate(WIDE),
    "＋８６　１３８　００１３　８０００",
    "一三八零零一三八零零零",
    "幺三八洞洞幺三八洞洞洞",
    "一三八 零零一三 八零零零",
    "一三八，零零一三，八零零零",
    "壹叁捌零零壹叁捌零零零",
    "138零零138000",
    "1３8００138000",
    "0898-65386111",
    "(0898)65386111",
    "0898 6538 6111",
    "010-88886666",
    "０８９８－６５３８６１１１",
    "138\n0013\n8000",
    "١٣٨٠٠١٣٨٠٠٠",
]
IDS = [
    ID,
    "46002719900101123X",
    "46002719900101123x",
    "460027 19900101 1234",
    "460027-19900101-1234",
    "460027 1990 0101 1234",
    ID.translate(WIDE),
    ID.translate(CHINESE),
    "46002719900101123Ｘ",
    OLD_ID,
    "4600 2719 9001 0112 34",
]
CARDS = [CARD, "6222 0212 3456 7890 123", "6222-0212-3456-7890", "6222021234567890", CARD.translate(CHINESE)]
FRAMES = [
    "{}",
    "我的电话是{}",
    "{}找我",
    "请打{}，急",
    "张工{}李工",
    "tel:{}。",
    "号码（{}）",
    "{}\n脚手架塌了",
    "ID{}",
    "电话{}是我的",
]


@pytest.mark.parametrize("number", PHONES + IDS + CARDS)
@pytest.mark.parametrize("frame", FRAMES)
def test_numbers_are_hidden(number: str, frame: str) -> None:
    text, masked = mask(frame.format(number))
    assert masked
    digits = [
        char
        for char in unicodedata.normalize("NFKC", text)
        if char.isdigit() or char in "零一二三四五六七八九壹叁捌幺洞"
    ]
    assert len(digits) <= 3, text
    before, after = frame.split("{}")
    if not before.endswith(("(", "ID")):
        assert text.startswith(before.rstrip("（(")), text
        assert text.endswith(after.lstrip("）)")), text


def test_what_was_hidden_is_said() -> None:
    assert mask(f"电话{PHONE}，身份证{ID}，卡{CARD}") == (f"电话{PHONE_WORDS}，身份证{ID_WORDS}，卡{CARD_WORDS}", True)


STAYS = [
    "打12350、12345、119、120、95598",
    "400-820-8820",
    "2021年6月16日15:00到17:00",
    "2021-06-16 15:00:00",
    "20210616150000",
    "JGJ 130-2011 第8.2.1条",
    "GB 50870-2013，3.0.6",
    "身高1.75米，荷载12500千克，共13800元",
    "6.16咨询日，共1380013个项目",
    "海府路59号3栋2单元1204",
    "项目编号HK2021061600012",
    "一三五检查，二四六整改",
    "三级安全教育培训，一人一档，五项制度七个步骤九条",
    "1、2、3、4、5、6、7、8、9、10、11、12、13",
    "1 2 3 4 5",
    "2021.06.16-2021.06.30",
    "2021-06-16 2021-06-17",
    "钢筋16 18 20 22 25 8",
    "检查了13.5 12.5 10.5 12米",
    "一，二，三，四，五，六，七，八，九，十",
    "一查隐患二查违章三查落实四查整改五查台账六查培训",
    "本月产量66228877方",
    "打卡时间20260615",
    "编号 66228877",
    "打桩深度2345 根",
    "北纬20.04422，东经110.19989",
    "13:30-15:20，15:30-17:40",
    "10米、20米、30米、40米、50米",
    "",
    "安全帽",
]


@pytest.mark.parametrize("text", STAYS)
def test_other_numbers_stay(text: str) -> None:
    assert mask(text) == (text, False)


@pytest.mark.parametrize(
    "text",
    [
        "我家座机66228877",
        "有事打 6538-6111",
        "联系方式：68512345，找老王",
        "电话是６６２２８８７７",
        "打我电话 8866 7722",
        "回电六五三八六一一一",
    ],
)
def test_a_local_number_that_is_said_to_be_one_is_hidden(text: str) -> None:
    shown, masked = mask(text)
    assert masked and PHONE_WORDS in shown
    assert sum(char.isdigit() for char in unicodedata.normalize("NFKC", shown)) == 0


@pytest.mark.parametrize(
    "text", ["请打省厅座机0898-65231234", "电话65231234，上班时间有人接", "打零八九八六五二三一二三四"]
)
def test_staff_may_give_an_office_number(text: str) -> None:
    assert mask(text, landlines=False) == (text, False)
    assert mask(text)[1]


@pytest.mark.parametrize("number", [PHONE, ID, CARD, "一三八零零一三八零零零"])
def test_staff_may_not_give_a_persons_number(number: str) -> None:
    assert mask(f"找他，号码{number}", landlines=False)[1]


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789 -一二三零xX年。电", max_size=80))
def test_masking_is_stable_and_quick(text: str) -> None:
    once, _ = mask(text)
    assert mask(once)[0] == once


@pytest.mark.parametrize(
    "text", ["1" * 100_000, "1 " * 50_000, "1-3-" * 25_000, "零" * 100_000, "4600271990010112" * 6000]
)
def test_long_texts_take_no_time(text: str) -> None:
    began = time.perf_counter()
    mask(text)
    assert time.perf_counter() - began < 0.5


def test_characters_that_nobody_sees_hide_no_word_and_no_number() -> None:
    assert mask("罚\u2060款\u200b三\u00ad万")[0] == "罚款三万"
    text, hidden = mask("我的电话138\u20600013\u200b8000")
    assert hidden
    assert "8000" not in text
